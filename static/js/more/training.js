// The practice: the same app on pieces of its own. Nothing here can reach a server: the queue has no api and never owns the lock without
// which it does not send; the vault seals for an office whose private keys nobody has (vault-worker/more/office.js).

import { Problem } from "../errors.js";
import { createOutbox } from "../outbox.js";
import { openStore } from "../store/db.js";
import { fillInbox, holdPractice, ROOT, sweepPractice, VAULT } from "../store/more/training.js";
import { openRoot } from "../store/root.js";
import { t } from "../ui/i18n.js";
import { openBanner, openPracticeGate, openTray } from "../ui/more/training.js";
import { nameOf, PRACTICE, planOf, say, sayThrown, storeOf, today } from "../wire-app.js";
import { familiesOf, personOf } from "./training-families.js";

/**
 * @typedef {import("../wire-app.js").App} App
 * @typedef {Awaited<ReturnType<typeof openPractice>>} Practice what stands in place of the real pieces
 */

/** They protect nothing, so they stand on the page itself. */
const PIN = "314159";
const NUMBER = "31415926535897";

/** Nobody ever gets it: whoever owns it may send. */
const NEVER = /** @type {LockManager} */ (/** @type {unknown} */ ({ request: () => new Promise(() => {}) }));

/** The page began as a practice. */
export async function openPractice() {
  const letGo = await holdPractice();
  const real = openRoot();
  const root = openRoot(ROOT);
  const hers = await recordOf(real).catch(() => null);
  const numbers = hers?.numbers ?? [];
  for (const name of /** @type {const} */ (["language", "size", "theme"])) {
    const chosen = hers?.choices?.[name] ?? (await real.setting(name).catch(() => undefined));
    if (chosen !== undefined) await root.set(name, chosen).catch(() => {});
  }
  await real.database.close().catch(() => {});
  let reply = /** @type {any} */ (null);
  return {
    root,
    // What a server would be asked: it is never there.
    api: {
      enrol: async () => reply,
      share: () => Promise.reject(new Problem("no_network")),
      emergency: async () => numbers,
    },
    vaults: { channel: null, database: VAULT },
    ...{ show, gate, connect },
  };

  /** An old phone gets a longer number, as its real one would be. @param {App} app */
  async function show(app) {
    const [made] = await app.vaults.list().catch(() => []);
    openBanner({ pin: PIN, number: NUMBER.slice(0, made?.digits ?? 12), onLeave: () => void end(app, "/") });
  }

  /** Its own queue, the banner, and the tray in place of the page of sync. @param {App} app */
  function connect(app) {
    const { vaults } = app;
    const api = /** @type {any} */ (null);
    app.outbox = createOutbox({ vaults, api, openStore, locks: NEVER, channel: null });
    vaults.addEventListener("state", () => vaults.state === "open" && void fill(app).catch(stuck));
    return { sync: (/** @type {HTMLElement} */ element) => tray(app, element) };

    /** An empty list must not look as if nobody lived here. @param {unknown} thrown */
    function stuck(thrown) {
      if (vaults.state === "open") app.shell.toast(sayThrown(thrown).title);
    }
  }

  /** In place of enrolment. From the lock screen: the practice there was goes first, or two would lie in one database. @param {App} app */
  function gate(app) {
    if (app.vaults.current) return void end(app, `/${PRACTICE}`);
    openPracticeGate(app.shell.openGate(), {
      onBegin: (role) => begin(app, role),
      onUrgent: () => app.urgent(),
      sentence: say,
    });
  }

  /** @param {App} app @param {import("./training-families.js").PracticeRole} role */
  async function begin(app, role) {
    await app.whole();
    const { vaults } = app;
    const { digits } = await vaults.prepare();
    const made = await vaults.vault.call("making.office", { now_ms: app.now() });
    const person = personOf(role, { elder: app.choices.size === "elder", numbers });
    reply = { ...made.reply, person, district: person.district };
    const secret = { secret: NUMBER.slice(0, digits), kind: /** @type {const} */ ("digits"), pin: PIN };
    await vaults.enrol({ code24: made.code24, login: "", password: "", ...secret });
    await show(app);
  }

  /** Also after a practice that was cut off before its families were there. @param {App} app */
  async function fill(app) {
    await app.outbox.ready();
    const store = storeOf(app);
    if ((await store.inbox.plans()).length > 0) return;
    const { PLANS } = await import("./training-plans.js");
    const plans = PLANS.map((text) => JSON.parse(text));
    const families = familiesOf(app.vaults.person?.role, today(app));
    await fillInbox(store, [
      ...plans.map((plan) => ({ kind: "put", ref: `plan:${plan.form_id}@${plan.version}`, value: plan })),
      ...families.map((value) => ({ kind: "put", ref: `case:${value.case_id}`, value })),
    ]);
    const refs = families.map(({ case_id }) => `case:${case_id}`);
    app.planNames = null;
    app.outbox.dispatchEvent(new CustomEvent("changed", { detail: { refs } }));
  }

  /**
   * What was practised goes with its databases; what a closed page leaves, or another tab still practises in, goes at a later start.
   * @param {App} app @param {string} next where the page begins anew
   */
  async function end(app, next) {
    app.vaults.vault.lock();
    await app.outbox?.stop().catch(() => {});
    await root.database.close().catch(() => {});
    await letGo();
    await sweepPractice().catch(() => {});
    history.replaceState(null, "", next);
    location.reload();
  }
}

/** Whoever used this phone last: how she reads, and whom she calls. @param {import("../store/root.js").Root} real */
async function recordOf(real) {
  const [records, chosen] = [await real.list(), await real.setting("chosen")];
  return records.find(({ ref }) => ref === chosen) ?? records[0] ?? null;
}

/** What was handed in, newest first: here it ends. @param {App} app @param {HTMLElement} element */
async function tray(app, element) {
  const update = async () => openTray(element, await handedIn(app));
  await update();
  return { title: t("training_tray"), tab: "sync", update };
}

/** @param {App} app */
async function handedIn(app) {
  const rows = app.outbox
    .items()
    .filter(({ kind }) => kind === "revision" || kind === "urgent")
    .map(async (/** @type {any} */ item) => ({
      at: item.at,
      title: item.form ? nameOf(app, await planOf(app, item.form, item.form_version ?? 1), item) : null,
      door: item.intent === "door",
    }));
  return (await Promise.all(rows)).reverse();
}
