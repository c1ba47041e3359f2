// What is only read: notes, and values the form computes.
import { h } from "../dom.js";
import { t } from "../i18n.js";
import { setWords, valueText } from "../record-text.js";

/** @typedef {import("../record-row.js").Field} Field */
/** @typedef {import("../record-row.js").Widget} Widget */

/** The words of a note are its label. @returns {Widget} */
export function noteWidget() {
  return { element: h("div", { hidden: true }), update() {}, focus() {} };
}

/** @param {Field} field @returns {Widget} */
export function calculatedWidget({ screen, path, node }) {
  const computed = node.kind === "calculate" || node.calculate;
  const element = h("p", { class: "computed", tabIndex: -1 });
  return {
    element,
    update(view) {
      // Without words it is a rule over several answers: only what it refuses is said.
      element.hidden = view.node.kind === "calculate" && !view.labelText;
      const text = valueText(screen.model, path, view.value) || t(computed ? "rec_nothing_yet" : "rec_row_empty");
      setWords(element, text);
    },
    focus: () => element.focus(),
  };
}
