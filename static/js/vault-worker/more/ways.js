// The two other ways in: a PIN with the server's share (docs/protocol.md section 8), and what an authenticator derives (WebAuthn PRF).
// Each wraps the same data key. A way is set only with the secret, asked again: the data key is not kept after an unlock.

import { b64u, concat, fromB64u, jsonBytes, utf8 } from "../../bytes.js";
import { Problem } from "../../errors.js";
import { idBytes } from "../../ids.js";
import { hpkeOpen } from "../packages.js";
import { baseKey, signed } from "../seals.js";
import { checkSum, kek, unwrapped } from "../wrap.js";
import { makeMailbox } from "./ring.js";
import { wrapped } from "./wrapping.js";

/**
 * @typedef {import("../../bytes.js").Bytes} Bytes
 * @typedef {import("../../bytes.js").Json} Json
 * @typedef {import("../../vault-worker.js").Keeper} Keeper
 * @typedef {import("../layout.js").Wrap} Wrap
 * @typedef {{request: string, t: number, proof: string, to: string, signature: string | null}} Asked what goes to the server
 */

export const operations = { beginPin, setPin, removePin, askPin, unlockPin, setPrf, unlockPrf };

/** A new PIN, before the server has made a share. @param {Keeper} keeper @param {Json} given `{secret, pin, request, t}` @returns {Promise<Asked>} throws `wrong_secret` */
async function beginPin(keeper, { secret, pin, request, t }) {
  const dek = await keeper.dekOf(secret);
  const kdf = { ...keeper.loaded().wraps[0].kdf, salt: b64u(keeper.random(16)) };
  const device_secret = keeper.random(32);
  const asked = await proofOf(keeper, { pin, kdf, device_secret, request, t });
  const wrap = /** @type {const} */ ({ way: "pin", version: 1, kind: "digits", digits: pin.length, kdf });
  keeper.begun.pin = { ...keeper.begun.pin, dek, wrap, device_secret };
  return { ...asked, signature: await authored(keeper, "set", asked) };
}

/** With the share that the server made. @param {Keeper} keeper @param {Json} given `{sealed}` @returns {Promise<{wrap: Wrap, device_secret: Bytes}>} */
async function setPin(keeper, { sealed }) {
  const { dek, wrap, device_secret } = keeper.begun.pin;
  const { vault_id } = keeper.loaded();
  const key = await keyOfShare(keeper, sealed, wrap.kdf.salt);
  const made = await wrapped(wrap, key, dek, vault_id, device_secret);
  dek.fill(0);
  delete keeper.begun.pin;
  return { wrap: made, device_secret };
}

/** The author's word that the server may forget its share. @param {Keeper} keeper @param {Json} given `{request, t}` @returns {Promise<string>} */
async function removePin(keeper, { request, t }) {
  return authored(keeper, "remove", { request, t, proof: null, to: null });
}

/** A PIN that is tried: what the server needs to hand its share out. @param {Keeper} keeper @param {Json} given `{pin, request, t}` @returns {Promise<Asked>} throws `share_gone` where this phone has no such way */
async function askPin(keeper, { pin, request, t }) {
  const { device_secret, vault_id } = keeper.loaded();
  const wrap = wayOf(keeper, "pin");
  if (!device_secret) throw new Problem("share_gone");
  await checkSum(wrap, vault_id, device_secret); // no try is to be lost over a bit on the flash
  return proofOf(keeper, { pin, kdf: wrap.kdf, device_secret, request, t });
}

/** @param {Keeper} keeper @param {Json} given `{sealed}` */
async function unlockPin(keeper, { sealed }) {
  const wrap = wayOf(keeper, "pin");
  const key = await keyOfShare(keeper, sealed, wrap.kdf.salt);
  delete keeper.begun.pin;
  return keeper.take(await unwrapped(wrap, key, keeper.loaded().vault_id, "value_damaged"));
}

/** @param {Keeper} keeper @param {Json} given `{secret, output, salt, credential}`: what the authenticator derived from the salt @returns {Promise<Wrap>} throws `wrong_secret` */
async function setPrf(keeper, { secret, output, salt, credential }) {
  const dek = await keeper.dekOf(secret);
  const kdf = { name: "prf", memory_kib: 0, iterations: 0, parallelism: 0, salt };
  const wrap = { ...{ way: /** @type {const} */ ("prf"), version: /** @type {const} */ (1) }, credential, kdf };
  const { vault_id } = keeper.loaded();
  const made = await wrapped({ ...wrap, kind: "digits", digits: 0 }, await kek("prf", output, salt), dek, vault_id);
  dek.fill(0);
  return made;
}

/** @param {Keeper} keeper @param {Json} given `{output}` */
async function unlockPrf(keeper, { output }) {
  const wrap = wayOf(keeper, "prf");
  await checkSum(wrap, keeper.loaded().vault_id);
  const key = await kek("prf", output, wrap.kdf.salt);
  return keeper.take(await unwrapped(wrap, key, keeper.loaded().vault_id, "prf_failed"));
}

/** @param {Keeper} keeper @param {Wrap["way"]} way */
function wayOf(keeper, way) {
  const wrap = keeper.loaded().wraps.find((one) => one.way === way && one.version === 1);
  if (!wrap) throw new Problem("share_gone");
  return wrap;
}

/** @param {Keeper} keeper @param {{pin: string, kdf: import("../layout.js").Kdf, device_secret: Bytes, request: string, t: number}} given @returns {Promise<Asked>} */
async function proofOf(keeper, { pin, kdf, device_secret, request, t }) {
  const known = concat(await keeper.derive(pin, kdf), device_secret);
  const info = concat(utf8("fieldapp/1/pin/proof"), idBytes(keeper.loaded().vault_id));
  const how = { name: "HKDF", hash: "SHA-256", salt: fromB64u(kdf.salt), info };
  const proof = new Uint8Array(await crypto.subtle.deriveBits(how, await baseKey(known), 256));
  const once = await makeMailbox(); // the share is sealed to a key that lives for one answer
  keeper.begun.pin = { known, request, once: once.private };
  return { request, t, proof: b64u(proof), to: b64u(once.public), signature: null };
}

/** @param {Keeper} keeper @param {string} sealed b64u @param {string} salt @returns {Promise<CryptoKey>} throws `value_damaged` */
async function keyOfShare(keeper, sealed, salt) {
  const { known, request, once } = keeper.begun.pin ?? {};
  if (!known) throw new Problem("vault_locked");
  const info = concat(utf8("fieldapp/1/share"), idBytes(keeper.loaded().vault_id), fromB64u(request));
  return kek("pin", concat(known, await hpkeOpen(once, info, fromB64u(sealed))), salt);
}

/** @param {Keeper} keeper @param {"set" | "remove"} act @param {Json} asked */
async function authored(keeper, act, { request, t, proof, to }) {
  const text = jsonBytes(["fieldapp/1/share", act, keeper.loaded().vault_id, request, t, proof, to]);
  return b64u(await signed(keeper.authorKey(), text));
}
