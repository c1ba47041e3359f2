// static/js/more/sync-files.js decides as sync/device_files.py did, for every decision of the frozen phones (all storms: test_traces.py).

import { POLL_MAX_S } from "../../../static/js/limits.js";
import { initial, step } from "../../../static/js/more/sync-files.js";
import { assert, equal } from "./county.js";
import { replay } from "./file_traces.js";

export async function test_files_go_up_by_the_same_decisions_as_on_the_phones_of_the_simulator() {
  const traces = await (await fetch("/tests/vectors/files/traces.json")).json();
  assert(traces.steps.length > 300, "too few");
  equal(replay(traces), []);
}

export function test_nobody_holds_files_up_for_longer_than_an_hour() {
  for (const retry_after_s of [86_400, 2_592_000]) {
    const state = { ...initial(), phase: /** @type {const} */ ("sending"), ref: "f" };
    const [, effects] = step(state, { type: "failed", code: "server_busy", retry_after_s, random: 0 });
    equal(effects.at(-1), { do: "wait", ms: POLL_MAX_S * 1_000 });
  }
}
