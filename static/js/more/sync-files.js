// How files go up, pure: `step(state, event) -> [state, effects]`, as sync.js is for reports. One file at a time, one request at a time;
// how far a file is the server alone says. sync/device_files.py decides line for line the same; frozen traces hold both to it.

import { POLL_MAX_S, RETRY_BASE_MS, RETRY_MAX_MS, STOPPED_RETRY_MS } from "../limits.js";
import { FILE_BYTES_MAX, UPLOAD_CHUNK_BYTES_MAX, UPLOAD_CHUNK_BYTES_MIN } from "./file-limits.js";

/**
 * @typedef {{phase: "idle" | "choosing" | "announcing" | "enveloping" | "asking" | "sending" | "waiting" | "stopped", ref: string | null, bytes: number,
 *   offset: number, piece_bytes: number, failures: number, faults: number, held: boolean, again: boolean}} State
 *   `faults`: how often this file had to begin anew; `held`: the server said when to come back; `again`: someone asked meanwhile
 * @typedef {{ref: string, bytes: number, check: boolean}} Chosen `check`: the server said it was whole: does it still?
 * @typedef {{type: "wake", reason: string} | {type: "tick"} | {type: "chosen", file: Chosen | null} | {type: "yielded"}
 *   | {type: "told", offset: number, state: string, reason: string | null, seq: number | null}
 *   | {type: "sent", offset: number, seq: number | null, length: number, ms: number} | {type: "enveloped", made: boolean}
 *   | {type: "failed", code: string, reason?: string | null, offset?: number, state?: string, seq?: number | null, retry_after_s?: number, random: number}} Event
 *   `told`: the answer to an announcement or a question; `ms`: how long a piece took; `yielded`: reports wait, they go first
 * @typedef {{do: "choose"} | {do: "announce", ref: string} | {do: "ask", ref: string} | {do: "envelope", ref: string}
 *   | {do: "send", ref: string, offset: number, length: number} | {do: "progress", ref: string, offset: number}
 *   | {do: "whole", ref: string, seq: number | null} | {do: "pass", ref: string, reason: string, ms: number}
 *   | {do: "refuse", ref: string, reason: string} | {do: "wait", ms: number} | {do: "announce_error", error: string | null}} Effect
 *   `pass`: not now, the others go on; `refuse`: not without a person
 * @typedef {[State, Effect[]]} Decided
 */

const PIECE_BYTES_START = 65_536;
/** A piece is sized so that it takes about so long: a cut costs no more, and a request is worth its round trip. */
const PIECE_MS_MIN = 4_000;
const PIECE_MS_MAX = 8_000;
const FAULTS_MAX = 3;
/** What the server has no room for now is asked for again so much later. */
const NO_ROOM_MS = POLL_MAX_S * 1_000;
const NO_ROOM = ["too_many_open", "too_much_unnamed", "too_much_today"];

/** Passed over for these, and tried again. */
const PASSED = [...NO_ROOM, "unknown_key", "server_full", "internal", "file_offset", "not_found"];

/** Where a file stands by the last word on it. @param {string | null} last @returns {"waiting" | "received" | "attention"} */
export function meaningOf(last) {
  if (last === "complete") return "received";
  return last === null || PASSED.includes(last) ? "waiting" : "attention";
}

/** Words of the server, and of this phone, that mean something else where no file is meant. @type {Record<string, string>} */
const CODES = {
  damaged: "file_damaged",
  gone: "file_gone",
  unknown_suite: "file_unknown_suite",
  unknown_key: "file_unknown_key",
  not_found: "file_not_found",
  too_large: "file_too_large",
  too_many_open: "file_too_many_open",
  too_much_unnamed: "file_too_much_unnamed",
  too_much_today: "file_too_much_today",
  value_damaged: "file_unread",
};

/** Which sentence says why. @param {string | null} last @returns {string | null} */
export const reasonOf = (last) => CODES[last ?? ""] ?? last;

/** @returns {State} */
export const initial = () => ({
  ...{ phase: /** @type {const} */ ("idle"), ref: null, bytes: 0, offset: 0, piece_bytes: PIECE_BYTES_START },
  ...{ failures: 0, faults: 0, held: false, again: false },
});

/** @param {State} state @param {Event} event @returns {Decided} */
export function step(state, event) {
  switch (event.type) {
    case "wake":
      return woken(state, event.reason);
    case "tick":
      return isBusy(state) ? [state, []] : choose(state);
    case "chosen":
      return state.phase === "choosing" ? begin(state, event.file) : [state, []];
    case "yielded":
      return isBusy(state) ? [{ ...state, phase: "idle", ref: null, again: false }, []] : [state, []];
    case "told":
      return told(state, event);
    case "enveloped":
      if (state.phase !== "enveloping") return [state, []];
      return event.made ? announce(state) : pass(state, "unknown_key", RETRY_MAX_MS);
    case "sent":
      return sent(state, event);
    case "failed":
      return failed(state, event);
  }
}

/** @param {State} state */
const isBusy = ({ phase }) => phase !== "idle" && phase !== "waiting" && phase !== "stopped";

/** @param {State} state @param {string} reason @returns {Decided} */
function woken(state, reason) {
  if (isBusy(state)) return [{ ...state, again: true }, []];
  const by_hand = reason === "user";
  if (state.phase === "stopped" && !by_hand) return [state, []];
  if (state.phase === "waiting" && !by_hand && (state.held || reason === "saved" || reason === "timer"))
    return [state, []];
  return choose(state);
}

/** @param {State} state @returns {Decided} */
function choose(state) {
  return [{ ...state, phase: "choosing", ref: null, faults: 0, held: false, again: false }, [{ do: "choose" }]];
}

/** @param {State} state @param {Chosen | null} file @returns {Decided} */
function begin(state, file) {
  if (!file) return state.again ? choose(state) : [{ ...state, phase: "idle" }, []];
  const next = { ...state, ref: file.ref, bytes: file.bytes, offset: 0 };
  return file.check ? [{ ...next, phase: "asking" }, [{ do: "ask", ref: file.ref }]] : announce(next);
}

/** @param {State} state @returns {Decided} */
function announce(state) {
  return [{ ...state, phase: "announcing" }, [{ do: "announce", ref: refOf(state) }]];
}

/** @param {State} state @param {Extract<Event, {type: "told"}>} event @returns {Decided} */
function told(state, { offset, state: is, reason, seq }) {
  if (state.phase !== "announcing" && state.phase !== "asking") return [state, []];
  const heard = { ...state, failures: 0 };
  if (is === "complete") return whole(heard, seq);
  if (is === "refused") return refused(heard, reason ?? "damaged");
  // It was whole, and was lost before it was safe: the server needs its envelope again.
  if (state.phase === "asking") return announce(heard);
  return send(heard, offset);
}

/** @param {State} state @param {number} offset @returns {Decided} */
function send(state, offset) {
  if (offset >= state.bytes) return pass(state, "file_offset", NO_ROOM_MS); // all of it, and yet not whole: theirs to mend
  const length = Math.min(state.piece_bytes, state.bytes - offset);
  const ref = refOf(state);
  const next = { ...state, phase: /** @type {const} */ ("sending"), offset };
  return [
    next,
    [
      { do: "progress", ref, offset },
      { do: "send", ref, offset, length },
    ],
  ];
}

/** @param {State} state @param {Extract<Event, {type: "sent"}>} event @returns {Decided} */
function sent(state, { offset, seq, length, ms }) {
  if (state.phase !== "sending") return [state, []];
  let { piece_bytes } = state;
  if (ms > PIECE_MS_MAX) piece_bytes = Math.max(UPLOAD_CHUNK_BYTES_MIN, piece_bytes / 2);
  else if (ms < PIECE_MS_MIN && length === piece_bytes) piece_bytes = Math.min(UPLOAD_CHUNK_BYTES_MAX, piece_bytes * 2);
  const next = { ...state, failures: 0, piece_bytes };
  return seq !== null || offset >= state.bytes ? whole(next, seq) : send(next, offset);
}

/** @param {State} state @param {number | null} seq @returns {Decided} */
const whole = (state, seq) => onwards(state, { do: "whole", ref: refOf(state), seq });

/** @param {State} state @param {string} reason @param {number} ms @returns {Decided} */
const pass = (state, reason, ms) => onwards(state, { do: "pass", ref: refOf(state), reason, ms });

/** Done with this file, for now or for good: the next one. @param {State} state @param {Effect} effect @returns {Decided} */
function onwards(state, effect) {
  const [next, effects] = choose(state);
  return [next, [effect, { do: "announce_error", error: null }, ...effects]];
}

/** @param {State} state @param {string} reason @returns {Decided} */
function refused(state, reason) {
  if (reason === "unknown_key") return again(state, reason, envelope);
  if (NO_ROOM.includes(reason)) return pass(state, reason, NO_ROOM_MS);
  return onwards(state, { do: "refuse", ref: refOf(state), reason });
}

/** @param {State} state @returns {Decided} */
const envelope = (state) => [{ ...state, phase: "enveloping" }, [{ do: "envelope", ref: refOf(state) }]];

/** Once more with this file, but not for ever. @param {State} state @param {string} reason @param {(state: State) => Decided} act @returns {Decided} */
function again(state, reason, act) {
  if (state.faults >= FAULTS_MAX) return pass(state, reason, NO_ROOM_MS);
  return act({ ...state, faults: state.faults + 1 });
}

/** @param {State} state @param {Extract<Event, {type: "failed"}>} event @returns {Decided} */
function failed(state, event) {
  if (!isBusy(state)) return [state, []];
  const { code } = event;
  if (state.ref !== null) {
    if (code === "file_offset" && event.state === "complete") return whole(state, event.seq ?? null);
    if (code === "file_offset") return again(state, code, (next) => send(next, event.offset ?? 0));
    if (code === "file_refused") return refused(state, event.reason ?? "damaged");
    if (code === "not_found") return again(state, code, announce);
    if (code === "file_changed" || code === "value_damaged")
      return onwards(state, { do: "refuse", ref: state.ref, reason: code });
    if (code === "digest_wrong") {
      // Once the link may have done it; what comes out wrong from the beginning again and again lies wrong here.
      if (state.faults >= FAULTS_MAX) return onwards(state, { do: "refuse", ref: state.ref, reason: code });
      return send({ ...state, faults: state.faults + 1 }, 0);
    }
    if (code === "request_malformed" || code === "frame_too_large") {
      const is_piece = state.phase === "sending" && state.piece_bytes > UPLOAD_CHUNK_BYTES_MIN;
      if (is_piece) return send({ ...state, piece_bytes: UPLOAD_CHUNK_BYTES_MIN }, state.offset);
      return onwards(state, { do: "refuse", ref: state.ref, reason: code });
    }
  }
  // Locked in the middle: no fault of the link. Whatever goes locked goes with the next round.
  if (code === "vault_locked") return [idle(state, "idle"), [{ do: "wait", ms: RETRY_BASE_MS }]];
  return later(state, event);
}

/** @param {State} state @param {"idle" | "waiting" | "stopped"} phase @returns {State} */
const idle = (state, phase) => ({ ...state, phase, ref: null, again: false });

/** The link, or the server, cannot now. @param {State} state @param {Extract<Event, {type: "failed"}>} event @returns {Decided} */
function later(state, { code, retry_after_s, random }) {
  /** @type {Effect[]} */
  const effects = [{ do: "announce_error", error: code }];
  const failures = state.failures + 1;
  if (code === "unknown_vault")
    return [{ ...idle(state, "stopped"), failures }, [...effects, { do: "wait", ms: STOPPED_RETRY_MS }]];
  // The server's own fault may lie in this one file: the others go first.
  if ((code === "internal" || code === "server_full") && state.ref !== null)
    effects.push({ do: "pass", ref: state.ref, reason: code, ms: RETRY_MAX_MS });
  const backoff_ms = Math.min(RETRY_MAX_MS, RETRY_BASE_MS * 2 ** Math.min(failures - 1, 16)) * (0.5 + random / 2);
  const asked_ms = Math.min(retry_after_s ?? 0, POLL_MAX_S) * 1_000 * (1 + random / 4);
  const next = {
    ...idle(state, "waiting"),
    failures,
    piece_bytes: Math.max(UPLOAD_CHUNK_BYTES_MIN, state.piece_bytes / 2),
    held: retry_after_s !== undefined,
  };
  return [next, [...effects, { do: "wait", ms: Math.round(Math.max(backoff_ms, asked_ms)) }]];
}

/** @param {State} state */
const refOf = (state) => /** @type {string} */ (state.ref);

/**
 * Which file goes next: thumbnails before the rest, of the newest report first, drafts last; a look at what is whole there after all that.
 * @template {{ref: string, bytes: number, turn: number, rank: number, check: boolean}} File `rank`: the turn of the newest package of its record, 0 where there is none
 * @param {File[]} files @param {Set<string>} passed refs @returns {File | null}
 */
export function next(files, passed) {
  const isSmall = (/** @type {File} */ { bytes }) => Number(bytes <= FILE_BYTES_MAX.thumb);
  const ready = files.filter(({ ref }) => !passed.has(ref));
  ready.sort(
    (a, b) => Number(a.check) - Number(b.check) || isSmall(b) - isSmall(a) || b.rank - a.rank || b.turn - a.turn,
  );
  return ready[0] ?? null;
}
