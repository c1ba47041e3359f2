// Setting up a vault on this phone: once for each person.

import { Problem } from "../../errors.js";
import { newRef, parseCode } from "../../ids.js";
import * as limits from "../../limits.js";
import { checkNewPin, judgeSecret, normalSecret } from "../../vault.js";

/**
 * @typedef {import("../../bytes.js").Json} Json
 * @typedef {import("../../vault.js").Vaults} Vaults
 * @typedef {import("../../store/root.js").VaultRecord} VaultRecord
 */

/** @param {Vaults} vaults @returns {Promise<{kdf: Json, digits: number, ms: number}>} `ms`: what the strong derivation took here */
export async function prepare(vaults) {
  if (!vaults.prepared) {
    await vaults.root.list(); // says `storage_unavailable` now, not after the code is used up
    const ms = await vaults.measure(() => vaults.vault.call("making.prepare", { kdf: limits.KDF_STRONG }));
    const strong = ms <= limits.KDF_STRONG_MAX_MS;
    vaults.prepared = strong
      ? { kdf: limits.KDF_STRONG, digits: limits.DIGITS_STRONG, ms }
      : { kdf: limits.KDF_LIGHT, digits: limits.DIGITS_LIGHT, ms };
  }
  return vaults.prepared;
}

/** @param {Vaults} vaults @param {Parameters<Vaults["enrol"]>[0]} given */
export async function enrol(vaults, { address, code24, login, password, secret, kind, pin, device = {}, signal }) {
  const parsed = parseCode(code24);
  checkAddress(address ?? parsed.address, vaults.origin);
  const { kdf, digits } = await prepare(vaults);
  const refused = (await judgeSecret(secret, kind, digits)) ?? checkNewPin(pin);
  if (refused) throw new Problem(refused);
  if (vaults.state === "open" || vaults.state === "covered") vaults.lock("enrolling");

  const plain = normalSecret(secret, kind);
  const kept = { kdf, kind, digits: kind === "digits" ? digits : 0, secret: plain, pin };
  // The keys are made, and wrapped, before the server is asked: from its yes to the vault on disk nothing slow happens.
  const made = await vaults.vault.call("making.create", { ...kept, code: parsed.code, now_ms: vaults.now() });
  const { transport: _t, mailbox: _m, wraps: _w, keyring: _k, ...registered } = made;
  const request = { v: 1, login, password, code: parsed.code, ...registered, device: { ...NO_DEVICE, ...device } };
  const reply = await vaults.api.enrol(request, signal);

  const record = recordOf(made, reply, vaults.database ?? `v-${newRef()}`);
  const keyring = await vaults.vault.call("making.adopt", { record, reply, fingerprint: parsed.fingerprint });
  await vaults.root.add({ ...record, keyring });
  await vaults.adopt({ ...record, keyring }, reply.person);
}

const NO_DEVICE = { app: "", platform: "", persisted: false, free_bytes: null };

/** @param {Json} made @param {Json} reply @param {string} database @returns {VaultRecord} */
function recordOf({ vault_id, transport, mailbox, wraps, keyring }, reply, database) {
  const { identity_key, server_keys, keys_version, person, district } = reply;
  const keys = { vault_id, transport, mailbox, wraps, keyring };
  const server = {
    identity_key,
    server_keys,
    keys_version,
    district: district ?? person.district,
    numbers: person.numbers ?? [],
  };
  return { ...keys, ...server, ref: newRef(), database, suite: limits.SUITE };
}

/** @param {string | null} address @param {string} origin */
function checkAddress(address, origin) {
  if (!address) return;
  try {
    if (new URL(address).origin === origin) return;
  } catch {
    throw new Problem("code_form");
  }
  throw new Problem("other_address", { address });
}
