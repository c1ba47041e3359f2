// The small database that lists the vaults of this phone: random refs, wraps, public keys. Nothing in it names a person.

import { Database } from "./idb.js";

/**
 * @typedef {import("../vault-worker.js").Sealed & {ref: string, database: string, suite: number, identity_key: string,
 *   keys_version: number, numbers: any[]}} VaultRecord
 *   `numbers`: the local help numbers, public data that the lock screen shows
 */

/** @param {string} [name] @param {IDBFactory} [factory] */
export function openRoot(name = "fieldapp", factory = indexedDB) {
  return new Root(new Database(name, ["vaults", "settings"], factory));
}

export class Root {
  /** @param {Database} database */
  constructor(database) {
    this.database = database;
  }

  /** @returns {Promise<VaultRecord[]>} */
  list = async () => (await this.database.entries("vaults")).map(([, record]) => record);

  /** @param {string} ref @returns {Promise<VaultRecord | undefined>} */
  get = (ref) => this.database.get("vaults", ref);

  /** A vault is there whole or not at all, and is the chosen one. @param {VaultRecord} record */
  add(record) {
    return this.database.run(
      ["vaults", "settings"],
      "readwrite",
      ({ vaults, settings }) => {
        vaults.put(record, record.ref);
        settings.put(record.ref, "chosen");
      },
      { strict: true },
    );
  }

  /** Changes public parts, e.g. the help numbers. @param {string} ref @param {Partial<VaultRecord>} parts */
  change(ref, parts) {
    return this.database.run(["vaults"], "readwrite", ({ vaults }) => {
      const found = vaults.get(ref);
      found.onsuccess = () => {
        if (found.result) vaults.put({ ...found.result, ...parts }, ref);
      };
    });
  }

  /** Language, text size, the chosen vault: what may be known before the unlock. @param {string} name */
  setting = (name) => this.database.get("settings", name);

  /** @param {string} name @param {string | number | boolean} value */
  set = (name, value) => this.database.run(["settings"], "readwrite", ({ settings }) => void settings.put(value, name));
}
