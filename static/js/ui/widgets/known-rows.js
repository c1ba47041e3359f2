// A list the case knows already (benefits, illnesses, debts): taken over whole by one tap, opened to be changed, or left out.
import { fill, h } from "../dom.js";
import { t } from "../i18n.js";
import { listText } from "../record-text.js";

const WORDS_MAX = 4;

/**
 * @param {import("../record.js").Screen} screen
 * @param {string} path a repeat; the whole list is one fact
 * @param {(rowPath: string) => void} open a taken row opens, because something changed
 */
export function knownRows(screen, path, open) {
  const { model } = screen;
  const element = h("div", { class: "known-people" });

  /** @returns {import("../record-model.js").Known | null} while nobody said "same" or "changed" */
  function waiting() {
    if (screen.readOnly || model.form.rows(path).length > 0 || model.state.passed.includes(path)) return null;
    const known = model.known(path);
    return Array.isArray(known?.value) && known.value.length > 0 ? known : null;
  }

  /** @param {import("../record-model.js").Known} known @param {boolean} changed */
  function take(known, changed) {
    const paths = model.takeRows(path, known);
    if (changed) for (const row of model.childrenOf(path)) open(row);
    screen.did(paths);
    element.parentElement?.querySelector("button")?.focus();
  }

  function pass() {
    model.state.passed.push(path);
    screen.did([path]);
    screen.offerUndo(t("rec_rows_passed"), () => {
      model.state.passed = model.state.passed.filter((one) => one !== path);
      return [path];
    });
  }

  return {
    element,
    update() {
      const known = waiting();
      fill(
        element,
        known && [
          h("p", { class: "muted" }, t("rec_known_rows", { n: known.value.length, on: known.on })),
          h(
            "ul",
            { class: "known-list" },
            known.value.map((/** @type {any} */ row) => h("li", null, words(row))),
          ),
          h(
            "div",
            { class: "pair three" },
            h("button", { class: "choice-button", onclick: () => take(known, false) }, t("rec_same")),
            h("button", { class: "choice-button", onclick: () => take(known, true) }, t("rec_changed")),
            h("button", { class: "quiet", onclick: pass }, t("rec_not_here")),
          ),
        ],
      );
    },
  };

  /** @param {Record<string, any>} row */
  function words(row) {
    const parts = Object.entries(row).filter(
      ([name, value]) =>
        name !== "_id" && model.nodeAt(`${path}.${name}`) && ["string", "number"].includes(typeof value),
    );
    return parts
      .slice(0, WORDS_MAX)
      .map(([name, value]) => listText(model, `${path}.${name}`, String(value)))
      .join(" · ");
  }
}
