// What is only read: notes, and values the form computes.
import { h } from "../dom.js";
import { t } from "../i18n.js";
import { valueText } from "../record-text.js";

/** @typedef {import("../record-row.js").Field} Field */
/** @typedef {import("../record-row.js").Widget} Widget */

/** The words of a note are its label. @returns {Widget} */
export function noteWidget() {
  return { element: h("div", { hidden: true }), update() {}, focus() {} };
}

/** Photos and sound come with the camera: until then a file is named, never typed. */
export const FILES = new Set(["image", "audio", "video", "file"]);

/** @param {Field} field @returns {Widget} */
export function calculatedWidget({ screen, path, node }) {
  const element = h("p", { class: "computed", tabIndex: -1 });
  return {
    element,
    update(view) {
      // Without words it is a rule over several answers: only what it refuses is said.
      element.hidden = view.node.kind === "calculate" && !view.labelText;
      const text =
        valueText(screen.model, path, view.value) || t(FILES.has(node.type ?? "") ? "rec_no_file" : "rec_nothing_yet");
      if (element.textContent !== text) element.textContent = text;
    },
    focus: () => element.focus(),
  };
}
