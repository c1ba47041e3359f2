// Runs the effects of sync.js and owns the queue: what is handed in, what is asked and answered, where each thing stands.
//
// Obligations, easy to break:
// - seal first, then one transaction: results, page, cursor and removals are on disk together or not at all;
// - one owner among the tabs (Web Locks) talks to the server; the others queue and tell it;
// - nothing leaves the queue but by the server's word for exactly that package.

import { b64u } from "./bytes.js";
import { codeOf, Problem } from "./errors.js";
import { newRef, randomBytes } from "./ids.js";
import { EXCHANGE_PATH, RETRY_MAX_MS } from "./limits.js";
import { checkedReply, frameOf, queueItem, readChanges } from "./outbox/frame.js";
import { fullHead } from "./outbox/head.js";
import { Results } from "./outbox/results.js";
import * as standings from "./outbox/standing.js";
import { initial, meaningOf, pick, settle, step } from "./sync.js";

/**
 * @typedef {import("./store/db.js").Store} Store
 * @typedef {import("./store/outbox.js").Entry} Entry
 * @typedef {import("./store/outbox.js").Write} Write
 * @typedef {import("./sync.js").SyncEvent} SyncEvent
 * @typedef {import("./sync.js").Effect} Effect
 * @typedef {import("./vault.js").Vaults} Vaults
 * @typedef {import("./outbox/standing.js").Standing} Standing
 * @typedef {import("./outbox/frame.js").Item} Item
 * @typedef {{batch: Item[], left: number, head: any, changes: import("./outbox/frame.js").Change[]}} Exchange
 */

/**
 * @param {{vaults: Vaults, api: {exchange: (given: any) => Promise<any>}, openStore: (given: any) => Store, locks?: LockManager, now?: () => number,
 *   random?: () => number, timer?: {set: (run: () => void, ms: number) => any, clear: (id: any) => void}, channel?: BroadcastChannel | null, app?: string}} given
 */
export const createOutbox = (given) => new OutboxOwner(given);

export class OutboxOwner extends EventTarget {
  #sync = initial();
  /** @type {Store | null} */ #store = null;
  #database = "";
  /** @type {Promise<void>} */ #ready = Promise.resolve();
  /** @type {Set<string>} answered `wait` in this round */ #tried = new Set();
  /** Over which the server stumbled, until when (ms) the others go without it. @type {Map<string, number>} */ #passed =
    new Map();
  /** @type {Exchange | null} */ #exchange = null;
  #timer = /** @type {any} */ (null);
  /** @type {((done: {contact: boolean, code: string | null}) => void)[]} */ #waiting = [];
  /** Those who wait for another tab to send. @type {Map<string, (done: {contact: boolean, code: string | null}) => void>} */
  #asked = new Map();
  /** @type {Entry[]} */ #entries = [];
  /** Which refs were items of the list, and which not, when the lock came. @type {Map<string, boolean>} */ #listed =
    new Map();
  /** @type {Standing} */ #standing = standings.noStanding();
  #release = () => {};
  #next_try = /** @type {number | null} */ (null);
  #last_error = /** @type {string | null} */ (null);
  #counts = { drafts: 0, unsaved_copies: 0 };
  /** The last copy of each draft, by its ref. @type {Record<string, {saved_at: number, number: number}>} */ #copied =
    {};
  #owner = false;
  #results = new Results({
    pack: (head, body) => this.vaults.vault.pack({ head, body }),
    confirm: (posted, op) => this.#confirmed(posted, op),
    forgetCopy: (draft) => this.#forgetCopy(draft),
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
    app = "",
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
    this.app = app;
    vaults.addEventListener("state", (event) => {
      const { reason } = /** @type {CustomEvent} */ (event).detail;
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
    await store.drafts.settled();
    const copied = { ...this.#copied };
    const drafts = (await store.drafts.list()).filter(
      (one) => !("problem" in one) && one.draft.record_id && copied[one.ref]?.saved_at !== one.saved_at,
    );
    if (drafts.length === 0) return;
    /** @type {Write[]} */
    const writes = [];
    for (const { ref, draft, saved_at } of /** @type {any[]} */ (drafts)) {
      const number = Math.max(copied[ref]?.number ?? 0, draft.copy_number ?? 0) + 1;
      copied[ref] = { saved_at, number };
      const { answers, recorded, position, parents, district, case_id, visit_id, record_id, form, form_version } =
        draft;
      const head = this.#fullHead({
        kind: "draft",
        district,
        case_id,
        visit_id,
        record_id,
        form,
        form_version,
        number,
      });
      const body = {
        ...{ answers: answers ?? {}, recorded: recorded ?? {}, position: position ?? {} },
        ...{ parents: parents ?? [], district },
      };
      const packed = await this.vaults.vault.pack({ head, body });
      const at = { at: this.now(), body, ref: await store.drafts.copyRef(ref), draft: ref, keep_copy: false };
      writes.push((await store.outbox.queued(packed, at)).write);
    }
    const [key, row] = await store.state.row("copies", copied);
    await this.#write(store, [...store.outbox.stores, "state"], (stores) => {
      for (const write of writes) write(stores);
      stores.state.put(row, key);
    });
    this.#copied = copied;
    await this.#refresh();
  }

  /** To be made anew; its number is never used again. @param {string} draft */
  #forgetCopy(draft) {
    const { number = 0 } = this.#copied[draft] ?? {};
    this.#copied[draft] = { saved_at: -1, number }; // no save was ever then
  }

  /** @returns {Promise<{contact: boolean, code: string | null}>} when the exchange asked for is over */
  sendNow() {
    return new Promise((/** @type {(done: {contact: boolean, code: string | null}) => void} */ resolve) => {
      if (this.#owner || !this.channel || !this.#store) {
        this.#waiting.push(resolve);
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
    if (reason === "user") this.#passed.clear();
    if (!this.#store) this.#over({ contact: false, code: "vault_locked" });
    else if (this.#owner) this.#dispatch({ type: "wake", reason });
    else this.channel?.postMessage({ act: "wake", reason });
  }

  /** Everything from the start at the next contact: something the server told lies damaged here. */
  async refetch() {
    const store = this.#openStore();
    this.#standing = standings.fromTheStart(this.#standing);
    await store.state.put("sync", this.#standing);
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
    const copy = await store.outbox.copy(ref);
    if (copy?.head.kind !== "revision") throw new Problem("not_found");
    const { district, case_id, visit_id, record_id, form, form_version } = copy.head;
    const ids = { district, case_id, visit_id, record_id, form, form_version };
    const drafts = (await store.drafts.list()).flatMap((one) => ("problem" in one ? [] : [one]));
    const held = drafts.find((one) => one.draft.record_id === record_id);
    const { answers, recorded } = copy.body;
    const draft = held?.ref ?? store.drafts.newRef();
    const row = await store.drafts.row(draft, { ...(held?.draft ?? { ...ids, answers, recorded }), ...on });
    const acted = await store.outbox.acted(entry);
    await this.#write(store, [...store.outbox.stores, "drafts"], (stores) => {
      stores.drafts.put(row, draft);
      acted(stores);
    });
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
      sending: this.#sync.phase === "sending" || this.#sync.phase === "applying",
      counts: {
        draft: this.#counts.drafts,
        waiting: count("waiting") - untold,
        received: count("received"),
        safe: count("safe"),
        attention: count("attention"),
      },
      ...{ last_contact, clock_offset, directives, last_error: this.#last_error, next_try: this.#next_try },
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
    if (!store || reason === "covered" || reason === "uncovered") return;
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
    this.#copied = {};
    if (this.#sync.phase !== "sending" && this.#sync.phase !== "applying") this.#exchange = null;
  }

  /** @param {string} database */
  async #change(database) {
    this.#release();
    this.timer.clear(this.#timer);
    await this.#store?.close();
    this.#exchange = null;
    this.#listed.clear();
    this.#sync = initial();
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
    this.timer.clear(this.#timer);
    this.#owner = false;
    this.#release();
    await this.#store?.close();
  }

  /** A locked tab gives the queue to the one that was unlocked: only that one can pull. */
  #passOn() {
    this.#owner = false;
    this.timer.clear(this.#timer);
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
    this.#sync = { ...this.#sync, clock_offset: this.#standing.clock_offset };
    this.#copied = (await store.state.get("copies").catch(() => null)) ?? {};
    await store.drafts.list(); // learns when each was saved last
    if (!this.#owner) this.channel?.postMessage({ act: "want" });
    if (await store.packs.damaged()) this.#standing = standings.fromTheStart(this.#standing);
    const me = await store.inbox.me().catch(() => null);
    if (me) await this.vaults.setPerson(me);
    else this.#standing = standings.fromTheStart(this.#standing);
    /** @type {Write[]} */
    const writes = [];
    for (const entry of await store.outbox.entries({ open: true }))
      writes.push(...(await this.#results.afterUnlock(store, entry)));
    if (writes.length) await runAll(store, [...store.outbox.stores, "drafts"], writes);
    this.channel?.postMessage({ act: "changed", refs: [] });
  }

  /** Its author's word for what was sealed while locked. @param {any} posted @param {string} op @returns {ReturnType<Results["confirm"]>} */
  async #confirmed(posted, op) {
    if (!this.vaults.person) return null;
    const body = { ...posted.body, confirms: op };
    return { ...(await this.vaults.vault.pack({ head: this.#fullHead(posted.head), body })), body };
  }

  /* ---- the exchange ---- */

  /** @param {SyncEvent} event */
  #dispatch(event) {
    const [state, effects] = step(this.#sync, event);
    this.#sync = state;
    void this.#perform(effects);
  }

  /** @param {Effect[]} effects */
  async #perform(effects) {
    for (const effect of effects) {
      if (effect.do === "send") void this.#send(effect);
      else if (effect.do === "apply") void this.#apply();
      else if (effect.do === "wait") this.#wait(effect.ms);
      else if (effect.do === "refuse_one") await this.#setAside(effect.code);
      else if (effect.do === "pass_over") this.#passOver();
      else this.#announce(effect);
    }
    this.#emit("status", this.status);
  }

  /** @param {Extract<Effect, {do: "send"}>} effect */
  async #send({ bytes_max, items_max, clock_offset, new_round }) {
    this.timer.clear(this.#timer);
    this.#next_try = null;
    const store = /** @type {Store} */ (this.#store);
    this.#exchange = null;
    let batch = /** @type {Item[]} */ ([]);
    try {
      if (new_round) this.#tried.clear();
      const entries = await store.outbox.entries({ open: this.#open });
      const queue = entries.filter(({ row }) => row.package && meaningOf(row.last) === "waiting").map(queueItem);
      const envelopes = await store.outbox.envelopes();
      const envelope_bytes = (/** @type {string} */ id) => envelopes.get(id)?.bytes.length ?? 0;
      const passed = [...this.#passed].flatMap(([op, until]) => (this.now() < until ? [op] : []));
      const tried = new Set([...this.#tried, ...passed]);
      const picked = pick(queue, { bytes_max, items_max, tried, envelope_bytes });
      batch = picked.batch;
      const request = b64u(randomBytes(16));
      const body = frameOf(batch, envelopes, await this.#asking(request, clock_offset));
      const signature = await this.vaults.vault.signTransport(`POST ${EXCHANGE_PATH}`, body);
      const reply = await this.api.exchange({ vault_id: this.vaults.current?.vault_id, signature, body });
      this.#exchange = { ...picked, ...checkedReply(reply, request) };
      const { pull_refused = null, t } = this.#exchange.head;
      this.#dispatch({ type: "replied", pull_refused, offset: t - this.now() });
    } catch (problem) {
      this.#exchange = { batch, left: 0, head: null, changes: [] };
      this.#failed(problem, batch.length);
    }
  }

  /** Who asks for what: a page comes down only to an author's signature. @param {string} request @param {number} clock_offset */
  async #asking(request, clock_offset) {
    const t = Math.round(this.now() + clock_offset);
    const { cursor } = this.#standing;
    const signature = this.#open ? await this.vaults.vault.signPull({ request, t, cursor }) : null;
    return { request, t, app: this.app, cursor, signature };
  }

  /** Results, page, removals and cursor, sealed first, then on disk in one transaction. */
  async #apply() {
    const { batch, head, left, changes: packed } = /** @type {Exchange} */ (this.#exchange);
    const store = /** @type {Store} */ (this.#store);
    const open = this.#open;
    try {
      const changes = await readChanges(packed);
      const { writes, resealed } = await this.#answered(store, batch, head.results, open);
      const at = { open, now: this.now(), clock_offset: this.#sync.clock_offset };
      const standing = standings.standingAfter(this.#standing, head, at);
      // Only under the keys: a locked phone does not know the epoch that lies sealed, and asks again after the unlock.
      const restored = open && standings.isNewEpoch(this.#standing, head);
      const again = restored ? await this.#results.again(store, new Set(batch.map(({ op }) => op))) : [];
      writes.push(...again);
      if (open) writes.push(...(await this.#pulled(store, batch, head.page, changes, standing, restored)));
      writes.push(store.outbox.dropEnvelopes);
      await runAll(store, [...store.outbox.stores, "drafts", "inbox", "packs", "state"], writes);

      this.#standing = standing;
      if (restored) for (const draft of Object.keys(this.#copied)) this.#forgetCopy(draft);
      await this.#tell(open && head.page ? changes : [], head.directives ?? []);
      const more = open && Boolean(head.page?.more);
      const { after_s } = head;
      const sent = batch.length;
      this.#dispatch({
        type: "applied",
        left: left + resealed + again.length,
        more,
        sent,
        after_s,
        random: this.random(),
      });
      if (this.#sync.phase === "idle") this.#over({ contact: true, code: null });
    } catch (problem) {
      this.#failed(problem, batch.length);
    }
  }

  /** @param {Store} store @param {Item[]} batch @param {any[]} results @param {boolean} open */
  async #answered(store, batch, results, open) {
    /** @type {Write[]} */
    const writes = [];
    let resealed = 0;
    for (const { item, result } of settle(batch, results)) {
      const outcome = await this.#results.outcome(store, item.entry, result, open);
      if (meaningOf(result.status) === "waiting") this.#tried.add(item.op);
      if (outcome.resealed) resealed += 1;
      writes.push(outcome.write);
    }
    return { writes, resealed };
  }

  /** The page, and where sync stands after it. @param {Store} store @param {Item[]} batch @param {any} page @param {any[]} changes @param {Standing} standing @param {boolean} restored */
  async #pulled(store, batch, page, changes, standing, restored) {
    /** @type {Write[]} */
    const writes = [];
    if (page) {
      const read = await store.inbox.changed(changes, { resync: standing.resync, more: page.more });
      standing.resync = read.resync;
      writes.push((stores) => putPage(stores, read));
    }
    // While pages are missing, a case that is not here yet must not count as one that left; nor in a server just restored.
    if (page && !page.more && !restored) {
      const asked = new Set(batch.map(({ op }) => op));
      writes.push(...(await this.#results.finished(store, asked, standing.safe, changes)));
    }
    const [key, row] = await store.state.row("sync", standing);
    writes.push(({ state }) => void state.put(row, key));
    return writes;
  }

  /** Says to screens and tabs what is on disk now. @param {any[]} changes @param {any[]} directives */
  async #tell(changes, directives) {
    const me = changes.find(({ kind, ref }) => kind === "put" && ref === "me");
    if (me) await this.vaults.setPerson(me.value);
    const refs = changes.map(({ ref }) => ref);
    await this.#refresh();
    if (refs.length) this.#emit("changed", { refs });
    for (const directive of directives) this.#emit("directive", directive);
    this.channel?.postMessage({ act: "changed", refs });
  }

  /** The one package that was alone in a frame the server could not read waits for a person. @param {string} code */
  async #setAside(code) {
    const [item] = this.#exchange?.batch ?? [];
    const store = this.#store;
    if (!item || !store) return;
    await store.database.run(["outbox"], "readwrite", ({ outbox }) => {
      const found = outbox.get(item.entry.ref);
      found.onsuccess = () => {
        if (found.result?.op === item.op) outbox.put({ ...found.result, last: code }, item.entry.ref);
      };
    });
    await this.#refresh();
  }

  /** The one package that was alone when the server stumbled lets the others, and the pull, go first for a while. */
  #passOver() {
    for (const { op } of this.#exchange?.batch ?? []) this.#passed.set(op, this.now() + RETRY_MAX_MS);
  }

  /** @param {unknown} problem @param {number} sent */
  #failed(problem, sent) {
    const code = codeOf(problem);
    const retry_after_s = problem instanceof Problem ? problem.detail.retry_after_s : undefined;
    this.#dispatch({ type: "failed", code, sent, retry_after_s, random: this.random() });
    if (this.#sync.phase !== "sending") this.#over({ contact: false, code });
    if (code === "unknown_problem") this.#fail(problem);
  }

  /** @param {unknown} problem: nothing is hidden, and nothing of a person is in it */
  #fail(problem) {
    this.#emit("problem", { code: codeOf(problem), problem });
  }

  /** @param {{contact: boolean, code: string | null}} done */
  #over(done) {
    for (const resolve of this.#waiting.splice(0)) resolve(done);
  }

  /** @param {number} ms */
  #wait(ms) {
    this.timer.clear(this.#timer);
    this.#next_try = this.now() + ms;
    this.#timer = this.timer.set(() => this.#dispatch({ type: "tick" }), ms);
  }

  /** @param {{error: string | null}} effect */
  #announce({ error }) {
    this.#last_error = error;
  }

  /* ---- what the screens are told ---- */

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
    const times = [...store.drafts.times];
    const unsaved_copies = times.filter(
      ([ref, saved_at]) => waiting.has(ref) || this.#copied[ref]?.saved_at !== saved_at,
    ).length;
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

/** @param {Record<string, IDBObjectStore>} stores @param {import("./store/inbox.js").Page} page */
function putPage({ inbox, packs }, page) {
  for (const [key, row] of page.put) inbox.put(row, key);
  for (const key of page.gone) inbox.delete(key);
  for (const [key, row] of page.packs.put) packs.put(row, key);
  for (const key of page.packs.gone) packs.delete(key);
}

/** On disk together or not at all. @param {Store} store @param {string[]} stores @param {Write[]} writes */
const runAll = (store, stores, writes) =>
  store.database.run(stores, "readwrite", (opened) => writes.forEach((write) => void write(opened)), { strict: true });

const clock = {
  set: (/** @type {() => void} */ run, /** @type {number} */ ms) => setTimeout(run, ms),
  clear: (/** @type {any} */ id) => clearTimeout(id),
};
const tabs = () => (typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("fieldapp-outbox"));
