// What lies on the phone: sealed values, secrets, PIN. The compositions run here in the page, with real WebCrypto.

import {
  b64u,
  concat,
  deflate,
  fromHex,
  hex,
  inflate,
  makeFrame,
  readFrame,
  u32,
  utf8,
} from "../../../static/js/bytes.js";
import { crockford60, generateDigits, idBytes, idText, newId, parseCode, randomBytes } from "../../../static/js/ids.js";
import { KDF_PIN } from "../../../static/js/limits.js";
import { checkNewPin, checkNewSecret } from "../../../static/js/vault.js";
import { bucketLength } from "../../../static/js/vault-worker/layout.js";
import { wrapDek } from "../../../static/js/vault-worker/more/wrapping.js";
import { baseKey, openValue, sealValue, sha256 } from "../../../static/js/vault-worker/seals.js";
import { unwrapDek } from "../../../static/js/vault-worker/wrap.js";
import { answer, Keeper } from "../../../static/js/vault-worker.js";
import { assert, County, equal, refuses, seeded } from "./county.js";

const PLACE = { store: "drafts", key: "one" };
const LIGHT = { ...KDF_PIN, memory_kib: 64, iterations: 1 };

/** Argon2id needs WASM, which only the worker's response allows; outbox_test.js runs it there. @type {import("../../../static/js/vault-worker/wrap.js").Derive} */
const derive = (secret, { salt }) => sha256(utf8(`${salt}|${secret}`));

export async function test_a_value_opens_at_every_bucket_edge() {
  const base = await baseKey(randomBytes(32));
  for (const length of [0, 1, 251, 252, 253, 65_531, 65_532, 65_533, 65_536, 200_000]) {
    const bytes = new Uint8Array(length).map((_, i) => i % 251);
    const sealed = await sealValue(base, PLACE, bytes, randomBytes);
    equal(sealed.length, 1 + 16 + bucketLength(4 + length) + 16);
    equal(hex(await openValue(base, PLACE, sealed)), hex(bytes));
  }
}

export async function test_lengths_say_only_their_bucket() {
  equal(
    [1, 256, 257, 512, 65_536, 65_537, 131_072, 131_073].map(bucketLength),
    [256, 256, 512, 512, 65_536, 131_072, 131_072, 196_608],
  );
}

export async function test_every_changed_byte_is_found() {
  const base = await baseKey(randomBytes(32));
  const sealed = await sealValue(base, PLACE, utf8("王"), randomBytes);
  for (let i = 0; i < sealed.length; i++) {
    const changed = sealed.slice();
    changed[i] ^= 1;
    await refuses("value_damaged", () => openValue(base, PLACE, changed));
  }
  for (const cut of [0, 1, 16, 17, 40])
    await refuses("value_damaged", () => openValue(base, PLACE, sealed.slice(0, cut)));
}

export async function test_a_value_opens_only_where_it_was_put() {
  const base = await baseKey(randomBytes(32));
  const sealed = await sealValue(base, PLACE, utf8("x"), randomBytes);
  await refuses("value_damaged", () => openValue(base, { ...PLACE, key: "two" }, sealed));
  await refuses("value_damaged", () => openValue(base, { ...PLACE, store: "inbox" }, sealed));
  await refuses("value_damaged", () => openValue(base, { ...PLACE, version: 2 }, sealed));
  await refuses("value_damaged", async () => openValue(await baseKey(randomBytes(32)), PLACE, sealed));
}

export async function test_a_wrong_secret_fails_by_the_tag() {
  const given = {
    dek: randomBytes(32),
    vault_id: newId(1),
    kind: /** @type {const} */ ("passphrase"),
    digits: 0,
    kdf: LIGHT,
    random: randomBytes,
  };
  const wrap = await wrapDek({ ...given, secret: "right right right", derive });
  equal(hex(await unwrapDek(wrap, given.vault_id, "right right right", derive)), hex(given.dek));
  await refuses("wrong_secret", () => unwrapDek(wrap, given.vault_id, "wrong", derive));
  // What lies in clear is bound too: nobody can make a wrap cheaper to guess. Whether or not its sum was made to fit.
  for (const [other, vault_id] of /** @type {[any, string][]} */ ([
    [wrap, newId(2)],
    [{ ...wrap, version: 2 }, given.vault_id],
    [{ ...wrap, kdf: { ...wrap.kdf, iterations: 2 } }, given.vault_id],
    [{ ...wrap, wrapped: wrap.wrapped.map((byte, i) => (i === 5 ? byte ^ 1 : byte)) }, given.vault_id],
  ])) {
    await refuses("value_damaged", () => unwrapDek(other, vault_id, "right right right", derive));
    const summed = { ...other, check: undefined };
    await refuses("wrong_secret", () => unwrapDek(summed, vault_id, "right right right", derive));
  }
}

export async function test_no_key_and_nonce_meet_twice() {
  // Given a keeper whose every encryption is watched
  const subtle = crypto.subtle;
  const names = new Map();
  const nameOf = (/** @type {any} */ key) => names.get(key) ?? names.set(key, `#${names.size}`).get(key);
  const [deriveKey, encrypt] = [subtle.deriveKey, subtle.encrypt];
  const seen = new Set();
  let count = 0;
  subtle.deriveKey = async (/** @type {any} */ how, base, /** @type {any[]} */ ...rest) => {
    const key = await deriveKey.call(subtle, how, base, .../** @type {[any, any, any]} */ (rest));
    names.set(key, `${nameOf(base)}|${hex(new Uint8Array(how.salt))}|${hex(new Uint8Array(how.info))}`);
    return key;
  };
  subtle.encrypt = (/** @type {any} */ how, key, bytes) => {
    seen.add(`${nameOf(key)}|${hex(new Uint8Array(how.iv))}`);
    count += 1;
    return encrypt.call(subtle, how, key, bytes);
  };
  try {
    // When it seals the same texts at the same places many times, over two unlocks
    const { keeper } = await openKeeper();
    for (let round = 0; round < 2; round++) {
      await keeper.unlock({ secret: "a secret of twelve" });
      for (let i = 0; i < 40; i++)
        await keeper.seal([0, 1, 2].map(() => ({ store: "drafts", key: "same", bytes: utf8("same") })));
      for (let i = 0; i < 20; i++)
        await keeper.pack({ head: { kind: "draft" }, body: { text: "same".repeat(50_000 * (i % 2)) } });
    }
  } finally {
    subtle.deriveKey = deriveKey;
    subtle.encrypt = encrypt;
  }
  // Then no pair came twice
  assert(count > 300, `only ${count}`);
  equal(seen.size, count);
}

export async function test_five_wrong_pins_are_counted_even_at_once() {
  const { keeper } = await openKeeper();
  const tries = await Promise.all(Array.from({ length: 7 }, () => keeper.checkPin({ pin: "000000" })));
  equal(
    tries.map(({ tries_left }) => tries_left).sort(),
    [0, 0, 0, 0, 0, 0, 0].map((_, i) => Math.max(0, i - 2)).sort(),
  );
  equal(await keeper.checkPin({ pin: "280417" }), { ok: false, tries_left: 0 });
}

export async function test_a_right_pin_starts_the_count_again() {
  const { keeper } = await openKeeper();
  await keeper.checkPin({ pin: "000000" });
  equal(await keeper.checkPin({ pin: "280417" }), { ok: true, tries_left: 5 });
}

export async function test_a_locked_keeper_opens_nothing() {
  const { record } = await openKeeper();
  const keeper = new Keeper(randomBytes, derive);
  await keeper.load(record);
  for (const [op, given] of [
    ["seal", [{ ...PLACE, bytes: utf8("x") }]],
    ["open", [{ ...PLACE, sealed: utf8("x") }]],
    ["names", [{ store: "x", name: "y" }]],
    ["pack", {}],
    ["signPull", {}],
    ["checkPin", { pin: "1" }],
    ["openPost", {}],
  ]) {
    equal((await answer(keeper, { id: 1, op: /** @type {string} */ (op), given })).problem?.code, "vault_locked");
  }
  equal((await answer(keeper, { id: 1, op: "constructor", given: {} })).problem?.code, "unknown_problem");
}

export async function test_what_is_posted_while_locked_opens_after_the_unlock() {
  const { record, keeper } = await openKeeper();
  const locked = new Keeper(randomBytes, derive);
  await locked.load(record);
  const sealed = await locked.post({ store: "outbox", key: "k", bytes: utf8("紧急") });
  equal(hex(await keeper.openPost({ store: "outbox", key: "k", sealed })), hex(utf8("紧急")));
  await refuses("value_damaged", () => keeper.openPost({ store: "outbox", key: "other", sealed }));
}

export async function test_a_vault_of_before_anything_was_pinned_takes_a_list_of_keys_and_opens_again() {
  const county = await County.create();
  const { identity_key, server_keys } = await county.keysOf(2);
  const { keeper, record } = await openKeeper();
  await keeper.load({ ...record, identity_key, keys_version: 1 });
  const given = { identity_key, server_keys, keys_version: 2, keys_signature: (await county.keysOf(2)).keys_signature };
  const { value: parts } = await answer(keeper, { id: 1, op: "orders.keys", given });
  equal(parts.keys_version, 2);
  const again = new Keeper(randomBytes, derive);
  await again.load({ ...record, identity_key, ...parts });
  const { pinned } = await again.unlock({ secret: "a secret of twelve" });
  equal([pinned.keys_version, [...pinned.mailbox]], [2, [...record.mailbox]]);
  equal((await answer(keeper, { id: 1, op: "orders.keys", given })).value, null);
}

export async function test_local_names_are_steady_and_say_nothing() {
  const one = await openKeeper();
  const [a, b, again] = await one.keeper.names([
    { store: "inbox", name: "case:1" },
    { store: "packs", name: "case:1" },
    { store: "inbox", name: "case:1" },
  ]);
  assert(a === again && a !== b && a.length === 22);
  const [other] = await (await openKeeper()).keeper.names([{ store: "inbox", name: "case:1" }]);
  assert(other !== a);
}

export function test_generated_digits_are_even() {
  const random = seeded(5);
  const digits = generateDigits(20_000, (length) => new Uint8Array(length).map(() => Math.floor(random() * 256)));
  equal(digits.length, 20_000);
  const counts = [...Array(10).keys()].map((digit) => digits.split(String(digit)).length - 1);
  assert(
    counts.every((count) => Math.abs(count - 2_000) < 200),
    String(counts),
  );
  equal(
    generateDigits(3, () => Uint8Array.of(255, 250, 9, 12, 7)),
    "927",
  );
}

export function test_secrets_are_checked_before_they_are_used() {
  equal(checkNewSecret("短", "passphrase", 0), "secret_short");
  equal(checkNewSecret("aaaaaaaaaaaa", "passphrase", 0), "secret_simple");
  equal(checkNewSecret("123456789012", "passphrase", 0), "secret_simple");
  equal(checkNewSecret("山上四匹白马饮水两只黑羊", "passphrase", 0), null);
  equal(checkNewSecret("1234 5678 9012", "digits", 12), null);
  equal(checkNewSecret("1234 5678 9012", "digits", 14), "secret_digits");
  equal(
    ["12345", "abcdef", "111111", "123456", "654321", "121212", "123123", "890123", "280417"].map((pin) =>
      checkNewPin(pin),
    ),
    ["pin_form", "pin_form", "pin_simple", "pin_simple", "pin_simple", "pin_simple", "pin_simple", "pin_simple", null],
  );
  equal(
    ["604193", "60419388", "12345678", "12121212", "10101010"].map((pin) => checkNewPin(pin, 8)),
    ["pin_form", null, "pin_simple", "pin_simple", "pin_simple"],
  );
}

export async function test_a_code_is_read_as_people_type_it() {
  equal(parseCode("abcd-efgh-jkmn oil0 1111 2222"), {
    code: "ABCDEFGHJKMN",
    fingerprint: "011011112222",
    address: null,
  });
  equal(parseCode("https://phone.example/#ABCDEFGHJKMN000011112222").address, "https://phone.example/");
  for (const bad of ["", "ABCD", `${"A".repeat(23)}U`, "A".repeat(25)])
    await refuses("code_form", () => parseCode(bad));
  equal(crockford60(fromHex("ffffffffffffffff")), "Z".repeat(12));
  equal(crockford60(fromHex("0000000000000010")), "000000000001");
}

export function test_ids_carry_the_clock_and_survive_a_wrong_one() {
  for (const now of [0, 1_800_000_000_000, -5, Number.NaN, 2 ** 60]) {
    const id = newId(now);
    equal(idText(idBytes(id)), id);
    equal(id[14], "7");
    assert("89ab".includes(id[19]));
  }
  equal(newId(1_800_000_000_000).slice(0, 13), "01a3185c-5000");
}

export async function test_inflating_stops_at_its_bound() {
  const bomb = await deflate(new Uint8Array(5_000_000));
  assert(bomb.length < 10_000);
  await refuses("value_damaged", () => inflate(bomb, 1_000_000));
  await refuses("value_damaged", () => inflate(utf8("no zlib stream"), 1_000));
  equal((await inflate(bomb, 5_000_000)).length, 5_000_000);
}

export async function test_a_frame_is_read_whole_or_refused() {
  const frame = makeFrame({ 名: 1 }, utf8("ab"), utf8("c"));
  const { head, take, left } = readFrame(frame);
  equal([head, b64u(take(2)), left()], [{ 名: 1 }, b64u(utf8("ab")), 1]);
  await refuses("reply_malformed", () => take(2));
  await refuses("reply_malformed", () => take(-1));
  for (const cut of [0, 3, 4, 9]) await refuses("reply_malformed", () => readFrame(frame.slice(0, cut)));
  await refuses("reply_malformed", () => readFrame(concat(u32(3), utf8("{]}"))));
  await refuses("reply_malformed", () => readFrame(concat(u32(0xffffffff), utf8("{}"))));
}

/** A keeper that was created and adopted without a server: `checkServer` has tests of its own. */
async function openKeeper() {
  const maker = new Keeper(randomBytes, derive);
  const given = {
    code: "C",
    now_ms: 1,
    secret: "a secret of twelve",
    kind: "passphrase",
    digits: 0,
    kdf: LIGHT,
    pin: "280417",
  };
  const { value: made } = await answer(maker, { id: 1, op: "making.create", given });
  const { keyPairFromSeed } = await import("./opening.js");
  const pair = await keyPairFromSeed(new Uint8Array(32).fill(9));
  const server_keys = [{ key_id: "0011223344556677", suite: 1, public: b64u(pair.public), from: 0, until: null }];
  const record = { ...made, district: "990101", server_keys };
  const keeper = new Keeper(randomBytes, derive);
  await keeper.load(record);
  await keeper.unlock({ secret: "a secret of twelve" });
  return { keeper, record };
}
