// Whom one practises with: families that nobody knows, because they do not exist. Days count from today, so that there is always a visit.

const DAY_MS = 86_400_000;
const DISTRICT = "000000"; // no county has this code
const VILLAGE = { code: "000000000001", name: "练习村" };
const DEPARTMENT = { organisation: "练习单位", organisation_kind: "wf" };

/** Ids that no other thing has, and the same in each practice. @param {number} n */
const id = (n) => `00000000-0000-7000-8000-${String(n).padStart(12, "0")}`;

const HERSELF = id(1);

/** @typedef {"caseworker" | "village"} PracticeRole */

/**
 * As the server says it of a person.
 * @param {PracticeRole} role @param {{elder: boolean, numbers: any[]}} given @returns {any}
 */
export const personOf = (role, { elder, numbers }) => ({
  ...{ person_id: HERSELF, name: "练习员", role, district: DISTRICT, region: VILLAGE, ...DEPARTMENT, elder, numbers },
  ...{ reasons: {}, readers: {}, notices: [] },
  policy: { ways: ["secret"], lease_until: null, off: [] },
});

/**
 * Two first visits, one of them in a house where somebody does harm, and a follow-up; for a village cadre two look-ins.
 * @param {PracticeRole} role @param {string} today `YYYY-MM-DD` @returns {any[]} cases as a pull brings them
 */
export function familiesOf(role, today) {
  const day = (/** @type {number} */ days) =>
    new Date(Date.parse(`${today}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
  const visit = (/** @type {number} */ n, /** @type {any} */ given) => ({
    ...{ visit_id: id(n), planned_on: today, due_on: null, state: "planned" },
    visitors: [{ person_id: HERSELF, name: "练习员", ...DEPARTMENT }],
    ...given,
  });
  const lookIn = (/** @type {number} */ n, /** @type {number} */ days) =>
    visit(n, {
      ...{ purpose: "village_follow_up", forms: ["F3V"], planned_on: day(days) },
      reason: { zh: "30 天看望", en: "30-day look-in" },
    });
  const investigation = (/** @type {number} */ n, /** @type {number} */ days) =>
    visit(n, {
      ...{ purpose: "investigation", forms: ["F0", "F2"], planned_on: day(days) },
      reason: { zh: "首次走访", en: "First visit" },
    });
  const followUp = visit(203, {
    ...{ purpose: "follow_up", forms: ["F3"], due_on: day(3) },
    reason: { zh: "按计划走访", en: "Planned visit" },
  });

  if (role === "village") {
    return [
      family(101, "练习一家", [{ ...MEI, relation: null, sex: null, birth_ym: null }], [lookIn(201, 0)], PLAIN),
      family(102, "练习二家", [{ ...HUA, relation: null, sex: null, birth_ym: null }], [lookIn(202, 5)], PLAIN),
    ];
  }
  return [
    family(101, "练习一家", [MEI, SON, DAUGHTER], [investigation(201, 0)], ASSIGNED),
    family(102, "练习二家", [HUA, HUSBAND], [investigation(202, 2)], ASSIGNED),
    family(103, "练习三家", [LAN, MOTHER_IN_LAW], [followUp], {
      ...ASSIGNED,
      state: "IN_HELP",
      todos: ["F5"], // the talk alone is still owed
      contact: { safe: "only_times", how: "练习：上午打电话，不提走访的事。" },
    }),
  ];
}

const person = (/** @type {number} */ n, /** @type {any} */ given) => ({ person_id: id(n), household: true, ...given });
const MEI = person(11, { name: "练习甲", sex: "female", birth_ym: "1986-04", relation: "self" });
const SON = person(12, { name: "练习乙", sex: "male", birth_ym: "2014-09", relation: "son" });
const DAUGHTER = person(13, { name: "练习丙", sex: "female", birth_ym: "2018-01", relation: "daughter" });
const HUA = person(14, { name: "练习丁", sex: "female", birth_ym: "1991-11", relation: "self" });
const HUSBAND = person(15, { name: "练习戊", sex: "male", birth_ym: "1988-02", relation: "spouse" });
const LAN = person(16, { name: "练习己", sex: "female", birth_ym: "1979-06", relation: "self" });
const MOTHER_IN_LAW = person(17, { name: "练习庚", sex: "female", birth_ym: "1950-03", relation: "mother_in_law" });

const PLAIN = { state: null, programme: null, contact: null };
const ASSIGNED = { state: "ASSIGNED", programme: "困难妇女司法救助（练习）", contact: null };

/** @param {number} n @param {string} code_name @param {any[]} people the subject first @param {any[]} visits @param {any} given */
function family(n, code_name, people, visits, given) {
  return {
    ...{ case_id: id(n), district: DISTRICT, code_name, village: VILLAGE, preloaded: true },
    ...{ people, subject: people[0].person_id, facts: {}, todos: [], visits, records: [] },
    ...given,
  };
}
