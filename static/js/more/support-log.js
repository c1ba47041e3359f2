// What happened between phone and server, for whoever helps by telephone: codes, times and counts of bytes, and nothing that names a
// person, a case or a file. Pure: the clock comes with each event.

export const EVENTS_MAX = 200;

/**
 * @typedef {{at: number, what: string, code?: string, up?: number, down?: number, ms?: number}} Event `what`: a door of the server, or what the app did
 */

/** The doors of docs/protocol.md, by the part of their address that holds no id. */
const DOORS = new Set(["exchange", "blobs", "share", "enrol", "digest"]);

/** @param {string} method @param {string} path @returns {string} */
export function doorOf(method, path) {
  const [, , , door = ""] = path.split("/");
  return `${method} ${DOORS.has(door) ? door : "other"}`;
}

export class SupportLog {
  /** Oldest first. @type {Event[]} */ events = [];

  /** @param {Event} event */
  note(event) {
    this.events = [...this.events, event].slice(-EVENTS_MAX);
  }

  /** What an earlier start has left comes before. @param {Event[]} earlier */
  takeUp(earlier) {
    this.events = [...earlier, ...this.events].slice(-EVENTS_MAX);
  }

  /** As it is read out or copied: a line for each, the newest first. @param {{version: string, counts: Record<string, number>}} given @returns {string} */
  text({ version, counts }) {
    const numbers = Object.entries(counts).map(([name, n]) => `${name} ${n}`);
    return [`app ${version || "-"} · ${numbers.join(" · ")}`, ...this.events.map(lineOf).reverse()].join("\n");
  }
}

/** @param {Event} event */
function lineOf({ at, what, code, up, down, ms }) {
  const parts = [new Date(at).toISOString().slice(0, 19).replace("T", " "), what, code];
  if (up !== undefined) parts.push(`up ${up}`);
  if (down !== undefined) parts.push(`down ${down}`);
  if (ms !== undefined) parts.push(`${ms} ms`);
  return parts.filter(Boolean).join("  ");
}
