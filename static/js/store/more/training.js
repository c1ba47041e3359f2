// What the practice leaves in this browser, in two databases of its own with names that no vault has: filled at its beginning, erased at its end.

import { Database } from "../idb.js";

/** Its root beside the real one, and the one vault in it. */
export const ROOT = "training";
export const VAULT = "training-vault";
/** Held by every page in which somebody practises; where nobody does, all of it may go. */
const LOCK = "fieldapp-training";
/** An erasure that goes on elsewhere takes less; longer nobody waits before a blank page. */
const HELD_WITHIN_MS = 5_000;

/**
 * From now on until this page lets go, or is gone, nobody erases it. Throws where the lock does not come.
 * @param {LockManager} [locks] @returns {Promise<() => Promise<unknown>>} lets go
 */
export async function holdPractice(locks = navigator.locks) {
  const given_up = new AbortController();
  const timer = setTimeout(() => given_up.abort(), HELD_WITHIN_MS);
  let letGo = (/** @type {unknown} */ _) => {};
  /** @type {Promise<unknown>} */
  let ended = Promise.resolve();
  await new Promise((held, refused) => {
    const holding = () => {
      held(null);
      return new Promise((end) => (letGo = end));
    };
    ended = locks.request(LOCK, { mode: "shared", signal: given_up.signal }, holding);
    ended.catch(refused);
  }).finally(() => clearTimeout(timer));
  return () => {
    letGo(null);
    return ended;
  };
}

/** Nothing of a practice stays behind that was not left by its own button: the page was closed, or the phone went out. @param {LockManager} [locks] @param {IDBFactory} [factory] */
export async function sweepPractice(locks = navigator.locks, factory = indexedDB) {
  await locks.request(LOCK, { ifAvailable: true }, async (free) => {
    if (free) await erasePractice(factory);
  });
}

/** The vault first: what is left names nobody. @param {IDBFactory} [factory] */
async function erasePractice(factory) {
  const database = new Database(ROOT, [], factory);
  await database.erase(VAULT);
  await database.erase(ROOT);
}

/** What a server would tell, told by nobody. @param {import("../db.js").Store} store @param {import("../inbox.js").Change[]} changes */
export async function fillInbox(store, changes) {
  const page = await store.inbox.changed(changes, { resync: null, more: false });
  await store.database.run(["inbox", "packs"], "readwrite", ({ inbox, packs }) => {
    for (const [key, row] of page.put) inbox.put(row, key);
    for (const [key, row] of page.packs.put) packs.put(row, key);
  });
}
