// The button that saves what is not sent as a file for the office; beside it what became of it.
import { fill, h } from "../dom.js";
import { addPairs, t } from "../i18n.js";
import { button } from "../parts.js";
import { TEXTS } from "./texts-sending.js";

addPairs(TEXTS);

/** @typedef {{said: string, rest: (() => void)[]}} Saved what to tell the person; `rest` are files that wait for a tap of their own */

/** A browser saves one file for one tap, and drops others in silence. @param {() => Promise<Saved>} onSave saves the first */
export function saving(onSave) {
  const said = h("p", { role: "status", id: "parcel-said" });
  const others = h("div", { class: "actions", id: "parcel-rest" });
  const save = button(
    t("parcel_save"),
    async () => {
      save.disabled = true; // a second tap would only make the same once more
      const { said: words, rest } = await onSave();
      said.textContent = words;
      fill(
        others,
        rest.map((one, i) => next(one, { n: i + 2, m: rest.length + 1 })),
      );
      save.disabled = false;
    },
    { id: "save-parcel" },
  );
  return h(
    "section",
    { class: "group panel", id: "parcel" },
    h("p", { class: "hint" }, t("parcel_hint")),
    h("div", { class: "actions" }, save),
    said,
    others,
  );
}

/** @param {() => void} run @param {{n: number, m: number}} which */
function next(run, which) {
  const element = button(t("parcel_next", which), () => {
    run();
    element.disabled = true;
    element.textContent = t("parcel_done", which);
  });
  return element;
}
