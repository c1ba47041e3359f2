// The record screen: one form instance, page by page. It announces what is answered; docs/record-ui.md says to whom and how.
import { contentsPage } from "./contents.js";
import { fill, h } from "./dom.js";
import { addTexts, language, loadLanguage, setLanguage, t } from "./i18n.js";
import { handInBlock } from "./record-handin.js";
import { createModel } from "./record-model.js";
import { sectionPage } from "./record-page.js";
import { forgetBlocks } from "./remarks.js";
import { zh } from "./texts-record-zh.js";

addTexts(zh);

/** @typedef {import("./record-model.js").PageKey} PageKey */
/** @typedef {ReturnType<typeof createScreen>} Screen what the pieces of the screen may ask of it */

/**
 * @param {HTMLElement} root an empty element
 * @param {any} options docs/record-ui.md
 */
export function openRecord(root, options) {
  setLanguage(options.language ?? language());
  const screen = createScreen(root, { ...options });
  screen.open();
  return {
    snapshot: screen.snapshot,
    goTo: screen.goTo,
    back: screen.back,
    shown: screen.shown,
    setLanguage: screen.setLanguage,
    setMode: screen.setMode,
    openPoints: screen.openPoints,
    get handover() {
      return screen.inHandover();
    },
    hide: screen.hide,
    close: () => {
      document.removeEventListener("visibilitychange", screen.hide);
      root.replaceChildren();
    },
  };
}

/** @param {HTMLElement} root @param {any} options */
function createScreen(root, options) {
  const model = createModel(options);
  const bar = h("header", { class: "rec-bar" });
  const pageHost = h("div", { class: "rec-page" });
  const panelHost = h("div", { class: "rec-panel", hidden: true, tabIndex: -1 });
  const undoHost = h("div", { class: "rec-undo", role: "status" });
  const foot = h("footer", { class: "rec-foot" });
  const voice = h("p", { class: "visually-hidden", role: "status" });
  const element = h("div", { class: "record" }, bar, pageHost, panelHost, undoHost, foot, voice);
  /** @type {import("./record-page.js").Page | null} */
  let page = null;
  /** @type {ReturnType<typeof contentsPage> | null} */
  let contents = null;
  /** @type {ReturnType<typeof handInBlock> | null} */
  let handIn = null;
  /** @type {{close: () => void, handover: boolean} | null} */
  let panel = null;
  /** The question it was opened for; empty: none. */
  let landing = "";

  const screen = {
    model,
    options,
    /** Photos, papers and sounds, once their module is here. @type {import("./widgets/more/papers.js").Papers | null} */
    papers: null,
    /** Moments of which a hand-in was tried: from then on what is missing there is shown. @type {Set<string>} */
    attempted: new Set(),
    /** How a repeat opens the row that holds a question. @type {Map<string, (path: string) => void>} */
    openers: new Map(),
    get readOnly() {
      return model.mode === "read";
    },

    open() {
      fill(root, element);
      document.addEventListener("visibilitychange", screen.hide);
      const remarked = options.focus ?? model.unanswered().find((remark) => model.findable(remark.path))?.path;
      const kept = model.state.page;
      landing = remarked ?? "";
      if (remarked) screen.goTo(remarked);
      else if (kept && model.pages().some((key) => key.join() === kept.join())) screen.showPage(kept);
      else screen.showPage(model.pages()[0] ?? null);
      if (options.files)
        void import("./widgets/more/papers.js").then(({ papersOf }) => {
          screen.papers ??= papersOf(screen);
          page?.redraw();
          screen.papers.entry();
        });
    },

    /** The element stands in the page now: only what is there can be scrolled to and take the focus. */
    shown() {
      if (landing) screen.goTo(landing);
      else pageHost.querySelector("h1")?.focus({ preventScroll: true });
    },

    // ---- answers ---------------------------------------------------------------------------------------------------------------
    /** @param {string} path @param {any} value */
    set(path, value) {
      screen.did(model.form.set(path, value), path);
    },
    /** The engine changed these paths: rows are redrawn, the wiring is told. @param {string[]} paths @param {string} [path] the one answered by hand */
    did(paths, path) {
      if (path) remarkAnswered(path);
      page?.refresh(paths);
      contents?.update();
      announce(paths);
    },
    /** Only the state of the screen changed. */
    note: () => announce([]),
    /** @param {string[]} moments */
    setAttempted(moments) {
      for (const moment of moments) screen.attempted.add(moment);
      page?.redraw();
      contents?.update();
    },
    /** Somebody may look on, or the phone lies in a pocket: harm questions close again, their answers stay. */
    hide() {
      if (!model.revealed) return;
      model.revealed = false;
      page?.redraw();
    },
    async reveal() {
      if (options.askSecret && model.hadGuardedAnswers && !model.secretAsked && !(await options.askSecret())) return;
      model.secretAsked = true;
      model.revealed = true;
      page?.redraw();
      pageHost.querySelector("h1")?.focus();
    },

    // ---- where we are ----------------------------------------------------------------------------------------------------------
    /** @param {PageKey | null} key null: the contents page */
    showPage(key) {
      if (panel?.handover) return; // nobody leaves it from outside: only the PIN does
      panel?.close();
      screen.openers.clear();
      model.revealed = false;
      if (options.whole) key ??= model.pages()[0] ?? null;
      model.state.page = key;
      const taken = key ? model.takeOverFixed(key) : [];
      page = key ? (options.whole ?? sectionPage)(screen, key) : null;
      contents = key ? null : contentsPage(screen);
      handIn = !key || alone() ? handInBlock(screen) : null;
      const shown = /** @type {{element: HTMLElement, heading: HTMLElement}} */ (page ?? contents);
      fill(pageHost, handIn?.said, shown.element);
      fill(undoHost);
      drawBar();
      drawFoot();
      screen.papers?.entry();
      globalThis.scrollTo?.(0, 0);
      shown.heading.focus({ preventScroll: true });
      announce(taken);
    },
    /** The page of a question, focus on it. @param {string} path empty: the contents page */
    goTo(path) {
      if (path === "" || !model.findable(path)) return screen.showPage(null);
      const key = model.pageOf(path);
      if (!model.pages().some((one) => one.join() === key.join())) return screen.showPage(null);
      const is_there = options.whole || model.state.page?.join() === key.join();
      if (!is_there || !page || panel) screen.showPage(key);
      for (const [repeat, open] of screen.openers) if (path.startsWith(`${repeat}[`)) open(path);
      // A row that was just opened may hold a repeat that opens the next.
      for (const [repeat, open] of screen.openers) if (path.startsWith(`${repeat}[`)) open(path);
      if (page?.focus(path)) return;
      const shut = pageHost.querySelector(".gate");
      shut?.scrollIntoView({ block: "center" });
      shut?.querySelector("button")?.focus();
    },
    /** @returns {boolean} whether there was a step to go back inside */
    back() {
      if (panel?.handover) return true; // only the PIN leads out
      if (panel) panel.close();
      else if (page && !alone()) screen.showPage(null);
      else return false;
      return true;
    },

    /**
     * A page above the page: a long list, the pad. The page below keeps every box as it is.
     * @param {{title: string, body: import("./dom.js").Child[], foot: HTMLElement[], from: HTMLElement | null, handover?: boolean, onClose?: () => void}} panelOptions
     * @returns {() => void} closes it, focus back to `from`
     */
    openPanel({ title, body, foot: footButtons, from, handover = false, onClose }) {
      panel?.close();
      const top = document.scrollingElement?.scrollTop ?? 0;
      const heading = h("h1", { class: "page-title", tabIndex: -1, hidden: title === "" }, title);
      fill(panelHost, heading, ...body, footButtons.length > 0 && h("div", { class: "rec-foot" }, footButtons));
      const close = () => {
        if (panel?.close !== close) return;
        panel = null;
        onClose?.();
        showPanel(false, handover);
        document.scrollingElement?.scrollTo(0, top);
        from?.focus({ preventScroll: true });
      };
      panel = { close, handover };
      showPanel(true, handover);
      globalThis.scrollTo?.(0, 0);
      (title === "" ? panelHost : heading).focus({ preventScroll: true });
      return close;
    },
    inHandover: () => panel?.handover === true,

    // ---- saying ----------------------------------------------------------------------------------------------------------------
    /** To those who listen to the page. @param {string} text */
    tell(text) {
      voice.textContent = text;
    },
    /** Where everybody sees it. @param {string} text */
    say(text) {
      fill(undoHost, h("p", null, text));
    },
    /** Instead of asking before. It stays until the next page or the next undo. @param {string} text @param {() => string[]} undo changed paths */
    offerUndo(text, undo) {
      const take = () => {
        fill(undoHost);
        screen.did(undo());
        pageHost.querySelector("h1")?.focus({ preventScroll: true });
      };
      fill(undoHost, h("p", null, text), h("button", { class: "undo", onclick: take }, t("rec_undo")));
    },
    formTitle: () => options.name ?? model.plan.title?.[model.form.language] ?? model.plan.formId,

    // ---- asked from outside ----------------------------------------------------------------------------------------------------
    snapshot: () => model.snapshot(),
    /** @param {string} code */
    async setLanguage(code) {
      await loadLanguage(code);
      setLanguage(code);
      model.form.setLanguage(language());
      forgetBlocks(screen);
      const focused = /** @type {HTMLElement | null} */ (document.activeElement?.closest("[data-path]"))?.dataset.path;
      screen.showPage(model.state.page);
      if (focused) screen.goTo(focused);
    },
    /** @param {string} mode */
    setMode(mode) {
      model.mode = mode;
      const key = model.state.page;
      screen.showPage(key && model.pages().some((one) => one.join() === key.join()) ? key : null);
    },
    openPoints: () => ({
      door: model.troubles(["door"]).length,
      all: model.troubles(null).length,
      remarks: model.unanswered().length,
    }),
  };

  /** @param {string[]} paths */
  function announce(paths) {
    let taken = /** @type {ReturnType<typeof model.snapshot> | null} */ (null);
    const snapshot = () => (taken ??= model.snapshot());
    // Copies are made when somebody looks: a keystroke must not pay for two.
    options.onChange?.({
      get answers() {
        return snapshot().answers;
      },
      get papers() {
        return snapshot().papers;
      },
      get recorded() {
        return snapshot().recorded;
      },
      get state() {
        return snapshot().state;
      },
      paths,
    });
  }

  /** An answer put right at a remark is its reply, unless another was given. @param {string} path */
  function remarkAnswered(path) {
    for (const remark of model.remarksAt(path)) {
      const reply = model.replyTo(remark.remark_id);
      if (remark.kind === "note" || remark.state !== "open" || (reply && reply.reply !== "changed")) continue;
      model.state.replies = model.state.replies.filter((one) => one.remark_id !== remark.remark_id);
      if (model.hasChanged(remark))
        model.state.replies.push({ remark_id: remark.remark_id, reply: "changed", text: "" });
    }
  }

  /** A form of one page has no contents page: hand-in stands below the questions. */
  function alone() {
    return options.whole || (model.pages().length === 1 && model.remarks.length === 0 && !options.returned);
  }

  function drawBar() {
    const handing = screen.inHandover();
    const cover = () => {
      screen.hide();
      options.onCover?.();
    };
    fill(
      bar,
      !handing &&
        h(
          "button",
          { class: "bar-button", "aria-label": t("rec_back"), onclick: () => screen.back() || options.onLeave?.() },
          h("span", { "aria-hidden": "true" }, "‹"),
        ),
      h(
        "p",
        { class: "bar-title" },
        handing ? "" : `${screen.formTitle()}${options.title ? ` · ${options.title}` : ""}`,
      ),
      !options.at_desk && h("button", { class: "bar-button", onclick: cover }, t("rec_cover")),
      options.onUrgent &&
        h("button", { class: "bar-button urgent", onclick: () => options.onUrgent() }, t("rec_urgent")),
    );
  }

  function drawFoot() {
    const key = model.state.page;
    foot.hidden = panel !== null;
    if (!key || handIn) {
      fill(foot, handIn?.buttons);
      return;
    }
    const pages = model.pages();
    const at = pages.findIndex((one) => one.join() === key.join());
    const next = pages[at + 1];
    // After the last page of a moment comes the contents page: the visit may end here.
    const onward = next && next[0] === key[0] ? next : null;
    fill(
      foot,
      at > 0
        ? h("button", { class: "foot-button", onclick: () => screen.showPage(pages[at - 1]) }, t("rec_previous"))
        : h("span"),
      onward
        ? h("button", { class: "foot-button", onclick: () => screen.showPage(null) }, t("rec_contents"))
        : h("span"),
      h(
        "button",
        { class: "primary", onclick: () => screen.showPage(stillThere(key)) },
        onward ? t("rec_next") : t("rec_to_contents"),
      ),
    );
  }

  /** Which page comes next is decided when the button is pressed: an answer may have made one relevant. @param {PageKey} key @returns {PageKey | null} */
  function stillThere(key) {
    const pages = model.pages();
    const next = pages[pages.findIndex((one) => one.join() === key.join()) + 1];
    return next && next[0] === key[0] ? next : null;
  }

  /** @param {boolean} shown @param {boolean} handover */
  function showPanel(shown, handover) {
    panelHost.hidden = !shown;
    pageHost.hidden = shown;
    undoHost.hidden = shown;
    foot.hidden = shown;
    if (!shown) fill(panelHost);
    element.classList.toggle("handing-over", shown && handover);
    drawBar();
    if (handover) options.onHandover?.(shown);
  }

  return screen;
}
