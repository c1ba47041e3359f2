/** A compiled form as the phone holds it. The format is section 3 of docs/forms.md; fieldapp/forms/plan.py is the twin. */

const FORMAT = 1;
export const FUNCTIONS = 2; // raised with every new function or changed rule; a plan that needs a higher number is refused
const NODES_MAX = 2000;
export const ROWS_MAX = 200;
const DATA_KINDS = ["question", "calculate", "hidden"];

/** @typedef {any[]} Expr */
/** @typedef {{list?: string, repeat?: number, label?: number, filter?: Expr, random?: Expr}} ChoiceSource */
/**
 * @typedef {{n: number, name: string, kind: string, type: string | null, parent: number | null, row?: number, relevant?: Expr, constraint?: Expr, required?: Expr,
 * readonly?: Expr, calculate?: Expr, default?: Expr, choices?: ChoiceSource, label?: number, hint?: number, guidance?: number, constraint_message?: number,
 * required_message?: number, appearance?: string[], sensitivity: string, moment: string, how: string, purpose?: {zh: string, en: string}, fact?: string,
 * change?: string, partial?: string, unknown?: string[], check?: string, policy?: string, range?: {start: string, end: string, step: string}, preload?: string,
 * count?: Expr, sets?: [number, Expr | null][], phrases?: string, lunar?: boolean, alone?: boolean}} PlanNode
 */
/** @typedef {{value: string, label: any, columns: Record<string, string>}} ListItem */
/** @typedef {Record<string, {columns: string[], rows: string[][]} | null>} Files lists that lie beside the plan, by hash; null where the phone does not have one */

/** Not a plan of ours, or a damaged one. */
export class PlanRefused extends Error {
  constructor(/** @type {string} */ message, code = "plan_refused") {
    super(message);
    this.name = new.target.name;
    this.code = code;
  }
}

/** The plan needs functions that this engine does not know: the app must be updated first. */
export class PlanTooNew extends PlanRefused {
  constructor(/** @type {string} */ message) {
    super(message, "plan_too_new");
  }
}

export class Plan {
  /** @param {any} json @param {Files} files */
  constructor(json, files) {
    this.json = json;
    this.files = files;
    /** The classes that know function set 2, once prepared. @type {typeof import("./more/instance.js") | null} */
    this.engine = null;
    /** @type {PlanNode[]} */
    this.nodes = json.nodes.map((/** @type {any} */ node) => ({ type: null, parent: null, ...node }));
    /** @type {Record<string, any[]>} */
    this.texts = json.texts;
    /** @type {Record<string, ListItem[]>} */
    this.lists = json.lists;
    /** @type {string} */
    this.formId = json.form_id;
    /** @type {number} */
    this.version = json.version;
    /** @type {string} */
    this.hash = json.hash;
    /** @type {string[]} */
    this.languages = json.languages;
    /** @type {Record<string, string>} */
    this.title = json.title;
    /** @type {number[]} */
    this.order = json.order;
    /** @type {Record<string, number[]>} */
    this.feeds = json.feeds;
    /** @type {Record<string, number[]>} */
    this.shows = json.shows;
    this.children = childrenOf(this.nodes);
    this.homes = homesOf(this.nodes);
    this.repeats = this.nodes.map((node) => repeatsOf(this.homes, node.n));
    this.segments = segmentsOf(this.nodes);
    this.data = this.nodes.map((node) => DATA_KINDS.includes(node.kind));
  }
}

/** @param {any} json @param {{files?: Files}} [beside] @returns {Plan} throws PlanTooNew or PlanRefused */
export function loadPlan(json, { files = {} } = {}) {
  if (!json || json.format !== FORMAT) throw new PlanRefused("not a plan of format 1");
  if (!Number.isInteger(json.functions) || json.functions > FUNCTIONS) {
    throw new PlanTooNew(`the plan needs function set ${json.functions}, this app has ${FUNCTIONS}`);
  }
  if (!Array.isArray(json.nodes) || json.nodes.length > NODES_MAX) throw new PlanRefused("too many nodes");
  return new Plan(json, files);
}

/** Loads what this plan needs of the engine beyond function set 1; openInstance waits for it. @param {Plan} plan @returns {Promise<void>} */
export function prepare(plan) {
  if (plan.json.functions < 2) return Promise.resolve();
  return import("./more/instance.js").then((engine) =>
    engine.equip(plan).then(() => {
      plan.engine = engine;
    }),
  );
}

/** @param {PlanNode[]} nodes @returns {number[][]} */
function childrenOf(nodes) {
  /** @type {number[][]} */
  const found = nodes.map(() => []);
  for (const node of nodes) if (node.parent !== null) found[node.parent].push(node.n);
  return found;
}

/** The repeat (or the form, 0) in whose rows each node's value lives; for a repeat, the one around it. @param {PlanNode[]} nodes @returns {number[]} */
function homesOf(nodes) {
  /** @type {number[]} */
  const homes = [];
  for (const { parent } of nodes) {
    homes.push(
      parent === null ? 0 : nodes[parent].kind === "repeat" || nodes[parent].kind === "form" ? parent : homes[parent],
    );
  }
  return homes;
}

/** @param {number[]} homes @param {number} n @returns {number[]} the repeats around a node, outermost first, itself not included */
function repeatsOf(homes, n) {
  const found = [];
  for (let home = homes[n]; home; home = homes[home]) found.unshift(home);
  return found;
}

/** The part of each node's path below its row: `visit.at`. @param {PlanNode[]} nodes @returns {string[]} */
function segmentsOf(nodes) {
  /** @type {string[]} */
  const segments = [];
  for (const { name, parent } of nodes) {
    segments.push(parent === null ? "" : nodes[parent].kind === "group" ? `${segments[parent]}.${name}` : name);
  }
  return segments;
}
