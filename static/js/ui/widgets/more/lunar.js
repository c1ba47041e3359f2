// A birthday as the family remembers it: year, month and day of the Chinese calendar. What is kept is the solar date.
import { fill, h } from "../../dom.js";
import { t } from "../../i18n.js";
import { lunarOf, monthsOf, solarOf } from "./lunar-years.js";
import "./words.js";

const MONTHS = ["正", "二", "三", "四", "五", "六", "七", "八", "九", "十", "冬", "腊"];
const DIGITS = ["", "一", "二", "三", "四", "五", "六", "七", "八", "九", "十"];
const DAYS_MAX = 30;

/**
 * @param {import("../../record-row.js").Field} field
 * @returns {{element: HTMLElement, update: (value: any) => void}} what it says follows the answer
 */
export function lunar(field) {
  const english = field.screen.model.form.language === "en";
  const year = h("input", {
    type: "text",
    inputmode: "numeric",
    class: "box date-4",
    "aria-label": t("rec_lunar_year"),
    oninput: typed,
  });
  const month = h("select", { class: "box", "aria-label": t("rec_lunar_month"), onchange: chosen });
  const day = h("select", { class: "box", "aria-label": t("rec_lunar_day"), onchange: take });
  const said = h("p", { class: "muted", role: "status" });
  const panel = h(
    "div",
    { class: "lunar", role: "group", "aria-label": t("rec_lunar"), hidden: true },
    year,
    month,
    day,
  );
  const button = h("button", { class: "quiet", "aria-expanded": "false", onclick: toggle }, t("rec_lunar"));
  const element = h("div", null, button, panel, said);
  /** The month by its name: its place in the year changes with the leap month. */
  let wanted = "";
  /** The answer that stayed when the selects named a day that was not; undefined where they name none such. @type {any} */
  let stayed;

  function toggle() {
    panel.hidden = !panel.hidden;
    button.setAttribute("aria-expanded", String(!panel.hidden));
    if (panel.hidden) return;
    stayed = undefined;
    update(field.screen.model.form.get(field.path));
    year.focus();
  }

  function typed() {
    offer(Number(year.value), day.value);
    take();
  }

  function chosen() {
    wanted = month.value;
    take();
  }

  /** The months of this year, in the order in which they came. @param {number} of @param {string} d the day that was chosen */
  function offer(of, d) {
    const months = monthsOf(of);
    fill(
      month,
      h("option", { value: "" }, t("rec_lunar_month")),
      months.map((one) => h("option", { value: keyOf(one) }, monthText(one, english))),
    );
    month.value = months.some((one) => keyOf(one) === wanted) ? wanted : "";
    fill(
      day,
      h("option", { value: "" }, t("rec_lunar_day")),
      Array.from({ length: DAYS_MAX }, (_, at) => h("option", { value: String(at + 1) }, dayText(at + 1, english))),
    );
    day.value = d;
    month.disabled = day.disabled = months.length === 0;
  }

  function take() {
    if (month.value === "" || day.value === "") return;
    const at = monthsOf(Number(year.value)).findIndex((one) => keyOf(one) === month.value);
    const date = solarOf(Number(year.value), at, Number(day.value));
    stayed = date ? undefined : field.screen.model.form.get(field.path);
    if (date) field.set(date);
    else said.textContent = t("rec_lunar_no_day");
  }

  /** @param {any} value */
  function show(value) {
    const found = typeof value === "string" && value.length === 10 ? lunarOf(value) : null;
    if (!found) return offer(Number(year.value), day.value);
    year.value = String(found.year);
    wanted = keyOf(monthsOf(found.year)[found.at]);
    offer(found.year, String(found.day));
  }

  /** @param {any} value */
  function update(value) {
    if (stayed !== undefined && value === stayed) return; // what was refused still stands there, and why
    stayed = undefined;
    const found = typeof value === "string" && value.length === 10 ? lunarOf(value) : null;
    said.textContent = found
      ? t("rec_lunar_is", {
          year: found.year,
          month: monthText(monthsOf(found.year)[found.at], english),
          day: dayText(found.day, english),
        })
      : "";
    if (!panel.hidden && !panel.contains(document.activeElement)) show(value);
  }

  return { element, update };
}

/** @param {import("./lunar-years.js").Month} month */
const keyOf = ({ month, leap }) => `${month}${leap ? "+" : ""}`;

/** @param {import("./lunar-years.js").Month} month @param {boolean} english */
function monthText({ month, leap }, english) {
  if (english) return `${leap ? "leap " : ""}month ${month}`;
  return `${leap ? "闰" : ""}${MONTHS[month - 1]}月`;
}

/** @param {number} day @param {boolean} english */
function dayText(day, english) {
  if (english) return `day ${day}`;
  if (day <= 10) return `初${DIGITS[day]}`;
  if (day === 20) return "二十";
  if (day === 30) return "三十";
  return `${day < 20 ? "十" : "廿"}${DIGITS[day % 10]}`;
}
