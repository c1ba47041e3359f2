// What stands where in an instance, by its own tree: for tests that compare it with the server's. The phone's screen has its own way (ui/record-model.js).

import { isBlank } from "../../../static/js/form/checks.js";
import { pathOf, plainText } from "../../../static/js/form/expressions.js";

/** @typedef {import("../../../static/js/form/evaluate.js").Instance} Instance */
/** @typedef {import("../../../static/js/form/expressions.js").Row} Row */
/** @typedef {import("../../../static/js/form/model.js").Place} Place */

/** The parts of a group, a row or the form; the rows of a repeat. @param {Instance} instance @param {string} path @param {string | null} [moment] @returns {any[]} */
export function childrenOf(instance, path, moment = null) {
  const { plan } = instance;
  const { n, row, inner } = instance.find(path);
  const node = plan.nodes[n];
  if (node.kind === "repeat" && !inner) {
    return row
      .of(n)
      .map((r) => ({ path: `${path}[${r.id}]`, node, kind: "row", relevant: row.isRelevant(n) && r.isIn }));
  }
  const place = inner ?? row;
  return plan.children[n]
    .filter((child) => isShown(instance, child, place, moment))
    .map((child) => ({
      path: pathOf(plan, child, place),
      node: plan.nodes[child],
      kind: plan.nodes[child].kind,
      relevant: place.isRelevant(child),
    }));
}

/** @param {Instance} instance @param {string | null} [moment] @param {string} [path] @returns {any[]} */
export function treeOf(instance, moment = null, path = "") {
  return childrenOf(instance, path, moment).map((child) => ({
    ...child,
    children: ["group", "repeat", "row"].includes(child.kind) ? treeOf(instance, moment, child.path) : [],
  }));
}

/** Top-level groups and repeats that hold a relevant question of the moment; loose questions in a section with path "". @param {Instance} instance @param {string} moment */
export function sectionsOf(instance, moment) {
  const { plan, root } = instance;
  const found = [];
  /** @type {Place[]} */
  const loose = [];
  for (const n of plan.children[0]) {
    const { kind } = plan.nodes[n];
    if (kind !== "group" && kind !== "repeat") loose.push({ n, row: root });
    else if (root.isRelevant(n) && isShown(instance, n, root, moment))
      found.push(sectionOf(instance, n, instance.places(n, root), moment));
  }
  const section = sectionOf(instance, 0, loose, moment);
  return section.questions.length ? [section, ...found] : found;
}

/** @param {Instance} instance @param {number} n @param {Row} row @param {string | null} moment @returns {boolean} */
function isShown(instance, n, row, moment) {
  const { plan } = instance;
  const node = plan.nodes[n];
  if (node.kind === "calculate" || node.kind === "hidden") return false;
  if (moment === null) return true;
  if (!row.isRelevant(n) || instance.isOff(n)) return false;
  if (node.kind === "group") return plan.children[n].some((child) => isShown(instance, child, row, moment));
  if (node.kind !== "repeat") return node.moment === moment;
  return instance.below(n).some((child) => {
    const { kind, moment: when } = plan.nodes[child];
    return (kind === "question" || kind === "note") && when === moment && !instance.isOff(child);
  });
}

/** @param {Instance} instance @param {number} n @param {Place[]} places @param {string} moment */
function sectionOf(instance, n, places, moment) {
  const { plan, root } = instance;
  const ofMoment = places.filter(
    (place) => place.row.isRelevant(place.n) && plan.nodes[place.n].moment === moment && plan.data[place.n],
  );
  const asked = ofMoment.filter((place) => plan.nodes[place.n].kind === "question" && !instance.isOff(place.n));
  return {
    path: n ? pathOf(plan, n, root) : "",
    labelText: plainText(instance.rendered(plan.nodes[n].label, n, root)),
    questions: asked.map((place) => pathOf(plan, place.n, place.row)),
    answered: asked.filter((place) => !isBlank(place.row.values.get(place.n))).length,
    problems: ofMoment.filter((place) => instance.errorCode(place.n, place.row) !== null).length,
  };
}
