// The lock screen of several people: who chose the same sign is still told apart.

import { people } from "../../../static/js/ui/more/people.js";
import { equal } from "../core/county.js";

/** @param {(string | null)[]} signs */
const shown = (signs) =>
  [
    .../** @type {HTMLElement} */ (
      people(
        signs.map((sign, i) => ({ ref: `${i}`, sign })),
        "0",
        () => {},
      )
    ).children,
  ].map(({ textContent }) => textContent);

export function test_two_with_the_same_sign_have_their_number_beside_it() {
  equal(shown(["star", "heart", "star", null]), ["★ 五角星 · 第 1 人", "♥ 心形", "★ 五角星 · 第 3 人", "第 4 人"]);
}
