// A copy of the flash: what is left of keys that were ended, and what a bit does that turned, in whichever part of whichever row.

import { hex } from "../../../static/js/bytes.js";
import { newId } from "../../../static/js/ids.js";
import { createFiles } from "../../../static/js/more/files.js";
import { STORES } from "../../../static/js/store/db.js";
import { Database } from "../../../static/js/store/idb.js";
import { County, enrolledPhone, equal, phone, revisionHead, SECRET, seeded, unlocked } from "./county.js";

const PIN_IN = "604193";
const OTHER = "八只 绿色 茶杯 站在 窗台 seven";
const BODY = { answers: { head_name: "演示丁" }, replies: [], recorded: { started: 1, language: "zh" }, visitors: [] };

/** A phone with something in every store: received, waiting, kept aside, made while locked. @param {County} county */
async function usedPhone(county) {
  const made = await enrolledPhone(county);
  const { store } = made.outbox;
  for (const id of ["one", "two"]) county.tell(`case:${id}`, { case_id: id, code_name: id, records: [], visits: [] });
  county.judge = (head) => (head.form === "F0" ? "quarantined" : head.form === "F4" ? "wait" : null);
  for (const form of ["F0", "F2", "F4"]) await made.outbox.handIn({ head: revisionHead({ form }), body: BODY });
  for (const i of [1, 2]) await store.drafts.save(`draft-${i}`, { record_id: newId(1), answers: { i } });
  await store.state.put("screens", { running: ["x"] });
  await made.outbox.sendNow();
  const files = createFiles({ vaults: made.vaults });
  const about = { kind: /** @type {const} */ ("photo"), type: "image/jpeg", record_id: newId(1) };
  made.photo = await files.take(new Uint8Array(3_000).fill(7), about);
  files.stop();
  return made;
}

/** Every run of bytes that lies in a row: where, and what. @param {any} value @param {string[]} path @returns {{path: string[], bytes: Uint8Array}[]} */
function bytesIn(value, path) {
  if (value instanceof Uint8Array) return [{ path, bytes: value }];
  if (!value || typeof value !== "object" || value instanceof CryptoKey) return [];
  return Object.entries(value).flatMap(([name, one]) => bytesIn(one, [...path, name]));
}

/** @param {any} database */
async function allBytes(database) {
  const found = [];
  for (const store of database.stores)
    for (const [key, row] of await database.entries(store)) found.push(...bytesIn(row, [store, key]));
  return found;
}

export async function test_after_another_secret_nothing_of_the_old_keys_and_seals_is_in_the_live_data() {
  const county = await County.create();
  const made = await usedPhone(county);
  await (await made.vaults.ways()).setPin({ secret: SECRET, pin: PIN_IN });
  const stores = async () => [
    ...(await allBytes(made.root.database)),
    ...(await allBytes(made.outbox.store.database)).filter(({ path }) => path.at(-1) === "sealed"),
  ];
  const before = await stores();
  equal(new Set(before.map(({ path }) => path[0])).size > 7, true);
  await (await made.vaults.ways()).change({ secret: SECRET, to: { secret: OTHER, kind: "passphrase" } });
  await unlocked(made, OTHER);
  await made.outbox.renewed;
  const now = (await stores()).map(({ bytes }) => hex(bytes)).join();
  const left = before.filter(({ bytes }) => now.includes(hex(bytes))).map(({ path }) => path.join("."));
  equal(left, []);
}

/** @param {string} name of the root database @param {string} database of the vault */
const databasesOf = (name, database) => [new Database(name, ["vaults", "settings"]), new Database(database, STORES)];

/** @param {Database[]} databases @returns {Promise<Map<string, [string, any][]>>} by store */
async function copied(databases) {
  const stores = databases.flatMap((database) => database.stores.map((store) => ({ database, store })));
  return new Map(
    await Promise.all(
      stores.map(async ({ database, store }) => /** @type {const} */ ([store, await database.entries(store)])),
    ),
  );
}

/** The flash as it was. @param {Database[]} databases @param {Map<string, [string, any][]>} copy */
async function putBack(databases, copy) {
  for (const database of databases)
    await database.run(database.stores, "readwrite", (stores) => {
      for (const store of database.stores) {
        stores[store].clear();
        for (const [key, row] of copy.get(store) ?? []) stores[store].put(row, key);
      }
    });
}

/** What a person has on this phone, thing by thing: what it says, or that it cannot be read. @param {any} made @param {Set<string>} kept refs in the outbox before @param {any} photo @returns {Promise<Record<string, string>>} */
async function things(made, kept, photo) {
  const { store } = made.outbox;
  /** @type {Record<string, string>} */
  const found = {};
  for (const one of await store.drafts.list()) found[`draft ${one.ref}`] = one.problem ?? JSON.stringify(one.draft);
  for (const { ref, kind, form, problem } of made.outbox.items()) {
    const copy = await said(made.outbox.body(ref));
    const name = kept.has(ref) ? ref : "her word for what was made while locked";
    found[`item ${name}`] = problem ?? `${kind} ${form} ${kind === "urgent" ? "" : copy}`;
  }
  for (const id of ["one", "two"]) found[`case ${id}`] = await said(store.inbox.caseOf(id));
  const files = createFiles({ vaults: made.vaults });
  found.photo = await said(files.open(photo).then((bytes) => bytes?.byteLength));
  files.stop();
  found.me = await said(store.inbox.me());
  found.screens = await said(store.state.get("screens"));
  return found;
}

/** @param {Promise<any>} asked */
const said = (asked) =>
  asked.then(
    (value) => JSON.stringify(value),
    ({ code }) => code,
  );

export async function test_a_bit_that_turned_beside_the_sealed_values_costs_its_row_alone() {
  const county = await County.create();
  const chance = seeded(20_261_122);
  const made = await usedPhone(county);
  const { ref, database } = made.vaults.current;
  // One answered while locked, one made while locked: both lie sealed to the mailbox
  county.loses = "request";
  await made.outbox.handIn({ head: revisionHead({ form: "F9" }), body: BODY });
  await made.outbox.sendNow();
  made.vaults.lock();
  await made.outbox.ready();
  county.loses = null;
  equal((await made.outbox.sendNow()).contact, true);
  county.loses = "request";
  await made.outbox.sealUrgent({ dangers: ["danger_now"], place: "演示" });
  await made.outbox.stop();
  const databases = databasesOf(made.name, database);
  const whole = await copied(databases);
  const kept = new Set((whole.get("outbox") ?? []).map(([key]) => key));
  /** Opens it anew, without a link. */
  const opened = async () => {
    const again = await phone(county, { name: made.name });
    await again.vaults.unlock(ref, SECRET);
    await again.outbox.ready();
    const found = await things(again, kept, made.photo);
    again.vaults.lock();
    await again.outbox.ready();
    await again.outbox.stop();
    return found;
  };
  const sound = await opened();
  equal([Object.keys(sound).length, sound.photo], [13, "3000"]);
  /** @type {Record<string, string[]>} */
  const lost = {};
  for (const store of STORES) {
    const parts = (whole.get(store) ?? []).flatMap(([key, row]) => bytesIn(row, [key]));
    // What is sealed as a value is turned in damage_test.js, all of it
    for (const part of new Set(parts.map(({ path }) => path[1]).filter((name) => name !== "sealed"))) {
      const rows = parts.filter(({ path }) => path[1] === part);
      const { path, bytes } = rows[Math.floor(chance() * rows.length)];
      const at = Math.floor(chance() * bytes.length);
      const bit = 1 << Math.floor(chance() * 8);
      bytes[at] ^= bit;
      await putBack(databases, whole);
      bytes[at] ^= bit;
      const found = await opened();
      const changed = Object.keys(sound).filter((name) => sound[name] !== found[name]);
      lost[`${store}.${part}`] = changed.map((name) => (name === `item ${path[0]}` ? found[name] : name));
    }
  }
  equal(Object.entries(lost).sort(), [
    // Sealed for the server: it alone notices, keeps it for a person, or asks for it anew (tests/web/test_bad_packages.py)
    ["blobs.envelope", []],
    ["blobs.part", ["photo"]],
    ["envelopes.bytes", []],
    ["outbox.package", []],
    ["outbox.posted", ["value_damaged", "item her word for what was made while locked"]],
    // The clear part of the row says how it stands; only its number is lost
    ["outbox.said", []],
  ]);
}
