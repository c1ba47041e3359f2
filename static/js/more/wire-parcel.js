// What is not sent, saved as files that somebody carries to the office; from the page about sending, and from the lock screen.

import { STORES } from "../store/db.js";
import { Database } from "../store/idb.js";
import { FileStore } from "../store/more/files.js";
import { h } from "../ui/dom.js";
import { t } from "../ui/i18n.js";
import "../ui/more/carrying.js";
import { sayThrown, today } from "../wire-app.js";

const KEPT_MS = 60_000; // a browser begins to save some time after it was asked

/** Saves the first file. @param {import("../wire-app.js").App} app @returns {Promise<import("../ui/more/carrying.js").Saved>} what was saved, or why not, and the other files */
export async function saveParcels(app) {
  const { vaults, outbox, version, training } = app;
  const { current } = vaults;
  const only = (/** @type {string} */ said) => ({ said, rest: [] });
  if (!current || training) return only(t("parcel_nothing"));
  const files = new FileStore(new Database(current.database, STORES), vaults.vault);
  try {
    await outbox.copyDrafts().catch(() => {}); // what is a draft goes along as a copy, where there are keys to make one
    const made = await outbox.parcels({ files, app: version });
    const day = today(app).replaceAll("-", "");
    const n = made.parcels.length;
    if (n === 0) return only(t("parcel_nothing"));
    const [first, ...rest] = made.parcels.map((blob, i) => () => save(blob, `data-${day}-${i + 1}.bin`));
    first();
    return {
      said: t(n > 1 ? "parcel_several" : "parcel_saved", { n, packages: made.packages, files: made.files }),
      rest,
    };
  } catch (thrown) {
    return only(sayThrown(thrown).title);
  } finally {
    await files.close();
  }
}

/** A name that says nothing. What is inside is sealed, so an object address gives nothing away. @param {Blob} blob @param {string} name */
function save(blob, name) {
  const address = URL.createObjectURL(blob);
  h("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), KEPT_MS);
}
