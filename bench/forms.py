"""The generated form of the measurements: 300 questions, a chain of 32 calculations, 50 relevants on its end.

About the shape of the form with which the peers were measured (sections, choices, numbers, dates, long texts). Every
question of its sections has an answer from the start (its default): a draft is a full one without 300 taps.
"""

from functools import cache

from fieldapp.forms.plan import Plan
from fieldapp.forms.publish import compile_xlsform

QUESTIONS = 300
CHAIN_STEPS = 32
RELEVANTS = 50
SECTION_QUESTIONS = 10
TITLE = "三百问 / Three hundred questions"
FIRST_SECTION = "链"
NOTES_SECTION = "记事"
TRIGGER = "chain.answer"
NOTE = "notes.note"
TEXT = "家里住房老旧需要修缮，母亲慢性病每月买药，孩子上学路远。"
COLUMNS = (
    "type | name | label::中文 (zh) | label::English (en) | relevant | calculation | default | bind::fa:sensitivity"
)


@cache
def plan(form_id: str = "F3", version: int = 1_000) -> Plan:
    """The compiled form, under the id of the form of a planned follow-up: caseworkers fill it in already, and a visit
    of a follow-up (stage.py) asks for no other."""
    return compile_xlsform(source(form_id, version), "md")


def source(form_id: str, version: int) -> str:
    """As XLSForm, in pyxform's Markdown tables."""
    rows = [*_chain(), *_notes(), *_sections(QUESTIONS - RELEVANTS - 2)]
    survey = "\n".join(f"| | {row} |" for row in (COLUMNS, *rows))
    return f"""| survey |
{survey}
| choices |
| | list_name | name | label::中文 (zh) | label::English (en) |
| | yes_no | yes | 是 | Yes |
| | yes_no | no | 否 | No |
| | homes | own | 自有住房 | Own home |
| | homes | rent | 租房 | Rented |
| | homes | kin | 借住亲戚家 | With relatives |
| settings |
| | form_id | form_title | version | default_language | namespaces |
| | {form_id} | {TITLE} | {version} | 中文 (zh) | fa="urn:fieldapp:form:1" |
"""


def _chain() -> list[str]:
    """One answer, 32 steps behind it, 50 questions that appear with the last step."""
    steps = ["if(${answer} = 'yes', 1, 0)", *(f"${{step{step - 1}}} * 2 - 1" for step in range(1, CHAIN_STEPS))]
    return [
        _row("begin_group", "chain", FIRST_SECTION, "Chain"),
        _row("select_one yes_no", "answer", "有变化吗", "Has anything changed"),
        *(_row("calculate", f"step{number}", "", "", calculation=step) for number, step in enumerate(steps)),
        *(
            _row("text", f"then{number}", f"第{number}项", f"Item {number}", relevant=f"${{step{CHAIN_STEPS - 1}}} > 0")
            for number in range(RELEVANTS)
        ),
        "end_group | | | | | | |",
    ]


def _notes() -> list[str]:
    return [
        _row("begin_group", "notes", NOTES_SECTION, "Notes"),
        _row("text", "note", "记一笔", "A note"),
        "end_group | | | | | | |",
    ]


def _sections(count: int) -> list[str]:
    rows: list[str] = []
    for number in range(count):
        if number % SECTION_QUESTIONS == 0:
            name = number // SECTION_QUESTIONS + 1
            rows.append(_row("begin_group", f"section{name}", f"第{name}部分", f"Part {name}"))
        kind, default = (
            ("text", TEXT),
            ("integer", str(number)),
            ("select_one homes", "rent"),
            ("date", "2026-03-02"),
        )[number % 4]
        rows.append(_row(kind, f"q{number}", f"第{number}个问题", f"Question {number}", default=default))
        if number % SECTION_QUESTIONS == SECTION_QUESTIONS - 1 or number == count - 1:
            rows.append("end_group | | | | | | |")
    return rows


def _row(
    kind: str, name: str, zh: str, en: str, *, relevant: str = "", calculation: str = "", default: str = ""
) -> str:
    return f"{kind} | {name} | {zh} | {en} | {relevant} | {calculation} | {default} | household"
