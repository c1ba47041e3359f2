// What this browser can do for us, tried and not guessed.
import { fill, h } from "./dom.js";
import { t } from "./i18n.js";
import { button } from "./parts.js";

/** @typedef {{key: string, state: "ok" | "warn" | "bad", said?: string}} Check `said`: what was found, beside its name */

/** @param {Check[]} checks `ready_<key>` and `ready_<key>_do` are their texts @param {() => Promise<Check[]>} onAll tries all the rest: it takes a moment */
export function readinessCard(checks, onAll) {
  const list = h("ul", { class: "readiness", id: "readiness", "aria-label": t("readiness") }, checks.map(row));
  const all = button(t("ready_all"), tryAll, { id: "ready-all", class: "btn-quiet" });
  return h("div", null, list, all);

  async function tryAll() {
    all.disabled = true;
    all.textContent = t("measuring");
    fill(list, (await onAll()).map(row));
    all.remove();
    list.tabIndex = -1;
    list.focus();
  }
}

/** @param {Check} check */
const row = ({ key, state, said }) =>
  h(
    "li",
    { class: ["ready", `ready-${state}`] },
    h("span", { class: "ready-mark", "aria-hidden": "true" }, state === "ok" ? "✓" : state === "warn" ? "!" : "✕"),
    h(
      "span",
      null,
      h("strong", null, [t(`ready_${key}`), said].filter(Boolean).join(" · ")),
      state !== "ok" && h("span", { class: "entry-below" }, t(`ready_${key}_do`)),
    ),
  );

/** Which app shows this page inside itself, by its own word: it chooses whose menu is drawn, and what is proposed first. @param {string} agent @returns {string | null} */
export const inAppBrowser = (agent) =>
  /wxwork|MicroMessenger|DingTalk|AlipayClient|\bQQ\/|Lark|Feishu|Weibo/i.exec(agent)?.[0].toLowerCase() ?? null;
