// What turns up in the middle of a visit and asks for a woman (docs/phone.md): a calm sentence, shown to who is none while the two are alone. Nothing waits for it, and nothing is lost.

import { h } from "../ui/dom.js";
import { addPairs, t } from "../ui/i18n.js";
import { TEXTS } from "../ui/more/texts-women.js";
import { notice } from "../ui/parts.js";

addPairs(TEXTS);

// The codes of the flag `female_worker` (fieldapp/casework/screening/flags.py).
const CASES = ["rape", "molest", "molest_child"];
const SIGNS = ["genital_injury", "under14_sexual_or_pregnant", "over14_sexual"];

/** Do the answers of this visit ask for a woman? @param {any[]} written answers of its records */
export const asksForWoman = (written) =>
  written.some(
    (answers) =>
      CASES.includes(answers?.case?.type) ||
      among(answers?.dv?.forms, ["sexual"]) ||
      answers?.dv?.s_sexual === "yes" ||
      answers?.dv?.asks_woman === "yes" ||
      answers?.child?.asks_woman === "yes" ||
      among(answers?.child?.harm_signs, SIGNS) ||
      (answers?.members ?? []).some(
        (/** @type {any} */ row) => row.is_victim === "yes" && row.sex === "female" && Number(row.is_minor) === 1,
      ),
  );

/** @param {any[]} written @returns {HTMLElement | null} */
export const womenPart = (written) =>
  asksForWoman(written)
    ? h(
        "section",
        { class: "group panel", id: "women" },
        notice({ title: t("women_ask"), whatToDo: t("women_ask_do") }, "ok"),
      )
    : null;

/** @param {unknown} value @param {string[]} codes */
const among = (value, codes) => Array.isArray(value) && value.some((code) => codes.includes(code));
