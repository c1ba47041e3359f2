// That help came to families she carried: one sentence for each, until she has tapped it away.

import { h } from "../dom.js";
import { momentText, t } from "../i18n.js";
import { button } from "../parts.js";

/** @param {import("../../more/wire-help.js").HelpCome[]} come @param {() => Promise<void>} onUnderstood when it is over it was kept */
export function helpCard(come, onUnderstood) {
  const card = h(
    "section",
    { class: "group panel", id: "help-come", role: "status" },
    h("h2", { class: "group-head" }, t("help_come")),
    come.map(({ code_name, at }) =>
      h(
        "div",
        { class: "entry-stack" },
        h("p", null, t("help_come_to", { code: code_name })),
        h("p", { class: "hint" }, momentText(at)),
      ),
    ),
    h(
      "div",
      { class: "actions" },
      button(t("understood"), () => void understood(), { id: "help-understood" }),
    ),
  );
  return card;

  async function understood() {
    await onUnderstood();
    card.remove();
  }
}
