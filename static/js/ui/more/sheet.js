// The sheet of the seldom screens: asked for when the first of them stands.
import { h } from "../dom.js";

const ADDRESS = "/static/css/more/seldom.css";

export function addSheet() {
  if (!document.head.querySelector(`link[href="${ADDRESS}"]`))
    document.head.append(h("link", { rel: "stylesheet", href: ADDRESS }));
}
