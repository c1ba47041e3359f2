/**
 * The answers of one record in their rows, and what hangs on what: loading, finding, computing in the plan's order. Pure, no DOM.
 * The twin of the lower half of fieldapp/forms/evaluate.py.
 */

import { isBlank } from "./checks.js";
import { Evaluator, pathOf, Row, toAnswer } from "./expressions.js";

/** @typedef {import("./plan.js").Plan} Plan */
/** @typedef {{n: number, row: Row, isOrder?: boolean}} Place `isOrder`: of a repeat, only the order of its rows */
/** @typedef {Map<number, Set<Row>>} Places */
/** @typedef {{started: number, language: string, zone: string, now: number, random: [string, string][], off?: string[], me?: Me, ended?: number, last_saved?: any}} Recorded */
/** @typedef {{username?: string, deviceid?: string}} Me */
/**
 * @typedef {{answers?: any, now?: () => number, zone?: string, random?: (() => number) | null, language?: string, recorded?: Partial<Recorded>,
 * newId?: () => string, me?: Me, off?: string[], lastSaved?: any, trace?: (n: number, row: Row) => void}} Options `trace` is told of every place computed: tests count them
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
    {
      answers = null,
      now = Date.now,
      zone = "Asia/Shanghai",
      random = null,
      language = "zh",
      recorded = {},
      off,
      trace,
    },
  ) {
    this.plan = plan;
    this.language = language;
    this.readClock = now;
    const nowMs = now();
    this.started = recorded.started ?? nowMs;
    this.surroundings = { zone, nowMs, random, drawn: new Map(recorded.random ?? []) };
    this.evaluator = new (plan.engine?.FullEvaluator ?? Evaluator)(plan, this.surroundings);
    /** Policies that are switched off. */
    this.off = off ?? recorded.off ?? [];
    this.trace = trace;
    /** @type {Map<number, Map<number, number>>} */
    this.depths = new Map();
    /** Where paths lead, until rows change. @type {Map<string, {n: number, row: Row, inner: Row | null}>} */
    this.ways = new Map();
    this.root = new Row(0, "", null, answers === null);
    const given = copy(answers ?? {});
    /** @type {Record<string, any>} */
    this.same = given._same ?? {};
    /** @type {{path: string, index: number, row: any}[]} */
    this.removedRows = given._removed ?? [];
    /** @type {string[]} */
    this.changed = [];
    this.load(0, given, this.root);
  }

  opened() {
    this.compute(null);
    return this;
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
        const rows = everything ? row.of(n) : row.shown(n);
        if (rows.length) found[name] = rows.map((inner) => this.dump(n, inner, everything));
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
    const way = this.ways.get(path) ?? this.way(path);
    this.ways.set(path, way);
    return way;
  }

  /** @param {string} path */
  way(path) {
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

  /** All rows below one in which a node lives, in form order. @param {number} n @param {Row} base */
  rowsBelow(n, base) {
    const repeats = this.plan.repeats[n];
    let rows = [base];
    for (let at = base.chain.length - 1; at < repeats.length; at++) rows = rows.flatMap((row) => row.of(repeats[at]));
    return rows;
  }

  /** @param {number} n */
  homeRows(n) {
    return this.rowsBelow(n, this.root);
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

  /**
   * A row of a repeat came, went or moved. What reads the rows together is computed again; other rows only where they ask for their own place,
   * which a row that came last moves for none.
   * @param {number} repeat @param {Row} row @param {Row} inner @param {{isNew?: boolean, isLast?: boolean}} [how]
   */
  rowsChanged(repeat, row, inner, { isNew = false, isLast = false } = {}) {
    this.ways.clear();
    /** @type {Places} */
    const dirty = new Map();
    const below = this.below(repeat);
    if (isNew) for (const n of below) for (const home of this.rowsBelow(n, inner)) put(dirty, n, home);
    /** @type {Place[]} */
    const changed = below.map((n) => ({ n, row: inner }));
    changed.push(isLast ? { n: repeat, row: inner } : { n: repeat, row, isOrder: true });
    return this.settle(changed, { n: repeat, row }, dirty);
  }

  /** Computes what hangs on the changed places, and the dirty ones. @param {Place[]} changed @param {Place} first @param {Places} [dirty] */
  settle(changed, first, dirty) {
    return this.told(this.propagate(changed, dirty), changed, first);
  }

  /** @param {Place[]} changed @param {Places} [dirty] */
  propagate(changed, dirty = new Map()) {
    for (const place of changed) this.spread(dirty, this.plan.feeds, place);
    return this.compute(dirty);
  }

  /** The paths of all that may look different, the first one first. @param {Place[]} computed @param {Place[]} changed @param {Place | null} first */
  told(computed, changed, first) {
    /** @type {Places} */
    const looks = new Map();
    for (const { n, row } of computed) put(looks, n, row);
    for (const place of [...changed, ...computed]) {
      const { n, row } = place;
      this.spread(looks, this.plan.shows, place);
      // That a question reads itself no plan tells: here in other rows (shares of a whole, names that must differ).
      if ((this.reads(n).get(n) ?? Infinity) < row.chain.length - 1) this.spread(looks, { [n]: [n] }, place);
    }
    const paths = first ? [pathOf(this.plan, first.n, first.row)] : [];
    for (const { n } of looks.size ? this.plan.nodes : [])
      if (looks.has(n)) for (const row of this.among(n, looks)) paths.push(pathOf(this.plan, n, row));
    this.changed = [...new Set(paths)];
    return this.lastChanged();
  }

  /** Adds the places that read a changed one. @param {Places} found @param {Record<string, number[]>} readers @param {Place} place */
  spread(found, readers, { n, row: { chain }, isOrder }) {
    for (const reader of readers[n] ?? []) {
      const depth = this.plan.homes[reader] ? this.depth(reader, n) : 0;
      if (isOrder && depth === Infinity) continue; // a child that does not ask where its row stands
      const base = chain[Math.min(depth, chain.length - 1)];
      for (const row of this.rowsBelow(reader, base)) put(found, reader, row);
    }
  }

  /** So many outer rows a reader shares with what it reads of n: only there it sees a change. @param {number} reader @param {number} n */
  depth(reader, n) {
    return this.reads(reader).get(n) ?? (this.plan.nodes[reader].parent === n ? Infinity : 0);
  }

  /** @param {number} reader */
  reads(reader) {
    const found = this.depths.get(reader) ?? depthsOf(this.plan, reader);
    this.depths.set(reader, found);
    return found;
  }

  /** The rows of a node that are among the places, in form order. @param {number} n @param {Places} places @returns {Iterable<Row>} */
  among(n, places) {
    const rows = places.get(n);
    return rows && this.plan.homes[n] ? this.homeRows(n).filter((row) => rows.has(row)) : (rows ?? []);
  }

  /** Relevance and value of the dirty places (null: of all) and of all that depends on what changed, in topological order. @param {Places | null} dirty */
  compute(dirty) {
    /** @type {Place[]} */
    const changed = [];
    for (const n of this.plan.order) {
      if (dirty && !dirty.has(n)) continue;
      for (const row of dirty ? this.among(n, dirty) : this.homeRows(n)) {
        if (!this.computeOne(n, row)) continue;
        changed.push({ n, row });
        if (dirty) this.spread(dirty, this.plan.feeds, { n, row });
      }
    }
    return changed;
  }

  /** @param {number} n @param {Row} row @returns {boolean} whether relevance or value changed */
  computeOne(n, row) {
    this.trace?.(n, row);
    const node = this.plan.nodes[n];
    const parent = /** @type {number} */ (node.parent);
    // A repeat's own relevance lives in the row around it.
    const above =
      parent && parent === row.node
        ? row.isIn && row.chain[row.chain.length - 2].isRelevant(parent)
        : row.isRelevant(parent);
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
export const isSame = (a, b) =>
  Array.isArray(a) && Array.isArray(b) ? a.length === b.length && a.every((code, at) => code === b[at]) : a === b;

/** @param {Places} places @param {number} n @param {Row} row */
function put(places, n, row) {
  const rows = places.get(n);
  if (rows) rows.add(row);
  else places.set(n, new Set([row]));
}

/**
 * The least depth at which a node reads each other. Inside of a filter a path stands on the row under test: no deeper than what is filtered;
 * indexed-repeat() and names of rows read in rows that only their arguments tell.
 * @param {Plan} plan @param {number} reader @returns {Map<number, number>}
 */
function depthsOf({ nodes, texts }, reader) {
  /** @type {Map<number, number>} */
  const found = new Map();
  const put = (/** @type {number} */ n, /** @type {number} */ depth) =>
    found.set(n, Math.min(depth, found.get(n) ?? Infinity));
  const rowsOf = (/** @type {number} */ n) => {
    const { repeat, label } = nodes[n].choices ?? {};
    for (const read of [repeat, label]) if (read !== undefined) put(read, 0);
    return repeat === undefined ? Infinity : 0;
  };
  const walk = (/** @type {any} */ expression, /** @type {number} */ most) => {
    if (!Array.isArray(expression) || expression[0] === "re") return;
    const [kind, n, depth, filters] = expression;
    if ((kind === "p" || kind === "c") && typeof depth === "number") {
      const least = Math.min(most, depth);
      put(n, least);
      for (const [repeat, test] of filters ?? []) {
        put(repeat, least);
        walk(test, least);
      }
      return;
    }
    if (n === "jr:choice-name") rowsOf(filters[1]);
    const chosen = n === "indexed-repeat" ? 0 : most;
    for (const part of expression) walk(part, chosen);
  };
  const node = nodes[reader];
  for (const part of Object.values(node)) walk(part, Infinity);
  walk(node.choices?.filter, rowsOf(reader));
  for (const id of [node.label, node.hint, node.guidance, node.constraint_message, node.required_message])
    for (const text of Object.values(texts)) walk(text[id ?? 0], Infinity);
  return found;
}
