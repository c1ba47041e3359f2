// When help came, each person who carried the case sees one sentence: above her list, and on the page of that case.

import { h } from "../ui/dom.js";
import { addPairs, momentText, t } from "../ui/i18n.js";
import { helpCard } from "../ui/more/help-come.js";
import { TEXTS } from "../ui/more/texts-help.js";
import { notice } from "../ui/parts.js";
import { inHome, storeOf } from "../wire-app.js";

/** @typedef {import("../wire-app.js").App} App @typedef {{case_id: string, code_name: string, at: number}} HelpCome of `me` (docs/protocol.md section 5) */

addPairs(TEXTS);

/** At an unlock, each once, and never while she is in somebody's home: another family is nobody's business there. @param {App} app */
export async function tellHelp(app) {
  const { help } = app.vaults.person ?? {};
  if (!help || inHome(app)) return;
  const { state } = storeOf(app);
  const told = (await state.get("help_told").catch(() => null))?.at ?? 0;
  const come = untoldHelp(help, told);
  // Covered, locked or gone elsewhere meanwhile: it is told at the next unlock.
  const list = app.vaults.state === "open" && document.querySelector("#screen-worklist");
  if (!list || come.length === 0) return;
  // On a full phone she is told again.
  list.prepend(helpCard(come, () => state.put("help_told", { at: come[0].at }).catch(() => {})));
}

/** Pure: the newest of each family of which she was not told, newest first. @param {HelpCome[]} come @param {number} told when that came of which she was told last (ms) */
export function untoldHelp(come, told) {
  const newest = [...come].sort((a, b) => b.at - a.at).filter(({ at }) => at > told);
  return newest.filter(({ case_id }, n) => newest.findIndex((one) => one.case_id === case_id) === n);
}

/** On the page of a case. @param {App} app @param {{case_id: string}} bundle */
export function helpLine(app, { case_id }) {
  const come = untoldHelp(app.vaults.person?.help ?? [], 0).find((one) => one.case_id === case_id);
  if (!come) return null;
  const said = { title: t("help_come_here"), whatToDo: momentText(come.at) };
  return h("div", { id: "help-here" }, notice(said, "ok"));
}
