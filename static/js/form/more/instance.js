/**
 * What function set 2 adds to an instance: triggers, counted repeats, metadata, last-saved, lists in files, shuffled choices, ranges and ranks.
 * Loaded by prepare() only for a plan that asks for it. Rules: docs/forms.md, section 7.
 */

import { isBlank, shapeError } from "../checks.js";
import { nowText } from "../dates.js";
import { compare, fromText, remainder, subtract } from "../decimal.js";
import { Instance } from "../evaluate.js";
import { Evaluator, pathOf, Row, toAnswer } from "../expressions.js";
import { MESSAGES } from "../messages.js";
import { copy, isSame } from "../model.js";
import { ROWS_MAX } from "../plan.js";
import { whole } from "../values.js";
import { Item, narrowed, openLists, tableOf } from "./lists.js";
import { shuffled } from "./shuffle.js";

/** @typedef {import("../plan.js").Plan} Plan */
/** @typedef {import("../plan.js").Expr} Expr */
/** @typedef {import("../plan.js").PlanNode} PlanNode */
/** @typedef {import("../decimal.js").Decimal} Decimal */
/** @typedef {import("../expressions.js").Context} Context */
/** @typedef {import("../model.js").Place} Place */
/** @typedef {import("../model.js").Options} Options */

/** What fewer plans need still: what the text of such a plan looks like, and the module. @type {[RegExp, () => Promise<any>][]} */
const MORE = [
  [/"(sqrt|exp|log|log10|a?(sin|cos|tan)|atan2)"/, () => import("./scientific.js")],
  [/"(distance|area|geo(point|trace|shape))"/, () => import("./places.js")],
  [/"(date-|decimal-)?time"/, () => import("./times.js")],
  [/"digest"/, () => import("./digest.js")],
];
const ALL_ROWS_MAX = 2000;
const NOW_MAX_MS = 253370764800000; // the year 9999, as for now()

/** Checks of single types, added by the modules that know them. @type {Record<string, (value: string) => string | null>} */
export const CHECKS = {};

Object.assign(MESSAGES, {
  not_in_range: ["超出可选范围，请重新选择。", "This is outside of the range offered; choose again."],
  rank_incomplete: ["请把所有选项都排上顺序。", "Put every choice in order."],
  geo: ["位置数据有误，请重新定位。", "The location cannot be read; take it again."],
});

/** Loads what the plan needs besides this, and opens its lists. @param {Plan} plan @returns {Promise<any>} */
export function equip(plan) {
  openLists(plan);
  const said = JSON.stringify(plan.json);
  return Promise.all(MORE.filter(([pattern]) => pattern.test(said)).map(([, load]) => load()));
}

export class FullEvaluator extends Evaluator {
  /** The last submitted answers of the form. */
  last = new Row(0, "", null, false);

  /** @param {Expr} expression @param {Context} context @returns {import("../values.js").Value} */
  evaluate(expression, context) {
    return expression[0] === "ls" ? this.lastOf(expression[1]) : super.evaluate(expression, context);
  }

  /** Blank where it is not readable as an answer of this question. @param {number} n */
  lastOf(n) {
    const [node, value] = [this.plan.nodes[n], this.last.values.get(n)];
    // A calculation of any type may be a text, where what it gave is no value of its type.
    const kinds = node.kind === "calculate" ? [node, { ...node, type: "text" }] : [node];
    return isBlank(value) || kinds.every((kind) => shapeError(kind, value)) ? "" : this.read(n, this.last);
  }

  /** @param {any[]} items @param {Expr} test @param {Context} context */
  narrowed(items, test, context) {
    return narrowed(items, test, (expression) => this.evaluate(expression, context));
  }

  /** @param {any} item @param {string} column @param {string} language @returns {string} */
  column(item, column, language) {
    if (!(item instanceof Item)) return super.column(item, column, language);
    return column === "label" ? this.text(item, language) : (item.cell(column) ?? "");
  }

  /** @param {any} id @param {string} language */
  text(id, language) {
    if (!(id instanceof Item)) return super.text(id, language);
    return id.cell(`label:${language}`) ?? id.cell(`label:${this.plan.languages[0]}`) ?? id.value;
  }
}

export class FullInstance extends Instance {
  /** @param {Plan} plan @param {Options} options */
  constructor(plan, options) {
    super(plan, options);
    const { newId, lastSaved = null, recorded = {} } = options;
    this.newId = newId;
    const preloads = plan.nodes.map((node) => node.preload);
    const me = Object.entries(recorded.me ?? options.me ?? {});
    /** Only what the plan reads. @type {Record<string, string>} */
    this.me = Object.fromEntries(me.filter(([name, value]) => value && preloads.includes(name)));
    this.ends = preloads.includes("end");
    /** @type {number | null} */
    this.ended = this.ends ? (recorded.ended ?? null) : null;
    this.lastSaved = plan.json.last_saved ? copy(recorded.last_saved ?? lastSaved) : null;
    this.load(0, this.lastSaved ?? {}, /** @type {FullEvaluator} */ (this.evaluator).last);
    /** The answer a person's act replaces, as text; null outside of one. @type {string | null} */
    this.before = null;
  }

  opened() {
    super.opened();
    this.grow([], []);
    return this;
  }

  /** @param {string} path @param {any} value */
  set(path, value) {
    const { n, row } = this.data(path);
    this.before = JSON.stringify(row.values.get(n) ?? null);
    return super.set(path, value);
  }

  /** @param {string} path @param {string} id */
  addRepeat(path, id) {
    this.refuseCounted(path);
    return super.addRepeat(path, id);
  }

  /** @param {string} path */
  removeRepeat(path) {
    this.refuseCounted(path);
    return super.removeRepeat(path);
  }

  /** @param {string} path */
  restoreRepeat(path) {
    this.refuseCounted(path.slice(0, path.lastIndexOf("[")));
    return super.restoreRepeat(path);
  }

  /** @param {string} path @param {number} index */
  moveRepeat(path, index) {
    this.refuseCounted(path);
    return super.moveRepeat(path, index);
  }

  /** @param {string} path */
  refuseCounted(path) {
    if (this.plan.nodes[this.find(path).n].count) throw new RangeError("the rows of this repeat are counted");
  }

  /** @param {number | null} [nowMs] */
  submission(nowMs = null) {
    if (nowMs !== null && this.ends) {
      this.ended = Math.min(Math.max(Math.floor(nowMs), 0), NOW_MAX_MS); // Math.trunc is shrunk to | 0, which is wrong here
      /** @type {import("../model.js").Places} */
      const dirty = new Map(this.plan.nodes.map(({ n, preload }) => [n, new Set(preload ? this.homeRows(n) : [])]));
      this.told(this.propagate([], dirty), [], null);
    }
    return super.submission();
  }

  recorded() {
    const found = super.recorded();
    if (Object.keys(this.me).length) found.me = copy(this.me);
    if (this.ended !== null) found.ended = this.ended;
    if (Object.keys(this.lastSaved ?? {}).length) found.last_saved = copy(this.lastSaved);
    return found;
  }

  /** @param {string} path */
  built(path) {
    const view = super.built(path);
    const { n, row } = this.find(path);
    const source = view.node.choices;
    const table = tableOf(this.plan.lists[source?.list ?? ""]);
    if (table) Object.assign(view, { missing: table.missing, sliced: table.sliced });
    view.readonly ||= view.node.preload !== undefined;
    if (source?.random && view.choices)
      view.choices = shuffled(view.choices, this.evaluator.evaluate(source.random, this.evaluator.context(n, row)));
    return view;
  }

  /** Triggers and growing come after all has settled, and are told with it. @param {Place[]} computed @param {Place[]} changed @param {Place | null} first @returns {string[]} */
  told(computed, changed, first) {
    const unmarked = first && this.before !== null ? this.runSets(computed, first) : [];
    this.grow(computed, changed);
    this.changed = [...new Set([...super.told(computed, changed, first), ...unmarked])];
    this.forget(unmarked);
    return this.lastChanged();
  }

  /** The paths whose mark "same as last time" went. @param {Place[]} computed @param {Place} first */
  runSets(computed, first) {
    const unmarked = [];
    const isNew = JSON.stringify(first.row.values.get(first.n) ?? null) !== this.before;
    this.before = null;
    const queue = isNew ? [first] : [];
    const done = new Set();
    for (const { n, row } of queue) {
      for (const [target, expression] of this.plan.nodes[n].sets ?? []) {
        const home = row.chain[this.plan.repeats[target].length];
        const path = pathOf(this.plan, target, home);
        if (done.has(path)) continue;
        done.add(path);
        if (path in this.same) unmarked.push(path);
        delete this.same[path];
        const value = expression
          ? toAnswer(this.plan.nodes[target], this.evaluator.evaluate(expression, this.evaluator.context(target, home)))
          : null;
        const place = { n: target, row: home };
        if (JSON.stringify(value) === JSON.stringify(home.values.get(target) ?? null)) continue;
        home.values.set(target, value);
        computed.push(place, ...this.propagate([place]));
        queue.push(place);
      }
    }
    return unmarked;
  }

  /** Rows that a counted repeat lacks, until none does. @param {Place[]} computed @param {Place[]} changed */
  grow(computed, changed) {
    for (let more = !!this.newId; more; ) {
      /** @type {import("../model.js").Places} */
      const dirty = new Map();
      /** @type {Place[]} */
      const grown = [];
      for (const n of this.plan.order)
        for (const row of this.plan.nodes[n].count ? this.homeRows(n) : []) {
          const lacking = row.isRelevant(n) ? (row.asked.get(n) ?? 0) - row.of(n).length : 0;
          if (lacking <= 0) continue;
          const below = this.below(n);
          let left = Math.min(lacking, ALL_ROWS_MAX - this.allRows());
          if (left > 0) computed.push({ n, row });
          for (; left > 0; left--) {
            const inner = new Row(n, /** @type {() => string} */ (this.newId)(), row, true);
            row.rows.set(n, [...row.of(n), inner]);
            grown.push(...[n, ...below].map((of) => ({ n: of, row: inner })));
            for (const of of below)
              for (const home of this.rowsBelow(of, inner)) dirty.set(of, (dirty.get(of) ?? new Set()).add(home));
          }
        }
      more = grown.length > 0;
      if (!more) continue;
      changed.push(...grown);
      computed.push(...this.propagate(grown, dirty));
    }
  }

  allRows() {
    const count = (/** @type {Row} */ row) => {
      let found = 1;
      for (const rows of row.rows.values()) for (const inner of rows) found += count(inner);
      return found;
    };
    return count(this.root) - 1;
  }

  /** @param {number} n @param {Row} row */
  computeOne(n, row) {
    const node = this.plan.nodes[n];
    let moved = super.computeOne(n, row);
    if (node.preload) {
      const value = this.preloaded(node.preload);
      moved ||= !isSame(value, row.values.get(n) ?? null);
      row.values.set(n, value);
    }
    if (node.count) {
      const asked = whole(this.evaluator.evaluate(node.count, this.evaluator.context(n, row))) ?? 0;
      const count = Math.min(Math.max(asked, 0), ROWS_MAX);
      moved ||= row.asked.get(n) !== count;
      row.asked.set(n, count);
      for (const [at, inner] of row.of(n).entries()) inner.isIn = at < count;
    }
    return moved;
  }

  /** @param {string} kind @returns {string | null} */
  preloaded(kind) {
    const moment = (/** @type {number} */ ms) => nowText(ms, this.surroundings.zone).text;
    if (kind === "start") return moment(this.started);
    if (kind === "today") return moment(this.started).slice(0, 10);
    if (kind === "end") return this.ended === null ? null : moment(this.ended);
    return this.me[kind] ?? null;
  }

  /** @param {number} n @param {Row} row @param {any} value */
  isOffered(n, row, value) {
    const source = /** @type {import("../plan.js").ChoiceSource} */ (this.plan.nodes[n].choices);
    const table = tableOf(this.plan.lists[source.list ?? ""]);
    if (!table) return super.isOffered(n, row, value);
    if (table.missing || table.sliced) return true; // the server decides: a list that is not here refuses nobody
    const context = this.evaluator.context(n, row, this.language);
    return [value].flat().every((code) => {
      const isIt = ["=", ["col", "value"], ["s", code]];
      const tests = source.filter ? [source.filter, isIt] : [isIt];
      return this.evaluator.items(/** @type {string} */ (source.list), tests, context).length > 0;
    });
  }

  /** @param {number} n @param {Row} row @param {any} value */
  failed(n, row, value) {
    const node = this.plan.nodes[n];
    if (node.type === "rank" && this.isShort(n, row, value)) return "rank_incomplete";
    if (node.range && !isInRange(node.range, value)) return "not_in_range";
    return CHECKS[node.type ?? ""]?.(value) ?? super.failed(n, row, value);
  }

  /** @param {number} n @param {Row} row @param {any} value */
  isShort(n, row, value) {
    const table = tableOf(this.plan.lists[this.plan.nodes[n].choices?.list ?? ""]);
    const offered = new Set(this.evaluator.choices(n, row, this.language).map((choice) => choice.value));
    return !table?.missing && !table?.sliced && value.length < offered.size;
  }
}

/** @param {{start: string, end: string, step: string}} range @param {any} value */
function isInRange(range, value) {
  const [x, start, end, step] = [String(value), range.start, range.end, range.step].map(
    (text) => /** @type {Decimal} */ (fromText(text)),
  );
  if (compare(x, start) < 0 || compare(x, end) > 0) return false;
  return remainder(/** @type {Decimal} */ (subtract(x, start)), step)?.c === 0n;
}
