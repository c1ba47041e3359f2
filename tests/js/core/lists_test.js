// Long lists that came in pieces, sealed on the phone, put together for the engine; and the divisions asked level by level.

import { below, stem } from "../../../static/js/form/more/divisions.js";
import { besides, filesOf, mediaOf, together } from "../../../static/js/store/more/lists.js";
import { equal } from "./county.js";

const columns = ["value", "label:zh"];
const HASH = "a".repeat(64);
const PIECES = [
  {
    columns,
    at: [
      [1, 1],
      [3, 2],
    ],
    rows: [
      ["b", "乙"],
      ["d", "丁"],
      ["e", "戊"],
    ],
    initials: ["y", "d", "w"],
  },
  {
    columns,
    at: [
      [0, 1],
      [2, 1],
    ],
    rows: [
      ["a", "甲"],
      ["c", "丙"],
    ],
    initials: ["j", "b"],
  },
];
/** @param {Record<string, any>} held */
const inboxOf = (held) =>
  /** @type {any} */ ({
    refs: async (/** @type {string} */ beginning) => Object.keys(held).filter((ref) => ref.startsWith(beginning)),
    get: async (/** @type {string} */ ref) => {
      if (held[ref] === "damaged") throw new Error("value_damaged");
      return held[ref];
    },
  });
const plan = { files: { village: { hash: HASH, kind: "list" }, "map.png": { hash: "b", kind: "media" } } };

export function test_rows_stand_again_where_they_stood_in_the_list() {
  const list = together(/** @type {any} */ (PIECES));
  equal(
    list?.rows.map(([code]) => code),
    ["a", "b", "c", "d", "e"],
  );
  equal(list?.initials, ["j", "y", "b", "d", "w"]);
  equal(together([]), null);
}

export async function test_a_plan_gets_its_lists_and_null_for_one_that_is_not_here() {
  const here = inboxOf({ [`file:${HASH}/0`]: PIECES[0], [`file:${HASH}/0.1`]: PIECES[1], "file:c/0": PIECES[0] });
  equal(Object.keys(await filesOf(here, plan)), [HASH]);
  equal((await filesOf(here, plan))[HASH]?.rows.length, 5);
  equal(await filesOf(inboxOf({}), plan), { [HASH]: null });
}

export async function test_a_damaged_piece_leaves_a_part_of_the_list() {
  const here = inboxOf({ [`file:${HASH}/0`]: "damaged", [`file:${HASH}/0.1`]: PIECES[1] });
  equal((await filesOf(here, plan))[HASH]?.rows.length, 2);
}

export async function test_divisions_are_asked_level_by_level_also_where_a_level_is_missing() {
  const rows = [
    ["990000000000", "演示省", ""],
    ["990101000000", "演示县", ""],
    ["990101001000", "东乡", ""],
    ["990101001201", "河口村", ""],
    ["990101001202", "旧村", "2024-05-01"],
  ];
  const ask = below({ rows, initials: ["yss", "ysx", "dx", "hkc", "jc"] });
  equal(
    (await ask(null)).map(({ name }) => name),
    ["演示省"],
  );
  equal(
    (await ask("990000000000")).map(({ name }) => name),
    ["演示县"],
  );
  equal(
    (await ask("990101001000")).map(({ name, to }) => [name, to]),
    [
      ["河口村", ""],
      ["旧村", "2024-05-01"],
    ],
  );
  equal(await ask("990101001201"), []);
  const found = (/** @type {string} */ words) => ask.find(words).map(({ name }) => name);
  equal(found("hk"), ["演示省 › 演示县 › 东乡 › 河口村"]);
  equal(found("旧"), ["演示省 › 演示县 › 东乡 › 旧村"]);
  equal([found("990101001202").length, found("xx").length], [1, 0]);
  equal([stem("990000000000"), stem("990101001201"), stem("990101001000")], ["99", "990101001201", "990101001"]);
}

export async function test_a_picture_is_put_together_from_its_pieces_and_is_none_while_one_is_missing() {
  const picture = { files: { "map.png": { hash: HASH, kind: "media", type: "image/png", bytes: 5 } } };
  const pieces = {
    [`file:${HASH}/m1`]: { at: 1, of: 2, bytes: "BAU" },
    [`file:${HASH}/m0`]: { at: 0, of: 2, bytes: "AQID" },
  };
  const file = await mediaOf(inboxOf(pieces), picture)("map.png");
  equal([...new Uint8Array(await /** @type {Blob} */ (file).arrayBuffer())], [1, 2, 3, 4, 5]);
  equal(file?.type, "image/png");
  const { [`file:${HASH}/m1`]: _, ...half } = pieces;
  equal(await mediaOf(inboxOf(half), picture)("map.png"), null);
  equal(await mediaOf(inboxOf(pieces), picture)("other.png"), null);
  equal(await mediaOf(inboxOf(pieces), {})("map.png"), null);
}

export async function test_a_form_gets_the_projects_and_the_divisions_that_it_asks_for_and_no_others() {
  const regions = { rows: [["990000000000", "演示省", ""]], initials: ["yss"] };
  const here = inboxOf({ "projects:0a": { names: ["春蕾计划（2026）"] }, "regions:0b": regions });
  /** @param {any[]} nodes */
  const asked = (...nodes) => besides(here, { nodes });
  equal(await asked({ appearance: ["multiline"] }), { divisions: null, projects: null });
  equal((await asked({ appearance: ["projects"] })).projects, ["春蕾计划（2026）"]);
  equal((await asked({ check: "region12" })).divisions, regions);
  const empty = inboxOf({});
  equal(await besides(empty, { nodes: /** @type {any} */ ([{ appearance: ["projects"], check: "region12" }]) }), {
    divisions: null,
    projects: null,
  });
}
