// The only file that touches crypto.subtle and Argon2. Keys never leave it; `terminate()` is how they are forgotten.
//
// Which bytes stand where, and which texts are bound or signed, says vault-worker/layout.js, without a key.
//
// First the compositions, pure: they are given keys and randomness, so that frozen vectors can feed them. Then the keeper of the
// keys and the messages it answers. docs/protocol.md sections 1 to 3 and docs/phone.md ("What lies on the flash") say each format.
//
// Obligations, easy to break:
// - one AES key seals one text: every key is derived with 16 fresh random bytes as salt, nonces then only count chunks;
// - what a wrong key or a changed byte does is decided by the GCM tag, never by a stored hash;
// - every derived key has a label of its own.

import {
  AEAD_AES_256_GCM,
  CipherSuite,
  KDF_HKDF_SHA256,
  KEM_DHKEM_P256_HKDF_SHA256,
} from "../vendor/hpke-1.1.7-p256.js";
import { b64u, concat, deflate, fromB64u, fromJsonBytes, hex, jsonBytes, sameBytes, utf8 } from "./bytes.js";
import { Problem } from "./errors.js";
import { crockford60, idBytes, idText, newId, randomBytes } from "./ids.js";
import * as limits from "./limits.js";
import {
  authorText,
  chooseServerKey,
  chunkNonce,
  envelopeInfo,
  keysText,
  mailboxInfo,
  PURPOSE_BODY,
  PURPOSE_HEAD,
  packageAad,
  packageBytes,
  padded,
  placeBytes,
  purposeInfo,
  unpadded,
  wrapAad,
} from "./vault-worker/layout.js";

/**
 * @typedef {import("./bytes.js").Bytes} Bytes
 * @typedef {import("./bytes.js").Json} Json
 * @typedef {import("./ids.js").Random} Random
 * @typedef {import("./vault-worker/layout.js").Place} Place
 * @typedef {import("./vault-worker/layout.js").Kdf} Kdf
 * @typedef {import("./vault-worker/layout.js").ServerKey} ServerKey
 * @typedef {import("./vault-worker/layout.js").Wrap} Wrap
 * @typedef {{id: string, suite: number, key_id: string, bytes: Bytes}} Envelope id as b64u
 * @typedef {{vault_id: string, district: string, wraps: Wrap[], keyring: Bytes, transport: CryptoKey, mailbox: Bytes, server_keys: ServerKey[]}} Sealed
 *   the parts of a root record this worker needs; nothing in it opens without the secret
 * @typedef {{code: string, vault_id: string, dek: Bytes, author: Bytes, mailbox: Bytes, made: Json}} Begun
 * @typedef {{package: Bytes, op: string, head: Json, envelope: Envelope}} Packed
 */

const NO_NONCE = new Uint8Array(12); // right only because the key beside it is used once
const ECDSA = { name: "ECDSA", namedCurve: "P-256" };
const ECDSA_SIGN = { name: "ECDSA", hash: "SHA-256" };
const suite = new CipherSuite(KEM_DHKEM_P256_HKDF_SHA256, KDF_HKDF_SHA256, AEAD_AES_256_GCM);

/* ---- keys from keys ---- */

/** @param {Bytes} bytes */
export const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));

/** Key material others are derived from. @param {Bytes} bytes 32 bytes */
export const baseKey = (bytes) => crypto.subtle.importKey("raw", bytes, "HKDF", false, ["deriveKey", "deriveBits"]);

/** @param {CryptoKey} base @param {Bytes} salt @param {Bytes} info */
const aesKey = (base, salt, info) =>
  crypto.subtle.deriveKey(
    { name: "HKDF", hash: "SHA-256", salt, info },
    base,
    { name: "AES-GCM", length: 256 },
    false,
    ["encrypt", "decrypt"],
  );

/** @param {CryptoKey} base @param {Bytes} info */
async function subBytes(base, info) {
  return new Uint8Array(
    await crypto.subtle.deriveBits({ name: "HKDF", hash: "SHA-256", salt: new Uint8Array(0), info }, base, 256),
  );
}

/** @param {CryptoKey} key @param {Bytes} nonce @param {Bytes} aad @param {Bytes} bytes */
const gcmSeal = async (key, nonce, aad, bytes) =>
  new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv: nonce, additionalData: aad }, key, bytes));

/** @param {CryptoKey} key @param {Bytes} nonce @param {Bytes} aad @param {Bytes} bytes @param {string} code said when the tag does not fit */
async function gcmOpen(key, nonce, aad, bytes, code) {
  try {
    return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv: nonce, additionalData: aad }, key, bytes));
  } catch (cause) {
    throw new Problem(code, undefined, cause);
  }
}

/** Argon2id, 32 bytes. The WASM comes with the first use, not with the app. @param {string} secret @param {Kdf} kdf */
export async function argon2id(secret, kdf) {
  const whole = await import("./vault-worker/argon2id.js");
  return whole.argon2id(utf8(secret), fromB64u(kdf.salt), kdf, 32);
}

/* ---- values that lie on this phone ---- */

const VALUE_VERSION = 1;
const VALUE_INFO = utf8("fieldapp/1/value");

/** value = version (1) ‖ salt (16) ‖ AES-256-GCM. @param {CryptoKey} base @param {Place} place @param {Bytes} bytes @param {Random} random */
export async function sealValue(base, place, bytes, random) {
  const salt = random(16);
  const sealed = await gcmSeal(await aesKey(base, salt, VALUE_INFO), NO_NONCE, placeBytes(place), padded(bytes));
  return concat(Uint8Array.of(VALUE_VERSION), salt, sealed);
}

/** Throws `value_damaged` for changed, truncated or misplaced bytes. @param {CryptoKey} base @param {Place} place @param {Bytes} value */
export async function openValue(base, place, value) {
  if (!(value instanceof Uint8Array) || value[0] !== VALUE_VERSION) throw new Problem("value_damaged");
  const key = await aesKey(base, value.slice(1, 17), VALUE_INFO);
  return unpadded(await gcmOpen(key, NO_NONCE, placeBytes(place), value.slice(17), "value_damaged"));
}

/* ---- packages and envelopes for the server ---- */

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
async function hpkeSeal(publicPoint, info, bytes) {
  const sealed = await suite.Seal(await suite.DeserializePublicKey(publicPoint), bytes, { info });
  return concat(sealed.encapsulatedSecret, sealed.ciphertext);
}

/** @param {Bytes} privateKey 32 bytes @param {Bytes} info @param {Bytes} bytes; throws `value_damaged` */
async function hpkeOpen(privateKey, info, bytes) {
  try {
    const key = await suite.DeserializePrivateKey(privateKey);
    return new Uint8Array(await suite.Open(key, bytes.slice(0, 65), bytes.slice(65), { info }));
  } catch (cause) {
    throw new Problem("value_damaged", undefined, cause);
  }
}

/** The envelope of a sealing key for one server key. @param {Bytes} sealingBytes @param {ServerKey} serverKey @param {string} vault_id */
export const makeEnvelope = (sealingBytes, serverKey, vault_id) =>
  hpkeSeal(fromB64u(serverKey.public), envelopeInfo(vault_id, serverKey.key_id), sealingBytes);

/** Is this the server whose fingerprint the device code named, and did it sign its list? @param {Json} reply of enrolment @param {string} fingerprint */
export async function checkServer(reply, fingerprint) {
  try {
    const identity = fromB64u(reply.identity_key);
    if (crockford60(await sha256(identity)) !== fingerprint) throw new Problem("server_fingerprint");
    const signed = keysText(reply);
    const key = await crypto.subtle.importKey("raw", identity, ECDSA, false, ["verify"]);
    const fits = await crypto.subtle.verify(ECDSA_SIGN, key, fromB64u(reply.keys_signature), signed);
    if (!fits) throw new Problem("server_keys_unsigned");
    for (const row of reply.server_keys) {
      if (hex((await sha256(fromB64u(row.public))).slice(0, 8)) !== row.key_id)
        throw new Problem("server_keys_unsigned");
    }
  } catch (cause) {
    throw cause instanceof Problem && cause.code.startsWith("server_")
      ? cause
      : new Problem("server_keys_unsigned", undefined, cause);
  }
  chooseServerKey(reply.server_keys);
}

/* ---- the wrapped data key ---- */

/** @typedef {(secret: string, kdf: Kdf) => Promise<Bytes>} Derive 32 bytes of a secret; Argon2id but for tests */

/** @param {Derive} derive @param {string} secret @param {Kdf} kdf */
async function keyOfSecret(derive, secret, kdf) {
  return aesKey(await baseKey(await derive(secret, kdf)), fromB64u(kdf.salt), utf8("fieldapp/1/kek/secret"));
}

/**
 * @param {{dek: Bytes, vault_id: string, secret: string, kind: "digits" | "passphrase", digits: number, kdf: Omit<Kdf, "salt">,
 *   random: Random, derive: Derive}} given
 * @returns {Promise<Wrap>}
 */
export async function wrapDek({ dek, vault_id, secret, kind, digits, kdf, random, derive }) {
  // The salt is fresh for every wrap, so the key is, and the nonce may be zero.
  const version = /** @type {const} */ (1);
  const wrap = { way: /** @type {const} */ ("secret"), version, kind, digits, kdf: { ...kdf, salt: b64u(random(16)) } };
  const key = await keyOfSecret(derive, secret, wrap.kdf);
  return { ...wrap, wrapped: await gcmSeal(key, NO_NONCE, wrapAad(vault_id, wrap), dek) };
}

/** @param {Wrap} wrap @param {string} vault_id @param {string} secret @param {Derive} derive; throws `wrong_secret` */
export async function unwrapDek(wrap, vault_id, secret, derive) {
  const key = await keyOfSecret(derive, secret, wrap.kdf);
  return gcmOpen(key, NO_NONCE, wrapAad(vault_id, wrap), wrap.wrapped, "wrong_secret");
}

/* ---- the keeper ---- */

/** Which sub-key seals which store. @type {Record<string, string>} */
const SUB_KEY_OF_STORE = {
  drafts: "drafts",
  blobs: "files",
  inbox: "inbox",
  packs: "inbox",
  outbox: "state",
  copies: "state",
  envelopes: "state",
  state: "state",
  root: "keyring",
};

/**
 * Holds the keys of one vault. Loaded with what lies in clear it can only sign for transport, seal an urgent record, and try an
 * unlock; after `unlock` or `create` it opens and seals everything of that vault.
 */
export class Keeper {
  /** @type {Partial<Sealed> | null} */ #record = null;
  /** @type {Record<string, CryptoKey> | null} */ #sub = null;
  /** @type {CryptoKey | null} */ #author = null;
  /** @type {Bytes | null} */ #mailbox = null;
  /** @type {{kdf: Kdf, verifier: Bytes} | null} */ #pin = null;
  /** @type {Promise<{key: CryptoKey, id: Bytes, envelope: Envelope}> | null} */ #sealing = null;
  /** @type {Begun | null} */ #begun = null;
  #pin_tries = 0;

  /** @param {Random} random @param {Derive} [derive] handed in by tests, where there is no WASM */
  constructor(random, derive = argon2id) {
    this.random = random;
    this.derive = derive;
  }

  /** Can this browser do what we need? Answers the Argon2 time in ms for the strong setting. @param {Json} given */
  async prepare({ kdf }) {
    if (!globalThis.crypto?.subtle || typeof CompressionStream === "undefined") throw new Problem("no_webcrypto");
    await argon2id("warm", { ...kdf, memory_kib: 64, iterations: 1, salt: b64u(this.random(16)) }); // the load of the WASM is no part of the time
    const started = performance.now();
    await argon2id(b64u(this.random(16)), { ...kdf, salt: b64u(this.random(16)) });
    return performance.now() - started;
  }

  /** @param {Sealed} record */
  async load(record) {
    this.#record = record;
  }

  /**
   * Makes a vault: data key, author key, transport key, mailbox; wraps them. The same code again keeps the keys and wraps anew.
   * @param {Json} given `{code, now_ms, secret, kind, digits, kdf, pin}`
   */
  async create({ code, now_ms, secret, kind, digits, kdf, pin }) {
    if (this.#begun?.code !== code) this.#begun = await this.#makeKeys(code, now_ms);
    const begun = /** @type {Begun} */ (this.#begun);
    const wrap = await wrapDek({
      dek: begun.dek,
      vault_id: begun.vault_id,
      secret,
      kind,
      digits,
      kdf,
      random: this.random,
      derive: this.derive,
    });
    const pin_kdf = { ...limits.KDF_PIN, salt: b64u(this.random(16)) };
    const verifier = await this.derive(pin, pin_kdf);
    const sub = await this.#subKeys(begun.dek);
    const ring = {
      author: b64u(begun.author),
      mailbox: b64u(begun.mailbox),
      pin: { kdf: pin_kdf, verifier: b64u(verifier) },
    };
    const keyring = await sealValue(sub.keyring, { store: "root", key: begun.vault_id }, jsonBytes(ring), this.random);
    return { ...begun.made, wraps: [wrap], keyring };
  }

  /** After the server has registered the keys. @param {Json} given `{record, reply, fingerprint}` */
  async adopt({ record, reply, fingerprint }) {
    await checkServer(reply, fingerprint);
    if (!this.#begun) throw new Problem("vault_locked");
    this.#record = record;
    await this.#open(this.#begun.dek, record);
    this.#begun.dek.fill(0);
    this.#begun = null;
  }

  /** @param {Json} given `{secret}`; throws `wrong_secret`, `value_damaged` */
  async unlock({ secret }) {
    const record = this.#loaded();
    await this.#open(await this.#dek(record, secret), record);
  }

  /** The secret once more, against the loaded vault. @param {Json} given `{secret}` */
  async checkSecret({ secret }) {
    (await this.#dek(this.#loaded(), secret)).fill(0);
  }

  /** Five tries between two right ones; who calls locks after the last. @param {Json} given `{pin}` @returns {Promise<{ok: boolean, tries_left: number}>} */
  async checkPin({ pin }) {
    if (!this.#pin) throw new Problem("vault_locked");
    if (this.#pin_tries >= limits.PIN_TRIES) return { ok: false, tries_left: 0 };
    const tries_left = limits.PIN_TRIES - ++this.#pin_tries; // counted before the slow part, so that tries made at once are all counted
    const ok = sameBytes(await this.derive(pin, this.#pin.kdf), this.#pin.verifier);
    if (ok) this.#pin_tries = 0;
    return { ok, tries_left: ok ? limits.PIN_TRIES : tries_left };
  }

  /** @param {Json} given `[{store, key, bytes}]` @returns {Promise<Bytes[]>} */
  async seal(given) {
    return Promise.all(
      given.map((/** @type {Json} */ { bytes, ...place }) =>
        sealValue(this.#keyOf(place.store), place, bytes, this.random),
      ),
    );
  }

  /** One damaged value fails alone. @param {Json} given `[{store, key, sealed}]` @returns {Promise<(Bytes | {code: string})[]>} */
  async open(given) {
    return Promise.all(
      given.map((/** @type {Json} */ { sealed, ...place }) =>
        openValue(this.#keyOf(place.store), place, sealed).catch((problem) => ({
          code: problem.code ?? "value_damaged",
        })),
      ),
    );
  }

  /** Local keys of things that have a name. @param {Json} given `[{store, name}]` @returns {Promise<string[]>} */
  async names(given) {
    const key = this.#keyOf("", "names");
    return Promise.all(
      given.map(async (/** @type {Json} */ { store, name }) =>
        b64u(new Uint8Array(await crypto.subtle.sign("HMAC", key, utf8(`${store}|${name}`))).slice(0, 16)),
      ),
    );
  }

  /** SHA-256 of a text, as b64u: what a signature names of the text that was shown. @param {Json} given `{text}` */
  async hashText({ text }) {
    return b64u(await sha256(utf8(text)));
  }

  /** What must be kept while locked. @param {Json} given `{store, key, bytes}` @returns {Promise<Bytes>} */
  async post({ bytes, ...place }) {
    const record = this.#loaded();
    return hpkeSeal(record.mailbox, this.#mailboxInfo(place), bytes);
  }

  /** @param {Json} given `{store, key, sealed}` */
  async openPost({ sealed, ...place }) {
    if (!this.#mailbox) throw new Problem("vault_locked");
    return hpkeOpen(this.#mailbox, this.#mailboxInfo(place), sealed);
  }

  /** An author-signed package. @param {Json} given `{head, body}` @returns {Promise<Packed>} */
  async pack({ head, body }) {
    const author = this.#author;
    if (!author) throw new Problem("vault_locked");
    return this.#packed(
      head,
      body,
      async (bytes) => new Uint8Array(await crypto.subtle.sign(ECDSA_SIGN, author, bytes)),
    );
  }

  /** A package sealed while locked: nobody signed it. @param {Json} given `{head, body}` @returns {Promise<Packed>} */
  async packUnsigned({ head, body }) {
    return this.#packed(head, body, null);
  }

  /** @param {Json} given `{method_path, body}` @returns {Promise<string>} the FieldApp-Signature header */
  async signTransport({ method_path, body }) {
    const signed = concat(utf8(`fieldapp/1/transport\n${method_path}\n`), await sha256(body));
    return b64u(new Uint8Array(await crypto.subtle.sign(ECDSA_SIGN, this.#loaded().transport, signed)));
  }

  /** @param {Json} given `{request, t, cursor}` @returns {Promise<string>} */
  async signPull({ request, t, cursor }) {
    if (!this.#author) throw new Problem("vault_locked");
    const signed = jsonBytes(["fieldapp/1/pull", this.#loaded().vault_id, request, t, cursor]);
    return b64u(new Uint8Array(await crypto.subtle.sign(ECDSA_SIGN, this.#author, signed)));
  }

  /** @param {Json} head @param {Json} body @param {((bytes: Bytes) => Promise<Bytes>) | null} sign @returns {Promise<Packed>} */
  async #packed(head, body, sign) {
    const { vault_id } = this.#loaded();
    this.#sealing ??= this.#newSealing();
    const sealing = await this.#sealing;
    const made = await makePackage({
      sealing: sealing.key,
      envelope_id: sealing.id,
      vault_id,
      head,
      body,
      random: this.random,
      sign,
    });
    return { ...made, envelope: sealing.envelope };
  }

  /** A sealing key for this unlock, its envelope for the server. */
  async #newSealing() {
    const { vault_id, server_keys } = this.#loaded();
    const serverKey = chooseServerKey(server_keys);
    const bytes = this.random(32);
    const id = this.random(16);
    const envelope = {
      id: b64u(id),
      suite: limits.SUITE,
      key_id: serverKey.key_id,
      bytes: await makeEnvelope(bytes, serverKey, vault_id),
    };
    const key = await baseKey(bytes);
    bytes.fill(0);
    return { key, id, envelope };
  }

  /** @param {string} code @param {number} now_ms */
  async #makeKeys(code, now_ms) {
    const vault_id = newId(now_ms, this.random);
    const transport = await crypto.subtle.generateKey(ECDSA, false, ["sign", "verify"]);
    const author = await crypto.subtle.generateKey(ECDSA, true, ["sign", "verify"]);
    const mailbox = await suite.GenerateKeyPair(true);
    const point = async (/** @type {CryptoKey} */ key) =>
      b64u(new Uint8Array(await crypto.subtle.exportKey("raw", key)));
    const transport_key = await point(transport.publicKey);
    const author_key = await point(author.publicKey);
    const proof = jsonBytes(["fieldapp/1/enrol", vault_id, b64u(await sha256(utf8(code))), transport_key, author_key]);
    const signed = async (/** @type {CryptoKey} */ key) =>
      b64u(new Uint8Array(await crypto.subtle.sign(ECDSA_SIGN, key, proof)));
    const made = {
      vault_id,
      transport_key,
      author_key,
      transport_signature: await signed(transport.privateKey),
      author_signature: await signed(author.privateKey),
      transport: transport.privateKey,
      mailbox: new Uint8Array(await suite.SerializePublicKey(mailbox.publicKey)),
    };
    return {
      ...{ code, vault_id, made, dek: this.random(32) },
      author: new Uint8Array(await crypto.subtle.exportKey("pkcs8", author.privateKey)),
      mailbox: new Uint8Array(await suite.SerializePrivateKey(mailbox.privateKey)),
    };
  }

  /** @param {Sealed} record @param {string} secret */
  async #dek(record, secret) {
    const wrap = record.wraps.find(({ way, version }) => way === "secret" && version === 1);
    if (!wrap) throw new Problem("value_damaged");
    return unwrapDek(wrap, record.vault_id, secret, this.derive);
  }

  /** @param {Bytes} dek @param {Sealed} record */
  async #open(dek, record) {
    const sub = await this.#subKeys(dek);
    dek.fill(0);
    const ring = fromJsonBytes(await openValue(sub.keyring, { store: "root", key: record.vault_id }, record.keyring));
    this.#author = await crypto.subtle.importKey("pkcs8", fromB64u(ring.author), ECDSA, false, ["sign"]);
    this.#mailbox = fromB64u(ring.mailbox);
    this.#pin = { kdf: ring.pin.kdf, verifier: fromB64u(ring.pin.verifier) };
    this.#pin_tries = 0;
    this.#sub = sub;
    this.#sealing = null; // a key of its own for every unlock
  }

  /** @param {Bytes} dek @returns {Promise<Record<string, CryptoKey>>} */
  async #subKeys(dek) {
    const base = await baseKey(dek);
    /** @type {Record<string, CryptoKey>} */
    const sub = {};
    for (const label of ["drafts", "files", "inbox", "state", "keyring"]) {
      sub[label] = await baseKey(await subBytes(base, utf8(`fieldapp/1/sub/${label}`)));
    }
    const names = await subBytes(base, utf8("fieldapp/1/sub/names"));
    sub.names = await crypto.subtle.importKey("raw", names, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
    return sub;
  }

  /** @param {string} store @param {string} [label] */
  #keyOf(store, label = SUB_KEY_OF_STORE[store]) {
    if (!this.#sub) throw new Problem("vault_locked");
    return this.#sub[label];
  }

  /** @param {Place} place */
  #mailboxInfo(place) {
    return mailboxInfo(this.#loaded().vault_id, place);
  }

  /** @returns {Sealed} */
  #loaded() {
    if (!this.#record) throw new Problem("vault_locked");
    return /** @type {Sealed} */ (this.#record);
  }
}

const OPERATIONS = new Set([
  ...["prepare", "load", "create", "adopt", "unlock", "checkSecret", "checkPin", "seal", "open", "names"],
  ...["post", "openPost", "pack", "packUnsigned", "signTransport", "signPull", "hashText"],
]);

/** Answers `{id, op, given}` with `{id, value}` or `{id, problem}`. @param {Keeper} keeper @param {{id: number, op: string, given: Json}} message */
export async function answer(keeper, { id, op, given }) {
  try {
    if (!OPERATIONS.has(op)) throw new Problem("unknown_problem");
    return { id, value: await /** @type {Json} */ (keeper)[op](given) };
  } catch (cause) {
    const code = cause instanceof Problem ? cause.code : "worker_failed";
    return { id, problem: { code, said: String(cause) } };
  }
}

// In a page (our tests import the compositions) there is a document, and no messages are taken.
if (!("document" in globalThis)) {
  const keeper = new Keeper(randomBytes);
  const scope = /** @type {Json} */ (globalThis);
  scope.onmessage = async (/** @type {MessageEvent} */ event) => scope.postMessage(await answer(keeper, event.data));
}
