// Asks static/js/sync.js again what sync/device_core.py decided: the same states and effects have to come out.

import { meaningOf, pick, step } from "../../../static/js/sync.js";

/**
 * @typedef {{states: any[], events: any[], effects: any[], steps: number[][], picks: [[[number, number, boolean][], number, number], [number[], number]][],
 *   meanings: Record<string, string>}} Traces `steps`: [state, event, state after, effects] by place; `picks`: [[[length, envelope, tried], …], bytes_max, items_max]
 *   and [places of the batch, left]
 */

const TOLD = 5;
const ENVELOPE_BYTES = 113;

/** @param {Traces} traces @returns {string[]} what the script decides otherwise; empty where it is of one mind */
export function replay({ states, events, effects, steps, picks, meanings }) {
  const differing = [];
  for (const [before, event, after, done] of steps) {
    const said = step(Object.freeze(states[before]), Object.freeze(events[event]));
    const expected = [states[after], effects[done]];
    if (!alike(said, expected)) differing.push(`step ${text([states[before], events[event], said, expected])}`);
  }
  for (const [[rows, bytes_max, items_max], expected] of picks) {
    const queue = rows.map(([length, envelope], at) => ({ op: String(at), length, envelope: String(envelope) }));
    const tried = new Set(queue.filter((_, at) => rows[at][2]).map(({ op }) => op));
    const { batch, left } = pick(queue, { bytes_max, items_max, tried, envelope_bytes: () => ENVELOPE_BYTES });
    const said = [batch.map(({ op }) => Number(op)), left];
    if (!alike(said, expected)) differing.push(`pick ${text([rows, bytes_max, items_max, said, expected])}`);
  }
  for (const [status, meaning] of Object.entries(meanings)) {
    if (meaningOf(status) !== meaning) differing.push(`meaning of ${status}: ${meaningOf(status)}, not ${meaning}`);
  }
  return differing.slice(0, TOLD);
}

const text = (/** @type {any} */ value) => JSON.stringify(value);

/** Equal but for the order of keys. @param {any} one @param {any} other @returns {boolean} */
function alike(one, other) {
  if (one === null || typeof one !== "object" || other === null || typeof other !== "object") return one === other;
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => alike(one[key], other[key]));
}
