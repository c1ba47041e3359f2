// Where sync stands, and where each item stands by it: pure, from what the server has said so far.

import { meaningOf } from "../sync.js";

/**
 * @typedef {import("../store/outbox.js").Entry} Entry
 * @typedef {import("../store/outbox.js").Info} Info
 * @typedef {{cursor: string | null, epoch: string | null, safe: Record<string, number>, last_contact: number | null, clock_offset: number,
 *   directives: any[], resync: {seen: string[]} | null, asked: number | null}} Standing sealed under `state`; `safe`: the mark of each district;
 *   `asked`: when (ms) the server last said what it still has; 0: it was restored, and has not said it since
 */

/** @returns {Standing} */
export const noStanding = () => ({
  ...{ cursor: null, epoch: null, safe: {}, last_contact: null, asked: null },
  ...{ clock_offset: 0, directives: [], resync: null },
});

/** Everything comes down again; what does not come goes with the last page. What went up is asked for too. @param {Standing} standing @returns {Standing} */
export const fromTheStart = (standing) => ({ ...standing, cursor: null, resync: { seen: [] }, asked: 0 });

/** The server was restored from a backup since: what it said of its numbers before is void. @param {Standing} before @param {any} head of the reply */
export const isNewEpoch = (before, head) => before.epoch !== null && head.epoch != null && head.epoch !== before.epoch;

/** Is it to be asked what the server still has: after a restore, and once a week, whatever the clock was then? @param {Standing} standing @param {number} now */
export const mustAsk = ({ asked }, now) => !asked || Math.abs(now - asked) > 604_800_000;

/** @param {Standing} before @param {any} head of the reply @param {{open: boolean, now: number, clock_offset: number}} at @returns {Standing} */
export function standingAfter(before, head, { open, now, clock_offset }) {
  const directives = head.directives ?? [];
  const from_start = directives.some((/** @type {any} */ { kind }) => kind === "resync");
  return {
    cursor: open && head.page ? head.page.cursor : before.cursor,
    epoch: head.epoch ?? before.epoch,
    asked: isNewEpoch(before, head) ? 0 : (before.asked ?? now),
    safe: { ...(isNewEpoch(before, head) ? {} : before.safe), ...head.safe },
    last_contact: now,
    clock_offset,
    directives: directives.filter((/** @type {any} */ { kind }) => kind !== "resync"),
    resync: from_start && head.page ? { seen: [] } : before.resync,
  };
}

/** @param {Entry} entry @param {Standing} standing @returns {"waiting" | "received" | "safe" | "attention"} */
export function stateOf({ row, info }, { safe }) {
  const meaning = meaningOf(row.last);
  if (meaning === "received") return isSafe(info, safe) ? "safe" : "received";
  return meaning === "attention" ? "attention" : "waiting";
}

/** What a person may see of the queue: draft copies are no items of their own. @param {Entry[]} entries @param {Standing} standing */
export function itemsOf(entries, standing) {
  return entries.filter(isItem).map((entry) => {
    const { result, draft, ...about } = entry.info ?? { result: null, draft: null };
    const { reason = null, record_state = null, kept_as = null } = result ?? {};
    return {
      ref: entry.ref,
      ...about,
      ...{ state: stateOf(entry, standing), status: entry.row.last, reason, record_state, kept_as },
      problem: entry.problem ?? null,
    };
  });
}

/** @param {Entry} entry */
export const isItem = ({ info, was }) => (info ? info.kind !== "draft" && !info.acted : was !== false);

/** How many wait of which a locked phone cannot say what they are: not seen since this page was opened, report or copy of a draft. @param {Entry[]} entries @param {Standing} standing */
export const untold = (entries, standing) =>
  entries.filter(
    (entry) =>
      !(entry.info || entry.problem || entry.row.posted) &&
      entry.was === undefined &&
      stateOf(entry, standing) === "waiting",
  ).length;

/** When the oldest item was made that no server has; null when there is none, or it lies locked. @param {Entry[]} entries @param {Standing} standing */
export function unsentOldest(entries, standing) {
  const unsent = entries.filter((entry) => isItem(entry) && stateOf(entry, standing) === "waiting");
  const oldest = Math.min(...unsent.map(({ info }) => info?.at ?? Number.POSITIVE_INFINITY));
  return Number.isFinite(oldest) ? oldest : null;
}

/** What "safe" is worth here, by the server's own word; null before the first contact. @param {Standing} standing */
export function safeKind({ directives, last_contact }) {
  if (last_contact === null) return null;
  const said = directives.find(({ kind }) => kind === "demo" || kind === "unsafe");
  return said?.kind ?? "verified";
}

/** @param {Info | null} info @param {Record<string, number>} safe */
export function isSafe(info, safe) {
  const { seq, district } = info?.result ?? {};
  return seq != null && district != null && seq <= (safe[district] ?? -1);
}

/** Is what the server keeps for a person in a backup? Keeping moves no number, so the mark has to be past it. @param {Info | null} info @param {Record<string, number>} safe */
export function isKeptSafe(info, safe) {
  const { seq, district } = info?.result ?? {};
  return seq != null && district != null && seq < (safe[district] ?? -1);
}

/** May the copy go? A revision when its record is decided, or its case is no longer ours; anything else when it is safe. @param {Info | null} info @param {Map<string, any>} cases */
export function isDecided(info, cases) {
  if (info?.kind !== "revision") return true;
  const known = cases.get(info.case_id ?? "");
  if (!known) return true;
  const record = known.records?.find((/** @type {any} */ one) => one.record_id === info.record_id);
  return record?.state === "approved" || record?.state === "void";
}
