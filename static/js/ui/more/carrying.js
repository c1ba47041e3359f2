// The button that saves what is not sent as a file for the office; beside it what became of it.
import { h } from "../dom.js";
import { addPairs, t } from "../i18n.js";
import { button } from "../parts.js";
import { TEXTS } from "./texts-sending.js";

addPairs(TEXTS);

/** @param {() => Promise<string>} onSave gives what to tell the person */
export function saving(onSave) {
  const said = h("p", { role: "status", id: "parcel-said" });
  const save = button(
    t("parcel_save"),
    async () => {
      save.disabled = true;
      said.textContent = await onSave();
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
  );
}
