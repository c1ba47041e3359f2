"""What a plan is said to be: every plan can be read, and its logic stands there as the author would write it."""

import json
from pathlib import Path

import pytest

from fieldapp.forms import library
from fieldapp.forms.outline import Outline, compare, plain
from fieldapp.forms.plan import Plan
from fieldapp.forms.publish import compile_xlsform

VECTORS = Path(__file__).parents[2] / "vectors/forms/published"
TABLE = """
| survey |
| |type|name|label::中文 (zh)|label::English (en)|relevant|constraint|calculation|choice_filter|bind::fa:sensitivity|
| | begin_group | home | 家 | Home | {group} | | | | household |
| | integer | a | 甲 | A | | {constraint} | | | |
| | decimal | b | 乙 | B | {relevant} | | | | |
| | select_one town | town | 镇 | Town | | | | | |
| | select_one village | village | 村 | Village | | | | town = ${{town}} | |
| | end_group | | | | | | | | |
| | begin_repeat | people | 人 | People | | | | | health |
| | text | name | {who} | Name | | | | | |
| | end_repeat | | | | | | | | |
| | calculate | sum | | | | | {calculation} | | household |
| choices |
| | list_name | name | label::中文 (zh) | label::English (en) | town |
| | town | t1 | 东 | East | |
| | village | v1 | {v1} | Willow | t1 |
| | village | v2 | 桥 | Bridge | t1 |
| settings |
| | form_id | form_title | version | default_language | namespaces |
| | T1 | 试 / Try | 1 | 中文 (zh) | fa="urn:fieldapp:form:1" |
"""


def form(**changed: str) -> Plan:
    given = {"group": "", "constraint": "", "relevant": "", "calculation": "1", "v1": "柳", "who": "姓名", **changed}
    return compile_xlsform(TABLE.format(**given), "md")


def logic_of(plan: Plan, path: str) -> dict[str, str]:
    return next(question.logic for question in Outline(plan).questions if question.path == path)


@pytest.mark.parametrize(
    ("source", "written"),
    [
        ("${a} > 1 and (${b} = 2 or ${b} = 3)", "${a} > 1 and (${b} = 2 or ${b} = 3)"),
        ("(${a} > 1 and ${b} = 2) or ${b} = 3", "${a} > 1 and ${b} = 2 or ${b} = 3"),
        ("${a} - (${b} - 1)", "${a} - (${b} - 1)"),
        ("(${a} - ${b}) - 1", "${a} - ${b} - 1"),
        ("-(${a} + 1) * 2", "-(${a} + 1) * 2"),
        ("concat('it', \"it's\")", "concat('it', \"it's\")"),
        ("count(${people}[name = 'x'])", "count(${people}[${name} = 'x'])"),
        ("if(selected(${town}, 't1'), ${a} div 2, '')", "if(selected(${town}, 't1'), ${a} div 2, '')"),
    ],
)
def test_an_expression_is_written_as_its_author_writes_it(source, written):
    assert logic_of(form(calculation=source), "sum")["calculate"] == written


def test_what_decides_over_a_question_stands_with_it():
    plan = form(relevant="${a} > 5", constraint=". > 0", group="${sum} = 1")
    outline = Outline(plan)
    assert outline.sections[1].path == "home" and outline.sections[1].relevant == "${sum} = 1"
    assert logic_of(plan, "home.a") == {"constraint": "${a} > 0"}
    assert logic_of(plan, "home.b") == {"relevant": "${a} > 5"}
    village = next(question for question in outline.questions if question.path == "home.village")
    assert (village.choices, village.choice_filter) == ("village", "town = ${town}")
    assert outline.count("sensitivity") == {"household": 4, "health": 1}
    assert [(one.name, one.rows, one.columns) for one in outline.lists] == [("town", 1, []), ("village", 2, ["town"])]


def test_texts_without_a_translation_are_counted():
    assert Outline(form(v1="-")).untranslated == {"en": 0}
    plan = compile_xlsform(TABLE.replace("Willow", "").format(**dict.fromkeys(("group", "relevant"), ""), v1="柳",
                           constraint="", calculation="1", who="姓名"), "md")  # fmt: skip
    assert Outline(plan).untranslated == {"en": 1}


def test_a_version_differs_in_what_was_changed_and_in_nothing_else():
    before = form(relevant="${a} > 5")
    assert compare(before, before).is_empty
    found = compare(before, form(relevant="${a} > 6", v1="杨", who="叫什么"))
    assert {change.path: change.what for change in found.changed} == {
        "home.b": {"relevant": ("${a} > 5", "${a} > 6")},
        "people.name": {"label zh": ("姓名", "叫什么")},
    }
    assert found.lists == {"village": ([], [], ["v1"])} and not found.added and not found.removed


def test_a_raised_class_is_a_change():
    found = compare(form(), form(relevant="count(${people}) > 1", calculation="count(${people}[name != ''])"))
    assert found.changed[-1].what["sensitivity"] == ("household", "health")


def test_every_plan_can_be_read():
    stored = [Plan(json.loads(path.read_text("utf-8"))) for path in sorted(VECTORS.rglob("*.json"))]
    plans = [*library.plans().values(), *(plan for plan in stored if "nodes" in plan.json)]
    for plan in plans:
        outline = Outline(plan)
        told = [text for question in outline.questions for text in (question.path, *question.logic.values())]
        assert all(isinstance(text, str) and text for text in told)
        assert compare(plan, plan).is_empty and outline.asked


def test_parts_of_a_text_are_said_plainly():
    parts = ["看", ["b", "大", ["i", "字"]], ["br"], ["o", ["p", 3, 0]], ["img", "a.png"]]
    assert plain(parts, lambda _: "${x}") == "看大字 ${x}[a.png]"
