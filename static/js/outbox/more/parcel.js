// What a phone has not sent, as files to be carried to the office (docs/protocol.md section 11): the very requests and sealed bytes that
// would have gone over the network, signed by the transport key. So it is made while locked as well, and nothing leaves the queue by it.

import { b64u, jsonBytes } from "../../bytes.js";
import { randomBytes } from "../../ids.js";
import * as limits from "../../limits.js";
import { BLOBS_PATH, FILE_BYTES_MAX } from "../../more/file-limits.js";
import { meaningOf, pick } from "../../sync.js";
import { frameOf, queueItem } from "../frame.js";

export const PARCEL_BYTES_MAX = 50_331_648; // as DESK_BYTES_MAX of sync/parcels.py: what the page of the desk takes
export const PARTS_MAX = 4_000;
const PART_HEAD_BYTES = 160; // `{"as":"announce","len":2048,"signature":"…86…"},`

/**
 * @typedef {import("../../bytes.js").Bytes} Bytes
 * @typedef {{as: "exchange" | "announce" | "file", bytes: Bytes | Blob, signature: string | null}} Part
 * @typedef {{parcels: Blob[], packages: number, files: number}} Made nothing to carry: no parcels
 * @typedef {object} From
 * @property {{current: {vault_id: string, database: string} | null, vault: import("../../vault.js").Vault}} vaults
 * @property {import("../../store/outbox.js").Outbox} outbox the queue of that vault
 * @property {import("../../store/more/files.js").FileStore} files its photos, papers and sounds
 * @property {() => number} now ms
 * @property {string} app version of the app
 * @property {number} [bytes_max] of one file
 */

/** @param {From} from @returns {Promise<Made>} */
export async function parcelsOf(from) {
  const { vaults, now, bytes_max = PARCEL_BYTES_MAX } = from;
  const made = { parcels: /** @type {Blob[]} */ ([]), packages: 0, files: 0 };
  /** @type {Part[]} */
  let parts = [];
  let bytes = 0;
  const close = () => {
    if (parts.length) made.parcels.push(written(vaults.current?.vault_id ?? "", Math.round(now()), parts));
    [parts, bytes] = [[], 0];
  };
  /** An announcement and its file stay together. @param {Part[]} more */
  const add = (...more) => {
    const length = more.reduce((sum, part) => sum + sizeOf(part) + PART_HEAD_BYTES, 0);
    if (parts.length && (bytes + length > bytes_max || parts.length + more.length > PARTS_MAX)) close();
    parts.push(...more);
    bytes += length;
  };
  for await (const { part, count } of exchanges(from)) {
    add(part);
    made.packages += count;
  }
  for await (const pair of files(from)) {
    add(...pair);
    made.files += 1;
  }
  close();
  return made;
}

/** Frames as full as one may be: nobody waits for an answer. @param {From} from */
async function* exchanges({ vaults, outbox, now, app }) {
  const entries = await outbox.entries({ open: false });
  // What the server kept for a person has no package any more; what it could not read still has, and a desk may say more of it.
  let queue = entries.filter(({ row }) => row.package && meaningOf(row.last) !== "received").map(queueItem);
  const envelopes = await outbox.envelopes();
  const envelope_bytes = (/** @type {string} */ id) => envelopes.get(id)?.bytes.length ?? 0;
  const most = { bytes_max: limits.FRAME_BYTES_MAX, items_max: limits.FRAME_PACKAGES_MAX, tried: new Set() };
  while (queue.length) {
    const { batch } = pick(queue, { ...most, envelope_bytes });
    queue = queue.slice(batch.length);
    const said = {
      request: b64u(randomBytes(16)),
      t: Math.round(now()),
      app,
      cursor: null,
      signature: null,
      aside: {},
    };
    const bytes = frameOf(batch, envelopes, said);
    const signature = await vaults.vault.signTransport(`POST ${limits.EXCHANGE_PATH}`, bytes);
    yield { part: { as: /** @type {const} */ ("exchange"), bytes, signature }, count: batch.length };
  }
}

/** Thumbnails first, then the newest. What one is lies sealed: while locked it is announced as a file. @param {From} from @returns {AsyncGenerator<Part[]>} */
async function* files({ vaults, files: kept }) {
  const rows = (await kept.rows()).map(([, row]) => row).filter(({ last }) => last !== "complete");
  const small = (/** @type {{bytes: number}} */ { bytes }) => (bytes <= FILE_BYTES_MAX.thumb ? 0 : 1);
  rows.sort((a, b) => small(a) - small(b) || b.turn - a.turn);
  for (const row of rows) {
    const bytes = await kept.bytes(row, 0, row.bytes);
    if (!bytes) continue; // freed meanwhile: the server has it
    const { envelope } = row;
    const said = jsonBytes({
      ...{ v: limits.PROTOCOL_VERSION, file_id: row.file, hash: row.hash, bytes: row.bytes },
      envelope: { id: envelope.id, suite: envelope.suite, key_id: envelope.key_id, bytes: b64u(envelope.bytes) },
      ...{ record_id: null, kind: "file" },
    });
    const signature = await vaults.vault.signTransport(`POST ${BLOBS_PATH}`, said);
    // As a Blob the browser may keep it on disk: all of them together are more than a small phone has memory.
    yield [
      { as: "announce", bytes: said, signature },
      { as: "file", bytes: new Blob([bytes]), signature: null },
    ];
  }
}

/** @param {Part} part */
const sizeOf = ({ bytes }) => (bytes instanceof Blob ? bytes.size : bytes.length);

/** @param {string} vault @param {number} made @param {Part[]} parts */
function written(vault, made, parts) {
  const said = parts.map((part) => ({ as: part.as, len: sizeOf(part), signature: part.signature }));
  const head = jsonBytes({ v: limits.PROTOCOL_VERSION, kind: "parcel", vault, made, parts: said });
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, head.length);
  return new Blob([length, head, ...parts.map(({ bytes }) => bytes)], { type: "application/octet-stream" });
}
