// When the phone may let go of its own copy of a report: not before somebody has decided about it for good.

import { isDecided } from "../../../static/js/outbox/standing.js";
import { equal } from "./county.js";

const NOT_YET = ["draft", "door_submitted", "submitted", "in_review", "returned", "approved_first"];
/** @type {any} */
const report = { kind: "revision", case_id: "c", record_id: "r" };
/** @param {string} state */
const held = (state) => new Map([["c", { records: [{ record_id: "r", state }] }]]);

export function test_a_copy_is_kept_until_the_report_is_approved_for_good_or_void() {
  for (const state of NOT_YET) equal([state, isDecided(report, held(state))], [state, false]);
  for (const state of ["approved", "void"]) equal([state, isDecided(report, held(state))], [state, true]);
  // Of a family that is not hers any more nobody decides for her
  equal(isDecided(report, new Map()), true);
}
