// Photos, papers and sounds on this phone: taken, shown, named by answers, sent. docs/protocol.md section 9.
//
// Obligations, easy to break:
// - nothing of a file stands anywhere in clear: no object address, no cache; who shows it gets bytes and draws them;
// - a file leaves this phone only when no answer names it, or when the server holds it in a backup and its record is decided.

import { Problem } from "../errors.js";
import { STORES } from "../store/db.js";
import { Database } from "../store/idb.js";
import { FileStore } from "../store/more/files.js";
import "./errors-files.js";
import { isSafe, Keeping, turnOf } from "./file-keeping.js";
import { FILE_BYTES_MAX } from "./file-limits.js";
import { meaningOf, reasonOf } from "./sync-files.js";
import { Uploads } from "./upload.js";

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

/**
 * @typedef {object} Link what sends them; without `api` nothing leaves this phone: a practice
 * @property {import("../outbox.js").OutboxOwner} outbox
 * @property {import("./api-files.js").FilesApi | null} api
 * @property {() => number} [random]
 * @property {import("./upload.js").At["timer"]} [timer]
 */

/** @param {{vaults: Vaults, now?: () => number} & Partial<Link>} given */
export function createFiles({ vaults, now, outbox, api = null, ...rest }) {
  const files = new Files({ vaults, now });
  if (outbox) files.connect({ outbox, api, ...rest });
  return files;
}

/** @type {WeakMap<Vaults, Files>} */
const made = new WeakMap();

/** The one of this page, whoever asks first. @param {{vaults: Vaults, now?: () => number}} given @returns {Files} */
export function filesOf(given) {
  const files = made.get(given.vaults) ?? createFiles(given);
  made.set(given.vaults, files);
  return files;
}

export class Files extends EventTarget {
  /** @type {FileStore | null} */ #store = null;
  /** @type {Uploads | null} */ #uploads = null;
  #keeping = new Keeping();
  /** Of the newest contact that was followed. @type {number | null} */ #contact = null;

  /** @type {Link | null} */ #link = null;

  /** @param {{vaults: Vaults, now?: () => number}} given */
  constructor({ vaults, now = Date.now }) {
    super();
    this.vaults = vaults;
    this.now = now;
    vaults.addEventListener("state", (event) => {
      this.#keeping.forget();
      this.#uploads?.forgive();
      if (/** @type {CustomEvent} */ (event).detail.reason === "unlocked") this.#unlocked();
    });
  }

  /** From now on they follow the reports. Once. @param {Link} link */
  connect(link) {
    if (this.#link) return;
    this.#link = link;
    link.outbox.addEventListener("status", () => this.#heard());
    this.#unlocked();
    this.#heard();
  }

  /** Before a person puts anything away, and before a report can leave the queue: what reports name is noted at the files. */
  #unlocked() {
    const settled = this.#queue?.ready().then(() => this.settle());
    settled?.catch(() => {}); // locked in the middle
  }

  get #queue() {
    return this.#link?.outbox ?? null;
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

  /**
   * What was taken for a record and taken away by nobody, oldest first; without what a report that was handed in names. Where no answer of
   * hers names one, the phone stopped before that was saved. @param {string} record_id @returns {Promise<FileValue[]>} each page of a paper by itself
   */
  async held(record_id) {
    const store = this.#open();
    const entries = (await this.#entries(store)).filter(({ info }) => info?.record_id === record_id);
    const small = new Map(entries.filter(({ info }) => info?.kind === "thumb").map((one) => [one.row.turn, one]));
    return entries.flatMap(({ row, info }) => {
      if (!info || info.kind === "thumb" || info.dropped || info.reported) return [];
      const { kind, type, taken } = info;
      const thumb = small.get(row.turn + 1); // sealed with it, in one transaction
      return [{ ...namedAs(row), kind, type, taken, ...(thumb && { thumb: namedAs(thumb.row) }) }];
    });
  }

  /** @param {Named} value a file, a page or a thumbnail @returns {Promise<ArrayBuffer | null>} null where this phone no longer has it, or has other bytes under this id; throws `vault_locked`, `value_damaged` */
  async open({ file, hash }) {
    const entry = await this.#open().of(file);
    if (entry?.row.hash !== hash) return null;
    return (await this.#open().open(entry))?.buffer ?? null;
  }

  /** @param {FileValue} value @returns {Promise<ArrayBuffer | null>} null: it has none, or this phone no longer has it */
  thumb = async ({ thumb }) => (thumb ? this.open(thumb) : null);

  /** No answer names it any more. It stays until its record is handed in or given up, so that this can be undone (`keep`). @param {FileValue} value */
  async drop(value) {
    const store = this.#open();
    for (const { file } of namedBy(value)) {
      const entry = await store.of(file);
      if (entry) await store.change(entry.ref, {}, { dropped: true });
    }
    this.#changed();
  }

  /** It was dropped, and an answer names it again. @param {FileValue} value */
  async keep(value) {
    const store = this.#open();
    for (const { file } of namedBy(value)) {
      const entry = await store.of(file);
      if (entry?.info?.dropped) await store.change(entry.ref, {}, { dropped: false });
    }
    this.#changed();
  }

  /** Where each file of this phone stands, in the order they were taken; without what it is while locked. @returns {Promise<Standing[]>} */
  async standing() {
    const store = this.#stored();
    if (!store) return [];
    const entries = await this.#entries(store);
    const mark = this.#isOpen ? await this.#keeping.mark(this.#queue?.store ?? null) : null;
    return entries.map((entry) => {
      const { ref, row, info } = entry;
      const meaning = entry.problem ? "attention" : meaningOf(row.last);
      const state = meaning === "received" && isSafe(info, mark) ? "safe" : meaning;
      return {
        ...{ file: row.file, record_id: info?.record_id ?? null, kind: info?.kind ?? "file" },
        ...{ bytes: row.bytes, sent: row.sent, state: ref === this.#uploads?.ref ? "sending" : state },
        reason: reasonOf(entry.problem ?? (meaning === "received" ? null : row.last)),
      };
    });
  }

  /** How many the server does not have, small pictures of others not counted: while locked those are known by their size. @returns {Promise<number>} */
  async unsent() {
    const isSmall = (/** @type {Standing} */ { kind, bytes }) =>
      kind === "thumb" || (kind === "file" && bytes <= FILE_BYTES_MAX.thumb);
    const isHere = (/** @type {Standing} */ { state }) => state !== "received" && state !== "safe";
    return (await this.standing()).filter((one) => isHere(one) && !isSmall(one)).length;
  }

  /** What is in the way of sending at this moment; null when nothing is. @returns {string | null} */
  get last_error() {
    return this.#uploads?.last_error ?? null;
  }

  /** Once more, whatever was said of it: in another envelope, for it may be that which was damaged. @param {string} file */
  async retry(file) {
    const store = this.#open();
    const entry = await store.of(file);
    if (entry?.info && meaningOf(entry.row.last) === "attention") {
      const { ref, row } = entry;
      const envelope = await this.vaults.vault.call("files.envelope", { ref, sealed: row.sealed, id: row.envelope.id });
      await store.change(ref, { last: null, envelope });
    }
    await this.sendNow();
  }

  /** What may go now goes, and what was passed over, after the reports. @returns {Promise<string | null>} what is in the way, when nothing more can go */
  async sendNow() {
    const { code } = (await this.#queue?.sendNow()) ?? { code: "no_network" };
    return code ?? (await this.#sender()?.wake("user")) ?? null;
  }

  /** What no answer names goes; what the server holds for good may go too, once it said so again. Every contact of the outbox does this. */
  async settle() {
    const store = this.#isOpen ? this.#stored() : null;
    const queue = this.#queue?.store;
    if (!store || !queue) return;
    const held = { entries: await this.#entries(store), recordings: await store.recordings() };
    if (held.entries.length + held.recordings.length === 0) return;
    const keeping = this.#keeping;
    await keeping.look(queue, held, this.now());
    const gone = [...keeping.none.values()];
    await store.remove(gone);
    for (const ref of keeping.cut) await store.forget(ref);
    if (gone.length) this.#changed();
    for (const ref of keeping.seen) await store.change(ref, {}, { seen: true });
    for (const ref of keeping.reported) await store.change(ref, {}, { reported: true });
  }

  /** The page goes away, or this vault is another's now. */
  stop() {
    this.#uploads?.end();
    this.#uploads = null;
    void this.#store?.close();
    this.#store = null;
  }

  /** @param {FileStore} store @returns {Promise<Entry[]>} */
  async #entries(store) {
    const rows = await store.rows();
    return this.#isOpen ? store.read(rows) : rows.map(([ref, row]) => ({ ref, row, info: null }));
  }

  /** A contact proves the link: reports were answered, files follow. */
  #heard() {
    const { owner, sending, last_contact, last_error } = this.#queue?.status ?? {};
    if (!owner || sending || last_error || !last_contact || last_contact === this.#contact) return;
    this.#contact = last_contact;
    void this.#follow().catch(() => {}); // locked in the middle: the next contact comes
  }

  async #follow() {
    await this.settle().catch(() => {}); // a full flash, or locked in the middle: what waits goes all the same
    const store = this.#stored();
    if (store && (await store.rows()).length > 0) await this.#sender()?.wake("online");
  }

  /** @returns {Uploads | null} null where nothing may leave this phone */
  #sender() {
    const store = this.#stored();
    const { api = null, random = Math.random, timer = clock } = this.#link ?? {};
    if (!store || !api) return null;
    this.#uploads ??= new Uploads({
      ...{ vaults: this.vaults, store, api, now: this.now, random, timer },
      open: () => this.#isOpen,
      yields: () => {
        const { owner, sending } = this.#queue?.status ?? {};
        if (sending) this.#contact = null; // its end wakes us again
        return !owner || Boolean(sending);
      },
      ranks: async (entries) => this.#keeping.ranks(this.#isOpen ? (this.#queue?.store ?? null) : null, entries),
      checks: () => this.#keeping.checks,
      whole: (entry, seq) => this.#whole(store, entry, seq),
      changed: () => this.#changed(),
    });
    return this.#uploads;
  }

  /** The server has all of it: noted, or, where it was asked because it may go, gone. @param {FileStore} store @param {Entry} entry @param {number | null} seq */
  async #whole(store, entry, seq) {
    const { ref, row } = entry;
    this.#keeping.answered(ref);
    const mark = this.#isOpen ? await this.#keeping.mark(this.#queue?.store ?? null) : null;
    const known = mark && { seq, epoch: mark.epoch, district: this.vaults.current?.district };
    if (this.#keeping.done.has(ref) && known && isSafe({ .../** @type {any} */ (entry.info), ...known }, mark))
      return store.remove([entry]);
    await store.change(ref, { last: "complete", sent: row.bytes }, known ?? undefined);
  }

  get #isOpen() {
    return this.vaults.state === "open" || this.vaults.state === "covered";
  }

  /** @returns {FileStore | null} of the chosen vault */
  #stored() {
    const name = this.vaults.current?.database;
    if (name !== this.#store?.database.name) {
      this.stop();
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
    const after = await turnOf(this.#queue?.store ?? null);
    const about = { type, record_id, taken: Math.round(taken), after };
    /** @type {{info: any, bytes: Bytes}[]} */
    const files = [{ info: { kind, ...about }, bytes: /** @type {Bytes} */ (bytes) }];
    if (thumb)
      files.push({ info: { kind: "thumb", ...about, type: "image/jpeg" }, bytes: /** @type {Bytes} */ (thumb) });
    const [main, small] = (await this.#open().add(files, recording)).map(namedAs);
    this.#changed();
    return { ...main, kind, type, taken: about.taken, ...(small && { thumb: small }) };
  }

  #changed() {
    this.dispatchEvent(new CustomEvent("change"));
  }
}

/** @param {FileValue} value @returns {Named[]} */
const namedBy = (value) => [value, ...(value.pages ?? []), ...(value.thumb ? [value.thumb] : [])];

/** @param {Named} row @returns {Named} */
const namedAs = ({ file, hash, bytes }) => ({ file, hash, bytes });

/**
 * What waits in a vault that is being wiped, by its transport key alone. @param {{vaults: import("./upload.js").At["vaults"], api: import("./api-files.js").FilesApi,
 *   now?: () => number, random?: () => number, timer?: import("./upload.js").At["timer"]}} given
 * @returns {Promise<{left: number, forgiven: boolean, error: string | null}>} how many the server does not have, whether one of them may still be taken, what is in the way
 */
export async function handInRest({ vaults, api, now = Date.now, random = Math.random, timer = clock }) {
  const store = new FileStore(new Database(vaults.current?.database ?? "", STORES), vaults.vault);
  // What it once had is asked about too: of a restore a phone without its keys learns nothing.
  const had = (await store.rows()).filter(([, { last }]) => meaningOf(last) === "received");
  const checks = new Set(had.map(([ref]) => ref));
  const uploads = new Uploads({
    ...{ vaults, store, api, now, random, timer },
    ...{ open: () => false, yields: () => false, checks: () => checks, changed: () => {} },
    ranks: async (entries) => new Map(entries.map(({ ref }) => [ref, 0])),
    whole: async ({ ref, row }) => {
      checks.delete(ref);
      await store.change(ref, { last: "complete", sent: row.bytes });
    },
  });
  try {
    const error = await uploads.wake("user");
    const left = (await store.rows()).filter(([, { last }]) => meaningOf(last) !== "received");
    return { left: left.length, forgiven: left.some(([, { last }]) => meaningOf(last) === "waiting"), error };
  } finally {
    uploads.end();
    await store.close();
  }
}

const clock = {
  set: (/** @type {() => void} */ run, /** @type {number} */ ms) => setTimeout(run, ms),
  clear: (/** @type {any} */ id) => clearTimeout(id),
};
