// Where everything stands, in one line that is always there; ui/more/sync-status.js is the page that says the rest.
import { momentText, t } from "./i18n.js";

/**
 * @typedef {{draft: number, waiting: number, received: number, safe: number, attention: number}} Counts
 * @typedef {{sending: boolean, counts: Counts, last_contact: number | null, last_error: string | null, next_try: number | null, unsent_oldest: number | null,
 *   unsaved_copies: number, safe_kind: string | null, directives?: {kind: string}[]}} Status
 */

/** Words of the server after which this phone's work is no longer taken as usual. */
export const STOPPING = new Set(["revoked", "suspended"]);

/** The line at the top: what waits comes first, because that is what a worker worries about. @param {Status} status @returns {{text: string, tone: string}} */
export function statusLine({ sending, counts, last_contact, last_error }) {
  const contact = last_contact === null ? t("never_contact") : t("contact_at", { at: momentText(last_contact) });
  if (counts.attention > 0)
    return { text: `${t("line_attention", { n: counts.attention })} · ${contact}`, tone: "danger" };
  if (sending) return { text: t("line_sending"), tone: "" };
  if (counts.waiting > 0)
    return { text: `${t("line_waiting", { n: counts.waiting })} · ${contact}`, tone: last_error ? "warn" : "" };
  return {
    text: `${counts.received > 0 ? t("line_received") : t("line_all_safe")} · ${contact}`,
    tone: "ok",
  };
}
