// The frame around every screen: title, line of sync, tabs; above it the gate (enrol, lock, cover) and the sheets.
import { timer as browserTimer, fill, focusOn, h, setProps } from "./dom.js";
import { t } from "./i18n.js";
import { keypad } from "./keypad.js";
import { field, primary, sheet } from "./parts.js";

/**
 * @typedef {{name: string, label: string, count: number, tone?: string}} Tab
 * @typedef {{title: string, tab?: string | null, back?: boolean, bare?: boolean}} Frame `bare`: the screen brings its own top bar
 * @typedef {{onTab: (name: string) => void, onBack: () => void, onCover: () => void, onUrgent: () => void, onUpdate: () => void, mayOpen: () => boolean, timer?: typeof browserTimer}} Given
 *   `mayOpen`: is the vault open at this moment
 */

/** Long enough for a slow reader (WCAG 2.2.1); a tap on it ends it sooner. */
const TOAST_MS = 6_000;

/** @param {HTMLElement} root @param {Given} given */
export function openShell(root, { onTab, onBack, onCover, onUrgent, onUpdate, mayOpen, timer = browserTimer }) {
  const title = h("h1", { id: "title", tabindex: "-1" });
  const back = h("button", { class: "btn btn-bar", id: "back", onclick: onBack });
  const cover = h("button", { class: "btn btn-bar", id: "cover", onclick: onCover });
  const urgent = h("button", { class: "btn btn-bar btn-urgent", id: "urgent-open", onclick: onUrgent });
  const head = h("header", { class: "bar" }, back, title, cover, urgent);
  const line = h("button", { class: "sync-line", id: "sync-line", onclick: () => onTab("sync") });
  const trouble = h("div", { id: "trouble" });
  const update = h("button", { class: "update-line", id: "update-offer", hidden: true, onclick: onUpdate });
  const main = h("main", { id: "main" });
  const tabs = h("nav", { class: "tabs" });
  const app = h("div", { class: "app", hidden: true }, head, line, update, trouble, main, tabs);
  const gate = h("main", { class: "front-layer", id: "gate", hidden: true });
  const sheets = h("div", { id: "sheets" });
  const toasts = h("div", { id: "toast", class: "toast", role: "status" });
  fill(root, app, gate, sheets, toasts);
  /** @type {Frame} */
  let frame = { title: "" };
  /** Screens that came since the last word for a moment. */
  let screensSince = 0;
  let toastTimer = /** @type {any} */ (null);
  words();
  return {
    gate,
    sheets,
    show,
    setTabs,
    setLine,
    setTrouble,
    openGate,
    closeGate,
    toast,
    quiet,
    offerUpdate,
    words,
    askPin,
    askWords,
    clear,
  };

  /** Texts that live in the frame itself; again after a change of language. */
  function words() {
    setProps(back, { textContent: "‹", "aria-label": t("back") });
    setProps(cover, { textContent: t("cover") });
    setProps(urgent, { textContent: t("urgent") });
    setProps(update, { textContent: t("update_offer") });
    setProps(tabs, { "aria-label": t("tabs") });
  }

  /** Puts a screen in place of the one before, and the reader at its title. @param {HTMLElement} element @param {Frame} next */
  function show(element, next) {
    frame = next;
    // What was said of one screen may be read on the next, as after a hand-in; on the one after it would lie over other things.
    screensSince += 1;
    if (screensSince > 1) fill(toasts);
    title.textContent = next.title;
    back.hidden = !next.back;
    head.hidden = !!next.bare;
    tabs.hidden = !next.tab;
    for (const tab of tabs.querySelectorAll("button"))
      tab.setAttribute("aria-current", tab.dataset.tab === next.tab ? "page" : "false");
    app.classList.toggle("app-bare", !!next.bare);
    fill(main, element);
    window.scrollTo(0, 0);
    if (!next.bare && !app.hidden) focusOn(title);
  }

  /** @param {Tab[]} list */
  function setTabs(list) {
    fill(
      tabs,
      list.map(({ name, label, count, tone }) =>
        h(
          "button",
          {
            class: "tab",
            dataset: { tab: name },
            id: `tab-${name}`,
            "aria-current": name === frame.tab ? "page" : "false",
            onclick: () => onTab(name),
          },
          h("span", null, label),
          count > 0 && h("span", { class: ["badge", tone && `badge-${tone}`] }, count),
        ),
      ),
    );
  }

  /** @param {{text: string, tone: string}} said */
  function setLine({ text, tone }) {
    setProps(line, { class: ["sync-line", tone && `tone-${tone}`], textContent: text });
  }

  /** What could not be saved stays in sight until it is. @param {Node | null} node */
  function setTrouble(node) {
    fill(trouble, node);
  }

  /** Lock, cover and enrolment stand in front of everything; what lies beneath cannot be reached nor read. */
  function openGate() {
    fill(toasts);
    app.hidden = true;
    gate.hidden = false;
    return gate;
  }

  /** Refuses unless the vault is open: whoever comes late cannot take a cover or a lock away. */
  function closeGate() {
    if (!mayOpen()) return;
    fill(gate);
    gate.hidden = true;
    app.hidden = false;
    if (!frame.bare) focusOn(title);
  }

  /** After a lock nothing of the screens may stay in the page. */
  function clear() {
    fill(main);
    fill(trouble);
    fill(tabs);
    title.textContent = "";
    line.textContent = "";
  }

  /** What comes while the phone is covered, or in her hands, is said by the line later. @param {string} text */
  function toast(text) {
    if (app.classList.contains("app-quiet") || gate.querySelector(".covered")) return;
    const over = () => fill(toasts);
    screensSince = 0;
    timer.clear(toastTimer);
    fill(toasts, h("p", { onclick: over }, text));
    toastTimer = timer.set(over, TOAST_MS);
  }

  /** The phone is in her hands: no line, no offer, no word beside what she reads. @param {boolean} on */
  function quiet(on) {
    app.classList.toggle("app-quiet", on);
    if (on) fill(toasts);
  }

  /** @param {boolean} on */
  function offerUpdate(on) {
    update.hidden = !on;
  }

  /** @param {{title: string, attempt: (secret: string) => Promise<string | null>, length: number}} asked `attempt` gives null when it was right, else what is wrong @returns {Promise<boolean>} */
  function askPin({ title: asks, attempt, length }) {
    return new Promise((resolve) => {
      const said = h("p", { role: "alert", class: "center danger-text" });
      const pad = keypad({ length, label: asks, onDone: typed });
      const opened = sheet(
        sheets,
        { id: "ask-pin", title: asks, full: true, onClose: () => finish(false) },
        said,
        pad.element,
      );
      pad.focus();

      /** @param {string} secret */
      async function typed(secret) {
        pad.busy(true);
        const wrong = await attempt(secret);
        if (wrong === null) return finish(true);
        said.textContent = wrong;
        return pad.clear();
      }

      /** @param {boolean} right */
      function finish(right) {
        opened.close();
        resolve(right);
      }
    });
  }

  /** The same for a passphrase. @param {{title: string, attempt: (secret: string) => Promise<string | null>}} asked @returns {Promise<boolean>} */
  function askWords({ title: asks, attempt }) {
    return new Promise((resolve) => {
      const said = h("p", { role: "alert", class: "center danger-text" });
      const words = field({ label: t("passphrase"), masked: true, maxlength: 200, onenter: typed });
      const actions = h("div", { class: "actions" }, primary(t("next"), typed));
      const opened = sheet(
        sheets,
        { id: "ask-words", title: asks, onClose: () => finish(false) },
        said,
        words.element,
        actions,
      );

      async function typed() {
        const wrong = await attempt(words.input.value);
        if (wrong === null) return finish(true);
        said.textContent = wrong;
        return words.input.select();
      }

      /** @param {boolean} right */
      function finish(right) {
        opened.close();
        resolve(right);
      }
    });
  }
}
