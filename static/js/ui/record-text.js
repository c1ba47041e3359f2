// Words for answers and texts of the plan, as nodes or as plain text.
import { h } from "./dom.js";
import { t } from "./i18n.js";

/** @typedef {import("./record-model.js").Part} Part */
/** @typedef {import("./record-model.js").Model} Model */

/**
 * The small markup of the plan (docs/forms.md 3) as nodes.
 * @param {Part[] | string | null} parts
 * @param {import("./record.js").Screen} [screen] who has the pictures; without it their names stand there
 * @returns {Node[]}
 */
export function nodesOf(parts, screen) {
  if (typeof parts === "string") return [document.createTextNode(parts)];
  return (parts ?? []).map((part) => {
    if (typeof part === "string") return document.createTextNode(part);
    const [kind, ...inner] = part;
    if (kind === "img" || kind === "aud" || kind === "vid") return mediaPart(kind, String(inner[0]), screen);
    return kind === "br" ? h("br") : h(kind === "b" ? "strong" : "em", null, nodesOf(inner, screen));
  });
}

/** A picture or sound of the form: its name, until the file is found on the phone. @param {string} kind @param {string} name @param {import("./record.js").Screen} [screen] */
function mediaPart(kind, name, screen) {
  const part = h("span", { class: "media" }, t("rec_media", { name }));
  if (screen?.options.media) void import("./widgets/more/media.js").then(({ show }) => show(part, kind, name, screen));
  return part;
}

/** Touches the page only where the words differ. @param {Element} element @param {string} text */
export function setWords(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * An answer in words; empty where there is none.
 * @param {Model} model
 * @param {string} path
 * @param {any} value
 * @returns {string}
 */
export function valueText(model, path, value) {
  if (value === null || value === undefined || value === "") return "";
  if (typeof value === "object" && "unknown" in value) return t(`unknown_${value.unknown}`);
  const node = model.nodeAt(path);
  if (typeof value === "object" && !Array.isArray(value)) return t(value.file ? "rec_file" : "rec_signed");
  if (node.type?.startsWith("select") || node.type === "rank" || node.type === "acknowledge") {
    const choices = /** @type {import("./record-model.js").Choice[]} */ (model.form.view(path).choices ?? []);
    const text = (/** @type {string} */ code) =>
      choices.find((choice) => choice.value === code)?.labelText ?? listText(model, path, code);
    return (Array.isArray(value) ? value : [value]).map(text).join(t("rec_list_comma"));
  }
  if (node.check === "money") return `¥ ${value}`;
  if (node.type === "dateTime") return String(value).slice(0, 16).replace("T", " ");
  return String(value);
}

/** The words of a code, also where the filter of the question does not offer it (any more). @param {Model} model @param {string} path @param {string} code */
export function listText(model, path, code) {
  const list = /** @type {any} */ (model.nodeAt(path)).choices?.list;
  const item = model.plan.lists?.[list]?.find((/** @type {{value: string}} */ one) => one.value === code);
  const text = item ? model.plan.texts?.[model.form.language]?.[item.label] : null;
  return typeof text === "string" ? text : code;
}

/**
 * A row of people or things in one line: the first short answers of it.
 * @param {Model} model
 * @param {string} rowPath
 */
export function rowText(model, rowPath) {
  return model
    .childrenOf(rowPath)
    .filter((path) => model.nodeAt(path).kind === "question" && model.form.view(path).relevant && !model.guarded(path))
    .slice(0, 4)
    .map((path) => valueText(model, path, model.form.get(path)))
    .filter((text) => text !== "")
    .join(" · ");
}
