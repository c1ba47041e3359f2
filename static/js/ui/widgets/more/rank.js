// Choices put in order, by buttons: no drag, which a trembling hand, a keyboard and a screen reader cannot do.
import { fill, h } from "../../dom.js";
import { t } from "../../i18n.js";
import { nodesOf } from "../../record-text.js";
import { choicesOf } from "../choice.js";
import "./words.js";

/** @typedef {import("../../record-row.js").Field} Field */
/** @typedef {import("../../record-row.js").Widget} Widget */
/** @typedef {import("../../record-model.js").Choice} Choice */

/** @param {Field} field @returns {Widget} */
export function widget(field) {
  const { screen } = field;
  const list = h("ol", { class: "rank" });
  const foot = h("div");
  const element = h("div", null, list, foot);
  let drawn = "";

  /** @param {any} value @returns {Choice[]} as the person put them, then what she has not put yet, as offered */
  function ordered(value) {
    const offered = choicesOf(field);
    const codes = Array.isArray(value) ? value : [];
    const placed = codes.flatMap((code) => offered.filter((choice) => choice.value === code));
    return [...placed, ...offered.filter((choice) => !codes.includes(choice.value))];
  }

  /** @param {Choice} choice @param {number} by */
  function move(choice, by) {
    const codes = ordered(screen.model.form.get(field.path)).map(({ value }) => value);
    const from = codes.indexOf(choice.value);
    const to = from + by;
    if (to < 0 || to >= codes.length) return;
    [codes[from], codes[to]] = [codes[to], codes[from]];
    field.set(codes);
    focusOn(choice.value, by);
    screen.tell(t("rec_rank_now", { what: choice.labelText, place: to + 1, n: codes.length }));
  }

  /** The finger stays on what it moves; at either end the other button takes over. @param {string} code @param {number} by */
  function focusOn(code, by) {
    const row = [...list.children].find((one) => /** @type {HTMLElement} */ (one).dataset.value === code);
    const [up, down] = row?.querySelectorAll("button") ?? [];
    const wanted = by < 0 ? up : down;
    (wanted?.getAttribute("aria-disabled") === "true" ? (by < 0 ? down : up) : wanted)?.focus();
  }

  /** @param {Choice} choice @param {number} by @param {boolean} out */
  function button(choice, by, out) {
    const name = t(by < 0 ? "rec_rank_up" : "rec_rank_down", { what: choice.labelText });
    return h(
      "button",
      {
        class: "choice-button",
        "aria-label": name,
        "aria-disabled": out ? "true" : null,
        onclick: () => move(choice, by),
      },
      by < 0 ? "↑" : "↓",
    );
  }

  return {
    element,
    invalid: [list],
    update({ value }) {
      const choices = ordered(value);
      const isWhole = Array.isArray(value) && choices.every((choice) => value.includes(choice.value));
      const words = JSON.stringify([choices, isWhole, value === null]);
      if (words === drawn) return;
      drawn = words;
      fill(
        list,
        choices.map((choice, at) =>
          h(
            "li",
            { dataset: { value: choice.value } },
            h("span", { class: "rank-words" }, `${isWhole ? at + 1 : "–"} `, nodesOf(choice.label, screen)),
            button(choice, -1, at === 0),
            button(choice, 1, at === choices.length - 1),
          ),
        ),
      );
      fill(
        foot,
        !isWhole &&
          h(
            "button",
            { class: "choice-button wide", onclick: () => take(choices.map((choice) => choice.value)) },
            t("rec_rank_so"),
          ),
        value !== null && h("button", { class: "quiet", onclick: () => take(null) }, t("rec_clear")),
      );
    },
    focus: () => list.querySelector("button")?.focus(),
  };

  /** @param {string[] | null} codes */
  function take(codes) {
    field.set(codes);
    foot.querySelector("button")?.focus();
  }
}
