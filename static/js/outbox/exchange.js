// One talk with the server after another: runs the effects of sync.js. What it needs of the queue and of the tab is handed in.
//
// Obligations, easy to break:
// - seal first, then one transaction: results, page, cursor and removals are on disk together or not at all;
// - nothing leaves the queue but by the server's word for exactly that package.

import { b64u } from "../bytes.js";
import { codeOf, Problem } from "../errors.js";
import { randomBytes } from "../ids.js";
import { EXCHANGE_PATH, POLL_MAX_S, RETRY_MAX_MS } from "../limits.js";
import { initial, meaningOf, pick, settle, step } from "../sync.js";
import { checkedReply, frameOf, queueItem, readChanges } from "./frame.js";
import * as standings from "./standing.js";

/**
 * @typedef {import("../store/db.js").Store} Store
 * @typedef {import("../store/outbox.js").Write} Write
 * @typedef {import("../sync.js").SyncEvent} SyncEvent
 * @typedef {import("../sync.js").Effect} Effect
 * @typedef {import("./standing.js").Standing} Standing
 * @typedef {import("./frame.js").Item} Item
 * @typedef {{contact: boolean, code: string | null}} Done
 * @typedef {{batch: Item[], tried?: Set<string>, head: any, changes: import("./frame.js").Change[], aside?: any, ms?: number}} Held of the exchange that is going on; `tried`: all of the queue that does not wait for its turn
 * @typedef {object} At where it takes place
 * @property {import("../vault.js").Vaults} vaults
 * @property {{exchange: (given: any) => Promise<any>, digest?: (given: any) => Promise<any>}} api
 * @property {import("./results.js").Results} results
 * @property {import("./copies.js").Copies} copies
 * @property {{set: (run: () => void, ms: number) => any, clear: (id: any) => void}} timer
 * @property {() => string} version
 * @property {() => number} now
 * @property {() => number} random
 * @property {() => Store | null} store
 * @property {() => boolean} open are the keys there
 * @property {(idle: boolean) => boolean} quiet nothing waits, and nothing went wrong (`idle`) or nobody looks
 * @property {() => Standing} standing
 * @property {(standing: Standing) => void} stand
 * @property {(changes: any[], directives: any[]) => Promise<void>} tell a page is on disk
 * @property {() => Promise<any>} aside what the head of a request says besides
 * @property {(aside: any) => void} heard the server has read that
 * @property {() => Promise<void>} refresh the queue was changed
 * @property {() => void} status it may be another now
 * @property {(problem: unknown) => void} fail
 */

export class Exchanges {
  #sync = initial();
  /** @type {Set<string>} answered `wait` in this round */ #tried = new Set();
  /** Over which the server stumbled, and when (ms): the others go without it for a while. @type {Map<string, number>} */
  #passed = new Map();
  /** @type {Held | null} */ #held = null;
  #timer = /** @type {any} */ (null);
  /** @type {((done: Done) => void)[]} */ #waiting = [];
  #ended = false;
  next_try = /** @type {number | null} */ (null);
  last_error = /** @type {string | null} */ (null);

  /** @param {At} at */
  constructor(at) {
    this.at = at;
  }

  get running() {
    return this.#sync.phase === "sending" || this.#sync.phase === "applying";
  }

  /** @param {string} reason */
  wake(reason) {
    this.#dispatch({ type: "wake", reason });
  }

  /** A person asks: what was passed over goes too. */
  passNothingOver() {
    this.#passed.clear();
  }

  /** @param {(done: Done) => void} resolve when the exchange asked for is over */
  whenOver(resolve) {
    this.#waiting.push(resolve);
  }

  /** @param {number} clock_offset */
  setClock(clock_offset) {
    this.#sync = { ...this.#sync, clock_offset };
  }

  /** What was read under the keys goes with them. */
  forget() {
    if (!this.running) this.#held = null;
  }

  pause() {
    this.at.timer.clear(this.#timer);
  }

  /** For good: what is on its way still ends, and begins nothing more. */
  end() {
    this.#ended = true;
    this.pause();
    this.over({ contact: false, code: "vault_locked" });
  }

  /** Another vault, another queue. */
  reset() {
    this.#held = null;
    this.#sync = initial();
  }

  /** @param {SyncEvent} event */
  #dispatch(event) {
    if (this.#ended) return;
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
      else this.last_error = effect.error;
    }
    this.at.status();
  }

  /** @param {Extract<Effect, {do: "send"}>} effect */
  async #send({ bytes_max, items_max, clock_offset, new_round }) {
    this.at.timer.clear(this.#timer);
    this.next_try = null;
    const store = /** @type {Store} */ (this.at.store());
    this.#held = null;
    let batch = /** @type {Item[]} */ ([]);
    let begun = this.at.now();
    try {
      // Another vault was chosen, or this one wiped, between two requests: its queue is not ours to send.
      if (store?.database.name !== this.at.vaults.current?.database) throw new Problem("vault_locked");
      if (new_round) this.#tried.clear();
      if (new_round && this.at.open()) await this.at.results.underKeys(store).catch(this.at.fail);
      const entries = await store.outbox.entries({ open: this.at.open() });
      const queue = entries.filter(isWaiting).map(queueItem);
      const envelopes = await store.outbox.envelopes();
      const envelope_bytes = (/** @type {string} */ id) => envelopes.get(id)?.bytes.length ?? 0;
      const passed = [...this.#passed].flatMap(([op, at]) => (this.#since(at) < RETRY_MAX_MS ? [op] : []));
      const tried = new Set([...this.#tried, ...passed]);
      batch = pick(queue, { bytes_max, items_max, tried, envelope_bytes }).batch;
      for (const { op } of batch) tried.add(op);
      const request = b64u(randomBytes(16));
      const aside = await this.at.aside();
      const body = frameOf(batch, envelopes, { ...(await this.#asking(request, clock_offset)), aside });
      const signature = await this.at.vaults.vault.signTransport(`POST ${EXCHANGE_PATH}`, body);
      begun = this.at.now();
      const reply = await this.at.api.exchange({ vault_id: this.at.vaults.current?.vault_id, signature, body });
      this.#held = { batch, tried, ...checkedReply(reply, request), aside, ms: this.at.now() - begun };
      const { pull_refused = null, t } = this.#held.head;
      this.#dispatch({ type: "replied", pull_refused, offset: t - this.at.now() });
    } catch (problem) {
      this.#held = { batch, head: null, changes: [] };
      this.#failed(problem, batch.length, this.at.now() - begun);
    }
  }

  /** Who asks for what: a page comes down only to an author's signature. @param {string} request @param {number} clock_offset */
  async #asking(request, clock_offset) {
    const t = Math.round(this.at.now() + clock_offset);
    const { cursor } = this.at.standing();
    const signature = this.at.open() ? await this.at.vaults.vault.signPull({ request, t, cursor }) : null;
    return { request, t, app: this.at.version(), cursor, signature };
  }

  /** Results, page, removals and cursor, sealed first, then on disk in one transaction. @returns {Promise<void>} */
  async #apply() {
    const { batch, tried, head, changes: packed, aside, ms } = /** @type {Held} */ (this.#held);
    const store = /** @type {Store} */ (this.at.store());
    const open = this.at.open();
    const takes = takesAway(head, packed) || this.at.standing().resync;
    let left = 0;
    try {
      this.at.heard(aside);
      const changes = head.page ? await readChanges(packed) : [];
      // First: what has to be sealed again below is sealed for the newest key. One that is not signed changes nothing, and is told.
      if (open && head.keys) await this.at.vaults.takeKeys(head.keys).catch((problem) => this.at.fail(problem));
      const { writes, resealed } = await this.#answered(store, batch, head.results, open);
      // Counted in the transaction itself: more may have been handed in while the request was on its way, or until now.
      writes.unshift(({ outbox }) => {
        const rows = outbox.getAll();
        rows.onsuccess = () => {
          left = resealed + rows.result.filter((row) => isWaiting({ row }) && !tried?.has(row.op)).length;
          if (left && takes && head.page) outbox.transaction.abort();
        };
      });
      const at = { open, now: this.at.now(), clock_offset: this.#sync.clock_offset };
      const standing = standings.standingAfter(this.at.standing(), head, at);
      // Only under the keys: a locked phone does not know the epoch that lies sealed, and asks again after the unlock.
      const restored = open && standings.isNewEpoch(this.at.standing(), head);
      if (open) writes.push(...(await this.#pulled(store, batch, head.page, changes, standing)));
      writes.push(store.outbox.dropEnvelopes);
      await runAll(store, [...store.outbox.stores, "drafts", "inbox", "packs", "state"], writes);

      // A reply to the locked phone may end after the unlock: what was loaded meanwhile (cursor, clock) stands, this only adds to it.
      const heard = () =>
        standings.standingAfter(this.at.standing(), head, { ...at, clock_offset: this.#sync.clock_offset });
      this.at.stand(open ? standing : heard());
      if (restored) this.at.copies.forgetAll();
      await this.at.tell(open && head.page ? changes : [], head.directives ?? []);
      if (open && standings.mustAsk(standing, at.now)) left += await this.#ask(store, standing);
      this.#dispatch({
        type: "applied",
        left,
        more: open && (head.page ?? head).more,
        sent: batch.length,
        after_s: head.after_s,
        random: this.at.random(),
        ms,
      });
      if (this.#sync.phase === "idle") this.over({ contact: true, code: null });
    } catch (problem) {
      // What takes families away waits, unapplied, until all that could be about them was sent and answered.
      if (left && takes && head.page) {
        head.page = null;
        head.more = true; // what stood in its way may be gone by then: asked for again either way
        return this.#apply();
      }
      this.#failed(problem, batch.length);
    }
  }

  /** @param {Store} store @param {Standing} standing @returns {Promise<number>} so many wait again */
  async #ask(store, standing) {
    const { ask } = await import("./more/restored.js");
    return ask(this.at, store, standing);
  }

  /** @param {Store} store @param {Item[]} batch @param {any[]} results @param {boolean} open */
  async #answered(store, batch, results, open) {
    /** @type {Write[]} */
    const writes = [];
    let resealed = 0;
    for (const { item, result } of settle(batch, results)) {
      const outcome = await this.at.results.outcome(store, item.entry, result, open);
      if (meaningOf(result.status) === "waiting") this.#tried.add(item.op);
      if (outcome.resealed) resealed += 1;
      writes.push(outcome.write);
    }
    return { writes, resealed };
  }

  /** The page, and where sync stands after it. @param {Store} store @param {Item[]} batch @param {any} page @param {any[]} changes @param {Standing} standing */
  async #pulled(store, batch, page, changes, standing) {
    /** @type {Write[]} */
    const writes = [];
    if (page) {
      const read = await store.inbox.changed(changes, { resync: standing.resync, more: page.more });
      standing.resync = read.resync;
      writes.push((stores) => putPage(stores, read));
    }
    // While pages are missing, a case that is not here yet must not count as one that left; nor anything in a server just restored.
    if (page && !page.more && standing.asked) {
      const asked = new Set(batch.map(({ op }) => op));
      writes.push(...(await this.at.results.finished(store, asked, standing.safe, changes)));
    }
    const [key, row] = await store.state.row("sync", standing);
    writes.push(({ state }) => void state.put(row, key));
    return writes;
  }

  /** The one package that was alone in a frame the server could not read waits for a person. @param {string} code */
  async #setAside(code) {
    const [item] = this.#held?.batch ?? [];
    const store = this.at.store();
    if (!item || !store) return;
    await store.database.run(["outbox"], "readwrite", ({ outbox }) => {
      const found = outbox.get(item.entry.ref);
      found.onsuccess = () => {
        if (found.result?.op === item.op) outbox.put({ ...found.result, last: code }, item.entry.ref);
      };
    });
    await this.at.refresh();
  }

  /** The one package that was alone when the server stumbled lets the others, and the pull, go first for a while. */
  #passOver() {
    for (const { op } of this.#held?.batch ?? []) this.#passed.set(op, this.at.now());
  }

  /** @param {unknown} problem @param {number} sent @param {number} [ms] how long it was on its way */
  #failed(problem, sent, ms) {
    const code = codeOf(problem);
    const retry_after_s = problem instanceof Problem ? problem.detail.retry_after_s : undefined;
    this.#dispatch({ type: "failed", code, sent, retry_after_s, random: this.at.random(), ms });
    if (this.#sync.phase !== "sending") this.over({ contact: false, code });
    if (code === "unknown_problem") this.at.fail(problem);
  }

  /** @param {{contact: boolean, code: string | null}} done */
  over(done) {
    for (const resolve of this.#waiting.splice(0)) resolve(done);
  }

  /** @param {number} ms @param {number} [since] when it began */
  #wait(ms, since = this.at.now()) {
    this.at.timer.clear(this.#timer);
    this.next_try = this.at.now() + ms;
    this.#timer = this.at.timer.set(() => {
      // Idle, or nobody looks, and nothing waits: asked hourly, so that an order of the office arrives all the same.
      if (this.at.quiet(this.#sync.phase === "idle") && this.#since(since) < POLL_MAX_S * 1_000) this.#wait(ms, since);
      else this.#dispatch({ type: "tick" });
    }, ms);
  }

  /** How far (ms) from now, whichever way: a clock that was set back from 2090 holds nothing up until then. @param {number} at */
  #since = (at) => Math.abs(this.at.now() - at);
}

/** @param {{row: any}} entry */
export const isWaiting = ({ row }) => row.package && meaningOf(row.last) === "waiting";

/** @param {any} head of a reply @param {import("./frame.js").Change[]} changes */
const takesAway = ({ directives }, changes) =>
  changes.some(({ kind, ref }) => (kind === "out" || kind === "del") && ref.startsWith("case:")) ||
  directives?.some((/** @type {any} */ { kind }) => kind === "resync");

/** @param {Record<string, IDBObjectStore>} stores @param {import("../store/inbox.js").Page} page */
export function putPage({ inbox, packs }, page) {
  for (const [key, row] of page.put) inbox.put(row, key);
  for (const key of page.gone) inbox.delete(key);
  for (const [key, row] of page.packs.put) packs.put(row, key);
  for (const key of page.packs.gone) packs.delete(key);
}

/** On disk together or not at all. @param {Store} store @param {string[]} stores @param {Write[]} writes */
export const runAll = (store, stores, writes) =>
  store.database.run(stores, "readwrite", (opened) => writes.forEach((write) => void write(opened)), { strict: true });
