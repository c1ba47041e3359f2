// Our own keypad: the phone's keyboard learns words and may send them away, ours does not.
import { fill, h } from "./dom.js";
import { t } from "./i18n.js";

/**
 * @typedef {object} Keypad
 * @property {HTMLElement} element
 * @property {() => void} clear empties the display, and gives the keys back after `busy`
 * @property {(on: boolean) => void} busy while a secret is being tried
 * @property {() => void} focus
 */

/**
 * Digits are shown as dots in groups of four, never as text. Calls `onDone` with all digits as soon as the last one is there.
 * @param {{length: number, label: string, onDone: (digits: string) => void}} options
 * @returns {Keypad}
 */
export function keypad({ length, label, onDone }) {
  let digits = "";
  let isBusy = false;
  const dots = h("div", { class: "keypad-dots", "aria-hidden": "true" });
  const said = h("p", { class: "visually-hidden", role: "status" });
  const keys = ["1", "2", "3", "4", "5", "6", "7", "8", "9"].map((digit) => key(digit, digit, () => add(digit)));
  const clearKey = key(t("clear"), t("clear_all"), () => set(""));
  const backKey = key("⌫", t("delete_one"), () => set(digits.slice(0, -1)));
  const grid = h(
    "div",
    { class: "keypad-keys" },
    keys,
    clearKey,
    key("0", "0", () => add("0")),
    backKey,
  );
  const element = h(
    "div",
    { class: "keypad", role: "group", "aria-label": label, tabindex: "-1", onkeydown: typed },
    dots,
    said,
    grid,
  );
  draw();
  return { element, clear, busy, focus: () => element.focus() };

  /** @param {string} digit */
  function add(digit) {
    if (isBusy || digits.length >= length) return;
    set(digits + digit);
    if (digits.length === length) onDone(digits);
  }

  /** @param {string} next */
  function set(next) {
    if (isBusy) return;
    digits = next;
    draw();
  }

  function clear() {
    busy(false);
    set("");
  }

  /** @param {boolean} on */
  function busy(on) {
    isBusy = on;
    element.setAttribute("aria-busy", String(on));
    for (const button of grid.querySelectorAll("button")) button.disabled = on;
  }

  function draw() {
    const marks = Array.from({ length }, (_, i) => h("span", { class: ["dot", i < digits.length && "dot-full"] }));
    const size = length > 8 ? 4 : length;
    fill(
      dots,
      Array.from({ length: length / size + 0.9 }, (_, i) =>
        h("span", { class: "dot-group" }, marks.slice(i * size, (i + 1) * size)),
      ),
    );
    fill(said, t("digits_typed", { n: digits.length, of: length }));
  }

  /** A keyboard, where there is one, works the same. @param {KeyboardEvent} event */
  function typed(event) {
    if (/^[0-9]$/.test(event.key)) add(event.key);
    else if (event.key === "Backspace") set(digits.slice(0, -1));
    else return;
    event.preventDefault();
  }
}

/** @param {string} face @param {string} name @param {() => void} press */
function key(face, name, press) {
  return h("button", { class: "key", "aria-label": name, onclick: press }, face);
}
