// What lies sealed on the phone and in no answer, because it was covered, locked or killed, or its battery was empty: to keep, or to drop.
import { fill, h } from "../../dom.js";
import { momentText, t } from "../../i18n.js";
import { forget, pictureOf } from "./drawing.js";
import { BITS_PER_SECOND, minutes } from "./sound.js";

/**
 * Shows nothing where there is none.
 * @param {Pick<import("./papers.js").Papers, "files">} papers @param {HTMLElement} host @param {(value: import("./papers.js").FileValue) => void} keep
 */
export async function offerUnfinished(papers, host, keep) {
  const files = await papers.files;
  const [cut] = await files.unfinished().catch(() => []);
  if (!cut) return;
  const long = minutes((cut.bytes * 8000) / BITS_PER_SECOND); // about: what is kept of a second differs
  const take = async () => {
    try {
      keep(await cut.end());
      fill(host);
    } catch (thrown) {
      fill(host, h("p", { class: "q-error", role: "alert" }, files.sentence(thrown).title));
    }
  };
  const drop = () =>
    void cut.drop().then(
      () => fill(host),
      () => {},
    );
  fill(
    host,
    h("p", { class: "q-note" }, t("rec_sound_unfinished", { long })),
    h(
      "div",
      { class: "pair" },
      h("button", { class: "choice-button", onclick: () => void take() }, t("rec_sound_keep")),
      h("button", { class: "choice-button", onclick: drop }, t("rec_sound_drop")),
    ),
  );
}

/**
 * Photos, papers and files that were sealed just before the phone stopped. Nobody knows any more for which question: she says it. Shows nothing
 * where there is none, and no picture while somebody may look on. @param {import("../../record.js").Screen} screen @param {import("./papers.js").Papers} papers
 * @param {HTMLElement} host @param {(value: import("./papers.js").FileValue) => unknown} keep beside the question that was chosen
 */
export async function offerLoose(screen, papers, host, keep) {
  const files = await papers.files;
  const loose = await papers.loose().catch(() => []);
  if (loose.length === 0) return;
  fill(host, h("p", { class: "q-note" }, t("rec_files_loose", { n: loose.length })), loose.map(item));

  /** @param {import("./papers.js").FileValue} value */
  function item(value) {
    const what = `${t(`rec_mark_${value.kind}`)} · ${momentText(value.taken)}`;
    const small = h("span", { class: "files-thumb", "aria-hidden": "true" });
    if (!screen.model.looked_on()) void drawn(small, value);
    const row = h("div", { class: "files-item", dataset: { loose: value.file } });
    const drop = () =>
      void files.drop(value).then(
        () => row.remove(),
        () => {},
      );
    const act = (/** @type {string} */ words, /** @type {() => unknown} */ run) =>
      h("button", { class: "quiet", "aria-label": `${words} ${what}`, onclick: run }, words);
    const tools = [act(t("rec_loose_keep"), () => keep(value)), act(t("rec_sound_drop"), drop)];
    fill(
      row,
      small,
      h("div", { class: "files-words" }, h("strong", null, what)),
      h("div", { class: "files-tools" }, tools),
    );
    return row;
  }

  /** @param {HTMLElement} to @param {import("./papers.js").FileValue} value */
  async function drawn(to, value) {
    const bytes = await files.thumb(value).catch(() => null);
    const canvas = bytes && (await pictureOf(bytes, "image/jpeg", "").catch(() => null));
    if (!canvas) return;
    if (to.isConnected) fill(to, canvas);
    else forget(canvas);
  }
}
