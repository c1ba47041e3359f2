// Told after an unlock, each once: what was done upon her sign-in or her rights, that help came, that the passphrase is short.

import { PASSPHRASE_CHARACTERS_MIN } from "../limits.js";
import { storeOf } from "../wire-app.js";

/** @typedef {import("../wire-app.js").App} App */

/** @param {App} app */
export async function tellNotices(app) {
  const { person } = app.vaults;
  if (app.vaults.state !== "open" || !person) return; // locked while this was loaded
  if (person.help) await (await import("./wire-help.js")).tellHelp(app);
  if (person.policy?.secret_minimum > PASSPHRASE_CHARACTERS_MIN)
    await (await import("./wire-secret.js")).askLonger(app);
  if (person.notices?.length) await tellOfAccount(app);
}

/** @param {App} app */
async function tellOfAccount(app) {
  if (app.vaults.state !== "open") return;
  const { state } = storeOf(app);
  const told = (await state.get("notices").catch(() => null))?.told ?? 0;
  const notices = untold(app.vaults.person?.notices ?? [], told);
  if (notices.length === 0) return;
  const { openNotices } = await import("../ui/more/notices.js");
  if (app.vaults.state !== "open") return;
  const newest = Math.max(...notices.map(({ at }) => at));
  // On a full phone she is told again.
  openNotices(app.shell.sheets, notices, () => state.put("notices", { told: newest }).catch(() => {}));
}

/** Pure. @param {import("../ui/more/notices.js").Notice[]} notices of `me` @param {number} told when the newest of which she was told was done (ms) */
export const untold = (notices, told) => notices.filter(({ at }) => at > told).sort((a, b) => b.at - a.at);
