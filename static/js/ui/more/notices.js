// What somebody else did upon her sign-in or her rights: told once, in plain words, until she has tapped it away.
import { h } from "../dom.js";
import { momentText, t } from "../i18n.js";
import { primary, sheet } from "../parts.js";
import "./words.js";

/** @typedef {{kind: string, at: number, by: (string | null)[]}} Notice `by`: who asked, and who agreed; null is the operator of the server */

const KINDS = ["password", "second_factor", "device", "identity", "role"];

/** @param {Element} root @param {Notice[]} notices newest first @param {() => Promise<void>} onUnderstood when it is over she may be left with what she was doing */
export function openNotices(root, notices, onUnderstood) {
  const opened = sheet(
    root,
    { id: "notices", title: t("notices"), onClose: () => opened.close() },
    notices.map(({ kind, at, by }) =>
      h(
        "div",
        { class: "entry-stack", dataset: { kind } },
        h("p", null, h("strong", null, t(`notice_${KINDS.includes(kind) ? kind : "other"}`))),
        h("p", { class: "hint" }, by.length ? t("notice_by", { at: momentText(at), who: whoDid(by) }) : momentText(at)),
      ),
    ),
    h("p", null, t("notices_do")),
    h(
      "div",
      { class: "actions" },
      primary(t("understood"), () => void onUnderstood().then(() => opened.close()), { id: "notices-understood" }),
    ),
  );
}

/** @param {(string | null)[]} by */
const whoDid = (by) => by.map((name) => name || t("notice_operator")).join(t("notice_and"));
