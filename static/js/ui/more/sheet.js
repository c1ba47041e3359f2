// Sheets of what is seldom: asked for when the first that needs one stands.
import { h } from "../dom.js";

/** @param {string} [name] of a sheet below css/more/ */
export function addSheet(name = "seldom") {
  const address = `/static/css/more/${name}.css`;
  if (!document.head.querySelector(`link[href="${address}"]`))
    document.head.append(h("link", { rel: "stylesheet", href: address }));
}
