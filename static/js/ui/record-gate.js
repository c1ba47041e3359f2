// In front of violence questions: one tap opens them, and only when she is alone. Answers given behind it stay and are submitted.
import { fill, h } from "./dom.js";
import { t } from "./i18n.js";

/**
 * @param {import("./record.js").Screen} screen
 * @param {string[]} paths the questions behind it
 * @returns {import("./record-row.js").Piece}
 */
export function gate(screen, paths) {
  const { model } = screen;
  const element = h("div", { class: "gate" });
  const put = () => {
    model.state.later_alone = [...new Set([...model.state.later_alone, ...paths])];
    screen.note();
    draw();
    screen.tell(t("rec_put_later"));
  };

  function draw() {
    const remarked = paths.some((path) => model.remarksAt(path).length > 0);
    const listed = paths.every((path) => model.state.later_alone.includes(path));
    fill(
      element,
      // Neutral on purpose: who looks over the shoulder learns nothing.
      h("p", null, model.mayReveal() ? t("rec_gate_open", { n: paths.length }) : t("rec_gate_shut")),
      remarked && h("p", { class: "remark-flag" }, t("rec_gate_remark")),
      model.mayReveal() && h("button", { class: "choice-button", onclick: screen.reveal }, t("rec_gate_button")),
      !model.mayReveal() &&
        !screen.readOnly &&
        (listed
          ? h("p", { class: "muted", role: "status" }, t("rec_put_later"))
          : h("button", { class: "choice-button", onclick: put }, t("rec_ask_later"))),
    );
  }
  draw();
  return { element, update: draw, focus: () => element.querySelector("button")?.focus() };
}
