/** Evaluates the expressions of a plan against the rows of a record; no DOM, no eval. The inner half of fieldapp/forms/evaluate.py. */

import { isMany, isUnknown } from "./checks.js";
import { DateText, nowText, precision } from "./dates.js";
import {
  add,
  compare,
  Decimal,
  divide,
  fromInteger,
  fromText,
  multiply,
  negate,
  remainder,
  subtract,
} from "./decimal.js";
import { blank, call, words } from "./functions.js";
import { equal, NodeSet, number, ordered, text, truth, whole } from "./values.js";

/** @typedef {import("./plan.js").Plan} Plan */
/** @typedef {import("./plan.js").Expr} Expr */
/** @typedef {import("./plan.js").ListItem} ListItem */
/** @typedef {import("./values.js").Value} Value */
/** @typedef {import("./values.js").Single} Single */
/** @typedef {{row: Row, asker: Row, node: number, language: string, position: number, item: ListItem | null}} Context */
/** @typedef {{value: string, label: any[], labelText: string}} Choice */

/** @param {Row | null} parent @returns {Row[]} */
const chainOf = (parent) => (parent ? [...parent.chain] : []);

/** One row of a repeat, or the form itself (`node` 0). `values` holds answers by node, `rows` the rows of the repeats inside. */
export class Row {
  /** @param {number} node @param {string} id @param {Row | null} parent @param {boolean} fresh */
  constructor(node, id, parent, fresh) {
    this.node = node;
    this.id = id;
    this.fresh = fresh;
    this.isIn = true; // not beyond the count of its repeat
    /** @type {Row[]} */
    this.chain = chainOf(parent);
    this.chain.push(this);
    /** @type {Map<number, any>} */
    this.values = new Map();
    /** @type {Map<number, boolean>} */
    this.relevant = new Map();
    /** @type {Map<number, Row[]>} */
    this.rows = new Map();
    /** Rows asked for, by counted repeat. @type {Map<number, number>} */
    this.asked = new Map();
  }

  /** @param {number} repeat @returns {Row[]} */
  of(repeat) {
    return this.rows.get(repeat) ?? [];
  }

  /** The rows that count. @param {number} repeat */
  shown(repeat) {
    return this.isRelevant(repeat) ? this.of(repeat).filter((row) => row.isIn) : [];
  }

  /** @param {number} node */
  isRelevant(node) {
    return this.relevant.get(node) ?? true;
  }
}

/** @type {Record<string, (a: Decimal, b: Decimal) => Decimal | null>} */
const ARITHMETIC = { "+": add, "-": subtract, "*": multiply, div: divide, mod: remainder };

export class Evaluator {
  /** @param {Plan} plan @param {{zone: string, nowMs: number, random: (() => number) | null, drawn: Map<string, string>}} surroundings */
  constructor(plan, surroundings) {
    this.plan = plan;
    this.surroundings = surroundings;
    this.setNow(surroundings.nowMs);
  }

  /** @param {number} nowMs */
  setNow(nowMs) {
    this.surroundings.nowMs = nowMs;
    this.now = nowText(nowMs, this.surroundings.zone);
    this.today = this.now.text.slice(0, 10);
  }

  /** @param {number} node @param {Row} row @param {string} [language] @returns {Context} */
  context(node, row, language) {
    return { row, asker: row, node, language: language ?? this.plan.languages[0], position: 0, item: null };
  }

  /** @param {Expr | undefined} expression @param {number} node @param {Row} row */
  isTrue(expression, node, row) {
    return expression !== undefined && truth(this.evaluate(expression, this.context(node, row)));
  }

  /** @param {Expr} expression @param {Context} context @returns {Value} */
  evaluate(expression, context) {
    const [kind, first, second] = expression;
    switch (kind) {
      case "s":
        return first;
      case "n":
        return blank(fromText(first));
      case "p":
      case "c":
        return this.nodeSet(expression, context);
      case "f":
        return this.call(expression, context);
      case "and":
        return truth(this.evaluate(first, context)) && truth(this.evaluate(second, context));
      case "or":
        return truth(this.evaluate(first, context)) || truth(this.evaluate(second, context));
      case "=":
      case "!=":
        return equal(kind, this.evaluate(first, context), this.evaluate(second, context));
      case "<":
      case "<=":
      case ">":
      case ">=":
        return ordered(kind, this.evaluate(first, context), this.evaluate(second, context));
      case "neg": {
        const found = number(this.evaluate(first, context));
        return found ? negate(found) : "";
      }
      case "pos":
        return fromInteger(context.position);
      case "col":
        return this.column(/** @type {ListItem} */ (context.item), first, context.language);
      case "l":
        return new NodeSet(this.items(first, second, context), (item) =>
          this.column(item, expression[3] ?? "value", context.language),
        );
      case "|":
        return this.union(this.evaluate(first, context), this.evaluate(second, context));
    }
    const [a, b] = [number(this.evaluate(first, context)), number(this.evaluate(second, context))];
    return a && b ? blank(ARITHMETIC[kind](a, b)) : "";
  }

  /** @param {Expr} expression @param {Context} context */
  nodeSet(expression, context) {
    const [mark, n, depth, filters = []] = expression;
    const isRepeat = this.plan.nodes[n].kind === "repeat";
    const repeats = isRepeat ? [...this.plan.repeats[n], n] : this.plan.repeats[n];
    let rows = [(mark === "p" ? context.row : context.asker).chain[depth]];
    for (const repeat of repeats.slice(depth)) {
      rows = rows.flatMap((row) => row.shown(repeat));
      for (const [filtered, test] of filters) {
        if (filtered !== repeat) continue;
        rows = rows.filter((row, at) =>
          this.holds(test, { ...context, row, node: repeat, position: at + 1, item: null }),
        );
      }
    }
    const relevant = rows.filter((row) =>
      isRepeat ? row.isIn && row.chain[row.chain.length - 2].isRelevant(n) : row.isRelevant(n),
    );
    return new NodeSet(
      relevant.map((row) => ({ n, row })),
      (ref) => this.read(ref.n, ref.row),
    );
  }

  /** XPath 1.0, 2.4: a number in [ ] asks for that place. @param {Expr} test @param {Context} context */
  holds(test, context) {
    const value = this.evaluate(test, context);
    return value instanceof Decimal ? compare(value, fromInteger(context.position)) === 0 : truth(value);
  }

  /** @param {Value} left @param {Value} right */
  union(left, right) {
    /** @type {{n: number, row: Row}[]} */
    const refs = [];
    for (const side of [left, right]) {
      for (const ref of side instanceof NodeSet ? side.refs : [])
        if (!refs.some((known) => known.n === ref.n && known.row === ref.row)) refs.push(ref);
    }
    return new NodeSet(refs, (ref) => this.read(ref.n, ref.row));
  }

  /** @param {string} name @param {Expr[]} tests @param {Context} context @returns {ListItem[]} */
  items(name, tests, context) {
    let items = this.plan.lists[name] ?? [];
    for (const test of tests)
      items = this.narrowed(items, test, context).filter((item, at) =>
        this.holds(test, { ...context, position: at + 1, item }),
      );
    return items;
  }

  /** Those that a test may hold for; where there is an index, few. @param {ListItem[]} items @param {Expr} _test @param {Context} _context */
  narrowed(items, _test, _context) {
    return items;
  }

  /** @param {ListItem} item @param {string} column @param {string} language @returns {string} */
  column(item, column, language) {
    if (column === "value") return item.value;
    return column === "label" ? plainText(this.text(item.label, language)) : (item.columns[column] ?? "");
  }

  /** @param {number} id @param {string} language */
  text(id, language) {
    return (this.plan.texts[language] ?? this.plan.texts[this.plan.languages[0]])[id];
  }

  /** The value of a node as expressions see it. @param {number} n @param {Row} row @returns {Single} */
  read(n, row) {
    const node = this.plan.nodes[n];
    const value = row.values.get(n);
    if (Array.isArray(value))
      return (node.type === "rank" ? value : this.inListOrder(node.choices?.list, value)).join(" ");
    if (typeof value === "number") return fromInteger(value);
    if (typeof value !== "string") return "";
    if (node.type === "decimal" || node.check === "money") return fromText(value) ?? value;
    return (node.type === "date" || node.type === "dateTime") && precision(value) ? new DateText(value) : value;
  }

  /** @param {string | undefined} list @param {string[]} codes */
  inListOrder(list, codes) {
    const items = this.plan.lists[list ?? ""] ?? [];
    const place = (/** @type {string} */ code) => {
      const at = items.findIndex((item) => item.value === code);
      return at < 0 ? items.length : at;
    };
    return [...codes].sort((a, b) => place(a) - place(b));
  }

  /** @param {Expr} expression @param {Context} context @returns {Value} */
  call([, name, ...args], context) {
    switch (name) {
      case "if":
        return this.evaluate(truth(this.evaluate(args[0], context)) ? args[1] : args[2], context);
      case "once":
        return (context.row.values.get(context.node) ?? null) !== null
          ? this.read(context.node, context.row)
          : this.evaluate(args[0], context);
      case "today":
        return new DateText(/** @type {string} */ (this.today));
      case "now":
        return /** @type {DateText} */ (this.now);
      case "random":
      case "uuid":
        return this.draw(name, args[0][1], context);
      case "position":
        return this.position(this.evaluate(args[0], context));
      case "indexed-repeat":
        return this.indexed(args, context);
      case "jr:choice-name":
        return this.choiceName(args, context);
      case "fa:is-unknown": {
        const found = this.evaluate(args[0], context);
        return found instanceof NodeSet && found.refs.some((ref) => isUnknown(ref.row?.values.get(ref.n) ?? null));
      }
      case "regex":
        return call(name, [this.evaluate(args[0], context), args[1][1]], "", "");
    }
    return call(
      name,
      args.map((argument) => this.evaluate(argument, context)),
      /** @type {string} */ (this.today),
      context.language,
    );
  }

  /** @param {Value} found @returns {Single} */
  position(found) {
    const ref = found instanceof NodeSet ? found.refs[0] : undefined;
    if (!ref?.row || ref.row.chain.length < 2) return "";
    const { chain, node } = ref.row;
    return fromInteger(chain[chain.length - 2].of(node).indexOf(ref.row) + 1);
  }

  /** Drawn once per place (node, row, number of the call), so that a value stays and can be replayed. @param {string} name @param {string} number @param {Context} context */
  draw(name, number, context) {
    const { drawn, random } = this.surroundings;
    const place = `${pathOf(this.plan, context.node, context.row)}#${number}`;
    if (!drawn.has(place)) {
      if (!random) return "";
      drawn.set(place, name === "uuid" ? uuid(random) : `0.${String(Math.floor(random() * 1e9)).padStart(9, "0")}`);
    }
    const found = /** @type {string} */ (drawn.get(place));
    return name === "uuid" ? found : blank(fromText(found));
  }

  /** @param {Expr[]} args @param {Context} context @returns {Single} */
  indexed(args, context) {
    const target = args[0][1];
    /** @type {Row | null} */
    let row = null;
    for (let at = 1; at < args.length; at += 2) {
      const [mark, repeat, depth] = args[at];
      const index = whole(this.evaluate(args[at + 1], context));
      /** @type {Row} */
      const outer = row ?? (mark === "p" ? context.row : context.asker).chain[depth];
      const rows = outer.shown(repeat);
      if (index === null || index < 1 || index > rows.length) return "";
      row = rows[index - 1];
    }
    return row?.isRelevant(target) ? this.read(target, row) : "";
  }

  /** @param {Expr[]} args @param {Context} context */
  choiceName([value, target], context) {
    const wanted = text(this.evaluate(value, context));
    const row = this.nodeSet(target.slice(0, 3), context).refs[0]?.row ?? context.row;
    if (!this.plan.nodes[target[1]].choices) return "";
    return (
      this.choices(target[1], row, context.language, true).find((choice) => choice.value === wanted)?.labelText ?? ""
    );
  }

  /**
   * What a select offers now; with `namesOnly` whatever it may ever offer, since a name is asked for a code already chosen.
   * @param {number} n @param {Row} row @param {string} language @returns {Choice[]}
   */
  choices(n, row, language, namesOnly = false) {
    const source = /** @type {import("./plan.js").ChoiceSource} */ (this.plan.nodes[n].choices);
    const tests = source.filter && !namesOnly ? [source.filter] : [];
    const context = this.context(n, row, language);
    if (source.list === undefined) return this.rowChoices(source, tests, context);
    return this.items(source.list, tests, context).map((item) => {
      const label = this.text(item.label, language);
      return { value: item.value, label: partsOf(label), labelText: plainText(label) };
    });
  }

  /** @param {import("./plan.js").ChoiceSource} source @param {Expr[]} tests @param {Context} context @returns {Choice[]} */
  rowChoices(source, tests, context) {
    const [repeat, label] = [/** @type {number} */ (source.repeat), /** @type {number} */ (source.label)];
    const person = this.plan.nodes.find(
      (node) => node.name === "person_id" && this.plan.homes[node.n] === repeat && node.n !== repeat,
    )?.n;
    const shared = this.plan.repeats[repeat].filter((outer, at) => context.row.chain[at + 1]?.node === outer).length;
    const found = [];
    for (const { row } of this.nodeSet(["p", repeat, shared, tests.map((test) => [repeat, test])], context).refs) {
      const name = row.isRelevant(label) ? text(this.read(label, row)) : "";
      if (name)
        found.push({
          value: (person !== undefined && row.values.get(person)) || row.id,
          label: [name],
          labelText: name,
        });
    }
    return found;
  }

  /** A text's parts with the values of its outputs. @param {any} source @param {Context} context @returns {any[]} */
  filled(source, context) {
    return partsOf(source).map((part) => {
      if (typeof part === "string" || part[0] === "br") return part;
      return part[0] === "o"
        ? text(this.evaluate(part[1], context))
        : [part[0], ...this.filled(part.slice(1), context)];
    });
  }
}

/** @param {Plan} plan @param {number} n @param {Row} row */
export function pathOf(plan, n, row) {
  return n ? `${rowPathOf(plan, row)}${row.node ? "." : ""}${plan.segments[n]}` : "";
}

/** @param {Plan} plan @param {Row} row */
export const rowPathOf = (plan, row) =>
  row.chain
    .slice(1)
    .map((inner) => `${plan.segments[inner.node]}[${inner.id}]`)
    .join(".");

/** A text without its markup. @param {any} source @returns {string} */
export function plainText(source) {
  return partsOf(source)
    .map((part) =>
      typeof part === "string"
        ? part
        : part[0] === "br"
          ? "\n"
          : part[0].length > 1 || part[0] === "o"
            ? ""
            : plainText(part.slice(1)),
    )
    .join("");
}

/** A calculated value as an answer of the node's type; null where blank. @param {import("./plan.js").PlanNode} node @param {Value} value @returns {any} */
export function toAnswer(node, value) {
  const found = text(value);
  if (found === "") return null;
  if (isMany(node)) return words(found);
  if (node.type !== "integer" && node.type !== "decimal" && node.check !== "money") return found;
  const amount = number(value);
  if (!amount) return found;
  const plain = text(amount);
  return node.type === "integer" && Number.isSafeInteger(Number(plain)) && amount.e >= 0 ? Number(plain) : plain;
}

/** @param {any} source @returns {any[]} */
const partsOf = (source) => (typeof source === "string" ? [source] : source);

/** A version 4 UUID from 16 draws. @param {() => number} random */
function uuid(random) {
  const octets = Array.from({ length: 16 }, () => Math.floor(random() * 256));
  octets[6] = (octets[6] & 0x0f) | 0x40;
  octets[8] = (octets[8] & 0x3f) | 0x80;
  const digits = octets.map((octet) => octet.toString(16).padStart(2, "0")).join("");
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-${digits.slice(12, 16)}-${digits.slice(16, 20)}-${digits.slice(20)}`;
}
