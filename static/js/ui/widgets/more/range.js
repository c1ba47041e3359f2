// A number between two ends: typed, stepped or slid; with few steps and the look "rating", a row of buttons.
import {
  add,
  compare,
  divide,
  fromInteger,
  fromText,
  multiply,
  subtract,
  toInteger,
  toText,
} from "../../../form/decimal.js";
import { h } from "../../dom.js";
import { t } from "../../i18n.js";
import { markChosen } from "../choice.js";
import "./words.js";

/** @typedef {import("../../record-row.js").Field} Field */
/** @typedef {import("../../record-row.js").Widget} Widget */
/** @typedef {import("../../../form/decimal.js").Decimal} Decimal */

const STARS_MAX = 10;
/** More marks than these are a grey bar. */
const MARKS_MAX = 20;

/** @param {Field} field @returns {Widget} */
export function widget(field) {
  const scale = scaleOf(/** @type {{start: string, end: string, step: string}} */ (field.node.range));
  const stars = field.node.appearance?.includes("rating") && scale.last < STARS_MAX;
  return stars ? rating(field, scale) : slider(field, scale);
}

/** Steps are counted in whole numbers, so that 0.1 + 0.2 is 0.3. @param {{start: string, end: string, step: string}} range */
export function scaleOf(range) {
  const [start, end, step] = [range.start, range.end, range.step].map(
    (text) => /** @type {Decimal} */ (fromText(text)),
  );
  const steps = divide(/** @type {Decimal} */ (subtract(end, start)), step);
  const last = Math.max(0, Number(steps ? toText(steps).split(".")[0] : 0));
  return {
    last,
    /** @param {number} at @returns {string} the number of a step, counted from the start */
    textAt: (at) =>
      toText(/** @type {Decimal} */ (add(start, /** @type {Decimal} */ (multiply(step, fromInteger(at)))))),
    /** @param {any} value @returns {number} the nearest step, -1 where there is no number */
    stepOf(value) {
      const number = value === null ? null : fromText(String(value));
      const found = number && divide(/** @type {Decimal} */ (subtract(number, start)), step);
      if (!found) return -1;
      return Math.min(last, Math.max(0, Math.round(Number(toText(found)))));
    },
    /** @param {any} value */
    isOn(value) {
      const number = fromText(String(value));
      const found = number && divide(/** @type {Decimal} */ (subtract(number, start)), step);
      return !!found && toInteger(found) !== null && compare(number, start) >= 0 && compare(number, end) <= 0;
    },
  };
}

/** @param {Field} field @param {ReturnType<typeof scaleOf>} scale @returns {Widget} */
function slider(field, scale) {
  const marks = h("datalist", { id: `${field.id}-m` });
  if (scale.last <= MARKS_MAX)
    for (let at = 0; at <= scale.last; at += 1) marks.append(h("option", { value: String(at) }));
  const slide = h("input", {
    type: "range",
    class: "slide",
    min: 0,
    max: scale.last,
    step: 1,
    list: scale.last <= MARKS_MAX ? marks.id : null,
    "aria-labelledby": field.labelId,
    oninput: () => take(Number(slide.value)),
    // A tap where the thumb stands already changes nothing for the browser, but it is an answer.
    onclick: () => field.screen.model.form.get(field.path) === null && take(Number(slide.value)),
    onblur: field.left,
  });
  const box = h("input", {
    type: "text",
    class: "box",
    inputmode: field.node.type === "integer" ? "numeric" : "decimal",
    "aria-labelledby": field.labelId,
    oninput: () => field.typed(box.value),
    onblur: field.left,
  });
  const clear = h("button", { class: "quiet", onclick: empty }, t("rec_clear"));
  const [less, more] = [button("−", -1, t("rec_less")), button("＋", 1, t("rec_more"))];

  /** @param {string} sign @param {number} by @param {string} name */
  function button(sign, by, name) {
    return h("button", { class: "choice-button", "aria-label": name, onclick: () => stepBy(by) }, sign);
  }
  /** @param {number} at */
  const take = (at) => field.typed(scale.textAt(at));
  /** @param {number} by */
  function stepBy(by) {
    const value = field.screen.model.form.get(field.path);
    const at = scale.stepOf(value);
    // From nothing to the nearer end; a number between two steps goes to the next of them first.
    if (at < 0) take(by > 0 ? 0 : scale.last);
    else take(Math.min(scale.last, Math.max(0, scale.isOn(value) ? at + by : at)));
    field.screen.tell(scale.textAt(scale.stepOf(field.screen.model.form.get(field.path))));
  }
  function empty() {
    field.set(null);
    box.focus();
  }

  return {
    element: h(
      "div",
      { class: "range" },
      h("div", { class: "stepper" }, less, box, more),
      slide,
      marks,
      h(
        "div",
        { class: "range-ends muted", "aria-hidden": "true" },
        h("span", null, scale.textAt(0)),
        h("span", null, scale.textAt(scale.last)),
      ),
      clear,
    ),
    invalid: [box, slide],
    update({ value }) {
      const at = scale.stepOf(value);
      if (document.activeElement !== box) box.value = value === null ? "" : String(value);
      slide.value = String(at < 0 ? Math.floor(scale.last / 2) : at);
      slide.classList.toggle("is-empty", at < 0);
      slide.setAttribute("aria-valuetext", at < 0 ? t("rec_not_chosen") : scale.textAt(at));
      clear.hidden = value === null;
    },
    focus: () => box.focus(),
  };
}

/** A second tap on the chosen star takes it back, as with every row of buttons. @param {Field} field @param {ReturnType<typeof scaleOf>} scale @returns {Widget} */
function rating(field, scale) {
  const inputs = Array.from({ length: scale.last + 1 }, (_, at) => {
    const chosen = () => scale.stepOf(field.screen.model.form.get(field.path)) === at;
    let before = false;
    /** @type {HTMLInputElement} */
    const input = h("input", {
      type: "radio",
      class: "visually-hidden",
      name: `${field.id}-r`,
      value: scale.textAt(at),
      onclick: () => {
        if (before && chosen()) field.set(null);
        else field.typed(scale.textAt(at));
        before = false;
      },
    });
    const press = () => (before = chosen());
    const label = h(
      "label",
      { class: "choice star", onpointerdown: press },
      input,
      h("span", { "aria-hidden": "true" }, "★"),
      h("span", null, scale.textAt(at)),
    );
    return { input, label };
  });
  const element = h(
    "div",
    { class: "stars", role: "radiogroup", "aria-labelledby": field.labelId },
    inputs.map(({ label }) => label),
  );
  return {
    element,
    invalid: [element],
    update({ value }) {
      const chosen = scale.stepOf(value);
      inputs.forEach(({ input, label }, at) => {
        markChosen(input, at === chosen);
        label.classList.toggle("is-below", at <= chosen);
      });
    },
    focus: () => (inputs.find(({ input }) => input.checked) ?? inputs[0]).input.focus(),
  };
}
