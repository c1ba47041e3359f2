// One place writes on a record (docs/protocol.md section 13): what the phone shows while the desk does, and the way back.

import { h } from "../ui/dom.js";
import { addPairs, momentText, t } from "../ui/i18n.js";
import { TEXTS } from "../ui/more/texts-pen.js";
import { cell, group, notice, primary } from "../ui/parts.js";
import { nameOf, newestPlan, planOf, sayThrown, storeOf } from "../wire-app.js";
import { IN_HAND } from "../wire-case.js";
import { helpLine } from "./wire-help.js";

/** @typedef {import("../wire-app.js").App} App @typedef {{record_id: string, number: number, since: number}} Pen */

addPairs(TEXTS);

/**
 * The pen of a record that the desk holds, as far as this phone knows: not where it was taken back here from that very move.
 * @param {any} bundle @param {{record_id: string, pen?: number}} draft @returns {Pen | null}
 */
export function atDesk(bundle, { record_id, pen }) {
  const held = (bundle.pens ?? []).find((/** @type {Pen} */ one) => one.record_id === record_id);
  return held && held.number !== pen ? held : null;
}

/**
 * Stands above a record that is open for reading alone.
 * @param {App} app @param {{ref: string, draft: any, pen: Pen}} given
 */
export function penNotice(app, { ref, draft, pen }) {
  return h(
    "section",
    { class: "group panel", id: "pen-at-desk" },
    notice({ title: t("pen_at_desk"), whatToDo: t("pen_at_desk_do") }, "warn"),
    h("p", { class: "hint" }, t("pen_since", { at: momentText(pen.since) })),
    h(
      "div",
      { class: "actions" },
      primary(t("pen_take"), () => void take(), { dataset: { act: "pen-take" } }),
    ),
  );

  /** Works without a link: the copy of the draft, or the report itself, tells the server. */
  async function take() {
    try {
      await storeOf(app).drafts.save(ref, { ...draft, pen: pen.number });
    } catch (thrown) {
      return app.shell.toast(sayThrown(thrown).title);
    }
    app.outbox.copyDrafts().then(
      () => app.outbox.wake("saved"),
      () => {},
    );
    app.shell.toast(t("pen_taken"));
    return app.nav.replace("record", { ref });
  }
}

/**
 * On the page of a case: that its help came, what the others have handed in of her visits, and what she finishes at the desk.
 * @param {App} app @param {any} bundle
 */
export async function besidePart(app, bundle) {
  /** @type {HTMLElement[]} */
  const rows = [];
  for (const pen of bundle.pens ?? []) {
    const record = (bundle.records ?? []).find((/** @type {any} */ one) => one.record_id === pen.record_id);
    if (record && !IN_HAND.has(record.state)) continue;
    const main = record ? nameOf(app, await planOf(app, record.form, record.form_version), record) : t("pen_at_desk");
    rows.push(cell({ main, below: t("pen_since", { at: momentText(pen.since) }) }));
  }
  for (const visit of bundle.visits ?? [])
    for (const { person_id, form, state } of visit.state === "planned" ? (visit.parts ?? []) : []) {
      const who = (visit.visitors ?? []).find((/** @type {any} */ one) => one.person_id === person_id)?.name;
      const title = nameOf(app, await newestPlan(app, form), { form });
      rows.push(cell({ main: [who, title].filter(Boolean).join(" · "), aside: t(`part_${state}`) }));
    }
  return [helpLine(app, bundle), group(t("this_visit_others"), rows, { id: "visit-others" })];
}
