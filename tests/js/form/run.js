// What Python asks the phone's engine, in batches: one call evaluates hundreds of expressions or replays hundreds of traces.

import { DateText } from "../../../static/js/form/dates.js";
import { Decimal } from "../../../static/js/form/decimal.js";
import { openInstance } from "../../../static/js/form/evaluate.js";
import { loadPlan, prepare } from "../../../static/js/form/plan.js";
import { NodeSet, single, text } from "../../../static/js/form/values.js";

/** Kind and text of each expression's value. @param {any} plan @param {any} answers @param {any} recorded @param {[string, any[]][]} asked path and expression */
export async function evaluateAll(plan, answers, recorded, asked) {
  const loaded = await prepared(plan);
  const instance = openInstance(loaded, { answers, now: () => recorded.now, zone: recorded.zone, recorded });
  return asked.map(([path, expression]) => {
    const { n, row } = path ? instance.data(path) : { n: 0, row: instance.root };
    const value = instance.evaluator.evaluate(expression, instance.evaluator.context(n, row));
    return [kindOf(value), text(value)];
  });
}

/** @param {import("../../../static/js/form/values.js").Value} value */
function kindOf(value) {
  const one = single(value);
  if (one instanceof Decimal) return "number";
  if (one instanceof DateText) return "date";
  return typeof one === "boolean" ? "truth" : value instanceof NodeSet && !value.refs.length ? "text" : "text";
}

/**
 * Replays steps on a form and tells all that can be seen at the end, and what each step said it changed.
 * @param {{plan: any, now: number, random: number[], steps: any[][]}[]} traces
 */
export const replayAll = (traces) => Promise.all(traces.map(replay));

/** @param {any} json @param {any} [files] */
async function prepared(json, files = {}) {
  const plan = loadPlan(json, { files });
  await prepare(plan);
  return plan;
}

/** @param {{plan: any, now: number, random: number[], steps: any[][]}} trace */
async function replay({ plan, now, random, steps }) {
  let drawn = 0;
  const instance = openInstance(await prepared(plan), {
    now: () => now,
    zone: "Asia/Shanghai",
    random: () => random[drawn++ % random.length],
  });
  let before = looksOf(instance);
  /** @type {any[]} */
  const untold = [];
  const changes = steps.map((step) => {
    const told = act(instance, step);
    const after = looksOf(instance); // how a row of a repeat looks is told with the repeat
    for (const [path, look] of after)
      if (before.has(path) && before.get(path) !== look && !told.includes(path.replace(/\[[^[]*\]$/, "")))
        untold.push([step, path, before.get(path), look]);
    before = after;
    return told;
  });
  const paths = instance.places(0, instance.root).map(({ n, row }) => [n, row]);
  const seen = instance.tree().map((child) => child.path);
  return {
    changes,
    untold,
    seen,
    answers: instance.answers(),
    submission: instance.submission(),
    problems: instance.problems(),
    sections: instance
      .sections("door")
      .map(({ path, questions, answered, problems }) => ({ path, questions, answered, problems })),
    count: paths.length,
    recorded: instance.recorded().random,
    views: viewsOf(instance, instance.tree()),
  };
}

/** @param {import("../../../static/js/form/evaluate.js").Instance} instance @param {any[]} step @returns {string[]} */
function act(instance, [name, ...args]) {
  if (name === "set") return instance.set(args[0], args[1]);
  if (name === "add") return [instance.addRepeat(args[0], args[1]), ...instance.lastChanged()];
  if (name === "remove") return instance.removeRepeat(args[0]);
  if (name === "restore") return instance.restoreRepeat(args[0]);
  return instance.moveRepeat(args[0], args[1]);
}

/** What a screen would draw, by path. @param {import("../../../static/js/form/evaluate.js").Instance} instance @returns {Map<string, string>} */
const looksOf = (instance) =>
  new Map(viewsOf(instance, instance.tree()).map((view) => [view[0], JSON.stringify(view)]));

/** @param {import("../../../static/js/form/evaluate.js").Instance} instance @param {any[]} tree @returns {any[]} */
function viewsOf(instance, tree) {
  return tree.flatMap((child) => {
    const { path, relevant, required, readonly, value, unknown, error, labelText, choices } = instance.view(child.path);
    return [
      [
        path,
        relevant,
        required,
        readonly,
        value,
        unknown,
        error,
        labelText,
        choices?.map((choice) => [choice.value, choice.labelText]),
      ],
      ...viewsOf(instance, child.children),
    ];
  });
}
