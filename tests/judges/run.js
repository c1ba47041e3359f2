// Asks the phone's engine what the judges ask: opens a plan on answers and reads one calculation or one label.
import { openInstance } from "../../static/js/form/evaluate.js";
import { loadPlan, prepare } from "../../static/js/form/plan.js";

/** @param {{plan: any, answers: any, path: string, isCalculation: boolean}[]} questions @param {number} now @param {string} zone */
export function readAll(questions, now, zone) {
  return Promise.all(
    questions.map(async ({ plan, answers, path, isCalculation }) => {
      const loaded = loadPlan(plan);
      await prepare(loaded);
      const instance = openInstance(loaded, { answers, now: () => now, zone, random: () => 0.5, language: "en" });
      return isCalculation ? (instance.get(path) ?? "") : instance.view(path).labelText;
    }),
  );
}
