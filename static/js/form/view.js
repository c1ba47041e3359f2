// What a screen asks of a record: labels, choices, what is shown when, and everything to be put right. Pure, no DOM.

import { checkError, isBlank, isUnknown, shapeError } from "./checks.js";
import { pathOf, plainText } from "./expressions.js";
import { MESSAGES } from "./messages.js";
import { copy, Model } from "./model.js";

/** @typedef {import("./expressions.js").Row} Row */
/** @typedef {import("./model.js").Place} Place */

/** The switch that turns a question off, where it does not name one. @type {Record<string, string>} */
const POLICIES = {
  image: "photo",
  video: "photo",
  audio: "audio",
  geopoint: "location",
  geotrace: "location",
  geoshape: "location",
};

/** @param {import("./plan.js").PlanNode} node */
export const policyOf = (node) => node.policy ?? POLICIES[node.type ?? ""];

export class View extends Model {
  /** What was looked at, by path, until it may look different: a screen asks for a page at each keystroke. @type {Map<string, ReturnType<View["built"]>>} */
  views = new Map();
  /** The same for what is wrong. @type {WeakMap<Row, Map<number, string | null>>} */
  codes = new WeakMap();

  /** Whether policy has switched the question off. @param {number} n */
  isOff(n) {
    return this.off.includes(policyOf(this.plan.nodes[n]));
  }

  /** All that a screen shows of one question, group or row; read only, the same object until it may look different. @param {string} path */
  view(path) {
    const view = this.views.get(path) ?? this.built(path);
    this.views.set(path, view);
    return view;
  }

  /** @param {Place[]} computed @param {Place[]} changed @param {Place | null} first null: the clock was read, anything may hang on it */
  told(computed, changed, first) {
    const paths = super.told(computed, changed, first);
    this.forget(first && paths);
    return paths;
  }

  /** Of these paths, or of all. @param {string[] | null} paths */
  forget(paths) {
    const places = paths?.map((path) => this.find(path));
    // Rows that come and go, and whom a row is about, are seen from anywhere.
    const isWide = (/** @type {Place} */ { n }) => {
      const { kind, name } = this.plan.nodes[n];
      return kind === "repeat" || name === "person_id";
    };
    if (!paths || !places || places.some(isWide)) {
      this.views.clear();
      this.codes = new WeakMap();
      return;
    }
    for (const path of paths) this.views.delete(path);
    for (const { n, row } of places) this.codes.get(row)?.delete(n);
  }

  /** @param {string} path */
  built(path) {
    const { n, row, inner } = this.find(path);
    const node = this.plan.nodes[n];
    const data = this.plan.data[n];
    const value = data ? (row.values.get(n) ?? null) : null;
    const code = data && row.isRelevant(n) ? this.errorCode(n, row) : null;
    const place = inner ?? row;
    const label = this.rendered(node.label, n, place);
    const hint = this.rendered(node.hint, n, place);
    const off = this.isOff(n);
    return {
      path,
      node,
      relevant: row.isRelevant(n) && place.isIn,
      required: data && !off && this.evaluator.isTrue(node.required, n, row),
      readonly: node.calculate !== undefined || this.evaluator.isTrue(node.readonly, n, row),
      value: isUnknown(value) ? null : copy(value),
      /** @type {string | null} */
      unknown: isUnknown(value) ? value.unknown : null,
      same: copy(this.same[path]),
      error: code ? { code, message: this.message(n, row, code, this.language) } : null,
      label,
      labelText: plainText(label),
      hint,
      hintText: plainText(hint),
      guidance: this.rendered(node.guidance, n, place),
      off,
      counted: node.count !== undefined,
      missing: false,
      sliced: false,
      choices: node.choices ? this.evaluator.choices(n, row, this.language) : null,
    };
  }

  /** Everything to be put right, in form order, of relevant questions (and calculations with a constraint). @param {string[] | null} [moments] */
  problems(moments = null) {
    const found = [];
    for (const { n, row } of this.places(0, this.root)) {
      const node = this.plan.nodes[n];
      if (!row.isRelevant(n) || (moments && !moments.includes(node.moment))) continue;
      const code = this.errorCode(n, row);
      if (!code) continue;
      found.push({
        path: pathOf(this.plan, n, row),
        code,
        message: this.message(n, row, code, this.language),
        label: this.plain(node.label, n, row, this.language),
        moment: node.moment,
      });
    }
    return found;
  }

  /** The first thing wrong: needed, reason not allowed, shape, choice, check, constraint. @param {number} n @param {Row} row @returns {string | null} */
  errorCode(n, row) {
    const known = this.codes.get(row) ?? new Map();
    this.codes.set(row, known);
    const code = known.has(n) ? known.get(n) : this.errorOf(n, row);
    known.set(n, code);
    return code;
  }

  /** @param {number} n @param {Row} row @returns {string | null} */
  errorOf(n, row) {
    const node = this.plan.nodes[n];
    const value = row.values.get(n) ?? null;
    if (isBlank(value)) return !this.isOff(n) && this.evaluator.isTrue(node.required, n, row) ? "required" : null;
    if (isUnknown(value)) return node.unknown?.includes(value.unknown) ? null : "unknown_not_allowed";
    const wrong = node.kind === "calculate" ? null : shapeError(node, value);
    if (wrong) return wrong;
    if (node.choices && !this.isOffered(n, row, value)) return "not_a_choice";
    const failed = this.failed(n, row, value);
    if (failed) return failed;
    return node.constraint && !this.evaluator.isTrue(node.constraint, n, row) ? "constraint" : null;
  }

  /** @param {number} n @param {Row} _row @param {any} value @returns {string | null} */
  failed(n, _row, value) {
    return checkError(this.plan.nodes[n], value, /** @type {string} */ (this.evaluator.today));
  }

  /** @param {number} n @param {Row} row @param {any} value */
  isOffered(n, row, value) {
    const offered = new Set(this.evaluator.choices(n, row, this.language).map((choice) => choice.value));
    return (Array.isArray(value) ? value : [value]).every((code) => offered.has(code));
  }

  /** @param {number} n @param {Row} row @param {string} code @param {string} language */
  message(n, row, code, language) {
    const node = this.plan.nodes[n];
    const own =
      code === "required"
        ? node.required_message
        : /^(constraint|check_|not_in|rank|geo)/.test(code)
          ? node.constraint_message
          : undefined;
    return own === undefined ? MESSAGES[code][language === "zh" ? 0 : 1] : this.plain(own, n, row, language);
  }

  /** @param {number | undefined} text @param {number} n @param {Row} row */
  rendered(text, n, row) {
    if (text === undefined) return [];
    return this.evaluator.filled(
      this.evaluator.text(text, this.language),
      this.evaluator.context(n, row, this.language),
    );
  }

  /** @param {number | undefined} text @param {number} n @param {Row} row @param {string} language */
  plain(text, n, row, language) {
    return text === undefined
      ? ""
      : plainText(this.evaluator.filled(this.evaluator.text(text, language), this.evaluator.context(n, row, language)));
  }
}
