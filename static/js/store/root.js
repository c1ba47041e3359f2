// The small database that lists the vaults of this phone: random refs, wraps, public keys. Nothing in it names a person.

import { Database } from "./idb.js";

/**
 * @typedef {import("../vault-worker.js").Sealed & {ref: string, database: string, suite: number, numbers: any[], policy?: {ways: string[]},
 *   stopped?: "suspended" | "revoked" | null, generation?: number, renew?: boolean, wiping?: Wiping,
 *   sign?: string | null, choices?: {language?: string, size?: string, theme?: string}}} VaultRecord
 *   `numbers`: the local help numbers, public data that the lock screen shows; `policy`: which ways in the office allows; `stopped`: by
 *   the server's last word; `generation`: how often the data key was renewed; `renew`: it is to be, at the next unlock by the secret;
 *   `sign`: how the lock screen shows whose it is; `choices`: how it speaks and shows
 * @typedef {{order: string, drafts: number, since?: number}} Wiping the order that is being carried out, since when by this phone's clock (ms);
 *   drafts of which the server has no copy, as far as it was known
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

  /**
   * Changes these parts, all or none, and the others stay. On disk when it resolves: keys hang on it.
   * @param {string} ref @param {Partial<VaultRecord>} parts @param {VaultRecord | null} [from] the record they were made from:
   *   only while the data key is that one's, and a keyring only in place of that one's; another tab may have changed either
   * @returns {Promise<boolean>} whether it was changed
   */
  async change(ref, parts, from) {
    let changed = false;
    const put = (/** @type {Record<string, IDBObjectStore>} */ { vaults }) => {
      const found = vaults.get(ref);
      found.onsuccess = () => {
        const record = found.result;
        const isOf = (/** @type {VaultRecord} */ { generation = 0, keyring }) =>
          generation === (record.generation ?? 0) && (!parts.keyring || `${keyring}` === `${record.keyring}`);
        changed = !!record && (!from || isOf(from));
        if (changed) vaults.put({ ...record, ...parts }, ref);
      };
    };
    await this.database.run(["vaults"], "readwrite", put, { strict: true });
    return changed;
  }

  /** The vault is nowhere any more: its database first, so that a row that is left still names what is to go. @param {{ref: string, database: string}} record */
  async remove({ ref, database }) {
    await this.database.erase(database);
    await this.database.run(["vaults"], "readwrite", ({ vaults }) => void vaults.delete(ref), { strict: true });
  }

  /** Language, text size, the chosen vault: what may be known before the unlock. @param {string} name */
  setting = (name) => this.database.get("settings", name);

  /** @param {string} name @param {string | number | boolean} value */
  set = (name, value) => this.database.run(["settings"], "readwrite", ({ settings }) => void settings.put(value, name));
}
