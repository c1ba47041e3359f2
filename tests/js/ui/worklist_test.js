// Where a record stands for its author: pure, from what the server told and what this phone has in hand.

import { mayGiveUp } from "../../../static/js/ui/worklist-groups.js";
import { equal } from "../core/county.js";

const item = (/** @type {any} */ more) => ({ kind: "revision", state: "received", record_state: null, ...more });

export function test_only_what_was_never_handed_in_can_be_given_up() {
  const door = item({ intent: "door", record_state: "door_submitted" });
  const whole = item({ intent: "submit", state: "waiting" });
  const refused = item({ intent: "submit", state: "attention" });
  // Given a draft that is here alone, after its door part, or after a refused hand-in
  equal(
    [[], [door], [refused]].map((own) => mayGiveUp(undefined, own)),
    [true, true, true],
  );
  // Then yes; and no for what was handed in, from here or as the server tells it
  equal(mayGiveUp(undefined, [door, whole]), false);
  const told = ["draft", "door_submitted", "submitted", "in_review", "returned", "approved", "void"];
  equal(
    told.map((state) => mayGiveUp({ state }, [])),
    [true, true, false, false, false, false, false],
  );
}
