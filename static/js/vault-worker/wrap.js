// The data key, wrapped by a secret. A wrong secret fails by the tag.

import { b64u, fromB64u, utf8 } from "../bytes.js";
import { wrapAad } from "./layout.js";
import { aesKey, baseKey, gcmOpen, gcmSeal, NO_NONCE } from "./seals.js";

/**
 * @typedef {import("../bytes.js").Bytes} Bytes
 * @typedef {import("../ids.js").Random} Random
 * @typedef {import("./layout.js").Kdf} Kdf
 * @typedef {import("./layout.js").Wrap} Wrap
 */

/** Argon2id, 32 bytes. The WASM comes with the first use, not with the app. @param {string} secret @param {Kdf} kdf */
export async function argon2id(secret, kdf) {
  const whole = await import("./argon2id.js");
  return whole.argon2id(utf8(secret), fromB64u(kdf.salt), kdf, 32);
}

/** @typedef {(secret: string, kdf: Kdf) => Promise<Bytes>} Derive 32 bytes of a secret; Argon2id but for tests */

/** @param {Derive} derive @param {string} secret @param {Kdf} kdf */
async function keyOfSecret(derive, secret, kdf) {
  return aesKey(await baseKey(await derive(secret, kdf)), fromB64u(kdf.salt), utf8("fieldapp/1/kek/secret"));
}

/**
 * @param {{dek: Bytes, vault_id: string, secret: string, kind: "digits" | "passphrase", digits: number, kdf: Omit<Kdf, "salt">,
 *   random: Random, derive: Derive}} given
 * @returns {Promise<Wrap>}
 */
export async function wrapDek({ dek, vault_id, secret, kind, digits, kdf, random, derive }) {
  // The salt is fresh for every wrap, so the key is, and the nonce may be zero.
  const version = /** @type {const} */ (1);
  const wrap = { way: /** @type {const} */ ("secret"), version, kind, digits, kdf: { ...kdf, salt: b64u(random(16)) } };
  const key = await keyOfSecret(derive, secret, wrap.kdf);
  return { ...wrap, wrapped: await gcmSeal(key, NO_NONCE, wrapAad(vault_id, wrap), dek) };
}

/** @param {Wrap} wrap @param {string} vault_id @param {string} secret @param {Derive} derive; throws `wrong_secret` */
export async function unwrapDek(wrap, vault_id, secret, derive) {
  const key = await keyOfSecret(derive, secret, wrap.kdf);
  return gcmOpen(key, NO_NONCE, wrapAad(vault_id, wrap), wrap.wrapped, "wrong_secret");
}
