/** The order of ODK's randomize(): Park and Miller's numbers, Fisher and Yates' shuffle; docs/forms.md, 7.5. */

import { fromInteger, remainder, toInteger, truncate } from "../decimal.js";
import { TABLE } from "../functions.js";
import { NodeSet, number } from "../values.js";

const M = 2147483647;

/** A copy in the order of the seed; without a seed as given. @template T @param {T[]} items @param {import("../values.js").Value} seed @returns {T[]} */
export function shuffled(items, seed) {
  const given = number(seed);
  const whole = given && truncate(given);
  if (!whole || toInteger(whole) === null) return items;
  let s = Number(toInteger(/** @type {any} */ (remainder(whole, fromInteger(M)))));
  if (s <= 0) s += M - 1;
  const order = [...items];
  for (let i = order.length; i > 0; i--) {
    s = (s * 16807) % M; // below 2^46: exact
    const j = Math.floor(((s - 1) * i) / (M - 1));
    [order[i - 1], order[j]] = [order[j], order[i - 1]];
  }
  return order;
}

/** @param {import("../values.js").Value[]} args */
TABLE.randomize = ([set, seed]) => (set instanceof NodeSet ? new NodeSet(shuffled(set.refs, seed), set.read) : "");
