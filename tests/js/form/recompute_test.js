// Only what hangs on a change is computed: counted by the trace option of openInstance, not by a clock.

import { openInstance } from "../../../static/js/form/evaluate.js";
import { loadPlan, prepare } from "../../../static/js/form/plan.js";

/** @param {unknown} condition @param {string} what */
function check(condition, what) {
  if (!condition) throw new Error(what);
}

/** @param {number} n @param {number} depth */
const of = (n, depth) => ["p", n, depth];
const kept = { sensitivity: "household", moment: "door", how: "ask" };
const [A, PLUS, DOUBLE, OTHER, COPY, ROWS, INCOME, TWICE, AT, TOTAL, TOWN, COUNT] = [
  1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
];
const NODES = [
  { n: 0, name: "data", kind: "form" },
  { n: A, name: "a", kind: "question", type: "integer" },
  { n: PLUS, name: "plus", kind: "calculate", calculate: ["+", of(A, 0), ["n", "1"]] },
  { n: DOUBLE, name: "double", kind: "calculate", calculate: ["*", of(PLUS, 0), ["n", "2"]] },
  { n: OTHER, name: "other", kind: "question", type: "text", relevant: [">", of(DOUBLE, 0), ["n", "100"]] },
  { n: COPY, name: "copy", kind: "calculate", calculate: ["f", "concat", of(OTHER, 0)] },
  { n: ROWS, name: "rows", kind: "repeat" },
  { n: INCOME, name: "income", kind: "question", type: "decimal", parent: ROWS },
  { n: TWICE, name: "twice", kind: "calculate", parent: ROWS, calculate: ["*", of(INCOME, 1), ["n", "2"]], label: 1 },
  { n: AT, name: "at", kind: "calculate", parent: ROWS, calculate: ["f", "position", of(ROWS, 1)] },
  { n: TOTAL, name: "total", kind: "calculate", calculate: ["f", "sum", of(INCOME, 0)] },
  {
    n: TOWN,
    name: "town",
    kind: "question",
    type: "select_one",
    choices: { list: "town", filter: ["=", ["col", "county"], ["c", OTHER, 0]] },
  },
  { n: COUNT, name: "asked", kind: "repeat", count: of(A, 0) },
  { n: 13, name: "place", kind: "calculate", parent: COUNT, calculate: ["f", "position", of(COUNT, 1)] },
];
const TOWNS = 3000;
const FILE = {
  columns: ["value", "label:zh", "county"],
  rows: Array.from({ length: TOWNS }, (_, at) => [`t${at}`, `镇${at}`, `c${at % 300}`]),
};
const PLAN = {
  ...{
    format: 1,
    functions: 2,
    form_id: "T1",
    version: 1,
    title: { zh: "数", en: "Count" },
    languages: ["zh"],
    hash: "",
  },
  nodes: NODES.map((node) => ({ ...kept, ...(node.n ? { parent: 0 } : {}), ...node })),
  texts: { zh: ["", ["两倍 ", ["o", of(INCOME, 1)]]] },
  lists: { town: { file: "f", rows: TOWNS, columns: FILE.columns, indexes: ["county"] } },
  files: {},
  order: [A, PLUS, DOUBLE, OTHER, COPY, ROWS, INCOME, TWICE, AT, TOTAL, TOWN, COUNT, 13],
  feeds: {
    ...{ [A]: [PLUS, COUNT], [PLUS]: [DOUBLE], [DOUBLE]: [OTHER], [OTHER]: [COPY] },
    ...{ [ROWS]: [INCOME, TWICE, AT], [INCOME]: [TWICE, TOTAL], [COUNT]: [13] },
  },
  shows: { [INCOME]: [TWICE], [OTHER]: [TOWN] },
  instance_name: null,
};

/** An instance with so many rows, and a function that tells which nodes were computed since it was asked last. @param {number} rows */
async function opened(rows) {
  const plan = loadPlan(PLAN, { files: { f: FILE } });
  await prepare(plan);
  /** @type {[number, string][]} */
  let seen = [];
  let made = 0;
  const instance = openInstance(plan, {
    answers: {
      a: 1,
      rows: Array.from({ length: rows }, (_, at) => ({ _id: `r${at}`, income: String(at) })),
    },
    newId: () => `new-${made++}`,
    trace: (n, row) => seen.push([n, row.id]),
  });
  const computed = () => {
    const found = seen.map(([n, id]) => (id ? `${n}@${id}` : String(n)));
    seen = [];
    return found.join(" ");
  };
  computed();
  return { instance, computed };
}

/** @param {string} found @param {string} wanted */
const same = (found, wanted) => check(found === wanted, `computed ${found}, not ${wanted}`);

export async function test_an_answer_computes_what_hangs_on_it_and_stops_where_nothing_changes() {
  const { instance, computed } = await opened(0);
  instance.set("a", 5);
  // 2 + 2 steps and the relevance of `other`, which stays as it was: `copy` is not asked. The rows counted by `a` come.
  const [steps, ...rows] = computed().split(/ (?=13@)/);
  same(steps, `${PLUS} ${DOUBLE} ${OTHER} ${COUNT} 13@new-0`.replace(" 13@new-0", ""));
  check(rows.length > 0, "no row came");
  instance.set("a", 5);
  same(computed(), `${PLUS} ${COUNT}`);
  instance.set("other", "x");
  same(computed(), String(COPY));
}

export async function test_an_answer_in_one_row_touches_no_other_row() {
  const { instance, computed } = await opened(100);
  const told = instance.set("rows[r7].income", "70");
  same(computed(), `${TWICE}@r7 ${TOTAL}`);
  check(told.join(" ") === "rows[r7].income rows[r7].twice total", `told ${told}`);
}

export async function test_a_new_row_touches_no_other_row() {
  const { instance, computed } = await opened(100);
  instance.addRepeat("rows", "fresh");
  same(computed(), `${INCOME}@fresh ${TWICE}@fresh ${AT}@fresh ${TOTAL}`);
  const told = instance.lastChanged().filter((path) => /\[r\d/.test(path));
  check(told.length === 0, `told ${told}`);
}

export async function test_a_row_that_goes_moves_only_the_places_of_the_others() {
  const { instance, computed } = await opened(3);
  instance.removeRepeat("rows[r0]");
  same(computed(), `${AT}@r1 ${AT}@r2 ${TOTAL}`);
  check(instance.get("rows[r1].at") === "1" && instance.get("total") === "3", "the others did not move up");
}

export async function test_a_counted_repeat_grows_without_computing_the_rows_it_has() {
  const { instance, computed } = await opened(0);
  instance.set("a", 3);
  const before = computed();
  check(!before.includes("13@new-0 13@new-0 13@new-0"), `computed ${before}`);
  check(instance.rows("asked").join(" ") === "new-0 new-1 new-2", `rows ${instance.rows("asked")}`);
  check(instance.view("asked").counted, "not said to be counted");
}

export async function test_a_filter_by_a_column_looks_only_at_the_rows_of_its_index() {
  const { instance } = await opened(0);
  let tested = 0;
  const { evaluator } = instance;
  const holds = evaluator.holds.bind(evaluator);
  evaluator.holds = (test, context) => {
    tested++;
    return holds(test, context);
  };
  instance.set("a", 500);
  instance.set("other", "c17");
  const { choices } = instance.view("town");
  check(choices?.length === TOWNS / 300 && choices[0].labelText === "镇17", `offers ${choices?.length}`);
  check(tested === TOWNS / 300, `tested ${tested} rows`);
}

export async function test_an_answer_looks_anew_only_at_what_it_changed() {
  const { instance } = await opened(100);
  const everything = () => {
    for (const path of ["a", "other", "town", "total", "rows"]) instance.view(path);
    for (const id of instance.rows("rows"))
      for (const name of ["income", "twice", "at"]) instance.view(`rows[${id}].${name}`);
    return instance.problems();
  };
  everything();
  /** @type {string[]} */
  const looked = [];
  const [built, errorOf] = [instance.built.bind(instance), instance.errorOf.bind(instance)];
  instance.built = (path) => {
    looked.push(path);
    return built(path);
  };
  instance.errorOf = (n, row) => {
    looked.push(`error of ${row.id} ${n}`);
    return errorOf(n, row);
  };
  everything();
  same(looked.join(" "), "");
  instance.set("rows[r7].income", "70");
  everything();
  const wanted = ["total", "rows[r7].income", "rows[r7].twice"].map((path) => {
    const { n, row } = instance.find(path);
    return [path, `error of ${row.id} ${n}`];
  });
  same(looked.sort().join(" "), wanted.flat().sort().join(" "));
}

export async function test_a_choice_of_rows_follows_whom_a_row_is_about() {
  const [PEOPLE, PERSON, NAME, WHO] = [1, 2, 3, 4];
  const nodes = [
    { n: 0, name: "data", kind: "form" },
    { n: PEOPLE, name: "people", kind: "repeat" },
    { n: PERSON, name: "person_id", kind: "hidden", parent: PEOPLE },
    { n: NAME, name: "name", kind: "question", type: "text", parent: PEOPLE },
    { n: WHO, name: "who", kind: "question", type: "select_one", choices: { repeat: PEOPLE, label: NAME } },
  ];
  const plan = loadPlan({
    ...PLAN,
    nodes: nodes.map((node) => ({ ...kept, ...(node.n ? { parent: 0 } : {}), ...node })),
    lists: {},
    order: [PEOPLE, PERSON, NAME, WHO],
    feeds: { [PEOPLE]: [PERSON, NAME] },
    shows: { [PEOPLE]: [WHO], [NAME]: [WHO] },
  });
  await prepare(plan);
  const instance = openInstance(plan, { answers: { people: [{ _id: "r0", name: "张三" }], who: "r0" } });
  const said = () => {
    const { choices, error } = instance.view("who");
    return `${choices?.map(({ value }) => value)} ${error?.code ?? "right"}`;
  };
  same(said(), "r0 right");
  instance.set("people[r0].person_id", "p-1");
  same(said(), "p-1 not_a_choice");
}
