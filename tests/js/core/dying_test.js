// A phone that dies while it writes down an answer: after the start the answer is there whole or not at all, and nothing is passed over.

import { Problem } from "../../../static/js/errors.js";
import { County, enrolledPhone, equal, killed, revisionHead, unlocked } from "./county.js";

const BODY = { answers: { head_name: "演示丁" }, replies: [], recorded: { started: 1, language: "zh" }, visitors: [] };
const COMMITS_MAX = 20;

export async function test_a_phone_that_dies_after_any_commit_has_results_and_page_or_neither() {
  for (let commits = 0; await diesAfter(commits); commits++)
    if (commits > COMMITS_MAX) throw new Error("it never writes down an answer to its end");
}

/** @param {number} commits so many transactions of the answer still reach the disk @returns {Promise<boolean>} whether it died before the answer was at its end */
async function diesAfter(commits) {
  const county = await County.create();
  const made = await enrolledPhone(county);
  const head = revisionHead();
  county.loses = "request";
  await made.outbox.handIn({ head, body: BODY });
  await made.outbox.sendNow();
  county.loses = null;
  const { case_id, record_id, visit_id, form } = head;
  const record = { record_id, visit_id, form, state: "submitted" };
  county.tell(`case:${case_id}`, { case_id, preloaded: true, records: [record] });
  // Given a report that is answered, and a family that comes with the answer; and a phone that dies while it writes that down
  const { database } = made.outbox.store;
  const { run } = database;
  let is_dead = false;
  let is_answered = false;
  const { exchange } = county;
  county.api.exchange = async (/** @type {any} */ given) => {
    const reply = await exchange.call(county, given);
    is_answered = true;
    return reply;
  };
  database.run = async (/** @type {any[]} */ ...given) => {
    is_dead ||= is_answered && given[1] === "readwrite" && commits-- <= 0;
    if (is_dead) throw new Problem("storage_lost");
    return run.apply(database, given);
  };
  await made.outbox.sendNow();
  // When it is started again, without a link
  county.loses = "request";
  const again = await killed(made, county);
  await unlocked(again);
  // Then it has the word on its report and the family, or neither
  const [item] = again.outbox.items();
  const family = await again.outbox.store.inbox.caseOf(case_id);
  equal([item.state, Boolean(family)], family ? ["received", true] : ["waiting", false]);
  // And with a link it has both
  county.loses = null;
  await again.outbox.sendNow();
  const held = [again.outbox.items()[0].state, (await again.outbox.store.inbox.caseOf(case_id))?.case_id];
  equal([...held, county.heldOf("revision").length], ["received", case_id, 1]);
  return is_dead;
}
