// What a phone could not send, as a file: the same requests and the same sealed bytes, made open or locked, and nothing leaves the queue by it.

import { b64u, sameBytes, utf8 } from "../../../static/js/bytes.js";
import { createFiles } from "../../../static/js/more/files.js";
import { STORES } from "../../../static/js/store/db.js";
import { Database } from "../../../static/js/store/idb.js";
import { FileStore } from "../../../static/js/store/more/files.js";
import { sha256 } from "../../../static/js/vault-worker/seals.js";
import { assert, County, enrolledPhone, equal, killed, revisionHead, unlocked, verify } from "./county.js";
import { picture } from "./files_test.js";

const BODY = { answers: { head_name: "演示丁" }, replies: [], recorded: { started: 1, language: "zh" }, visitors: [] };

/** @param {any} made @param {number} [bytes_max] */
async function parcels(made, bytes_max) {
  const { current, vault } = made.vaults;
  const files = new FileStore(new Database(current.database, STORES), vault);
  const done = await made.outbox.parcels({ files, app: "test", bytes_max });
  await files.close();
  return done;
}

/** As a desk reads it: docs/protocol.md section 11. @param {Blob} blob */
async function read(blob) {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  const length = new DataView(bytes.buffer).getUint32(0);
  const head = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  let at = 4 + length;
  const parts = head.parts.map((/** @type {any} */ said) => {
    at += said.len;
    return { ...said, bytes: bytes.slice(at - said.len, at) };
  });
  equal(at, bytes.length);
  return { head, parts };
}

/** @param {Blob} blob @returns {Promise<string[]>} */
const kindsOf = async (blob) => (await read(blob)).parts.map((/** @type {any} */ { as }) => as);

/** Hands one in: every part through the door its own request would take. @param {County} county @param {Blob} blob */
async function handIn(county, blob) {
  const { head, parts } = await read(blob);
  const files = [];
  /** @type {any} */
  let announced = null;
  for (const { as, bytes, signature } of parts) {
    if (as === "exchange") {
      await county.exchange({ vault_id: head.vault, signature, body: bytes });
      equal(county.heads.at(-1).pull, null);
    } else if (as === "announce") {
      const text = new Uint8Array([...utf8("fieldapp/1/transport\nPOST /sync/v1/blobs\n"), ...(await sha256(bytes))]);
      assert(await verify(county.vault.transport_key, signature, text), "signature of an announcement");
      announced = JSON.parse(new TextDecoder().decode(bytes));
    } else {
      equal([signature, announced.bytes, announced.hash], [null, bytes.length, b64u(await sha256(bytes))]);
      files.push(announced.file_id);
    }
  }
  return { head, files };
}

/** A report and a photo of it that wait on a phone without a link. */
async function waiting() {
  const county = await County.create();
  const made = await enrolledPhone(county);
  county.loses = "request";
  const head = revisionHead();
  const files = createFiles({ vaults: made.vaults, now: made.outbox.now });
  const thumb = picture(9_000, 6);
  const value = await files.take(picture(150_000), {
    ...{ kind: "photo", type: "image/jpeg", record_id: head.record_id, taken: 1, thumb },
  });
  const { op } = await made.outbox.handIn({ head, body: { ...BODY, papers: { "hh.head": [value] } } });
  await made.outbox.sendNow();
  return { county, made, op, value };
}

export async function test_what_waits_is_read_at_the_desk_and_the_link_brings_nothing_twice() {
  const { county, made, op, value } = await waiting();
  const done = await parcels(made);
  equal([done.parcels.length, done.packages, done.files], [1, 1, 2]);
  county.loses = null;
  const came = await handIn(county, done.parcels[0]);
  equal([came.head.vault, came.head.made], [made.vaults.current.vault_id, county.clock]);
  equal(came.files, [value.thumb?.file, value.file]); // the small one first
  equal(county.stored.get(op).body.answers, BODY.answers);
  // Nothing has left the queue by that; the server's word at the next exchange is `dup`
  equal(made.outbox.status.counts.waiting, 1);
  const before = county.stored.size;
  await made.outbox.sendNow();
  equal([made.outbox.status.counts.received, county.stored.size], [1, before]);
  equal((await parcels(made)).packages, 0);
}

export async function test_a_locked_phone_makes_the_same_file_without_its_secret() {
  const { county, made, op } = await waiting();
  const again = await killed(made, county);
  equal(again.vaults.state, "locked");
  const done = await parcels(again);
  equal([done.packages, done.files], [1, 2]);
  county.loses = null;
  await handIn(county, done.parcels[0]);
  assert(county.stored.get(op), "the report is not there");
  await unlocked(again);
  equal(again.outbox.status.counts, { draft: 0, waiting: 0, received: 1, safe: 0, attention: 0 });
}

export async function test_more_than_one_file_takes_is_cut_between_parts_and_a_photo_stays_with_its_announcement() {
  const { county, made } = await waiting();
  const done = await parcels(made, 20_000);
  county.loses = null;
  equal(done.parcels.length, 2);
  const kinds = await Promise.all(done.parcels.map(kindsOf));
  equal(kinds, [
    ["exchange", "announce", "file"],
    ["announce", "file"],
  ]);
  for (const one of done.parcels) await handIn(county, one);
}

export async function test_what_the_server_has_is_not_carried_and_an_empty_phone_makes_no_file() {
  const county = await County.create();
  const made = await enrolledPhone(county);
  equal((await parcels(made)).parcels, []);
  await made.outbox.handIn({ head: revisionHead(), body: BODY });
  await made.outbox.sendNow();
  equal(await parcels(made), { parcels: [], packages: 0, files: 0 });
}

export async function test_hundreds_of_reports_go_in_frames_no_larger_than_one_may_be() {
  const county = await County.create();
  const made = await enrolledPhone(county);
  county.loses = "request";
  for (let n = 0; n < 205; n += 1) await made.outbox.handIn({ head: revisionHead(), body: BODY });
  const done = await parcels(made);
  equal([done.packages, done.parcels.length], [205, 1]);
  county.loses = null;
  await handIn(county, done.parcels[0]);
  equal(county.heldOf("revision").length, 205);
  assert(county.heads.every(({ packages }) => packages.length <= 200));
}

export async function test_nothing_a_person_wrote_can_be_read_in_the_file() {
  const { made } = await waiting();
  const [blob] = (await parcels(made)).parcels;
  const bytes = new Uint8Array(await blob.arrayBuffer());
  for (const word of ["演示丁", "head_name", "image/jpeg", "photo"]) {
    const sought = utf8(word);
    const found = bytes.findIndex((_, at) => sameBytes(bytes.subarray(at, at + sought.length), sought));
    assert(found < 0, `${word} stands in the file`);
  }
}
