// The rules people work by: a list that is searched by title, and one text.

import { fill, h } from "../dom.js";
import { addPairs, t } from "../i18n.js";
import { cell, field, group } from "../parts.js";
import { TEXTS } from "./texts-rules.js";

addPairs(TEXTS);

/** @typedef {{ref: string, title: string, issuer: string, on: string, text: string}} Rule */

/** @param {HTMLElement} root @param {Rule[]} rules in their order @param {(ref: string) => void} onOpen */
export function openRules(root, rules, onOpen) {
  const found = h("div", { id: "rules-found", "aria-live": "polite" });
  const query = field({ label: t("rules_search"), id: "rules-search", maxlength: 100, oninput: look });
  fill(root, h("p", { class: "hint" }, t("rules_hint")), query.element, found);
  look("");

  /** Every word has to stand in the title or in who issued it. @param {string} typed */
  function look(typed) {
    const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
    const fits = (/** @type {Rule} */ { title, issuer }) =>
      words.every((word) => `${title} ${issuer}`.toLowerCase().includes(word));
    const rows = rules
      .filter(fits)
      .map(({ ref, title, issuer, on }) =>
        cell({ main: title, below: [issuer, on].filter(Boolean).join(" · "), press: () => onOpen(ref) }),
      );
    const nothing = h("p", { class: "empty" }, t(rules.length ? "rules_nothing" : "rules_none"));
    fill(found, group(t("rules"), rows, { count: rows.length, id: "rules-list" }) ?? nothing);
  }
}

/** @param {HTMLElement} root @param {Rule | null} rule null: it is no longer in force */
export function openRule(root, rule) {
  if (!rule) {
    fill(root, h("p", { class: "empty" }, t("rules_gone")));
    return;
  }
  const parts = rule.text.split("\n").filter((part) => part.trim());
  fill(
    root,
    h(
      "article",
      { class: "group panel", id: "rule-text" },
      h("h2", null, rule.title),
      h("p", { class: "hint" }, [rule.issuer, rule.on].filter(Boolean).join(" · ")),
      parts.map((part) => h("p", null, part)),
    ),
  );
}
