// One question on the page: its words, its control, the reasons for "unknown", the folded fact, the remark, the error in text.
import { readInput } from "../form/checks.js";
import { afterTap } from "./after-tap.js";
import { fill, h, newId } from "./dom.js";
import { language, t } from "./i18n.js";
import { nodesOf, valueText } from "./record-text.js";
import { remarkBlock } from "./remarks.js";
import { isUnusual, widgetFor } from "./widgets/index.js";

/** @typedef {import("./record-model.js").View} View */
/** @typedef {import("./record-model.js").PlanNode} PlanNode */
/**
 * What a widget works with. `typed` reads text as the person wrote it, `set` takes an answer, `left` says that the control was left (errors may show).
 * @typedef {{screen: import("./record.js").Screen, path: string, node: PlanNode, id: string, labelId: string, set: (value: any) => void,
 *   typed: (text: string) => void, left: () => void}} Field
 */
/**
 * `control`: the one input a label belongs to, absent where there are several (then the row is a fieldset). `invalid`: what carries aria-invalid; with a `role` the row itself.
 * `block`: brings its own heading (a repeat) or has none (a note).
 * @typedef {{element: HTMLElement, control?: HTMLElement, invalid?: HTMLElement[], role?: string, update: (view: View) => void, focus: () => void}} Widget
 */
/** @typedef {{element: HTMLElement, update: () => void, focus: () => void, close?: () => void}} Piece */

/**
 * @param {import("./record.js").Screen} screen
 * @param {string} path
 * @returns {Piece}
 */
export function questionRow(screen, path) {
  const { model } = screen;
  const node = model.nodeAt(path);
  /** Reasons are for what is asked; words and computed values have none. */
  const codes = node.kind === "question" && !node.calculate ? (node.unknown ?? []) : [];
  const ids = { label: newId("q"), hint: newId("h"), error: newId("e"), control: newId("c") };
  /** @type {Widget | null} */
  let widget = null;
  let left = false;
  /** Opened by hand although a known or unknown answer was folded. */
  let opened = false;

  /** @type {Field} */
  const field = {
    screen,
    path,
    node,
    id: ids.control,
    labelId: ids.label,
    set: (value) => screen.set(path, value),
    typed: (text) => screen.set(path, text === "" ? null : readInput(node, text).value),
    left: () => {
      left = true;
      afterTap(() => piece.update());
    },
  };
  widget = widgetFor(field);
  const single = widget.control !== undefined;
  const label = h(single ? "label" : "legend", {
    id: ids.label,
    class: "q-label",
    ...(single ? { for: ids.control } : {}),
  });
  const hint = h("p", { id: ids.hint, class: "q-hint" });
  const help = h("div", { class: "q-help" });
  const error = h("p", { id: ids.error, class: "q-error", hidden: true });
  const remarks = h("div", { class: "q-remarks" });
  const fold = h("div", { class: "q-fold", hidden: true });
  const body = h("div", { class: "q-body" }, widget.element);
  const unknown = h("div", { class: "q-unknown" });
  const element = h(
    single ? "div" : "fieldset",
    { class: ["q", node.kind === "note" && "q-words", codes.length > 0 && "q-may-unknown"], dataset: { path } },
    label,
    help,
    hint,
    remarks,
    fold,
    body,
    unknown,
    error,
  );
  const described = `${ids.hint} ${ids.error}`;
  if (widget.role) element.setAttribute("role", widget.role);
  (widget.control ?? element).setAttribute("aria-describedby", described);

  let last = "";
  /** @type {Piece} */
  const piece = {
    element,
    update() {
      const view = /** @type {View} */ (model.form.view(path));
      // Only what differs is touched: the words of a row change seldom, its answer often.
      const words = JSON.stringify([view.label, view.hint, view.required, view.guidance]);
      if (words !== last) {
        last = words;
        fill(
          label,
          ...nodesOf(view.label, screen),
          view.required && h("span", { class: "q-required" }, ` ${t("rec_required")}`),
        );
        const why = node.purpose && (node.purpose[language()] || node.purpose.zh);
        fill(hint, ...nodesOf(view.hint, screen), why && h("span", { class: "q-why" }, t("rec_why", { why })));
        hint.hidden = !view.hintText && !why;
        const helped = view.guidance.length > 0 || isUnusual(node);
        element.classList.toggle("q-has-help", helped);
        fill(
          help,
          helped &&
            h(
              "button",
              { class: "quiet", "aria-label": t("rec_help"), "aria-expanded": "false", onclick: explain },
              "?",
            ),
        );
      }
      const said = model.remarksAt(path);
      if (said.length) fill(remarks, ...said.map((remark) => remarkBlock(screen, remark)));
      const folded = drawFold(view);
      body.hidden = folded || view.unknown !== null;
      if (!body.hidden) widget?.update(view);
      drawUnknown(view, folded);
      drawError(view);
      screen.papers?.beside(field, element);
    },
    focus() {
      const target = body.hidden ? element.querySelector("button") : null;
      if (target) target.focus();
      else widget?.focus();
    },
  };

  /** Words on how this is filled in come over when somebody asks. */
  const explain = async () => (await import("./widgets/more/help.js")).explain(field, help);

  /** @param {View} view @returns {boolean} whether the answer lies folded */
  function drawFold(view) {
    const known = model.known(path);
    const fixed = node.change === "fixed";
    const waits = known !== null && view.value === null && !opened && !model.state.passed.includes(path);
    const folded = !opened && (Boolean(view.same) || waits);
    fold.hidden = !folded;
    if (!folded) return false;
    const value = view.same ? view.value : known?.value;
    const on = view.same?.on ?? known?.on ?? "";
    const open = (/** @type {boolean} */ clear) => {
      opened = true;
      if (clear) model.state.passed.push(path);
      screen.note();
      piece.update();
      widget?.focus();
    };
    fill(
      fold,
      h(
        "p",
        { class: "fold-value" },
        valueText(model, path, value),
        h("span", { class: "fold-on" }, ` ${t("rec_fact_on", { on })}`),
      ),
      !view.same &&
        !screen.readOnly &&
        h(
          "div",
          { class: "pair" },
          h(
            "button",
            { class: "choice-button", onclick: () => known && screen.did(model.takeOver(path, known), path) },
            t("rec_same"),
          ),
          h("button", { class: "choice-button", onclick: () => open(true) }, t("rec_changed")),
        ),
      view.same &&
        !screen.readOnly &&
        h("button", { class: "quiet", onclick: () => open(false) }, fixed ? t("rec_set_right") : t("rec_changed")),
    );
    return true;
  }

  let reasonsOpen = false;
  let reasons = "";
  /** @param {View} view @param {boolean} folded */
  function drawUnknown(view, folded) {
    const chosen = view.unknown;
    unknown.hidden =
      folded || screen.readOnly
        ? chosen === null
        : codes.length === 0 || (view.value !== null && chosen === null && !reasonsOpen);
    const words = JSON.stringify([chosen, reasonsOpen]);
    if (unknown.hidden || words === reasons) return;
    reasons = words;
    const had = unknown.contains(document.activeElement);
    if (chosen !== null) {
      fill(
        unknown,
        h("p", { class: "unknown-chosen" }, t("rec_answer_is", { answer: t(`unknown_${chosen}`) })),
        !screen.readOnly && h("button", { class: "quiet", onclick: () => choose(null) }, t("rec_take_back")),
      );
    } else {
      const listId = `${ids.control}-u`;
      fill(
        unknown,
        h(
          "button",
          {
            class: "quiet",
            "aria-expanded": String(reasonsOpen),
            "aria-controls": reasonsOpen ? listId : null,
            onclick: toggle,
          },
          t("rec_unknown"),
        ),
        reasonsOpen &&
          h(
            "div",
            { id: listId, class: "reasons", role: "group", "aria-label": t("rec_unknown_why") },
            codes.map((code) =>
              h(
                "button",
                { class: "reason", dataset: { value: code }, onclick: () => choose(code) },
                t(`unknown_${code}`),
              ),
            ),
          ),
      );
    }
    // The button that was pressed is gone: the reader stays at this question.
    if (had && !unknown.contains(document.activeElement)) unknown.querySelector("button")?.focus();
  }

  function toggle() {
    reasonsOpen = !reasonsOpen;
    piece.update();
    unknown.querySelector("button")?.focus();
  }

  /** @param {string | null} code */
  function choose(code) {
    reasonsOpen = false;
    field.set(code === null ? null : { unknown: code });
    if (code === null) widget?.focus();
    else unknown.querySelector("button")?.focus();
  }

  /** @param {View} view */
  function drawError(view) {
    const trouble = view.error;
    // While somebody writes, and before a question was left, nothing shouts; a missing answer only after a try to hand in.
    const shows =
      trouble !== null &&
      (screen.attempted.has(node.moment) ||
        (left && trouble.code !== "required" && !body.contains(document.activeElement)));
    error.hidden = !shows;
    if (shows && error.textContent !== trouble.message) fill(error, trouble.message);
    element.classList.toggle("q-wrong", shows);
    for (const part of widget?.invalid ?? (widget?.control ? [widget.control] : widget?.role ? [element] : [])) {
      if (shows) part.setAttribute("aria-invalid", "true");
      else part.removeAttribute("aria-invalid");
    }
  }

  piece.update();
  return piece;
}
