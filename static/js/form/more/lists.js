/** Lists that lie in files beside the plan, whole or in slices, with an index where many rows are filtered; docs/forms.md, 7.6. */

import { DateText } from "../dates.js";
import { NodeSet, text } from "../values.js";

/** @typedef {import("../plan.js").Plan} Plan */
/** @typedef {import("../plan.js").Expr} Expr */
/** @typedef {Map<string, Item[]>} Index rows by the text of one column */
/** @typedef {{places: Map<string, number>, indexes: Map<string, Index>, missing: boolean, sliced: boolean}} Table */

/** One row of a file: a ListItem whose label is itself, in every language. */
export class Item {
  /** @param {string[]} row @param {Table} table */
  constructor(row, table) {
    this.row = row;
    this.table = table;
  }

  get value() {
    return this.row[0];
  }

  get label() {
    return this;
  }

  /** @returns {Record<string, string>} */
  get columns() {
    return Object.fromEntries([...this.table.places].map(([name, at]) => [name, this.row[at]]));
  }

  /** @param {string} column @returns {string | undefined} */
  cell(column) {
    return this.row[this.table.places.get(column) ?? -1];
  }
}

/** @type {WeakMap<object, Table>} */
const TABLES = new WeakMap();

/** Puts the files of a plan in the places of its lists. @param {Plan} plan */
export function openLists(plan) {
  const lists = { ...plan.lists };
  for (const [name, said] of Object.entries(plan.json.lists)) {
    if (Array.isArray(said)) continue;
    const file = plan.files[said.file];
    /** @type {Table} */
    const table = {
      places: new Map((file?.columns ?? []).map((column, at) => [column, at])),
      indexes: new Map(),
      missing: !file,
      sliced: !!file && file.rows.length < said.rows,
    };
    lists[name] = (file?.rows ?? []).map((row) => new Item(row, table));
    TABLES.set(lists[name], table);
  }
  plan.lists = lists;
}

/** Null for a list inside the plan. @param {any[] | undefined} items */
export const tableOf = (items) => (items && TABLES.get(items)) ?? null;

/** What stands beside a column must not hang on the row under test, nor be drawn. */
const MOVING = /"(col|pos|random|uuid)"/;
/** @type {WeakMap<Expr, [string, Expr] | null>} */
const known = new WeakMap();

/** Column and expression of a test `column = expression`, alone or joined by `and`. @param {Expr} test @returns {[string, Expr] | null} */
function lookedUp(test) {
  const [kind, a, b] = test;
  if (kind === "and") return lookedUp(a) ?? lookedUp(b);
  if (kind !== "=") return null;
  for (const [column, other] of [
    [a, b],
    [b, a],
  ])
    if (column[0] === "col" && column[1] !== "label" && !MOVING.test(JSON.stringify(other))) return [column[1], other];
  return null;
}

/**
 * The rows a test may hold for, by a map; all where there is none. Numbers and truths are not compared as texts: all rows then.
 * @param {any[]} items @param {Expr} test @param {(expression: Expr) => import("../values.js").Value} evaluate
 */
export function narrowed(items, test, evaluate) {
  const table = tableOf(items);
  if (!table || !items.length) return items;
  if (!known.has(test)) known.set(test, /"pos"/.test(JSON.stringify(test)) ? null : lookedUp(test));
  const found = known.get(test);
  if (!found) return items;
  const wanted = evaluate(found[1]);
  const values = wanted instanceof NodeSet ? wanted.refs.map(wanted.read) : [wanted];
  if (values.length > 1 || !values.every((value) => typeof value === "string" || value instanceof DateText))
    return items;
  return indexOf(table, items, found[0]).get(values.length ? text(values[0]) : "") ?? [];
}

/** @param {Table} table @param {Item[]} items @param {string} column */
function indexOf(table, items, column) {
  let index = table.indexes.get(column);
  if (!index) {
    index = new Map();
    for (const item of items) {
      const key = item.cell(column) ?? "";
      const rows = index.get(key);
      if (rows) rows.push(item);
      else index.set(key, [item]);
    }
    table.indexes.set(column, index);
  }
  return index;
}
