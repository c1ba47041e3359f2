// A file that is on the phone: at most 10 MB, of a kind we know by its first bytes. A picture is drawn anew before it is taken.
import { fill, h } from "../../dom.js";
import { t } from "../../i18n.js";
import { canvasOf, forget, jpegOf, thumbOf } from "./drawing.js";
import { FILE_BYTES_MAX, fitted, isPicture, PAPER_LONG_MAX, PHOTO_QUALITY } from "./image.js";
import { kindIn, picker, pictureIn } from "./picking.js";

/**
 * @param {import("../../record.js").Screen} screen
 * @param {{why: string, accept?: string, from: HTMLElement | null, files: import("./papers.js").RecordFiles, keep: (value: import("./papers.js").FileValue) => void}} given
 * @returns {Promise<boolean>} whether something was kept
 */
export function openPick(screen, { why, accept = "", from, files, keep }) {
  const said = h("p", { class: "q-note", role: "status" });
  let kept = false;
  let busy = false;
  let over = false;
  return new Promise((resolve) => {
    const close = screen.openPanel({
      title: t("rec_pick"),
      body: [
        h("p", { class: "q-why" }, why),
        h("p", null, t("rec_pick_how")),
        picker(t("rec_pick_choose"), { accept, leave: () => {}, picked: (file) => void take(file) }),
        said,
      ],
      foot: [h("button", { class: "choice-button", onclick: () => close() }, t("rec_camera_leave"))],
      from,
      onClose() {
        over = true;
        resolve(kept);
      },
    });

    /** @param {File} file */
    async function take(file) {
      if (busy || !(await files.here())) return;
      busy = true;
      fill(said, t("rec_file_saving"));
      try {
        const type = await kindIn(file);
        if (!type) return fill(said, t("rec_pick_unknown"));
        if (isPicture(type) && screen.papers?.isOff("photo")) return fill(said, t("rec_photo_off"));
        if (!isPicture(type) && file.size > FILE_BYTES_MAX) return fill(said, t("rec_pick_large"));
        const value = isPicture(type) ? await drawn(file) : await files.take(file, { kind: "file", type });
        // Large files take a while: who has left meanwhile does not want it, and must not find it in her answer later.
        if (over || !said.isConnected) return void files.drop(value).catch(() => {});
        keep(value);
        kept = true;
        return close();
      } catch (thrown) {
        if (thrown instanceof TypeError || thrown instanceof DOMException)
          return fill(said, t("rec_picture_unreadable"));
        const { title, whatToDo } = files.sentence(thrown);
        return fill(said, h("strong", null, title), " ", whatToDo);
      } finally {
        busy = false;
      }
    }

    /** @param {File} file */
    async function drawn(file) {
      const bitmap = await pictureIn(file);
      const canvas = canvasOf(bitmap, fitted(bitmap, PAPER_LONG_MAX));
      bitmap.close();
      const bytes = await jpegOf(canvas, PHOTO_QUALITY, FILE_BYTES_MAX / 4);
      const thumb = await thumbOf(canvas);
      forget(canvas);
      return files.take(bytes, { kind: "photo", type: "image/jpeg", thumb });
    }
  });
}
