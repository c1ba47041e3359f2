// Vaults that are being wiped: nobody opens them any more, but what waits in them is handed in by the transport key before they go. Begun
// again at every start until the server has taken, or kept for a person, each thing that was in it. What it lets wait (a revision of which
// it does not know the parent, a key that it has no more, no room beside a stopped phone) is tried for a week; then it counts as unsent.

/**
 * @typedef {import("../../outbox.js").OutboxOwner} OutboxOwner
 * @typedef {{order: string, drafts: number, since: number, remove: () => Promise<void>}} Remains stands in for the vaults of an outbox: a locked one
 */

const TRIED_MS = 7 * 86_400_000;

/**
 * @param {(vaults: any, aside: () => Promise<any>) => OutboxOwner} open makes an outbox over such remains @param {Remains} remains @param {number} now
 * @returns {Promise<boolean>} false where there was no link: to be tried again later
 */
export async function finishWipe(open, remains, now) {
  /** @type {{order: string, unsent: number} | null} */
  let wiped = null;
  const outbox = open(remains, async () => (wiped ? { wiped } : {}));
  try {
    await outbox.ready();
    let [before, left] = [Number.POSITIVE_INFINITY, waiting(outbox).length];
    let word = /** @type {Awaited<ReturnType<typeof reached>>} */ ("answered");
    while (left > 0 && left < before && word === "answered") {
      word = await reached(outbox);
      [before, left] = [left, waiting(outbox).length];
    }
    if (word === null) return false;
    // The server stumbles over something, or lets it wait: not refused, and not lost by us.
    const isUnanswered = waiting(outbox).some(({ status }) => status === null);
    const isTried = Math.abs(now - remains.since) >= TRIED_MS; // a clock that was set wrong keeps nothing for ever
    if (word === "answered" && (isUnanswered || (left > 0 && !isTried))) return false;
    wiped = { order: remains.order, unsent: left + remains.drafts };
    if (!(await reached(outbox))) return false;
  } finally {
    await outbox.stop();
  }
  await remains.remove();
  return true;
}

/** The server has taken none of these, nor kept them for a person. @param {OutboxOwner} outbox */
const waiting = (outbox) => outbox.items().filter(({ state }) => state === "waiting");

/** Has the server spoken? @param {OutboxOwner} outbox @returns {Promise<"answered" | "unknown" | null>} `unknown`: it no longer knows this vault */
async function reached(outbox) {
  const { contact, code } = await outbox.sendNow();
  return contact ? "answered" : code === "unknown_vault" ? "unknown" : null;
}
