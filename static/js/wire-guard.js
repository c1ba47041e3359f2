// When to cover and when to lock: the rule is pure, so that every order of hiding, idling and a visit session can be tried.

const TICK_MS = 5_000;
const IDLE_DEFAULT_S = 300;
const DRAFT_COPY_DEFAULT_S = 180;

/**
 * @typedef {{state: string, now: number, touched: number, covered_at: number | null, session_until: number, idle_ms: number}} Moment
 *   `touched`: the last touch while open. All in ms.
 */

/**
 * Idle covers; covered for as long again locks, except while a visit session runs.
 * @param {Moment} moment @returns {"cover" | "lock" | null}
 */
export function guardStep({ state, now, touched, covered_at, session_until, idle_ms }) {
  // A clock that went back must not keep a phone open for ever.
  const idle = Math.abs(now - touched);
  if (state === "open") return idle >= idle_ms ? "cover" : null;
  if (state !== "covered") return null;
  if (now < session_until && now >= touched) return null;
  return Math.abs(now - (covered_at ?? touched)) >= idle_ms ? "lock" : null;
}

/** @param {import("./wire-app.js").App} app @param {{hide: () => void, returned: () => void}} given `returned`: somebody is there (again) */
export function wireGuard(app, { hide, returned }) {
  const { vaults, outbox } = app;
  let copied_at = app.now();
  let blurred = false;
  let blind = false;
  for (const kind of ["pointerdown", "keydown", "input"])
    addEventListener(kind, touch, { capture: true, passive: true });
  addEventListener("pagehide", hide);
  document.addEventListener("freeze", hide);
  addEventListener("pageshow", returned);
  // The list of recent apps takes its picture before a page is told that it is hidden; by then it has lost the focus.
  addEventListener("blur", () => away(true));
  addEventListener("focus", () => away(false));
  vaults.addEventListener("state", () => away(blurred)); // who left while it was being unlocked
  // The tap that brings the page back pressed what she could not see.
  addEventListener(
    "click",
    (event) => {
      if (!blind || !event.isTrusted) return;
      blind = false;
      event.preventDefault();
      event.stopImmediatePropagation();
    },
    true,
  );
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return hide();
    returned();
    return judge();
  });
  setInterval(() => {
    judge();
    copy();
  }, TICK_MS);

  /** Nothing is shown, and nothing changes: she may only have looked at a message. @param {boolean} on */
  function away(on) {
    blurred = on;
    document.documentElement.classList.toggle("away", on && vaults.state === "open");
  }

  /** @param {Event} event an input belongs to the touch before it */
  function touch({ type }) {
    returned();
    if (type !== "input") blind = blurred && vaults.state === "open";
    away(false);
    if (vaults.state === "open") app.touched = app.now();
  }

  function judge() {
    const idle_ms = (vaults.person?.policy?.idle_s ?? IDLE_DEFAULT_S) * 1000;
    const { touched, covered_at, session_until } = app;
    const act = guardStep({ state: vaults.state, now: app.now(), touched, covered_at, session_until, idle_ms });
    if (act === "cover") vaults.cover("idle");
    if (act === "lock") void app.lock();
  }

  /** Draft copies go up every few minutes while there is a link. */
  function copy() {
    const every_ms = (vaults.person?.policy?.draft_copy_s ?? DRAFT_COPY_DEFAULT_S) * 1000;
    const { last_error, last_contact } = outbox.status;
    const due = Math.abs(app.now() - copied_at) >= every_ms;
    if (vaults.state !== "open" || last_error !== null || last_contact === null || !due) return;
    copied_at = app.now();
    outbox.copyDrafts().then(
      () => outbox.wake("saved"),
      () => {},
    );
  }
}
