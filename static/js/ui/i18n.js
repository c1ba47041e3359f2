// One language at a time for the whole page; zh is first, en complete (a test compares the keys of both and their use).
import { zh } from "./texts-zh.js";

/** @typedef {"zh" | "en"} Language */

/** @type {Record<Language, Record<string, string>>} */
const texts = { zh: { ...zh }, en: {} };
/** @type {Language} */
let current = "zh";

/** @returns {Language} */
export function language() {
  return current;
}

/** English comes when it is asked for: the first screen is not to wait for it. Until then zh stands in. @param {string} code */
export async function loadLanguage(code) {
  if (code !== "en") return;
  const files = await Promise.all([
    import("./texts-en.js"),
    import("./texts-record-en.js"),
    import("./more/texts-en.js"),
  ]);
  for (const { en } of files) Object.assign(texts.en, en);
}

/** Also tells the reader's voice: the `lang` of the page follows. @param {string} code anything but "en" is zh */
export function setLanguage(code) {
  current = code === "en" ? "en" : "zh";
  document.documentElement.lang = current === "en" ? "en" : "zh-CN";
}

/**
 * Joins the texts of a piece that brings its own (the record screen does). A key that is there already is refused: two sentences must not share one name.
 * @param {Record<string, string>} more in zh; its English comes with all English
 */
export function addTexts(more) {
  for (const [key, text] of Object.entries(more)) {
    if (Object.hasOwn(texts.zh, key) && texts.zh[key] !== text) throw new Error(`text ${key} is there already`);
    texts.zh[key] = text;
  }
}

/** `[zh, en]` by key, before all others. @type {Record<string, string[]>} */
const pairs = {};

/** Sentences that come in both languages at once, also in place of others: where one only practises, "it will be sent" is not true. @param {Record<string, string[]>} more */
export const addPairs = (more) => void Object.assign(pairs, more);

/**
 * The sentence in the page's language, with `{name}` replaced by `params.name`.
 * @param {string} key
 * @param {Record<string, string | number>} [params]
 * @returns {string} the key itself where no text is known: visible, and found by the test, instead of an empty button
 */
export function t(key, params) {
  const text = pairs[key]?.[current === "en" ? 1 : 0] ?? texts[current][key] ?? texts.zh[key] ?? key;
  return params
    ? text.replace(/\{(\w+)\}/g, (whole, name) => (Object.hasOwn(params, name) ? String(params[name]) : whole))
    : text;
}

/**
 * Picks from a `{zh, en}` pair that came with data (names of forms, neutral reasons, help numbers).
 * @param {{zh?: string, en?: string} | string | null | undefined} pair
 * @returns {string} the other language where this one is missing; empty where there is none
 */
export function pick(pair) {
  if (!pair || typeof pair === "string") return pair || "";
  return pair[current] || pair.zh || pair.en || "";
}

/** Making a formatter costs more than a hundred uses of it, and a list draws a hundred dates. @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

/** @param {"day" | "moment"} kind @param {string} [zone] the phone's own when absent */
function formatOf(kind, zone) {
  const locale = current === "en" ? "en-GB" : "zh-CN";
  const name = `${kind} ${locale} ${zone ?? ""}`;
  let format = formats.get(name);
  if (!format) {
    format = new Intl.DateTimeFormat(locale, { ...PARTS[kind], timeZone: zone });
    formats.set(name, format);
  }
  return format;
}

/** @type {Record<"day" | "moment", Intl.DateTimeFormatOptions>} */
const PARTS = {
  day: { month: "long", day: "numeric", weekday: "short" },
  moment: { month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit", hour12: false },
};

/** While a person types her secret: the first formatter of a language loads its calendar, a tenth of a second on a cheap phone. */
export function prepareDates() {
  formatOf("day", "UTC").format(0);
  formatOf("moment").format(0);
}

/** Month and day with weekday, no year: what stands in a list. @param {string} isoDate `YYYY-MM-DD` */
export function dayText(isoDate) {
  const date = new Date(`${isoDate}T12:00:00Z`);
  return Number.isNaN(date.getTime()) ? isoDate : formatOf("day", "UTC").format(date);
}

/** Day and time of a moment in the phone's zone. @param {number} ms @param {string} [zone] */
export const momentText = (ms, zone) => formatOf("moment", zone).format(new Date(ms));
