"""The life of one filled-in form on the server: schema, findings, rows, origins.

What both engines do alike is compared in tests/js/form.
"""

from typing import Any

import pytest
from marshmallow import ValidationError

from fieldapp.forms.evaluate import PathUnknown, findings, open_instance
from fieldapp.forms.plan import Plan
from fieldapp.forms.publish import compile_xlsform
from fieldapp.forms.schema import schema_for

NOW = 1772321400250  # 2026-03-01 in Asia/Shanghai
SOURCE = """| survey |
| | type | name | label::中文 (zh) | label::English (en) | relevant | constraint | constraint_message::中文 (zh) | constraint_message::English (en) | required | calculation | bind::fa:sensitivity | bind::fa:moment | bind::fa:unknown | bind::fa:check |
| | begin_group | visit | 走访 | Visit | | | | | | | household | door | |
| | select_one yn | alone | 单独 | Alone | | | | | yes | | | | not_safe |
| | text | why | 原因 | Why | ${alone} = 'no' | | | | yes | | | later | |
| | end_group |
| | begin_repeat | members | 成员 | Members | | | | | | | household | door | |
| | hidden | person_id |
| | text | name | 姓名 | Name | | | | | yes | | | | |
| | text | income | 收入 | Income | | | | | | | money | later | does_not_know | money |
| | end_repeat |
| | calculate | total | | | | | | | | sum(${income}) | | | |
| | calculate | enough | 人数 | Number | | . >= 2 | 至少两人 | At least two | | count(${members}) | | | |
| | select_one ${name} | head | 户主 | Head | | | | | | | household | desk | |
| | image | sign | 签名 | Signature | | | | | | | household | desk | refused | |
| choices |
| | list_name | name | label::中文 (zh) | label::English (en) |
| | yn | yes | 是 | Yes |
| | yn | no | 否 | No |
| settings |
| | form_id | form_title | version | default_language | namespaces |
| | T2 | 试 / Test | 1 | 中文 (zh) | fa="urn:fieldapp:form:1" |"""  # noqa: E501
RECORDED = {"now": NOW, "zone": "Asia/Shanghai", "random": []}


@pytest.fixture(scope="module")
def plan() -> Plan:
    return compile_xlsform(SOURCE, "md")


def filled(plan: Plan) -> dict[str, Any]:
    instance = open_instance(plan, now_ms=NOW)
    instance.set("visit.alone", "yes")
    for at, name in enumerate(["甲", "乙"]):
        row = instance.add_repeat("members", f"row-{at}")
        instance.set(f"{row}.name", name)
        instance.set(f"{row}.person_id", f"person-{at}")
    instance.set("members[row-0].income", "1200.50")
    instance.set("members[row-1].income", {"unknown": "does_not_know"})
    return instance.submission()


def test_a_properly_filled_form_has_no_findings_and_the_schema_gives_it_back(plan: Plan) -> None:
    answers = filled(plan)
    assert answers["total"] == "1200.5" and answers["enough"] == "2"
    assert findings(plan, answers, RECORDED) == []
    assert schema_for(plan).load(answers) == answers


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"total": "9"}, ("total", "calculation")),
        ({"visit": {"alone": "yes", "why": "x"}}, ("visit.why", "irrelevant")),
        ({"visit": {"alone": "no"}}, ("visit.why", "required")),
        ({"visit": {}}, ("visit.alone", "required")),
        ({"visit": {"alone": {"unknown": "later"}}}, ("visit.alone", "unknown_not_allowed")),
        ({"visit": {"alone": "perhaps"}}, ("visit.alone", "not_a_choice")),
        ({"head": "person-7"}, ("head", "not_a_choice")),
        ({"members": []}, ("enough", "constraint")),
    ],
)
def test_what_does_not_fit_is_a_finding_and_nothing_is_altered(plan: Plan, change: Any, found: Any) -> None:
    answers = {**filled(plan), **change}
    before = repr(answers)
    assert found in [(finding.path, finding.code) for finding in findings(plan, answers, RECORDED)]
    assert repr(answers) == before


def test_a_finding_speaks_with_the_message_of_the_form_in_both_languages(plan: Plan) -> None:
    answers = {**filled(plan), "members": [], "enough": "0", "total": "0"}
    finding = next(f for f in findings(plan, answers, RECORDED) if f.path == "enough")
    assert (finding.code, finding.message_zh, finding.message_en) == ("constraint", "至少两人", "At least two")


@pytest.mark.parametrize(
    "change",
    [
        {"nobody": "x"},
        {"visit": "x"},
        {"visit": {"nobody": "x"}},
        {"visit": {"alone": 5}},
        {"visit": {"alone": {"unknown": "refused"}}},
        {"visit": {"alone": {"unknown": "not_safe", "more": 1}}},
        {"members": {}},
        {"members": [{"name": "x"}]},
        {"members": [{"_id": "a.b"}]},
        {"members": [{"_id": "a"}, {"_id": "a"}]},
        {"members": [{"_id": "a", "income": 5}]},
        {"members": [{"_id": str(i)} for i in range(201)]},
        {"members": [{"_id": "a", "name": "x" * 20_001}]},
        {"sign": "x"},
        {"sign": {"strokes": ["x" * 300_000]}},
        {"_removed": []},
        {"_same": {"visit.alone": "x"}},
    ],
)
def test_the_schema_refuses_what_has_not_the_shape_of_the_form(plan: Plan, change: Any) -> None:
    with pytest.raises(ValidationError):
        schema_for(plan).load({**filled(plan), **change})


def test_the_schema_is_built_once_for_each_plan(plan: Plan) -> None:
    assert schema_for(plan) is schema_for(compile_xlsform(SOURCE, "md"))


def test_a_removed_row_comes_back_with_all_it_held(plan: Plan) -> None:
    instance = open_instance(plan, filled(plan), now_ms=NOW)
    before = instance.answers()
    assert "total" in instance.remove_repeat("members[row-0]")
    assert instance.get("total") == "0" and instance.rows("members") == ["row-1"]
    reopened = open_instance(plan, instance.answers(), now_ms=NOW)
    assert "_removed" not in reopened.submission()
    reopened.restore_repeat("members[row-0]")
    assert reopened.answers() == before


def test_rows_of_people_are_offered_by_their_person_id(plan: Plan) -> None:
    instance = open_instance(plan, filled(plan), now_ms=NOW)
    assert [(c["value"], c["label_text"]) for c in instance.view("head")["choices"]] == [
        ("person-0", "甲"),
        ("person-1", "乙"),
    ]


def test_the_same_as_last_time_keeps_value_and_origin_until_it_is_changed(plan: Plan) -> None:
    instance = open_instance(plan, filled(plan), now_ms=NOW)
    instance.set_same("head", "person-0", {"revision_id": "r", "on": "2026-01-05"})
    assert instance.get("head") == "person-0" and instance.same_of("head") == {"revision_id": "r", "on": "2026-01-05"}
    assert schema_for(plan).load(instance.submission())["_same"] == {"head": instance.same_of("head")}
    instance.set("head", "person-1")
    assert instance.same_of("head") is None and "_same" not in instance.submission()


def test_an_answer_that_became_irrelevant_is_kept_and_not_submitted(plan: Plan) -> None:
    instance = open_instance(plan, now_ms=NOW)
    instance.set("visit.alone", "no")
    instance.set("visit.why", "门口有人")
    assert "visit.why" in instance.set("visit.alone", "yes")
    assert instance.answers()["visit"]["why"] == "门口有人" and "why" not in instance.submission()["visit"]
    instance.set("visit.alone", "no")
    assert instance.submission()["visit"]["why"] == "门口有人"


def test_sections_and_problems_belong_to_their_moment(plan: Plan) -> None:
    instance = open_instance(plan, now_ms=NOW)
    instance.set("visit.alone", "no")
    assert [s["path"] for s in instance.sections("door")] == ["visit", "members"]
    assert [s["questions"] for s in instance.sections("later")] == [["visit.why"], []]
    assert [s["path"] for s in instance.sections("desk")] == [""]
    assert [(p["path"], p["code"]) for p in instance.problems(["later"])] == [("visit.why", "required")]


@pytest.mark.parametrize("path", ["nobody", "visit", "members", "members[x].name", "visit.alone.more", "members.name"])
def test_a_path_that_leads_nowhere_is_named(plan: Plan, path: str) -> None:
    with pytest.raises(PathUnknown, match=path.replace("[", r"\[")):
        open_instance(plan, filled(plan), now_ms=NOW).get(path)


def test_a_full_repeat_and_a_used_row_id_are_refused(plan: Plan) -> None:
    instance = open_instance(plan, now_ms=NOW)
    for at in range(200):
        instance.add_repeat("members", str(at))
    for row in ("new", "7"):
        with pytest.raises(ValueError):
            instance.add_repeat("members", row)


@pytest.mark.parametrize(
    "recorded",
    [
        {},
        {"now": 10**18, "zone": "../../etc/passwd", "random": 5},
        {"now": -5, "zone": "Nowhere/Town", "random": [["a"], "b", [1, 2]]},
        {"now": 0, "zone": "Asia/Shanghai", "random": []},
        {"now": "soon", "zone": None, "random": None},
        {"now": 3_786_912_000_000, "zone": "America/New_York", "random": [["x#1", "0.5"]]},
    ],
)
def test_a_clock_or_zone_that_cannot_be_true_does_not_stop_the_findings(plan: Plan, recorded: dict[str, Any]) -> None:
    assert findings(plan, filled(plan), recorded) == []
