// The way into the practice, from the page of enrolment or the own page. Nothing of more/training.js is loaded before the page begins anew: its
// sentences stand in place of the true ones.

import { addPairs, t } from "../ui/i18n.js";
import { TEXTS } from "../ui/more/texts-first.js";
import { PRACTICE } from "../wire-app.js";

addPairs(TEXTS);

/**
 * The real vault is locked first, and this tab begins anew. While she practises nothing of the real queue is sent, so that nobody goes in with
 * something unsent: it may be urgent, and a locked phone cannot even say what it is.
 * @param {import("../wire-app.js").App} app
 */
export async function enterPractice(app) {
  const { vaults, shell } = app;
  if (vaults.current) {
    await app.whole();
    await app.outbox.ready();
    const { counts, untold } = app.outbox.status;
    if (counts.waiting + untold > 0) return shell.toast(t("training_unsent"));
  }
  if (vaults.state === "open") await app.lock();
  history.replaceState(null, "", `/${PRACTICE}`);
  location.reload();
}
