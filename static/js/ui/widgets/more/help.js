// How a question is filled in, offline: the form's own guidance, then what this kind of control wants of the hand.
import { fill, h } from "../../dom.js";
import { t } from "../../i18n.js";
import { nodesOf } from "../../record-text.js";
import "./words.js";

/** @typedef {import("../../record-row.js").Field} Field */
/** @typedef {import("../../record-model.js").PlanNode} PlanNode */

/** @type {Record<string, string>} */
const KINDS = {
  integer: "help_number",
  decimal: "help_number",
  date: "help_date",
  dateTime: "help_moment",
  time: "help_moment",
  select_one: "help_one",
  select_multiple: "help_several",
  acknowledge: "help_acknowledge",
  signature: "help_signature",
  image: "help_file",
  audio: "help_file",
  video: "help_file",
  file: "help_file",
  rank: "help_rank",
  geopoint: "help_place",
  geotrace: "help_line",
  geoshape: "help_area",
  barcode: "help_barcode",
};
/** @type {Record<string, string>} */
const CHECKS = { id_number: "help_id_number", phone: "help_phone", money: "help_money", region12: "help_region" };

/** The sentence for a kind of question. @param {PlanNode} node @returns {string} its key */
export function helpOf(node) {
  if (node.kind === "repeat") return node.count ? "help_counted" : "help_rows";
  if (node.kind !== "question" || node.calculate) return "help_computed";
  if (node.range) return node.appearance?.includes("rating") ? "help_rating" : "help_range";
  if (node.lunar) return "help_lunar";
  if (node.phrases) return "help_phrases";
  if (node.type === "date" && node.partial && node.partial !== "day") return "help_partial";
  return CHECKS[node.check ?? ""] ?? KINDS[node.type ?? ""] ?? "help_text";
}

/** Opens or closes the words below the question. @param {Field} field @param {HTMLElement} host the "?" stands in it */
export function explain({ node, screen, path }, host) {
  const button = host.querySelector("button");
  const isOpen = button?.getAttribute("aria-expanded") === "true";
  button?.setAttribute("aria-expanded", String(!isOpen));
  host.querySelector(".q-helped")?.remove();
  if (isOpen) return;
  const { guidance } = screen.model.form.view(path);
  host.append(
    h(
      "div",
      { class: "q-helped", role: "status" },
      guidance.length > 0 && h("p", null, nodesOf(guidance, screen)),
      h("p", null, t(helpOf(node))),
    ),
  );
}

/**
 * Every kind of question on a page, once, with the first question it is of.
 * @param {import("../../record.js").Screen} screen
 * @param {import("../../record-model.js").PageKey} key
 * @param {HTMLElement} from
 */
export function explainPage(screen, key, from) {
  const { model } = screen;
  const moments = [key[0]];
  /** @type {Map<string, string>} */
  const found = new Map();
  const walk = (/** @type {string} */ path) => {
    if (path && !model.shows(path, moments)) return;
    const node = model.nodeAt(path);
    const inside = ["form", "group", "repeat"].includes(node.kind);
    // A harm question is not to be named by its help while it lies behind its tap.
    if (path && node.kind !== "group" && node.kind !== "note" && !(model.guarded(path) && !model.revealed))
      if (!path.endsWith("]") && !found.has(helpOf(node))) found.set(helpOf(node), model.titleOf(path));
    if (inside) for (const child of model.childrenOf(path)) walk(child);
  };
  if (key[1]) walk(key[1]);
  else for (const path of model.childrenOf("")) if (!["group", "repeat"].includes(model.nodeAt(path).kind)) walk(path);
  const reasons = model.questionsOf(key).some((path) => (model.nodeAt(path).unknown ?? []).length > 0);
  const list = h("dl", { class: "help-list" });
  fill(
    list,
    [...found].map(([help, title]) => [h("dt", null, title), h("dd", null, t(help))]),
    reasons && [h("dt", null, t("rec_unknown")), h("dd", null, t("help_unknown"))],
  );
  const close = screen.openPanel({
    title: t("rec_help_page"),
    body: [list],
    foot: [h("button", { class: "primary", onclick: () => close() }, t("rec_help_close"))],
    from,
  });
}
