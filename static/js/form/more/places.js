/**
 * Places as ODK writes them: `lat lon alt acc`, points joined by `;`; length and area in whole numbers.
 * Rules: docs/forms.md, 7.4 (Places); fieldapp/forms/places.py is the twin.
 */

import { compare, Decimal, fromInteger, fromText, roundTo, settle, ZERO } from "../decimal.js";
import { blank, TABLE } from "../functions.js";
import { flat, text } from "../values.js";
import { CHECKS } from "./instance.js";
import { abs, asinFixed, fixed, isqrt, PI, PLACES, S, sinCos } from "./scientific.js";

const EARTH_M = 6378100n;
const NUMBER = /^-?[0-9]+(\.[0-9]+)?$/;
const NUMBER_MAX = 30;

/** @typedef {[Decimal, Decimal]} Point latitude and longitude in degrees */
/** @typedef {import("../values.js").Value} Value */

/** The points of a line; null where one of them cannot be read. @param {string} line @returns {Point[] | null} */
export function points(line) {
  const pieces = line.split(";").map((piece) => piece.replace(/^ +| +$/g, ""));
  if (pieces.length > 1 && !pieces[pieces.length - 1]) pieces.pop();
  const found = pieces.map(point);
  return found.includes(null) ? null : /** @type {Point[]} */ (found);
}

/** @param {string} piece @returns {Point | null} */
function point(piece) {
  const cells = piece.split(" ");
  if (cells.length < 2 || cells.length > 4 || !cells.every((cell) => cell.length <= NUMBER_MAX && NUMBER.test(cell)))
    return null;
  const [latitude, longitude, , accuracy] = cells.map(fromText);
  const isWithin = (/** @type {Decimal | null} */ x, /** @type {number} */ most) =>
    x && compare(new Decimal(abs(x.c), x.e), fromInteger(most)) <= 0;
  if (!isWithin(latitude, 90) || !isWithin(longitude, 180)) return null;
  if (cells.length > 3 && !(accuracy && accuracy.c >= 0n)) return null;
  return /** @type {Point} */ ([latitude, longitude]);
}

/** @param {Point} a @param {Point} b */
const isSame = (a, b) => !compare(a[0], b[0]) && !compare(a[1], b[1]);

/** @type {Record<string, (found: Point[], line: string) => boolean>} */
const RIGHT = {
  geopoint: (found, line) => found.length === 1 && !line.includes(";"),
  geotrace: (found) => found.length > 1,
  geoshape: (found) =>
    found.length > 3 &&
    isSame(found[0], found[found.length - 1]) &&
    found.filter((one, at) => found.findIndex((other) => isSame(one, other)) === at).length > 2,
};
for (const [type, isRight] of Object.entries(RIGHT))
  CHECKS[type] = (line) => {
    const found = points(line);
    return found && isRight(found, line) ? null : "geo";
  };

/** @param {bigint} degrees */
const radians = (degrees) => (degrees * PI) / (180n * S);
/** @param {bigint} degrees */
const ofDegrees = (degrees) => sinCos(radians(abs(degrees)));
/** @param {bigint} degrees */
const sine = (degrees) => (degrees < 0n ? -ofDegrees(degrees)[0] : ofDegrees(degrees)[0]);

/** @param {[bigint, bigint]} a @param {[bigint, bigint]} b */
function between([lat1, lon1], [lat2, lon2]) {
  const [p] = ofDegrees(abs(lat2 - lat1) / 2n);
  const [across] = ofDegrees(abs(lon2 - lon1) / 2n);
  let found = (p * p) / S + (((ofDegrees(lat1)[1] * ofDegrees(lat2)[1]) / S) * ((across * across) / S)) / S;
  if (found > S) found = S;
  return asinFixed(isqrt(found * S));
}

/** @param {Value[]} args @param {(line: [bigint, bigint][], given: Point[]) => Decimal | null} measure */
function measured(args, measure) {
  /** @type {Point[]} */
  const all = [];
  for (const line of flat(args).map(text).filter(Boolean)) {
    const found = points(line);
    if (!found) return "";
    all.push(...found);
  }
  return all.length
    ? blank(
        measure(
          all.map(([lat, lon]) => [fixed(lat), fixed(lon)]),
          all,
        ),
      )
    : "";
}

/** Rounded half up to two places before it is settled. @param {bigint} c @param {number} e */
function toTwoPlaces(c, e) {
  const found = roundTo(new Decimal(c, e), 2);
  return found && settle(found.c, found.e);
}

/** In metres, along the great circles. @param {Value[]} args */
TABLE.distance = (args) =>
  measured(args, (line) => {
    let total = 0n;
    for (let at = 1; at < line.length; at++) total += between(line[at - 1], line[at]);
    return toTwoPlaces(2n * EARTH_M * total, -PLACES);
  });

/** In square metres, of the sphere inside the ring. @param {Value[]} args */
TABLE.area = (args) =>
  measured(args, (ring, given) => {
    if (ring.length < 3) return ZERO;
    const closed = isSame(given[0], given[given.length - 1]) ? ring : [...ring, ring[0]];
    let total = 0n;
    for (let at = 1; at < closed.length; at++) {
      const [[lat1, lon1], [lat2, lon2]] = [closed[at - 1], closed[at]];
      const width = radians(abs(lon2 - lon1));
      total += (lon2 < lon1 ? -width : width) * (2n * S + sine(lat1) + sine(lat2));
    }
    return toTwoPlaces(abs(total) * EARTH_M * EARTH_M * 5n, -2 * PLACES - 1);
  });
