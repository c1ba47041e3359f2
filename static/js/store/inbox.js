// What the server told this person: cases, plans, herself, her own draft copies. Each under a keyed-hash key, sealed alone.

import { summaryOf } from "./packs.js";

const CATALOGUE = "catalogue";

/**
 * @typedef {import("./idb.js").Database} Database
 * @typedef {import("./db.js").Safe} Safe
 * @typedef {import("./db.js").Row} Row
 * @typedef {{kind: string, ref: string, value: any}} Change one change of a page, its stream inflated and read
 * @typedef {{put: [string, Row][], gone: string[], packs: {put: [string, Row][], gone: string[]}, resync: {seen: string[]} | null}} Page
 */

export class Inbox {
  /** @param {Database} database @param {Safe} safe @param {import("./packs.js").Packs} packs */
  constructor(database, safe, packs) {
    this.database = database;
    this.safe = safe;
    this.packs = packs;
  }

  /** @param {string} ref `me`, `case:…`, `plan:…`, `file:…`, `regions:…`, `draft:…` @returns {Promise<any>} null when it is not here */
  async get(ref) {
    const key = await this.safe.name("inbox", ref);
    const held = await this.safe.value("inbox", key, await this.database.get("inbox", key));
    return held?.value ?? null;
  }

  me = () => this.get("me");

  /** @param {string} form @param {number} version */
  plan = (form, version) => this.get(`plan:${form}@${version}`);

  /** @param {string} case_id */
  caseOf = (case_id) => this.get(`case:${case_id}`);

  /** Names of what is here and no case, by their beginning. @param {string} beginning @returns {Promise<string[]>} */
  refs = async (beginning) => (await this.#catalogue()).filter((ref) => ref.startsWith(beginning));

  /** Plans held here, newest version first within a form. @returns {Promise<{form: string, version: number}[]>} */
  async plans() {
    const named = (await this.refs("plan:")).map((ref) => /^plan:(.+)@(\d+)$/.exec(ref));
    const plans = named.flatMap((match) => (match ? [{ form: match[1], version: Number(match[2]) }] : []));
    return plans.sort((a, b) => a.form.localeCompare(b.form) || b.version - a.version);
  }

  /** Own draft copies, sent to a newly enrolled vault. @returns {Promise<{record_id: string, copy: any}[]>} */
  async draftCopies() {
    const refs = await this.refs("draft:");
    const copies = await Promise.all(
      refs.map(async (ref) => ({ record_id: ref.slice(6), copy: await this.get(ref).catch(() => null) })),
    );
    return copies.filter(({ copy }) => copy);
  }

  /** Makes a draft of an own copy, in one transaction. @param {string} record_id @returns {Promise<string | null>} its ref */
  adopt = async (record_id) => (await import("./more/adopting.js")).adopt(this, record_id);

  /**
   * The rows a page writes. `resync`: between the server's word and the last page, what came is remembered; then the rest goes.
   * @param {Change[]} changes @param {{resync: {seen: string[]} | null, more: boolean}} given @returns {Promise<Page>}
   */
  async changed(changes, { resync, more }) {
    const keys = await this.safe.vault.names(changes.map(({ ref }) => ({ store: "inbox", name: ref })));
    /** @type {Map<string, any>} newest wins within a page too */
    const values = new Map();
    /** @type {Map<string, any>} */
    const summaries = new Map();
    changes.forEach(({ kind, ref, value }, i) => {
      if (kind === "own") return;
      const here = kind === "put" || kind === "draft";
      values.set(keys[i], here ? { ref, value } : null);
      if (ref.startsWith("case:")) summaries.set(ref.slice(5), here ? summaryOf(value) : null);
    });
    const gone = [...values].filter(([, value]) => !value).map(([key]) => key);
    const seen = resync ? [...resync.seen, ...keys] : null;
    const finishing = seen && !more;
    if (finishing) {
      const held = (await this.database.run(["inbox"], "readonly", ({ inbox }) => inbox.getAllKeys())).map(String);
      const catalogue = await this.safe.name("inbox", CATALOGUE);
      gone.push(...held.filter((/** @type {string} */ key) => !seen.includes(key) && key !== catalogue));
      for (const { case_id } of await this.packs.all()) {
        const key = await this.safe.name("inbox", `case:${case_id}`);
        if (!seen.includes(key)) summaries.set(case_id, null);
      }
    }
    const rows = await this.safe.rows(
      "inbox",
      [...values].filter(([, value]) => value),
    );
    const catalogue = await this.#catalogueRow(changes, finishing ? new Set(seen) : null);
    if (catalogue) rows.push(catalogue);
    return { put: rows, gone, packs: await this.packs.changed(summaries), resync: seen && more ? { seen } : null };
  }

  /** The catalogue after these changes, or null where it stays as it is. @param {Change[]} changes @param {Set<string> | null} only_keys @returns {Promise<[string, Row] | null>} */
  async #catalogueRow(changes, only_keys) {
    const touched = changes.filter(({ kind, ref }) => kind !== "own" && !ref.startsWith("case:"));
    if (touched.length === 0 && !only_keys) return null;
    const refs = new Set(await this.#catalogue());
    for (const { kind, ref } of touched) {
      if (kind === "put" || kind === "draft") refs.add(ref);
      else refs.delete(ref);
    }
    for (const ref of only_keys ? [...refs] : []) {
      if (!only_keys?.has(await this.safe.name("inbox", ref))) refs.delete(ref);
    }
    const key = await this.safe.name("inbox", CATALOGUE);
    return [key, await this.safe.row("inbox", key, { ref: CATALOGUE, value: [...refs] })];
  }

  /** Names of everything here that is no case: few, so that nobody has to open 500 cases to find a plan. @returns {Promise<string[]>} */
  async #catalogue() {
    try {
      return (await this.get(CATALOGUE)) ?? [];
    } catch {
      // Damaged: read it off the values themselves, which carry their names inside the seal.
      const opened = await this.safe.values("inbox", await this.database.entries("inbox"));
      const refs = opened.flatMap((one) => ("problem" in one ? [] : [one.value.ref]));
      return refs.filter((ref) => ref !== CATALOGUE && !ref.startsWith("case:"));
    }
  }
}
