// How long this phone may be used without a word from the office, and what stands in front of the list when that is over.

import { t } from "../ui/i18n.js";
import { connectOnce, warnOfLease } from "../ui/more/gates.js";
import { say, storeOf } from "../wire-app.js";

/** @typedef {import("../wire-app.js").App} App @typedef {{over: boolean, wrongClock: boolean, days: number | null}} Lease `days` are left, null without a bound */
/** @typedef {{last_contact: number | null, clock_offset: number}} Heard @typedef {{warned?: number | null, seen?: number, contact?: number | null}} Noted sealed under `state`: of which threshold she was told, and the latest time seen since which contact */

const DAY_MS = 86_400_000;
/** So many days before its end she is told, once each. */
const WARNED_AT = [7, 3, 1];

/**
 * Pure. A clock that stands before the last contact, or before the latest time this phone has seen, by more than a day proves nothing about
 * the lease, so it asks for a contact too; put back by less it does not make the lease longer.
 * @param {{lease_until?: number | null} | null | undefined} policy @param {Heard} status @param {number} now of this phone
 * @param {number | null} [seen] as `seenSince` gives it @returns {Lease}
 */
export function leaseOf(policy, { last_contact, clock_offset }, now, seen = null) {
  const at = now + clock_offset;
  const wrongClock = (last_contact !== null && now < last_contact - DAY_MS) || (seen !== null && at < seen - DAY_MS);
  const until = policy?.lease_until ?? null;
  const left = until === null ? null : until - Math.max(at, seen ?? at);
  return {
    over: wrongClock || (left !== null && left <= 0),
    wrongClock,
    days: left === null ? null : Math.ceil(left / DAY_MS),
  };
}

/** Pure. The latest time, by the server's clock, that this phone has seen since its last contact: that one alone knows better. @param {Noted | null} noted @param {Heard} status @returns {number | null} */
export const seenSince = (noted, { last_contact }) => (noted?.contact === last_contact ? (noted?.seen ?? null) : null);

/** At which threshold she is to be warned now; null when she was, or it is far. @param {number | null} days @param {number | null} warned the last threshold of which she was told @returns {number | null} */
export function warningAt(days, warned) {
  const at = WARNED_AT.filter((threshold) => days !== null && days <= threshold).pop() ?? null;
  return at !== null && (warned === null || at < warned) ? at : null;
}

/**
 * Shows what the lease asks for; with a lease that runs nothing but a warning at its time.
 * @param {App} app @param {() => boolean} still nobody has covered or locked meanwhile @returns {Promise<boolean>} whether the list may be shown
 */
export async function openLease(app, still) {
  const { state } = storeOf(app);
  const noted = /** @type {Noted | null} */ (await state.get("lease").catch(() => null));
  const now = () => {
    const { status } = app.outbox;
    return leaseOf(app.vaults.person?.policy, status, app.now(), seenSince(noted, status));
  };
  const lease = now();
  const next = { ...noted, ...seenNow(app, noted) };
  const due = lease.over ? null : warningDue(lease.days, next);
  await state.put("lease", { ...next, ...due }).catch(() => {}); // on a full phone she is told again
  if (!lease.over) {
    if (due?.warned) warnOfLease(app.shell.sheets, Math.max(1, lease.days ?? 1));
    return still();
  }
  const heard = new AbortController();
  await new Promise((/** @type {(over: null) => void} */ over) => {
    app.vaults.addEventListener("state", () => over(null), { signal: heard.signal }); // covered or locked: that has its own gate
    // A contact may come by itself, as after enrolling with a clock of another century: then there is nothing to tap.
    app.outbox.addEventListener("status", () => now().over || over(null), { signal: heard.signal });
    connectOnce(app.shell.openGate(), {
      wrongClock: lease.wrongClock,
      onUrgent: () => app.urgent(),
      onLock: () => void app.lock(),
      onSend: async () => {
        const { contact, code } = await app.outbox.sendNow();
        if (!contact) return say(code ?? "no_network");
        return now().over ? { title: t("lease_still"), whatToDo: t("lease_still_do") } : null;
      },
    });
  });
  heard.abort();
  return still();
}

/** @param {App} app @param {Noted | null} noted @returns {Noted} */
function seenNow(app, noted) {
  const { status } = app.outbox;
  const at = app.now() + status.clock_offset;
  return { seen: Math.max(at, seenSince(noted, status) ?? at), contact: status.last_contact };
}

/** What is to be noted of a warning; null where nothing changes. @param {number | null} days @param {Noted} noted @returns {{warned: number | null} | null} */
function warningDue(days, { warned = null }) {
  if (warned !== null && warningAt(days, null) === null) return { warned: null }; // renewed since
  const at = warningAt(days, warned);
  return at === null ? null : { warned: at };
}
