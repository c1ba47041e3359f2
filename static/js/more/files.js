// Photos, papers and sounds on this phone: taken, shown, named by answers, sent. docs/protocol.md section 9.
//
// Obligations, easy to break:
// - nothing of a file stands anywhere in clear: no object address, no cache; who shows it gets bytes and draws them;
// - a file leaves this phone only when no answer names it, or when the server holds it in a backup and its record is decided.

import { Problem } from "../errors.js";
import { STORES } from "../store/db.js";
import { Database } from "../store/idb.js";
import { FileStore } from "../store/more/files.js";

/**
 * @typedef {import("../bytes.js").Bytes} Bytes
 * @typedef {import("../vault.js").Vaults} Vaults
 * @typedef {import("../store/more/files.js").Entry} Entry
 * @typedef {"photo" | "paper" | "audio" | "file"} Kind
 * @typedef {{file: string, hash: string, bytes: number}} Named
 * @typedef {Named & {kind: Kind, type: string, taken: number, pages?: Named[], thumb?: Named}} FileValue what an answer holds
 * @typedef {{file: string, record_id: string | null, kind: string, bytes: number, sent: number,
 *   state: "waiting" | "sending" | "received" | "safe" | "attention", reason: string | null}} Standing
 * @typedef {{kind: Kind, type: string, record_id: string, thumb?: Uint8Array | null, taken?: number}} Taken
 * @typedef {{record_id: string, type: string, taken: number, bytes: number, end: () => Promise<FileValue>, drop: () => Promise<void>}} Unfinished
 */

/** @param {{vaults: Vaults, now?: () => number}} given */
export const createFiles = (given) => new Files(given);

/** @type {WeakMap<Vaults, Files>} */
const made = new WeakMap();

/** The one of this page. @param {Parameters<typeof createFiles>[0]} given @returns {Files} */
export function filesOf(given) {
  const files = made.get(given.vaults) ?? createFiles(given);
  made.set(given.vaults, files);
  return files;
}

export class Files extends EventTarget {
  /** @type {FileStore | null} */ #store = null;

  /** @param {Parameters<typeof createFiles>[0]} given */
  constructor({ vaults, now = Date.now }) {
    super();
    this.vaults = vaults;
    this.now = now;
  }

  /**
   * Sealed and on disk when it resolves, with its thumbnail, or nothing of it is there.
   * @param {Uint8Array | Blob} bytes @param {Taken} given `thumb`: a small JPEG, `taken`: ms
   * @returns {Promise<FileValue>} throws `vault_locked`, `file_too_large`, `storage_full`
   */
  async take(bytes, given) {
    return this.#taken(bytes instanceof Blob ? new Uint8Array(await bytes.arrayBuffer()) : bytes, given);
  }

  /**
   * A sound, piece by piece: what was handed to `write` is sealed and on disk when it resolves.
   * @param {{type: string, record_id: string}} given
   * @returns {{write: (bytes: Uint8Array | Blob) => Promise<void>, end: () => Promise<FileValue>, drop: () => Promise<void>}}
   */
  recording({ type, record_id }) {
    const store = this.#open();
    const ref = store.begin({ type, record_id, taken: Math.round(this.now()) });
    ref.catch(() => {}); // told by whoever writes first
    let last = /** @type {Promise<any>} */ (ref);
    return {
      write: (bytes) => {
        // In the order they were said; one that could not be kept does not stop the next.
        last = last
          .catch(() => {})
          .then(async () => {
            const piece = bytes instanceof Blob ? new Uint8Array(await bytes.arrayBuffer()) : bytes;
            await store.append(await ref, /** @type {Bytes} */ (piece));
          });
        return last;
      },
      end: async () => {
        await last.catch(() => {});
        return this.#ended(await ref);
      },
      drop: async () => {
        await last.catch(() => {});
        await store.forget(await ref);
      },
    };
  }

  /** Recordings of a record that were cut off, oldest first. @param {string} record_id @returns {Promise<Unfinished[]>} */
  async unfinished(record_id) {
    const store = this.#open();
    const mine = (await store.recordings()).filter(({ info }) => info.record_id === record_id);
    const found = await Promise.all(mine.map(async ({ ref }) => ({ ref, ...(await store.recorded(ref)) })));
    return found
      .sort((a, b) => a.info.taken - b.info.taken)
      .map(({ ref, info }) => ({ ...info, end: () => this.#ended(ref), drop: () => store.forget(ref) }));
  }

  /** @param {Named} value a file, a page or a thumbnail @returns {Promise<ArrayBuffer | null>} null where this phone no longer has it, or has other bytes under this id; throws `vault_locked`, `value_damaged` */
  async open({ file, hash }) {
    const entry = await this.#open().of(file);
    if (entry?.row.hash !== hash) return null;
    return (await this.#open().open(entry))?.buffer ?? null;
  }

  /** @param {FileValue} value @returns {Promise<ArrayBuffer | null>} null: it has none, or this phone no longer has it */
  thumb = async ({ thumb }) => (thumb ? this.open(thumb) : null);

  /** No answer names it any more. It stays until its record is handed in or given up, so that this can be undone by naming it again. @param {FileValue} value */
  async drop(value) {
    const store = this.#open();
    for (const { file } of namedBy(value)) {
      const entry = await store.of(file);
      if (entry) await store.change(entry.ref, {}, { dropped: true });
    }
    this.#changed();
  }

  /** Where each file of this phone stands, in the order they were taken; without what it is while locked. @returns {Promise<Standing[]>} */
  async standing() {
    const store = this.#stored();
    if (!store) return [];
    const rows = await store.rows();
    const entries = this.#isOpen ? await store.read(rows) : rows.map(([ref, row]) => ({ ref, row, info: null }));
    return entries.map(({ row, info }) => ({
      ...{ file: row.file, record_id: info?.record_id ?? null, kind: info?.kind ?? "file" },
      ...{ bytes: row.bytes, sent: row.sent, state: /** @type {const} */ ("waiting"), reason: null },
    }));
  }

  get #isOpen() {
    return this.vaults.state === "open" || this.vaults.state === "covered";
  }

  /** @returns {FileStore | null} of the chosen vault */
  #stored() {
    const name = this.vaults.current?.database;
    if (name !== this.#store?.database.name) {
      void this.#store?.close();
      this.#store = name ? new FileStore(new Database(name, STORES), this.vaults.vault) : null;
    }
    return this.#store;
  }

  #open() {
    const store = this.#isOpen ? this.#stored() : null;
    if (!store) throw new Problem("vault_locked");
    return store;
  }

  /** @param {string} ref */
  async #ended(ref) {
    const { info, bytes } = await this.#open().recorded(ref);
    return this.#taken(bytes, { ...info, kind: "audio" }, ref);
  }

  /** @param {Uint8Array} bytes @param {Taken} given @param {string} [recording] @returns {Promise<FileValue>} */
  async #taken(bytes, { kind, type, record_id, thumb = null, taken = this.now() }, recording) {
    const about = { type, record_id, taken: Math.round(taken) };
    /** @type {{info: any, bytes: Bytes}[]} */
    const files = [{ info: { kind, ...about }, bytes: /** @type {Bytes} */ (bytes) }];
    if (thumb)
      files.push({ info: { kind: "thumb", ...about, type: "image/jpeg" }, bytes: /** @type {Bytes} */ (thumb) });
    const [main, small] = (await this.#open().add(files, recording)).map(({ file, hash, bytes }) => ({
      ...{ file, hash, bytes },
    }));
    this.#changed();
    return { ...main, kind, type, taken: about.taken, ...(small && { thumb: small }) };
  }

  #changed() {
    this.dispatchEvent(new CustomEvent("change"));
  }
}

/** @param {FileValue} value @returns {Named[]} */
const namedBy = (value) => [value, ...(value.pages ?? []), ...(value.thumb ? [value.thumb] : [])];
