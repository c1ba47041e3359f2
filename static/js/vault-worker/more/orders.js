// What passes between phone and server beside packages and pages. The server's word is believed only by the pinned identity key: a newer
// list of its keys, a wipe. The author's: which of the things that were handed in are still there?

import { b64u, concat, fromJsonBytes, jsonBytes } from "../../bytes.js";
import { Problem } from "../../errors.js";
import { idBytes } from "../../ids.js";
import { openValue, sha256, signed } from "../seals.js";
import { sealedBy } from "./ring.js";
import { checkKeys, verifies } from "./server.js";

/**
 * @typedef {import("../../bytes.js").Json} Json
 * @typedef {import("../../vault-worker.js").Keeper} Keeper
 */

export const operations = { keys, wipe, digest };

/**
 * A newer list, for all that is sealed from now on. Only while open: it is pinned inside the keyring.
 * @param {Keeper} keeper @param {Json} given as the server told it @returns {Promise<Json | null>} the parts of the root record; null for one that is not newer; throws `server_keys_unsigned`
 */
async function keys(keeper, { identity_key, server_keys, keys_version, keys_signature }) {
  const { vault_id, ...record } = keeper.loaded();
  if (identity_key !== record.identity_key) throw new Problem("server_keys_unsigned");
  if (!(keys_version > record.keys_version)) return null;
  await checkKeys({ identity_key, server_keys, keys_version, keys_signature });
  const key = keeper.keyOf("root");
  const ring = fromJsonBytes(await openValue(key, { store: "root", key: vault_id }, record.keyring));
  const pinned = { identity_key, server_keys, keys_version };
  // A vault that was made before there was anything pinned gets all of it now.
  const all = { mailbox: b64u(record.mailbox), ...ring.pinned, ...pinned };
  const keyring = await sealedBy(key, keeper, { ...ring, pinned: all });
  keeper.record = { ...keeper.record, ...pinned, keyring };
  keeper.sealing = null; // what is sealed from now on is for the newest key
  return { server_keys, keys_version, keyring };
}

/** Was this wipe ordered by the server of this vault? Also while locked. @param {Keeper} keeper @param {Json} given `{order, at, signature}` @returns {Promise<boolean>} */
async function wipe(keeper, { order, at, signature }) {
  const { vault_id, identity_key } = keeper.loaded();
  const text = jsonBytes(["fieldapp/1/wipe", vault_id, order, at]);
  return verifies(identity_key, signature, text).catch(() => false);
}

/**
 * The question what the server still has (docs/protocol.md section 12), signed by the author; throws `vault_locked`.
 * @param {Keeper} keeper @param {Json} given `{request, t, revisions, packages}`: ids as text @returns {Promise<Json>} as it goes to the server
 */
async function digest(keeper, { request, t, revisions, packages }) {
  const author = keeper.authorKey();
  const ids = [revisions, packages].map((/** @type {string[]} */ named) => concat(...named.map(idBytes)));
  const sums = await Promise.all(ids.map(async (bytes) => b64u(await sha256(bytes))));
  const text = jsonBytes(["fieldapp/1/digest", keeper.loaded().vault_id, request, t, ...sums]);
  return { request, t, revisions: b64u(ids[0]), packages: b64u(ids[1]), signature: b64u(await signed(author, text)) };
}
