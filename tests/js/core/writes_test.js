// What a tab writes to the queue stands on the row as it is then: another tab, or the reply to the locked phone, may have written it since it was read.

import { newId } from "../../../static/js/ids.js";
import { waitingAgain } from "../../../static/js/outbox/more/restored.js";
import { County, enrolledPhone, equal, revisionHead } from "./county.js";

const BODY = { answers: { head_name: "演示丁" }, replies: [], recorded: { started: 1, language: "zh" }, visitors: [] };

/** One thing waits on an enrolled phone. @returns {Promise<any>} */
async function waiting() {
  const county = await County.create();
  const made = await enrolledPhone(county);
  county.loses = "request";
  await made.outbox.handIn({ head: revisionHead({ record_id: newId(9) }), body: BODY });
  await made.outbox.sendNow();
  const { outbox, database } = made.outbox.store;
  const [entry] = await outbox.entries({ open: true });
  return { vault: made.vaults.vault, outbox, database, entry };
}

/** @param {any} stage @param {any} changed what another tab wrote meanwhile @param {(stores: any) => void} write @returns {Promise<any>} the row after it */
async function after({ outbox, database, entry }, changed, write) {
  const put = (/** @type {any} */ stores) => stores.outbox.put({ ...entry.row, ...changed }, entry.ref);
  await database.run(["outbox"], "readwrite", put);
  await database.run(outbox.stores, "readwrite", write);
  return database.get("outbox", entry.ref);
}

export async function test_noting_that_a_person_acted_keeps_what_the_server_said_meanwhile() {
  const stage = await waiting();
  const write = await stage.outbox.acted(stage.entry);
  const row = await after(stage, { tries: 4, last: "conflict", package: null }, write);
  equal([row.tries, row.last, row.package], [4, "conflict", null]);
}

export async function test_what_waits_again_keeps_what_a_locked_phone_put_by_meanwhile() {
  const stage = await waiting();
  const write = await waitingAgain(stage.outbox, stage.entry, null);
  const row = await after(stage, { last: "ok", said: new Uint8Array([7]) }, write);
  equal([row.last, row.tries, [...row.said]], [null, 0, [7]]);
}

export async function test_a_word_that_comes_during_the_unlock_waits_for_the_next_one() {
  const stage = await waiting();
  const read = { ...stage.entry, row: { ...stage.entry.row, said: new Uint8Array([1]) } };
  const said = { op: stage.entry.row.op, status: "ok", reason: null, district: null, seq: 1, record_state: null };
  const write = await stage.outbox.settled(read, { posted: null, said: { ...said, kept_as: null } });
  // The same word goes with the unlock, another one stays
  equal((await after(stage, { said: read.row.said, last: "ok" }, write)).said, null);
  const row = await after(stage, { said: new Uint8Array([2]), last: "conflict" }, write);
  equal([[...row.said], row.last], [[2], "conflict"]);
}
