// The worklist, the drafts and the page of sync: read from the store, drawn by ui, read again when something came.

import { newId } from "./ids.js";
import { momentText, t } from "./ui/i18n.js";
import { STOPPING, statusLine } from "./ui/sync-status.js";
import { openWorklist } from "./ui/worklist.js";
import { groupsOf } from "./ui/worklist-groups.js";
import { say, storeOf, today } from "./wire-app.js";
import { openForm } from "./wire-case.js";

/** @typedef {import("./wire-app.js").App} App */

/** @param {App} app */
export function wireWorklist(app) {
  const { outbox, nav, shell } = app;
  outbox.addEventListener("status", () => void line());
  outbox.addEventListener("changed", (event) => void changed(/** @type {CustomEvent} */ (event).detail.refs));
  let turn = 0;
  let returned = 0;
  return { openers: { worklist, drafts, sync }, line };

  /** Counts on the tabs and the line at the top, always from the same moment. */
  async function line() {
    if (app.vaults.state !== "open" && app.vaults.state !== "covered") return;
    const { status } = outbox;
    const { counts } = status;
    const stopped = status.directives.find((/** @type {{kind: string}} */ { kind }) => STOPPING.has(kind));
    const said = stopped ? { text: say(stopped.kind).title, tone: "danger" } : statusLine(status);
    const saved =
      nav.current()?.bare && app.saved_at !== null ? `${t("saved_at", { at: momentText(app.saved_at) })} · ` : "";
    shell.setLine({ ...said, text: saved + said.text });
    shell.setTabs([
      { name: "worklist", label: t("tab_worklist"), count: returned, tone: "danger" },
      { name: "drafts", label: t("tab_drafts"), count: counts.draft },
      {
        name: "sync",
        label: t("tab_sync"),
        count: counts.attention || counts.waiting,
        tone: counts.attention ? "danger" : "",
      },
      { name: "settings", label: t("tab_settings"), count: app.waitingWorker ? 1 : 0 },
    ]);
    if (nav.place()?.name === "sync") await nav.update().catch(() => {}); // locked while it was read
  }

  /** @param {string[]} refs */
  async function changed(refs) {
    for (const ref of refs.filter((one) => one.startsWith("plan:"))) {
      app.plans.delete(ref.slice(5));
      app.planNames = null;
    }
    await nav.update().catch(() => {});
    await line();
  }

  async function read() {
    const summaries = await storeOf(app).packs.all();
    // A visit that is no longer planned has no page on which she could end it.
    const planned = new Set(
      summaries.flatMap(({ visits }) =>
        visits.map((/** @type {any} */ one) => one.state === "planned" && one.visit_id),
      ),
    );
    app.kept.running = app.kept.running.filter((id) => planned.has(id));
    /** @type {Map<string, string[]>} */
    const queued = new Map();
    for (const { visit_id, form, kind, intent, state } of outbox.items()) {
      if (kind !== "revision" || intent !== "submit" || state === "attention" || !visit_id || !form) continue;
      queued.set(visit_id, [...(queued.get(visit_id) ?? []), form]);
    }
    const groups = groupsOf(summaries, today(app), outbox.items(), (id) => queued.get(id) ?? []);
    returned = groups.returned.length;
    return { summaries, groups };
  }

  /** @param {HTMLElement} element */
  async function worklist(element) {
    const { summaries, groups } = await read();
    const onCase = (/** @type {string} */ case_id) => void nav.go("case", { case_id });
    const onSweep = (/** @type {string} */ case_id, /** @type {import("./ui/case.js").Visit} */ visit) =>
      void openForm(app, case_id, visit, visit.forms[0]);
    const onLead = () => {
      const [case_id, visit_id, record_id] = [1, 2, 3].map(() => newId(app.now()));
      void nav.go("record", { case_id, visit_id, record_id, form: "F1", fresh: true });
    };
    const takesLeads = app.vaults.person?.role === "caseworker" && !app.training; // one practises visits
    const screen = openWorklist(element, { groups, summaries, onCase, onSweep, onLead: takesLeads ? onLead : null });
    void line();
    return {
      title: t("tab_worklist"),
      tab: "worklist",
      update: async () => {
        const mine = ++turn;
        const next = await read();
        if (mine === turn) screen.update(next.groups, next.summaries);
      },
    };
  }

  /** @param {HTMLElement} element */
  async function drafts(element) {
    return (await import("./more/wire-drafts.js")).openDraftsOf(app, element);
  }

  /** @param {HTMLElement} element */
  async function sync(element) {
    return (await import("./more/wire-sync.js")).openSync(app, element);
  }
}
