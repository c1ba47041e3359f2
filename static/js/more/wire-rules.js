// The library of rules on the phone: what came down with the last pull, found by title without a signal.

import { t } from "../ui/i18n.js";
import { openRule, openRules } from "../ui/more/rules.js";
import { storeOf } from "../wire-app.js";

/** @typedef {import("../wire-app.js").App} App @typedef {import("../ui/more/rules.js").Rule} Rule */

/** @param {App} app @param {HTMLElement} element @param {{ref?: string}} args the rule to read; none: the list */
export async function rules(app, element, { ref }) {
  const { inbox } = storeOf(app);
  if (ref) {
    // Taken out of force while she looked at the list: the list says so.
    const rule = await inbox.get(ref).catch(() => null);
    openRule(element, rule && said(ref, rule));
    return { title: rule?.title ?? t("rules"), tab: "settings" };
  }
  const refs = await inbox.refs("rule:");
  // A damaged one is one that is not here; it comes again with its next text.
  const here = await Promise.all(refs.map(async (one) => said(one, await inbox.get(one).catch(() => null))));
  const found = here.filter((one) => one.title).sort((a, b) => a.title.localeCompare(b.title, "zh"));
  openRules(element, found, (one) => void app.nav.go("rules", { ref: one }));
  return { title: t("rules"), tab: "settings" };
}

/** @param {string} ref @param {any} rule @returns {Rule} */
function said(ref, rule) {
  const { title = "", issuer = "", issued_on, text = "" } = rule ?? {};
  return { ref, title, issuer, on: issued_on ?? "", text };
}
