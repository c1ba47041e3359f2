// The store of a form that is filled in at the desk: the server itself. The only file of the desk that calls fetch.

import { Problem } from "../errors.js";

const TIMEOUT_MS = 20_000;

/**
 * One draft. Saves go one after the other, each on the number the last one got, so that a second window is noticed.
 * @param {{save_url: string, hand_in_url: string, number: number, token: string, page: string, onElsewhere: (said: any) => void, onTold: (told: {title: string, what_to_do: string} | null) => void}} given `page`: this
 *   page's own word for itself: the server knows it again where an answer was lost. `onElsewhere`: another window had
 *   saved; what was typed here is kept beside, and from now on this is that draft. `onTold`: what the phone of the same person
 *   has done meanwhile, in words
 */
export function createDeskStore({ save_url, hand_in_url, number, token, page, onElsewhere, onTold }) {
  const at = { save_url, hand_in_url, number };
  let last = /** @type {Promise<any>} */ (Promise.resolve());
  return { save: (/** @type {any} */ body) => inTurn(() => save(body)), handIn };

  /** @template T @param {() => Promise<T>} act @returns {Promise<T>} */
  function inTurn(act) {
    const next = last.then(act, act);
    last = next.catch(() => {});
    return next;
  }

  /** @param {any} body {answers, recorded, position} @returns {Promise<number>} when it was saved, by the server's clock */
  async function save(body) {
    const { ok, status, said } = await send(at.save_url, body);
    if (status === 409 && said?.page_url) {
      at.save_url = said.save_url;
      at.hand_in_url = said.hand_in_url;
      onElsewhere(said);
    } else if (!ok) throw refusal(status, said);
    at.number = said.number;
    if (ok) onTold(said.told ?? null);
    return said.saved_at;
  }

  /** @param {any} body of a revision @returns {Promise<{go_to: string}>} */
  async function handIn(body) {
    await last;
    const { ok, status, said } = await send(at.hand_in_url, body);
    if (!ok) throw refusal(status, said);
    return said;
  }

  /** @param {string} url @param {any} body */
  async function send(url, body) {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), TIMEOUT_MS);
    try {
      const response = await fetch(url, {
        method: "POST",
        headers: {
          "Content-Type": "application/json",
          "X-CSRFToken": token,
          "X-Draft-Number": String(at.number),
          "X-Draft-Window": page,
        },
        body: JSON.stringify(body),
        signal: stop.signal,
        credentials: "same-origin",
        cache: "no-store",
        redirect: "error",
      });
      const said = await response.json().catch(() => null);
      return { ok: response.ok && said !== null, status: response.status, said };
    } catch (cause) {
      throw new Problem("no_network", undefined, cause);
    } finally {
      clearTimeout(timer);
    }
  }
}

/**
 * The divisions of who writes, asked for when the first place is picked, and once.
 * @param {string} url @returns {() => Promise<{rows: string[][], initials: string[]} | null>} null without a line; asked again the next time
 */
export function divisionsFrom(url) {
  /** @type {any} */
  let held = null;
  return async () => {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), TIMEOUT_MS);
    try {
      const response = held
        ? null
        : await fetch(url, { credentials: "same-origin", redirect: "error", signal: stop.signal });
      if (response?.ok) held = await response.json();
    } catch {
      // The 12 digits can be typed.
    } finally {
      clearTimeout(timer);
    }
    return held;
  };
}

/** The server says in words what is wrong: they go with the code. @param {number} status @param {any} said */
function refusal(status, said) {
  if (typeof said?.code !== "string") return new Problem("server_error", { status });
  return new Problem(said.code, { status, title: said.title, what_to_do: said.what_to_do, missing: said.missing });
}
