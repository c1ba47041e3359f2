// A browser that has Background Sync wakes this page when there is a link again, also one that was put to sleep. The service worker only
// wakes pages: what is sent is sent from here.

const TAG = "send"; // lies in the browser's own store, so it says nothing

/** @param {import("../wire-app.js").App} app */
export function wakeable({ outbox }) {
  const { serviceWorker } = navigator;
  if (!serviceWorker) return;
  let asked = false;
  serviceWorker.addEventListener("message", ({ data }) => {
    if (data?.type !== "wake") return;
    asked = false;
    outbox.wake("online");
  });
  outbox.addEventListener("status", () => {
    const { counts, untold, last_error } = outbox.status;
    if (asked || !last_error || counts.waiting + untold === 0) return;
    asked = true;
    void serviceWorker.ready
      .then((registration) => /** @type {any} */ (registration).sync?.register(TAG))
      .catch(() => {}); // not every browser has it, nor does every person allow it
  });
}
