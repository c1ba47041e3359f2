// What lies on this phone cannot be read: its form is that of a newer app, or the store stumbles. Nothing is changed, she is told.

import "./errors.js";
import { fill, focusOn, h } from "../ui/dom.js";
import { addPairs, t } from "../ui/i18n.js";
import { TEXTS } from "../ui/more/texts-first.js";
import { button, notice, primary } from "../ui/parts.js";
import { say } from "../wire-app.js";

addPairs(TEXTS);

/** Instead of the gate; help stays two taps away. @param {import("../wire-app.js").App} app @param {string} code why nothing can be read */
export function openNewer(app, code) {
  const isNewer = code === "storage_newer";
  const begun = navigator.serviceWorker?.controller;
  const urgent = button(t("urgent"), () => app.urgent(), { id: "urgent-open", class: "btn-urgent" });
  const heading = h("h1", { tabindex: "-1" }, t(isNewer ? "update_now" : "open_again"));
  const state = h("div", null, notice(say(code)));
  const update = primary(heading.textContent ?? "", press, { id: "newer-update" });
  fill(
    app.shell.openGate(),
    h(
      "section",
      { id: "screen-newer", class: "front" },
      h("div", { class: "front-top" }, urgent),
      heading,
      state,
      h("div", { class: "actions" }, update),
    ),
  );
  focusOn(heading);

  async function press() {
    if (!isNewer) return location.reload();
    update.disabled = true;
    const refused = await takeNewest(begun).catch(() => say("no_network"));
    if (!refused) return location.reload();
    fill(state, notice(refused));
    update.disabled = false;
  }
}

/**
 * The version that waits takes over. @param {ServiceWorker | null | undefined} begun the one this page came from
 * @returns {Promise<{title: string, whatToDo: string} | null>} null: the page is to be opened again; rejects without a link
 */
async function takeNewest(begun) {
  const { serviceWorker } = navigator;
  const registration = await serviceWorker?.getRegistration();
  await registration?.update();
  const worker = registration?.installing ?? registration?.waiting;
  // Where another tab let the newest in, or nothing is kept here, opening again is enough.
  if (!worker)
    return begun && begun === serviceWorker.controller
      ? { ...say("storage_newer"), whatToDo: t("newest_office") }
      : null;
  const taken = new Promise((resolve, reject) => {
    serviceWorker.addEventListener("controllerchange", () => resolve(null), { once: true });
    worker.addEventListener("statechange", () => {
      if (worker.state === "installed") worker.postMessage({ type: "skipWaiting" });
      if (worker.state === "redundant") reject(worker);
    });
  });
  if (worker.state === "installed") worker.postMessage({ type: "skipWaiting" });
  return taken;
}
