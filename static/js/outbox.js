// Owns the queue: what is handed in, who among the tabs talks to the server, where each thing stands. outbox/exchange.js runs the talk.
//
// Obligations, easy to break:
// - seal first, then one transaction: a package, and what becomes of its draft, are on disk together or not at all;
// - one owner among the tabs (Web Locks) talks to the server; the others queue and tell it.

import { codeOf, Problem } from "./errors.js";
import { newRef } from "./ids.js";
import { Copies } from "./outbox/copies.js";
import { Exchanges, isWaiting, putPage } from "./outbox/exchange.js";
import { fullHead } from "./outbox/head.js";
import { Results } from "./outbox/results.js";
import * as standings from "./outbox/standing.js";
import { meaningOf } from "./sync.js";

/**
 * @typedef {import("./store/db.js").Store} Store
 * @typedef {import("./store/outbox.js").Entry} Entry
 * @typedef {import("./store/outbox.js").Write} Write
 * @typedef {import("./vault.js").Vaults} Vaults
 * @typedef {import("./outbox/standing.js").Standing} Standing
 */

/**
 * @param {{vaults: Vaults, api: {exchange: (given: any) => Promise<any>}, openStore: (given: any) => Store, locks?: LockManager, now?: () => number,
 *   random?: () => number, timer?: {set: (run: () => void, ms: number) => any, clear: (id: any) => void}, channel?: BroadcastChannel | null, version?: () => string, quiet?: () => boolean,
 *   about?: () => Promise<import("./outbox/more/report.js").Phone>, aside?: () => Promise<any>, rest?: import("./outbox/more/wipe.js").Rest}} given
 *   `version` of this app, empty until it is known; `quiet`: nobody looks at this page; `about`: how this phone is; `aside` in place of the report made of it; `rest` hands in the files of a vault that is being wiped
 */
export const createOutbox = (given) => new OutboxOwner(given);

/**
 * Hands in what waits in vaults that are being wiped, then deletes them. @param {Parameters<typeof createOutbox>[0]} given
 * @returns {Promise<boolean>} something is left: to be tried again, at the latest at the next start
 */
export async function finishWipes(given) {
  const remains = await given.vaults.remains();
  if (remains.length === 0) return false;
  const open = (/** @type {any} */ vaults, /** @type {() => Promise<any>} */ aside) =>
    new OutboxOwner({ ...given, vaults, aside, channel: null });
  return (await import("./outbox/more/wipe.js")).finishAll(open, remains, given);
}

export class OutboxOwner extends EventTarget {
  /** @type {Store | null} */ #store = null;
  #database = "";
  /** @type {Promise<void>} */ #ready = Promise.resolve();
  /** Those who wait for another tab to send. @type {Map<string, (done: {contact: boolean, code: string | null}) => void>} */
  #asked = new Map();
  /** @type {Entry[]} */ #entries = [];
  /** Which refs were items of the list, and which not, when the lock came. @type {Map<string, boolean>} */ #listed =
    new Map();
  /** @type {Standing} */ #standing = standings.noStanding();
  #release = () => {};
  #counts = { drafts: 0, unsaved_copies: 0 };
  #copies = new Copies();
  /** @type {import("./outbox/more/report.js").Reports | null} */ #reports = null;
  #owner = false;
  /** When what lies under keys of before is sealed anew, or cannot be now. @type {Promise<void>} */ renewed =
    Promise.resolve();
  /** @type {Exchanges} */ #exchanges;
  #results = new Results({
    pack: (head, body) => this.vaults.vault.pack({ head, body }),
    confirm: (posted, op) => this.#confirmed(posted, op),
    forgetCopy: (draft) => this.#copies.forget(draft),
    now: () => this.now(),
  });

  /** @param {Parameters<typeof createOutbox>[0]} given */
  constructor({
    vaults,
    api,
    openStore,
    locks = navigator.locks,
    now = Date.now,
    random = Math.random,
    timer = clock,
    channel = tabs(),
    version = () => "",
    quiet = () => false,
    about,
    aside,
  }) {
    super();
    this.vaults = vaults;
    this.api = api;
    this.openStore = openStore;
    this.locks = locks;
    this.now = now;
    this.random = random;
    this.timer = timer;
    this.channel = channel;
    this.about = about;
    vaults.unsaved = () => (this.#open ? this.#counts.unsaved_copies : this.#counts.drafts); // locked it cannot tell
    this.#exchanges = new Exchanges({
      ...{ vaults, api, now: () => this.now(), random: () => this.random(), timer, version },
      ...{ results: this.#results, copies: this.#copies },
      store: () => this.#store,
      open: () => this.#open,
      quiet: (idle) => (idle || quiet()) && !this.#entries.some(isWaiting),
      standing: () => this.#standing,
      stand: (standing) => {
        this.#standing = standing;
      },
      tell: (changes, directives) => this.#tell(changes, directives),
      aside: () => aside?.() ?? this.#report(),
      heard: (said) => this.#reports?.heard(said, this.now()),
      refresh: () => this.#refresh(),
      status: () => this.#emit("status", this.status),
      fail: (problem) => this.#fail(problem),
    });
    vaults.addEventListener("state", (event) => {
      const { state, reason } = /** @type {CustomEvent} */ (event).detail;
      if (state === "covered" || reason === "uncovered") return; // the keys are where they were
      this.#ready = this.#ready.then(() => this.#follow(reason)).catch((problem) => this.#fail(problem));
    });
    if (vaults.current) this.#ready = this.#follow("start").catch((problem) => this.#fail(problem));
    if (channel) channel.onmessage = ({ data }) => void this.#heard(data);
  }

  /** The open vault's store; null while there is none or it is locked. */
  get store() {
    return this.#open ? this.#store : null;
  }

  ready = () => this.#ready;

  /**
   * Author-signed, sealed, queued: on disk when this resolves, together with what becomes of the draft.
   * @param {{head: any, body: any, draft?: {ref: string, after: "remove"} | {ref: string, after: "keep", value: any} | null}} given
   * @returns {Promise<{op: string, revision_id: string | null}>} throws `vault_locked`, `storage_full`, `record_too_large`
   */
  async handIn({ head, body, draft = null }) {
    await this.#ready; // right after an unlock nobody is known yet, and a report without its author would be quarantined
    const store = this.#openStore();
    if (draft) await store.drafts.close(draft.ref);
    try {
      const packed = await this.vaults.vault.pack({ head: this.#fullHead(head), body });
      const given_up =
        draft && head.kind === "void" ? { ref: draft.ref, value: await store.drafts.open(draft.ref) } : null;
      const { write } = await store.outbox.queued(packed, { at: this.now(), body, given_up });
      const keep = draft?.after === "keep" ? await store.drafts.row(draft.ref, draft.value) : null;
      const copy = draft && (await store.drafts.copyRef(draft.ref));
      await this.#write(store, [...store.outbox.stores, "drafts"], (stores) => {
        write(stores);
        if (draft && keep) stores.drafts.put(keep, draft.ref);
        else if (draft) stores.drafts.delete(draft.ref);
        if (copy) stores.outbox.delete(copy); // what it copied is in this package
      });
      if (draft?.after === "remove") store.drafts.gone(draft.ref);
      else if (draft) store.drafts.reopen(draft.ref, { parents: draft.value.parents, door: draft.value.door });
      return { op: packed.op, revision_id: packed.head.revision_id };
    } catch (problem) {
      if (draft) store.drafts.reopen(draft.ref);
      throw problem;
    }
  }

  /**
   * Never refused for want of a secret: while locked it is sealed unsigned, and confirmed at the next unlock.
   * @param {any} body as protocol section 3 @param {any} [head] case, visit and record where known @returns {Promise<{op: string}>}
   */
  async sealUrgent(body, head = {}) {
    const current = this.vaults.current;
    if (!current) throw new Problem("vault_locked");
    const asked = { district: current.district, ...head, kind: "urgent" };
    await this.#ready;
    if (this.#open) return this.handIn({ head: asked, body });
    const store = /** @type {Store} */ (this.#store);
    const packed = await this.vaults.vault.packUnsigned({
      head: this.#fullHead({ kind: "urgent", district: current.district }),
      body,
    });
    const { write } = await store.outbox.queuedLocked(packed, { at: this.now(), body });
    await this.#write(store, store.outbox.stores, write);
    return { op: packed.op };
  }

  /** One author-only copy of each draft that changed since its last one; an older one that has not gone yet is replaced. */
  async copyDrafts() {
    await this.#ready;
    if (!this.#open) return;
    const store = this.#openStore();
    const pack = (/** @type {any} */ head, /** @type {any} */ body) =>
      this.vaults.vault.pack({ head: this.#fullHead(head), body });
    const due = await this.#copies.due(store, pack, () => this.now());
    if (!due) return;
    await this.#write(store, [...store.outbox.stores, "state"], (stores) => {
      for (const write of due.writes) write(stores);
    });
    due.kept();
    await this.#refresh();
  }

  /** @returns {Promise<{contact: boolean, code: string | null}>} when the exchange asked for is over */
  sendNow() {
    return new Promise((/** @type {(done: {contact: boolean, code: string | null}) => void} */ resolve) => {
      if (this.#owner || !this.channel || !this.#store) {
        this.#exchanges.whenOver(resolve);
        this.wake("user");
      } else {
        // By its own name: the end of an exchange that was on its way already must not answer for this one.
        const id = newRef();
        this.#asked.set(id, resolve);
        this.channel.postMessage({ act: "send", id });
      }
    });
  }

  /** @param {string} reason "start" "online" "visible" "saved" "timer" "user" */
  wake(reason) {
    if (reason === "user") this.#exchanges.passNothingOver();
    if (!this.#store) this.#exchanges.over({ contact: false, code: "vault_locked" });
    else if (this.#owner) this.#exchanges.wake(reason);
    else this.channel?.postMessage({ act: "wake", reason });
  }

  /**
   * What is not sent, as files for the office; also while locked. Nothing leaves the queue by it.
   * @param {{files: import("./store/more/files.js").FileStore, app: string, bytes_max?: number}} given @returns {Promise<import("./outbox/more/parcel.js").Made>} throws `vault_locked` without a vault
   */
  async parcels(given) {
    if (!this.#store) throw new Problem("vault_locked");
    const { parcelsOf } = await import("./outbox/more/parcel.js");
    return parcelsOf({ vaults: this.vaults, outbox: this.#store.outbox, now: this.now, ...given });
  }

  /** Everything from the start at the next contact: something the server told lies damaged here. */
  refetch = () => this.#restand(standings.fromTheStart(this.#standing));

  /** At the next contact the server says what it still has of all that was handed in; what it lacks goes again, and nothing comes down for it. */
  recheck = () => this.#restand({ ...this.#standing, asked: 0 });

  /** @param {Standing} standing */
  async #restand(standing) {
    const store = this.#openStore();
    this.#standing = standing;
    await store.state.put("sync", standing);
    this.wake("online");
  }

  /** @param {string} ref @returns {Promise<{head: any, body: any} | null>} */
  body = (ref) => this.#openStore().outbox.copy(ref);

  /** A person has read what the server keeps for a decision; the copy stays until that is in a backup. Nothing that is here alone can be dismissed. @param {string} ref */
  async dismiss(ref) {
    const store = this.#openStore();
    await this.#write(store, store.outbox.stores, await store.outbox.acted(this.#kept(ref)));
  }

  /**
   * What the server keeps and did not take becomes a draft again, from the copy here: nothing has to be typed twice. A draft of the
   * same record that is here keeps its answers, which are newer, and only stands on other ground.
   * @param {string} ref @param {{parents: string[], door: boolean}} on what the server holds of the record
   * @returns {Promise<string>} the ref of the draft; throws `not_found`, `value_damaged`
   */
  async reopen(ref, on) {
    const store = this.#openStore();
    const entry = this.#kept(ref);
    const { reopened } = await import("./outbox/more/reopened.js");
    const { draft, write } = await reopened(store, entry, on);
    await this.#write(store, [...store.outbox.stores, "drafts"], write);
    return draft;
  }

  /** @param {string} ref @returns {Entry} an item kept by the server for a person; throws `not_found` */
  #kept(ref) {
    const entry = this.#entries.find((one) => one.ref === ref);
    if (!entry?.info || entry.row.package || meaningOf(entry.row.last) !== "attention") throw new Problem("not_found");
    return entry;
  }

  /** Send again what was set aside because the server could not read it; throws `not_found` for all else. @param {string} ref */
  async retry(ref) {
    const store = this.#openStore();
    const entry = this.#entries.find((one) => one.ref === ref);
    if (!entry?.row.package || meaningOf(entry.row.last) !== "attention") throw new Problem("not_found");
    await this.#write(store, ["outbox"], ({ outbox }) => {
      const found = outbox.get(ref);
      found.onsuccess = () => {
        if (found.result?.package) outbox.put({ ...found.result, last: null }, ref);
      };
    });
  }

  /** What a person may see of the queue, oldest first. Draft copies are no items of their own. */
  items = () => standings.itemsOf(this.#entries, this.#standing);

  /** @param {string} record_id @returns {"waiting" | "received" | "safe" | "attention" | null} of its newest item; a draft is in `store.drafts` */
  stateOf(record_id) {
    const mine = this.#entries.filter((entry) => entry.info?.record_id === record_id && standings.isItem(entry));
    return mine.length ? standings.stateOf(mine[mine.length - 1], this.#standing) : null;
  }

  get status() {
    const items = this.items();
    const count = (/** @type {string} */ state) => items.filter((item) => item.state === state).length;
    const untold = standings.untold(this.#entries, this.#standing);
    const { last_contact, clock_offset, directives } = this.#standing;
    return {
      owner: this.#owner,
      sending: this.#exchanges.running,
      counts: {
        draft: this.#counts.drafts,
        waiting: count("waiting") - untold,
        received: count("received"),
        safe: count("safe"),
        attention: count("attention"),
      },
      ...{ last_contact, clock_offset, directives },
      ...{ last_error: this.#exchanges.last_error, next_try: this.#exchanges.next_try },
      unsent_oldest: standings.unsentOldest(this.#entries, this.#standing),
      unsaved_copies: this.#counts.unsaved_copies,
      safe_kind: standings.safeKind(this.#standing),
      untold,
    };
  }

  /* ---- following the vault ---- */

  get #open() {
    return this.vaults.state === "open" || this.vaults.state === "covered";
  }

  #openStore() {
    if (!this.#open || !this.#store) throw new Problem("vault_locked");
    return this.#store;
  }

  /** @param {string} reason */
  async #follow(reason) {
    const database = this.vaults.current?.database ?? "";
    if (database !== this.#database) await this.#change(database);
    const store = this.#store;
    if (!store) return;
    if (this.#open) {
      if (reason === "enrolled") await this.#firstPerson(store);
      await this.#afterUnlock(store);
    } else this.#forget(store);
    await this.#refresh();
    this.wake("start");
  }

  /** What was read under the keys goes with them. @param {Store} store */
  #forget(store) {
    for (const entry of this.#entries) if (entry.info) this.#listed.set(entry.ref, standings.isItem(entry));
    store.outbox.forget();
    store.drafts.times.clear();
    this.#copies.clear();
    this.#exchanges.forget();
  }

  /** @param {string} database */
  async #change(database) {
    this.#release();
    this.#exchanges.pause();
    this.#exchanges.reset();
    this.#reports = null; // what was told of another vault is no word of this one
    await this.#store?.close();
    this.#listed.clear();
    this.#standing = standings.noStanding();
    this.#database = database;
    this.#owner = false;
    this.#store = database ? this.openStore({ database, vault: this.vaults.vault }) : null;
    if (this.#store)
      this.#store.drafts.onchange = () => void this.#recount().then(() => this.#emit("status", this.status));
    if (database) this.#claim(database);
  }

  /** Whoever holds the lock is the one that sends; it passes on when a tab closes. @param {string} database */
  #claim(database) {
    const given_up = new AbortController();
    const hold = new Promise((release) => {
      this.#release = () => {
        given_up.abort();
        release(null);
      };
    });
    const owned = () => {
      if (database !== this.#database) return;
      this.#owner = true;
      for (const resolve of this.#asked.values()) void this.sendNow().then(resolve);
      this.#asked.clear(); // whoever was to answer is gone
      this.wake("start");
      return hold;
    };
    this.locks.request(`fieldapp-sync-${database}`, { signal: given_up.signal }, owned).catch(() => {}); // given up before it was ours
  }

  /** Lets go of queue, timer and connection: the page goes away, or another takes over. */
  async stop() {
    this.#exchanges.end();
    this.#owner = false;
    this.#release();
    await this.#store?.close();
  }

  /** A locked tab gives the queue to the one that was unlocked: only that one can pull. */
  #passOn() {
    this.#owner = false;
    this.#exchanges.pause();
    this.#release();
    this.#claim(this.#database);
  }

  /** `me` is on disk before the first pull, so that a killed app knows its person. @param {Store} store */
  async #firstPerson(store) {
    const changes = [{ kind: "put", ref: "me", value: this.vaults.person }];
    const page = await store.inbox.changed(changes, { resync: null, more: false });
    await store.database.run(["inbox", "packs"], "readwrite", (stores) => putPage(stores, page), { strict: true });
  }

  /** What came or was made while locked goes under the data key; an urgent record is confirmed by its author. @param {Store} store */
  async #afterUnlock(store) {
    this.#standing = { ...standings.noStanding(), ...(await store.state.get("sync").catch(() => null)) };
    this.#exchanges.setClock(this.#standing.clock_offset);
    await this.#copies.load(store);
    await store.drafts.list(); // learns when each was saved last
    if (!this.#owner) this.channel?.postMessage({ act: "want" });
    if (await store.packs.damaged()) this.#standing = standings.fromTheStart(this.#standing);
    const me = await store.inbox.me().catch(() => null);
    if (me) await this.vaults.setPerson(me);
    else this.#standing = standings.fromTheStart(this.#standing);
    await this.#results.underKeys(store).catch((problem) => this.#fail(problem)); // then again with each round
    this.channel?.postMessage({ act: "changed", refs: [] });
    // In the background; a lock in the middle only puts it off.
    this.renewed = this.vaults.renew(store.sealAnew).catch((problem) => {
      if (codeOf(problem) !== "vault_locked") this.#fail(problem);
    });
  }

  /** Its author's word for what was sealed while locked. @param {any} posted @param {string} op @returns {ReturnType<Results["confirm"]>} */
  async #confirmed(posted, op) {
    if (!this.vaults.person) return null;
    const body = { ...posted.body, confirms: op };
    return { ...(await this.vaults.vault.pack({ head: this.#fullHead(posted.head), body })), body };
  }

  /* ---- what the screens are told ---- */

  /** Says to screens and tabs what is on disk now. @param {any[]} changes @param {any[]} directives */
  async #tell(changes, directives) {
    const me = changes.find(({ kind, ref }) => kind === "put" && ref === "me");
    if (me) await this.vaults.setPerson(me.value);
    const refs = changes.map(({ ref }) => ref);
    await this.#refresh();
    if (refs.length) this.#emit("changed", { refs });
    await this.vaults.heard(directives);
    for (const directive of directives) this.#emit("directive", directive);
    this.channel?.postMessage({ act: "changed", refs });
  }

  /** @param {unknown} problem: nothing is hidden, and nothing of a person is in it */
  #fail(problem) {
    this.#emit("problem", { code: codeOf(problem), problem });
  }

  /** @param {Store} store @param {string[]} stores @param {Write} write */
  async #write(store, stores, write) {
    await store.database.run(stores, "readwrite", write, { strict: true });
    await this.#refresh();
    this.channel?.postMessage({ act: "changed", refs: [] });
    this.wake("saved");
  }

  /** Reads the queue again and says where everything stands. */
  async #refresh() {
    const store = this.#store;
    if (!store) return;
    const open = this.#open;
    const entries = await store.outbox.entries({ open });
    this.#entries = open ? entries : entries.map((entry) => ({ ...entry, was: this.#listed.get(entry.ref) }));
    await this.#recount();
    this.#emit("status", this.status);
  }

  /** Drafts on this phone, and those of which the server has no copy of the newest state. */
  async #recount() {
    const store = this.#store;
    if (!store) return;
    const drafts = await store.database.run(["drafts"], "readonly", (s) => s.drafts.count());
    const waiting = new Set(
      this.#entries.flatMap(({ info }) => (info?.kind === "draft" && info.draft ? [info.draft] : [])),
    );
    const unsaved_copies = this.#copies.unsaved(store.drafts.times, waiting);
    this.#counts = { drafts, unsaved_copies };
  }

  /** @param {{act: string, reason?: string, refs?: string[], id?: string, done?: any}} message */
  async #heard({ act, reason, refs, id, done }) {
    if (act === "want" && this.#owner && !this.#open) this.#passOn();
    if (act === "wake" && this.#owner) this.wake(reason ?? "saved");
    if (act === "send" && this.#owner) this.channel?.postMessage({ act: "over", id, done: await this.sendNow() });
    if (act === "over" && this.#asked.has(id ?? "")) {
      this.#asked.get(id ?? "")?.(done);
      this.#asked.delete(id ?? "");
    }
    if (act !== "changed") return;
    const standing = this.#open ? await this.#store?.state.get("sync").catch(() => null) : null;
    if (standing && !this.#owner) this.#standing = { ...standings.noStanding(), ...standing };
    await this.#refresh();
    if (refs?.length) this.#emit("changed", { refs });
  }

  /** Never in the way of an exchange. */
  async #report() {
    try {
      this.#reports ??= new (await import("./outbox/more/report.js")).Reports();
      const { vaults, status, about } = this;
      return await this.#reports.due({ vaults, status, open: this.#open, now: this.now(), about });
    } catch {
      return {};
    }
  }

  /** @param {any} given */
  #fullHead(given) {
    const author = this.#open ? (this.vaults.person?.person_id ?? null) : null;
    return fullHead(given, { now: this.now(), author });
  }

  /** @param {string} type @param {any} detail */
  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

const clock = {
  set: (/** @type {() => void} */ run, /** @type {number} */ ms) => setTimeout(run, ms),
  clear: (/** @type {any} */ id) => clearTimeout(id),
};
const tabs = () => (typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("fieldapp-outbox"));
