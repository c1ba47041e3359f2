// The frame: what it says for a moment can be read in that moment.

import { openShell } from "../../../static/js/ui/shell.js";
import { equal } from "../core/county.js";

/** A shell whose clock is moved by hand. */
function shellWithClock() {
  let due = /** @type {{run: () => void, ms: number} | null} */ (null);
  const root = document.body.appendChild(document.createElement("div"));
  const nothing = () => {};
  const shell = openShell(root, {
    ...{ onTab: nothing, onBack: nothing, onCover: nothing, onUrgent: nothing, onUpdate: nothing },
    mayOpen: () => true,
    timer: {
      set: (run, ms) => /** @type {any} */ ((due = { run, ms })),
      clear: (one) => {
        if (one === due) due = null;
      },
    },
  });
  const said = () => root.querySelector("#toast p");
  return { shell, said, due: () => due };
}

export function test_what_is_said_for_a_moment_stays_six_seconds_and_a_new_word_has_its_own() {
  const { shell, said, due } = shellWithClock();
  shell.toast("已提交");
  const first = due();
  equal([said()?.textContent, first?.ms], ["已提交", 6_000]);
  shell.toast("已撤回");
  equal([said()?.textContent, due() === first], ["已撤回", false]);
  due()?.run();
  equal(said(), null);
}

export function test_it_is_read_on_the_screen_after_and_lies_over_no_further_one() {
  const { shell, said } = shellWithClock();
  shell.toast("已提交");
  const next = () => shell.show(document.createElement("section"), { title: "" });
  next();
  equal(said()?.textContent, "已提交");
  next();
  equal(said(), null);
}

export function test_a_tap_ends_it_sooner() {
  const { shell, said } = shellWithClock();
  shell.toast("已提交");
  /** @type {HTMLElement} */ (said()).click();
  equal(said(), null);
}
