// Two versions of one report: what can be merged is, what both changed stands side by side, and she decides (docs/protocol.md section 10).
// The merge is a draft from its first moment: each decision is on disk, nothing is handed in before all are made.

import { Problem } from "../errors.js";
import { loadPlan, prepare } from "../form/plan.js";
import { filesOf } from "../store/more/lists.js";
import { language, pick, t } from "../ui/i18n.js";
import { openMergePage } from "../ui/more/merge.js";
import { createModel, parentOf } from "../ui/record-model.js";
import { rowText, valueText } from "../ui/record-text.js";
import { ownOf, stateNow } from "../ui/worklist-groups.js";
import { askSecret, inHome, planOf, sayThrown, storeOf } from "../wire-app.js";
import { bundleOf } from "../wire-case.js";
import { differences, merge, mergePapers, settled } from "./merge.js";

/**
 * @typedef {import("../wire-app.js").App} App @typedef {import("./merge.js").Side} Side
 * @typedef {{revision_id: string, form_version: number, vault_id: string | null, device_time: number, answers: any, papers: any}} Version as the server tells it
 * @typedef {{of: Record<Side, {vault_id: string | null, device_time: number | null, form_version: number}>, open: import("./merge.js").Open[], anew: string[],
 *   whole: Record<Side, {answers: any, papers: any}> | null}} Merging in the draft's `position`; `whole`: two versions of the form, of which one is taken
 */

/** Answers that nobody but her may see stand behind the secret. */
const OPEN = new Set(["household", "money", "health"]);

/**
 * The draft in which two versions become one. A draft of the record that builds on one of them is that version's newest word.
 * @param {App} app @param {any} args `case_id`, `record_id` @returns {Promise<{ref: string}>} the draft to open; throws `not_found` where nothing stands side by side
 */
export async function begin(app, { case_id, record_id }) {
  const store = storeOf(app);
  const bundle = await bundleOf(app, case_id);
  const record = (bundle.records ?? []).find((/** @type {any} */ one) => one.record_id === record_id);
  const { head, beside: [beside] = [] } = record?.conflict ?? {};
  if (!beside) throw new Problem("not_found");
  const drafts = (await store.drafts.list()).flatMap((one) => ("problem" in one ? [] : [one]));
  const held = drafts.find(({ draft }) => draft.record_id === record_id);
  const on = held && [head, beside].find(({ revision_id }) => held.draft.parents?.join() === revision_id);
  if (held && !on) return { ref: held.ref }; // it goes in first, and stands beside them then
  const newest = (/** @type {Version} */ one) =>
    one === on
      ? { ...one, answers: held?.draft.answers, papers: held?.draft.papers ?? {}, device_time: held?.saved_at ?? null }
      : one;
  // What she wrote on this phone is hers; of two from elsewhere the one that is not the head.
  const here = app.vaults.current?.vault_id;
  const [mine, theirs] = head.vault_id === here && beside.vault_id !== here ? [head, beside] : [beside, head];
  const { visit_id, form } = record;
  const ids = { record_id, case_id, visit_id, district: bundle.district, form };
  const own = /** @type {any[]} */ (ownOf(app.outbox.items(), record_id));
  const door = stateNow(record, own) === "door_submitted";
  const parts = await joined(app, form, newest(mine), newest(theirs), beside.base);
  const ref = held?.ref ?? store.drafts.newRef();
  const recorded = held?.draft.recorded ?? null;
  await store.drafts.save(ref, { ...ids, ...parts, recorded, door, parents: [head.revision_id, beside.revision_id] });
  for (const item of own)
    if (item.state === "attention" && [item.revision_id, item.kept_as].includes(beside.revision_id))
      await app.outbox.dismiss(item.ref).catch(() => {});
  if (!parts.position) app.shell.toast(t("merge_alone_done"));
  return { ref };
}

/** @param {App} app @param {string} form @param {any} mine @param {any} theirs @param {any} base */
async function joined(app, form, mine, theirs, base) {
  const plan = await planOf(app, form, theirs.form_version);
  if (!plan) throw new Problem("plan_missing");
  const across = mine.form_version !== theirs.form_version;
  const { answers, open } = across
    ? { answers: theirs.answers, open: differences({ mine: mine.answers, theirs: theirs.answers, plan }) }
    : merge({ base: base?.answers ?? null, mine: mine.answers, theirs: theirs.answers, plan });
  const papers = across ? theirs.papers : mergePapers({ base: base?.papers, mine: mine.papers, theirs: theirs.papers });
  const about = ({ vault_id = null, device_time = null, form_version = 0 }) => ({
    vault_id,
    device_time,
    form_version,
  });
  const body = (/** @type {any} */ one) => ({ answers: one.answers, papers: one.papers });
  /** @type {Merging} */
  const merging = {
    of: { mine: about(mine), theirs: about(theirs) },
    ...{ open, anew: [], whole: across ? { mine: body(mine), theirs: body(theirs) } : null },
  };
  return { form_version: theirs.form_version, answers, papers, position: open.length > 0 ? { merge: merging } : null };
}

/**
 * What both changed, side by side, until each is decided; then the report itself opens.
 * @param {App} app @param {HTMLElement} element @param {{ref: string, draft: any, bundle: any, plan: any}} given
 */
export async function openMerge(app, element, { ref, draft, bundle, plan }) {
  let value = draft;
  const { inbox, drafts } = storeOf(app);
  const loaded = loadPlan(plan, { files: await filesOf(inbox, plan) });
  await prepare(loaded);
  const total = merging().open.length + merging().anew.length;
  let secret = false;
  const screen = openMergePage(element, options());
  return { title: t("merge_title"), case_code: bundle.code_name, update: () => screen.update(options()) };

  /** @returns {Merging} */
  function merging() {
    return value.position.merge;
  }

  function options() {
    const { of, open, whole } = merging();
    const sides = { mine: modelOf("mine"), theirs: modelOf("theirs") };
    const rows = open.map((one) => rowOf(one, sides));
    return {
      ...{
        title: pick(plan.title),
        in_home: inHome(app),
        across: !!whole,
        left: open.length,
        done: total - open.length,
      },
      sides: { mine: heading(of.mine), theirs: heading(of.theirs) },
      rows: rows.filter(({ plain }) => secret || plain),
      guarded: secret ? 0 : rows.filter(({ plain }) => !plain).length,
      onSecret: async () => {
        secret = await askSecret(app);
        screen.update(options());
      },
      onPick: (/** @type {string} */ path, /** @type {Side | null} */ side) => decide(path, side),
      onWhole: (/** @type {Side} */ side) => takeWhole(side),
    };
  }

  /** The record as it would be with this side everywhere: its words for codes and rows. @param {Side} side */
  function modelOf(side) {
    const { open, whole } = merging();
    const answers = whole ? whole[side].answers : open.reduce((all, one) => settled(all, one, side), value.answers);
    const { now } = app;
    const about = { me: {}, newId: () => "", random: () => 0, recorded: value.recorded, mode: "evening" };
    return createModel({ ...about, plan: loaded, answers, now, language: language() });
  }

  /** @param {import("./merge.js").Open} open @param {Record<Side, any>} sides */
  function rowOf({ path, row, ...given }, sides) {
    const words = (/** @type {Side} */ side) => {
      try {
        if (!row) return valueText(sides[side], path, given[side]);
        return given[side] ? rowText(sides[side], path) || t("merge_row") : t("merge_row_gone");
      } catch {
        return plainText(given[side]); // a question or choice of the other version of the form
      }
    };
    const from = /** @type {Side[]} */ (["mine", "theirs"]).find((side) => labelOf(sides[side], path) !== null);
    const kind = from ? sides[from].nodeAt(path).kind : "";
    return {
      path,
      label: (from && labelOf(sides[from], path)) || path,
      where: from ? whereOf(sides[from], path) : "",
      ...{ mine: words("mine"), theirs: words("theirs") },
      anew: !row && kind !== "hidden",
      plain: !!from && isPlain(sides[from], path),
    };
  }

  /** @param {{vault_id: string | null, device_time: number | null, form_version: number}} of */
  function heading({ vault_id, device_time, form_version }) {
    const here = vault_id === app.vaults.current?.vault_id;
    const who = t(here ? "merge_here" : vault_id ? "merge_elsewhere" : "merge_desk");
    return { who, at: device_time, version: merging().whole ? form_version : null };
  }

  /** @param {string} path @param {Side | null} side null: it is written anew when the report opens */
  async function decide(path, side) {
    const now = merging();
    const one = now.open.find((open) => open.path === path);
    if (!one) return;
    const open = now.open.filter((other) => other !== one);
    const anew = side ? now.anew : [...now.anew, path];
    const answers = settled(value.answers, one, side);
    await keep({ ...value, answers, position: { merge: { ...now, open, anew } } }, open.length === 0, anew[0]);
  }

  /** @param {Side} side */
  async function takeWhole(side) {
    const { whole, of } = merging();
    if (whole) await keep({ ...value, ...whole[side], form_version: of[side].form_version }, true);
  }

  /** @param {any} next @param {boolean} over every one is decided @param {string} [focus] */
  async function keep(next, over, focus) {
    try {
      await drafts.save(ref, over ? { ...next, position: null } : next);
      value = next;
      if (over) await app.nav.replace("record", { ref, focus });
      else screen.update(options());
    } catch (thrown) {
      app.shell.toast(sayThrown(thrown).title); // nothing is decided that is not on disk
    }
  }
}

/**
 * May it stand here before the secret? Not what is asked of her alone; nor what no plan here knows, for nobody can say what it is.
 * @param {any} model @param {string} path
 */
export const isPlain = (model, path) => OPEN.has(model.nodeAt(path).sensitivity ?? "household") && !model.guarded(path);

/** @param {any} model @param {string} path @returns {string | null} null where this version of the form, or of the answers, does not have it */
function labelOf(model, path) {
  try {
    return model.form.view(path).labelText || model.nodeAt(path).name;
  } catch {
    return null;
  }
}

/** Group and person above a question. @param {any} model @param {string} path */
function whereOf(model, path) {
  const found = [];
  for (let at = parentOf(path); at; at = parentOf(at))
    found.unshift(at.endsWith("]") ? rowText(model, at) : labelOf(model, at));
  return found.filter(Boolean).join(" · ");
}

/** @param {any} value */
const plainText = (value) =>
  value === null ? "" : typeof value === "object" && !Array.isArray(value) ? t("merge_other_kind") : String(value);
