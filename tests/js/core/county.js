// A small county for the tests: the other end of docs/protocol.md, in memory, with its own keys. It opens what phones seal with the
// real compositions, and can lose, repeat or spoil what passes. Everybody in it is invented.

import {
  b64u,
  concat,
  deflate,
  fromB64u,
  hex,
  jsonBytes,
  makeFrame,
  readFrame,
  utf8,
} from "../../../static/js/bytes.js";
import { Problem } from "../../../static/js/errors.js";
import { crockford60, idBytes, idText, newId, newRef } from "../../../static/js/ids.js";
import { createOutbox } from "../../../static/js/outbox.js";
import { openStore } from "../../../static/js/store/db.js";
import { openRoot } from "../../../static/js/store/root.js";
import { createVaults } from "../../../static/js/vault.js";
import { hpkeSeal } from "../../../static/js/vault-worker/packages.js";
import { baseKey, sha256 } from "../../../static/js/vault-worker/seals.js";
import { keyPairFromSeed, openEnvelope, openPackage } from "./opening.js";

const ECDSA = { name: "ECDSA", namedCurve: "P-256" };
const SIGN = { name: "ECDSA", hash: "SHA-256" };
export const DISTRICT = "990101";
export const SECRET = "山上 四匹 白马 饮水 two";
export const PIN = "280417";

/** @param {unknown} holds @param {string} [why] */
export function assert(holds, why = "does not hold") {
  if (!holds) throw new Error(why);
}

/** @param {unknown} actual @param {unknown} expected */
export function equal(actual, expected) {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (a !== b) throw new Error(`${a} is not ${b}`);
}

/** @param {string} code @param {() => unknown} act @returns {Promise<any>} the problem */
export async function refuses(code, act) {
  try {
    await act();
  } catch (problem) {
    equal(problem instanceof Problem ? problem.code : String(problem), code);
    return problem;
  }
  throw new Error(`was not refused with ${code}`);
}

/** Small and seeded (mulberry32), so that a red run is red again. @param {number} seed */
export function seeded(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export class County {
  /** @type {Map<string, any>} what was stored, by operation */ stored = new Map();
  /** @type {Map<string, any>} newest change by ref */ feed = new Map();
  /** @type {any} */ vault = null;
  /** @type {((head: any, body: any) => string | null) | null} another status than ok */ judge = null;
  /** @type {"reply" | "request" | null} what the link loses until it is set back */ loses = null;
  seq = 0;
  safe = 0;
  epoch = "e1";
  requests = 0;
  clock = 1_800_000_000_000;
  after_s = 300;
  page_max = 1000;
  /** @type {any[]} */ directives = [];
  /** @type {any} a list of server keys that is told with every reply */ keys = null;
  /** A key was destroyed: an envelope for another than the one of now opens no more. */ unknown_key = false;
  /** @type {any[]} heads of requests, newest last */ heads = [];

  static async create() {
    const county = new County();
    county.identity = await crypto.subtle.generateKey(ECDSA, true, ["sign", "verify"]);
    county.hpke = await keyPairFromSeed(new Uint8Array(32).fill(7));
    return county;
  }

  /** @type {any} */ identity;
  /** @type {any} */ hpke;

  async code24() {
    const point = new Uint8Array(await crypto.subtle.exportKey("raw", this.identity.publicKey));
    return `ABCD-EFGH-JKMN ${crockford60(await sha256(point))}`;
  }

  me = {
    ...{
      person_id: newId(0),
      name: "演示甲",
      role: "caseworker",
      district: DISTRICT,
      numbers: [{ number: "199 0000 0001", label: { zh: "值班", en: "Duty" } }],
    },
    policy: { idle_s: 300, visit_session_s: 3600, draft_copy_s: 180, ways: ["secret", "pin", "prf"], pin_digits: 6 },
  };

  api = {
    enrol: (/** @type {any} */ request) => this.enrol(request),
    exchange: (/** @type {any} */ given) => this.exchange(given),
    share: (/** @type {any} */ given) => this.share(given),
    digest: (/** @type {any} */ given) => this.digest(given),
  };

  /** Questions what is still here, newest last; `digest_problem` is answered in place of it. @type {any[]} */ questions =
    [];
  /** @type {string | null} */ digest_problem = null;

  /** @param {{vault_id: string, signature: string, body: any}} given */
  async digest({ vault_id, signature, body }) {
    const signed = concat(utf8("fieldapp/1/transport\nPOST /sync/v1/digest\n"), await sha256(body));
    assert(await verify(this.vault.transport_key, signature, signed), "transport signature");
    const asked = JSON.parse(new TextDecoder().decode(body));
    equal(Object.keys(asked).sort(), ["packages", "request", "revisions", "signature", "t", "v"]);
    this.questions.push(asked);
    const raw = [fromB64u(asked.revisions), fromB64u(asked.packages)];
    const sums = await Promise.all(raw.map(async (ids) => b64u(await sha256(ids))));
    const text = jsonBytes(["fieldapp/1/digest", vault_id, asked.request, asked.t, ...sums]);
    assert(await verify(this.vault.author_key, asked.signature, text), "author signature");
    if (this.digest_problem) throw new Problem(this.digest_problem);
    if (Math.abs(asked.t - this.clock) > 300_000) throw new Problem("clock", { t: this.clock });
    const here = new Set([...this.stored].flatMap(([op, { head }]) => [op, head.revision_id]));
    const [revisions, packages] = raw.map((ids) => {
      const named = Array.from({ length: ids.length / 16 }, (_, i) => ids.slice(i * 16, i * 16 + 16));
      return b64u(concat(...named.filter((id) => !here.has(idText(id)))));
    });
    return { epoch: this.epoch, revisions, packages };
  }

  /** The share of a PIN way, section 8. @type {{bytes: any, proof: string, tries: number} | null} */ pin = null;
  /** @type {any[]} requests for it, newest last */ shares = [];

  /** @param {{vault_id: string, signature: string, body: any}} given */
  async share({ vault_id, signature, body }) {
    const signed = concat(utf8("fieldapp/1/transport\nPOST /sync/v1/share\n"), await sha256(body));
    assert(await verify(this.vault.transport_key, signature, signed), "transport signature");
    const asked = JSON.parse(new TextDecoder().decode(body));
    this.shares.push(asked);
    equal(Object.keys(asked).sort(), ["act", "proof", "request", "signature", "t", "to", "v"]);
    const { act, request, t, proof, to } = asked;
    if (Math.abs(t - this.clock) > 300_000) throw new Problem("clock", { t: this.clock });
    if (act !== "get") {
      const text = jsonBytes(["fieldapp/1/share", act, vault_id, request, t, proof, to]);
      assert(await verify(this.vault.author_key, asked.signature, text), "author signature");
      this.pin = act === "set" ? { bytes: crypto.getRandomValues(new Uint8Array(32)), proof, tries: 0 } : null;
      if (act === "remove") return { sealed: null, tries_left: 10 };
    }
    const { pin } = this;
    if (!pin) throw new Problem("share_gone");
    if (pin.tries >= 10) throw new Problem("share_locked");
    pin.tries += 1;
    if (pin.proof !== proof) throw new Problem("wrong_pin", { tries_left: 10 - pin.tries });
    pin.tries = 0;
    const info = concat(utf8("fieldapp/1/share"), idBytes(vault_id), fromB64u(request));
    return { sealed: b64u(await hpkeSeal(fromB64u(to), info, pin.bytes)), tries_left: 10 };
  }

  /** The signed list of this county's one key. @param {number} keys_version */
  async keysOf(keys_version) {
    const key_id = hex((await sha256(this.hpke.public)).slice(0, 8));
    const row = { key_id, suite: 1, public: b64u(this.hpke.public), from: 0, until: null };
    const rows = [[row.key_id, row.suite, row.public, row.from, row.until]];
    const point = new Uint8Array(await crypto.subtle.exportKey("raw", this.identity.publicKey));
    const keys_signature = await this.signed("fieldapp/1/keys", keys_version, rows);
    return { identity_key: b64u(point), server_keys: [row], keys_version, keys_signature };
  }

  /** The identity key's word for something. @param {...any} parts */
  async signed(...parts) {
    return b64u(new Uint8Array(await crypto.subtle.sign(SIGN, this.identity.privateKey, jsonBytes(parts))));
  }

  /** @param {any} request */
  async enrol(request) {
    const proof = jsonBytes([
      "fieldapp/1/enrol",
      request.vault_id,
      b64u(await sha256(utf8(request.code))),
      request.transport_key,
      request.author_key,
    ]);
    for (const which of ["transport", "author"])
      assert(await verify(request[`${which}_key`], request[`${which}_signature`], proof), `${which} proof`);
    this.vault = request;
    this.feed.set("me", { kind: "put", value: this.me, at: ++this.seq });
    return {
      ...{ person: this.me, district: DISTRICT, t: this.clock, epoch: "e1" },
      ...(await this.keysOf(1)),
    };
  }

  /** @param {{vault_id: string, signature: string, body: any}} given */
  async exchange({ vault_id, signature, body }) {
    this.requests += 1;
    const { loses } = this;
    if (loses === "request") throw new Problem("no_network");
    const signed = concat(utf8("fieldapp/1/transport\nPOST /sync/v1/exchange\n"), await sha256(body));
    if (vault_id !== this.vault?.vault_id || !(await verify(this.vault.transport_key, signature, signed)))
      throw new Problem("unknown_vault", { status: 401 });
    const { head, take, left } = readFrame(body);
    this.heads.push(head);
    const sealing = new Map();
    const mine = hex((await sha256(this.hpke.public)).slice(0, 8));
    for (const { id, key_id, len } of head.envelopes) {
      const bytes = take(len);
      if (this.unknown_key && key_id !== mine) continue;
      sealing.set(id, await baseKey(await openEnvelope(bytes, this.hpke.private, key_id, vault_id)));
    }
    const results = [];
    for (const { len } of head.packages) results.push(await this.take(take(len), sealing));
    equal(left(), 0);
    const { page, payload, pull_refused } = await this.page(head);
    const after_s = this.after_s;
    const reply = {
      v: 1,
      request: head.request,
      t: this.clock,
      epoch: this.epoch,
      results,
      page,
      pull_refused,
      safe: { [DISTRICT]: this.safe },
      directives: this.directives,
      audit: {},
      after_s,
      ...(this.keys && { keys: this.keys }),
    };
    if (loses === "reply") throw new Problem("no_network");
    return makeFrame(reply, ...payload);
  }

  /** @param {any} bytes @param {Map<string, CryptoKey>} sealing */
  async take(bytes, sealing) {
    const op = idText(bytes.slice(0, 16));
    const known = this.stored.get(op);
    if (known) return { ...known.result, status: known.result.status === "ok" ? "dup" : known.result.status };
    const envelope_id = b64u(bytes.slice(17, 33));
    const nothing = { district: DISTRICT, seq: null, record_state: null, kept_as: null };
    if (!sealing.has(envelope_id)) return { op, status: "reseal", reason: "unknown_key", ...nothing };
    const { head, body } = await openPackage(/** @type {any} */ (sealing.get(envelope_id)), bytes);
    const status = this.judge?.(head, body) ?? "ok";
    const result = {
      op,
      status,
      reason: status === "quarantined" ? "no_right" : null,
      district: DISTRICT,
      seq: null,
      record_state: null,
      kept_as: null,
    };
    if (status === "wait" || status === "reseal") return result;
    Object.assign(result, { seq: ++this.seq });
    this.stored.set(op, { head, body, result, bytes });
    return result;
  }

  /** @param {any} head */
  async page(head) {
    if (!head.pull) return { page: null, payload: [], pull_refused: null };
    const { cursor, signature } = head.pull;
    const signed = jsonBytes(["fieldapp/1/pull", this.vault.vault_id, head.request, head.t, cursor]);
    assert(await verify(this.vault.author_key, signature, signed), "pull signature");
    if (Math.abs(head.t - this.clock) > 300_000) return { page: null, payload: [], pull_refused: "clock" };
    const from = Number(cursor ?? 0);
    const due = [...this.feed].filter(([, { at }]) => at > from).sort(([, a], [, b]) => a.at - b.at);
    const sent = due.slice(0, this.page_max);
    const payload = await Promise.all(
      sent.map(([, { kind, value }]) =>
        kind === "put" || kind === "draft" ? deflate(jsonBytes(value)) : new Uint8Array(0),
      ),
    );
    const changes = sent.map(([ref, { kind }], i) => ({
      kind,
      ref,
      district: DISTRICT,
      version: 1,
      len: payload[i].length,
    }));
    const last = sent.length ? sent[sent.length - 1][1].at : Math.max(from, this.seq);
    return {
      page: {
        cursor: String(due.length > sent.length ? last : Math.max(last, this.seq)),
        more: due.length > sent.length,
        changes,
      },
      payload,
      pull_refused: null,
    };
  }

  /** @param {string} ref @param {any} value @param {string} [kind] */
  tell(ref, value, kind = "put") {
    this.feed.set(ref, { kind, value, at: ++this.seq });
  }

  /** @param {string} kind */
  heldOf = (kind) => [...this.stored.values()].filter(({ head }) => head.kind === kind);
}

/** @param {string} point @param {string} signature @param {any} signed */
export async function verify(point, signature, signed) {
  const key = await crypto.subtle.importKey("raw", fromB64u(point), ECDSA, false, ["verify"]);
  return crypto.subtle.verify(SIGN, key, fromB64u(signature), signed);
}

const WORKER = new URL("../../../static/js/vault-worker.js", import.meta.url).pathname;
const trusted = /** @type {any} */ (globalThis).trustedTypes;
const policy = trusted?.createPolicy("fieldapp", {
  createScriptURL: (/** @type {string} */ url) => (url === WORKER ? url : null),
});

export const startWorker = () => new Worker(policy?.createScriptURL(WORKER) ?? WORKER, { type: "module" });

/** Timers that run when the test says so. */
export class Timer {
  /** @type {{id: number, run: () => void, ms: number}[]} */ set_ = [];
  #id = 0;
  set = (/** @type {() => void} */ run, /** @type {number} */ ms) => {
    this.set_.push({ id: ++this.#id, run, ms });
    return this.#id;
  };
  clear = (/** @type {any} */ id) => {
    this.set_ = this.set_.filter((one) => one.id !== id);
  };
  fire() {
    const [next] = this.set_.splice(0, 1);
    next?.run();
    return next?.ms;
  }
}

/** A phone: its root database, vaults and outbox, all real. @returns {Promise<any>} @param {County} county @param {{name?: string, now?: () => number, api?: any, tabs?: boolean, about?: () => Promise<any>, quiet?: () => boolean}} [given] `tabs`: it talks to the other tabs of this name */
export async function phone(
  county,
  {
    name = `test-${newRef()}`,
    now = () => county.clock,
    api = county.api,
    tabs = false,
    about = undefined,
    quiet = undefined,
  } = {},
) {
  const root = openRoot(name);
  const channel = (/** @type {string} */ what) => (tabs ? new BroadcastChannel(`${what}-${name}`) : null);
  const vaults = createVaults({
    root,
    api,
    startWorker,
    now,
    channel: channel("vault"),
    measure: (run) => run().then(() => 2_001), // a slow phone: the light setting, 14 digits
  });
  const timer = new Timer();
  const outbox = createOutbox({
    vaults,
    api,
    openStore,
    now,
    random: seeded(1),
    timer,
    channel: channel("outbox"),
    version: () => "test",
    about,
    quiet,
  });
  await vaults.start();
  await outbox.ready();
  return { name, root, vaults, outbox, timer };
}

/** @param {County} county @param {any} [given] */
export async function enrolledPhone(county, given) {
  const made = await phone(county, given);
  await made.vaults.enrol({
    code24: await county.code24(),
    login: "demo",
    password: "demo",
    secret: SECRET,
    kind: "passphrase",
    pin: PIN,
  });
  await made.outbox.ready();
  await made.outbox.sendNow();
  return made;
}

/** The same phone after the browser was killed: nothing but what is on disk. @param {any} old @param {County} county */
export async function killed(old, county) {
  old.vaults.lock(); // and what it held of locks goes with it
  old.vaults.vault.lock();
  await old.outbox.ready();
  await old.outbox.stop();
  return phone(county, { name: old.name });
}

/** @param {any} made @param {string} [secret] @param {string} [way] */
export async function unlocked(made, secret = SECRET, way = "secret") {
  await made.vaults.unlock(made.vaults.current.ref, secret, way);
  await made.outbox.ready();
  await made.outbox.sendNow();
}

export const revisionHead = (/** @type {any} */ more = {}) => ({
  ...{
    kind: "revision",
    district: DISTRICT,
    case_id: newId(1),
    visit_id: newId(2),
    record_id: newId(3),
    form: "F2",
    form_version: 1,
    intent: "submit",
  },
  ...more,
});
