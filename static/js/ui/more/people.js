// Several people on one phone. The lock screen names nobody: each chooses a sign, or has a number.
import { h } from "../dom.js";
import { t } from "../i18n.js";
import { choice } from "../parts.js";
import "./words.js";

/** Shapes that every font has, also an old one. @type {Record<string, string>} */
const SIGNS = { circle: "●", square: "■", triangle: "▲", star: "★", diamond: "◆", heart: "♥" };

/** @typedef {{ref: string, sign: string | null}} Listed */

/** Nothing where there is one alone. @param {Listed[]} vaults @param {string} chosen ref @param {(ref: string) => void} onChoose */
export function people(vaults, chosen, onChoose) {
  if (vaults.length < 2) return null;
  /** Chosen before the other's was seen: the number tells them apart. @param {string} sign @param {number} i */
  const named = (sign, i) => {
    const alone = vaults.filter((other) => other.sign === sign).length === 1;
    return alone ? nameOf(sign) : `${nameOf(sign)} · ${t("person_n", { n: i + 1 })}`;
  };
  const buttons = vaults.map(({ ref, sign }, i) =>
    h(
      "button",
      {
        class: "pick",
        "aria-pressed": String(ref === chosen),
        dataset: { sign: sign ?? "" },
        onclick: () => onChoose(ref),
      },
      sign && Object.hasOwn(SIGNS, sign) ? named(sign, i) : t("person_n", { n: i + 1 }),
    ),
  );
  return h("div", { class: "people", role: "group", "aria-label": t("who_uses") }, buttons);
}

/** @param {string | null} sign of this vault @param {(sign: string) => void} onSign */
export function ownSign(sign, onSign) {
  return h(
    "section",
    { class: "group panel", id: "own-sign" },
    choice({
      legend: t("sign"),
      value: sign,
      options: Object.keys(SIGNS).map((value) => ({ value, label: nameOf(value) })),
      onpick: onSign,
    }),
    h("p", { class: "hint" }, t("sign_hint")),
    h("p", { class: "hint" }, t("second_person")),
  );
}

/** @param {string} sign */
const nameOf = (sign) => `${SIGNS[sign]} ${t(`sign_${sign}`)}`;
