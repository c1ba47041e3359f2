// Two versions of one report on a phone: what a draft made again stands on, and how a merge begins. On real parts, against a county in memory.

import { newId } from "../../../static/js/ids.js";
import { begin, openMerge } from "../../../static/js/more/wire-merge.js";
import { reopen } from "../../../static/js/more/wire-reopen.js";
import { isApart } from "../../../static/js/ui/worklist-groups.js";
import { opensAgain } from "../../../static/js/wire-record.js";
import { County, DISTRICT, enrolledPhone, equal, refuses, revisionHead } from "./county.js";

const NODES = ["", "head_name", "note", "total"].map((name, n) => ({
  n,
  name,
  kind: n === 0 ? "group" : n === 3 ? "calculate" : "question",
  parent: n === 0 ? null : 0,
}));
const plan = (/** @type {number} */ version) => ({ form_id: "F2", form: "F2", version, nodes: NODES });
const body = (/** @type {any} */ answers) => ({
  ...{ answers, replies: [], visitors: [] },
  recorded: { started: 1, language: "zh" },
});

/** What the screens ask of the app, of real parts. @param {any} made @returns {any} */
function appOf(made) {
  const said = /** @type {string[]} */ ([]);
  const { outbox, vaults } = made;
  return { outbox, vaults, said, plans: new Map(), shell: { toast: (/** @type {string} */ text) => said.push(text) } };
}

/** @param {any} head @param {any} more of its one record */
const bundle = (head, more) => ({
  ...{ case_id: head.case_id, district: DISTRICT, code_name: "春分", village: null, preloaded: true, visits: [] },
  records: [
    {
      ...{ record_id: head.record_id, form: "F2", form_version: 1, visit_id: head.visit_id, mine: true },
      ...{ state: "submitted", answers: null, returned: null, ...more },
    },
  ],
});

/** @param {string} id @param {any} answers @param {any} [more] */
const version = (id, answers, more) => ({
  ...{ revision_id: id, form_version: 1, vault_id: newId(77), device_time: 5, received_at: 6, answers, papers: {} },
  ...more,
});

/** A report of this phone that was answered `conflict`, told with what stands beside it. @param {any} [given] */
async function apart({ answers = { head_name: "甲", note: "旧" }, theirs = {}, told = {} } = {}) {
  const county = await County.create();
  const made = await enrolledPhone(county);
  const [root, other] = [newId(10), newId(11)];
  const head = revisionHead({ parents: [root] });
  county.tell("plan:F2@1", plan(1));
  county.tell("plan:F2@2", plan(2));
  county.judge = () => "conflict";
  const { revision_id } = await made.outbox.handIn({ head, body: body(answers) });
  const base = { revision_id: root, answers: { head_name: "乙", note: "旧" }, papers: {} };
  const vault_id = made.vaults.current.vault_id;
  const conflict = {
    head: version(other, { head_name: "丙", note: "新" }, theirs),
    beside: [{ ...version(revision_id, answers, { vault_id }), base, ...told }],
  };
  county.tell(`case:${head.case_id}`, bundle(head, { head: other, conflict }));
  await made.outbox.sendNow();
  return { made, head, other, mine: revision_id, app: appOf(made) };
}

export async function test_a_merge_is_a_draft_on_both_versions_and_asks_what_both_changed() {
  const { made, head, other, mine, app } = await apart();
  const [item] = made.outbox.items();
  equal([item.state, opensAgain({ ...item, reason: "not_the_head" })], ["attention", false]);
  const { ref } = await begin(app, head);
  const draft = await made.outbox.store.drafts.open(ref);
  equal([draft.parents, draft.record_id, draft.form_version], [[other, mine], head.record_id, 1]);
  // What only the other phone changed is taken; what both changed holds what they began with.
  equal(draft.answers, { head_name: "乙", note: "新" });
  const { open, of, whole } = draft.position.merge;
  equal(
    open.map((/** @type {any} */ one) => [one.path, one.mine, one.theirs]),
    [["head_name", "甲", "丙"]],
  );
  equal([of.mine.vault_id === made.vaults.current.vault_id, whole], [true, null]);
  // The item is in that draft now.
  equal(made.outbox.items(), []);
}

export async function test_where_nothing_contradicts_the_merge_is_done_and_she_is_told_to_look() {
  const { made, head, app } = await apart({
    answers: { head_name: "甲", note: "旧" },
    theirs: { answers: { head_name: "乙", note: "新" } },
  });
  const { ref } = await begin(app, head);
  const draft = await made.outbox.store.drafts.open(ref);
  equal([draft.answers, draft.position, app.said.length], [{ head_name: "甲", note: "新" }, null, 1]);
}

export async function test_a_draft_that_goes_on_from_one_version_is_its_newest_word() {
  const { made, head, other, mine, app } = await apart();
  const { drafts } = made.outbox.store;
  const { district, case_id, visit_id, record_id } = head;
  const ids = { district, case_id, visit_id, record_id, form: "F2", form_version: 1 };
  const ref = drafts.newRef();
  await drafts.save(ref, { ...ids, parents: [mine], answers: { head_name: "丁", note: "旧" } });
  equal(await begin(app, head), { ref });
  const draft = await drafts.open(ref);
  equal([draft.parents, draft.position.merge.open[0].mine], [[other, mine], "丁"]);
}

export async function test_a_draft_on_older_ground_goes_in_first() {
  const { made, head, app } = await apart();
  const { drafts } = made.outbox.store;
  const { district, case_id, visit_id, record_id } = head;
  const kept = {
    district,
    case_id,
    visit_id,
    record_id,
    form: "F2",
    form_version: 1,
    parents: [newId(3)],
    answers: {},
  };
  const ref = drafts.newRef();
  await drafts.save(ref, kept);
  equal([await begin(app, head), await drafts.open(ref)], [{ ref }, kept]);
}

export async function test_two_versions_of_the_form_are_not_merged_but_shown_with_every_difference() {
  const { made, head, app } = await apart({ theirs: { form_version: 2 } });
  const { ref } = await begin(app, head);
  const draft = await made.outbox.store.drafts.open(ref);
  const { merge } = draft.position;
  equal(
    merge.open.map((/** @type {any} */ one) => one.path),
    ["head_name", "note"],
  );
  equal(
    [merge.whole.mine.answers, merge.whole.theirs.answers],
    [
      { head_name: "甲", note: "旧" },
      { head_name: "丙", note: "新" },
    ],
  );
}

export async function test_what_is_asked_of_her_alone_and_what_no_plan_here_knows_stand_behind_the_secret() {
  // Given a question of health that is asked of her alone, and one of harm that the newer form no longer has
  const texts = { zh: ["表", "户主", "备注", "身体"], en: [] };
  const engine = { format: 1, functions: 1, hash: "", languages: ["zh", "en"], order: [], feeds: {}, shows: {} };
  const asked = { ...engine, title: { zh: "表", en: "" }, texts, lists: {} };
  const nodes = [
    { n: 0, name: "", kind: "form", parent: null },
    ...NODES.slice(1, 3).map((node) => ({ ...node, type: "text", label: node.n, sensitivity: "household" })),
    { n: 3, name: "body", kind: "question", type: "text", parent: 0, label: 3, sensitivity: "health", alone: true },
  ];
  const { made, head, app } = await apart({
    answers: { head_name: "甲", body: "青紫", harm: "他打过我" },
    theirs: { form_version: 2, answers: { head_name: "丙", body: "好了" } },
  });
  const { ref } = await begin(app, head);
  const draft = await made.outbox.store.drafts.open(ref);
  const root = document.body.appendChild(document.createElement("div"));
  const given = { ref, draft, bundle: { code_name: "春分" }, plan: { ...plan(2), ...asked, nodes } };
  await openMerge({ ...app, kept: { running: [], conflicts: {} }, now: () => 5 }, root, given);
  // Then what the household said stands there, and neither of these, not by its name either
  equal(
    [...root.querySelectorAll("[data-merge]")].map((one) => one.getAttribute("data-merge")),
    ["head_name"],
  );
  equal(/青紫|好了|打|harm|身体/.test(root.textContent ?? ""), false);
  equal(root.querySelector("#merge-guarded")?.textContent?.includes("2"), true);
}

export async function test_without_a_second_version_nothing_is_merged() {
  const { head, app } = await apart({ told: { revision_id: newId(1) } });
  await refuses("not_found", () => begin(app, { ...head, record_id: newId(9) }));
  equal(
    [isApart({ conflict: {} }, []), isApart({}, []), isApart({ conflict: {} }, [item("waiting")])],
    [true, false, false],
  );
}

export async function test_a_draft_made_again_stands_on_what_it_was_written_on() {
  const county = await County.create();
  const made = await enrolledPhone(county);
  const [root, newer] = [newId(10), newId(11)];
  const head = revisionHead({ parents: [root] });
  county.judge = () => "quarantined";
  const first = await made.outbox.handIn({ head, body: body({}) });
  const second = { ...head, parents: [first.revision_id] };
  await made.outbox.handIn({ head: second, body: body({ note: "二" }) });
  county.tell(`case:${head.case_id}`, bundle(head, { head: newer, state: "returned" }));
  await made.outbox.sendNow();
  // Another phone wrote a newer version meanwhile: on that it would be written over unseen.
  const items = made.outbox.items();
  const ref = await reopen(appOf(made), items[1]);
  equal((await made.outbox.store.drafts.open(ref)).parents, [root]);
}

export async function test_where_the_ground_is_not_known_any_more_all_is_asked() {
  const county = await County.create();
  const made = await enrolledPhone(county);
  const head = revisionHead({ parents: [newId(10)] });
  county.judge = () => "quarantined";
  await made.outbox.handIn({ head, body: body({}) });
  county.tell(`case:${head.case_id}`, bundle(head, { head: newId(11), state: "returned" }));
  await made.outbox.sendNow();
  const [one] = made.outbox.items();
  const ref = await reopen(appOf(made), { ...one, reason: "parent_kept" });
  equal((await made.outbox.store.drafts.open(ref)).parents, []);
}

/** @param {string} state @returns {any} */
const item = (state) => ({ kind: "revision", state, record_state: null });
