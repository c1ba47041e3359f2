// Where everything stands, in plain words: the page behind the line at the top.
import { fill, h } from "../dom.js";
import { addPairs, momentText, t } from "../i18n.js";
import { button, cell, group, notice, primary } from "../parts.js";
import { saving } from "./carrying.js";
import { fileList, leftOf, sizeText } from "./progress.js";
import { addSheet } from "./sheet.js";
import { TEXTS } from "./texts-lists.js";

addPairs(TEXTS);

/**
 * @typedef {import("../sync-status.js").Status} Status
 * @typedef {import("./progress.js").FileRow} FileRow
 * @typedef {{ref: string, title: string, code_name: string, at: number | null, state: string, reason: {title: string, whatToDo: string} | null, waits: string | null,
 *   files: FileRow[], readable: boolean, only_here: boolean, opens_again: boolean, apart: boolean}} ItemRow
 *   `waits`: what it waits for besides a signal; `only_here`: the server could not read it, so that it lies on this phone alone; `opens_again`: it can be a draft again; `apart`: two versions wait for a choice
 * @typedef {{onDismiss: (ref: string) => void, onReopen: (ref: string) => void, onMerge: (ref: string) => void, onRetry: (ref: string) => void}} Acts
 * @typedef {Acts & {status: Status, items: ItemRow[], drafts: FileRow[], log: string, sentence: import("../parts.js").Sentence, onSend: () => Promise<void>, onRecheck: () => Promise<void>,
 *   onCopy: (text: string) => Promise<void>, onSave: (() => Promise<import("./carrying.js").Saved>) | null}} Options
 *   `drafts`: photos and files that stand in no report yet; `onRecheck`: what does the office still have? `onSave` says what became of it; null where nothing may leave this phone
 */

/** @param {HTMLElement} root @param {Options} options */
export function openSyncStatus(root, options) {
  addSheet();
  let last = options;
  // What moves is drawn anew while somebody reads: what she holds (a button, the open log) stays as it is.
  const [summary, said, rest] = [h("div"), h("div"), h("div")];
  const send = primary("", () => last.onSend(), { id: "send-now" });
  const panel = h("section", { class: "group panel" }, said, h("div", { class: "actions" }, send));
  const office = carrying(() => last);
  const log = logOf(() => last);
  let shown = "";
  fill(root, summary, panel, rest, office.element, log.element);
  update(options);
  return { update };

  /** @param {Options} next */
  function update(next) {
    last = next;
    // A demo keeps no backup, and must not claim one.
    const demo = next.status.safe_kind === "demo";
    const safe = t(demo ? "state_safe_demo" : "state_safe");
    fill(summary, counts(next.status.counts, demo, safe));
    fill(said, contact(next));
    send.textContent = t(next.status.sending ? "sending" : "send_now");
    // Never shut: who presses while a request is on its way is answered too, by one more round after it.
    send.setAttribute("aria-busy", String(next.status.sending));
    const now = JSON.stringify([next.items, next.drafts, safe]);
    if (now !== shown) fill(rest, parts(next, safe));
    shown = now;
    office.update();
    log.update();
  }
}

/** @param {Status["counts"]} counts @param {boolean} demo @param {string} safe */
const counts = (counts, demo, safe) =>
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
  );

/** @param {string} name @param {number} n @param {string} [label] */
const count = (name, n, label = t(`state_${name}`)) =>
  h("div", { class: "count-box", dataset: { count: name } }, h("dt", null, label), h("dd", null, n));

/** @param {Options} options */
function contact({ status, items, drafts, sentence }) {
  const hint = (/** @type {string} */ text) => h("p", { class: "hint" }, text);
  const left = leftOf([...items.flatMap(({ files }) => files), ...drafts]);
  return [
    h(
      "p",
      { id: "last-contact" },
      status.last_contact === null ? t("never_contact") : t("contact_at", { at: momentText(status.last_contact) }),
    ),
    status.next_try !== null && status.counts.waiting > 0 && hint(t("next_try", { at: momentText(status.next_try) })),
    status.unsent_oldest !== null &&
      status.counts.waiting > 0 &&
      hint(t("unsent_since", { at: momentText(status.unsent_oldest) })),
    left > 0 && hint(t("file_left_to_go", { left: sizeText(left) })),
    status.unsaved_copies > 0 && hint(t("unsaved_copies", { n: status.unsaved_copies })),
    status.last_error && notice(sentence(status.last_error), "warn"),
    (status.directives ?? []).filter(({ kind }) => kind !== "resync").map(({ kind }) => notice(sentence(kind), "warn")),
  ];
}

/** @param {Options} options @param {string} safe */
const parts = ({ items, drafts, ...acts }, safe) => [
  ["attention", "waiting", "received", "safe"].map((state) => part(state, items, acts, safe)),
  drafts.length > 0 &&
    group(t("files_of_drafts"), [fileList(drafts, safe)], { count: drafts.length, id: "items-files" }),
];

/** @param {string} state @param {ItemRow[]} items @param {Acts} acts @param {string} safe */
function part(state, items, acts, safe) {
  const rows = items.filter((item) => item.state === state);
  return group(
    state === "safe" ? safe : t(`state_${state}`),
    rows.map((item) => line(item, acts, safe)),
    { count: rows.length, tone: state === "attention" ? "danger" : undefined, id: `items-${state}` },
  );
}

/** What is on this phone alone cannot be put away, only sent again. @param {ItemRow} item @param {Acts} acts @param {string} safe */
function line(item, { onDismiss, onReopen, onMerge, onRetry }, safe) {
  const below = [item.code_name, item.at !== null && momentText(item.at)].filter(Boolean).join(" · ");
  const about = [cell({ main: item.title, below }), fileList(item.files, safe)];
  if (item.state !== "attention")
    return h("div", { class: "entry-stack" }, about, item.waits && h("p", { class: "hint" }, item.waits));
  return h(
    "div",
    { class: "entry-stack" },
    about,
    notice(item.reason, "warn"),
    item.apart && button(t("act_merge"), () => onMerge(item.ref)),
    item.opens_again && button(t("reopen"), () => onReopen(item.ref)),
    item.only_here
      ? button(t("try_again"), () => onRetry(item.ref))
      : button(t("understood"), () => onDismiss(item.ref)),
  );
}

/** For a phone that will get no link. @param {() => Options} now */
function carrying(now) {
  const element = saving(async () => (await now().onSave?.()) ?? { said: "", rest: [] });
  const update = () => {
    const { status, items, drafts, onSave } = now();
    const waiting = leftOf([...items.flatMap(({ files }) => files), ...drafts]) > 0;
    const waits = waiting || status.counts.waiting > 0 || status.counts.draft > 0;
    element.hidden = !onSave || !(waits || element.querySelector("[role=status]")?.textContent);
  };
  return { element, update };
}

/** @param {() => Options} now */
function logOf(now) {
  const text = h("pre", { tabindex: "0", "aria-label": t("log_title") });
  const answer = h("span", { role: "status" });
  const copy = button(t("copy_log"), async () => {
    await now()
      .onCopy(text.textContent ?? "")
      .then(
        () => (answer.textContent = t("copied_log")),
        () => getSelection()?.selectAllChildren(text), // no clipboard: marked, to be copied by hand
      );
  });
  const recheck = button(t("recheck"), () => now().onRecheck(), { id: "recheck" });
  const element = h(
    "details",
    { class: "group panel", id: "support-log" },
    h("summary", null, t("log_title")),
    h("p", { class: "hint" }, t("log_hint")),
    h("div", { class: "actions" }, copy, answer),
    text,
    h("p", { class: "hint" }, t("recheck_hint")),
    h("div", { class: "actions" }, recheck),
  );
  const update = () => {
    if (text.textContent !== now().log) text.textContent = now().log;
  };
  return { element, update };
}
