// A whole phone against a county in memory: hand in, be answered, lose replies, be locked, be killed.

import { makeFrame, readFrame } from "../../../static/js/bytes.js";
import { Problem } from "../../../static/js/errors.js";
import { newId } from "../../../static/js/ids.js";
import {
  assert,
  County,
  DISTRICT,
  enrolledPhone,
  equal,
  killed,
  PIN,
  phone,
  refuses,
  revisionHead,
  SECRET,
  seeded,
  unlocked,
} from "./county.js";

const BODY = { answers: { head_name: "演示丁" }, replies: [], recorded: { started: 1, language: "zh" }, visitors: [] };

/** @param {any} made @param {any} [head] */
const handIn = (made, head = revisionHead()) => made.outbox.handIn({ head, body: BODY });
const states = (/** @type {any} */ made) => made.outbox.items().map((/** @type {any} */ { state }) => state);

export async function test_what_is_handed_in_arrives_signed_and_is_received_then_safe() {
  const county = await County.create();
  const made = await enrolledPhone(county);
  const head = revisionHead();
  // When a report is handed in
  const { op, revision_id } = await handIn(made, head);
  await made.outbox.sendNow();
  // Then the county opened it, whole and signed
  const { head: got, body } = county.stored.get(op);
  equal(body, BODY);
  equal(
    [got.revision_id, got.author, got.district, got.parents, got.number],
    [revision_id, county.me.person_id, DISTRICT, [], null],
  );
  assert(got.signature);
  equal(states(made), ["received"]);
  equal(made.outbox.items()[0].parents, []);
  equal((await made.outbox.body(made.outbox.items()[0].ref)).body, BODY);
  // And when a backup holds it, it is safe; when its record is approved the copy goes
  county.safe = county.seq;
  county.tell(`case:${head.case_id}`, bundle(head, "submitted"));
  await made.outbox.sendNow();
  equal([states(made), made.outbox.stateOf(head.record_id)], [["safe"], "safe"]);
  county.tell(`case:${head.case_id}`, bundle(head, "approved"));
  await made.outbox.sendNow();
  equal(states(made), []);
}

export async function test_a_lost_reply_stores_nothing_twice() {
  const county = await County.create();
  const made = await enrolledPhone(county);
  for (const loses of /** @type {const} */ (["request", "reply"])) {
    await handIn(made);
    await made.outbox.sendNow();
    county.loses = loses;
    const { op } = await handIn(made);
    const done = await made.outbox.sendNow();
    equal(
      [done.code, made.outbox.items().find((/** @type {any} */ item) => item.op === op).state],
      ["no_network", "waiting"],
    );
    equal(made.outbox.status.last_error, "no_network");
    county.loses = null;
    await made.outbox.sendNow();
    equal(made.outbox.items().find((/** @type {any} */ item) => item.op === op).state, "received");
  }
  equal(county.heldOf("revision").length, 4);
}

export async function test_a_refused_item_never_blocks_the_next_and_is_shown() {
  const county = await County.create();
  const made = await enrolledPhone(county);
  county.judge = (head) => (head.form === "F0" ? "quarantined" : head.form === "F3V" ? "conflict" : null);
  for (const form of ["F0", "F2", "F3V"]) await handIn(made, revisionHead({ form }));
  await made.outbox.sendNow();
  equal(states(made), ["attention", "received", "attention"]);
  const [refused] = made.outbox.items();
  equal([refused.status, refused.reason], ["quarantined", "no_right"]);
  await made.outbox.dismiss(refused.ref);
  equal(states(made), ["received", "attention"]);
  await refuses("not_found", () => made.outbox.dismiss(made.outbox.items()[0].ref));
}

export async function test_an_item_that_makes_the_server_stumble_blocks_neither_the_others_nor_the_pull() {
  const county = await County.create();
  const api = { enrol: county.api.enrol, exchange: stumbling };
  let stumbles = true;
  /** Refuses the whole frame, as an unforeseen error does, where this report is in it. @param {any} given */
  async function stumbling(given) {
    const held_before = new Map(county.stored);
    const reply = await county.exchange(given);
    if (!stumbles || county.heldOf("revision").every(({ head }) => head.form !== "F3V")) return reply;
    county.stored = held_before;
    throw new Problem("internal", { status: 500 });
  }
  const made = await enrolledPhone(county, { api });
  // Given two reports with one between them over which the server stumbles
  for (const form of ["F0", "F3V", "F2"]) await handIn(made, revisionHead({ form }));
  await made.outbox.sendNow();
  // When the phone comes back as often as it does by itself
  for (let i = 0; i < 8 && made.timer.set_.length > 0; i++) {
    made.timer.fire();
    await over(made);
  }
  // Then the others are there, the bad one waits here, and what comes down came
  equal(states(made), ["received", "waiting", "received"]);
  equal(made.outbox.status.last_error, null);
  // And once the server is mended it goes by a touch
  stumbles = false;
  await made.outbox.sendNow();
  equal(states(made), ["received", "received", "received"]);
}

/** Resolves when no exchange is on its way. @param {any} made */
async function over(made) {
  while (made.outbox.status.sending)
    await new Promise((/** @type {any} */ next) => made.outbox.addEventListener("status", next, { once: true }));
}

export async function test_half_a_sign_is_replaced_before_it_is_kept_or_sealed() {
  const county = await County.create();
  const made = await enrolledPhone(county);
  // Given texts that end in half of a sign, one that only looks like it, and a whole sign
  const typed = { half: "x\ud83d", other: "\udc00y", looks: "\\ud83d", whole: '𠮷\u0001"' };
  const kept = { half: "x\ufffd", other: "\ufffdy", looks: "\\ud83d", whole: '𠮷\u0001"' };
  const { op } = await made.outbox.handIn({ head: revisionHead(), body: { ...BODY, answers: typed } });
  await made.outbox.store.drafts.save("a", { record_id: newId(1), answers: typed });
  await made.outbox.sendNow();
  // Then the server, the copy here and the draft hold signs only
  equal(county.stored.get(op).body.answers, kept);
  equal((await made.outbox.body(made.outbox.items()[0].ref)).body.answers, kept);
  equal((await made.outbox.store.drafts.open("a")).answers, kept);
}

export async function test_what_needs_a_person_keeps_its_copy_until_a_backup_holds_it() {
  const county = await County.create();
  const made = await enrolledPhone(county);
  county.judge = () => "quarantined";
  await handIn(made);
  await made.outbox.sendNow();
  const [{ ref }] = made.outbox.items();
  // Given it is marked safe as far as it can be, and nobody has read it yet
  county.safe = county.seq + 1;
  await made.outbox.sendNow();
  equal([states(made), (await made.outbox.body(ref)).body], [["attention"], BODY]);
  await refuses("not_found", () => made.outbox.retry(ref)); // the server has it already
  // When a person has read it while no backup holds it
  county.safe = county.seq;
  await made.outbox.sendNow();
  await made.outbox.dismiss(ref);
  await made.outbox.sendNow();
  // Then it leaves the list, and its copy stays until a mark has passed it
  equal([states(made), (await made.outbox.body(ref)).body], [[], BODY]);
  county.safe = county.seq + 1;
  await made.outbox.sendNow();
  equal(await made.outbox.body(ref), null);
}

export async function test_what_needs_a_person_becomes_a_draft_again_with_its_answers() {
  const county = await County.create();
  const made = await enrolledPhone(county);
  const { drafts } = made.outbox.store;
  county.judge = () => "quarantined";
  const head = revisionHead();
  await handIn(made, head);
  await made.outbox.sendNow();
  const parents = [newId(4)];
  const ref = await made.outbox.reopen(made.outbox.items()[0].ref, { parents, door: false });
  const draft = await drafts.open(ref);
  equal(
    [draft.record_id, draft.visit_id, draft.district, draft.answers, draft.parents, states(made)],
    [head.record_id, head.visit_id, head.district, BODY.answers, parents, []],
  );
  // And a draft that is here keeps its newer answers, and stands on what the server holds
  await handIn(made, head);
  await made.outbox.sendNow();
  await drafts.save(ref, { ...draft, answers: { head_name: "演示戊" }, parents: [newId(9)] });
  equal(await made.outbox.reopen(made.outbox.items()[0].ref, { parents: [], door: true }), ref);
  const { answers, parents: on, door } = await drafts.open(ref);
  equal([answers, on, door], [{ head_name: "演示戊" }, [], true]);
}

export async function test_wait_stays_and_reseal_goes_again_under_the_same_revision() {
  const county = await County.create();
  const made = await enrolledPhone(county);
  county.judge = () => "wait";
  await handIn(made);
  await made.outbox.sendNow();
  equal(states(made), ["waiting"]);
  let asked = 0;
  county.judge = () => (asked++ === 0 ? "reseal" : null);
  const { op: before, revision_id } = made.outbox.items()[0];
  await made.outbox.sendNow();
  const [item] = made.outbox.items();
  equal([item.state, item.revision_id], ["received", revision_id]);
  assert(item.op !== before, "a new package");
  equal(county.stored.get(item.op).head.revision_id, revision_id);
}

export async function test_a_page_is_applied_with_the_results_or_not_at_all() {
  const county = await County.create();
  const made = await enrolledPhone(county);
  county.loses = "request";
  await handIn(made);
  await made.outbox.sendNow();
  county.loses = null;
  const head = revisionHead();
  county.tell(`case:${head.case_id}`, bundle(head, "submitted"));
  // Given a disk that refuses in the middle of the page
  const put = IDBObjectStore.prototype.put;
  let puts = 0;
  IDBObjectStore.prototype.put = function (...given) {
    if (this.name === "packs" && puts++ === 0) throw new DOMException("full", "QuotaExceededError");
    return put.apply(this, given);
  };
  let done;
  try {
    done = await made.outbox.sendNow();
  } finally {
    IDBObjectStore.prototype.put = put;
  }
  // Then neither result nor case nor cursor is there, nor on the disk
  const [{ row }] = await made.outbox.store.outbox.entries({ open: true });
  equal(
    [puts, done.code, states(made), row.last, await made.outbox.store.inbox.caseOf(head.case_id)],
    [1, "storage_full", ["waiting"], null, null],
  );
  equal(await made.outbox.store.packs.all(), []);
  // And the next exchange brings all of it
  await made.outbox.sendNow();
  equal(
    [
      states(made),
      (await made.outbox.store.inbox.caseOf(head.case_id)).case_id,
      (await made.outbox.store.packs.all()).length,
    ],
    [["received"], head.case_id, 1],
  );
  equal(county.heldOf("revision").length, 1);
}

export async function test_a_killed_phone_has_everything_that_was_confirmed() {
  const county = await County.create();
  const made = await enrolledPhone(county);
  const head = revisionHead();
  county.tell(`case:${head.case_id}`, bundle(head, "submitted"));
  await made.outbox.sendNow();
  const ref = made.outbox.store.drafts.newRef();
  await made.outbox.store.drafts.save(ref, { record_id: newId(5), answers: { a: 1 } });
  county.loses = "reply";
  const { op } = await handIn(made);
  await made.outbox.sendNow();
  // When the browser is killed and opened again
  const again = await killed(made, county);
  county.loses = null;
  equal([again.vaults.state, again.outbox.store, again.vaults.person], ["locked", null, null]);
  await unlocked(again);
  // Then the draft, the case and the report are there, and the county holds the report once
  equal((await again.outbox.store.drafts.open(ref)).answers, { a: 1 });
  equal([(await again.outbox.store.packs.all()).length, again.vaults.person.name], [1, "演示甲"]);
  equal([again.outbox.items()[0].op, states(again), county.heldOf("revision").length], [op, ["received"], 1]);
}

export async function test_a_restored_server_gets_again_what_it_has_lost() {
  for (const [knows_case, was_safe] of [
    [true, false],
    [false, false],
    [true, true],
  ]) {
    const county = await County.create();
    const made = await enrolledPhone(county);
    const head = revisionHead();
    const tell = () => knows_case && county.tell(`case:${head.case_id}`, bundle(head, "submitted"));
    // Given a report that was received, or even marked safe
    tell();
    const { op, revision_id } = await handIn(made, head);
    await made.outbox.sendNow();
    if (was_safe) {
      county.safe = county.seq;
      await made.outbox.sendNow();
      await made.outbox.sendNow();
    }
    equal(states(made), [was_safe ? "safe" : "received"]);
    // When a backup older than it is brought back, whose numbers have run on since
    const { bytes } = county.stored.get(op);
    county.stored.clear();
    Object.assign(county, { epoch: "e2", directives: [{ kind: "resync" }], seq: county.seq + 50 });
    county.tell("me", county.me);
    tell();
    county.safe = county.seq;
    const requests = county.requests;
    await made.outbox.sendNow();
    county.directives = [];
    // Then it is there again in the same contact, by the same bytes, and never counted as safe or decided between
    const [again] = county.heldOf("revision");
    equal([again?.head.revision_id, again?.body, county.requests - requests], [revision_id, BODY, 2]);
    equal([...again.bytes], [...bytes]);
    equal(states(made), ["received"]);
    // And a second contact in the same epoch sends nothing, and asks nothing
    await made.outbox.sendNow();
    equal([county.heads.at(-1).packages.length, county.questions.length], [0, 1]);
  }
}

/** A phone with a report and a call that were received; another server's numbers from here on. @param {(row: any) => any} [flash] what an older app left of the report */
async function restoredUnder(flash = (row) => row) {
  const county = await County.create();
  const made = await enrolledPhone(county);
  const head = revisionHead();
  county.tell(`case:${head.case_id}`, bundle(head, "submitted"));
  const report = await handIn(made, head);
  const call = await made.outbox.handIn({ head: { kind: "urgent", district: head.district }, body: { at: 1 } });
  await made.outbox.sendNow();
  await changeRow(made, (row) => (row.op === report.op ? flash(row) : row));
  Object.assign(county, { epoch: "e2", directives: [{ kind: "resync" }] });
  county.tell("me", county.me);
  return { county, made, head, report, call };
}

/** @param {any} made @param {(row: any) => any} change what lies in the outbox */
async function changeRow(made, change) {
  const { database } = made.outbox.store;
  const rows = await database.entries("outbox");
  await database.run(["outbox"], "readwrite", (/** @type {any} */ { outbox }) => {
    for (const [key, row] of rows) outbox.put(change(row), key);
  });
}

export async function test_what_a_restored_server_still_has_is_not_sent_again() {
  const { county, made, report, call } = await restoredUnder();
  const sent = () => county.heads.map(({ packages }) => packages.length);
  const before = sent().length;
  // Given that the call alone was lost
  county.stored.delete(call.op);
  await made.outbox.sendNow();
  equal([sent().slice(before), county.questions.length], [[0, 1], 1]);
  equal([county.stored.has(report.op), county.stored.has(call.op)], [true, true]);
}

export async function test_nothing_is_freed_until_a_restored_server_has_said_what_it_has() {
  const { county, made, head } = await restoredUnder();
  county.stored.clear();
  county.tell(`case:${head.case_id}`, bundle(head, "approved"));
  county.safe = county.seq;
  county.digest_problem = "no_network";
  for (const _ of [1, 2]) await made.outbox.sendNow();
  equal([made.outbox.items().length, county.questions.length, county.stored.size], [2, 2, 0]);
  // When the phone is killed in between, it asks all the same
  const again = await killed(made, county);
  county.digest_problem = null;
  await unlocked(again);
  await again.outbox.sendNow();
  equal([county.questions.length, county.stored.size], [3, 2]);
}

export async function test_a_family_leaves_only_after_all_that_waits_was_answered() {
  for (const goes of ["out", "resync"]) {
    const county = await County.create();
    /** @type {number[]} */ const families = [];
    const api = {
      ...county.api,
      exchange: async (/** @type {any} */ given) => {
        families.push((await made.outbox.store?.packs.all())?.length ?? 0);
        return county.exchange(given);
      },
    };
    const made = await enrolledPhone(county, { api });
    const head = revisionHead();
    county.tell(`case:${head.case_id}`, bundle(head, "submitted"));
    await made.outbox.sendNow();
    families.length = 0;
    // Given three reports of which no two fit into one request
    const random = seeded(7);
    county.loses = "request";
    for (let i = 0; i < 3; i++) {
      const text = Array.from({ length: 40_000 }, () => String.fromCharCode(0x4e00 + random() * 20_000)).join("");
      await made.outbox.handIn({ head: revisionHead({ case_id: head.case_id }), body: { ...BODY, answers: { text } } });
    }
    await made.outbox.sendNow();
    county.loses = null;
    families.length = 0;
    // When the family leaves her phone meanwhile
    if (goes === "out") county.tell(`case:${head.case_id}`, null, "out");
    else {
      county.feed.clear();
      county.tell("me", county.me);
      county.directives = [{ kind: "resync" }];
    }
    await made.outbox.sendNow();
    county.directives = [];
    // Then it is there until the last of them was answered, and is gone with that
    equal([families, county.heldOf("revision").length], [[1, 1, 1], 3]);
    equal((await made.outbox.store.packs.all()).length, 0);
  }
}

export async function test_a_page_that_was_put_off_is_asked_for_again_at_once() {
  const county = await County.create();
  const made = await enrolledPhone(county);
  const head = revisionHead();
  county.tell(`case:${head.case_id}`, bundle(head, "submitted"));
  await made.outbox.sendNow();
  const { inbox, database } = made.outbox.store;
  const { changed } = inbox;
  const { run } = database;
  // Given a family that leaves, a report about it handed in while the page was sealed, and another tab that took it back
  inbox.changed = async (/** @type {any[]} */ ...given) => {
    inbox.changed = changed;
    await made.outbox.handIn({ head: revisionHead({ case_id: head.case_id }), body: BODY });
    database.run = async (/** @type {any[]} */ ...asked) => {
      try {
        return await run.apply(database, asked);
      } catch (problem) {
        database.run = run;
        await run.call(database, ["outbox"], "readwrite", (/** @type {any} */ { outbox }) => outbox.clear());
        throw problem;
      }
    };
    return changed.apply(inbox, given);
  };
  county.tell(`case:${head.case_id}`, null, "out");
  const asked = county.requests;
  await made.outbox.sendNow();
  await over(made);
  // Then the page comes with the very next request, not with the question of some hour
  equal([county.requests - asked, (await made.outbox.store.packs.all()).length], [2, 0]);
}

export async function test_a_family_stays_until_what_was_handed_in_meanwhile_was_answered() {
  for (const meanwhile of ["on its way", "while the page was sealed", "sealed again"]) {
    const county = await County.create();
    /** @type {number[]} */ const families = [];
    let due = false;
    const handInOnce = async () => {
      if (due) due = false;
      else return;
      await made.outbox.handIn({ head: revisionHead({ case_id: head.case_id }), body: BODY });
    };
    const api = {
      ...county.api,
      exchange: async (/** @type {any} */ given) => {
        families.push((await made.outbox.store?.packs.all())?.length ?? 0);
        const reply = await county.exchange(given);
        if (meanwhile === "on its way") await handInOnce();
        return reply;
      },
    };
    const made = await enrolledPhone(county, { api });
    const head = revisionHead();
    county.tell(`case:${head.case_id}`, bundle(head, "submitted"));
    await made.outbox.sendNow();
    if (meanwhile === "while the page was sealed") {
      const { inbox } = made.outbox.store;
      const { changed } = inbox;
      inbox.changed = async (/** @type {any[]} */ ...given) => {
        await handInOnce();
        return changed.apply(inbox, given);
      };
    }
    if (meanwhile === "sealed again") {
      county.loses = "request";
      await made.outbox.handIn({ head: revisionHead({ case_id: head.case_id }), body: BODY });
      await made.outbox.sendNow();
      county.loses = null;
      let asked = 0;
      county.judge = () => (asked++ === 0 ? "reseal" : null);
    }
    families.length = 0;
    // Given a family that leaves with the next page, and a report about it that this request does not answer
    county.tell(`case:${head.case_id}`, null, "out");
    due = meanwhile !== "sealed again";
    await made.outbox.sendNow();
    await over(made);
    // Then the family was there until the report was answered, and is gone with that
    equal([meanwhile, families, county.heldOf("revision").length], [meanwhile, [1, 1], 1]);
    equal([states(made), (await made.outbox.store.packs.all()).length], [["received"], 0]);
  }
}

export async function test_what_a_newer_server_says_besides_is_passed_over_and_loses_nothing() {
  const county = await County.create();
  const api = { ...county.api, exchange: newer };
  /** As a server of tomorrow answers. @param {any} given */
  async function newer(given) {
    const { head, take } = readFrame(await county.exchange(given));
    const payload = (head.page?.changes ?? []).map((/** @type {any} */ { len }) => take(len));
    const tomorrow = { kind: "tomorrow", ref: "weather:1", district: DISTRICT, version: 1, len: 0 };
    const said = { ...head, tomorrow: { x: 1 }, directives: [{ kind: "tomorrow", at: 1 }] };
    said.results = head.results.map((/** @type {any} */ one) => ({
      ...one,
      tomorrow: 1,
      status: status ?? one.status,
    }));
    if (head.page) said.page = { ...head.page, tomorrow: 1, changes: [tomorrow, ...head.page.changes] };
    return makeFrame(said, new Uint8Array(0), ...payload);
  }
  let status = /** @type {string | null} */ ("of_tomorrow");
  const made = await enrolledPhone(county, { api });
  const head = revisionHead();
  county.tell(`case:${head.case_id}`, { ...bundle(head, "submitted"), tomorrow: { x: 1 } });
  await handIn(made, head);
  await made.outbox.sendNow();
  // A word that is not known leaves it in the queue; what is known of the page is here
  equal([states(made), (await made.outbox.store.packs.all()).length], [["waiting"], 1]);
  equal((await made.outbox.store.inbox.caseOf(head.case_id)).tomorrow, { x: 1 });
  status = null;
  await made.outbox.sendNow();
  equal([states(made), made.outbox.status.last_error], [["received"], null]);
}

export async function test_a_server_of_before_gets_all_again() {
  const { county, made } = await restoredUnder();
  county.stored.clear();
  county.digest_problem = "not_found";
  await made.outbox.sendNow();
  equal([county.stored.size, states(made)], [2, ["received", "received"]]);
}

export async function test_what_an_older_app_kept_no_package_of_is_sealed_again_under_its_own_id() {
  const { county, made, report } = await restoredUnder((row) => ({ ...row, package: null }));
  const { bytes } = county.stored.get(report.op);
  county.stored.clear();
  await made.outbox.sendNow();
  const [again] = county.heldOf("revision");
  equal(
    [again.head.revision_id, again.body, [...again.bytes].join() === [...bytes].join()],
    [report.revision_id, BODY, false],
  );
}

export async function test_it_is_asked_once_a_week_what_the_server_has_whatever_the_clock_does() {
  const { county, made } = await restoredUnder();
  await made.outbox.sendNow();
  county.directives = [];
  const asked = async (/** @type {number} */ ms) => {
    made.outbox.now = () => county.clock + ms;
    await made.outbox.sendNow();
    return county.questions.length;
  };
  equal([await asked(6 * 86_400_000), await asked(8 * 86_400_000), await asked(8 * 86_400_001)], [1, 2, 2]);
  equal([await asked(-400 * 86_400_000), await asked(-399 * 86_400_000)], [3, 3]);
  // And on demand, with all that comes down
  await made.outbox.refetch();
  equal(await asked(-399 * 86_400_000), 4);
  // Or without
  const { cursor } = await made.outbox.store.state.get("sync");
  await made.outbox.recheck();
  equal([await asked(-399 * 86_400_000), await asked(-399 * 86_400_000)], [5, 5]);
  equal((await made.outbox.store.state.get("sync")).cursor, cursor);
}

export async function test_a_phone_that_is_told_its_time_nowhere_else_asks_once_more_by_the_time_of_the_refusal() {
  const { county, made, report } = await restoredUnder();
  county.stored.delete(report.op);
  // Given a phone that gets no page any more, an hour off
  county.page = async () => ({ page: null, payload: [], pull_refused: "suspended" });
  county.directives = [];
  made.outbox.now = () => county.clock + 3_600_000;
  await made.outbox.sendNow();
  equal(
    county.questions.map(({ t }) => t - county.clock),
    [3_600_000, 0],
  );
  equal([county.stored.has(report.op), states(made)], [true, ["received", "received"]]);
}

export async function test_a_locked_phone_still_sends_what_was_sealed() {
  const county = await County.create();
  const made = await enrolledPhone(county);
  county.loses = "request";
  await handIn(made);
  await made.outbox.sendNow();
  made.vaults.lock();
  await made.outbox.ready();
  county.loses = null;
  await made.outbox.sendNow();
  equal([county.heldOf("revision").length, county.heads.at(-1).pull], [1, null]);
  equal(Object.keys(made.outbox.items()[0]).includes("form"), false);
  await unlocked(made);
  equal([states(made), made.outbox.items()[0].form], [["received"], "F2"]);
}

export async function test_a_locked_phone_counts_reports_and_calls_and_no_copies_of_drafts() {
  const county = await County.create();
  let made = await enrolledPhone(county);
  const told = () => [made.outbox.status.counts.waiting, made.outbox.status.untold];
  const { drafts } = made.outbox.store;
  const { record_id, district, case_id, visit_id, form, form_version } = revisionHead();
  const ids = { record_id, district, case_id, visit_id, form, form_version };
  await drafts.save(drafts.newRef(), { ...ids, answers: { a: 1 }, recorded: {} });
  county.loses = "request";
  await made.outbox.copyDrafts();
  await handIn(made);
  // Given what was seen before the lock, and a call made after it
  made.vaults.lock();
  await made.outbox.ready();
  equal(told(), [1, 0]);
  await made.outbox.sealUrgent({ at: 1, dangers: [] });
  equal(told(), [2, 0]);
  // When the app was killed, what lay there cannot be told apart, and is in no number; the call can
  made = await killed(made, county);
  equal(told(), [1, 2]);
  // Then the server's word takes both away
  county.loses = null;
  await made.outbox.sendNow();
  equal(told(), [0, 0]);
}

export async function test_urgent_goes_out_while_locked_and_is_confirmed_at_the_unlock() {
  const county = await County.create();
  const made = await enrolledPhone(county);
  made.vaults.lock();
  await made.outbox.ready();
  const urgent = {
    at: 1,
    dangers: ["danger_now"],
    called: [{ number: "110", label: "警", at: 1 }],
    place: "",
    who: "",
    case_code: null,
    reported_to: "police",
  };
  const { op } = await made.outbox.sealUrgent(urgent);
  await made.outbox.sendNow();
  const lead = county.stored.get(op);
  equal(
    [lead.body, lead.head.signature, lead.head.author, lead.head.district, lead.head.case_id],
    [urgent, null, null, DISTRICT, null],
  );
  await unlocked(made);
  const confirmed = county.heldOf("urgent").find(({ head }) => head.signature);
  equal([confirmed.body, confirmed.head.author], [{ ...urgent, confirms: op }, county.me.person_id]);
  equal(county.heldOf("urgent").length, 2);
  // And only once
  made.vaults.lock();
  await made.outbox.ready();
  await unlocked(made);
  equal(county.heldOf("urgent").length, 2);
}

export async function test_a_flash_full_at_the_unlock_only_puts_off_what_came_while_locked() {
  const county = await County.create();
  const made = await enrolledPhone(county);
  made.vaults.lock();
  await made.outbox.ready();
  const { op } = await made.outbox.sealUrgent({ at: 1, dangers: ["danger_now"], called: [], place: "", who: "" });
  await made.outbox.sendNow();
  // When nothing can be written at the very unlock
  const put = IDBObjectStore.prototype.put;
  IDBObjectStore.prototype.put = () => {
    throw new DOMException("full", "QuotaExceededError");
  };
  try {
    await unlocked(made);
  } finally {
    IDBObjectStore.prototype.put = put;
  }
  equal([made.vaults.state, county.heldOf("urgent").length], ["open", 1]);
  // Then its author's word goes with the next exchange, without another unlock
  await made.outbox.sendNow();
  await made.outbox.sendNow();
  const confirmed = county.heldOf("urgent").find(({ head }) => head.signature);
  equal([confirmed?.body.confirms, confirmed?.head.author], [op, county.me.person_id]);
}

export async function test_what_is_handed_in_at_once_after_the_unlock_has_its_author() {
  const county = await County.create();
  const made = await killed(await enrolledPhone(county), county);
  // When the vault has just opened and nothing was waited for
  await made.vaults.unlock(made.vaults.current.ref, SECRET);
  const both = [handIn(made), made.outbox.sealUrgent({ at: 1, dangers: [] })];
  const ops = (await Promise.all(both)).map(({ op }) => op);
  await made.outbox.sendNow();
  // Then both are of their author, signed
  const heads = ops.map((op) => county.stored.get(op).head);
  equal(
    heads.map(({ author, signature }) => [author, !!signature]),
    [
      [county.me.person_id, true],
      [county.me.person_id, true],
    ],
  );
}

export async function test_a_draft_copy_replaces_the_older_one_that_has_not_gone() {
  const county = await County.create();
  const made = await enrolledPhone(county);
  const { drafts } = made.outbox.store;
  const ref = drafts.newRef();
  const record_id = newId(6);
  const draft = {
    record_id,
    district: DISTRICT,
    case_id: newId(7),
    visit_id: newId(8),
    form: "F2",
    form_version: 1,
    answers: { a: 1 },
    recorded: {},
    position: { page: 2 },
  };
  county.clock += 1;
  await drafts.save(ref, draft);
  county.loses = "request";
  await made.outbox.copyDrafts();
  await made.outbox.sendNow();
  county.clock += 1;
  await drafts.save(ref, { ...draft, answers: { a: 2 } });
  await made.outbox.copyDrafts();
  equal([made.outbox.status.unsaved_copies, made.outbox.items().length], [1, 0]);
  county.loses = null;
  await made.outbox.sendNow();
  const copies = county.heldOf("draft");
  const body = { answers: { a: 2 }, recorded: {}, position: { page: 2 }, parents: [], district: DISTRICT };
  equal(
    copies.map(({ head, body: got }) => [head.record_id, head.number, head.revision_id, got]),
    [[record_id, 2, null, body]],
  );
  equal(made.outbox.status.unsaved_copies, 0);
  // And an unchanged draft is not copied again
  await made.outbox.copyDrafts();
  await made.outbox.sendNow();
  equal(county.heldOf("draft").length, 1);
}

export async function test_handing_in_takes_the_draft_and_its_copy_with_it() {
  const county = await County.create();
  const made = await enrolledPhone(county);
  const { drafts } = made.outbox.store;
  const ref = drafts.newRef();
  await drafts.save(ref, { record_id: newId(6), district: DISTRICT, answers: {} });
  county.loses = "request";
  await made.outbox.copyDrafts();
  await made.outbox.sendNow();
  await made.outbox.handIn({ head: revisionHead(), body: BODY, draft: { ref, after: "remove" } });
  county.loses = null;
  await drafts.save(ref, { late: "autosave" });
  await made.outbox.sendNow();
  equal([(await drafts.list()).length, county.heldOf("draft").length, county.heldOf("revision").length], [0, 0, 1]);
  equal(made.outbox.status.counts, { draft: 0, waiting: 0, received: 1, safe: 0, attention: 0 });
}

export async function test_what_is_given_up_is_kept_until_the_server_agrees() {
  for (const locked of [false, true]) {
    const county = await County.create();
    let made = await enrolledPhone(county);
    const { district, case_id, visit_id, record_id, form, form_version } = revisionHead();
    const ids = { district, case_id, visit_id, record_id, form, form_version };
    const giveUp = async (/** @type {string} */ ref) => {
      await made.outbox.store.drafts.save(ref, { ...ids, answers: { a: ref } });
      const given = { head: { ...ids, kind: "void" }, body: { reason: "mistake", text: "" } };
      await made.outbox.handIn({ ...given, draft: { ref, after: "remove" } });
      equal((await made.outbox.store.drafts.list()).length, 0);
      if (locked) made.vaults.lock();
      await made.outbox.ready();
      await made.outbox.sendNow();
      if (locked) await unlocked(made);
    };
    // Given a draft given up, which the server will not let go
    county.judge = () => "quarantined";
    await giveUp("first");
    // Then it is a draft again, with its answers, and can be worked on
    const { drafts } = made.outbox.store;
    equal((await drafts.open("first")).answers, { a: "first" });
    equal(states(made), ["attention"]);
    await drafts.save("first", { ...ids, answers: { a: "more" } });
    equal((await drafts.open("first")).answers, { a: "more" });
    await drafts.remove("first");
    // And one it agrees to is gone
    county.judge = null;
    await giveUp("second");
    equal([(await drafts.list()).length, states(made)], [0, ["attention", "received"]]);
    made = await killed(made, county);
  }
}

export async function test_what_is_typed_during_a_hand_in_is_saved_when_that_is_refused() {
  const county = await County.create();
  const made = await enrolledPhone(county);
  const { drafts } = made.outbox.store;
  for (const refused of [true, false]) {
    const ref = drafts.newRef();
    await drafts.save(ref, { answers: { a: 1 } });
    // Given a hand-in on its way, and an autosave in the middle of it
    const answers = refused ? { long: noise(400_000) } : {};
    const handed = made.outbox.handIn({
      head: revisionHead(),
      body: { ...BODY, answers },
      draft: { ref, after: "remove" },
    });
    const ended = handed.catch((/** @type {any} */ { code }) => code);
    await made.outbox.ready();
    await Promise.resolve();
    const saved = drafts.save(ref, { answers: { a: 2 } });
    // Then it resolves when it is on disk, where the hand-in was refused; a report that went has no draft
    if (refused) equal(await ended, "record_too_large");
    await saved;
    if (refused) equal((await drafts.open(ref)).answers, { a: 2 });
    else await ended.then(() => refuses("not_found", () => drafts.open(ref)));
  }
}

export async function test_what_is_typed_during_a_door_hand_in_stays_and_stands_on_it() {
  const county = await County.create();
  const made = await enrolledPhone(county);
  const { drafts } = made.outbox.store;
  const ref = drafts.newRef();
  await drafts.save(ref, { answers: { a: 1 }, parents: [] });
  const parents = [newId(4)];
  const value = { answers: { a: 1 }, parents, door: true };
  const handed = made.outbox.handIn({ head: revisionHead(), body: BODY, draft: { ref, after: "keep", value } });
  await made.outbox.ready();
  await Promise.resolve();
  await Promise.all([drafts.save(ref, { answers: { a: 2 }, parents: [] }), handed]);
  equal(await drafts.open(ref), { answers: { a: 2 }, parents, door: true });
}

/** Text that no compression makes small. @param {number} length */
function noise(length) {
  const random = seeded(5);
  return Array.from({ length }, () => String.fromCodePoint(0x4e00 + Math.floor(random() * 20_000))).join("");
}

export async function test_a_full_phone_loses_nothing_when_handing_in() {
  const county = await County.create();
  const made = await enrolledPhone(county);
  const { drafts } = made.outbox.store;
  const ref = drafts.newRef();
  await drafts.save(ref, { answers: { a: 1 } });
  const put = IDBObjectStore.prototype.put;
  IDBObjectStore.prototype.put = () => {
    throw new DOMException("full", "QuotaExceededError");
  };
  try {
    await refuses("storage_full", () =>
      made.outbox.handIn({ head: revisionHead(), body: BODY, draft: { ref, after: "remove" } }),
    );
    await refuses("storage_full", () => drafts.save(ref, { answers: { a: 2 } }));
  } finally {
    IDBObjectStore.prototype.put = put;
  }
  equal([(await drafts.open(ref)).answers, states(made)], [{ a: 1 }, []]);
  await drafts.save(ref, { answers: { a: 3 } });
  equal((await drafts.open(ref)).answers, { a: 3 });
}

export async function test_a_wrong_clock_costs_one_more_request_and_no_work() {
  const county = await County.create();
  const made = await enrolledPhone(county, { now: () => 0 }); // 1970
  county.tell("plan:F2@1", { head: { form_id: "F2" } });
  await handIn(made);
  await made.outbox.sendNow();
  equal([states(made), made.outbox.status.clock_offset], [["received"], county.clock]);
  equal(await made.outbox.store.inbox.plan("F2", 1), { head: { form_id: "F2" } });
}

export async function test_pages_come_one_after_the_other_and_a_resync_drops_the_rest() {
  const county = await County.create();
  const made = await enrolledPhone(county);
  county.page_max = 2;
  const heads = Array.from({ length: 5 }, () => revisionHead({ case_id: newId(county.clock) }));
  for (const head of heads) county.tell(`case:${head.case_id}`, bundle(head, "submitted"));
  county.tell("plan:F2@1", {});
  await made.outbox.sendNow();
  const { inbox, packs } = made.outbox.store;
  equal([(await packs.all()).length, await inbox.plans()], [5, [{ form: "F2", version: 1 }]]);
  county.tell(`case:${heads[0].case_id}`, null, "out");
  await made.outbox.sendNow();
  equal([(await packs.all()).length, await inbox.caseOf(heads[0].case_id)], [4, null]);
  // When the server says resync, what does not come again goes with the last page
  county.feed.clear();
  county.tell("me", county.me);
  for (const head of heads.slice(1, 3)) county.tell(`case:${head.case_id}`, bundle(head, "submitted"));
  county.directives = [{ kind: "resync" }];
  const exchange = county.exchange.bind(county);
  county.exchange = async (given) => {
    const reply = await exchange(given);
    county.directives = []; // said with the first page only
    return reply;
  };
  await made.outbox.sendNow();
  equal(
    [
      (await packs.all()).map((/** @type {any} */ { case_id }) => case_id).sort(),
      await inbox.plans(),
      (await inbox.me()).name,
    ],
    [
      heads
        .slice(1, 3)
        .map(({ case_id }) => case_id)
        .sort(),
      [],
      "演示甲",
    ],
  );
}

export async function test_a_damaged_value_is_reported_alone_and_the_rest_opens() {
  const county = await County.create();
  const made = await enrolledPhone(county);
  const { drafts, database } = made.outbox.store;
  const refs = [drafts.newRef(), drafts.newRef(), drafts.newRef()];
  for (const [i, ref] of refs.entries()) await drafts.save(ref, { i });
  const rows = await Promise.all(refs.map((ref) => database.get("drafts", ref)));
  rows[0].sealed[30] ^= 1;
  await database.run(["drafts"], "readwrite", (/** @type {any} */ s) => {
    s.drafts.put(rows[0], refs[0]);
    s.drafts.put(rows[2], refs[1]); // swapped between ids
  });
  const listed = await drafts.list();
  equal(listed.map((/** @type {any} */ one) => [refs.indexOf(one.ref), one.problem ?? one.draft.i]).sort(), [
    [0, "value_damaged"],
    [1, "value_damaged"],
    [2, 2],
  ]);
  await refuses("value_damaged", () => drafts.open(refs[0]));
  await refuses("not_found", () => drafts.open("nowhere"));
}

export async function test_fast_saves_collapse_and_the_newest_wins() {
  const county = await County.create();
  const made = await enrolledPhone(county);
  const { drafts, database } = made.outbox.store;
  const ref = drafts.newRef();
  const run = database.run.bind(database);
  let writes = 0;
  database.run = (/** @type {any[]} */ ...given) => {
    if (given[1] === "readwrite") writes += 1;
    return run(.../** @type {[any, any, any]} */ (given));
  };
  const saved = [...Array(50).keys()].map((i) => drafts.save(ref, { i }));
  await saved[10];
  equal([(await drafts.open(ref)).i, writes], [49, 2]);
}

export async function test_a_dead_connection_is_opened_again_once() {
  const county = await County.create();
  const made = await enrolledPhone(county);
  const { drafts, database } = made.outbox.store;
  const ref = drafts.newRef();
  await drafts.save(ref, { i: 1 });
  const transaction = IDBDatabase.prototype.transaction;
  let deaths = 1;
  IDBDatabase.prototype.transaction = function (...given) {
    if (deaths-- > 0) throw new DOMException("Connection to Indexed Database server lost", "InvalidStateError");
    return transaction.apply(this, /** @type {any} */ (given));
  };
  try {
    equal((await drafts.open(ref)).i, 1);
    deaths = 2;
    await refuses("storage_lost", () => database.get("drafts", ref));
  } finally {
    IDBDatabase.prototype.transaction = transaction;
  }
}

export async function test_own_draft_copies_become_drafts_on_a_new_phone() {
  const county = await County.create();
  const made = await enrolledPhone(county);
  const record_id = newId(9);
  county.tell(
    `draft:${record_id}`,
    {
      record_id,
      case_id: newId(1),
      visit_id: newId(2),
      form: "F2",
      form_version: 1,
      number: 3,
      body: { answers: { a: 1 }, recorded: {}, position: {} },
    },
    "draft",
  );
  await made.outbox.sendNow();
  const { inbox, drafts } = made.outbox.store;
  equal(
    (await inbox.draftCopies()).map((/** @type {any} */ { record_id: id }) => id),
    [record_id],
  );
  const ref = await inbox.adopt(record_id);
  equal([(await drafts.open(ref)).answers, await inbox.draftCopies()], [{ a: 1 }, []]);
}

/** A phone that was given a draft copy of a lost one. @param {any} told of the case, `null` where it is not here @param {any} [body] more of the copy's */
async function adopted(told, body = {}) {
  const county = await County.create();
  const made = await enrolledPhone(county);
  const { case_id, visit_id, record_id, form, form_version } = revisionHead();
  const copy = { answers: { a: "x" }, recorded: {}, position: {}, ...body };
  const rendered = { record_id, case_id, visit_id, form, form_version, number: 7, body: copy };
  county.tell(`draft:${record_id}`, rendered, "draft");
  if (told) county.tell(`case:${case_id}`, { case_id, district: DISTRICT, visits: [], records: told(record_id) });
  await made.outbox.sendNow();
  const ref = await made.outbox.store.inbox.adopt(record_id);
  return { county, made, ref, draft: await made.outbox.store.drafts.open(ref) };
}

export async function test_copies_of_an_adopted_draft_count_on_from_the_copy() {
  const { county, made, ref, draft } = await adopted(null);
  for (const a of ["y", "z"]) {
    await made.outbox.store.drafts.save(ref, { ...draft, answers: { a } });
    county.clock += 1_000;
    await made.outbox.copyDrafts();
    await made.outbox.sendNow();
  }
  // Then each replaces the one before at the server, the lost phone's too
  equal(
    county.heldOf("draft").map(({ head, body }) => [head.number, body.answers]),
    [
      [8, { a: "y" }],
      [9, { a: "z" }],
    ],
  );
}

export async function test_an_adopted_draft_stands_on_what_the_server_holds() {
  const [written_on, head] = [newId(4), newId(5)];
  // Given a copy of the evening part: its door part is the server's head
  const door = (/** @type {string} */ record_id) => [
    { record_id, form: "F2", mine: true, state: "door_submitted", head },
  ];
  const known = (await adopted(door, { parents: [written_on], district: DISTRICT })).draft;
  equal([known.parents, known.door, known.district], [[head], true, DISTRICT]);
  // And one whose door part was lost with the phone
  equal((await adopted(() => [], { parents: [written_on], district: DISTRICT })).draft.parents, []);
  // And one whose case is not here: the copy itself says it
  const alone = (await adopted(null, { parents: [written_on], district: "990102" })).draft;
  equal([alone.parents, alone.district], [[written_on], "990102"]);
}

export async function test_a_draft_copy_says_what_it_was_written_on() {
  const county = await County.create();
  const made = await enrolledPhone(county);
  const { district, case_id, visit_id, record_id, form, form_version } = revisionHead();
  const parents = [newId(4)];
  const draft = { district, case_id, visit_id, record_id, form, form_version, parents, answers: {} };
  await made.outbox.store.drafts.save("a", draft);
  await made.outbox.copyDrafts();
  await made.outbox.sendNow();
  const [{ body }] = county.heldOf("draft");
  equal([body.parents, body.district], [parents, district]);
}

export async function test_five_hundred_cases_lie_in_five_packs() {
  const county = await County.create();
  const made = await enrolledPhone(county);
  for (let i = 0; i < 500; i++) {
    const head = revisionHead({ case_id: newId(county.clock) });
    county.tell(`case:${head.case_id}`, bundle(head, "submitted"));
  }
  await made.outbox.sendNow();
  const { packs, database } = made.outbox.store;
  equal([(await packs.all()).length, (await database.entries("packs")).length], [500, 5]);
  const [[ref, row]] = await database.entries("packs");
  row.sealed[20] ^= 1;
  await database.run(["packs"], "readwrite", (/** @type {any} */ s) => s.packs.put(row, ref));
  equal((await packs.all()).length, 400);
  // A damaged part of the worklist comes down again by itself
  made.vaults.lock();
  await made.outbox.ready();
  await unlocked(made);
  equal((await packs.all()).length, 500);
}

export async function test_every_refusal_of_enrolment_has_its_name_and_writes_nothing() {
  const county = await County.create();
  const made = await phone(county);
  const given = {
    code24: await county.code24(),
    login: "demo",
    password: "demo",
    secret: SECRET,
    kind: /** @type {const} */ ("passphrase"),
    pin: PIN,
  };
  const enrol = (/** @type {any} */ other) => made.vaults.enrol({ ...given, ...other });
  await refuses("code_form", () => enrol({ code24: "x" }));
  await refuses("other_address", () => enrol({ address: "https://elsewhere.example/" }));
  await refuses("secret_short", () => enrol({ secret: "short" }));
  await refuses("secret_digits", () => enrol({ kind: "digits", secret: "123456789012" })); // this phone is slow: 14 digits
  await refuses("pin_simple", () => enrol({ pin: "111111" }));
  await refuses("server_fingerprint", () => enrol({ code24: `ABCDEFGHJKMN${"0".repeat(12)}` }));
  const honest = county.enrol.bind(county);
  county.enrol = async (request) => ({ ...(await honest(request)), keys_version: 2 });
  await refuses("server_keys_unsigned", () => enrol({}));
  county.enrol = honest;
  equal([await made.root.list(), made.vaults.state], [[], "none"]);
  await enrol({});
  equal(
    [made.vaults.state, (await made.vaults.list()).map((/** @type {any} */ { kind }) => kind)],
    ["open", ["passphrase"]],
  );
}

export async function test_a_lost_enrolment_reply_is_asked_for_again_with_the_same_keys() {
  const county = await County.create();
  const made = await phone(county);
  const given = {
    code24: await county.code24(),
    login: "demo",
    password: "demo",
    secret: SECRET,
    kind: /** @type {const} */ ("passphrase"),
    pin: PIN,
  };
  const { Problem } = await import("../../../static/js/errors.js");
  const honest = county.enrol.bind(county);
  /** @type {string[]} */
  const asked = [];
  county.enrol = async (request) => {
    asked.push(request.vault_id + request.author_key);
    const reply = await honest(request);
    if (asked.length === 1) throw new Problem("no_network");
    return reply;
  };
  await refuses("no_network", () => made.vaults.enrol(given));
  await made.vaults.enrol(given);
  equal(asked[0], asked[1]);
}

export async function test_cover_and_lock_and_the_wrong_pin() {
  const county = await County.create();
  const made = await enrolledPhone(county);
  const ref = /** @type {any} */ (made.vaults.current).ref;
  made.vaults.cover();
  equal(made.vaults.state, "covered");
  equal((await refuses("wrong_pin", () => made.vaults.uncover("000000"))).detail, { tries_left: 4 });
  await made.vaults.uncover(PIN);
  equal(made.vaults.state, "open");
  await made.vaults.checkSecret(SECRET);
  await refuses("wrong_secret", () => made.vaults.checkSecret("not this one either"));
  made.vaults.cover();
  for (const tries_left of [4, 3, 2, 1])
    equal((await refuses("wrong_pin", () => made.vaults.uncover("000000"))).detail, { tries_left });
  await refuses("pin_locked", () => made.vaults.uncover("000000"));
  equal([made.vaults.state, made.vaults.person], ["locked", null]);
  await refuses("wrong_secret", () => made.vaults.unlock(ref, "nothing like it at all"));
  await made.vaults.unlock(ref, `  ${SECRET.replace(" ", "　")} `); // typed on another keyboard
  equal(made.vaults.state, "open");
}

export async function test_nothing_readable_lies_in_any_store() {
  const county = await County.create();
  const made = await enrolledPhone(county);
  const marker = "标记-7f3a9c";
  const head = revisionHead({ form: "F2-long-form-code" }); // two letters come up by chance in ciphertext
  county.me = { ...county.me, name: marker };
  county.tell("me", county.me);
  county.tell(`case:${head.case_id}`, { ...bundle(head, "submitted"), code_name: marker });
  const ref = made.outbox.store.drafts.newRef();
  await made.outbox.store.drafts.save(ref, { marker, record_id: head.record_id, district: DISTRICT });
  await made.outbox.handIn({ head, body: { ...BODY, marker } });
  await made.outbox.copyDrafts();
  await made.outbox.sendNow();
  made.vaults.lock();
  await made.outbox.ready();
  await made.outbox.sealUrgent({ who: marker });
  await made.outbox.sendNow();
  const dump = await dumped(made);
  for (const word of [marker, head.record_id, head.case_id, head.form, "revision", county.me.person_id])
    assert(!dump.includes(word), `${word} is readable`);
  assert(dump.includes(county.vault.vault_id), "the dump reads what is in clear");
}

/** Every key and value of the phone's databases as text, bytes as latin1 and as UTF-8. @param {any} made */
async function dumped(made) {
  const databases = [made.root.database.name, made.vaults.current.database];
  let text = "";
  for (const name of databases) {
    const database = await new Promise((resolve) => {
      const request = indexedDB.open(name);
      request.onsuccess = () => resolve(request.result);
    });
    for (const store of database.objectStoreNames) {
      const rows = await new Promise((resolve) => {
        const all = database.transaction(store).objectStore(store).getAll();
        all.onsuccess = () => resolve(all.result);
      });
      text += JSON.stringify(rows, (_, value) =>
        value instanceof Uint8Array ? new TextDecoder().decode(value) : value,
      );
    }
    database.close();
  }
  return text;
}

/** @param {any} head @param {string} state */
const bundle = ({ case_id, record_id, visit_id, form }, state) => ({
  ...{
    case_id,
    district: DISTRICT,
    code_name: "春分",
    village: { code: "990101001001", name: "演示村" },
    state: "open",
    preloaded: true,
    programme: "hardship",
  },
  ...{ people: [], subject: null, contact: null, facts: {}, visits: [] },
  records: [
    {
      record_id,
      form,
      form_version: 1,
      visit_id,
      author: newId(0),
      author_name: "演示甲",
      mine: true,
      state,
      head: newId(4),
      content_hash: "x",
      answers: null,
      returned: null,
    },
  ],
});

/** Resolves when `holds` does; asked again at each event, never by the clock. @param {EventTarget} target @param {string} type @param {() => boolean} holds */
const until = (target, type, holds) =>
  new Promise((resolve) => {
    const look = () => {
      if (!holds()) return;
      target.removeEventListener(type, look);
      resolve(null);
    };
    target.addEventListener(type, look);
    look();
  });

export async function test_of_two_tabs_one_sends_and_the_unlocked_one_gets_the_queue() {
  const county = await County.create();
  const first = await enrolledPhone(county, { tabs: true });
  const second = await phone(county, { name: first.name, tabs: true });
  equal([first.outbox.status.owner, second.outbox.status.owner, second.vaults.state], [true, false, "locked"]);
  // When the second is unlocked, it queues and the first sends
  await second.vaults.unlock(second.vaults.current.ref, SECRET);
  await second.outbox.ready();
  const { op } = await handIn(second);
  const done = await second.outbox.sendNow();
  equal([done.contact, county.stored.has(op)], [true, true]);
  await until(second.outbox, "status", () => second.outbox.items()[0]?.state === "received");
  // When one tab is locked, all are
  first.vaults.lock();
  await until(second.vaults, "state", () => second.vaults.state === "locked");
  // And the one unlocked next takes the queue over, so that it can pull
  await Promise.all([first.outbox.ready(), second.outbox.ready()]);
  await second.vaults.unlock(second.vaults.current.ref, SECRET);
  await until(second.outbox, "status", () => second.outbox.status.owner);
  county.tell("plan:F2@1", { here: true });
  await second.outbox.sendNow();
  equal(await second.outbox.store.inbox.plan("F2", 1), { here: true });
  await first.outbox.stop();
  await second.outbox.stop();
}

export async function test_an_outbox_made_after_the_start_follows_all_the_same() {
  const county = await County.create();
  const made = await enrolledPhone(county);
  const again = await killed(made, county);
  const { createOutbox } = await import("../../../static/js/outbox.js");
  const { openStore } = await import("../../../static/js/store/db.js");
  await again.outbox.stop();
  const late = createOutbox({ vaults: again.vaults, api: county.api, openStore, channel: null });
  await late.ready();
  const { op } = await late.sealUrgent({ dangers: [] });
  await late.sendNow();
  assert(county.stored.has(op));
  await late.stop();
}

export async function test_an_answer_keeps_what_was_sealed_anew_since_the_row_was_read() {
  const county = await County.create();
  const made = await enrolledPhone(county);
  await handIn(made);
  const { outbox, database } = made.outbox.store;
  const [{ ref, row }] = await outbox.entries({ open: true });
  const result = { op: row.op, status: "ok" };
  const given = { result, open: false, keep_package: true };
  const write = await outbox.after({ ref, row, info: null }, given);
  const anew = new Uint8Array([1, 2, 3]);
  await database.run(["outbox"], "readwrite", (/** @type {any} */ stores) => {
    stores.outbox.put({ ...row, sealed: anew }, ref);
  });
  await database.run(["outbox", "envelopes"], "readwrite", write);
  const kept = await database.get("outbox", ref);
  equal([[...kept.sealed], kept.last, kept.said instanceof Uint8Array], [[1, 2, 3], "ok", true]);
}

export async function test_a_phone_where_nothing_waits_asks_hourly_whoever_looks_and_one_with_work_as_ever() {
  for (const looks of [false, true]) await asksHourly(looks);
}

/** @param {boolean} looks somebody at this phone */
async function asksHourly(looks) {
  const county = await County.create();
  const made = await enrolledPhone(county, { quiet: () => !looks });
  const fire = () => {
    county.clock += /** @type {number} */ (made.timer.set_[0].ms);
    made.timer.fire();
  };
  // Nothing waits: no request for an hour, whatever the server said of five minutes
  const [began, asked] = [county.clock, county.requests];
  while (made.timer.set_.length) {
    equal(county.requests, asked);
    fire();
  }
  const over_ms = county.clock - began;
  assert(over_ms >= 3_600_000 && over_ms < 4_200_000, `${over_ms}`);
  await made.outbox.sendNow(); // the one that was begun is over
  assert(county.requests > asked);
  // A report could not be sent: tried again as after any failure
  county.loses = "request";
  await handIn(made);
  await made.outbox.sendNow();
  fire();
  equal(made.timer.set_.length, 0);
  county.loses = null;
  await made.outbox.sendNow();
  equal(states(made), ["received"]);
}
