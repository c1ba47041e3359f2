// What leaves for the server: chunks, packages, envelopes, and the frozen vectors of both sides.

import { b64u, concat, fromB64u, hex, jsonBytes, u32, utf8 } from "../../../static/js/bytes.js";
import { idBytes, newId, randomBytes } from "../../../static/js/ids.js";
import { authorText, chooseServerKey, PURPOSE_FILE, packageAad } from "../../../static/js/vault-worker/layout.js";
import { makeMailbox } from "../../../static/js/vault-worker/more/ring.js";
import { checkServer } from "../../../static/js/vault-worker/more/server.js";
import {
  hpkeOpen,
  hpkeSeal,
  makeEnvelope,
  makePackage,
  openChunks,
  packageKey,
  sealChunks,
} from "../../../static/js/vault-worker/packages.js";
import { baseKey, sha256 } from "../../../static/js/vault-worker/seals.js";
import { assert, County, equal, refuses, revisionHead, seeded, verify } from "./county.js";
import { keyPairFromSeed, openEnvelope, openPackage } from "./opening.js";

const VAULT = newId(1);
const ECDSA = { name: "ECDSA", namedCurve: "P-256" };
const EDGES = [0, 1, 65_535, 65_536, 65_537, 131_072, 131_073];

export async function test_chunks_open_at_every_edge_and_are_as_long_as_they_must_be() {
  const id = idBytes(newId(1));
  const key = await packageKey(await baseKey(randomBytes(32)), randomBytes(16), PURPOSE_FILE, id);
  for (const length of EDGES) {
    const bytes = new Uint8Array(length).map((_, i) => i % 253);
    const sealed = await sealChunks(key, packageAad(PURPOSE_FILE, id), bytes);
    equal(sealed.length, length + 16 * Math.max(1, Math.ceil(length / 65_536)));
    assert(
      hex(await sha256(await openChunks(key, packageAad(PURPOSE_FILE, id), sealed))) === hex(await sha256(bytes)),
      `${length}`,
    );
  }
}

export async function test_chunks_cannot_be_cut_swapped_or_moved_to_another_file() {
  const id = idBytes(newId(1));
  const aad = packageAad(PURPOSE_FILE, id);
  const key = await packageKey(await baseKey(randomBytes(32)), randomBytes(16), PURPOSE_FILE, id);
  const sealed = await sealChunks(key, aad, new Uint8Array(200_000));
  const step = 65_552;
  await refuses("package_damaged", () => openChunks(key, aad, sealed.slice(0, 3 * step))); // the last is missing
  await refuses("package_damaged", () => openChunks(key, aad, sealed.slice(0, -1)));
  await refuses("package_damaged", () =>
    openChunks(key, aad, concat(sealed.slice(step, 2 * step), sealed.slice(0, step), sealed.slice(2 * step))),
  );
  await refuses("package_damaged", () => openChunks(key, packageAad(PURPOSE_FILE, idBytes(newId(2))), sealed));
}

export async function test_the_same_randomness_makes_the_same_bytes() {
  // The layout and key schedule of protocol section 3, recomputed by hand from the parts.
  const made = await pack({ random: counted() });
  const [package_id, salt] = [filled(16, 1), filled(16, 2)];
  equal(hex(made.package.slice(0, 53 - 4)), hex(concat(package_id, Uint8Array.of(1), filled(16, 9), salt)));
  const base = await crypto.subtle.importKey("raw", filled(32, 8), "HKDF", false, ["deriveBits"]);
  const body_id = idBytes(made.head.revision_id);
  const info = concat(utf8("fieldapp/1/"), Uint8Array.of(2), body_id);
  const raw = await crypto.subtle.deriveBits({ name: "HKDF", hash: "SHA-256", salt, info }, base, 256);
  const key = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["decrypt"]);
  const headLength = new DataView(made.package.buffer).getUint32(49);
  const sealedBody = made.package.slice(53 + headLength);
  const additionalData = concat(Uint8Array.of(1, 2), package_id, body_id);
  const iv = new Uint8Array(12);
  iv[11] = 1;
  const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv, additionalData }, key, sealedBody);
  assert(plain.byteLength > 0);
  equal(made.head.body_hash, b64u(await sha256(sealedBody)));
}

export async function test_every_changed_or_missing_byte_of_a_package_is_found() {
  const made = await pack({});
  const sealing = await baseKey(filled(32, 8));
  equal((await openPackage(sealing, made.package)).body, BODY);
  for (let at = 0; at < made.package.length; at += 1) {
    if (at >= 17 && at < 33) continue; // the envelope id: it chooses the key, and is not bound itself
    const changed = made.package.slice();
    changed[at] ^= 0x80;
    await refuses("package_damaged", () => openPackage(sealing, changed));
  }
  for (const length of [0, 16, 52, 53, 100, made.package.length - 1])
    await refuses("package_damaged", () => openPackage(sealing, made.package.slice(0, length)));
}

export async function test_the_author_signs_the_whole_text_of_the_head() {
  const pair = await crypto.subtle.generateKey(ECDSA, true, ["sign", "verify"]);
  const point = b64u(new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey)));
  const made = await pack({ author: pair.privateKey });
  const text = (/** @type {any} */ head) => authorText(head, VAULT);
  assert(await verify(point, made.head.signature, text(made.head)));
  for (const [name, value] of Object.entries(made.head)) {
    if (name === "v" || name === "signature") continue;
    const other = { ...made.head, [name]: Array.isArray(value) ? [newId(5)] : `${value}x` };
    assert(!(await verify(point, made.head.signature, text(other))), `${name} is not signed`);
  }
  assert(!(await verify(point, made.head.signature, authorText(made.head, newId(9)))), "the vault is not signed");
}

export async function test_what_is_too_large_is_refused_before_it_is_queued() {
  const random = seeded(3);
  const noise = b64u(new Uint8Array(400_000).map(() => random() * 256));
  await refuses("record_too_large", () => pack({ body: { noise } }));
  await refuses("record_too_large", () => pack({ body: { text: "a".repeat(2_100_000) } })); // small when compressed, not when opened
  assert((await pack({ body: { noise: noise.slice(0, 300_000) } })).package.length < 262_144);
}

export async function test_an_envelope_opens_for_its_vault_and_key_alone() {
  const pair = await keyPairFromSeed(filled(32, 4));
  const key_id = hex((await sha256(pair.public)).slice(0, 8));
  const sealed = await makeEnvelope(
    filled(32, 8),
    { key_id, suite: 1, public: b64u(pair.public), from: 0, until: null },
    VAULT,
  );
  equal([sealed.length, hex(await openEnvelope(sealed, pair.private, key_id, VAULT))], [113, hex(filled(32, 8))]);
  await refuses("value_damaged", () => openEnvelope(sealed, pair.private, key_id, newId(7)));
  await refuses("value_damaged", () => openEnvelope(sealed, pair.private, "0000000000000000", VAULT));
  sealed[70] ^= 1;
  await refuses("value_damaged", () => openEnvelope(sealed, pair.private, key_id, VAULT));
}

export async function test_what_was_sealed_to_a_phone_opens_in_a_browser_that_cannot_tell_a_public_key() {
  const { private: mine, public: point } = await makeMailbox();
  const sealed = await hpkeSeal(point, utf8("a share"), utf8("for her alone"));
  // Chromium 150 and everything older; the property comes back with the next document.
  Reflect.deleteProperty(SubtleCrypto.prototype, "getPublicKey");
  equal(await hpkeOpen(mine, utf8("a share"), sealed), utf8("for her alone"));
  await refuses("value_damaged", () => hpkeOpen(mine, utf8("another"), sealed));
}

export async function test_a_list_of_server_keys_counts_only_when_wholly_signed() {
  const county = await County.create();
  const fingerprint = (await county.code24()).slice(-12);
  const reply = await enrolReply(county);
  await checkServer(reply, fingerprint);
  const [key] = reply.server_keys;
  const spoiled = [
    { ...reply, keys_version: 9 },
    { ...reply, server_keys: [] },
    { ...reply, server_keys: [{ ...key, until: 5 }] },
    { ...reply, server_keys: [key, key] },
    { ...reply, keys_signature: null },
  ];
  for (const other of spoiled) await refuses("server_keys_unsigned", () => checkServer(other, fingerprint));
  await refuses("server_fingerprint", () => checkServer(reply, "000000000000"));
}

export async function test_the_server_key_is_not_chosen_by_this_phones_clock() {
  const key = (/** @type {any} */ more) => ({ key_id: "k", suite: 1, public: "", from: 0, until: null, ...more });
  equal(
    chooseServerKey([
      key({ key_id: "old", until: 5 }),
      key({ key_id: "new", from: 9 }),
      key({ key_id: "pq", suite: 2, from: 99 }),
    ]).key_id,
    "new",
  );
  equal(chooseServerKey([key({ key_id: "a", until: 5 }), key({ key_id: "b", from: 3, until: 9 })]).key_id, "b");
  await refuses("no_server_key", () => chooseServerKey([key({ suite: 2 })]));
}

/** What either side sealed once opens for ever: see tests/vectors/packages/README.md. */
export const test_the_frozen_packages_of_this_side_open = () => opensVectors("js.json");
export const test_the_frozen_packages_of_the_server_side_open = () => opensVectors("python.json");

/** @param {string} file */
async function opensVectors(file) {
  const vectors = await (await fetch(`/tests/vectors/packages/${file}`)).json();
  const raw = await rawPrivate(vectors.server.private);
  const sealing_key = await openEnvelope(fromB64u(vectors.envelope), raw, vectors.server.key_id, vectors.vault_id);
  equal(b64u(sealing_key), vectors.sealing_key);
  const sealing = await baseKey(sealing_key);
  assert(vectors.packages.length > 3);
  for (const { name, package: bytes, head, body } of vectors.packages) {
    const opened = await openPackage(sealing, fromB64u(bytes));
    equal([name, sorted(opened.head), b64u(opened.envelope_id)], [name, sorted(head), vectors.envelope_id]);
    if (body !== null) equal([name, opened.body], [name, JSON.parse(body)]);
    if (head.signature)
      assert(
        await verify(vectors.author.public, head.signature, authorText(head, vectors.vault_id)),
        `${name}: signature`,
      );
  }
}

/**
 * Makes js.json, once for a protocol version: run it in the console of the test page and keep what it returns.
 * The seeds are fixed, so that only compressor and signatures differ between two makings.
 */
export async function makeVectors() {
  const server = await keyPairFromSeed(filled(32, 11));
  const author = await crypto.subtle.generateKey(ECDSA, true, ["sign", "verify"]);
  const vault_id = "01990000-0000-7000-8000-0000000000a1";
  const key_id = hex((await sha256(server.public)).slice(0, 8));
  const sealing_key = filled(32, 12);
  const envelope_id = filled(16, 13);
  const envelope = await makeEnvelope(
    sealing_key,
    { key_id, suite: 1, public: b64u(server.public), from: 0, until: null },
    vault_id,
  );
  const id = (/** @type {number} */ n) => `01990000-0000-7000-8000-${String(n).padStart(12, "0")}`;
  const noise = seeded(21);
  const random = (/** @type {number} */ length) => new Uint8Array(length).map(() => noise() * 256);
  const common = {
    ...{
      v: 1,
      district: "990101",
      case_id: id(1),
      visit_id: id(2),
      record_id: id(3),
      revision_id: null,
      parents: [],
      form: "F2",
    },
    ...{ form_version: 1, intent: null, number: null, device_time: 1_800_000_000_000, author: id(9) },
  };
  const recorded = { started: 1, language: "zh", app: "1", zone: "Asia/Shanghai", now: 2, random: [0.5] };
  const long = b64u(random(120_000)); // several chunks even when compressed
  const given = [
    [
      "a revision",
      { kind: "revision", revision_id: id(4), intent: "door" },
      { answers: { head_name: "演示丁 <b>&\u2028" }, replies: [], recorded, visitors: [id(9)] },
    ],
    [
      "its child",
      { kind: "revision", revision_id: id(5), parents: [id(4)], intent: "submit" },
      { answers: {}, replies: [{ remark_id: id(7), reply: "spared", text: "" }], recorded, visitors: [] },
    ],
    [
      "a merge of two, over several chunks",
      { kind: "revision", revision_id: id(6), parents: [id(4), id(5)], intent: "submit" },
      { answers: { long }, replies: [], recorded, visitors: [] },
    ],
    ["a draft copy", { kind: "draft", number: 3 }, { answers: {}, recorded: {}, position: { page: 2 } }],
    ["a void", { kind: "void" }, { reason: "mistake", text: "" }],
    [
      "an urgent record sealed while locked",
      {
        kind: "urgent",
        case_id: null,
        visit_id: null,
        record_id: null,
        form: null,
        form_version: null,
        author: null,
        device_time: -1,
      },
      { at: 0, dangers: ["danger_now"], called: [], confirms: null },
    ],
  ];
  const sign = async (/** @type {any} */ bytes) =>
    new Uint8Array(await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, author.privateKey, bytes));
  const packages = [];
  for (const [name, more, body] of /** @type {[string, any, any][]} */ (given)) {
    const head = { ...common, ...more };
    const made = await makePackage({
      sealing: await baseKey(sealing_key),
      envelope_id,
      vault_id,
      head,
      body,
      random,
      sign: head.author ? sign : null,
    });
    const text = JSON.stringify(body);
    packages.push({ name, package: b64u(made.package), head: made.head, body: text.length > 10_000 ? null : text });
  }
  const point = async (/** @type {any} */ key) => b64u(new Uint8Array(await crypto.subtle.exportKey("raw", key)));
  return {
    vault_id,
    server: { key_id, private: b64u(pkcs8(server.private, server.public)), public: b64u(server.public) },
    author: {
      private: b64u(new Uint8Array(await crypto.subtle.exportKey("pkcs8", author.privateKey))),
      public: await point(author.publicKey),
    },
    ...{ sealing_key: b64u(sealing_key), envelope_id: b64u(envelope_id), envelope: b64u(envelope), packages },
  };
}

const BODY = { answers: { a: "演示" }, replies: [], recorded: {}, visitors: [] };

/** @param {{random?: any, author?: CryptoKey, body?: any}} given */
async function pack({ random = randomBytes, author, body = BODY }) {
  const head = {
    v: 1,
    revision_id: newId(4),
    parents: [],
    number: null,
    device_time: 7,
    author: newId(5),
    ...revisionHead(),
  };
  const sign = author
    ? async (/** @type {any} */ bytes) =>
        new Uint8Array(await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, author, bytes))
    : null;
  return makePackage({
    sealing: await baseKey(filled(32, 8)),
    envelope_id: filled(16, 9),
    vault_id: VAULT,
    head,
    body,
    random,
    sign,
  });
}

const filled = (/** @type {number} */ length, /** @type {number} */ byte) => new Uint8Array(length).fill(byte);

function counted() {
  let calls = 0;
  return (/** @type {number} */ length) => filled(length, ++calls);
}

/** @param {any} head */
const sorted = (head) => Object.entries(head).sort(([a], [b]) => (a < b ? -1 : 1));

/** @param {County} county */
async function enrolReply(county) {
  const pair = await crypto.subtle.generateKey(ECDSA, true, ["sign", "verify"]);
  const point = b64u(new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey)));
  const proof = jsonBytes(["fieldapp/1/enrol", VAULT, b64u(await sha256(utf8("C"))), point, point]);
  const signature = b64u(
    new Uint8Array(await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, pair.privateKey, proof)),
  );
  return county.enrol({
    vault_id: VAULT,
    code: "C",
    transport_key: point,
    author_key: point,
    transport_signature: signature,
    author_signature: signature,
  });
}

/** PKCS#8 of a P-256 key (RFC 5208, RFC 5915), for the other side. @param {Uint8Array} secret @param {Uint8Array} point */
function pkcs8(secret, point) {
  const hexed = "308187020100301306072a8648ce3d020106082a8648ce3d030107046d306b0201010420";
  const bytes = (/** @type {string} */ text) =>
    Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  return concat(bytes(hexed), secret, bytes("a144034200"), point);
}

/** The 32 bytes inside a PKCS#8 key. @param {string} encoded */
async function rawPrivate(encoded) {
  const key = await crypto.subtle.importKey("pkcs8", fromB64u(encoded), { name: "ECDH", namedCurve: "P-256" }, true, [
    "deriveBits",
  ]);
  return fromB64u((await crypto.subtle.exportKey("jwk", key)).d ?? "");
}

/** Prefix of 53 bytes, sealed head, sealed body. */
export async function test_a_package_is_its_five_parts() {
  const { package: bytes } = await pack({});
  const length = new DataView(bytes.buffer).getUint32(49);
  equal(hex(bytes.slice(49, 53)), hex(u32(length)));
  assert(bytes.length > 53 + length);
}
