// What is being filled in. Sealed at every save; the newest write wins.

import { Problem } from "../errors.js";
import { newRef } from "../ids.js";

/**
 * @typedef {import("./idb.js").Database} Database
 * @typedef {import("./db.js").Safe} Safe
 * @typedef {import("./db.js").Row} Row
 */

export class Drafts {
  /** Saves on their way, by ref: the one being written, and the newest that waits behind it. @type {Map<string, {waiting: any, done: Promise<void>}>} */
  #saving = new Map();

  /** When each draft was last saved, as far as this page has seen. @type {Map<string, number>} */ times = new Map();
  /** Told after a save or removal: the counts have changed. */ onchange = () => {};
  /** Handed in: a late autosave of the screen must not bring it back. @type {Set<string>} */ #closed = new Set();

  /** @param {Database} database @param {Safe} safe @param {() => number} [now] */
  constructor(database, safe, now = Date.now) {
    this.database = database;
    this.safe = safe;
    this.now = now;
  }

  newRef = () => newRef();

  /**
   * Kept when this value, or a newer one of the same draft, is on disk. While one save is being written the next ones
   * collapse into the last, so that fast typing never queues up work.
   * @param {string} ref @param {any} draft @returns {Promise<void>}
   */
  save(ref, draft) {
    if (this.#closed.has(ref)) return Promise.resolve();
    const saving = this.#saving.get(ref);
    const value = { draft, saved_at: this.now() };
    if (saving) {
      saving.waiting = value;
      return saving.done;
    }
    const entry = { waiting: value, done: Promise.resolve() };
    this.#saving.set(ref, entry);
    entry.done = this.#writeAll(ref, entry).finally(() => this.#saving.delete(ref));
    return entry.done;
  }

  /** Nothing is on its way any more: wait for it before locking. Failed saves have told their own callers. */
  settled = async () => void (await Promise.allSettled([...this.#saving.values()].map(({ done }) => done)));

  /** Newest first; a damaged one is told by itself. @returns {Promise<({ref: string, draft: any, saved_at: number} | {ref: string, problem: string})[]>} */
  async list() {
    const opened = await this.safe.values("drafts", await this.database.entries("drafts"));
    for (const one of opened) if ("value" in one) this.times.set(one.ref, one.value.saved_at);
    const drafts = opened.map((one) => ("problem" in one ? one : { ref: one.ref, ...one.value }));
    return drafts.sort((a, b) => (b.saved_at ?? 0) - (a.saved_at ?? 0));
  }

  /** @param {string} ref @returns {Promise<any>} throws `not_found`, `value_damaged` */
  async open(ref) {
    const value = await this.safe.value("drafts", ref, await this.database.get("drafts", ref));
    if (!value) throw new Problem("not_found");
    return value.draft;
  }

  /** @param {string} ref */
  async remove(ref) {
    await this.close(ref);
    const copy = await this.copyRef(ref);
    await this.database.run(["drafts", "outbox"], "readwrite", ({ drafts, outbox }) => {
      drafts.delete(ref);
      outbox.delete(copy);
    });
    this.times.delete(ref);
    this.onchange();
  }

  /** No save of this draft is on its way, and none will come. @param {string} ref */
  async close(ref) {
    this.#closed.add(ref);
    await this.#saving.get(ref)?.done.catch(() => {});
  }

  /** @param {string} ref */
  reopen = (ref) => void this.#closed.delete(ref);

  /** Where the unsent copy of a draft lies in the outbox: one place, so that the newest replaces the older. @param {string} ref */
  copyRef = (ref) => this.safe.name("outbox", `draft:${ref}`);

  /**
   * The write that brings back a draft that was given up and refused to go; one that is here stays as it is.
   * @param {string} ref @param {any} draft @returns {Promise<(stores: Record<string, IDBObjectStore>) => void>} over `drafts`
   */
  async returned(ref, draft) {
    const row = await this.row(ref, draft);
    return ({ drafts }) => {
      const held = drafts.getKey(ref);
      held.onsuccess = () => {
        if (held.result !== undefined) return;
        drafts.put(row, ref);
        this.reopen(ref);
      };
    };
  }

  /** For a transaction of the caller's. @param {string} ref @param {any} draft @returns {Promise<Row>} */
  row = (ref, draft) => this.safe.row("drafts", ref, { draft, saved_at: this.now() });

  /** @param {string} ref @param {{waiting: any}} entry */
  async #writeAll(ref, entry) {
    while (entry.waiting) {
      const value = entry.waiting;
      entry.waiting = null;
      const row = await this.safe.row("drafts", ref, value);
      await this.database.run(["drafts"], "readwrite", ({ drafts }) => void drafts.put(row, ref));
      this.times.set(ref, value.saved_at);
      this.onchange();
    }
  }
}
