// A newer app has been on this phone, and its data has a form that this one does not know: nothing is read, nothing is changed, she is told.

import "./errors.js";
import { fill, focusOn, h } from "../ui/dom.js";
import { t } from "../ui/i18n.js";
import { button, notice, primary } from "../ui/parts.js";
import { say } from "../wire-app.js";

/** Instead of the gate; help stays two taps away. @param {import("../wire-app.js").App} app */
export function openNewer(app) {
  const urgent = button(t("urgent"), () => app.urgent(), { id: "urgent-open", class: "btn-urgent" });
  const heading = h("h1", { tabindex: "-1" }, t("update_now"));
  const update = primary(t("update_now"), () => void takeNewest(), { id: "newer-update" });
  fill(
    app.shell.openGate(),
    h(
      "section",
      { id: "screen-newer", class: "front" },
      h("div", { class: "front-top" }, urgent),
      heading,
      notice(say("storage_newer")),
      h("div", { class: "actions" }, update),
    ),
  );
  focusOn(heading);
}

/** The version that waits takes over; where there is none the page is only opened again. */
async function takeNewest() {
  const { serviceWorker } = navigator;
  const registration = await serviceWorker?.getRegistration();
  await registration?.update().catch(() => {});
  const { installing, waiting } = registration ?? {};
  if (!installing && !waiting) return location.reload();
  serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
  const take = (/** @type {ServiceWorker | null | undefined} */ worker) => worker?.postMessage({ type: "skipWaiting" });
  installing?.addEventListener("statechange", () => installing.state === "installed" && take(installing));
  take(waiting);
}
