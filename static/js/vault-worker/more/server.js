// The server's word that it is the one: its identity key by the fingerprint of a device code, and what that key signed.

import { fromB64u, hex } from "../../bytes.js";
import { Problem } from "../../errors.js";
import { crockford60 } from "../../ids.js";
import { chooseServerKey, keysText } from "../layout.js";
import { ECDSA, ECDSA_SIGN, sha256 } from "../seals.js";

/** @typedef {import("../../bytes.js").Bytes} Bytes @typedef {import("../../bytes.js").Json} Json */

/** Is this the server whose fingerprint the device code named, and did it sign its list? @param {Json} reply of enrolment @param {string} fingerprint */
export async function checkServer(reply, fingerprint) {
  const digest = await sha256(bytesOf(reply.identity_key));
  if (crockford60(digest) !== fingerprint) throw new Problem("server_fingerprint");
  await checkKeys(reply);
}

/** Did this identity key sign this list, and is it a list we can use? @param {Json} said throws `server_keys_unsigned`, `no_server_key` */
export async function checkKeys(said) {
  try {
    if (!(await verifies(said.identity_key, said.keys_signature, keysText(said))))
      throw new Problem("server_keys_unsigned");
    for (const row of said.server_keys) {
      if (hex((await sha256(fromB64u(row.public))).slice(0, 8)) !== row.key_id)
        throw new Problem("server_keys_unsigned");
    }
  } catch (cause) {
    throw new Problem("server_keys_unsigned", undefined, cause);
  }
  chooseServerKey(said.server_keys);
}

/** @param {string} point b64u @param {string} signature b64u @param {Bytes} text; throws for what is no point */
export async function verifies(point, signature, text) {
  const key = await crypto.subtle.importKey("raw", fromB64u(point), ECDSA, false, ["verify"]);
  return crypto.subtle.verify(ECDSA_SIGN, key, fromB64u(signature), text);
}

/** @param {string} text b64u */
function bytesOf(text) {
  try {
    return fromB64u(text);
  } catch (cause) {
    throw new Problem("server_keys_unsigned", undefined, cause);
  }
}
