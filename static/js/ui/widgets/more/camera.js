// The camera inside the app: a photo, or a paper page by page. Nothing of it reaches the gallery; what is not kept is gone.
//
// Obligations, easy to break:
// - whatever closes the page, covers or locks the phone ends the camera at once, and what was taken but not kept is dropped;
// - no address of a picture, no file: pixels live on a canvas until they are sealed.
import { fill, h } from "../../dom.js";
import { t } from "../../i18n.js";
import { cornerPicker } from "./crop.js";
import { canvasOf, contextOf, forget, jpegOf, thumbOf } from "./drawing.js";
import * as image from "./image.js";
import { picker, pictureIn } from "./picking.js";

/**
 * @typedef {"photo" | "paper"} Kind
 * @typedef {{kind: Kind, pages: Uint8Array[], thumb: Uint8Array}} Shot JPEGs; of a photo one
 */

/** Below what the server takes of one, sealed (docs/protocol.md section 9). */
const JPEG_BYTES_MAX = { photo: 3_000_000, paper: 4_000_000 };
const PAGES_MAX = 30;
/** A page that was put away by none of the ways we know is found out so. */
const LOOK_MS = 500;
const WANTED = { photo: { width: 1920, height: 1440 }, paper: { width: 4096, height: 3072 } };

/**
 * @param {import("../../record.js").Screen} screen
 * @param {{kind: Kind, why: string, from: HTMLElement | null, files: import("./papers.js").RecordFiles, keep: (shot: Shot) => Promise<void>}} given `keep` rejects with a code where there is no room: the picture stays on the page
 * @returns {Promise<boolean>} whether something was kept
 */
export function openCamera(screen, { kind, why, from, files, keep }) {
  /** @type {MediaStream | null} */
  let stream = null;
  /** @type {HTMLCanvasElement | null} the picture that is looked at */
  let canvas = null;
  /** @type {Uint8Array[]} */
  const pages = [];
  /** @type {Uint8Array | null} */
  let thumb = null;
  let turn = 0;
  let over = false;
  let kept = false;
  /** The phone's own camera or list of files is in front: the cover that comes with it is not a farewell. */
  let elsewhere = false;
  const host = h("div", { class: "camera" });
  const said = h("p", { class: "q-note", role: "status" });

  return new Promise((resolve) => {
    const watch = setInterval(() => !host.isConnected && end(), LOOK_MS);
    const stay = files.away(() => (elsewhere ? off() : close()));
    const close = screen.openPanel({ title: t("rec_camera"), body: [host], foot: [], from, onClose: end });
    void live();

    function end() {
      if (over) return;
      over = true;
      clearInterval(watch);
      stay();
      off();
      drop();
      resolve(kept);
    }

    function off() {
      turn += 1;
      stop(stream);
      stream = null;
    }

    function drop() {
      forget(canvas);
      canvas = null;
    }

    // ---- looking ---------------------------------------------------------------------------------------------------------------
    async function live() {
      off();
      drop();
      elsewhere = false;
      const mine = turn;
      const video = h("video", { class: "camera-live", autoplay: true, playsinline: true, muted: true });
      video.muted = true;
      const shutter = h(
        "button",
        { class: "primary wide", disabled: true, onclick: () => void shoot(video) },
        t("rec_shoot"),
      );
      fill(said, t("rec_camera_opens"));
      fill(
        host,
        h("p", { class: "q-why" }, why),
        pages.length === 0 && kinds(),
        h("p", null, t(kind === "paper" ? "rec_hold_paper" : "rec_hold_photo")),
        video,
        said,
        actions(shutter, back()),
      );
      try {
        const wish = Object.fromEntries(Object.entries(WANTED[kind]).map(([side, ideal]) => [side, { ideal }]));
        const opened = await navigator.mediaDevices.getUserMedia({
          video: { facingMode: { ideal: "environment" }, ...wish },
          audio: false,
        });
        if (mine !== turn || over) return stop(opened);
        stream = opened;
        video.srcObject = opened;
        await video.play();
        if (mine !== turn) return;
        fill(said);
        shutter.disabled = false;
        shutter.focus();
      } catch (thrown) {
        if (mine === turn && !over) none(/** @type {any} */ (thrown)?.name === "NotAllowedError");
      }
    }

    /** No camera in the app: the phone's own, or a picture that is there. @param {boolean} refused */
    function none(refused) {
      off();
      fill(
        host,
        h("p", { class: "q-why" }, why),
        pages.length === 0 && kinds(),
        h("p", { class: "q-error", role: "alert" }, t(refused ? "rec_camera_refused" : "rec_camera_none")),
        said,
        otherWay(),
        actions(h("button", { class: "choice-button", onclick: () => void live() }, t("rec_camera_again")), back()),
      );
      host.querySelector("button")?.focus();
    }

    function otherWay() {
      const leave = () => {
        elsewhere = true;
        off();
      };
      return h(
        "div",
        null,
        h("p", null, t("rec_gallery_keeps")),
        picker(t("rec_own_camera"), {
          accept: "image/*",
          capture: "environment",
          leave,
          picked: (file) => void picked(file),
        }),
      );
    }

    /** @param {File} file */
    async function picked(file) {
      if (!(await files.here()) || over) return;
      elsewhere = false;
      fill(said, t("rec_picture_opens"));
      try {
        drop();
        const bitmap = await pictureIn(file);
        canvas = canvasOf(bitmap, image.fitted(bitmap, longOf(kind)));
        bitmap.close();
        fill(said);
        if (kind === "paper") crop();
        else check();
      } catch {
        unreadable();
      }
    }

    /** @param {HTMLVideoElement} video */
    async function shoot(video) {
      if (!stream || !video.videoWidth) return;
      const mine = turn;
      const size = { width: video.videoWidth, height: video.videoHeight };
      const still =
        kind === "paper" && Math.max(size.width, size.height) < image.PAPER_LONG ? await stillOf(stream) : null;
      if (mine !== turn) return still?.close();
      drop();
      try {
        canvas = still
          ? canvasOf(still, image.fitted(still, longOf(kind)))
          : canvasOf(video, image.fitted(size, longOf(kind)));
      } catch {
        return unreadable();
      } finally {
        still?.close();
      }
      off();
      if (kind === "paper") crop();
      else check();
    }

    // ---- a photo ---------------------------------------------------------------------------------------------------------------
    function check() {
      const use = h("button", { class: "primary", onclick: () => void done() }, t("rec_use_photo"));
      fill(said);
      fill(host, preview(), said, actions(use, again(0), back()));
      use.focus();

      async function done() {
        const made = await drawn(use, JPEG_BYTES_MAX.photo);
        if (!made) return;
        [pages[0], thumb] = made;
        await save(use);
      }
    }

    // ---- a paper ---------------------------------------------------------------------------------------------------------------
    function crop() {
      const picture = /** @type {HTMLCanvasElement} */ (canvas);
      const corners = cornerPicker(picture);
      const next = h("button", { class: "primary", onclick: () => flat(corners.corners()) }, t("rec_crop_done"));
      fill(said);
      fill(host, corners.element, said, actions(next, again(pages.length), back()));
      globalThis.scrollTo?.(0, 0); // all four corners in sight before the button
      next.focus({ preventScroll: true });
    }

    /** @param {image.Corners} corners */
    function flat(corners) {
      try {
        flatten(corners);
      } catch {
        unreadable();
      }
    }

    /** @param {image.Corners} corners */
    function flatten(corners) {
      const from = /** @type {HTMLCanvasElement} */ (canvas);
      const seen = image.flatSize(corners, from);
      const flat = image.fitted(seen, image.PAPER_LONG_MAX);
      const { data } = contextOf(from).getImageData(0, 0, from.width, from.height);
      const grey = image.laidFlat(image.greyOf(data), from, corners, flat);
      drop();
      canvas = h("canvas", { width: flat.width, height: flat.height });
      contextOf(canvas).putImageData(new ImageData(image.rgbaOf(grey), flat.width, flat.height), 0, 0);
      page(image.isBlurred(image.sharpnessOf(grey, flat)), Math.max(seen.width, seen.height));
    }

    /** @param {boolean} blurred @param {number} long */
    function page(blurred, long) {
      const number = pages.length + 1;
      const use = h("button", { class: "primary", onclick: () => void take(false) }, t("rec_use_pages", { n: number }));
      const more = h("button", { class: "choice-button", onclick: () => void take(true) }, t("rec_next_page"));
      const warned = [
        blurred && h("p", { class: "q-error" }, t("rec_blurred")),
        long < image.PAPER_LONG && h("p", { class: "q-error" }, t("rec_too_few_pixels", { n: long })),
      ];
      fill(said);
      fill(
        host,
        h("p", null, t("rec_page_n", { n: number })),
        h("div", { role: "status" }, warned),
        preview(),
        said,
        actions(use, number <= PAGES_MAX && more, again(number - 1), back()),
        long < image.PAPER_LONG && otherWay(),
      );
      (warned.some(Boolean) ? /** @type {HTMLElement} */ (host.querySelector(".camera-again")) : use).focus();

      /** @param {boolean} goesOn */
      async function take(goesOn) {
        more.disabled = true;
        const made = pages.length < number ? await drawn(use, JPEG_BYTES_MAX.paper) : null;
        if (made) pages.push(made[0]);
        if (made && number === 1) thumb = made[1];
        if (pages.length === number) await (goesOn ? live() : save(use));
        more.disabled = false;
      }
    }

    // ---- both ------------------------------------------------------------------------------------------------------------------
    /** The picture that is looked at, and a small one. @param {HTMLButtonElement} use @param {number} bytesMax @returns {Promise<[Uint8Array, Uint8Array] | null>} null: she has gone on to another meanwhile, was covered, or the phone had no memory for it */
    async function drawn(use, bytesMax) {
      const mine = turn;
      if (!canvas || use.disabled) return null;
      use.disabled = true;
      try {
        const small = await thumbOf(canvas);
        const bytes = mine === turn && (await jpegOf(canvas, image.PHOTO_QUALITY, bytesMax));
        return bytes && mine === turn ? [bytes, small] : null;
      } catch {
        if (mine === turn) unreadable();
        return null;
      } finally {
        use.disabled = false;
      }
    }

    /** A phone without memory for it, or no picture. */
    const unreadable = () => fill(said, t("rec_picture_unreadable"));

    /** @param {HTMLButtonElement} use pressed again where there was no room */
    async function save(use) {
      use.disabled = true;
      fill(said, t("rec_file_saving"));
      try {
        await keep({ kind, pages: [...pages], thumb: /** @type {Uint8Array} */ (thumb) });
        kept = true;
        close();
      } catch (thrown) {
        const { title, whatToDo } = files.sentence(thrown);
        fill(said, h("strong", null, title), " ", whatToDo);
        use.disabled = false;
        use.focus();
      }
    }

    function kinds() {
      const one = (/** @type {Kind} */ name) =>
        h(
          "button",
          { class: "choice-button", "aria-pressed": String(kind === name), onclick: () => choose(name) },
          t(`rec_mode_${name}`),
        );
      return h("div", { class: "pair", role: "group", "aria-label": t("rec_mode") }, one("photo"), one("paper"));
    }

    /** @param {Kind} name */
    function choose(name) {
      if (kind === name) return;
      kind = name;
      void live();
    }

    function preview() {
      canvas?.setAttribute("role", "img");
      canvas?.setAttribute("aria-label", t("rec_preview"));
      canvas?.classList.add("camera-picture");
      return canvas;
    }

    /** @param {number} stay pages before this one */
    function again(stay) {
      const anew = () => {
        pages.length = stay;
        void live();
      };
      return h("button", { class: "choice-button camera-again", onclick: anew }, t("rec_shoot_again"));
    }

    function back() {
      return h("button", { class: "choice-button", onclick: () => close() }, t("rec_camera_leave"));
    }
  });
}

/** @param {...(HTMLElement | false)} buttons the one that goes on first */
const actions = (...buttons) => h("div", { class: "camera-actions" }, buttons);

/** @param {Kind} kind */
const longOf = (kind) => (kind === "paper" ? image.FRAME_LONG_MAX : image.PHOTO_LONG);

/** @param {MediaStream | null} stream */
function stop(stream) {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

/** A still has more pixels than the moving picture where the browser can take one. @param {MediaStream} stream @returns {Promise<ImageBitmap | null>} */
async function stillOf(stream) {
  const { ImageCapture } = /** @type {any} */ (globalThis);
  if (!ImageCapture) return null;
  try {
    return await createImageBitmap(await new ImageCapture(stream.getVideoTracks()[0]).takePhoto());
  } catch {
    return null; // the frame of the moving picture serves
  }
}
