/** SHA-256 (FIPS 180-4) of a text, in one go: expressions cannot wait for the browser's own. */

import { TABLE } from "../functions.js";
import { text } from "../values.js";

/** The first 32 bits of the fractional parts of a root of the first primes, as FIPS 180-4 makes its constants. @param {number} count @param {number} power */
function roots(count, power) {
  const found = [];
  for (let n = 2; found.length < count; n++) {
    let isPrime = true;
    for (let by = 2; by * by <= n; by++) isPrime &&= n % by > 0;
    if (isPrime) found.push(fraction(BigInt(n), power));
  }
  return Uint32Array.from(found);
}

/** By bisection in whole numbers: floating roots differ between engines. @param {bigint} n @param {number} power */
function fraction(n, power) {
  const wanted = n << BigInt(32 * power);
  let root = 0n;
  for (let bit = 1n << 40n; bit; bit >>= 1n) if ((root | bit) ** BigInt(power) <= wanted) root |= bit;
  return Number(root & 0xffffffffn);
}

const K = roots(64, 3);
const START = roots(8, 2);

/** @param {Uint8Array} message @returns {Uint8Array} 32 bytes */
export function sha256(message) {
  const length = ((message.length + 72) >> 6) << 6;
  const block = new DataView(new ArrayBuffer(length));
  new Uint8Array(block.buffer).set(message);
  block.setUint8(message.length, 0x80);
  block.setBigUint64(length - 8, BigInt(message.length) * 8n);
  const state = START.slice();
  const w = new Uint32Array(64);
  for (let from = 0; from < length; from += 64) {
    for (let i = 0; i < 64; i++)
      w[i] =
        i < 16
          ? block.getUint32(from + i * 4)
          : w[i - 16] +
            (turn(w[i - 15], 7) ^ turn(w[i - 15], 18) ^ (w[i - 15] >>> 3)) +
            w[i - 7] +
            (turn(w[i - 2], 17) ^ turn(w[i - 2], 19) ^ (w[i - 2] >>> 10));
    let [a, b, c, d, e, f, g, h] = state;
    for (let i = 0; i < 64; i++) {
      const one = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + K[i] + w[i]) | 0;
      const two = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0];
    }
    for (const [i, x] of [a, b, c, d, e, f, g, h].entries()) state[i] += x;
  }
  const out = new DataView(new ArrayBuffer(32));
  for (const [i, x] of state.entries()) out.setUint32(i * 4, x);
  return new Uint8Array(out.buffer);
}

/** @param {number} x @param {number} by */
const turn = (x, by) => (x >>> by) | (x << (32 - by));

/** Text, algorithm (always SHA-256), `hex` or `base64`. @param {import("../values.js").Value[]} args */
TABLE.digest = (args) => {
  const found = sha256(new TextEncoder().encode(text(args[0])));
  return text(args[2]) === "hex"
    ? [...found].map((octet) => octet.toString(16).padStart(2, "0")).join("")
    : btoa(String.fromCharCode(...found));
};
