// What the seldom widgets reckon, without a screen: steps of a range, points of an area, phrases in a text, rows of a long list.

import { longList } from "../../../static/js/ui/widgets/more/long-list.js";
import { phrases, toggled } from "../../../static/js/ui/widgets/more/phrases.js";
import { pointsOf, textOf } from "../../../static/js/ui/widgets/more/places.js";
import { scaleOf } from "../../../static/js/ui/widgets/more/range.js";
import { equal } from "../core/county.js";

export function test_steps_are_counted_and_never_drift() {
  const scale = scaleOf({ start: "0", end: "1", step: "0.1" });
  equal([scale.last, scale.textAt(3), scale.textAt(10)], [10, "0.3", "1"]);
  equal([scale.stepOf("0.3"), scale.stepOf(null), scale.stepOf("abc"), scale.stepOf("7")], [3, -1, -1, 10]);
  equal([scale.isOn("0.3"), scale.isOn("0.35"), scale.isOn("1.1")], [true, false, false]);
}

export function test_a_range_may_go_below_nothing_and_end_off_its_step() {
  const scale = scaleOf({ start: "-2", end: "2.5", step: "2" });
  equal([scale.last, scale.textAt(0), scale.textAt(2), scale.stepOf(-2)], [2, "-2", "2", 0]);
}

export function test_an_area_closes_itself_from_the_third_corner_on() {
  const [a, b, c] = ["1 1 0 5", "1 2 0 5", "2 2 0 5"];
  equal(textOf("geoshape", [a, b]), `${a}; ${b}`);
  equal(textOf("geoshape", [a, b, c]), `${a}; ${b}; ${c}; ${a}`);
  equal(pointsOf("geoshape", textOf("geoshape", [a, b, c])), [a, b, c]);
  equal(pointsOf("geotrace", textOf("geotrace", [a, b, a])), [a, b, a]);
  equal(pointsOf("geopoint", null), []);
}

export function test_a_phrase_goes_in_once_and_out_again_whatever_stands_around_it() {
  equal(toggled("", "卧床", "；"), "卧床");
  equal(toggled("门窄。", "卧床", "；"), "门窄。卧床");
  equal(toggled("门窄", "卧床", "；"), "门窄；卧床");
  equal(toggled("门窄；卧床", "卧床", "；"), "门窄");
  equal(toggled("卧床；门窄", "卧床", "；"), "门窄");
  equal(toggled("卧床", "卧床", "；"), "");
}

export function test_forty_thousand_rows_are_shown_before_one_of_them_is_made_ready_for_the_search() {
  const choices = Array.from({ length: 40_000 }, (_, at) => ({ value: `v${at}`, label: [], labelText: `村${at}` }));
  let asked = 0;
  const initials = (/** @type {string} */ value) => {
    asked += 1;
    return value === "v39999" ? "zz" : "c";
  };
  const long = longList({ choices, chosen: ["v39998"], several: false, initials, onPick() {} });
  const page = document.createElement("div");
  page.append(...long.body);
  document.body.append(page);
  Object.assign(/** @type {HTMLElement} */ (page.querySelector(".long-list")).style, {
    height: "300px",
    overflow: "auto",
  });
  const shown = () => [...page.querySelectorAll("[role=option]")].map((row) => row.textContent);
  try {
    long.shown();
    equal([asked, shown().includes("村39998✓"), shown().length < 100], [0, true, true]);
    const search = /** @type {HTMLInputElement} */ (page.querySelector("input"));
    search.value = "ZZ";
    search.dispatchEvent(new Event("input"));
    equal([asked, shown()], [40_000, ["村39999"]]);
  } finally {
    page.remove();
  }
}

export function test_a_project_is_the_whole_answer_and_a_second_tap_takes_it_out() {
  const input = document.createElement("input");
  /** @type {string[]} */
  const typed = [];
  input.addEventListener("input", () => typed.push(input.value));
  const screen = {
    options: { projects: ["春蕾计划（2026）", "女性安康工程"] },
    model: { plan: { lists: {}, texts: {} }, form: { language: "zh" } },
  };
  const { element, update } = phrases(/** @type {any} */ ({ node: { appearance: ["projects"] }, screen }), input);
  const chips = [...element.querySelectorAll("button")];
  equal(
    chips.map((chip) => chip.textContent),
    ["春蕾计划（2026）", "女性安康工程"],
  );
  chips[0].click();
  chips[1].click();
  equal(typed, ["春蕾计划（2026）", "女性安康工程"]);
  equal(
    chips.map((chip) => chip.getAttribute("aria-pressed")),
    ["false", "true"],
  );
  chips[1].click();
  equal(input.value, "");
  // What was typed by hand stays until a chip is tapped, and a name that is typed shows as chosen
  input.value = "女性安康工程";
  update();
  equal(chips[1].getAttribute("aria-pressed"), "true");
}

export function test_where_no_project_came_down_nothing_stands_below_the_box() {
  const screen = { options: {}, model: { plan: { lists: {}, texts: {} }, form: { language: "zh" } } };
  const node = { appearance: ["projects"] };
  const { element } = phrases(/** @type {any} */ ({ node, screen }), document.createElement("input"));
  equal(element.hidden, true);
}
