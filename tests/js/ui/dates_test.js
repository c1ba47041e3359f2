// Dates as the lists show them. Formatters are kept: each language and zone must go on getting its own.

import { dayText, momentText, prepareDates, setLanguage } from "../../../static/js/ui/i18n.js";
import { equal } from "../core/county.js";

const MOMENT = Date.UTC(2026, 10, 21, 18, 5);

export function test_a_day_and_a_moment_follow_the_language_of_the_moment() {
  prepareDates();
  for (let round = 0; round < 2; round += 1) {
    setLanguage("zh");
    equal([dayText("2026-11-21"), momentText(MOMENT, "Asia/Shanghai")], ["11月21日周六", "11/22 02:05"]);
    setLanguage("en");
    // Older browsers put a comma behind the day of the week.
    equal(
      [dayText("2026-11-21").replace(",", ""), momentText(MOMENT, "Asia/Shanghai")],
      ["Sat 21 November", "22/11, 02:05"],
    );
  }
}

export function test_each_zone_has_its_own_clock() {
  setLanguage("zh");
  equal(momentText(MOMENT, "Asia/Shanghai"), "11/22 02:05");
  equal(momentText(MOMENT, "UTC"), "11/21 18:05");
}

export function test_what_is_no_date_is_shown_as_it_is() {
  equal(dayText("spring"), "spring");
}
