// A place, taken once and by a tap; a line or an area as a list of such points. Nothing watches where somebody goes, and nobody must be located.
import { fill, h } from "../../dom.js";
import { t } from "../../i18n.js";
import "./words.js";

/** @typedef {import("../../record-row.js").Field} Field */
/** @typedef {import("../../record-row.js").Widget} Widget */

const WAIT_MS = 40_000;
const REASONS = ["", "rec_place_denied", "rec_place_none", "rec_place_late"];

/** @param {Field} field @returns {Widget} */
export function widget(field) {
  const { node, screen, path } = field;
  const single = node.type === "geopoint";
  const list = h("ol", { class: "points" });
  const said = h("p", { role: "status" });
  const take = h("button", { class: "choice-button wide", onclick: start });
  const element = h("div", { class: "place" }, h("p", { class: "muted" }, t("rec_place_free")), list, take, said);
  /** The tap that is being answered; one that was given up answers to nobody. */
  let asked = 0;
  let waiting = false;

  const points = () => pointsOf(node.type ?? "", screen.model.form.get(path));

  function start() {
    asked += 1;
    if (waiting) return end("");
    if (!navigator.geolocation) return end(t("rec_place_none"));
    const mine = asked;
    waiting = true;
    draw();
    said.textContent = t("rec_place_wait");
    navigator.geolocation.getCurrentPosition(
      (position) => mine === asked && found(position.coords),
      (problem) => mine === asked && end(t(REASONS[problem.code] ?? "rec_place_none")),
      { enableHighAccuracy: true, timeout: WAIT_MS, maximumAge: 0 },
    );
  }

  /** @param {GeolocationCoordinates} coords */
  function found({ latitude, longitude, altitude, accuracy }) {
    const point = `${latitude.toFixed(6)} ${longitude.toFixed(6)} ${(altitude ?? 0).toFixed(1)} ${accuracy.toFixed(1)}`;
    put(single ? [point] : [...points(), point]);
    end(t("rec_place_got", { m: Math.ceil(accuracy) }));
  }

  /** @param {string} words */
  function end(words) {
    waiting = false;
    said.textContent = words;
    draw();
  }

  /** @param {string[]} all */
  function put(all) {
    field.set(all.length ? textOf(node.type ?? "", all) : null);
  }

  /** @param {number} at */
  function remove(at) {
    const before = points();
    put(before.filter((_, i) => i !== at));
    take.focus();
    screen.offerUndo(t("rec_place_removed"), () => screen.model.form.set(path, textOf(node.type ?? "", before)));
  }

  function draw() {
    const all = points();
    fill(
      list,
      all.map((point, at) =>
        h(
          "li",
          null,
          h("span", null, placeText(point)),
          h(
            "button",
            { class: "quiet", "aria-label": t("rec_place_remove", { n: at + 1 }), onclick: () => remove(at) },
            t("rec_place_drop"),
          ),
        ),
      ),
    );
    list.classList.toggle("is-single", single);
    const label = single ? (all.length ? "rec_place_again" : "rec_place_take") : "rec_place_next";
    take.textContent = t(waiting ? "rec_place_stop" : label, { n: all.length + 1 });
  }

  return { element, invalid: [take], update: draw, focus: () => take.focus() };
}

/** Latitude, longitude and how exact it is, for people. @param {string} point */
function placeText(point) {
  const [latitude, longitude, , accuracy] = point.split(" ");
  return `${latitude}, ${longitude}${accuracy ? ` (±${Math.ceil(Number(accuracy))} m)` : ""}`;
}

/** The points that were taken; the one that closes an area is not one of them. @param {string} type @param {any} value @returns {string[]} */
export function pointsOf(type, value) {
  const all =
    typeof value === "string" && value
      ? value
          .split(";")
          .map((point) => point.trim())
          .filter(Boolean)
      : [];
  return type === "geoshape" && all.length > 3 && all[0] === all[all.length - 1] ? all.slice(0, -1) : all;
}

/** @param {string} type @param {string[]} points at least one @returns {string} as ODK writes it */
export function textOf(type, points) {
  return (type === "geoshape" && points.length > 2 ? [...points, points[0]] : points).join("; ");
}
