// The worklist: summaries of cases, about a hundred in one sealed value, so that 500 cases open with five reads.
// Only the owner of sync writes here, so one tab's copy in memory is never behind another's writes for long: it reads again.

import { newRef } from "../ids.js";
import { PACK_CASES } from "../limits.js";

/**
 * @typedef {import("./idb.js").Database} Database
 * @typedef {import("./db.js").Safe} Safe
 * @typedef {import("./db.js").Row} Row
 */

export class Packs {
  /** @param {Database} database @param {Safe} safe */
  constructor(database, safe) {
    this.database = database;
    this.safe = safe;
  }

  /** Every summary held here, in no order: the screens sort by day. @returns {Promise<any[]>} */
  async all() {
    return (await this.#read()).packs.flatMap(({ cases }) => Object.values(cases));
  }

  /**
   * The rows to write for these changes: a summary, or null where a case is gone.
   * @param {Map<string, any>} changes by case id
   * @returns {Promise<{put: [string, Row][], gone: string[]}>}
   */
  async changed(changes) {
    const { packs, damaged } = await this.#read();
    const touched = new Set();
    const home = new Map(packs.flatMap((pack) => Object.keys(pack.cases).map((id) => [id, pack])));
    for (const [id, summary] of changes) {
      const pack = home.get(id) ?? (summary && roomIn(packs));
      if (!pack) continue;
      if (summary) pack.cases[id] = summary;
      else delete pack.cases[id];
      touched.add(pack);
    }
    const empty = [...touched].filter(({ cases }) => Object.keys(cases).length === 0).map(({ ref }) => ref);
    const kept = [...touched].filter(({ ref }) => !empty.includes(ref));
    return {
      put: await this.safe.rows(
        "packs",
        kept.map(({ ref, cases }) => [ref, { cases }]),
      ),
      gone: [...empty, ...damaged],
    };
  }

  /** Is a part of the worklist unreadable? Then everything has to come down again. */
  damaged = async () => (await this.#read()).damaged.length > 0;

  /** @returns {Promise<{packs: {ref: string, cases: Record<string, any>}[], damaged: string[]}>} */
  async #read() {
    const opened = await this.safe.values("packs", await this.database.entries("packs"));
    const packs = opened.flatMap((one) => ("problem" in one ? [] : [{ ref: one.ref, cases: one.value.cases }]));
    return { packs, damaged: opened.flatMap((one) => ("problem" in one ? [one.ref] : [])) };
  }
}

/** @param {{ref: string, cases: Record<string, any>}[]} packs */
function roomIn(packs) {
  let pack = packs.find(({ cases }) => Object.keys(cases).length < PACK_CASES);
  if (!pack) {
    pack = { ref: newRef(), cases: {} };
    packs.push(pack);
  }
  return pack;
}

/** What the worklist shows of a case. @param {any} bundle as protocol section 5 */
export function summaryOf(bundle) {
  const {
    case_id,
    district,
    code_name,
    village,
    state = null,
    preloaded,
    programme = null,
    visits = [],
    records = [],
  } = bundle;
  return {
    case_id,
    district,
    code_name,
    village,
    state,
    preloaded,
    programme,
    visits,
    records: records.map(recordSummary),
  };
}

/** @param {any} record */
function recordSummary(record) {
  const { record_id, form, form_version, visit_id, author, author_name, mine, state, head, returned } = record;
  const short = returned ? { at: returned.at, reason: returned.reason, remarks: returned.remarks?.length ?? 0 } : null;
  return {
    record_id,
    form,
    form_version,
    visit_id,
    author,
    author_name,
    mine,
    state,
    head,
    returned: short,
    ...(record.conflict && { conflict: true }),
  };
}
