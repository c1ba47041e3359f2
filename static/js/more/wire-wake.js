// What wakes the queue from outside: a browser that has Background Sync, when there is a link again, also for a page that was put to sleep
// (the service worker only wakes pages: what is sent is sent from here), and a person who takes the cover off.

const TAG = "send"; // lies in the browser's own store, so it says nothing

/**
 * Once for each time the link was lost: a browser that takes itself for online, as where only the server is away, wakes at once, and a page
 * that asked again after each failure would ask without end. From the second failure on the waiting times of the queue count.
 * @param {Pick<import("../wire-app.js").App, "outbox" | "vaults">} app @param {{serviceWorker?: any, page?: EventTarget}} [browser]
 */
export function wakeable({ outbox, vaults }, { serviceWorker = navigator.serviceWorker, page = globalThis } = {}) {
  // Covered, it asked hourly; whoever looks at it now reads what was safe then.
  vaults.addEventListener(
    "state",
    (/** @type {any} */ { detail }) => detail.reason === "uncovered" && outbox.wake("visible"),
  );
  if (!serviceWorker) return;
  let asked = false;
  serviceWorker.addEventListener(
    "message",
    (/** @type {MessageEvent} */ { data }) => data?.type === "wake" && outbox.wake("online"),
  );
  page.addEventListener("offline", () => {
    asked = false;
  });
  outbox.addEventListener("status", () => {
    const { counts, untold, last_error } = outbox.status;
    if (!last_error) asked = false;
    if (asked || !last_error || counts.waiting + untold === 0) return;
    asked = true;
    void serviceWorker.ready
      .then((/** @type {any} */ registration) => registration.sync?.register(TAG))
      .catch(() => {}); // not every browser has it, nor does every person allow it
  });
}
