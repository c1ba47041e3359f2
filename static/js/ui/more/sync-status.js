// Where everything stands, in plain words: the page behind the line at the top.
import { fill, h } from "../dom.js";
import { addPairs, momentText, t } from "../i18n.js";
import { button, cell, group, notice, primary } from "../parts.js";
import { TEXTS } from "./texts-lists.js";

addPairs(TEXTS);

/** @typedef {import("../sync-status.js").Status} Status */
/**
 * @typedef {{ref: string, title: string, code_name: string, at: number | null, state: string, reason: {title: string, whatToDo: string} | null, readable: boolean, only_here: boolean, opens_again: boolean}} ItemRow
 *   `only_here`: the server could not read it, so that it lies on this phone alone; `opens_again`: it can be a draft again
 */

/** @typedef {{onDismiss: (ref: string) => void, onReopen: (ref: string) => void, onRetry: (ref: string) => void}} Acts */

/**
 * @param {HTMLElement} root
 * @param {{status: Status, items: ItemRow[], sentence: import("../parts.js").Sentence, onSend: () => Promise<void>, onDismiss: (ref: string) => void,
 *   onReopen: (ref: string) => void, onRetry: (ref: string) => void}} options
 */
export function openSyncStatus(root, options) {
  update(options);
  return { update };

  /** @param {typeof options} next */
  function update({ status, items, sentence, onSend, onDismiss, onReopen, onRetry }) {
    const { counts } = status;
    // A demo keeps no backup, and must not claim one.
    const demo = status.safe_kind === "demo";
    const safe = t(demo ? "state_safe_demo" : "state_safe");
    const said = (status.directives ?? [])
      .filter(({ kind }) => kind !== "resync")
      .map(({ kind }) => notice(sentence(kind), "warn"));
    fill(
      root,
      h(
        "section",
        { class: "group", "aria-label": t("sync_summary") },
        h(
          "dl",
          { class: "counts", id: "sync-counts" },
          count("draft", counts.draft),
          count("waiting", counts.waiting),
          count("received", counts.received),
          count("safe", counts.safe, safe),
        ),
        h("p", { class: "hint" }, t(demo ? "counts_hint_demo" : "counts_hint")),
      ),
      h(
        "section",
        { class: "group panel" },
        h(
          "p",
          { id: "last-contact" },
          status.last_contact === null ? t("never_contact") : t("contact_at", { at: momentText(status.last_contact) }),
        ),
        status.next_try !== null &&
          counts.waiting > 0 &&
          h("p", { class: "hint" }, t("next_try", { at: momentText(status.next_try) })),
        status.unsent_oldest !== null &&
          counts.waiting > 0 &&
          h("p", { class: "hint" }, t("unsent_since", { at: momentText(status.unsent_oldest) })),
        status.unsaved_copies > 0 && h("p", { class: "hint" }, t("unsaved_copies", { n: status.unsaved_copies })),
        status.last_error && notice(sentence(status.last_error), "warn"),
        said,
        h(
          "div",
          { class: "actions" },
          primary(status.sending ? t("sending") : t("send_now"), onSend, { id: "send-now" }),
        ),
      ),
      ["attention", "waiting", "received", "safe"].map((state) =>
        part(state, items, { onDismiss, onReopen, onRetry }, state === "safe" ? safe : undefined),
      ),
    );
    const send = /** @type {HTMLButtonElement | null} */ (root.querySelector("#send-now"));
    if (send) send.disabled = status.sending;
  }
}

/** @param {string} name @param {number} n @param {string} [label] */
const count = (name, n, label = t(`state_${name}`)) =>
  h("div", { class: "count-box", dataset: { count: name } }, h("dt", null, label), h("dd", null, n));

/** @param {string} state @param {ItemRow[]} items @param {Acts} acts @param {string} [title] */
function part(state, items, acts, title = t(`state_${state}`)) {
  const rows = items.filter((item) => item.state === state);
  return group(
    title,
    rows.map((item) => line(item, acts)),
    { count: rows.length, tone: state === "attention" ? "danger" : undefined, id: `items-${state}` },
  );
}

/** What is on this phone alone cannot be put away, only sent again. @param {ItemRow} item @param {Acts} acts */
function line(item, { onDismiss, onReopen, onRetry }) {
  const below = [item.code_name, item.at !== null && momentText(item.at)].filter(Boolean).join(" · ");
  if (item.state !== "attention") return cell({ main: item.title, below });
  return h(
    "div",
    { class: "entry-stack" },
    cell({ main: item.title, below }),
    notice(item.reason, "warn"),
    item.opens_again && button(t("reopen"), () => onReopen(item.ref)),
    item.only_here
      ? button(t("try_again"), () => onRetry(item.ref))
      : button(t("understood"), () => onDismiss(item.ref)),
  );
}
