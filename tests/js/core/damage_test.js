// Flash goes bad bit by bit, and who holds the phone may write on it: what was changed or moved is noticed, and nothing else is lost by it.

import { newId } from "../../../static/js/ids.js";
import { Vault } from "../../../static/js/vault.js";
import { assert, County, enrolledPhone, equal, refuses, revisionHead, SECRET, startWorker } from "./county.js";

const PIN_IN = "604193";
const BODY = { answers: { head_name: "演示丁" }, replies: [], recorded: { started: 1, language: "zh" }, visitors: [] };

/** A phone with something in every store, also of two sizes. */
async function full() {
  const county = await County.create();
  const made = await enrolledPhone(county);
  const { store } = made.outbox;
  county.judge = () => "quarantined";
  for (const id of ["one", "two"]) county.tell(`case:${id}`, { case_id: id, code_name: id, records: [], visits: [] });
  for (const form of ["F0", "F2"]) await made.outbox.handIn({ head: revisionHead({ form }), body: BODY });
  for (const i of [1, 400])
    await store.drafts.save(store.drafts.newRef(), { record_id: newId(1), answers: "文".repeat(i) });
  await store.state.put("screens", { running: ["x"] });
  await made.outbox.sendNow();
  await put(made, "blobs", await store.safe.row("blobs", "photo", "a picture"), "photo");
  await put(made, "envelopes", await store.safe.row("envelopes", "spare", 1), "spare");
  return made;
}

/** @param {any} made @param {string} store @param {any} row @param {string} key */
const put = (made, store, row, key) =>
  made.outbox.store.database.run([store], "readwrite", (/** @type {any} */ stores) => void stores[store].put(row, key));

/** Every sealed value of the phone. @param {any} made @returns {Promise<{store: string, key: string, sealed: any}[]>} */
async function valuesOf(made) {
  const { database } = made.outbox.store;
  const all = [];
  for (const store of database.stores)
    for (const [key, { sealed }] of await database.entries(store)) if (sealed) all.push({ store, key, sealed });
  equal(new Set(all.map(({ store }) => store)).size, database.stores.length);
  return all;
}

/** One of each kind of place: version, salt, text, its padding, tag; both ends of each. @param {number} length */
const placesOf = (length) => [0, 1, 16, 17, 20, 21, Math.floor(length / 2), length - 17, length - 16, length - 1];

/** @param {any} bytes @param {number} at @param {number} bit */
function flipped(bytes, at, bit) {
  const changed = bytes.slice();
  changed[at] ^= 1 << bit;
  return changed;
}

export async function test_a_flipped_bit_of_any_value_is_noticed_and_the_others_open() {
  const made = await full();
  const values = await valuesOf(made);
  for (const [i, value] of values.entries()) {
    for (const [n, at] of placesOf(value.sealed.length).entries()) {
      const spoiled = { ...value, sealed: flipped(value.sealed, at, n % 8) };
      const read = await made.vaults.vault.open(values.map((one, j) => (i === j ? spoiled : one)));
      equal(
        read.map((/** @type {any} */ one) => one.code ?? "open"),
        values.map((_, j) => (i === j ? "value_damaged" : "open")),
      );
    }
  }
}

export async function test_a_value_opens_in_no_other_row_and_no_other_store() {
  const made = await full();
  const values = await valuesOf(made);
  const pairs = values.flatMap((one, i) =>
    values.filter((_, j) => i !== j).map((other) => ({ ...one, sealed: other.sealed })),
  );
  const read = await made.vaults.vault.open(pairs);
  assert(read.length > 50 && read.every((/** @type {any} */ one) => one.code === "value_damaged"));
}

export async function test_a_damaged_row_costs_itself_alone_and_what_the_server_has_comes_again() {
  const made = await full();
  const { store } = made.outbox;
  const { database } = store;
  // Given one damaged row in each store, the first of its kind
  for (const name of ["drafts", "outbox", "copies", "inbox", "packs", "state"]) {
    const [key, row] = (await database.entries(name)).find((/** @type {any} */ [, one]) => one.sealed);
    await put(made, name, { ...row, sealed: flipped(row.sealed, 40, 3) }, key);
  }
  const { ref } = made.vaults.current;
  made.vaults.lock();
  await made.vaults.unlock(ref, SECRET);
  await made.outbox.ready();
  await made.outbox.sendNow();
  const again = made.outbox.store;
  // Then each says so by itself, and the rest is there: the server's part whole
  const drafts = await again.drafts.list();
  equal(drafts.map((/** @type {any} */ one) => one.problem ?? "open").sort(), ["open", "value_damaged"]);
  equal(
    made.outbox
      .items()
      .map((/** @type {any} */ one) => one.problem)
      .sort(),
    [null, "value_damaged"].sort(),
  );
  equal([(await again.inbox.caseOf("one")).case_id, (await again.inbox.caseOf("two")).case_id], ["one", "two"]);
  equal((await again.packs.all()).length, 2);
}

export async function test_a_flipped_bit_beside_the_seal_is_no_wrong_secret_and_costs_no_try() {
  const county = await County.create();
  const made = await enrolledPhone(county);
  await (await made.vaults.ways()).setPin({ secret: SECRET, pin: PIN_IN });
  const { ref } = made.vaults.current;
  made.vaults.lock();
  const record = await made.root.get(ref);
  const [secret, pin] = record.wraps;
  const asked = county.shares.length;
  for (const parts of [
    { keyring: flipped(record.keyring, 30, 2) },
    { wraps: [{ ...secret, wrapped: flipped(secret.wrapped, 7, 1) }, pin] },
    { wraps: [{ ...secret, kdf: { ...secret.kdf, iterations: 2 } }, pin] },
    { vault_id: newId(9) },
  ]) {
    await made.root.change(ref, parts);
    await refuses("value_damaged", () => made.vaults.unlock(ref, SECRET));
    await made.root.change(ref, record);
  }
  for (const parts of [
    { device_secret: flipped(record.device_secret, 3, 0) },
    { wraps: [secret, { ...pin, wrapped: flipped(pin.wrapped, 0, 0) }] },
    { wraps: [secret, { ...pin, kdf: { ...pin.kdf, salt: secret.kdf.salt } }] },
  ]) {
    await made.root.change(ref, parts);
    await refuses("value_damaged", () => made.vaults.unlock(ref, PIN_IN, "pin"));
    await made.root.change(ref, record);
  }
  equal(county.shares.length, asked);
  await made.vaults.unlock(ref, PIN_IN, "pin");
  equal(made.vaults.state, "open");
}

export async function test_keys_of_another_vault_open_nothing_here() {
  const [one, two] = [await full(), await full()];
  const record = await two.root.get(two.vaults.current.ref);
  const theirs = new Vault(startWorker, () => {});
  theirs.load(record);
  await theirs.call("unlock", { secret: SECRET });
  const read = await theirs.open(await valuesOf(one));
  assert(read.every((one) => !(one instanceof Uint8Array)));
  theirs.lock();
}
