// The whole form on one page, in the order of the form: for a keyboard, where turning pages is what takes time.
import { h } from "./dom.js";
import { MOMENTS } from "./record-model.js";
import { container, follow } from "./record-page.js";

/** The option `whole` of openRecord. @param {import("./record.js").Screen} screen @returns {import("./record-page.js").Page} */
export function wholePage(screen) {
  /** @type {import("./record-page.js").Drawn} */
  const drawn = { pieces: new Map(), boxes: new Map() };
  const heading = h("h1", { class: "page-title", tabIndex: -1 }, screen.formTitle());
  const body = container(screen, "", MOMENTS, drawn);
  const element = h("div", { class: "page whole" }, heading, body.element);
  return { element, heading, ...follow(screen.model, drawn) };
}
