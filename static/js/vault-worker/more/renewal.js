// Changing or removing a way in: a new data key with all that hangs under it, and the values of before sealed anew.
//
// Obligations, easy to break:
// - from the moment the new root record is on disk the old secret opens nothing there: old wraps are not kept beside the new one;
// - the old data keys lie in the new keyring until nothing needs them, and are dropped last;
// - each step can be cut off anywhere and begun again: a value is under one key or the other, never under none.

import { b64u, fromJsonBytes } from "../../bytes.js";
import { Problem } from "../../errors.js";
import { mailboxInfo, SUB_KEY_OF_STORE } from "../layout.js";
import { hpkeOpen } from "../packages.js";
import { baseKey, namesOf, openValue, sealValue } from "../seals.js";
import { makeMailbox, sealedBy, sealedRing } from "./ring.js";
import { wrapDek } from "./wrapping.js";

/**
 * @typedef {import("../../bytes.js").Bytes} Bytes
 * @typedef {import("../../bytes.js").Json} Json
 * @typedef {import("../../vault-worker.js").Keeper} Keeper
 */

export const operations = { renew, again, done };

/**
 * The parts of a root record under a new data key, with one way in: the secret. The keeper stays as it is.
 * @param {Keeper} keeper @param {Json} given `{secret, to: {secret, kind, digits, kdf}}`
 * @returns {Promise<Json>} throws `wrong_secret`
 */
async function renew(keeper, { secret, to }) {
  const old = await keeper.dekOf(secret);
  const ring = await keeper.ringOf(old);
  const { random, derive } = keeper;
  const { vault_id } = keeper.loaded();
  const dek = random(32);
  const mailbox = await makeMailbox();
  const next = {
    ...ring,
    mailbox: b64u(mailbox.private),
    // Names are looked up, so they keep their key: it opens nothing, and a change of all rows at once could not be cut off anywhere.
    names: ring.names ?? b64u(await namesOf(await baseKey(old))),
    past: [{ dek: b64u(old), mailbox: ring.mailbox }, ...(ring.past ?? [])],
    ...(ring.pinned && { pinned: { ...ring.pinned, mailbox: b64u(mailbox.public) } }),
  };
  const wrap = await wrapDek({ dek, vault_id, ...to, random, derive });
  const keyring = await sealedRing(keeper, dek, next);
  for (const bytes of [old, dek]) bytes.fill(0);
  return { wraps: [wrap], keyring, mailbox: mailbox.public };
}

/**
 * Values that lie under a key of before, sealed under the one of now.
 * @param {Keeper} keeper @param {Json} given `[{store, key, sealed}]`
 * @returns {Promise<(Bytes | null)[]>} null: there is nothing to do for it, it is new already or nobody can open it
 */
async function again(keeper, given) {
  return Promise.all(
    given.map(async (/** @type {Json} */ { sealed, ...place }) => {
      const label = SUB_KEY_OF_STORE[place.store];
      if (await opens(keeper.keyOf(place.store), place, sealed)) return null;
      for (const { sub } of keeper.past) {
        const bytes = await opens(sub[label], place, sealed);
        if (bytes) return sealValue(keeper.keyOf(place.store), place, bytes, keeper.random);
      }
      return null;
    }),
  );
}

/**
 * The keyring without the keys of before. They go out of memory too. @param {Keeper} keeper
 * @param {Json} given `{posted: [{store, key, sealed}]}` what a locked tab put by and nobody has opened yet @returns {Promise<Bytes | null>} null: something still needs them
 */
async function done(keeper, { posted }) {
  const { vault_id, keyring } = keeper.loaded();
  const mine = keeper.mailbox;
  if (!mine) throw new Problem("vault_locked");
  for (const { sealed, ...place } of posted) {
    const info = mailboxInfo(vault_id, place);
    const fits = (/** @type {Bytes} */ key) => hpkeOpen(key, info, sealed).catch(() => null);
    if (await fits(mine)) continue;
    for (const { mailbox } of keeper.past) if (await fits(mailbox)) return null;
  }
  const key = keeper.keyOf("root");
  const { past: _, ...ring } = fromJsonBytes(await openValue(key, { store: "root", key: vault_id }, keyring));
  const made = await sealedBy(key, keeper, ring);
  keeper.record = { ...keeper.record, keyring: made };
  keeper.past = [];
  return made;
}

/** @param {CryptoKey} key @param {import("../layout.js").Place} place @param {Bytes} sealed */
const opens = (key, place, sealed) => openValue(key, place, sealed).catch(() => null);
