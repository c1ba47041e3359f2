// One of several: big buttons up to seven, above that a list of its own with a search box.
import { fill, h } from "../dom.js";
import { t } from "../i18n.js";
import { nodesOf, valueText } from "../record-text.js";
import { openPicker } from "./picker.js";

/** @typedef {import("../record-row.js").Field} Field */
/** @typedef {import("../record-row.js").Widget} Widget */
/** @typedef {import("../record-model.js").Choice} Choice */

const BUTTONS_MAX = 7;
const ONE = false;

/** @param {Field} field @returns {Widget} */
export function choiceWidget(field) {
  const view = field.screen.model.form.view(field.path);
  if (view.missing) return missingList(field);
  const count = choicesOf(field, view).length;
  return count > BUTTONS_MAX || field.node.appearance?.includes("search") ? pickedFromList(field, ONE) : buttons(field);
}

/** The class stands in for `:has(input:checked)`, which the oldest browsers we serve do not know. @param {HTMLInputElement} input @param {boolean} chosen */
export function markChosen(input, chosen) {
  input.checked = chosen;
  input.parentElement?.classList.toggle("is-chosen", chosen);
}

/** @param {Field} field @param {import("../record-model.js").View} [view] @returns {Choice[]} */
export function choicesOf({ node, screen, path }, view = screen.model.form.view(path)) {
  if (node.type === "acknowledge")
    return [{ value: "OK", label: [t("rec_acknowledge")], labelText: t("rec_acknowledge") }];
  return view.choices ?? [];
}

/** The list is a file that is not on the phone yet: nobody is to take it for empty. What was answered stays. @param {Field} field @returns {Widget} */
export function missingList({ screen, path }) {
  const said = h("p", { class: "computed" });
  const element = h("div", { tabIndex: -1 }, said, h("p", { class: "q-note" }, t("rec_list_missing")));
  return {
    element,
    update(view) {
      said.textContent = valueText(screen.model, path, view.value);
    },
    focus: () => element.focus(),
  };
}

/** @param {Field} field @returns {Widget} */
function buttons(field) {
  const element = h("div", { class: "choices" });
  let drawn = "";
  return {
    element,
    role: "radiogroup",
    update(view) {
      const choices = choicesOf(field, view);
      const words = JSON.stringify(choices);
      if (words !== drawn) {
        drawn = words;
        // Two short ones side by side: the thumb reaches both.
        element.classList.toggle("two", choices.length === 2);
        fill(
          element,
          choices.map((choice) => radio(field, choice)),
        );
      }
      for (const input of element.querySelectorAll("input")) markChosen(input, input.value === view.value);
    },
    focus: () => {
      const input = /** @type {HTMLInputElement | null} */ (
        element.querySelector("input:checked") ?? element.querySelector("input")
      );
      input?.focus();
    },
  };
}

/** @param {Field} field @param {Choice} choice */
function radio(field, choice) {
  const chosen = () => field.screen.model.form.get(field.path) === choice.value;
  let before = false;
  const input = h("input", {
    type: "radio",
    name: `${field.id}-r`,
    value: choice.value,
    // A radio cannot be let go of by itself: a second tap on the chosen one takes the answer back.
    onpointerdown: () => (before = chosen()),
    onclick: () => {
      field.set(before && chosen() ? null : choice.value);
      before = false;
    },
  });
  return h(
    "label",
    { class: "choice", onpointerdown: () => (before = chosen()) },
    input,
    h("span", null, nodesOf(choice.label, field.screen)),
  );
}

/**
 * A button that names what is chosen and leads to the list. @param {Field} field
 * @param {boolean} several the answer is a list of codes, else one code @returns {Widget}
 */
export function pickedFromList(field, several) {
  const { screen, path } = field;
  const button = h("button", { id: field.id, class: "picker", "aria-haspopup": "true", onclick: open });

  function open() {
    openPicker(screen, {
      title: screen.model.titleOf(path),
      choices: choicesOf(field),
      chosen: [screen.model.form.get(path)].flat().filter((code) => typeof code === "string"),
      several,
      list: field.node.choices?.list,
      onPick: (codes) => {
        field.set(several && codes.length ? codes : (codes[0] ?? null));
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
        h("span", { class: text ? "" : "muted" }, text || t(several ? "rec_choose_several" : "rec_choose")),
        h("span", { class: "chevron", "aria-hidden": "true" }, "›"),
      );
    },
    focus: () => button.focus(),
  };
}
