// Names and values of known facts in words, taken from the forms that ask for them.
import { language, t } from "./i18n.js";

/**
 * @param {any[]} plans of the forms whose questions carry facts; null where one is not here
 * @returns {{factName: (fact: string) => string, factText: (fact: string, value: any) => string}}
 */
export function factWords(plans) {
  /** @type {Map<string, {plan: any, node: any}>} */
  const byFact = new Map();
  for (const plan of plans) {
    for (const node of plan?.nodes ?? [])
      if (node.fact && !byFact.has(node.fact)) byFact.set(node.fact, { plan, node });
  }
  return { factName, factText };

  /** @param {string} fact the fact's own code where no form here asks it */
  function factName(fact) {
    const known = byFact.get(fact);
    return known ? words(known.plan, known.node.label) : fact;
  }

  /** @param {string} fact @param {any} value @returns {string} */
  function factText(fact, value) {
    if (value === null || value === undefined) return t("unknown");
    if (Array.isArray(value))
      return value.every((one) => typeof one !== "object")
        ? value.map((one) => factText(fact, one)).join(t("list_comma"))
        : t("rows_n", { n: value.length });
    if (typeof value === "object") return value.unknown ? t("unknown") : t("recorded");
    const known = byFact.get(fact);
    const list = known?.plan.lists?.[known.node.choices?.list];
    const item = list?.find((/** @type {any} */ one) => one.value === String(value));
    return item ? words(known?.plan, item.label) : String(value);
  }
}

/** A text of the plan without markup and without computed parts. @param {any} plan @param {number | null | undefined} id */
function words(plan, id) {
  const text = id === null || id === undefined ? "" : (plan.texts[language()]?.[id] ?? plan.texts.zh?.[id] ?? "");
  return typeof text === "string" ? text : flat(text);
}

/** @param {any[]} parts @returns {string} */
function flat(parts) {
  return parts
    .map((part) => (typeof part === "string" ? part : part[0] === "b" || part[0] === "i" ? flat(part.slice(1)) : " "))
    .join("");
}
