// static/js/more/sync-files.js decides as sync/device_files.py did, for every decision of the frozen phones.

import { POLL_MAX_S } from "../../../static/js/limits.js";
import { initial, step } from "../../../static/js/more/sync-files.js";
import { assert, equal } from "./county.js";

export async function test_files_go_up_by_the_same_decisions_as_on_the_phones_of_the_simulator() {
  const { states, events, effects, steps } = await (await fetch("/tests/vectors/files/traces.json")).json();
  assert(steps.length > 300, "too few");
  for (const [before, event, after, done] of steps)
    equal(
      sorted(step(Object.freeze(states[before]), Object.freeze(events[event]))),
      sorted([states[after], effects[done]]),
    );
}

export function test_nobody_holds_files_up_for_longer_than_an_hour() {
  for (const retry_after_s of [86_400, 2_592_000]) {
    const state = { ...initial(), phase: /** @type {const} */ ("sending"), ref: "f" };
    const [, effects] = step(state, { type: "failed", code: "server_busy", retry_after_s, random: 0 });
    equal(effects.at(-1), { do: "wait", ms: POLL_MAX_S * 1_000 });
  }
}

/** The same whatever order its keys came in. @param {any} value @returns {any} */
function sorted(value) {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key])]),
  );
}
