// Files on their way up from a whole phone: cut, answered twice, refused, locked, killed, wiped; and when they may leave it.

import { sameBytes } from "../../../static/js/bytes.js";
import { newId } from "../../../static/js/ids.js";
import { handInRest } from "../../../static/js/more/files.js";
import { finishWipes } from "../../../static/js/outbox.js";
import { openStore } from "../../../static/js/store/db.js";
import {
  assert,
  County,
  enrolledPhone,
  equal,
  killed,
  refuses,
  revisionHead,
  SECRET,
  seeded,
  unlocked,
} from "./county.js";
import { FileCounty } from "./files_county.js";

const LONG = 150_000;
const SEALED = LONG + 49 + 3 * 16;

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

/** A photo of a draft. @param {any} at @param {{record_id?: string, seed?: number, length?: number, thumb?: Uint8Array}} [given] */
async function taken({ made, files }, { record_id = newId(3), seed = 5, length = LONG, thumb } = {}) {
  const value = await files.take(picture(length, seed), { kind: "photo", type: "image/jpeg", record_id, thumb });
  await made.outbox.store.drafts.save(record_id, { record_id, answers: { photo: value } });
  return value;
}

/** @param {any} made @param {any} head @param {any} value */
const handIn = (made, head, value, draft = { ref: head.record_id, after: "remove" }) =>
  made.outbox.handIn({ head, draft, body: { answers: { photo: value }, replies: [], recorded: {}, visitors: [] } });

const states = async (/** @type {any} */ files) =>
  (await files.standing()).map((/** @type {any} */ { state }) => state);

export async function test_a_photo_goes_up_in_pieces_and_opens_there() {
  const at = await stage();
  const value = await taken(at);
  equal(await at.files.sendNow(), null);
  const [came] = at.server.whole();
  assert(sameBytes(came.plain, picture(LONG)), "other bytes");
  equal([came.file_id, came.hash, came.bytes, came.kind], [value.file, value.hash, SEALED, "photo"]);
  equal(at.server.asked, ["POST", "PATCH 0", "PATCH 65536"]);
  equal([at.server.bytes_up, await states(at.files)], [SEALED, ["received"]]);
  // Nothing goes a second time
  await at.files.sendNow();
  equal([at.server.asked.length, at.server.bytes_up], [3, SEALED]);
}

export async function test_thumbnails_go_first_of_the_newest_report_first_and_drafts_last() {
  const at = await stage();
  /** @type {any[]} */
  const named = [];
  for (const seed of [1, 2, 3]) {
    const head = revisionHead({ record_id: newId(seed) });
    const thumb = picture(3_000, seed + 10);
    const value = await taken(at, { record_id: head.record_id, seed, length: 40_000 + seed, thumb });
    named.push(value);
    if (seed < 3) await handIn(at.made, head, value);
  }
  await at.files.sendNow();
  const [old, newer, draft] = named;
  equal(
    at.server.whole().map(({ file_id }) => file_id),
    [newer.thumb, old.thumb, draft.thumb, newer, old, draft].map(({ file }) => file),
  );
}

export async function test_each_cut_costs_at_most_one_piece_and_a_lost_reply_none() {
  for (const [n, fate, again] of /** @type {const} */ ([
    [1, "request", 0],
    [2, "request", 65_536],
    [2, "reply", 0],
    [3, "reply", 0],
    [1, "reply", 0],
  ])) {
    const at = await stage();
    await taken(at);
    at.server.link = (_, asked) => (asked === n ? fate : null);
    equal([await at.files.sendNow(), await states(at.files)], ["no_network", ["waiting"]]);
    at.server.link = () => null;
    equal([await at.files.sendNow(), await states(at.files)], [null, ["received"]]);
    equal([at.server.bytes_up, at.server.whole().length], [SEALED + again, 1]);
    await at.made.outbox.stop();
  }
}

export async function test_where_the_server_lets_go_of_a_file_it_is_sent_again_from_the_beginning() {
  const at = await stage();
  const value = await taken(at);
  // Given a server that was restored after the first piece, and knows nothing of it any more
  at.server.stumbles = (_, offset) => {
    if (offset === 0) return null;
    at.server.stumbles = null;
    at.server.files.clear();
    return [404, { code: "not_found" }];
  };
  equal([await at.files.sendNow(), at.server.whole().length], [null, 1]);
  // And one that lost a whole file before it was safe: asked once after the unlock it says so
  at.server.files.set(value.file, { ...at.server.files.get(value.file), came: new Uint8Array(0), seq: null });
  const again = await killed(at.made, at.county);
  await unlocked(again);
  const files = at.server.of(again);
  await files.settle();
  equal([await files.sendNow(), await states(files), at.server.whole().length], [null, ["received"], 1]);
}

export async function test_a_digest_that_comes_out_wrong_once_is_the_link_and_again_and_again_is_something_for_a_person() {
  const at = await stage();
  await taken(at);
  let wrong = 1;
  at.server.stumbles = (file, offset) => {
    if ((offset === 0 && file.bytes === SEALED) || wrong-- <= 0) return null;
    file.came = new Uint8Array(0);
    return [460, { code: "digest_wrong" }];
  };
  equal([await at.files.sendNow(), await states(at.files)], [null, ["received"]]);
  const other = await taken(at, { seed: 6, length: 40_000 });
  wrong = 100;
  await at.files.sendNow();
  const [, bad] = await at.files.standing();
  equal([bad.file, bad.state, bad.reason], [other.file, "attention", "digest_wrong"]);
  // By hand it is tried once more
  wrong = 0;
  await at.files.retry(other.file);
  equal(await states(at.files), ["received", "received"]);
}

export async function test_a_full_server_keeps_nobody_from_saying_so_and_is_asked_again_later() {
  const at = await stage();
  await taken(at, { seed: 1 });
  at.server.stumbles = () => [507, { code: "storage_full" }];
  equal(await at.files.sendNow(), "server_full");
  equal(
    (await at.files.standing()).map(({ state, reason }) => [state, reason]),
    [["waiting", "server_full"]],
  );
  at.server.stumbles = null;
  equal([await at.files.sendNow(), await states(at.files)], [null, ["received"]]);
}

export async function test_what_there_is_no_room_for_today_stays_and_lets_the_others_go() {
  const at = await stage();
  const first = await taken(at, { seed: 1 });
  await taken(at, { seed: 2 });
  at.server.refuses = ({ file_id }) => (file_id === first.file ? "too_much_today" : null);
  equal(await at.files.sendNow(), null);
  equal(
    (await at.files.standing()).map(({ state, reason }) => [state, reason]),
    [
      ["waiting", "file_too_much_today"],
      ["received", null],
    ],
  );
  // Nobody asks about it with every contact
  const before = at.server.asked.length;
  await at.made.outbox.sendNow();
  await at.files.settle();
  equal(at.server.asked.length, before);
}

export async function test_what_the_server_refuses_for_good_is_shown_and_blocks_nothing() {
  const at = await stage();
  const reasons = ["gone", "damaged", "unknown_suite"];
  const values = [];
  for (const [seed] of reasons.entries()) values.push(await taken(at, { seed, length: 33_000 }));
  await taken(at, { seed: 9, length: 34_000 });
  const why = new Map(values.map(({ file }, i) => [file, reasons[i]]));
  at.server.refuses = ({ file_id }) => why.get(file_id) ?? null;
  await at.files.sendNow();
  equal(
    (await at.files.standing()).map(({ state, reason }) => [state, reason]),
    [...reasons.map((reason) => ["attention", `file_${reason}`]), ["received", null]],
  );
}

export async function test_what_the_server_lost_and_takes_no_more_is_shown_and_not_asked_about_for_ever() {
  const at = await stage();
  const value = await taken(at);
  await at.files.sendNow();
  at.server.files.delete(value.file);
  at.server.refuses = () => "gone";
  at.made.vaults.lock();
  await unlocked(at.made);
  await at.files.settle();
  equal(await at.files.sendNow(), null);
  equal(
    (await at.files.standing()).map(({ state, reason }) => [state, reason]),
    [["attention", "file_gone"]],
  );
}

export async function test_a_locked_phone_goes_on_sending_without_saying_what_it_is() {
  const at = await stage();
  await taken(at, { thumb: picture(2_000, 7) });
  at.made.vaults.lock();
  await at.made.outbox.ready();
  equal(await at.files.sendNow(), null);
  equal(
    at.server.whole().map(({ kind, record_id }) => [kind, record_id]),
    [
      ["file", null],
      ["file", null],
    ],
  );
  equal(await states(at.files), ["received", "received"]);
}

export async function test_a_file_goes_on_where_a_killed_app_left_it() {
  const at = await stage();
  await taken(at);
  at.server.link = (_, n) => (n === 3 ? "request" : null);
  await at.files.sendNow();
  const again = await killed(at.made, at.county);
  const files = at.server.of(again); // still locked
  equal((await files.standing())[0].sent, 65_536);
  at.server.link = () => null;
  at.server.bytes_up = 0;
  equal([await files.sendNow(), at.server.bytes_up], [null, SEALED - 65_536]);
}

export async function test_a_destroyed_key_is_answered_with_another_envelope_of_the_same_key_after_the_unlock() {
  const at = await stage();
  await taken(at);
  const [{ key_id }] = at.made.vaults.record.server_keys;
  // Given a server that destroyed the key of the envelope when all but the last piece was there
  at.server.stumbles = (_, offset) => {
    if (offset > 0) at.server.gone.add(key_id);
    return null;
  };
  at.made.vaults.lock();
  await at.made.outbox.ready();
  await at.files.sendNow();
  equal(
    (await at.files.standing()).map(({ state, reason, sent }) => [state, reason, sent]),
    [["waiting", "file_unknown_key", 65_536]],
  );
  // When the phone is unlocked and has heard of the newer key
  const { keyPairFromSeed } = await import("./opening.js");
  at.county.hpke = await keyPairFromSeed(new Uint8Array(32).fill(8));
  at.county.keys = await at.county.keysOf(2);
  await unlocked(at.made);
  // Then the same bytes are opened by the same key in another envelope, and what was sent stays
  at.server.bytes_up = 0;
  equal([await at.files.sendNow(), at.server.bytes_up], [null, SEALED - 65_536]);
  assert(sameBytes(at.server.whole()[0].plain, picture(LONG)), "other bytes");
}

export async function test_an_envelope_in_which_a_bit_turned_is_made_anew_when_somebody_tries_again() {
  const at = await stage();
  const { file } = await taken(at);
  const { database } = at.made.outbox.store;
  const [[ref, row]] = (await database.entries("blobs")).filter((/** @type {any} */ [, one]) => one.parts);
  row.envelope.bytes[80] ^= 4;
  await database.run(["blobs"], "readwrite", (/** @type {any} */ { blobs }) => void blobs.put(row, ref));
  await at.files.sendNow();
  const why = async () => (await at.files.standing()).map(({ state, reason }) => [state, reason]);
  equal(await why(), [["attention", "file_damaged"]]);
  await at.files.retry(file);
  equal(await why(), [["received", null]]);
}

export async function test_killed_at_any_of_its_writes_a_phone_loses_no_photo_that_was_taken_and_keeps_no_half_of_one() {
  const { Database } = await import("../../../static/js/store/idb.js");
  const { run } = Database.prototype;
  for (let n = 1, was_killed = true; was_killed; n++) {
    const at = await stage();
    let left = n;
    was_killed = false;
    let halt = (/** @type {null} */ _) => {};
    const halted = new Promise((resolve) => (halt = resolve));
    Database.prototype.run = function (stores, mode, work, options) {
      if (mode !== "readwrite" || stores[0] !== "blobs" || --left > 0)
        return run.call(this, stores, mode, work, options);
      was_killed = true;
      halt(null);
      return new Promise(() => {}); // what was to be written is not, and nobody hears of it
    };
    const value = await Promise.race([
      taken(at, { thumb: picture(900, 7) }).then((one) => at.files.sendNow().then(() => one)),
      halted,
    ]);
    Database.prototype.run = run;
    const again = await killed(at.made, at.county);
    await unlocked(again);
    const files = at.server.of(again);
    await files.sendNow();
    const rows = await again.outbox.store.database.entries("blobs");
    if (n === 1) equal([rows, at.server.asked], [[], []]);
    else equal([await states(files), at.server.whole().length, rows.length], [["received", "received"], 2, 2 + 3 + 1]);
    assert(was_killed || value, `${n}`);
    await again.outbox.stop();
    assert(n < 12, "writes without end");
  }
}

export async function test_of_two_tabs_one_sends_and_what_the_other_took_goes_with_it() {
  const at = await stage({ tabs: true });
  const { phone } = await import("./county.js");
  const other = await phone(at.county, { name: at.made.name, tabs: true });
  await other.vaults.unlock(other.vaults.current.ref, SECRET);
  await other.outbox.ready();
  const files = at.server.of(other);
  await taken({ made: other, files });
  at.county.clock += 1_000;
  equal([other.outbox.status.owner, await files.sendNow()], [false, null]);
  while (at.server.whole().length === 0)
    await new Promise((next) => at.files.addEventListener("change", next, { once: true }));
  await at.files.sendNow();
  equal([at.server.asked, await states(files)], [["POST", "PATCH 0", "PATCH 65536"], ["received"]]);
  await other.outbox.stop();
}

export async function test_a_file_leaves_the_phone_only_when_it_is_safe_its_record_decided_and_the_server_says_again_that_it_has_it() {
  const at = await stage();
  const head = revisionHead();
  const value = await taken(at, { record_id: head.record_id });
  await handIn(at.made, head, value);
  await at.files.sendNow();
  const told = async (/** @type {string} */ state) => {
    const records = [{ record_id: head.record_id, state, mine: true }];
    at.county.tell(`case:${head.case_id}`, { case_id: head.case_id, records, visits: [] });
    at.county.safe = at.county.seq;
    await at.made.outbox.sendNow();
    await at.files.settle();
    await at.files.sendNow();
    return states(at.files);
  };
  equal(await told("submitted"), ["safe"]);
  // Approved, but the server lost it meanwhile: it goes up once more
  at.server.files.delete(value.file);
  await told("approved");
  equal([at.server.whole().length, (await at.files.standing()).length], [1, 1]);
  equal(await told("approved"), []);
  equal([await at.files.open(value), (await at.made.outbox.store.database.entries("blobs")).length], [null, 0]);
}

export async function test_a_photo_whose_draft_was_never_saved_stays_for_a_week_however_safe_it_is() {
  const at = await stage();
  const value = await at.files.take(picture(500), { kind: "photo", type: "image/jpeg", record_id: newId(3) });
  const look = async () => {
    at.county.safe = ++at.county.seq;
    await at.made.outbox.sendNow();
    await at.files.settle();
    await at.files.sendNow();
    return states(at.files);
  };
  await look();
  equal(await look(), ["safe"]);
  assert(await at.files.open(value), "stays");
  at.county.clock += 8 * 86_400_000;
  equal(await look(), []);
}

export async function test_what_no_answer_names_goes_when_the_report_is_handed_in_and_not_before() {
  const at = await stage();
  const head = revisionHead();
  const named = await taken(at, { record_id: head.record_id, seed: 1 });
  const other = await at.files.take(picture(500), { kind: "photo", type: "image/jpeg", record_id: head.record_id });
  await at.files.drop(other);
  await at.files.settle();
  assert(await at.files.open(other), "can be undone");
  await handIn(at.made, head, named);
  await at.files.settle();
  equal([await at.files.open(other), (await at.files.standing()).length], [null, 1]);
  assert(at.server.files.get(other.file) === undefined, "what was dropped is not sent");
  // One that is taken while the returned report is opened again, before its draft is on the disk, is not of that hand-in
  const late = await at.files.take(picture(600), { kind: "photo", type: "image/jpeg", record_id: head.record_id });
  await at.files.settle();
  assert(await at.files.open(late), "stays");
}

export async function test_a_photo_that_was_taken_away_and_put_back_goes_up_however_late() {
  for (const undone of [true, false]) {
    const at = await stage();
    const head = revisionHead();
    const value = await taken(at, { record_id: head.record_id });
    await at.files.drop(value);
    if (undone) await at.files.keep(value); // else its naming at the hand-in says so
    at.server.link = () => "request";
    await handIn(at.made, head, value);
    if (!undone) await at.files.settle();
    // Decided before any of the photo came through: its report leaves the queue
    await at.made.outbox.sendNow();
    const records = [{ record_id: head.record_id, state: "approved", mine: true }];
    at.county.tell(`case:${head.case_id}`, { case_id: head.case_id, records, visits: [] });
    at.county.safe = at.county.seq;
    await at.made.outbox.sendNow();
    await at.files.settle();
    equal([undone, at.made.outbox.items().length, await states(at.files)], [undone, 0, ["waiting"]]);
    at.server.link = () => null;
    equal([await at.files.sendNow(), at.server.whole().length], [null, 1]);
    await at.made.outbox.stop();
  }
}

export async function test_the_files_of_a_draft_that_was_given_up_go_with_it() {
  const at = await stage();
  const head = revisionHead();
  await taken(at, { record_id: head.record_id });
  at.county.loses = "request";
  await at.made.outbox.handIn({
    head: { ...head, kind: "void" },
    body: { reason: "other", text: "" },
    draft: { ref: head.record_id, after: "remove" },
  });
  await at.made.outbox.sendNow();
  await at.files.settle();
  equal((await at.files.standing()).length, 1);
  at.county.loses = null;
  await at.made.outbox.sendNow();
  await at.files.settle();
  equal([await at.files.standing(), at.server.asked], [[], []]);
}

export async function test_reports_go_before_files_also_when_one_is_handed_in_between_two_pieces() {
  const at = await stage();
  await taken(at, { length: 600_000 });
  const order = /** @type {string[]} */ ([]);
  const exchange = at.county.exchange.bind(at.county);
  let begun = (/** @type {null} */ _) => {};
  at.made.outbox.api.exchange = async (/** @type {any} */ given) => {
    order.push("exchange");
    begun(null);
    // Long enough for the next piece to be sealed, signed and sent, if it did not wait
    for (let i = 0; i < 100; i++) await new Promise((next) => setTimeout(next));
    order.push("answered");
    return exchange(given);
  };
  const body = { answers: {}, replies: [], recorded: {}, visitors: [] };
  at.server.link = (method) => {
    order.push(method);
    return null;
  };
  // The first piece is answered when the report is on its way
  at.server.holds = async (n) => {
    if (n !== 2) return;
    const on_its_way = new Promise((resolve) => (begun = resolve));
    void at.made.outbox.handIn({ head: revisionHead(), body });
    await on_its_way;
  };
  await at.files.sendNow();
  while (at.server.whole().length === 0)
    await new Promise((next) => at.files.addEventListener("change", next, { once: true }));
  equal(order.slice(0, 7), ["exchange", "answered", "POST", "PATCH", "exchange", "answered", "POST"]);
  equal(at.county.heldOf("revision").length, 1);
}

export async function test_a_practice_keeps_its_photos_and_sends_none() {
  const at = await stage();
  const { createFiles } = await import("../../../static/js/more/files.js");
  const files = createFiles({ vaults: at.made.vaults, outbox: at.made.outbox, api: null });
  const value = await taken({ ...at, files });
  await at.made.outbox.sendNow();
  equal([await files.sendNow(), at.server.asked, await states(files)], [null, [], ["waiting"]]);
  assert(await files.open(value));
}

export async function test_when_the_flash_is_full_a_photo_is_refused_and_nothing_is_half_there() {
  const at = await stage();
  const { Database } = await import("../../../static/js/store/idb.js");
  const run = Database.prototype.run;
  // The browser ends a write for want of room in its midst
  Database.prototype.run = function (stores, mode, work, options) {
    if (mode !== "readwrite" || stores[0] !== "blobs") return run.call(this, stores, mode, work, options);
    return run.call(
      this,
      stores,
      mode,
      (opened) => {
        work(opened);
        throw new DOMException("no room", "QuotaExceededError");
      },
      options,
    );
  };
  try {
    await refuses("storage_full", () => taken(at));
  } finally {
    Database.prototype.run = run;
  }
  equal([await at.files.standing(), (await at.made.outbox.store.database.entries("blobs")).length], [[], 0]);
}

export async function test_a_wipe_hands_in_the_files_before_it_deletes_them_and_counts_those_it_could_not() {
  const at = await stage();
  await taken(at, { seed: 1 });
  await taken(at, { seed: 2, length: 33_000 });
  const { county, made, server } = at;
  const [order, time] = [newId(5), county.clock];
  const signature = await county.signed("fieldapp/1/wipe", made.vaults.current.vault_id, order, time);
  await made.vaults.heard([{ kind: "wipe", order, at: time, signature }]);
  const rest = (/** @type {any} */ vaults) =>
    handInRest({ vaults, api: server.api, now: () => county.clock, timer: made.timer });
  const finish = () =>
    finishWipes({
      ...{ vaults: made.vaults, api: county.api, openStore, rest, timer: made.timer },
      now: () => county.clock,
    });
  // Given a link that breaks in the middle of the first
  server.link = (_, n) => (n === 5 ? "request" : null);
  equal([await finish(), (await made.root.list()).length, county.heads.at(-1).wiped], [true, 1, undefined]);
  // When there is one again, and the server has no room today for the other
  server.link = () => null;
  server.refuses = () => "too_much_today";
  server.files.delete([...server.files.values()].find(({ seq }) => seq === null)?.file_id);
  equal([await finish(), (await made.root.list()).length], [true, 1]);
  // Then it is tried for a week, and told
  county.clock += 7 * 86_400_000;
  equal([await finish(), (await made.root.list()).length], [false, 0]);
  equal([county.heads.at(-1).wiped.unsent, server.whole().length], [3, 1]); // the file, and two drafts
}

export async function test_a_photo_that_a_restore_lost_while_the_phone_was_being_wiped_goes_up_again_first() {
  const at = await stage();
  const value = await taken(at);
  const { county, made, server } = at;
  await at.files.sendNow();
  const [order, time] = [newId(5), county.clock];
  const signature = await county.signed("fieldapp/1/wipe", made.vaults.current.vault_id, order, time);
  await made.vaults.heard([{ kind: "wipe", order, at: time, signature }]);
  server.files.delete(value.file);
  const rest = (/** @type {any} */ vaults) =>
    handInRest({ vaults, api: server.api, now: () => county.clock, timer: made.timer });
  const given = { vaults: made.vaults, api: county.api, openStore, rest, timer: made.timer, now: () => county.clock };
  equal([await finishWipes(given), (await made.root.list()).length], [false, 0]);
  equal(
    server.whole().map(({ file_id }) => file_id),
    [value.file],
  );
}
