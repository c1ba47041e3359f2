// Long lists of plans and the divisions, as they came down in pieces: put together for the engine and the screen. docs/protocol.md, section 5.

import { fromB64u } from "../../bytes.js";

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

/**
 * Asks for a picture, sound or film of a plan by its name; null for one that is not here whole.
 * @param {import("../inbox.js").Inbox} inbox @param {any} plan @returns {(name: string) => Promise<Blob | null>}
 */
export const mediaOf = (inbox, plan) => async (name) => {
  const { hash, kind, type, bytes } = plan.files?.[name] ?? {};
  if (kind !== "media") return null;
  const refs = await inbox.refs(`file:${hash}/`);
  const pieces = await Promise.all(refs.map((ref) => inbox.get(ref)));
  const parts = pieces.sort((a, b) => a.at - b.at).map((piece) => fromB64u(piece.bytes));
  const file = new Blob(parts, { type });
  return file.size === bytes ? file : null;
};

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

/** As many as somebody reads; more letters find fewer. */
const FOUND_MAX = 50;

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
