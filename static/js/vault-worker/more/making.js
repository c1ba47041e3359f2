// Making a vault: once in the life of a phone, with a link.

import { b64u, jsonBytes, utf8 } from "../../bytes.js";
import { Problem } from "../../errors.js";
import { newId } from "../../ids.js";
import * as limits from "../../limits.js";
import { ECDSA, sha256, signed } from "../seals.js";
import { argon2id } from "../wrap.js";
import { office } from "./office.js";
import { makeMailbox, sealedRing } from "./ring.js";
import { checkServer } from "./server.js";
import { wrapDek } from "./wrapping.js";

/**
 * @typedef {import("../../bytes.js").Bytes} Bytes
 * @typedef {import("../../bytes.js").Json} Json
 * @typedef {import("../../vault-worker.js").Keeper} Keeper
 * @typedef {{code: string, vault_id: string, dek: Bytes, ring: Json, made: Json}} Begun
 */

export const operations = { prepare, create, adopt, office };

/** Can this browser do what we need? Answers the Argon2 time in ms for the strong setting. @param {Keeper} keeper @param {Json} given `{kdf}` */
async function prepare(keeper, { kdf }) {
  if (!globalThis.crypto?.subtle || typeof CompressionStream === "undefined") throw new Problem("no_webcrypto");
  await argon2id("warm", { ...kdf, memory_kib: 64, iterations: 1, salt: b64u(keeper.random(16)) }); // the load of the WASM is no part of the time
  const started = performance.now();
  await argon2id(b64u(keeper.random(16)), { ...kdf, salt: b64u(keeper.random(16)) });
  return performance.now() - started;
}

/**
 * Makes a vault: data key, author key, transport key, mailbox; wraps them. The same code again keeps the keys and wraps anew.
 * @param {Keeper} keeper @param {Json} given `{code, now_ms, secret, kind, digits, kdf, pin}`
 */
async function create(keeper, { code, now_ms, secret, kind, digits, kdf, pin }) {
  if (keeper.begun.vault?.code !== code) keeper.begun.vault = await makeKeys(keeper, code, now_ms);
  const { dek, vault_id, ring, made } = /** @type {Begun} */ (keeper.begun.vault);
  const { random, derive } = keeper;
  const wrap = await wrapDek({ dek, vault_id, secret, kind, digits, kdf, random, derive });
  const pin_kdf = { ...limits.KDF_PIN, salt: b64u(random(16)) };
  ring.pin = { kdf: pin_kdf, verifier: b64u(await derive(pin, pin_kdf)) };
  return { ...made, wraps: [wrap], keyring: await sealedRing(keeper, dek, ring, vault_id) };
}

/**
 * After the server has registered the keys: what it said of itself is checked, and pinned inside the keyring.
 * @param {Keeper} keeper @param {Json} given `{record, reply, fingerprint}` @returns {Promise<Bytes>} the keyring to keep
 */
async function adopt(keeper, { record, reply, fingerprint }) {
  await checkServer(reply, fingerprint);
  if (!keeper.begun.vault) throw new Problem("vault_locked");
  const { dek, ring } = /** @type {Begun} */ (keeper.begun.vault);
  const { identity_key, server_keys, keys_version } = reply;
  ring.pinned = { identity_key, server_keys, keys_version, mailbox: b64u(record.mailbox) };
  keeper.record = record;
  const keyring = await sealedRing(keeper, dek, ring);
  keeper.record = { ...record, keyring };
  await keeper.take(dek);
  delete keeper.begun.vault;
  return keyring;
}

/** @param {Keeper} keeper @param {string} code @param {number} now_ms @returns {Promise<Begun>} */
async function makeKeys(keeper, code, now_ms) {
  const vault_id = newId(now_ms, keeper.random);
  const transport = await crypto.subtle.generateKey(ECDSA, false, ["sign", "verify"]);
  const author = await crypto.subtle.generateKey(ECDSA, true, ["sign", "verify"]);
  const mailbox = await makeMailbox();
  const point = async (/** @type {CryptoKey} */ key) => b64u(new Uint8Array(await crypto.subtle.exportKey("raw", key)));
  const transport_key = await point(transport.publicKey);
  const author_key = await point(author.publicKey);
  const proof = jsonBytes(["fieldapp/1/enrol", vault_id, b64u(await sha256(utf8(code))), transport_key, author_key]);
  const made = {
    vault_id,
    transport_key,
    author_key,
    transport_signature: b64u(await signed(transport.privateKey, proof)),
    author_signature: b64u(await signed(author.privateKey, proof)),
    transport: transport.privateKey,
    mailbox: mailbox.public,
  };
  const pkcs8 = new Uint8Array(await crypto.subtle.exportKey("pkcs8", author.privateKey));
  const ring = { author: b64u(pkcs8), mailbox: b64u(mailbox.private) };
  return { code, vault_id, made, dek: keeper.random(32), ring };
}
