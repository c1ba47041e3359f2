// The years 1900 to 2100 of the Chinese calendar. Checked against three independent tables by tests/vectors/lunar.json, and month by
// month against a computation from astronomy by tests/vectors/lunar_months.json.

/**
 * Five hexadecimal digits a year: the leap month (0: none) above 13 bits, of which bit i says that month i of the year, leap month included, has 30 days.
 */
const YEARS =
  "116d20075200ea50b64a0064b00a9b095560056a00b5905752007520db2500b2500a4b0b4ab002ad0056b04b6900da90fd9200e9200d250ba4d00a56002b6" +
  "095b5006d400ea905e9200e920cd260052b00a570b2b600b5a006d406ec9007490f69300a930052b0ca5b00aad0056a09b5500ba400b4905a9300a950f52d" +
  "0053600aad0b5aa005b200da507d4a00d4a10a9500a97005560cab500ad5006d208ea500ea50064a06c9700a9b0f55a0056a00b690b75200b5200b250964b" +
  "00a4b114ab002ad0056d0cb6900da900d9209d2500d2515a4d00a56002b60c5b5006d500ea90be9200e9200d2606a5600a57114d60035a006d50b6c900749" +
  "006930952b0052b00a5b0555a0056a0fb5500ba400b490ba9300a950052d08aad00ab5135aa005d200da50dd4a00d4a00c950952e0055600ab5055b2006d2" +
  "0cea5007250064b0ac9700cab0055a06ad600b691775200b5200b250da4b00a4b004ab0a55b005ad00b6a05b5200d920fd2500d2500a550b4ad004b6005b5" +
  "06daa00ec911e9200e9200d260ca5600a57004d6086d5007550074906e93006930f52b0052b00a5b0b55a0056a00b650974a00b4a11a9500a950052d0caad" +
  "00ab5005aa08ba500da500d4a07c9500c960f94e0055600ab50b5b2006d200ea508e4a0068b10c97004ab0055b0cad600b6a007520972500b4500a8b0549b" +
  "004ab";
export const FIRST_YEAR = 1900;
export const LAST_YEAR = FIRST_YEAR + YEARS.length / 5 - 1;
const DAY_MS = 86_400_000;
/** The first day of lunar 1900 is 31 January. */
const FIRST_DAY = Date.UTC(1900, 0, 31) / DAY_MS;

/** @typedef {{month: number, leap: boolean, days: number}} Month */

/** The months of a lunar year in their order, the leap month behind the month it repeats. @param {number} year @returns {Month[]} empty outside of the table */
export function monthsOf(year) {
  if (!Number.isInteger(year) || year < FIRST_YEAR || year > LAST_YEAR) return [];
  const code = Number.parseInt(YEARS.slice(5 * (year - FIRST_YEAR), 5 * (year - FIRST_YEAR) + 5), 16);
  const leapMonth = code >> 13;
  return Array.from({ length: leapMonth ? 13 : 12 }, (_, i) => {
    const late = leapMonth > 0 && i >= leapMonth;
    return { month: late ? i : i + 1, leap: late && i === leapMonth, days: (code >> i) & 1 ? 30 : 29 };
  });
}

/** @param {number} year @param {number} at place of the month in the year, from 0 @param {number} day from 1 @returns {string | null} the solar date */
export function solarOf(year, at, day) {
  const months = monthsOf(year);
  if (!months[at] || !(day >= 1 && day <= months[at].days)) return null;
  let count = FIRST_DAY + day - 1;
  for (let before = FIRST_YEAR; before < year; before += 1) count += daysOf(monthsOf(before));
  return new Date((count + daysOf(months.slice(0, at))) * DAY_MS).toISOString().slice(0, 10);
}

/** @param {string} date `YYYY-MM-DD` @returns {{year: number, at: number, day: number} | null} */
export function lunarOf(date) {
  let left = Date.parse(`${date}T00:00:00Z`) / DAY_MS - FIRST_DAY;
  if (!(left >= 0)) return null;
  for (let year = FIRST_YEAR; year <= LAST_YEAR; year += 1) {
    const months = monthsOf(year);
    if (left >= daysOf(months)) left -= daysOf(months);
    else {
      let at = 0;
      while (left >= months[at].days) left -= months[at++].days;
      return { year, at, day: left + 1 };
    }
  }
  return null;
}

/** @param {Month[]} months */
function daysOf(months) {
  return months.reduce((sum, { days }) => sum + days, 0);
}
