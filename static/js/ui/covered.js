// The harmless page: a month, as any phone shows it. Nothing on it tells what lies beneath.
import { fill, h } from "./dom.js";
import { language, t } from "./i18n.js";
import { keypad } from "./keypad.js";
import { button, notice } from "./parts.js";

/**
 * @param {HTMLElement} root
 * @param {{today: string, onReturn: (pin: string) => Promise<void>, sentence: import("./parts.js").Sentence, onCalls: () => void}} options
 *   `onReturn` rejects with a problem (`code`, `detail.tries_left`)
 */
export function openCovered(root, { today, onReturn, sentence, onCalls }) {
  const below = h("div", { class: "covered-below" });
  const month = h("div", null, calendar(today));
  fill(root, h("section", { id: "screen-covered", class: "covered" }, month, below));
  rest();

  function rest() {
    month.hidden = false;
    fill(below, button(t("continue"), ask, { id: "uncover" }), button(t("calls"), onCalls, { id: "covered-urgent" }));
  }

  function ask() {
    month.hidden = true;
    const said = h("div", null);
    const pad = keypad({ length: 6, label: t("pin"), onDone: tryPin });
    fill(below, h("h2", { class: "pad-title" }, t("pin")), said, pad.element, button(t("back"), rest));
    pad.focus();

    /** @param {string} pin */
    async function tryPin(pin) {
      pad.busy(true);
      try {
        await onReturn(pin);
      } catch (thrown) {
        const { code, detail } = /** @type {{code: string, detail?: {tries_left?: number}}} */ (thrown);
        const left = detail?.tries_left;
        const { title, whatToDo } = sentence(code);
        fill(said, notice({ title, whatToDo: left === undefined ? whatToDo : t("tries_left", { n: left }) }));
        pad.clear();
      }
    }
  }
}

/** @param {string} today */
function calendar(today) {
  const [year, month, day] = today.split("-").map(Number);
  const first = new Date(Date.UTC(year, month - 1, 1)).getUTCDay();
  const days = new Date(Date.UTC(year, month, 0)).getUTCDate();
  const cells = Array.from({ length: Math.ceil((first + days) / 7) * 7 }, (_, i) => i - first + 1);
  const name = new Intl.DateTimeFormat(language() === "en" ? "en-GB" : "zh-CN", {
    year: "numeric",
    month: "long",
    timeZone: "UTC",
  });
  const weekday = new Intl.DateTimeFormat(language() === "en" ? "en-GB" : "zh-CN", {
    weekday: "narrow",
    timeZone: "UTC",
  });
  const heads = Array.from({ length: 7 }, (_, i) =>
    h("span", { class: "weekday" }, weekday.format(new Date(Date.UTC(2023, 0, 1 + i)))),
  );
  return [
    h("h1", { class: "month" }, name.format(new Date(Date.UTC(year, month - 1, day)))),
    h(
      "div",
      { class: "days" },
      heads,
      cells.map((n) => h("span", { class: ["day", n === day && "day-today"] }, n >= 1 && n <= days ? n : "")),
    ),
  ];
}
