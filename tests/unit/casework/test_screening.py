"""Screening by its rules: unknown stays unknown, met names what it stands on, the order of reports does not matter."""

from dataclasses import replace
from datetime import date
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldapp.casework.screening import screen
from fieldapp.casework.screening.categories import CODES
from fieldapp.casework.screening.facts import Source, Stood
from fieldapp.casework.screening.people import years
from fieldapp.casework.screening.results import STEP_WORDS, Status, source_words
from fieldapp.casework.screening.stored import from_json, to_json
from fieldapp.forms.library import plans
from fieldapp.forms.sensitivity import CLASSES
from tests.unit.casework.published import CASES, DAYS, filing, measures, visit

DAY = date(2022, 7, 1)
HER = {
    "person_id": "her",
    "relation": "self",
    "sex": "female",
    "birth_ym": "1980-05",
    "alive": "alive",
    "together": "yes",
}
SETTLED = {Status.MET, Status.NOT_MET, Status.NOT_APPLICABLE}


def household(*others, **groups):
    """An F2 of her and these members; `her=` says more of her."""
    groups = {"hh": {"members_now": 1 + len(others)}, **groups}
    return {"members": [{**HER, **groups.pop("her", {})}, *others], **groups}


def member(key, relation, **answers):
    return {"person_id": key, "relation": relation, "alive": "alive", "together": "yes", **answers}


def status(code, answers, *more, about="her", day=DAY):
    screening = screen([filing("F2", answers, "2022-06-01", "v1"), *more], day)
    [found] = [one for one in screening.categories if (one.code, one.about) == (code, about)]
    return found.status.value


def flags(answers, *more):
    return {one.code for one in screen([filing("F2", answers, "2022-06-01", "v1"), *more], DAY).flags}


def question(code, answers):
    [found] = [one for one in screen([filing("F2", answers)], DAY).questions if one.code == code]
    return found


def leaves(answers):
    """(group, row, name) of every single answer but who somebody is."""
    return [
        (group, at, name)
        for group, rows in answers.items()
        for at, row in enumerate(rows if isinstance(rows, list) else [rows])
        for name in row
        if name not in ("person_id", "relation")
    ]


def without(answers, dropped):
    def kept(group, at, row):
        return {name: value for name, value in row.items() if (group, at, name) not in dropped}

    return {
        group: [kept(group, at, row) for at, row in enumerate(rows)] if isinstance(rows, list) else kept(group, 0, rows)
        for group, rows in answers.items()
    }


def categories(answers, day):
    return {(one.about, one.code): one for one in screen([filing("F2", answers)], day).categories}


# Properties, over the six published cases


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.sampled_from(sorted(CASES)), st.data())
def test_learning_what_was_blank_never_makes_a_met_category_uncertain_again(case_id, data):
    full = visit(case_id)
    dropped = set(data.draw(st.lists(st.sampled_from(leaves(full)), unique=True)))
    less, more = categories(without(full, dropped), DAYS[case_id]), categories(full, DAYS[case_id])
    for key, result in less.items():
        if result.status is Status.MET:
            assert more[key].status in SETTLED


@pytest.mark.parametrize("case_id", CASES)
def test_a_met_category_falls_when_the_facts_it_names_are_taken_away(case_id):
    full = visit(case_id)
    keys = [row["person_id"] for row in full["members"]]
    for key, result in categories(full, DAYS[case_id]).items():
        if result.status is not Status.MET:
            continue
        named = {
            (fact.path.split(".")[0], keys.index(fact.about) if fact.about else 0, fact.path.split(".")[1])
            for fact in result.facts
        }
        assert categories(without(full, named), DAYS[case_id])[key].status is not Status.MET


def test_of_a_person_of_whom_nothing_is_said_nothing_is_met_and_nothing_is_excluded():
    found = categories({"members": [{"person_id": "her", "relation": "self"}]}, DAY)
    assert {one.status for one in found.values()} == {Status.UNKNOWN}
    assert not screen([filing("F2", {"members": [{"person_id": "her", "relation": "self"}]})], DAY).flags


@pytest.mark.parametrize("code", CODES)
def test_an_answer_that_is_said_to_be_unknown_counts_as_no_answer(code):
    full = visit("S001-1")
    blank = without(full, set(leaves(full)))
    said = {
        group: [
            {name: row.get(name) or {"unknown": "not_asked"} for name in full[group][at]} for at, row in enumerate(rows)
        ]
        if isinstance(rows, list)
        else {name: {"unknown": "not_asked"} for name in full[group]}
        for group, rows in blank.items()
    }
    assert categories(said, DAY)["p1", code].status is Status.UNKNOWN


@pytest.mark.parametrize("case_id", ["S001-5", "S001-7"])
def test_the_order_in_which_reports_are_given_changes_nothing(case_id):
    reports = [
        filing("F2", visit(case_id), "2021-01-01", "v1"),
        filing("F2", {"hh": {"area": "urban"}}, "2021-03-01", "v2"),
        filing("F2", {"hh": {"area": "rural"}}, "2021-03-01", "v3"),
        measures(case_id)[-1],
    ]
    assert len({repr(screen(order, DAYS[case_id])) for order in permutations(reports)}) == 1


@pytest.mark.parametrize("case_id", CASES)
def test_no_result_is_of_a_lower_class_than_a_question_it_names(case_id):
    classes = {
        (form, _path(plans()[form], node)): node["sensitivity"]
        for form in ("F1", "F2", "F5", "F6")
        for node in plans()[form].nodes
    }
    screening = screen([filing("F2", visit(case_id)), *measures(case_id)], DAYS[case_id])
    for result in (
        *screening.categories,
        *screening.questions,
        *screening.gates,
        *screening.flags,
        *screening.children,
    ):
        used = [fact.sensitivity for fact in result.facts]
        used += [classes[ask.form, ask.path] for ask in result.missing]
        assert all(CLASSES.index(one) <= CLASSES.index(result.sensitivity) for one in used), result.code


@pytest.mark.parametrize("case_id", CASES)
def test_every_question_named_as_missing_is_asked_by_its_form(case_id):
    screening = screen([filing("F2", visit(case_id))], DAYS[case_id])
    named = {
        (ask.form, ask.path)
        for one in (*screening.categories, *screening.questions, *screening.children)
        for ask in one.missing
    }
    for form in {form for form, _ in named}:
        asked = {_path(plans()[form], node) for node in plans()[form].nodes}
        assert {path for of, path in named if of == form} - asked == set()


def _path(plan, node):
    above = plan.nodes[node["parent"]] if node["n"] else None
    return f"{_path(plan, above)}.{node['name']}".lstrip(".") if above else ""


# Facts and sources


def test_a_later_answer_stands_and_a_later_blank_leaves_the_older_one():
    later = filing("F2", {"hh": {"area": "rural", "monitor_type": "sudden"}}, "2022-06-02")
    blank = filing("F2", {"hh": {"area": None, "monitor_type": {"unknown": "later"}}}, "2022-06-03")
    assert status("A1", household(hh={"area": "urban", "hukou_type": "unified", "monitor_type": "none"})) == "not_met"
    assert status("A1", household(hh={"area": "urban", "monitor_type": "none"}), later, blank) == "provisional"


def test_a_source_says_in_what_way_and_on_what_day_it_is_known():
    answers = household(hh={"area": "rural", "monitor_type": "sudden"})
    screening = screen([filing("F2", answers, "2022-06-01", "v1")], DAY)
    [a1] = [one for one in screening.categories if one.code == "A1"]
    kinds = {fact.path: {source.kind for source in fact.sources} for fact in a1.facts}
    assert kinds["hh.area"] == {"seen"} and kinds["hh.monitor_type"] == {"document"}
    [source] = a1.facts[0].sources
    assert source_words(source, "zh") == "看到，F2，2022-06-01"
    assert source_words(source, "en") == "seen, F2, 2022-06-01"


@pytest.mark.parametrize(
    ("first", "then", "expected"),
    [
        (["self"], ["neighbour", "cadre"], "met"),
        (["self"], ["self", "cadre"], "provisional"),
        (["self"], ["self"], "provisional"),
        (["self"], None, "provisional"),
    ],
)
def test_the_same_told_by_other_people_stands_in_the_place_of_a_paper(first, then, expected):
    her = {"health": ["severe"]}
    again = filing("F2", household(her=her, visit={"informants": then}), "2022-06-15", "v2")
    assert status("A4", household(her=her, visit={"informants": first}), again) == expected


def test_the_list_of_monitored_households_makes_a1_met():
    answers = household(hh={"area": "rural", "monitor_type": "marginal"}, concl={"docs": ["monitor_list"]})
    assert status("A1", answers) == "met"


@pytest.mark.parametrize(
    ("birth", "span"),
    [
        ("1962", (59, 60)),
        ("1962-07", (59, 60)),
        ("1962-07-01", (60, 60)),
        ("1962-07-02", (59, 59)),
        (None, None),
        ("?", None),
    ],
)
def test_a_birth_that_is_known_in_part_leaves_the_age_open_in_part(birth, span):
    assert years(birth, DAY) == span


# The rules at their edges


@pytest.mark.parametrize(
    ("cause", "expected"),
    [("offence", "provisional"), ("tort", "provisional"), ("illness", "not_met"), (None, "unknown")],
)
def test_a3_needs_a_crime_or_a_civil_wrong(cause, expected):
    husband = member("he", "spouse", alive="dead", death_cause=cause, main_earner_before="yes", together="no")
    answers = household(husband, hh={"members_now": 1}, care={"minors_count": 1, "elders_count": 0})
    assert status("A3", answers) == expected


@pytest.mark.parametrize(
    ("minors", "elders", "expected"), [(1, 0, "provisional"), (0, 1, "provisional"), (0, 0, "not_met")]
)
def test_a3_needs_somebody_in_her_care(minors, elders, expected):
    husband = member("he", "spouse", labour="lost", labour_cause="tort", main_earner_before="yes", birth_ym="1979")
    answers = household(husband, care={"minors_count": minors, "elders_count": elders})
    assert status("A3", answers) == expected


def test_nobody_in_her_care_is_not_concluded_from_a_list_that_is_shorter_than_the_household():
    # A form handed in has counted nought in it.
    husband = member("he", "spouse", alive="dead", death_cause="tort", main_earner_before="yes", together="no")
    counted = {"minors_count": 0, "elders_count": 0}
    assert status("A3", household(husband, hh={"members_now": 3}, care=counted)) == "unknown"


def test_a3_is_not_excluded_while_the_list_is_shorter_than_the_household():
    assert status("A3", household(hh={"members_now": 3})) == "unknown"


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"health": ["healthy"]}, "not_met"),
        ({"health": ["injured"]}, "unknown"),
        ({"health": ["healthy"], "injury_level": "light_1"}, "unknown"),
        ({"health": ["severe"]}, "provisional"),
        ({"health": ["mental"], "diagnosis": [{"what": "抑郁症", "on": "2021"}]}, "met"),
        ({"health": ["mental"], "diagnosis": [{"what": "抑郁症"}]}, "provisional"),
        ({"disability_types": ["limb"], "disability_cert": "yes"}, "met"),
    ],
)
def test_a4_is_severe_illness_or_disability_and_never_an_injury_alone(said, expected):
    assert status("A4", household(her=said)) == expected


@pytest.mark.parametrize(
    ("care", "papers", "expected"),
    [
        ({}, [], "unknown"),
        ({"obligors_complete": "yes"}, ["hardship_cert"], "met"),
        ({"obligors": [{"able": "no"}, {"supports": "no"}]}, ["hardship_cert"], "provisional"),
        ({"obligors": [{"able": "no"}], "obligors_complete": "yes"}, ["hardship_cert"], "met"),
        ({"obligors": [{"able": "no"}, {"able": "yes"}]}, [], "unknown"),
        ({"obligors": [{"able": "no"}, {"able": "yes", "supports": "yes"}]}, [], "not_met"),
    ],
)
def test_a5_weighs_every_one_who_owes_support(care, papers, expected):
    assert status("A5", household(her={"birth_ym": "1950-01"}, care=care, concl={"docs": papers})) == expected


@pytest.mark.parametrize(
    ("case", "hardship", "expected"),
    [
        ({"type": "work_harass", "remedy_blocked": "yes"}, "very", "met"),
        ({"type": "work_harass", "remedy_blocked": "yes"}, "none", "not_met"),
        ({"type": "work_harass"}, "very", "unknown"),
        ({"type": "molest", "remedy_blocked": "yes"}, "very", "not_met"),
        ({"type": "other", "remedy_blocked": "yes"}, "very", "unknown"),
    ],
)
def test_b1_is_a_civil_wrong_at_work_in_hardship_without_a_way_by_law(case, hardship, expected):
    assert status("B1", household(case=case, concl={"hardship": hardship, "docs": ["case_document"]})) == expected


def test_violence_told_by_her_alone_says_nothing_of_another_woman_of_the_house():
    sister = member("sister", "sister", sex="female", birth_ym="1985", is_victim="yes")
    answers = household(sister, dv={"screen": "yes"}, case={"type": "divorce", "divorce_suit": "filed"})
    assert status("A2", answers, about="sister") == "not_met"
    assert status("B2", answers, about="sister") == "unknown"


@pytest.mark.parametrize(
    ("birth", "expected"), [("2010-01", "not_applicable"), ("2008-01", "met"), ("2008-07-02", "not_applicable")]
)
def test_a_girl_of_fourteen_may_be_a_victim_by_a2_and_a_younger_one_goes_to_f6(birth, expected):
    girl = member("girl", "daughter", sex="female", birth_ym=birth, is_victim="yes")
    answers = household(girl, case={"type": "rape"}, concl={"docs": ["case_document"]})
    assert status("A2", answers, about="girl") == expected


@pytest.mark.parametrize(
    ("her", "expected"),
    [
        ({}, "met"),
        ({"sex": None}, "provisional"),
        ({"birth_ym": None}, "provisional"),
        ({"sex": "male"}, "not_applicable"),
    ],
)
def test_while_her_sex_or_age_is_not_known_nothing_rises_above_provisional(her, expected):
    told = {"is_victim": "yes", "health": ["severe"], "disability_cert": "yes", **her}
    answers = household(her=told, case={"type": "injury"}, concl={"docs": ["case_document"]})
    assert status("A2", answers) == status("A4", answers) == expected


@pytest.mark.parametrize(
    ("birth", "others", "expected"),
    [
        ("1950", [], "met"),
        ("1962", [], "provisional"),
        ("1950", [member("she", "sister", birth_ym="1949")], "provisional"),
    ],
)
def test_a5_is_not_sure_while_a_year_leaves_her_age_open_or_the_house_has_another_elder(birth, others, expected):
    care = {"obligors_complete": "yes"}
    answers = household(*others, her={"birth_ym": birth}, care=care, concl={"docs": ["hardship_cert"]})
    assert status("A5", answers) == expected


# Questions, gates, flags, children, the band


def test_what_no_form_asks_is_put_to_the_reviewer():
    asked = question("S5", household())
    assert asked.status is Status.UNKNOWN
    assert (
        asked.sentence("zh")
        == "S5：是否因举报、作证、鉴定遭打击报复？从所填情况看不出：表里不问这一项，请直接判断；还没弄清困难程度。"
    )


def test_an_exclusion_is_a_question_and_never_changes_a_category():
    fault = {"type": "injury", "subject_fault": "yes"}
    answers = household(her={"is_victim": "yes"}, case=fault, concl={"docs": ["case_document"]})
    assert (
        question("X1", answers).sentence("en") == "X1: Grave fault of her own? The answers point to yes: grave fault."
    )
    assert status("A2", answers) == "met"


def test_the_gate_of_a_letter_opens_by_hardship_cause_and_one_ground():
    judged = {"hardship": "very", "causal": "direct", "docs": ["case_document"]}
    answers = household(her={"is_victim": "yes"}, case={"type": "injury", "stage": "appeal"}, concl=judged)
    assert [(one.code, one.status) for one in screen([filing("F2", answers)], DAY).gates] == [
        ("G1", Status.MET),
        ("G2", Status.MET),
    ]


@pytest.mark.parametrize("reported", [False, True])
def test_harm_to_a_child_calls_for_a_report_until_one_is_made(reported):
    child = filing("F6", {"child": {"person_id": "boy", "harm_signs": ["bullying"]}}, "2022-06-02")
    lead = filing("F1", {"mr": {"status": "done_by_us" if reported else "due"}}, "2022-06-01")
    assert ("report_child" in flags(household(), child, lead)) is not reported


@pytest.mark.parametrize(
    ("form", "answers", "flag"),
    [
        ("F2", {"loss": {"urgent_treatment": "yes"}}, "urgent_medical"),
        ("F2", {"needs": {"job_risk": "yes"}}, "job_at_risk"),
        ("F2", {"her": {"veteran": "yes"}}, "veteran_family"),
        ("F2", {"hh": {"split": "yes"}}, "split_residence"),
        ("F2", {"case": {"type": "divorce"}}, "dv_form"),
        ("F2", {"case": {"type": "rape"}}, "female_worker"),
        ("F2", {"dv": {"asks_woman": "yes"}}, "female_worker"),
        ("F2", {"home": {"type": "institution"}}, "in_institution"),
        ("F2", {"case": {"type": "molest_child"}}, "child_victim"),
        ("F2", {"her": {"birth_ym": "2010-05", "is_victim": "yes"}}, "child_victim"),
        ("F0", {"cs": {"unsafe_guardian": "yes"}}, "guardian_offender"),
        ("F6", {"child": {"person_id": "boy", "harm_source": "father"}}, "guardian_offender"),
        ("F6", {"child": {"person_id": "boy", "guardian_consent": "not_sought_unsafe"}}, "guardian_offender"),
        ("F6", {"child": {"person_id": "boy", "harm_source": "father"}}, "supervision_candidate"),
        ("F6", {"child": {"person_id": "boy", "guardian_status": "improper"}}, "supervision_candidate"),
    ],
)
def test_a_stated_fact_raises_its_flag_and_nothing_else_does(form, answers, flag):
    told = [household(**answers)] if form == "F2" else [household(), filing(form, answers, "2022-06-02")]
    assert flag in flags(*told)
    assert flag not in flags(household())


def test_who_asks_for_a_woman_is_heard_until_she_says_otherwise():
    child = filing("F6", {"child": {"person_id": "boy", "asks_woman": "yes"}}, "2022-06-02")
    assert "female_worker" in flags(household(), child)
    talk = filing("F5", {"dv": {"asks_woman": "no"}}, "2022-06-03")
    assert "female_worker" not in flags(household(dv={"asks_woman": "yes"}), talk)


def test_mediation_calls_for_the_violence_assessment_first():
    planned = filing("F7", {"ms": {"type": "mediation", "status": "planned"}}, "2022-06-02")
    assert "dv_form" in flags(household(), planned)


# A measure as it stands by its steps


def measure(kind, status, stood=None):
    """A measure whose report says `status`; `stood`: where a step of 12 June brought it."""
    report = filing("F7", {"ms": {"type": kind, "status": status}}, "2022-06-02", "v7")
    return report if stood is None else replace(report, stood=Stood(stood, "2022-06-12"))


def a1(*more):
    screening = screen([filing("F2", household(hh={"area": "urban"}), "2022-06-01", "v1"), *more], DAY)
    return next(one for one in screening.categories if one.code == "A1")


def test_a_measure_counts_as_its_last_step_says_and_the_sentence_names_the_step_and_its_day():
    granted = a1(measure("monitored_household", "planned", "in_progress"))
    assert granted.status is Status.MET
    assert granted.sentence("zh") == "A1 符合：已纳入防返贫监测（2022-06-12“正在办”）；有纳入监测的帮扶记录。"
    assert "(“In progress” on 2022-06-12)" in granted.sentence("en")
    [fact] = [one for one in granted.facts if one.path == "ms.type"]
    assert [source_words(one, "zh") for one in fact.sources] == [
        "材料，F7，2022-06-02",
        "办理进展“正在办”，F7，2022-06-12",
    ]
    ended = a1(measure("monitored_household", "in_progress", "ended"))
    assert ended.status is not Status.MET
    assert "纳入防返贫监测这项没有在办（2022-06-12“已结束”）" in ended.sentence("zh")


def test_where_nobody_put_them_on_the_list_nothing_says_so():
    rural = {"area": "urban", "hukou_type": "non_agricultural", "monitor_type": "none"}
    told = screen([filing("F2", household(hh=rural))], DAY)
    [found] = [one for one in told.categories if one.code == "A1"]
    assert found.status is Status.NOT_MET and "已纳入" not in found.sentence("zh")


def test_a_step_is_kept_with_its_day_and_proves_nothing_of_the_family():
    one = Source("step", "F7", "v7", "2022-06-12", status="done")
    assert not one.is_apart_from(Source("told", "F2", "v1", "2022-06-01", ("self",)))
    kept = from_json(
        to_json(screen([filing("F2", household()), measure("monitored_household", "planned", "done")], DAY))
    )
    facts = [fact for result in kept.categories for fact in result.facts if fact.path == "ms.type"]
    assert facts and all(fact.sources[-1] == one for fact in facts)


@pytest.mark.parametrize(
    ("kind", "status", "step", "flag", "raised"),
    [
        ("mediation", "planned", "declined", "dv_form", False),
        ("mediation", "refused", "planned", "dv_form", True),
        ("institution_placement", "applied", "approved", "in_institution", True),
        ("institution_placement", "in_progress", "ended", "in_institution", False),
    ],
)
def test_a_flag_that_a_measure_raises_follows_its_steps(kind, status, step, flag, raised):
    assert (flag in flags(household(), measure(kind, status))) is not raised
    assert (flag in flags(household(), measure(kind, status, step))) is raised


def test_the_words_of_a_step_are_those_of_the_form():
    plan = plans()["F7"]
    zh, en = plan.json["texts"]["zh"], plan.json["texts"]["en"]
    form = {item["value"]: (zh[item["label"]], en[item["label"]]) for item in plan.json["lists"]["ms_status"]}
    assert form == STEP_WORDS


@pytest.mark.parametrize(
    ("father", "mother", "expected"),
    [
        (("dead", None), ("alive", ["severe_ill"]), "met"),
        (("in_custody", ["custody_6m"]), ("lost_contact", ["lost_6m"]), "met"),
        (("dead", None), ("alive", ["none"]), "not_met"),
        (("dead", None), ("alive", None), "unknown"),
        (("dead", None), ("dead", None), "not_met"),
    ],
)
def test_a_child_is_unsupported_where_neither_parent_can_bring_it_up(father, mother, expected):
    parents = {
        name: {key: value for key, value in (("alive", alive), ("grounds", grounds)) if value}
        for name, (alive, grounds) in (("father", father), ("mother", mother))
    }
    boy = member("boy", "grandchild", sex="male", birth_ym="2015")
    sheet = filing("F6", {"child": {"person_id": "boy", "parents": parents}}, "2022-06-02")
    [found] = screen([filing("F2", household(boy)), sheet], DAY).children
    assert found.status.value == expected


@pytest.mark.parametrize(
    ("said", "band", "incomplete"),
    [
        ({"c_weapon": "yes"}, "red", True),
        ({}, "orange", True),
        ({"s_leave": "yes"}, "orange", False),
        ({"s_more": "yes", "s_stalk": "yes", "s_alcohol": "yes", "last_at": "2020-01"}, "orange", False),
        ({"forms": ["physical"], "last_at": "2022-05"}, "yellow", False),
        ({"forms": ["verbal"], "last_at": "2022-05"}, "blue", False),
        ({"forms": ["physical"], "last_at": "2020-05"}, "blue", False),
        ({"forms": ["verbal"], "band_override": "orange"}, "orange", False),
        ({"c_weapon": "yes", "band_override": "orange"}, "red", True),
    ],
)
def test_the_band_is_the_rule_of_the_form(said, band, incomplete):
    calm = (
        {}
        if incomplete
        else {
            f"c_{name}": "no"
            for name in ("strangle", "weapon", "kill", "extreme", "injury", "confine", "order", "fear")
        }
    )
    found = screen([filing("F5", {"dv": {"offender": "husband", **calm, **said}})], DAY).band
    assert (found.band, found.incomplete) == (band, incomplete)
    assert bool(found.missing) is incomplete


def test_without_a_violence_assessment_there_is_no_band():
    assert screen([filing("F2", household())], DAY).band is None
