// Typed answers in one box: text, long text, whole numbers, phones, codes; and amounts of money.
import { h } from "../dom.js";

/** @typedef {import("../record-row.js").Field} Field */
/** @typedef {import("../record-row.js").Widget} Widget */

/** Which keyboard comes up. @type {Record<string, string>} */
const KEYBOARD = { phone: "tel", region12: "numeric", money: "decimal", integer: "numeric", decimal: "decimal" };

/**
 * Read on `input`, the letters of a composition included, so that autosave holds them; written back only while nobody writes in it: an input method loses its
 * composition when its box is touched.
 * @param {Field} field
 * @param {(text: string) => void} [alsoTyped]
 * @returns {Widget & {control: HTMLInputElement | HTMLTextAreaElement}}
 */
export function textWidget(field, alsoTyped) {
  const { node } = field;
  const typed = () => {
    field.typed(input.value);
    alsoTyped?.(input.value);
    if (input instanceof HTMLTextAreaElement) input.rows = rowsFor(input.value);
  };
  const common = { id: field.id, class: "box", oninput: typed, oncompositionend: typed, onblur: field.left };
  const input = node.appearance?.includes("multiline")
    ? h("textarea", { ...common, rows: 3 })
    : h("input", {
        ...common,
        type: "text",
        inputmode: KEYBOARD[node.check ?? ""] ?? KEYBOARD[node.type ?? ""] ?? null,
      });
  const chosen = node.phrases || node.appearance?.includes("projects");
  const element = chosen ? h("div", null, input) : input;
  /** Words to tap, below the box. @type {{element: HTMLElement, update: () => void} | null} */
  let chips = null;
  if (chosen)
    void import("./more/phrases.js").then(({ phrases }) => {
      chips = phrases(field, input);
      element.append(chips.element);
    });
  return {
    element,
    control: input,
    update(view) {
      const text = view.value === null ? "" : String(view.value);
      if (document.activeElement === input || input.value === text) return;
      input.value = text;
      if (input instanceof HTMLTextAreaElement) input.rows = rowsFor(text);
      chips?.update();
    },
    focus: () => input.focus(),
  };
}

/** @param {Field} field @returns {Widget} */
export function amountWidget(field) {
  const widget = textWidget(field);
  return {
    ...widget,
    element: h("div", { class: "amount" }, h("span", { class: "yuan", "aria-hidden": "true" }, "¥"), widget.element),
  };
}

/** @param {string} text the box grows with what is in it, to a limit */
function rowsFor(text) {
  return Math.min(
    9,
    Math.max(
      3,
      text.split("\n").reduce((rows, line) => rows + 1 + Math.floor(line.length / 18), 0),
    ),
  );
}
