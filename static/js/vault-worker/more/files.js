// Photos, papers and sounds (docs/protocol.md section 9): each is sealed once, under a sealing key of its own. That key lies beside it
// under the vault's key of files, so that it can be shown after the next unlock, and put into another envelope where the server has lost
// the key of the first. It is in no package: who has it opens this one file.

import { b64u, concat, fromB64u, fromJsonBytes, jsonBytes } from "../../bytes.js";
import { Problem } from "../../errors.js";
import { idBytes, idText } from "../../ids.js";
import * as limits from "../../limits.js";
import { FILE_BYTES_MAX, FILE_HEAD_BYTES, PART_BYTES } from "../../more/file-limits.js";
import { chooseServerKey, PURPOSE_FILE, packageAad } from "../layout.js";
import { makeEnvelope, openChunks, packageKey, sealChunks } from "../packages.js";
import { baseKey, sealValue, sha256 } from "../seals.js";

/**
 * @typedef {import("../../bytes.js").Bytes} Bytes
 * @typedef {import("../../bytes.js").Json} Json
 * @typedef {import("../../vault-worker.js").Keeper} Keeper
 * @typedef {import("../../vault-worker.js").Envelope} Envelope
 * @typedef {{file: string, hash: string, bytes: number, envelope: Envelope, sealed: Bytes, parts: Bytes[]}} SealedFile
 *   `sealed`: what is known of it, and its key; `parts`: the sealed file, cut
 */

export const operations = { seal, read, remark, open, envelope };

/** @param {string} ref */
const placeOf = (ref) => ({ store: "blobs", key: ref });

/**
 * One file, sealed for the server and for this phone. @param {Keeper} keeper @param {Json} given `{ref, info, bytes}`; `info.kind` says how long it may be
 * @returns {Promise<SealedFile>} throws `file_too_large`
 */
async function seal(keeper, { ref, info, bytes }) {
  const { vault_id, server_keys } = keeper.loaded();
  const place = placeOf(ref);
  const mine = keeper.keyOf(place.store);
  const server_key = chooseServerKey(server_keys);
  const { random } = keeper;
  const [key, id, salt, file] = [random(32), random(16), random(16), newFileId(random)];
  const sealing = await packageKey(await baseKey(key), salt, PURPOSE_FILE, idBytes(file));
  const chunks = await sealChunks(sealing, packageAad(PURPOSE_FILE, idBytes(file)), bytes);
  const whole = concat(idBytes(file), Uint8Array.of(limits.SUITE), id, salt, chunks);
  if (whole.length > (FILE_BYTES_MAX[info.kind] ?? 0)) throw new Problem("file_too_large");
  const hash = b64u(await sha256(whole));
  const known = { ...info, file, hash, bytes: whole.length, key: b64u(key) };
  const made = {
    envelope: await envelopeOf(key, b64u(id), server_key, vault_id),
    sealed: await sealValue(mine, place, jsonBytes(known), random),
  };
  key.fill(0);
  const parts = [];
  for (let at = 0; at < whole.length; at += PART_BYTES) parts.push(whole.slice(at, at + PART_BYTES));
  return { file, hash, bytes: whole.length, ...made, parts };
}

/** What is known of each, without its key. @param {Keeper} keeper @param {Json} given `[{ref, sealed}]` @returns {Promise<Json[]>} one that is damaged is `{code}` */
async function read(keeper, given) {
  keeper.keyOf("blobs"); // locked is no damage of each
  return Promise.all(
    given.map(async (/** @type {Json} */ { ref, sealed }) => {
      try {
        const { key: _, ...info } = await known(keeper, ref, sealed);
        return info;
      } catch {
        return { code: "value_damaged" };
      }
    }),
  );
}

/** The same file, of which something else is known now. @param {Keeper} keeper @param {Json} given `{ref, sealed, info}` @returns {Promise<Bytes>} */
async function remark(keeper, { ref, sealed, info }) {
  const value = { ...(await known(keeper, ref, sealed)), ...info };
  return sealValue(keeper.keyOf("blobs"), placeOf(ref), jsonBytes(value), keeper.random);
}

/** What was photographed, written or said. @param {Keeper} keeper @param {Json} given `{ref, sealed, parts}` @returns {Promise<Bytes>} throws `value_damaged` */
async function open(keeper, { ref, sealed, parts }) {
  const { file, key } = await known(keeper, ref, sealed);
  const whole = concat(...parts);
  const salt = whole.slice(FILE_HEAD_BYTES - 16, FILE_HEAD_BYTES);
  const sealing = await packageKey(await baseKey(fromB64u(key)), salt, PURPOSE_FILE, idBytes(file));
  return openChunks(sealing, packageAad(PURPOSE_FILE, idBytes(file)), whole.slice(FILE_HEAD_BYTES)).catch((cause) => {
    throw new Problem("value_damaged", undefined, cause);
  });
}

/** The same sealing key in another envelope, for the newest key of the server; it keeps its id. @param {Keeper} keeper @param {Json} given `{ref, sealed, id}` @returns {Promise<Envelope>} */
async function envelope(keeper, { ref, sealed, id }) {
  const { vault_id, server_keys } = keeper.loaded();
  const { key } = await known(keeper, ref, sealed);
  return envelopeOf(fromB64u(key), id, chooseServerKey(server_keys), vault_id);
}

/** @param {Bytes} key @param {string} id @param {import("../layout.js").ServerKey} server_key @param {string} vault_id @returns {Promise<Envelope>} */
const envelopeOf = async (key, id, server_key, vault_id) => ({
  id,
  suite: limits.SUITE,
  key_id: server_key.key_id,
  bytes: await makeEnvelope(key, server_key, vault_id),
});

/** @param {Keeper} keeper @param {string} ref @param {Bytes} sealed @returns {Promise<Json>} with its key; throws `value_damaged`, `vault_locked` */
const known = async (keeper, ref, sealed) => fromJsonBytes(await keeper.opened(placeOf(ref), sealed));

/**
 * A UUIDv7 by its form, whose time is chance as well: the id stands in clear on the flash and must not say when the photo was taken.
 * @param {import("../../ids.js").Random} random
 */
function newFileId(random) {
  const bytes = random(16);
  bytes[6] = (bytes[6] & 0x0f) | 0x70;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  return idText(bytes);
}
