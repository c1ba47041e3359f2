// The merge of two versions of a record: examples for each rule, then thousands of random ones that lose nothing.

import { differences, merge, mergePapers, settled } from "../../../static/js/more/merge.js";
import { equal } from "./county.js";

/** @param {number} n @param {string} name @param {string} kind @param {number} parent @param {any} [more] */
const node = (n, name, kind, parent, more) => ({ n, name, kind, parent, ...more });
const plan = {
  nodes: [
    { n: 0, name: "", kind: "group", parent: null },
    node(1, "hh", "group", 0),
    node(2, "head", "question", 1),
    node(3, "note", "question", 1),
    node(4, "members", "repeat", 0),
    node(5, "name", "question", 4),
    node(6, "age", "question", 4),
    node(7, "is_minor", "calculate", 4, { calculate: ["n", "1"] }),
    node(8, "papers_of", "repeat", 4),
    node(9, "kind", "question", 8),
    node(10, "photo", "question", 8),
    node(11, "total", "calculate", 0, { calculate: ["n", "1"] }),
    node(12, "needs", "question", 0),
    node(13, "said", "group", 0),
    node(14, "more", "group", 13),
    node(15, "why", "question", 14),
  ],
};
const merged = (/** @type {any} */ base, /** @type {any} */ mine, /** @type {any} */ theirs) =>
  merge({ base, mine, theirs, plan });
const paths = (/** @type {any[]} */ list) => list.map(({ path }) => path);

export function test_what_one_side_changed_is_taken_and_what_both_changed_alike_is_no_question() {
  const base = { hh: { head: "刘梅", note: "旧" }, needs: ["a"] };
  const { answers, open, taken } = merged(
    base,
    { hh: { head: "刘梅", note: "新" }, needs: ["a", "b"] },
    { hh: { head: "刘大", note: "新" }, needs: ["a"] },
  );
  equal(answers, { hh: { head: "刘大", note: "新" }, needs: ["a", "b"] });
  equal(open, []);
  equal(taken, [
    { path: "hh.head", side: "theirs", value: "刘大" },
    { path: "needs", side: "mine", value: ["a", "b"] },
  ]);
}

export function test_free_text_that_both_wrote_stays_open_and_neither_half_is_mixed_in() {
  const { answers, open } = merged({ hh: { note: "一" } }, { hh: { note: "一，她说" } }, { hh: { note: "一，他说" } });
  equal(open, [{ path: "hh.note", row: false, base: "一", mine: "一，她说", theirs: "一，他说", marks: {} }]);
  equal(answers, { hh: { note: "一" } });
}

export function test_an_unknown_is_an_answer_and_a_deletion_is_a_change() {
  const unknown = { unknown: "refused" };
  equal(merged({ hh: { head: "刘" } }, { hh: { head: unknown } }, { hh: { head: "刘" } }).answers, {
    hh: { head: unknown },
  });
  equal(merged({ hh: { head: "刘" } }, {}, { hh: { head: "刘" } }).answers, {});
  equal(paths(merged({ hh: { head: "刘" } }, {}, { hh: { head: unknown } }).open), ["hh.head"]);
}

export function test_rows_are_matched_by_their_id_wherever_they_stand() {
  const [a, b, c] = [
    { _id: "1", name: "甲", age: 3 },
    { _id: "2", name: "乙" },
    { _id: "3", name: "丙" },
  ];
  const { answers, open } = merged(
    { members: [a, b] },
    { members: [b, { ...a, age: 4 }, { _id: "9", name: "丁" }] },
    { members: [{ ...a, name: "甲甲" }, c, b] },
  );
  equal(open, []);
  equal(answers.members, [{ _id: "1", name: "甲甲", age: 4 }, b, c, { _id: "9", name: "丁" }]);
}

export function test_a_row_taken_away_goes_unless_the_other_side_changed_it() {
  const [a, b] = [
    { _id: "1", name: "甲", is_minor: "0" },
    { _id: "2", name: "乙" },
  ];
  // The other side's was only calculated anew.
  equal(merged({ members: [a, b] }, { members: [b] }, { members: [{ ...a, is_minor: "1" }, b] }).answers, {
    members: [b],
  });
  const changed = { ...a, age: 5 };
  const { answers, open } = merged({ members: [a, b] }, { members: [b] }, { members: [changed, b] });
  equal(open, [{ path: "members[1]", row: true, base: a, mine: null, theirs: changed, marks: {} }]);
  equal(settled(answers, open[0], "theirs").members, [changed, b]);
  equal(settled(answers, open[0], "mine").members, [b]);
}

export function test_rows_in_rows_are_merged_too() {
  const base = { members: [{ _id: "1", papers_of: [{ _id: "p", kind: "id" }] }] };
  const photo = { file: "f-1", hash: "h", kind: "photo" };
  const { answers, open } = merged(
    base,
    { members: [{ _id: "1", papers_of: [{ _id: "p", kind: "id", photo }] }] },
    { members: [{ _id: "1", papers_of: [{ _id: "p", kind: "hukou" }] }] },
  );
  equal(open, []);
  equal(answers.members[0].papers_of, [{ _id: "p", kind: "hukou", photo }]);
}

export function test_a_signature_and_a_photo_are_whole() {
  const strokes = (/** @type {number} */ at) => ({ text_hash: "t", strokes: [[[at, 1]]], name: "刘梅" });
  const { open } = merged({}, { hh: { note: strokes(1) } }, { hh: { note: strokes(2) } });
  equal(paths(open), ["hh.note"]);
  const same = merged({}, { needs: { file: "f", hash: "h" } }, { needs: { hash: "h", file: "f" } });
  equal([same.open, same.answers], [[], { needs: { file: "f", hash: "h" } }]);
}

export function test_what_is_calculated_is_left_to_be_computed_again() {
  const { answers, open } = merged({ total: "1" }, { total: "2" }, { total: "3" });
  equal([answers, open], [{}, []]);
}

export function test_without_a_common_beginning_all_that_differs_is_asked() {
  const { answers, open } = merged(
    null,
    { hh: { head: "甲", note: "同" } },
    { hh: { head: "乙", note: "同" }, needs: ["a"] },
  );
  equal(paths(open), ["hh.head"]);
  equal(answers, { hh: { note: "同" }, needs: ["a"] });
}

export function test_a_mark_that_an_answer_is_as_before_goes_with_the_answer() {
  const mark = { revision_id: "r", on: "2026-01-01" };
  const base = { hh: { head: "刘" } };
  const same = { ...base, _same: { "hh.head": mark } };
  equal(merged(base, same, base).answers, same);
  // One side confirmed it, the other changed it: that is two words about one question.
  const asked = merged(base, same, { hh: { head: "李" } });
  equal([asked.answers, paths(asked.open)], [base, ["hh.head"]]);
  equal(settled(asked.answers, asked.open[0], "mine"), same);
  equal(settled(asked.answers, asked.open[0], "theirs"), { hh: { head: "李" } });
}

export function test_to_write_anew_leaves_the_question_empty() {
  const { answers, open } = merged({}, { said: { more: { why: "一" } } }, { said: { more: { why: "二" } } });
  equal(settled(answers, open[0], "theirs"), { said: { more: { why: "二" } } });
  equal(settled({ said: { more: { why: "旧" } } }, open[0], null), { said: { more: {} } });
}

/** @param {string} id @param {string[]} pages */
const file = (id, ...pages) => ({ file: id, ...(pages.length && { pages: pages.map((one) => ({ file: one })) }) });

export function test_a_paper_that_one_took_away_stays_with_the_page_the_other_added() {
  const [a, grown] = [file("a", "a2"), file("a", "a2", "a3")];
  for (const [mine, theirs] of [
    [{}, { q: [grown] }],
    [{ q: [grown] }, {}],
  ])
    equal(mergePapers({ base: { q: [a] }, mine, theirs }), { q: [grown] });
  equal(mergePapers({ base: { q: [a] }, mine: {}, theirs: { q: [a] } }), {});
}

export function test_papers_are_united_by_file_and_pages_with_them() {
  equal(
    mergePapers({
      base: { "hh.note": [file("a"), file("b")], needs: [file("n")] },
      mine: { "hh.note": [file("b", "b1"), file("c")], needs: [file("n")] },
      theirs: { "hh.note": [file("a"), file("b", "b2"), file("d")] },
    }),
    { "hh.note": [file("b", "b1", "b2"), file("c"), file("d")] },
  );
}

export function test_across_versions_each_difference_is_named_in_the_order_of_the_form() {
  const found = differences({
    mine: { needs: ["a"], hh: { head: "甲" }, gone: "旧题" },
    theirs: { needs: ["b"], hh: { head: "甲", note: "二" } },
    plan,
  });
  equal(
    found.map(({ path, mine, theirs }) => [path, mine, theirs]),
    [
      ["hh.note", null, "二"],
      ["needs", ["a"], ["b"]],
      ["gone", "旧题", null],
    ],
  );
}

/* ---- whatever the answers are ---- */

const SEEDS = 4_000;

export function test_no_value_of_either_side_is_lost_and_the_order_of_the_sides_is_no_matter() {
  let opened = 0;
  for (let seed = 1; seed <= SEEDS; seed++) {
    const chance = chanceOf(seed);
    const base = chance(9) ? version(chance, {}) : null;
    const mine = version(chance, base ?? {});
    const theirs = version(chance, base ?? {});
    const told = merged(base, mine, theirs);
    const turned = merged(base, theirs, mine);
    const what = `seed ${seed}`;
    equal([what, turned.answers], [what, told.answers]);
    equal([what, turned.open.map((one) => ({ ...one, mine: one.theirs, theirs: one.mine }))], [what, told.open]);
    for (const side of [mine, theirs]) kept(what, base, side, side === mine ? theirs : mine, told);
    let answers = told.answers;
    for (const one of told.open) answers = settled(answers, one, "mine");
    for (const [path, value] of leaves(mine))
      if (told.open.some((one) => covers(one.path, path)))
        equal([what, path, JSON.stringify(value)], [what, path, JSON.stringify(new Map(leaves(answers)).get(path))]);
    equal([what, merged(base, mine, mine).open], [what, []]);
    opened += told.open.length;
  }
  if (opened < SEEDS) throw new Error(`only ${opened} open paths: the seeds try too little`);
}

/** Each answer this side gave is in the result, or open; unless it only kept what the other changed. @param {string} what @param {any} base @param {any} side @param {any} other @param {import("../../../static/js/more/merge.js").Merged} told */
function kept(what, base, side, other, told) {
  const [began, result] = [new Map(leaves(base)), new Map(leaves(told.answers))];
  const elsewhere = new Map(leaves(other));
  for (const [path, value] of leaves(side)) {
    const text = JSON.stringify(value);
    const is = (/** @type {Map<string, any>} */ map) => JSON.stringify(map.get(path)) === text;
    if (is(result) || told.open.some((one) => covers(one.path, path))) continue;
    if (is(began) && !is(elsewhere)) continue;
    throw new Error(`${what}: ${path} = ${text} is lost`);
  }
}

/** @param {string} open @param {string} path */
const covers = (open, path) => path === open || path.startsWith(`${open}.`) || path.startsWith(`${open}[`);

/** Answers with their paths, without what is calculated. @param {any} of @param {string} [prefix] @returns {[string, any][]} */
function leaves(of, prefix = "") {
  return Object.entries(of ?? {}).flatMap(([name, value]) => {
    const path = prefix ? `${prefix}.${name}` : name;
    if (["_id", "is_minor", "total"].includes(name) || `${value}` === "") return [];
    if (Array.isArray(value) && value.some((row) => row?._id))
      return value.flatMap((row) => leaves(row, `${path}[${row._id}]`));
    if (value && typeof value === "object" && ["hh", "said", "more"].includes(name)) return leaves(value, path);
    return /** @type {[string, any][]} */ ([[path, value]]);
  });
}

/** A version that differs from another in some places. @param {(below: number) => number} chance @param {any} from @returns {any} */
function version(chance, from) {
  const value = () =>
    [`v${chance(3)}`, { unknown: "refused" }, ["a", "b"].slice(chance(2)), { file: `f${chance(2)}`, hash: "h" }][
      chance(4)
    ];
  const part = (/** @type {any} */ group, /** @type {string[]} */ names) => {
    const next = { ...group };
    for (const name of names) {
      const how = chance(5);
      if (how === 0) delete next[name];
      if (how > 2) next[name] = value();
    }
    return next;
  };
  const list = (/** @type {any[]} */ rows, /** @type {(row: any) => any} */ change) => {
    const next = rows.filter(() => chance(6)).map((row) => (chance(2) ? row : change(row)));
    for (const id of ["1", "2", "3"])
      if (chance(3) === 0 && !next.some((row) => row._id === id)) next.push(change({ _id: id }));
    return chance(4) ? next : next.reverse();
  };
  const member = (/** @type {any} */ row) => ({
    ...part(row, ["name", "age"]),
    is_minor: String(chance(2)),
    papers_of: list(row.papers_of ?? [], (inner) => part(inner, ["kind", "photo"])),
  });
  return {
    ...part(from, ["needs", "of_another_form"]),
    hh: part(from.hh, ["head", "note"]),
    said: { more: part(from.said?.more, ["why"]) },
    members: list(from.members ?? [], member),
    total: String(chance(9)),
  };
}

/** @param {number} seed @returns {(below: number) => number} a whole number below */
function chanceOf(seed) {
  let state = seed * 2_654_435_761;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}
