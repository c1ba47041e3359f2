// What the practice leaves in this browser, in two databases of its own with names that no vault has: filled at its beginning, erased at its end.

import { Database } from "../idb.js";

/** Its root beside the real one, and the one vault in it. */
export const ROOT = "training";
export const VAULT = "training-vault";
/** Held by every page in which somebody practises; where nobody does, all of it may go. */
const LOCK = "fieldapp-training";

/** From now on until this page is gone nobody erases it. @param {LockManager} [locks] @returns {Promise<void>} */
export function holdPractice(locks = navigator.locks) {
  return new Promise((held) => {
    const holding = () => {
      held();
      return new Promise(() => {});
    };
    void locks.request(LOCK, { mode: "shared" }, holding);
  });
}

/** Nothing of a practice stays behind that was not left by its own button: the page was closed, or the phone went out. @param {LockManager} [locks] @param {IDBFactory} [factory] */
export async function sweepPractice(locks = navigator.locks, factory = indexedDB) {
  await locks.request(LOCK, { ifAvailable: true }, async (free) => {
    if (free) await erasePractice(factory);
  });
}

/** The vault first: what is left names nobody. @param {IDBFactory} [factory] */
export async function erasePractice(factory = indexedDB) {
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
