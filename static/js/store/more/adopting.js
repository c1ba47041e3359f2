// A copy of a draft that came back from the server, as a newly enrolled vault gets it, becomes a draft again.

import { newRef } from "../../ids.js";

/** @param {import("../inbox.js").Inbox} store @param {string} record_id @returns {Promise<string | null>} its ref; null where there is no such copy */
export async function adopt(store, record_id) {
  const copy = await store.get(`draft:${record_id}`);
  if (!copy) return null;
  const { body, case_id, visit_id, form, form_version, number } = copy;
  const held = (await store.caseOf(case_id)) ?? (await store.packs.all()).find((one) => one.case_id === case_id);
  const record = held?.records?.find((/** @type {any} */ one) => one.record_id === record_id);
  const draft = {
    ...body,
    ...{ record_id, case_id, visit_id, form, form_version },
    district: held?.district ?? body.district ?? (await store.me())?.district ?? null,
    // What the server holds of it counts; what the copy was written on may have been lost with the old phone.
    parents: held ? (record?.head ? [record.head] : []) : (body.parents ?? []),
    door: record?.state === "door_submitted",
    copy_number: number, // the next copy counts on from it: an older number would not replace this one
  };
  const ref = newRef();
  const row = await store.safe.row("drafts", ref, { draft, saved_at: copy.body?.recorded?.now ?? 0 });
  const key = await store.safe.name("inbox", `draft:${record_id}`);
  await store.database.run(["drafts", "inbox"], "readwrite", ({ drafts, inbox }) => {
    drafts.put(row, ref);
    inbox.delete(key);
  });
  return ref;
}
