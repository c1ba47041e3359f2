// What the server's word does to the entries of the queue. Everything is sealed here and written by the caller, in one transaction.

import { meaningOf } from "../sync.js";
import { runAll } from "./exchange.js";
import { isDecided, isKeptSafe, isSafe } from "./standing.js";

/**
 * @typedef {import("../store/db.js").Store} Store
 * @typedef {import("../store/outbox.js").Entry} Entry
 * @typedef {import("../store/outbox.js").Write} Write
 * @typedef {import("../vault-worker.js").Packed} Packed
 */

const RESEALS_AT_ONCE_MAX = 3;

/** Was it made or answered while locked, and is not under the keys yet? @param {Entry} entry */
const isOwed = ({ row }) => Boolean(row.posted || row.said || row.last === "reseal");

export class Results {
  /** One at a time: an unlock and a round that begins beside it. @type {Promise<void> | null} */ #owed = null;

  /**
   * @param {{pack: (head: any, body: any) => Promise<Packed>, confirm: (posted: any, op: string) => Promise<Packed & {body: any} | null>,
   *   forgetCopy: (draft: string) => void, now: () => number}} given
   *   `confirm` packs the author's word for what was sealed while locked, null without a person; `forgetCopy`: a draft's copy is to be made anew
   */
  constructor({ pack, confirm, forgetCopy, now }) {
    this.pack = pack;
    this.confirm = confirm;
    this.forgetCopy = forgetCopy;
    this.now = now;
  }

  /** What one result does to its entry. @param {Store} store @param {Entry} entry @param {any} result @param {boolean} open @returns {Promise<{write: Write, resealed?: boolean}>} */
  async outcome(store, entry, result, open) {
    const meaning = meaningOf(result.status);
    if (meaning === "reseal" && open)
      return { write: await this.resealed(store, entry), resealed: entry.row.tries < RESEALS_AT_ONCE_MAX };
    if (entry.info?.kind === "draft" && meaning !== "waiting" && meaning !== "reseal")
      return { write: store.outbox.removal(entry) };
    const keep_package = meaning !== "attention";
    const write = await store.outbox.after(entry, { result, open, keep_package });
    const back = open && meaning === "attention" ? await this.#notGivenUp(store, entry) : null;
    return {
      write: (stores) => {
        write(stores);
        back?.(stores);
      },
    };
  }

  /** A draft its author gave up and the server would not let go is a draft again. @param {Store} store @param {Entry} entry @returns {Promise<Write | null>} */
  async #notGivenUp(store, entry) {
    if (entry.info?.kind !== "void") return null;
    const { given_up } = (await store.outbox.copy(entry.ref).catch(() => null)) ?? {};
    return given_up ? store.drafts.returned(given_up.ref, given_up.value) : null;
  }

  /** Sealed and signed again from its copy, under the same revision id. A draft copy is simply made anew. @param {Store} store @param {Entry} entry @returns {Promise<Write>} */
  async resealed(store, entry) {
    const copy = await store.outbox.copy(entry.ref);
    if (!copy) {
      this.forgetCopy(entry.info?.draft ?? "");
      return store.outbox.removal(entry);
    }
    const packed = await this.pack(copy.head, copy.body);
    const renewed = { ...entry, row: { ...entry.row, last: null, said: null, tries: entry.row.tries + 1 } };
    return store.outbox.after(renewed, { packed, open: true, keep_package: true });
  }

  /** At an unlock, and again with the next round where the flash had no room for it then. @param {Store} store */
  underKeys(store) {
    this.#owed ??= this.#allUnderKeys(store).finally(() => {
      this.#owed = null;
    });
    return this.#owed;
  }

  /** @param {Store} store */
  async #allUnderKeys(store) {
    const writes = [];
    for (const entry of await store.outbox.entries({ open: true })) {
      if (isOwed(entry)) writes.push(...(await this.#underKeys(store, entry)));
    }
    if (writes.length) await runAll(store, [...store.outbox.stores, "drafts"], writes);
  }

  /** What came or was made while locked goes under the data key; an urgent record is confirmed by its author. @param {Store} store @param {Entry} entry @returns {Promise<Write[]>} */
  async #underKeys(store, entry) {
    const writes = entry.row.last === "reseal" ? [await this.resealed(store, entry)] : [];
    if (!entry.row.posted && !entry.row.said) return writes;
    let found;
    try {
      found = await store.outbox.opened(entry);
    } catch {
      return writes; // damaged: the package itself still goes to the server
    }
    if (entry.row.last === "reseal" && !found.posted) return writes; // sealed anew beside this; the old word is void
    const over = entry.info?.kind === "draft" && found.said && meaningOf(found.said.status) !== "waiting";
    writes.push(over ? store.outbox.removal(entry) : await store.outbox.settled(entry, found));
    const back = meaningOf(entry.row.last) === "attention" ? await this.#notGivenUp(store, entry) : null;
    if (back) writes.push(back);
    const confirmed = found.posted && (await this.confirm(found.posted, entry.row.op));
    if (confirmed) writes.push((await store.outbox.queued(confirmed, { at: this.now(), body: confirmed.body })).write);
    return writes;
  }

  /**
   * Writes for what is safe by now and decided: its package and its copy may go. What is not decided may be asked for again, by those bytes.
   * @param {Store} store @param {Set<string>} asked operations of this exchange: they have their result @param {Record<string, number>} safe
   * @param {{kind: string, ref: string, value: any}[]} changes of the page that comes with it @returns {Promise<Write[]>}
   */
  async finished(store, asked, safe, changes) {
    const entries = (await store.outbox.entries({ open: true })).filter(({ row }) => !asked.has(row.op));
    const read = entries.filter(({ info }) => info?.acted && isKeptSafe(info, safe));
    const held = entries.filter(({ row, info }) => meaningOf(row.last) === "received" && isSafe(info, safe));
    const over = read.map((entry) => store.outbox.removal(entry));
    if (held.length === 0 || (await store.packs.damaged())) return over;
    const cases = new Map((await store.packs.all()).map((one) => [one.case_id, one]));
    for (const { kind, ref, value } of changes) {
      if (!ref.startsWith("case:")) continue;
      if (kind === "put") cases.set(ref.slice(5), value);
      else if (kind !== "own") cases.delete(ref.slice(5));
    }
    const writes = over;
    for (const entry of held) {
      if (isDecided(entry.info, cases)) writes.push(store.outbox.removal(entry));
    }
    return writes;
  }
}
