// An ID number, and what it tells: birth date and sex, offered to the empty questions beside it, never filled in silently.
import { idNumberFacts } from "../../form/checks.js";
import { fill, h } from "../dom.js";
import { t } from "../i18n.js";
import { parentOf } from "../record-model.js";
import { valueText } from "../record-text.js";
import { textWidget } from "./text.js";

/** @typedef {import("../record-row.js").Field} Field */
/** @typedef {import("../record-row.js").Widget} Widget */

/** @param {Field} field @returns {Widget} */
export function idNumberWidget(field) {
  const { model } = field.screen;
  const text = textWidget(field);
  const offer = h("div", { class: "offer", "aria-live": "polite" });
  const beside = model.childrenOf(parentOf(field.path)).filter((path) => model.nodeAt(path).kind === "question");
  const birthAt = beside.find((path) => model.nodeAt(path).type === "date" && /birth/.test(model.nodeAt(path).name));
  const sexAt = beside.find((path) => model.nodeAt(path).name === "sex");

  /** What the number says and the questions beside it do not yet. @param {any} value @returns {[string, string][]} */
  function differing(value) {
    const facts = typeof value === "string" ? idNumberFacts(value) : null;
    if (!facts) return [];
    const birth = birthAt ? /** @type {[string, string]} */ ([birthAt, facts.birth]) : null;
    const sex = sexAt ? /** @type {[string, string]} */ ([sexAt, facts.sex]) : null;
    return [birth, sex]
      .filter((pair) => pair !== null && !String(model.form.get(pair[0]) ?? "").startsWith(pair[1]))
      .map((pair) => /** @type {[string, string]} */ (pair));
  }

  return {
    ...text,
    element: h("div", null, text.element, offer),
    update(view) {
      text.update(view);
      const pairs = differing(view.value);
      const words = pairs
        .map(([path, value]) => `${model.titleOf(path)} ${valueText(model, path, value)}`)
        .join(t("rec_list_comma"));
      if (offer.textContent === (words && t("rec_fill", { what: words }))) return;
      fill(offer, words && h("button", { class: "quiet", onclick: () => take(pairs) }, t("rec_fill", { what: words })));
    },
  };

  /** @param {[string, string][]} pairs */
  function take(pairs) {
    for (const [path, value] of pairs) field.screen.set(path, value);
    text.focus();
  }
}
