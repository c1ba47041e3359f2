// What the server keeps and did not take, as a draft again: from the copy here.

import { Problem } from "../../errors.js";

/**
 * @typedef {import("../../store/db.js").Store} Store
 * @typedef {import("../../store/outbox.js").Entry} Entry
 * @typedef {import("../../store/outbox.js").Write} Write
 */

/**
 * The draft, and the write that keeps it and notes that a person has acted on the entry. A draft of the same record that is here keeps its
 * answers, which are newer, and only stands on other ground.
 * @param {Store} store @param {Entry} entry @param {{parents: string[], door: boolean}} on what the server holds of the record
 * @returns {Promise<{draft: string, write: Write}>} throws `not_found`, `value_damaged`
 */
export async function reopened(store, entry, on) {
  const copy = await store.outbox.copy(entry.ref);
  if (copy?.head.kind !== "revision") throw new Problem("not_found");
  const { district, case_id, visit_id, record_id, form, form_version } = copy.head;
  const ids = { district, case_id, visit_id, record_id, form, form_version };
  const drafts = (await store.drafts.list()).flatMap((one) => ("problem" in one ? [] : [one]));
  const held = drafts.find((one) => one.draft.record_id === record_id);
  const { answers, papers, recorded } = copy.body;
  const draft = held?.ref ?? store.drafts.newRef();
  const row = await store.drafts.row(draft, { ...(held?.draft ?? { ...ids, answers, papers, recorded }), ...on });
  const acted = await store.outbox.acted(entry);
  const write = (/** @type {Record<string, IDBObjectStore>} */ stores) => {
    stores.drafts.put(row, draft);
    acted(stores);
  };
  return { draft, write };
}
