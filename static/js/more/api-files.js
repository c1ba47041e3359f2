// The verbs of files (docs/protocol.md section 9), over the one fetch of api.js. What the server says is the answer, or a Problem whose
// `detail` holds what it said besides.

import { refusal } from "../api.js";
import { fromJsonBytes } from "../bytes.js";
import { Problem } from "../errors.js";
import { BLOBS_PATH } from "./file-limits.js";

/**
 * @typedef {import("../bytes.js").Bytes} Bytes
 * @typedef {{vault_id: string, signature: string}} By
 * @typedef {{offset: number, seq: number | null}} Offsets
 * @typedef {ReturnType<typeof filesApi>} FilesApi
 */

/** @param {Pick<ReturnType<typeof import("../api.js").createApi>, "send">} api */
export const filesApi = ({ send }) => ({
  /** @param {By & {body: Bytes}} given @returns {Promise<{offset: number, state: string, reason: string | null, seq: number | null}>} */
  async announce({ body, ...by }) {
    const { response, type, bytes } = await send(BLOBS_PATH, body, signed(by, JSON_TYPE));
    if (!response.ok) throw refused(response, type, bytes);
    const said = type === JSON_TYPE ? jsonOf(bytes) : null;
    if (typeof said?.state !== "string" || !Number.isSafeInteger(said.offset)) throw new Problem("captive_portal");
    return said;
  },

  /** How much of it is there. @param {By & {file: string}} given @returns {Promise<Offsets>} */
  async ask({ file, ...by }) {
    const { response } = await send(`${BLOBS_PATH}/${file}`, null, signed(by), undefined, "HEAD");
    // A HEAD has no body that could say more.
    if (response.status === 404) throw new Problem("not_found");
    return offsetsOf(response, 200, "application/json", new Uint8Array(0));
  },

  /** @param {By & {file: string, offset: number, body: Bytes}} given @returns {Promise<Offsets>} where the next piece begins */
  async piece({ file, offset, body, ...by }) {
    const headers = { ...signed(by, "application/offset+octet-stream"), "Upload-Offset": String(offset) };
    const { response, type, bytes } = await send(`${BLOBS_PATH}/${file}`, body, headers, undefined, "PATCH");
    return offsetsOf(response, 204, type, bytes);
  },
});

const JSON_TYPE = "application/json";

/** @param {By} by @param {string} [type] @returns {Record<string, string>} */
const signed = ({ vault_id, signature }, type) => ({
  ...(type && { "Content-Type": type }),
  "FieldApp-Vault": vault_id,
  "FieldApp-Signature": signature,
});

/** @param {Response} response @param {number} status @param {string} type @param {Uint8Array} bytes @returns {Offsets} */
function offsetsOf(response, status, type, bytes) {
  if (!response.ok) throw refused(response, type, bytes);
  const [offset, seq] = ["Upload-Offset", "FieldApp-Seq"].map((name) => numberOf(response.headers.get(name)));
  if (response.status !== status || offset === null) throw new Problem("captive_portal");
  return { offset, seq };
}

/** @param {string | null} text */
const numberOf = (text) => (text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null);

/** @param {Response} response @param {string} type @param {Uint8Array} bytes */
function refused(response, type, bytes) {
  const problem = refusal(response, type, bytes);
  // Said of its disk; on this phone the code is for the phone's own.
  if (problem.code === "storage_full") problem.code = "server_full";
  const { reason, offset, state, seq } = (type.endsWith("json") && jsonOf(bytes)) || {};
  Object.assign(problem.detail, { reason, offset, state, seq });
  return problem;
}

/** @param {Uint8Array} bytes */
function jsonOf(bytes) {
  try {
    return fromJsonBytes(bytes);
  } catch {
    return null;
  }
}
