// What the server may order: stop, wipe, seal for another key. Each holds without a link, and nothing is lost that was to be sent.

import { b64u, hex } from "../../../static/js/bytes.js";
import { newId } from "../../../static/js/ids.js";
import { finishWipes } from "../../../static/js/outbox.js";
import { openStore } from "../../../static/js/store/db.js";
import { sha256 } from "../../../static/js/vault-worker/seals.js";
import { County, enrolledPhone, equal, killed, phone, refuses, revisionHead, SECRET, unlocked } from "./county.js";
import { keyPairFromSeed } from "./opening.js";

const BODY = { answers: { head_name: "演示丁" }, replies: [], recorded: { started: 1, language: "zh" }, visitors: [] };

/** @param {any} made */
const handIn = (made) => made.outbox.handIn({ head: revisionHead(), body: BODY });

/** @param {County} county @param {any} made @param {any} [spoiled] @returns {Promise<any>} the directive */
async function wipeOf(county, made, spoiled = {}) {
  const [order, at] = [newId(5), county.clock];
  const signature = await county.signed("fieldapp/1/wipe", made.vaults.current.vault_id, order, at);
  return { kind: "wipe", order, at, signature, ...spoiled };
}

/** What the wiring does at every start. @param {County} county @param {any} made @param {() => Promise<any>} [rest] */
const finish = (county, made, rest) =>
  finishWipes({ vaults: made.vaults, api: county.api, openStore, now: () => county.clock, timer: made.timer, rest });

/** Every row of every store, byte by byte. @param {any} made */
async function bytesOf(made) {
  const { database } = openStore({ database: made.vaults.current.database, vault: made.vaults.vault });
  const all = [];
  for (const store of database.stores) {
    const rows = await database.entries(store);
    const flat = (/** @type {string} */ _, /** @type {any} */ value) =>
      value instanceof Uint8Array ? hex(value) : value;
    all.push([store, JSON.stringify(rows, flat)]);
  }
  await database.close();
  return all;
}

export async function test_a_stopped_phone_stays_locked_without_a_link_and_still_sends() {
  const county = await County.create();
  const made = await enrolledPhone(county);
  for (const kind of ["suspended", "revoked"]) {
    county.directives = [{ kind }];
    await handIn(made);
    await made.outbox.sendNow();
    equal([made.vaults.state, made.vaults.current.stopped], ["locked", kind]);
    // And after a start without a link
    const again = await killed(made, county);
    await refuses(kind, () => again.vaults.unlock(again.vaults.current.ref, SECRET));
    const { op } = await again.outbox.sealUrgent({ dangers: ["danger_now"] });
    await again.outbox.sendNow();
    equal(county.stored.get(op).head.kind, "urgent");
    // A later contact without that word gives it back, with all that was on it
    county.directives = [];
    await again.outbox.sendNow();
    await unlocked(again);
    equal([again.vaults.state, again.outbox.items().length > 0], ["open", true]);
    Object.assign(made, again);
  }
}

export async function test_a_wipe_drops_the_keys_first_then_hands_in_then_deletes_and_reports() {
  const county = await County.create();
  const made = await enrolledPhone(county);
  const copied = await made.root.get(made.vaults.current.ref);
  await made.outbox.store.drafts.save("a", { record_id: newId(1), answers: {} });
  // Given a report that could not go, when the order comes with the next contact
  county.loses = "request";
  await handIn(made);
  await made.outbox.sendNow();
  county.loses = null;
  const order = await wipeOf(county, made);
  county.directives = [order];
  const { outbox } = made;
  const before = county.heldOf("revision").length;
  county.take = losing(county);
  await outbox.sendNow();
  // Then nobody opens it any more, and the lock screen does not name it
  const record = await made.root.get(copied.ref);
  equal([record.wraps, record.keyring.length, record.device_secret, made.vaults.state], [[], 0, null, "none"]);
  equal(await made.vaults.list(), []);
  // And killed before it was handed in, it goes on at the next start
  county.loses = "request";
  await finish(county, made);
  const again = await phone(county, { name: made.name });
  equal([(await again.root.list()).length, again.vaults.state], [1, "none"]);
  county.loses = null;
  await finish(county, again);
  equal([county.heldOf("revision").length, (await again.root.list()).length], [before + 1, 0]);
  equal(county.heads.at(-1).wiped, { order: order.order, unsent: 1 }); // the draft of which there was no copy
  const names = (await indexedDB.databases()).map(({ name }) => name);
  equal(names.includes(copied.database), false);
}

/** The first package is not answered: it waits still when the order is carried out. @param {County} county */
function losing(county) {
  const { take } = county;
  let first = true;
  return async (/** @type {any} */ bytes, /** @type {any} */ sealing) => {
    const result = first ? { op: "nothing" } : await take.call(county, bytes, sealing);
    first = false;
    return result;
  };
}

export async function test_what_the_server_lets_wait_is_tried_for_a_week_before_a_wiped_vault_goes() {
  const county = await County.create();
  const made = await enrolledPhone(county);
  const words = ["wait", "reseal", "refused"];
  county.judge = ({ case_id }) => words[Number(case_id.slice(-1))];
  for (const i of words.keys())
    await made.outbox.handIn({ head: revisionHead({ case_id: `${newId(1).slice(0, -1)}${i}` }), body: BODY });
  await made.vaults.heard([await wipeOf(county, made)]);
  // Given answers that may be others later, the vault stays, with what nobody can open here
  for (let start = 0; start < 3; start += 1) await finish(county, made);
  equal([(await made.root.list()).length, county.heads.at(-1).wiped], [1, undefined]);
  // After a week they count as unsent
  county.clock += 7 * 86_400_000;
  await finish(county, made);
  equal([(await made.root.list()).length, county.heads.at(-1).wiped.unsent], [0, 3]);
}

export async function test_what_waited_at_first_is_handed_in_at_a_later_start_of_a_wiped_phone() {
  const county = await County.create();
  const made = await enrolledPhone(county);
  county.judge = () => "wait";
  const { op } = await handIn(made);
  const order = await wipeOf(county, made);
  await made.vaults.heard([order]);
  equal([await finish(county, made), county.stored.has(op)], [true, false]);
  county.judge = null;
  // In the tab that did not get the lock it is not over either
  equal(await navigator.locks.request("fieldapp-wipe", () => finish(county, made)), true);
  county.loses = "request";
  equal(await finish(county, made), true);
  county.loses = null;
  equal([await finish(county, made), await finish(county, made)], [false, false]);
  equal([county.stored.has(op), (await made.root.list()).length], [true, 0]);
  equal(county.heads.at(-1).wiped, { order: order.order, unsent: 0 });
  // And nothing is asked for any more in the name of a vault that is gone
  const { requests } = county;
  while (made.timer.fire() !== undefined);
  equal(county.requests, requests);
}

export async function test_an_order_that_the_server_did_not_sign_wipes_nothing() {
  const county = await County.create();
  const made = await enrolledPhone(county);
  const order = await wipeOf(county, made);
  for (const spoiled of [
    { ...order, order: newId(6) },
    { ...order, at: 1 },
    { ...order, signature: "AAAA" },
  ]) {
    county.directives = [spoiled];
    await made.outbox.sendNow();
    equal([made.vaults.state, (await made.vaults.list()).length], ["open", 1]);
  }
}

export async function test_the_other_vault_of_the_phone_is_left_byte_for_byte() {
  const [one, two] = [await County.create(), await County.create()];
  const first = await enrolledPhone(one);
  await handIn(first);
  // Given a second person on the same phone, whose things wait too
  const second = await enrolledPhone(two, { name: first.name });
  await second.outbox.store.drafts.save("mine", { record_id: newId(1), answers: { a: 1 } });
  two.loses = "request";
  await handIn(second);
  await second.outbox.sendNow();
  const before = await bytesOf(second);
  // When the first is wiped
  one.directives = [await wipeOf(one, first)];
  await first.outbox.sendNow();
  await finish(one, first);
  // Then it is gone, and nothing of the other was touched
  equal(
    (await second.root.list()).map((/** @type {any} */ { ref }) => ref),
    [second.vaults.current.ref],
  );
  equal(await bytesOf(second), before);
  two.loses = null;
  await second.outbox.sendNow();
  equal(second.outbox.items()[0].state, "received");
}

export async function test_a_newer_list_of_keys_is_taken_only_signed_and_rising() {
  const county = await County.create();
  const made = await enrolledPhone(county);
  equal(county.heads.at(-1).keys_version, 1);
  const pair = await keyPairFromSeed(new Uint8Array(32).fill(8));
  const key_id = hex((await sha256(pair.public)).slice(0, 8));
  const row = { key_id, suite: 1, public: b64u(pair.public), from: 5, until: null };
  const { identity_key, server_keys } = await made.root.get(made.vaults.current.ref);
  const list = async (/** @type {number} */ keys_version, /** @type {any} */ spoiled = {}) => {
    const server_keys = [row];
    const rows = server_keys.map((key) => [key.key_id, key.suite, key.public, key.from, key.until]);
    const keys_signature = await county.signed("fieldapp/1/keys", keys_version, rows);
    return { identity_key, server_keys, keys_version, keys_signature, ...spoiled };
  };
  const stranger = await County.create();
  const theirs = b64u(new Uint8Array(await crypto.subtle.exportKey("raw", stranger.identity.publicKey)));
  const forged = await stranger.signed("fieldapp/1/keys", 2, [[key_id, 1, row.public, 5, null]]);
  // Given lists of another signer, of another identity, and one that is not newer
  for (const keys of [
    await list(2, { keys_signature: forged }),
    await list(2, { keys_signature: forged, identity_key: theirs }),
    await list(3, { keys_version: 4 }),
    await list(1),
  ]) {
    county.keys = keys;
    await made.outbox.sendNow();
    const record = await made.root.get(made.vaults.current.ref);
    equal([record.server_keys, record.keys_version], [server_keys, 1]);
  }
  // When the right one comes, the old key is gone at the server, and what was sealed for it is asked for again
  county.keys = null;
  county.judge = () => "wait";
  const { revision_id } = await handIn(made);
  await made.outbox.sendNow();
  county.judge = null;
  const old = county.hpke;
  county.hpke = pair;
  county.unknown_key = true;
  county.keys = await list(2);
  await made.outbox.sendNow();
  const [item] = made.outbox.items();
  equal([item.state, item.revision_id, county.heads.at(-1).keys_version], ["received", revision_id, 2]);
  equal((await made.root.get(made.vaults.current.ref)).keys_version, 2);
  // And it holds after a start; a list that lies on the flash and is older is set right by what the keyring says
  await made.root.change(made.vaults.current.ref, { server_keys, keys_version: 1 });
  const again = await killed(made, county);
  await unlocked(again);
  equal((await again.root.get(again.vaults.current.ref)).keys_version, 2);
  equal(old === county.hpke, false);
}

export async function test_a_phone_says_how_it_is_when_that_changed_and_at_most_hourly() {
  const county = await County.create();
  const about = async () => ({ free_bytes: 1_234_567_890, persisted: true, model: "演示手机".repeat(30) });
  const made = await enrolledPhone(county, { about });
  const said = () => county.heads.filter(({ device }) => device).map(({ device }) => device);
  equal(said().length, 1);
  const { model, ...rest } = said()[0];
  equal(model.length, 60);
  equal(rest, { unsent: 0, oldest: null, free_bytes: 1_230_000_000, persisted: true, ways: ["secret"], locked: false });
  county.loses = "request";
  await handIn(made);
  await made.outbox.sendNow();
  county.loses = null;
  made.vaults.lock();
  await made.outbox.ready();
  await made.outbox.sendNow();
  equal(said().length, 1);
  county.clock += 3_600_000;
  await made.outbox.sendNow();
  equal([said().length, said()[1].locked, county.heads.at(-1).keys_version], [2, true, undefined]);
}

export async function test_the_second_vault_of_a_phone_says_how_it_is_within_the_same_hour() {
  const [one, two] = [await County.create(), await County.create()];
  const about = async () => ({ free_bytes: 1_000_000_000, persisted: true, model: "演示手机" });
  const api = {
    enrol: (/** @type {any} */ request) => (one.vault ? two : one).enrol(request),
    exchange: (/** @type {any} */ given) => (given.vault_id === one.vault.vault_id ? one : two).exchange(given),
  };
  const made = await enrolledPhone(one, { about, api });
  await made.vaults.enrol({
    ...{
      code24: await two.code24(),
      login: "demo",
      password: "demo",
      secret: SECRET,
      kind: "passphrase",
      pin: "280417",
    },
  });
  await made.outbox.ready();
  await made.outbox.sendNow();
  const told = (/** @type {County} */ { heads }) => heads.filter(({ device }) => device).length;
  equal([told(one), told(two)], [1, 1]);
}

export async function test_a_stop_that_is_heard_during_an_unlock_or_while_open_locks() {
  const county = await County.create();
  const made = await enrolledPhone(county);
  await (await made.vaults.ways()).setPin({ secret: SECRET, pin: "604193" });
  made.vaults.lock();
  const { share } = county.api;
  county.api.share = async (given) => {
    county.directives = [{ kind: "suspended" }]; // an exchange of its own may end beside this one
    await made.vaults.heard(county.directives);
    return share(given);
  };
  const { ref } = made.vaults.current;
  await refuses("suspended", () => made.vaults.unlock(ref, "604193", "pin"));
  equal(made.vaults.state, "locked");
  await refuses("vault_locked", () => made.vaults.vault.seal([{ store: "state", key: "a", bytes: new Uint8Array(1) }]));
  county.api.share = share;
  county.directives = [];
  await made.vaults.heard([]);
  await unlocked(made);
  // And a stop that this tab has known, and yet is open
  made.vaults.record = { ...made.vaults.record, stopped: "suspended" };
  await made.vaults.heard([{ kind: "suspended" }]);
  equal(made.vaults.state, "locked");
}

export async function test_a_phone_that_is_wiped_while_locked_counts_its_drafts_and_only_once() {
  const county = await County.create();
  const made = await enrolledPhone(county);
  for (const ref of ["a", "b"]) await made.outbox.store.drafts.save(ref, { record_id: newId(1), answers: {} });
  const late = await phone(county, { name: made.name });
  made.vaults.lock();
  await made.outbox.ready();
  const order = await wipeOf(county, made);
  await made.vaults.heard([order]);
  const begun = (await made.root.list())[0].wiping;
  equal(begun, { order: order.order, drafts: 2, since: county.clock });
  // Another tab that hears it too, when nothing is left to count, changes nothing
  await late.outbox.store?.close();
  await late.vaults.heard([{ ...order, ...(await wipeOf(county, late)) }]);
  equal((await late.root.list())[0].wiping, begun);
}

export async function test_what_a_restore_lost_while_a_phone_was_being_wiped_is_handed_in_again_by_its_own_bytes() {
  const county = await County.create();
  const made = await enrolledPhone(county);
  const [kept, lost] = [await handIn(made), await handIn(made)];
  await made.outbox.sendNow();
  const order = await wipeOf(county, made);
  await made.vaults.heard([order]);
  const { bytes } = county.stored.get(lost.op);
  // Given a backup of before the second report: of that a phone without its keys cannot know
  Object.assign(county, { epoch: "e2" }).stored.delete(lost.op);
  const sent = () => county.heads.reduce((n, { packages }) => n + packages.length, 0);
  const before = sent();
  // When it is wiped, then both are offered, and once: also where a photo keeps the vault for another start
  const waits = async () => ({ left: 1, forgiven: true, error: null });
  equal([await finish(county, made, waits), sent() - before], [true, 2]);
  equal([await finish(county, made), sent() - before], [false, 2]);
  // And the one that was missing is there again, by its own bytes; nothing counts as unsent
  equal([[...county.stored.get(lost.op).bytes].join(), county.stored.has(kept.op)], [[...bytes].join(), true]);
  equal([county.heldOf("revision").length, county.heads.at(-1).wiped], [2, { order: order.order, unsent: 0 }]);
}
