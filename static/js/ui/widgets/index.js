// Which control a question gets: by its kind, check and appearance alone, never by its name.
import { choiceWidget } from "./choice.js";
import { dateWidget } from "./date.js";
import { idNumberWidget } from "./id-number.js";
import { momentWidget } from "./moment.js";
import { multipleWidget } from "./multiple.js";
import { calculatedWidget, noteWidget } from "./note.js";
import { regionWidget } from "./region.js";
import { signatureWidget } from "./signature.js";
import { amountWidget, textWidget } from "./text.js";

/** @typedef {import("../record-row.js").Field} Field */

/** @param {Field} field @returns {import("../record-row.js").Widget} */
export function widgetFor(field) {
  const { node, screen, path } = field;
  if (node.kind === "note") return noteWidget();
  if (node.kind === "calculate" || node.calculate || screen.readOnly || screen.model.form.view(path).readonly)
    return calculatedWidget(field);
  if (node.check === "id_number") return idNumberWidget(field);
  if (node.check === "region12" && screen.options.regions) return regionWidget(field);
  if (node.type === "select_multiple") return multipleWidget(field);
  if (node.type?.startsWith("select") || node.type === "acknowledge") return choiceWidget(field);
  if (node.type === "date") return dateWidget(field);
  if (node.type === "dateTime" || node.type === "time") return momentWidget(field);
  if (node.type === "signature") return signatureWidget(field);
  // Photos and sound come with the camera; until then a file is named, never typed.
  if (["image", "audio", "file"].includes(node.type ?? "")) return calculatedWidget(field);
  if (node.check === "money" || node.type === "decimal") return amountWidget(field);
  return textWidget(field);
}
