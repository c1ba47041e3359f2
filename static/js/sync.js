// The phone's side of sync, pure: `step(state, event) -> [state, effects]`. No clock, no chance, no network, no disk: events carry
// what is needed of them, effects say what is to be done. outbox.js runs it; ten thousand seeds can.

import * as limits from "./limits.js";

/**
 * @typedef {{phase: "idle" | "sending" | "applying" | "waiting" | "stopped", batch_bytes: number, items_max: number, failures: number,
 *   held: boolean, again: boolean, clock_offset: number, clock_asked: boolean}} SyncState
 *   `held`: the server said when to come back; `again`: someone asked while a request was on its way
 * @typedef {{type: "wake", reason: string} | {type: "tick"}
 *   | {type: "replied", pull_refused: string | null, offset: number}
 *   | {type: "applied", left: number, more: boolean, sent: number, after_s: number, random: number, ms?: number}
 *   | {type: "failed", code: string, sent: number, retry_after_s?: number, random: number, ms?: number}} SyncEvent
 *   `random` in [0, 1); `offset` = server clock - our clock, ms; `left`: packages that could go at once; `ms`: how long the request took
 * @typedef {{do: "send", bytes_max: number, items_max: number, clock_offset: number, new_round: boolean} | {do: "apply"} | {do: "wait", ms: number}
 *   | {do: "refuse_one", code: string} | {do: "pass_over"} | {do: "announce", error: string | null, contact: boolean}} Effect
 */

/** @returns {SyncState} */
export const initial = () => ({
  ...{
    phase: /** @type {const} */ ("idle"),
    batch_bytes: limits.BATCH_BYTES_START,
    items_max: limits.FRAME_PACKAGES_MAX,
    failures: 0,
  },
  ...{ held: false, again: false, clock_offset: 0, clock_asked: false },
});

/** @param {SyncState} state @param {SyncEvent} event @returns {[SyncState, Effect[]]} */
export function step(state, event) {
  switch (event.type) {
    case "wake":
      return woken(state, event.reason);
    case "tick":
      return state.phase === "sending" || state.phase === "applying" ? [state, []] : send(state, true);
    case "replied":
      return replied(state, event);
    case "applied":
      return applied(state, event);
    case "failed":
      return failed(state, event);
  }
}

/** @param {SyncState} state @param {string} reason @returns {[SyncState, Effect[]]} */
function woken(state, reason) {
  if (state.phase === "sending" || state.phase === "applying") return [{ ...state, again: true }, []];
  const by_hand = reason === "user";
  if (state.phase === "stopped" && !by_hand) return [state, []];
  // A save does not hurry a link that just failed; a new link does, but never past what the server asked for.
  if (state.phase === "waiting" && !by_hand && (state.held || reason === "saved" || reason === "timer"))
    return [state, []];
  return send(state, true);
}

/** One request at a time: every way to send leads through here. @param {SyncState} state @param {boolean} new_round @returns {[SyncState, Effect[]]} */
function send(state, new_round) {
  const next = { ...state, phase: /** @type {const} */ ("sending"), again: false, held: false };
  const { batch_bytes: bytes_max, items_max, clock_offset } = state;
  return [next, [{ do: "send", bytes_max, items_max, clock_offset, new_round }]];
}

/** @param {SyncState} state @param {{pull_refused: string | null, offset: number}} event @returns {[SyncState, Effect[]]} */
function replied(state, { pull_refused, offset }) {
  if (state.phase !== "sending") return [state, []]; // a late answer to something given up
  const next = { ...state, phase: /** @type {const} */ ("applying") };
  if (pull_refused !== "clock") return [{ ...next, clock_asked: false }, [{ do: "apply" }]];
  // Kept beside our clock, never set as truth; asked once more with it, then not again until a reply is content.
  return [
    { ...next, clock_offset: offset, clock_asked: true, again: state.again || !state.clock_asked },
    [{ do: "apply" }],
  ];
}

/** @param {SyncState} state @param {{left: number, more: boolean, sent: number, after_s: number, random: number, ms?: number}} event @returns {[SyncState, Effect[]]} */
function applied(state, { left, more, sent, after_s, random, ms = 0 }) {
  if (state.phase !== "applying") return [state, []];
  const batch_bytes = sent > 0 ? sized(state.batch_bytes, ms) : state.batch_bytes;
  const items_max = Math.min(state.items_max * 2, limits.FRAME_PACKAGES_MAX);
  const next = { ...state, failures: 0, batch_bytes, items_max };
  const contact = /** @type {const} */ ({ do: "announce", error: null, contact: true });
  if (left > 0 || more || state.again) {
    const [sending, effects] = send(next, state.again);
    return [sending, [contact, ...effects]];
  }
  const s = Math.min(Math.max(after_s || limits.POLL_DEFAULT_S, 1), limits.POLL_MAX_S);
  return [{ ...next, phase: "idle" }, [contact, { do: "wait", ms: Math.round(s * 1_000 * (1 + random / 4)) }]];
}

/** As much as the link carries in about five seconds: a cut then costs no more. @param {number} bytes @param {number} ms */
function sized(bytes, ms) {
  if (ms > 2 * limits.BATCH_AIM_MS) return Math.max(limits.BATCH_BYTES_MIN, Math.floor(bytes / 2));
  return ms > limits.BATCH_AIM_MS ? bytes : Math.min(bytes * 2, limits.FRAME_BYTES_MAX);
}

/** @param {SyncState} state @param {{code: string, sent: number, retry_after_s?: number, random: number, ms?: number}} event @returns {[SyncState, Effect[]]} */
function failed(state, { code, sent, retry_after_s, random, ms = Infinity }) {
  if (state.phase !== "sending" && state.phase !== "applying") return [state, []];
  // The app was locked in the middle. No fault of the link: what can go locked goes at once, the rest after the unlock.
  if (code === "vault_locked")
    return [{ ...state, phase: "idle", again: false }, [{ do: "wait", ms: limits.RETRY_BASE_MS }]];
  /** @type {Effect[]} */
  const effects = [{ do: "announce", error: code, contact: false }];
  const failures = state.failures + 1;
  if (code === "unknown_vault") {
    return [
      { ...state, phase: "stopped", failures, again: false },
      [...effects, { do: "wait", ms: limits.STOPPED_RETRY_MS }],
    ];
  }
  let { batch_bytes, items_max } = state;
  if (code === "frame_malformed" || code === "frame_too_large" || code === "internal") {
    // Which one of them is bad shows when it goes alone. Then that one is set aside; it must not block the next. The server's own
    // fault may be over soon, for this one or for all: it only lets the others go first, no sooner than any failure would.
    if (sent === 1 && code === "internal") effects.push({ do: "pass_over" });
    else if (sent === 1) return setAside({ ...state, failures: 0 }, code, effects);
    if (sent > 1) [batch_bytes, items_max] = [limits.BATCH_BYTES_MIN, 1];
  } else if (ms >= limits.NO_LINK_MS || failures > limits.QUICK_FAILURES_MAX) {
    batch_bytes = Math.max(limits.BATCH_BYTES_MIN, Math.floor(batch_bytes / 2));
  }
  const backoff_ms =
    Math.min(limits.RETRY_MAX_MS, limits.RETRY_BASE_MS * 2 ** Math.min(failures - 1, 16)) * (0.5 + random / 2);
  // Spread, or two hundred phones come back at once. Bounded, for whoever stands in between may say it too, and holds up a new link by it.
  const asked_ms = Math.min(retry_after_s ?? 0, limits.POLL_MAX_S) * 1_000 * (1 + random / 4);
  const next = {
    ...state,
    phase: /** @type {const} */ ("waiting"),
    failures,
    batch_bytes,
    items_max,
    held: retry_after_s !== undefined,
    again: false,
  };
  return [next, [...effects, { do: "wait", ms: Math.round(Math.max(backoff_ms, asked_ms)) }]];
}

/** @param {SyncState} state @param {string} code @param {Effect[]} effects @returns {[SyncState, Effect[]]} */
function setAside(state, code, effects) {
  const [next, sending] = send(state, false);
  return [next, [...effects, { do: "refuse_one", code }, ...sending]];
}

const HEAD_BYTES = 1_024; // the frame's own head with a cursor in it
const HEAD_BYTES_EACH = 20; // `{"len":262144},`; an envelope's line is longer, but there are few

/* ---- what a reply means for the queue ---- */

/** @type {Record<string, "received" | "attention" | "waiting" | "reseal">} */
const MEANING = {
  ok: "received",
  dup: "received",
  conflict: "attention",
  locked: "attention",
  quarantined: "attention",
  wait: "waiting",
  reseal: "reseal",
};

/** Where an item stands by the server's last word. A word of a newer server keeps it in the queue. @param {string | null} status */
export const meaningOf = (status) => {
  if (status === "frame_malformed" || status === "frame_too_large") return "attention";
  return MEANING[status ?? "wait"] ?? "waiting";
};

/**
 * Results by operation, for what was sent. Every item leaves by the server's word only; one it did not mention stays.
 * @template {{op: string}} Item @param {Item[]} sent @param {any[]} results @returns {{item: Item, result: any}[]}
 */
export function settle(sent, results) {
  const said = new Map(results.map((result) => [result.op, result]));
  return sent.flatMap((item) => (said.has(item.op) ? [{ item, result: said.get(item.op) }] : []));
}

/**
 * The next batch, oldest first: packages and the envelopes they need, by bytes and count; one alone may be larger.
 * @template {{op: string, length: number, envelope: string}} Item
 * @param {Item[]} queue @param {{bytes_max: number, items_max: number, tried: Set<string>, envelope_bytes: (id: string) => number}} given
 *   `tried`: already answered `wait` or `reseal` in this round @returns {{batch: Item[], left: number}}
 */
export function pick(queue, { bytes_max, items_max, tried, envelope_bytes }) {
  const ready = queue.filter(({ op }) => !tried.has(op));
  /** @type {Item[]} */
  const batch = [];
  const envelopes = new Set();
  let bytes = HEAD_BYTES;
  for (const item of ready) {
    const more =
      HEAD_BYTES_EACH +
      item.length +
      (envelopes.has(item.envelope) ? 0 : HEAD_BYTES_EACH + envelope_bytes(item.envelope));
    if (batch.length > 0 && (bytes + more > bytes_max || batch.length >= items_max)) break;
    bytes += more;
    envelopes.add(item.envelope);
    batch.push(item);
  }
  return { batch, left: ready.length - batch.length };
}
