// What is done to a picture before it is sealed, as numbers: sizes, grey, how sharp it is, a page cut out by its four corners. Pure.

/** Long side of a photo in pixels, and how well its JPEG keeps them: about 300 KB. */
export const PHOTO_LONG = 1600;
export const PHOTO_QUALITY = 0.72;
/** Below this the small print of a paper cannot be read any more. */
export const PAPER_LONG = 2200;
/** Of a frame before its page is cut out: enough for that, and what a cheap phone has room for. */
export const FRAME_LONG_MAX = 3200;
/** More is not asked of a thin line. */
export const PAPER_LONG_MAX = 2400;
export const THUMB_LONG = 240;
export const THUMB_BYTES_MAX = 12 * 1024;
/** Decoded, this takes 256 MB: a cheap phone would close the page. */
export const PIXELS_MAX = 64_000_000;
/** A picked file; sealed it is still below what the server takes. */
export const FILE_BYTES_MAX = 10_000_000;

/** Below this small print is hard to read: 2,300 pixels of Chinese print have 10,000, blurred by one pixel 500, by two 70. */
const SHARP_MIN = 100;
/** Print stands in parts of a page: the sharpest tenth of its tiles speaks for it, white paper does not. */
const TILE = 32;
const TILES_HEARD = 0.1;

/** @typedef {[number, number]} Point x and y, each from 0 to 1 of the frame */
/** @typedef {[Point, Point, Point, Point]} Corners top left, top right, bottom right, bottom left */
/** @typedef {{width: number, height: number}} Size in pixels */

/** The whole frame, a little inside: what is to be dragged must be seen. @type {Corners} */
export const FRAME = [
  [0.04, 0.04],
  [0.96, 0.04],
  [0.96, 0.96],
  [0.04, 0.96],
];

/** The same shape, at most `long` pixels on its long side; never made larger. @param {Size} size @param {number} long @returns {Size} */
export function fitted({ width, height }, long) {
  const part = Math.min(1, long / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * part)), height: Math.max(1, Math.round(height * part)) };
}

/** Luminance (ITU-R BT.601) of RGBA pixels. @param {Uint8ClampedArray} rgba @returns {Uint8ClampedArray} one byte a pixel */
export function greyOf(rgba) {
  const grey = new Uint8ClampedArray(rgba.length / 4);
  for (let at = 0, from = 0; at < grey.length; at += 1, from += 4)
    grey[at] = (299 * rgba[from] + 587 * rgba[from + 1] + 114 * rgba[from + 2]) / 1000;
  return grey;
}

/** Grey as RGBA pixels, to be drawn. @param {Uint8ClampedArray} grey @returns {Uint8ClampedArray<ArrayBuffer>} */
export function rgbaOf(grey) {
  const rgba = new Uint8ClampedArray(grey.length * 4);
  for (let at = 0, to = 0; at < grey.length; at += 1, to += 4) {
    rgba[to] = rgba[to + 1] = rgba[to + 2] = grey[at];
    rgba[to + 3] = 255;
  }
  return rgba;
}

/**
 * How sharp a picture is: the variance of its Laplacian (Pech-Pacheco 2000), of the sharpest tiles.
 * @param {Uint8ClampedArray} grey @param {Size} size @returns {number} 0 for an even surface, thousands for crisp print
 */
export function sharpnessOf(grey, { width, height }) {
  const found = [];
  for (let top = 1; top + 2 < height; top += TILE)
    for (let left = 1; left + 2 < width; left += TILE)
      found.push(
        tileSharpness(grey, width, left, top, Math.min(left + TILE, width - 1), Math.min(top + TILE, height - 1)),
      );
  found.sort((a, b) => b - a);
  const heard = found.slice(0, Math.max(1, Math.ceil(found.length * TILES_HEARD)));
  return heard.reduce((sum, one) => sum + one, 0) / heard.length || 0;
}

/** @param {number} sharpness */
export const isBlurred = (sharpness) => sharpness < SHARP_MIN;

/** @param {Uint8ClampedArray} grey @param {number} width @param {number} left @param {number} top @param {number} right @param {number} bottom */
function tileSharpness(grey, width, left, top, right, bottom) {
  let sum = 0;
  let squares = 0;
  for (let y = top; y < bottom; y += 1)
    for (let at = y * width + left, end = y * width + right; at < end; at += 1) {
      const edge = grey[at - 1] + grey[at + 1] + grey[at - width] + grey[at + width] - 4 * grey[at];
      sum += edge;
      squares += edge * edge;
    }
  const count = (bottom - top) * (right - left);
  return squares / count - (sum / count) ** 2;
}

/**
 * One corner moved, never out of the frame and never past its neighbours: the page stays a page.
 * @param {Corners} corners @param {number} at 0 to 3 @param {number} x @param {number} y @returns {Corners} the same ones where it may not go there
 */
export function withCorner(corners, at, x, y) {
  const moved = /** @type {Corners} */ (corners.map(([a, b]) => [a, b]));
  moved[at] = [clamp(x), clamp(y)];
  return isPage(moved) ? moved : corners;
}

/** Turns the same way at each corner, and none is flat: only such a shape has one reading as a page. @param {Corners} corners */
function isPage(corners) {
  return corners.every(([x, y], at) => {
    const [nextX, nextY] = corners[(at + 1) % 4];
    const [afterX, afterY] = corners[(at + 2) % 4];
    return (nextX - x) * (afterY - nextY) - (nextY - y) * (afterX - nextX) > 0.01;
  });
}

/** @param {number} part */
const clamp = (part) => Math.min(1, Math.max(0, part));

/** How large the page between these corners is when laid flat. @param {Corners} corners @param {Size} size of the frame @returns {Size} */
export function flatSize(corners, { width, height }) {
  const side = (/** @type {number} */ a, /** @type {number} */ b) =>
    Math.hypot((corners[b][0] - corners[a][0]) * width, (corners[b][1] - corners[a][1]) * height);
  return {
    width: Math.max(1, Math.round(Math.max(side(0, 1), side(3, 2)))),
    height: Math.max(1, Math.round(Math.max(side(0, 3), side(1, 2)))),
  };
}

/**
 * The page between four corners laid flat (projective mapping of a square to a quadrilateral, Heckbert 1989), each pixel from its four neighbours.
 * @param {Uint8ClampedArray} grey @param {Size} size of the frame @param {Corners} corners @param {Size} flat @returns {Uint8ClampedArray} grey of `flat`
 */
export function laidFlat(grey, size, corners, flat) {
  const { width, height } = size;
  const last = { x: width - 1, y: height - 1 };
  const [[x0, y0], [x1, y1], [x2, y2], [x3, y3]] = corners.map(([x, y]) => [x * last.x, y * last.y]);
  const [dx1, dx2, sx] = [x1 - x2, x3 - x2, x0 - x1 + x2 - x3];
  const [dy1, dy2, sy] = [y1 - y2, y3 - y2, y0 - y1 + y2 - y3];
  const whole = dx1 * dy2 - dx2 * dy1;
  const g = (sx * dy2 - dx2 * sy) / whole;
  const k = (dx1 * sy - sx * dy1) / whole;
  const [a, b, d, e] = [x1 - x0 + g * x1, x3 - x0 + k * x3, y1 - y0 + g * y1, y3 - y0 + k * y3];
  const out = new Uint8ClampedArray(flat.width * flat.height);
  for (let row = 0, to = 0; row < flat.height; row += 1) {
    const v = flat.height > 1 ? row / (flat.height - 1) : 0;
    for (let column = 0; column < flat.width; column += 1, to += 1) {
      const u = flat.width > 1 ? column / (flat.width - 1) : 0;
      const scale = g * u + k * v + 1;
      const x = Math.min(last.x, Math.max(0, (a * u + b * v + x0) / scale));
      const y = Math.min(last.y, Math.max(0, (d * u + e * v + y0) / scale));
      const left = Math.min(Math.floor(x), Math.max(0, last.x - 1));
      const top = Math.min(Math.floor(y), Math.max(0, last.y - 1));
      const at = top * width + left;
      const [right, below] = [width > 1 ? 1 : 0, height > 1 ? width : 0];
      const [px, py] = [x - left, y - top];
      out[to] =
        (grey[at] * (1 - px) + grey[at + right] * px) * (1 - py) +
        (grey[at + below] * (1 - px) + grey[at + below + right] * px) * py;
    }
  }
  return out;
}

/** What a file is by its first bytes; its name and what the browser says of it decide nothing. @type {[string, (is: (at: number, text: string) => boolean) => boolean][]} */
const KINDS = [
  ["image/jpeg", (is) => is(0, "\xff\xd8\xff")],
  ["image/png", (is) => is(0, "\x89PNG\r\n\x1a\n")],
  ["image/webp", (is) => is(0, "RIFF") && is(8, "WEBP")],
  ["application/pdf", (is) => is(0, "%PDF-")],
  ["audio/ogg", (is) => is(0, "OggS")],
  ["audio/webm", (is) => is(0, "\x1aE\xdf\xa3")],
  ["audio/mpeg", (is) => is(0, "ID3") || is(0, "\xff\xfb") || is(0, "\xff\xf3")],
  ["audio/wav", (is) => is(0, "RIFF") && is(8, "WAVE")],
  ["audio/amr", (is) => is(0, "#!AMR")],
  ["audio/mp4", (is) => is(4, "ftypM4A")],
  ["video/mp4", (is) => is(4, "ftyp") && !is(8, "hei") && !is(8, "mif1")],
  // Word and its like: packed, or as they were before 2007.
  ["application/zip", (is) => is(0, "PK\x03\x04")],
  ["application/x-ole-storage", (is) => is(0, "\xd0\xcf\x11\xe0")],
];

/** @param {Uint8Array} bytes its beginning @returns {string | null} null: none that is taken */
export function typeOf(bytes) {
  const is = (/** @type {number} */ at, /** @type {string} */ text) =>
    [...text].every((sign, i) => bytes[at + i] === sign.charCodeAt(0));
  return KINDS.find(([, fits]) => fits(is))?.[0] ?? null;
}

/** Pictures are drawn anew: place, phone and time of what was picked stay outside. @param {string | null} type */
export const isPicture = (type) => !!type?.startsWith("image/");

/**
 * How large a picture is by its header, before it is decoded.
 * @param {Uint8Array} bytes of a JPEG or PNG @returns {Size | null} null where the header does not say
 */
export function pictureSize(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (typeOf(bytes) === "image/png" && bytes.length >= 24)
    return { width: view.getUint32(16), height: view.getUint32(20) };
  if (typeOf(bytes) !== "image/jpeg") return null;
  for (let at = 2; at + 9 < bytes.length; at += 2 + view.getUint16(at + 2)) {
    const marker = bytes[at + 1];
    // Start of a frame, of whatever coding: C0 to CF without the tables C4, C8 and CC.
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker))
      return { width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
  }
  return null;
}
