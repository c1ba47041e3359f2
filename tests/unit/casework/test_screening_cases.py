"""Screening of the six published cases: every expected category, every flag and no other, nothing guessed."""

import json

import pytest

from fieldapp.casework.screening import screen
from fieldapp.casework.screening.results import Status
from fieldapp.forms.library import plans
from tests.unit.casework.published import CASES, DAYS, STATED, filing, measures, visit


def screened(case_id, *more):
    return screen([filing("F2", visit(case_id), "2021-12-31", "v1"), *more], DAYS[case_id])


def statuses(screening, person):
    return {result.code: result.status.value for result in screening.categories if result.about == person}


def after(screening, person, code):
    [result] = [one for one in screening.categories if one.about == person and one.code == code]
    return result


@pytest.mark.parametrize("case_id", CASES)
def test_what_is_taken_from_the_sentences_of_a_case_stands_there_word_for_word(case_id):
    text = json.dumps(CASES[case_id], ensure_ascii=False)
    assert [words for *_, words in STATED[case_id] if words not in text] == []


@pytest.mark.parametrize("case_id", CASES)
def test_every_answer_given_is_a_question_of_the_form(case_id):
    plan = plans()["F2"]
    asked = {(plan.nodes[node["parent"]]["name"], node["name"]) for node in plan.nodes if node["n"]}
    given = {(group, name) for group, rows in visit(case_id).items() for row in _rows(rows) for name in row}
    assert given - asked == set()


def _rows(value):
    return value if isinstance(value, list) else [value]


@pytest.mark.parametrize("case_id", CASES)
def test_the_categories_of_a_published_case_are_those_expected(case_id):
    before, done = screened(case_id), screened(case_id, *measures(case_id))
    for person, expected in CASES[case_id]["expected_categories"].items():
        wanted = {code: one["status"] for code, one in expected.items()}
        first = {code: "unknown" if status == "unknown_then_met" else status for code, status in wanted.items()}
        then = {code: "met" if status == "unknown_then_met" else status for code, status in wanted.items()}
        assert statuses(before, person) == first
        assert statuses(done, person) == then


@pytest.mark.parametrize("case_id", CASES)
def test_the_flags_of_a_published_case_are_raised_and_no_others(case_id):
    raised = [result.code for result in screened(case_id, *measures(case_id)).flags]
    assert sorted(raised) == sorted(CASES[case_id]["expected_priority"])


@pytest.mark.parametrize("case_id", CASES)
def test_men_and_children_get_no_category(case_id):
    screening = screened(case_id)
    others = {person["id"] for person in CASES[case_id]["persons"] if person["sex"] == "male"}
    for result in screening.categories:
        if result.about in others:
            assert result.status is Status.NOT_APPLICABLE


def test_the_children_of_s001_7_are_unsupported_and_of_those_of_s001_3_it_is_not_known():
    assert {result.status for result in screened("S001-7").children} == {Status.MET}
    assert {result.status for result in screened("S001-3").children} == {Status.UNKNOWN}


@pytest.mark.parametrize("case_id", CASES)
def test_every_result_is_a_sentence_in_both_languages_and_names_nobody(case_id):
    screening = screened(case_id, *measures(case_id))
    names = [person["name"] for person in CASES[case_id]["persons"] if person["name"]]
    for result in (
        *screening.categories,
        *screening.questions,
        *screening.gates,
        *screening.flags,
        *screening.children,
    ):
        zh, en = result.sentence("zh"), result.sentence("en")
        assert zh.endswith("。") and en.endswith(".") and en.isascii()
        assert not [name for name in names if name in zh + en]


def test_the_sentence_of_s001_3_can_be_checked_by_a_person_in_both_languages():
    result = after(screened("S001-3"), "p1", "A3")
    assert result.sentence("zh") == (
        "A3 符合：丈夫 2021-12 因犯罪侵害去世；丈夫原是家里主要收入者；"
        "她抚养 2 名未成年人、赡养 1 名老人；有法律文书；有死亡或伤情证明。"
    )
    assert result.sentence("en") == (
        "A3 met: husband died 2021-12, by a crime; husband, main earner before; "
        "she cares for 2 minor(s) and 1 elder(s); a case document seen; proof of death or injury seen."
    )


def test_a_fact_of_a_result_names_the_report_it_comes_from():
    result = after(screened("S001-3"), "p1", "A3")
    assert {(source.form, source.revision, source.on) for fact in result.facts for source in fact.sources} == {
        ("F2", "v1", "2021-12-31")
    }
    [paper] = [fact for fact in result.facts if fact.value == "death_cert"]
    assert paper.path == "concl.docs"


def test_what_is_unknown_names_the_question_that_would_decide_it():
    result = after(screened("S001-3"), "p2", "A5")
    assert result.status is Status.UNKNOWN
    assert [(ask.form, ask.path) for ask in result.missing] == [("F2", "care.obligors")]


def test_a_former_poor_household_is_unknown_and_never_met_by_that_alone():
    result = after(screened("S001-3"), "p1", "A1")
    assert result.status is Status.UNKNOWN
    assert result.missing[0].path == "hh.monitor_type"


@pytest.mark.parametrize("status", ["planned", "applied", "refused", "ended", "declined"])
def test_a_measure_that_is_not_in_force_does_not_make_a_household_monitored(status):
    measure = filing("F7", {"ms": {"type": "monitored_household", "status": status}}, "2022-01-01")
    assert after(screened("S001-5", measure), "p1", "A1").status is Status.UNKNOWN
