// Argon2id (RFC 9106) over two WebAssembly modules of hash-wasm: Argon2's passes over the memory, and BLAKE2b.
// Their own wrapper is made for all their hashes, and was a third of what came over the line.

import { argon2, blake2b } from "../../vendor/hash-wasm-4.13.0-argon2.js";
import { concat } from "../bytes.js";

/** @typedef {import("../bytes.js").Bytes} Bytes */

const VERSION = 0x13;
const TYPE_ID = 2;
const BLOCK = 1_024;
const HASHED_AT_ONCE = 16_384; // the buffer of the BLAKE2b module

const compiled = Promise.all([argon2, blake2b].map((text) => WebAssembly.compile(moduleBytes(text))));

/**
 * @param {Bytes} password @param {Bytes} salt at least 8 bytes @param {{memory_kib: number, iterations: number, parallelism: number}} cost
 * @param {number} length of the answer in bytes, at most 64
 * @returns {Promise<Bytes>}
 */
export async function argon2id(password, salt, { memory_kib, iterations, parallelism }, length) {
  if (!(memory_kib >= 8 * parallelism && parallelism >= 1 && iterations >= 1 && salt.length >= 8 && length <= 64))
    throw new RangeError("argon2id");
  const [memory, hash] = await Promise.all((await compiled).map(started));
  const blake = blakeOf(hash);

  memory.Hash_GetBuffer(); // first: what it gives begins where the memory ends now, and grows from there
  memory.Hash_SetMemorySize((memory_kib + 1) * BLOCK);
  const blocks = bufferOf(memory, (memory_kib + 1) * BLOCK);
  // The module reads its parameters behind the memory it fills.
  const parameters = little(parallelism, length, memory_kib, iterations, VERSION, TYPE_ID);
  blocks.set(parameters, memory_kib * BLOCK);

  // H0, then the first two blocks of each lane (section 3.2).
  const lengths = [password, salt].flatMap((given) => [little(given.length), given]);
  const first = blake(64, parameters, ...lengths, little(0, 0)); // no secret, no associated data
  const lane_blocks = 4 * Math.floor(memory_kib / (4 * parallelism));
  for (let lane = 0; lane < parallelism; lane += 1)
    for (const column of [0, 1])
      blocks.set(block(blake, concat(first, little(column, lane))), (lane * lane_blocks + column) * BLOCK);

  memory.Hash_Calculate(0, memory_kib, 0);
  return blake(length, little(length), blocks.subarray(0, BLOCK));
}

/** H' of section 3.3, for a whole block. @param {ReturnType<typeof blakeOf>} blake @param {Bytes} given */
function block(blake, given) {
  const made = new Uint8Array(BLOCK);
  let last = blake(64, little(BLOCK), given);
  for (let at = 0; at < BLOCK - 64; at += 32) {
    made.set(last.subarray(0, 32), at);
    last = blake(64, last);
  }
  made.set(last, BLOCK - 64);
  return made;
}

/** @param {any} hash */
function blakeOf(hash) {
  /** BLAKE2b of these parts, one after the other. @param {number} length @param {Bytes[]} parts */
  return (length, ...parts) => {
    const buffer = bufferOf(hash, HASHED_AT_ONCE);
    hash.Hash_Init(length * 8);
    for (const part of parts)
      for (let at = 0; at < part.length; at += HASHED_AT_ONCE) {
        const piece = part.subarray(at, at + HASHED_AT_ONCE);
        buffer.set(piece);
        hash.Hash_Update(piece.length);
      }
    hash.Hash_Final(0);
    return buffer.slice(0, length);
  };
}

/** @param {WebAssembly.Module} module @returns {Promise<any>} its exports, with a memory of their own */
const started = async (module) => (await WebAssembly.instantiate(module)).exports;

/** Where a module takes and gives bytes. The first question makes its memory grow, which is another object then. @param {any} module @param {number} length @returns {Bytes} */
function bufferOf(module, length) {
  const at = module.Hash_GetBuffer();
  return new Uint8Array(module.memory.buffer, at, length);
}

/** u32, the lowest byte first. @param {number[]} numbers */
function little(...numbers) {
  const view = new DataView(new ArrayBuffer(numbers.length * 4));
  for (const [i, number] of numbers.entries()) view.setUint32(i * 4, number, true);
  return new Uint8Array(view.buffer);
}

/** A byte is one sign of the text, so that equal bytes stay equal to gzip: from U+0020 on, from U+00A1 on past U+007E. @param {string} text */
function moduleBytes(text) {
  return Uint8Array.from(text, (sign) => {
    const code = sign.charCodeAt(0);
    return code - (code < 0x7f ? 0x20 : 0x42);
  });
}
