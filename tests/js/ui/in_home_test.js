// While a visit is going on somebody may look on: of whichever family it is, the phone says nothing of violence or of a child.

import { openCase } from "../../../static/js/ui/case.js";
import { factWords } from "../../../static/js/ui/fact-words.js";
import { askedAlone } from "../../../static/js/ui/record-model.js";
import { inHome, nameOf } from "../../../static/js/wire-app.js";
import { equal } from "../core/county.js";

const CLASSES = ["household", "money", "health", "child", "violence", undefined];
const PLAN = {
  title: { zh: "单独聊聊" },
  texts: { zh: ["他打过您吗", "每天"], en: [] },
  lists: { often: [{ value: "daily", label: 1 }] },
  nodes: [{ fact: "dv.often", label: 0, choices: { list: "often" } }],
};
const during = (/** @type {string[]} */ ...running) => ({ kept: { conflicts: {}, running } });

/** The page of a family of which one fact of each class is known. @param {any} [more] */
function casePage(more = {}) {
  const root = document.body.appendChild(document.createElement("div"));
  const held = CLASSES.map((sensitivity) => [
    `any.${sensitivity}`,
    { value: `答案 ${sensitivity}`, on: "2026-03-01", revision_id: "r", sensitivity },
  ]);
  const nothing = () => {};
  const screen = openCase(root, {
    bundle: {
      code_name: "青山 12",
      people: [{ person_id: "p", name: "刘梅" }],
      facts: { p: Object.fromEntries(held) },
    },
    ...{ visits: [], others: [], mayName: true, conflict: false, plain: false, in_home: false },
    ...factWords([]),
    ...{ onConflict: nothing, onForm: nothing, onCalled: nothing, onRecord: nothing, onWithdraw: nothing },
    ...{ onStart: nothing, onEnd: nothing, onSession: nothing, onCouldNot: nothing, onSecret: async () => true },
    ...more,
    ...(more.called && {
      visits: [
        {
          visit: { visit_id: "v", purpose: "follow_up", forms: [], state: "planned" },
          ...{ forms: [], running: false, session: false },
          called: [{ form: "F5", about: null, whose: null, title: "补充问题", open: true, row: null }],
        },
      ],
    }),
  });
  const facts = () =>
    [...root.querySelectorAll("#facts .entry")].map((one) => one.textContent?.match(/答案 (\w+)/)?.[1]);
  const secret = () => /** @type {HTMLElement | null} */ (root.querySelector("[data-act=facts-guarded]"));
  return { root, screen, facts, secret };
}

const turn = () => new Promise((resolve) => setTimeout(resolve));

export function test_during_a_visit_no_fact_of_violence_or_of_a_child_is_on_the_page_nor_counted() {
  const { root, facts, secret } = casePage({ in_home: true });
  equal(facts(), ["household", "money", "health"]);
  equal([secret(), root.querySelector("#facts summary")?.textContent], [null, "已知情况（3 项）"]);
  equal(/violence|child|undefined/.test(root.textContent ?? ""), false);
}

export async function test_outside_a_visit_they_stand_behind_the_secret_asked_again() {
  let right = false;
  const { facts, secret } = casePage({ onSecret: async () => right });
  equal(facts(), ["household", "money", "health"]);
  secret()?.click();
  await turn();
  equal(facts(), ["household", "money", "health"]);
  right = true;
  secret()?.click();
  await turn();
  equal(facts(), ["household", "money", "health", "child", "violence", "undefined"]);
}

export async function test_put_in_the_pocket_they_close_again() {
  const { facts, secret } = casePage();
  secret()?.click();
  await turn();
  document.dispatchEvent(new Event("visibilitychange"));
  equal([facts(), !!secret()], [["household", "money", "health"], true]);
}

export function test_a_called_form_of_any_visit_has_no_title_while_one_runs() {
  for (const form of ["F5", "F6"]) {
    const record = { form, visit_id: "another" };
    equal(nameOf(during("v-1"), PLAN, record), "补充问题");
    equal(nameOf(during(), PLAN, record), "单独聊聊");
  }
  equal(nameOf(during("v-1"), { title: { zh: "随访表" } }, { form: "F3" }), "随访表");
  equal([inHome(during("v-1")), inHome(during())], [true, false]);
}

export function test_what_another_visit_calls_for_lies_behind_the_neutral_line_too() {
  const lines = (/** @type {boolean} */ in_home) =>
    casePage({ called: true, in_home }).root.querySelectorAll("details[data-called]").length;
  equal([lines(true), lines(false)], [1, 0]);
}

export function test_a_known_fact_is_said_in_the_words_of_the_form_that_asks_it() {
  const { factName, factText } = factWords([null, PLAN]);
  equal([factName("dv.often"), factText("dv.often", "daily")], ["他打过您吗", "每天"]);
}

const question = (/** @type {number} */ n, /** @type {string} */ sensitivity, more = {}) => ({
  ...{ n, parent: 0, kind: "question", moment: "door", sensitivity },
  ...more,
});
const plan = (/** @type {any[]} */ ...questions) =>
  /** @type {any} */ ({ nodes: [{ n: 0, kind: "group" }, ...questions] });

export function test_a_form_that_marks_nothing_has_its_violence_questions_asked_alone() {
  const asked = askedAlone(
    plan(question(1, "violence"), question(2, "money"), question(3, "violence", { moment: "desk" })),
  );
  equal([...asked], [1, 3]);
}

export function test_a_form_that_marks_what_is_asked_alone_is_believed_with_all_that_stands_below() {
  const asked = askedAlone(
    plan(question(1, "violence"), { n: 2, parent: 0, kind: "group", alone: true }, question(3, "child", { parent: 2 })),
  );
  equal([...asked], [2, 3]);
}

export function test_a_form_for_the_desk_from_end_to_end_has_nobody_beside_it() {
  equal([...askedAlone(plan(question(1, "violence", { moment: "desk" })))], []);
}
