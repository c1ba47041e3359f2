// Which control a question gets: by its kind, check and appearance alone, never by its name.
import { choiceWidget } from "./choice.js";
import { dateWidget } from "./date.js";
import { idNumberWidget } from "./id-number.js";
import { lateWidget } from "./late.js";
import { momentWidget } from "./moment.js";
import { multipleWidget } from "./multiple.js";
import { calculatedWidget, noteWidget } from "./note.js";
import { signatureWidget } from "./signature.js";
import { amountWidget, textWidget } from "./text.js";

/** @typedef {import("../record-row.js").Field} Field */

const files = () => import("./more/files.js");
const places = () => import("./more/places.js");
const range = () => import("./more/range.js");
const region = () => import("./more/region.js");
const sliced = () => import("./more/sliced.js");
/** What few forms ask for comes over when one does. @type {Record<string, () => Promise<import("./late.js").Late>>} */
const LATE = {
  rank: () => import("./more/rank.js"),
  geopoint: places,
  geotrace: places,
  geoshape: places,
  barcode: () => import("./more/barcode.js"),
};
const FILES = ["image", "audio", "video", "file"];

/** Whether a question is filled in by other than the usual ways, so that "?" stands beside it. @param {import("../record-model.js").PlanNode} node */
export const isUnusual = (node) => !!(node.range || node.lunar || node.phrases || LATE[node.type ?? ""]);

/** @param {Field} field @returns {import("../record-row.js").Widget} */
export function widgetFor(field) {
  const { node, screen, path } = field;
  if (node.kind === "note") return noteWidget();
  // Taken on a phone alone; elsewhere a file is named, never typed.
  if (FILES.includes(node.type ?? "")) return screen.options.files ? lateWidget(field, files) : calculatedWidget(field);
  if (node.kind === "calculate" || node.calculate || screen.readOnly || screen.model.form.view(path).readonly)
    return calculatedWidget(field);
  if (node.check === "id_number") return idNumberWidget(field);
  if (node.check === "region12" && screen.options.regions) return lateWidget(field, region);
  if (node.range) return lateWidget(field, range);
  if (node.type && LATE[node.type]) return lateWidget(field, LATE[node.type]);
  if (screen.model.form.view(path).sliced) return lateWidget(field, sliced);
  if (node.type === "select_multiple") return multipleWidget(field);
  if (node.type?.startsWith("select") || node.type === "acknowledge") return choiceWidget(field);
  if (node.type === "date") return dateWidget(field);
  if (node.type === "dateTime" || node.type === "time") return momentWidget(field);
  if (node.type === "signature") return signatureWidget(field);
  if (node.check === "money") return amountWidget(field);
  return textWidget(field);
}
