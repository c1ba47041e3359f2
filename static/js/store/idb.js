// The one place that opens IndexedDB and makes transactions. Everything handed to `write` is sealed already.
//
// Obligations, easy to break:
// - inside a transaction nothing is awaited but its own requests: Firefox and WebKit end it at any other await;
// - iOS kills the connection of a page that was in the background: reopen once, then say `storage_lost`;
// - one writes at a time (all name the first store): killed between two, Chromium deletes the whole origin (docs/phone.md).

import { Problem } from "../errors.js";

/**
 * Which form the data on this phone has; the number of every database. It rises with what an older app could not read (a new store, another
 * form of value), and tests/vectors/profiles/ then gets a phone of before: what lies there must open for ever.
 */
export const DATA_VERSION = 1;

/** @typedef {(stores: Record<string, IDBObjectStore>) => unknown} Work runs synchronously; requests may carry callbacks */

export class Database {
  /** @type {Promise<IDBDatabase> | null} */ #opening = null;

  /** @param {string} name @param {string[]} stores their names @param {IDBFactory} [factory] @param {number} [version] */
  constructor(name, stores, factory = indexedDB, version = DATA_VERSION) {
    this.name = name;
    this.stores = stores;
    this.factory = factory;
    this.version = version;
  }

  /**
   * One transaction over `stores`. Resolves with what `work` returned after the commit; aborted whole when anything throws.
   * A returned IDBRequest resolves to its result. `strict` waits for the disk: for what a person was told is safe here.
   * @param {string[]} stores @param {"readonly" | "readwrite"} mode @param {Work} work @param {{strict?: boolean}} [options]
   * @returns {Promise<any>}
   */
  async run(stores, mode, work, { strict = false } = {}) {
    const durability = strict ? "strict" : "relaxed";
    const transaction = await this.#begin(stores, mode, durability);
    return new Promise((resolve, reject) => {
      /** @type {unknown} */ let outcome;
      /** @type {unknown} */ let thrown;
      transaction.oncomplete = () => resolve(outcome instanceof IDBRequest ? outcome.result : outcome);
      transaction.onabort = () => reject(storageProblem(thrown ?? transaction.error));
      try {
        outcome = work(Object.fromEntries(stores.map((name) => [name, transaction.objectStore(name)])));
      } catch (error) {
        thrown = error;
        transaction.abort();
      }
    });
  }

  /** @param {string} store @param {IDBValidKey} key */
  get = (store, key) => this.run([store], "readonly", (s) => s[store].get(key));

  /** Keys and rows side by side, in key order. @param {string} store @returns {Promise<[string, any][]>} */
  async entries(store) {
    const found = { keys: /** @type {any} */ (null), rows: /** @type {any} */ (null) };
    await this.run([store], "readonly", (s) => {
      found.keys = s[store].getAllKeys();
      found.rows = s[store].getAll();
    });
    return found.keys.result.map((/** @type {string} */ key, /** @type {number} */ i) => [key, found.rows.result[i]]);
  }

  /** Deletes another database. Who still has it open lets go of it (`onversionchange`). @param {string} name @returns {Promise<void>} */
  erase(name) {
    return new Promise((resolve, reject) => {
      const request = this.factory.deleteDatabase(name);
      request.onsuccess = () => resolve();
      request.onerror = () => reject(storageProblem(request.error));
    });
  }

  async close() {
    const opening = this.#opening;
    this.#opening = null;
    (await opening?.catch(() => null))?.close();
  }

  /** @param {string[]} stores @param {IDBTransactionMode} mode @param {"strict" | "relaxed"} durability */
  async #begin(stores, mode, durability) {
    for (let tries_left = 1; ; tries_left--) {
      const database = await this.#open();
      try {
        return database.transaction(mode === "readwrite" ? [...stores, this.stores[0]] : stores, mode, { durability });
      } catch (error) {
        // InvalidStateError: the connection is closing, or iOS dropped it while the page slept.
        if (tries_left === 0) throw storageProblem(error);
        await this.close();
      }
    }
  }

  #open() {
    this.#opening ??= new Promise((resolve, reject) => {
      const request = this.factory.open(this.name, this.version);
      request.onupgradeneeded = () => {
        // What an older app made stays as it is; only what it did not know yet is added.
        const held = request.result.objectStoreNames;
        for (const store of this.stores) if (!held.contains(store)) request.result.createObjectStore(store);
      };
      request.onerror = () => {
        this.#opening = null;
        reject(storageProblem(request.error, "storage_unavailable"));
      };
      request.onsuccess = () => {
        const database = request.result;
        const drop = () => {
          database.close();
          this.#opening = null;
        };
        database.onversionchange = drop; // another tab has a newer app, or wipes: we must not hold it up
        database.onclose = drop;
        resolve(database);
      };
    });
    return this.#opening;
  }
}

/** @param {unknown} error @param {string} [otherwise] */
function storageProblem(error, otherwise = "storage_lost") {
  if (error instanceof Problem) return error;
  const name = /** @type {any} */ (error)?.name;
  // VersionError: a newer app has been here. Nothing is read and nothing changed by one that does not know that form.
  const known = name === "QuotaExceededError" ? "storage_full" : name === "VersionError" ? "storage_newer" : null;
  return new Problem(known ?? otherwise, undefined, error);
}
