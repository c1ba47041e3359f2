import { idNumberFacts, readInput } from "../../../static/js/form/checks.js";
import { loadPlan, PlanTooNew } from "../../../static/js/form/plan.js";

/** @param {unknown} condition @param {string} what */
function check(condition, what) {
  if (!condition) throw new Error(what);
}

export function test_a_plan_of_a_newer_function_set_is_refused_by_name() {
  /** @type {any} */
  let refused = null;
  try {
    loadPlan({ format: 1, functions: 99, nodes: [] });
  } catch (error) {
    refused = error;
  }
  check(refused instanceof PlanTooNew && refused.code === "plan_too_new", `refused by ${refused}`);
}

/** @type {[any, string, any, string | null][]} */
const TYPED = [
  [{ type: "integer" }, "１２", 12, null],
  [{ type: "integer" }, "1,200", 1200, null],
  [{ type: "integer" }, "-0", 0, null],
  [{ type: "integer" }, "十二", "十二", "type"],
  [{ type: "integer" }, "99999999999999999", "99999999999999999", "type"],
  [{ type: "integer" }, "  ", null, null],
  [{ type: "text", check: "money" }, "１，２００.５０", "1200.50", null],
  [{ type: "text", check: "money" }, "007", "7", null],
  [{ type: "text", check: "money" }, "0", "0", null],
  [{ type: "text", check: "money" }, ".5", "0.5", null],
  [{ type: "text", check: "money" }, "5.", "5", null],
  [{ type: "text", check: "money" }, "-5", "-5", "check_money"],
  [{ type: "text", check: "money" }, "1.234", "1.234", "check_money"],
  [{ type: "text", check: "money" }, "约五千", "约五千", "type"],
  [{ type: "decimal" }, ".", ".", "type"],
  [{ type: "date" }, "2024年3月5日", "2024-03-05", null],
  [{ type: "date" }, "20240305", "2024-03-05", null],
  [{ type: "date" }, "2024/3/5", "2024-03-05", null],
  [{ type: "date", partial: "month" }, "2024.3", "2024-03", null],
  [{ type: "date", partial: "year" }, "２０２４", "2024", null],
  [{ type: "date" }, "2024-3", "2024-03", "check_partial"],
  [{ type: "date" }, "2023-2-29", "2023-02-29", "type"],
  [{ type: "text", check: "phone" }, "+86 199 0000 1234", "19900001234", null],
  [{ type: "text", check: "phone" }, "0571-87654321", "0571-87654321", null],
  [{ type: "text", check: "phone" }, "12900001234", "12900001234", "check_phone"],
  [{ type: "text", check: "phone" }, "12338", "12338", null],
  [{ type: "text", check: "region12" }, "990101", "990101000000", null],
  [{ type: "text", check: "region12" }, "9901", "9901", "check_region12"],
  [{ type: "text" }, " 原样 ", " 原样 ", null],
];

export function test_typed_text_is_read_as_the_answer_a_person_meant() {
  for (const [node, typed, value, error] of TYPED) {
    const read = readInput(node, typed);
    check(Object.is(read.value, value) && read.error === error, `${typed}: ${JSON.stringify(read)}`);
  }
}

export function test_an_identity_number_tells_birth_and_sex_only_when_it_is_valid() {
  const number = "000000199003070014";
  const wide = number.replace(/[0-9]/g, (digit) => String.fromCharCode(digit.charCodeAt(0) + 0xfee0));
  check(
    JSON.stringify(idNumberFacts(` ${wide.slice(0, 6)} ${wide.slice(6)}`)) === '{"birth":"1990-03-07","sex":"male"}',
    "full width and blanks",
  );
  check(idNumberFacts("00000019900307068x")?.sex === "female", "a lower x");
  for (let at = 0; at < 18; at++) {
    const wrong = number.slice(0, at) + ((Number(number[at]) + 1) % 10) + number.slice(at + 1);
    check(idNumberFacts(wrong) === null, `digit ${at + 1} changed`);
  }
  check(idNumberFacts("000000199002300017") === null, "30 February");
}
