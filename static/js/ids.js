// Ids and secrets that are only chance: UUIDv7, local keys, generated digits, the device code.

import { b64u, fromHex, hex } from "./bytes.js";
import { Problem } from "./errors.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */
/** @typedef {(length: number) => Bytes} Random */

/** The browser's own generator. @type {Random} */
export const randomBytes = (length) => crypto.getRandomValues(new Uint8Array(length));

/** A random local key, 16 bytes as b64u. Says nothing, also to one who reads only the metadata. @param {Random} [random] */
export const newRef = (random = randomBytes) => b64u(random(16));

/**
 * UUIDv7 (RFC 9562): 48 bits of milliseconds, then chance. The clock is a claim; order is the server's.
 * @param {number} now_ms @param {Random} [random]
 */
export function newId(now_ms, random = randomBytes) {
  const bytes = random(16);
  // A phone whose clock stands before 1970 or after the year 10889 still gets a well-formed id.
  let ms = Math.min(Math.max(Math.floor(now_ms) || 0, 0), 2 ** 48 - 1);
  for (let i = 5; i >= 0; i--) {
    bytes[i] = ms % 256;
    ms = Math.floor(ms / 256);
  }
  bytes[6] = (bytes[6] & 0x0f) | 0x70;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  return idText(bytes);
}

/** @param {Uint8Array} bytes 16 bytes; any version (a package id is plain chance) */
export const idText = (bytes) => hex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");

/** @param {string} id lower-case UUID text @returns {Bytes} 16 bytes */
export function idBytes(id) {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) throw new Problem("id_form");
  return fromHex(id.replaceAll("-", ""));
}

/**
 * Decimal digits without modulo bias: bytes of 250 and above are thrown away.
 * @param {number} count @param {Random} [random]
 */
export function generateDigits(count, random = randomBytes) {
  let digits = "";
  while (digits.length < count) {
    for (const byte of random(count)) if (byte < 250 && digits.length < count) digits += byte % 10;
  }
  return digits;
}

export const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/**
 * A device code as typed or scanned: 24 Crockford characters, or `address#` and the 24 characters.
 * @param {string} typed @returns {{code: string, fingerprint: string, address: string | null}}; throws `code_form`
 */
export function parseCode(typed) {
  const [before, after] = typed.includes("#") ? typed.split("#", 2) : [null, typed];
  const characters = after
    .toUpperCase()
    .replace(/[\s-]/g, "")
    .replaceAll("I", "1")
    .replaceAll("L", "1")
    .replaceAll("O", "0");
  if (characters.length !== 24 || [...characters].some((character) => !CROCKFORD.includes(character))) {
    throw new Problem("code_form");
  }
  return { code: characters.slice(0, 12), fingerprint: characters.slice(12), address: before?.trim() || null };
}

/** The first 60 bits as 12 Crockford characters. @param {Uint8Array} digest */
export function crockford60(digest) {
  let bits = 0n;
  for (const byte of digest.subarray(0, 8)) bits = (bits << 8n) | BigInt(byte);
  bits >>= 4n;
  let out = "";
  for (let i = 0; i < 12; i++, bits >>= 5n) out = CROCKFORD[Number(bits & 31n)] + out;
  return out;
}
