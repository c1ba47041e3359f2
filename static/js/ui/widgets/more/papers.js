// Photos, papers, sounds and files of one record: numbered through, beside their questions, and the ways to add one.
import { h } from "../../dom.js";
import { language, t } from "../../i18n.js";
import { addSheet } from "../../more/sheet.js";
import "./words.js";

/**
 * What the wiring hands in (docs/record-ui.md): the files of this record on this phone. `away` is told when the app is covered, locked or
 * out of sight, and gives back how to listen no longer; `here` resolves when she is back: true unless it was locked.
 * @typedef {{file: string, hash: string, bytes: number}} Named
 * @typedef {Named & {kind: "photo" | "paper" | "audio" | "file", type: string, taken: number, pages?: Named[], thumb?: Named}} FileValue
 * @typedef {{
 *   take: (bytes: Uint8Array | Blob, given: {kind: FileValue["kind"], type: string, thumb?: Uint8Array, taken?: number}) => Promise<FileValue>,
 *   recording: (type: string) => {write: (bytes: Blob) => Promise<void>, end: () => Promise<FileValue>, drop: () => Promise<void>},
 *   unfinished: () => Promise<{taken: number, bytes: number, end: () => Promise<FileValue>, drop: () => Promise<void>}[]>,
 *   held: () => Promise<FileValue[]>, open: (value: Named) => Promise<ArrayBuffer | null>, thumb: (value: FileValue) => Promise<ArrayBuffer | null>,
 *   drop: (value: FileValue) => Promise<void>, keep: (value: FileValue) => Promise<void>, noted: () => Promise<void>,
 *   standing: () => Promise<{file: string, bytes: number, sent: number, state: string, reason: string | null}[]>,
 *   watch: (changed: () => void) => () => void, away: (stop: () => void) => () => void, here: () => Promise<boolean>,
 *   sentence: (thrown: unknown) => {title: string, whatToDo: string}}} RecordFiles
 * @typedef {{path: string, value: FileValue, beside: boolean, number: number}} Paper `beside`: not the answer itself
 *
 * What the pieces of the screen ask of it. `all` in the order they were taken: the number is the same on every page. `isOff`: policy has switched
 * off what takes this kind. `isHidden`: who looks over the shoulder learns neither its question nor what it shows. `beside` draws the papers of a
 * question below it, and the way to take one where the answer stands in a paper; `entry` the way to all of them, at the end of a page. `take`
 * resolves whether there is one more. `remove` can be undone until the record is handed in. `loose` was taken and stands in no answer.
 * @typedef {{files: Promise<RecordFiles>, all: () => Paper[], loose: () => Promise<FileValue[]>, isOff: (kind: string) => boolean, hasRoom: (path: string) => boolean,
 *   isHidden: (path: string) => boolean, whyOf: (node: import("../../record-model.js").PlanNode) => string, add: (path: string, value: FileValue) => void,
 *   remove: (paper: Paper) => void, changed: (path: string) => void, beside: (field: import("../../record-row.js").Field, row: HTMLElement) => void,
 *   entry: () => void, show: (paper: Paper, from: HTMLElement | null, after?: () => void) => Promise<void>,
 *   take: (path: string, kind: FileValue["kind"], from: HTMLElement | null) => Promise<boolean>, list: (from: HTMLElement | null) => Promise<void>}} Papers
 */

/** What the server takes beside one question (docs/protocol.md section 9). */
const EACH_MAX = 20;
const TYPES = ["image", "audio", "video", "file"];
/** The switches of policy that stand for a camera and a microphone. @type {Record<string, string>} */
const SWITCHES = { photo: "photo", paper: "photo", audio: "audio" };

/** Whether a question's own answer is a file. @param {import("../../record-model.js").PlanNode} node */
export const isFileQuestion = (node) => TYPES.includes(node.type ?? "");

/** What a photo or sound is called: never what it shows. @param {Pick<Paper, "value" | "number">} paper */
export const nameOf = ({ value, number }) => t(`rec_file_${value.kind}`, { n: number });

/** @param {import("../../record.js").Screen} screen @returns {Papers} */
export function papersOf(screen) {
  const { model, options } = screen;
  addSheet("files");
  /** @type {Promise<RecordFiles>} */
  const files = options.files();
  let lying = 0;
  /** @type {Papers} */
  const papers = {
    files,
    all() {
      /** @type {Omit<Paper, "number">[]} */
      const found = [];
      walk(model, "", (path) => {
        const value = model.form.get(path);
        if (isFileQuestion(model.nodeAt(path)) && value?.file) found.push({ path, value, beside: false });
      });
      for (const [path, listed] of Object.entries(model.papers))
        for (const value of listed) found.push({ path, value, beside: true });
      const order = (/** @type {Omit<Paper, "number">} */ one) =>
        `${String(one.value.taken).padStart(16, "0")}${one.value.file}`;
      return found.sort((a, b) => (order(a) < order(b) ? -1 : 1)).map((one, at) => ({ ...one, number: at + 1 }));
    },
    async loose() {
      const named = new Set(
        papers.all().flatMap(({ value }) => [value, ...(value.pages ?? [])].map(({ file }) => file)),
      );
      return (await (await files).held()).filter(({ file }) => !named.has(file));
    },
    isOff: (kind) => (options.off ?? []).includes(SWITCHES[kind]),
    hasRoom: (path) => (model.papers[path]?.length ?? 0) < EACH_MAX,
    isHidden: (path) => model.looked_on() && !!model.nodeAt(path) && model.guarded(path),
    whyOf(node) {
      const why = node.purpose?.[language()] || node.purpose?.zh;
      return why ? t("rec_why", { why }) : t("rec_paper_why");
    },
    add(path, value) {
      model.papers[path] = [...(model.papers[path] ?? []), value];
      papers.changed(path);
    },
    remove({ path, value, beside, number }) {
      const before = beside ? model.papers[path] : null;
      const put = () => {
        if (before) model.papers[path] = before;
        return before ? [path] : model.form.set(path, value);
      };
      if (before) {
        const rest = before.filter((one) => one !== value);
        if (rest.length) model.papers[path] = rest;
        else delete model.papers[path];
      } else model.form.set(path, null);
      // What stays too long goes at the hand-in.
      const dropped = files.then((given) => given.drop(value)).catch(() => {});
      papers.changed(path);
      screen.offerUndo(t("rec_file_removed", { what: nameOf({ value, number }) }), () => {
        const paths = put();
        void dropped.then(async () => (await files).keep(value)).catch(() => {}); // the hand-in, which names it, does it too
        papers.entry();
        return [...paths, ...touched(path)];
      });
    },
    changed(path) {
      screen.did(touched(path), path);
      papers.entry();
      // A photo that no answer names is lost as if it were not there: what names it does not wait for a pause in typing.
      void files.then((given) => given.noted()).catch(() => {}); // the autosave says what went wrong
    },
    beside(field, row) {
      const { node, path } = field;
      if (node.kind !== "question" || isFileQuestion(node) || node.type === "signature") return;
      const mine = model.papers[path] ? papers.all().filter((one) => one.path === path) : [];
      const asks =
        node.how === "paper" && !node.calculate && !screen.readOnly && !papers.isOff("paper") && papers.hasRoom(path);
      let host = /** @type {HTMLElement | null} */ (row.querySelector(":scope > .q-papers"));
      if (!mine.length && !asks) return void host?.remove();
      if (!host) {
        host = h("div", { class: "q-papers" });
        row.append(host);
      }
      const words = JSON.stringify([mine.map(nameOf), asks, language()]);
      if (host.dataset.words === words) return;
      host.dataset.words = words;
      const had = host.contains(document.activeElement);
      host.replaceChildren(
        ...mine.map((one) =>
          h(
            "button",
            { class: "quiet", onclick: press((from) => papers.show(one, from)) },
            t("rec_see", { what: nameOf(one) }),
          ),
        ),
        ...(asks
          ? [
              h(
                "button",
                { class: "quiet", onclick: press((from) => papers.take(path, "paper", from)) },
                t("rec_paper_take"),
              ),
            ]
          : []),
      );
      if (had) host.querySelector("button")?.focus();
    },
    entry() {
      const page = document.querySelector(".rec-page > .page");
      const count = papers.all().length;
      let button = page?.querySelector(".files-entry");
      if (!page || (screen.readOnly && count === 0)) return void button?.remove();
      if (!button) {
        button = h("button", { class: "cell files-entry", onclick: press((from) => papers.list(from)) });
        page.append(button);
      }
      const said = count ? t("rec_files_n", { n: count }) : t(screen.readOnly ? "rec_files_none" : "rec_files_add");
      button.replaceChildren(
        h("span", { class: "cell-words" }, t("rec_files")),
        h("span", { class: "cell-state" }, said, lying > 0 && ` · ${t("rec_files_loose_n", { n: lying })}`),
        h("span", { class: "chevron", "aria-hidden": "true" }, "›"),
      );
    },
    async show(paper, from, after) {
      const { openFile } = await import("./show-file.js");
      openFile(screen, { value: paper.value, title: nameOf(paper), from, files: await files, after });
    },
    async take(path, kind, from) {
      const { taken } = await import("./taking.js");
      const row = from?.closest(".q");
      const why = papers.whyOf(model.nodeAt(path));
      const keep = (/** @type {FileValue} */ value) => papers.add(path, value);
      const kept = await taken(screen, { kind, why, from, files: await files, keep });
      // The button that was pressed was drawn anew: the reader stays at this question.
      const again = /** @type {HTMLElement | null | undefined} */ (row?.querySelector(":scope > .q-papers > button"));
      if (!from?.isConnected) again?.focus({ preventScroll: true });
      return kept;
    },
    async list(from) {
      const { openPapers } = await import("./papers-page.js");
      lying = 0; // she has seen them
      papers.entry();
      openPapers(screen, papers, from);
    },
  };
  // Once, when the record opens: later it may be one that is just being taken.
  if (!screen.readOnly) void look().catch(() => {}); // locked in the middle
  return papers;

  async function look() {
    lying = (await papers.loose()).length;
    if (lying > 0) papers.entry();
  }

  /** One more, or one less, gives the others other numbers. @param {string} path */
  function touched(path) {
    return [...new Set([path, ...papers.all().map((one) => one.path)])];
  }
}

/** @param {(from: HTMLElement) => unknown} act @returns {(event: Event) => void} the button that was pressed gets the focus back */
const press = (act) => (event) => void act(/** @type {HTMLElement} */ (event.currentTarget));

/** Every question of the record, rows included. @param {import("../../record-model.js").Model} model @param {string} path @param {(path: string) => void} see */
export function walk(model, path, see) {
  for (const child of model.childrenOf(path)) {
    const { kind } = model.nodeAt(child);
    if (kind === "question") see(child);
    else if (kind === "group" || kind === "repeat") walk(model, child, see);
  }
}
