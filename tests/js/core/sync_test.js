// sync.js is pure: seeds walk it through loss, repetition and reordering.

import * as limits from "../../../static/js/limits.js";
import { initial, meaningOf, pick, settle, step } from "../../../static/js/sync.js";
import { assert, equal, seeded } from "./county.js";

const run = (/** @type {any} */ state, /** @type {any} */ event) => step(Object.freeze(state), event);
const doing = (/** @type {any[]} */ effects, /** @type {string} */ what) =>
  effects.find((effect) => effect.do === what);
const applied = { type: "applied", left: 0, more: false, sent: 1, after_s: 300, random: 0 };
const failed = { type: "failed", code: "no_network", sent: 3, random: 0 };

/** @param {any} state */
function sending(state = initial()) {
  return run(state, { type: "wake", reason: "user" })[0];
}

export function test_only_one_request_is_ever_on_its_way() {
  const state = sending();
  for (const event of [{ type: "wake", reason: "user" }, { type: "wake", reason: "online" }, { type: "tick" }]) {
    equal(doing(run(state, event)[1], "send"), undefined);
  }
}

export function test_who_asks_during_a_request_is_served_after_it() {
  const [asked] = run(sending(), { type: "wake", reason: "saved" });
  const [applying] = run(asked, { type: "replied", pull_refused: null, offset: 0 });
  const [next, effects] = run(applying, applied);
  assert(doing(effects, "send").new_round);
  equal(next.again, false);
}

export function test_batches_double_to_the_frame_and_halve_to_the_floor() {
  let state = sending();
  const sizes = [];
  for (let i = 0; i < 5; i++) {
    [state] = run(state, { type: "replied", pull_refused: null, offset: 0 });
    [state] = run(state, { ...applied, left: 5 });
    sizes.push(state.batch_bytes);
  }
  equal(sizes, [98_304, 196_608, 262_144, 262_144, 262_144]);
  for (let i = 0; i < 8; i++) {
    [state] = run(state, failed);
    [state] = run(state, { type: "tick" });
  }
  equal(state.batch_bytes, limits.BATCH_BYTES_MIN);
}

export function test_a_batch_that_takes_long_grows_no_more_and_one_that_takes_too_long_shrinks() {
  const after = (/** @type {number} */ ms, /** @type {number} */ batch_bytes = 65_536) => {
    const [applying] = run({ ...sending(), batch_bytes }, { type: "replied", pull_refused: null, offset: 0 });
    return run(applying, { ...applied, left: 5, ms })[0].batch_bytes;
  };
  equal(
    [0, 5_000, 5_001, 10_000, 10_001].map((ms) => after(ms)),
    [131_072, 131_072, 65_536, 65_536, 32_768],
  );
  equal(after(60_000, limits.BATCH_BYTES_MIN), limits.BATCH_BYTES_MIN);
}

export function test_what_never_left_the_phone_does_not_shrink_the_batch() {
  let [state] = run(sending(), { ...failed, ms: limits.NO_LINK_MS - 1 });
  equal([state.batch_bytes, state.failures], [limits.BATCH_BYTES_START, 1]);
  [state] = run(run(state, { type: "tick" })[0], { ...failed, ms: limits.NO_LINK_MS });
  equal([state.batch_bytes, state.failures], [limits.BATCH_BYTES_START / 2, 2]);
  // But where every try ends at once, its size may be the cause all the same
  [state] = run(sending(), { ...failed, ms: 0 });
  for (let i = 0; i < 3; i++) [state] = run(run(state, { type: "tick" })[0], { ...failed, ms: 0 });
  equal([state.batch_bytes, state.failures], [limits.BATCH_BYTES_START / 2, 4]);
}

export function test_an_empty_exchange_does_not_grow_the_batch() {
  const [applying] = run(sending(), { type: "replied", pull_refused: null, offset: 0 });
  equal(run(applying, { ...applied, sent: 0 })[0].batch_bytes, limits.BATCH_BYTES_START);
}

export function test_waiting_grows_to_a_cap_and_is_spread_by_chance() {
  let state = initial();
  const waits = [];
  for (let i = 0; i < 10; i++) {
    let effects;
    [state, effects] = run(sending(state), failed);
    waits.push(doing(effects, "wait").ms);
  }
  equal(waits.slice(0, 4), [1_000, 2_000, 4_000, 8_000]);
  equal(waits[9], 150_000);
  equal(doing(run(sending(), { ...failed, random: 0.999 })[1], "wait").ms, 1_999);
}

export function test_what_the_server_asks_is_kept_against_all_but_the_person() {
  const [state, effects] = run(sending(), { ...failed, code: "server_busy", retry_after_s: 60 });
  equal(doing(effects, "wait").ms, 60_000);
  equal(doing(run(state, { type: "wake", reason: "online" })[1], "send"), undefined);
  assert(doing(run(state, { type: "wake", reason: "user" })[1], "send"));
}

export function test_nobody_holds_the_queue_up_for_longer_than_an_hour() {
  // A portal that says a day, and one that says more than a timer can count: it would go off at once, without end
  for (const retry_after_s of [86_400, 2_592_000]) {
    const [, effects] = run(sending(), { ...failed, code: "server_busy", retry_after_s });
    equal(doing(effects, "wait").ms, limits.POLL_MAX_S * 1_000);
    const [applying] = run(sending(), { type: "replied", pull_refused: null, offset: 0 });
    equal(doing(run(applying, { ...applied, after_s: retry_after_s })[1], "wait").ms, limits.POLL_MAX_S * 1_000);
  }
}

export function test_a_save_does_not_hurry_a_broken_link_but_a_new_link_does() {
  const [state] = run(sending(), failed);
  equal(doing(run(state, { type: "wake", reason: "saved" })[1], "send"), undefined);
  assert(doing(run(state, { type: "wake", reason: "online" })[1], "send"));
}

export function test_an_unknown_vault_stops_until_asked_by_hand() {
  const [state, effects] = run(sending(), { ...failed, code: "unknown_vault" });
  equal(doing(effects, "wait").ms, limits.STOPPED_RETRY_MS);
  equal(doing(run(state, { type: "wake", reason: "online" })[1], "send"), undefined);
  assert(doing(run(state, { type: "wake", reason: "user" })[1], "send"));
}

export function test_an_unreadable_frame_is_narrowed_to_one_and_that_one_set_aside() {
  let [state, effects] = run(sending(), { ...failed, code: "frame_malformed", sent: 3 });
  equal(state.items_max, 1);
  [state] = run(state, { type: "tick" });
  [state, effects] = run(state, { ...failed, code: "frame_malformed", sent: 1 });
  equal(
    effects.map((effect) => effect.do),
    ["announce", "refuse_one", "send"],
  );
}

export function test_a_stumbling_server_is_asked_one_by_one_and_never_hurried() {
  let [state, effects] = run(sending(), { ...failed, code: "internal", sent: 3 });
  equal(state.items_max, 1);
  [state] = run(state, { type: "tick" });
  [state, effects] = run(state, { ...failed, code: "internal", sent: 1 });
  equal(
    effects.map((effect) => effect.do),
    ["announce", "pass_over", "wait"],
  );
}

export function test_a_clock_that_is_off_is_asked_about_once() {
  let [state] = run(sending(), { type: "replied", pull_refused: "clock", offset: 9_000_000 });
  let effects;
  [state, effects] = run(state, applied);
  equal(doing(effects, "send").clock_offset, 9_000_000);
  [state] = run(state, { type: "replied", pull_refused: "clock", offset: 9_000_000 });
  [state, effects] = run(state, applied);
  equal(doing(effects, "send"), undefined);
  equal(state.phase, "idle");
}

export function test_a_lock_in_the_middle_is_no_failure_of_the_link() {
  const [state, effects] = run(sending(), { ...failed, code: "vault_locked" });
  equal([state.failures, state.batch_bytes], [0, limits.BATCH_BYTES_START]);
  equal(doing(effects, "announce"), undefined);
}

export function test_a_late_reply_is_dropped() {
  const [state, effects] = run(initial(), { type: "replied", pull_refused: null, offset: 0 });
  equal([state, effects], [initial(), []]);
  equal(run(initial(), applied)[1], []);
}

export function test_a_word_of_a_newer_server_keeps_the_item() {
  equal(["ok", "dup", "wait", "conflict", "locked", "quarantined", "reseal", "some_new_word", null].map(meaningOf), [
    "received",
    "received",
    "waiting",
    "attention",
    "attention",
    "attention",
    "reseal",
    "waiting",
    "waiting",
  ]);
}

export function test_a_batch_fits_its_bytes_with_its_envelopes() {
  const queue = [...Array(300).keys()].map((i) => ({ op: `${i}`, length: 1_000, envelope: i < 3 ? "a" : "b" }));
  const given = { bytes_max: 32_768, items_max: 200, tried: new Set(), envelope_bytes: () => 113 };
  const { batch, left } = pick(queue, given);
  equal([batch[0].op, batch.length + left], ["0", 300]);
  assert(batch.length * 1_020 + 2 * 133 + 1_024 <= 32_768 && batch.length >= 29, `${batch.length}`);
  equal(pick(queue, { ...given, bytes_max: 10_000_000 }).batch.length, 200);
  equal(pick([{ op: "big", length: 900_000, envelope: "a" }, ...queue], given).batch.length, 1);
  equal(pick(queue, { ...given, tried: new Set(["0"]) }).batch[0].op, "1");
}

/**
 * One phone, one server, a link that loses, repeats and reorders: the queue empties, each operation is stored once, the cursor never
 * passes what was applied.
 */
export function test_any_loss_repetition_and_order_ends_equal() {
  for (let seed = 1; seed <= 500; seed++) walk(seed);
}

/** @param {number} seed */
function walk(seed) {
  const random = seeded(seed);
  const server = { stored: new Map(), seq: 0, seen: /** @type {Map<string, number>} */ (new Map()) };
  let queue = [...Array(1 + Math.floor(random() * 40)).keys()].map((i) => ({
    op: `${seed}.${i}`,
    length: 200 + Math.floor(random() * 20_000),
    envelope: "e",
    needs: i > 0 && random() < 0.3 ? `${seed}.${i - 1}` : null,
  }));
  const made = queue.length;
  if (random() < 0.5) queue.reverse(); // parents may stand behind their children
  let state = initial();
  /** @type {any[]} events that wait to be delivered */
  const pending = [{ type: "wake", reason: "start" }];
  let sent = /** @type {any[]} */ ([]);
  const tried = new Set();
  let on_its_way = 0;

  const answer = (/** @type {any[]} */ batch) =>
    batch.map((item) => {
      if (server.stored.has(item.op)) return { op: item.op, status: "dup" };
      if (item.needs && !server.stored.has(item.needs)) return { op: item.op, status: "wait" };
      server.stored.set(item.op, ++server.seq);
      server.seen.set(item.op, (server.seen.get(item.op) ?? 0) + 1);
      return { op: item.op, status: "ok" };
    });

  for (let steps = 0; steps < 5_000 && (queue.length || state.phase !== "idle"); steps++) {
    if (pending.length === 0) pending.push({ type: "tick" });
    const event = pending.splice(Math.floor(random() * pending.length), 1)[0];
    if (event.type === "failed" || event.type === "applied") on_its_way = 0;
    const [next, effects] = run(state, event);
    state = next;
    for (const effect of effects) {
      if (effect.do === "send") {
        equal(++on_its_way, 1);
        if (effect.new_round) tried.clear();
        const { batch, left } = pick(queue, { ...effect, tried, envelope_bytes: () => 113 });
        sent = batch;
        const fate = random();
        const results = fate < 0.2 ? null : answer(batch); // lost on the way there
        if (random() < 0.1) answer(batch); // the browser sent it twice
        if (!results || fate < 0.4)
          pending.push({ type: "failed", code: "no_network", sent: batch.length, random: random() });
        else pending.push({ type: "replied", pull_refused: random() < 0.1 ? "clock" : null, offset: 1, results, left });
        if (random() < 0.2) pending.push({ type: "wake", reason: "saved" });
      } else if (effect.do === "apply") {
        const { results, left } = event;
        if (random() < 0.1) {
          pending.push({ type: "failed", code: "storage_full", sent: sent.length, random: random() }); // the disk refused the page
          continue;
        }
        for (const { item, result } of settle(sent, results)) {
          if (meaningOf(result.status) === "waiting") tried.add(item.op);
          else queue = queue.filter(({ op }) => op !== item.op);
        }
        pending.push({ type: "applied", left, more: false, sent: sent.length, after_s: 1, random: random() });
      } else if (effect.do === "wait" && random() < 0.9) pending.push({ type: "tick" });
    }
  }
  equal([seed, queue.length, server.stored.size], [seed, 0, made]);
  assert(
    [...server.seen.values()].every((times) => times === 1),
    `seed ${seed}: stored twice`,
  );
}
