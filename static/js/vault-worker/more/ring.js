// The keyring: what is sealed under the data key itself. docs/phone.md ("What lies on the flash") lists what is in it.

import { jsonBytes } from "../../bytes.js";
import { suite } from "../packages.js";
import { sealValue, subKeys } from "../seals.js";

/**
 * @typedef {import("../../bytes.js").Bytes} Bytes
 * @typedef {import("../../bytes.js").Json} Json
 * @typedef {import("../../vault-worker.js").Keeper} Keeper
 */

/** @param {Keeper} keeper @param {Bytes} dek @param {Json} ring @param {string} [vault_id] the loaded one */
export const sealedRing = async (keeper, dek, ring, vault_id = keeper.loaded().vault_id) =>
  sealedBy((await subKeys(dek)).keyring, keeper, ring, vault_id);

/** @param {CryptoKey} key @param {Keeper} keeper @param {Json} ring @param {string} [vault_id] */
export const sealedBy = (key, keeper, ring, vault_id = keeper.loaded().vault_id) =>
  sealValue(key, { store: "root", key: vault_id }, jsonBytes(ring), keeper.random);

/** Its public half lies in clear: what must be kept while locked is sealed to it. */
export async function makeMailbox() {
  const pair = await suite.GenerateKeyPair(true);
  return {
    public: new Uint8Array(await suite.SerializePublicKey(pair.publicKey)),
    private: new Uint8Array(await suite.SerializePrivateKey(pair.privateKey)),
  };
}
