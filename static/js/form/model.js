/**
 * The answers of one record in their rows, and what hangs on what: loading, finding, computing in the plan's order. Pure, no DOM.
 * The twin of the lower half of fieldapp/forms/evaluate.py.
 */

import { isBlank } from "./checks.js";
import { Evaluator, pathOf, Row, toAnswer } from "./expressions.js";

/** @typedef {import("./plan.js").Plan} Plan */
/** @typedef {{n: number, row: Row}} Place */
/** @typedef {{started: number, language: string, zone: string, now: number, random: [string, string][]}} Recorded */
/**
 * @typedef {{answers?: any, now?: () => number, zone?: string, random?: (() => number) | null, language?: string, recorded?: Partial<Recorded>}} Options
 */

/** The path leads to no question or row of this record. */
export class PathUnknown extends Error {
  constructor(/** @type {string} */ path) {
    super(`no such path: ${path}`);
    this.name = "PathUnknown";
    this.code = "path_unknown";
  }
}

/** @param {any} value @returns {any} answers are JSON, copied in and out, never shared */
export const copy = (value) => (value !== null && typeof value === "object" ? structuredClone(value) : (value ?? null));

export class Model {
  /** @param {Plan} plan @param {Options} options */
  constructor(
    plan,
    { answers = null, now = Date.now, zone = "Asia/Shanghai", random = null, language = "zh", recorded = {} },
  ) {
    this.plan = plan;
    this.language = language;
    this.readClock = now;
    const nowMs = now();
    this.started = recorded.started ?? nowMs;
    this.surroundings = { zone, nowMs, random, drawn: new Map(recorded.random ?? []) };
    this.evaluator = new Evaluator(plan, this.surroundings);
    this.root = new Row(0, "", null, answers === null);
    const given = copy(answers ?? {});
    /** @type {Record<string, any>} */
    this.same = given._same ?? {};
    /** @type {{path: string, index: number, row: any}[]} */
    this.removedRows = given._removed ?? [];
    /** @type {string[]} */
    this.changed = [];
    this.load(0, given, this.root);
    this.compute(new Set(plan.order));
  }

  lastChanged() {
    return [...this.changed];
  }

  /** @param {number} group @param {any} answers @param {Row} row */
  load(group, answers, row) {
    for (const n of this.plan.children[group]) {
      const { name, kind } = this.plan.nodes[n];
      const value = answers[name] ?? null;
      if (value === null) continue;
      if (kind === "group") this.load(n, value, row);
      else if (kind === "repeat")
        row.rows.set(
          n,
          value.map((/** @type {any} */ given) => this.loadedRow(n, given, row)),
        );
      else if (this.plan.data[n]) row.values.set(n, isBlank(value) ? null : value);
    }
  }

  /** @param {number} n @param {any} given @param {Row} parent */
  loadedRow(n, given, parent) {
    const inner = new Row(n, given._id, parent, false);
    this.load(n, given, inner);
    return inner;
  }

  /** @param {number} group @param {Row} row @param {boolean} everything @returns {any} */
  dump(group, row, everything) {
    /** @type {Record<string, any>} */
    const found = group === row.node && row.id ? { _id: row.id } : {};
    for (const n of this.plan.children[group]) {
      const { name, kind } = this.plan.nodes[n];
      if (!everything && !row.isRelevant(n)) continue;
      if (kind === "group") {
        const inner = this.dump(n, row, everything);
        if (Object.keys(inner).length) found[name] = inner;
      } else if (kind === "repeat") {
        if (row.of(n).length) found[name] = row.of(n).map((inner) => this.dump(n, inner, everything));
      } else if (this.plan.data[n] && (row.values.get(n) ?? null) !== null) {
        found[name] = copy(row.values.get(n));
      }
    }
    return found;
  }

  /** @param {string} path */
  isSent(path) {
    try {
      const { n, row } = this.data(path);
      return (row.values.get(n) ?? null) !== null && row.isRelevant(n);
    } catch (error) {
      if (error instanceof PathUnknown) return false;
      throw error;
    }
  }

  /** Node, the row it lives in, and for a path of a row that row. @param {string} path @returns {{n: number, row: Row, inner: Row | null}} */
  find(path) {
    let n = 0;
    let row = this.root;
    /** @type {Row | null} */
    let inner = this.root;
    for (const step of path ? path.split(".") : []) {
      if (this.plan.nodes[n].kind === "repeat" && !inner) throw new PathUnknown(path);
      row = inner ?? row;
      const [name, id] = step.split("[");
      const found = this.plan.children[n].find((child) => this.plan.nodes[child].name === name);
      if (found === undefined) throw new PathUnknown(path);
      n = found;
      inner = null;
      if (id === undefined) continue;
      inner = row.of(n).find((r) => r.id === id.slice(0, -1)) ?? null;
      if (!inner) throw new PathUnknown(path);
    }
    return { n, row, inner };
  }

  /** @param {string} path */
  data(path) {
    const { n, row } = this.find(path);
    if (!this.plan.data[n]) throw new PathUnknown(path);
    return { n, row };
  }

  /** @param {string} path */
  repeat(path) {
    const { n, row, inner } = this.find(path);
    if (this.plan.nodes[n].kind !== "repeat" || inner) throw new PathUnknown(path);
    return { n, row };
  }

  /** @param {string} path */
  row(path) {
    const { n, row, inner } = this.find(path);
    if (this.plan.nodes[n].kind !== "repeat" || !inner) throw new PathUnknown(path);
    return { n, row, inner, at: row.of(n).indexOf(inner) };
  }

  /** @param {Row} row @param {number} n @param {Row} inner @param {number} index */
  insert(row, n, inner, index) {
    const rows = [...row.of(n)];
    rows.splice(index, 0, inner);
    row.rows.set(n, rows);
  }

  /** All rows in which a node lives, in form order. @param {number} n */
  homeRows(n) {
    let rows = [this.root];
    for (const repeat of this.plan.repeats[n]) rows = rows.flatMap((row) => row.of(repeat));
    return rows;
  }

  /** @param {number} group @returns {number[]} */
  below(group) {
    return this.plan.children[group].flatMap((child) => [child, ...this.below(child)]);
  }

  /** Every data node with its row, below a group or repeat, in form order. @param {number} group @param {Row} row @returns {Place[]} */
  places(group, row) {
    if (this.plan.nodes[group].kind === "repeat" && row.node !== group)
      return row.of(group).flatMap((inner) => this.places(group, inner));
    return this.plan.children[group].flatMap((n) => {
      if (this.plan.data[n]) return [{ n, row }];
      return this.plan.nodes[n].kind === "note" ? [] : this.places(n, row);
    });
  }

  /** @param {number} repeat @param {Row} row */
  rowsChanged(repeat, row) {
    const below = [repeat, ...this.below(repeat)];
    const computed = this.compute(new Set(below.flatMap((n) => [n, ...(this.plan.feeds[n] ?? [])])));
    return this.settle([...computed, ...below.map((n) => ({ n, row }))], { n: repeat, row });
  }

  /** Computes what hangs on the changed places; the paths of all that may look different, the first one first. @param {Place[]} changed @param {Place | null} first */
  settle(changed, first) {
    const all = [...changed, ...this.compute(new Set(changed.flatMap(({ n }) => this.plan.feeds[n] ?? [])))];
    /** @type {Map<number, Set<Row>>} */
    const moved = new Map();
    for (const { n, row } of all) moved.set(n, (moved.get(n) ?? new Set()).add(row));
    const looks = new Set([...moved.keys()].flatMap((n) => this.plan.shows[n] ?? []));
    const paths = first ? [pathOf(this.plan, first.n, first.row)] : [];
    for (const { n } of this.plan.nodes) {
      if (!n || (!looks.has(n) && !moved.has(n))) continue;
      for (const row of this.homeRows(n))
        if (looks.has(n) || moved.get(n)?.has(row)) paths.push(pathOf(this.plan, n, row));
    }
    this.changed = [...new Set(paths)];
    return this.lastChanged();
  }

  /** Relevance and value of the dirty nodes and of all that depends on what changed, in topological order. @param {Set<number>} dirty @returns {Place[]} */
  compute(dirty) {
    const changed = [];
    for (const n of dirty.size ? this.plan.order : []) {
      if (!dirty.has(n)) continue;
      const moved = this.homeRows(n).filter((row) => this.computeOne(n, row));
      for (const row of moved) changed.push({ n, row });
      if (moved.length) for (const next of this.plan.feeds[n] ?? []) dirty.add(next);
    }
    return changed;
  }

  /** @param {number} n @param {Row} row @returns {boolean} whether relevance or value changed */
  computeOne(n, row) {
    const node = this.plan.nodes[n];
    const parent = /** @type {number} */ (node.parent);
    // A repeat's own relevance lives in the row around it.
    const above = (parent === row.node && parent ? row.chain[row.chain.length - 2] : row).isRelevant(parent);
    const relevant = above && (!node.relevant || this.evaluator.isTrue(node.relevant, n, row));
    let moved = row.relevant.get(n) !== relevant;
    row.relevant.set(n, relevant);
    if (node.calculate) {
      const value = toAnswer(node, this.evaluator.evaluate(node.calculate, this.evaluator.context(n, row)));
      moved ||= !isSame(value, row.values.get(n) ?? null);
      row.values.set(n, value);
    } else if (node.default && row.fresh && !row.values.has(n)) {
      row.values.set(n, toAnswer(node, this.evaluator.evaluate(node.default, this.evaluator.context(n, row))));
      moved = true;
    }
    return moved;
  }
}

/** @param {any} a @param {any} b */
const isSame = (a, b) =>
  Array.isArray(a) && Array.isArray(b) ? a.length === b.length && a.every((code, at) => code === b[at]) : a === b;
