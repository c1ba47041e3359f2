// A question whose answer is a photo, a sound, a film or a file: what is there, small, and the ways to take it.
import { fill, h } from "../../dom.js";
import { t } from "../../i18n.js";
import { forget, pictureOf } from "./drawing.js";
import { nameOf, papersOf } from "./papers.js";
import { offerUnfinished } from "./unfinished.js";
import "./words.js";

/** @typedef {import("../../record-row.js").Field} Field */
/** @typedef {import("../../record-row.js").Widget} Widget */

/** What a button takes, for each type of question. @type {Record<string, {kind: import("./papers.js").FileValue["kind"], accept?: string}[]>} */
const WAYS = {
  image: [{ kind: "photo" }, { kind: "file", accept: "image/*" }],
  audio: [{ kind: "audio" }],
  video: [{ kind: "file", accept: "video/*" }],
  file: [{ kind: "file" }, { kind: "paper" }],
};

/** @param {Field} field @returns {Widget} */
export function widget(field) {
  const { screen, path, node } = field;
  const { model } = screen;
  const element = h("div", { class: "q-file" });
  screen.papers ??= papersOf(screen); // whichever of the two modules is here first
  const { papers } = screen;
  const mayChange = !screen.readOnly && !node.calculate && !model.form.view(path).readonly;
  let drawn = "";

  /** @param {any} value */
  function draw(value) {
    const number = value?.file ? papers.all().find((one) => one.value.file === value.file)?.number : 0;
    const words = JSON.stringify([value, number, model.form.language]);
    if (words === drawn) return;
    drawn = words;
    const had = element.contains(document.activeElement);
    for (const canvas of element.querySelectorAll("canvas")) forget(canvas);
    fill(element, value?.file ? there({ path, value, beside: false, number: number ?? 1 }) : ways());
    if (had) element.querySelector("button")?.focus();
  }

  /** @param {import("./papers.js").Paper} paper */
  function there(paper) {
    const { value } = paper;
    const small = h(
      "button",
      { class: "file-open", "aria-label": t("rec_open_what", { what: nameOf(paper) }) },
      t("rec_open"),
    );
    small.addEventListener("click", () => void papers.show(paper, small));
    void thumbnail(small, value);
    return [
      h(
        "p",
        { class: "file-name" },
        nameOf(paper),
        value.pages?.length ? ` · ${t("rec_n_pages", { n: value.pages.length + 1 })}` : "",
      ),
      small,
      mayChange && h("button", { class: "quiet", onclick: () => papers.remove(paper) }, t("rec_file_remove")),
    ];
  }

  function ways() {
    if (!mayChange) return h("p", { class: "computed" }, t("rec_row_empty"));
    const host = h("div", { class: "files-unfinished" });
    if (node.type === "audio") void offerUnfinished(papers, host, put);
    return [
      host,
      (WAYS[node.type ?? ""] ?? []).map(({ kind, accept }) => {
        const asked = kind === "photo" && node.how === "paper" ? "paper" : kind;
        const button = h("button", { class: "choice-button wide" }, t(`rec_add_${asked}`));
        button.addEventListener("click", () => void take(asked, accept, button));
        return button;
      }),
    ];
  }

  /** @param {import("./papers.js").FileValue["kind"]} kind @param {string | undefined} accept @param {HTMLElement} from */
  async function take(kind, accept, from) {
    const { taken } = await import("./taking.js");
    await taken(screen, { kind, accept, why: papers.whyOf(node), from, files: await papers.files, keep: put });
    element.querySelector("button")?.focus({ preventScroll: true });
  }

  /** @param {any} value */
  function put(value) {
    field.set(value);
    papers.changed(path);
  }

  /** @param {HTMLElement} host @param {import("./papers.js").FileValue} value */
  async function thumbnail(host, value) {
    const files = await papers.files;
    const bytes = await files.thumb(value).catch(() => null);
    const canvas = bytes && (await pictureOf(bytes, "image/jpeg", "").catch(() => null));
    if (!canvas) return;
    canvas.setAttribute("aria-hidden", "true");
    if (host.isConnected) fill(host, canvas);
    else forget(canvas);
  }

  return { element, update: (view) => draw(view.value), focus: () => element.querySelector("button")?.focus() };
}
