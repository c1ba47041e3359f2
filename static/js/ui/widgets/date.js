// A date in number boxes: year, month, day. What the form allows to be left open may stay empty.
import { h, newId } from "../dom.js";
import { t } from "../i18n.js";

/** @typedef {import("../record-row.js").Field} Field */
/** @typedef {import("../record-row.js").Widget} Widget */

/** @param {Field} field @returns {Widget} */
export function dateWidget(field) {
  const [year, month, day] = [box("rec_year", 4), box("rec_month", 2), box("rec_day", 2)];
  const inputs = [year, month, day];
  const element = h(
    "div",
    { class: "date" },
    labelled(year, "rec_year"),
    labelled(month, "rec_month"),
    labelled(day, "rec_day"),
  );

  /** A lunar date beside it, where the form asks for one. @type {{element: HTMLElement, update: (value: any) => void} | null} */
  let lunar = null;
  /** @type {any} */ let shown;
  if (field.node.lunar)
    void import("./more/lunar.js").then((module) => {
      lunar = module.lunar(field);
      element.after(lunar.element);
      lunar.update(shown); // not read from the form: its row may be gone by now
    });

  /** @param {string} key @param {number} size */
  function box(key, size) {
    return h("input", {
      id: newId("d"),
      type: "text",
      inputmode: "numeric",
      class: `box date-${size}`,
      "aria-label": t(key),
      oninput: (/** @type {InputEvent} */ event) => typed(event, size),
      onblur: leftAll,
    });
  }

  /** @param {InputEvent} event @param {number} size */
  function typed(event, size) {
    const input = /** @type {HTMLInputElement} */ (event.target);
    const digits = plain(input.value);
    if (input === year && digits.length > 4 && !event.isComposing) spread(digits);
    // Eight digits in one go: the year goes on to the month by itself, and what the month cannot hold is the day's.
    const led = input === month && plain(year.value).length === 4 && day.value === "";
    if (led && digits.length > 2 && !event.isComposing) spread(plain(year.value) + digits);
    field.typed(textOf(plain(year.value), plain(month.value), plain(day.value)));
    // A full year goes on to the month: one tap less for each person of a family.
    if (
      input === year &&
      digits.length === size &&
      !event.isComposing &&
      event.inputType?.startsWith("insert") &&
      month.value === ""
    )
      month.focus();
  }

  /** @param {string} digits `19840703` typed or pasted into the first box */
  function spread(digits) {
    [year.value, month.value, day.value] = [digits.slice(0, 4), digits.slice(4, 6), digits.slice(6, 8)];
    (digits.length > 6 ? day : month).focus();
  }

  /** @param {FocusEvent} event */
  function leftAll(event) {
    if (!inputs.includes(/** @type {any} */ (event.relatedTarget))) field.left();
  }

  return {
    element: field.node.lunar ? h("div", null, element) : element,
    invalid: inputs,
    update(view) {
      shown = view.value;
      lunar?.update(shown);
      if (inputs.includes(/** @type {any} */ (document.activeElement))) return;
      const parts = typeof view.value === "string" ? view.value.split("-") : [];
      inputs.forEach((input, i) => {
        input.value = parts[i] ?? "";
      });
    },
    focus: () => year.focus(),
  };
}

/** @param {HTMLInputElement} input @param {string} key */
function labelled(input, key) {
  return h("span", { class: "date-part" }, input, h("span", { "aria-hidden": "true" }, t(key)));
}

/** Full-width digits of an input method are digits too. @param {string} text */
function plain(text) {
  return text.replace(/[０-９]/g, (digit) => String.fromCharCode(digit.charCodeAt(0) - 0xfee0)).replace(/\D/g, "");
}

/**
 * The ISO text, as coarse as was typed; with a gap it is no date and stays as typed, so that the engine can say so.
 * @param {string} year @param {string} month @param {string} day
 */
export function textOf(year, month, day) {
  if (!year && !month && !day) return "";
  const parts = [year, month, day].map((part, i) => (i && part ? part.padStart(2, "0") : part));
  while (parts[parts.length - 1] === "") parts.pop();
  return parts.join("-");
}
