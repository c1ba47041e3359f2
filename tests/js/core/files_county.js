// The other end of docs/protocol.md section 9 for the tests, in memory: takes announcements and pieces, compares the digest, opens what came.
// It speaks HTTP, so that the real api is in the way; it can lose what passes, and forget what it had.

import { createApi } from "../../../static/js/api.js";
import { b64u, concat, fromB64u, hex, utf8 } from "../../../static/js/bytes.js";
import { idBytes } from "../../../static/js/ids.js";
import { filesApi } from "../../../static/js/more/api-files.js";
import { FILE_BYTES_MAX, UPLOAD_CHUNK_BYTES_MAX, UPLOAD_CHUNK_BYTES_MIN } from "../../../static/js/more/file-limits.js";
import { createFiles } from "../../../static/js/more/files.js";
import { PURPOSE_FILE, packageAad } from "../../../static/js/vault-worker/layout.js";
import { openChunks, packageKey } from "../../../static/js/vault-worker/packages.js";
import { baseKey, sha256 } from "../../../static/js/vault-worker/seals.js";
import { assert, equal, verify } from "./county.js";
import { openEnvelope } from "./opening.js";

export class FileCounty {
  /** @type {Map<string, any>} */ files = new Map();
  /** Method, file and offset of each request, newest last. @type {string[]} */ asked = [];
  /** Bytes of pieces that came up the line. */ bytes_up = 0;
  /** What becomes of a request: null it is answered, `request` it is lost, `reply` its answer is. @type {(method: string, n: number) => "request" | "reply" | null} */
  link = () => null;
  /** What an answer waits for. @type {(n: number) => Promise<void>} */ holds = async () => {};
  /** @type {(said: any) => string | null} why a file is not taken */ refuses = () => null;
  /** A problem in place of an answer to a piece. @type {((file: any, offset: number) => [number, any] | null) | null} */ stumbles =
    null;
  /** Key ids that were destroyed. */ gone = new Set();

  /** @param {import("./county.js").County} county */
  constructor(county) {
    this.county = county;
    const { send } = createApi({ fetch: (path, options) => this.answer(path, options) });
    this.api = filesApi({ send });
  }

  /** @param {any} made a phone */
  of = (made) =>
    createFiles({ ...{ vaults: made.vaults, outbox: made.outbox, api: this.api, random: () => 0 }, ...clockOf(made) });

  /** @param {string} path @param {any} options @returns {Promise<Response>} */
  async answer(path, { method, body, headers }) {
    const file_id = path.slice("/sync/v1/blobs/".length);
    const offset = headers["Upload-Offset"];
    this.asked.push([method, offset].filter((one) => one !== undefined).join(" "));
    const n = this.asked.length;
    const fate = this.link(method, n);
    if (method === "PATCH") this.bytes_up += body.length;
    if (fate === "request") throw new TypeError("Failed to fetch");
    const response = await this.#answered(method, path, file_id, offset, body ?? new Uint8Array(0), headers);
    await this.holds(n);
    if (fate === "reply") throw new TypeError("Failed to fetch");
    return response;
  }

  /** @param {string} method @param {string} path @param {string} file_id @param {string | undefined} offset @param {any} body @param {any} headers */
  async #answered(method, path, file_id, offset, body, headers) {
    const named = method === "POST" ? path : `${path}${offset === undefined ? "" : `?${offset}`}`;
    const text = concat(utf8(`fieldapp/1/transport\n${method} ${named}\n`), await sha256(body));
    const { vault } = this.county;
    assert(headers["FieldApp-Vault"] === vault.vault_id, "vault");
    assert(await verify(vault.transport_key, headers["FieldApp-Signature"], text), "transport signature");
    if (method === "POST") return this.#announced(JSON.parse(new TextDecoder().decode(body)));
    const file = this.files.get(file_id);
    if (!file) return refusal(404, { code: "not_found" });
    if (method === "HEAD") return offsets(200, file);
    return this.#piece(file, Number(offset), body);
  }

  /** @param {any} said */
  async #announced(said) {
    equal(Object.keys(said), ["v", "file_id", "hash", "bytes", "envelope", "record_id", "kind"]);
    const { file_id, hash, bytes, envelope, kind } = said;
    const known = this.files.get(file_id);
    if (known && (known.hash !== hash || known.bytes !== bytes)) return refusal(409, { code: "file_changed" });
    if (known?.seq != null) return reply({ offset: bytes, state: "complete", reason: null, seq: known.seq });
    const why = known ? null : bytes > FILE_BYTES_MAX[kind] ? "too_large" : this.refuses(said);
    if (why) return reply({ offset: 0, state: "refused", reason: why, seq: null });
    if (this.gone.has(envelope.key_id)) return reply({ offset: 0, state: "refused", reason: "unknown_key", seq: null });
    const opens = await this.#keyOf(envelope).then(
      () => true,
      () => false,
    );
    if (!opens) return reply({ offset: 0, state: "refused", reason: "damaged", seq: null });
    const file = known ?? { file_id, hash, bytes, came: new Uint8Array(0), seq: null, kind };
    this.files.set(file_id, Object.assign(file, { envelope, record_id: said.record_id }));
    return reply({ offset: file.came.length, state: "partial", reason: null, seq: null });
  }

  /** @param {any} file @param {number} offset @param {any} body */
  async #piece(file, offset, body) {
    const stumbled = this.stumbles?.(file, offset);
    if (stumbled) return refusal(...stumbled);
    const { came, bytes, seq } = file;
    if (seq !== null || offset !== came.length) {
      const state = seq === null ? "partial" : "complete";
      return refusal(409, { code: "file_offset", offset: came.length, length: bytes, state, seq });
    }
    const is_last = offset + body.length === bytes;
    if (body.length > UPLOAD_CHUNK_BYTES_MAX || (!is_last && body.length < UPLOAD_CHUNK_BYTES_MIN))
      return refusal(400, { code: "request_malformed" });
    const whole = concat(came, body);
    if (is_last && b64u(await sha256(whole)) !== file.hash) {
      file.came = new Uint8Array(0);
      return refusal(460, { code: "digest_wrong" });
    }
    if (is_last && this.gone.has(file.envelope.key_id))
      return refusal(422, { code: "file_refused", reason: "unknown_key" });
    file.came = whole;
    if (is_last) {
      file.plain = await this.#opened(file);
      file.seq = ++this.county.seq;
    }
    return offsets(204, file);
  }

  /** @param {any} file */
  async #opened({ file_id, came, envelope }) {
    equal([hex(came.slice(0, 16)), b64u(came.slice(17, 33))], [hex(idBytes(file_id)), envelope.id]);
    const sealing = await packageKey(
      await baseKey(await this.#keyOf(envelope)),
      came.slice(33, 49),
      PURPOSE_FILE,
      idBytes(file_id),
    );
    return openChunks(sealing, packageAad(PURPOSE_FILE, idBytes(file_id)), came.slice(49));
  }

  /** @param {any} envelope */
  #keyOf({ bytes, key_id }) {
    const { hpke, vault } = this.county;
    return openEnvelope(fromB64u(bytes), hpke.private, key_id, vault.vault_id);
  }

  /** Those that are whole, in the order they became it. */
  whole = () => [...this.files.values()].filter(({ seq }) => seq !== null).sort((a, b) => a.seq - b.seq);
}

/** Time goes by as requests do: each takes a second. @param {any} made */
function clockOf(made) {
  let ms = 0;
  const now = () => {
    ms += 500;
    return made.outbox.now() + ms;
  };
  return { now, timer: made.timer };
}

/** @param {any} said */
const reply = (said) => new Response(JSON.stringify(said), { headers: { "Content-Type": "application/json" } });

/** @param {number} status @param {any} said */
const refusal = (status, said) =>
  new Response(JSON.stringify(said), { status, headers: { "Content-Type": "application/json" } });

/** @param {number} status @param {any} file */
const offsets = (status, { came, bytes, seq }) =>
  new Response(null, {
    status,
    headers: {
      ...{ "Upload-Offset": String(came.length), "Upload-Length": String(bytes) },
      ...(seq !== null && { "FieldApp-Seq": String(seq) }),
    },
  });
