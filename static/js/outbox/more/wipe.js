// Vaults that are being wiped: nobody opens them any more, but what waits in them is handed in by the transport key before they go. Begun
// again at every start until the server has taken, or kept for a person, each thing that was in it. What it lets wait (a revision of which
// it does not know the parent, a key that it has no more, no room beside a stopped phone) is tried for a week; then it counts as unsent.
//
// What it has taken before is offered once more: the epoch lies sealed, so that a restore in that very time would go unseen.

import { meaningOf } from "../../sync.js";
import { runAll } from "../exchange.js";

/**
 * @typedef {import("../../outbox.js").OutboxOwner} OutboxOwner
 * @typedef {(remains: any) => Promise<{left: number, forgiven: boolean, error: string | null}>} Rest hands in the files: how many the server does not have,
 *   whether one of them may still be taken, and what is in the way
 * @typedef {(given: {database: string, vault: any}) => import("../../store/db.js").Store} OpenStore
 * @typedef {{order: string, drafts: number, since: number, current: {database: string}, vault: any, remove: () => Promise<void>}} Remains stands in for the vaults of an outbox: a locked one
 */

const TRIED_MS = 7 * 86_400_000;

/**
 * One tab does it. @param {(vaults: any, aside: () => Promise<any>) => OutboxOwner} open makes an outbox over such remains @param {Remains[]} remains
 * @param {{openStore: OpenStore, locks?: LockManager, now?: () => number, rest?: Rest}} given @returns {Promise<boolean>} something is left: to be tried again, at the latest at the next start
 */
export async function finishAll(open, remains, { openStore, locks = navigator.locks, now = Date.now, rest }) {
  let left = false;
  await locks.request("fieldapp-wipe", { ifAvailable: true }, async (mine) => {
    left = !mine; // another tab may not come to its end
    for (const one of mine ? remains : []) {
      await offerAgain(openStore, one);
      if (!(await finishWipe(open, one, now(), rest))) left = true;
    }
  });
  return left;
}

/**
 * Whatever still has its package waits again, once in the course of a wipe. Of what the server has it takes nothing twice (`dup`).
 * @param {OpenStore} openStore @param {Remains} remains
 */
async function offerAgain(openStore, { current, vault }) {
  const store = openStore({ database: current.database, vault });
  try {
    const entries = await store.outbox.entries({ open: false });
    const received = entries.filter(({ row }) => row.package && meaningOf(row.last) === "received");
    await runAll(
      store,
      ["outbox"],
      received.map(({ ref }) => ({ outbox }) => {
        const found = outbox.get(ref);
        found.onsuccess = () => {
          const row = found.result;
          if (row?.package && !row.offered) outbox.put({ ...row, last: null, offered: true }, ref);
        };
      }),
    );
  } finally {
    await store.close();
  }
}

/**
 * @param {(vaults: any, aside: () => Promise<any>) => OutboxOwner} open makes an outbox over such remains @param {Remains} remains @param {number} now @param {Rest} [rest]
 * @returns {Promise<boolean>} false where there was no link: to be tried again later
 */
async function finishWipe(open, remains, now, rest) {
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
    // A server that no longer knows this vault takes no file either.
    const files = (word === "answered" && (await rest?.(remains))) || { left: 0, forgiven: false, error: null };
    const isOpen = files.forgiven || (files.error !== null && files.error !== "unknown_vault");
    if (isOpen && !isTried) return false;
    wiped = { order: remains.order, unsent: left + files.left + remains.drafts };
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
