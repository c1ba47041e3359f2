// The only file that calls fetch. Every way a request can end is bytes, JSON, or a Problem with a stable code.

import { Problem } from "./errors.js";
import {
  DIGEST_PATH,
  EMERGENCY_PATH,
  ENROL_PATH,
  EXCHANGE_PATH,
  REPLY_BYTES_MAX,
  REQUEST_TIMEOUT_MS,
  SHARE_PATH,
} from "./limits.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */

/**
 * @param {{fetch?: (path: string, options: RequestInit) => Promise<Response>, timeout_ms?: number, language?: () => string}} [given]
 */
export function createApi({
  fetch: ask = (path, options) => fetch(path, options),
  timeout_ms = REQUEST_TIMEOUT_MS,
  language = () => "zh-CN",
} = {}) {
  /** Posts, or asks where there is no body. @param {string} path @param {BodyInit | null} body @param {Record<string, string>} headers @param {AbortSignal} [signal] @param {string} [method] */
  async function send(path, body, headers, signal, method = body === null ? "GET" : "POST") {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), timeout_ms);
    signal?.addEventListener("abort", () => stop.abort());
    try {
      // No cookie, no redirect, nothing kept: a captive portal's redirect is an error here, never a reply.
      const response = await ask(path, {
        ...{
          method,
          body,
          headers: { ...headers, "Accept-Language": language() },
          signal: stop.signal,
        },
        ...{
          credentials: "omit",
          cache: "no-store",
          redirect: "error",
          mode: "same-origin",
          referrerPolicy: "no-referrer",
        },
      });
      const type = response.headers.get("Content-Type")?.split(";")[0].trim() ?? "";
      const bytes = new Uint8Array(await response.arrayBuffer());
      return { response, type, bytes };
    } catch (cause) {
      throw new Problem("no_network", undefined, cause);
    } finally {
      clearTimeout(timer);
    }
  }

  /** What is signed by the transport key of a vault. @param {string} type @param {{vault_id: string, signature: string}} by */
  const signed = (type, { vault_id, signature }) => ({
    "Content-Type": type,
    "FieldApp-Vault": vault_id,
    "FieldApp-Signature": signature,
  });

  /** An answer in JSON. @param {string} path @param {BodyInit | null} body @param {Record<string, string>} headers @param {AbortSignal} [signal] @returns {Promise<any>} */
  async function askJson(path, body, headers, signal) {
    const { response, type, bytes } = await send(path, body, headers, signal);
    if (!response.ok) throw refusal(response, type, bytes);
    if (type !== JSON_TYPE) throw new Problem("captive_portal");
    return json(bytes) ?? fail("reply_malformed");
  }

  return {
    /** For more/api-files.js. */
    send,

    /**
     * @param {{vault_id: string, signature: string, body: Bytes, signal?: AbortSignal}} given @returns {Promise<Bytes>} the reply's frame
     */
    async exchange({ body, signal, ...by }) {
      const { response, type, bytes } = await send(EXCHANGE_PATH, body, signed(FRAME_TYPE, by), signal);
      if (!response.ok) throw refusal(response, type, bytes);
      if (type !== FRAME_TYPE) throw new Problem("captive_portal");
      if (bytes.length > REPLY_BYTES_MAX) throw new Problem("reply_malformed");
      return bytes;
    },

    /** @param {any} request as docs/protocol.md section 6 @param {AbortSignal} [signal] @returns {Promise<any>} */
    enrol: (request, signal) => askJson(ENROL_PATH, JSON.stringify(request), { "Content-Type": JSON_TYPE }, signal),

    /** The server's share of a PIN way, section 8. @param {{vault_id: string, signature: string, body: Bytes}} given @returns {Promise<any>} */
    share: ({ body, ...by }) => askJson(SHARE_PATH, body, signed(JSON_TYPE, by)),

    /** What it still has, section 12. @param {{vault_id: string, signature: string, body: Bytes}} given @returns {Promise<any>} */
    digest: ({ body, ...by }) => askJson(DIGEST_PATH, body, signed(JSON_TYPE, by)),

    /** Whom to call in this county; public, for a phone that has no vault yet. @returns {Promise<import("./ui/urgent.js").HelpNumber[]>} */
    emergency: async () => (await askJson(EMERGENCY_PATH, null, {})).numbers ?? fail("reply_malformed"),
  };
}

const JSON_TYPE = "application/json";
const FRAME_TYPE = "application/octet-stream";

/** @param {Response} response @param {string} type @param {Uint8Array} bytes */
export function refusal(response, type, bytes) {
  const said = type.endsWith("json") ? json(bytes) : null;
  const retry_after_s = Number.parseInt(response.headers.get("Retry-After") ?? "", 10);
  const { tries_left, t, code } = said ?? {};
  const is_ours = typeof code === "string";
  // What a portal says of itself holds nothing up: a proxy that is busy says so with the status for it.
  const is_meant = retry_after_s >= 0 && (is_ours || [429, 503].includes(response.status));
  const detail = { status: response.status, tries_left, t, ...(is_meant ? { retry_after_s } : {}) };
  if (is_ours) return new Problem(code, detail);
  if (response.status === 413) return new Problem("frame_too_large", detail); // said by a proxy in front
  if (response.status === 429) return new Problem("slow_down", detail);
  if (response.status === 503) return new Problem("server_busy", detail);
  return new Problem(response.status >= 500 ? "server_error" : "captive_portal", detail);
}

/** @param {Uint8Array} bytes */
function json(bytes) {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return null;
  }
}

/** @param {string} code @returns {never} */
function fail(code) {
  throw new Problem(code);
}
