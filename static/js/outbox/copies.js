// Author-only copies of drafts: which was made last of each, and which are due.

/**
 * @typedef {import("../store/db.js").Store} Store
 * @typedef {import("../store/outbox.js").Write} Write
 * @typedef {import("../vault-worker.js").Packed} Packed
 */

export class Copies {
  /** The last copy of each draft, by its ref. @type {Record<string, {saved_at: number, number: number}>} */ #made = {};

  /** @param {Store} store */
  async load(store) {
    this.#made = (await store.state.get("copies").catch(() => null)) ?? {};
  }

  clear() {
    this.#made = {};
  }

  /** To be made anew; its number is never used again. @param {string} draft */
  forget(draft) {
    const { number = 0 } = this.#made[draft] ?? {};
    this.#made[draft] = { saved_at: -1, number }; // no save was ever then
  }

  forgetAll() {
    for (const draft of Object.keys(this.#made)) this.forget(draft);
  }

  /** Of how many drafts the server has no copy of the newest state. @param {Map<string, number>} times when each was saved @param {Set<string>} waiting drafts whose copy has not gone yet */
  unsaved(times, waiting) {
    return [...times].filter(([ref, saved_at]) => waiting.has(ref) || this.#made[ref]?.saved_at !== saved_at).length;
  }

  /**
   * One copy of each draft that changed since its last one; an older one that has not gone yet is replaced.
   * @param {Store} store @param {(head: any, body: any) => Promise<Packed>} pack @param {() => number} now
   * @returns {Promise<{writes: Write[], kept: () => void} | null>} `kept` is called when they are on disk; null: none is due
   */
  async due(store, pack, now) {
    await store.drafts.settled();
    const made = { ...this.#made };
    const drafts = (await store.drafts.list()).filter(
      (one) => !("problem" in one) && one.draft.record_id && made[one.ref]?.saved_at !== one.saved_at,
    );
    if (drafts.length === 0) return null;
    /** @type {Write[]} */
    const writes = [];
    for (const { ref, draft, saved_at } of /** @type {any[]} */ (drafts)) {
      const number = Math.max(made[ref]?.number ?? 0, draft.copy_number ?? 0) + 1;
      made[ref] = { saved_at, number };
      const { answers, papers, pen, recorded, position, parents } = draft;
      const { district, case_id, visit_id, record_id, form, form_version } = draft;
      const head = {
        kind: "draft",
        district,
        case_id,
        visit_id,
        record_id,
        form,
        form_version,
        number,
      };
      const body = {
        ...{ answers: answers ?? {}, papers, pen, recorded: recorded ?? {}, position: position ?? {} },
        ...{ parents: parents ?? [], district },
      };
      const packed = await pack(head, body);
      const at = { at: now(), body, ref: await store.drafts.copyRef(ref), draft: ref, keep_copy: false };
      writes.push((await store.outbox.queued(packed, at)).write);
    }
    const [key, row] = await store.state.row("copies", made);
    writes.push((stores) => void stores.state.put(row, key));
    const kept = () => {
      this.#made = made;
    };
    return { writes, kept };
  }
}
