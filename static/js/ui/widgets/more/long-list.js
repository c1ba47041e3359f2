// A list of more rows than a small phone can draw: only those in sight are there. Searched by signs and by first letters of pinyin.
import { fill, h } from "../../dom.js";
import { t } from "../../i18n.js";
import "./words.js";

/** @typedef {import("../../record-model.js").Choice} Choice */

/** Rows drawn above and below those in sight, so that a quick thumb meets no gap. */
const SPARE = 8;
const ID = "long-list";
/** Rows made ready for the search in one go, while nobody waits for it. */
const READY_AT_ONCE = 4_000;

/**
 * @param {import("../../record.js").Screen} screen
 * @param {{title: string, choices: Choice[], chosen: string[], several: boolean, list?: string, onPick: (codes: string[]) => void, from: HTMLElement}} options
 */
export function openLongList(screen, { title, choices, chosen, several, list, onPick, from }) {
  const finish = () => {
    close();
    onPick(long.codes());
  };
  const long = longList({ choices, chosen, several, initials: initialsOf(screen.model.plan, list), onPick: finish });
  const close = screen.openPanel({
    title,
    body: long.body,
    foot: several ? [h("button", { class: "primary", onclick: finish }, t("rec_done"))] : [],
    from,
  });
  long.shown();
}

/**
 * The letters of a row, of a list that came with them: by its place where the whole list is offered, else by its code.
 * @param {any} plan @param {string} [list] @returns {(value: string, at: number) => string}
 */
function initialsOf(plan, list) {
  const file = plan.files[plan.json.lists[list ?? ""]?.file];
  const { rows = [], initials = [] } = file ?? {};
  /** @type {Map<string, string> | null} */
  let known = null;
  return (value, at) => {
    if (rows[at]?.[0] === value) return initials[at] ?? "";
    known ??= new Map(
      rows.map((/** @type {string[]} */ row, /** @type {number} */ place) => [row[0], initials[place]]),
    );
    return known.get(value) ?? "";
  };
}

/**
 * What is looked for stands at the beginning of a name or of its letters before anything else. ASCII letters are those of pinyin too.
 * @param {string[]} texts `name \n letters other-letters`, in small letters @param {string} wanted @param {number[]} among @returns {number[]}
 */
export function matches(texts, wanted, among) {
  if (!wanted) return among;
  const found = among.filter((at) => texts[at].includes(wanted));
  const begins = (/** @type {number} */ at) =>
    [wanted, `\n${wanted}`, ` ${wanted}`].some((start, n) =>
      n ? texts[at].includes(start) : texts[at].startsWith(start),
    );
  return [...found.filter(begins), ...found.filter((at) => !begins(at))];
}

/**
 * @param {{choices: Choice[], chosen: string[], several: boolean, initials: (value: string, at: number) => string, onPick: () => void}} given
 * @returns {{body: HTMLElement[], codes: () => string[], shown: () => void}} `shown` once it stands in the document
 */
export function longList({ choices, chosen, several, initials, onPick }) {
  /** What is searched, of each row: made after the first rows are seen, and at the latest when something is looked for. @type {string[]} */
  const texts = [];
  const all = [...choices.keys()];
  const picked = new Set(chosen);
  let found = all;
  let wanted = "";
  let active = 0;
  let drawn = "";
  let height = 0;
  const list = h("ul", {
    id: ID,
    class: "picker-list",
    role: "listbox",
    "aria-label": t("rec_search"),
    "aria-multiselectable": several && "true",
  });
  const box = h("div", { class: "long-list", onscroll: () => draw() }, list);
  const count = h("p", { class: "muted pad", role: "status" });
  const search = h("input", {
    type: "text",
    class: "box",
    role: "combobox",
    "aria-expanded": "true",
    "aria-controls": ID,
    "aria-autocomplete": "list",
    "aria-label": t("rec_search_letters"),
    placeholder: t("rec_search_letters"),
    oninput: look,
    onkeydown: key,
  });

  /** @param {number} to how many rows can be searched from now on */
  function ready(to) {
    for (let at = texts.length; at < Math.min(to, choices.length); at++)
      texts.push(`${choices[at].labelText}\n${initials(choices[at].value, at)}`.toLowerCase());
  }

  function readyMore() {
    if (texts.length === choices.length || !box.isConnected) return;
    ready(texts.length + READY_AT_ONCE);
    setTimeout(readyMore);
  }

  function look() {
    ready(choices.length);
    const now = search.value.trim().toLowerCase();
    // Going on typing looks among what was found: the whole list is read once.
    found = matches(texts, now, now.startsWith(wanted) ? [...found].sort((a, b) => a - b) : all);
    wanted = now;
    box.scrollTop = 0;
    go(0);
    tell();
  }

  function tell() {
    count.textContent = found.length ? t("rec_many_found", { n: found.length }) : t("rec_none_found");
  }

  /** @param {KeyboardEvent} event */
  function key(event) {
    if (event.isComposing) return;
    const page = Math.max(1, Math.floor(box.clientHeight / height) - 1);
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page }[event.key];
    if (step) go(active + step);
    else if (event.key === "Enter" && found.length) pick(found[active]);
    else return;
    event.preventDefault();
  }

  /** @param {number} at place among those found */
  function go(at) {
    active = Math.max(0, Math.min(found.length - 1, at));
    const top = active * height;
    if (top < box.scrollTop) box.scrollTop = top;
    else if (top + height > box.scrollTop + box.clientHeight) box.scrollTop = top + height - box.clientHeight;
    drawn = "";
    draw();
  }

  /** @param {number} at */
  function pick(at) {
    const { value } = choices[at];
    const on = picked.has(value);
    if (!several) picked.clear();
    if (on) picked.delete(value);
    else picked.add(value);
    if (!several) return onPick();
    drawn = "";
    draw();
  }

  function draw() {
    if (!height) {
      fill(
        list,
        found.slice(0, 1).map((at) => row(at, 0)),
      );
      height = list.firstElementChild?.getBoundingClientRect().height || 1;
    }
    const first = Math.max(0, Math.floor(box.scrollTop / height) - SPARE);
    const last = Math.min(found.length, Math.ceil((box.scrollTop + box.clientHeight) / height) + SPARE);
    if (drawn === `${first} ${last}`) return;
    drawn = `${first} ${last}`;
    fill(
      list,
      found.slice(first, last).map((at, n) => row(at, first + n)),
    );
    list.style.paddingBlockStart = `${first * height}px`;
    list.style.paddingBlockEnd = `${(found.length - last) * height}px`;
    if (found.length) search.setAttribute("aria-activedescendant", `${ID}-${active}`);
    else search.removeAttribute("aria-activedescendant");
  }

  /** @param {number} at @param {number} place */
  function row(at, place) {
    const { value, labelText } = choices[at];
    const on = picked.has(value);
    return h(
      "li",
      {
        id: `${ID}-${place}`,
        class: ["picker-row", place === active && "is-active"],
        role: "option",
        "aria-selected": String(on),
        "aria-setsize": found.length,
        "aria-posinset": place + 1,
        dataset: { value },
        onclick: () => pick(at),
      },
      h("span", null, labelText),
      on && h("span", { class: "tick", "aria-hidden": "true" }, "✓"),
    );
  }

  return {
    body: [h("div", { class: "pad" }, search), count, box],
    codes: () => choices.flatMap(({ value }) => (picked.has(value) ? [value] : [])),
    shown() {
      tell();
      draw();
      go(
        Math.max(
          0,
          choices.findIndex(({ value }) => picked.has(value)),
        ),
      );
      setTimeout(readyMore);
    },
  };
}
