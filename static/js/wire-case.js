// A case and its visits: what the server told, joined with what this phone has in hand.

import { newId } from "./ids.js";
import { openCase } from "./ui/case.js";
import { factWords } from "./ui/fact-words.js";
import { t } from "./ui/i18n.js";
import { isApart, ownOf, stateNow } from "./ui/worklist-groups.js";
import {
  askSecret,
  CALLED_FOR,
  inHome,
  isPlain,
  keep,
  nameOf,
  newestPlan,
  planOf,
  storeOf,
  titleOf,
  today,
} from "./wire-app.js";
import { calledFor, nowAlone } from "./wire-called.js";

/** @typedef {import("./wire-app.js").App} App @typedef {import("./ui/case.js").RecordRow} RecordRow @typedef {import("./ui/case.js").Visit} Visit */

const VISIT_SESSION_DEFAULT_S = 3_600;
/** The forms that ask for what a case knows; whose words come first stands first. */
const FACTS = ["F2", "F0", "F3", "F5", "F6"];
/** The question that says whether anybody was met. @type {Record<string, string>} */
const SEEN = { F3: "fu.met", F3V: "fv.met", F10: "hs.outcome" };
/** States of a report that its author may still fill in. */
export const IN_HAND = new Set(["draft", "door_submitted", "returned"]);

/** @param {App} app */
export function wireCase(app) {
  return { openers: { case: open } };

  /** @param {HTMLElement} element @param {{case_id: string}} args */
  async function open(element, { case_id }) {
    const first = await options();
    const screen = openCase(element, first);
    return { title: t("case"), case_code: first.bundle.code_name, update };

    async function update() {
      screen.update(await options());
    }

    async function options() {
      const bundle = await bundleOf(app, case_id);
      const drafts = await draftsOf(app, case_id);
      const rows = await recordRows(app, bundle, drafts);
      const answered = app.kept.conflicts[case_id] ?? (rows.some(({ mine }) => mine) ? "no" : null);
      const planned = (bundle.visits ?? []).filter((/** @type {Visit} */ visit) => visit.state === "planned");
      /** @type {import("./ui/case.js").VisitRow[]} */
      const visits = await Promise.all(
        planned.map((/** @type {Visit} */ visit) => visitRow(bundle, visit, rows, drafts)),
      );
      const used = new Set(visits.flatMap((one) => [...one.forms, ...one.called].map((each) => each.row?.record_id)));
      const words = await factWords(await Promise.all(FACTS.map((form) => newestPlan(app, form))));
      return {
        bundle,
        visits,
        others: rows.filter(({ record_id }) => !used.has(record_id)),
        mayName: answered === "no",
        conflict: answered === "yes",
        plain: isPlain(app),
        in_home: inHome(app),
        beside: await beside(app, bundle),
        ...words,
        onConflict: (/** @type {"yes" | "no"} */ answer) => remember(() => (app.kept.conflicts[case_id] = answer)),
        onForm: (/** @type {Visit} */ visit, /** @type {string} */ form) => void openForm(app, case_id, visit, form),
        onCalled: (/** @type {Visit} */ { visit_id }, /** @type {import("./ui/case.js").Called} */ { form, about }) =>
          void app.nav.go("record", { case_id, visit_id, form, about, record_id: newId(app.now()) }),
        onRecord: (/** @type {RecordRow} */ { record_id, action }) =>
          void app.nav.go("record", { case_id, record_id, merge: action === "merge" }),
        onWithdraw: async (/** @type {RecordRow} */ row) =>
          (await import("./more/withdraw.js")).withdraw(app, bundle, row),
        onStart: (/** @type {Visit} */ visit) => remember(() => app.kept.running.push(visit.visit_id)),
        onEnd: (/** @type {Visit} */ visit) => end(visit),
        onSession: () => session(),
        onSecret: () => askSecret(app),
        onCouldNot: (/** @type {Visit} */ visit) => couldNot(bundle, visit, answered === "yes"),
      };
    }

    /** @param {any} bundle @param {Visit} visit @param {RecordRow[]} rows @param {any[]} drafts */
    async function visitRow(bundle, visit, rows, drafts) {
      const running = app.kept.running.includes(visit.visit_id);
      const forms = await Promise.all(
        visit.forms.map(async (form) => {
          const plan = await newestPlan(app, form);
          const of = rows.filter((one) => one.visit_id === visit.visit_id && one.form === form && one.state !== "void");
          // While she makes the visit, what the other visitor wrote does not stand in the place of her own part.
          const row = of.find(({ mine }) => mine) ?? (running ? null : of[0]);
          return { form, title: titleOf(plan, form), row: row ?? null };
        }),
      );
      const written = await writtenOf(app, bundle, rows, drafts, visit.visit_id);
      const called = await Promise.all(
        calledFor(bundle, written, rows, visit, today(app)).map(async (one) => ({
          ...one,
          title: nameOf(app, await newestPlan(app, one.form), one),
          // A talk alone is begun only where it was said that they are.
          open: !inHome(app) || one.form !== "F5" || nowAlone(written),
        })),
      );
      // Only while they are alone, and to who may be no woman.
      const women =
        running && app.vaults.person?.sex !== "woman" && nowAlone(written)
          ? (await import("./more/women.js")).womenPart(written)
          : null;
      return { visit, forms, called, women, running, session: app.now() < app.session_until };
    }

    /** @param {() => unknown} change */
    async function remember(change) {
      change();
      await keep(app).catch(() => {});
      await update();
    }

    /** The desk pages open, and what was written at the door goes up. @param {Visit} visit */
    async function end(visit) {
      app.session_until = 0;
      await remember(() => (app.kept.running = app.kept.running.filter((id) => id !== visit.visit_id)));
      app.outbox.copyDrafts().then(
        () => app.outbox.wake("saved"),
        () => {},
      );
      app.shell.toast(t("visit_ended"));
    }

    async function session() {
      app.session_until = app.now() + (app.vaults.person?.policy?.visit_session_s ?? VISIT_SESSION_DEFAULT_S) * 1000;
      await update();
    }
  }

  /** That nobody was met is a report like any other: the same form, opened at the question that says so. @param {any} bundle @param {Visit} visit @param {boolean} conflict */
  function couldNot(bundle, visit, conflict) {
    const form = visit.forms.includes("F2") ? "F2" : visit.forms[visit.forms.length - 1];
    const focus = SEEN[form] ?? "visit.outcome";
    void openForm(app, bundle.case_id, visit, form, { focus, conflict });
  }
}

/** Begins or continues the one record of a form in a visit. @param {App} app @param {string} case_id @param {Visit} visit @param {string} form @param {Record<string, unknown>} [more] */
export async function openForm(app, case_id, visit, form, more = {}) {
  const here = (/** @type {any} */ one) => one.visit_id === visit.visit_id && one.form === form;
  const existing = (await storeOf(app).drafts.list()).find((one) => !("problem" in one) && here(one.draft));
  if (existing) return app.nav.go("record", { ref: existing.ref, ...more });
  const bundle = await bundleOf(app, case_id);
  const items = app.outbox.items();
  const known =
    (bundle.records ?? []).find((/** @type {any} */ one) => here(one) && one.mine && one.state !== "void") ??
    // Handed in from here, and not told of by the server: taken, on its way, or kept for a person.
    items.find(
      (one) =>
        here(one) &&
        one.kind === "revision" &&
        stateNow({ state: "draft" }, ownOf(items, one.record_id ?? "")) !== "void",
    );
  return app.nav.go(
    "record",
    known
      ? { case_id, record_id: known.record_id, ...more }
      : { case_id, visit_id: visit.visit_id, form, record_id: newId(app.now()), ...more },
  );
}

/** @param {App} app @param {any} bundle what the others of her visits have handed in, what she finishes at the desk, and that help came */
async function beside(app, bundle) {
  const parts = (bundle.visits ?? []).some((/** @type {any} */ one) => one.parts?.length);
  if (!bundle.pens && !parts && !app.vaults.person?.help) return null;
  return (await import("./more/pen.js")).besidePart(app, bundle);
}

/** Where the case itself is not here (not planned soon), its summary is. @param {App} app @param {string} case_id @returns {Promise<any>} */
export async function bundleOf(app, case_id) {
  const store = storeOf(app);
  const bundle =
    (await store.inbox.caseOf(case_id)) ?? (await store.packs.all()).find((one) => one.case_id === case_id);
  if (!bundle) throw Object.assign(new Error("not_found"), { code: "not_found" });
  return bundle;
}

/**
 * Every record of the case once: what the server told, a draft here, an item in the queue.
 * @param {App} app @param {any} bundle @param {any[]} drafts @returns {Promise<RecordRow[]>}
 */
async function recordRows(app, bundle, drafts) {
  const items = app.outbox
    .items()
    .filter((/** @type {any} */ item) => item.case_id === bundle.case_id && item.record_id);
  /** @type {Map<string, any>} */
  const found = new Map((bundle.records ?? []).map((/** @type {any} */ record) => [record.record_id, record]));
  for (const one of [...drafts, ...items]) {
    if (found.has(one.record_id)) continue;
    found.set(one.record_id, {
      record_id: one.record_id,
      form: one.form,
      form_version: one.form_version ?? 1,
      visit_id: one.visit_id,
      mine: true,
      state: one.kind === "void" ? "void" : "draft",
      returned: null,
    });
  }
  return Promise.all([...found.values()].map((record) => recordRow(app, bundle, record, drafts, items)));
}

/** @param {App} app @param {string} case_id @returns {Promise<any[]>} drafts with their ref */
const draftsOf = async (app, case_id) =>
  (await storeOf(app).drafts.list()).flatMap((one) =>
    "problem" in one || one.draft.case_id !== case_id ? [] : [{ ref: one.ref, ...one.draft }],
  );

/** The answers of her own records of a visit. @param {App} app @param {any} bundle @param {string} visit_id @returns {Promise<any[]>} */
export async function writtenIn(app, bundle, visit_id) {
  const drafts = await draftsOf(app, bundle.case_id);
  return writtenOf(app, bundle, await recordRows(app, bundle, drafts), drafts, visit_id);
}

/** @param {App} app @param {any} bundle @param {RecordRow[]} rows @param {any[]} drafts @param {string} visit_id @returns {Promise<any[]>} */
const writtenOf = (app, bundle, rows, drafts, visit_id) =>
  Promise.all(
    rows
      .filter((row) => row.visit_id === visit_id && row.mine && row.state !== "void")
      .map((row) => answersOf(app, bundle, row, drafts)),
  );

/**
 * What is answered in a record, as far as this phone has it: its draft, what it handed in, what the server sent.
 * @param {App} app @param {any} bundle @param {{record_id: string}} row @param {any[]} drafts @returns {Promise<any>} null where nothing is here
 */
async function answersOf(app, bundle, { record_id }, drafts) {
  const draft = drafts.find((one) => one.record_id === record_id);
  if (draft) return draft.answers;
  const item = ownOf(app.outbox.items(), record_id)
    .filter(({ kind }) => kind === "revision")
    .at(-1);
  const sent = item && (await app.outbox.body(/** @type {any} */ (item).ref).catch(() => null));
  if (sent) return sent.body?.answers ?? null;
  return (bundle.records ?? []).find((/** @type {any} */ one) => one.record_id === record_id)?.answers ?? null;
}

/** @param {App} app @param {any} bundle @param {any} record @param {any[]} drafts @param {any[]} items @returns {Promise<RecordRow>} */
async function recordRow(app, bundle, record, drafts, items) {
  const { record_id, form, form_version, visit_id, author_name = null, returned } = record;
  const mine = !!record.mine;
  const draft = drafts.find((one) => one.record_id === record_id);
  const own = ownOf(items, record_id);
  const state = stateNow(record, own);
  const at_desk = bundle.pens?.some(
    (/** @type {any} */ one) => one.record_id === record_id && one.number !== draft?.pen,
  );
  // Who told us is written once; what came back of it is answered at the desk.
  const inHand = !at_desk && (!!draft || (mine && IN_HAND.has(state) && !(form === "F1R" && state === "returned")));
  const merging = draft ? draft.position?.merge : isApart(record, own);
  // Nothing is answered in it any more, so in a home there is no reason to open it.
  const hidden = inHome(app) && CALLED_FOR.includes(form);
  const readable = mine && (at_desk || record.answers || own.some((item) => item.kind === "revision"));
  return {
    ...{ record_id, form, form_version, visit_id, mine, state, author_name },
    about:
      form === "F6"
        ? (record.about ?? (await answersOf(app, { records: [record] }, record, drafts))?.child?.person_id)
        : null,
    title: nameOf(app, await planOf(app, form, form_version), record),
    place: draft ? "draft" : (own.at(-1)?.state ?? null),
    action: merging
      ? "merge"
      : inHand
        ? state === "returned"
          ? "correct"
          : "continue"
        : readable && !hidden
          ? "read"
          : null,
    door: !!draft?.door || state === "door_submitted",
    remarks: inHand ? (returned?.remarks ?? []).length : 0,
    // Who told us is written once.
    withdraw: form !== "F1R" && mine && state === "submitted" && !draft && own.at(-1)?.kind !== "withdraw",
    later_alone: inHome(app) ? 0 : (draft?.position?.later_alone?.length ?? 0),
  };
}
