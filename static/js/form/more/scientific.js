/**
 * Roots, logarithms and angles in whole numbers, so that phone and server agree to the last digit; the algorithms are written out in docs/forms.md, 7.4.
 * Fixed point: a number times S. BigInt's division cuts towards zero. fieldapp/forms/scientific.py is the twin.
 */

import { compare, Decimal, fromInteger, settle, ZERO } from "../decimal.js";
import { blank, TABLE } from "../functions.js";
import { number } from "../values.js";

export const PLACES = 60;
export const S = 10n ** 60n;
export const PI = 3141592653589793238462643383279502884197169399375105820974944n;
const LN10 = 2302585092994045684017991454684364207601101488628772976033327n;
const H = PI / 2n;
const DIGITS = 20;
const TINY = 10n ** 20n; // a result below 10^-40 is 0

/** @typedef {import("../values.js").Value} Value */

/** @param {bigint} c */
export const abs = (c) => (c < 0n ? -c : c);
/** @param {number} n */
const ten = (n) => 10n ** BigInt(n);
/** @param {bigint} c */
const length = (c) => String(abs(c)).length;
/** @param {bigint} like @param {bigint} value */
const signed = (like, value) => (like < 0n ? -value : value);

/** @param {Decimal} number */
export const fixed = ({ c, e }) => (e >= -PLACES ? c * ten(e + PLACES) : c / ten(-e - PLACES));

/** The whole square root. @param {bigint} n */
export function isqrt(n) {
  if (n < 2n) return n;
  let root = ten((length(n) >> 1) + 1);
  for (;;) {
    const next = (root + n / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

/** c · 10^e with 20 significant digits; null beyond the scale. @param {bigint} c @param {number} e */
function numberOf(c, e) {
  const over = length(c) - DIGITS;
  if (over <= 0) return settle(c, e);
  const unit = ten(over);
  return settle(c / unit + (abs(c % unit) * 2n >= unit ? signed(c, 1n) : 0n), e + over);
}

/** @param {bigint} value */
const result = (value) => (abs(value) < TINY ? ZERO : numberOf(value, -PLACES));

/** @param {Decimal} x */
function sqrt({ c, e }) {
  if (c <= 0n) return c ? null : ZERO;
  let shift = Math.max(0, 64 - length(c));
  if ((e - shift) % 2) shift += 1;
  return settle(isqrt(c * ten(shift)), (e - shift) / 2);
}

/** @param {Decimal} x */
function exp(x) {
  const scaled = fixed(x);
  if (abs(scaled) >= 150n * S) return null;
  const k = signed(scaled, (2n * abs(scaled) + LN10) / (2n * LN10));
  const rest = scaled - k * LN10;
  let [term, sum] = [S, S];
  for (let i = 1n; term; i++) {
    term = (term * rest) / S / i;
    sum += term;
  }
  return numberOf(sum, Number(k) - PLACES);
}

/** k and L, where ln x = L + k·LN10. @param {Decimal} x @returns {[bigint, bigint] | null} */
function parted({ c, e }) {
  if (c <= 0n) return null;
  const digits = length(c);
  let k = e + digits - 1;
  let m = c * ten(PLACES + 1 - digits);
  if (m * m > 10n * S * S) {
    k += 1;
    m /= 10n;
  }
  const z = ((m - S) * S) / (m + S);
  const w = (z * z) / S;
  let [term, sum] = [z, z];
  for (let i = 3n; term; i += 2n) {
    term = (term * w) / S;
    sum += term / i;
  }
  return [BigInt(k), 2n * sum];
}

/** Sine and cosine of a fixed-point angle in radians. @param {bigint} scaled @returns {[bigint, bigint]} */
export function sinCos(scaled) {
  const a = abs(scaled);
  const q = (2n * a + H) / (2n * H);
  const r = a - q * H;
  const series = (/** @type {bigint} */ first, /** @type {bigint} */ odd) => {
    let [term, sum] = [first, first];
    for (let i = 2n; term; i += 2n) {
      term = -((((term * r) / S) * r) / S / ((i - 1n + odd) * (i + odd)));
      sum += term;
    }
    return sum;
  };
  const [s, c] = [series(r, 1n), series(S, 0n)];
  const turned = [s, c, -s, -c, s];
  const quarter = Number(q % 4n);
  return [signed(scaled, turned[quarter]), turned[quarter + 1]];
}

/** @param {bigint} a from 0 */
function arc(a) {
  if (a > S) return H - small((S * S) / a);
  return small(a);
}

/** @param {bigint} y from 0 to S */
function small(y) {
  for (let i = 0; i < 3; i++) y = (y * S) / (S + isqrt(S * S + y * y));
  const w = (y * y) / S;
  let [term, sum, sign] = [y, y, -1n];
  for (let i = 3n; term; i += 2n) {
    term = (term * w) / S;
    sum += sign * (term / i);
    sign = -sign;
  }
  return 8n * sum;
}

/** Of a fixed-point number from 0 to S. @param {bigint} a */
export function asinFixed(a) {
  const w = isqrt(S * S - a * a);
  return w ? arc((a * S) / w) : H;
}

/** @param {Decimal} x */
function asin(x) {
  const scaled = fixed(x);
  return abs(x.c) > 0n && compare(new Decimal(abs(x.c), x.e), fromInteger(1)) > 0
    ? null
    : signed(scaled, asinFixed(abs(scaled)));
}

/** @param {Decimal} y @param {Decimal} x */
function atan2(y, x) {
  if (!x.c) return result(signed(y.c, y.c ? H : 0n));
  const least = Math.min(y.e, x.e);
  const found = arc((abs(y.c) * ten(y.e - least) * S) / (abs(x.c) * ten(x.e - least)));
  return result(signed(y.c, x.c < 0n ? PI - found : found));
}

/** @param {(sine: bigint, cosine: bigint) => bigint | null} take @returns {(x: Decimal) => Decimal | null} */
const angle = (take) => (x) => {
  const scaled = fixed(x);
  const found = abs(scaled) < 10n ** 12n * S ? take(...sinCos(scaled)) : null;
  return found === null ? null : result(found);
};

/** @type {Record<string, (...numbers: Decimal[]) => Decimal | null>} */
const FUNCTIONS = {
  sqrt,
  exp,
  log(x) {
    const found = parted(x);
    return found && result(found[1] + found[0] * LN10);
  },
  log10(x) {
    const found = parted(x);
    return found && result((found[1] * S) / LN10 + found[0] * S);
  },
  sin: angle((sine) => sine),
  cos: angle((_sine, cosine) => cosine),
  tan: angle((sine, cosine) => (cosine ? (sine * S) / cosine : null)),
  atan(x) {
    const scaled = fixed(x);
    return result(signed(scaled, arc(abs(scaled))));
  },
  asin(x) {
    const found = asin(x);
    return found === null ? null : result(found);
  },
  acos(x) {
    const found = asin(x);
    return found === null ? null : result(H - found);
  },
  atan2,
};

for (const [name, found] of Object.entries(FUNCTIONS))
  TABLE[name] = (/** @type {Value[]} */ args) => {
    const numbers = args.map(number);
    return numbers.includes(null) ? "" : blank(found(.../** @type {Decimal[]} */ (numbers)));
  };
