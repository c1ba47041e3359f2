// Which screen is in front, and that it never shows what was read before something new came.

import { createNavigation } from "../../../static/js/navigation.js";
import { equal } from "../core/county.js";

/** A list whose reading is held back, over what the phone knows now. */
function slowList() {
  let known = "old";
  let read = () => {};
  /** @type {string[]} */
  const drawn = [];
  const list = async () => {
    const then = known;
    await new Promise((resolve) => (read = () => resolve(null)));
    drawn.push(then);
    return { title: "", update: () => void drawn.push(known) };
  };
  const nav = createNavigation({
    below: "",
    openers: { list },
    show: () => {},
    failed: (thrown) => {
      throw thrown;
    },
    history,
    frame: () => document.createElement("section"),
  });
  return { nav, drawn, news: (/** @type {string} */ word) => (known = word), read: () => read() };
}

export async function test_what_comes_while_a_screen_is_opening_is_drawn_when_it_stands() {
  const { nav, drawn, news, read } = slowList();
  const opening = nav.go("list");
  news("new");
  await nav.update();
  read();
  await opening;
  equal(drawn, ["old", "new"]);
}

export async function test_a_screen_that_nothing_overtook_is_drawn_once() {
  const { nav, drawn, read } = slowList();
  await nav.update(); // before anything was asked for
  const opening = nav.go("list");
  read();
  await opening;
  equal(drawn, ["old"]);
}
