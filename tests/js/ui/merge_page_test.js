// The page of two versions, and where the list shows that there are two.

import { openMergePage } from "../../../static/js/ui/more/merge.js";
import { groupsOf } from "../../../static/js/ui/worklist-groups.js";
import { equal } from "../core/county.js";

/** @type {any} */
const OPTIONS = {
  ...{ title: "入户调查表", in_home: false, across: false, left: 2, done: 0, guarded: 0 },
  sides: {
    mine: { who: "这部手机上写的", at: 1_795_222_800_000, version: null },
    theirs: { who: "办公室电脑上写的", at: null, version: null },
  },
  rows: [
    { path: "hh.head", label: "户主姓名", where: "家庭", mine: "刘梅", theirs: "", anew: true },
    { path: "members[1]", label: "成员", where: "", mine: "（这一行已删去）", theirs: "刘小树", anew: false },
  ],
};

/** The page with what was chosen on it. @param {any} [more] */
function page(more) {
  /** @type {any[]} */
  const chosen = [];
  const root = document.createElement("div");
  document.body.append(root);
  const acts = {
    onSecret: async () => void chosen.push("secret"),
    onPick: async (/** @type {string} */ path, /** @type {any} */ side) => void chosen.push([path, side]),
    onWhole: async (/** @type {string} */ side) => void chosen.push(side),
  };
  const screen = openMergePage(root, { ...OPTIONS, ...acts, ...more });
  return { root, chosen, update: (/** @type {any} */ next) => screen.update({ ...OPTIONS, ...acts, ...next }) };
}

/** @param {HTMLElement} root @param {string} take */
const buttons = (root, take) => [
  .../** @type {NodeListOf<HTMLButtonElement>} */ (root.querySelectorAll(`[data-take=${take}]`)),
];

export function test_each_answer_has_both_versions_and_a_button_for_each_and_a_row_cannot_be_written_anew() {
  const { root, chosen } = page();
  equal(
    [...root.querySelectorAll(".version-text")].map((text) => text.textContent),
    ["刘梅", "（没有填）", "（这一行已删去）", "刘小树"],
  );
  equal([buttons(root, "mine").length, buttons(root, "anew").length], [2, 1]);
  for (const take of ["mine", "theirs", "anew"]) buttons(root, take)[0].click();
  equal(chosen, [
    ["hh.head", "mine"],
    ["hh.head", "theirs"],
    ["hh.head", null],
  ]);
  // Two buttons of one name stand beside each other: a reader's voice says which is which.
  equal(buttons(root, "mine")[0].getAttribute("aria-label"), "用这个: 刘梅");
}

export function test_after_a_choice_the_voice_goes_on_at_the_next() {
  const { root, update } = page();
  buttons(root, "mine")[0].focus();
  update({ rows: OPTIONS.rows.slice(1), left: 1, done: 1 });
  equal(
    [document.activeElement?.textContent, root.querySelector("#merge-progress")?.textContent],
    ["成员", "已选 1 处，还剩 1 处"],
  );
}

export function test_during_a_visit_nothing_that_was_answered_is_on_the_page() {
  const { root } = page({ in_home: true, guarded: 1 });
  equal(
    [
      root.querySelectorAll("button").length,
      root.textContent?.includes("刘"),
      root.textContent?.includes("走访结束后"),
    ],
    [0, false, true],
  );
}

export function test_what_nobody_else_may_see_waits_for_the_secret() {
  const { root, chosen } = page({ rows: [], guarded: 2 });
  /** @type {HTMLElement | null} */ (root.querySelector("#merge-guarded"))?.click();
  equal(chosen, ["secret"]);
}

export function test_of_two_versions_of_the_form_one_is_taken_whole() {
  const sides = { mine: { ...OPTIONS.sides.mine, version: 3 }, theirs: { ...OPTIONS.sides.theirs, version: 4 } };
  const { root, chosen } = page({ across: true, sides });
  equal([buttons(root, "mine").length, buttons(root, "anew").length], [1, 0]);
  buttons(root, "theirs")[0].click();
  equal([chosen, root.textContent?.includes("表单第 4 版")], [["theirs"], true]);
}

export function test_a_report_with_two_versions_stands_first_on_the_list_until_a_merge_is_on_its_way() {
  const record = {
    ...{ record_id: "r", form: "F2", visit_id: "v", mine: true, state: "submitted", head: "h" },
    returned: null,
  };
  const summary = {
    case_id: "c",
    code_name: "春分",
    village: null,
    visits: [],
    records: [{ ...record, conflict: true }],
  };
  const first = (/** @type {any[]} */ items) =>
    groupsOf([summary], "2026-11-22", items, () => []).returned.map((entry) => entry.record?.record_id);
  const item = { kind: "revision", intent: "submit", revision_id: "m", record_id: "r", record_state: null };
  equal([first([]), first([{ ...item, state: "waiting" }])], [["r"], []]);
}
