// The practice on the screen: a banner on every page, where it begins, and the tray in which it ends.
import { fill, focusOn, h } from "../dom.js";
import { addPairs, momentText, t } from "../i18n.js";
import { button, cell, group, notice } from "../parts.js";
import { addSheet } from "./sheet.js";
import { TEXTS } from "./texts-training.js";

addPairs(TEXTS);

/** @typedef {"caseworker" | "village"} PracticeRole */

let speaking = new MutationObserver(() => {});

/** In front of everything, on every page, also over a cover: nobody may take this for real work, nor real work for this. @param {{pin: string, number: string, onLeave: () => void}} given */
export function openBanner({ pin, number, onLeave }) {
  addSheet();
  document.documentElement.dataset.training = "";
  const banner =
    document.getElementById("training") ??
    document.body.insertBefore(h("aside", { id: "training" }), document.body.firstChild);
  rest();
  // It is no screen that is drawn again when she chooses another language.
  speaking.disconnect();
  speaking = new MutationObserver(rest);
  speaking.observe(document.documentElement, { attributes: true, attributeFilter: ["lang"] });

  function rest() {
    banner.setAttribute("aria-label", t("training"));
    const keys = t("training_keys", { pin, number: (number.match(/.{1,4}/g) ?? []).join(" ") });
    fill(
      banner,
      h("p", null, h("strong", null, t("training_banner")), h("span", null, keys)),
      button(t("training_leave"), ask, { id: "training-leave" }),
    );
  }

  /** What was filled in goes with it: asked once. */
  function ask() {
    const yes = button(t("training_leave"), onLeave, { id: "training-leave-now" });
    fill(banner, h("p", { role: "status" }, t("training_leave_ask")), yes, button(t("training_stay"), rest));
    focusOn(yes);
  }
}

/** @param {HTMLElement} root @param {{onBegin: (role: PracticeRole) => Promise<void>, onUrgent: () => void, sentence: import("../parts.js").Sentence}} given */
export function openPracticeGate(root, { onBegin, onUrgent, sentence }) {
  const state = h("div", null);
  const heading = h("h1", { tabindex: "-1" }, t("training_title"));
  const roles = /** @type {PracticeRole[]} */ (["caseworker", "village"]).map((role) =>
    cell({ main: t(`training_${role}`), press: () => void begin(role), id: `training-${role}` }),
  );
  const choices = h("div", { class: "entries" }, roles);
  fill(
    root,
    h(
      "section",
      { id: "screen-training", class: "front" },
      h("div", { class: "front-top" }, button(t("urgent"), onUrgent, { id: "urgent-open", class: "btn-urgent" })),
      heading,
      h("p", null, t("training_what")),
      h("p", null, t("training_safe")),
      h("p", { class: "hint" }, t("training_real")),
      state,
      h("h2", null, t("training_as")),
      choices,
    ),
  );
  focusOn(heading);

  /** @param {PracticeRole} role */
  async function begin(role) {
    choices.hidden = true;
    fill(state, h("p", { role: "status", class: "center" }, t("training_begin_wait")));
    try {
      await onBegin(role);
    } catch (thrown) {
      choices.hidden = false;
      fill(state, notice(sentence(/** @type {{code?: string}} */ (thrown)?.code ?? "unknown_problem")));
    }
  }
}

/** @param {HTMLElement} root @param {{title: string | null, at: number | null, door: boolean}[]} rows newest first; no title: an urgent record */
export function openTray(root, rows) {
  const cells = rows.map(({ title, at, door }) =>
    cell({
      main: title ?? t("training_urgent"),
      below: [door && t("training_door"), at !== null && momentText(at)].filter(Boolean).join(" · "),
    }),
  );
  fill(
    root,
    h("p", { class: "hint group-hint" }, t("training_tray_hint")),
    group(t("training_tray"), cells, { count: rows.length, id: "training-tray" }) ??
      h("p", { class: "empty" }, t("training_tray_empty")),
  );
}
