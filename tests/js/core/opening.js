// The server's side of packages and envelopes, as fieldapp/crypto/packages.py does it: for tests and vectors. The phone only seals.

import { fromJsonBytes, inflate, readU32 } from "../../../static/js/bytes.js";
import { Problem } from "../../../static/js/errors.js";
import { idBytes, idText } from "../../../static/js/ids.js";
import { BODY_INFLATED_BYTES_MAX, HEAD_INFLATED_BYTES_MAX, SUITE } from "../../../static/js/limits.js";
import { envelopeInfo, PURPOSE_BODY, PURPOSE_HEAD, packageAad } from "../../../static/js/vault-worker/layout.js";
import { openChunks, packageKey } from "../../../static/js/vault-worker/packages.js";
import {
  AEAD_AES_256_GCM,
  CipherSuite,
  KDF_HKDF_SHA256,
  KEM_DHKEM_P256_HKDF_SHA256,
} from "../../../static/vendor/hpke-1.1.7-p256.js";

/** @typedef {import("../../../static/js/bytes.js").Bytes} Bytes */

const suite = new CipherSuite(KEM_DHKEM_P256_HKDF_SHA256, KDF_HKDF_SHA256, AEAD_AES_256_GCM);

/**
 * The other direction, for whoever holds the sealing key: our tests, and the frozen vectors of the Python side.
 * @param {CryptoKey} sealing @param {Bytes} bytes a package; throws `package_damaged`
 */
export async function openPackage(sealing, bytes) {
  const { package_id, envelope_id, salt, head: sealedHead, body: sealedBody } = packageParts(bytes);
  const headKey = await packageKey(sealing, salt, PURPOSE_HEAD, package_id);
  const headZ = await openChunks(headKey, packageAad(PURPOSE_HEAD, package_id, package_id), sealedHead);
  const head = fromJsonBytes(await inflate(headZ, HEAD_INFLATED_BYTES_MAX));
  const body_id = head.revision_id ? idBytes(head.revision_id) : package_id;
  const bodyKey = await packageKey(sealing, salt, PURPOSE_BODY, body_id);
  const bodyZ = await openChunks(bodyKey, packageAad(PURPOSE_BODY, body_id, package_id), sealedBody);
  return {
    op: idText(package_id),
    envelope_id,
    head,
    body: fromJsonBytes(await inflate(bodyZ, BODY_INFLATED_BYTES_MAX)),
  };
}

/** @param {Bytes} bytes a package; throws `package_damaged` */
function packageParts(bytes) {
  if (bytes.length < 53 || bytes[16] !== SUITE) throw new Problem("package_damaged");
  const bodyAt = 53 + readU32(bytes, 49);
  return {
    ...{ package_id: bytes.slice(0, 16), envelope_id: bytes.slice(17, 33), salt: bytes.slice(33, 49) },
    ...{ head: bytes.slice(53, bodyAt), body: bytes.slice(bodyAt) },
  };
}

/** @param {Bytes} envelope @param {Bytes} serverPrivate 32 bytes @param {string} key_id @param {string} vault_id; throws `value_damaged` */
export async function openEnvelope(envelope, serverPrivate, key_id, vault_id) {
  try {
    const key = await suite.DeserializePrivateKey(serverPrivate, true);
    const info = envelopeInfo(vault_id, key_id);
    return new Uint8Array(await suite.Open(key, envelope.slice(0, 65), envelope.slice(65), { info }));
  } catch (cause) {
    throw new Problem("value_damaged", undefined, cause);
  }
}

/** Deterministic key pair from 32 bytes, for vectors (RFC 9180 section 7.1.3). @param {Bytes} seed */
export async function keyPairFromSeed(seed) {
  const pair = await suite.DeriveKeyPair(seed, true);
  return {
    private: new Uint8Array(await suite.SerializePrivateKey(pair.privateKey)),
    public: new Uint8Array(await suite.SerializePublicKey(pair.publicKey)),
  };
}
