// The page that sends a person to the phone's own browser: what to tap, drawn, and the address to take along.
import { fill, focusOn, h, svg } from "../dom.js";
import { addPairs, t } from "../i18n.js";
import { button, notice, primary } from "../parts.js";
import { readinessCard } from "../readiness.js";
import { addSheet } from "./sheet.js";
import { TEXTS } from "./texts-first.js";

addPairs(TEXTS);

/** Where its menu is, and what its line says; all others have three dots at the top. @type {Record<string, string>} */
const LINES = {
  micromessenger: "wechat",
  wxwork: "wecom",
  dingtalk: "dingtalk",
  alipayclient: "alipay",
  "qq/": "qq",
  lark: "feishu",
  feishu: "feishu",
  weibo: "weibo",
};

/**
 * @param {HTMLElement} root
 * @param {{inApp: string | null, address: string, hasCode: boolean, checks: import("../readiness.js").Check[], onAll: () => Promise<import("../readiness.js").Check[]>,
 *   copy: (text: string) => Promise<void>, onUrgent: () => void, onGoOn: (() => void) | null}} options `onGoOn`: null where this browser cannot do what we need
 */
export function showElsewhere(root, { inApp, address, hasCode, checks, onAll, copy, onUrgent, onGoOn }) {
  addSheet();
  const kind = (inApp && LINES[inApp]) || (/UCBrowser|UCWEB/i.test(navigator.userAgent) ? "uc" : "other");
  const inChat = kind !== "uc" && kind !== "other";
  const heading = h("h1", { tabindex: "-1" }, t(inChat ? "elsewhere_chat" : "elsewhere_browser"));
  const state = h("div", null);
  const box = h("textarea", {
    id: "elsewhere-address",
    class: "input",
    readonly: true,
    rows: "3",
    "aria-label": t("elsewhere_address"),
  });
  box.value = address;
  const line = t(`elsewhere_line_${kind}`);
  const steps = inChat
    ? [t("elsewhere_step_menu"), t("elsewhere_step_line", { line })]
    : [t("elsewhere_step_copy"), t("elsewhere_step_paste")];
  fill(
    root,
    h(
      "section",
      { id: "screen-elsewhere", class: "front" },
      h("div", { class: "front-top" }, button(t("urgent"), onUrgent, { id: "urgent-open", class: "btn-urgent" })),
      heading,
      h("p", null, t(inChat ? "elsewhere_chat_why" : "elsewhere_browser_why")),
      inChat && picture(line),
      h(
        "ol",
        { class: "steps" },
        steps.map((step) => h("li", null, step)),
      ),
      h("h2", null, t(inChat ? "elsewhere_or_copy" : "elsewhere_address")),
      box,
      h("p", { class: "hint" }, t(hasCode ? "elsewhere_code" : "elsewhere_no_code")),
      h(
        "div",
        { class: "actions" },
        primary(t("elsewhere_copy"), () => void take(), { id: "elsewhere-copy" }),
      ),
      state,
      onGoOn
        ? button(t("elsewhere_go_on"), onGoOn, { id: "elsewhere-go-on", class: "btn-quiet" })
        : notice({ title: t("elsewhere_cannot"), whatToDo: t("elsewhere_cannot_do") }, "warn"),
      h("details", null, h("summary", { class: "group-head" }, t("readiness")), readinessCard(checks, onAll)),
    ),
  );
  focusOn(heading);

  /** Some of these apps give no clipboard: then the address stands there marked, to be copied by hand. */
  async function take() {
    try {
      await copy(address);
      fill(state, notice({ title: t("elsewhere_copied"), whatToDo: t("elsewhere_copied_do") }, "ok"));
    } catch {
      box.focus();
      box.select();
      fill(state, notice({ title: t("elsewhere_by_hand"), whatToDo: t("elsewhere_by_hand_do") }, "warn"));
    }
  }
}

/** Two phones: the dots at the top right, then the line in what opens. @param {string} line */
function picture(line) {
  const phone = (/** @type {number} */ x, /** @type {SVGElement[]} */ ...inside) => [
    svg("rect", { class: "pic-phone", x, y: 4, width: 140, height: 152, rx: 14 }),
    svg("rect", { class: "pic-bar", x: x + 8, y: 14, width: 124, height: 24, rx: 4 }),
    ...[104, 112, 120].map((dot) => svg("circle", { class: "pic-dot", cx: x + dot, cy: 26, r: 2.5 })),
    ...inside,
  ];
  const number = (/** @type {number} */ x, /** @type {number} */ y, /** @type {string} */ n) => [
    svg("circle", { class: "pic-number", cx: x, cy: y, r: 11 }),
    svg("text", { class: "pic-figure", x, y: y + 5, "text-anchor": "middle" }, n),
  ];
  return svg(
    "svg",
    { class: "picture", viewBox: "0 0 320 160", role: "img", "aria-label": t("elsewhere_picture", { line }) },
    ...phone(
      6,
      svg("rect", { class: "pic-ring", x: 104, y: 12, width: 32, height: 28, rx: 14 }),
      svg("path", { class: "pic-line", d: "M30 70h92M30 88h92M30 106h60" }),
      ...number(92, 54, "1"),
    ),
    svg("path", { class: "pic-arrow", d: "M151 80h16m-6-6 6 6-6 6" }),
    ...phone(
      174,
      svg("path", { class: "pic-line", d: "M198 58h92" }),
      svg("rect", { class: "pic-chosen", x: 182, y: 80, width: 124, height: 42, rx: 8 }),
      svg(
        "text",
        {
          class: "pic-words",
          x: 244,
          y: 106,
          "text-anchor": "middle",
          textLength: line.length > 9 ? 114 : null,
          lengthAdjust: "spacingAndGlyphs",
        },
        line,
      ),
      ...number(182, 78, "2"),
    ),
  );
}
