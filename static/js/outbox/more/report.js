// What a phone says beside packages and pull (docs/protocol.md section 4): which server keys it knows, and how it is.

const EVERY_MS = 3_600_000;
const FREE_STEP_BYTES = 10_000_000; // a few bytes more or less are no news

/**
 * @typedef {{free_bytes: number | null, persisted: boolean, model: string, files?: number}} Phone `files`: photos, papers and sounds that are here alone
 * @typedef {{keys_version?: number, device?: any}} Said
 */

export class Reports {
  #told = "";
  #told_at = Number.NEGATIVE_INFINITY;

  /**
   * @param {{vaults: import("../../vault.js").Vaults, status: any, open: boolean, now: number, about: (() => Promise<Phone>) | undefined}} given
   * @returns {Promise<Said>} `device` only when it changed, at most hourly
   */
  async due({ vaults, status, open, now, about }) {
    const { record } = vaults;
    // A list of keys is taken only while the keyring, in which it is pinned, can be written.
    const said = open && record ? { keys_version: record.keys_version } : {};
    if (!record || !about || Math.abs(now - this.#told_at) < EVERY_MS) return said;
    const { free_bytes, persisted, model, files = 0 } = await about();
    const device = {
      unsent: status.counts.waiting + status.untold + files,
      oldest: status.unsent_oldest,
      free_bytes: free_bytes === null ? null : Math.floor(free_bytes / FREE_STEP_BYTES) * FREE_STEP_BYTES,
      persisted,
      ways: record.wraps.map(({ way }) => way),
      model: model.slice(0, 60),
      locked: !open,
    };
    return JSON.stringify(device) === this.#told ? said : { ...said, device };
  }

  /** The server has heard it. @param {Said} said @param {number} now */
  heard({ device }, now) {
    if (!device) return;
    this.#told = JSON.stringify(device);
    this.#told_at = now;
  }
}
