// Photos, papers and sounds on a phone: sealed when they are taken, shown under the keys alone, whole on disk or not there at all.

import { b64u, concat, fromB64u, hex, sameBytes, utf8 } from "../../../static/js/bytes.js";
import { idBytes, newId } from "../../../static/js/ids.js";
import { createFiles } from "../../../static/js/more/files.js";
import { operations } from "../../../static/js/vault-worker/more/files.js";
import { sha256, subKeys } from "../../../static/js/vault-worker/seals.js";
import { Keeper } from "../../../static/js/vault-worker.js";
import { assert, County, enrolledPhone, equal, killed, refuses, SECRET, seeded, unlocked } from "./county.js";

const RECORD = newId(3);
const PHOTO = { kind: /** @type {const} */ ("photo"), type: "image/jpeg", record_id: RECORD, taken: 1_800_000_000_000 };

/** What a camera gives: begins like a JPEG, is chance behind it. @param {number} length @param {number} [seed] */
export function picture(length, seed = 5) {
  const random = seeded(seed);
  const bytes = Uint8Array.from({ length }, () => Math.floor(random() * 256));
  bytes.set([0xff, 0xd8, 0xff, 0xe0, 0, 0x10, 0x4a, 0x46, 0x49, 0x46, 0]);
  return bytes;
}

/** @param {any} made */
const filesOf = (made) => createFiles({ vaults: made.vaults, now: made.outbox.now });

/** @param {ArrayBuffer | null} got @param {Uint8Array} bytes */
const holds = (got, bytes) => assert(got && sameBytes(new Uint8Array(got), bytes), "other bytes");

export async function test_what_was_taken_is_shown_again_also_after_the_app_was_killed_and_unlocked() {
  const county = await County.create();
  const made = await enrolledPhone(county);
  const [photo, thumb] = [picture(150_000), picture(9_000, 6)];
  const value = await filesOf(made).take(new Blob([photo]), { ...PHOTO, thumb });
  equal(
    [value.kind, value.type, value.taken, value.bytes],
    ["photo", "image/jpeg", PHOTO.taken, 150_000 + 49 + 3 * 16],
  );
  equal(Object.keys(value.thumb ?? {}), ["file", "hash", "bytes"]);
  const again = await killed(made, county);
  await unlocked(again);
  const files = filesOf(again);
  holds(await files.open(value), photo);
  holds(await files.thumb(value), thumb);
  equal(
    (await files.standing()).map(({ kind, record_id, state, sent }) => [kind, record_id, state, sent]),
    [
      ["photo", RECORD, "waiting", 0],
      ["thumb", RECORD, "waiting", 0],
    ],
  );
  // Other bytes under this id, or none of this phone's, are not shown
  equal(await files.open({ ...value, hash: value.thumb?.hash ?? "" }), null);
  equal(await files.open({ ...value, file: newId(1) }), null);
}

export async function test_a_locked_phone_shows_and_takes_nothing() {
  const county = await County.create();
  const made = await enrolledPhone(county);
  const files = filesOf(made);
  const value = await files.take(picture(1_000), PHOTO);
  made.vaults.lock();
  await refuses("vault_locked", () => files.open(value));
  await refuses("vault_locked", () => files.take(picture(1_000), PHOTO));
  equal(
    (await files.standing()).map(({ kind, record_id }) => [kind, record_id]),
    [["file", null]],
  );
}

export async function test_a_photo_that_is_too_large_is_refused_whole() {
  const county = await County.create();
  const made = await enrolledPhone(county);
  const files = filesOf(made);
  await refuses("file_too_large", () => files.take(picture(3 * 1024 * 1024), PHOTO));
  await refuses("file_too_large", () => files.take(picture(100), { ...PHOTO, thumb: picture(20_000) }));
  equal([await files.standing(), (await made.outbox.store.database.entries("blobs")).length], [[], 0]);
}

export async function test_a_recording_that_was_cut_off_can_be_ended_later() {
  const county = await County.create();
  const made = await enrolledPhone(county);
  const pieces = [1, 2, 3].map((n) => picture(4_000 * n, n));
  const recording = filesOf(made).recording({ type: "audio/webm;codecs=opus", record_id: RECORD });
  await Promise.all(pieces.map((piece) => recording.write(piece)));
  const again = await killed(made, county);
  await unlocked(again);
  const files = filesOf(again);
  equal([await files.standing(), await files.unfinished(newId(4))], [[], []]);
  const [left] = await files.unfinished(RECORD);
  equal([left.bytes, left.type], [24_000, "audio/webm;codecs=opus"]);
  const value = await left.end();
  equal([value.kind, value.type, await files.unfinished(RECORD)], ["audio", "audio/webm;codecs=opus", []]);
  holds(await files.open(value), concat(...pieces));
  // One that was dropped leaves nothing
  const before = (await again.outbox.store.database.entries("blobs")).length;
  const dropped = files.recording({ type: "audio/webm", record_id: RECORD });
  await dropped.write(picture(500));
  await dropped.drop();
  equal((await again.outbox.store.database.entries("blobs")).length, before);
}

export async function test_nothing_of_a_photo_stands_in_clear_on_the_flash() {
  const county = await County.create();
  const made = await enrolledPhone(county);
  const files = filesOf(made);
  const bytes = picture(70_000);
  const value = await files.take(bytes, { ...PHOTO, thumb: picture(2_000, 8) });
  const recording = files.recording({ type: "audio/webm", record_id: RECORD });
  await recording.write(bytes.slice(100, 2_000));
  const rows = await made.outbox.store.database.entries("blobs");
  const text = JSON.stringify(rows, (_, one) => (one instanceof Uint8Array ? hex(one) : one));
  for (const clear of [bytes.slice(0, 11), bytes.slice(200, 216), bytes.slice(69_000, 69_016)])
    assert(!text.includes(hex(clear)), "bytes of the photo");
  for (const word of ["jpeg", "webm", "photo", "audio", "thumb", RECORD])
    assert(!text.includes(word) && !text.includes(hex(utf8(word))), word);
  // Nor when: the id is chance, and is no time
  assert(Math.abs(Number.parseInt(value.file.replace("-", "").slice(0, 12), 16) - Date.now()) > 1_000, "a time");
}

export async function test_a_file_is_sealed_to_the_frozen_bytes_of_the_server_side_and_opens_again() {
  const { file_id, sealing_key, envelope_id, files } = await (await fetch("/tests/vectors/files/python.json")).json();
  const { hpke } = await County.create();
  for (const one of files) {
    const salt = fromB64u(one.head).slice(33);
    const chance = [fromB64u(sealing_key), fromB64u(envelope_id), salt, idBytes(file_id)];
    const keeper = new Keeper((length) => chance.shift() ?? new Uint8Array(length));
    keeper.sub = await subKeys(new Uint8Array(32));
    const server_keys = [{ key_id: "0123456789abcdef", suite: 1, public: b64u(hpke.public), from: 0, until: null }];
    keeper.record = { vault_id: newId(1), server_keys };
    const bytes = one.plain === null ? await madeOf(one) : fromB64u(one.plain);
    const made = await operations.seal(keeper, { ref: "a", info: { kind: "photo" }, bytes });
    equal([made.file, made.hash, made.bytes, made.envelope.id], [file_id, one.hash, one.bytes, envelope_id]);
    if (one.sealed) equal(b64u(concat(...made.parts)), one.sealed);
    const opened = await operations.open(keeper, { ref: "a", sealed: made.sealed, parts: made.parts });
    equal(b64u(await sha256(opened)), one.plain_hash);
  }
}

/** The rule by which the frozen long texts were made. @param {{name: string}} one */
async function madeOf({ name }) {
  const [label, length] = name === "long" ? ["long", 150_000] : ["one", 65_536];
  const parts = Array.from({ length: Math.ceil(length / 32) }, (_, n) => sha256(utf8(`${label}${n}`)));
  return concat(...(await Promise.all(parts))).slice(0, length);
}

export async function test_a_photo_is_shown_after_another_secret_was_chosen_and_keeps_its_bytes() {
  const county = await County.create();
  const made = await enrolledPhone(county);
  const value = await filesOf(made).take(picture(5_000), PHOTO);
  const recording = filesOf(made).recording({ type: "audio/webm", record_id: RECORD });
  await recording.write(picture(700, 9));
  const other = "八只 绿色 茶杯 站在 窗台 seven";
  await (await made.vaults.ways()).change({ secret: SECRET, to: { secret: other, kind: "passphrase" } });
  await unlocked(made, other);
  await made.outbox.renewed;
  equal(made.vaults.renewing, false); // the old keys are gone
  const files = filesOf(made);
  holds(await files.open(value), picture(5_000));
  const [left] = await files.unfinished(RECORD);
  holds(await files.open(await left.end()), picture(700, 9));
}

export async function test_a_damaged_photo_is_told_by_itself() {
  const county = await County.create();
  const made = await enrolledPhone(county);
  const files = filesOf(made);
  const values = [await files.take(picture(5_000), PHOTO), await files.take(picture(6_000), PHOTO)];
  const { database } = made.outbox.store;
  const [[ref, row]] = (await database.entries("blobs")).filter(
    (/** @type {any} */ [, { bytes }]) => bytes === values[0].bytes,
  );
  const key = row.parts[0];
  const part = (await database.get("blobs", key)).part.slice();
  part[400] ^= 1;
  await database.run(["blobs"], "readwrite", (/** @type {any} */ { blobs }) => void blobs.put({ v: 1, part }, key));
  await refuses("value_damaged", () => files.open(values[0]));
  holds(await files.open(values[1]), picture(6_000));
  const sealed = row.sealed.slice();
  sealed[40] ^= 1;
  await database.run(["blobs"], "readwrite", (/** @type {any} */ { blobs }) => void blobs.put({ ...row, sealed }, ref));
  equal(
    (await files.standing()).map(({ state, reason }) => [state, reason]),
    [
      ["attention", "file_unread"],
      ["waiting", null],
    ],
  );
}
