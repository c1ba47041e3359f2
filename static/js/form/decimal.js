/**
 * Numbers of forms: decimals of 30 significant digits, the same to the last character as fieldapp/forms/decimals.py.
 * A number is {c, e} = c · 10^e without trailing zeros; a blank is null. Rules: docs/forms.md, section 6.
 */

const DIGITS = 30;
const SCALE = 60; // at or above 10^60, and below 10^-60, there is no result
const POWER_MAX = 200;
const TEXT_MAX = 100;
const TEXT = /^[ \t\r\n]*(-?)(?:([0-9]+)(?:\.([0-9]*))?|\.([0-9]+))[ \t\r\n]*$/;

export class Decimal {
  /** @param {bigint} c @param {number} e */
  constructor(c, e) {
    this.c = c;
    this.e = e;
  }
}

export const ZERO = new Decimal(0n, 0);
export const ONE = new Decimal(1n, 0);

/** @param {string} text @returns {Decimal | null} null where the text is no number */
export function fromText(text) {
  if (text.length > TEXT_MAX) return null;
  const found = TEXT.exec(text);
  if (!found) return null;
  const fraction = found[3] ?? found[4] ?? "";
  const digits = BigInt((found[2] ?? "") + fraction || "0");
  return settle(found[1] ? -digits : digits, -fraction.length);
}

/** @param {number} integer a safe whole number */
export const fromInteger = (integer) => /** @type {Decimal} */ (settle(BigInt(integer), 0));

/** @param {Decimal} number @returns {string} plain digits, no exponent */
export function toText({ c, e }) {
  if (e >= 0) return (c * ten(e)).toString();
  const digits = abs(c)
    .toString()
    .padStart(1 - e, "0");
  return `${c < 0n ? "-" : ""}${digits.slice(0, e)}.${digits.slice(e)}`;
}

/**
 * Rounded to 30 digits half away from zero, without trailing zeros; null beyond the scale.
 * @param {bigint} c @param {number} e @returns {Decimal | null}
 */
export function settle(c, e) {
  if (c === 0n) return ZERO;
  const over = length(c) - DIGITS;
  if (over > 0) {
    const unit = ten(over);
    const rest = abs(c % unit);
    c = c / unit + (rest * 2n >= unit ? (c < 0n ? -1n : 1n) : 0n);
    e += over;
  }
  while (c % 10n === 0n) {
    c /= 10n;
    e += 1;
  }
  const adjusted = length(c) + e - 1;
  return adjusted >= SCALE || adjusted < -SCALE ? null : new Decimal(c, e);
}

/** @param {Decimal} a @param {Decimal} b @returns {[bigint, bigint, number]} both at one exponent */
function aligned(a, b) {
  const e = Math.min(a.e, b.e);
  return [a.c * ten(a.e - e), b.c * ten(b.e - e), e];
}

/** @param {Decimal} a @param {Decimal} b */
export function add(a, b) {
  const [x, y, e] = aligned(a, b);
  return settle(x + y, e);
}

/** @param {Decimal} a @param {Decimal} b */
export const subtract = (a, b) => add(a, negate(b));

/** @param {Decimal} a @param {Decimal} b */
export const multiply = (a, b) => settle(a.c * b.c, a.e + b.e);

/** @param {Decimal} a @param {Decimal} b */
export function divide(a, b) {
  if (b.c === 0n) return null;
  if (a.c === 0n) return ZERO;
  // Rounding half away looks at one digit only, so that a quotient cut after 32 digits rounds right.
  const shift = Math.max(0, DIGITS + 2 + length(b.c) - length(a.c));
  return settle((a.c * ten(shift)) / b.c, a.e - b.e - shift);
}

/** With the sign of the dividend. @param {Decimal} a @param {Decimal} b */
export function remainder(a, b) {
  if (b.c === 0n) return null;
  const [x, y, e] = aligned(a, b);
  return settle(x % y, e);
}

/** Whole exponents to ±200; anything else has no result. @param {Decimal} a @param {Decimal} n */
export function power(a, n) {
  if (n.e < 0 || compare(n, fromInteger(POWER_MAX)) > 0 || compare(n, fromInteger(-POWER_MAX)) < 0) return null;
  const times = Number(abs(n.c * ten(n.e)));
  const result = settle(a.c ** BigInt(times), a.e * times);
  return n.c >= 0n || result === null ? result : divide(ONE, result);
}

/** Half up towards +infinity. @param {Decimal} a @param {number} places */
export function roundTo(a, places) {
  if (Math.abs(places) > 2 * SCALE) return null;
  if (a.e >= -places) return a;
  const unit = ten(-places - a.e);
  return settle(floorDiv(2n * a.c + unit, 2n * unit), -places);
}

/** @param {Decimal} a */
export const floor = (a) => (a.e >= 0 ? a : settle(floorDiv(a.c, ten(-a.e)), 0));

/** @param {Decimal} a */
export const truncate = (a) => (a.e >= 0 ? a : settle(a.c / ten(-a.e), 0));

/** @param {Decimal} a */
export const negate = (a) => new Decimal(-a.c, a.e);

/** @param {Decimal} a @param {Decimal} b @returns {number} below, at or above 0 */
export function compare(a, b) {
  const [x, y] = aligned(a, b);
  return x < y ? -1 : x > y ? 1 : 0;
}

/** The whole number it is, or null where it is none or not safe. @param {Decimal} a @returns {number | null} */
export function toInteger(a) {
  if (a.e < 0) return null;
  const whole = Number(a.c * ten(a.e));
  return Number.isSafeInteger(whole) ? whole : null;
}

/** @param {number} n */
const ten = (n) => 10n ** BigInt(n);
/** @param {bigint} c */
const abs = (c) => (c < 0n ? -c : c);
/** @param {bigint} c */
const length = (c) => abs(c).toString().length;
/** @param {bigint} a @param {bigint} b positive */
const floorDiv = (a, b) => (a >= 0n ? a / b : -((-a + b - 1n) / b));
