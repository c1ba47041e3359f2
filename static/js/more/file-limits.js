// The limits of files (docs/protocol.md section 9). Those marked "wire" equal sync/uploads.py; a house test compares them.

export const BLOBS_PATH = "/sync/v1/blobs";

export const FILE_HEAD_BYTES = 49; // wire: id, suite, envelope id, salt
export const UPLOAD_CHUNK_BYTES_MIN = 32_768; // wire
export const UPLOAD_CHUNK_BYTES_MAX = 262_144; // wire

/** Sealed lengths, by kind; equal to sync/uploads.py as well. @type {Record<string, number>} */
export const FILE_BYTES_MAX = Object.freeze({
  photo: 3 * 1024 * 1024,
  paper: 4 * 1024 * 1024,
  audio: 2 * 1024 * 1024,
  file: 10 * 1024 * 1024,
  thumb: 16 * 1024,
});

/** In pieces of this length a sealed file lies on the flash: one is read to send as little as a link bears. */
export const PART_BYTES = 65_536;
