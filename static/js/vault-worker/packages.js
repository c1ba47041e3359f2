// Packages and envelopes for the server (docs/protocol.md sections 1 to 3). Pure: keys and randomness are handed in.

import {
  AEAD_AES_256_GCM,
  CipherSuite,
  KDF_HKDF_SHA256,
  KEM_DHKEM_P256_HKDF_SHA256,
} from "../../vendor/hpke-1.1.7-p256.js";
import { b64u, concat, deflate, fromB64u, jsonBytes } from "../bytes.js";
import { Problem } from "../errors.js";
import { idBytes, idText } from "../ids.js";
import * as limits from "../limits.js";
import {
  authorText,
  chunkNonce,
  envelopeInfo,
  PURPOSE_BODY,
  PURPOSE_HEAD,
  packageAad,
  packageBytes,
  purposeInfo,
} from "./layout.js";
import { aesKey, gcmOpen, gcmSeal, sha256 } from "./seals.js";

/**
 * @typedef {import("../bytes.js").Bytes} Bytes
 * @typedef {import("../bytes.js").Json} Json
 * @typedef {import("../ids.js").Random} Random
 * @typedef {import("./layout.js").ServerKey} ServerKey
 */

export const suite = new CipherSuite(KEM_DHKEM_P256_HKDF_SHA256, KDF_HKDF_SHA256, AEAD_AES_256_GCM);

/** @param {CryptoKey} key @param {Bytes} aad @param {Bytes} bytes; empty text is one empty chunk */
export async function sealChunks(key, aad, bytes) {
  const count = Math.max(1, Math.ceil(bytes.length / limits.CHUNK_BYTES));
  const chunks = Array.from({ length: count }, (_, i) =>
    gcmSeal(
      key,
      chunkNonce(i, i === count - 1),
      aad,
      bytes.slice(i * limits.CHUNK_BYTES, (i + 1) * limits.CHUNK_BYTES),
    ),
  );
  return concat(...(await Promise.all(chunks)));
}

/** @param {CryptoKey} key @param {Bytes} aad @param {Bytes} sealed; throws `package_damaged` */
export async function openChunks(key, aad, sealed) {
  const step = limits.CHUNK_BYTES + 16;
  const count = Math.max(1, Math.ceil(sealed.length / step));
  const chunks = Array.from({ length: count }, (_, i) =>
    gcmOpen(key, chunkNonce(i, i === count - 1), aad, sealed.slice(i * step, (i + 1) * step), "package_damaged"),
  );
  return concat(...(await Promise.all(chunks)));
}

/** The key of a head, body or file. @param {CryptoKey} sealing @param {Bytes} salt @param {number} purpose @param {Bytes} id */
export const packageKey = (sealing, salt, purpose, id) => aesKey(sealing, salt, purposeInfo(purpose, id));

/**
 * A package of protocol section 3, written once. `sign` gets the author's text, or is null for a record sealed while locked.
 * @param {{sealing: CryptoKey, envelope_id: Bytes, vault_id: string, head: Json, body: Json, random: Random,
 *   sign: ((bytes: Bytes) => Promise<Bytes>) | null}} given
 * @returns {Promise<{package: Bytes, op: string, head: Json}>} the head as it was sealed; throws `record_too_large`
 */
export async function makePackage({ sealing, envelope_id, vault_id, head, body, random, sign }) {
  const package_id = random(16);
  const salt = random(16);
  const plain = jsonBytes(body);
  const body_id = head.revision_id ? idBytes(head.revision_id) : package_id;
  const bodyKey = await packageKey(sealing, salt, PURPOSE_BODY, body_id);
  const sealedBody = await sealChunks(bodyKey, packageAad(PURPOSE_BODY, body_id, package_id), await deflate(plain));
  if (plain.length > limits.BODY_INFLATED_BYTES_MAX || sealedBody.length > limits.BODY_SEALED_BYTES_MAX) {
    throw new Problem("record_too_large");
  }
  const full = {
    ...head,
    body_hash: b64u(await sha256(sealedBody)),
    plain_hash: b64u(await sha256(plain)),
    signature: null,
  };
  if (sign) full.signature = b64u(await sign(authorText(full, vault_id)));
  const headKey = await packageKey(sealing, salt, PURPOSE_HEAD, package_id);
  const sealedHead = await sealChunks(
    headKey,
    packageAad(PURPOSE_HEAD, package_id, package_id),
    await deflate(jsonBytes(full)),
  );
  if (sealedHead.length > limits.HEAD_SEALED_BYTES_MAX) throw new Problem("record_too_large");
  const bytes = packageBytes({ package_id, envelope_id, salt, head: sealedHead, body: sealedBody });
  return { package: bytes, op: idText(package_id), head: full };
}

/** HPKE: enc (65) ‖ ciphertext. @param {Bytes} publicPoint @param {Bytes} info @param {Bytes} bytes */
export async function hpkeSeal(publicPoint, info, bytes) {
  const sealed = await suite.Seal(await suite.DeserializePublicKey(publicPoint), bytes, { info });
  return concat(sealed.encapsulatedSecret, sealed.ciphertext);
}

/** @param {Bytes} privateKey 32 bytes @param {Bytes} info @param {Bytes} bytes; throws `value_damaged` */
export async function hpkeOpen(privateKey, info, bytes) {
  try {
    // Extractable: a browser before Chromium 151 finds the public half of a private key by writing it out, or not at all.
    const key = await suite.DeserializePrivateKey(privateKey, true);
    return new Uint8Array(await suite.Open(key, bytes.slice(0, 65), bytes.slice(65), { info }));
  } catch (cause) {
    throw new Problem("value_damaged", undefined, cause);
  }
}

/** The envelope of a sealing key for one server key. @param {Bytes} sealingBytes @param {ServerKey} serverKey @param {string} vault_id */
export const makeEnvelope = (sealingBytes, serverKey, vault_id) =>
  hpkeSeal(fromB64u(serverKey.public), envelopeInfo(vault_id, serverKey.key_id), sealingBytes);
