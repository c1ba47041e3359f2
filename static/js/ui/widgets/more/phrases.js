// Words to tap below a text: findings that come again and again. A second tap takes them out; what was typed stays. Of projects one is the whole answer.
import { plainText } from "../../../form/expressions.js";
import { h } from "../../dom.js";
import { t } from "../../i18n.js";
import "./words.js";

/** @typedef {import("../../record-row.js").Field} Field */

/**
 * @param {Field} field
 * @param {HTMLInputElement | HTMLTextAreaElement} input
 * @returns {{element: HTMLElement, update: () => void}}
 */
export function phrases({ node, screen }, input) {
  const { plan, form } = screen.model;
  const items = plan.lists[node.phrases ?? ""];
  const words = node.phrases
    ? (Array.isArray(items) ? items : []).map((item) => {
        const text = (plan.texts[form.language] ?? plan.texts.zh)[item.label];
        return typeof text === "string" ? text : plainText(text);
      })
    : /** @type {string[]} */ (screen.options.projects ?? []);
  const chips = words.map((word) => h("button", { class: "chip", onclick: () => toggle(word) }, word));
  const element = h("div", { class: "chips", role: "group", "aria-label": t("rec_phrases") }, chips);
  element.hidden = !chips.length;

  /** @param {string} word */
  function toggle(word) {
    if (node.phrases) input.value = toggled(input.value, word, t("rec_phrase_join"));
    else input.value = input.value === word ? "" : word;
    // As if it had been typed: the box grows, the answer is kept.
    input.dispatchEvent(new Event("input"));
    update();
  }

  function update() {
    for (const [at, word] of words.entries())
      chips[at].setAttribute("aria-pressed", String(node.phrases ? input.value.includes(word) : input.value === word));
  }
  input.addEventListener("input", update);
  update();
  return { element, update };
}

/** @param {string} text @param {string} word @param {string} join @returns {string} with these words at its end, or without them */
export function toggled(text, word, join) {
  if (!text.includes(word))
    return text.trim() === "" ? word : `${text}${/[，。；！？,.;!?\s]$/.test(text) ? "" : join}${word}`;
  const cut = [join + word, word + join, word].find((piece) => text.includes(piece)) ?? word;
  return text.replace(cut, "");
}
