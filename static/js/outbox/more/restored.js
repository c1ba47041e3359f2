// What of all that was handed in does the server still have? Asked after it was restored from a backup, and once a week
// (docs/protocol.md section 12). What is missing waits again, in its old turn, by the bytes it was sent in first.

import { b64u, fromB64u, jsonBytes } from "../../bytes.js";
import { codeOf, Problem } from "../../errors.js";
import { idText, randomBytes } from "../../ids.js";
import { DIGEST_PATH, PROTOCOL_VERSION } from "../../limits.js";
import { meaningOf } from "../../sync.js";
import { runAll } from "../exchange.js";

/**
 * @typedef {import("../exchange.js").At} At
 * @typedef {import("../standing.js").Standing} Standing
 * @typedef {import("../../store/db.js").Store} Store
 * @typedef {import("../../store/outbox.js").Entry} Entry
 * @typedef {import("../../store/outbox.js").Write} Write
 * @typedef {import("../../vault-worker.js").Packed} Packed
 */

const AT_ONCE = 2_000;
const ID_BYTES = 16;

/**
 * Asks, and puts back what is missing together with the note that it was asked. A link that fails, or a server that stumbles, changes
 * nothing: then it is asked again at the next contact, and nothing is freed before.
 * @param {At} at @param {Store} store @param {Standing} standing @returns {Promise<number>} how many wait again
 */
export async function ask(at, store, standing) {
  const entries = await store.outbox.entries({ open: true });
  const held = entries.filter(({ row, info }) => info && (meaningOf(row.last) === "received" || isKept(row, info)));
  let lost;
  try {
    lost = await missing(at, held, standing);
  } catch (problem) {
    if (!(problem instanceof Problem)) at.fail(problem);
    return 0;
  }
  const writes = await again(store, lost, at.results.pack);
  const asked = { ...standing, asked: at.now() };
  const [key, row] = await store.state.row("sync", asked);
  writes.push(({ state }) => void state.put(row, key));
  await runAll(store, [...store.outbox.stores, "state"], writes);
  at.stand({ ...at.standing(), asked: asked.asked });
  return lost.length;
}

/** Those of which the server has nothing. A server of before cannot tell: then all of them. @param {At} at @param {Entry[]} held @param {Standing} standing @returns {Promise<Entry[]>} */
async function missing(at, held, standing) {
  /** @type {Entry[]} */
  const lost = [];
  for (let first = 0; first < held.length; first += AT_ONCE) {
    const part = held.slice(first, first + AT_ONCE);
    const named = new Map(part.map((entry) => [knownAs(entry), entry]));
    const revisions = part.filter(isRevision).map(knownAs);
    const packages = part.filter((entry) => !isRevision(entry)).map(knownAs);
    try {
      const said = await heard(at, { revisions, packages }, standing);
      for (const id of [...ids(said.revisions), ...ids(said.packages)]) {
        const entry = named.get(id);
        if (!entry) throw new Problem("reply_malformed");
        lost.push(entry);
      }
    } catch (problem) {
      if (codeOf(problem) !== "not_found") throw problem;
      lost.push(...part);
    }
  }
  return lost;
}

/** @typedef {{revisions: string, packages: string}} Said what is missing, ids as they travel */

/**
 * A stopped phone is told of its clock nowhere else: the refusal says the time, and it is asked once more by that. Kept for this question alone.
 * @param {At} at @param {{revisions: string[], packages: string[]}} named @param {Standing} standing @returns {Promise<Said>}
 */
async function heard(at, named, standing) {
  try {
    return await question(at, named, standing.clock_offset);
  } catch (problem) {
    const { t } = problem instanceof Problem ? problem.detail : {};
    if (codeOf(problem) !== "clock" || !Number.isFinite(t)) throw problem;
    return question(at, named, t - at.now());
  }
}

/** @param {At} at @param {{revisions: string[], packages: string[]}} named @param {number} clock_offset @returns {Promise<Said>} */
async function question({ vaults, api, now }, named, clock_offset) {
  if (!api.digest) throw new Problem("not_found");
  const when = { request: b64u(randomBytes(16)), t: Math.round(now() + clock_offset) };
  const asked = await vaults.vault.call("orders.digest", { ...when, ...named });
  const body = jsonBytes({ v: PROTOCOL_VERSION, ...asked });
  const signature = await vaults.vault.signTransport(`POST ${DIGEST_PATH}`, body);
  return api.digest({ vault_id: vaults.current?.vault_id ?? "", signature, body });
}

/** Kept by the server for a person. A refused `void` is none: its draft is here again. @param {Entry["row"]} row @param {import("../../store/outbox.js").Info} info */
const isKept = ({ last, package: bytes }, { kind }) =>
  !bytes && meaningOf(last) === "attention" && (kind === "revision" || kind === "urgent");

/** @param {Entry} entry */
const isRevision = ({ info }) => info?.kind === "revision";

/** By which id the server knows it: other bytes under a known id lie there under one that it made. @param {Entry} entry @returns {string} */
const knownAs = ({ row, info }) =>
  info?.kind === "revision" ? (info.result?.kept_as ?? info.revision_id ?? row.op) : row.op;

/** @param {string} text ids, one behind the other */
function ids(text) {
  const bytes = fromB64u(text);
  if (bytes.length % ID_BYTES) throw new Problem("reply_malformed");
  return Array.from({ length: bytes.length / ID_BYTES }, (_, i) =>
    idText(bytes.slice(i * ID_BYTES, (i + 1) * ID_BYTES)),
  );
}

/** The same bytes where they are here still, else sealed again from the copy, under the same revision id. @param {Store} store @param {Entry[]} lost @param {(head: any, body: any) => Promise<Packed>} pack @returns {Promise<Write[]>} */
const again = (store, lost, pack) =>
  Promise.all(
    lost.map(async (entry) => {
      const copy = entry.row.package ? null : await store.outbox.copy(entry.ref).catch(() => null);
      return waitingAgain(store.outbox, entry, copy && (await pack(copy.head, copy.body)));
    }),
  );

/**
 * The write that puts an entry back among those nobody has answered, in its old turn: its package as it is, or sealed anew.
 * @param {Pick<Store["outbox"], "safe" | "ifStill">} outbox @param {Entry} entry @param {Packed | null} packed @returns {Promise<Write>}
 */
export async function waitingAgain(outbox, { ref, row, info }, packed) {
  /** @type {Partial<Entry["row"]>} */
  const next = { last: null, tries: 0 };
  if (packed) Object.assign(next, { package: packed.package, envelope: packed.envelope.id, op: packed.op });
  const known = { .../** @type {any} */ (info), op: packed?.op ?? row.op, result: null };
  next.sealed = (await outbox.safe.row("outbox", ref, known)).sealed;
  return (stores) => {
    outbox.ifStill(stores.outbox, ref, row.op, (found) => {
      stores.outbox.put({ ...found, ...next }, ref);
      if (packed) stores.envelopes.put(packed.envelope, packed.envelope.id);
    });
  };
}
