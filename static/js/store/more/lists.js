// Long lists of plans and the divisions, as they came down in pieces: put together for the engine and the screen. docs/protocol.md, section 5.

/** @typedef {{columns: string[], rows: string[][], initials: string[]}} List */
/** @typedef {{columns: string[], rows: string[][], initials: string[], at: [number, number][]}} Piece */
/** @typedef {{code: string, name: string, initials: string, to: string}} Region `to`: last day of a division that was merged or renamed, else empty */

/**
 * What loadPlan takes beside a plan: its lists by hash, null for one of which nothing is here.
 * @param {import("../inbox.js").Inbox} inbox @param {any} plan @returns {Promise<Record<string, List | null>>}
 */
export async function filesOf(inbox, plan) {
  /** @type {any[]} */
  const named = Object.values(plan.files ?? {}).filter(({ kind }) => kind === "list");
  const lists = named.map(async ({ hash }) => {
    const refs = await inbox.refs(`file:${hash}/`);
    // A damaged piece is one that is not here: the list is a slice then, and the server decides.
    const pieces = await Promise.all(refs.map((ref) => inbox.get(ref).catch(() => null)));
    return [hash, together(pieces.filter(Boolean))];
  });
  return Object.fromEntries(await Promise.all(lists));
}

/** Each row in the place that it has in the whole list. @param {Piece[]} pieces @returns {List | null} */
export function together(pieces) {
  if (!pieces.length) return null;
  const runs = pieces.flatMap(({ at, rows, initials }) => {
    let next = 0;
    return at.map(([first, count]) => {
      const from = next;
      next += count;
      return { first, rows: rows.slice(from, next), initials: initials.slice(from, next) };
    });
  });
  runs.sort((a, b) => a.first - b.first);
  return {
    columns: pieces[0].columns,
    rows: runs.flatMap(({ rows }) => rows),
    initials: runs.flatMap(({ initials }) => initials),
  };
}

/** Digits that a code needs on each level: province, city, county, township, village. */
const LEVELS = [2, 4, 6, 9, 12];

/** A code without the zeros that fill it up. @param {string} code */
export const stem = (code) => code.slice(0, LEVELS.find((digits) => !/[1-9]/.test(code.slice(digits))) ?? 12);

/**
 * Asks the divisions that came down for those right below a code (null: the top); null while none are here.
 * @param {import("../inbox.js").Inbox} inbox @returns {Promise<((above: string | null) => Promise<Region[]>) | null>}
 */
export async function regionsOf(inbox) {
  const [ref] = await inbox.refs("regions:");
  const held = ref && (await inbox.get(ref).catch(() => null));
  return held ? below(held) : null;
}

/** @param {List} held rows `[code, name, to]` by code */
export function below({ rows, initials }) {
  const stems = new Map(rows.map(([code], at) => [stem(code), at]));
  /** @type {Map<string | null, Region[]>} */
  const children = new Map();
  for (const [at, [code, name, to]] of rows.entries()) {
    const own = stem(code);
    // A province may hold its counties without a city between them: the next one above that is in the list.
    const above = LEVELS.map((digits) => own.slice(0, digits))
      .reverse()
      .find((one) => one !== own && stems.has(one));
    const key = above === undefined ? null : rows[/** @type {number} */ (stems.get(above))][0];
    const region = { code, name, initials: initials[at], to };
    const those = children.get(key);
    if (those) those.push(region);
    else children.set(key, [region]);
  }
  return async (/** @type {string | null} */ above) => children.get(above) ?? [];
}
