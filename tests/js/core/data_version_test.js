// The form of what lies on a phone has a number: an older one is opened and kept, a newer one is left as it is.

import { newRef } from "../../../static/js/ids.js";
import { DATA_VERSION, Database } from "../../../static/js/store/idb.js";
import { openRoot } from "../../../static/js/store/root.js";
import { createVaults } from "../../../static/js/vault.js";
import { County, enrolledPhone, equal, phone, refuses, SECRET, startWorker, unlocked } from "./county.js";

const ROW = { v: 1, sealed: Uint8Array.of(1, 2, 3) };

/** What lies there, whatever opens it. @param {string} name */
async function held(name) {
  const database = await new Promise((resolve) => {
    const request = indexedDB.open(name);
    request.onsuccess = () => resolve(request.result);
  });
  const rows = await new Promise((resolve) => {
    const request = database.transaction("drafts").objectStore("drafts").getAll();
    request.onsuccess = () => resolve(request.result);
  });
  database.close();
  return { version: database.version, stores: [...database.objectStoreNames], rows };
}

/** @param {Database} database */
const write = (database) => database.run(["drafts"], "readwrite", ({ drafts }) => void drafts.put(ROW, "one"));

export async function test_what_an_older_app_left_stays_when_a_newer_one_adds_a_store() {
  const name = `test-${newRef()}`;
  const older = new Database(name, ["drafts"]);
  await write(older);
  // Its tab is still open
  const newer = new Database(name, ["drafts", "places"], indexedDB, DATA_VERSION + 1);
  equal(await newer.entries("places"), []);
  await newer.close();
  equal(await held(name), { version: DATA_VERSION + 1, stores: ["drafts", "places"], rows: [ROW] });
}

export async function test_what_a_newer_app_left_is_refused_and_not_touched() {
  const name = `test-${newRef()}`;
  const newer = new Database(name, ["drafts", "places"], indexedDB, DATA_VERSION + 1);
  await write(newer);
  await newer.close();
  const before = await held(name);
  const older = new Database(name, ["drafts"]);
  await refuses("storage_newer", () => older.entries("drafts"));
  await refuses("storage_newer", () => write(older));
  equal(await held(name), before);
}

export async function test_a_phone_whose_vaults_a_newer_app_wrote_offers_none_and_enrols_nobody() {
  const county = await County.create();
  const made = await enrolledPhone(county);
  await made.outbox.stop();
  const raised = new Database(made.name, ["vaults", "settings"], indexedDB, DATA_VERSION + 1);
  const vaults = await raised.entries("vaults");
  await raised.close();
  // When an older app comes
  const root = openRoot(made.name);
  const old = createVaults({ root, api: county.api, startWorker, channel: null });
  await refuses("storage_newer", () => old.start());
  await refuses("storage_newer", () => old.list());
  const asked = { code24: await county.code24(), login: "demo", password: "demo" };
  await refuses("storage_newer", () => old.enrol({ ...asked, secret: SECRET, kind: "passphrase", pin: "280417" }));
  equal((await raised.entries("vaults")).length, vaults.length);
  await raised.close();
}

export async function test_a_vault_whose_values_a_newer_app_wrote_stays_shut_and_whole() {
  const county = await County.create();
  const made = await enrolledPhone(county);
  const { store } = made.outbox;
  await store.drafts.save(store.drafts.newRef(), { answers: { a: 1 } });
  const { database } = made.vaults.current;
  made.vaults.lock();
  await made.outbox.stop();
  const raised = new Database(database, store.database.stores, indexedDB, DATA_VERSION + 1);
  const drafts = await raised.entries("drafts");
  await raised.close();
  const again = await phone(county, { name: made.name });
  await refuses("storage_newer", () => unlocked(again).then(() => again.outbox.store.drafts.list()));
  await again.outbox.stop();
  equal((await raised.entries("drafts")).length, drafts.length);
  await raised.close();
}
