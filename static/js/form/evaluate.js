/**
 * One filled-in form: answers, relevance, calculations, problems. Pure, no DOM; contract: docs/forms.md, section 4; fieldapp/forms/evaluate.py is the twin.
 * Everything is a function of (plan, answers, recorded): the clock is read at opening and at tick(), random values are drawn once per place and recorded.
 */

import { isBlank } from "./checks.js";
import { plainText, Row } from "./expressions.js";
import { copy, PathUnknown } from "./model.js";
import { PlanRefused, ROWS_MAX } from "./plan.js";
import { policyOf, View } from "./view.js";

/** @typedef {import("./plan.js").Plan} Plan */
/** @typedef {import("./model.js").Recorded} Recorded */
/** @typedef {import("./model.js").Options} Options */

/** An instance at one moment. Without answers a new record: defaults apply. @param {Plan} plan prepared @param {Options} [options] @returns {Instance} */
export function openInstance(plan, options = {}) {
  if (plan.json.functions > 1 && !plan.engine) throw new PlanRefused("prepare(plan) comes first", "plan_not_prepared");
  return new (plan.engine?.FullInstance ?? Instance)(plan, options).opened();
}

export class Instance extends View {
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

  /** Ids of a repeat's rows. @param {string} path @returns {string[]} */
  rows(path) {
    const { n, row } = this.repeat(path);
    return row.of(n).map((inner) => inner.id);
  }

  /** The path of the new last row; `lastChanged()` tells what else changed. @param {string} path @param {string} id */
  addRepeat(path, id) {
    const { n, row } = this.repeat(path);
    const rows = row.of(n);
    if (rows.length >= ROWS_MAX || rows.some((inner) => inner.id === id))
      throw new RangeError("the repeat is full, or has a row of that id");
    const inner = new Row(n, id, row, true);
    row.rows.set(n, [...rows, inner]);
    this.rowsChanged(n, row, inner, { isNew: true, isLast: true });
    return `${path}[${id}]`;
  }

  /** Takes a row away; it is kept to be restored, and in `answers()` under `_removed`. @param {string} path */
  removeRepeat(path) {
    const { n, row, at, inner } = this.row(path);
    row.rows.set(
      n,
      row.of(n).filter((other) => other !== inner),
    );
    this.removedRows.push({ path, index: at, row: this.dump(n, inner, true) });
    return this.rowsChanged(n, row, inner);
  }

  /** @param {string} path */
  restoreRepeat(path) {
    const kept = this.removedRows.find((removed) => removed.path === path);
    if (!kept) throw new PathUnknown(path);
    const { n, row } = this.repeat(path.slice(0, path.lastIndexOf("[")));
    this.removedRows.splice(this.removedRows.indexOf(kept), 1);
    const inner = new Row(n, kept.row._id, row, false);
    this.load(n, kept.row, inner);
    this.insert(row, n, inner, kept.index);
    return this.rowsChanged(n, row, inner, { isNew: true });
  }

  /** @param {string} path @param {number} index */
  moveRepeat(path, index) {
    const { n, row, inner } = this.row(path);
    row.rows.set(
      n,
      row.of(n).filter((other) => other !== inner),
    );
    this.insert(row, n, inner, index);
    return this.rowsChanged(n, row, inner);
  }

  removed() {
    return copy(this.removedRows);
  }

  /** Reads the clock again; everything is computed anew. */
  tick() {
    this.evaluator.setNow(this.readClock());
    return this.told(this.compute(null), [], null);
  }

  /** @param {string} code */
  setLanguage(code) {
    this.language = code;
    this.forget(null);
  }

  /** Everything kept: what is irrelevant too, removed rows under `_removed`, origins under `_same`. @returns {any} */
  answers() {
    const found = this.dump(0, this.root, true);
    if (Object.keys(this.same).length) found._same = copy(this.same);
    if (this.removedRows.length) found._removed = this.removed();
    return found;
  }

  /** Without what is irrelevant, removed or blank. @param {number | null} [_nowMs] the moment of the hand-in, for a plan that asks for it @returns {any} */
  submission(_nowMs = null) {
    const found = this.dump(0, this.root, false);
    const same = Object.entries(this.same).filter(([path]) => this.isSent(path));
    if (same.length) found._same = copy(Object.fromEntries(same));
    return found;
  }

  name() {
    const expression = this.plan.json.instance_name;
    return expression
      ? plainText(this.evaluator.filled([["o", expression]], this.evaluator.context(0, this.root)))
      : "";
  }

  /** @returns {Recorded} what the server needs to compute the same */
  recorded() {
    const { zone, nowMs, drawn } = this.surroundings;
    const off = ["photo", "audio", "location"].filter(
      (policy) => this.off.includes(policy) && this.plan.nodes.some((node) => policyOf(node) === policy),
    );
    return {
      started: this.started,
      language: this.language,
      zone,
      now: nowMs,
      random: [...drawn],
      ...(off.length ? { off } : {}),
    };
  }
}
