// What the server keeps for a person and did not take becomes a draft again, standing on what it was written on.

import { ownOf, stateNow } from "../ui/worklist-groups.js";
import { bundleOf } from "../wire-case.js";

/** @typedef {import("../wire-app.js").App} App */

/** A draft of what the server did not take. @param {App} app @param {any} item @returns {Promise<string>} its ref */
export async function reopen(app, item) {
  const own = ownOf(app.outbox.items(), item.record_id);
  const known = await toldOf(app, item);
  const parents = await groundOf(app, own, item, known?.head);
  const door = stateNow(known ?? { state: "draft" }, own) === "door_submitted";
  return app.outbox.reopen(item.ref, { parents, door });
}

/** @param {App} app @param {any} item @returns {Promise<any>} its record as the server told it */
export async function toldOf(app, { case_id, record_id }) {
  const bundle = await bundleOf(app, case_id).catch(() => null);
  return (bundle?.records ?? []).find((/** @type {any} */ one) => one.record_id === record_id);
}

/**
 * The revisions that an item was written on, as far as the server holds them. Never simply its newest: what came there from another phone
 * meanwhile would be written over unseen; on its own ground the two meet as versions, and a person merges them.
 * @param {App} app @param {any[]} own items of the record @param {any} item @param {string | undefined} head as the server told it
 * @returns {Promise<string[]>} none where that is not known any more: then all that differs is asked
 */
async function groundOf(app, own, item, head) {
  if (item.reason === "pen_at_desk") {
    // Kept as a version beside what it was written on: a newer word of hers is on top of both.
    const { parents } = (await app.outbox.body(item.ref).catch(() => null))?.head ?? { parents: [] };
    return parents.length > 1 ? parents : [...parents, item.revision_id];
  }
  const found = new Set();
  const waiting = [item.revision_id];
  for (let at = waiting.shift(); at; at = waiting.shift()) {
    const one = own.find(({ kind, revision_id }) => kind === "revision" && revision_id === at);
    if (at === head || (one && one.state !== "attention")) found.add(at);
    else if (one) waiting.push(...((await app.outbox.body(one.ref).catch(() => null))?.head.parents ?? []));
    else if (item.reason === "parent_kept") return [];
    else found.add(at);
  }
  return [...found].slice(0, 2);
}
