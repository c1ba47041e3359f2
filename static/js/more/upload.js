// Sends files: runs the effects of sync-files.js. Needs the transport key alone, so it goes on while the vault is locked, and through a wipe.

import { b64u, jsonBytes } from "../bytes.js";
import { codeOf, Problem } from "../errors.js";
import { PROTOCOL_VERSION, RETRY_MAX_MS } from "../limits.js";
import { BLOBS_PATH } from "./file-limits.js";
import { initial, meaningOf, next, step } from "./sync-files.js";

/**
 * @typedef {import("../bytes.js").Bytes} Bytes
 * @typedef {import("../store/more/files.js").Entry} Entry
 * @typedef {import("./sync-files.js").Effect} Effect
 * @typedef {import("./sync-files.js").Event} Event
 * @typedef {object} At where it takes place
 * @property {{current: {vault_id: string, database: string} | null, vault: import("../vault.js").Vault}} vaults
 * @property {import("../store/more/files.js").FileStore} store
 * @property {import("./api-files.js").FilesApi} api
 * @property {() => boolean} open are the keys there
 * @property {() => boolean} yields reports go first, or another tab sends
 * @property {(entries: Entry[]) => Promise<Map<string, number>>} ranks of the files that may go now, by ref: the higher the sooner
 * @property {() => Set<string>} checks refs of which the server said that they are whole, to be asked about once more
 * @property {(entry: Entry, seq: number | null) => Promise<void>} whole it is all there
 * @property {() => void} changed
 * @property {() => number} now
 * @property {() => number} random
 * @property {{set: (run: () => void, ms: number) => any, clear: (id: any) => void}} timer
 */

export class Uploads {
  #state = initial();
  /** Not now: since when and how long (ms) the others go without it. @type {Map<string, {at: number, ms: number}>} */
  #passed = new Map();
  /** Of this round. @type {Map<string, Entry>} */ #entries = new Map();
  #timer = /** @type {any} */ (null);
  /** Runs of effects that have not ended. */ #performing = 0;
  /** @type {((error: string | null) => void)[]} */ #waiting = [];
  #ended = false;
  last_error = /** @type {string | null} */ (null);

  /** @param {At} at */
  constructor(at) {
    this.at = at;
  }

  /** The one that is on its way. @returns {string | null} */
  get ref() {
    return this.#state.phase === "sending" ? this.#state.ref : null;
  }

  /** @param {string} reason as of sync.js @returns {Promise<string | null>} when nothing more can go now: what is in the way */
  wake(reason) {
    if (reason === "user") this.forgive();
    const over = /** @type {Promise<string | null>} */ (new Promise((resolve) => this.#waiting.push(resolve)));
    this.#dispatch({ type: "wake", reason });
    return over;
  }

  /** What was passed over goes with the next round: somebody asked, or there are keys now. */
  forgive() {
    this.#passed.clear();
  }

  /** For good. */
  end() {
    this.#ended = true;
    this.at.timer.clear(this.#timer);
    this.#over("vault_locked");
  }

  /** @param {Event} event */
  #dispatch(event) {
    if (this.#ended) return;
    const [state, effects] = step(this.#state, event);
    this.#state = state;
    void this.#perform(effects);
  }

  /** @param {Effect[]} effects */
  async #perform(effects) {
    this.#performing += 1;
    try {
      for (const effect of effects) await this.#run(effect);
    } catch (problem) {
      this.#failed(problem);
    }
    this.#performing -= 1;
    const { phase } = this.#state;
    const isAtRest = phase === "idle" || phase === "waiting" || phase === "stopped";
    if (isAtRest && this.#performing === 0) this.#over(this.last_error);
  }

  /** @param {Effect} effect */
  async #run(effect) {
    switch (effect.do) {
      case "choose":
        return this.#choose();
      case "announce":
        return this.#dispatch({ type: "told", ...(await this.#announced(this.#entry(effect.ref))) });
      case "ask":
        return this.#dispatch({ type: "told", ...(await this.#asked(this.#entry(effect.ref))) });
      case "envelope":
        return this.#dispatch({ type: "enveloped", made: await this.#enveloped(this.#entry(effect.ref)) });
      case "send":
        return this.#send(this.#entry(effect.ref), effect);
      case "progress":
        return this.#note(effect.ref, { sent: effect.offset, last: null });
      case "whole":
        await this.#whole(effect.ref, effect.seq);
        return this.at.changed();
      case "pass":
        this.#pass(effect.ref, effect.ms);
        return this.#note(effect.ref, { last: effect.reason });
      case "refuse":
        if (!(await this.#note(effect.ref, { last: effect.reason }))) this.#pass(effect.ref, RETRY_MAX_MS);
        return;
      case "wait":
        this.at.timer.clear(this.#timer);
        this.#timer = this.at.timer.set(() => this.#dispatch({ type: "tick" }), effect.ms);
        return;
      case "announce_error":
        this.last_error = effect.error;
        return this.at.changed();
    }
  }

  async #choose() {
    this.at.timer.clear(this.#timer);
    if (this.#isNotOurs() || this.at.yields()) return this.#dispatch({ type: "yielded" });
    const { store } = this.at;
    const rows = await store.rows();
    const entries = this.at.open() ? await store.read(rows) : rows.map(([ref, row]) => ({ ref, row, info: null }));
    this.#entries = new Map(entries.map((entry) => [entry.ref, entry]));
    const checks = this.at.checks();
    const ready = entries.filter(
      ({ ref, row: { last } }) => meaningOf(last) === "waiting" || (meaningOf(last) === "received" && checks.has(ref)),
    );
    const ranks = await this.at.ranks(ready);
    const files = ready
      .filter(({ ref }) => ranks.has(ref))
      .map(({ ref, row: { bytes, turn, last } }) => ({
        ...{ ref, bytes, turn, rank: ranks.get(ref) ?? 0 },
        check: meaningOf(last) === "received",
      }));
    const now = this.at.now();
    // By how far apart they are: a clock that was set back from 2090 would pass them over until then.
    const passed = new Set([...this.#passed].flatMap(([ref, { at, ms }]) => (Math.abs(now - at) < ms ? [ref] : [])));
    this.#dispatch({ type: "chosen", file: next(files, passed) });
  }

  /** @param {Entry} entry */
  async #announced({ row, info }) {
    const { envelope } = row;
    // What it is, and of which record, lies sealed: while locked nobody here can say.
    const body = jsonBytes({
      ...{ v: PROTOCOL_VERSION, file_id: row.file, hash: row.hash, bytes: row.bytes },
      envelope: { id: envelope.id, suite: envelope.suite, key_id: envelope.key_id, bytes: b64u(envelope.bytes) },
      ...{ record_id: info?.record_id ?? null, kind: info?.kind ?? "file" },
    });
    const { offset, state, reason, seq } = await this.at.api.announce({
      ...(await this.#signed(`POST ${BLOBS_PATH}`, body)),
      body,
    });
    return { offset, state, reason, seq };
  }

  /** @param {Entry} entry */
  async #asked({ row: { file } }) {
    const by = await this.#signed(`HEAD ${BLOBS_PATH}/${file}`, new Uint8Array(0));
    const { offset, seq } = await this.at.api.ask({ ...by, file });
    return { offset, seq, state: seq === null ? "partial" : "complete", reason: null };
  }

  /** @param {Entry} entry @param {{offset: number, length: number}} piece */
  async #send({ row }, { offset, length }) {
    if (this.#isNotOurs() || this.at.yields()) return this.#dispatch({ type: "yielded" });
    this.at.changed();
    const body = await this.at.store.bytes(row, offset, length);
    if (!body) throw new Problem("value_damaged");
    const { file } = row;
    const by = await this.#signed(`PATCH ${BLOBS_PATH}/${file}?${offset}`, body);
    const began = this.at.now();
    const said = await this.at.api.piece({ ...by, file, offset, body });
    this.#dispatch({ type: "sent", ...said, length, ms: this.at.now() - began });
  }

  /**
   * Its key in an envelope for the newest key of the server: only while there are keys, and where there is a newer one than before.
   * @param {Entry} entry @returns {Promise<boolean>}
   */
  async #enveloped(entry) {
    if (!this.at.open()) return false;
    const { ref, row } = entry;
    const { id, key_id } = row.envelope;
    const envelope = await this.at.vaults.vault.call("files.envelope", { ref, sealed: row.sealed, id });
    if (envelope.key_id === key_id) return false;
    await this.#note(ref, { envelope });
    return true;
  }

  /**
   * Noted for whoever looks, and for the next start. A full flash must not stop what will free it: then this round alone knows, and the
   * server says again how far it is. @param {string} ref @param {Partial<import("../store/more/files.js").Row>} parts @returns {Promise<boolean>} whether it is on the disk
   */
  async #note(ref, parts) {
    const entry = this.#entry(ref);
    const isNews = Object.entries(parts).some(([name, value]) => /** @type {any} */ (entry.row)[name] !== value);
    if (!isNews) return true;
    const kept = await hadRoom(this.at.store.change(ref, parts));
    this.#entries.set(ref, { ...entry, row: { ...entry.row, ...parts } });
    this.at.changed();
    return kept;
  }

  /** The server has it. Where that cannot be written down it is asked about later, and the others go first. @param {string} ref @param {number | null} seq */
  async #whole(ref, seq) {
    if (!(await hadRoom(this.at.whole(this.#entry(ref), seq)))) this.#pass(ref, RETRY_MAX_MS);
  }

  /** @param {string} ref @param {number} ms */
  #pass(ref, ms) {
    this.#passed.set(ref, { at: this.at.now(), ms });
  }

  /** @param {string} method_path @param {Bytes} body */
  async #signed(method_path, body) {
    const vault_id = this.at.vaults.current?.vault_id ?? "";
    return { vault_id, signature: await this.at.vaults.vault.signTransport(method_path, body) };
  }

  /** Another vault was chosen between two requests: its key must not sign for these files. */
  #isNotOurs = () => this.#ended || this.at.store.database.name !== this.at.vaults.current?.database;

  /** @param {unknown} thrown */
  #failed(thrown) {
    const { reason, offset, state, seq, retry_after_s } = thrown instanceof Problem ? thrown.detail : {};
    const code = codeOf(thrown);
    this.#dispatch({ type: "failed", code, reason, offset, state, seq, retry_after_s, random: this.at.random() });
  }

  /** @param {string | null} error */
  #over(error) {
    for (const resolve of this.#waiting.splice(0)) resolve(error);
  }

  /** @param {string} ref @returns {Entry} */
  #entry = (ref) => /** @type {Entry} */ (this.#entries.get(ref));
}

/** @param {Promise<unknown>} writing @returns {Promise<boolean>} false: the flash is full; any other refusal is thrown */
const hadRoom = (writing) =>
  writing.then(
    () => true,
    (thrown) => {
      if (codeOf(thrown) !== "storage_full") throw thrown;
      return false;
    },
  );
