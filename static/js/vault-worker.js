// The worker that holds the keys. They never leave it; `terminate()` is how they are forgotten. Only it and vault-worker/ touch
// crypto.subtle and Argon2.
//
// vault-worker/ holds the compositions, pure: layout.js says which bytes stand where and which texts are bound or signed, without a
// key; seals.js, wrap.js and packages.js do it. Here are the keeper of the keys and the messages it answers. docs/protocol.md
// sections 1 to 3 and docs/phone.md ("What lies on the flash") say each format.

import { b64u, concat, fromB64u, fromJsonBytes, jsonBytes, sameBytes, utf8 } from "./bytes.js";
import { Problem } from "./errors.js";
import { newId, randomBytes } from "./ids.js";
import * as limits from "./limits.js";
import { chooseServerKey, mailboxInfo } from "./vault-worker/layout.js";
import { checkServer, hpkeOpen, hpkeSeal, makeEnvelope, makePackage, suite } from "./vault-worker/packages.js";
import { baseKey, ECDSA, ECDSA_SIGN, openValue, sealValue, sha256, subBytes } from "./vault-worker/seals.js";
import { argon2id, unwrapDek, wrapDek } from "./vault-worker/wrap.js";

/**
 * @typedef {import("./bytes.js").Bytes} Bytes
 * @typedef {import("./bytes.js").Json} Json
 * @typedef {import("./ids.js").Random} Random
 * @typedef {import("./vault-worker/layout.js").Place} Place
 * @typedef {import("./vault-worker/layout.js").Kdf} Kdf
 * @typedef {import("./vault-worker/layout.js").ServerKey} ServerKey
 * @typedef {import("./vault-worker/layout.js").Wrap} Wrap
 * @typedef {import("./vault-worker/wrap.js").Derive} Derive
 * @typedef {{id: string, suite: number, key_id: string, bytes: Bytes}} Envelope id as b64u
 * @typedef {{vault_id: string, district: string, wraps: Wrap[], keyring: Bytes, transport: CryptoKey, mailbox: Bytes, server_keys: ServerKey[]}} Sealed
 *   the parts of a root record this worker needs; nothing in it opens without the secret
 * @typedef {{code: string, vault_id: string, dek: Bytes, author: Bytes, mailbox: Bytes, made: Json}} Begun
 * @typedef {{package: Bytes, op: string, head: Json, envelope: Envelope}} Packed
 */

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
