// Photos, papers and sounds on the flash: the sealed bytes as they go to the server, and a row for each file. In clear stand what sending
// needs while locked: id, hash, length, envelope, turn, how far it is. What it is, of which record, and its key lie sealed in the row.
//
// Rows and their parts lie in one store. Keys of parts begin with `~`, which is behind every other key: a list of rows reads no photo.

import { concat, fromJsonBytes, jsonBytes } from "../../bytes.js";
import { Problem } from "../../errors.js";
import { newRef } from "../../ids.js";
import { PART_BYTES } from "../../more/file-limits.js";

/**
 * @typedef {import("../../bytes.js").Bytes} Bytes
 * @typedef {import("../idb.js").Database} Database
 * @typedef {import("../../vault.js").Vault} Vault
 * @typedef {import("../../vault-worker.js").Envelope} Envelope
 * @typedef {{kind: "photo" | "paper" | "audio" | "file" | "thumb", type: string, record_id: string | null, taken: number, file: string, hash: string,
 *   bytes: number, after?: number, seen?: boolean, reported?: boolean, dropped?: boolean, seq?: number | null, epoch?: string | null, district?: string | null}} Info
 *   sealed: `after`: the newest turn in the queue when it was taken; `seen`: something about its record was here;
 *   `reported`: a report that was handed in named it; `dropped`: no answer names it any more; `seq`, `epoch`, `district`: what the server said when it was whole there
 * @typedef {{v: 1, file: string, hash: string, bytes: number, envelope: Envelope, parts: string[], turn: number, sent: number, last: string | null,
 *   sealed: Bytes}} Row `last`: null while it waits, `complete`, or why it stays
 * @typedef {{ref: string, row: Row, info: Info | null, problem?: string}} Entry info is null while locked
 * @typedef {{record_id: string, type: string, taken: number, bytes: number}} Take what is known of a recording
 * @typedef {{v: 1, pieces: string[], sealed: Bytes}} TakeRow
 * @typedef {{ref: string, info: any}} Given
 */

const PART = "~";

export class FileStore {
  /** @param {Database} database @param {Vault} vault */
  constructor(database, vault) {
    this.database = database;
    this.vault = vault;
  }

  /** All rows, without their bytes, in the order they were taken. @returns {Promise<[string, Row][]>} */
  async rows() {
    return (await this.#all()).filter(([, row]) => row.parts).sort(([, a], [, b]) => a.turn - b.turn);
  }

  /** @param {[string, Row][]} rows @returns {Promise<Entry[]>} a damaged one is told by itself; throws `vault_locked` */
  async read(rows) {
    const asked = rows.map(([ref, { sealed }]) => ({ ref, sealed }));
    /** @type {any[]} */
    const read = rows.length ? await this.vault.call("files.read", asked) : [];
    return rows.map(([ref, row], i) =>
      read[i].code ? { ref, row, info: null, problem: read[i].code } : { ref, row, info: read[i] },
    );
  }

  /** @param {string} file @returns {Promise<Entry | null>} */
  async of(file) {
    const found = (await this.rows()).filter(([, row]) => row.file === file);
    return (await this.read(found))[0] ?? null;
  }

  /**
   * Seals first, then all of them with all their bytes in one transaction, or none.
   * @param {{info: any, bytes: Bytes}[]} files @param {string} [recording] whose pieces they take the place of
   * @returns {Promise<import("../../vault-worker/more/files.js").SealedFile[]>} throws `vault_locked`, `file_too_large`, `storage_full`
   */
  async add(files, recording) {
    /** @type {any[]} */
    const made = [];
    for (const { info, bytes } of files) {
      const ref = newRef();
      made.push({ ref, ...(await this.vault.call("files.seal", { ref, info, bytes })) });
    }
    const old = recording === undefined ? [] : [recording, ...(await this.#takeRow(recording)).pieces];
    await this.#write((blobs) => {
      for (const key of old) blobs.delete(key);
      putRows(blobs, made);
    });
    return made;
  }

  /** A run of its sealed bytes. @param {Row} row @param {number} offset @param {number} length @returns {Promise<Bytes | null>} null: it is not here any more */
  async bytes(row, offset, length) {
    const first = Math.floor(offset / PART_BYTES);
    const wanted = row.parts.slice(first, Math.ceil((offset + length) / PART_BYTES));
    /** @type {IDBRequest[]} */
    let found = [];
    await this.database.run(["blobs"], "readonly", ({ blobs }) => {
      found = wanted.map((key) => blobs.get(key));
    });
    if (found.some(({ result }) => !result)) return null;
    const at = offset - first * PART_BYTES;
    return concat(...found.map(({ result }) => result.part)).slice(at, at + length);
  }

  /** As it was taken. @param {Entry} entry @returns {Promise<Bytes | null>} null: it is not here any more; throws `value_damaged` */
  async open({ ref, row }) {
    const whole = await this.bytes(row, 0, row.bytes);
    return whole && this.vault.call("files.open", { ref, sealed: row.sealed, parts: [whole] });
  }

  /** Changes what stands in clear, and under the keys what is known of it; nothing where it has gone meanwhile. @param {string} ref @param {Partial<Row>} parts @param {Partial<Info>} [info] */
  async change(ref, parts, info) {
    for (;;) {
      /** @type {Row | undefined} */
      const row = await this.database.get("blobs", ref);
      if (!row) return;
      const sealed = info && (await this.vault.call("files.remark", { ref, sealed: row.sealed, info }));
      let is_done = false;
      await this.#write((blobs) => {
        const found = blobs.get(ref);
        found.onsuccess = () => {
          // Sealed anew by another tab since it was read: what is known of it is added to that.
          if (sealed && found.result && `${found.result.sealed}` !== `${row.sealed}`) return;
          is_done = true;
          if (found.result) blobs.put({ ...found.result, ...parts, ...(sealed && { sealed }) }, ref);
        };
      });
      if (is_done) return;
    }
  }

  /** @param {{ref: string, row: Row}[]} entries */
  async remove(entries) {
    if (entries.length === 0) return;
    await this.#write((blobs) => {
      for (const { ref, row } of entries) for (const key of [ref, ...row.parts]) blobs.delete(key);
    });
  }

  /* ---- what is being recorded ---- */

  /** @param {{type: string, record_id: string, taken: number}} info @returns {Promise<string>} its ref */
  async begin(info) {
    const ref = newRef();
    const row = { v: 1, pieces: [], sealed: await this.#sealed(ref, jsonBytes(info)) };
    await this.#write((blobs) => void blobs.put(row, ref));
    return ref;
  }

  /** The next piece of a recording, on disk when it resolves. @param {string} ref @param {Bytes} bytes */
  async append(ref, bytes) {
    const key = PART + newRef();
    const sealed = await this.#sealed(key, bytes);
    await this.#write((blobs) => {
      const found = blobs.get(ref);
      found.onsuccess = () => {
        if (!found.result) return; // dropped meanwhile
        blobs.put({ v: 1, sealed }, key);
        blobs.put({ ...found.result, pieces: [...found.result.pieces, key] }, ref);
      };
    });
  }

  /** All of it so far. @param {string} ref @returns {Promise<{info: Take, bytes: Bytes}>} throws `value_damaged`, `not_found` */
  async recorded(ref) {
    const row = await this.#takeRow(ref);
    /** @type {IDBRequest[]} */
    let found = [];
    await this.database.run(["blobs"], "readonly", ({ blobs }) => {
      found = row.pieces.map((key) => blobs.get(key));
    });
    const asked = [{ key: ref, sealed: row.sealed }, ...row.pieces.map((key, i) => ({ key, ...found[i].result }))];
    const opened = await this.vault.open(asked.map(({ key, sealed }) => ({ store: "blobs", key, sealed })));
    const [first, ...pieces] = opened.map((one) => {
      if (one instanceof Uint8Array) return one;
      throw new Problem(one.code);
    });
    const bytes = concat(...pieces);
    return { info: { ...fromJsonBytes(first), bytes: bytes.length }, bytes };
  }

  /** Recordings that nobody ended. @returns {Promise<{ref: string, info: any}[]>} */
  async recordings() {
    const rows = (await this.#all()).filter(([, row]) => row.pieces);
    const asked = rows.map(([ref, { sealed }]) => ({ store: "blobs", key: ref, sealed }));
    const opened = await this.vault.open(asked);
    return opened.flatMap((one, i) =>
      one instanceof Uint8Array ? [{ ref: rows[i][0], info: fromJsonBytes(one) }] : [],
    );
  }

  /** @param {string} ref */
  async forget(ref) {
    const { pieces } = await this.#takeRow(ref).catch(() => ({ pieces: [] }));
    await this.#write((blobs) => {
      for (const key of [ref, ...pieces]) blobs.delete(key);
    });
  }

  close = () => this.database.close();

  /** @param {string} key @param {Bytes} bytes */
  #sealed = async (key, bytes) => (await this.vault.seal([{ store: "blobs", key, bytes }]))[0];

  /** @param {string} ref @returns {Promise<TakeRow>} */
  async #takeRow(ref) {
    const row = await this.database.get("blobs", ref);
    if (!row?.pieces) throw new Problem("not_found");
    return row;
  }

  /** Rows of files and of recordings. @returns {Promise<[string, any][]>} */
  async #all() {
    const found = { keys: /** @type {any} */ (null), rows: /** @type {any} */ (null) };
    await this.database.run(["blobs"], "readonly", ({ blobs }) => {
      found.keys = blobs.getAllKeys(rowKeys());
      found.rows = blobs.getAll(rowKeys());
    });
    return found.keys.result.map((/** @type {string} */ key, /** @type {number} */ i) => [key, found.rows.result[i]]);
  }

  /** @param {(blobs: IDBObjectStore) => void} write */
  #write = (write) => this.database.run(["blobs"], "readwrite", ({ blobs }) => void write(blobs), { strict: true });
}

const rowKeys = () => IDBKeyRange.upperBound(PART, true);

/** The next turn is taken inside the transaction, so that two tabs never share one. @param {IDBObjectStore} blobs @param {any[]} made */
function putRows(blobs, made) {
  const rows = blobs.getAll(rowKeys());
  rows.onsuccess = () => {
    let turn = Math.max(0, ...rows.result.map((/** @type {Row} */ row) => row.turn ?? 0));
    for (const { ref, parts, file, hash, bytes, envelope, sealed } of made) {
      const keys = parts.map(() => PART + newRef());
      parts.forEach((/** @type {Bytes} */ part, /** @type {number} */ i) => void blobs.put({ v: 1, part }, keys[i]));
      turn += 1;
      blobs.put({ v: 1, file, hash, bytes, envelope, parts: keys, turn, sent: 0, last: null, sealed }, ref);
    }
  };
}
