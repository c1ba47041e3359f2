// When an app that nobody touches is covered, and when it is locked: in every order of idling, a visit session and a clock that was set.

import { guardStep } from "../../../static/js/wire-guard.js";

const IDLE = 300_000;
const NOW = 1_800_000_000_000;
const SESSION = 3_600_000;

/** @param {Partial<import("../../../static/js/wire-guard.js").Moment>} more */
const step = (more) =>
  guardStep({ state: "open", now: NOW, touched: NOW, covered_at: null, session_until: 0, idle_ms: IDLE, ...more });

/** @param {unknown} actual @param {unknown} expected */
function equal(actual, expected) {
  if (actual !== expected) throw new Error(`${actual} is not ${expected}`);
}

export function test_idle_covers_and_as_long_again_locks() {
  equal(step({ now: NOW + IDLE - 1 }), null);
  equal(step({ now: NOW + IDLE }), "cover");
  const covered = { state: "covered", covered_at: NOW + IDLE };
  equal(step({ ...covered, now: NOW + 2 * IDLE - 1 }), null);
  equal(step({ ...covered, now: NOW + 2 * IDLE }), "lock");
  equal(step({ state: "locked", now: NOW + 9 * IDLE }), null);
}

export function test_a_visit_session_covers_and_does_not_lock_until_its_hour_is_over() {
  const session = { session_until: NOW + SESSION };
  equal(step({ ...session, now: NOW + IDLE }), "cover");
  const covered = { ...session, state: "covered", covered_at: NOW + IDLE };
  equal(step({ ...covered, now: NOW + SESSION - 1 }), null);
  equal(step({ ...covered, now: NOW + SESSION }), "lock");
}

export function test_a_clock_that_is_put_back_keeps_nothing_open_and_no_session_alive() {
  equal(step({ now: NOW - IDLE }), "cover");
  const covered = { state: "covered", covered_at: NOW, session_until: NOW + SESSION };
  equal(step({ ...covered, now: NOW - IDLE }), "lock");
  equal(step({ ...covered, now: NOW - 1 }), null);
}
