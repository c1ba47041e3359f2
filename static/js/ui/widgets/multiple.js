// Several of several: tick boxes; a long list on a page of its own, unless the form asks for ticks (papers).
import { fill, h } from "../dom.js";
import { t } from "../i18n.js";
import { valueText } from "../record-text.js";
import { choicesOf, markChosen } from "./choice.js";
import { openPicker } from "./picker.js";

/** @typedef {import("../record-row.js").Field} Field */
/** @typedef {import("../record-row.js").Widget} Widget */

const TICKS_MAX = 10;

/** @param {Field} field @returns {Widget} */
export function multipleWidget(field) {
  const inline = choicesOf(field).length <= TICKS_MAX || field.node.appearance?.includes("ticks");
  return inline ? ticks(field) : pickedFromList(field);
}

/** @param {Field} field @returns {Widget} */
function ticks(field) {
  const element = h("div", { class: "choices" });
  let drawn = "";
  const toggle = () => {
    const codes = [...element.querySelectorAll("input")].filter((input) => input.checked).map((input) => input.value);
    field.set(codes.length ? codes : null);
  };
  return {
    element,
    invalid: [],
    update(view) {
      const choices = choicesOf(field);
      const words = JSON.stringify(choices);
      if (words !== drawn) {
        drawn = words;
        fill(
          element,
          choices.map((choice) =>
            h(
              "label",
              { class: "choice" },
              h("input", { type: "checkbox", value: choice.value, onchange: toggle, onblur: field.left }),
              h("span", null, choice.labelText),
            ),
          ),
        );
      }
      const chosen = Array.isArray(view.value) ? view.value : [];
      for (const input of element.querySelectorAll("input")) markChosen(input, chosen.includes(input.value));
    },
    focus: () => element.querySelector("input")?.focus(),
  };
}

/** @param {Field} field @returns {Widget} */
function pickedFromList(field) {
  const { screen, path } = field;
  const button = h("button", { id: field.id, class: "picker", "aria-haspopup": "true", onclick: open });
  function open() {
    const value = screen.model.form.get(path);
    openPicker(screen, {
      title: screen.model.titleOf(path),
      choices: choicesOf(field),
      chosen: Array.isArray(value) ? value : [],
      several: true,
      onPick: (codes) => {
        field.set(codes.length ? codes : null);
        field.left();
      },
      from: button,
    });
  }
  return {
    element: button,
    control: button,
    invalid: [],
    update(view) {
      const text = valueText(screen.model, path, view.value);
      fill(
        button,
        h("span", { class: text ? "" : "muted" }, text || t("rec_choose_several")),
        h("span", { class: "chevron", "aria-hidden": "true" }, "›"),
      );
    },
    focus: () => button.focus(),
  };
}
