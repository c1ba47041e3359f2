// Unlock, cover, lock, seal, sign: the page's side of the vault's worker. Keys are in the worker alone.
//
// One page has one chosen vault. `Vault` carries requests to the worker that holds its keys; `Vaults` decides which state it is in.
// vault/more/ holds what is done seldom: enrolling, the other ways in, a new data key, a wipe.

import { Problem } from "./errors.js";
import { generateDigits, parseCode } from "./ids.js";
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
 * @typedef {import("./vault-worker/layout.js").Wrap["way"]} Way
 */

/** Requests to one worker at a time; `lock` ends it and starts a fresh one, which knows only what lies in clear. */
export class Vault {
  /** @type {Worker | null} */ #worker = null;
  /** @type {Map<number, {resolve: (value: any) => void, reject: (problem: Problem) => void}>} */ #asked = new Map();
  #last_id = 0;
  /** @type {Json} */ record = null;

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
    this.record = record && sealedPart(record);
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
    if (this.record) this.#post(worker, "load", this.record).catch(() => {});
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
export const sealedPart = ({
  numbers,
  ref,
  database,
  suite,
  policy,
  stopped,
  renew,
  generation,
  sign,
  choices,
  ...record
}) => record;

/**
 * @typedef {{vault_id: string, signature: string, body: Bytes}} Signed by the transport key
 * @param {{root: Root, api: {enrol: (request: Json, signal?: AbortSignal) => Promise<Json>, share: (given: Signed) => Promise<Json>},
 *   startWorker: () => Worker, now?: () => number, origin?: string, channel?: BroadcastChannel | null,
 *   measure?: (run: () => Promise<number>) => Promise<number>, locks?: LockManager, authenticators?: CredentialsContainer,
 *   database?: string | null}} given `database`: of a vault with a name of its own, the practice; a random one otherwise
 */
export const createVaults = (given) => new Vaults(given);

/** The vaults of this phone, and the state of the chosen one. docs/phone.md says each member. */
export class Vaults extends EventTarget {
  /** @type {State} */ state = "none";
  /** @type {VaultRecord | null} */ record = null;
  /** @type {Json} */ person = null;
  /** @type {{kdf: Json, digits: number, ms: number} | null} */ prepared = null;
  /** There are values under keys of before a change of the ways in. */ renewing = false;
  #release = () => {};

  /** @param {Parameters<typeof createVaults>[0]} given */
  constructor({
    root,
    api,
    startWorker,
    now = Date.now,
    origin = globalThis.location?.origin,
    channel = tabs(),
    measure = (run) => run(),
    locks = globalThis.navigator?.locks,
    authenticators = globalThis.navigator?.credentials,
    database = null,
  }) {
    super();
    this.root = root;
    this.api = api;
    this.now = now;
    this.origin = origin;
    this.channel = channel;
    this.measure = measure;
    this.locks = locks;
    this.authenticators = authenticators;
    this.database = database;
    this.vault = new Vault(startWorker, (reason) => this.become(this.record ? "locked" : "none", reason));
    if (channel) channel.onmessage = ({ data }) => this.#heard(data);
  }

  get current() {
    const record = this.record;
    return (
      record && {
        ref: record.ref,
        vault_id: record.vault_id,
        district: record.district,
        numbers: record.numbers,
        database: record.database,
        stopped: record.stopped ?? null,
      }
    );
  }

  /** Of how many drafts the server has no copy, while locked of all; the outbox knows. @type {() => number} */ unsaved =
    () => 0;

  /** @param {string} [reason] */
  async start(reason = "start") {
    const records = await this.#records();
    const chosen = await this.root.setting("chosen");
    this.#choose(records.find(({ ref }) => ref === chosen) ?? records[0] ?? null, reason);
  }

  async list() {
    return (await this.#records()).map(({ ref, wraps, policy, stopped = null, sign = null }) => ({
      ...{ ref, sign },
      kind: wraps[0].kind,
      digits: wraps[0].digits,
      chosen: ref === this.record?.ref,
      // The first is the secret; the others only as long as the office allows them.
      ways: wraps.filter(({ way }, i) => i === 0 || policy?.ways?.includes(way)).map(({ way }) => way),
      pin_digits: wraps.find(({ way }) => way === "pin")?.digits ?? 0,
      stopped,
    }));
  }

  /** Those that are being wiped are nobody's any more. */
  #records = async () => (await this.root.list()).filter(({ wiping }) => !wiping);

  /** @param {string} ref; throws `not_found` */
  async choose(ref) {
    if (ref === this.record?.ref) return;
    const record = await this.root.get(ref);
    if (!record || record.wiping) throw new Problem("not_found");
    await this.root.set("chosen", ref);
    this.#choose(record, "start");
  }

  /** Measures once what this phone can bear; asked before the secret is chosen, because the number of digits hangs on it. */
  async prepare() {
    return (await enrolling()).prepare(this);
  }

  /**
   * @param {{address?: string | null, code24: string, login: string, password: string, secret: string, kind: Kind, pin: string,
   *   device?: Json, signal?: AbortSignal}} given; throws the codes listed in docs/phone.md
   */
  async enrol(given) {
    return (await enrolling()).enrol(this, given);
  }

  /** Enrolled: the keys are in the worker already. @param {VaultRecord} record @param {Json} person */
  async adopt(record, person) {
    this.record = record;
    this.vault.remember(record);
    this.person = person;
    await this.#hold(record);
    this.become("open", "enrolled");
  }

  /**
   * @param {string} ref @param {string} secret or PIN; empty for an authenticator @param {Way} [way]
   * @returns {Promise<void>} throws `wrong_secret`, `value_damaged`, `not_found`, `suspended`, `revoked`; by PIN also `wrong_pin` with
   *   `tries_left`, `share_locked`, `share_gone`, `clock`
   */
  async unlock(ref, secret, way = "secret") {
    await this.choose(ref);
    const record = await this.#newest(ref);
    if (record.stopped) throw new Problem(record.stopped);
    await this.#hold(record);
    let taken = null;
    try {
      // Under these keys nothing is dropped from now on; another tab may have changed them just before.
      if ((await this.#newest(ref)).generation !== record.generation) return await this.unlock(ref, secret, way);
      taken =
        way === "secret"
          ? await this.vault.call("unlock", { secret: this.normal(secret) })
          : await (await ways()).open(this, way, secret);
      this.renewing = taken.renewing;
      await (await standing()).settle(this, record, taken.pinned);
      if (record.renew && way === "secret") return await (await ways()).renewAtUnlock(this, secret);
    } catch (problem) {
      if (taken) this.vault.lock();
      this.#release();
      throw problem;
    }
    this.become("open", "unlocked");
  }

  /** The record as it lies on the disk now: other tabs change it too. @param {string} ref @returns {Promise<VaultRecord>} throws `not_found` */
  async #newest(ref) {
    const record = await this.root.get(ref);
    if (!record || record.wiping) {
      await this.start("wiped"); // by another tab
      throw new Problem("not_found");
    }
    this.record = record;
    this.vault.remember(record);
    await this.vault.call("load", sealedPart(record));
    return record;
  }

  /** As long as this tab seals under these keys, no other tab drops them. @param {VaultRecord} record */
  async #hold(record) {
    this.#release();
    if (!this.locks) return;
    await new Promise((held) => {
      const holding = (/** @type {(over: null) => void} */ release) => {
        this.#release = () => release(null);
        held(null);
      };
      void this.locks?.request(keysLock(record), { mode: "shared" }, () => new Promise(holding));
    });
  }

  /**
   * @param {Partial<VaultRecord>} parts of the chosen vault's record, on disk when it resolves
   * @param {VaultRecord | null} [from] the record they were made from
   * @returns {Promise<void>} throws `vault_locked` where another tab has renewed its keys meanwhile
   */
  async change(parts, from = this.record) {
    const { ref } = /** @type {VaultRecord} */ (from);
    if (!(await this.root.change(ref, parts, from))) {
      await (await standing()).reread(this, ref);
      throw new Problem("vault_locked");
    }
    this.knows(ref, parts);
  }

  /** What is on disk by now. @param {string} ref @param {Partial<VaultRecord>} parts */
  knows(ref, parts) {
    if (this.record?.ref !== ref) return;
    this.record = { ...this.record, ...parts };
    this.vault.remember(this.record);
  }

  /** @param {Json[]} directives of a reply */
  heard = async (directives) => (await standing()).heard(this, directives);

  /** What lies under keys of before is sealed anew; they go when no tab needs them. @param {(given: Json) => Promise<void>} sealAnew */
  async renew(sealAnew) {
    if (this.renewing) await (await ways()).renewWith(this, sealAnew);
  }

  /** What is left of vaults that are being wiped; for `finishWipes` of the outbox. */
  remains = async () => (await wiping()).remainsOf(this, (start, onDeath) => new Vault(start, onDeath));

  /** A newer list of the server's keys. @param {Json} keys; throws `server_keys_unsigned` */
  async takeKeys(keys) {
    const { record } = this;
    const parts = await this.vault.call("orders.keys", keys);
    if (parts && record?.ref === this.record?.ref) await this.change(parts, record);
  }

  /** The other ways in, and a new secret: vault/more/ways.js says each. */
  ways = async () => (await ways()).waysOf(this);

  /** @param {string} secret; throws `wrong_secret` */
  checkSecret = (secret) => this.vault.call("checkSecret", { secret: this.normal(secret) });

  /** SHA-256 of a text as b64u, for a signature that names what was shown. @param {string} text @returns {Promise<string>} */
  hashText = (text) => this.vault.call("hashText", { text });

  /** Keys stay in the worker, so that what is being saved gets saved. @param {string} [reason] */
  cover(reason = "covered") {
    if (this.state !== "open") return;
    this.become("covered", reason);
    this.#tell("cover");
  }

  /** @param {string} pin; throws `wrong_pin`, `pin_locked` */
  async uncover(pin) {
    await this.checkPin(pin);
    if (this.state === "covered") this.become("open", "uncovered");
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
    this.#close(reason);
    this.#tell("lock");
  }

  /** @param {string} reason */
  #close(reason) {
    this.vault.lock();
    this.#release();
    this.become("locked", reason);
  }

  /** The outbox hands over what a pull brought. Public parts are kept for the lock screen. @param {Json} me */
  async setPerson(me) {
    this.person = me;
    const { ways: allowed = ["secret"] } = me.policy ?? {};
    const known = { numbers: me.numbers, policy: { ways: allowed } };
    const { record } = this;
    if (!record) return;
    if (text([record.numbers, record.policy]) !== text([known.numbers, known.policy])) await this.change(known);
    if (record.wraps.some(({ way }) => way !== "secret" && !allowed.includes(way)))
      await (await ways()).dropForbidden(this, allowed);
  }

  /** @param {VaultRecord | null} record @param {string} reason */
  #choose(record, reason) {
    this.vault.load(record);
    this.record = record;
    this.become(record ? "locked" : "none", reason);
  }

  /** @param {State} state @param {string} reason */
  become(state, reason) {
    if (state === "locked" || state === "none") this.person = null;
    this.state = state;
    this.dispatchEvent(new CustomEvent("state", { detail: { state, reason } }));
  }

  /** @param {"lock" | "cover"} act */
  #tell(act) {
    this.channel?.postMessage({ act, ref: this.record?.ref });
  }

  /** Another tab covered or locked: the person wants it gone from every tab. Or it renewed the keys. @param {{act: string, ref: string}} message */
  #heard({ act, ref }) {
    if (ref !== this.record?.ref) return;
    if (act === "cover" && this.state === "open") this.become("covered", "other_tab");
    if (act === "lock" && (this.state === "open" || this.state === "covered")) this.#close("other_tab");
    standing()
      .then(({ reread }) => reread(this, ref))
      .catch(() => {});
  }

  /** @param {string} secret */
  normal(secret) {
    return normalSecret(secret, this.record?.wraps[0].kind ?? "passphrase");
  }
}

const enrolling = () => import("./vault/more/enrolling.js");
const ways = () => import("./vault/more/ways.js");
const standing = () => import("./vault/more/standing.js");
const wiping = () => import("./vault/more/wiping.js");

/** @param {Json} value */
const text = (value) => JSON.stringify(value);

/** Held shared by every tab that seals under these keys. @param {{database: string, generation?: number | ""}} record */
export const keysLock = ({ database, generation = 0 }) => `fieldapp-keys-${database}-${generation}`;

/** Typed on another keyboard the same passphrase is the same bytes. @param {string} secret @param {Kind} kind */
export const normalSecret = (secret, kind) =>
  kind === "digits" ? secret.replace(/\s/g, "") : secret.normalize("NFKC").trim().replace(/\s+/g, " ");

/**
 * @param {string} secret @param {Kind} kind @param {number} digits how many were generated @param {number} [minimum] characters of a passphrase
 * @returns {string | null} the code of what is wrong
 */
export function checkNewSecret(secret, kind, digits, minimum = limits.PASSPHRASE_CHARACTERS_MIN) {
  const characters = [...normalSecret(secret, kind)];
  if (kind === "digits") return new RegExp(`^\\d{${digits}}$`).test(characters.join("")) ? null : "secret_digits";
  if (characters.length < minimum || characters.length > limits.PASSPHRASE_CHARACTERS_MAX) return "secret_short";
  const simple = new Set(characters).size < limits.PASSPHRASE_DISTINCT_MIN || /^[\d\s]*$/.test(characters.join(""));
  return simple ? "secret_simple" : null;
}

/** The same, and whether many people choose it. @type {(...given: Parameters<typeof checkNewSecret>) => Promise<string | null>} */
export async function judgeSecret(secret, kind, digits, minimum) {
  const refused = checkNewSecret(secret, kind, digits, minimum);
  if (refused || kind === "digits") return refused;
  const { isCommon } = await import("./vault/more/strength.js");
  return isCommon(secret) ? "secret_common" : null;
}

/** @param {string} pin @param {number} [digits] how many the office asks for @returns {string | null} the code of what is wrong */
export function checkNewPin(pin, digits = limits.PIN_DIGITS) {
  if (!new RegExp(`^\\d{${digits}}$`).test(pin)) return "pin_form";
  const steps = new Set([...pin].slice(1).map((digit, i) => (Number(digit) - Number(pin[i]) + 10) % 10));
  const run = steps.size === 1 && [0, 1, 9].includes([...steps][0]);
  return run || /^(\d\d)\1+$|^(\d{3,})\2$/.test(pin) ? "pin_simple" : null;
}

const tabs = () => (typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("fieldapp-vault"));
