// Nodes are built, never parsed: under `require-trusted-types-for 'script'` nothing here can turn a family's name into markup.

/** @typedef {Node | string | number | null | undefined | false | Child[]} Child */
/** @typedef {Record<string, unknown>} Props */

const SVG = "http://www.w3.org/2000/svg";
/** Set as properties: as attributes they would only give the first value of the control. */
const PROPERTIES = new Set([
  "value",
  "checked",
  "disabled",
  "hidden",
  "selected",
  "indeterminate",
  "readOnly",
  "open",
  "tabIndex",
  "textContent",
]);
/** The strict CSP drops inline styles and handlers silently; we refuse them aloud. */
const REFUSED = new Set(["style", "innerHTML", "outerHTML", "srcdoc"]);

/**
 * Builds one element: `h("button", {class: "primary", onclick: save, "aria-label": label}, label)`.
 *
 * Props: `class` a text or a list (what is falsy is left out), `dataset` an object, `on…` a function (listener), the names in PROPERTIES as
 * properties, everything else an attribute: `true` an empty one, `false`, `null` and `undefined` none. Children: nodes, texts, numbers, nested lists; what is falsy
 * (except 0) is left out. Inputs get `autocomplete=off` and `spellcheck=false` unless told otherwise: nothing typed here may reach the browser's own stores.
 *
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Props | null} [props]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, props, ...children) {
  const element = document.createElement(tag);
  if (tag === "input" || tag === "textarea") {
    element.setAttribute("autocomplete", "off");
    element.setAttribute("autocapitalize", "off");
    element.setAttribute("autocorrect", "off");
    element.setAttribute("spellcheck", "false");
  }
  if (tag === "button") element.setAttribute("type", "button");
  setProps(element, props ?? {});
  append(element, children);
  return element;
}

/**
 * The same for drawings: `svg("svg", {viewBox: "0 0 24 24"}, svg("path", {d: "…"}))`.
 * @param {string} tag
 * @param {Props | null} [props]
 * @param {...Child} children
 * @returns {SVGElement}
 */
export function svg(tag, props, ...children) {
  const element = document.createElementNS(SVG, tag);
  setProps(element, props ?? {});
  append(element, children);
  return element;
}

/**
 * Puts these children in place of all that were there; gives the element back.
 * @template {Element} E
 * @param {E} element
 * @param {...Child} children
 * @returns {E}
 */
export function fill(element, ...children) {
  element.replaceChildren();
  append(element, children);
  return element;
}

/**
 * Sets or removes an attribute or property by the rules of `h`.
 * @param {Element} element
 * @param {Props} props
 */
export function setProps(element, props) {
  for (const [name, value] of Object.entries(props)) {
    if (REFUSED.has(name)) throw new TypeError(`h: ${name} is not allowed`);
    if (name.startsWith("on")) listen(element, name, value);
    else if (name === "class") element.setAttribute("class", classText(value));
    else if (name === "dataset") Object.assign(/** @type {HTMLElement} */ (element).dataset, value);
    else if (PROPERTIES.has(name)) Reflect.set(element, name, value);
    else if (value === false || value === null || value === undefined) element.removeAttribute(name);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
}

/**
 * Moves the reader to a heading or panel that cannot take focus by itself, without a jump where it is already in view.
 * @param {HTMLElement | null} element
 */
export function focusOn(element) {
  if (!element) return;
  if (!element.matches("a[href], button, input, select, textarea, [tabindex]")) element.tabIndex = -1;
  element.focus({ preventScroll: false });
}

let counter = 0;
/** An id for `for`, `aria-describedby` and the like, never used before on this page. @param {string} [prefix] */
export function newId(prefix = "x") {
  counter += 1;
  return `${prefix}-${counter}`;
}

/** @param {Element} element @param {string} name @param {unknown} handler */
function listen(element, name, handler) {
  if (handler === null || handler === undefined || handler === false) return;
  if (typeof handler !== "function") throw new TypeError(`h: ${name} must be a function`);
  element.addEventListener(name.slice(2).toLowerCase(), /** @type {EventListener} */ (handler));
}

/** @param {unknown} value */
function classText(value) {
  return Array.isArray(value) ? value.filter(Boolean).join(" ") : String(value || "");
}

/** @param {Element} element @param {Child[]} children */
function append(element, children) {
  for (const child of children) {
    if (Array.isArray(child)) append(element, child);
    else if (child !== null && child !== undefined && child !== false) {
      element.append(child instanceof Node ? child : String(child));
    }
  }
}

/** The browser's own timer; tests hand in one that is moved by hand. */
export const timer = {
  set: (/** @type {() => void} */ run, /** @type {number} */ ms) => setTimeout(run, ms),
  clear: (/** @type {any} */ id) => clearTimeout(id),
};
