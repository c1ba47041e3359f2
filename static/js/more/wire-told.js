// After a lead was handed in: whether who told us is written down too.

import { newId } from "../ids.js";
import { h } from "../ui/dom.js";
import { addPairs, t } from "../ui/i18n.js";
import { TEXTS } from "../ui/more/texts-told.js";
import { button, primary, sheet } from "../ui/parts.js";
import { newestPlan, storeOf } from "../wire-app.js";

addPairs(TEXTS);

/** A record of its own, sealed for two roles; asked once, while the other is still on the line. @param {import("../wire-app.js").App} app @param {any} lead */
export async function whoToldUs(app, { case_id, visit_id }) {
  const made = (/** @type {any} */ one) => one.form === "F1R" && one.case_id === case_id;
  const drafts = (await storeOf(app).drafts.list()).flatMap((one) => ("problem" in one ? [] : [one.draft]));
  if ([...drafts, ...app.outbox.items()].some(made) || !(await newestPlan(app, "F1R"))) return;
  const opened = sheet(
    app.shell.sheets,
    { id: "lead-contact", title: t("lead_contact"), onClose: () => opened.close() },
    h("p", null, t("lead_contact_why")),
    h(
      "div",
      { class: "actions" },
      primary(t("lead_contact_now"), () => {
        opened.close();
        void app.nav.go("record", { case_id, visit_id, form: "F1R", record_id: newId(app.now()) });
      }),
      button(t("lead_contact_no"), () => opened.close()),
    ),
  );
}
