/** Dates without zone, also of a year or a month only, and date-times with offset. The same rules as fieldapp/forms/dates.py. */

import { divide, fromInteger } from "./decimal.js";

const DATE = /^([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?$/;
const DATE_TIME =
  /^([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,3}))?)?(Z|[+-][0-9]{2}:[0-9]{2})$/;
const TIME = /^([01][0-9]|2[0-3]):[0-5][0-9]$/;
const DAY_MS = 86400000;
const NOW_MAX_MS = 253370764800000; // the year 9999
export const YEAR = 1;
export const MONTH = 2;
export const DAY = 3;
export const MOMENT = 4;
const LENGTHS = [0, 4, 7, 10];

/** The text of a date or date-time; apart from other text because `2024` may be a year here. */
export class DateText {
  /** @param {string} text */
  constructor(text) {
    this.text = text;
  }
}

/** @param {string} text @returns {number} YEAR to MOMENT, 0 where the text is no real date */
export function precision(text) {
  const found = DATE.exec(text);
  if (found) return days(text) === null ? 0 : found[3] ? DAY : found[2] ? MONTH : YEAR;
  return momentMs(text) === null ? 0 : MOMENT;
}

/** @param {string} text @returns {number | null} days since 1970-01-01 of a date's first day */
export function days(text) {
  const found = DATE.exec(text);
  if (!found) return null;
  const [year, month, day] = [Number(found[1]), Number(found[2] ?? 1), Number(found[3] ?? 1)];
  const made = new Date(0);
  made.setUTCFullYear(year, month - 1, day); // Date.UTC would read the years 0 to 99 as 1900 to 1999
  const real = year > 0 && made.getUTCMonth() === month - 1 && made.getUTCDate() === day;
  return real ? made.getTime() / DAY_MS : null;
}

/** @param {string} text @returns {number | null} milliseconds since 1970 UTC */
export function momentMs(text) {
  const found = DATE_TIME.exec(text);
  if (!found) return null;
  const day = days(found[1]);
  const [hour, minute, second] = [Number(found[2]), Number(found[3]), Number(found[4] ?? 0)];
  const offset = found[6];
  const [offsetHour, offsetMinute] = offset === "Z" ? [0, 0] : [Number(offset.slice(1, 3)), Number(offset.slice(4, 6))];
  if (day === null || hour > 23 || minute > 59 || second > 59 || offsetHour > 14 || offsetMinute > 59) return null;
  const offsetMs = (offsetHour * 60 + offsetMinute) * 60000 * (offset[0] === "-" ? -1 : 1);
  return (
    day * DAY_MS + ((hour * 60 + minute) * 60 + second) * 1000 + Number((found[5] ?? "0").padEnd(3, "0")) - offsetMs
  );
}

/** @param {string} text */
export const isTime = (text) => TIME.test(text);

/** Days since 1970-01-01, with the fraction of a date-time (UTC). @param {string} text */
export function number(text) {
  const day = days(text);
  if (day !== null) return fromInteger(day);
  const moment = momentMs(text);
  return moment === null ? null : divide(fromInteger(moment), fromInteger(DAY_MS));
}

/** @param {number} day @returns {DateText | null} null outside of the years 1 to 9999 */
export function fromDays(day) {
  if (day < -719162 || day > 2932896) return null;
  return new DateText(new Date(day * DAY_MS).toISOString().slice(0, 10));
}

/** The date-time with offset, in that zone. @param {number} clockMs @param {string} zone */
export function nowText(clockMs, zone) {
  const nowMs = Math.min(Math.max(clockMs, 0), NOW_MAX_MS); // a phone's clock may stand anywhere
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    era: "short",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  });
  /** @type {Record<string, string>} */
  const part = {};
  for (const { type, value } of format.formatToParts(nowMs)) part[type] = value;
  const clock = `${part.year.padStart(4, "0")}-${part.month}-${part.day}T${part.hour}:${part.minute}:${part.second}`;
  const thousandths = ((nowMs % 1000) + 1000) % 1000;
  const minutes = Math.floor((Date.parse(`${clock}Z`) - (nowMs - thousandths)) / 60000);
  const distance = Math.abs(minutes);
  const offset = `${minutes < 0 ? "-" : "+"}${two(Math.floor(distance / 60))}:${two(distance % 60)}`;
  return new DateText(`${clock}.${String(thousandths).padStart(3, "0")}${offset}`);
}

/** At the coarser of the two precisions; two date-times by the instant. @param {string} a @param {string} b @returns {number} */
export function compareDates(a, b) {
  const coarser = Math.min(precision(a), precision(b));
  if (coarser === MOMENT) return Math.sign((momentMs(a) ?? 0) - (momentMs(b) ?? 0));
  const [x, y] = [a.slice(0, LENGTHS[coarser]), b.slice(0, LENGTHS[coarser])];
  return x < y ? -1 : x > y ? 1 : 0;
}

/** Age in whole years at the coarser precision: a birthday not known to be ahead counts as passed. @param {string} birth @param {string} on */
export function wholeYears(birth, on) {
  const coarser = Math.min(precision(birth), precision(on), DAY);
  if (!coarser) return null;
  const ahead = coarser > YEAR && on.slice(5, LENGTHS[coarser]) < birth.slice(5, LENGTHS[coarser]);
  return Number(on.slice(0, 4)) - Number(birth.slice(0, 4)) - (ahead ? 1 : 0);
}

/** @type {Record<string, [string[], string[]]>} */
const NAMES = {
  zh: [Array.from({ length: 12 }, (_, i) => `${i + 1}月`), ["周一", "周二", "周三", "周四", "周五", "周六", "周日"]],
  en: [
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
    ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
  ],
};

/**
 * strftime of XForms: %Y %y %m %n %b %d %e %a %H %h %M %S %3 and %%; an unknown letter stays. What the date does not tell is left blank.
 * @param {string} text @param {string} pattern @param {string} language
 */
export function formatted(text, pattern, language) {
  const known = precision(text);
  if (!known) return "";
  const [months, weekdays] = NAMES[language] ?? NAMES.en;
  const month = known >= MONTH ? Number(text.slice(5, 7)) : 0;
  const day = days(text.slice(0, 10));
  const clock = known === MOMENT ? /** @type {RegExpExecArray} */ (DATE_TIME.exec(text)) : null;
  const full = known >= DAY && day !== null;
  /** @type {Record<string, string>} */
  const values = {
    Y: text.slice(0, 4),
    y: text.slice(2, 4),
    "%": "%",
    m: month ? two(month) : "",
    n: month ? String(month) : "",
    b: month ? months[month - 1] : "",
    d: full ? text.slice(8, 10) : "",
    e: full ? String(Number(text.slice(8, 10))) : "",
    a: full ? weekdays[((((day ?? 0) + 3) % 7) + 7) % 7] : "",
    H: clock ? clock[2] : "00",
    h: clock ? String(Number(clock[2])) : "0",
    M: clock ? clock[3] : "00",
    S: clock?.[4] ?? "00",
    3: (clock?.[5] ?? "").padEnd(3, "0"),
  };
  return pattern.replace(/%(.)/gsu, (whole, letter) => values[letter] ?? whole);
}

/** @param {number} n */
const two = (n) => String(n).padStart(2, "0");
