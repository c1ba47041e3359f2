// What may have changed since the record was read: by the server's word, or by another tab. Asked at each contact and each unlock.

import { Problem } from "../../errors.js";
import { sealedPart } from "../../vault.js";
import { ordered } from "./wiping.js";

/**
 * @typedef {import("../../bytes.js").Json} Json
 * @typedef {import("../../vault.js").Vaults} Vaults
 * @typedef {import("../../store/root.js").VaultRecord} VaultRecord
 */

/** What the server says of this vault's standing holds without a link too, and while it is open. @param {Vaults} vaults @param {Json[]} directives of a reply */
export async function heard(vaults, directives) {
  const stop = directives.find(({ kind }) => kind === "suspended" || kind === "revoked")?.kind ?? null;
  const order = directives.find(({ kind }) => kind === "wipe");
  if (order && (await ordered(vaults, order))) return;
  const { record } = vaults;
  if (!record) return;
  const isNew = (record.stopped ?? null) !== stop;
  if (isNew) {
    // Under whatever keys: a tab that has not heard of a new data key stores it too.
    if (!(await vaults.root.change(record.ref, { stopped: stop }))) return reread(vaults, record.ref);
    vaults.knows(record.ref, { stopped: stop });
  }
  if (!isNew && !stop) return;
  if (vaults.state !== "locked") vaults.lock(stop ?? "start");
  else if (isNew) vaults.become("locked", stop ?? "start");
}

/** The keys are in the worker: may they stay there? @param {Vaults} vaults @param {VaultRecord} record @param {Json} pinned */
export async function settle(vaults, record, pinned) {
  // What lies in clear beside the seal and says otherwise than the keyring was damaged, or changed by somebody.
  const held = /** @type {Json} */ (record);
  const differs = Object.keys(pinned ?? {}).some((key) => JSON.stringify(held[key]) !== JSON.stringify(pinned[key]));
  if (differs) await vaults.change(pinned);
  await stillOpens(vaults, record);
}

/**
 * An unlock takes its time: what came meanwhile holds. @param {Vaults} vaults @param {VaultRecord} record that was unlocked
 * @returns {Promise<void>} throws `not_found`, `suspended`, `revoked`; `vault_locked` where another tab has renewed the keys
 */
export async function stillOpens(vaults, { ref, generation = 0 }) {
  const now = await vaults.root.get(ref);
  if (!now || now.wiping) throw new Problem("not_found");
  if (now.stopped) throw new Problem(now.stopped);
  if ((now.generation ?? 0) !== generation || vaults.record?.ref !== ref) throw new Problem("vault_locked");
}

/** Another tab has changed it: a locked one seals to the mailbox of now. @param {Vaults} vaults @param {string} ref */
export async function reread(vaults, ref) {
  const isMine = () => vaults.state === "locked" && vaults.record?.ref === ref;
  const record = isMine() ? await vaults.root.get(ref) : null;
  if (!isMine()) return;
  if (!record || record.wiping) return vaults.start("wiped");
  vaults.record = record;
  vaults.vault.remember(record);
  await vaults.vault.call("load", sealedPart(record));
}
