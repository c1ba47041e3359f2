// What is begun and not handed in: every draft stands here, also one that can no longer be opened.
import { fill, h } from "../dom.js";
import { addPairs, momentText, t } from "../i18n.js";
import { cell, group } from "../parts.js";
import { TEXTS } from "./texts-lists.js";

addPairs(TEXTS);

/** @typedef {{ref: string, title: string, code_name: string, saved_at: number, door: boolean, may_void: boolean, problem: {title: string, whatToDo: string} | null}} DraftRow */

/**
 * @param {HTMLElement} root
 * @param {{rows: DraftRow[], copies: {record_id: string, title: string}[], onOpen: (ref: string) => void, onVoid: (row: DraftRow) => void, onAdopt: (record_id: string) => void}} options
 */
export function openDrafts(root, options) {
  update(options);
  return { update };

  /** @param {typeof options} next */
  function update({ rows, copies, onOpen, onVoid, onAdopt }) {
    fill(
      root,
      rows.length === 0 && copies.length === 0 && h("p", { class: "empty" }, t("no_drafts")),
      group(
        t("drafts"),
        rows.map((row) => line(row, onOpen, onVoid)),
        { count: rows.length, id: "draft-list" },
      ),
      group(
        t("draft_copies"),
        copies.map(({ record_id, title }) =>
          cell({ main: title, below: t("draft_copy_hint"), press: () => onAdopt(record_id) }),
        ),
        { id: "draft-copies" },
      ),
    );
  }
}

/** Given up only where the server will agree. @param {DraftRow} row @param {(ref: string) => void} onOpen @param {(row: DraftRow) => void} onVoid */
function line(row, onOpen, onVoid) {
  if (row.problem) return cell({ main: row.problem.title, below: row.problem.whatToDo, tone: "danger" });
  const below = [row.code_name, row.door && t("door_done"), t("saved_at", { at: momentText(row.saved_at) })]
    .filter(Boolean)
    .join(" · ");
  const open = cell({ main: row.title, below, press: () => onOpen(row.ref) });
  if (!row.may_void) return open;
  return h(
    "div",
    { class: "entry-pair" },
    open,
    h(
      "button",
      {
        class: "btn btn-quiet",
        "aria-label": `${t("void")} ${row.title} ${row.code_name}`,
        onclick: () => onVoid(row),
      },
      t("void"),
    ),
  );
}
