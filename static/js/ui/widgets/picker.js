// A long list on a page of its own, with a search box; the bar with "cover" stays above it.
import { fill, h } from "../dom.js";
import { t } from "../i18n.js";

/** @typedef {import("../record-model.js").Choice} Choice */

/** Above this many rows a phone with 2 GB stumbles: a list that draws only what is in sight comes over. */
const ROWS_MAX = 200;

/**
 * @param {import("../record.js").Screen} screen
 * @param {{title: string, choices: Choice[], chosen: string[], several: boolean, list?: string, onPick: (codes: string[]) => void, from: HTMLElement}} options
 *   `onPick` gets the chosen codes in the order of the list; with one choice at most, at once. `list`: its name in the plan
 */
export function openPicker(screen, options) {
  const { title, choices, chosen, several, onPick, from } = options;
  if (choices.length > ROWS_MAX)
    return void import("./more/long-list.js").then(({ openLongList }) => openLongList(screen, options));
  const picked = new Set(chosen);
  const list = h("ul", { class: "picker-list" });
  const none = h("p", { class: "muted pad", role: "status" });
  const search = h("input", {
    type: "text",
    class: "box",
    "aria-label": t("rec_search"),
    placeholder: t("rec_search"),
    oninput: draw,
  });
  const done = () => {
    close();
    onPick(choices.filter((choice) => picked.has(choice.value)).map((choice) => choice.value));
  };
  const close = screen.openPanel({
    title,
    body: [choices.length > 12 && h("div", { class: "pad" }, search), none, list],
    foot: several ? [h("button", { class: "primary", onclick: done }, t("rec_done"))] : [],
    from,
  });

  /** @param {Choice} choice */
  function row(choice) {
    const on = picked.has(choice.value);
    if (several) {
      const box = h("input", {
        type: "checkbox",
        checked: on,
        onchange: () => (box.checked ? picked.add(choice.value) : picked.delete(choice.value)),
      });
      return h(
        "li",
        null,
        h("label", { class: "picker-row", dataset: { value: choice.value } }, box, h("span", null, choice.labelText)),
      );
    }
    const pick = () => {
      picked.clear();
      if (!on) picked.add(choice.value);
      done();
    };
    return h(
      "li",
      null,
      h(
        "button",
        { class: "picker-row", dataset: { value: choice.value }, "aria-pressed": String(on), onclick: pick },
        h("span", null, choice.labelText),
        on && h("span", { class: "tick", "aria-hidden": "true" }, "✓"),
      ),
    );
  }

  function draw() {
    const wanted = search.value.trim().toLowerCase();
    const found = choices.filter((choice) => choice.labelText.toLowerCase().includes(wanted));
    fill(list, found.map(row));
    none.textContent = found.length === 0 ? t("rec_none_found") : "";
  }
  draw();
}
