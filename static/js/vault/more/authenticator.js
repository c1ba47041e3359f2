// What an authenticator of this phone derives for us alone (WebAuthn PRF): opens without a link, behind finger or screen lock. Whether a
// phone can is tried, never guessed; a passkey that its maker copies to other devices is refused, for then its cloud could open the vault.

import { b64u, fromB64u } from "../../bytes.js";
import { Problem } from "../../errors.js";
import { randomBytes } from "../../ids.js";

/** @typedef {import("../../bytes.js").Bytes} Bytes */

const BACKUP_ELIGIBLE = 0x08; // flags of the authenticator data, WebAuthn section 6.1
const FLAGS_AT = 32;
const NAME = "工作手册"; // what the phone's own dialogue shows: nothing of what this is for
const TIMEOUT_MS = 60_000;

/**
 * @param {CredentialsContainer | undefined} authenticators
 * @returns {Promise<{credential: string, salt: string, output: Bytes}>} throws `prf_missing`, `prf_synced`, `prf_failed` (given up by the person, too)
 */
export async function register(authenticators) {
  const salt = randomBytes(32);
  const made = await asked(() =>
    authenticators?.create({
      publicKey: {
        challenge: randomBytes(32),
        rp: { name: NAME, id: location.hostname },
        user: { id: randomBytes(16), name: NAME, displayName: NAME },
        pubKeyCredParams: [
          { type: "public-key", alg: -7 },
          { type: "public-key", alg: -257 },
        ],
        authenticatorSelection: {
          authenticatorAttachment: "platform",
          residentKey: "discouraged",
          userVerification: "required",
        },
        timeout: TIMEOUT_MS,
        extensions: /** @type {any} */ ({ prf: { eval: { first: salt } } }),
      },
    }),
  );
  const data = new Uint8Array(made.response.getAuthenticatorData?.() ?? new ArrayBuffer(0));
  if (data.length <= FLAGS_AT) throw new Problem("prf_missing");
  if (data[FLAGS_AT] & BACKUP_ELIGIBLE) throw new Problem("prf_synced");
  if (!made.getClientExtensionResults().prf?.enabled) throw new Problem("prf_missing");
  const credential = b64u(new Uint8Array(made.rawId));
  // Some give the bytes only when asked again; and what is not the same twice would open nothing tomorrow.
  const output = await authenticate(authenticators, credential, b64u(salt));
  return { credential, salt: b64u(salt), output };
}

/**
 * @param {CredentialsContainer | undefined} authenticators @param {string} credential @param {string} salt both b64u
 * @returns {Promise<Bytes>} 32 bytes, the same each time; throws `prf_failed`, `prf_missing`
 */
export async function authenticate(authenticators, credential, salt) {
  const got = await asked(() =>
    authenticators?.get({
      publicKey: {
        challenge: randomBytes(32),
        rpId: location.hostname,
        allowCredentials: [{ type: "public-key", id: fromB64u(credential) }],
        userVerification: "required",
        timeout: TIMEOUT_MS,
        extensions: /** @type {any} */ ({ prf: { eval: { first: fromB64u(salt) } } }),
      },
    }),
  );
  const first = got.getClientExtensionResults().prf?.results?.first;
  if (!first) throw new Problem("prf_missing");
  return new Uint8Array(first);
}

/** @param {() => Promise<Credential | null> | undefined} ask @returns {Promise<any>} */
async function asked(ask) {
  try {
    const credential = await ask();
    if (credential) return credential;
  } catch (cause) {
    throw new Problem("prf_failed", undefined, cause);
  }
  throw new Problem("prf_missing");
}
