// Bytes, text, zlib and the frame of docs/protocol.md. No keys here, nothing of the page.

import { Problem } from "./errors.js";

/** @typedef {Uint8Array<ArrayBuffer>} Bytes */
/** @typedef {any} Json any JSON value; who reads it says what it must hold */

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/** @param {string} text @returns {Bytes} */
export const utf8 = (text) => /** @type {Bytes} */ (encoder.encode(text));

/** @param {Uint8Array} bytes; throws on bytes that are not UTF-8 */
export const text = (bytes) => decoder.decode(bytes);

/**
 * Half a sign (a lone surrogate, which some keyboards leave behind) becomes U+FFFD: the server refuses text that holds one, and whatever
 * is stored, sealed or sent passes here. Nothing but such a half is written as an escape beginning with `ud` by JSON.stringify.
 * @param {Json} value @returns {Bytes}
 */
export const jsonBytes = (value) =>
  utf8(JSON.stringify(value).replace(/\\(?:(ud[89a-f]..)|.)/g, (found, half) => (half ? "\ufffd" : found)));

/** @param {Uint8Array} bytes @returns {Json} */
export const fromJsonBytes = (bytes) => JSON.parse(text(bytes));

/** @param {...Uint8Array} parts @returns {Bytes} */
export function concat(...parts) {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** @param {number} value @returns {Bytes} four bytes, big-endian */
export function u32(value) {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

/** @param {Uint8Array} bytes @param {number} [at] */
export const readU32 = (bytes, at = 0) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(at);

/** @param {Uint8Array} a @param {Uint8Array} b */
export const sameBytes = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i]);

/** @param {Uint8Array} bytes base64url without padding */
export function b64u(bytes) {
  let binary = "";
  for (let at = 0; at < bytes.length; at += 8_192) binary += String.fromCharCode(...bytes.subarray(at, at + 8_192));
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** @param {string} encoded @returns {Bytes}; throws on anything that is not base64url */
export function fromB64u(encoded) {
  if (!/^[\w-]*$/.test(encoded)) throw new Problem("frame_malformed");
  const binary = atob(encoded.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

/** @param {Uint8Array} bytes lower-case hex */
export const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

/** @param {string} encoded @returns {Bytes} */
export function fromHex(encoded) {
  if (!/^([0-9a-f]{2})*$/.test(encoded)) throw new Problem("frame_malformed");
  return Uint8Array.from(encoded.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** One zlib stream (RFC 1950). @param {Bytes} bytes @returns {Promise<Bytes>} */
export const deflate = (bytes) => through(bytes, new CompressionStream("deflate"), Number.POSITIVE_INFINITY);

/**
 * One zlib stream, inflated up to `bytes_max`. A body that inflates without end stops there, with `value_damaged`.
 * @param {Bytes} bytes @param {number} bytes_max @returns {Promise<Bytes>}
 */
export const inflate = (bytes, bytes_max) => through(bytes, new DecompressionStream("deflate"), bytes_max);

/** @param {Bytes} bytes @param {CompressionStream | DecompressionStream} stream @param {number} bytes_max */
async function through(bytes, stream, bytes_max) {
  const writer = stream.writable.getWriter();
  // Not awaited: the reader below empties the stream. A bad stream rejects both ends; the reader's end is the one reported.
  writer.write(bytes).catch(() => {});
  writer.close().catch(() => {});
  const reader = stream.readable.getReader();
  /** @type {Uint8Array[]} */
  const parts = [];
  let length = 0;
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      parts.push(read.value);
      length += read.value.length;
      if (length > bytes_max) {
        await reader.cancel();
        break;
      }
    }
  } catch (cause) {
    throw new Problem("value_damaged", undefined, cause);
  }
  if (length > bytes_max) throw new Problem("value_damaged");
  return concat(...parts);
}

/** frame = length of head (u32) ‖ head (JSON) ‖ payload. @param {Json} head @param {...Uint8Array} payload */
export function makeFrame(head, ...payload) {
  const headBytes = jsonBytes(head);
  return concat(u32(headBytes.length), headBytes, ...payload);
}

/**
 * The head of a frame and a reader for its payload, in order.
 * @param {Bytes} frame @returns {{head: Json, take: (length: number) => Bytes, left: () => number}}
 */
export function readFrame(frame) {
  const length = frame.length >= 4 ? readU32(frame) : Number.POSITIVE_INFINITY;
  if (4 + length > frame.length) throw new Problem("reply_malformed");
  let head;
  try {
    head = fromJsonBytes(frame.subarray(4, 4 + length));
  } catch (cause) {
    throw new Problem("reply_malformed", undefined, cause);
  }
  let at = 4 + length;
  const take = (/** @type {number} */ count) => {
    if (!Number.isSafeInteger(count) || count < 0 || at + count > frame.length) throw new Problem("reply_malformed");
    at += count;
    return frame.slice(at - count, at);
  };
  return { head, take, left: () => frame.length - at };
}
