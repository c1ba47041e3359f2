// What the phone has already, or its own camera takes: a file chosen by hand, known by its first bytes.
import { h } from "../../dom.js";
import { isPicture, PIXELS_MAX, pictureSize, typeOf } from "./image.js";

/** Enough of a picture to find its size in. */
const HEADER_BYTES = 256 * 1024;

/**
 * A button that opens the phone's own list.
 * @param {string} words
 * @param {{accept: string, capture?: string, leave: () => void, picked: (file: File) => void}} given `leave`: the other app comes in front now
 */
export function picker(words, { accept, capture, leave, picked }) {
  const input = h("input", { type: "file", class: "picker-file", accept, capture, onclick: leave, onchange: take });
  return h("label", { class: "choice picker-label" }, words, input);

  function take() {
    const file = input.files?.[0];
    if (file) picked(file);
    input.value = ""; // the same one can be chosen again
  }
}

/** @param {Blob} file @returns {Promise<string | null>} its type by its first bytes */
export const kindIn = async (file) => typeOf(new Uint8Array(await file.slice(0, 64).arrayBuffer()));

/** @param {Blob} file @returns {Promise<ImageBitmap>} rejects where it is no picture, or one that this phone could not hold */
export async function pictureIn(file) {
  const start = new Uint8Array(await file.slice(0, HEADER_BYTES).arrayBuffer());
  const size = pictureSize(start);
  if (!isPicture(typeOf(start)) || (size && size.width * size.height > PIXELS_MAX)) throw new TypeError("no picture");
  return createImageBitmap(file);
}
