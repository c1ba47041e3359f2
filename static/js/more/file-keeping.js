// Which files of this phone go up, stay, or may leave it: from drafts, queue and cases as they lie on the disk at this moment.

import { meaningOf as meaningOfReport } from "../sync.js";
import { meaningOf } from "./sync-files.js";

/**
 * @typedef {import("../store/more/files.js").Info} Info
 * @typedef {{kind: string, meaning: string, names: Set<string> | null, turn: number}} Queued one entry of the queue about a record; `names`: files its
 *   answers name, null where that cannot be read any more
 * @typedef {{drafts: Set<string>, queued: Map<string, Queued[]>, undecided: Set<string>, is_unread: boolean}} Records by record id; `undecided`: the server told of
 *   them, and nobody has decided yet; `is_unread`: something that may name a file is damaged
 * @typedef {{safe: Record<string, number>, epoch: string | null, is_whole: boolean}} Mark `is_whole`: nothing that was told is missing here at the moment
 * @typedef {import("../store/db.js").Store} Store
 * @typedef {import("../store/more/files.js").Entry} Entry
 * @typedef {"go" | "hold" | "done" | "none"} Fate `go`: up with it; `hold`: it stays and waits; `done`: it may leave this phone once it is safe; `none`:
 *   nothing names it, nor will
 */

/** May it count as kept for good, by the server's mark? @param {Info | null} info @param {Mark | null} mark */
export function isSafe(info, mark) {
  const { seq, epoch, district } = info ?? {};
  return mark !== null && seq != null && epoch === mark.epoch && seq <= (mark.safe[district ?? ""] ?? -1);
}

/** @param {Info} info @param {Records} records @returns {Fate} */
export function fateOf({ file, record_id, reported = false, dropped = false, after = 0 }, records) {
  const { drafts, queued, undecided } = records;
  const id = record_id ?? "";
  const entries = queued.get(id) ?? [];
  const revisions = entries.filter(({ kind }) => kind === "revision");
  if (revisions.some(({ names }) => names === null || names.has(file))) return "go";
  if (drafts.has(id)) return dropped && !reported ? "hold" : "go";
  // Given up: where the server agrees it goes with its draft, where it does not the draft comes back.
  const given_up = entries.find(({ kind }) => kind === "void");
  if (given_up) return given_up.meaning === "received" ? "none" : "hold";
  // A report that was handed in after it was taken, and does not name it. A draft of it may be on its way to the disk for the first time.
  // What one of them did name goes up for that one, also where it left the queue unanswered for, and another version counts: the office keeps both.
  if (!reported && (dropped || revisions.some(({ turn }) => turn > after))) return "none";
  return undecided.has(id) || revisions.length > 0 ? "go" : "done";
}

/** The files a body names: in its answers, and in its papers (as sync/uploads.py finds them). @param {any} body @returns {Set<string>} */
export function namedIn(body) {
  /** @type {Set<string>} */
  const found = new Set();
  collect([body?.answers, body?.papers], found, 0);
  return found;
}

const DEPTH_MAX = 40;

/** @param {any} value @param {Set<string>} found @param {number} depth */
function collect(value, found, depth) {
  if (depth > DEPTH_MAX || typeof value !== "object" || value === null) return;
  if (typeof value.file === "string" && typeof value.hash === "string") found.add(value.file);
  for (const inner of Object.values(value)) collect(inner, found, depth + 1);
}

/** The newest turn in the queue: what is handed in from now on has a later one. @param {Store | null} store @returns {Promise<number>} */
export async function turnOf(store) {
  const rows = store ? await store.database.entries("outbox") : [];
  return Math.max(0, ...rows.map(([, { turn }]) => turn));
}

/** A file whose record nobody ever saw here (the app was killed before its draft was saved) may go so long after it was taken. */
const ORPHAN_MS = 7 * 86_400_000;

/** However wrong the clock was when it was taken, or is now. @param {number} taken @param {number} now */
const isOld = (taken, now) => Math.abs(now - taken) > ORPHAN_MS;

/** Is there anything about its record here? @param {Info} info @param {Records} records */
const isSeen = ({ record_id }, { drafts, queued, undecided }) =>
  [drafts, queued, undecided].some((held) => held.has(record_id ?? ""));

/** Does a report of the queue name it? @param {Info} info @param {Records} records */
const isNamed = ({ file, record_id }, { queued }) =>
  (queued.get(record_id ?? "") ?? []).some(({ names }) => names?.has(file));

/**
 * May what was never ended go? Not while its record can be opened again, where it is offered; and not while it may be going on, in a record
 * that has no draft yet. @param {any} info @param {Records} records @param {Mark | null} mark @param {number} now
 */
function isCutOff(info, records, mark, now) {
  if (records.is_unread) return false;
  const fate = fateOf({ ...info, after: Number.POSITIVE_INFINITY }, records);
  return fate === "none" || (fate === "done" && !!mark?.is_whole && isOld(info.taken, now));
}

/** What was found at the last look, under the keys alone. */
export class Keeping {
  /** Nothing names them. @type {Map<string, Entry>} */ none = new Map();
  /** Named by nothing that is here: they may go when the server says once more that it has them. @type {Set<string>} */ done =
    new Set();
  /** Whose record is here for the first time: from now on its end is the end of that. @type {string[]} */ seen = [];
  /** A report that was handed in names it: however that leaves the queue, it goes up. @type {string[]} */ reported =
    [];
  /** Recordings that were cut off, of records in which nobody will answer any more. @type {string[]} */ cut = [];
  /** To be asked about. @type {Set<string>} */ checks = new Set();
  /** Asked about since the unlock. @type {Set<string>} */ #asked = new Set();
  /** What bodies of the queue name, by operation. @type {Map<string, Set<string> | null>} */ #names = new Map();

  /** With the keys. */
  forget() {
    for (const held of [this.none, this.done, this.checks, this.#asked, this.#names]) held.clear();
  }

  /** The server has just said that it has it. @param {string} ref */
  answered(ref) {
    this.checks.delete(ref);
    this.#asked.add(ref);
  }

  /** How far the backup is, as the outbox heard it last. @param {Store | null} store @returns {Promise<Mark | null>} */
  async mark(store) {
    const standing = await store?.state.get("sync").catch(() => null);
    return standing ? { safe: standing.safe, epoch: standing.epoch, is_whole: standing.resync === null } : null;
  }

  /**
   * @param {Store} store @param {{entries: Entry[], recordings: {ref: string, info: any}[]}} held all files of this phone, and what was cut off
   * @param {number} now
   */
  async look(store, { entries, recordings }, now) {
    const [records, mark] = [await this.#records(store), await this.mark(store)];
    this.none.clear();
    this.done.clear();
    this.seen = entries.flatMap(({ ref, info }) => (info && !info.seen && isSeen(info, records) ? [ref] : []));
    this.reported = entries.flatMap(({ ref, info }) => (info && !info.reported && isNamed(info, records) ? [ref] : []));
    this.cut = recordings.flatMap(({ ref, info }) => (isCutOff(info, records, mark, now) ? [ref] : []));
    for (const entry of entries) {
      const { ref, row, info } = entry;
      const fate = info && !records.is_unread && fateOf(info, records);
      if (fate === "none") this.none.set(ref, entry);
      // A photo is taken before the draft that will name it is on the disk: what nothing names yet is no end of anything.
      const isOver = info?.seen || isOld(info?.taken ?? now, now);
      if (fate === "done" && isOver && mark?.is_whole) this.done.add(ref);
      if (!mark || meaningOf(row.last) !== "received" || !info) continue;
      const is_safe = isSafe(info, mark);
      // What was lost before it was safe is awaited there again: nobody but this phone can say so.
      const is_news = !is_safe && (info.epoch !== mark.epoch || info.seq == null || !this.#asked.has(ref));
      if (is_news || (is_safe && this.done.has(ref))) this.checks.add(ref);
    }
  }

  /** Those that may go now. Locked, whatever waits. @param {Store | null} store @param {Entry[]} entries @returns {Promise<Map<string, number>>} */
  async ranks(store, entries) {
    if (!store) return new Map(entries.map(({ ref }) => [ref, 0]));
    const records = await this.#records(store);
    /** @type {[string, number][]} */
    const found = entries.flatMap(({ ref, row, info }) => {
      const fate = info ? fateOf(info, records) : "go";
      if (meaningOf(row.last) === "waiting" && fate !== "go" && fate !== "done") return [];
      const turns = (records.queued.get(info?.record_id ?? "") ?? []).map(({ turn }) => turn);
      return [[ref, Math.max(0, ...turns)]];
    });
    return new Map(found);
  }

  /** @param {Store} store @returns {Promise<Records>} */
  async #records(store) {
    /** @type {Records} */
    const records = {
      drafts: new Set(),
      queued: new Map(),
      undecided: new Set(),
      is_unread: await store.packs.damaged(),
    };
    for (const one of await store.drafts.list()) {
      if ("draft" in one) records.drafts.add(one.draft.record_id);
      else records.is_unread = true;
    }
    for (const { ref, row, info, problem } of await store.outbox.entries({ open: true })) {
      if (problem && !row.posted) records.is_unread = true;
      if (!info?.record_id || info.kind === "draft") continue;
      const names = info.kind === "revision" ? await this.#named(store, ref, row.op) : null;
      const about = { kind: info.kind, meaning: meaningOfReport(row.last), names, turn: row.turn };
      records.queued.set(info.record_id, [...(records.queued.get(info.record_id) ?? []), about]);
    }
    for (const one of await store.packs.all())
      for (const { record_id, state } of one.records ?? [])
        if (state !== "approved" && state !== "void") records.undecided.add(record_id);
    return records;
  }

  /** @param {Store} store @param {string} ref @param {string} op */
  async #named(store, ref, op) {
    if (!this.#names.has(op)) {
      const copy = await store.outbox.copy(ref).catch(() => null);
      this.#names.set(op, copy && namedIn(copy.body));
    }
    return this.#names.get(op) ?? null;
  }
}
