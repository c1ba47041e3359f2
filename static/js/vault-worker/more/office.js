// An office with nobody in it, for one practice: what a vault needs of a server. Its private halves end with this function, so that what
// is sealed for it opens nowhere, and nothing of a practice can be read by a real server, nor be taken for its work.

import { b64u, hex } from "../../bytes.js";
import { crockford60 } from "../../ids.js";
import { SUITE } from "../../limits.js";
import { keysText } from "../layout.js";
import { ECDSA, sha256, signed } from "../seals.js";
import { makeMailbox } from "./ring.js";

/** @typedef {import("../../bytes.js").Json} Json @typedef {import("../../vault-worker.js").Keeper} Keeper */

/**
 * @param {Keeper} _ @param {Json} given `{now_ms}`
 * @returns {Promise<Json>} `{code24, reply}`: a device code for this office, and its answer to an enrolment but for the person
 */
export async function office(_, { now_ms }) {
  const pair = await crypto.subtle.generateKey(ECDSA, false, ["sign", "verify"]);
  const identity = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  const sealing = (await makeMailbox()).public;
  const key_id = hex((await sha256(sealing)).slice(0, 8));
  const server_keys = [{ key_id, suite: SUITE, public: b64u(sealing), from: now_ms, until: null }];
  const list = { server_keys, keys_version: 1 };
  const keys_signature = b64u(await signed(pair.privateKey, keysText(list)));
  const code24 = "0".repeat(12) + crockford60(await sha256(identity));
  return { code24, reply: { ...list, identity_key: b64u(identity), keys_signature } };
}
