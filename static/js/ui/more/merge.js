// Two versions of a report side by side: each answer that differs, who wrote which and when, and a decision for each.
import { fill, focusOn, h } from "../dom.js";
import { addPairs, momentText, t } from "../i18n.js";
import { button, notice } from "../parts.js";
import { addSheet } from "./sheet.js";
import { TEXTS } from "./texts-merge.js";

addPairs(TEXTS);

/**
 * @typedef {"mine" | "theirs"} Side
 * @typedef {{who: string, at: number | null, version: number | null}} Heading `at`: as that phone claims
 * @typedef {{path: string, label: string, where: string, mine: string, theirs: string, anew: boolean}} Row `anew`: it can be written anew
 * @typedef {{title: string, in_home: boolean, across: boolean, left: number, done: number, sides: Record<Side, Heading>, rows: Row[], guarded: number,
 *   onSecret: () => Promise<void>, onPick: (path: string, side: Side | null) => Promise<void>, onWhole: (side: Side) => Promise<void>}} Options
 *   `across`: two versions of the form, of which one is taken whole; `guarded`: so many rows wait for the secret
 */

/** @param {HTMLElement} root @param {Options} options */
export function openMergePage(root, options) {
  addSheet();
  update(options);
  return { update };

  /** @param {Options} next */
  function update(next) {
    const { title, in_home, across, left, done, rows, guarded, onSecret } = next;
    const at = root.contains(document.activeElement);
    fill(
      root,
      h(
        "section",
        { class: "group panel" },
        h("h2", { tabIndex: -1 }, title),
        h("p", null, across ? t("merge_across") : t("merge_intro", { n: left + done })),
        !across && h("p", { class: "hint", role: "status", id: "merge-progress" }, t("merge_progress", { done, left })),
      ),
      in_home
        ? notice({ title: t("merge_title"), whatToDo: t("merge_in_home") }, "warn")
        : rows.map((row) => part(row, next)),
      !in_home &&
        guarded > 0 &&
        h(
          "div",
          { class: "actions" },
          button(t("merge_guarded", { n: guarded }), () => void onSecret(), { id: "merge-guarded" }),
        ),
      !in_home &&
        across &&
        h(
          "div",
          { class: "actions versions" },
          SIDES.map((side) => whole(side, next)),
        ),
    );
    // After a decision the next one stands first: the reader's voice goes on from there.
    const heading = /** @type {HTMLElement | null} */ (root.querySelector("h3") ?? root.querySelector("h2"));
    if (at && heading) focusOn(heading);
  }
}

const SIDES = /** @type {const} */ (["mine", "theirs"]);

/** @param {Row} row @param {Options} options */
function part(row, options) {
  const { path, label, where, anew } = row;
  return h(
    "section",
    { class: "group panel", dataset: { merge: path } },
    where && h("p", { class: "hint" }, where),
    h("h3", { tabIndex: -1 }, label),
    h(
      "div",
      { class: "versions" },
      SIDES.map((side) => version(side, row, options)),
    ),
    anew &&
      !options.across &&
      h(
        "div",
        { class: "actions" },
        button(t("merge_anew"), () => void options.onPick(path, null), {
          class: "btn-quiet",
          dataset: { take: "anew" },
        }),
      ),
  );
}

/** @param {Side} side @param {Row} row @param {Options} options */
function version(side, row, { sides, across, onPick }) {
  const text = row[side] || t("merge_no_answer");
  const take = button(t("merge_take"), () => void onPick(row.path, side), { dataset: { take: side } });
  take.setAttribute("aria-label", `${t("merge_take")}: ${text}`); // two of the same name would stand beside each other
  return h(
    "div",
    { class: "version" },
    h("p", { class: "hint" }, headingText(sides[side])),
    h("p", { class: "version-text" }, text),
    !across && take,
  );
}

/** @param {Side} side @param {Options} options */
const whole = (side, { sides, onWhole }) =>
  h(
    "div",
    { class: "version" },
    h("p", { class: "hint" }, headingText(sides[side])),
    button(t("merge_take_whole"), () => void onWhole(side), { dataset: { take: side } }),
  );

/** @param {Heading} heading */
const headingText = ({ who, at, version }) =>
  [
    who,
    at !== null && t("merge_written", { at: momentText(at) }),
    version !== null && t("merge_form_version", { n: version }),
  ]
    .filter(Boolean)
    .join(" · ");
