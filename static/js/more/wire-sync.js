// The page about sending: where every report and every photo stands, what is in the way, the file for the office, the log for support.

import { t } from "../ui/i18n.js";
import { openSyncStatus } from "../ui/more/sync-status.js";
import { nameOf, newestPlan, say, sayThrown, storeOf } from "../wire-app.js";
import { ONLY_HERE, opensAgain } from "../wire-record.js";
import { supportLog } from "./wire-log.js";
import { saveParcels } from "./wire-parcel.js";
import { reopen } from "./wire-reopen.js";

/** @typedef {import("../wire-app.js").App} App @typedef {import("./files.js").Standing} Standing */

/** Pages that are told when a photo has come further. @type {WeakSet<EventTarget>} */
const told = new WeakSet();

/** @param {App} app @param {HTMLElement} element */
export async function openSync(app, element) {
  const files = app.training ? null : await app.files();
  if (files && !told.has(files)) {
    told.add(files);
    files.addEventListener("change", () => {
      if (app.nav.place()?.name === "sync") void app.nav.update().catch(() => {}); // locked while it was read
    });
  }
  const screen = openSyncStatus(element, await options());
  return { title: t("tab_sync"), tab: "sync", update: async () => screen.update(await options()) };

  async function options() {
    const { outbox, version } = app;
    const summaries = await storeOf(app).packs.all();
    const names = new Map(summaries.map(({ case_id, code_name }) => [case_id, code_name]));
    const apart = new Set(
      summaries.flatMap((one) => one.records.map((/** @type {any} */ each) => each.conflict && each.record_id)),
    );
    const standing = ((await files?.standing()) ?? []).filter(({ kind }) => kind !== "thumb");
    /** One of two versions: to be merged, not written once more. */
    const isApart = (/** @type {any} */ { status, record_id }) => status === "conflict" && apart.has(record_id);
    const items = await Promise.all(
      outbox.items().map(async (/** @type {any} */ item) => ({
        ref: item.ref,
        title: await itemTitle(app, item),
        code_name: names.get(item.case_id) ?? "",
        at: item.at ?? null,
        state: item.state,
        reason: item.state === "attention" ? say(item.reason ?? item.status ?? "unknown_problem") : null,
        waits: item.state === "waiting" && item.status === "wait" ? t("waits_parent") : null,
        files: filesOf(standing, item),
        readable: !item.problem,
        only_here: ONLY_HERE.has(item.status),
        opens_again: opensAgain(item) && !isApart(item),
        apart: isApart(item),
      })),
    );
    const reported = new Set(outbox.items().map(({ record_id }) => record_id));
    const { status } = outbox;
    return {
      ...{ status, items: items.reverse(), sentence: say },
      ...{ onSend, onRecheck, onDismiss, onReopen, onMerge, onRetry },
      drafts: standing.filter(({ record_id }) => !reported.has(record_id)).map((one) => row(one, false)),
      log: supportLog().text({ version, counts: status.counts }),
      onCopy: (/** @type {string} */ text) => navigator.clipboard.writeText(text),
      onSave: app.training ? null : () => saveParcels(app),
    };
  }

  async function onSend() {
    const { contact, code } = await app.outbox.sendNow();
    app.shell.toast(contact ? t("sent_now") : say(code ?? "no_network").title);
    // What was passed over for a while goes too. Nobody waits here until the last photo has gone.
    if (contact && (await files?.standing())?.some(({ state }) => state === "waiting")) void files?.sendNow();
  }

  async function onRecheck() {
    await app.outbox.recheck();
    await onSend();
  }

  /** @param {string} ref */
  async function onDismiss(ref) {
    await app.outbox.dismiss(ref).catch((thrown) => app.shell.toast(sayThrown(thrown).title));
    await app.nav.update();
  }

  /** @param {string} ref */
  async function onReopen(ref) {
    const item = app.outbox.items().find((/** @type {any} */ one) => one.ref === ref);
    try {
      await app.nav.go("record", { ref: await reopen(app, item) });
    } catch (thrown) {
      app.shell.toast(sayThrown(thrown).title);
      await app.nav.update();
    }
  }

  /** @param {string} ref */
  function onMerge(ref) {
    const { case_id, record_id } = app.outbox.items().find((/** @type {any} */ one) => one.ref === ref) ?? {};
    return app.nav.go("record", { case_id, record_id, merge: true });
  }

  /** @param {string} ref */
  async function onRetry(ref) {
    await app.outbox.retry(ref).catch((thrown) => app.shell.toast(sayThrown(thrown).title));
    await onSend();
  }
}

/** Beside the newest report of its record. @param {Standing[]} standing @param {any} item */
function filesOf(standing, { record_id, kind, state }) {
  if (kind !== "revision") return [];
  return standing.filter((one) => one.record_id === record_id).map((one) => row(one, state === "waiting"));
}

/** @param {Standing} one @param {boolean} after_report */
const row = ({ kind, bytes, sent, state, reason }, after_report) => ({
  ...{ kind, bytes, sent, state, after_report },
  reason: state === "attention" ? say(reason ?? "unknown_problem") : null,
});

/** @param {App} app @param {any} item */
async function itemTitle(app, item) {
  if (item.kind === "urgent") return t("urgent_item");
  if (!item.form) return t("item");
  const title = nameOf(app, await newestPlan(app, item.form), item);
  if (item.kind === "revision") return item.intent === "door" ? t("item_door", { title }) : title;
  return t(`item_${item.kind}`, { title });
}
