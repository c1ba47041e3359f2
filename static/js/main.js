// Builds the pieces and connects them. Nobody imports this file; what a screen needs lies in its wire-….js beside it.

import { openRoot } from "./store/root.js";
import { openShell } from "./ui/shell.js";
import { createVaults } from "./vault.js";
import { loadChoices, PRACTICE } from "./wire-app.js";
import { openEnrolment } from "./wire-enrol.js";

const SERVICE_WORKER = "/sw.js";
const VAULT_WORKER = "/static/js/vault-worker.js";

/** What the first screen needs is asked for alone; the rest follows while the person reads it. */
const FIRST_SCREEN_MS = 200;

void start();

async function start() {
  // Chromium 98, Safari 16.4: an older browser keeps the page as it came, which says so. docs/phone.md, "Which browsers".
  if (!globalThis.structuredClone || !globalThis.CompressionStream) return;
  // A practice that cannot begin leaves her the real app, not a blank page.
  const begin = () => import("./more/training.js").then(({ openPractice }) => openPractice());
  const training = location.hash === PRACTICE ? await begin().catch(() => null) : null;
  const link = training ? null : takeLink();
  const policy = trusted();
  const now = () => Date.now();
  const root = training?.root ?? openRoot();
  const startWorker = () => new Worker(policy.createScriptURL(VAULT_WORKER), { type: "module" });
  const api = training?.api ?? {
    enrol: async (/** @type {any} */ request, /** @type {AbortSignal | undefined} */ signal) =>
      (await whole()).api.enrol(request, signal),
    share: async (/** @type {any} */ given) => (await whole()).api.share(given),
  };
  const vaults = createVaults({ root, api, startWorker, ...training?.vaults });
  const app = /** @type {import("./wire-app.js").App} */ (
    /** @type {unknown} */ ({
      ...{ root, vaults, now, link, training, checks: [], version: "", plans: new Map(), planNames: null },
      ...{ kept: { conflicts: {}, running: [] }, choices: { language: "zh", size: "normal", theme: "auto" } },
      ...{ touched: now(), covered_at: null, saved_at: null, session_until: 0, waitingWorker: null },
      whole: async () => void (await whole()),
      urgent: () => void help().then(() => app.urgent()),
    })
  );
  app.shell = openShell(/** @type {HTMLElement} */ (document.getElementById("app")), {
    onTab: (name) => void app.nav.home(name),
    onBack: () => app.nav.back(),
    onCover: () => vaults.cover("tap"),
    onUrgent: () => app.urgent(),
    onUpdate: () => app.update(),
    mayOpen: () => vaults.state === "open",
  });
  /** @type {Promise<ReturnType<typeof import("./wire-whole.js").wireWhole>> | null} */
  let wired = null;
  let helped = false;
  await loadChoices(app);
  await training?.show(app);
  app.checks = await readiness(root);
  addEventListener("hashchange", () => {
    if (training) return location.reload(); // a device code is for real work
    const taken = takeLink();
    if (vaults.state === "open" || vaults.state === "covered") return; // from history: it is spent
    app.link = taken ?? app.link;
    if (app.link) openEnrolment(app);
  });
  // A phone in use has all of it in its cache, and its queue must be there when the lock screen is; a new phone shows the first page first.
  let broken = "";
  const known = await vaults.list().catch(({ code }) => {
    broken = typeof code === "string" ? code : "storage_unavailable"; // a DOMException has numbers
    return [];
  });
  // It has the app, so it may have her vault too: not another browser is wanted, but another try.
  const kept = navigator.serviceWorker?.controller && !app.link;
  if (broken === "storage_newer" || (broken && kept)) (await import("./more/wire-newer.js")).openNewer(app, broken);
  else if (known.length > 0) await Promise.all([help(), whole()]);
  else openEnrolment(app);
  await vaults.start().catch(() => {});
  await firstPaint();
  await help().catch(() => {}); // two small files, before all else
  await whole();
  // Asked for, not waited for: a browser may keep a person waiting with a question here.
  void navigator.storage?.persist?.().catch(() => {});

  /** Puts the real `app.urgent` in place of the one that waits for it; asked for again where the link broke. */
  async function help() {
    const { wireUrgent } = await import("./wire-urgent.js");
    if (helped) return;
    helped = true;
    wireUrgent(app, { emergency: async () => (await whole()).api.emergency() });
  }

  /** Once, whoever asks first. */
  function whole() {
    wired ??= open();
    return wired;
  }

  async function open() {
    const kept = keep(policy.createScriptURL(SERVICE_WORKER));
    if (!navigator.serviceWorker?.controller) await kept;
    const { wireWhole } = await import("./wire-whole.js");
    return wireWhole(app, { fetch: (path, options) => fetch(path, options), kept });
  }
}

/**
 * The service worker keeps the app. A new phone waits for it: what it brings in one answer is not asked for again, file by file.
 * @param {string} script @returns {Promise<ServiceWorkerRegistration | null>} null: this browser keeps nothing, or could not get all of it
 */
async function keep(script) {
  const { serviceWorker } = navigator;
  try {
    const registration = await serviceWorker.register(script, { scope: "/", updateViaCache: "none" });
    const { active, installing } = registration;
    if (active || !installing) return registration;
    const taken = new Promise((resolve) => {
      serviceWorker.addEventListener("controllerchange", () => resolve(registration), { once: true });
      installing.addEventListener("statechange", () => installing.state === "redundant" && resolve(null));
    });
    return await taken;
  } catch {
    return null; // the app still works with a link; the readiness card says so
  }
}

/** The first screen stands before the rest is asked for: on a thin link each file counts. @returns {Promise<void>} */
function firstPaint() {
  return new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, FIRST_SCREEN_MS)));
}

/** A device code in the address leaves it at once: it must not stay in history, nor be read over a shoulder. So does a practice that is over. @returns {{code: string, address: string} | null} */
function takeLink() {
  const { hash, origin } = location;
  if (hash.length < 2) return null;
  history.replaceState(history.state, "", "/");
  return hash === PRACTICE ? null : { code: decodeURIComponent(hash.slice(1)), address: origin };
}

/** One policy, two addresses: nothing else in the page can become a script. */
function trusted() {
  const known = (/** @type {string} */ url) => {
    if (url === SERVICE_WORKER || url === VAULT_WORKER) return url;
    throw new TypeError("unknown script");
  };
  const { trustedTypes } = /** @type {any} */ (globalThis);
  const policy = trustedTypes?.createPolicy("fieldapp", { createScriptURL: known }) ?? { createScriptURL: known };
  return /** @type {{createScriptURL: (url: string) => string}} */ (policy);
}

/** @param {Promise<unknown> | undefined} tried */
const works = async (tried) => !!tried && tried.then(() => true).catch(() => false);

/** Tried, not guessed; more/readiness.js tries the rest when it is asked to. @param {import("./store/root.js").Root} root @returns {Promise<import("./ui/readiness.js").Check[]>} */
async function readiness(root) {
  const persisted = await navigator.storage?.persisted?.().catch(() => false);
  const estimate = await navigator.storage?.estimate?.().catch(() => null);
  const free_mb = estimate?.quota ? (estimate.quota - (estimate.usage ?? 0)) / 1e6 : 0;
  return [
    { key: "secure", state: globalThis.isSecureContext ? "ok" : "bad" },
    { key: "offline", state: (await works(navigator.serviceWorker?.getRegistration())) ? "ok" : "bad" },
    { key: "stored", state: (await works(root.set("tried", true))) ? "ok" : "bad" },
    { key: "space", state: free_mb > 200 ? "ok" : "warn" },
    { key: "kept", state: persisted ? "ok" : "warn" },
  ];
}
