// Saves that overlap: a line so slow that more is typed before the last answer is there.

import { createAutosave } from "../../../static/js/autosave.js";
import { equal } from "./county.js";

/** Each save is answered when the test says so; a pause in typing is over when it says so. */
function stage() {
  const said = /** @type {string[]} */ ([]);
  const sent = /** @type {{value: string, arrives: () => void, fails: () => void}[]} */ ([]);
  const write = (/** @type {string} */ value) =>
    new Promise((/** @type {(_: void) => void} */ arrives, refused) => {
      sent.push({ value, arrives: () => arrives(), fails: () => refused(new Error("no network")) });
    });
  const timer = { set: () => 0, clear: () => {} };
  const autosave = createAutosave({ write, onState: (state) => said.push(state), timer, now: () => 0 });
  const typed = (/** @type {string} */ value) => {
    autosave.change(value);
    return autosave.flush();
  };
  return { autosave, typed, sent, said };
}

export async function test_saved_is_said_when_the_newest_word_is_saved_and_not_before() {
  const { typed, sent, said } = stage();
  const [first, second] = [typed("断了"), typed("断了收入")];
  sent[0].arrives();
  await first;
  equal(said, ["saving", "saving", "saving"]);
  sent[1].arrives();
  await second;
  equal(said.at(-1), "saved");
}

export async function test_of_two_saves_that_fail_the_newer_is_tried_again() {
  const { autosave, typed, sent, said } = stage();
  const both = [typed("断了"), typed("断了收入")];
  for (const one of sent) one.fails();
  await Promise.all(both);
  equal([said.at(-1), autosave.dirty()], ["failed", true]);
  void autosave.flush();
  equal(sent.at(-1)?.value, "断了收入");
}

export async function test_an_older_save_that_fails_late_takes_nothing_back() {
  const { autosave, typed, sent, said } = stage();
  const both = [typed("断了"), typed("断了收入")];
  sent[1].arrives();
  await both[1];
  sent[0].fails();
  await both[0];
  equal([said.at(-1), autosave.dirty()], ["saved", false]);
}
