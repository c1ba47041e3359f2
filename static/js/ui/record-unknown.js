// For a whole section: "all the same" by one tap, "unknown" by two. Only what is still open is answered, and it can be undone.
import { fill, h } from "./dom.js";
import { t } from "./i18n.js";

/**
 * @param {import("./record.js").Screen} screen
 * @param {import("./record-model.js").PageKey} key
 */
export function sectionUnknown(screen, key) {
  const { model } = screen;
  const element = h("div", { class: "section-unknown" });
  /** Above the questions: who has one tap to give sees it before she begins. */
  const allSame = h("div", { class: "section-same" });
  let open = false;
  let drawn = "";

  /** Questions without an answer that lie open. */
  const blank = () =>
    model.questionsOf(key).filter((path) => model.form.get(path) === null && (!model.guarded(path) || model.revealed));

  /** @param {string[]} [paths] @returns {Map<string, string[]>} reason → open questions that allow it */
  function offers(paths = blank()) {
    /** @type {Map<string, string[]>} */
    const found = new Map();
    for (const path of paths) {
      for (const code of model.nodeAt(path).unknown ?? []) found.set(code, [...(found.get(code) ?? []), path]);
    }
    for (const [code, paths] of found) if (paths.length < 2) found.delete(code);
    return found;
  }

  /** @param {string[]} paths */
  function takeSame(paths) {
    screen.did(
      paths.flatMap((path) =>
        model.takeOver(path, /** @type {import("./record-model.js").Known} */ (model.known(path))),
      ),
    );
    screen.offerUndo(t("rec_same_set", { n: paths.length }), () => paths.flatMap((path) => model.form.set(path, null)));
  }

  /** What is open now, not when the button was drawn: an answer given since stays. @param {string} code */
  function take(code) {
    const paths = offers().get(code) ?? [];
    open = false;
    screen.did(paths.flatMap((path) => model.form.set(path, { unknown: code })));
    screen.offerUndo(t("rec_section_set", { n: paths.length, answer: t(`unknown_${code}`) }), () =>
      paths.flatMap((path) => model.form.set(path, null)),
    );
  }

  function update() {
    const unanswered = screen.readOnly ? [] : blank();
    const found = offers(unanswered);
    /** Known answers that wait for "same" or "changed". */
    const same = unanswered.filter((path) => !model.state.passed.includes(path) && model.known(path));
    const words = JSON.stringify([open, same, [...found].map(([code, paths]) => [code, paths.length])]);
    if (words === drawn) return;
    drawn = words;
    const had = element.contains(document.activeElement);
    fill(
      allSame,
      same.length > 1 &&
        h(
          "button",
          { class: "choice-button wide", onclick: () => takeSame(same) },
          t("rec_all_same", { n: same.length }),
        ),
    );
    fill(
      element,
      found.size > 0 && [
        h(
          "button",
          {
            class: "quiet",
            "aria-expanded": String(open),
            onclick: () => {
              open = !open;
              update();
            },
          },
          t("rec_section_unknown"),
        ),
        open &&
          h(
            "div",
            { class: "reasons", role: "group", "aria-label": t("rec_unknown_why") },
            [...found].map(([code, paths]) =>
              h(
                "button",
                { class: "reason", dataset: { value: code }, onclick: () => take(code) },
                `${t(`unknown_${code}`)} · ${t("rec_n_questions", { n: paths.length })}`,
              ),
            ),
          ),
      ],
    );
    if (had) element.querySelector("button")?.focus();
  }
  update();
  return { element, allSame, update };
}
