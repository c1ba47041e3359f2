// After a change of the ways in: each value that lies under a key of before is sealed under the one of now, a few in one transaction, while
// the person works. Cut off anywhere, it is begun again at the next unlock; a value is under one key or the other, never under none.

import { sameBytes } from "../../bytes.js";

/**
 * @typedef {import("../../bytes.js").Bytes} Bytes
 * @typedef {import("../idb.js").Database} Database
 * @typedef {import("../../vault.js").Vault} Vault
 */

const AT_ONCE = 20;

/**
 * @param {Database} database @param {Vault} vault
 * @param {{others: () => Promise<boolean | undefined>, keep: (keyring: Bytes) => Promise<void>}} given `others`: does another tab still seal
 *   under keys of before; `keep` puts the keyring without them on disk
 */
export async function sealAnew(database, vault, { others, keep }) {
  await allStores(database, vault);
  // A tab that was locked a moment ago may have had a write on its way: nothing is dropped before one whole round found nothing.
  if (await others()) return;
  while ((await allStores(database, vault)) > 0);
  const keyring = await vault.call("renewal.done", { posted: await postedOf(database) });
  if (keyring) await keep(keyring);
}

/** @param {Database} database @param {Vault} vault @returns {Promise<number>} how many values were sealed anew */
async function allStores(database, vault) {
  let changed = 0;
  for (const store of database.stores) {
    const keys = await database.run([store], "readonly", (stores) => stores[store].getAllKeys());
    for (let at = 0; at < keys.length; at += AT_ONCE)
      changed += await some(database, vault, store, keys.slice(at, at + AT_ONCE).map(String));
  }
  return changed;
}

/** @param {Database} database @param {Vault} vault @param {string} store @param {string[]} keys */
async function some(database, vault, store, keys) {
  /** @type {[string, any][]} */
  const rows = [];
  await database.run([store], "readonly", (stores) => {
    for (const key of keys) {
      const found = stores[store].get(key);
      found.onsuccess = () => found.result?.sealed && rows.push([key, found.result]);
    }
  });
  const sealed = await vault.call(
    "renewal.again",
    rows.map(([key, row]) => ({ store, key, sealed: row.sealed })),
  );
  const anew = rows.flatMap(([key, row], i) => (sealed[i] ? [{ key, before: row.sealed, sealed: sealed[i] }] : []));
  if (anew.length === 0) return 0;
  await database.run([store], "readwrite", (stores) => {
    for (const { key, before, sealed: now } of anew) {
      const found = stores[store].get(key);
      found.onsuccess = () => {
        // What was written meanwhile is newer than what was read.
        const row = found.result;
        if (row?.sealed && sameBytes(row.sealed, before)) stores[store].put({ ...row, sealed: now }, key);
      };
    }
  });
  return anew.length;
}

/** What locked tabs put by and nobody has opened yet. @param {Database} database */
async function postedOf(database) {
  /** @type {[string, any][]} */
  const rows = await database.entries("outbox");
  return rows.flatMap(([key, { posted, said }]) => [
    ...(posted ? [{ store: "outbox", key, sealed: posted }] : []),
    ...(said ? [{ store: "outbox", key: `${key}/said`, sealed: said }] : []),
  ]);
}
