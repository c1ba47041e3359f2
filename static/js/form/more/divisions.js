/** The tree of divisions that a place is picked from, on the phone and at the desk; docs/protocol.md, 5 (`regions`). */

/** @typedef {{rows: string[][], initials: string[]}} List */
/** @typedef {{code: string, name: string, initials: string, to: string}} Region `to`: last day of a division that was merged or renamed, else empty */

/** As many as somebody reads; more letters find fewer. */
const FOUND_MAX = 50;

/** Digits that a code needs on each level: province, city, county, township, village. */
const LEVELS = [2, 4, 6, 9, 12];

/** A code without the zeros that fill it up. @param {string} code */
export const stem = (code) => code.slice(0, LEVELS.find((digits) => !/[1-9]/.test(code.slice(digits))) ?? 12);

/**
 * Asks for the divisions right below a code (null: the top); `find` by signs, letters or code.
 * @param {List} held rows `[code, name, to]` by code
 */
export function below({ rows, initials }) {
  const all = rows.map(([code, name, to], at) => ({ code, name, initials: initials[at], to }));
  const named = new Map(all.map((region) => [stem(region.code), region]));
  // A province may hold its counties without a city between them: what stands around one is what is in the list.
  const around = (/** @type {string} */ code) =>
    LEVELS.map((digits) => stem(code).slice(0, digits)).flatMap((one, at, stems) => {
      const found = one !== stems[at - 1] && one !== stem(code) && named.get(one);
      return found ? [found] : [];
    });
  /** @type {Map<string | null, Region[]>} */
  const children = new Map();
  for (const region of all) {
    const key = around(region.code).pop()?.code ?? null;
    const those = children.get(key);
    if (those) those.push(region);
    else children.set(key, [region]);
  }
  const ask = async (/** @type {string | null} */ above) => children.get(above) ?? [];
  /** By signs, first letters of the pinyin or code, each with the names above it. @param {string} words @returns {Region[]} */
  const find = (words) =>
    all
      .filter(
        ({ code, name, initials: letters }) =>
          name.includes(words) || ` ${letters}`.includes(` ${words}`) || code.startsWith(words),
      )
      .slice(0, FOUND_MAX)
      .map((region) => ({ ...region, name: [...around(region.code), region].map(({ name }) => name).join(" › ") }));
  return Object.assign(ask, { find });
}
