// What Python asks the phone's engine, in batches: one call evaluates hundreds of expressions or replays hundreds of traces.

import { DateText } from "../../../static/js/form/dates.js";
import { Decimal } from "../../../static/js/form/decimal.js";
import { openInstance } from "../../../static/js/form/evaluate.js";
import { pathOf } from "../../../static/js/form/expressions.js";
import { loadPlan, prepare } from "../../../static/js/form/plan.js";
import { NodeSet, single, text } from "../../../static/js/form/values.js";
import { childrenOf, sectionsOf, treeOf } from "./outline.js";

// The expressions asked stand in no plan that could say what it needs.
const MORE = ["scientific", "places", "times", "digest", "shuffle"];

/** Kind and text of each expression's value. @param {any} plan @param {any} answers @param {any} recorded @param {[string, any[]][]} asked path and expression */
export async function evaluateAll(plan, answers, recorded, asked) {
  await Promise.all(MORE.map((name) => import(`../../../static/js/form/more/${name}.js`)));
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
 * Replays steps on forms and tells all that can be seen at the end, what each step said it changed, and what looks different without being told.
 * @param {{plan: any, files?: any, traces: Trace[]}[]} forms
 */
export async function replayAll(forms) {
  const found = [];
  for (const { plan, files, traces } of forms) {
    const loaded = await prepared(plan, files);
    for (const trace of traces) found.push(replay(loaded, trace));
  }
  return found;
}

/** @typedef {{now: number, random: number[], options?: any, steps: any[][]}} Trace */

/** @param {any} json @param {any} [files] */
async function prepared(json, files = {}) {
  const plan = loadPlan(json, { files });
  await prepare(plan);
  return plan;
}

/** @param {import("../../../static/js/form/plan.js").Plan} plan @param {Trace} trace */
function replay(plan, { now, random, options = {}, steps }) {
  let [drawn, made, moment] = [0, 0, now];
  const { grows, ids, chance: _, ...given } = options;
  try {
    const instance = openInstance(plan, {
      ...given,
      now: () => moment,
      zone: "Asia/Shanghai",
      random: () => random[drawn++ % random.length],
      newId: ids ? () => ids[made++] : grows ? () => `grown-${++made}` : undefined,
    });
    let before = looksOf(instance);
    /** @type {any[]} */
    const [untold, needed, stale] = [[], [], []];
    const changes = steps.map((step) => {
      if (step[0] === "tick") moment = step[1];
      const told = act(instance, step);
      stale.push(...staleOf(instance).map((look) => [step, ...look]));
      const after = looksOf(instance);
      const others = [...after].filter(([path, look]) => before.has(path) && before.get(path) !== look);
      needed.push(others.map(([path]) => path));
      // How a row of a repeat looks is told with the repeat; a language changes every text, and a hand-in gives answers.
      // At another moment a check may read the clock: tick() tells only whose value or relevance changed.
      for (const [path, look] of ["language", "submit", "tick"].includes(step[0]) ? [] : others)
        if (!told.includes(path.replace(/\[[^[]*\]$/, ""))) untold.push([step, path, before.get(path), look]);
      before = after;
      return told;
    });
    return { changes, untold, needed, stale, ...seenOf(instance) };
  } catch (error) {
    return { thrown: `${error}\n${error instanceof Error && error.stack}` };
  }
}

/** @param {import("../../../static/js/form/evaluate.js").Instance} instance */
const seenOf = (instance) => ({
  seen: treeOf(instance).map((child) => child.path),
  shown: childrenOf(instance, "", "door").map((child) => child.path),
  answers: instance.answers(),
  submission: instance.submission(),
  problems: instance.problems(),
  sections: sectionsOf(instance, "door").map(({ path, questions, answered, problems }) => ({
    path,
    questions,
    answered,
    problems,
  })),
  count: instance.places(0, instance.root).length,
  name: instance.name(),
  ...recordedOf(instance),
  views: viewsOf(instance, treeOf(instance)),
});

/** @param {import("../../../static/js/form/evaluate.js").Instance} instance */
function recordedOf(instance) {
  const { random: drawn, ...recorded } = instance.recorded();
  return { recorded, drawn };
}

/** @param {import("../../../static/js/form/evaluate.js").Instance} instance @param {any[]} step @returns {string[]} */
function act(instance, [name, ...args]) {
  switch (name) {
    case "set":
      return instance.set(args[0], args[1]);
    case "same":
      return instance.setSame(args[0], args[1], { revision_id: "r", on: "2026-01-05" });
    case "add":
      return [instance.addRepeat(args[0], args[1]), ...instance.lastChanged()];
    case "remove":
      return instance.removeRepeat(args[0]);
    case "restore":
      return instance.restoreRepeat(args[0]);
    case "move":
      return instance.moveRepeat(args[0], args[1]);
    case "tick":
      return instance.tick();
    case "submit":
      instance.submission(args[0]);
      return [];
  }
  instance.setLanguage(args[0]);
  return [];
}

/** Looks, texts and errors that were kept from before and are not what would be found anew. @param {import("../../../static/js/form/evaluate.js").Instance} instance */
function staleOf(instance) {
  const kept = everyLook(instance);
  instance.forget(null);
  const anew = everyLook(instance);
  return [...anew]
    .filter(([what, look]) => kept.get(what) !== look)
    .map(([what, look]) => [what, kept.get(what), look]);
}

/** Of all that has a path, what is computed and hidden too. @param {import("../../../static/js/form/evaluate.js").Instance} instance @returns {Map<string, string>} */
function everyLook(instance) {
  const data = instance.places(0, instance.root).map(({ n, row }) => pathOf(instance.plan, n, row));
  /** @type {(tree: any[]) => string[]} */
  const drawn = (tree) => tree.flatMap(({ path, children }) => [path, ...drawn(children)]);
  const looks = [...new Set([...data, ...drawn(treeOf(instance))])].map((path) => {
    const { node: _, ...look } = instance.view(path);
    return /** @type {[string, string]} */ ([path, JSON.stringify(look)]);
  });
  return new Map([...looks, ["problems", JSON.stringify(instance.problems())]]);
}

/** What a screen would draw, by path. @param {import("../../../static/js/form/evaluate.js").Instance} instance @returns {Map<string, string>} */
const looksOf = (instance) =>
  new Map(viewsOf(instance, treeOf(instance)).map((view) => [view[0], JSON.stringify(view)]));

/** @param {import("../../../static/js/form/evaluate.js").Instance} instance @param {any[]} tree @returns {any[]} */
function viewsOf(instance, tree) {
  return tree.flatMap((child) => {
    const view = instance.view(child.path);
    const { path, relevant, required, readonly, value, unknown, error, labelText, guidance, same, choices } = view;
    return [
      [
        ...[path, relevant, required, readonly, value, unknown, error, labelText, guidance],
        ...[child.relevant, same, [view.counted, view.off, view.missing, view.sliced]],
        choices?.map((choice) => [choice.value, choice.labelText]) ?? null,
      ],
      ...viewsOf(instance, child.children),
    ];
  });
}
