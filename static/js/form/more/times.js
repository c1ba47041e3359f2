/** The rarer functions of dates and times; docs/forms.md, 7.4 (Times). */

import { DateText, days, MOMENT, precision } from "../dates.js";
import { Decimal, divide, floor, fromInteger, multiply, roundTo, subtract, toInteger } from "../decimal.js";
import { blank, TABLE } from "../functions.js";
import { number, single, text } from "../values.js";

/** @typedef {import("../values.js").Value} Value */

const CLOCK = /^(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,3})?)?(?:Z|[+-][0-9]{2}:[0-9]{2})?$/;
const DAY_MS = 86400000;
const FIRST_MS = -62135596800000; // 0001-01-01
const LAST_MS = 253402300799999; // 9999-12-31

/** The clock of a time or date-time, `HH:MM…`; null where the text is neither. @param {Value} value */
function clockOf(value) {
  const found = single(value);
  if (typeof found !== "string" && !(found instanceof DateText)) return null;
  const said = text(found);
  const clock = precision(said) === MOMENT ? said.slice(11) : said;
  return CLOCK.test(clock) ? clock : null;
}

/** @param {Value[]} args */
TABLE["decimal-time"] = ([value]) => {
  const clock = clockOf(value);
  if (!clock) return "";
  const [, hour, minute, second = "0", part = ""] = /** @type {RegExpExecArray} */ (
    /^(..):(..)(?::(..)(?:\.([0-9]+))?)?/.exec(clock)
  );
  const ms = ((Number(hour) * 60 + Number(minute)) * 60 + Number(second)) * 1000 + Number(part.padEnd(3, "0"));
  return blank(divide(fromInteger(ms), fromInteger(DAY_MS)));
};

/** @param {Value[]} args */
TABLE.time = ([value]) => {
  const found = single(value);
  if (!(found instanceof Decimal)) return clockOf(value)?.slice(0, 5) ?? "";
  const below = floor(found);
  const part = below && subtract(found, below);
  const minutes = part && multiply(part, fromInteger(1440));
  const whole = minutes && floor(minutes);
  if (!whole) return "";
  const at = Number(toInteger(whole));
  return `${two(Math.floor(at / 60))}:${two(at % 60)}`;
};

/** @param {Value[]} args */
TABLE["date-time"] = ([value]) => {
  const found = single(value);
  if (typeof found === "boolean") return "";
  const said = text(found);
  const known = found instanceof Decimal ? 0 : precision(said);
  if (known === MOMENT) return new DateText(said);
  const day = known ? fromInteger(/** @type {number} */ (days(said))) : number(found);
  const scaled = day && multiply(day, fromInteger(DAY_MS));
  const rounded = scaled && roundTo(scaled, 0);
  const ms = rounded && toInteger(rounded);
  return ms === null || ms < FIRST_MS || ms > LAST_MS ? "" : new DateText(new Date(ms).toISOString());
};

/** @param {number} n */
const two = (n) => String(n).padStart(2, "0");
