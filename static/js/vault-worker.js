// The worker that holds the keys. They never leave it; `terminate()` is how they are forgotten. Only it and vault-worker/ touch
// crypto.subtle and Argon2.
//
// vault-worker/ holds the compositions, pure: layout.js says which bytes stand where and which texts are bound or signed, without a
// key; seals.js, wrap.js and packages.js do it. Here are the keeper of the keys and the messages it answers. What is done once in a
// phone's life, or seldom, lies in vault-worker/more/, comes with its first use and is handed the keeper. docs/protocol.md
// sections 1 to 3 and 8, and docs/phone.md ("What lies on the flash") say each format.

import { b64u, concat, fromB64u, fromJsonBytes, jsonBytes, sameBytes, utf8 } from "./bytes.js";
import { Problem } from "./errors.js";
import { randomBytes } from "./ids.js";
import * as limits from "./limits.js";
import { chooseServerKey, mailboxInfo, SUB_KEY_OF_STORE } from "./vault-worker/layout.js";
import { hpkeOpen, hpkeSeal, makeEnvelope, makePackage } from "./vault-worker/packages.js";
import { baseKey, openValue, sealValue, sha256, signed, signingKey, subKeys } from "./vault-worker/seals.js";
import { argon2id, unwrapDek } from "./vault-worker/wrap.js";

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
 * @typedef {{vault_id: string, district: string, wraps: Wrap[], keyring: Bytes, transport: CryptoKey, mailbox: Bytes, server_keys: ServerKey[],
 *   identity_key: string, keys_version: number, keys_signature?: string, device_secret?: Bytes | null}} Sealed
 *   the parts of a root record this worker needs; nothing in it opens without a secret that is not on the phone
 * @typedef {{package: Bytes, op: string, head: Json, envelope: Envelope}} Packed
 * @typedef {{sub: Record<string, CryptoKey>, mailbox: Bytes}} Past keys of before a change of the ways in, until all is sealed anew
 */

/** Done seldom: comes with its first use. @type {Record<string, () => Promise<{operations: Record<string, (keeper: Keeper, given: Json) => Promise<any>>}>>} */
const SELDOM = {
  making: () => import("./vault-worker/more/making.js"),
  ways: () => import("./vault-worker/more/ways.js"),
  renewal: () => import("./vault-worker/more/renewal.js"),
  orders: () => import("./vault-worker/more/orders.js"),
  files: () => import("./vault-worker/more/files.js"),
};

/**
 * Holds the keys of one vault. Loaded with what lies in clear it can only sign for transport, seal an urgent record, and try an
 * unlock; after `unlock` or `create` it opens and seals everything of that vault.
 */
export class Keeper {
  /** @type {Partial<Sealed> | null} */ record = null;
  /** @type {Record<string, CryptoKey> | null} */ sub = null;
  /** @type {CryptoKey | null} */ author = null;
  /** @type {Bytes | null} */ mailbox = null;
  /** @type {{kdf: Kdf, verifier: Bytes} | null} */ pin = null;
  /** @type {Past[]} newest first */ past = [];
  /** @type {Promise<{key: CryptoKey, id: Bytes, envelope: Envelope}> | null} */ sealing = null;
  /** What a seldom act has begun and not ended, by its name. @type {Record<string, any>} */ begun = {};
  pin_tries = 0;

  /** @param {Random} random @param {Derive} [derive] handed in by tests, where there is no WASM */
  constructor(random, derive = argon2id) {
    this.random = random;
    this.derive = derive;
  }

  /** @param {Sealed} record */
  async load(record) {
    this.record = record;
  }

  /** @param {Json} given `{secret}`; throws `wrong_secret`, `value_damaged` @returns {Promise<Taken>} */
  async unlock({ secret }) {
    return this.take(await this.dekOf(secret));
  }

  /** The secret once more, against the loaded vault. @param {Json} given `{secret}` */
  async checkSecret({ secret }) {
    (await this.dekOf(secret)).fill(0);
  }

  /** Five tries between two right ones; who calls locks after the last. @param {Json} given `{pin}` @returns {Promise<{ok: boolean, tries_left: number}>} */
  async checkPin({ pin }) {
    if (!this.pin) throw new Problem("vault_locked");
    if (this.pin_tries >= limits.PIN_TRIES) return { ok: false, tries_left: 0 };
    const tries_left = limits.PIN_TRIES - ++this.pin_tries; // counted before the slow part, so that tries made at once are all counted
    const ok = sameBytes(await this.derive(pin, this.pin.kdf), this.pin.verifier);
    if (ok) this.pin_tries = 0;
    return { ok, tries_left: ok ? limits.PIN_TRIES : tries_left };
  }

  /** @param {Json} given `[{store, key, bytes}]` @returns {Promise<Bytes[]>} */
  async seal(given) {
    return Promise.all(
      given.map((/** @type {Json} */ { bytes, ...place }) =>
        sealValue(this.keyOf(place.store), place, bytes, this.random),
      ),
    );
  }

  /** One damaged value fails alone. @param {Json} given `[{store, key, sealed}]` @returns {Promise<(Bytes | {code: string})[]>} */
  async open(given) {
    this.keyOf("root"); // locked is no damage of each
    return Promise.all(
      given.map((/** @type {Json} */ { sealed, ...place }) =>
        this.opened(place, sealed).catch((problem) => ({ code: problem.code ?? "value_damaged" })),
      ),
    );
  }

  /** By the keys of now, else by those of before. @param {Place} place @param {Bytes} sealed @returns {Promise<Bytes>} */
  async opened(place, sealed) {
    const label = SUB_KEY_OF_STORE[place.store];
    const keys = [this.keyOf(place.store), ...this.past.map(({ sub }) => sub[label])];
    return firstOf(keys, (key) => openValue(key, place, sealed));
  }

  /** Local keys of things that have a name. @param {Json} given `[{store, name}]` @returns {Promise<string[]>} */
  async names(given) {
    const key = this.keyOf("", "names");
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
    const record = this.loaded();
    return hpkeSeal(record.mailbox, mailboxInfo(record.vault_id, place), bytes);
  }

  /** @param {Json} given `{store, key, sealed}` */
  async openPost({ sealed, ...place }) {
    if (!this.mailbox) throw new Problem("vault_locked");
    const info = mailboxInfo(this.loaded().vault_id, place);
    return firstOf([this.mailbox, ...this.past.map(({ mailbox }) => mailbox)], (key) => hpkeOpen(key, info, sealed));
  }

  /** An author-signed package. @param {Json} given `{head, body}` @returns {Promise<Packed>} */
  async pack({ head, body }) {
    const author = this.authorKey();
    return this.#packed(head, body, (bytes) => signed(author, bytes));
  }

  /** A package sealed while locked: nobody signed it. @param {Json} given `{head, body}` @returns {Promise<Packed>} */
  async packUnsigned({ head, body }) {
    return this.#packed(head, body, null);
  }

  /** @param {Json} given `{method_path, body}` @returns {Promise<string>} the FieldApp-Signature header */
  async signTransport({ method_path, body }) {
    const text = concat(utf8(`fieldapp/1/transport\n${method_path}\n`), await sha256(body));
    return b64u(await signed(this.loaded().transport, text));
  }

  /** @param {Json} given `{request, t, cursor}` @returns {Promise<string>} */
  async signPull({ request, t, cursor }) {
    const author = this.authorKey();
    return b64u(await signed(author, jsonBytes(["fieldapp/1/pull", this.loaded().vault_id, request, t, cursor])));
  }

  /** @param {Json} head @param {Json} body @param {((bytes: Bytes) => Promise<Bytes>) | null} sign @returns {Promise<Packed>} */
  async #packed(head, body, sign) {
    const { vault_id } = this.loaded();
    this.sealing ??= this.#newSealing();
    const sealing = await this.sealing;
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
    const { vault_id, server_keys } = this.loaded();
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

  /** @param {string} secret @returns {Promise<Bytes>} throws `wrong_secret`, `value_damaged` */
  async dekOf(secret) {
    const record = this.loaded();
    const wrap = record.wraps.find(({ way, version }) => way === "secret" && version === 1);
    if (!wrap) throw new Problem("value_damaged");
    return unwrapDek(wrap, record.vault_id, secret, this.derive);
  }

  /**
   * All keys of the loaded vault, by its data key, which is forgotten here.
   * @typedef {{renewing: boolean, pinned: Json}} Taken `renewing`: there are values under keys of before; `pinned`: what lies in clear, as
   *   the keyring has it; null in a vault that was made before it did
   * @param {Bytes} dek @returns {Promise<Taken>} throws `value_damaged`
   */
  async take(dek) {
    const record = this.loaded();
    const ring = await this.ringOf(dek);
    this.author = await signingKey(fromB64u(ring.author));
    this.mailbox = fromB64u(ring.mailbox);
    this.pin = { kdf: ring.pin.kdf, verifier: fromB64u(ring.pin.verifier) };
    this.pin_tries = 0;
    this.past = await Promise.all((ring.past ?? []).map(pastOf));
    this.sub = await subKeys(dek, ring.names && fromB64u(ring.names));
    dek.fill(0);
    this.sealing = null; // a key of its own for every unlock
    // What lies in clear may have been changed on the flash, to seal for another server: what the keyring says of it holds.
    const pinned = ring.pinned ? { ...ring.pinned, mailbox: fromB64u(ring.pinned.mailbox) } : null;
    this.record = { ...record, ...pinned };
    return { renewing: this.past.length > 0, pinned };
  }

  /** What lies in the keyring. @param {Bytes} dek @returns {Promise<Json>} */
  async ringOf(dek) {
    const { vault_id, keyring } = this.loaded();
    const { keyring: key } = await subKeys(dek);
    return fromJsonBytes(await openValue(key, { store: "root", key: vault_id }, keyring));
  }

  /** @param {string} store @param {string} [label] */
  keyOf(store, label = SUB_KEY_OF_STORE[store]) {
    if (!this.sub) throw new Problem("vault_locked");
    return this.sub[label];
  }

  authorKey() {
    if (!this.author) throw new Problem("vault_locked");
    return this.author;
  }

  /** @returns {Sealed} */
  loaded() {
    if (!this.record) throw new Problem("vault_locked");
    return /** @type {Sealed} */ (this.record);
  }
}

/** @param {{dek: string, mailbox: string}} past as the keyring holds it @returns {Promise<Past>} */
const pastOf = async ({ dek, mailbox }) => ({ sub: await subKeys(fromB64u(dek)), mailbox: fromB64u(mailbox) });

/** What the first fitting key gives; the problem of the first key where none fits. @template Key, Value @param {Key[]} keys @param {(key: Key) => Promise<Value>} attempt @returns {Promise<Value>} */
async function firstOf([key, ...others], attempt) {
  try {
    return await attempt(key);
  } catch (problem) {
    for (const other of others) {
      const found = await attempt(other).catch(() => null);
      if (found) return found;
    }
    throw problem;
  }
}

const OPERATIONS = new Set([
  ...["load", "unlock", "checkSecret", "checkPin", "seal", "open", "names"],
  ...["post", "openPost", "pack", "packUnsigned", "signTransport", "signPull", "hashText"],
]);

/** Answers `{id, op, given}` with `{id, value}` or `{id, problem}`; a seldom `op` is `file.name`. @param {Keeper} keeper @param {{id: number, op: string, given: Json}} message */
export async function answer(keeper, { id, op, given }) {
  try {
    const [file, name] = op.split(".");
    if (Object.hasOwn(SELDOM, file)) {
      const { operations } = await SELDOM[file]();
      if (Object.hasOwn(operations, name)) return { id, value: await operations[name](keeper, given) };
    }
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
