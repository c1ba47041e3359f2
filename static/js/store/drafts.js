// What is being filled in. Sealed at every save; the newest write wins.

import { Problem } from "../errors.js";
import { newRef } from "../ids.js";

/**
 * @typedef {import("./idb.js").Database} Database
 * @typedef {import("./db.js").Safe} Safe
 * @typedef {import("./db.js").Row} Row
 * @typedef {{waiting: {draft: any, saved_at: number} | null, over: Promise<void>, end: (written: Promise<void>) => void}} Held
 */

export class Drafts {
  /** Saves on their way, by ref: the one being written, and the newest that waits behind it. @type {Map<string, {waiting: any, done: Promise<void>}>} */
  #saving = new Map();

  /** When each draft was last saved, as far as this page has seen. @type {Map<string, number>} */ times = new Map();
  /** Told after a save or removal: the counts have changed. */ onchange = () => {};
  /** Being handed in, or gone: the newest autosave of the screen waits here for how it ends. @type {Map<string, Held>} */ #closed =
    new Map();

  /** @param {Database} database @param {Safe} safe @param {() => number} [now] */
  constructor(database, safe, now = Date.now) {
    this.database = database;
    this.safe = safe;
    this.now = now;
  }

  newRef = () => newRef();

  /**
   * Kept when this value, or a newer one of the same draft, is on disk. While one save is being written the next ones
   * collapse into the last, so that fast typing never queues up work. While the draft is being handed in it waits for the end of that:
   * refused, it is written then; handed in, there is no draft any more, and a late save must not bring it back.
   * @param {string} ref @param {any} draft @returns {Promise<void>}
   */
  save(ref, draft) {
    const value = { draft, saved_at: this.now() };
    const closed = this.#closed.get(ref);
    if (closed) {
      closed.waiting = value;
      return closed.over;
    }
    return this.#save(ref, value);
  }

  /** @param {string} ref @param {{draft: any, saved_at: number}} value @returns {Promise<void>} */
  #save(ref, value) {
    const saving = this.#saving.get(ref);
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
    this.gone(ref);
    this.onchange();
  }

  /** No save of this draft is on its way, and none will come until `reopen`. @param {string} ref */
  async close(ref) {
    if (!this.#closed.has(ref)) {
      /** @type {Held["end"]} */
      let end = () => {};
      const over = /** @type {Promise<void>} */ (new Promise((resolve) => (end = resolve)));
      this.#closed.set(ref, { waiting: null, over, end });
    }
    await this.#saving.get(ref)?.done.catch(() => {});
  }

  /** It was not handed in after all, or only in part: what came meanwhile is written now. @param {string} ref @param {any} [on] what it stands on by now */
  reopen(ref, on = {}) {
    const closed = this.#closed.get(ref);
    this.#closed.delete(ref);
    const { waiting } = closed ?? {};
    closed?.end(waiting ? this.#save(ref, { ...waiting, draft: { ...waiting.draft, ...on } }) : Promise.resolve());
  }

  /** It is off the disk: handed in, or removed. @param {string} ref */
  gone(ref) {
    this.times.delete(ref);
    this.#closed.get(ref)?.end(Promise.resolve());
  }

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
