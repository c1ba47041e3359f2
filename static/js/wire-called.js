// What a visit's own answers call for: a talk alone (F5), a sheet for each child (F6). Pure; offline as anything else.

const CHILD_UNDER = 18;

/**
 * @typedef {import("./ui/case.js").RecordRow} RecordRow
 * @typedef {{person_id: string | null, name: string | null, sex: string | null, birth_ym: string | null}} Child
 */

/**
 * The records that what was written in this visit calls for, or what the case still waits for, with what there is of each.
 * @param {any} bundle the case @param {any[]} written answers of this visit's records @param {RecordRow[]} rows of the case @param {{visit_id: string}} visit @param {string} today `YYYY-MM-DD`
 * @returns {{form: string, about: string | null, whose: string | null, row: RecordRow | null}[]}
 */
export function calledFor(bundle, written, rows, { visit_id }, today) {
  const now = codesOf(written.map((answers) => answers?.todo));
  const owed = codesOf(bundle.todos ?? []);
  const here = (/** @type {string} */ form, /** @type {string | null} */ about) =>
    rows.filter((row) => row.form === form && row.state !== "void" && (row.about ?? null) === about);
  return ["F5", "F6"].flatMap((form) => {
    if (!now.has(form) && !owed.has(form)) return [];
    const about = form === "F6" ? childrenOf(bundle, written, today) : [NOBODY];
    return about.flatMap(({ person_id, name }) => {
      const known = here(form, person_id);
      const row = known.find((one) => one.visit_id === visit_id) ?? null;
      // Owed from an earlier visit, and written since: not asked a second time.
      return !row && !now.has(form) && known.length ? [] : [{ form, about: person_id, whose: name, row }];
    });
  });
}

/** Was it said in this visit that she can be spoken with alone? @param {any[]} written */
export const nowAlone = (written) =>
  written.some((answers) => answers?.visit?.alone === "yes" || answers?.fu?.alone === "yes");

/** The minors of the roster; without one those of the file. One sheet without a name where nobody is known to be one. @param {any} bundle @param {any[]} written @param {string} today @returns {Child[]} */
export function childrenOf(bundle, written, today) {
  const roster = written.flatMap((answers) => answers?.members ?? []);
  const minors = roster
    .filter((row) => Number(row.is_minor) === 1 && row.together !== "no" && row.relation !== "self")
    .map(({ _id, person_id, name, sex, birth_ym }) => childAs({ person_id: person_id ?? _id, name, sex, birth_ym }));
  if (minors.length) return minors;
  // Known by the year alone, the younger age counts.
  const since = `${Number(today.slice(0, 4)) - CHILD_UNDER}${today.slice(4)}`;
  const inFile = (bundle.people ?? []).filter(
    (/** @type {any} */ { birth_ym, household }) =>
      household !== false && birth_ym && birth_ym >= since.slice(0, birth_ym.length),
  );
  return inFile.length ? inFile.map(childAs) : [NOBODY];
}

/** An answer that says why it is not known is nothing that could be taken over. @param {any} person @returns {Child} */
const childAs = ({ person_id, name, sex, birth_ym }) => ({
  person_id,
  name: plain(name),
  sex: plain(sex),
  birth_ym: plain(birth_ym),
});

/** @param {unknown} value */
const plain = (value) => (typeof value === "string" && value ? value : null);

/** @type {Child} */
const NOBODY = { person_id: null, name: null, sex: null, birth_ym: null };

/** @param {unknown[]} said texts of codes with blanks between */
const codesOf = (said) => new Set(said.flatMap((text) => (typeof text === "string" ? text.split(" ") : [])));
