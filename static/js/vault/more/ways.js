// The page's side of the other ways in, and of a new data key. What hangs on keys is the worker's (vault-worker/more/).

import { b64u, jsonBytes } from "../../bytes.js";
import { Problem } from "../../errors.js";
import { randomBytes } from "../../ids.js";
import * as limits from "../../limits.js";
import { checkNewPin, judgeSecret, keysLock, normalSecret } from "../../vault.js";
import "../../more/errors.js";
import { authenticate, register } from "./authenticator.js";
import { stillOpens } from "./standing.js";

/**
 * @typedef {import("../../bytes.js").Json} Json
 * @typedef {import("../../vault.js").Vaults} Vaults
 * @typedef {import("../../vault.js").Kind} Kind
 * @typedef {import("../../vault.js").Way} Way
 * @typedef {import("../../vault.js").Signed} Signed
 * @typedef {import("../../store/root.js").VaultRecord} VaultRecord
 */

/** @param {Vaults} vaults */
export const waysOf = (vaults) => ({
  digits: digitsFor(recordOf(vaults)),
  setPin: (/** @type {{secret: string, pin: string}} */ given) => undisturbed(vaults, () => setPin(vaults, given)),
  setPrf: (/** @type {{secret: string}} */ given) => undisturbed(vaults, () => setPrf(vaults, given)),
  remove: (/** @type {{secret: string, way: Way}} */ given) => undisturbed(vaults, () => remove(vaults, given)),
  change: (/** @type {{secret: string, to: {secret: string, kind: Kind}}} */ given) =>
    undisturbed(vaults, () => change(vaults, given)),
});

/**
 * While values are sealed anew the keyring is not ours to replace: an act waits for the end of that, and none begins beside it.
 * @param {Vaults} vaults @param {() => Promise<void>} act @returns {Promise<void>}
 */
const undisturbed = (vaults, act) => (vaults.locks ? vaults.locks.request(renewalLock(recordOf(vaults)), act) : act());

/** @param {{database: string}} record */
const renewalLock = ({ database }) => `fieldapp-renew-${database}`;

/** Opens by another way than the secret. @param {Vaults} vaults @param {Way} way @param {string} pin @returns {Promise<Json>} as the worker's `unlock` */
export async function open(vaults, way, pin) {
  if (way === "prf") {
    const { credential, kdf } = wrapOf(vaults, "prf");
    const output = await authenticate(vaults.authenticators, credential ?? "", kdf.salt);
    return vaults.vault.call("ways.unlockPrf", { output });
  }
  try {
    const { sealed } = await share(vaults, "get", (at) => vaults.vault.call("ways.askPin", { pin, ...at }));
    return await vaults.vault.call("ways.unlockPin", { sealed });
  } catch (problem) {
    // After ten tries this PIN opens nothing any more, whatever is typed: only the secret is offered from now on.
    if (problem instanceof Problem && problem.code === "share_locked") await forget(vaults, "pin");
    throw problem;
  }
}

/** @param {Vaults} vaults @param {{secret: string, pin: string}} given throws `wrong_secret`, `pin_form`, `pin_simple`, `way_forbidden`, and what `share` throws */
async function setPin(vaults, { secret, pin }) {
  const { ways = [], pin_digits = limits.PIN_DIGITS } = vaults.person?.policy ?? {};
  if (!ways.includes("pin")) throw new Problem("way_forbidden");
  const refused = checkNewPin(pin, pin_digits);
  if (refused) throw new Problem(refused);
  const plain = vaults.normal(secret);
  await vaults.checkSecret(secret); // before the server forgets the share that was
  await forget(vaults, "pin"); // from the server's yes on the old one opens nothing, and its answer may be lost
  const begin = (/** @type {At} */ at) => vaults.vault.call("ways.beginPin", { secret: plain, pin, ...at });
  const answer = await share(vaults, "set", begin);
  const made = await vaults.vault.call("ways.setPin", { sealed: answer.sealed });
  const { wraps } = recordOf(vaults);
  await vaults.change({ wraps: [...wraps, made.wrap], device_secret: made.device_secret });
}

/** @param {Vaults} vaults @param {{secret: string}} given throws `wrong_secret`, `way_forbidden`, `prf_missing`, `prf_synced` */
async function setPrf(vaults, { secret }) {
  if (!vaults.person?.policy?.ways?.includes("prf")) throw new Problem("way_forbidden");
  await vaults.checkSecret(secret);
  const { credential, salt, output } = await register(vaults.authenticators);
  const given = { secret: vaults.normal(secret), credential, salt, output };
  const wrap = await vaults.vault.call("ways.setPrf", given);
  const { wraps } = recordOf(vaults);
  await vaults.change({ wraps: [...wraps.filter(({ way }) => way !== "prf"), wrap] });
}

/**
 * Takes the other ways in away, this one among them: a new data key under the same secret, and the phone locks. @param {Vaults} vaults
 * @param {{secret: string, way: Way}} given throws `wrong_secret`
 */
async function remove(vaults, { secret }) {
  const { kind, digits, kdf } = recordOf(vaults).wraps[0];
  const plain = vaults.normal(secret);
  await (await renew(vaults, plain, { secret: plain, kind, digits, kdf }))();
}

/** Another secret: a new data key, no other way in, and the phone locks. @param {Vaults} vaults @param {{secret: string, to: {secret: string, kind: Kind}}} given throws `wrong_secret`, `secret_short`, `secret_simple`, `secret_common`, `secret_digits`, `secret_same` */
async function change(vaults, { secret, to }) {
  const { kdf } = recordOf(vaults).wraps[0];
  const digits = to.kind === "digits" ? digitsFor(recordOf(vaults)) : 0;
  const refused = await judgeSecret(to.secret, to.kind, digits, vaults.person?.policy?.secret_minimum);
  if (refused) throw new Problem(refused);
  const [before, after] = [vaults.normal(secret), normalSecret(to.secret, to.kind)];
  if (before === after) throw new Problem("secret_same");
  await (await renew(vaults, before, { secret: after, kind: to.kind, digits, kdf }))();
}

/** A lighter derivation asks for a longer number. @param {VaultRecord} record */
const digitsFor = ({ wraps: [{ kdf }] }) =>
  kdf.memory_kib >= limits.KDF_STRONG.memory_kib ? limits.DIGITS_STRONG : limits.DIGITS_LIGHT;

/** The office no longer allows a way: it opens nothing from now on, and the data key is renewed when the secret is next at hand. @param {Vaults} vaults @param {string[]} allowed */
export async function dropForbidden(vaults, allowed) {
  const before = recordOf(vaults).wraps;
  const wraps = before.filter(({ way }) => way === "secret" || allowed.includes(way));
  const release = hasPin(before) && !hasPin(wraps) ? await signedRelease(vaults) : null;
  await vaults.change({ wraps, renew: true, ...(!hasPin(wraps) && { device_secret: null }) });
  if (release) await send(vaults, release);
}

/** Unlocked by the secret, before anything is read or written: the same secret, another data key. Where that cannot be now it is at the next unlock. @param {Vaults} vaults @param {string} secret */
export async function renewAtUnlock(vaults, secret) {
  const record = recordOf(vaults);
  const { kind, digits, kdf } = record.wraps[0];
  const plain = vaults.normal(secret);
  try {
    const tell = await renew(vaults, plain, { secret: plain, kind, digits, kdf });
    tell().catch(() => {}); // nobody waits for the network here
  } catch {
    await stillOpens(vaults, record);
    return vaults.become("open", "unlocked");
  }
  return vaults.unlock(record.ref, secret);
}

/** One tab at a time; the old keys go only when no tab seals under them. @param {Vaults} vaults @param {(given: Json) => Promise<void>} sealAnew */
export async function renewWith(vaults, sealAnew) {
  const { locks } = vaults;
  const record = recordOf(vaults);
  if (!locks) return;
  const of_all = keysLock({ database: record.database, generation: "" });
  const isOther = (/** @type {LockInfo} */ { name = "" }) => name.startsWith(of_all) && name !== keysLock(record);
  const others = async () => (await locks.query()).held?.some(isOther);
  const keep = async (/** @type {Uint8Array<ArrayBuffer>} */ keyring) => {
    if (vaults.record?.ref !== record.ref) return;
    await vaults.change({ keyring }, { ...vaults.record, generation: record.generation });
    vaults.renewing = false;
  };
  await locks.request(renewalLock(record), { ifAvailable: true }, (mine) =>
    mine ? sealAnew({ others, keep }) : undefined,
  );
}

/**
 * A new data key, no way in but the secret, and the phone locks at once: from the moment the new record is on disk nothing may be sealed
 * under the old keys, nor the new keyring replaced by what the worker makes of the old one.
 * @param {Vaults} vaults @param {string} secret @param {Json} to @returns {Promise<() => Promise<void>>} tells the server, where it had a share
 */
async function renew(vaults, secret, to) {
  const record = recordOf(vaults);
  const { ref } = record;
  const parts = await vaults.vault.call("renewal.renew", { secret, to });
  const release = hasPin(record.wraps) ? await signedRelease(vaults) : null; // while the author's key is there
  const renewed = { ...parts, device_secret: null, generation: (record.generation ?? 0) + 1, renew: false };
  if (!(await vaults.root.change(ref, renewed, record))) throw new Problem("vault_locked");
  // Nothing is waited for between these lines.
  if (vaults.record?.ref === ref) {
    vaults.vault.lock();
    vaults.knows(ref, renewed);
    vaults.lock("ways_changed");
  }
  vaults.channel?.postMessage({ act: "renewed", ref });
  return async () => {
    if (release) await send(vaults, release);
  };
}

/** @param {Vaults} vaults @param {Way} way */
async function forget(vaults, way) {
  const wraps = recordOf(vaults).wraps.filter((one) => one.way !== way);
  await vaults.change({ wraps, ...(way === "pin" && { device_secret: null }) });
}

/** @param {VaultRecord["wraps"]} wraps */
const hasPin = (wraps) => wraps.some(({ way }) => way === "pin");

/** The author's word that the server may forget its share, sent when the wrap is gone. @param {Vaults} vaults */
async function signedRelease(vaults) {
  const at = { request: b64u(randomBytes(16)), t: Math.round(vaults.now()) };
  const signature = await vaults.vault.call("ways.removePin", at);
  return signedFor(vaults, { act: "remove", ...at, proof: null, to: null, signature });
}

/** Without the wrap the share opens nothing: the server is told as a courtesy, and may refuse or not be reached. @param {Vaults} vaults @param {Signed} release */
const send = (vaults, release) =>
  vaults.api.share(release).then(
    () => {},
    () => {},
  );

/** @param {Vaults} vaults @param {Json} asked @returns {Promise<Signed>} */
async function signedFor(vaults, asked) {
  const { vault_id } = recordOf(vaults);
  const body = jsonBytes({ v: limits.PROTOCOL_VERSION, ...asked });
  return { vault_id, signature: await vaults.vault.signTransport(`POST ${limits.SHARE_PATH}`, body), body };
}

/**
 * @typedef {{request: string, t: number}} At
 * @param {Vaults} vaults @param {"set" | "get"} act @param {(at: At) => Promise<Json>} make proof and signature for this request
 * @returns {Promise<Json>} throws `wrong_pin` with `tries_left`, `share_locked`, `share_gone`, `clock`, `no_network` and the like
 */
async function share(vaults, act, make) {
  for (let t = vaults.now(), corrected = false; ; corrected = true) {
    const request = b64u(randomBytes(16));
    const signed = await signedFor(vaults, { act, ...(await make({ request, t: Math.round(t) })) });
    try {
      return await vaults.api.share(signed);
    } catch (problem) {
      // A wrong clock must not keep her out: the server says its time, and is asked once more with it.
      const said = problem instanceof Problem && problem.code === "clock" ? problem.detail.t : null;
      if (corrected || typeof said !== "number") throw problem;
      t = said;
    }
  }
}

/** @param {Vaults} vaults */
const recordOf = (vaults) => /** @type {VaultRecord} */ (vaults.record);

/** @param {Vaults} vaults @param {Way} way */
function wrapOf(vaults, way) {
  const wrap = recordOf(vaults).wraps.find((one) => one.way === way);
  if (!wrap) throw new Problem("not_found");
  return wrap;
}
