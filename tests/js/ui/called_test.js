// What a visit calls for, and what the app fills in beforehand: pure, from answers and what the case file knows.

import { asksForWoman, womenPart } from "../../../static/js/more/women.js";
import { calledFor, nowAlone } from "../../../static/js/wire-called.js";
import { lastOf, prefillOf } from "../../../static/js/wire-prefill.js";
import { equal } from "../core/county.js";

const VISIT = { visit_id: "v-1" };
const TODAY = "2026-11-22";
const roster = [
  { _id: "row-1", person_id: "p-1", name: "刘梅", is_minor: "0" },
  { _id: "row-2", person_id: "p-2", name: "刘小树", birth_ym: "2016-05", sex: "male", is_minor: "1" },
  { _id: "row-3", name: { unknown: "refused" }, birth_ym: "2019", is_minor: "1" },
];
const row = (/** @type {any} */ more) => ({ record_id: "r", visit_id: "v-1", mine: true, state: "draft", ...more });
const asked = (/** @type {any} */ written, /** @type {any[]} */ rows = [], bundle = {}) =>
  calledFor(bundle, written, rows, VISIT, TODAY).map(({ form, about, whose, row: held }) => [
    form,
    about,
    whose,
    !!held,
  ]);

export function test_each_child_of_the_roster_gets_a_sheet_and_the_talk_is_one() {
  equal(asked([{ todo: "F5 F6", members: roster }]), [
    ["F5", null, null, false],
    ["F6", "p-2", "刘小树", false],
    ["F6", "row-3", null, false],
  ]);
  equal(asked([{ todo: "", members: roster }]), []);
}

export function test_what_was_begun_is_the_row_of_that_child_and_a_void_one_is_none() {
  const rows = [row({ form: "F6", about: "p-2" }), row({ form: "F6", about: "row-3", state: "void" })];
  equal(asked([{ todo: "F6", members: roster }], rows), [
    ["F6", "p-2", "刘小树", true],
    ["F6", "row-3", null, false],
  ]);
}

export function test_what_the_case_still_waits_for_is_asked_once() {
  const people = [
    { person_id: "p-2", name: "刘小树", birth_ym: "2009", household: true },
    { person_id: "p-4", name: "刘大", birth_ym: "2008-11", household: true },
    { person_id: "p-5", name: "表弟", birth_ym: "2015", household: false },
  ];
  const bundle = { todos: ["F5", "F6"], people };
  equal(asked([], [], bundle), [
    ["F5", null, null, false],
    ["F6", "p-2", "刘小树", false],
    ["F6", "p-4", "刘大", false],
  ]);
  // Written at another visit meanwhile: not asked again.
  equal(asked([], [row({ form: "F5", visit_id: "v-0" })], bundle).length, 2);
}

export function test_alone_is_what_was_said_in_this_visit() {
  equal(nowAlone([{ visit: { alone: "no" } }, null]), false);
  equal(nowAlone([{ visit: { alone: "yes" } }]), true);
  equal(nowAlone([{ fu: { alone: "yes" } }]), true);
}

const known = (/** @type {any} */ more) => ({
  bundle: { visits: [], facts: {}, preloaded: true },
  draft: { form: "F3", visit_id: "v-1" },
  plan: { lists: { org: [{ value: "wf" }] } },
  records: [],
  written: [],
  visitors: [{ name: "李春禾", organisation_kind: "wf" }],
  conflict: false,
  today: TODAY,
  ...more,
});

export function test_a_follow_up_knows_its_plan_and_the_order_in_force() {
  const visits = [
    { visit_id: "v-0", state: "done", planned_on: "2026-08-22" },
    { visit_id: "v-1", state: "planned", planned_on: TODAY },
    { visit_id: "v-2", state: "planned", planned_on: "2027-02-22" },
  ];
  const held = (/** @type {string} */ to) => ({
    "dv.has_protection_order": { value: "yes" },
    "dv.has_warning_letter": { value: "no" },
    "dv.protection_order": { value: [{ _id: "o", to }] },
  });
  const given = prefillOf(known({ bundle: { visits, preloaded: true, facts: { c: held("2026-12-01") } } }));
  equal(given, {
    "fu.no": "2",
    "fu.planned_at": TODAY,
    "fu.visitors": [{ user: "李春禾", org: "wf" }],
    "end.next_due": "2027-02-22",
    "private.has_order": "yes",
    "end.has_f5": "no",
  });
  const ended = prefillOf(known({ bundle: { facts: { c: held("2026-11-01") } }, records: [{ form: "F5" }] }));
  equal([ended["private.has_order"], ended["end.has_f5"]], ["no", "yes"]);
  equal("private.has_order" in prefillOf(known({})), false);
  // A measure may be an order made since the assessment that knew of none: she is asked
  const helped = prefillOf(known({ bundle: { facts: { c: held("2026-11-01") } }, records: [{ form: "F7" }] }));
  equal("private.has_order" in helped, false);
}

export function test_a_childs_sheet_begins_with_the_child_of_the_roster() {
  const sheet = { draft: { form: "F6", visit_id: "v-1", about: "row-3" }, written: [{ members: roster }] };
  equal(prefillOf(known(sheet)), { "child.person_id": "row-3", "child.birth_ym": "2019" });
}

export function test_of_the_last_report_only_what_the_form_names_is_kept() {
  const nodes = [
    { n: 0, name: "data", parent: null },
    { n: 1, name: "visit", parent: 0 },
    { n: 2, name: "place", parent: 1 },
    { n: 3, name: "who", parent: 1 },
  ];
  const answers = { visit: { place: "村委会", who: "谁" } };
  equal(lastOf({ nodes, last_saved: [2] }, answers), { visit: { place: "村委会" } });
  equal(lastOf({ nodes, last_saved: [2, 3] }, {}), {});
}

export function test_a_visit_asks_for_a_woman_by_the_answers_that_raise_the_flag_and_by_no_others() {
  const girl = { sex: "female", is_minor: "1", is_victim: "yes" };
  for (const answers of [
    { case: { type: "molest_child" } },
    { dv: { forms: ["beating", "sexual"] } },
    { dv: { s_sexual: "yes" } },
    { dv: { asks_woman: "yes" } },
    { child: { asks_woman: "yes" } },
    { child: { harm_signs: ["genital_injury"] } },
    { members: [girl] },
  ])
    equal(asksForWoman([null, {}, answers]), true);
  for (const answers of [
    { case: { type: "injury" } },
    { dv: { forms: ["beating"], s_sexual: { unknown: "refused" }, asks_woman: "no" } },
    { child: { harm_signs: { unknown: "not_asked" } } },
    {
      members: [
        { ...girl, sex: "male" },
        { ...girl, is_minor: "0" },
        { ...girl, is_victim: "no" },
      ],
    },
  ])
    equal(asksForWoman([answers]), false);
  equal(womenPart([{}]), null);
  equal(womenPart([{ members: [girl] }])?.textContent?.includes("女同志"), true);
}
