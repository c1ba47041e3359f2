// Seals by a key: what is derived from what, AES-GCM, and values that lie on this phone. Pure: keys and randomness are handed in,
// so that frozen vectors can feed it.
//
// Obligations, easy to break:
// - one AES key seals one text: every key is derived with 16 fresh random bytes as salt, nonces then only count chunks;
// - what a wrong key or a changed byte does is decided by the GCM tag, never by a stored hash;
// - every derived key has a label of its own.

import { concat, utf8 } from "../bytes.js";
import { Problem } from "../errors.js";
import { padded, placeBytes, unpadded } from "./layout.js";

/**
 * @typedef {import("../bytes.js").Bytes} Bytes
 * @typedef {import("../ids.js").Random} Random
 * @typedef {import("./layout.js").Place} Place
 */

export const NO_NONCE = new Uint8Array(12); // right only because the key beside it is used once
export const ECDSA = { name: "ECDSA", namedCurve: "P-256" };
export const ECDSA_SIGN = { name: "ECDSA", hash: "SHA-256" };

/** @param {Bytes} bytes */
export const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));

/** Key material others are derived from. @param {Bytes} bytes 32 bytes */
export const baseKey = (bytes) => crypto.subtle.importKey("raw", bytes, "HKDF", false, ["deriveKey", "deriveBits"]);

/** @param {CryptoKey} base @param {Bytes} salt @param {Bytes} info */
export const aesKey = (base, salt, info) =>
  crypto.subtle.deriveKey(
    { name: "HKDF", hash: "SHA-256", salt, info },
    base,
    { name: "AES-GCM", length: 256 },
    false,
    ["encrypt", "decrypt"],
  );

/** @param {CryptoKey} base @param {Bytes} info */
export async function subBytes(base, info) {
  return new Uint8Array(
    await crypto.subtle.deriveBits({ name: "HKDF", hash: "SHA-256", salt: new Uint8Array(0), info }, base, 256),
  );
}

/** @param {CryptoKey} key @param {Bytes} bytes */
export const signed = async (key, bytes) => new Uint8Array(await crypto.subtle.sign(ECDSA_SIGN, key, bytes));

/** @param {Bytes} pkcs8 */
export const signingKey = (pkcs8) => crypto.subtle.importKey("pkcs8", pkcs8, ECDSA, false, ["sign"]);

/**
 * The keys under a data key, by what they seal. @param {Bytes} dek @param {Bytes} [names] of local names where the vault keeps its first one
 * @returns {Promise<Record<string, CryptoKey>>}
 */
export async function subKeys(dek, names) {
  const base = await baseKey(dek);
  /** @type {Record<string, CryptoKey>} */
  const sub = {};
  for (const label of ["drafts", "files", "inbox", "state", "keyring"])
    sub[label] = await baseKey(await subBytes(base, utf8(`fieldapp/1/sub/${label}`)));
  const bytes = names ?? (await namesOf(base));
  sub.names = await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return sub;
}

/** @param {CryptoKey} base of a data key */
export const namesOf = (base) => subBytes(base, utf8("fieldapp/1/sub/names"));

/** @param {CryptoKey} key @param {Bytes} nonce @param {Bytes} aad @param {Bytes} bytes */
export const gcmSeal = async (key, nonce, aad, bytes) =>
  new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv: nonce, additionalData: aad }, key, bytes));

/** @param {CryptoKey} key @param {Bytes} nonce @param {Bytes} aad @param {Bytes} bytes @param {string} code said when the tag does not fit */
export async function gcmOpen(key, nonce, aad, bytes, code) {
  try {
    return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv: nonce, additionalData: aad }, key, bytes));
  } catch (cause) {
    throw new Problem(code, undefined, cause);
  }
}

/* ---- values that lie on this phone ---- */

const VALUE_VERSION = 1;
const VALUE_INFO = utf8("fieldapp/1/value");

/** value = version (1) ‖ salt (16) ‖ AES-256-GCM. @param {CryptoKey} base @param {Place} place @param {Bytes} bytes @param {Random} random */
export async function sealValue(base, place, bytes, random) {
  const salt = random(16);
  const sealed = await gcmSeal(await aesKey(base, salt, VALUE_INFO), NO_NONCE, placeBytes(place), padded(bytes));
  return concat(Uint8Array.of(VALUE_VERSION), salt, sealed);
}

/** Throws `value_damaged` for changed, truncated or misplaced bytes. @param {CryptoKey} base @param {Place} place @param {Bytes} value */
export async function openValue(base, place, value) {
  if (!(value instanceof Uint8Array) || value[0] !== VALUE_VERSION) throw new Problem("value_damaged");
  const key = await aesKey(base, value.slice(1, 17), VALUE_INFO);
  return unpadded(await gcmOpen(key, NO_NONCE, placeBytes(place), value.slice(17), "value_damaged"));
}
