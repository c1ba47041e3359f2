// Which visit stands where on the list: pure, from the summaries, the day, and what this phone has in hand.

/**
 * @typedef {{visit_id: string, purpose: string, forms: string[], planned_on: string | null, due_on: string | null, reason: any, state: string}} Visit
 * @typedef {{record_id: string, form: string, visit_id: string, mine: boolean, state: string, head?: string, returned: {at: number, reason: string, remarks: number} | null, conflict?: boolean}} RecordSummary
 * @typedef {{case_id: string, code_name: string, village: {code: string, name: string} | null, visits: Visit[], records: RecordSummary[]}} Summary
 * @typedef {{summary: Summary, visit: Visit | null, record: RecordSummary | null, day: string | null}} Entry
 * @typedef {{returned: Entry[], overdue: Entry[], today: Entry[], coming: Entry[], others: Entry[]}} Groups

 * @typedef {{kind?: string, intent?: string | null, revision_id?: string | null, record_id?: string | null, parents?: string[], state: string, record_state: string | null}} Item of the queue (outbox)
 */

/** States of a report that wait for somebody else. */
export const HANDED_IN = new Set(["submitted", "in_review", "approved_first", "approved"]);

/**
 * Every case stands at least once: under each of its open visits and returned reports, else under "others".
 * @param {Summary[]} summaries @param {string} today `YYYY-MM-DD` @param {Item[]} items of the queue, oldest first
 * @param {(visit_id: string) => string[]} queuedForms forms of this visit handed in from this phone, not confirmed by a summary yet
 * @returns {Groups}
 */
export function groupsOf(summaries, today, items, queuedForms) {
  /** @type {Groups} */
  const groups = { returned: [], overdue: [], today: [], coming: [], others: [] };
  for (const summary of summaries) {
    const returned = summary.records.filter((record) => {
      const own = ownOf(items, record.record_id);
      const back = record.mine && record.state === "returned" && stateNow(record, own) === "returned";
      return back || isApart(record, own);
    });
    for (const record of returned) groups.returned.push({ summary, visit: null, record, day: null });
    const open = summary.visits.filter(
      (visit) => visit.state === "planned" && !isHandedIn(summary, visit, queuedForms(visit.visit_id)),
    );
    for (const visit of open)
      groups[groupOf(visit, today)].push({ summary, visit, record: null, day: visit.planned_on ?? visit.due_on });
    if (returned.length === 0 && open.length === 0)
      groups.others.push({ summary, visit: null, record: null, day: null });
  }
  const byDay = (/** @type {Entry} */ a, /** @type {Entry} */ b) =>
    (a.visit?.due_on ?? a.day ?? "9").localeCompare(b.visit?.due_on ?? b.day ?? "9");
  for (const name of /** @type {const} */ (["overdue", "today", "coming"])) groups[name].sort(byDay);
  groups.returned.sort((a, b) => (a.record?.returned?.at ?? 0) - (b.record?.returned?.at ?? 0));
  groups.others.sort((a, b) => a.summary.code_name.localeCompare(b.summary.code_name, "zh"));
  return groups;
}

/** @param {Visit} visit @param {string} today @returns {"overdue" | "today" | "coming"} */
function groupOf(visit, today) {
  const due = visit.due_on ?? visit.planned_on;
  if (due && due < today) return "overdue";
  return (visit.planned_on ?? due ?? "9") <= today ? "today" : "coming";
}

/** A report of each form the visit asks for waits at the server or in the queue. @param {Summary} summary @param {Visit} visit @param {string[]} queued */
function isHandedIn(summary, visit, queued) {
  const given = new Set(queued);
  for (const record of summary.records) {
    if (record.visit_id === visit.visit_id && HANDED_IN.has(record.state)) given.add(record.form);
  }
  return visit.forms.length > 0 && visit.forms.every((form) => given.has(form));
}

/** @param {Item[]} items @param {string} record_id */
export const ownOf = (items, record_id) => items.filter((item) => item.record_id === record_id);

/**
 * The state of a record as this phone knows it best. What it sent itself does not come back in a pull (feed kind `own`), so the answer
 * to its own newest item counts until the server tells of that very revision.
 * @param {{state: string, head?: string | null}} record as the server told it, or `{state: "draft"}` @param {Item[]} own its items, oldest first
 * @returns {string}
 */
export function stateNow(record, own) {
  const taken = own.filter(({ kind, state }) => kind !== "draft" && state !== "attention");
  const last = taken.pop();
  if (!last) return record.state;
  if (last.kind === "void") return "void";
  if (last.kind === "withdraw") {
    const before = stateNow(record, taken);
    return before === "submitted" && last.record_state ? last.record_state : before;
  }
  if ((last.revision_id && last.revision_id === record.head) || isOvertaken(record, own)) return record.state;
  return last.record_state ?? (last.intent === "door" ? "door_submitted" : "submitted");
}

/**
 * Has it been written on elsewhere since the last that went from here (her other phone, the desk)? That the server tells; of what this phone
 * sent itself it does not, so a head that none of hers is or stands on came later. @param {{head?: string | null}} record @param {Item[]} own its items, oldest first
 */
export function isOvertaken({ head }, own) {
  const last = own.filter(({ kind, state }) => kind === "revision" && state !== "attention").pop();
  if (!head || !last?.parents || last.state === "waiting") return false;
  return !own.some(({ revision_id, parents }) => revision_id === head || parents?.includes(head));
}

/** Do two versions of it wait for her to say which? Not while what she sent last is unanswered. @param {{conflict?: unknown}} record as the server told it @param {Item[]} own its items */
export const isApart = ({ conflict }, own) =>
  !!conflict && !own.some(({ kind, state }) => kind === "revision" && state === "waiting");

/** @param {Summary[]} summaries @param {string} typed code name or village, any part */
export function search(summaries, typed) {
  const wanted = typed.trim().toLowerCase();
  return wanted
    ? summaries.filter((one) => `${one.code_name} ${one.village?.name ?? ""}`.toLowerCase().includes(wanted))
    : [];
}
