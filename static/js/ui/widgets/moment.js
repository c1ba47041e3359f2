// A time of day, or a day with its time: the phone's own picker. The offset is the form's zone, not the phone's.
import { nowText } from "../../form/dates.js";
import { h } from "../dom.js";

/** @typedef {import("../record-row.js").Field} Field */
/** @typedef {import("../record-row.js").Widget} Widget */

/** @param {Field} field @returns {Widget} */
export function momentWidget(field) {
  const { options } = field.screen;
  const time = field.node.type === "time";
  const input = h("input", {
    id: field.id,
    type: time ? "time" : "datetime-local",
    class: "box",
    oninput: () => field.set(input.value === "" ? null : time ? input.value.slice(0, 5) : withOffset(input.value)),
    onblur: field.left,
  });
  /** @param {string} local `2026-03-01T09:30` */
  function withOffset(local) {
    // The offset of the zone at this very moment: read as if it were UTC first, which is near enough to find it.
    const offset =
      /(Z|[+-]\d\d:\d\d)$/.exec(nowText(Date.parse(`${local}Z`), options.zone ?? "Asia/Shanghai").text)?.[1] ?? "Z";
    return `${local.length === 16 ? `${local}:00` : local.slice(0, 19)}${offset}`;
  }
  return {
    element: input,
    control: input,
    update(view) {
      const text = typeof view.value === "string" ? view.value.slice(0, time ? 5 : 16) : "";
      if (document.activeElement !== input && input.value !== text) input.value = text;
    },
    focus: () => input.focus(),
  };
}
