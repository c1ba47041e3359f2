// The few shapes all screens are made of: cells, fields, notices, a half-screen sheet.
import { focusOn, h, newId } from "./dom.js";
import { t } from "./i18n.js";

/** @typedef {import("./dom.js").Child} Child */
/** @typedef {(code: string) => {title: string, whatToDo: string}} Sentence */

/** @param {string} label @param {() => void} press @param {{class?: string, id?: string, disabled?: boolean, dataset?: Record<string, string>}} [more] */
export const button = (label, press, more = {}) =>
  h("button", { ...more, class: ["btn", more.class], onclick: press }, label);

/** The one green action of a screen. @param {string} label @param {() => void} press @param {{id?: string, dataset?: Record<string, string>}} [more] */
export const primary = (label, press, more = {}) => button(label, press, { ...more, class: "btn-primary" });

/**
 * A row that leads somewhere. `aside` stands at its right end, `below` in small type under the main line.
 * @param {{main: Child, below?: Child, aside?: Child, tone?: string, id?: string, press?: () => void}} cell
 */
export function cell({ main, below, aside, tone, id, press }) {
  const inside = [
    h(
      "span",
      { class: "entry-text" },
      h("span", { class: "entry-main" }, main),
      below && h("span", { class: "entry-below" }, below),
    ),
    aside && h("span", { class: ["entry-aside", tone && `tone-${tone}`] }, aside),
  ];
  return press
    ? h(
        "button",
        { class: "entry", id, onclick: press },
        inside,
        h("span", { class: "arrow", "aria-hidden": "true" }, "›"),
      )
    : h("div", { class: "entry", id }, inside);
}

/** A titled list of cells; nothing where there are none. @param {string} title @param {Child[]} cells @param {{count?: number, tone?: string, id?: string}} [more] */
export function group(title, cells, { count, tone, id } = {}) {
  if (cells.length === 0) return null;
  const heading = h(
    "h2",
    { class: "group-head" },
    title,
    count !== undefined && h("span", { class: ["count", tone && `tone-${tone}`] }, count),
  );
  return h("section", { class: "group", id }, heading, h("div", { class: "entries" }, cells));
}

/**
 * A labelled text field. `masked` hides what is typed without being a password field: browsers offer to keep those.
 * @param {{label: string, hint?: string, value?: string, id?: string, masked?: boolean, inputmode?: string, maxlength?: number, multiline?: boolean, oninput?: (value: string) => void, onenter?: () => void}} field
 */
export function field({
  label,
  hint,
  value = "",
  id = newId("field"),
  masked = false,
  inputmode,
  maxlength,
  multiline = false,
  oninput,
  onenter,
}) {
  const hintId = hint ? `${id}-hint` : undefined;
  const props = {
    id,
    value,
    maxlength,
    inputmode,
    class: ["input", masked && "masked"],
    "aria-describedby": hintId,
    oninput: () => oninput?.(input.value),
  };
  const input = multiline ? h("textarea", { ...props, rows: "3" }) : h("input", { ...props, type: "text" });
  if (onenter)
    input.addEventListener(
      "keydown",
      (event) =>
        /** @type {KeyboardEvent} */ (event).key === "Enter" &&
        !(/** @type {KeyboardEvent} */ (event).isComposing) &&
        onenter(),
    );
  const reveal = masked && maskToggle(input);
  const element = h(
    "div",
    { class: "field" },
    h("label", { for: id }, label),
    hint && h("p", { class: "hint", id: hintId }, hint),
    h("div", { class: "field-row" }, input, reveal),
  );
  return { element, input };
}

/** @param {HTMLElement} input */
function maskToggle(input) {
  const toggle = button(t("show"), () => {
    const hidden = input.classList.toggle("masked");
    toggle.textContent = hidden ? t("show") : t("hide");
    toggle.setAttribute("aria-pressed", String(!hidden));
  });
  toggle.setAttribute("aria-pressed", "false");
  return toggle;
}

/**
 * What is wrong and what to do, announced at once. Empty for null.
 * @param {{title: string, whatToDo: string} | null} said @param {"danger" | "warn" | "ok"} [tone]
 */
export function notice(said, tone = "danger") {
  if (!said) return null;
  const role = tone === "danger" ? "alert" : "status";
  return h(
    "div",
    { class: ["notice", `notice-${tone}`], role },
    h("strong", null, said.title),
    said.whatToDo && h("p", null, said.whatToDo),
  );
}

/** A choice that stays visible, as large buttons; the chosen one is told to readers too. @param {{legend: string, options: {value: string, label: string}[], value?: string | null, onpick: (value: string) => void, id?: string}} choice */
export function choice({ legend, options, value = null, onpick, id }) {
  const buttons = options.map((option) =>
    h(
      "button",
      {
        class: "pick",
        "aria-pressed": String(option.value === value),
        dataset: { value: option.value },
        onclick: () => choose(option.value),
      },
      option.label,
    ),
  );
  return h("fieldset", { class: "picks", id }, h("legend", null, legend), h("div", { class: "pick-row" }, buttons));

  /** @param {string} picked */
  function choose(picked) {
    for (const each of buttons) each.setAttribute("aria-pressed", String(each.dataset.value === picked));
    onpick(picked);
  }
}

/**
 * Several at once, as ticks. `ontick` gets the codes ticked, in the order of the options.
 * @param {{legend: string, options: {value: string, label: string}[], ontick: (values: string[]) => void}} ticks
 */
export function ticks({ legend, options, ontick }) {
  const boxes = options.map(({ value }) => h("input", { type: "checkbox", value, onchange: tell }));
  const rows = options.map(({ label }, i) => h("label", { class: "tickline" }, boxes[i], h("span", null, label)));
  return h("fieldset", { class: "picks" }, h("legend", null, legend), rows);

  function tell() {
    ontick(boxes.filter((box) => box.checked).map((box) => box.value));
  }
}

/**
 * A half-screen sheet over everything. Focus stays inside and goes back where it was; Escape and the close button call `onClose`.
 * @param {Element} root @param {{title: string, id: string, onClose: () => void, full?: boolean}} options @param {...Child} children
 * @returns {{element: HTMLElement, close: () => void}} `close` only removes it
 */
export function sheet(root, { title, id, onClose, full = false }, ...children) {
  const before = /** @type {HTMLElement | null} */ (document.activeElement);
  const heading = h("h2", { id: `${id}-title`, tabindex: "-1" }, title);
  const panel = h(
    "div",
    {
      class: ["sheet", full && "sheet-full"],
      role: "dialog",
      "aria-modal": "true",
      "aria-labelledby": `${id}-title`,
      id,
    },
    h("div", { class: "sheet-head" }, heading, h("button", { class: "btn btn-quiet", onclick: onClose }, t("close"))),
    children,
  );
  const element = h("div", { class: "sheet-shade", onkeydown: keys }, panel);
  root.append(element);
  focusOn(heading);
  return { element, close };

  function close() {
    element.remove();
    if (before?.isConnected) before.focus();
  }

  /** @param {KeyboardEvent} event */
  function keys(event) {
    if (event.key === "Escape") onClose();
    if (event.key !== "Tab") return;
    const stops = [...panel.querySelectorAll("a[href], button, input, textarea, select")].filter(
      (stop) => !stop.matches(":disabled") && !stop.closest("[hidden]"),
    );
    const end = event.shiftKey ? stops[0] : stops.at(-1);
    if (document.activeElement === end || document.activeElement === heading) {
      event.preventDefault();
      /** @type {HTMLElement | undefined} */ (event.shiftKey ? stops.at(-1) : stops[0])?.focus();
    }
  }
}

/**
 * Asks one thing in a sheet: a reason from a list, and a few words.
 * @param {Element} root @param {{id: string, title: string, text?: string, reasons: {value: string, label: string}[], confirm: string, wordsFor?: string}} question `wordsFor`: the reason that needs words
 * @returns {Promise<{reason: string, text: string} | null>} null when it was closed
 */
export function askReason(root, { id, title, text, reasons, confirm, wordsFor = "other" }) {
  return new Promise((resolve) => {
    let reason = "";
    const warning = h("div", null);
    const words = field({ label: t("words_optional"), multiline: true, maxlength: 500 });
    const done = (/** @type {{reason: string, text: string} | null} */ answer) => {
      opened.close();
      resolve(answer);
    };
    const confirmed = () => {
      const text = words.input.value.trim();
      if (reason && (reason !== wordsFor || text)) return done({ reason, text });
      return warning.replaceChildren(
        /** @type {Node} */ (notice({ title: t(reason ? "words_needed" : "reason_needed"), whatToDo: "" })),
      );
    };
    const opened = sheet(
      root,
      { id, title, onClose: () => done(null) },
      text && h("p", null, text),
      choice({ legend: t("reason"), options: reasons, onpick: (value) => (reason = value) }),
      words.element,
      warning,
      h("div", { class: "actions" }, primary(confirm, confirmed)),
    );
  });
}
