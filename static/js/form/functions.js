/** The functions of expressions (function set 1). Those that need the record itself are in evaluate.js; fieldapp/forms/functions.py is the twin. */

import { codePoints, idNumberFacts } from "./checks.js";
import { DateText, number as dateNumber, formatted, fromDays, precision, wholeYears } from "./dates.js";
import {
  add,
  compare,
  Decimal,
  floor,
  fromInteger,
  negate,
  power,
  roundTo,
  toInteger,
  truncate,
  ZERO,
} from "./decimal.js";
import { matches } from "./regex.js";
import { flat, NodeSet, number, single, text, truth, whole } from "./values.js";

/** @typedef {import("./values.js").Value} Value */
/** @typedef {import("./values.js").Single} Single */

/** @param {Decimal | DateText | null} value @returns {Single} */
export const blank = (value) => value ?? "";

/** The value of a function whose arguments are evaluated. @param {string} name @param {any[]} args @param {string} today @param {string} language @returns {Value} */
export function call(name, args, today, language) {
  return TABLE[name](args, today, language);
}

/** @param {Value} value @returns {string[]} */
export const words = (value) =>
  text(value)
    .split(/[ \t\r\n]+/)
    .filter(Boolean);

/** @param {Value[]} args */
const numbers = (args) => /** @type {Decimal[]} */ (flat(args).map(number).filter(Boolean));

/** @param {Value[]} args @returns {Single} */
function sum(args) {
  /** @type {Decimal | null} */
  let total = ZERO;
  for (const found of numbers(args)) total = total && add(total, found);
  return blank(total);
}

/** @param {Value[]} args @param {number} sign @returns {Single} */
function best(args, sign) {
  /** @type {Decimal | null} */
  let found = null;
  for (const candidate of numbers(args)) if (!found || compare(candidate, found) * sign > 0) found = candidate;
  return blank(found);
}

/** @param {Value} value @param {(x: Decimal) => Decimal | null} change @returns {Single} */
function ofNumber(value, change) {
  const found = number(value);
  return found === null ? "" : blank(change(found));
}

/** @param {Value[]} args @returns {Single} */
function round(args) {
  const places = args.length > 1 ? whole(args[1]) : 0;
  return places === null ? "" : ofNumber(args[0], (x) => roundTo(x, places));
}

/** @param {Decimal} x */
function ceiling(x) {
  const below = floor(negate(x));
  return below && negate(below);
}

/** @param {Value[]} args @returns {Single} */
function pow(args) {
  const [base, times] = args.map(number);
  return base === null || times === null ? "" : blank(power(base, times));
}

/** @param {Value[]} args */
function substr(args) {
  const points = codePoints(text(args[0]));
  const [start, end] = [whole(args[1]), args.length > 2 ? whole(args[2]) : points.length];
  if (start === null || end === null) return "";
  const from = start < 0 ? Math.max(0, start + points.length) : start;
  return points.slice(from, end < 0 ? Math.max(0, end + points.length) : end).join("");
}

/** XPath 1.0, 4.2: places from 1, both numbers rounded. @param {Value[]} args */
function substring(args) {
  const points = codePoints(text(args[0]));
  const first = roundedWhole(args[1]);
  const length = args.length > 2 ? roundedWhole(args[2]) : 0;
  if (first === null || length === null) return "";
  const stop = args.length > 2 ? first + length : Infinity;
  const [start, end] = [Math.max(first, 1), Math.min(stop, points.length + 1)];
  return end > start ? points.slice(start - 1, end - 1).join("") : "";
}

/** A number beyond any text counts as very far. @param {Value} value */
function roundedWhole(value) {
  const found = round([value]);
  if (!(found instanceof Decimal)) return null;
  return toInteger(found) ?? (found.c < 0n ? -Infinity : Infinity);
}

/** @param {Value[]} args @param {number} part */
function between(args, part) {
  const [whole, mark] = [text(args[0]), text(args[1])];
  const at = whole.indexOf(mark);
  if (at < 0) return "";
  return part === 0 ? whole.slice(0, at) : whole.slice(at + mark.length);
}

/** @param {Value[]} args */
function translate(args) {
  const [source, target] = [codePoints(text(args[1])), codePoints(text(args[2]))];
  const table = new Map();
  for (const [at, letter] of source.entries()) if (!table.has(letter)) table.set(letter, target[at] ?? "");
  return codePoints(text(args[0]))
    .map((letter) => table.get(letter) ?? letter)
    .join("");
}

/** @param {Value[]} args */
function selectedAt(args) {
  const at = whole(args[1]);
  return at === null ? "" : (words(args[0])[at] ?? "");
}

/** @param {Value[]} args */
function checklist(args) {
  const [least, most] = [number(args[0]), number(args[1])];
  if (!least || !most) return false;
  const count = fromInteger(flat(args.slice(2)).filter(truth).length);
  return (least.c < 0n || compare(count, least) >= 0) && (most.c < 0n || compare(count, most) <= 0);
}

/** @param {Value} value @returns {Single} */
function date(value) {
  const found = single(value); // a number is days, also that of a question: 2024 is no year there
  if (!(found instanceof Decimal) && precision(text(found))) return new DateText(text(found).slice(0, 10));
  const day = number(found);
  const below = day && floor(day);
  const at = below && toInteger(below);
  return at === null ? "" : blank(fromDays(at));
}

/** @param {Value[]} args @param {string} today @returns {Single} */
function age(args, today) {
  const years = wholeYears(text(args[0]), args.length > 1 ? text(args[1]) : today);
  return years === null ? "" : fromInteger(years);
}

/** @param {number} count */
const counted = (count) => fromInteger(count);

/** The packs of more/ add theirs. @type {Record<string, (args: any[], today: string, language: string) => Value>} */
export const TABLE = {
  true: () => true,
  false: () => false,
  not: (a) => !truth(a[0]),
  boolean: (a) => truth(a[0]),
  "boolean-from-string": (a) => ["true", "1"].includes(text(a[0])),
  coalesce: (a) => a.find((value) => text(value) !== "") ?? "",
  string: (a) => text(a[0]),
  number: (a) => blank(number(a[0])),
  int: (a) => ofNumber(a[0], truncate),
  round,
  abs: (a) => ofNumber(a[0], (x) => (x.c < 0n ? negate(x) : x)),
  floor: (a) => ofNumber(a[0], floor),
  ceiling: (a) => ofNumber(a[0], ceiling),
  pow,
  count: (a) => (a[0] instanceof NodeSet ? counted(a[0].refs.length) : ""),
  "count-non-empty": (a) => counted(flat(a).filter((value) => text(value) !== "").length),
  sum,
  min: (a) => best(a, -1),
  max: (a) => best(a, 1),
  concat: (a) => flat(a).map(text).join(""),
  join: (a) => flat(a.slice(1)).map(text).join(text(a[0])),
  substr,
  substring,
  "substring-before": (a) => between(a, 0),
  "substring-after": (a) => between(a, 1),
  "string-length": (a) => counted(codePoints(text(a[0])).length),
  contains: (a) => text(a[0]).includes(text(a[1])),
  "starts-with": (a) => text(a[0]).startsWith(text(a[1])),
  "ends-with": (a) => text(a[0]).endsWith(text(a[1])),
  "normalize-space": (a) => words(a[0]).join(" "),
  translate,
  regex: (a) => matches(a[1], text(a[0])),
  selected: (a) => words(a[0]).includes(text(a[1]).replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, "")),
  "selected-at": selectedAt,
  "count-selected": (a) => counted(words(a[0]).length),
  checklist,
  date: (a) => date(a[0]),
  "format-date": (a, _today, language) => formatted(text(a[0]), text(a[1]), language),
  "format-date-time": (a, _today, language) => formatted(text(a[0]), text(a[1]), language),
  "decimal-date-time": (a) => {
    const found = single(a[0]);
    return found instanceof Decimal ? found : blank(dateNumber(text(found))); // a number is days already
  },
  "fa:age": age,
  "fa:id-birth": (a) => idFact(a[0], (facts) => new DateText(facts.birth)),
  "fa:id-sex": (a) => idFact(a[0], (facts) => facts.sex),
};

/** @param {Value} value @param {(facts: {birth: string, sex: string}) => Single} take */
function idFact(value, take) {
  const facts = idNumberFacts(text(value));
  return facts ? take(facts) : "";
}
