/** Shape of answers, our own checks, and the reading of typed text. The twin of fieldapp/forms/checks.py. */

import { days, isTime, MOMENT, precision } from "./dates.js";

const TEXT_MAX = 20000;
const DECIMAL = /^-?[0-9]+(\.[0-9]+)?$/;
const MONEY = /^[0-9]{1,12}(\.[0-9]{1,2})?$/;
const PHONES = [/^1[3-9][0-9]{9}$/, /^0[0-9]{2,3}-?[0-9]{7,8}$/, /^[1-9][0-9]{2,4}$/];
const REGION = /^[1-9][0-9]{11}$/;
const ID = /^[0-9]{17}[0-9X]$/;
const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]; // GB 11643-1999, ISO 7064 MOD 11-2
/** @type {Record<string, number>} */
const PARTIAL = { year: 1, month: 2, day: 3 };
const FILES = ["image", "audio", "video", "file", "signature"];

/** @typedef {import("./plan.js").PlanNode} PlanNode */

/** @param {any} value */
export const isUnknown = (value) =>
  value !== null && typeof value === "object" && !Array.isArray(value) && "unknown" in value;

/** @param {any} value */
export const isBlank = (value) =>
  value === null || value === undefined || value === "" || (Array.isArray(value) && !value.length);

/** Whether the answer is a list of codes. @param {PlanNode} node */
export const isMany = (node) => node.type === "select_multiple" || node.type === "rank";

/** Characters as a person counts them, and as Python does. @param {string} text */
export const codePoints = (text) => Array.from(text);

/** `type`, `too_long` or null, for an answer that is neither blank nor unknown. @param {PlanNode} node @param {any} value @returns {string | null} */
export function shapeError(node, value) {
  const type = node.type ?? "";
  if (FILES.includes(type))
    return value !== null && typeof value === "object" && !Array.isArray(value) && Object.keys(value).length
      ? null
      : "type";
  if (type === "integer") return Number.isSafeInteger(value) ? null : "type";
  if (isMany(node)) {
    return Array.isArray(value) &&
      value.every((code) => typeof code === "string" && code) &&
      new Set(value).size === value.length
      ? null
      : "type";
  }
  if (typeof value !== "string") return "type";
  if (value.length > TEXT_MAX && codePoints(value).length > TEXT_MAX) return "too_long";
  return isReadable(node, type, value) ? null : "type";
}

/** @param {PlanNode} node @param {string} type @param {string} value */
function isReadable(node, type, value) {
  if (type === "decimal" || node.check === "money")
    return DECIMAL.test(value) && value.replace(/[-.]/g, "").length <= 30;
  if (type === "date") return precision(value) > 0 && precision(value) < MOMENT;
  if (type === "dateTime") return precision(value) === MOMENT;
  return type !== "time" || isTime(value);
}

/** The code of a failed check of our own, for an answer of the right shape. @param {PlanNode} node @param {any} value @param {string} today */
export function checkError(node, value, today) {
  if (node.type === "date" && precision(value) < PARTIAL[node.partial ?? "day"]) return "check_partial";
  return !node.check || passes(node.check, value, today) ? null : `check_${node.check}`;
}

/** @param {string} check @param {string} value @param {string} today */
function passes(check, value, today) {
  if (check === "id_number") return (idNumberFacts(value)?.birth ?? "9999") <= today;
  if (check === "phone") return PHONES.some((pattern) => pattern.test(value));
  return (check === "money" ? MONEY : REGION).test(value);
}

/** Full-width letters, digits and signs as ASCII, blanks gone, upper case. @param {string} text */
export function narrow(text) {
  const ascii = text.replace(/[\uff01-\uff5e]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0));
  return ascii.replace(/[ \t\r\n\u3000\u00a0]/g, "").toUpperCase();
}

/**
 * Birth date and sex (`male`, `female`) of a valid identity number (GB 11643-1999), else null. Accepts lower x, blanks, full-width digits.
 * @param {string} text @returns {{birth: string, sex: string} | null}
 */
export function idNumberFacts(text) {
  const found = narrow(text);
  if (!ID.test(found)) return null;
  const birth = `${found.slice(6, 10)}-${found.slice(10, 12)}-${found.slice(12, 14)}`;
  const sum = WEIGHTS.reduce((total, weight, at) => total + Number(found[at]) * weight, 0);
  if (days(birth) === null || "10X98765432"[sum % 11] !== found[17]) return null;
  return { birth, sex: Number(found[16]) % 2 ? "male" : "female" };
}

/**
 * Reads typed text into an answer. What cannot be read stays as typed, so that nothing is lost, with its code.
 * @param {PlanNode} node @param {string} typed @returns {{value: any, error: string | null}}
 */
export function readInput(node, typed) {
  if (narrow(typed) === "") return { value: null, error: null };
  const value = interpreted(node, typed);
  return {
    value,
    error:
      shapeError(node, value) ??
      (typeof value === "string"
        ? checkError({ ...node, check: node.check === "id_number" ? undefined : node.check }, value, "")
        : null),
  };
}

/** @param {PlanNode} node @param {string} typed @returns {any} */
function interpreted(node, typed) {
  const plain = narrow(typed).replace(/，/g, ",");
  if (node.type === "integer") {
    const digits = plain.replace(/,/g, "");
    return /^-?[0-9]{1,16}$/.test(digits) && Number.isSafeInteger(Number(digits)) ? Number(digits) + 0 : typed;
  }
  if (node.type === "decimal" || node.check === "money") {
    const found = /^(-?)0*([0-9]*)(\.[0-9]*)?$/.exec(plain.replace(/,/g, "").replace(/^[¥￥]|元$/g, ""));
    return found && (found[2] || found[3] !== "." || plain.includes("0"))
      ? `${found[1]}${found[2] || "0"}${found[3] && found[3] !== "." ? found[3] : ""}`
      : typed;
  }
  if (node.type === "date") return readDate(plain) ?? typed;
  if (node.check === "id_number") return plain;
  if (node.check === "phone") return plain.replace(/^\+?86(?=1[0-9]{10}$)/, "").replace(/(?<![0-9])[()]|[()]/g, "");
  if (node.check === "region12") return /^([0-9]{6}|[0-9]{9})$/.test(plain) ? plain.padEnd(12, "0") : plain;
  return typed;
}

/** 2024-3-5, 2024/3/5, 2024.3.5, 2024年3月5日, 20240305, 202403, 2024 and their shorter forms. @param {string} plain @returns {string | null} */
function readDate(plain) {
  const found =
    /^([0-9]{4})(?:[-/.年]([0-9]{1,2})(?:[-/.月]([0-9]{1,2}))?[日月]?|年)?$/.exec(plain) ??
    /^([0-9]{4})([0-9]{2})([0-9]{2})?$/.exec(plain);
  return (
    found &&
    [
      found[1],
      ...found
        .slice(2)
        .filter(Boolean)
        .map((part) => part.padStart(2, "0")),
    ].join("-")
  );
}
