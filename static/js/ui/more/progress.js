// How far a photo, a paper or a sound has come, in words: bytes and pieces, what waits for what, why it stays and what to do.
import { h } from "../dom.js";
import { t } from "../i18n.js";
import { notice } from "../parts.js";

/**
 * @typedef {{kind: string, bytes: number, sent: number, state: "waiting" | "sending" | "received" | "safe" | "attention",
 *   reason: {title: string, whatToDo: string} | null, after_report: boolean}} FileRow `after_report`: its report has not gone yet
 */

const PIECE_BYTES = 32_768; // the shortest that is sent: longer ones count as several

/** @param {number} bytes 310 KB, 1.2 MB */
export function sizeText(bytes) {
  const kilobytes = bytes / 1_000;
  return kilobytes < 1_000 ? `${Math.max(1, Math.round(kilobytes))} KB` : `${(kilobytes / 1_000).toFixed(1)} MB`;
}

/** @param {FileRow} row @param {string} safe what "safe" is called here @returns {string} */
export function fileText({ bytes, sent, state, after_report }, safe) {
  const sizes = { sent: sizeText(sent), bytes: sizeText(bytes) };
  if (state === "sending") {
    const m = Math.ceil(bytes / PIECE_BYTES);
    return t("file_sending", { ...sizes, n: Math.min(m, Math.floor(sent / PIECE_BYTES) + 1), m });
  }
  if (state === "waiting" && after_report) return t("file_after");
  if (state === "waiting") return sent > 0 ? t("file_resumes", sizes) : t("file_waits", sizes);
  return state === "safe" ? safe : t(`state_${state}`);
}

const NAMES = new Set(["photo", "paper", "audio"]);

/** @param {FileRow[]} rows @param {string} safe @returns {HTMLElement | null} */
export function fileList(rows, safe) {
  if (rows.length === 0) return null;
  return h(
    "ul",
    { class: "files-standing" },
    rows.map((row) =>
      h(
        "li",
        { dataset: { state: row.state } },
        h("span", null, `${t(`file_${NAMES.has(row.kind) ? row.kind : "file"}`)} · ${fileText(row, safe)}`),
        row.state === "sending" && h("progress", { max: String(row.bytes), value: row.sent, "aria-hidden": "true" }),
        row.state === "attention" && row.reason && notice(row.reason, "warn"),
      ),
    ),
  );
}

/** How much is still to go, of all of them. @param {FileRow[]} rows */
export const leftOf = (rows) =>
  rows.reduce(
    (sum, { state, bytes, sent }) => sum + (state === "waiting" || state === "sending" ? bytes - sent : 0),
    0,
  );
