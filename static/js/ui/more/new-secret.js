// Choosing what opens the phone: digits that it makes up, or an own passphrase; practised twice from memory, for what was never typed is
// forgotten by the evening.
import { fill, h } from "../dom.js";
import { t } from "../i18n.js";
import { keypad } from "../keypad.js";
import { button, field, notice, primary } from "../parts.js";
import "./words.js";

/**
 * @typedef {"digits" | "passphrase"} Kind
 * @typedef {object} Given
 * @property {(title: string, ...children: import("../dom.js").Child[]) => void} put shows one page in place of the last
 * @property {Element} state where it is said what is wrong; stands on every page
 * @property {number} digits how many a number of this phone needs
 * @property {number} [minimum] characters of an own passphrase, as the office asks; 12 before it is known
 * @property {(count: number) => string} generateDigits
 * @property {(secret: string, kind: Kind, digits: number) => Promise<string | null>} checkNewSecret the code of what is wrong
 * @property {import("../parts.js").Sentence} sentence
 * @property {(kind: Kind, secret: string) => void} done
 */

/** @param {Given} given */
export function askNewSecret({ put, state, digits, minimum = 12, generateDigits, checkNewSecret, sentence, done }) {
  way();

  function way() {
    put(
      t("enrol_way"),
      h("p", null, t("enrol_way_hint")),
      h(
        "div",
        { class: "entries" },
        bigChoice("way-digits", t("way_digits", { n: digits }), t("way_digits_hint"), () =>
          turn(() => showDigits(generateDigits(digits))),
        ),
        bigChoice("way-passphrase", t("way_passphrase"), t("way_passphrase_hint", { n: minimum }), () =>
          turn(() => passphrase()),
        ),
      ),
    );
  }

  /** @param {string} secret */
  function showDigits(secret) {
    put(
      t("digits_title"),
      h("p", null, t("digits_learn")),
      h(
        "p",
        { class: "digits", id: "new-digits", "aria-label": [...secret].join(" ") },
        (secret.match(/.{1,4}/g) ?? []).map((four) => h("span", null, four)),
      ),
      h(
        "div",
        { class: "actions" },
        primary(t("digits_practise"), () => turn(() => practiseDigits(secret)), { id: "practise" }),
        button(t("digits_other"), () => turn(() => showDigits(generateDigits(digits)))),
      ),
    );
  }

  /** @param {string} secret */
  function practiseDigits(secret) {
    const { hint, typed } = rounds(
      (given) => given === secret,
      () => pad.clear(),
      { title: t("digits_differ"), whatToDo: t("digits_differ_do") },
      () => done("digits", secret),
    );
    const pad = keypad({ length: digits, label: t("secret_digits_label"), onDone: typed });
    const look = button(t("digits_look"), () => turn(() => showDigits(secret)));
    put(t("digits_practise"), hint, pad.element, h("div", { class: "actions" }, look));
  }

  /** @param {string} [before] what she typed, when she comes back to look at it */
  function passphrase(before = "") {
    const first = field({
      label: t("passphrase_new"),
      hint: t("passphrase_hint", { n: minimum }),
      id: "new-passphrase",
      value: before,
      masked: true,
      maxlength: 200,
      onenter: () => void next(),
    });
    put(
      t("way_passphrase"),
      h("p", null, t("passphrase_learn")),
      first.element,
      h(
        "div",
        { class: "actions" },
        primary(t("digits_practise"), () => void next(), { id: "enrol-next" }),
        button(t("back"), () => turn(way)),
      ),
    );

    async function next() {
      const secret = first.input.value;
      const refused = await checkNewSecret(secret, "passphrase", digits);
      if (refused) fill(state, notice(wrong(refused)));
      else turn(() => practisePassphrase(secret));
    }
  }

  /** How long it has to be is the office's word, not that of a fixed sentence. @param {string} code */
  function wrong(code) {
    const said = sentence(code);
    return code === "secret_short" ? { ...said, whatToDo: t("passphrase_hint", { n: minimum }) } : said;
  }

  /** @param {string} secret */
  function practisePassphrase(secret) {
    const again = field({
      label: t("passphrase_again"),
      id: "again-passphrase",
      masked: true,
      maxlength: 200,
      onenter: () => typed(again.input.value),
    });
    const { hint, typed } = rounds(
      (given) => same(given) === same(secret),
      () => {
        again.input.value = "";
        again.input.focus();
      },
      { title: t("passphrase_differ"), whatToDo: t("passphrase_differ_do") },
      () => done("passphrase", secret),
    );
    put(
      t("digits_practise"),
      hint,
      again.element,
      h(
        "div",
        { class: "actions" },
        primary(t("next"), () => typed(again.input.value), { id: "practise-next" }),
        button(t("passphrase_look"), () => turn(() => passphrase(secret))),
      ),
    );
  }

  /** @param {(given: string) => boolean} fits @param {() => void} again @param {{title: string, whatToDo: string}} wrong @param {() => void} over */
  function rounds(fits, again, wrong, over) {
    let round = 1;
    const hint = h("p", { role: "status", class: "center" }, t("practise_n", { n: 1 }));
    return { hint, typed };

    /** @param {string} given */
    function typed(given) {
      if (!fits(given)) fill(state, notice(wrong));
      else {
        fill(state);
        if (round === 2) return over();
        round = 2;
        hint.textContent = t("practise_n", { n: 2 });
      }
      return again();
    }
  }

  /** What was wrong on the page before is over with it. @param {() => void} page */
  function turn(page) {
    fill(state);
    page();
  }
}

/** Blanks are no part of it: another keyboard sets them otherwise. @param {string} secret */
const same = (secret) => secret.normalize("NFKC").trim().replace(/\s+/g, " ");

/** @param {string} id @param {string} main @param {string} below @param {() => void} press */
function bigChoice(id, main, below, press) {
  return h(
    "button",
    { class: "entry", id, onclick: press },
    h(
      "span",
      { class: "entry-text" },
      h("span", { class: "entry-main" }, main),
      h("span", { class: "entry-below" }, below),
    ),
    h("span", { class: "arrow", "aria-hidden": "true" }, "›"),
  );
}
