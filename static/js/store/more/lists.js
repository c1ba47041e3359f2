// Long lists of plans and the divisions, as they came down in pieces: put together for the engine and the screen. docs/protocol.md, section 5.

import { fromB64u } from "../../bytes.js";

/** @typedef {{columns: string[], rows: string[][], initials: string[]}} List */
/** @typedef {{columns: string[], rows: string[][], initials: string[], at: [number, number][]}} Piece */

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

/**
 * What questions of a form are chosen from beside its own lists: the divisions as form/more/divisions.js reads them, the names of projects. Null for what it does not ask for, or is not here.
 * @param {import("../inbox.js").Inbox} inbox @param {{nodes: import("../../form/plan.js").PlanNode[]}} plan
 */
export async function besides(inbox, { nodes }) {
  const [divisions, projects] = await Promise.all([
    nodes.some(({ check }) => check === "region12") && oneOf(inbox, "regions:"),
    nodes.some(({ appearance }) => appearance?.includes("projects")) && oneOf(inbox, "projects:"),
  ]);
  return { divisions: divisions || null, projects: projects?.names ?? null };
}

/** What came down once for the whole phone; null while it is not here. @param {import("../inbox.js").Inbox} inbox @param {string} kind @returns {Promise<any>} */
async function oneOf(inbox, kind) {
  const [ref] = await inbox.refs(kind);
  return (ref && (await inbox.get(ref).catch(() => null))) || null;
}
