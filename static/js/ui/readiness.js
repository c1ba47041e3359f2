// What this browser can do for us, tried and not guessed; and a word to those who opened us inside a chat app.
import { h } from "./dom.js";
import { t } from "./i18n.js";

/** @typedef {{key: string, state: "ok" | "warn" | "bad"}} Check */

/** @param {Check[]} checks `ready_<key>` and `ready_<key>_<state>` are their texts */
export function readinessCard(checks) {
  const rows = checks.map(({ key, state }) =>
    h(
      "li",
      { class: ["ready", `ready-${state}`] },
      h("span", { class: "ready-mark", "aria-hidden": "true" }, state === "ok" ? "✓" : state === "warn" ? "!" : "✕"),
      h(
        "span",
        null,
        h("strong", null, t(`ready_${key}`)),
        state === "ok" ? "" : h("span", { class: "entry-below" }, t(`ready_${key}_do`)),
      ),
    ),
  );
  return h("ul", { class: "readiness", id: "readiness", "aria-label": t("readiness") }, rows);
}

/** A chat app's browser may keep nothing and has its own storage: only a hint, nothing is decided by it. @param {string} agent */
export const inAppBrowser = (agent) => /MicroMessenger|DingTalk|QQ\/|wxwork|Weibo|AlipayClient/i.test(agent);
