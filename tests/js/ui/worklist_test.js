// Where a record stands for its author: pure, from what the server told and what this phone has in hand.

import { mayGiveUp } from "../../../static/js/more/wire-drafts.js";
import { groupsOf, isOvertaken, stateNow } from "../../../static/js/ui/worklist-groups.js";
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

export function test_what_another_place_wrote_since_counts_and_not_what_went_from_here_before() {
  const door = item({ revision_id: "a", parents: [], intent: "door", record_state: "door_submitted" });
  const whole = item({ revision_id: "b", parents: ["a"], intent: "submit", record_state: "submitted" });
  const now = (/** @type {any} */ told, /** @type {any[]} */ own) => stateNow(told, own);
  // Given the door part from here, finished at the desk or on her other phone
  equal(now({ state: "submitted", head: "x" }, [door]), "submitted");
  equal(now({ state: "returned", head: "x" }, [door, whole]), "returned");
  // What was told before she handed in does not count, whoever wrote it
  equal(now({ state: "door_submitted", head: "a" }, [door, whole]), "submitted");
  const onTheirs = item({ revision_id: "c", parents: ["x"], intent: "submit", record_state: "submitted" });
  equal(now({ state: "returned", head: "x" }, [door, onTheirs]), "submitted");
  equal(now({ state: "draft", head: null }, [door]), "door_submitted");
  // Nor while hers is unanswered, nor of what an app of before queued, which does not say on what it was written
  const waits = item({ ...whole, state: "waiting", record_state: null });
  equal(now({ state: "returned", head: "x" }, [waits]), "submitted");
  equal(now({ state: "returned", head: "x" }, [item({ ...whole, parents: undefined })]), "submitted");
  // One that was kept aside stands on nothing that counts
  const aside = item({ revision_id: "d", parents: ["a"], state: "attention" });
  equal([isOvertaken({ head: "x" }, [door, aside]), isOvertaken({ head: "a" }, [door, aside])], [true, false]);
}

export function test_a_report_that_the_desk_handed_in_and_got_back_stands_among_the_returned() {
  const record = {
    record_id: "r",
    form: "F2",
    visit_id: "v",
    mine: true,
    state: "returned",
    head: "x",
    returned: null,
  };
  const summary = /** @type {any} */ ({ case_id: "c", code_name: "甲", village: null, visits: [], records: [record] });
  const own = item({ record_id: "r", revision_id: "a", parents: [], intent: "submit", record_state: "submitted" });
  const returned = groupsOf([summary], "2026-11-22", [own], () => []).returned;
  equal(
    returned.map((entry) => entry.record?.record_id),
    ["r"],
  );
}
