// The papers of this report: what there is, how far each has gone, and which answers from papers have none yet.
import { fill, h } from "../../dom.js";
import { t } from "../../i18n.js";
import { forget, pictureOf } from "./drawing.js";
import { isFileQuestion, nameOf, walk } from "./papers.js";
import { offerLoose, offerUnfinished } from "./unfinished.js";

/** @typedef {import("./papers.js").Paper} Paper */
/** @typedef {import("./papers.js").Papers} Papers */

/** @type {import("./papers.js").FileValue["kind"][]} */
const KINDS = ["paper", "photo", "audio", "file"];

/** @param {import("../../record.js").Screen} screen @param {Papers} papers @param {HTMLElement | null} from @param {string} [chosen] the question a new one is to stand beside */
export function openPapers(screen, papers, from, chosen) {
  const { model } = screen;
  const said = h("p", { class: "q-note", role: "status" });
  const list = h("ul", { class: "files-list" });
  let stay = () => {};
  let over = false;
  const close = screen.openPanel({
    title: t("rec_files"),
    body: [!screen.readOnly && adding(), said, list, missing()],
    foot: [h("button", { class: "primary", onclick: () => close() }, t("rec_file_close"))],
    from,
    onClose: end,
  });
  draw();
  void follow();

  function end() {
    over = true;
    stay();
    for (const canvas of list.querySelectorAll("canvas")) forget(canvas);
  }

  const again = (/** @type {string} */ path) => openPapers(screen, papers, from, path);

  // ---- what there is -------------------------------------------------------------------------------------------------------------
  function draw() {
    const all = papers.all();
    fill(list, all.length === 0 && h("li", { class: "pad muted" }, t("rec_files_empty")), all.map(item));
  }

  /** @param {Paper} paper */
  function item(paper) {
    const { path, value } = paper;
    const hidden = papers.isHidden(path);
    const small = h("span", { class: "files-thumb", "aria-hidden": "true" });
    if (!hidden) void thumbnail(small, value);
    const pages = value.pages?.length ? t("rec_n_pages", { n: value.pages.length + 1 }) : "";
    return h(
      "li",
      { class: "files-item", dataset: { file: value.file } },
      small,
      h(
        "div",
        { class: "files-words" },
        h("strong", null, nameOf(paper)),
        pages && ` · ${pages}`,
        h("p", { class: "muted" }, labelOf(path)),
        h("p", { class: "files-state" }),
      ),
      h(
        "div",
        { class: "files-tools" },
        !hidden &&
          h(
            "button",
            {
              class: "quiet",
              "aria-label": t("rec_open_what", { what: nameOf(paper) }),
              onclick: () => void papers.show(paper, from, () => again(path)),
            },
            t("rec_open"),
          ),
        !screen.readOnly &&
          h(
            "button",
            {
              class: "quiet",
              "aria-label": t("rec_remove_what", { what: nameOf(paper) }),
              onclick: () => remove(paper),
            },
            t("rec_file_remove"),
          ),
      ),
    );
  }

  /** @param {Paper} paper */
  function remove(paper) {
    close(); // the way to undo it stands on the page
    papers.remove(paper);
  }

  /** @param {HTMLElement} host @param {import("./papers.js").FileValue} value */
  async function thumbnail(host, value) {
    const files = await papers.files;
    const bytes = await files.thumb(value).catch(() => null);
    const canvas = bytes && (await pictureOf(bytes, "image/jpeg", "").catch(() => null));
    if (canvas && over) forget(canvas);
    else fill(host, canvas || t(`rec_mark_${value.kind}`));
  }

  async function follow() {
    const files = await papers.files;
    if (over) return;
    stay = files.watch(() => void states());
    await states();
  }

  /** How far each has gone. What another phone took does not lie here: nothing is said of it. */
  async function states() {
    const files = await papers.files;
    const known = await files.standing().catch(() => []);
    for (const one of known) {
      const host = [...list.children].find((row) => /** @type {HTMLElement} */ (row).dataset.file === one.file);
      const words = host?.querySelector(".files-state");
      if (!words || over) continue;
      const part = Math.floor((100 * one.sent) / Math.max(1, one.bytes));
      const why = one.state === "attention" && one.reason ? files.sentence({ code: one.reason }) : null;
      fill(words, t(`rec_file_is_${one.state}`, { n: part }), why && ` ${why.title} ${why.whatToDo}`);
    }
  }

  // ---- one more ------------------------------------------------------------------------------------------------------------------
  function adding() {
    const off = KINDS.filter((kind) => papers.isOff(kind));
    const select = h("select", { class: "box", id: "files-question" }, questions());
    if (chosen) select.value = chosen;
    const add = async (/** @type {typeof KINDS[number]} */ kind) => {
      const path = select.value;
      if (!path) return fill(said, t("rec_files_no_question"));
      if (!papers.hasRoom(path)) return fill(said, t("rec_files_full"));
      await papers.take(path, kind, from);
      // What stood on the screen before the camera stands there again, unless she was sent away from it.
      return from?.isConnected && again(path);
    };
    const cut = h("div", { class: "files-unfinished" });
    void offerUnfinished(papers, cut, (value) => {
      const path = select.value;
      papers.add(path, value);
      again(path);
    });
    const loose = h("div", { class: "files-loose" });
    void offerLoose(screen, papers, loose, (value) => {
      const path = select.value;
      if (!path || !papers.hasRoom(path)) return fill(said, t(path ? "rec_files_full" : "rec_files_no_question"));
      papers.add(path, value);
      return again(path);
    });
    return h(
      "div",
      { class: "files-add" },
      h("label", { for: "files-question", class: "q-label" }, t("rec_files_question")),
      select,
      h(
        "div",
        { class: "pair" },
        KINDS.filter((kind) => !off.includes(kind)).map((kind) =>
          h("button", { class: "choice-button", onclick: () => void add(kind) }, t(`rec_add_${kind}`)),
        ),
      ),
      off.includes("photo") && h("p", { class: "q-note" }, t("rec_photo_off")),
      off.includes("audio") && h("p", { class: "q-note" }, t("rec_audio_off")),
      cut,
      loose,
    );
  }

  /** The questions of this page first; without a page, all that can be reached. */
  function questions() {
    const key = model.state.page;
    const shown = (key ? [key] : model.pages()).map((page) => ({
      title: model.titleOf(page[1]) || screen.formTitle(),
      paths: model.questionsOf(page).filter((path) => !isFileQuestion(model.nodeAt(path)) && !papers.isHidden(path)),
    }));
    const options = (/** @type {string[]} */ paths) => paths.map((path) => h("option", { value: path }, labelOf(path)));
    const filled = shown.filter(({ paths }) => paths.length > 0);
    return key
      ? filled.map(({ paths }) => options(paths))
      : filled.map(({ title, paths }) => h("optgroup", { label: title }, options(paths)));
  }

  // ---- what is missing -----------------------------------------------------------------------------------------------------------
  /** Of the answers that stand in papers: where none is photographed, and where one is but nothing was written. */
  function missing() {
    if (screen.readOnly) return null;
    /** @type {{bare: string[], unread: string[]}} */
    const found = { bare: [], unread: [] };
    const reachable = new Set(model.pages().flatMap((page) => model.questionsOf(page)));
    walk(model, "", (path) => {
      const node = model.nodeAt(path);
      if (!reachable.has(path) || papers.isHidden(path) || isFileQuestion(node)) return;
      const has = !!model.papers[path]?.length;
      const answered = model.form.get(path) !== null;
      if (has && !answered) found.unread.push(path);
      if (!has && answered && node.how === "paper" && !node.calculate) found.bare.push(path);
    });
    return [block("rec_files_unread", found.unread), block("rec_files_bare", found.bare)];
  }

  /** @param {string} title @param {string[]} paths */
  function block(title, paths) {
    if (paths.length === 0) return null;
    const numbers = (/** @type {string} */ path) =>
      papers
        .all()
        .filter((one) => one.path === path)
        .map(nameOf)
        .join(t("rec_list_comma"));
    return h(
      "section",
      null,
      h("h2", { class: "group-title" }, t(title, { n: paths.length })),
      h(
        "ul",
        { class: "sections" },
        paths.map((path) =>
          h(
            "li",
            null,
            h(
              "button",
              { class: "cell", onclick: () => screen.goTo(path) },
              h("span", { class: "cell-words" }, labelOf(path)),
              h("span", { class: "cell-state" }, numbers(path)),
              h("span", { class: "chevron", "aria-hidden": "true" }, "›"),
            ),
          ),
        ),
      ),
    );
  }

  /** @param {string} path */
  function labelOf(path) {
    if (papers.isHidden(path)) return t("rec_masked");
    if (!model.findable(path)) return t("rec_files_row_gone");
    const row = /^(.*\])\.[^\]]*$/.exec(path)?.[1];
    const whose = row ? model.form.get(`${row}.name`) : null;
    const label = model.titleOf(path);
    return typeof whose === "string" && whose ? `${whose} · ${label}` : label;
  }
}
