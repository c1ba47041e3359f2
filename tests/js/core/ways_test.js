// The ways in: a PIN with the server's share, an authenticator, another secret. And what a change leaves behind.

import { newId } from "../../../static/js/ids.js";
import { isCommon } from "../../../static/js/vault/more/strength.js";
import { Vault } from "../../../static/js/vault.js";
import {
  assert,
  County,
  enrolledPhone,
  equal,
  killed,
  phone,
  refuses,
  revisionHead,
  SECRET,
  startWorker,
  unlocked,
} from "./county.js";

const PIN_IN = "604193";
const OTHER = "八只 绿色 茶杯 站在 窗台 seven";
const BODY = { answers: { head_name: "演示丁" }, replies: [], recorded: { started: 1, language: "zh" }, visitors: [] };

/** What is on the phone, as a person would miss it. @param {any} made */
async function belongings(made) {
  const { store } = made.outbox;
  const drafts = (await store.drafts.list()).map((/** @type {any} */ one) => one.draft?.answers ?? one.problem);
  const items = made.outbox.items();
  const bodies = await Promise.all(items.map((/** @type {any} */ { ref }) => made.outbox.body(ref)));
  return {
    drafts: drafts.map((/** @type {any} */ one) => JSON.stringify(one)).sort(),
    items: items.map((/** @type {any} */ { op, state, problem }) => [op, state, problem]),
    bodies: bodies.map((copy) => copy?.body),
    case: await store.inbox.caseOf("demo-case"),
    me: (await store.inbox.me())?.name,
    packs: (await store.packs.all()).length,
    screens: await store.state.get("screens"),
  };
}

/** A phone with something in every store. @param {County} county */
async function usedPhone(county) {
  const made = await enrolledPhone(county);
  const { store } = made.outbox;
  county.tell("case:demo-case", { case_id: "demo-case", code_name: "演示一", records: [], visits: [] });
  county.judge = (head) => (head.form === "F0" ? "quarantined" : head.form === "F4" ? "wait" : null);
  for (const form of ["F0", "F2", "F4"]) await made.outbox.handIn({ head: revisionHead({ form }), body: BODY });
  for (let i = 0; i < 25; i++) await store.drafts.save(store.drafts.newRef(), { record_id: newId(1), answers: { i } });
  await store.state.put("screens", { running: ["x"] });
  await made.outbox.copyDrafts();
  await made.outbox.sendNow();
  return made;
}

/** The record of the vault as it lies on the disk. @param {any} made */
const recordOf = (made) => made.root.get(made.vaults.current.ref);

/** Does this record open with this secret, in a worker of its own? @param {any} record @param {string} secret */
async function opens(record, secret) {
  const vault = new Vault(startWorker, () => {});
  vault.load(record);
  try {
    return await vault.call("unlock", { secret }).then(() => vault);
  } catch {
    vault.lock();
    return null;
  }
}

/** How many values of the phone open under the keys of this vault. @param {any} made @param {Vault} vault */
async function openable(made, vault) {
  const { database } = made.outbox.store;
  let count = 0;
  for (const store of database.stores)
    for (const [key, { sealed }] of await database.entries(store))
      if (sealed && (await vault.open([{ store, key, sealed }]))[0] instanceof Uint8Array) count += 1;
  return count;
}

export async function test_a_pin_opens_with_the_servers_share_and_never_without_it() {
  const county = await County.create();
  const made = await usedPhone(county);
  const before = await belongings(made);
  await refuses("wrong_secret", async () =>
    (await made.vaults.ways()).setPin({ secret: "not my secret", pin: PIN_IN }),
  );
  await (await made.vaults.ways()).setPin({ secret: SECRET, pin: PIN_IN });
  equal((await made.vaults.list())[0].ways, ["secret", "pin"]);
  // When the phone is started again
  const again = await killed(made, county);
  await refuses("wrong_pin", () => unlocked(again, "111111", "pin"));
  await unlocked(again, PIN_IN, "pin");
  // Then everything is there, and the secret still opens
  equal(await belongings(again), before);
  again.vaults.lock();
  await unlocked(again);
  // And nothing of PIN or share is in what a finder of the phone can read
  const record = await recordOf(again);
  const read = JSON.stringify(record, (_, value) => (value instanceof Uint8Array ? Array.from(value).join() : value));
  assert(!read.includes(PIN_IN) && !read.includes(Array.from(/** @type {any} */ (county.pin).bytes).join()));
  // When the server gives no share, the right PIN opens nothing
  again.vaults.lock();
  county.pin = null;
  equal((await refuses("share_gone", () => unlocked(again, PIN_IN, "pin"))).code, "share_gone");
  equal(again.vaults.state, "locked");
}

export async function test_after_ten_wrong_pins_only_the_secret_is_offered() {
  const county = await County.create();
  const made = await enrolledPhone(county);
  await (await made.vaults.ways()).setPin({ secret: SECRET, pin: PIN_IN });
  made.vaults.lock();
  for (let left = 9; left >= 0; left--) {
    const { detail } = await refuses("wrong_pin", () => unlocked(made, "111111", "pin"));
    equal(detail.tries_left, left);
  }
  await refuses("share_locked", () => unlocked(made, PIN_IN, "pin"));
  equal((await made.vaults.list())[0].ways, ["secret"]);
  await unlocked(made);
  await (await made.vaults.ways()).setPin({ secret: SECRET, pin: PIN_IN });
  made.vaults.lock();
  await unlocked(made, PIN_IN, "pin");
}

export async function test_a_wrong_clock_keeps_nobody_out() {
  const county = await County.create();
  let now = county.clock;
  const made = await enrolledPhone(county, { now: () => now });
  await (await made.vaults.ways()).setPin({ secret: SECRET, pin: PIN_IN });
  made.vaults.lock();
  now = Date.UTC(2090, 0, 1);
  await unlocked(made, PIN_IN, "pin");
  equal(made.vaults.state, "open");
}

export async function test_another_secret_opens_all_and_the_old_one_nothing() {
  const county = await County.create();
  const made = await usedPhone(county);
  await (await made.vaults.ways()).setPin({ secret: SECRET, pin: PIN_IN });
  const before = await belongings(made);
  const copied = await recordOf(made);
  const ways = await made.vaults.ways();
  await refuses("wrong_secret", () =>
    ways.change({ secret: "not my secret", to: { secret: OTHER, kind: "passphrase" } }),
  );
  await refuses("secret_same", () => ways.change({ secret: SECRET, to: { secret: SECRET, kind: "passphrase" } }));
  equal(made.vaults.state, "open");
  await ways.change({ secret: SECRET, to: { secret: OTHER, kind: "passphrase" } });
  // Then she stands before the lock, the old secret and the PIN are refused at once, the new one opens
  equal(made.vaults.state, "locked");
  await refuses("wrong_secret", () => unlocked(made, SECRET));
  equal([(await made.vaults.list())[0].ways, county.pin], [["secret"], null]);
  await unlocked(made, OTHER);
  equal(await belongings(made), before);
  await made.outbox.renewed;
  equal(made.vaults.renewing, false);
  equal(await belongings(made), before);
  // And a copy of the old wraps, with the old secret, opens none of the values of today
  const thief = /** @type {Vault} */ (await opens(copied, SECRET));
  equal(await openable(made, thief), 0);
  const record = await recordOf(made);
  equal(await opens(record, SECRET), null);
  const hers = /** @type {Vault} */ (await opens(record, OTHER));
  assert((await openable(made, hers)) > 25);
  thief.lock();
  hers.lock();
  // And after one more start nothing is left to do
  const again = await killed(made, county);
  await unlocked(again, OTHER);
  equal([again.vaults.renewing, await belongings(again)], [false, before]);
}

export async function test_a_way_that_was_taken_away_opens_nothing_with_a_copy_of_before() {
  const county = await County.create();
  const made = await usedPhone(county);
  await (await made.vaults.ways()).setPin({ secret: SECRET, pin: PIN_IN });
  const before = await belongings(made);
  const copied = await recordOf(made);
  await (await made.vaults.ways()).remove({ secret: SECRET, way: "pin" });
  await unlocked(made);
  await made.outbox.renewed;
  equal([await belongings(made), county.pin], [before, null]);
  // The same secret, but the keys that the copied record holds fit nothing any more
  const thief = /** @type {Vault} */ (await opens(copied, SECRET));
  equal(await openable(made, thief), 0);
  thief.lock();
}

export async function test_a_change_of_the_secret_cut_off_anywhere_loses_nothing() {
  const county = await County.create();
  let made = await usedPhone(county);
  await made.outbox.renewed;
  const before = await belongings(made);
  let [now, next] = [SECRET, OTHER];
  let cut = true;
  for (let at = 0; cut; at++) {
    await (await made.vaults.ways()).change({ secret: now, to: { secret: next, kind: "passphrase" } });
    [now, next] = [next, now];
    await made.vaults.unlock(made.vaults.current.ref, now);
    cut = await cutOff(made, at);
    // Then what lies there opens, whatever is half done; and the rest is done at the next start
    made = await killed(made, county);
    await made.vaults.unlock(made.vaults.current.ref, now);
    await made.outbox.ready();
    equal(await belongings(made), before);
    await made.outbox.renewed;
    equal([await belongings(made), made.vaults.renewing], [before, false]);
    at += at > 6 ? 2 : 0;
  }
  made.vaults.lock();
  await refuses("wrong_secret", () => made.vaults.unlock(made.vaults.current.ref, next));
}

/** Lets the renewal write `at` times, then nothing more reaches the disk: the page was killed. @param {any} made @param {number} at @returns {Promise<boolean>} whether it was cut off before its end */
async function cutOff(made, at) {
  let left = at;
  let cut = false;
  /** @param {any} database */
  const mortal = (database) => {
    const run = database.run.bind(database);
    database.run = (/** @type {any[]} */ ...given) => {
      if (given[1] === "readwrite" && made.vaults.renewing && left-- <= 0) {
        cut = true;
        return Promise.reject(Object.assign(new Error("killed"), { code: "storage_lost" }));
      }
      return run(...given);
    };
  };
  mortal(made.root.database);
  await made.outbox.ready(); // the store is open by then, its renewal begun
  mortal(made.outbox.store.database);
  await made.outbox.renewed;
  return cut || made.vaults.renewing;
}

export async function test_another_tab_that_still_seals_under_the_old_key_keeps_it_from_being_dropped() {
  const county = await County.create();
  const one = await usedPhone(county);
  const other = await phone(county, { name: one.name });
  await other.vaults.unlock(other.vaults.current.ref, SECRET);
  await other.outbox.ready();
  await (await one.vaults.ways()).change({ secret: SECRET, to: { secret: OTHER, kind: "passphrase" } });
  // Given a tab that did not hear of it, and saves on under the keys it has
  await unlocked(one, OTHER);
  await one.outbox.renewed;
  await other.outbox.store.drafts.save("late", { record_id: newId(1), answers: { late: true } });
  equal(one.vaults.renewing, true);
  equal((await one.outbox.store.drafts.open("late")).answers, { late: true });
  // When it is gone, the next unlock brings that under the new key too, and drops the old
  other.vaults.lock();
  await other.outbox.stop();
  const again = await killed(one, county);
  await unlocked(again, OTHER);
  await again.outbox.renewed;
  equal([again.vaults.renewing, (await again.outbox.store.drafts.open("late")).answers], [false, { late: true }]);
}

export async function test_what_the_office_forbids_opens_nothing_from_the_next_contact_on() {
  const county = await County.create();
  const made = await usedPhone(county);
  await (await made.vaults.ways()).setPin({ secret: SECRET, pin: PIN_IN });
  const before = await belongings(made);
  const copied = await recordOf(made);
  county.tell("me", { ...county.me, policy: { ...county.me.policy, ways: ["secret"] } });
  await made.outbox.sendNow();
  equal([(await made.vaults.list())[0].ways, county.pin], [["secret"], null]);
  await refuses("way_forbidden", async () => (await made.vaults.ways()).setPin({ secret: SECRET, pin: PIN_IN }));
  // And at the next unlock the data key is renewed, with the secret as it was
  made.vaults.lock();
  await unlocked(made);
  await made.outbox.renewed;
  equal([await belongings(made), made.vaults.renewing], [before, false]);
  const thief = /** @type {Vault} */ (await opens(copied, SECRET));
  equal(await openable(made, thief), 0);
  thief.lock();
}

export async function test_what_lies_in_clear_beside_the_seal_is_set_right_again() {
  const county = await County.create();
  const made = await enrolledPhone(county);
  const { ref } = made.vaults.current;
  const { server_keys, mailbox, identity_key } = await recordOf(made);
  // Given somebody who wrote on the flash, so that the phone would seal for another
  const other = await County.create();
  other.hpke = { public: new Uint8Array(65).fill(4) };
  const forged = [{ ...server_keys[0], public: identity_key, from: 5 }];
  made.vaults.lock();
  await made.root.change(ref, { server_keys: forged, mailbox: mailbox.slice().reverse(), identity_key: "AAAA" });
  const again = await killed(made, county);
  await unlocked(again);
  const set = await recordOf(again);
  equal([set.server_keys, set.identity_key, [...set.mailbox]], [server_keys, identity_key, [...mailbox]]);
  await again.outbox.handIn({ head: revisionHead(), body: BODY });
  await again.outbox.sendNow();
  equal(again.outbox.items()[0].state, "received");
}

export function test_what_many_people_choose_is_no_secret() {
  const common = [
    ...[
      "床前明月光疑是地上霜",
      "好好学习天天向上！2024",
      "password password",
      "woaini5201314888",
      "qwertyuiop asdf",
      "春眠不觉晓，处处闻啼鸟",
    ],
    ...[
      "abcdefghijkl",
      "妇联妇联妇联妇联妇联妇联",
      "1990 0000 0001 admin",
      "我爱你我爱你我爱你我爱你",
      "身体健康万事如意恭喜发财",
    ],
  ];
  for (const secret of common) assert(isCommon(secret), secret);
  const good = [
    "山上 四匹 白马 饮水 two",
    OTHER,
    "山 海 米 桥 四个不相关的词",
    "老周昨天把锅盖借给了隔壁",
    "kettle7 moss orbit lamp",
  ];
  for (const secret of good) assert(!isCommon(secret), secret);
}

/** A newer list of the county's keys, signed. @param {County} county */
const newerKeys = (county) => county.keysOf(2);

export async function test_a_list_of_keys_that_comes_while_the_share_is_released_does_not_undo_a_new_secret() {
  const county = await County.create();
  const made = await usedPhone(county);
  await (await made.vaults.ways()).setPin({ secret: SECRET, pin: PIN_IN });
  const before = await belongings(made);
  const { share } = county.api;
  let state = "";
  county.api.share = async (given) => {
    state = made.vaults.state;
    await made.vaults.takeKeys(await newerKeys(county)).catch(() => {});
    return share(given);
  };
  await (await made.vaults.ways()).change({ secret: SECRET, to: { secret: OTHER, kind: "passphrase" } });
  county.api.share = share;
  equal([state, county.pin], ["locked", null]);
  await unlocked(made, OTHER);
  equal(await belongings(made), before);
}

export async function test_no_share_is_released_where_there_was_no_pin_and_every_time_one_goes() {
  const county = await County.create();
  const made = await enrolledPhone(county);
  await (await made.vaults.ways()).change({ secret: SECRET, to: { secret: OTHER, kind: "passphrase" } });
  equal(county.shares.length, 0);
  await unlocked(made, OTHER);
  await made.outbox.renewed; // sealing anew writes the keyring too, and of two writers one is refused
  await (await made.vaults.ways()).setPin({ secret: OTHER, pin: PIN_IN });
  await (await made.vaults.ways()).remove({ secret: OTHER, way: "prf" });
  equal([county.pin, (await made.vaults.list())[0].ways], [null, ["secret"]]);
}

export async function test_a_keyring_is_written_only_in_place_of_the_one_it_was_made_from() {
  const county = await County.create();
  const made = await enrolledPhone(county);
  const other = await phone(county, { name: made.name });
  await other.vaults.unlock(other.vaults.current.ref, SECRET);
  await made.vaults.takeKeys(await newerKeys(county));
  const { keyring } = await recordOf(made);
  await refuses("vault_locked", async () => other.vaults.takeKeys(await county.keysOf(3)));
  equal([...(await recordOf(made)).keyring], [...keyring]);
}

export async function test_a_locked_tab_of_before_a_new_key_stores_a_stop_and_seals_for_the_mailbox_of_now() {
  const county = await County.create();
  const one = await usedPhone(county);
  const other = await phone(county, { name: one.name });
  await (await one.vaults.ways()).change({ secret: SECRET, to: { secret: OTHER, kind: "passphrase" } });
  // Given a tab that did not hear of it
  const { mailbox } = await recordOf(one);
  equal([...other.vaults.record.mailbox].join() === [...mailbox].join(), false);
  await other.vaults.heard([{ kind: "suspended" }]);
  equal([(await recordOf(one)).stopped, other.vaults.current.stopped], ["suspended", "suspended"]);
  // And one that does
  await refuses("vault_locked", () => other.vaults.change({ numbers: [] }));
  equal([...other.vaults.vault.record.mailbox], [...mailbox]);
}

export async function test_a_tab_that_is_locked_hears_of_a_new_key() {
  const county = await County.create();
  const one = await phone(county, { tabs: true });
  await one.vaults.enrol({ ...given, code24: await county.code24() });
  const other = await phone(county, { name: one.name, tabs: true });
  const heard = new Promise((resolve) => {
    const { remember } = other.vaults.vault;
    other.vaults.vault.remember = (/** @type {any} */ record) => {
      remember.call(other.vaults.vault, record);
      if (record.generation === 1) resolve(null);
    };
  });
  await (await one.vaults.ways()).change({ secret: SECRET, to: { secret: OTHER, kind: "passphrase" } });
  await heard;
  equal([...other.vaults.record.mailbox], [...(await recordOf(one)).mailbox]);
}

const given = { login: "demo", password: "demo", secret: SECRET, kind: "passphrase", pin: "280417" };

export async function test_a_renewal_that_fails_at_the_unlock_keeps_nobody_out() {
  const county = await County.create();
  const made = await usedPhone(county);
  const before = await belongings(made);
  await made.vaults.change({ renew: true });
  made.vaults.lock();
  const { database } = made.root;
  const { run } = database;
  database.run = (/** @type {any[]} */ ...asked) =>
    asked[1] === "readwrite"
      ? Promise.reject(Object.assign(new Error("full"), { code: "storage_full" }))
      : run.apply(database, asked);
  await made.vaults.unlock(made.vaults.current.ref, SECRET);
  database.run = run;
  equal([made.vaults.state, (await recordOf(made)).renew], ["open", true]);
  made.vaults.lock();
  await unlocked(made);
  equal([(await recordOf(made)).generation, await belongings(made)], [1, before]);
}

export async function test_a_change_while_values_are_sealed_anew_waits_for_them() {
  const county = await County.create();
  const made = await usedPhone(county);
  const before = await belongings(made);
  await (await made.vaults.ways()).change({ secret: SECRET, to: { secret: OTHER, kind: "passphrase" } });
  // Given values under the key of before, of which the first are on their way
  const { vault } = made.vaults;
  const { call } = vault;
  let asked = false;
  const begun = async () => {
    const { pending = [] } = await navigator.locks.query();
    return asked || pending.some(({ name = "" }) => name.startsWith("fieldapp-renew-"));
  };
  vault.call = async (/** @type {string} */ op, /** @type {any} */ given) => {
    if (op === "renewal.again") while (!(await begun()));
    if (op !== "renewal.renew") return call.call(vault, op, given);
    asked = true;
    const parts = await call.call(vault, op, given);
    await made.outbox.renewed;
    return parts;
  };
  await made.vaults.unlock(made.vaults.current.ref, OTHER);
  await made.outbox.ready();
  // When she changes it once more, then it waits for the end of that, and is done
  await (await made.vaults.ways()).change({ secret: OTHER, to: { secret: SECRET, kind: "passphrase" } });
  vault.call = call;
  await unlocked(made, SECRET);
  equal(await belongings(made), before);
  await made.outbox.renewed;
  equal(made.vaults.renewing, false);
}

export async function test_a_passphrase_is_as_long_as_the_office_asks() {
  const county = await County.create();
  county.me.policy = { ...county.me.policy, .../** @type {any} */ ({ secret_minimum: 22 }) };
  const made = await enrolledPhone(county);
  const ways = await made.vaults.ways();
  const to = (/** @type {string} */ secret) => ways.change({ secret: SECRET, to: { secret, kind: "passphrase" } });
  await refuses("secret_short", () => to("八只 绿色 茶杯 站在 窗台 sevens"));
  await to("八只 绿色 茶杯 站在 窗台 seventeen");
  equal(made.vaults.state, "locked");
}
