/**
 * One filled-in form: answers, relevance, calculations, problems. Pure, no DOM; contract: docs/forms.md, section 4; fieldapp/forms/evaluate.py is the twin.
 * Everything is a function of (plan, answers, recorded): the clock is read at opening and at tick(), random values are drawn once per place and recorded.
 */

import { checkError, isBlank, isUnknown, shapeError } from "./checks.js";
import { Evaluator, Row, pathOf, plainText, toAnswer } from "./expressions.js";
import { MESSAGES } from "./messages.js";
import { ROWS_MAX } from "./plan.js";

/** @typedef {import("./plan.js").Plan} Plan */
/** @typedef {import("./plan.js").PlanNode} PlanNode */
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

/** An instance at one moment. Without answers a new record: defaults apply. @param {Plan} plan @param {Options} [options] */
export const openInstance = (plan, options = {}) => new Instance(plan, options);

/** @param {any} value @returns {any} answers are JSON, copied in and out, never shared */
const copy = (value) => (value !== null && typeof value === "object" ? structuredClone(value) : (value ?? null));

export class Instance {
  /** @param {Plan} plan @param {Options} options */
  constructor(plan, { answers = null, now = Date.now, zone = "Asia/Shanghai", random = null, language = "zh", recorded = {} }) {
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

  /** The answer, null when unanswered. @param {string} path */
  get(path) {
    const { n, row } = this.data(path);
    return copy(row.values.get(n));
  }

  /** Paths that may look different now, the set one first. @param {string} path @param {any} value @returns {string[]} */
  set(path, value) {
    const place = this.data(path);
    delete this.same[path];
    place.row.values.set(place.n, isBlank(value) ? null : copy(value));
    return this.settle([place], place);
  }

  /** Sets a value taken over from an approved revision, with where it came from. @param {string} path @param {any} value @param {any} origin */
  setSame(path, value, origin) {
    const changed = this.set(path, value);
    this.same[path] = copy(origin);
    return changed;
  }

  /** @param {string} path */
  sameOf(path) {
    return copy(this.same[path]);
  }

  /** Ids of a repeat's rows. @param {string} path @returns {string[]} */
  rows(path) {
    const { n, row } = this.repeat(path);
    return row.of(n).map((inner) => inner.id);
  }

  /** The path of the new last row; `lastChanged()` tells what else changed. @param {string} path @param {string} id */
  addRepeat(path, id) {
    const { n, row } = this.repeat(path);
    const rows = row.of(n);
    if (rows.length >= ROWS_MAX || rows.some((inner) => inner.id === id)) throw new RangeError("the repeat is full, or has a row of that id");
    row.rows.set(n, [...rows, new Row(n, id, row, true)]);
    this.rowsChanged(n, row);
    return `${path}[${id}]`;
  }

  /** Takes a row away; it is kept to be restored, and in `answers()` under `_removed`. @param {string} path */
  removeRepeat(path) {
    const { n, row, at, inner } = this.row(path);
    row.rows.set(n, row.of(n).filter((other) => other !== inner));
    this.removedRows.push({ path, index: at, row: this.dump(n, inner, true) });
    return this.rowsChanged(n, row);
  }

  /** @param {string} path */
  restoreRepeat(path) {
    const kept = this.removedRows.find((removed) => removed.path === path);
    if (!kept) throw new PathUnknown(path);
    const { n, row } = this.repeat(path.slice(0, path.lastIndexOf("[")));
    this.removedRows = this.removedRows.filter((removed) => removed !== kept);
    const inner = new Row(n, kept.row._id, row, false);
    this.load(n, kept.row, inner);
    this.insert(row, n, inner, kept.index);
    return this.rowsChanged(n, row);
  }

  /** @param {string} path @param {number} index */
  moveRepeat(path, index) {
    const { n, row, inner } = this.row(path);
    row.rows.set(n, row.of(n).filter((other) => other !== inner));
    this.insert(row, n, inner, index);
    return this.rowsChanged(n, row);
  }

  removed() {
    return copy(this.removedRows);
  }

  lastChanged() {
    return [...this.changed];
  }

  /** Reads the clock again; everything is computed anew. */
  tick() {
    this.evaluator.setNow(this.readClock());
    return this.settle(this.compute(new Set(this.plan.order)), null);
  }

  /** @param {string} code */
  setLanguage(code) {
    this.language = code;
  }

  /** All that a screen shows of one question, group or row. @param {string} path */
  view(path) {
    const { n, row, inner } = this.find(path);
    const node = this.plan.nodes[n];
    const data = this.plan.data[n];
    const value = data ? (row.values.get(n) ?? null) : null;
    const code = data && row.isRelevant(n) ? this.errorCode(n, row) : null;
    const place = inner ?? row;
    const label = this.rendered(node.label, n, place);
    const hint = this.rendered(node.hint, n, place);
    return {
      path,
      node,
      relevant: row.isRelevant(n),
      required: data && this.evaluator.isTrue(node.required, n, row),
      readonly: node.calculate !== undefined || this.evaluator.isTrue(node.readonly, n, row),
      value: isUnknown(value) ? null : copy(value),
      /** @type {string | null} */
      unknown: isUnknown(value) ? value.unknown : null,
      same: this.sameOf(path),
      error: code ? { code, message: this.message(n, row, code, this.language) } : null,
      label,
      labelText: plainText(label),
      hint,
      hintText: plainText(hint),
      choices: node.choices ? this.evaluator.choices(n, row, this.language) : null,
    };
  }

  /** @param {string} path @param {string | null} [moment] */
  children(path, moment = null) {
    const { n, row, inner } = this.find(path);
    const node = this.plan.nodes[n];
    if (node.kind === "repeat" && !inner) {
      return row.of(n).map((r) => ({ path: `${path}[${r.id}]`, node, kind: "row", relevant: row.isRelevant(n) }));
    }
    const place = inner ?? row;
    return this.plan.children[n]
      .filter((child) => this.isShown(child, place, moment))
      .map((child) => ({ path: pathOf(this.plan, child, place), node: this.plan.nodes[child], kind: this.plan.nodes[child].kind, relevant: place.isRelevant(child) }));
  }

  /** @param {string | null} [moment] @param {string} [path] @returns {any[]} */
  tree(moment = null, path = "") {
    return this.children(path, moment).map((child) => ({ ...child, children: ["group", "repeat", "row"].includes(child.kind) ? this.tree(moment, child.path) : [] }));
  }

  /** Top-level groups and repeats that hold a relevant question of the moment; loose questions in a section with path "". @param {string | null} [moment] */
  sections(moment = null) {
    const found = [];
    /** @type {Place[]} */
    const loose = [];
    for (const n of this.plan.children[0]) {
      const { kind } = this.plan.nodes[n];
      if (kind !== "group" && kind !== "repeat") loose.push({ n, row: this.root });
      else if (this.root.isRelevant(n) && this.isShown(n, this.root, moment)) found.push(this.section(n, this.places(n, this.root), moment));
    }
    const section = this.section(0, loose, moment);
    return section.questions.length ? [section, ...found] : found;
  }

  /** Everything to be put right, in form order, of relevant questions (and calculations with a constraint). @param {string[] | null} [moments] */
  problems(moments = null) {
    const found = [];
    for (const { n, row } of this.places(0, this.root)) {
      const node = this.plan.nodes[n];
      if (!row.isRelevant(n) || (moments && !moments.includes(node.moment))) continue;
      const code = this.errorCode(n, row);
      if (!code) continue;
      found.push({ path: pathOf(this.plan, n, row), code, message: this.message(n, row, code, this.language), label: this.plain(node.label, n, row, this.language), moment: node.moment });
    }
    return found;
  }

  /** Everything kept: what is irrelevant too, removed rows under `_removed`, origins under `_same`. @returns {any} */
  answers() {
    const found = this.dump(0, this.root, true);
    if (Object.keys(this.same).length) found._same = copy(this.same);
    if (this.removedRows.length) found._removed = this.removed();
    return found;
  }

  /** Without what is irrelevant, removed or blank. @returns {any} */
  submission() {
    const found = this.dump(0, this.root, false);
    const same = Object.entries(this.same).filter(([path]) => this.isSent(path));
    if (same.length) found._same = copy(Object.fromEntries(same));
    return found;
  }

  name() {
    const expression = this.plan.json.instance_name;
    return expression ? plainText(this.evaluator.filled([["o", expression]], this.evaluator.context(0, this.root))) : "";
  }

  /** @returns {Recorded} what the server needs to compute the same */
  recorded() {
    const { zone, nowMs, drawn } = this.surroundings;
    return { started: this.started, language: this.language, zone, now: nowMs, random: [...drawn] };
  }

  // Below: the model.

  /** @param {number} group @param {any} answers @param {Row} row */
  load(group, answers, row) {
    for (const n of this.plan.children[group]) {
      const { name, kind } = this.plan.nodes[n];
      const value = answers[name] ?? null;
      if (value === null) continue;
      if (kind === "group") this.load(n, value, row);
      else if (kind === "repeat") row.rows.set(n, value.map((/** @type {any} */ given) => this.loadedRow(n, given, row)));
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
    if (this.plan.nodes[group].kind === "repeat" && row.node !== group) return row.of(group).flatMap((inner) => this.places(group, inner));
    return this.plan.children[group].flatMap((n) => {
      if (this.plan.data[n]) return [{ n, row }];
      return this.plan.nodes[n].kind === "note" ? [] : this.places(n, row);
    });
  }

  // Below: computing.

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
      for (const row of this.homeRows(n)) if (looks.has(n) || moved.get(n)?.has(row)) paths.push(pathOf(this.plan, n, row));
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

  // Below: what screens ask.

  /** The first thing wrong: needed, reason not allowed, shape, choice, check, constraint. @param {number} n @param {Row} row @returns {string | null} */
  errorCode(n, row) {
    const node = this.plan.nodes[n];
    const value = row.values.get(n) ?? null;
    if (isBlank(value)) return this.evaluator.isTrue(node.required, n, row) ? "required" : null;
    if (isUnknown(value)) return node.unknown?.includes(value.unknown) ? null : "unknown_not_allowed";
    const wrong = node.kind === "calculate" ? null : shapeError(node, value);
    if (wrong) return wrong;
    if (node.choices && !this.isOffered(n, row, value)) return "not_a_choice";
    const failed = checkError(node, value, /** @type {string} */ (this.evaluator.today));
    if (failed) return failed;
    return node.constraint && !this.evaluator.isTrue(node.constraint, n, row) ? "constraint" : null;
  }

  /** @param {number} n @param {Row} row @param {any} value */
  isOffered(n, row, value) {
    const offered = new Set(this.evaluator.choices(n, row, this.language).map((choice) => choice.value));
    return (Array.isArray(value) ? value : [value]).every((code) => offered.has(code));
  }

  /** @param {number} n @param {Row} row @param {string} code @param {string} language */
  message(n, row, code, language) {
    const node = this.plan.nodes[n];
    const own = code === "required" ? node.required_message : code === "constraint" || code.startsWith("check_") ? node.constraint_message : undefined;
    return own === undefined ? MESSAGES[code][language === "zh" ? 0 : 1] : this.plain(own, n, row, language);
  }

  /** @param {number | undefined} text @param {number} n @param {Row} row */
  rendered(text, n, row) {
    if (text === undefined) return [];
    return this.evaluator.filled(this.evaluator.text(text, this.language), this.evaluator.context(n, row, this.language));
  }

  /** @param {number | undefined} text @param {number} n @param {Row} row @param {string} language */
  plain(text, n, row, language) {
    return text === undefined ? "" : plainText(this.evaluator.filled(this.evaluator.text(text, language), this.evaluator.context(n, row, language)));
  }

  /** @param {number} n @param {Row} row @param {string | null} moment @returns {boolean} */
  isShown(n, row, moment) {
    const node = this.plan.nodes[n];
    if (node.kind === "calculate" || node.kind === "hidden") return false;
    if (moment === null) return true;
    if (!row.isRelevant(n)) return false;
    if (node.kind === "group") return this.plan.children[n].some((child) => this.isShown(child, row, moment));
    if (node.kind !== "repeat") return node.moment === moment;
    return this.below(n).some((child) => ["question", "note"].includes(this.plan.nodes[child].kind) && this.plan.nodes[child].moment === moment);
  }

  /** @param {number} n @param {Place[]} places @param {string | null} moment */
  section(n, places, moment) {
    const node = this.plan.nodes[n];
    const ofMoment = places.filter((place) => place.row.isRelevant(place.n) && (moment === null || this.plan.nodes[place.n].moment === moment) && this.plan.data[place.n]);
    const asked = ofMoment.filter((place) => this.plan.nodes[place.n].kind === "question");
    const label = this.rendered(node.label, n, this.root);
    return {
      path: n ? pathOf(this.plan, n, this.root) : "",
      node,
      label,
      labelText: plainText(label),
      questions: asked.map((place) => pathOf(this.plan, place.n, place.row)),
      answered: asked.filter((place) => !isBlank(place.row.values.get(place.n))).length,
      problems: ofMoment.filter((place) => this.errorCode(place.n, place.row) !== null).length,
    };
  }
}

/** @param {any} a @param {any} b */
const isSame = (a, b) => (Array.isArray(a) && Array.isArray(b) ? a.length === b.length && a.every((code, at) => code === b[at]) : a === b);

