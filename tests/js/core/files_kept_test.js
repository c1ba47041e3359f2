// What of a photo must not be lost, and what must not stay for ever: versions that a person chose against, a full flash, a clock that was set back,
// recordings that nobody ended.

import { Problem } from "../../../static/js/errors.js";
import { newId } from "../../../static/js/ids.js";
import { Uploads } from "../../../static/js/more/upload.js";
import { Reports } from "../../../static/js/outbox/more/report.js";
import { Database } from "../../../static/js/store/idb.js";
import { County, enrolledPhone, equal, killed, revisionHead, seeded, unlocked } from "./county.js";
import { FileCounty } from "./files_county.js";

const YEARS_64 = 64 * 365 * 86_400_000;

/** @param {number} length @param {number} [seed] */
function picture(length, seed = 5) {
  const random = seeded(seed);
  return Uint8Array.from({ length }, () => Math.floor(random() * 256));
}

/** A phone with the files of its county. @param {any} [given] */
async function stage(given) {
  const county = await County.create();
  const server = new FileCounty(county);
  const made = await enrolledPhone(county, given);
  return { county, server, made, files: server.of(made) };
}

const body = (/** @type {any} */ value) => ({
  answers: value ? { photo: value } : {},
  ...{ replies: [], recorded: {}, visitors: [] },
});

/** @param {any} at @param {string} record_id @param {number} [seed] */
const shot = ({ files }, record_id, seed = 5) =>
  files.take(picture(40_000, seed), { kind: "photo", type: "image/jpeg", record_id });

/** What the server tells of a record. @param {any} at @param {any} head @param {string} state */
function told({ county }, { case_id, record_id }, state) {
  const records = [{ record_id, state, mine: true }];
  county.tell(`case:${case_id}`, { case_id, records, visits: [] });
  county.safe = county.seq + 1;
}

/** While `work` runs the browser has no room for what is written over files. @param {() => Promise<unknown>} work */
async function onFullFlash(work) {
  const { run } = Database.prototype;
  Database.prototype.run = function (stores, mode, act, options) {
    if (mode === "readwrite" && stores[0] === "blobs") return Promise.reject(new Problem("storage_full"));
    return run.call(this, stores, mode, act, options);
  };
  try {
    return await work();
  } finally {
    Database.prototype.run = run;
  }
}

/* ---- a version that does not count is at the office all the same ---- */

export async function test_a_photo_that_only_the_version_not_chosen_names_arrives_however_late() {
  for (const locked of [false, true]) {
    const at = await stage();
    const head = revisionHead();
    const value = await shot(at, head.record_id);
    // Given a version with a photo, kept beside the newer one of another phone, and a link on which no photo gets through
    at.server.link = () => "request";
    at.county.judge = () => "conflict";
    at.county.loses = "request";
    await at.made.outbox.handIn({ head, body: body(value) });
    if (locked) at.made.vaults.lock();
    await at.made.outbox.ready();
    await idle(at.made);
    at.county.loses = null;
    await at.made.outbox.sendNow();
    if (locked) {
      // Unlocked where there is no link: the choice is made before anything is heard again
      at.county.loses = "request";
      await unlocked(at.made);
      await at.files.settle();
      at.county.loses = null;
    } else await at.files.settle();
    // When she chooses the other version, which puts hers away, and hands in what became of the two
    const [mine] = at.made.outbox.items();
    equal([locked, mine.state], [locked, "attention"]);
    await at.made.outbox.dismiss(mine.ref);
    told(at, head, "submitted");
    await at.made.outbox.sendNow();
    equal((await at.made.outbox.store.database.entries("copies")).length, 0); // nothing here names the photo any more
    at.county.judge = null;
    await at.made.outbox.handIn({ head: { ...head, parents: [newId(7), newId(8)] }, body: body(null) });
    await at.made.outbox.sendNow();
    await at.files.settle();
    // Then the photo goes up as soon as it can, and leaves the phone like any other
    at.server.link = () => null;
    equal([await at.files.sendNow(), at.server.whole().map(({ file_id }) => file_id)], [null, [value.file]]);
    for (let n = 0; n < 2; n++) {
      told(at, head, "approved");
      await at.made.outbox.sendNow();
      await at.files.settle();
      await at.files.sendNow();
    }
    equal(await at.files.standing(), []);
    await at.made.outbox.stop();
  }
}

export async function test_a_photo_of_a_returned_report_goes_up_though_it_was_taken_out_of_the_correction() {
  const at = await stage();
  const head = revisionHead();
  const value = await shot(at, head.record_id);
  at.server.link = () => "request";
  at.county.judge = () => "quarantined";
  await at.made.outbox.handIn({ head, body: body(value) });
  await at.made.outbox.sendNow();
  await at.files.settle();
  // Opened again, the photo taken away, and the report put away that the office keeps for a person
  await at.made.outbox.store.drafts.save("a", { record_id: head.record_id, answers: {} });
  await at.files.drop(value);
  await at.made.outbox.dismiss(at.made.outbox.items()[0].ref);
  told(at, head, "submitted");
  await at.made.outbox.sendNow();
  await at.files.settle();
  at.server.link = () => null;
  equal([await at.files.sendNow(), at.server.whole().length], [null, 1]);
}

/* ---- a full flash ---- */

export async function test_a_full_flash_does_not_keep_files_from_being_sent() {
  const at = await stage();
  const values = [await shot(at, newId(3), 1), await shot(at, newId(4), 2), await shot(at, newId(5), 3)];
  for (const [n, value] of values.entries())
    await at.made.outbox.store.drafts.save(`${n}`, { record_id: newId(3 + n), answers: { photo: value } });
  await at.made.outbox.sendNow();
  at.server.refuses = ({ file_id }) => (file_id === values[1].file ? "gone" : null);
  equal(await onFullFlash(() => at.files.sendNow()), null);
  equal(
    at.server.whole().map(({ file_id }) => file_id),
    [values[2].file, values[0].file],
  );
  // Each was asked about once, also what was refused: what could not be written down stands in nobody's way
  equal(at.server.asked.filter((one) => one === "POST").length, 3);
  // When there is room again it is written down, without a byte being sent twice
  const { bytes_up } = at.server;
  equal([await at.files.sendNow(), at.server.bytes_up], [null, bytes_up]);
  equal(
    (await at.files.standing()).map(({ state, reason }) => [state, reason]),
    [
      ["received", null],
      ["attention", "file_gone"],
      ["received", null],
    ],
  );
}

/* ---- a clock that was set back ---- */

export async function test_a_file_that_was_passed_over_while_the_clock_stood_in_2090_is_tried_again_after_it_was_set_back() {
  let now = 1_800_000_000_000 + YEARS_64;
  const row = { file: newId(1), bytes: 10, turn: 1, last: "too_much_today", envelope: { bytes: new Uint8Array(1) } };
  let asked = 0;
  const nothing = {
    database: { name: "a" },
    rows: async () => [["a", row]],
    read: async () => [],
    change: async () => {},
  };
  const api = {
    announce: async () => {
      asked += 1;
      return { offset: 0, state: "refused", reason: "too_much_today", seq: null };
    },
  };
  const uploads = new Uploads(
    /** @type {any} */ ({
      ...{ store: nothing, api, now: () => now, random: () => 0, timer: { set: () => {}, clear: () => {} } },
      vaults: { current: { vault_id: newId(2), database: "a" }, vault: { signTransport: async () => "" } },
      ...{ open: () => false, yields: () => false, checks: () => new Set(), changed: () => {}, whole: async () => {} },
      ranks: async () => new Map([["a", 0]]),
    }),
  );
  await uploads.wake("online");
  await uploads.wake("online");
  equal(asked, 1);
  now -= YEARS_64;
  await uploads.wake("online");
  equal(asked, 2);
}

export async function test_a_report_over_which_the_server_stumbled_while_the_clock_stood_in_2090_goes_after_it_was_set_back() {
  const at = await stage();
  const { county, made } = at;
  county.clock += YEARS_64;
  const exchange = county.exchange.bind(county);
  let stumbles = true;
  made.outbox.api.exchange = (/** @type {any} */ given) => {
    if (stumbles && given.body.length > 1_000) throw new Problem("internal");
    return exchange(given);
  };
  await made.outbox.handIn({ head: revisionHead(), body: body(null) });
  for (let n = 0; n < 4 && !made.outbox.status.counts.received; n++) {
    made.timer.fire();
    await idle(made);
  }
  equal([made.outbox.status.last_error, county.heldOf("revision").length], [null, 0]); // passed over: the pull went on
  stumbles = false;
  made.outbox.wake("saved");
  await idle(made);
  equal(county.heldOf("revision").length, 0);
  county.clock -= YEARS_64;
  made.outbox.wake("saved");
  await idle(made);
  equal(county.heldOf("revision").length, 1);
}

export async function test_the_office_hears_of_a_phone_again_after_its_clock_was_set_back() {
  const reports = new Reports();
  const status = { counts: { waiting: 0 }, untold: 0, unsent_oldest: null };
  const about = async () => ({ free_bytes: null, persisted: true, model: "" });
  const vaults = /** @type {any} */ ({ record: { keys_version: 1, wraps: [] } });
  const due = (/** @type {number} */ now, unsent = 0) =>
    reports.due({ vaults, status: { ...status, counts: { waiting: unsent } }, open: true, now, about });
  reports.heard(await due(YEARS_64), YEARS_64);
  equal((await due(YEARS_64 + 1, 1)).device, undefined);
  equal((await due(0, 1)).device?.unsent, 1);
}

/** Until nothing is on its way. @param {any} made */
async function idle({ outbox }) {
  while (outbox.status.sending) await new Promise((next) => outbox.addEventListener("status", next, { once: true }));
}

export async function test_the_office_is_told_of_photos_that_are_here_alone_and_of_no_small_picture() {
  const at = await stage();
  const about = { kind: /** @type {const} */ ("photo"), type: "image/jpeg", record_id: newId(3) };
  for (const seed of [1, 2]) await at.files.take(picture(40_000, seed), { ...about, thumb: picture(900, seed) });
  const told = async () => {
    const files = await at.files.unsent();
    const phone = async () => ({ free_bytes: null, persisted: true, model: "", files });
    const status = { counts: { waiting: 1 }, untold: 0, unsent_oldest: null };
    const vaults = /** @type {any} */ ({ record: { keys_version: 1, wraps: [] } });
    return (await new Reports().due({ vaults, status, open: true, now: 0, about: phone })).device?.unsent;
  };
  equal(await told(), 3);
  at.made.vaults.lock();
  equal(await told(), 3);
  await at.made.outbox.ready();
  await at.files.sendNow();
  equal(await told(), 1);
}

/* ---- what was never ended ---- */

export async function test_a_recording_that_nobody_ended_goes_a_week_after_its_record_was_decided_and_not_before() {
  const at = await stage();
  const head = revisionHead();
  const recording = at.files.recording({ type: "audio/webm", record_id: head.record_id });
  await recording.write(picture(4_000));
  const left = async () => (await at.files.unfinished(head.record_id)).length;
  const settled = async (/** @type {string} */ state) => {
    told(at, head, state);
    await at.made.outbox.sendNow();
    await at.files.settle();
    return left();
  };
  // Taken in a record of which nothing is on the disk yet, and in a draft
  equal(await left(), 1);
  await at.made.outbox.store.drafts.save("a", { record_id: head.record_id, answers: {} });
  at.county.clock += 8 * 86_400_000;
  equal(await settled("draft"), 1);
  await at.made.outbox.handIn({ head, body: body(null), draft: { ref: "a", after: "remove" } });
  equal([await settled("submitted"), await settled("returned")], [1, 1]);
  equal(await settled("approved"), 0);
  equal(await at.made.outbox.store.database.entries("blobs"), []);
}

export async function test_a_recording_of_a_record_that_was_given_up_goes_with_it_and_a_fresh_one_of_none_stays() {
  const at = await stage();
  const head = revisionHead();
  const fresh = newId(9);
  for (const record_id of [head.record_id, fresh])
    await at.files.recording({ type: "audio/webm", record_id }).write(picture(4_000));
  await at.made.outbox.store.drafts.save("a", { record_id: head.record_id, answers: {} });
  await at.made.outbox.handIn({
    head: { ...head, kind: "void" },
    body: { reason: "other", text: "" },
    draft: { ref: "a", after: "remove" },
  });
  await at.made.outbox.sendNow();
  await at.files.settle();
  equal([(await at.files.unfinished(head.record_id)).length, (await at.files.unfinished(fresh)).length], [0, 1]);
  // The clock stood in 2090 when it was begun: a week is a week
  at.county.clock -= YEARS_64;
  const again = await killed(at.made, at.county);
  await unlocked(again);
  const files = at.server.of(again);
  await files.settle();
  equal((await files.unfinished(fresh)).length, 0);
}

/* ---- what was sealed right before the phone stopped ---- */

export async function test_what_was_taken_and_is_in_no_report_is_told_whole_with_its_small_picture() {
  const at = await stage();
  const head = revisionHead();
  const { record_id } = head;
  const about = { kind: /** @type {const} */ ("photo"), type: "image/jpeg", record_id };
  const reported = await at.files.take(picture(900), about);
  await at.made.outbox.handIn({ head, body: body(reported) });
  await at.files.settle();
  const [first, second, dropped] = [
    await at.files.take(picture(1_000), { ...about, thumb: picture(90), taken: 7 }),
    await at.files.take(picture(1_100), { ...about, kind: "paper" }),
    await at.files.take(picture(1_200), about),
  ];
  await at.files.take(picture(1_300), { ...about, record_id: newId(4) });
  await at.files.drop(dropped);
  const again = await killed(at.made, at.county);
  await unlocked(again);
  const files = at.server.of(again);
  equal(await files.held(record_id), [first, second]);
}
