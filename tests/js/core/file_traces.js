// Asks static/js/more/sync-files.js again what sync/device_files.py decided: the same states and effects have to come out.

import { step } from "../../../static/js/more/sync-files.js";

/** @typedef {{states: any[], events: any[], effects: any[], steps: number[][]}} Traces `steps`: [state, event, state after, effects] by place */

const TOLD = 5;

/** @param {Traces} traces @returns {string[]} what the script decides otherwise; empty where it is of one mind */
export function replay({ states, events, effects, steps }) {
  const differing = [];
  for (const [before, event, after, done] of steps) {
    const said = sorted(step(Object.freeze(states[before]), Object.freeze(events[event])));
    const expected = sorted([states[after], effects[done]]);
    if (said !== expected) differing.push(`${sorted([states[before], events[event]])}: ${said}, not ${expected}`);
  }
  return differing.slice(0, TOLD);
}

/** The same text whatever order its keys came in. @param {any} value @returns {string} */
const sorted = (value) =>
  JSON.stringify(value, (_, one) =>
    one === null || typeof one !== "object" || Array.isArray(one)
      ? one
      : Object.fromEntries(Object.entries(one).sort()),
  );
