// Vaults that are being wiped: nobody opens them any more, but what waits in them is handed in by the transport key before they go. Begun
// again at every start until the queue is empty, or the server has refused each thing that is left in it.

/**
 * @typedef {import("../../outbox.js").OutboxOwner} OutboxOwner
 * @typedef {{order: string, drafts: number, remove: () => Promise<void>}} Remains stands in for the vaults of an outbox: a locked one
 */

/**
 * @param {(vaults: any, aside: () => Promise<any>) => OutboxOwner} open makes an outbox over such remains @param {Remains} remains
 * @returns {Promise<boolean>} false where there was no link: to be tried again later
 */
export async function finishWipe(open, remains) {
  /** @type {{order: string, unsent: number} | null} */
  let wiped = null;
  const outbox = open(remains, async () => (wiped ? { wiped } : {}));
  try {
    await outbox.ready();
    let [before, left] = [Number.POSITIVE_INFINITY, unanswered(outbox).length];
    let word = /** @type {Awaited<ReturnType<typeof reached>>} */ ("answered");
    while (left > 0 && left < before && word === "answered") {
      word = await reached(outbox);
      [before, left] = [left, unanswered(outbox).length];
    }
    if (word === null) return false;
    if (left > 0 && word === "answered") return false; // the server stumbles over something: not refused, and not lost by us
    const unsent = outbox.items().filter(({ state }) => state === "waiting").length + remains.drafts;
    wiped = { order: remains.order, unsent };
    if (!(await reached(outbox))) return false;
  } finally {
    await outbox.stop();
  }
  await remains.remove();
  return true;
}

/** Nobody has said anything of these yet. @param {OutboxOwner} outbox */
const unanswered = (outbox) => outbox.items().filter(({ state, status }) => state === "waiting" && status === null);

/** Has the server spoken? @param {OutboxOwner} outbox @returns {Promise<"answered" | "unknown" | null>} `unknown`: it no longer knows this vault */
async function reached(outbox) {
  const { contact, code } = await outbox.sendNow();
  return contact ? "answered" : code === "unknown_vault" ? "unknown" : null;
}
