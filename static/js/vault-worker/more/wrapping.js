// Making a wrap: the data key under what one way in asks for. Opening it is in ../wrap.js.

import { b64u } from "../../bytes.js";
import { wrapAad } from "../layout.js";
import { gcmSeal, NO_NONCE } from "../seals.js";
import { keyOfSecret, sumOf } from "../wrap.js";

/**
 * @typedef {import("../../bytes.js").Bytes} Bytes
 * @typedef {import("../../ids.js").Random} Random
 * @typedef {import("../layout.js").Kdf} Kdf
 * @typedef {import("../layout.js").Wrap} Wrap
 * @typedef {import("../wrap.js").Derive} Derive
 */

/**
 * @param {{dek: Bytes, vault_id: string, secret: string, kind: "digits" | "passphrase", digits: number, kdf: Omit<Kdf, "salt">,
 *   random: Random, derive: Derive}} given
 * @returns {Promise<Wrap>}
 */
export async function wrapDek({ dek, vault_id, secret, kind, digits, kdf, random, derive }) {
  // The salt is fresh for every wrap, so the key is, and the nonce may be zero.
  const wrap = { kind, digits, kdf: { ...kdf, salt: b64u(random(16)) } };
  return wrapped({ way: "secret", version: 1, ...wrap }, await keyOfSecret(derive, secret, wrap.kdf), dek, vault_id);
}

/**
 * @param {Omit<Wrap, "wrapped" | "check">} wrap @param {CryptoKey} key used once @param {Bytes} dek @param {string} vault_id
 * @param {Bytes} [beside] what lies in clear beside the wrap and belongs to it @returns {Promise<Wrap>}
 */
export async function wrapped(wrap, key, dek, vault_id, beside) {
  const made = { ...wrap, wrapped: await gcmSeal(key, NO_NONCE, wrapAad(vault_id, wrap), dek) };
  return { ...made, check: await sumOf(made, vault_id, beside) };
}
