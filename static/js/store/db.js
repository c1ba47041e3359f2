// One IndexedDB database per vault, and the stores in it. The vault seals and opens; nothing readable passes into a transaction.

import { fromJsonBytes, jsonBytes } from "../bytes.js";
import { Problem } from "../errors.js";
import { Drafts } from "./drafts.js";
import { Database } from "./idb.js";
import { Inbox } from "./inbox.js";
import { Outbox } from "./outbox.js";
import { Packs } from "./packs.js";

/** `blobs`: photos, papers and sounds; store/more/files.js keeps them. */
export const STORES = ["drafts", "outbox", "copies", "envelopes", "inbox", "packs", "blobs", "state"];

/**
 * @typedef {import("../vault.js").Vault} Vault
 * @typedef {{v: 1, sealed: Uint8Array<ArrayBuffer>}} Row
 * @typedef {{ref: string, value: any} | {ref: string, problem: string}} Opened
 */

/** @param {{database: string, vault: Vault, factory?: IDBFactory}} given */
export function openStore({ database, vault, factory }) {
  return new Store(new Database(database, STORES, factory), vault);
}

export class Store {
  /** @param {Database} database @param {Vault} vault */
  constructor(database, vault) {
    this.database = database;
    this.safe = new Safe(vault);
    this.state = new State(database, this.safe);
    this.outbox = new Outbox(database, this.safe);
    this.drafts = new Drafts(database, this.safe);
    this.packs = new Packs(database, this.safe);
    this.inbox = new Inbox(database, this.safe, this.packs);
  }

  /** After a change of the ways in; see the file. @param {any} given */
  sealAnew = async (given) => (await import("./more/renewal.js")).sealAnew(this.database, this.safe.vault, given);

  close = () => this.database.close();
}

/** JSON values to rows and back, through the vault's worker. */
export class Safe {
  /** @param {Vault} vault */
  constructor(vault) {
    this.vault = vault;
  }

  /** @param {string} store @param {[string, any][]} values key and value @returns {Promise<[string, Row][]>} */
  async rows(store, values) {
    const sealed = await this.vault.seal(values.map(([key, value]) => ({ store, key, bytes: jsonBytes(value) })));
    return values.map(([key], i) => [key, { v: 1, sealed: sealed[i] }]);
  }

  /** @param {string} store @param {string} key @param {any} value @returns {Promise<Row>} */
  row = async (store, key, value) => (await this.rows(store, [[key, value]]))[0][1];

  /** @param {string} store @param {[string, Row][]} rows @returns {Promise<Opened[]>} one damaged value is reported by itself */
  async values(store, rows) {
    const opened = await this.vault.open(rows.map(([key, row]) => ({ store, key, sealed: row.sealed })));
    return opened.map((bytes, i) =>
      bytes instanceof Uint8Array
        ? { ref: rows[i][0], value: fromJsonBytes(bytes) }
        : { ref: rows[i][0], problem: bytes.code },
    );
  }

  /** @param {string} store @param {string} key @param {Row | undefined} row @returns {Promise<any>} null when there is none */
  async value(store, key, row) {
    if (!row) return null;
    const [opened] = await this.values(store, [[key, row]]);
    if ("problem" in opened) throw new Problem(opened.problem);
    return opened.value;
  }

  /** The local key of a thing that has a name. @param {string} store @param {string} name */
  name = async (store, name) => (await this.vault.names([{ store, name }]))[0];
}

/** Small sealed values under fixed names: where sync stands, which drafts were copied. */
class State {
  /** @param {Database} database @param {Safe} safe */
  constructor(database, safe) {
    this.database = database;
    this.safe = safe;
  }

  /** @param {string} name @returns {Promise<any>} null when never written */
  async get(name) {
    const key = await this.safe.name("state", name);
    return this.safe.value("state", key, await this.database.get("state", key));
  }

  /** For a transaction of the caller's. @param {string} name @param {any} value @returns {Promise<[string, Row]>} */
  async row(name, value) {
    const key = await this.safe.name("state", name);
    return [key, await this.safe.row("state", key, value)];
  }

  /** @param {string} name @param {any} value */
  async put(name, value) {
    const [key, row] = await this.row(name, value);
    await this.database.run(["state"], "readwrite", ({ state }) => void state.put(row, key));
  }
}
