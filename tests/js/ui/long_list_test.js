// A list of 40,000 rows: drawn only where it is looked at, searched by signs and letters, walked by keys.

import { longList, matches } from "../../../static/js/ui/widgets/more/long-list.js";
import { assert, equal } from "../core/county.js";

const COUNT = 40_000;
const NAMES = ["杨柳村", "浙江村", "石桥村", "中江村"];
const LETTERS = ["ylc", "zjc", "sqc", "zjc"];
const choices = Array.from({ length: COUNT }, (_, at) => {
  const words = `${NAMES[at % 4]}${at}`;
  return { value: `v${at}`, label: [words], labelText: words };
});
/** @param {string} _value @param {number} at */
const initials = (_value, at) => LETTERS[at % 4];

/** @param {any} [more] */
async function stand(more) {
  const sheets = ["base.css", "record.css"].map((name) => {
    const link = document.createElement("link");
    Object.assign(link, { rel: "stylesheet", href: `/static/css/${name}` });
    document.head.append(link);
    return new Promise((done) => link.addEventListener("load", done));
  });
  await Promise.all(sheets);
  let picked = 0;
  const long = longList({ choices, initials, chosen: [], several: false, onPick: () => picked++, ...more });
  document.body.replaceChildren(...long.body);
  long.shown();
  const search = /** @type {HTMLInputElement} */ (document.querySelector("input"));
  return {
    long,
    search,
    box: /** @type {HTMLElement} */ (document.querySelector(".long-list")),
    rows: () => /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[role=option]")]),
    said: () => document.querySelector("[role=status]")?.textContent ?? "",
    picked: () => picked,
    /** @param {string} text */
    type(text) {
      search.value = text;
      search.dispatchEvent(new Event("input"));
    },
    /** @param {string} key */
    press(key) {
      search.dispatchEvent(new KeyboardEvent("keydown", { key, cancelable: true }));
      const id = search.getAttribute("aria-activedescendant") ?? "";
      return document.getElementById(id)?.dataset.value;
    },
  };
}

/** Scroll events come with the next frame. */
const frame = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));

export async function test_only_the_rows_in_sight_are_drawn_wherever_it_is_scrolled() {
  const { box, rows } = await stand();
  assert(rows().length < 60, `${rows().length} rows`);
  assert(box.scrollHeight > COUNT * 40);
  box.scrollTop = box.scrollHeight;
  await frame();
  equal(rows().at(-1)?.dataset.value, `v${COUNT - 1}`);
  equal(rows().at(-1)?.getAttribute("aria-posinset"), String(COUNT));
  assert(rows().length < 60);
  const { bottom } = /** @type {HTMLElement} */ (rows().at(-1)).getBoundingClientRect();
  assert(Math.abs(bottom - box.getBoundingClientRect().bottom) < 2, "the last row ends where the list ends");
}

export async function test_letters_and_signs_find_and_the_number_found_is_told() {
  const { type, rows, said } = await stand();
  assert(said().includes(String(COUNT)));
  type("zj");
  assert(said().includes(String(COUNT / 2)));
  equal(rows()[0].textContent, "浙江村1");
  type("ZJC");
  assert(said().includes(String(COUNT / 2)));
  type("石桥村39998");
  equal(
    rows().map((row) => row.dataset.value),
    ["v39998"],
  );
  type("没有");
  equal([rows().length, said().includes("0 ")], [0, false]);
  type("");
  assert(said().includes(String(COUNT)), "a cleared box shows all again");
}

export async function test_keys_walk_the_list_while_the_focus_stays_in_the_box() {
  const { press, search, rows, picked, long } = await stand();
  equal(search.getAttribute("aria-controls"), document.querySelector("[role=listbox]")?.id);
  equal(press("ArrowUp"), "v0");
  for (let n = 0; n < 30; n++) press("ArrowDown");
  equal(press("ArrowDown"), "v31");
  const active = /** @type {HTMLElement} */ (rows().find((row) => row.dataset.value === "v31"));
  const box = /** @type {HTMLElement} */ (document.querySelector(".long-list")).getBoundingClientRect();
  assert(active.getBoundingClientRect().bottom <= box.bottom + 1, "what is active is in sight");
  press("Enter");
  equal([picked(), long.codes()], [1, ["v31"]]);
}

export async function test_it_opens_at_what_was_chosen_and_several_stay_in_the_order_of_the_list() {
  const one = await stand({ chosen: ["v20000"] });
  equal(one.rows().find((row) => row.getAttribute("aria-selected") === "true")?.dataset.value, "v20000");
  const { type, rows, long } = await stand({ chosen: ["v9"], several: true });
  type("杨柳村4");
  rows()[0].click();
  equal(long.codes(), ["v4", "v9"]);
  rows()[0].click();
  equal(long.codes(), ["v9"]);
}

export function test_what_begins_so_stands_before_what_holds_it() {
  const texts = ["新浙江\nxzj", "浙江\nzj", "乐家\nljc yjc"];
  equal(matches(texts, "浙", [0, 1, 2]), [1, 0]);
  equal(matches(texts, "zj", [0, 1, 2]), [1, 0]);
  equal(matches(texts, "yj", [0, 1, 2]), [2]);
}
