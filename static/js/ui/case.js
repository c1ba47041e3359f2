// One family, as far as this person may know it. No name stands on the page before the question of conflict is answered.
import { fill, h } from "./dom.js";
import { dayText, pick, t } from "./i18n.js";
import { button, cell, choice, group, notice, primary } from "./parts.js";
import { HANDED_IN } from "./worklist-groups.js";

/**
 * @typedef {import("./worklist-groups.js").Visit} Visit
 * @typedef {{record_id: string, form: string, form_version: number, visit_id: string, title: string, state: string, place: string | null, mine: boolean, author_name: string | null, door: boolean, about?: string | null,
 *   action: "continue" | "correct" | "merge" | "read" | null, remarks: number, withdraw: boolean, later_alone: number}} RecordRow
 * @typedef {{form: string, about: string | null, whose: string | null, title: string, row: RecordRow | null, open: boolean}} Called what the answers of this visit call for; `about` a person
 * @typedef {{visit: Visit, forms: {form: string, title: string, row: RecordRow | null}[], called: Called[], women?: HTMLElement | null, running: boolean, session: boolean}} VisitRow
 * @typedef {object} CaseOptions
 * @property {any} bundle the case as the server sent it (protocol section 5)
 * @property {VisitRow[]} visits
 * @property {RecordRow[]} others records of no planned visit
 * @property {boolean} mayName the question of conflict was answered with no
 * @property {boolean} conflict it was answered with yes
 * @property {boolean} in_home a visit is going on, of whichever family: what is of violence or of a child is not on the page
 * @property {(HTMLElement | null)[] | null} [beside] that help came, and what the other visitors have handed in
 * @property {boolean} plain a village user: no state, no facts
 * @property {(fact: string) => string} factName
 * @property {(fact: string, value: any) => string} factText
 * @property {(answer: "yes" | "no") => void} onConflict
 * @property {(visit: Visit, form: string) => void} onForm begins or continues the record of this form
 * @property {(visit: Visit, called: Called) => void} onCalled begins it
 * @property {(row: RecordRow) => void} onRecord
 * @property {(row: RecordRow) => void} onWithdraw
 * @property {(visit: Visit) => void} onStart
 * @property {(visit: Visit) => void} onEnd
 * @property {(visit: Visit) => void} onSession
 * @property {() => Promise<boolean>} onSecret asks for it again
 * @property {(visit: Visit) => void} onCouldNot
 */

/** @param {HTMLElement} root @param {CaseOptions} options */
export function openCase(root, options) {
  update(options);
  return { update };

  /** @param {CaseOptions} next */
  function update(next) {
    const { bundle, plain, mayName, conflict } = next;
    fill(
      root,
      h(
        "section",
        { class: "group panel" },
        h("p", { class: "case-name" }, bundle.code_name),
        h(
          "p",
          { class: "hint" },
          [bundle.village?.name, !plain && bundle.programme, !plain && bundle.state && t(`case_${bundle.state}`)]
            .filter(Boolean)
            .join(" · "),
        ),
        bundle.contact && contact(bundle.contact),
      ),
      conflict ? refused(next) : mayName ? known(next) : ask(next),
    );
  }
}

/** @param {CaseOptions} options */
function ask({ bundle, onConflict }) {
  const place = [bundle.code_name, bundle.village?.name].filter(Boolean).join(" · ");
  return h(
    "section",
    { class: "group panel", id: "conflict" },
    choice({
      legend: t("conflict_ask", { place }),
      options: [
        { value: "no", label: t("conflict_no") },
        { value: "yes", label: t("conflict_yes") },
      ],
      onpick: (value) => onConflict(value === "yes" ? "yes" : "no"),
    }),
    h("p", { class: "hint" }, t("conflict_why")),
  );
}

/** @param {CaseOptions} options */
function refused({ visits, onCouldNot, onConflict }) {
  return h(
    "section",
    { class: "group panel", id: "conflict-stop" },
    notice({ title: t("conflict_stop"), whatToDo: t("conflict_stop_do") }, "warn"),
    h(
      "div",
      { class: "actions" },
      visits.map(({ visit }) => primary(t("could_not"), () => onCouldNot(visit))),
      button(t("conflict_mistaken"), () => onConflict("no")),
    ),
  );
}

/** @param {CaseOptions} options */
function known(options) {
  const { bundle, plain, visits, others } = options;
  return [
    visits.map((row) => visitPart(row, options)),
    options.beside,
    visits.length === 0 && h("p", { class: "empty" }, t("no_visit")),
    bundle.preloaded === false && h("p", { class: "empty", id: "not-preloaded" }, t("not_preloaded")),
    people(bundle, plain),
    !plain && facts(options),
    group(
      t("records"),
      others.map((row) => recordCell(row, options)),
      { id: "records" },
    ),
  ];
}

/** @param {VisitRow} row @param {CaseOptions} options */
function visitPart({ visit, forms, called, women, running, session }, options) {
  const day = visit.planned_on ?? visit.due_on;
  const head = [day && dayText(day), pick(visit.reason)].filter(Boolean).join(" · ");
  const village = options.plain || ["village_follow_up", "sweep"].includes(visit.purpose);
  const steps = forms.map(({ form, title, row }) =>
    row
      ? recordCell(row, options, () => options.onForm(visit, form))
      : cell({
          main: title,
          below: t("not_begun"),
          press: running || village ? () => options.onForm(visit, form) : undefined,
        }),
  );
  const over = !running && forms.every(({ row }) => row && HANDED_IN.has(row.state) && row.place !== "draft");
  const actions = village
    ? null
    : running
      ? [
          button(t("visit_end"), () => options.onEnd(visit), { dataset: { act: "visit-end" } }),
          !session && button(t("session_start"), () => options.onSession(visit), { dataset: { act: "session-start" } }),
        ]
      : [primary(t("visit_start"), () => options.onStart(visit), { dataset: { act: "visit-start" } })];
  return h(
    "section",
    { class: "group", dataset: { visit: visit.purpose } },
    h("h2", { class: "group-head" }, t(`purpose_${visit.purpose}`)),
    h("p", { class: "hint group-hint" }, head),
    running && h("p", { class: "running", role: "status" }, session ? t("session_running") : t("visit_running")),
    h("div", { class: "entries" }, steps),
    women,
    called.length > 0 && more(visit, called, options),
    !over &&
      h(
        "div",
        { class: "actions" },
        actions,
        button(t("could_not"), () => options.onCouldNot(visit), { class: "btn-quiet", dataset: { act: "could-not" } }),
      ),
  );
}

/** In the home one neutral line, behind a tap; who looks on learns neither what it is nor how much. @param {Visit} visit @param {Called[]} called @param {CaseOptions} options */
function more(visit, called, options) {
  const rows = called.map((one) => {
    const title = [one.title, one.whose].filter(Boolean).join(" · ");
    if (one.row) return recordCell({ ...one.row, title }, options);
    const press = one.open ? () => options.onCalled(visit, one) : undefined;
    return cell({ main: title, below: t(one.open ? "not_begun" : "when_alone"), press });
  });
  const entries = h("div", { class: "entries" }, rows);
  if (!options.in_home) return entries;
  return h("details", { dataset: { called: "" } }, h("summary", { class: "group-head" }, t("more_questions")), entries);
}

/** @param {RecordRow} row @param {CaseOptions} options @param {() => void} [open] */
function recordCell(row, { onRecord, onWithdraw }, open = () => onRecord(row)) {
  const aside =
    row.place === "draft" && row.door
      ? t("door_done")
      : row.place && row.place !== "safe" && row.place !== "received"
        ? t(`state_${row.place}`)
        : t(`record_${row.state}`);
  const below = [
    !row.mine && row.author_name,
    row.remarks > 0 && t("remarks_n", { n: row.remarks }),
    row.later_alone > 0 && t("later_alone_n", { n: row.later_alone }),
  ]
    .filter(Boolean)
    .join(" · ");
  const merge = row.action === "merge";
  const tone = merge || row.action === "correct" || row.place === "attention" ? "danger" : undefined;
  const main = cell({
    main: row.title,
    below: [row.action && t(`act_${row.action}`), below].filter(Boolean).join(" · "),
    aside,
    tone,
    press: merge ? () => onRecord(row) : row.action ? open : undefined,
  });
  return row.withdraw
    ? h(
        "div",
        { class: "entry-pair" },
        main,
        button(t("withdraw"), () => onWithdraw(row), { class: "btn-quiet" }),
      )
    : main;
}

/** @param {any} bundle @param {boolean} plain */
function people(bundle, plain) {
  const rows = (bundle.people ?? []).map((/** @type {any} */ person) => {
    const subject = person.person_id === bundle.subject;
    const below = plain
      ? ""
      : [person.relation && t(`relation_${person.relation}`), person.sex && t(`sex_${person.sex}`), person.birth_ym]
          .filter(Boolean)
          .join(" · ");
    return cell({ main: person.name ?? t("no_name"), below, aside: subject ? t("subject") : null });
  });
  return group(t("people"), rows, { id: "people" });
}

/** What of the known anybody beside her may see. A fact without its class is told by a server that did not know better: it is none of these. */
const OPEN = new Set(["household", "money", "health"]);

/** @param {CaseOptions} options */
function facts({ bundle, in_home, factName, factText, onSecret }) {
  /** @type {HTMLElement[]} */
  const rows = [];
  /** @type {HTMLElement[]} */
  const guarded = [];
  for (const [owner, held] of Object.entries(bundle.facts ?? {})) {
    const whose = (bundle.people ?? []).find((/** @type {any} */ person) => person.person_id === owner)?.name;
    for (const [fact, { value, on, sensitivity }] of Object.entries(/** @type {Record<string, any>} */ (held)))
      (OPEN.has(sensitivity) ? rows : guarded).push(
        cell({
          main: factText(fact, value),
          below: [whose, factName(fact), t("known_on", { on })].filter(Boolean).join(" · "),
        }),
      );
  }
  if (in_home) guarded.length = 0;
  const n = rows.length + guarded.length;
  if (n === 0) return null;
  const behind = h("div", { class: "entries" });
  const shut = () =>
    fill(behind, button(t("facts_guarded", { n: guarded.length }), open, { dataset: { act: "facts-guarded" } }));
  if (guarded.length) shut();
  return h(
    "details",
    { class: "group", id: "facts" },
    h("summary", { class: "group-head" }, t("facts_n", { n })),
    h("div", { class: "entries" }, rows),
    behind,
  );

  async function open() {
    if (!(await onSecret())) return;
    fill(behind, guarded);
    // Put away, and taken out again by somebody else.
    document.addEventListener("visibilitychange", shut, { once: true });
  }
}

/** How she may be reached; said first, because a call at the wrong time does harm. @param {{safe: string, how: string}} contact */
function contact({ safe, how }) {
  return h(
    "div",
    { class: "notice notice-warn", id: "contact" },
    h("strong", null, t(`contact_${safe}`)),
    how && h("p", null, how),
  );
}
