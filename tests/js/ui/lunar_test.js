// Lunar birthdays: the table against dates made by others' tables (tests/vectors/lunar.json says by which).

import { FIRST_YEAR, LAST_YEAR, lunarOf, monthsOf, solarOf } from "../../../static/js/ui/widgets/more/lunar-years.js";
import { equal } from "../core/county.js";

/** @param {number} year @param {number} month @param {boolean} leap */
const placeOf = (year, month, leap) => monthsOf(year).findIndex((one) => one.month === month && one.leap === leap);

export async function test_lunar_dates_of_two_centuries_become_the_solar_dates_of_the_vectors() {
  const { vectors } = await (await fetch("/tests/vectors/lunar.json")).json();
  for (const [year, month, leap, day, solar] of vectors) {
    const at = placeOf(year, month, leap);
    equal([year, month, leap, day, solarOf(year, at, day)], [year, month, leap, day, solar]);
    equal([solar, lunarOf(solar)], [solar, { year, at, day }]);
  }
  equal(vectors.length > 900, true);
}

export async function test_every_month_of_two_centuries_has_the_length_and_the_first_day_that_astronomy_gives() {
  const { years } = await (await fetch("/tests/vectors/lunar_months.json")).json();
  for (const [year, first, leap, lengths] of years) {
    const months = monthsOf(year);
    const said = months.map(({ days }) => (days === 30 ? "L" : "s")).join("");
    const leapMonth = months.find((month) => month.leap)?.month ?? 0;
    equal([year, solarOf(year, 0, 1), leapMonth, said], [year, first, leap, lengths]);
  }
  equal([years[0][0], years.length], [FIRST_YEAR, LAST_YEAR - FIRST_YEAR + 1]);
}

export function test_every_day_of_the_table_has_one_lunar_date_and_comes_back() {
  let day = Date.UTC(1900, 0, 31);
  for (let year = FIRST_YEAR; year <= LAST_YEAR; year += 1)
    for (const [at, month] of monthsOf(year).entries()) {
      const first = new Date(day).toISOString().slice(0, 10);
      if (year % 7 === 0) equal([solarOf(year, at, 1), lunarOf(first)], [first, { year, at, day: 1 }]);
      day += month.days * 86_400_000;
    }
  equal(new Date(day).toISOString().slice(0, 10), "2101-01-29"); // the new year after the last of the table
}

export function test_what_is_outside_of_the_table_or_the_month_is_no_date() {
  equal([monthsOf(1899), monthsOf(2101), monthsOf(Number.NaN), monthsOf(1984.5)], [[], [], [], []]);
  equal(
    [solarOf(1984, 10, 30), solarOf(1984, 13, 1), solarOf(1984, 0, 0), solarOf(1899, 0, 1)],
    [null, null, null, null],
  );
  equal([lunarOf("1900-01-30"), lunarOf("2101-01-29"), lunarOf("not a day")], [null, null, null]);
}
