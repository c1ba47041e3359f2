// Rows of the same kind as cards: the family, needs, payments. A new row opens at once; a removed one can be taken back.
import { fill, h } from "../dom.js";
import { t } from "../i18n.js";
import { MOMENTS } from "../record-model.js";
import { nodesOf, rowText, setWords } from "../record-text.js";
import { knownPeople } from "./known-people.js";
import { knownRows } from "./known-rows.js";

/** @typedef {import("../record-row.js").Piece} Piece */
/** @typedef {import("../record-page.js").Drawn} Drawn */

/**
 * @param {import("../record.js").Screen} screen
 * @param {string} path
 * @param {string[]} moments of the page
 * @param {Drawn} drawn
 * @param {typeof import("../record-page.js").container} container handed in: the page imports this file
 * @returns {Piece}
 */
export function repeatBox(screen, path, moments, drawn, container) {
  const { model } = screen;
  const top = !path.includes(".") && !path.includes("[");
  const title = h("h2", { class: "group-title", hidden: top });
  const hint = h("p", { class: "q-hint" });
  const rows = h("ol", { class: "cards" });
  const people = knownPeople(screen, path, moments, (rowPath) => opened.add(rowPath));
  const list = knownRows(screen, path, (rowPath) => opened.add(rowPath));
  const addHidden = screen.readOnly || (moments[0] === "desk" && model.nodeAt(path).moment !== "desk");
  const addButton = h("button", { class: "add", onclick: add });
  const element = h(
    "section",
    { class: "repeat", dataset: { path } },
    title,
    hint,
    people.element,
    list.element,
    rows,
    addButton,
  );
  /** @type {Map<string, Piece & {card: HTMLElement}>} */
  const cards = new Map();
  /** Rows opened by hand or made here. @type {Set<string>} */
  const opened = new Set();
  /** Read once for all cards of an update. @type {import("../record-model.js").Trouble[]} */
  let troubles = [];

  function add() {
    const id = screen.options.newId();
    const rowPath = model.form.addRepeat(path, id);
    const changed = model.form.lastChanged();
    opened.add(rowPath);
    if (model.nodeAt(`${path}.person_id`))
      changed.push(...model.form.set(`${rowPath}.person_id`, screen.options.newId()));
    screen.did([path, ...changed]);
    cards.get(rowPath)?.focus();
  }

  /** @param {string} rowPath */
  function remove(rowPath) {
    const words = rowText(model, rowPath);
    screen.did([path, ...model.form.removeRepeat(rowPath)]);
    screen.offerUndo(t("rec_row_removed", { row: words || t("rec_row") }), () => [
      path,
      ...model.form.restoreRepeat(rowPath),
    ]);
    addButton.focus();
  }

  function update() {
    const view = model.form.view(path);
    if (title.textContent !== view.labelText) fill(title, ...nodesOf(view.label));
    if (hint.textContent !== view.hintText) fill(hint, ...nodesOf(view.hint));
    setWords(addButton, t("rec_add", { what: view.labelText }));
    people.update();
    list.update();
    troubles = model.troubles(moments);
    // Counted rows come and go with an answer: those beyond the count are kept, and not shown.
    addButton.hidden = addHidden || view.counted;
    const wanted = model.childrenOf(path).filter((row) => model.form.view(row).relevant);
    for (const [rowPath, card] of cards) {
      if (wanted.includes(rowPath)) continue;
      card.card.remove();
      cards.delete(rowPath);
      for (const map of [drawn.pieces, drawn.boxes])
        for (const key of map.keys()) if (key.startsWith(rowPath)) map.delete(key);
    }
    wanted.forEach((rowPath, i) => {
      const card = cards.get(rowPath) ?? makeCard(rowPath);
      cards.set(rowPath, card);
      // Moved only where it stands wrong (a row that was taken back).
      if (rows.children[i] !== card.card) rows.insertBefore(card.card, rows.children[i] ?? null);
      card.update();
    });
  }

  /** @param {string} rowPath */
  function makeCard(rowPath) {
    const made = opened.has(rowPath);
    /** A row made on a later page is asked for what the door would have asked; else that lies in its heading. */
    let asked = made ? MOMENTS.slice(0, MOMENTS.indexOf(moments[0]) + 1) : moments;
    /** @type {Piece | null} */
    let inner = null;
    const words = h("span", { class: "card-words" });
    const open = h("span", { class: "card-open" });
    const head = h("button", { class: "card-head", "aria-expanded": "false", onclick: toggle }, words, open);
    const body = h("div", { class: "card-body", hidden: true });
    const twin = h("div", { class: "twin" });
    const earlier = h("button", { class: "quiet", hidden: true, onclick: widen }, t("rec_earlier"));
    const tools = h(
      "div",
      { class: "card-tools" },
      earlier,
      !screen.readOnly &&
        !model.nodeAt(path).count &&
        h("button", { class: "quiet", onclick: () => remove(rowPath) }, t("rec_remove")),
    );
    const card = h("li", { class: "card", dataset: { path: rowPath } }, head, twin, body);

    function toggle() {
      if (opened.delete(rowPath)) return draw();
      opened.add(rowPath);
      draw();
    }

    function widen() {
      asked = MOMENTS;
      inner = null;
      draw();
      body.querySelector("input")?.focus();
    }

    function draw() {
      const isOpen = opened.has(rowPath);
      if (isOpen && !inner) {
        inner = container(screen, rowPath, asked, drawn);
        fill(body, inner.element, tools);
      }
      earlier.hidden = asked.length > 1 || moments[0] === "door" || screen.readOnly;
      body.hidden = !isOpen;
      people.askTwin(rowPath, twin);
      head.setAttribute("aria-expanded", String(isOpen));
      const missing = troubles.filter((trouble) => trouble.path.startsWith(rowPath)).length;
      const place = model.form.rows(path).indexOf(rowPath.slice(path.length + 1, -1)) + 1;
      setWords(words, `${place}. ${rowText(model, rowPath) || t("rec_row_empty")}`);
      setWords(open, missing ? t("rec_n_missing", { n: missing }) : t("rec_complete"));
      open.classList.toggle("is-missing", missing > 0);
    }
    draw();
    return { card, element: card, update: draw, focus: () => (inner ? inner.focus() : head.focus()) };
  }

  /** Opens the row that holds a question somebody jumps to. @param {string} target */
  function openFor(target) {
    const rowPath = model.childrenOf(path).find((row) => target.startsWith(`${row}.`));
    if (!rowPath) return;
    opened.add(rowPath);
    update();
  }

  drawn.boxes.set(path, { draw: update });
  screen.openers.set(path, openFor);
  update();
  return {
    element,
    update,
    focus: () => (model.form.rows(path).length ? rows.querySelector("button")?.focus() : addButton.focus()),
  };
}
