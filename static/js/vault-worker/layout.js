// Which bytes stand where, and which texts are bound to a seal or signed: docs/protocol.md sections 1 to 3, docs/phone.md
// ("What lies on the flash"). No key and no secret comes here; fieldapp/crypto/ holds the same layouts for the server.

import { concat, fromHex, jsonBytes, readU32, u32, utf8 } from "../bytes.js";
import { Problem } from "../errors.js";
import { idBytes } from "../ids.js";
import { SUITE, VALUE_BUCKET_BYTES, VALUE_STEP_BYTES } from "../limits.js";

/**
 * @typedef {import("../bytes.js").Bytes} Bytes
 * @typedef {import("../bytes.js").Json} Json
 * @typedef {{store: string, key: string, version?: number}} Place where a value lies; it opens nowhere else
 * @typedef {{name: string, memory_kib: number, iterations: number, parallelism: number, salt: string}} Kdf
 * @typedef {{key_id: string, suite: number, public: string, from: number, until: number | null}} ServerKey
 * @typedef {{way: "secret" | "pin" | "prf", version: 1, kind: "digits" | "passphrase", digits: number, kdf: Kdf, wrapped: Bytes,
 *   check?: string, credential?: string}} Wrap one way in; `check` a sum over what lies in clear; of a `pin` `digits` says how many, of a `prf` `credential` which, and `kdf` is its salt alone
 */

export const PURPOSE_HEAD = 1;
export const PURPOSE_BODY = 2;
export const PURPOSE_FILE = 3;

/* ---- values that lie on this phone ---- */

/** Which sub-key seals which store. @type {Record<string, string>} */
export const SUB_KEY_OF_STORE = {
  drafts: "drafts",
  blobs: "files",
  inbox: "inbox",
  packs: "inbox",
  outbox: "state",
  copies: "state",
  envelopes: "state",
  state: "state",
  root: "keyring",
};

/** @param {Place} place */
export const placeBytes = ({ store, key, version = 1 }) => utf8(`${store}|${key}|${version}`);

/** How long the padded text is: doubling from 256 bytes to 64 KiB, then steps of 64 KiB. @param {number} length */
export function bucketLength(length) {
  if (length > VALUE_STEP_BYTES) return Math.ceil(length / VALUE_STEP_BYTES) * VALUE_STEP_BYTES;
  let bucket = VALUE_BUCKET_BYTES;
  while (bucket < length) bucket *= 2;
  return bucket;
}

/** u32 length ‖ bytes ‖ zeros to the next bucket: a size tells little. @param {Bytes} bytes @returns {Bytes} */
export function padded(bytes) {
  const full = new Uint8Array(bucketLength(4 + bytes.length));
  full.set(u32(bytes.length));
  full.set(bytes, 4);
  return full;
}

/** @param {Bytes} full @returns {Bytes} */
export const unpadded = (full) => full.slice(4, 4 + readU32(full));

/** @param {string} vault_id @param {Omit<Wrap, "wrapped" | "check">} wrap */
export const wrapAad = (vault_id, { way, version, kdf }) =>
  jsonBytes([vault_id, way, version, kdf.name, kdf.memory_kib, kdf.iterations, kdf.parallelism, kdf.salt]);

/** @param {string} vault_id @param {Place} place */
export const mailboxInfo = (vault_id, place) =>
  concat(utf8("fieldapp/1/mailbox"), Uint8Array.of(SUITE), idBytes(vault_id), placeBytes(place));

/* ---- packages and envelopes for the server ---- */

/** @param {number} purpose @param {Bytes} id */
export const purposeInfo = (purpose, id) => concat(utf8("fieldapp/1/"), Uint8Array.of(purpose), id);

/** @param {number} counter @param {boolean} last */
export function chunkNonce(counter, last) {
  const nonce = new Uint8Array(12);
  new DataView(nonce.buffer).setUint32(7, counter); // bytes 0-10 count; 2^32 chunks of 64 KiB are more than any limit
  nonce[11] = last ? 1 : 0;
  return nonce;
}

/** @param {number} purpose @param {Bytes} id @param {Bytes} [packageId] left out for files, which are sealed once for any package */
export const packageAad = (purpose, id, packageId = new Uint8Array(0)) =>
  concat(Uint8Array.of(SUITE, purpose), packageId, id);

/** The text an author signs: one JSON array. @param {Json} head @param {string} vault_id */
export const authorText = (head, vault_id) =>
  jsonBytes([
    "fieldapp/1/author",
    ...[
      head.kind,
      head.district,
      head.case_id,
      head.visit_id,
      head.record_id,
      head.revision_id,
      head.parents,
      head.form,
    ],
    ...[
      head.form_version,
      head.intent,
      head.number,
      head.device_time,
      head.author,
      vault_id,
      head.body_hash,
      head.plain_hash,
    ],
  ]);

/** @param {{package_id: Bytes, envelope_id: Bytes, salt: Bytes, head: Bytes, body: Bytes}} parts head and body sealed @returns {Bytes} */
export const packageBytes = ({ package_id, envelope_id, salt, head, body }) =>
  concat(package_id, Uint8Array.of(SUITE), envelope_id, salt, u32(head.length), head, body);

/** @param {string} vault_id @param {string} key_id */
export const envelopeInfo = (vault_id, key_id) =>
  concat(utf8("fieldapp/1/sealing"), Uint8Array.of(SUITE), fromHex(key_id), idBytes(vault_id));

/** The text a server signs of its list of keys. @param {Json} reply of enrolment */
export function keysText({ keys_version, server_keys }) {
  const rows = server_keys.map((/** @type {ServerKey} */ key) => [
    key.key_id,
    key.suite,
    key.public,
    key.from,
    key.until,
  ]);
  return jsonBytes(["fieldapp/1/keys", keys_version, rows]);
}

/**
 * The newest server key this app can use. Not by this phone's clock, which may stand in 1970: by what is open-ended, then by age.
 * @param {ServerKey[]} server_keys; throws `no_server_key`
 */
export function chooseServerKey(server_keys) {
  const usable = server_keys.filter((key) => key.suite === SUITE).sort((a, b) => b.from - a.from);
  const chosen = usable.find((key) => key.until === null) ?? usable[0];
  if (!chosen) throw new Problem("no_server_key");
  return chosen;
}
