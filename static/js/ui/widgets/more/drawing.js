// Pictures between canvas and bytes. No address is ever made of one: what has an address can be opened, saved and found.
import { h } from "../../dom.js";
import { fitted, THUMB_BYTES_MAX, THUMB_LONG } from "./image.js";

/** @typedef {import("./image.js").Size} Size */

/** @param {CanvasImageSource} source @param {Size} size as it is drawn */
export function canvasOf(source, size) {
  const canvas = h("canvas", { width: size.width, height: size.height });
  contextOf(canvas).drawImage(source, 0, 0, size.width, size.height);
  return canvas;
}

/** @param {HTMLCanvasElement} canvas */
export function contextOf(canvas) {
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("no canvas"); // a phone without memory for it
  return context;
}

/** Drawn anew, so that place, phone and time that a file carries stay outside. @param {HTMLCanvasElement} canvas @param {number} quality @param {number} bytesMax @returns {Promise<Uint8Array>} less well kept where it would be longer */
export async function jpegOf(canvas, quality, bytesMax) {
  const bytes = await encoded(canvas, quality);
  return bytes.length > bytesMax && quality > 0.2 ? jpegOf(canvas, quality - 0.12, bytesMax) : bytes;
}

/** A small picture of it, for lists. @param {HTMLCanvasElement} canvas @param {number} [long] @returns {Promise<Uint8Array>} */
export async function thumbOf(canvas, long = THUMB_LONG) {
  const small = canvasOf(canvas, fitted(canvas, long));
  const bytes = await jpegOf(small, 0.6, THUMB_BYTES_MAX);
  forget(small);
  return bytes.length > THUMB_BYTES_MAX ? thumbOf(canvas, long / 2) : bytes;
}

/** @param {ArrayBuffer} bytes of a JPEG or PNG @param {string} type @param {string} label what it is, never what it shows @returns {Promise<HTMLCanvasElement>} rejects where it is no picture */
export async function pictureOf(bytes, type, label) {
  const bitmap = await createImageBitmap(new Blob([bytes], { type }));
  const canvas = canvasOf(bitmap, bitmap);
  bitmap.close();
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", label);
  return canvas;
}

/** Its memory is given back now, not when somebody clears up: a phone has room for few pictures. @param {HTMLCanvasElement | null} canvas */
export function forget(canvas) {
  if (canvas) canvas.width = canvas.height = 0;
}

/** @param {HTMLCanvasElement} canvas @param {number} quality @returns {Promise<Uint8Array>} */
async function encoded(canvas, quality) {
  /** @type {Blob | null} */
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", quality));
  if (!blob) throw new Error("no picture");
  return new Uint8Array(await blob.arrayBuffer());
}
