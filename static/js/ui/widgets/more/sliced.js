// A question whose list came in part: how much of it is here is said below, so that nobody takes the part for the whole.
import { h } from "../../dom.js";
import { t } from "../../i18n.js";
import { choiceWidget } from "../choice.js";
import { multipleWidget } from "../multiple.js";
import "./words.js";

/** @param {import("../../record-row.js").Field} field @returns {import("../../record-row.js").Widget} */
export function widget(field) {
  const { plan } = field.screen.model;
  const list = field.node.choices?.list ?? "";
  const inner = field.node.type === "select_multiple" ? multipleWidget(field) : choiceWidget(field);
  const said = t("rec_list_sliced", { n: plan.lists[list].length, m: plan.json.lists[list].rows });
  return { ...inner, element: h("div", null, inner.element, h("p", { class: "q-note" }, said)) };
}
