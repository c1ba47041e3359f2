// Several of several: tick boxes; a long list on a page of its own, unless the form asks for ticks (papers).
import { fill, h } from "../dom.js";
import { nodesOf } from "../record-text.js";
import { choicesOf, markChosen, missingList, pickedFromList } from "./choice.js";

/** @typedef {import("../record-row.js").Field} Field */
/** @typedef {import("../record-row.js").Widget} Widget */

const TICKS_MAX = 10;
const SEVERAL = true;

/** @param {Field} field @returns {Widget} */
export function multipleWidget(field) {
  const view = field.screen.model.form.view(field.path);
  if (view.missing) return missingList(field);
  const inline = choicesOf(field, view).length <= TICKS_MAX || field.node.appearance?.includes("ticks");
  return inline ? ticks(field) : pickedFromList(field, SEVERAL);
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
      const choices = choicesOf(field, view);
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
              h("span", null, nodesOf(choice.label, field.screen)),
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
