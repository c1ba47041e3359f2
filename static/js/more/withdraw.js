// Taking a report back before a reviewer opened it.

import { addPairs, t } from "../ui/i18n.js";
import { TEXTS } from "../ui/more/texts-lists.js";
import { askReason } from "../ui/parts.js";
import { sayThrown } from "../wire-app.js";

addPairs(TEXTS);

const REASONS = ["mistake", "incomplete", "other"];

/** @param {import("../wire-app.js").App} app @param {any} bundle @param {import("../ui/case.js").RecordRow} row */
export async function withdraw(app, bundle, row) {
  const reasons = REASONS.map((value) => ({ value, label: t(`withdraw_${value}`) }));
  const answer = await askReason(app.shell.sheets, {
    id: "withdraw",
    title: t("withdraw_title"),
    text: t("withdraw_text"),
    reasons,
    confirm: t("withdraw"),
  });
  if (!answer) return;
  const { district, case_id } = bundle;
  const { visit_id, record_id, form, form_version } = row;
  try {
    await app.outbox.handIn({
      head: { kind: "withdraw", district, case_id, visit_id, record_id, form, form_version },
      body: answer,
    });
    app.outbox.wake("saved");
    app.shell.toast(t("withdraw_done"));
  } catch (thrown) {
    app.shell.toast(sayThrown(thrown).title);
  }
  await app.nav.update();
}
