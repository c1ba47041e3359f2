// Enrol, unlock, cover and lock: which gate stands before the screens, and when it falls.

import { openCovered } from "./ui/covered.js";
import { prepareDates, t } from "./ui/i18n.js";
import { openUnlock } from "./ui/unlock.js";
import { loadChoices, say, sayThrown, today } from "./wire-app.js";
import { openEnrolment } from "./wire-enrol.js";
import { wireGuard } from "./wire-guard.js";

/** How long a lock waits for draft copies on their way. */
const LOCK_COPY_MS = 3_000;

/** The lock screen stands first; then, while nobody waits for it, what the list behind it will need. */
const PREPARE_MS = 300;

/** Reasons for a lock that the person did not ask for. @type {Record<string, string>} */
const SAID = { pin_tries: "pin_locked", worker_died: "worker_failed" };

/** @param {import("./wire-app.js").App} app @param {{opened: () => Promise<void>}} given `opened` prepares what lies behind the gate */
export function wireGate(app, { opened }) {
  const { vaults, shell, nav } = app;
  /** The page went away, and nobody has come back to it. */
  let gone = false;
  /** Which opening is the last one, and whether what lies behind the gate is there. */
  let turn = 0;
  let behind = false;
  vaults.addEventListener("state", (event) => void enter(/** @type {CustomEvent} */ (event).detail));
  app.lock = lock;
  app.unlock = () => unlock("start");
  wireGuard(app, { hide, returned: () => (gone = false) });
  app.outbox.addEventListener("status", () => {
    const line = shell.gate.querySelector("#lock-waiting");
    if (line) line.textContent = waitingText();
  });

  /** @param {{state: string, reason: string}} change */
  async function enter({ state, reason }) {
    turn += 1;
    // Unlocking takes a second or two. Who left meanwhile finds the harmless page, not an open list.
    if (state === "open") return gone || document.hidden ? hide() : open().catch(stuck);
    if (state === "covered") return cover();
    behind = false;
    nav.clear();
    shell.clear();
    app.plans.clear();
    app.planNames = null;
    app.session_until = 0;
    if (state === "locked") return unlock(reason);
    openEnrolment(app);
    if (reason === "wiped") app.shell.toast((await import("./ui/more/gates.js")).overSaid(reason).title);
  }

  /** What lies behind the gate cannot be read: better locked and said than waiting for ever. @param {unknown} thrown */
  function stuck(thrown) {
    vaults.lock("locked");
    shell.toast(sayThrown(thrown).title);
  }

  /** The gate falls only if nothing has covered or locked the phone at any step: a cover that came in between stays. */
  async function open() {
    const mine = turn;
    app.touched = app.now();
    app.covered_at = null;
    if (behind) {
      shell.closeGate();
      return void nav.update();
    }
    await app.outbox.ready();
    if (mine !== turn || vaults.state !== "open") return;
    await opened();
    if (mine !== turn || vaults.state !== "open") return;
    if (!(await held(() => mine === turn && vaults.state === "open"))) return;
    behind = true;
    shell.closeGate();
  }

  /** A lease that is over lets nobody in before one contact; nothing is deleted, whatever the clock says. @param {() => boolean} still @returns {Promise<boolean>} */
  async function held(still) {
    return (await import("./more/wire-lease.js")).openLease(app, still);
  }

  function cover() {
    app.covered_at = app.now();
    nav.current()?.snapshot?.();
    closeSheets();
    openCovered(shell.openGate(), {
      today: today(app),
      onReturn: (pin) => vaults.uncover(pin),
      sentence: say,
      onCalls: app.urgent,
    });
  }

  /** @param {string} reason */
  async function unlock(reason) {
    const gate = shell.openGate();
    const [list] = await Promise.all([vaults.list(), loadChoices(app).catch(() => {})]);
    if (vaults.state !== "locked" || list.length === 0) return; // the only one is being wiped
    if (app.link) return openEnrolment(app);
    openUnlock(gate, {
      vaults: list,
      said: SAID[reason] ? say(SAID[reason]) : null,
      reason,
      waiting: waitingText(),
      sentence: say,
      onUnlock: (...given) => {
        app.typed = given[1].length;
        return vaults.unlock(...given);
      },
      onSend: () => app.outbox.sendNow(),
      onSave: async () => (await import("./more/wire-parcel.js")).saveParcels(app),
      unsent: () => (app.outbox.status.untold > 0 ? null : app.outbox.status.counts.waiting),
      onChoose: (ref) => void vaults.choose(ref),
      onEnrol: () => void loadChoices(app, {}).then(() => openEnrolment(app)),
      onUrgent: app.urgent,
    });
    setTimeout(prepareDates, PREPARE_MS);
  }

  /** A locked phone still sends; how much waits is said, never what. Copies of drafts are no reports, and where they cannot be told apart no number is given. */
  function waitingText() {
    const { untold, counts } = app.outbox.status;
    if (untold > 0) return t("lock_waiting_some");
    return counts.waiting > 0 ? t("lock_waiting", { n: counts.waiting }) : "";
  }

  /** What is in memory goes to disk and, where there is a link, as copies to the server; then the keys go. */
  async function lock() {
    if (vaults.state === "open") vaults.cover("locking");
    const copied = Promise.resolve(nav.current()?.snapshot?.()).then(() => app.outbox.copyDrafts());
    const enough = new Promise((resolve) => setTimeout(resolve, LOCK_COPY_MS));
    await Promise.race([copied.catch(() => {}), enough]);
    vaults.lock("locked");
  }

  /** Saved first, then out of sight; both before the browser may stop us. */
  function hide() {
    gone = true;
    nav.current()?.snapshot?.();
    vaults.cover("hidden");
  }

  /** A sheet may show what was typed: it records or drops it, and goes. */
  function closeSheets() {
    for (const close of shell.sheets.querySelectorAll(".sheet-head button")) /** @type {HTMLElement} */ (close).click();
  }
}
