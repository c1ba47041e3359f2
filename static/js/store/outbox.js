// What waits for the server, and what the server has said. The package is sealed to the server and may leave while the app is locked;
// what it is about lies beside it under the data key (`sealed`, small), its text in `copies`.

import { b64u, fromJsonBytes, jsonBytes } from "../bytes.js";
import { newRef } from "../ids.js";

/**
 * @typedef {import("../bytes.js").Bytes} Bytes
 * @typedef {import("./idb.js").Database} Database
 * @typedef {import("./db.js").Safe} Safe
 * @typedef {import("../vault-worker.js").Packed} Packed
 * @typedef {{op: string, kind: string, intent: string | null, form: string | null, record_id: string | null, revision_id: string | null,
 *   case_id: string | null, visit_id: string | null, parents?: string[], at: number, result: Result | null, draft: string | null, acted?: boolean}} Info
 *   `acted`: a person has read it, or opened it again; it stands in no list, and its copy stays until the server's is in a backup
 * @typedef {{op: string, status: string, reason: string | null, district: string | null, seq: number | null, record_state: string | null, kept_as: string | null}} Result
 * @typedef {{v: 1, op: string, package: Bytes | null, envelope: string, turn: number, tries: number, last: string | null,
 *   sealed: Bytes | null, posted: Bytes | null, said: Bytes | null}} Row
 *   `op` is plain chance. `posted`: what a locked phone put by for the next unlock; `said`: a result that came while locked.
 * @typedef {{ref: string, row: Row, info: Info | null, was?: boolean, problem?: string}} Entry info is null while locked; `was`: whether
 *   it stood in the list before the lock
 * @typedef {(stores: Record<string, IDBObjectStore>) => void} Write
 */

export class Outbox {
  /** What a transaction over the queue has to name. */
  stores = ["outbox", "copies", "envelopes"];
  /** For writes that are made above the store. */
  ifStill = ifStill;
  /** Opened infos by the salt of their value: a list of 1,000 is opened once. @type {Map<string, Info>} */ #opened =
    new Map();

  /** @param {Database} database @param {Safe} safe */
  constructor(database, safe) {
    this.database = database;
    this.safe = safe;
  }

  /** Oldest first. @param {{open: boolean}} given @returns {Promise<Entry[]>} */
  async entries({ open }) {
    const rows = /** @type {[string, Row][]} */ (await this.database.entries("outbox"));
    rows.sort(([, a], [, b]) => a.turn - b.turn);
    if (!open) return rows.map(([ref, row]) => ({ ref, row, info: null }));
    const unread = rows.filter(([, row]) => row.sealed && !this.#opened.has(saltOf(row.sealed)));
    const read = await this.safe.values("outbox", /** @type {any} */ (unread));
    read.forEach((one, i) => {
      if (!("problem" in one)) this.#opened.set(saltOf(/** @type {Bytes} */ (unread[i][1].sealed)), one.value);
    });
    return rows.map(([ref, row]) => {
      const info = row.sealed ? (this.#opened.get(saltOf(row.sealed)) ?? null) : null;
      return info ? { ref, row, info } : { ref, row, info, problem: "value_damaged" };
    });
  }

  /** What was opened is forgotten with the keys. */
  forget() {
    this.#opened.clear();
  }

  /**
   * The write that queues a package: row, copy and envelope. For a transaction of the caller's over `stores`.
   * @param {Packed} packed @param {{at: number, body: any, ref?: string, draft?: string | null, keep_copy?: boolean, given_up?: any}} given
   *   `given_up`: the draft a `void` took away, `{ref, value}`: it lies with the copy until the server has agreed
   * @returns {Promise<{ref: string, write: Write}>}
   */
  async queued(packed, { at, body, ref = newRef(), draft = null, keep_copy = true, given_up = null }) {
    const { kind, intent, form, record_id, revision_id, case_id, visit_id, parents } = packed.head;
    const info = {
      op: packed.op,
      kind,
      intent,
      form,
      record_id,
      revision_id,
      case_id,
      visit_id,
      parents,
      at,
      result: null,
      draft,
    };
    const row = { ...newRow(packed), sealed: (await this.safe.row("outbox", ref, info)).sealed };
    const kept = { head: packed.head, body, ...(given_up && { given_up }) };
    const copy = keep_copy ? await this.safe.row("copies", ref, kept) : null;
    const write = (/** @type {Record<string, IDBObjectStore>} */ { outbox, copies, envelopes }) => {
      putAtTheEnd(outbox, ref, row);
      if (copy) copies.put(copy, ref);
      envelopes.put(packed.envelope, packed.envelope.id);
    };
    return { ref, write };
  }

  /** The same for a record sealed while locked: its text goes to the vault's mailbox. @param {Packed} packed @param {{at: number, body: any}} given */
  async queuedLocked(packed, { at, body }) {
    const ref = newRef();
    const posted = await this.safe.vault.post({
      store: "outbox",
      key: ref,
      bytes: jsonBytes({ head: packed.head, body, at }),
    });
    const row = { ...newRow(packed), posted };
    const write = (/** @type {Record<string, IDBObjectStore>} */ { outbox, envelopes }) => {
      putAtTheEnd(outbox, ref, row);
      envelopes.put(packed.envelope, packed.envelope.id);
    };
    return { ref, write };
  }

  /**
   * What an entry looks like after the server spoke, sealed for the state the vault is in. The write does nothing where the row has
   * gone, or holds a newer package by now (a draft copy).
   * @param {Entry} entry @param {{result?: Result, packed?: Packed, open: boolean, keep_package: boolean}} given @returns {Promise<Write>}
   */
  async after({ ref, row, info }, { result, packed, open, keep_package }) {
    /** @type {Partial<Row>} what is sealed stays as it is found: it may have been sealed anew since it was read */
    const made = { tries: row.tries + (result ? 1 : 0), last: result?.status ?? row.last };
    if (!keep_package) made.package = null;
    if (packed) Object.assign(made, { package: packed.package, envelope: packed.envelope.id, op: packed.op });
    if (open && info) {
      const known = { ...info, op: packed?.op ?? info.op, result: result ?? info.result };
      made.sealed = (await this.safe.row("outbox", ref, known)).sealed;
    } else if (result) {
      made.said = await this.safe.vault.post({ store: "outbox", key: `${ref}/said`, bytes: jsonBytes(result) });
    }
    return (stores) => {
      ifStill(stores.outbox, ref, row.op, (found) => {
        stores.outbox.put({ ...found, ...made }, ref);
        if (packed) stores.envelopes.put(packed.envelope, packed.envelope.id);
      });
    };
  }

  /** The write that notes that a person has acted on it. @param {Entry} entry @returns {Promise<Write>} */
  async acted({ ref, row, info }) {
    const known = { .../** @type {Info} */ (info), acted: true };
    const { sealed } = await this.safe.row("outbox", ref, known);
    return (stores) =>
      ifStill(stores.outbox, ref, row.op, (found) => void stores.outbox.put({ ...found, sealed }, ref));
  }

  /** The write that takes an entry out, with its copy, if it is still the same package. @param {Entry} entry @returns {Write} */
  removal({ ref, row }) {
    return (stores) => {
      ifStill(stores.outbox, ref, row.op, () => {
        stores.outbox.delete(ref);
        stores.copies.delete(ref);
      });
    };
  }

  /**
   * The write that drops envelopes no package needs. The queue is read in a second step, so that what the other writes of the same
   * transaction put after a look of their own is seen; an envelope that came with them is not among the keys yet. @type {Write}
   */
  dropEnvelopes = ({ outbox, envelopes }) => {
    const keys = envelopes.getAllKeys();
    keys.onsuccess = () => {
      const rows = outbox.getAll();
      rows.onsuccess = () => {
        const needed = new Set(
          rows.result.filter((/** @type {Row} */ row) => row.package).map((/** @type {Row} */ row) => row.envelope),
        );
        for (const key of keys.result) if (!needed.has(String(key))) envelopes.delete(key);
      };
    };
  };

  /** @returns {Promise<Map<string, import("../vault-worker.js").Envelope>>} by id */
  envelopes = async () => new Map(await this.database.entries("envelopes"));

  /** @param {string} ref @returns {Promise<{head: any, body: any, given_up?: {ref: string, value: any}} | null>} throws `value_damaged` */
  copy = async (ref) => this.safe.value("copies", ref, await this.database.get("copies", ref));

  /**
   * What a locked phone put by for this entry. A damaged result is none: `last` says it in clear. @param {Entry} entry
   * @returns {Promise<{posted: any, said: Result | null}>} throws `value_damaged` for a record that cannot be read
   */
  async opened({ ref, row }) {
    const open = async (/** @type {string} */ key, /** @type {Bytes | null} */ sealed) =>
      sealed ? fromJsonBytes(await this.safe.vault.openPost({ store: "outbox", key, sealed })) : null;
    const said = await open(`${ref}/said`, row.said).catch(() => null);
    return { posted: await open(ref, row.posted), said };
  }

  /**
   * Brings an entry made or answered while locked under the data key. @param {Entry} entry @param {{posted: any, said: Result | null}} found
   * @returns {Promise<Write>}
   */
  async settled({ ref, row, info }, { posted, said }) {
    const { head } = posted ?? {};
    const fresh = posted && { ...pickInfo(head), op: row.op, at: posted.at, result: null, draft: null };
    const known = { ...(info ?? fresh), result: said ?? info?.result ?? null };
    const { sealed } = await this.safe.row("outbox", ref, known);
    const copy = posted ? await this.safe.row("copies", ref, { head, body: posted.body }) : null;
    return (stores) => {
      ifStill(stores.outbox, ref, row.op, (found) => {
        // A word that came since it was read waits for the next unlock.
        const kept = `${found.said}` === `${row.said}` ? null : found.said;
        stores.outbox.put({ ...found, posted: null, said: kept, sealed }, ref);
        if (copy) stores.copies.put(copy, ref);
      });
    };
  }
}

/** @param {any} head */
const pickInfo = ({ kind, intent, form, record_id, revision_id, case_id, visit_id }) => ({
  ...{ kind, intent, form, record_id, revision_id, case_id, visit_id },
});

/** @param {Packed} packed @returns {Row} */
function newRow(packed) {
  const nothing = { tries: 0, last: null, sealed: null, posted: null, said: null };
  return { v: 1, op: packed.op, package: packed.package, envelope: packed.envelope.id, turn: 0, ...nothing };
}

/** @param {Bytes} sealed */
const saltOf = (sealed) => b64u(sealed.subarray(1, 17));

/** The next turn is taken inside the transaction, so that two tabs never share one. @param {IDBObjectStore} outbox @param {string} ref @param {Row} row */
function putAtTheEnd(outbox, ref, row) {
  const rows = outbox.getAll();
  rows.onsuccess = () => {
    const last = rows.result.reduce(
      (/** @type {number} */ most, /** @type {Row} */ one) => Math.max(most, one.turn),
      0,
    );
    outbox.put({ ...row, turn: last + 1 }, ref);
  };
}

/** @param {IDBObjectStore} outbox @param {string} ref @param {string} op @param {(found: Row) => void} write */
function ifStill(outbox, ref, op, write) {
  const found = outbox.get(ref);
  found.onsuccess = () => {
    if (found.result?.op === op) write(found.result);
  };
}
