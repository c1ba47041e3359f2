// The data key, wrapped by a secret. A wrong secret fails by the tag.

import { b64u, concat, fromB64u, utf8 } from "../bytes.js";
import { Problem } from "../errors.js";
import { wrapAad } from "./layout.js";
import { aesKey, baseKey, gcmOpen, NO_NONCE, sha256 } from "./seals.js";

/**
 * @typedef {import("../bytes.js").Bytes} Bytes
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
export async function keyOfSecret(derive, secret, kdf) {
  return kek("secret", await derive(secret, kdf), kdf.salt);
}

/** What wraps the data key in one way in. @param {Wrap["way"]} way @param {Bytes} bytes of the secrets of that way @param {string} salt */
export const kek = async (way, bytes, salt) =>
  aesKey(await baseKey(bytes), fromB64u(salt), utf8(`fieldapp/1/kek/${way}`));

/** @param {Wrap} wrap @param {string} vault_id @param {string} secret @param {Derive} derive; throws `wrong_secret`, `value_damaged` */
export async function unwrapDek(wrap, vault_id, secret, derive) {
  await checkSum(wrap, vault_id);
  return unwrapped(wrap, await keyOfSecret(derive, secret, wrap.kdf), vault_id, "wrong_secret");
}

/** @param {Wrap} wrap @param {CryptoKey} key @param {string} vault_id @param {string} code said where the tag does not fit */
export const unwrapped = (wrap, key, vault_id, code) =>
  gcmOpen(key, NO_NONCE, wrapAad(vault_id, wrap), wrap.wrapped, code);

/**
 * Nobody is told that her secret is wrong when it is the flash. A wrap that was made before there was a sum has none.
 * @param {Wrap} wrap @param {string} vault_id @param {Bytes} [beside]; throws `value_damaged`
 */
export async function checkSum(wrap, vault_id, beside) {
  const sum = wrap.check && (await sumOf(wrap, vault_id, beside).catch(() => ""));
  if (wrap.check !== sum) throw new Problem("value_damaged");
}

/** A sum over what lies in clear anyway: it helps nobody to guess. @param {Omit<Wrap, "check">} wrap @param {string} vault_id @param {Bytes} [beside] */
export async function sumOf(wrap, vault_id, beside = new Uint8Array(0)) {
  return b64u((await sha256(concat(wrapAad(vault_id, wrap), wrap.wrapped, beside))).slice(0, 8));
}
