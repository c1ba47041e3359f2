// What a report has in photos, papers and sounds, shown from the phone's own sealed copy: drawn on a canvas, heard from memory.
import { fill, h } from "../../dom.js";
import { t } from "../../i18n.js";
import { forget, pictureOf } from "./drawing.js";
import { isPicture } from "./image.js";

/**
 * @param {import("../../record.js").Screen} screen
 * @param {{value: any, title: string, from: HTMLElement | null, files: import("./papers.js").RecordFiles, after?: () => void}} given `after`: what stands below it comes back
 */
export function openFile(screen, { value, title, from, files, after }) {
  const host = h("div", { class: "camera" });
  const pagesHost = h("div", { class: "file-pages", tabIndex: 0, role: "group", "aria-label": title });
  const said = h("p", { class: "q-note", role: "status" }, t("rec_file_opens"));
  /** @type {AudioContext | null} */
  let context = null;
  let over = false;
  const stay = files.away(() => close());
  const close = screen.openPanel({
    title,
    body: [host],
    foot: [h("button", { class: "primary", onclick: () => leave() }, t("rec_file_close"))],
    from,
    onClose: end,
  });
  fill(host, said);
  void show();

  function leave() {
    close();
    after?.();
  }

  function end() {
    over = true;
    stay();
    void context?.close().catch(() => {});
    for (const canvas of host.querySelectorAll("canvas")) forget(canvas);
  }

  async function show() {
    const pages = [value, ...(value.pages ?? [])];
    for (const [at, page] of pages.entries()) {
      const bytes = await files.open(page).catch((thrown) => void fill(said, files.sentence(thrown).title));
      if (over || bytes === undefined) return;
      if (bytes === null) return void fill(said, t("rec_file_not_here"));
      fill(said);
      if (isPicture(value.type)) await drawn(bytes, pages.length > 1 ? `${title} · ${at + 1}` : title);
      else if (value.kind === "audio") await sound(bytes);
      else fill(said, t("rec_file_goes_with", { size: Math.ceil(value.bytes / 1000) }));
      if (over) end();
    }
  }

  /** @param {ArrayBuffer} bytes @param {string} label */
  async function drawn(bytes, label) {
    const canvas = await pictureOf(bytes, value.type, label);
    canvas.classList.add("file-page");
    pagesHost.append(canvas);
    if (pagesHost.isConnected) return;
    const larger = h("button", { class: "choice-button wide", "aria-pressed": "false" }, t("rec_file_larger"));
    larger.addEventListener("click", () =>
      larger.setAttribute("aria-pressed", String(pagesHost.classList.toggle("is-large"))),
    );
    host.append(larger, pagesHost);
  }

  /** @param {ArrayBuffer} bytes */
  async function sound(bytes) {
    context ??= new AudioContext();
    const heard = context;
    const decoded = await heard.decodeAudioData(bytes).catch(() => null);
    if (!decoded) return void fill(said, t("rec_sound_unheard"));
    /** @type {AudioBufferSourceNode | null} */
    let playing = null;
    const button = h("button", { class: "choice-button wide", onclick: play }, t("rec_sound_play"));
    host.append(button);
    button.focus();

    async function play() {
      if (playing) return playing.stop();
      await heard.resume();
      playing = heard.createBufferSource();
      playing.buffer = decoded;
      playing.connect(heard.destination);
      playing.onended = () => {
        playing = null;
        fill(button, t("rec_sound_play"));
      };
      playing.start();
      fill(button, t("rec_sound_quiet"));
    }
  }
}
