// Keeps the log for support: listens to what goes to the server and to what the queue says, and puts it under the keys while they are there.

import { codeOf } from "../errors.js";
import { doorOf, SupportLog } from "./support-log.js";

/** @typedef {(path: string, options: RequestInit) => Promise<Response>} Ask */

const NAME = "log";
const log = new SupportLog();
let watched = false;

/** The one of this page. */
export const supportLog = () => log;

/** @param {import("../wire-app.js").App} app @param {Ask} ask @returns {Ask} the same, and it is noted how it ended */
export function openLog({ outbox, vaults, now }, ask) {
  if (!watched) watch();
  return async (path, options) => {
    const at = now();
    const { method = "GET", body } = options;
    const up = sizeOf(body);
    const what = doorOf(method, path);
    try {
      const response = await ask(path, options);
      const down = Number(response.headers.get("Content-Length") ?? Number.NaN);
      note({ at, what, code: `${response.status}`, up, ...(down >= 0 ? { down } : {}), ms: now() - at });
      return response;
    } catch (problem) {
      note({ at, what, code: "no_network", up, ms: now() - at });
      throw problem;
    }
  };

  function watch() {
    watched = true;
    let said = /** @type {string | null} */ (null);
    let whose = vaults.current?.database ?? "";
    outbox.addEventListener("status", () => {
      const { last_error } = outbox.status;
      if (last_error && last_error !== said) note({ at: now(), what: "error", code: last_error });
      said = last_error;
    });
    outbox.addEventListener("problem", (event) => {
      note({ at: now(), what: "problem", code: codeOf(/** @type {CustomEvent} */ (event).detail.problem) });
    });
    vaults.addEventListener("state", (event) => {
      const { state, reason } = /** @type {CustomEvent} */ (event).detail;
      const { database = "" } = vaults.current ?? {};
      if (database !== whose) log.events = []; // another person on this phone has her own
      whose = database;
      note({ at: now(), what: state, code: reason });
      if (state === "open") void takeUp();
    });
    addEventListener("online", () => note({ at: now(), what: "online" }));
    addEventListener("offline", () => note({ at: now(), what: "offline" }));
    if (vaults.state === "open") void takeUp();
  }

  /** What an earlier start of the app has put down. */
  async function takeUp() {
    await outbox.ready();
    log.takeUp((await outbox.store?.state.get(NAME).catch(() => null)) ?? []);
  }

  /** @param {import("./support-log.js").Event} event */
  function note(event) {
    log.note(event);
    // Sealed like all else. One that is lost with a killed app is no loss.
    void outbox.store?.state.put(NAME, log.events).catch(() => {});
  }
}

/** @param {BodyInit | null | undefined} body */
function sizeOf(body) {
  if (body instanceof Uint8Array) return body.length;
  return typeof body === "string" ? body.length : 0;
}
