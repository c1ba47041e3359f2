// What was done upon her sign-in or her rights is told at the next unlock, each once.

import { openNotices } from "../ui/more/notices.js";
import { storeOf } from "../wire-app.js";

/** @typedef {import("../wire-app.js").App} App */

/** @param {App} app */
export async function tellNotices(app) {
  const { state } = storeOf(app);
  const told = (await state.get("notices").catch(() => null))?.told ?? 0;
  const notices = untold(app.vaults.person?.notices ?? [], told);
  if (notices.length === 0 || app.vaults.state !== "open") return;
  const newest = Math.max(...notices.map(({ at }) => at));
  // On a full phone she is told again.
  openNotices(app.shell.sheets, notices, () => state.put("notices", { told: newest }).catch(() => {}));
}

/** Pure. @param {import("../ui/more/notices.js").Notice[]} notices of `me` @param {number} told when the newest of which she was told was done (ms) */
export const untold = (notices, told) => notices.filter(({ at }) => at > told).sort((a, b) => b.at - a.at);
