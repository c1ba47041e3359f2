// Two versions of one record and what both began with become one, path by path: pure (docs/protocol.md section 10).
// Only what one side alone changed is taken by itself. What both changed, each in its own way, stays open for a person.

/**
 * @typedef {{n: number, name: string, kind: string, parent?: number | null, calculate?: any}} Node of a plan
 * @typedef {"mine" | "theirs"} Side
 * @typedef {{path: string, row: boolean, base: any, mine: any, theirs: any, marks: Partial<Record<Side, any>>}} Open
 *   `row`: a whole row that one side took away (null) and the other changed; `marks`: where a side took the answer over "as before" (`_same`)
 * @typedef {{path: string, side: Side, value: any}} Taken what came of this side alone
 * @typedef {{answers: any, open: Open[], taken: Taken[]}} Merged of an open path `answers` holds what both began with
 * @typedef {{base: any, mine: any, theirs: any}} Three
 * @typedef {{kids: Map<number, Node[]>, marks: Three, open: Open[], taken: Taken[], same: Record<string, any>}} Work
 */

/**
 * The same whichever side is called mine: only the sides of `open` and `taken` change their names. What is calculated is left out; it is
 * computed again from what the answers are now. What a screen kept of removed rows (`_removed`) is no answer.
 * @param {{base: any, mine: any, theirs: any, plan: {nodes: Node[]}}} given answers; `base` null: nothing in common is known @returns {Merged}
 */
export function merge({ base, mine, theirs, plan }) {
  const marks = { base: base?._same, mine: mine?._same, theirs: theirs?._same };
  const work = { kids: kidsOf(plan.nodes), marks, open: [], taken: [], same: {} };
  const answers = group(work, 0, "", { base, mine, theirs });
  return {
    answers: Object.keys(work.same).length > 0 ? { ...answers, _same: work.same } : answers,
    open: work.open,
    taken: work.taken,
  };
}

/**
 * What a person decided of one open path: one side, or a value that is neither (null: to be written anew).
 * @param {any} answers @param {Open} open @param {Side | null} side @returns {any} the answers with it; the given ones stay as they are
 */
export function settled(answers, { path, marks, ...sides }, side) {
  const next = structuredClone(answers ?? {});
  put(next, stepsOf(path), side && sides[side]);
  delete next._same?.[path];
  const mark = side && marks[side];
  if (mark) next._same = { ...next._same, [path]: mark };
  if (next._same && Object.keys(next._same).length === 0) delete next._same;
  return next;
}

/**
 * Papers beside answers: `{path: [file value]}`. A file is never changed, so nothing of this is open: what either side added stays, what one
 * took away goes, unless the other gave it a page meanwhile (or took one): then it stays, as such a row of a repeat does until somebody
 * has decided, and can be taken away again. The same for the pages of one paper.
 * @param {Three} given @returns {Record<string, any[]>}
 */
export function mergePapers({ base, mine, theirs }) {
  /** @type {Record<string, any[]>} */
  const merged = {};
  for (const path of namesOf([], { base, mine, theirs })) {
    const files = unite(base?.[path] ?? [], mine?.[path] ?? [], theirs?.[path] ?? []);
    if (files.length > 0) merged[path] = files;
  }
  return merged;
}

/** Where two versions say different things, in the order of the form: of versions that are not merged. @param {{mine: any, theirs: any, plan: {nodes: Node[]}}} given @returns {Open[]} */
export function differences({ mine, theirs, plan }) {
  const { open, taken } = merge({ base: null, mine, theirs, plan });
  const alone = taken.map(({ path, side, value }) => ({ ...blank(path), [side]: value }));
  const place = orderOf(plan.nodes);
  return [...open, ...alone].sort((a, b) => place(a.path) - place(b.path) || (a.path < b.path ? -1 : 1));
}

/** @param {string} path @returns {Open} */
const blank = (path) => ({ path, row: false, base: null, mine: null, theirs: null, marks: {} });

/* ---- groups, rows, answers ---- */

/** @param {Work} work @param {number} parent @param {string} prefix @param {Three} three @returns {any} */
function group(work, parent, prefix, three) {
  const nodes = new Map((work.kids.get(parent) ?? []).map((node) => [node.name, node]));
  /** @type {Record<string, any>} */
  const found = {};
  for (const name of namesOf([...nodes.keys()], three)) {
    const node = nodes.get(name);
    if (node?.kind === "calculate" || node?.calculate !== undefined) continue;
    const path = prefix ? `${prefix}.${name}` : name;
    const here = each(three, (side) => side?.[name] ?? null);
    if (node?.kind === "group" && all(here, isGroup)) {
      const inner = group(work, node.n, path, here);
      if (Object.keys(inner).length > 0) found[name] = inner;
    } else if (node?.kind === "repeat" && all(here, isRows)) {
      const kept = rows(work, node.n, path, here);
      if (kept.length > 0) found[name] = kept;
    } else {
      const value = answer(work, path, here);
      if (!isBlank(value)) found[name] = value;
    }
  }
  return found;
}

/** Rows by their `_id`: those both began with in that order, then what was added, by id. @param {Work} work @param {number} repeat @param {string} path @param {Three} three @returns {any[]} */
function rows(work, repeat, path, three) {
  const byId = each(three, (side) => new Map((side ?? []).map((/** @type {any} */ row) => [row._id, row])));
  const began = [...byId.base.keys()];
  const added = [...byId.mine.keys(), ...byId.theirs.keys()].filter((id) => !byId.base.has(id));
  const kept = [];
  for (const id of [...began, ...[...new Set(added)].sort()]) {
    const place = `${path}[${id}]`;
    const { base = null, mine = null, theirs = null } = each(byId, (side) => side.get(id));
    if (base && !(mine && theirs)) {
      const left = mine ?? theirs;
      const side = mine ? "theirs" : "mine"; // who took it away
      if (!left) continue;
      if (isUnchanged(work, repeat, base, left)) work.taken.push({ path: place, side, value: null });
      else {
        work.open.push({ path: place, row: true, base, mine, theirs, marks: {} });
        kept.push({ _id: id, ...group(quiet(work), repeat, place, { base, mine: base, theirs: base }) });
      }
    } else kept.push({ _id: id, ...group(work, repeat, place, { base, mine, theirs }) });
  }
  return kept;
}

/** @param {Work} work @param {string} path @param {Three} here @returns {any} */
function answer(work, path, here) {
  const { base, mine, theirs } = here;
  const mark = each(work.marks, (side) => side?.[path] ?? null);
  const is = (/** @type {keyof Three} */ a, /** @type {keyof Three} */ b) =>
    isEqual(here[a], here[b]) && isEqual(mark[a], mark[b]);
  const take = (/** @type {keyof Three} */ side) => {
    if (mark[side] !== null && !isBlank(here[side])) work.same[path] = mark[side];
    return here[side];
  };
  if (is("mine", "theirs")) return take("mine");
  if (is("theirs", "base") || is("mine", "base")) {
    const side = is("theirs", "base") ? "mine" : "theirs";
    work.taken.push({ path, side, value: here[side] });
    return take(side);
  }
  if (isEqual(mine, theirs)) return mine; // said by one, taken over by the other: the answer is no question
  const marks = Object.fromEntries(Object.entries(mark).filter(([side, one]) => side !== "base" && one !== null));
  work.open.push({ path, row: false, base, mine, theirs, marks });
  return take("base");
}

/** A row that this side only kept. @param {Work} work @param {number} repeat @param {any} base @param {any} left */
function isUnchanged(work, repeat, base, left) {
  const bare = (/** @type {any} */ row) => group(quiet(work), repeat, "", { base: row, mine: row, theirs: row });
  return isEqual(bare(base), bare(left));
}

/** For a look that decides nothing. @param {Work} work @returns {Work} */
const quiet = ({ kids }) => ({ kids, marks: { base: null, mine: null, theirs: null }, open: [], taken: [], same: {} });

/* ---- files ---- */

/** @param {any[]} base @param {any[]} mine @param {any[]} theirs @returns {any[]} */
function unite(base, mine, theirs) {
  const sides = { base: byFile(base), mine: byFile(mine), theirs: byFile(theirs) };
  const added = [...sides.mine.keys(), ...sides.theirs.keys()].filter((file) => !sides.base.has(file));
  const kept = [];
  for (const file of [...sides.base.keys(), ...[...new Set(added)].sort()]) {
    const [began, left, right] = [sides.base.get(file), sides.mine.get(file), sides.theirs.get(file)];
    const one = left ?? right;
    if (began && !(left && right) && (!one || isEqual(one, began))) continue;
    const pages = unite(began?.pages ?? [], (left ?? right)?.pages ?? [], (right ?? left)?.pages ?? []);
    const { pages: _pages, ...rest } = one;
    kept.push(pages.length > 0 ? { ...rest, pages } : rest);
  }
  return kept;
}

/** @param {any[]} files @returns {Map<string, any>} */
const byFile = (files) => new Map(files.map((one) => [one.file, one]));

/* ---- small things ---- */

/** @param {Node[]} nodes @returns {Map<number, Node[]>} */
function kidsOf(nodes) {
  /** @type {Map<number, Node[]>} */
  const kids = new Map();
  for (const node of nodes) if (node.n !== 0) kids.set(node.parent ?? 0, [...(kids.get(node.parent ?? 0) ?? []), node]);
  return kids;
}

/** Where a path stands in the form. @param {Node[]} nodes */
function orderOf(nodes) {
  const kids = kidsOf(nodes);
  return (/** @type {string} */ path) => {
    let at = 0;
    for (const [name] of stepsOf(path)) {
      const found = (kids.get(at) ?? []).find((node) => node.name === name);
      if (!found) return nodes.length; // a question of the other version of the form
      at = found.n;
    }
    return at;
  };
}

/** Names of the plan in its order, then those that it does not know. @param {string[]} known @param {Three} three @returns {string[]} */
function namesOf(known, { base, mine, theirs }) {
  const given = [base, mine, theirs].flatMap((side) => Object.keys(side ?? {})).filter((name) => !name.startsWith("_"));
  return [...known, ...[...new Set(given)].filter((name) => !known.includes(name)).sort()];
}

/** @template A, B @param {{base: A, mine: A, theirs: A}} three @param {(side: A) => B} of */
const each = ({ base, mine, theirs }, of) => ({ base: of(base), mine: of(mine), theirs: of(theirs) });

/** @param {Three} three @param {(value: any) => boolean} is */
const all = (three, is) => Object.values(three).every((value) => value === null || is(value));

/** @param {any} value */
const isGroup = (value) => typeof value === "object" && !Array.isArray(value);

/** @param {any} value */
const isRows = (value) => Array.isArray(value) && value.every((row) => typeof row?._id === "string");

/** @param {any} value */
const isBlank = (value) => value === null || value === undefined || value === "" || `${value}` === "";

/** Whatever the order of keys. @param {any} a @param {any} b @returns {boolean} */
function isEqual(a, b) {
  if (isBlank(a) || isBlank(b)) return isBlank(a) && isBlank(b);
  if (typeof a !== "object" || typeof b !== "object") return a === b;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return keys.every((key) => isEqual(a[key] ?? null, b[key] ?? null)) && a.length === b.length;
}

/** `members[x].name` → [["members", "x"], ["name", null]] @param {string} path @returns {[string, string | null][]} */
const stepsOf = (path) =>
  path.split(".").map((step) => {
    const [name, id] = step.split("[");
    return [name, id === undefined ? null : id.slice(0, -1)];
  });

/** @param {any} into @param {[string, string | null][]} steps @param {any} value @returns {void} */
function put(into, [[name, id], ...rest], value) {
  if (id !== null) {
    const list = into[name] ?? [];
    const at = list.findIndex((/** @type {any} */ one) => one._id === id);
    if (rest.length > 0) return at < 0 ? undefined : put(list[at], rest, value);
    into[name] = value === null ? list.filter((/** @type {any} */ one) => one._id !== id) : replaced(list, at, value);
    if (into[name].length === 0) delete into[name];
    return undefined;
  }
  if (rest.length > 0) {
    into[name] ??= {};
    return put(into[name], rest, value);
  }
  if (isBlank(value)) delete into[name];
  else into[name] = structuredClone(value);
  return undefined;
}

/** @param {any[]} list @param {number} at @param {any} row */
const replaced = (list, at, row) =>
  at < 0 ? [...list, structuredClone(row)] : list.map((one, i) => (i === at ? structuredClone(row) : one));
