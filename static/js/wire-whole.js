// Everything behind the gate, loaded after the first screen stands: queue, screens, service worker.

import { createApi } from "./api.js";
import { RETRY_MAX_MS } from "./limits.js";
import { createNavigation } from "./navigation.js";
import { createOutbox, finishWipes } from "./outbox.js";
import { openStore } from "./store/db.js";
import { h } from "./ui/dom.js";
import { language } from "./ui/i18n.js";
import { sayThrown } from "./wire-app.js";
import { wireCase } from "./wire-case.js";
import { deviceOf } from "./wire-enrol.js";
import { wireGate } from "./wire-gate.js";
import { wireRecord } from "./wire-record.js";
import { wireSettings } from "./wire-settings.js";
import { wireUpdates } from "./wire-updates.js";
import { wireWorklist } from "./wire-worklist.js";

/** @typedef {Pick<ReturnType<typeof createApi>, "enrol" | "share" | "emergency">} Api */

/**
 * @param {import("./wire-app.js").App} app
 * @param {{fetch: (path: string, options: RequestInit) => Promise<Response>, kept: Promise<ServiceWorkerRegistration | null>}} given
 * @returns {{api: Api}}
 */
export function wireWhole(app, given) {
  const { vaults, training } = app;
  let ask = given.fetch;
  const api =
    training?.api ??
    createApi({ fetch: (...asked) => ask(...asked), language: () => (language() === "en" ? "en" : "zh-CN") });
  const practised = training?.connect(app);
  const wipes = training ? () => {} : queue(/** @type {ReturnType<typeof createApi>} */ (api));
  const { outbox } = app;
  app.files = async () => (await uploads()).filesOf(app, api);
  /** @type {Record<string, import("./navigation.js").Opener>} */
  const openers = {};
  app.nav = createNavigation({
    below: training ? "" : "/", // the way back out of a practice is its own button
    openers,
    history,
    show: app.shell.show,
    failed: (thrown) => app.shell.toast(sayThrown(thrown).title),
    frame: (name) => h("section", { id: `screen-${name}`, class: "screen" }),
  });
  addEventListener("popstate", () => app.nav.backKey(sheetTaken(app)));
  const updates = wireUpdates(app, given.kept);
  app.update = updates.update;
  const worklist = wireWorklist(app);
  const settings = wireSettings(app, updates);
  app.words = () => void worklist.line();
  const record = wireRecord(app, { random: () => Math.random() });
  Object.assign(openers, worklist.openers, settings.openers, wireCase(app).openers, record.openers, practised);
  wireGate(app, { opened });
  addEventListener("online", () => {
    outbox.wake("online");
    wipes();
  });
  document.addEventListener("visibilitychange", () => !document.hidden && outbox.wake("visible"));
  return { api };

  /** The real one; and what a vault that is being wiped left to hand in, again whenever there may be a link. @param {ReturnType<typeof createApi>} api */
  function queue(api) {
    const rest = async (/** @type {any} */ remains) => (await uploads()).restOf(remains, api);
    const parts = { vaults, api, openStore, rest };
    const about = async () => {
      const { platform, ...rest } = await deviceOf(app.version);
      return { ...rest, model: platform, files: await (await app.files()).unsent() };
    };
    app.outbox = createOutbox({
      ...{ ...parts, about, version: () => app.version },
      quiet: () => document.hidden || vaults.state !== "open",
    });
    let again = /** @type {any} */ (null);
    /** What is left is tried again, also where nobody says that there is a link. */
    const finish = async () => {
      const left = await finishWipes(parts).catch(() => true);
      clearTimeout(again);
      if (left) again = setTimeout(finish, RETRY_MAX_MS);
    };
    void finish()
      .then(() => app.files())
      .catch(() => {});
    vaults.addEventListener(
      "state",
      (event) => /** @type {CustomEvent} */ (event).detail.reason === "wiped" && finish(),
    );
    // Nothing of a practice stays that was not left by its own button.
    void import("./store/more/training.js").then(({ sweepPractice }) => sweepPractice()).catch(() => {});
    return finish;
  }

  /** The keys are there: what she chose and was doing, then her list. */
  async function opened() {
    app.kept = (await outbox.store?.state.get("screens").catch(() => null)) ?? { conflicts: {}, running: [] };
    await settings.personal();
    await worklist.line();
    if (vaults.state !== "open") return; // covered or locked meanwhile: no screen is made for nobody
    await app.nav.home("worklist");
    if (ask === given.fetch && !training) ask = (await import("./more/wire-sending.js")).afterUnlock(app, ask);
    await (await import("./more/wire-notices.js")).tellNotices(app);
  }
}

const uploads = () => import("./more/wire-uploads.js");

/** The back key closes what lies on top. Behind the gate there is nothing to go back to. @param {import("./wire-app.js").App} app */
function sheetTaken(app) {
  const close = app.shell.sheets.querySelector(".sheet-shade:last-child .sheet-head button");
  /** @type {HTMLElement | null} */ (close)?.click();
  return !!close || !app.shell.gate.hidden;
}
