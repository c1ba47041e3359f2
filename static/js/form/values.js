/**
 * Values of expressions and their conversions: text, truth, decimal number, date text, set of nodes; a blank is the empty text.
 * The same rules as fieldapp/forms/values.py; docs/forms.md, section 6.
 */

import { compareDates, DateText, number as dateNumber, precision, YEAR } from "./dates.js";
import { compare, Decimal, fromText, ONE, toInteger, toText, truncate, ZERO } from "./decimal.js";

/** @typedef {string | boolean | Decimal | DateText} Single */
/** @typedef {Single | NodeSet} Value */

/** References in form order, and how to read the value of one. */
export class NodeSet {
  /** @param {any[]} refs @param {(ref: any) => Single} read */
  constructor(refs, read) {
    this.refs = refs;
    this.read = read;
  }
}

/** @param {Value} value @returns {Single} */
export const single = (value) =>
  value instanceof NodeSet ? (value.refs.length ? value.read(value.refs[0]) : "") : value;

/** @param {Value} value @returns {string} */
export function text(value) {
  const found = single(value);
  if (found instanceof Decimal) return toText(found);
  return found instanceof DateText ? found.text : String(found);
}

/** @param {Value} value @returns {Decimal | null} */
export function number(value) {
  const found = single(value);
  if (typeof found === "boolean") return found ? ONE : ZERO;
  if (found instanceof Decimal) return found;
  if (found instanceof DateText) return dateNumber(found.text);
  return fromText(found) ?? dateNumber(found);
}

/** The number without its fraction, or null where it is blank or not safe. @param {Value} value @returns {number | null} */
export function whole(value) {
  const found = number(value);
  const cut = found && truncate(found);
  return cut && toInteger(cut);
}

/** @param {Value} value @returns {boolean} */
export function truth(value) {
  const found = single(value);
  if (typeof found === "boolean") return found;
  return found instanceof Decimal ? found.c !== 0n : found instanceof DateText || found !== "";
}

/** @param {Value[]} values @returns {Single[]} */
export const flat = (values) =>
  values.flatMap((value) => (value instanceof NodeSet ? value.refs.map(value.read) : [value]));

/** `=` or `!=`; of sets of nodes true if any pair is. @param {string} operator @param {Value} a @param {Value} b */
export function equal(operator, a, b) {
  const wanted = operator === "=";
  if (typeof a === "boolean" || typeof b === "boolean") return (truth(a) === truth(b)) === wanted;
  return members(a).some((x) => members(b).some((y) => same(x, y) === wanted));
}

/** `<` `<=` `>` `>=`; of sets of nodes true if any pair is, with a blank false. @param {string} operator @param {Value} a @param {Value} b */
export function ordered(operator, a, b) {
  return members(a).some((x) => members(b).some((y) => stands(operator, compared(x, y))));
}

/** @param {Value} value @returns {Single[]} */
const members = (value) =>
  value instanceof NodeSet ? (value.refs.length ? value.refs.map(value.read) : [""]) : [value];

/** @param {Single} a @param {Single} b @returns {boolean} */
function same(a, b) {
  if (typeof a === "boolean" || typeof b === "boolean") return truth(a) === truth(b);
  if (a instanceof Decimal || b instanceof Decimal) {
    const [x, y] = [number(a), number(b)];
    return x !== null && y !== null && compare(x, y) === 0;
  }
  return text(a) === text(b);
}

/** @param {string} operator @param {number | null} sign */
function stands(operator, sign) {
  if (sign === null) return false;
  if (operator === "<") return sign < 0;
  if (operator === "<=") return sign <= 0;
  return operator === ">" ? sign > 0 : sign >= 0;
}

/** @param {Single} a @param {Single} b @returns {number | null} */
function compared(a, b) {
  const dated = a instanceof DateText || b instanceof DateText;
  if (isDate(a, dated) && isDate(b, dated)) return compareDates(text(a), text(b));
  const [x, y] = [number(a), number(b)];
  return x === null || y === null ? null : compare(x, y);
}

/** @param {Single} value @param {boolean} yearCounts */
const isDate = (value, yearCounts) =>
  (typeof value === "string" || value instanceof DateText) && precision(text(value)) > (yearCounts ? 0 : YEAR);
