// How long a phone may be used without a word from the office: by whatever clock it has.

import { newId } from "../../../static/js/ids.js";
import { leaseOf, openLease, seenSince, warningAt } from "../../../static/js/more/wire-lease.js";
import { County, enrolledPhone, equal, SECRET, unlocked } from "./county.js";

const DAY = 86_400_000;
const NOW = 1_800_000_000_000;
const status = (last_contact = NOW, clock_offset = 0) => ({ last_contact, clock_offset });

export function test_a_lease_ends_by_the_servers_clock_and_a_clock_put_back_proves_nothing() {
  const policy = { lease_until: NOW + 10 * DAY };
  equal(leaseOf(policy, status(), NOW), { over: false, wrongClock: false, days: 10 });
  equal(leaseOf(policy, status(), NOW + 10 * DAY).over, true);
  // A phone whose clock is wrong, and whose server said by how much
  equal(leaseOf(policy, status(NOW + 20 * DAY, -20 * DAY), NOW + 20 * DAY), {
    over: false,
    wrongClock: false,
    days: 10,
  });
  // Put back to get more days
  equal(leaseOf(policy, status(), NOW - 2 * DAY), { over: true, wrongClock: true, days: 12 });
  equal(leaseOf(policy, status(), NOW - DAY / 2).over, false);
  // An office that sets none, and a phone before its first word
  equal(
    [leaseOf({}, status(), NOW).over, leaseOf(null, { last_contact: null, clock_offset: 0 }, NOW).over],
    [false, false],
  );
}

export function test_she_is_warned_once_at_seven_three_and_one_day() {
  /** @type {number | null} */ let warned = null;
  const told = [];
  for (const days of [20, 8, 7, 6, 5, 4, 3, 3, 2, 1, 1, 0]) {
    const at = warningAt(days, warned);
    if (at === null) continue;
    warned = at;
    told.push([days, at]);
  }
  equal(told, [
    [7, 7],
    [3, 3],
    [1, 1],
  ]);
  equal([warningAt(2, null), warningAt(null, null)], [3, null]);
}

export async function test_a_clock_in_2090_and_back_keeps_every_draft() {
  const county = await County.create();
  let now = county.clock;
  const made = await enrolledPhone(county, { now: () => now });
  const { drafts } = made.outbox.store;
  await drafts.save("before", { record_id: newId(1), answers: { a: 1 } });
  for (const at of [Date.UTC(2090, 0, 1), Date.UTC(1970, 0, 2), county.clock]) {
    now = at;
    made.vaults.lock();
    await unlocked(made);
    await made.outbox.store.drafts.save(`at ${at}`, { record_id: newId(1), answers: { at } });
    // One contact, and by the server's clock the lease runs as it did
    const policy = { lease_until: county.clock + 5 * DAY };
    equal(leaseOf(policy, made.outbox.status, now), { over: false, wrongClock: false, days: 5 });
  }
  const kept = await made.outbox.store.drafts.list();
  equal(kept.map((/** @type {any} */ { ref, draft }) => [ref, draft.answers]).length, 4);
  equal((await made.outbox.store.drafts.open("before")).answers, { a: 1 });
}

export async function test_a_full_phone_that_cannot_note_the_warning_lets_her_in() {
  const county = await County.create();
  const made = await enrolledPhone(county);
  const { database } = made.outbox.store;
  const { run } = database;
  database.run = (/** @type {any[]} */ ...asked) =>
    asked[1] === "readwrite"
      ? Promise.reject(Object.assign(new Error("full"), { code: "storage_full" }))
      : run.apply(database, asked);
  const shell = { sheets: document.body };
  const policy = { lease_until: county.clock + 3 * DAY };
  const app = { ...{ outbox: made.outbox, vaults: { person: { policy } } }, shell, now: () => county.clock };
  equal(await openLease(/** @type {any} */ (app), () => true), true);
  database.run = run;
}

export async function test_a_clock_that_is_put_back_by_weeks_makes_no_lease_longer() {
  const county = await County.create();
  let now = county.clock;
  const made = await enrolledPhone(county, { now: () => now });
  const policy = { lease_until: county.clock + 30 * DAY };
  const app = { outbox: made.outbox, vaults: made.vaults, now: () => now };
  const isIn = async () => {
    made.vaults.lock();
    await made.vaults.unlock(made.vaults.current.ref, SECRET);
    await made.outbox.ready();
    made.vaults.person = { ...made.vaults.person, policy };
    let isIn = false;
    const shown = document.createElement("div");
    const gate = new MutationObserver(() => made.vaults.lock());
    gate.observe(shown, { childList: true }); // the page that asks for a contact
    const shell = { sheets: document.body, openGate: () => shown };
    isIn = await openLease(/** @type {any} */ ({ ...app, shell }), () => made.vaults.state === "open");
    gate.disconnect();
    return isIn;
  };
  county.loses = "request";
  now += 29 * DAY;
  equal(await isIn(), true);
  // Put back to a day after the last contact: neither in, nor after that
  now -= 28 * DAY;
  equal(await isIn(), false);
  // Put back by hours it counts on from the latest time
  now += 28 * DAY - DAY / 2;
  equal(await isIn(), true);
  now += DAY + DAY / 2;
  equal(await isIn(), false);
  // One contact is enough, also after 2090
  now = Date.UTC(2090, 0, 1);
  equal(await isIn(), false);
  now = county.clock + 2 * DAY;
  equal(await isIn(), false);
  county.loses = null;
  county.clock = now;
  await unlocked(made);
  county.loses = "request";
  equal(await isIn(), true);
}

export function test_the_latest_time_counts_until_the_next_contact() {
  equal(seenSince(null, status()), null);
  equal(seenSince({ seen: NOW + DAY, contact: NOW }, status()), NOW + DAY);
  equal(seenSince({ seen: NOW + DAY, contact: NOW }, status(NOW + 5)), null);
}
