// How long this phone may be used without a word from the office, and what stands in front of the list when that is over.

import { connectOnce, warnOfLease } from "../ui/more/gates.js";
import { say, storeOf } from "../wire-app.js";

/** @typedef {import("../wire-app.js").App} App @typedef {{over: boolean, wrongClock: boolean, days: number | null}} Lease `days` are left, null without a bound */

const DAY_MS = 86_400_000;
/** So many days before its end she is told, once each. */
const WARNED_AT = [7, 3, 1];

/**
 * Pure. A clock that stands before the last contact by more than a day proves nothing about the lease, so it asks for a contact too.
 * @param {{lease_until?: number | null} | null | undefined} policy @param {{last_contact: number | null, clock_offset: number}} status @param {number} now of this phone
 * @returns {Lease}
 */
export function leaseOf(policy, { last_contact, clock_offset }, now) {
  const wrongClock = last_contact !== null && now < last_contact - DAY_MS;
  const until = policy?.lease_until ?? null;
  const left = until === null ? null : until - (now + clock_offset);
  return {
    over: wrongClock || (left !== null && left <= 0),
    wrongClock,
    days: left === null ? null : Math.ceil(left / DAY_MS),
  };
}

/** At which threshold she is to be warned now; null when she was, or it is far. @param {number | null} days @param {number | null} warned the last threshold of which she was told @returns {number | null} */
export function warningAt(days, warned) {
  const at = WARNED_AT.filter((threshold) => days !== null && days <= threshold).pop() ?? null;
  return at !== null && (warned === null || at < warned) ? at : null;
}

/**
 * Shows what the lease asks for; with a lease that runs nothing but a warning at its time.
 * @param {App} app @param {Lease} lease @param {() => boolean} still nobody has covered or locked meanwhile @returns {Promise<boolean>} whether the list may be shown
 */
export async function openLease(app, lease, still) {
  if (!lease.over) {
    await warn(app, lease.days).catch(() => {}); // on a full phone she is told again
    return still();
  }
  const heard = new AbortController();
  await new Promise((/** @type {(over: null) => void} */ over) => {
    const now = () => leaseOf(app.vaults.person?.policy, app.outbox.status, app.now());
    app.vaults.addEventListener("state", () => over(null), { signal: heard.signal }); // covered or locked: that has its own gate
    // A contact may come by itself, as after enrolling with a clock of another century: then there is nothing to tap.
    app.outbox.addEventListener("status", () => now().over || over(null), { signal: heard.signal });
    connectOnce(app.shell.openGate(), {
      wrongClock: lease.wrongClock,
      onUrgent: () => app.urgent(),
      onLock: () => void app.lock(),
      onSend: async () => {
        const { contact, code } = await app.outbox.sendNow();
        return contact ? null : say(code ?? "no_network");
      },
    });
  });
  heard.abort();
  return still();
}

/** @param {App} app @param {number | null} days */
async function warn(app, days) {
  const { state } = storeOf(app);
  const warned = (await state.get("lease").catch(() => null))?.warned ?? null;
  if (warned !== null && warningAt(days, null) === null) return state.put("lease", { warned: null }); // renewed since
  const at = warningAt(days, warned);
  if (at === null) return;
  await state.put("lease", { warned: at });
  warnOfLease(app.shell.sheets, Math.max(1, days ?? 1));
}
