// What the app knows better than the person: filled in before the page opens (the table in fieldapp/forms/library/README.md). Pure.

import { childrenOf } from "./wire-called.js";

/**
 * @typedef {object} Known
 * @property {any} bundle the case
 * @property {any} draft
 * @property {any} plan
 * @property {{form: string, visit_id?: string | null, record_id?: string | null}[]} records drafts, items of the queue and records of the case
 * @property {any[]} written answers of this visit's other records
 * @property {{name: string, organisation_kind: string}[]} visitors the writer first
 * @property {boolean} conflict
 * @property {string} today
 */

/** @type {Record<string, (known: Known) => Record<string, unknown>>} */
const FORMS = { F2: investigation, F3: followUp, F6: child };

/** By path; what nobody knows is left out. @param {Known} known @returns {Record<string, unknown>} */
export const prefillOf = (known) =>
  Object.fromEntries(Object.entries(FORMS[known.draft.form]?.(known) ?? {}).filter(([, value]) => value != null));

/** Of what was handed in, the answers a form asks for the next time (`last-saved`): those and no others are kept. @param {any} plan @param {any} answers */
export function lastOf({ nodes, last_saved }, answers) {
  /** @type {any} */
  const found = {};
  for (const n of last_saved) {
    const names = [];
    for (let at = nodes[n]; at.n; at = nodes[at.parent]) names.unshift(at.name);
    const value = names.reduce((held, name) => held?.[name], answers);
    if (value == null) continue;
    const last = names.pop();
    names.reduce((held, name) => (held[name] ??= {}), found)[last] = value;
  }
  return found;
}

/** @param {Known} known */
function investigation(known) {
  const consent = known.records.find(({ form, visit_id }) => form === "F0" && visit_id === known.draft.visit_id);
  return {
    "visit.no": numberOf(known),
    "visit.conflict": known.conflict ? "yes" : "no",
    "visit.visitors": visitorRows(known),
    "visit.consent_id": consent?.record_id,
  };
}

/** @param {Known} known */
function followUp(known) {
  const { bundle, draft, records, today } = known;
  const visits = /** @type {any[]} */ (bundle.visits ?? []);
  const days = visits
    .filter((one) => one.state === "planned" && one.visit_id !== draft.visit_id && one.planned_on > today)
    .map((one) => one.planned_on);
  return {
    "fu.no": numberOf(known),
    "fu.planned_at": visits.find((one) => one.visit_id === draft.visit_id)?.planned_on,
    "fu.visitors": visitorRows(known),
    "end.next_due": days.sort()[0],
    "private.has_order": orderInForce(known),
    // Where the case is not here as a whole, that no F5 is seen says nothing.
    "end.has_f5": records.some(({ form }) => form === "F5") ? "yes" : bundle.preloaded ? "no" : null,
  };
}

/** @param {Known} known */
function child({ bundle, draft, written, today }) {
  const who = childrenOf(bundle, written, today).find(({ person_id }) => person_id && person_id === draft.about);
  const { name, sex, birth_ym } = who ?? {};
  return { "child.person_id": draft.about, "child.name": name, "child.sex": sex, "child.birth_ym": birth_ym };
}

/** @param {Known} known */
const numberOf = ({ bundle }) =>
  String((bundle.visits ?? []).filter((/** @type {any} */ one) => one.state === "done").length + 1);

/** The kind of an organisation is a code of the form's own list; left open where it is not on it. @param {Known} known */
const visitorRows = ({ plan, visitors }) =>
  visitors.map(({ name, organisation_kind }) => ({
    user: name,
    ...((plan.lists?.org ?? []).some((/** @type {any} */ item) => item.value === organisation_kind)
      ? { org: organisation_kind }
      : {}),
  }));

/** A warning letter, or an order that has not ended; null where nobody has ever said, or a measure may be one. @param {Known} known */
function orderInForce({ bundle: { facts = {} }, records, today }) {
  const values = (/** @type {string} */ fact) =>
    Object.values(facts).flatMap((/** @type {any} */ held) => (held[fact] ? [held[fact].value] : []));
  const letters = values("dv.has_warning_letter");
  const orders = values("dv.has_protection_order");
  const ends = values("dv.protection_order").flat();
  if (letters.includes("yes")) return "yes";
  if (orders.includes("yes") && (!ends.length || ends.some(({ to }) => typeof to !== "string" || to >= today)))
    return "yes";
  return letters.length && orders.length && !records.some(({ form }) => form === "F7") ? "no" : null;
}
