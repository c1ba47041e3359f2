// The four corners of a page: dragged by a finger, or moved by buttons and arrow keys.
import { fill, h, svg } from "../../dom.js";
import { t } from "../../i18n.js";
import { FRAME, withCorner } from "./image.js";

const STEP = 0.02;
/** Distance and size are counted in thousandths of the width. */
const WIDTH = 1000;
const NAMES = ["top_left", "top_right", "bottom_right", "bottom_left"];
/** @type {[string, number, number][]} */
const MOVES = [
  ["ArrowLeft", -STEP, 0],
  ["ArrowUp", 0, -STEP],
  ["ArrowDown", 0, STEP],
  ["ArrowRight", STEP, 0],
];

/**
 * @param {HTMLCanvasElement} canvas the picture below
 * @returns {{element: HTMLElement, corners: () => import("./image.js").Corners}}
 */
export function cornerPicker(canvas) {
  let corners = FRAME;
  let chosen = 0;
  const height = (canvas.height / canvas.width) * WIDTH;
  canvas.classList.add("crop-picture");
  const edge = svg("polygon", { class: "crop-edge" });
  const dots = NAMES.map(() => svg("circle", { class: "crop-dot", r: 34 }));
  const drawing = svg(
    "svg",
    { class: "crop-over", viewBox: `0 0 ${WIDTH} ${height}`, "aria-hidden": "true", onpointerdown: begin },
    edge,
    dots,
  );
  const names = NAMES.map((name, at) =>
    h("button", { class: "choice-button", onclick: () => choose(at), onkeydown: byKey }, t(`rec_corner_${name}`)),
  );
  const moves = MOVES.map(([key, x, y]) =>
    h(
      "button",
      { class: "choice-button", "aria-label": t(`rec_corner_${key}`), onclick: () => move(x, y), onkeydown: byKey },
      { ArrowLeft: "←", ArrowUp: "↑", ArrowDown: "↓", ArrowRight: "→" }[key],
    ),
  );
  const said = h("p", { class: "visually-hidden", role: "status" });
  const element = h(
    "div",
    { class: "crop" },
    h("p", null, t("rec_crop_how")),
    h("div", { class: "crop-frame" }, canvas, drawing),
    h(
      "div",
      { class: "crop-names", role: "group", "aria-label": t("rec_crop_which") },
      [0, 1, 3, 2].map((at) => names[at]),
    ),
    h("div", { class: "crop-moves", role: "group", "aria-label": t("rec_crop_move") }, moves),
    said,
  );

  function draw() {
    const places = corners.map(([x, y]) => [Math.round(x * WIDTH), Math.round(y * height)]);
    edge.setAttribute("points", places.map((place) => place.join()).join(" "));
    for (const [at, dot] of dots.entries()) {
      dot.setAttribute("cx", String(places[at][0]));
      dot.setAttribute("cy", String(places[at][1]));
      dot.classList.toggle("is-chosen", at === chosen);
      names[at].setAttribute("aria-pressed", String(at === chosen));
    }
  }

  /** @param {number} at */
  function choose(at) {
    chosen = at;
    draw();
  }

  /** @param {number} x @param {number} y */
  function move(x, y) {
    const [fromX, fromY] = corners[chosen];
    corners = withCorner(corners, chosen, fromX + x, fromY + y);
    draw();
    const [nowX, nowY] = corners[chosen].map((part) => Math.round(part * 100));
    fill(said, t("rec_corner_at", { corner: t(`rec_corner_${NAMES[chosen]}`), x: nowX, y: nowY }));
  }

  /** @param {KeyboardEvent} event */
  function byKey(event) {
    const found = MOVES.find(([key]) => key === event.key);
    if (!found) return;
    event.preventDefault();
    move(found[1], found[2]);
  }

  /** The corner nearest to the finger follows it; the finger need not hide it. @param {PointerEvent} event */
  function begin(event) {
    event.preventDefault();
    const start = placeOf(event);
    const far = corners.map(([x, y]) => Math.hypot(x - start[0], y - start[1]));
    chosen = far.indexOf(Math.min(...far));
    const held = corners[chosen];
    drawing.setPointerCapture(event.pointerId);
    const follow = (/** @type {Event} */ moved) => {
      const [x, y] = placeOf(/** @type {PointerEvent} */ (moved));
      corners = withCorner(corners, chosen, held[0] + x - start[0], held[1] + y - start[1]);
      draw();
    };
    const end = () => drawing.removeEventListener("pointermove", follow);
    drawing.addEventListener("pointermove", follow);
    drawing.addEventListener("pointerup", end, { once: true });
    drawing.addEventListener("pointercancel", end, { once: true });
    draw();
  }

  /** @param {PointerEvent} event @returns {[number, number]} */
  function placeOf({ clientX, clientY }) {
    const box = drawing.getBoundingClientRect();
    return [(clientX - box.left) / box.width, (clientY - box.top) / box.height];
  }

  draw();
  return { element, corners: () => corners };
}
