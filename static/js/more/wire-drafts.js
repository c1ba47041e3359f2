// The page of drafts: what lies here unfinished, and copies of it that wait at the server.

import { t } from "../ui/i18n.js";
import { openDrafts } from "../ui/more/drafts.js";
import { askReason } from "../ui/parts.js";
import { ownOf, stateNow } from "../ui/worklist-groups.js";
import { nameOf, planOf, say, sayThrown, storeOf } from "../wire-app.js";

/** @typedef {import("../wire-app.js").App} App */

const VOID_REASONS = ["mistake", "duplicate", "wrong_family", "not_needed", "other"];
const NOT_READABLE = { title: "", code_name: "", saved_at: 0, door: false, may_void: false };

/** @param {import("../wire-app.js").App} app @param {HTMLElement} element */
export async function openDraftsOf(app, element) {
  const { outbox, nav } = app;
  const screen = openDrafts(element, await draftOptions());
  return { title: t("drafts"), tab: "drafts", update: async () => screen.update(await draftOptions()) };

  async function draftRows() {
    const store = storeOf(app);
    const summaries = await store.packs.all();
    const names = new Map(summaries.map(({ case_id, code_name }) => [case_id, code_name]));
    /** @type {Map<string, any>} */
    const records = new Map(summaries.flatMap((one) => one.records.map((/** @type {any} */ r) => [r.record_id, r])));
    return Promise.all(
      (await store.drafts.list()).map(async (one) => {
        if ("problem" in one) return { ...NOT_READABLE, ref: one.ref, problem: say(one.problem) };
        const { ref, draft, saved_at } = one;
        const title = nameOf(app, await planOf(app, draft.form, draft.form_version), draft);
        const may_void = mayGiveUp(records.get(draft.record_id), ownOf(outbox.items(), draft.record_id));
        const code_name = names.get(draft.case_id) ?? "";
        return { ref, title, code_name, saved_at, door: !!draft.door, may_void, problem: null };
      }),
    );
  }

  async function draftOptions() {
    const copies = (await storeOf(app).inbox.draftCopies()).map(async ({ record_id, copy }) => ({
      record_id,
      title: nameOf(app, await planOf(app, copy.form, copy.form_version), copy),
    }));
    return {
      rows: await draftRows(),
      copies: await Promise.all(copies),
      onOpen: (/** @type {string} */ ref) => void nav.go("record", { ref }),
      onVoid: (/** @type {import("../ui/more/drafts.js").DraftRow} */ row) => void voidDraft(app, row.ref),
      onAdopt: async (/** @type {string} */ record_id) => {
        await storeOf(app).inbox.adopt(record_id);
        await nav.update();
      },
    };
  }
}

/** May its author give the whole record up? Not once it was handed in: then its corrections are no record of their own. @param {{state: string, head?: string | null} | undefined} record as the server told it @param {import("../ui/worklist-groups.js").Item[]} own its items, oldest first */
export const mayGiveUp = (record, own) =>
  ["draft", "door_submitted"].includes(stateNow(record ?? { state: "draft" }, own));

/** A draft is given up by its author, with a reason the server keeps; it never just disappears. @param {App} app @param {string} ref */
async function voidDraft(app, ref) {
  const reasons = VOID_REASONS.map((value) => ({ value, label: t(`void_${value}`) }));
  const answer = await askReason(app.shell.sheets, {
    id: "void",
    title: t("void_title"),
    text: t("void_text"),
    reasons,
    confirm: t("void_confirm"),
  });
  if (!answer) return false;
  try {
    const draft = await storeOf(app).drafts.open(ref);
    const { district, case_id, visit_id, record_id, form, form_version } = draft;
    const head = { kind: "void", district, case_id, visit_id, record_id, form, form_version };
    await app.outbox.handIn({ head, body: answer, draft: { ref, after: "remove" } });
    app.outbox.wake("saved");
    app.shell.toast(t("void_done"));
    await app.nav.update();
    return true;
  } catch (thrown) {
    app.shell.toast(sayThrown(thrown).title);
    return false;
  }
}
