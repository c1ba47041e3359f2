// What one exchange says and hears: the frame that goes up, and what is read of the reply (docs/protocol.md section 4).

import { fromJsonBytes, inflate, makeFrame, readFrame } from "../bytes.js";
import { Problem } from "../errors.js";
import * as limits from "../limits.js";

/**
 * @typedef {import("../bytes.js").Bytes} Bytes
 * @typedef {import("../store/outbox.js").Entry} Entry
 * @typedef {{op: string, length: number, envelope: string, entry: Entry}} Item one package of a batch
 * @typedef {{kind: string, ref: string, bytes: any}} Change as it came, still compressed
 */

/** @param {Entry} entry @returns {Item} */
export const queueItem = (entry) => ({
  op: entry.row.op,
  length: entry.row.package?.length ?? 0,
  envelope: entry.row.envelope,
  entry,
});

/**
 * Head, envelopes each once, packages. `signature`: of the pull, null while locked: nothing comes down then.
 * @param {Item[]} batch @param {Map<string, any>} envelopes those on this phone, by id
 * @param {{request: string, t: number, app: string, cursor: string | null, signature: string | null, aside: any}} said `aside`: keys of the head that not every request has @returns {Bytes}
 */
export function frameOf(batch, envelopes, { request, t, app, cursor, signature, aside }) {
  const needed = [...new Set(batch.map(({ envelope }) => envelope))].flatMap((id) => envelopes.get(id) ?? []);
  const head = {
    ...{ v: limits.PROTOCOL_VERSION, request, t, app, functions: limits.FUNCTION_SET },
    envelopes: needed.map(({ id, suite, key_id, bytes }) => ({ id, suite, key_id, len: bytes.length })),
    packages: batch.map(({ length }) => ({ len: length })),
    pull: signature && { cursor, want: limits.PULL_BYTES_WANTED, signature },
    ...aside,
  };
  const packages = batch.map(({ entry }) => /** @type {Bytes} */ (entry.row.package));
  return makeFrame(head, ...needed.map(({ bytes }) => bytes), ...packages);
}

/**
 * A reply that was cut, answers something else or is not understood throws `reply_malformed`.
 * @param {Bytes} bytes @param {string} request the id it must answer @returns {{head: any, changes: Change[]}}
 */
export function checkedReply(bytes, request) {
  const { head, take, left } = readFrame(bytes);
  if (head?.v !== limits.PROTOCOL_VERSION || head.request !== request || !Array.isArray(head.results))
    throw new Problem("reply_malformed");
  const changes = (head.page?.changes ?? []).map((/** @type {any} */ { kind, ref, len }) => ({
    kind,
    ref,
    bytes: take(len),
  }));
  if (left() !== 0) throw new Problem("reply_malformed");
  return { head, changes };
}

/** @param {Change[]} changes @returns {Promise<{kind: string, ref: string, value: any}[]>} value is null where only the name counts */
export function readChanges(changes) {
  return Promise.all(
    changes.map(async ({ kind, ref, bytes }) => {
      const carries = kind === "put" || kind === "draft";
      const value = carries ? fromJsonBytes(await inflate(bytes, limits.CHANGE_INFLATED_BYTES_MAX)) : null;
      return { kind, ref, value };
    }),
  );
}
