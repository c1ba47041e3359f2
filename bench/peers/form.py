"""The form on which our engine and its peers are measured: one XLSForm, of which each engine takes its own shape.

300 questions in 30 groups (one of them a repeat of members, as many rows as a number says), 100 relevants, 50
constraints, 40 calculations of which 32 stand in one chain, lists of 31 provinces, 340 cities and 3,000 counties that
hang on each other. All numbers are exact in binary, so that an engine of doubles and one of decimals show the same.
"""

from dataclasses import dataclass, field
from functools import cache
from io import StringIO

from pyxform.xls2xform import convert

from fieldapp.forms.plan import Plan
from fieldapp.forms.publish import compile_xlsform

QUESTIONS, GROUPS, RELEVANTS, CONSTRAINTS, CALCULATIONS = 300, 30, 100, 50, 40
CHAIN_STEPS = 32
CHAIN_RELEVANTS = 19  # on the end of the chain, on the page of the answer it begins with
PROVINCES, CITIES, COUNTIES = 31, 340, 3_000
SETTINGS = '| | PEERS | 三百问 / Three hundred questions | 1 | 中文 (zh) | fa="urn:fieldapp:form:1" |'
COLUMNS = (
    "type",
    "name",
    "label::中文 (zh)",
    "label::English (en)",
    "relevant",
    "constraint",
    "calculation",
    "choice_filter",
    "repeat_count",
    "bind::fa:sensitivity",
)
# The page can be answered when its chain is computed and its first question stands there.
USABLE = {"signs": {"链值": "7.75"}, "inputs": {"start/plain": 1}}
# What is shown of the values. The sign before the number is found in the page of every engine.
CHAIN, PEOPLE, INCOME, COUNTY = "链值", "人数", "收入", "县数"


@dataclass
class _Sheet:
    """Rows of the survey, counted while they are written."""

    rows: list[str] = field(default_factory=list)
    groups: int = 0
    questions: int = 0
    relevants: int = 0
    constraints: int = 0
    calculations: int = 0

    def put(self, kind: str, name: str, zh: str = "", en: str = "", **cells: str) -> None:
        shown = {"type": kind, "name": name, "label::中文 (zh)": zh, "label::English (en)": en, **cells}
        self.groups += kind in ("begin_group", "begin_repeat")
        self.calculations += kind == "calculate"
        asked = kind not in ("begin_group", "begin_repeat", "end_group", "end_repeat", "note", "calculate")
        self.questions += asked
        self.relevants += "relevant" in cells
        self.constraints += "constraint" in cells
        if asked or kind in ("note", "calculate"):
            shown["bind::fa:sensitivity"] = "household"
        self.rows.append(" | ".join(shown.get(column, "") for column in COLUMNS))


@cache
def source() -> str:
    """The XLSForm in pyxform's Markdown tables."""
    sheet = _Sheet()
    _beginning(sheet)
    _place(sheet)
    _members(sheet)
    _others(sheet)
    counted = (sheet.questions, sheet.groups, sheet.relevants, sheet.constraints, sheet.calculations)
    if counted != (QUESTIONS, GROUPS, RELEVANTS, CONSTRAINTS, CALCULATIONS):
        raise AssertionError(f"questions, groups, relevants, constraints, calculations: {counted}")
    written = StringIO()
    for name, head, rows in (
        ("survey", " | ".join(COLUMNS), sheet.rows),
        ("choices", "list_name | name | label::中文 (zh) | label::English (en) | province | city", list(_choices())),
    ):
        written.write(f"| {name} |\n| | {head} |\n")
        written.writelines(f"| | {row} |\n" for row in rows)
    written.write(f"| settings |\n| | form_id | form_title | version | default_language | namespaces |\n{SETTINGS}\n")
    return written.getvalue()


@cache
def plan() -> Plan:
    """For our engine."""
    return compile_xlsform(source(), "md")


def files() -> dict[str, bytes]:
    """Its long lists, for our engine."""
    return dict(plan().files)


@cache
def xform() -> str:
    """For the peers: what pyxform makes of the same tables."""
    return str(convert(source(), file_type=".md", validate=False).xform)


def _beginning(sheet: _Sheet) -> None:
    """One text on which nothing hangs, a yes or no and a number on which the chain hangs, what the chain shows."""
    sheet.put("begin_group", "start", "开始", "Start")
    sheet.put("text", "plain", "随便写一句", "Write anything")
    sheet.put("select_one yes_no", "answer", "有变化吗", "Has anything changed")
    sheet.put("integer", "people", "家里几口人", "How many people", constraint=". >= 0 and . <= 20")
    first = "if(${answer} = 'yes', 8, 0) + coalesce(${people}, 0)"
    sheet.put("calculate", "step1", calculation=first)
    for step in range(2, CHAIN_STEPS + 1):
        sheet.put("calculate", f"step{step}", calculation=f"${{step{step - 1}}} + 0.25")
    last = f"${{step{CHAIN_STEPS}}}"
    sheet.put("note", "shown", f"{CHAIN}={last};", f"chain={last};")
    for number in range(1, CHAIN_RELEVANTS + 1):
        sheet.put("text", f"then{number}", f"变化{number}", f"Change {number}", relevant=f"{last} > 15")
    sheet.put("end_group", "")


def _place(sheet: _Sheet) -> None:
    sheet.put("begin_group", "place", "地点", "Place")
    sheet.put("select_one provinces", "province", "省", "Province")
    sheet.put("select_one cities", "city", "市", "City", choice_filter="province = ${province}")
    sheet.put("select_one counties", "county", "县", "County", choice_filter="city = ${city}")
    sheet.put("calculate", "near", calculation="count(instance('counties')/root/item[city = ${city}])")
    sheet.put("note", "shown_near", f"{COUNTY}=${{near}};", "counties=${near};")
    sheet.put("text", "address", "住址", "Address")
    sheet.put("end_group", "")


def _members(sheet: _Sheet) -> None:
    sheet.put("begin_repeat", "members", "家人", "Members", repeat_count="${people}")
    sheet.put("text", "name", "姓名", "Name")
    sheet.put("select_one sexes", "sex", "性别", "Sex")
    sheet.put("date", "birth", "出生日期", "Date of birth")
    sheet.put("decimal", "income", "月收入", "Monthly income", constraint=". >= 0")
    sheet.put("integer", "school_years", "上学几年", "Years at school", constraint=". >= 0 and . <= 30")
    sheet.put("end_repeat", "")
    sheet.put("begin_group", "sums", "合计", "Sums")
    sheet.put("calculate", "rows", calculation="count(${members})")
    sheet.put("calculate", "income_all", calculation="sum(${income})")
    sheet.put("calculate", "income_tax", calculation="${income_all} * 0.25")
    sheet.put("calculate", "income_left", calculation="${income_all} - ${income_tax}")
    sheet.put("calculate", "school_all", calculation="sum(${school_years})")
    sheet.put("calculate", "with_name", calculation="count-non-empty(${name})")
    sheet.put("calculate", "is_poor", calculation="if(${income_left} < 1000, 'yes', 'no')")
    sheet.put("note", "shown_rows", f"{PEOPLE}=${{rows}};", "rows=${rows};")
    sheet.put("note", "shown_income", f"{INCOME}=${{income_left}};", "income=${income_left};")
    sheet.put("text", "sums_note", "说明", "Remark")
    sheet.put("end_group", "")


def _others(sheet: _Sheet) -> None:
    """Everything else that makes such a form long: sections of a yes or no, and what it lets be asked."""
    left_groups = GROUPS - sheet.groups
    left_questions = QUESTIONS - sheet.questions
    for at in range(left_groups):
        group = f"part{at + 1}"
        sheet.put("begin_group", group, f"第{at + 1}部分", f"Part {at + 1}")
        count = left_questions // left_groups + (at < left_questions % left_groups)
        for number in range(count):
            name, zh, en = (
                f"{group}_{number}",
                f"第{at + 1}部分第{number + 1}问",
                f"Part {at + 1}, question {number + 1}",
            )
            cells: dict[str, str] = {}
            if number and sheet.relevants < RELEVANTS:
                cells["relevant"] = f"${{{group}_0}} != 'no'"
            kind = (
                "select_one yes_no",
                "integer",
                "text",
                "select_one five",
                "date",
                "decimal",
                "select_multiple five",
            )[number % 7]
            if kind in ("integer", "decimal") and sheet.constraints < CONSTRAINTS:
                cells["constraint"] = ". >= 0 and . <= 120"
            sheet.put(kind, name, zh, en, **cells)
        sheet.put("end_group", "")


def _choices() -> list[str]:
    rows = ["yes_no | yes | 是 | Yes | |", "yes_no | no | 否 | No | |", "sexes | female | 女 | Female | |"]
    rows += ["sexes | male | 男 | Male | |", *(f"five | c{n} | 选项{n} | Choice {n} | |" for n in range(1, 6))]
    rows += [f"provinces | p{n} | 第{n}省 | Province {n} | |" for n in range(PROVINCES)]
    rows += [f"cities | t{n} | 第{n}市 | City {n} | p{n % PROVINCES} |" for n in range(CITIES)]
    rows += [
        f"counties | x{n} | 第{n}县 | County {n} | p{n % CITIES % PROVINCES} | t{n % CITIES}" for n in range(COUNTIES)
    ]
    return rows
