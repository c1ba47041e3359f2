// Unlock, cover, lock, seal, sign: the page's side of the vault's worker. Keys are in the worker alone.
//
// One page has one chosen vault. `Vault` carries requests to the worker that holds its keys; `Vaults` decides which state it is in.

import { Problem } from "./errors.js";
import { generateDigits, newRef, parseCode } from "./ids.js";
import * as limits from "./limits.js";

export { generateDigits, parseCode };

/**
 * @typedef {import("./bytes.js").Bytes} Bytes
 * @typedef {import("./bytes.js").Json} Json
 * @typedef {import("./vault-worker.js").Packed} Packed
 * @typedef {import("./store/root.js").VaultRecord} VaultRecord
 * @typedef {import("./store/root.js").Root} Root
 * @typedef {"none" | "locked" | "covered" | "open"} State
 * @typedef {"digits" | "passphrase"} Kind
 */

/** Requests to one worker at a time; `lock` ends it and starts a fresh one, which knows only what lies in clear. */
export class Vault {
  /** @type {Worker | null} */ #worker = null;
  /** @type {Map<number, {resolve: (value: any) => void, reject: (problem: Problem) => void}>} */ #asked = new Map();
  #last_id = 0;
  /** @type {Json} */ #record = null;

  /** @param {() => Worker} startWorker @param {(code: string) => void} onDeath */
  constructor(startWorker, onDeath) {
    this.startWorker = startWorker;
    this.onDeath = onDeath;
  }

  /** What the worker may know while locked. @param {VaultRecord | null} record */
  load(record) {
    this.lock();
    this.remember(record);
  }

  /** For the next worker; the running one has it already. @param {VaultRecord | null} record */
  remember(record) {
    this.#record = record && sealedPart(record);
  }

  /** Synchronous: after this line no key of the vault is reachable from this page. */
  lock() {
    this.#worker?.terminate();
    this.#worker = null;
    for (const { reject } of this.#asked.values()) reject(new Problem("vault_locked"));
    this.#asked.clear();
  }

  /** @param {string} op @param {Json} [given] @returns {Promise<any>} */
  call(op, given) {
    const worker = this.#worker ?? this.#start();
    return this.#post(worker, op, given);
  }

  /** @param {{store: string, key: string, bytes: Bytes}[]} values @returns {Promise<Bytes[]>} */
  seal = (values) => (values.length ? this.call("seal", values) : Promise.resolve([]));
  /** @param {{store: string, key: string, sealed: Bytes}[]} values @returns {Promise<(Bytes | {code: string})[]>} */
  open = (values) => (values.length ? this.call("open", values) : Promise.resolve([]));
  /** @param {{store: string, name: string}[]} names @returns {Promise<string[]>} */
  names = (names) => (names.length ? this.call("names", names) : Promise.resolve([]));
  /** @param {{store: string, key: string, bytes: Bytes}} value @returns {Promise<Bytes>} */
  post = (value) => this.call("post", value);
  /** @param {{store: string, key: string, sealed: Bytes}} value @returns {Promise<Bytes>} */
  openPost = (value) => this.call("openPost", value);
  /** @param {{head: Json, body: Json}} given @returns {Promise<Packed>} */
  pack = (given) => this.call("pack", given);
  /** @param {{head: Json, body: Json}} given @returns {Promise<Packed>} */
  packUnsigned = (given) => this.call("packUnsigned", given);
  /** @param {string} method_path @param {Bytes} body @returns {Promise<string>} */
  signTransport = (method_path, body) => this.call("signTransport", { method_path, body });
  /** @param {{request: string, t: number, cursor: string | null}} given @returns {Promise<string>} */
  signPull = (given) => this.call("signPull", given);

  #start() {
    let worker;
    try {
      worker = this.startWorker();
    } catch (cause) {
      throw new Problem("no_worker", undefined, cause);
    }
    worker.onmessage = ({ data }) => this.#answered(data);
    worker.onerror = () => {
      if (worker !== this.#worker) return;
      for (const { reject } of this.#asked.values()) reject(new Problem("no_worker"));
      this.#asked.clear();
      this.lock();
      this.onDeath("worker_died");
    };
    this.#worker = worker;
    if (this.#record) this.#post(worker, "load", this.#record).catch(() => {});
    return worker;
  }

  /** @param {Worker} worker @param {string} op @param {Json} given @returns {Promise<any>} */
  #post(worker, op, given) {
    const id = ++this.#last_id;
    return new Promise((resolve, reject) => {
      this.#asked.set(id, { resolve, reject });
      worker.postMessage({ id, op, given });
    });
  }

  /** @param {{id: number, value?: any, problem?: {code: string, said: string}}} message */
  #answered({ id, value, problem }) {
    const asked = this.#asked.get(id);
    this.#asked.delete(id);
    if (problem) asked?.reject(new Problem(problem.code, undefined, problem.said));
    else asked?.resolve(value);
  }
}

/** @param {VaultRecord} record @returns {import("./vault-worker.js").Sealed} */
const sealedPart = ({ vault_id, district, wraps, keyring, transport, mailbox, server_keys }) => ({
  ...{ vault_id, district, wraps, keyring, transport, mailbox, server_keys },
});

/**
 * @param {{root: Root, api: {enrol: (request: Json, signal?: AbortSignal) => Promise<Json>}, startWorker: () => Worker, now?: () => number,
 *   origin?: string, channel?: BroadcastChannel | null, measure?: (run: () => Promise<number>) => Promise<number>}} given
 */
export const createVaults = (given) => new Vaults(given);

/** The vaults of this phone, and the state of the chosen one. docs/phone.md says each member. */
export class Vaults extends EventTarget {
  /** @type {State} */ state = "none";
  /** @type {VaultRecord | null} */ #record = null;
  /** @type {Json} */ person = null;
  /** @type {{kdf: Json, digits: number} | null} */ #prepared = null;

  /** @param {Parameters<typeof createVaults>[0]} given */
  constructor({
    root,
    api,
    startWorker,
    now = Date.now,
    origin = globalThis.location?.origin,
    channel = tabs(),
    measure = (run) => run(),
  }) {
    super();
    this.root = root;
    this.api = api;
    this.now = now;
    this.origin = origin;
    this.channel = channel;
    this.measure = measure;
    this.vault = new Vault(startWorker, (reason) => this.#enter(this.#record ? "locked" : "none", reason));
    if (channel) channel.onmessage = ({ data }) => this.#heard(data);
  }

  get current() {
    const record = this.#record;
    return (
      record && {
        ref: record.ref,
        vault_id: record.vault_id,
        district: record.district,
        numbers: record.numbers,
        database: record.database,
      }
    );
  }

  async start() {
    const records = await this.root.list();
    const chosen = await this.root.setting("chosen");
    this.#choose(records.find(({ ref }) => ref === chosen) ?? records[0] ?? null, "start");
  }

  async list() {
    const records = await this.root.list();
    return records.map(({ ref, wraps: [{ kind, digits }] }) => ({
      ref,
      kind,
      digits,
      chosen: ref === this.#record?.ref,
    }));
  }

  /** @param {string} ref; throws `not_found` */
  async choose(ref) {
    if (ref === this.#record?.ref) return;
    const record = await this.root.get(ref);
    if (!record) throw new Problem("not_found");
    await this.root.set("chosen", ref);
    this.#choose(record, "start");
  }

  /** Measures once what this phone can bear; asked before the secret is chosen, because the number of digits hangs on it. */
  async prepare() {
    if (!this.#prepared) {
      await this.root.list(); // says `storage_unavailable` now, not after the code is used up
      const ms = await this.measure(() => this.vault.call("prepare", { kdf: limits.KDF_STRONG }));
      const strong = ms <= limits.KDF_STRONG_MAX_MS;
      this.#prepared = strong
        ? { kdf: limits.KDF_STRONG, digits: limits.DIGITS_STRONG }
        : { kdf: limits.KDF_LIGHT, digits: limits.DIGITS_LIGHT };
    }
    return this.#prepared;
  }

  /**
   * @param {{address?: string | null, code24: string, login: string, password: string, secret: string, kind: Kind, pin: string,
   *   device?: Json, signal?: AbortSignal}} given; throws the codes listed in docs/phone.md
   */
  async enrol({ address, code24, login, password, secret, kind, pin, device = {}, signal }) {
    const parsed = parseCode(code24);
    checkAddress(address ?? parsed.address, this.origin);
    const { kdf, digits } = await this.prepare();
    const refused = checkNewSecret(secret, kind, digits) ?? checkNewPin(pin);
    if (refused) throw new Problem(refused);
    if (this.state === "open" || this.state === "covered") this.lock("enrolling");

    const plain = normalSecret(secret, kind);
    const kept = { kdf, kind, digits: kind === "digits" ? digits : 0, secret: plain, pin };
    // The keys are made, and wrapped, before the server is asked: from its yes to the vault on disk nothing slow happens.
    const made = await this.vault.call("create", { ...kept, code: parsed.code, now_ms: this.now() });
    const { transport, mailbox, wraps, keyring, ...registered } = made;
    const request = { v: 1, login, password, code: parsed.code, ...registered, device: { ...NO_DEVICE, ...device } };
    const reply = await this.api.enrol(request, signal);

    const record = recordOf(made, reply);
    await this.vault.call("adopt", { record, reply, fingerprint: parsed.fingerprint });
    await this.root.add(record);
    this.#record = record;
    this.vault.remember(record);
    this.person = reply.person;
    this.#enter("open", "enrolled");
  }

  /** @param {string} ref @param {string} secret; throws `wrong_secret`, `value_damaged`, `not_found` */
  async unlock(ref, secret) {
    await this.choose(ref);
    await this.vault.call("unlock", { secret: this.#normal(secret) });
    this.#enter("open", "unlocked");
  }

  /** @param {string} secret; throws `wrong_secret` */
  checkSecret = (secret) => this.vault.call("checkSecret", { secret: this.#normal(secret) });

  /** SHA-256 of a text as b64u, for a signature that names what was shown. @param {string} text @returns {Promise<string>} */
  hashText = (text) => this.vault.call("hashText", { text });

  /** Keys stay in the worker, so that what is being saved gets saved. @param {string} [reason] */
  cover(reason = "covered") {
    if (this.state !== "open") return;
    this.#enter("covered", reason);
    this.#tell("cover");
  }

  /** @param {string} pin; throws `wrong_pin`, `pin_locked` */
  async uncover(pin) {
    await this.checkPin(pin);
    if (this.state === "covered") this.#enter("open", "uncovered");
  }

  /** @param {string} pin; throws `wrong_pin` with `tries_left`, `pin_locked` */
  async checkPin(pin) {
    const { ok, tries_left } = await this.vault.call("checkPin", { pin });
    if (ok) return;
    if (tries_left > 0) throw new Problem("wrong_pin", { tries_left });
    this.lock("pin_tries");
    throw new Problem("pin_locked");
  }

  /** @param {string} [reason] */
  lock(reason = "locked") {
    if (this.state !== "open" && this.state !== "covered") return;
    this.vault.lock();
    this.#enter("locked", reason);
    this.#tell("lock");
  }

  /** The outbox hands over what a pull brought. Public parts are kept for the lock screen. @param {Json} me */
  async setPerson(me) {
    this.person = me;
    const record = this.#record;
    if (!record || JSON.stringify(record.numbers) === JSON.stringify(me.numbers)) return;
    this.#record = { ...record, numbers: me.numbers };
    await this.root.change(record.ref, { numbers: me.numbers });
  }

  /** @param {VaultRecord | null} record @param {string} reason */
  #choose(record, reason) {
    this.vault.load(record);
    this.#record = record;
    this.#enter(record ? "locked" : "none", reason);
  }

  /** @param {State} state @param {string} reason */
  #enter(state, reason) {
    if (state === "locked" || state === "none") this.person = null;
    this.state = state;
    this.dispatchEvent(new CustomEvent("state", { detail: { state, reason } }));
  }

  /** @param {"lock" | "cover"} act */
  #tell(act) {
    this.channel?.postMessage({ act, ref: this.#record?.ref });
  }

  /** Another tab covered or locked: the person wants it gone from every tab. @param {{act: string, ref: string}} message */
  #heard({ act, ref }) {
    if (ref !== this.#record?.ref) return;
    if (act === "cover" && this.state === "open") this.#enter("covered", "other_tab");
    if (act === "lock" && (this.state === "open" || this.state === "covered")) {
      this.vault.lock();
      this.#enter("locked", "other_tab");
    }
  }

  /** @param {string} secret */
  #normal(secret) {
    return normalSecret(secret, this.#record?.wraps[0].kind ?? "passphrase");
  }
}

const NO_DEVICE = { app: "", platform: "", persisted: false, free_bytes: null };

/** @param {Json} made @param {Json} reply @returns {VaultRecord} */
function recordOf({ vault_id, transport, mailbox, wraps, keyring }, reply) {
  const { identity_key, server_keys, keys_version, person, district } = reply;
  const keys = { vault_id, transport, mailbox, wraps, keyring };
  const server = {
    identity_key,
    server_keys,
    keys_version,
    district: district ?? person.district,
    numbers: person.numbers ?? [],
  };
  return { ...keys, ...server, ref: newRef(), database: `v-${newRef()}`, suite: limits.SUITE };
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

/** Typed on another keyboard the same passphrase is the same bytes. @param {string} secret @param {Kind} kind */
const normalSecret = (secret, kind) =>
  kind === "digits" ? secret.replace(/\s/g, "") : secret.normalize("NFKC").trim().replace(/\s+/g, " ");

/** @param {string} secret @param {Kind} kind @param {number} digits how many were generated @returns {string | null} the code of what is wrong */
export function checkNewSecret(secret, kind, digits) {
  const characters = [...normalSecret(secret, kind)];
  if (kind === "digits") return new RegExp(`^\\d{${digits}}$`).test(characters.join("")) ? null : "secret_digits";
  if (characters.length < limits.PASSPHRASE_CHARACTERS_MIN || characters.length > limits.PASSPHRASE_CHARACTERS_MAX)
    return "secret_short";
  const simple = new Set(characters).size < limits.PASSPHRASE_DISTINCT_MIN || /^[\d\s]*$/.test(characters.join(""));
  return simple ? "secret_simple" : null;
}

/** @param {string} pin @returns {string | null} the code of what is wrong */
export function checkNewPin(pin) {
  if (!/^\d{6}$/.test(pin)) return "pin_form";
  const steps = new Set([...pin].slice(1).map((digit, i) => (Number(digit) - Number(pin[i]) + 10) % 10));
  const run = steps.size === 1 && [0, 1, 9].includes([...steps][0]);
  return run || /^(\d\d)\1\1$|^(\d{3})\2$/.test(pin) ? "pin_simple" : null;
}

const tabs = () => (typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("fieldapp-vault"));
