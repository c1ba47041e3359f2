// After the server was restored from a backup: what it had received, or kept for a person, may be gone there.

import { meaningOf } from "../../sync.js";

/**
 * @typedef {import("../../store/db.js").Store} Store
 * @typedef {import("../../store/outbox.js").Entry} Entry
 * @typedef {import("../../store/outbox.js").Write} Write
 * @typedef {import("../../vault-worker.js").Packed} Packed
 */

/** Kept by the server for a person. A refused `void` is none: its draft is here again. @param {Entry["row"]} row @param {import("../../store/outbox.js").Info} info */
const isKept = ({ last, package: bytes }, { kind }) =>
  !bytes && meaningOf(last) === "attention" && (kind === "revision" || kind === "urgent");

/**
 * All of it waits again: the same bytes where they are here still, else sealed again from the copy, under the same revision id.
 * @param {Store} store @param {Set<string>} asked operations of this exchange: they have their new result
 * @param {(head: any, body: any) => Promise<Packed>} pack @returns {Promise<Write[]>}
 */
export async function again(store, asked, pack) {
  const held = (await store.outbox.entries({ open: true })).filter(
    ({ row, info }) => info && !asked.has(row.op) && (meaningOf(row.last) === "received" || isKept(row, info)),
  );
  return Promise.all(
    held.map(async (entry) => {
      const copy = entry.row.package ? null : await store.outbox.copy(entry.ref).catch(() => null);
      return store.outbox.again(entry, copy && (await pack(copy.head, copy.body)));
    }),
  );
}
