// One page: one section of one moment. Pieces are kept by path; a change redraws the rows it touched and nothing else.
import { fill, h } from "./dom.js";
import { t } from "./i18n.js";
import { gate } from "./record-gate.js";
import { parentOf } from "./record-model.js";
import { questionRow } from "./record-row.js";
import { nodesOf } from "./record-text.js";
import { sectionUnknown } from "./record-unknown.js";
import { repeatBox } from "./widgets/repeat.js";

/** @typedef {import("./record-row.js").Piece} Piece */
/** @typedef {import("./record-model.js").PageKey} PageKey */
/** @typedef {{pieces: Map<string, Piece>, boxes: Map<string, {draw: () => void}>}} Drawn what lies on the page now, by path */
/** @typedef {{element: HTMLElement, heading: HTMLElement, refresh: (paths: string[]) => void, redraw: () => void, focus: (path: string) => boolean}} Page */

/**
 * @param {import("./record.js").Screen} screen
 * @param {PageKey} key
 * @returns {Page}
 */
export function sectionPage(screen, key) {
  const { model } = screen;
  const [moment, section] = key;
  /** @type {Drawn} */
  const drawn = { pieces: new Map(), boxes: new Map() };
  const heading = h("h1", { class: "page-title", tabIndex: -1 }, model.titleOf(section) || screen.formTitle());
  const body = h("div", { class: "rows" });
  const unknown = sectionUnknown(screen, key);
  const explain = async (/** @type {Event} */ { currentTarget }) =>
    (await import("./widgets/more/help.js")).explainPage(screen, key, /** @type {HTMLElement} */ (currentTarget));
  const repeat = section !== "" && model.nodeAt(section).kind === "repeat";
  const view = section ? model.form.view(section) : null;
  const element = h(
    "div",
    { class: "page" },
    h("p", { class: "page-moment" }, t(`rec_moment_${moment}`)),
    heading,
    view?.hintText && !repeat && h("p", { class: "q-hint" }, nodesOf(view.hint)),
    h("p", { class: "page-readers" }, readersText(screen, key)),
    unknown.allSame,
    body,
    unknown.element,
    h("button", { class: "quiet", "aria-haspopup": "true", onclick: explain }, t("rec_help_page")),
  );

  const top = repeat
    ? repeatBox(screen, section, [moment], drawn, container)
    : container(
        screen,
        section,
        [moment],
        drawn,
        section ? undefined : (path) => !["group", "repeat"].includes(model.nodeAt(path).kind),
      );
  body.append(top.element);

  return { element, heading, ...follow(model, drawn, unknown.update) };
}

/**
 * How what lies on a page follows the answers.
 * @param {import("./record-model.js").Model} model @param {Drawn} drawn @param {() => void} [also] what else is redrawn with it
 * @returns {{refresh: (paths: string[]) => void, redraw: () => void, focus: (path: string) => boolean}}
 */
export function follow(model, drawn, also = () => {}) {
  return {
    refresh(paths) {
      const boxes = new Set();
      for (const path of paths) {
        drawn.pieces.get(path)?.update();
        for (let at = path; ; at = parentOf(at)) {
          boxes.add(at);
          if (at === "") break;
        }
      }
      // A signature stands under words of other questions, and says when they have changed since.
      for (const [path, piece] of drawn.pieces) if (model.nodeAt(path)?.type === "signature") piece.update();
      const all = paths.includes(model.alonePath);
      for (const [path, box] of drawn.boxes) if (all || boxes.has(path)) box.draw();
      also();
    },
    redraw() {
      for (const box of drawn.boxes.values()) box.draw();
      for (const piece of drawn.pieces.values()) piece.update();
      also();
    },
    focus(path) {
      const piece = drawn.pieces.get(path);
      if (!piece) return false;
      piece.element.scrollIntoView({ block: "start" });
      piece.focus();
      return true;
    },
  };
}

const READERS = ["caseworker", "supervisor", "procuratorate"];

/** Who will read this page: every role that sees an answer of it, by the rule the server cuts by. @param {import("./record.js").Screen} screen @param {PageKey} key */
function readersText({ model, options }, key) {
  const classes = new Set(model.questionsOf(key).map((path) => model.nodeAt(path).sensitivity));
  const roles = new Set([...classes].flatMap((name) => options.readers?.[name] ?? READERS));
  return t(`rec_readers_${READERS.filter((role) => roles.has(role)).join("_") || "nobody"}`);
}

/**
 * The children of a group or a row. Order never changes, so what is there is never moved: the box somebody writes in keeps its focus.
 * @param {import("./record.js").Screen} screen
 * @param {string} path
 * @param {string[]} moments
 * @param {Drawn} drawn
 * @param {(path: string) => boolean} [only]
 * @returns {Piece}
 */
export function container(screen, path, moments, drawn, only = () => true) {
  const { model } = screen;
  const element = h("div", { class: "box-rows" });
  /** @type {Map<string, Piece>} */
  let mine = new Map();

  function draw() {
    const wanted = withGates(
      screen,
      model.childrenOf(path).filter((child) => only(child) && model.shows(child, moments)),
    );
    for (const [key, piece] of mine) {
      if (wanted.some((one) => one.key === key)) continue;
      forget(drawn, key);
      piece.element.remove();
    }
    /** @type {Map<string, Piece>} */
    const now = new Map();
    let place = element.firstChild;
    for (const { key, paths } of wanted) {
      const piece = mine.get(key) ?? make(key, paths);
      now.set(key, piece);
      if (piece.element === place) place = place.nextSibling;
      else element.insertBefore(piece.element, place);
    }
    mine = now;
  }

  /** @param {string} key @param {string[]} paths */
  function make(key, paths) {
    const piece = key.startsWith("gate ") ? gate(screen, paths) : pieceAt(paths[0]);
    drawn.pieces.set(key, piece);
    return piece;
  }

  /** @param {string} child @returns {Piece} */
  function pieceAt(child) {
    const node = model.nodeAt(child);
    if (node.kind === "repeat") return repeatBox(screen, child, moments, drawn, container);
    if (node.kind !== "group") return questionRow(screen, child);
    const title = h("h2", { class: "group-title" });
    const inner = container(screen, child, moments, drawn);
    const box = h("div", { class: "group" }, title, inner.element);
    const update = () => {
      const view = model.form.view(child);
      title.hidden = !view.labelText;
      if (title.textContent !== view.labelText) fill(title, ...nodesOf(view.label));
      inner.update();
    };
    update();
    return { element: box, update, focus: inner.focus };
  }

  const piece = { element, update: draw, focus: () => mine.values().next().value?.focus() };
  drawn.boxes.set(path, { draw });
  draw();
  return piece;
}

/**
 * Runs of violence questions that may not lie open become one gate.
 * @param {import("./record.js").Screen} screen
 * @param {string[]} paths
 */
function withGates({ model }, paths) {
  /** @type {{key: string, paths: string[]}[]} */
  const items = [];
  for (const path of paths) {
    const last = items[items.length - 1];
    if (!model.guarded(path) || (model.revealed && model.mayReveal())) items.push({ key: path, paths: [path] });
    else if (last?.key.startsWith("gate ")) last.paths.push(path);
    else items.push({ key: `gate ${path} ${model.mayReveal()}`, paths: [path] });
  }
  return items;
}

/** @param {Drawn} drawn @param {string} key everything below a piece that leaves the page */
function forget(drawn, key) {
  for (const map of [drawn.pieces, drawn.boxes]) {
    for (const path of map.keys())
      if (path === key || path.startsWith(`${key}.`) || path.startsWith(`${key}[`)) map.delete(path);
  }
}
