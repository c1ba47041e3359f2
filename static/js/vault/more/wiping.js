// A wipe that the server ordered: of this vault alone. Keys first, then what waits is handed in (outbox/more/wipe.js), then all goes.

/**
 * @typedef {import("../../bytes.js").Json} Json
 * @typedef {import("../../vault.js").Vaults} Vaults
 */

/**
 * The order is believed only by the pinned identity key. From here on nobody opens this vault: its wraps, keyring and device secret are off
 * the disk, its worker is gone.
 * @param {Vaults} vaults @param {Json} given `{order, at, signature}` @returns {Promise<boolean>} false where it was not the server's word
 */
export async function ordered(vaults, { order, at, signature }) {
  const { record } = vaults;
  if (!record || !(await vaults.vault.call("orders.wipe", { order, at, signature }))) return false;
  const nothing = { wraps: [], keyring: new Uint8Array(0), device_secret: null };
  // Another tab may have begun already, and knew more.
  const begun = (await vaults.root.get(record.ref))?.wiping;
  if (!begun)
    await vaults.root.change(record.ref, {
      ...nothing,
      wiping: { order, drafts: vaults.unsaved(), since: vaults.now() },
    });
  vaults.lock("wiped"); // the other tabs too
  await vaults.start("wiped");
  return true;
}

/** What is left of vaults that are being wiped, each as a locked one that an outbox can follow. @param {Vaults} vaults @param {(startWorker: () => Worker, onDeath: () => void) => import("../../vault.js").Vault} make */
export async function remainsOf(vaults, make) {
  const records = await vaults.root.list();
  return records.flatMap((record) => (record.wiping ? [new Remains(vaults, record, record.wiping, make)] : []));
}

/** Stands in for `Vaults`: locked for ever, without a person. */
class Remains extends EventTarget {
  state = "locked";
  person = null;

  /** @param {Vaults} vaults @param {import("../../store/root.js").VaultRecord} record @param {import("../../store/root.js").Wiping} wiping @param {Parameters<typeof remainsOf>[1]} make */
  constructor(vaults, record, { order, drafts, since = 0 }, make) {
    super();
    this.root = vaults.root;
    this.record = record;
    this.current = record;
    this.order = order;
    this.drafts = drafts;
    this.since = since;
    this.vault = make(vaults.vault.startWorker, () => {});
    this.vault.load(record);
  }

  /** The order is carried out already; nothing else the server says of this vault matters any more. */
  async heard() {}

  async remove() {
    this.vault.lock();
    await this.root.remove(this.record);
  }
}
