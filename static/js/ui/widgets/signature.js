// A signature on the page: what is there, whether the text has changed since, and the way to the pad.
import { fill, h, svg } from "../dom.js";
import { t } from "../i18n.js";

/** @typedef {import("../record-row.js").Field} Field */
/** @typedef {import("../record-row.js").Widget} Widget */

/** @param {Field} field @returns {Widget} */
export function signatureWidget(field) {
  const { screen, path } = field;
  const element = h("div", { class: "signature" });
  let drawn = "";

  // The pad and its library come over only when somebody signs.
  const sign = async () => (await import("./more/signing.js")).openSigning(screen, path);

  /** @param {any} value */
  async function draw(value) {
    const { signedText, isHandover } = await import("./more/signing.js");
    const now = await screen.options.hashText(signedText(screen.model, path, screen.options));
    const words = JSON.stringify([value, now, screen.model.form.language]);
    if (words === drawn) return;
    drawn = words;
    const had = element.contains(document.activeElement);
    const signed = value !== null && Array.isArray(value.strokes);
    fill(
      element,
      signed && drawing(value),
      signed && value.text_hash !== now && h("p", { class: "q-note" }, t("rec_sign_changed_since")),
      !screen.readOnly &&
        h(
          "button",
          { class: "choice-button wide", onclick: sign },
          signed
            ? t("rec_sign_again")
            : isHandover(path, screen.options)
              ? t("rec_sign_hand_over")
              : t("rec_sign_here"),
        ),
    );
    if (had) element.querySelector("button")?.focus();
  }

  return {
    element,
    update: (view) => void draw(view.value),
    focus: () => element.querySelector("button")?.focus(),
  };
}

/** @param {{strokes: number[][][], width: number, height: number}} value */
function drawing({ strokes, width, height }) {
  const d = strokes
    .map(
      (stroke) => stroke.map(([x, y], i) => `${i ? "L" : "M"}${x} ${y}`).join("") + (stroke.length === 1 ? "l1 0" : ""),
    )
    .join("");
  return svg(
    "svg",
    { viewBox: `0 0 ${width} ${height}`, class: "signed", role: "img", "aria-label": t("rec_signed") },
    svg("path", {
      d,
      fill: "none",
      stroke: "currentColor",
      "stroke-width": 3,
      "stroke-linecap": "round",
      "stroke-linejoin": "round",
    }),
  );
}
