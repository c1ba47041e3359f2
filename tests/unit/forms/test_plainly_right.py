"""The quick check of answers says what the schema says, for right answers and for wrong ones."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from fieldapp.forms import library
from fieldapp.forms.checks import INTEGER_MAX
from fieldapp.forms.plan import DATA_KINDS, ROWS_MAX, TEXT_MAX, Node, Plan
from fieldapp.forms.publish import compile_xlsform
from fieldapp.forms.schema import is_plainly_right, schema_for
from tests.unit.forms import mutate

ODD: list[Any] = [
    None, "", "x", "yes", " ", "12", "-3.50", "1e5", "9" * 31, "2026", "2026-13-01", "2026-02-28", "12:30:00",
    "x" * TEXT_MAX, "x" * (TEXT_MAX + 1), 0, -7, True, False, 1.5, INTEGER_MAX, INTEGER_MAX + 1, -INTEGER_MAX - 1,
    [], ["yes"], ["yes", "yes"], ["yes", ""], ["yes", 1], ["x" * TEXT_MAX, "y"], [{}], [None], {}, {"a": 1},
    {"unknown": "refused"}, {"unknown": "later"}, {"unknown": "does_not_know"}, {"unknown": "nonsense"},
    {"unknown": "refused", "more": 1}, {"unknown": None}, {"strokes": [[[1, 2], [3, 4]]]}, {"a": {"b": [1, [2, {}]]}},
    [[[[[[[[[[1]]]]]]]]]],
]  # fmt: skip
ROW_IDS: list[Any] = ["row-1", "row-2", "01990000-0000-7000-8000-00000000000a", "", "-", "a.b", "x" * 65, None, 7]
PLANS = {**library.plans(), "Z2": compile_xlsform(mutate.RICH, "md", mutate.ATTACHMENTS)}  # Z2: all of function set 2


@st.composite
def answers_of(draw: st.DrawFn, plan: Plan) -> dict[str, Any]:
    """Answers of this form's names, mostly right ones, with up to three things wrong."""
    wrong_at = draw(st.sets(st.integers(0, len(plan.nodes)), max_size=3))
    answers: dict[str, Any] = _inner(draw, plan, 0, wrong_at)
    if draw(st.integers(0, 3)) == 0:
        answers["_same"] = draw(st.sampled_from([None, {}, {"a": {}}, {"a": 1}, [], {"a": {"origin": "x" * 1_001}}]))
    if draw(st.integers(0, 5)) == 0:
        answers[draw(st.sampled_from(["stranger", "_id", ""]))] = draw(st.sampled_from([None, "x"]))
    return answers


def _inner(draw: st.DrawFn, plan: Plan, number: int, wrong_at: set[int]) -> dict[str, Any]:
    return {
        plan.nodes[n]["name"]: _value(draw, plan, n, wrong_at)
        for n in plan.children[number]
        if (plan.nodes[n]["kind"] != "note" or n in wrong_at) and draw(st.integers(0, 4))
    }


def _value(draw: st.DrawFn, plan: Plan, number: int, wrong_at: set[int]) -> Any:
    node = plan.nodes[number]
    if number in wrong_at:
        return draw(st.sampled_from(ODD))
    if node["kind"] in DATA_KINDS:
        return draw(st.sampled_from([*_right(node), None, ""]))
    if node["kind"] != "repeat":
        return _inner(draw, plan, number, wrong_at)
    rows: list[Any] = [
        {**_inner(draw, plan, number, wrong_at), "_id": f"row-{at}"} for at in range(draw(st.integers(0, 3)))
    ]
    if rows and draw(st.integers(0, 5)) == 0:
        rows[-1] = draw(st.sampled_from([{**rows[-1], "_id": row_id} for row_id in ROW_IDS] + [{}, None, "row"]))
    return rows


def _right(node: Node) -> list[Any]:
    by_type = {
        "integer": [0, -4, INTEGER_MAX],
        "decimal": ["0", "-12.50"],
        "date": ["2026", "2026-02", "2026-02-28"],
        "dateTime": ["2026-02-28T10:00:00.000+08:00"],
        "time": ["10:30:00", "10:30:00.000"],
        "select_multiple": [["yes"], ["a", "b"], []],
        "rank": [["a", "b"], ["yes"], []],
        "geopoint": ["31.2 121.5 0 5", "nowhere"],
        "image": [{"name": "a.jpg"}],
        "video": [{"name": "a.mp4"}],
        "signature": [{"strokes": [[1, 2]]}],
    }
    known = by_type.get(node.get("type") or "", ["yes", "文字", "12.50"])
    return [*known, *({"unknown": code} for code in node.get("unknown") or [])]


def _law(plan: Plan, answers: dict[str, Any]) -> bool:
    try:
        schema_for(plan).load(answers)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("form", sorted(PLANS))
@given(data=st.data())
def test_the_quick_check_and_the_schema_agree(form: str, data: st.DataObject) -> None:
    answers = data.draw(answers_of(PLANS[form]))
    assert is_plainly_right(PLANS[form], answers) == _law(PLANS[form], answers)


@pytest.mark.parametrize("form", sorted(PLANS))
def test_they_agree_on_every_odd_value_at_every_question(form: str) -> None:
    plan = PLANS[form]
    for number, node in enumerate(plan.nodes[1:], start=1):
        for value in [*ODD, *_right(node), [{"_id": "row-1"}] * 2, [{"_id": f"r{at}"} for at in range(ROWS_MAX + 1)]]:
            answers = _standing(plan, number, value)
            assert is_plainly_right(plan, answers) == _law(plan, answers), (node["name"], value)


def test_both_say_yes_and_both_say_no() -> None:
    plan = PLANS["F2"]
    assert is_plainly_right(plan, {}) and not is_plainly_right(plan, {"stranger": None})


def _standing(plan: Plan, number: int, value: Any) -> dict[str, Any]:
    """Answers that hold this value at this node, and nothing else."""
    while number:
        node, parent = plan.nodes[number], plan.nodes[number]["parent"]
        value = {node["name"]: value}
        if parent and plan.nodes[parent]["kind"] == "repeat":
            value = [{**value, "_id": "row-1"}]
        number = parent
    assert isinstance(value, dict)
    return value
