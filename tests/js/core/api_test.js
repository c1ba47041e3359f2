// api.js: every way a request can end has a name.

import { createApi } from "../../../static/js/api.js";
import { utf8 } from "../../../static/js/bytes.js";
import { addEnglish, SENTENCES, sentence } from "../../../static/js/errors.js";
import { en } from "../../../static/js/errors-en.js";
import "../../../static/js/more/errors.js";
import "../../../static/js/more/errors-files.js";
import { assert, equal, refuses } from "./county.js";

const GIVEN = { vault_id: "v", signature: "s", body: utf8("frame") };

/** @param {string} body @param {number} status @param {Record<string, string>} headers */
const answering = (body, status, headers) => createApi({ fetch: async () => new Response(body, { status, headers }) });

export async function test_a_frame_goes_out_bare_and_comes_back_as_bytes() {
  /** @type {any[]} */
  const asked = [];
  const api = createApi({
    fetch: async (...request) => {
      asked.push(request);
      return new Response("reply", { headers: { "Content-Type": "application/octet-stream" } });
    },
  });
  equal([...(await api.exchange(GIVEN))], [...utf8("reply")]);
  const [path, { method, headers, credentials, redirect, cache, referrerPolicy }] = asked[0];
  equal(
    [path, method, credentials, redirect, cache, referrerPolicy],
    ["/sync/v1/exchange", "POST", "omit", "error", "no-store", "no-referrer"],
  );
  equal([headers["FieldApp-Vault"], headers["FieldApp-Signature"]], ["v", "s"]);
}

export async function test_every_end_of_a_request_has_its_code() {
  const json = { "Content-Type": "application/json" };
  const html = { "Content-Type": "text/html" };
  /** @type {[string, string, number, Record<string, string>][]} */
  const ends = [
    ["captive_portal", "<html>sign in", 200, html],
    ["captive_portal", "<html>", 403, html],
    ["captive_portal", "<html>sign in", 403, { ...html, "Retry-After": "86400" }],
    ["server_error", "<html>", 502, { ...html, "Retry-After": "86400" }],
    ["unknown_vault", '{"code":"unknown_vault"}', 401, json],
    ["slow_down", '{"code":"slow_down"}', 429, { ...json, "Retry-After": "7" }],
    ["slow_down", "", 429, html],
    ["server_busy", "", 503, { "Retry-After": "7" }],
    ["server_error", "<html>bad gateway", 502, html],
    ["frame_too_large", "<html>", 413, html],
    ["server_error", "{cut", 500, json],
  ];
  for (const [code, body, status, headers] of ends) {
    const problem = await refuses(code, () => answering(body, status, headers).exchange(GIVEN));
    equal(problem.detail.retry_after_s, headers["Retry-After"] === "7" ? 7 : undefined);
  }
  await refuses("no_network", () =>
    createApi({ fetch: () => Promise.reject(new TypeError("Failed to fetch")) }).exchange(GIVEN),
  );
  await refuses("reply_malformed", () => answering("{cut", 200, json).enrol({}));
  await refuses("captive_portal", () => answering("<html>", 200, html).enrol({}));
  await refuses("enrol_refused", () => answering('{"code":"enrol_refused"}', 403, json).enrol({}));
}

export async function test_the_numbers_to_call_are_asked_for_without_a_body() {
  const numbers = [{ number: "199 0000 0110", label: { zh: "庇护所", en: "Shelter" } }];
  /** @type {any[]} */
  const asked = [];
  const api = createApi({
    fetch: async (...request) => {
      asked.push(request);
      return new Response(JSON.stringify({ numbers }), { headers: { "Content-Type": "application/json" } });
    },
  });
  equal(await api.emergency(), numbers);
  equal([asked[0][0], asked[0][1].method, asked[0][1].body], ["/emergency.json", "GET", null]);
  await refuses("captive_portal", () => answering("<html>", 200, { "Content-Type": "text/html" }).emergency());
}

export async function test_a_request_given_up_is_no_network() {
  const stop = new AbortController();
  const fetch = (/** @type {string} */ _, /** @type {RequestInit} */ { signal }) =>
    new Promise((/** @type {(response: Response) => void} */ _resolve, reject) =>
      signal?.addEventListener("abort", () => reject(new DOMException("", "AbortError"))),
    );
  const asked = createApi({ fetch }).enrol({}, stop.signal);
  stop.abort();
  await refuses("no_network", () => asked);
}

export function test_every_code_has_two_whole_sentences_in_each_language() {
  equal(Object.keys(en).sort(), Object.keys(SENTENCES).sort());
  for (const [code, zh] of Object.entries(SENTENCES)) {
    const english = en[code];
    for (const one of [...zh, ...english]) assert(one.length > 2, code);
    for (const said of [zh, english]) equal(said.length, 2);
    assert(/[\u4e00-\u9fff]/.test(zh.join("")) && !/[\u4e00-\u9fff]/.test(english.join("")), code);
  }
}

export function test_a_sentence_is_in_zh_until_english_has_come() {
  assert(sentence("wrong_pin", "en").title === sentence("wrong_pin", "zh").title);
  addEnglish(en);
  equal(sentence("nobody_says_this", "en"), sentence("unknown_problem", "en"));
  assert(sentence("wrong_pin", "zh").title !== sentence("wrong_pin", "en").title);
}
