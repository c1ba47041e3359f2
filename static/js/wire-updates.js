// The service worker: asked now and then, a new version offered and never forced.

const UPDATE_CHECK_MS = 3_600_000;

/**
 * @param {import("./wire-app.js").App} app @param {Promise<ServiceWorkerRegistration | null>} kept null: nothing is kept here, nothing can be new
 * @returns {{update: () => void}}
 */
export function wireUpdates(app, kept) {
  let asked = false;
  let checked_at = app.now();
  const { serviceWorker } = navigator;
  void kept.then((registration) => registration && watch(registration));
  return { update };

  /** @param {ServiceWorkerRegistration} registration */
  async function watch(registration) {
    if (registration.waiting) offer(registration.waiting);
    registration.addEventListener("updatefound", () => {
      const { installing } = registration;
      installing?.addEventListener("statechange", () => {
        // Without a controller this is the first install: nothing is old yet.
        if (installing.state === "installed" && serviceWorker.controller) offer(installing);
      });
    });
    serviceWorker.addEventListener("controllerchange", () => asked && location.reload());
    document.addEventListener("visibilitychange", () => {
      if (document.hidden || Math.abs(app.now() - checked_at) < UPDATE_CHECK_MS) return;
      checked_at = app.now();
      registration.update().catch(() => {});
    });
    app.version = await versionOf((await serviceWorker.ready).active);
  }

  /** @param {ServiceWorker} worker */
  function offer(worker) {
    app.waitingWorker = worker;
    app.shell.offerUpdate(true);
    app.words();
  }

  /** What is open is saved and the keys go first: the new version starts locked. */
  async function update() {
    const { waitingWorker } = app;
    if (!waitingWorker) return;
    asked = true;
    await app.lock();
    waitingWorker.postMessage({ type: "skipWaiting" });
  }
}

/** @param {ServiceWorker | null} worker @returns {Promise<string>} */
function versionOf(worker) {
  return new Promise((resolve) => {
    if (!worker) return resolve("");
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => resolve(String(data.version ?? "").slice(0, 12));
    return worker.postMessage({ type: "version" }, [port2]);
  });
}
