"""The published cases in the forms that a visit calls for: lead, violence risk, needs of a child.

What a source tells is kept as it was told; what it does not tell can be answered “unknown”, so that nobody has to
invent anything before a form can be handed in. Letters, measures, meetings and follow-ups: test_library_b.py.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from fieldapp import demo
from fieldapp.forms.evaluate import Instance, open_instance
from fieldapp.forms.library import plans

CASES = {
    case["id"]: case for case in json.loads((Path(demo.__file__).parent / "cases.json").read_text("utf-8"))["cases"]
}
NOW_MS = 1_651_370_400_000  # 1 May 2022: the children of the cases are minors still
# Judgements of the visitor, which no source holds and nobody may leave open.
JUDGED = {"child.risk": "medium"}
ROW = "01800000-0000-7000-8000-000000000001"
LEFT_OPEN_MAX = 200  # answers may call for further answers; this many rounds are more than any form has questions


def filled(form: str, told: dict[str, Any]) -> Instance:
    """A form with what is told, and “unknown” wherever it still requires an answer."""
    instance = open_instance(plans()[form], None, now_ms=NOW_MS)
    for path, value in told.items():
        instance.set(path, value)
    for _ in range(LEFT_OPEN_MAX):
        lacking = [problem["path"] for problem in instance.problems() if problem["code"] == "required"]
        if not lacking:
            break
        path = lacking[0]
        offered = instance.view(path)["node"].get("unknown") or []
        assert offered or path in JUDGED, f"{form} requires {path}, and nobody can say that it is unknown"
        instance.set(path, {"unknown": offered[0]} if offered else JUDGED[path])
    return instance


def kept(instance: Instance, told: dict[str, Any]) -> dict[str, Any]:
    """The same questions in what would be handed in."""
    answers = instance.submission()
    found = {}
    for path in told:
        value: Any = answers
        for step in path.split("."):
            value = (value or {}).get(step)
        found[path] = value
    return found


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_lead_of_every_case_is_kept_as_its_source_tells_it(case):
    lead = case["lead"]
    [her] = [person for person in case["persons"] if person["id"] == case["principal_id"]]
    told = {
        "lead.channel": lead["channel"],
        "lead.summary": lead["source_text"],
        "lead.org": lead["finder_org"],
        "lead.name": her["name"],
        "lead.sex": her["sex"],
        "lead.birth": her["birth_ym"],
        "lead.child_involved": "yes" if case["household"]["minors_in_care"] else None,
    }
    told = {path: value for path, value in told.items() if value is not None}
    instance = filled("F1", told)
    assert instance.problems() == []
    assert kept(instance, told) == told


def test_the_violence_of_s001_1_is_kept_and_what_is_not_known_of_it_lowers_no_band():
    assert CASES["S001-1"]["original_case"]["offender_relation"] == "husband"
    # “经常打骂、冻饿”, “造成肢体残疾”; a mental illness and limited capacity: she cannot protect herself.
    told = {
        "visit.alone": "yes",
        "dv.offender": "husband",
        "dv.forms": ["physical", "starve_freeze", "verbal"],
        "dv.c_injury": "yes",
        "dv.s_vulnerable": "yes",
        "dv.history": "2017",
    }
    instance = filled("F5", told)
    assert kept(instance, told) == told
    assert instance.get("dv.band") in {"red", "orange"}
    # Then the way to safety is agreed with her: no source holds it, and no report goes without it.
    assert [problem["path"] for problem in instance.problems()] == ["dv.plan_check"]
    step = instance.add_repeat("dv.plan", ROW)
    instance.set(f"{step}.step", "住在姐姐家")
    assert instance.problems() == []


def children(case_id: str) -> list[dict[str, Any]]:
    """The minors of the household, as the source knows them."""
    return [
        person
        for person in CASES[case_id]["persons"]
        if person["household_member_now"]
        and (
            (person["birth_ym"] or "") >= "2004-12"
            or (person["education_text"] or "").startswith(("小女儿3岁", "其他三名子女"))
        )
    ]


# Of the parents: who lives, and of whom a ground stands in the source.
PARENTS = {
    "S001-3": {"father": ("dead", None), "mother": ("alive", None)},
    "S001-5": {"father": ("alive", None), "mother": ("alive", ["none"])},
    "S001-7": {"father": ("dead", None), "mother": ("alive", ["severe_disabled"])},
}
CHILDREN = [
    pytest.param(case_id, child, id=f"{case_id}-{child['id']}") for case_id in PARENTS for child in children(case_id)
]


@pytest.mark.parametrize(("case_id", "number"), [("S001-3", 2), ("S001-5", 4), ("S001-7", 2)])
def test_each_case_has_as_many_children_sheets_as_expected(case_id, number):
    assert f"child_needs x{number}" in CASES[case_id]["expected_forms"]
    assert len(children(case_id)) == number


@pytest.mark.parametrize(("case_id", "child"), CHILDREN)
def test_the_sheet_of_every_child_is_kept_without_inventing_anything(case_id, child):
    told: dict[str, Any] = {
        "visit.alone": "yes",
        "child.name": child["name"],
        "child.sex": child["sex"],
        "child.birth_ym": child["birth_ym"],
    }
    for parent, (alive, grounds) in PARENTS[case_id].items():
        told[f"child.parents.{parent}.alive"] = alive
        told[f"child.parents.{parent}.grounds"] = grounds
    told = {path: value for path, value in told.items() if value is not None}
    instance = filled("F6", told)
    # Who looks after the child, and what is to be done, are the visitor's to say: no sheet goes without them.
    assert [problem["path"] for problem in instance.problems()] == ["child.carer_check", "child.plan_check"]
    carer = instance.add_repeat("child.carer", ROW)
    instance.set(f"{carer}.relation", "mother")
    instance.set(f"{carer}.able", {"unknown": "does_not_know"})
    step = instance.add_repeat("child.plan", ROW)
    for name, value in {"what": "助学", "who": "妇联", "when": "2023-03-01"}.items():
        instance.set(f"{step}.{name}", value)
    assert instance.problems() == []
    assert kept(instance, told) == told
