/** Runs the programs of fieldapp/forms/regex.py on sets of places: linear in the text, whatever the pattern. */

/** @typedef {any[][]} Program */

/** Whether the whole text matches. @param {Program} program @param {string} text @returns {boolean} */
export function matches(program, text) {
  let places = follow(program, [0]);
  for (const character of text) {
    const code = /** @type {number} */ (character.codePointAt(0));
    places = follow(
      program,
      places.filter((place) => program[place][0] === "c" && isIn(program[place], code)).map((place) => place + 1),
    );
    if (!places.length) return false;
  }
  return places.some((place) => program[place][0] === "m");
}

/** @param {any[]} instruction @param {number} code */
function isIn([, ranges, negated], code) {
  let found = false;
  for (let i = 0; i < ranges.length; i += 2) found ||= ranges[i] <= code && code <= ranges[i + 1];
  return found !== negated;
}

/** @param {Program} program @param {number[]} places */
function follow(program, places) {
  const found = [];
  const seen = new Set();
  while (places.length) {
    const place = /** @type {number} */ (places.pop());
    if (seen.has(place)) continue;
    seen.add(place);
    const [kind, ...targets] = program[place];
    if (kind === "j" || kind === "s") places.push(...targets);
    else found.push(place);
  }
  return found;
}
