// What is done to a picture before it is sealed: sizes, sharpness, a page laid flat, what a file is by its first bytes.

import {
  FRAME,
  fitted,
  flatSize,
  greyOf,
  isBlurred,
  laidFlat,
  pictureSize,
  rgbaOf,
  sharpnessOf,
  typeOf,
  withCorner,
} from "../../../static/js/ui/widgets/more/image.js";
import { equal } from "../core/county.js";

const SIZE = { width: 400, height: 300 };

/** Dark lines, three pixels wide, on light ground. */
function lined() {
  const grey = new Uint8ClampedArray(SIZE.width * SIZE.height).fill(230);
  for (let y = 60; y < 200; y += 1) if (y % 9 < 3) grey.fill(40, y * SIZE.width + 80, y * SIZE.width + 320);
  return grey;
}

/** Each pixel the mean of those around it. @param {Uint8ClampedArray} grey @param {number} reach */
function blurred(grey, reach) {
  const out = grey.slice();
  for (let y = reach; y < SIZE.height - reach; y += 1)
    for (let x = reach; x < SIZE.width - reach; x += 1) {
      let sum = 0;
      for (let dy = -reach; dy <= reach; dy += 1)
        for (let dx = -reach; dx <= reach; dx += 1) sum += grey[(y + dy) * SIZE.width + x + dx];
      out[y * SIZE.width + x] = sum / (2 * reach + 1) ** 2;
    }
  return out;
}

export function test_a_picture_keeps_its_shape_and_is_never_made_larger() {
  equal(fitted({ width: 4000, height: 3000 }, 1600), { width: 1600, height: 1200 });
  equal(fitted({ width: 3000, height: 4000 }, 1600), { width: 1200, height: 1600 });
  equal(fitted({ width: 640, height: 480 }, 1600), { width: 640, height: 480 });
  equal(fitted({ width: 9000, height: 2 }, 1600), { width: 1600, height: 1 });
}

export function test_grey_is_what_the_eye_sees_and_comes_back_as_three_equal_colours() {
  const rgba = new Uint8ClampedArray([255, 255, 255, 255, 255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 0]);
  equal([...greyOf(rgba)], [255, 76, 150, 29]);
  equal([...rgbaOf(new Uint8ClampedArray([7, 200]))], [7, 7, 7, 255, 200, 200, 200, 255]);
}

export function test_print_that_is_blurred_is_told_from_print_that_is_sharp_and_from_light_paper() {
  const sharp = sharpnessOf(lined(), SIZE);
  const soft = sharpnessOf(blurred(lined(), 4), SIZE);
  equal([isBlurred(sharp), isBlurred(soft)], [false, true]);
  equal(sharpnessOf(new Uint8ClampedArray(SIZE.width * SIZE.height).fill(200), SIZE), 0);
  // Print in one corner of a large white page is heard all the same
  const corner = new Uint8ClampedArray(SIZE.width * SIZE.height).fill(230);
  for (let y = 0; y < 60; y += 1) if (y % 9 < 3) corner.fill(40, y * SIZE.width, y * SIZE.width + 120);
  equal(isBlurred(sharpnessOf(corner, SIZE)), false);
}

export function test_a_picture_of_a_few_pixels_has_no_sharpness_and_breaks_nothing() {
  equal(sharpnessOf(new Uint8ClampedArray(4), { width: 2, height: 2 }), 0);
}

export function test_a_corner_stays_in_the_frame_and_never_crosses_its_neighbours() {
  equal(withCorner(FRAME, 0, -0.5, 0.1)[0], [0, 0.1]);
  equal(withCorner(FRAME, 2, 1.2, 1.2)[2], [1, 1]);
  // Past the corner beside it, or so that the page would be bent inwards
  equal(withCorner(FRAME, 0, 0.99, 0.1), FRAME);
  equal(withCorner(FRAME, 0, 0.7, 0.7), FRAME);
  equal(FRAME[0], [0.04, 0.04]);
}

export function test_the_whole_frame_laid_flat_is_the_picture_itself() {
  const grey = lined();
  /** @type {import("../../../static/js/ui/widgets/more/image.js").Corners} */
  const whole = [
    [0, 0],
    [1, 0],
    [1, 1],
    [0, 1],
  ];
  equal(flatSize(whole, SIZE), SIZE);
  equal([...laidFlat(grey, SIZE, whole, SIZE)], [...grey]);
}

export function test_a_page_seen_from_the_side_is_laid_flat() {
  // A page leans away: its left edge is tall, its right edge short; dark at the left half, light at the right
  const grey = new Uint8ClampedArray(SIZE.width * SIZE.height).fill(120);
  /** @type {import("../../../static/js/ui/widgets/more/image.js").Corners} */
  const corners = [
    [0.1, 0.1],
    [0.8, 0.3],
    [0.8, 0.7],
    [0.1, 0.9],
  ];
  for (let x = 40; x <= 320; x += 1)
    for (let y = 0; y < SIZE.height; y += 1) {
      const part = (x - 40) / 280;
      if (y >= 30 + part * 60 && y <= 270 - part * 60) grey[y * SIZE.width + x] = 250;
    }
  const flat = { width: 100, height: 80 };
  const out = laidFlat(grey, SIZE, corners, flat);
  // Nothing of the ground is left inside it
  let ground = 0;
  for (let y = 3; y < 77; y += 1) for (let x = 3; x < 97; x += 1) ground += out[y * 100 + x] < 240 ? 1 : 0;
  equal(ground, 0);
}

export function test_a_corner_of_the_flat_page_is_the_pixel_under_that_corner() {
  const grey = new Uint8ClampedArray(SIZE.width * SIZE.height);
  const marks = [
    [40, 30, 50],
    [359, 60, 100],
    [300, 280, 150],
    [20, 250, 200],
  ];
  for (const [x, y, shade] of marks) grey[y * SIZE.width + x] = shade;
  const corners = /** @type {any} */ (marks.map(([x, y]) => [x / 399, y / 299]));
  const out = laidFlat(grey, SIZE, corners, { width: 50, height: 40 });
  const found = [out[0], out[49], out[39 * 50 + 49], out[39 * 50]];
  // The place is a division: a rounding may take a shade of a neighbour in
  equal(
    found.map((shade, at) => Math.abs(shade - marks[at][2]) <= 1),
    [true, true, true, true],
  );
}

export function test_a_file_is_what_its_first_bytes_say() {
  const bytes = (/** @type {string} */ text) => Uint8Array.from(text, (sign) => sign.charCodeAt(0));
  equal(typeOf(bytes("%PDF-1.7")), "application/pdf");
  equal(typeOf(bytes("\xff\xd8\xff\xe0\0\x10JFIF")), "image/jpeg");
  equal(typeOf(bytes("RIFF\x10\0\0\0WEBPVP8 ")), "image/webp");
  equal(typeOf(bytes("RIFF\x10\0\0\0WAVEfmt ")), "audio/wav");
  equal(typeOf(bytes("PK\x03\x04\x14\0")), "application/zip");
  equal(typeOf(bytes("\0\0\0\x18ftypmp42")), "video/mp4");
  equal(typeOf(bytes("\0\0\0\x18ftypM4A ")), "audio/mp4");
  // A page of the web, a program, a picture that not every phone can draw, nothing
  equal(
    ["<html><script>", "MZ\x90\0", "\x7fELF", "\0\0\0\x18ftypheic", ""].map((text) => typeOf(bytes(text))),
    [null, null, null, null, null],
  );
}

export function test_the_size_of_a_picture_is_read_before_it_is_decoded() {
  const jpeg = [
    0xff, 0xd8, 0xff, 0xe1, 0, 6, 1, 2, 3, 4, 0xff, 0xc4, 0, 3, 9, 0xff, 0xc2, 0, 17, 8, 0x2e, 0xe0, 0x1f, 0x40,
  ];
  equal(pictureSize(Uint8Array.from([...jpeg, 3, 1, 0x22])), { width: 8000, height: 12000 });
  const png = [0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52, 0, 0, 2, 0, 0, 0, 1, 0];
  equal(pictureSize(Uint8Array.from(png)), { width: 512, height: 256 });
  equal(pictureSize(Uint8Array.from(jpeg.slice(0, 12))), null);
  equal(pictureSize(new Uint8Array(0)), null);
}
