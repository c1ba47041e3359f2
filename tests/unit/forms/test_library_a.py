"""Intake, violence risk, child needs, household sweep, and the hints of the household investigation: what they do."""

import json
import re
from collections.abc import Iterator
from itertools import count, product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldapp.casework.facts import facts_of
from fieldapp.forms.evaluate import Instance, open_instance
from fieldapp.forms.library import plans
from tests.unit.forms import test_library as rules
from tests.unit.forms.test_library import Question, choices, nodes, questions, sheets

FORMS = ("F1", "F1R", "F5", "F6", "F10")
RULES_OF_EVERY_TABLE = (
    rules.test_pyxform_converts_the_form,
    rules.test_every_cell_stands_under_a_heading_of_the_sheet,
    rules.test_every_question_is_classified_and_has_a_moment_and_a_way_of_asking,
    rules.test_both_languages_are_complete,
    rules.test_labels_and_hints_fit_a_small_screen,
    rules.test_a_constraint_says_what_to_do,
    rules.test_signatures_and_identity_numbers_say_why_they_are_asked,
    rules.test_a_fact_is_fixed_or_changeable_and_named_once,
    rules.test_a_judgement_is_never_asked_in_the_home,
    rules.test_a_group_has_no_hint_because_an_xform_would_drop_it,
    rules.test_the_form_compiles_with_both_languages,
)
# Every key of these forms in the field specification; where one lives elsewhere, library/README.md says why.
KEYS = {
    "F1": """
lead: no channel channel_ref received_at org name sex birth contact_safe contact_how place_now hukou_region
  residence_region wish matters summary occurred_on stage programme danger_now child_involved incapable_involved
  harm_suspected triage triage_reason assigned_to due_at reply_at
mr: status reported_to reported_at ref_no
""",
    "F1R": """
lead: reporter_relation reporter_name reporter_phone reporter_secret
""",
    "F5": """
visit: alone
dv: offender lives_together forms last_at frequency history c_strangle c_weapon c_kill c_extreme c_injury c_confine
  c_order c_fear s_more s_leave s_stalk s_control s_sexual s_pregnant s_child s_alcohol s_mental s_record s_police
  s_vulnerable police_calls warning_letter protection_order evidence injury_check wish band band_override plan actions
""",
    "F6": """
child: person_id assent guardian_consent adult_present parents carer guardian_status temporary_care left_behind hukou
  injury_assessed harm_signs harm_source safe_tonight said health disability vaccine nutrition psych school attendance
  school_cost unattended home_hazards friends kunjing defacto benefits needs risk plan view next_due
""",
    "F10": """
hs: outcome colour brought worry next
""",
}
# Lists whose whole range is there, beside those of test_library.
CLOSED_LISTS = """
sign contact_safe mr_status triage frequency injury_check band assent consent ground temp_care nutrition attendance
friends guard kunjing defacto risk4 outcome colour brought next
"""
PLANS = plans()
NOW_MS = 1_651_370_400_000  # 1 May 2022, 10:00 in Shanghai
DOES_NOT_KNOW = {"unknown": "does_not_know"}
ROW_NUMBERS = count(1)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("rule", RULES_OF_EVERY_TABLE, ids=lambda rule: rule.__name__.removeprefix("test_"))
def test_the_rules_of_every_table_hold(rule, form):
    rule(form)


@pytest.mark.parametrize("form", FORMS)
def test_every_key_of_the_specification_is_there(form):
    held = {node.path for node in nodes(form)}
    wanted = [
        f"{group}.{name}"
        for group, names in re.findall(r"(\w+): ([^:]+)(?=\n\w+:|\n$)", KEYS[form])
        for name in names.split()
    ]
    assert wanted
    assert [key for key in wanted if key not in held] == []


@pytest.mark.parametrize("form", FORMS)
def test_a_list_is_open_unless_its_whole_range_is_there_and_unknown_is_no_choice(form):
    closed = {*CLOSED_LISTS.split(), *rules.CLOSED_LISTS.split()}
    asked = {question.path for question in questions(form)}
    lists = choices(form)
    for name, codes in lists.items():
        assert "unknown" not in codes or name == "defacto", name
        assert len(codes) == len(set(codes)), name
        assert "other" in codes or name in closed, name
    for question in questions(form):
        if question.type.startswith("select") and "other" in lists.get(question.row["type"].split()[1], []):
            assert f"{question.path}_other" in asked, question.path


def test_a_fact_that_two_forms_share_means_the_same_in_both():
    # Otherwise "same as last time" would put an answer where it cannot stand, or show it to who may not see it.
    said: dict[str, dict[str, Any]] = {}
    for form in ("F2", *FORMS):
        lists = choices(form)
        for question in questions(form):
            fact = question.row.get("bind::fa:fact")
            if fact is None:
                continue
            kind, _, listed = question.row["type"].partition(" ")
            meaning = {
                "kind": kind,
                "codes": set(lists.get(listed, ())),
                "change": question.row["bind::fa:change"],
                "class": question.sensitivity,
                "partial": question.row.get("bind::fa:partial"),
                "check": question.row.get("bind::fa:check"),
            }
            assert said.setdefault(fact, meaning) == meaning, (form, question.path)
    assert {"home.type", "case.stage", "hh.residence_region", "m.health", "m.birth_ym"} <= set(said)


def opened(form: str, answers: dict[str, Any] | None = None) -> Instance:
    return open_instance(PLANS[form], answers, now_ms=NOW_MS)


def fill_in(instance: Instance, answers: dict[str, Any]) -> Instance:
    for path, value in answers.items():
        instance.set(path, value)
    return instance


def add_row(instance: Instance, path: str, **answers: Any) -> str:
    row = instance.add_repeat(path, f"01800000-0000-7000-8000-{next(ROW_NUMBERS):012d}")
    fill_in(instance, {f"{row}.{name}": value for name, value in answers.items()})
    return row


def shown(instance: Instance, path: str) -> bool:
    return bool(instance.view(path)["relevant"])


def error_at(instance: Instance, path: str) -> str | None:
    return (instance.view(path)["error"] or {}).get("code")


def in_order(form: str) -> Iterator[Question]:
    return (question for question in questions(form) if question.type not in {"note", "calculate", "hidden"})


# F1 and F1R: intake


def test_a_lead_needs_its_source_danger_and_one_line_and_nothing_else():
    required = [question.path for question in questions("F1") if question.row.get("required")]
    assert required == ["lead.channel", "lead.danger_now", "lead.summary"]
    lead = fill_in(
        opened("F1"), {"lead.channel": "hotline_12338", "lead.danger_now": "no", "lead.summary": "邻居听到打骂声"}
    )
    assert lead.problems() == []


def test_the_three_that_are_required_are_asked_first():
    first = [question.path for question in in_order("F1") if question.row.get("required")]
    assert [question.path for question in in_order("F1") if "other" not in question.path][:3] == first


def test_what_triage_still_needs_is_named_until_it_is_answered_or_said_to_be_unknown():
    lead = fill_in(opened("F1"), {"lead.channel": "walk_in", "lead.danger_now": "no", "lead.summary": "来访"})
    named = "name sex contact_safe place_now residence_region wish matters child_involved incapable_involved"
    assert lead.get("lead.missing") == named
    assert shown(lead, "lead.missing_wish")
    fill_in(lead, {"lead.wish": "想离婚", "lead.name": DOES_NOT_KNOW, "lead.contact_safe": "only_times"})
    assert lead.get("lead.missing") == (
        "sex contact_how place_now residence_region matters child_involved incapable_involved"
    )
    assert not shown(lead, "lead.missing_wish")
    assert shown(lead, "lead.missing_contact_how")
    notes = {node.path.removeprefix("lead.missing_") for node in nodes("F1") if node.path.startswith("lead.missing_")}
    assert notes == {*named.split(), "contact_how", "harm_suspected", "report"}


def test_danger_or_not_knowing_of_danger_shows_what_to_do_first():
    lead = opened("F1")
    for danger, first in (("yes", True), (DOES_NOT_KNOW, True), ("no", False)):
        lead.set("lead.danger_now", danger)
        assert shown(lead, "lead.danger_note") is first


@pytest.mark.parametrize(("child", "incapable"), list(product(("yes", "no", None, "?"), repeat=2)))
def test_harm_is_asked_where_a_child_or_one_who_cannot_act_may_be_involved(child, incapable):
    lead = opened("F1")
    for name, said in (("child_involved", child), ("incapable_involved", incapable)):
        lead.set(f"lead.{name}", DOES_NOT_KNOW if said == "?" else said)
    may_be = {"yes", "?"} & {child, incapable} != set()
    assert shown(lead, "lead.harm_suspected") is may_be
    assert ("harm_suspected" in (lead.get("lead.missing") or "").split()) is may_be


def test_suspected_harm_makes_the_report_due_until_it_is_made_or_a_supervisor_says_why_not():
    lead = fill_in(opened("F1"), {"lead.child_involved": "yes"})
    assert not shown(lead, "mr.status")
    lead.set("lead.harm_suspected", "yes")
    assert shown(lead, "mr.status")
    assert shown(lead, "lead.report_note")
    assert lead.get("mr.state") == "due"
    assert "report" in lead.get("lead.missing").split()
    lead.set("mr.status", "due")
    assert lead.get("mr.state") == "due"
    assert not shown(lead, "mr.reported_to")
    lead.set("mr.not_needed_reason", "公安已立案，本案由其他单位报告")
    assert lead.get("mr.state") == "not_needed"
    lead.set("mr.status", "done_by_us")
    assert lead.get("mr.state") == "reported"
    assert shown(lead, "mr.reported_to")
    assert shown(lead, "mr.ref_no")
    assert "report" not in lead.get("lead.missing").split()


def test_only_a_supervisor_at_the_desk_can_say_that_no_report_is_needed():
    [waiver] = [question for question in questions("F1") if question.path == "mr.not_needed_reason"]
    assert (waiver.moment, waiver.how) == ("desk", "judge")
    assert "not_needed" not in choices("F1")["mr_status"]


@pytest.mark.parametrize(
    ("safe", "ways", "hands_off"),
    [
        ("any", True, False),
        ("only_times", True, False),
        ("only_via_other", True, False),
        ("no_contact", False, True),
        (DOES_NOT_KNOW, False, True),
    ],
)
def test_a_number_is_taken_only_where_some_contact_is_safe(safe, ways, hands_off):
    lead = fill_in(opened("F1"), {"lead.contact_safe": safe})
    assert shown(lead, "lead.contact_phone") is ways
    assert shown(lead, "lead.contact_how") is ways
    assert shown(lead, "lead.no_contact_note") is hands_off


def test_a_lead_with_danger_cannot_just_be_answered_or_set_aside():
    lead = fill_in(opened("F1"), {"lead.danger_now": "yes"})
    for triage, error in (("invalid", "constraint"), ("answer", "constraint"), ("protect", None), ("visit", None)):
        lead.set("lead.triage", triage)
        assert error_at(lead, "lead.triage") == error


def test_triage_stands_at_the_desk_and_asks_for_a_reason_unless_a_visit_is_made():
    desk = {question.path for question in in_order("F1") if question.moment == "desk"}
    assert desk == {"lead.triage", "lead.triage_reason", "lead.duplicate_of", "mr.not_needed_reason"}
    lead = fill_in(opened("F1"), {"lead.triage": "visit"})
    assert not shown(lead, "lead.triage_reason")
    lead.set("lead.triage", "duplicate")
    assert shown(lead, "lead.triage_reason")
    assert shown(lead, "lead.duplicate_of")


def test_a_petition_is_answered_within_fifteen_days_of_the_local_day_it_came():
    # Half past midnight in Shanghai is still the day before in UTC.
    lead = fill_in(opened("F1"), {"lead.channel": "petition_letter", "lead.received_at": "2022-04-28T00:30:00+08:00"})
    assert lead.get("lead.reply_due") == "2022-05-13"
    assert shown(lead, "lead.reply_note")
    lead.set("lead.channel", "hotline_12338")
    assert lead.get("lead.reply_due") in (None, "")


def test_nothing_of_who_told_us_is_in_the_lead_and_everything_in_the_other_record_is_sealed_for_two_roles():
    assert [node.path for node in nodes("F1") if "reporter" in node.path] == []
    assert {question.sensitivity for question in questions("F1R")} == {"reporter"}
    assert not any(question.sensitivity == "reporter" for question in questions("F1"))


def test_who_stays_anonymous_is_asked_for_neither_name_nor_number():
    told = fill_in(opened("F1R"), {"lead.reporter_relation": "anonymous"})
    assert not shown(told, "lead.reporter_name")
    assert not shown(told, "lead.reporter_phone")
    assert told.get("lead.reporter_secret") == "yes"
    assert told.problems() == []


# F5: violence risk

DV_KEYS = re.findall(r"\b[cs]_\w+", KEYS["F5"])
CRITICAL = [name for name in DV_KEYS if name.startswith("c_")]
SERIOUS = [name for name in DV_KEYS if name.startswith("s_")]
# The last time: given, within 12 months of 1 May 2022? A date too coarse to tell, or none, counts as within.
LAST_TIMES = {
    "2022-04-30": True,
    "2021-05-01": True,
    "2021-04-29": False,
    "2021-04": True,
    "2021-03": False,
    "2021": True,
    "2020": False,
    None: True,
    "?": True,
}


def band_by_rule(said: dict[str, Any], forms: list[str] | None, in_year: bool) -> str:
    """Field specification, section d, "DV band", written down a second time."""
    if any(said[name] == "yes" for name in CRITICAL):
        return "red"
    serious = len([name for name in SERIOUS if said[name] == "yes"])
    not_known = len([name for name in CRITICAL if said[name] not in ("yes", "no")])
    if serious >= 3 or (said["s_leave"] == "yes" and in_year) or not_known >= 3:
        return "orange"
    physical = forms is None or "physical" in forms
    return "yellow" if (physical and in_year) or serious >= 1 else "blue"


ANSWER = st.sampled_from(["no"] * 12 + ["yes", None, "?"])


@settings(derandomize=True, deadline=None, max_examples=400)
@given(
    st.fixed_dictionaries(dict.fromkeys(CRITICAL + SERIOUS, ANSWER)),
    st.one_of(st.none(), st.lists(st.sampled_from(["physical", "verbal", "economic"]), min_size=1, unique=True)),
    st.sampled_from(list(LAST_TIMES)),
)
def test_the_band_is_the_rule_for_any_answers(said, forms, last_at):
    answers = {name: DOES_NOT_KNOW if value == "?" else value for name, value in said.items() if value is not None}
    answers |= {"forms": forms} if forms else {}
    answers |= {"last_at": DOES_NOT_KNOW if last_at == "?" else last_at} if last_at else {}
    risk = opened("F5", {"visit": {"alone": "yes"}, "dv": answers})
    assert risk.get("dv.band") == band_by_rule(said, forms, LAST_TIMES[last_at])


def quiet_talk(**answers: Any) -> Instance:
    """Everything answered with no; insults alone, long ago."""
    said: dict[str, Any] = dict.fromkeys(CRITICAL + SERIOUS, "no") | {"forms": ["verbal"], "last_at": "2019"}
    return opened("F5", {"visit": {"alone": "yes"}, "dv": said | answers})


@pytest.mark.parametrize(
    ("answers", "band"),
    [
        ({}, "blue"),
        ({"forms": ["physical"], "last_at": "2022-02"}, "yellow"),
        ({"forms": ["physical"], "last_at": "2020-02"}, "blue"),
        ({"s_alcohol": "yes"}, "yellow"),
        ({"s_leave": "yes"}, "yellow"),
        ({"s_leave": "yes", "last_at": "2022-01"}, "orange"),
        ({"s_more": "yes", "s_stalk": "yes", "s_control": "yes"}, "orange"),
        (dict.fromkeys(CRITICAL[:2], DOES_NOT_KNOW), "blue"),
        (dict.fromkeys(CRITICAL[:3], DOES_NOT_KNOW), "orange"),
        *(({name: "yes"}, "red") for name in CRITICAL),
    ],
)
def test_the_band_at_each_edge_of_the_rule(answers, band):
    assert quiet_talk(**answers).get("dv.band") == band


def test_three_of_the_eight_unknown_are_said_to_be_incomplete():
    assert shown(quiet_talk(**dict.fromkeys(CRITICAL[:3], DOES_NOT_KNOW)), "dv.incomplete_note")
    assert not shown(quiet_talk(**dict.fromkeys(CRITICAL[:2], DOES_NOT_KNOW)), "dv.incomplete_note")


def test_a_band_can_only_be_raised_here_and_only_with_a_reason():
    for answers, offered in (
        ({}, ["red", "orange", "yellow"]),
        ({"s_alcohol": "yes"}, ["red", "orange"]),
        ({"s_leave": "yes", "last_at": "2022-01"}, ["red"]),
    ):
        risk = quiet_talk(**answers)
        assert [choice["value"] for choice in risk.view("dv.band_override")["choices"]] == offered
        assert risk.get("dv.band_final") == risk.get("dv.band")
    assert not shown(quiet_talk(c_fear="yes"), "dv.band_override")
    raised = fill_in(quiet_talk(), {"dv.band_override": "orange"})
    assert raised.get("dv.band_final") == "orange"
    assert "dv.band_reason" in [problem["path"] for problem in raised.problems()]
    raised.set("dv.band_override", "blue")
    assert error_at(raised, "dv.band_override") == "not_a_choice"


@pytest.mark.parametrize(
    ("answers", "needed"), [({"c_kill": "yes"}, True), ({"s_leave": "yes", "last_at": "2022"}, True), ({}, False)]
)
def test_red_and_orange_need_a_safety_plan(answers, needed):
    risk = quiet_talk(**answers)
    assert ("dv.plan_check" in [problem["path"] for problem in risk.problems()]) is needed
    add_row(risk, "dv.plan", step="东西放在邻居家")
    assert "dv.plan_check" not in [problem["path"] for problem in risk.problems()]


def test_what_must_be_done_at_once_is_said_at_the_door_without_a_band():
    risk = quiet_talk(c_weapon="yes")
    assert shown(risk, "dv.urgent_note")
    assert not shown(quiet_talk(s_more="yes"), "dv.urgent_note")
    by_path = {node.path: node for node in questions("F5")}
    assert by_path["dv.urgent_note"].moment == "door"
    banded = [path for path in by_path if re.search(r"band|red_|orange_|yellow_|blue_|incomplete|plan_check", path)]
    assert {by_path[path].moment for path in banded if by_path[path].type != "calculate" or "check" in path} == {"desk"}


def test_a_protection_order_lasts_six_months_at_most():
    risk = fill_in(quiet_talk(), {"dv.has_protection_order": "yes"})
    row = add_row(risk, "dv.protection_order", **{"from": "2022-03-01", "to": "2022-09-01"})
    assert error_at(risk, f"{row}.to") is None
    for wrong in ("2022-09-02", "2022-02-28"):
        risk.set(f"{row}.to", wrong)
        assert error_at(risk, f"{row}.to") == "constraint"


def test_answers_given_before_somebody_came_in_stay_and_are_handed_in():
    risk = fill_in(quiet_talk(c_kill="yes"), {"visit.alone": "no"})
    assert shown(risk, "visit.stop")
    assert risk.submission()["dv"]["c_kill"] == "yes"
    assert risk.get("dv.band") == "red"


@pytest.mark.parametrize("form", ["F5", "F6"])
def test_nothing_of_violence_or_of_a_child_stands_before_it_is_known_that_they_are_alone(form):
    order = list(in_order(form))
    assert order[0].path == "visit.alone"
    assert order[0].sensitivity == "household"
    # What the screen hides until then is one group, and holds all the rest.
    top = [node for node in PLANS[form].json["nodes"] if node.get("parent") == 0]
    assert [(node["name"], node.get("alone")) for node in top] == [("visit", None), (top[1]["name"], True)]
    before = [node for node in nodes(form) if node.path.partition(".")[0] == "visit"]
    assert {node.sensitivity for node in before} == {"household"}
    # A title is read over the shoulder too.
    title = sheets(form)["settings"][0]["form_title"]
    labels = " ".join(row.get("label::中文 (zh)", "") for row in sheets(form)["survey"][:5])
    for word in ("暴", "打", "伤", "险", "害", "iolence", "isk", "need"):
        assert word not in title.partition("/")[0] + labels + title.partition("/")[2], word


def test_every_question_of_the_talk_is_of_the_class_that_the_screen_hides():
    assert {question.sensitivity for question in questions("F5") if question.path.startswith("dv.")} == {"violence"}


# F6: child needs

ALIVE = ["alive", "dead", "missing", "lost_contact", "in_custody", "rehab", None, "?"]
GROUNDS = [
    ["none"],
    ["severe_disabled"],
    ["severe_ill", "custody_6m"],
    ["lost_6m"],
    ["revoked"],
    ["deported"],
    None,
    "?",
]


def defacto_by_rule(father: tuple[Any, Any], mother: tuple[Any, Any]) -> str:
    """Field specification, section d: both parents in Z, or one dead or declared missing and the other in Z."""

    def in_z(alive: Any, grounds: Any) -> bool | None:
        if alive == "dead" or grounds == ["none"]:
            return False
        return True if isinstance(grounds, list) else None

    def gone(alive: Any) -> bool | None:
        return None if alive in (None, "?") else alive in ("dead", "missing")

    ways = [
        (in_z(*father), in_z(*mother)),
        (gone(father[0]), in_z(*mother)),
        (gone(mother[0]), in_z(*father)),
    ]
    if any(way == (True, True) for way in ways):
        return "met"
    return "not_met" if all(False in way for way in ways) else "unknown"


def parent(alive: Any, grounds: Any) -> dict[str, Any]:
    said = {"alive": alive, "grounds": grounds}
    return {name: DOES_NOT_KNOW if value == "?" else value for name, value in said.items() if value is not None}


@settings(derandomize=True, deadline=None, max_examples=400)
@given(*(st.tuples(st.sampled_from(ALIVE), st.sampled_from(GROUNDS)) for _ in range(2)))
def test_de_facto_unsupported_is_the_rule_for_any_two_parents(father, mother):
    child = opened("F6", {"child": {"parents": {"father": parent(*father), "mother": parent(*mother)}}})
    assert child.get("child.defacto") == defacto_by_rule(father, mother)


@pytest.mark.parametrize(
    ("father", "mother", "status"),
    [
        # Case S001-7: the father died on the road, the mother has a disability of level 1.
        (("dead", None), ("alive", ["severe_disabled"]), "met"),
        # Case S001-3: the father died, the mother works.
        (("dead", None), ("alive", ["none"]), "not_met"),
        # Case S001-5: the father lies paralysed, of the mother nothing is wrong.
        (("alive", ["severe_disabled"]), ("alive", ["none"]), "not_met"),
        (("in_custody", ["custody_6m"]), ("lost_contact", ["lost_6m"]), "met"),
        (("dead", None), ("alive", None), "unknown"),
        (("dead", None), ("dead", None), "not_met"),
    ],
)
def test_children_of_the_published_cases_are_flagged_as_their_parents_are(father, mother, status):
    child = opened("F6", {"child": {"parents": {"father": parent(*father), "mother": parent(*mother)}}})
    assert child.get("child.defacto") == status
    assert shown(child, "child.orphan_note") is (father[0] == mother[0] == "dead")


def test_the_hint_and_what_is_judged_stand_at_the_desk():
    by_path = {question.path: question for question in questions("F6")}
    for name in ("defacto", "orphan_note", "risk", "guardian_status", "kunjing", "plan.what", "next_due"):
        assert (by_path[f"child.{name}"].moment, by_path[f"child.{name}"].how) == ("desk", "judge"), name


def test_any_sign_of_harm_asks_for_a_report_at_once():
    signs = [code for code in choices("F6")["sign"] if code != "none"]
    assert len(signs) == 16
    child = opened("F6")
    for sign in signs:
        child.set("child.harm_signs", [sign])
        assert shown(child, "child.report_note"), sign
    for quiet in (["none"], DOES_NOT_KNOW, None):
        child.set("child.harm_signs", quiet)
        assert not shown(child, "child.report_note")
    child.set("child.harm_signs", ["none", "bullying"])
    assert error_at(child, "child.harm_signs") == "constraint"
    [note] = [question for question in questions("F6") if question.path == "child.report_note"]
    assert note.moment == "door"


@pytest.mark.parametrize(
    ("signs", "tonight", "risk", "error"),
    [
        (["malnutrition"], "yes", "high", "constraint"),
        (["none"], "no", "medium", "constraint"),
        (["none"], "no", "immediate", None),
        (["malnutrition"], "yes", "immediate", None),
        (["none"], "yes", "low", None),
    ],
)
def test_a_child_with_signs_of_harm_or_not_safe_tonight_is_at_immediate_risk(signs, tonight, risk, error):
    child = fill_in(opened("F6"), {"child.harm_signs": signs, "child.safe_tonight": tonight, "child.risk": risk})
    assert error_at(child, "child.risk") == error


def test_a_child_is_seen_again_the_sooner_the_greater_the_risk():
    child = opened("F6")
    for risk, day in (("immediate", "2022-05-02"), ("high", "2022-05-15"), ("medium", "2022-05-31")):
        child.set("child.risk", risk)
        assert child.get("child.next_due") == day


def test_a_guardian_who_may_have_done_the_harm_cannot_consent():
    child = fill_in(
        opened("F6"),
        {"child.birth_ym": "2015-06", "child.guardian_consent": "given", "child.harm_signs": ["family_violence"]},
    )
    # Whoever did it is not known yet: nobody's consent counts.
    assert error_at(child, "child.guardian_consent") == "constraint"
    fill_in(child, {"child.harm_source": "stepparent", "child.consent_by": "stepparent"})
    assert error_at(child, "child.guardian_consent") is None
    assert error_at(child, "child.consent_by") == "constraint"
    child.set("child.consent_by", "grandparent")
    assert error_at(child, "child.consent_by") is None
    child.set("child.guardian_consent", "not_sought_unsafe")
    assert not shown(child, "child.consent_by")
    # Every kin who may consent can also be named as who did it, or the rule could not see it.
    assert set(choices("F6")["carer_rel"]) <= set(choices("F6")["off_rel"])


@pytest.mark.parametrize(
    ("birth", "asked"),
    [
        ("2008-04-30", False),
        ("2008-05-02", True),
        ("2008-04", False),
        ("2008-05", True),
        ("2008", True),
        ("2007", False),
        (DOES_NOT_KNOW, True),
        (None, True),
    ],
)
def test_consent_is_asked_for_a_child_under_fourteen_or_of_unknown_age(birth, asked):
    child = fill_in(opened("F6"), {"child.birth_ym": birth})
    assert shown(child, "child.guardian_consent") is asked


def test_the_sheet_is_for_a_child_under_eighteen():
    child = opened("F6")
    for birth, error in (
        ("2004-06-01", None),
        ("2004-05", None),
        ("2004", None),
        ("2004-04-30", "constraint"),
        ("2004-04", "constraint"),
        ("2003", "constraint"),
    ):
        child.set("child.birth_ym", birth)
        assert error_at(child, "child.birth_ym") == error


def test_what_is_learned_of_a_child_is_kept_as_that_childs_own():
    child_id = "01900000-0000-7000-8000-0000000000b2"
    answers = {"child": {"person_id": child_id, "health": ["chronic"], "parents": {"father": {"alive": "dead"}}}}
    facts = {fact.fact: fact for fact in facts_of(PLANS["F6"].json["nodes"], answers)}
    assert set(facts) == {"m.health", "child.father.alive"}
    assert {str(fact.about) for fact in facts.values()} == {child_id}


def test_no_question_takes_a_childs_account_beyond_its_first_words():
    free = {
        question.path: question
        for question in questions("F6")
        if question.type == "text" and not question.path.endswith("_other") and question.moment == "door"
    }
    assert set(free) == {"child.name", "child.adult_present", "child.said"}
    said = free["child.said"]
    # A fixed fact: folded at the next visit, never asked again.
    assert (said.row["bind::fa:change"], said.sensitivity) == ("fixed", "violence")
    child = fill_in(opened("F6"), {"child.said": "字" * 200})
    assert error_at(child, "child.said") is None
    child.set("child.said", "字" * 201)
    assert error_at(child, "child.said") == "constraint"
    assert not any(question.type in {"image", "audio", "video", "file"} for question in questions("F6"))


def test_signs_of_harm_are_seen_not_asked():
    by_path = {question.path: question for question in questions("F6")}
    for name in ("harm_signs", "harm_source", "safe_tonight"):
        assert by_path[f"child.{name}"].how == "see"
        assert by_path[f"child.{name}"].sensitivity == "violence"


def test_somebody_must_look_after_a_child_or_the_care_be_said_to_be_temporary():
    child = opened("F6")
    assert "child.carer_check" in [problem["path"] for problem in child.problems()]
    child.set("child.temporary_care", "relative")
    assert "child.carer_check" not in [problem["path"] for problem in child.problems()]


# F10: the household sweep


def test_the_household_sweep_takes_six_taps_and_tells_nothing():
    asked = list(in_order("F10"))
    assert {node.sensitivity for node in nodes("F10")} == {"household"}
    assert all(question.type in {"select_one", "dateTime"} for question in asked), "nobody types"
    tapped = [question for question in asked if not question.row.get("default")]
    assert len(tapped) + 2 == 6, "opening the sheet and handing it in are taps too"
    words = (rules.LIBRARY / "F10.md").read_text("utf-8").partition("| survey |")[2]
    for word in (*rules.WORDS_A_VILLAGE_SCREEN_NEVER_SHOWS.split(), "害", "打", "伤", "harm"):
        assert word not in words, word


def test_a_family_that_was_not_met_is_given_no_colour():
    sweep = fill_in(opened("F10"), {"hs.outcome": "absent", "hs.worry": "no", "hs.next": "week"})
    assert sweep.problems() == []
    assert "colour" not in sweep.submission()["hs"]
    sweep.set("hs.outcome", "seen")
    assert [problem["path"] for problem in sweep.problems()] == ["hs.colour"]


# The 5+2 hints of the household investigation

CASES = json.loads((Path(rules.LIBRARY).parents[1] / "demo" / "cases.json").read_text("utf-8"))["cases"]
CODES = ("A1", "A2", "A3", "A4", "A5", "B1", "B2")
SCHOOL = {"小学在读": "primary", "尚未入学": "preschool", "在读高中": "senior", "按时入园": "kindergarten"}
# What the published text says in words only: by case, paths of the form; of members by the id of the person.
IN_WORDS: dict[str, dict[str, Any]] = {
    "S001-1": {
        # “居民户口”; whether the home is rural is not said. 2019年11月被诊断; 支持起诉; judgments are quoted.
        "hh.hukou_type": "unified",
        "case.divorce_suit": "filed",
        "concl.docs": ["case_document", "medical_record"],
        "p1": {"health": ["mental", "injured"], "labour": "lost", "labour_cause": "offence", "diagnosed": "2019-11"},
    },
    "S001-3": {
        # “家庭主要劳动力受到违法犯罪侵害致死”, by judgment.
        "concl.docs": ["case_document", "death_cert"],
        "p6": {"main_earner_before": "yes", "death_cause": "offence"},
        "p7": {"death_cause": "suicide"},
    },
    "S001-5": {
        # “导致丧失劳动能力”, “重伤一级、一级伤残”.
        "concl.docs": ["case_document", "injury_appraisal"],
        "p2": {"main_earner_before": "yes", "labour": "lost", "labour_cause": "offence"},
    },
    "S001-7": {
        # “唯一劳动力”; a level of disability (一级) is what a certificate says.
        "concl.docs": ["case_document", "death_cert"],
        "p1": {"disability_cert": "yes"},
        "p4": {"main_earner_before": "yes", "death_cause": "offence"},
    },
    "S002-liu": {
        # “中风偏瘫，患有心脏病、糖尿病”; “儿子收入微薄，不愿承担”.
        "p1": {"health": ["severe"]},
        "obligors": [{"relation": "son", "able": DOES_NOT_KNOW, "supports": "no"}],
    },
    "S003-lili": {
        # “致殘”, of what kind is not said.
        "p1": {"disability_types": ["unassessed"]},
    },
}


def visit_of(case: dict[str, Any]) -> tuple[Instance, dict[str, str]]:
    """The household investigation with the facts of a published case, and the row of each person."""
    words, household = IN_WORDS[case["id"]], case["household"]
    visit = opened("F2")
    rows = {person["id"]: member_of(visit, person, words.get(person["id"], {})) for person in family(case)}
    living = len([person for person in family(case) if person["household_member_now"]])
    known = {
        "hh.area": "rural" if household["rural_text"] else None,
        "hh.monitor_type": "former_poor" if household["former_poor_text"] else None,
        "hh.members_before": household["members_before"],
        "hh.members_now": living or None,
        "case.type": case["original_case"]["case_type"],
        "dv.screen": "yes" if case["original_case"]["dv"] else None,
        "concl.hardship": "very" if case["hardship_text"] else None,
    }
    fill_in(visit, {path: value for path, value in known.items() if value is not None})
    fill_in(visit, {path: value for path, value in words.items() if "." in path})
    for obligor in words.get("obligors", ()):
        add_row(visit, "care.obligors", **obligor)
    return visit, rows


def family(case: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        person
        for person in case["persons"]
        if person["role_in_case"] != "offender" or person["relation_to_principal"] not in (None, "none")
    ]


def member_of(visit: Instance, person: dict[str, Any], words: dict[str, Any]) -> str:
    together = {True: "yes", False: "no", None: None}[person["household_member_now"]]
    age = re.search(r"(\d+)岁", person["age_text"] or "")
    school = next((code for word, code in SCHOOL.items() if word in (person["education_text"] or "")), None)
    said = {
        "name": person["name"],
        "sex": person["sex"],
        "birth_ym": person["birth_ym"] or (str(2022 - int(age[1])) if age else None),
        "relation": person["relation_to_principal"],
        "alive": person["alive"],
        "together": together,
        "school_status": school,
        "is_victim": "yes" if person["role_in_case"] == "victim" else "no",
        "injury_level": person["injury_level"],
        "disability_types": person["disability_types"],
        **{name: value for name, value in words.items() if name != "diagnosed"},
    }
    row = add_row(visit, "members", **{name: value for name, value in said.items() if value is not None})
    if "diagnosed" in words:
        add_row(visit, f"{row}.diagnosis", what="照病历", on=words["diagnosed"])
    return row


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_the_hints_are_those_expected_of_the_published_case(case):
    visit, rows = visit_of(case)
    for person, expected in case["expected_categories"].items():
        for code in CODES:
            # "unknown_then_met": met only when a later measure is recorded, which is not of this form.
            status = expected[code]["status"].removesuffix("_then_met")
            assert visit.get(f"{rows[person]}.hints.{code.lower()}") == status, (person, code, expected[code]["why"])


def test_men_children_and_the_dead_get_no_hints():
    visit = opened("F2")
    people = {
        "man": {"sex": "male", "birth_ym": "1980"},
        "girl": {"sex": "female", "birth_ym": "2012"},
        "dead": {"sex": "female", "birth_ym": "1950", "alive": "dead"},
        "pupil": {"sex": "female", "birth_ym": DOES_NOT_KNOW, "school_status": "primary"},
    }
    for name, person in people.items():
        assert not shown(visit, f"{add_row(visit, 'members', **person)}.hints.a1"), name
    # A girl of 14 can be a victim (A2); everything else of hers is the child sheet's.
    row = add_row(visit, "members", sex="female", birth_ym="2006-03", is_victim="yes")
    visit.set("case.type", "rape")
    assert visit.get(f"{row}.hints.a2") == "provisional"
    assert not shown(visit, f"{row}.hints.a4")


def test_while_the_sex_is_unknown_nothing_is_more_than_provisional():
    visit = fill_in(opened("F2"), {"case.type": "injury", "concl.docs": ["case_document"]})
    row = add_row(visit, "members", birth_ym="1980", is_victim="yes")
    assert visit.get(f"{row}.hints.a2") == "provisional"
    visit.set(f"{row}.sex", "female")
    assert visit.get(f"{row}.hints.a2") == "met"


@pytest.mark.parametrize(
    ("answers", "status"),
    [
        ({"hh.area": "rural", "hh.monitor_type": "sudden", "concl.docs": ["monitor_list"]}, "met"),
        ({"hh.area": "rural", "hh.monitor_type": "sudden"}, "provisional"),
        ({"hh.area": "urban", "hh.hukou_type": "agricultural", "hh.monitor_type": "marginal"}, "provisional"),
        ({"hh.area": "rural", "hh.monitor_type": "former_poor"}, "unknown"),
        ({"hh.area": "rural", "hh.monitor_type": DOES_NOT_KNOW}, "unknown"),
        ({"hh.area": "rural", "hh.monitor_type": "none"}, "not_met"),
        ({"hh.area": "urban", "hh.hukou_type": "unified"}, "not_met"),
        ({}, "unknown"),
    ],
)
def test_a1_needs_a_list_that_is_of_today(answers, status):
    visit = fill_in(opened("F2"), answers)
    row = add_row(visit, "members", sex="female", birth_ym="1980", relation="self")
    assert visit.get(f"{row}.hints.a1") == status


@pytest.mark.parametrize(
    ("complete", "obligors", "docs", "status"),
    [
        ("yes", [], ["hardship_cert"], "met"),
        ("yes", [], [], "provisional"),
        (None, [], ["hardship_cert"], "unknown"),
        ("yes", [("yes", "no"), ("no", "yes")], ["hardship_cert"], "met"),
        ("no", [("yes", "no")], ["hardship_cert"], "provisional"),
        ("yes", [("yes", "no"), ("yes", "yes")], ["hardship_cert"], "not_met"),
        ("yes", [("yes", DOES_NOT_KNOW)], ["hardship_cert"], "unknown"),
    ],
)
def test_a5_counts_those_who_owe_support_and_never_takes_an_unasked_list_for_empty(complete, obligors, docs, status):
    visit = opened("F2")
    row = add_row(visit, "members", sex="female", birth_ym="1950", relation="self")
    fill_in(visit, {"care.obligors_complete": complete, "concl.docs": docs})
    for able, supports in obligors:
        add_row(visit, "care.obligors", relation="son", able=able, supports=supports)
    assert visit.get(f"{row}.hints.a5") == status


@pytest.mark.parametrize(
    ("answers", "status"),
    [
        ({"case.type": "work_harass", "concl.hardship": "very", "case.remedy_blocked": "yes"}, "provisional"),
        ({"case.type": "work_harass", "concl.hardship": "very", "case.remedy_blocked": "no"}, "not_met"),
        ({"case.type": "work_harass", "concl.hardship": "none", "case.remedy_blocked": "yes"}, "not_met"),
        ({"case.type": "work_harass", "concl.hardship": "very"}, "unknown"),
        ({"case.type": "molest", "concl.hardship": "very"}, "not_met"),
        ({}, "unknown"),
    ],
)
def test_b1_is_a_civil_wrong_at_work_in_hardship_with_the_legal_way_blocked(answers, status):
    visit = fill_in(opened("F2"), answers)
    row = add_row(visit, "members", sex="female", birth_ym="1980", relation="self")
    assert visit.get(f"{row}.hints.b1") == status


@pytest.mark.parametrize(
    ("dv", "suit", "docs", "status"),
    [
        ("yes", "filed", ["case_document", "police_record"], "met"),
        ("yes", "decided", ["case_document"], "provisional"),
        ("yes", "planned", ["case_document"], "not_met"),
        ("no", "filed", ["case_document"], "not_met"),
        (DOES_NOT_KNOW, "filed", [], "unknown"),
        ("yes", DOES_NOT_KNOW, [], "unknown"),
    ],
)
def test_b2_is_a_divorce_suit_because_of_violence(dv, suit, docs, status):
    visit = fill_in(
        opened("F2"),
        {"dv.screen": dv, "case.divorce_suit": suit, "concl.docs": docs, "concl.hardship": "general"},
    )
    her = add_row(visit, "members", sex="female", birth_ym="1980", relation="self")
    sister = add_row(visit, "members", sex="female", birth_ym="1985", relation="sister")
    assert visit.get(f"{her}.hints.b2") == status
    # Both questions were put to her alone, and say nothing of another woman in the house.
    assert visit.get(f"{sister}.hints.b2") == "unknown"


def test_the_hints_stand_at_the_desk_are_of_the_highest_class_and_are_gathered_for_the_family():
    hints = [question for question in questions("F2") if ".hints." in question.path]
    assert [question.path.rpartition(".")[2] for question in hints] == [code.lower() for code in CODES]
    assert {(question.moment, question.how, question.sensitivity) for question in hints} == {
        ("desk", "judge", "violence")
    }
    assert not any(question.answered for question in hints)
    [case] = [case for case in CASES if case["id"] == "S001-1"]
    visit, _ = visit_of(case)
    assert visit.get("concl.categories") == "A2 A4 B2"
    by_name = {node["name"]: node for node in PLANS["F2"].json["nodes"]}
    assert by_name["categories"]["sensitivity"] == "violence"


def test_a_changed_form_has_a_new_number():
    versions = {form: PLANS[form].version for form in ("F2", "F3", "F5", "F6")}
    assert versions == {"F2": 4, "F3": 2, "F5": 2, "F6": 2}


def test_the_findings_of_a_follow_up_have_words_to_tap():
    findings = next(node for node in PLANS["F3"].nodes if node["name"] == "findings")
    assert (findings["phrases"], findings["moment"]) == ("finding", "desk")
    assert len(PLANS["F3"].json["lists"]["finding"]) == 8


def test_a_birthday_of_the_family_is_taken_by_the_lunar_calendar_too_and_the_findings_have_words_to_tap():
    by_name = {node["name"]: node for node in PLANS["F2"].nodes}
    assert [name for name, node in by_name.items() if node.get("lunar")] == ["birth_ym"]
    assert (by_name["birth_ym"]["partial"], PLANS["F2"].json["functions"]) == ("year", 2)
    assert [name for name, node in by_name.items() if node.get("phrases")] == ["facts"]
    assert by_name["facts"]["moment"] == "desk" and len(PLANS["F2"].json["lists"]["finding"]) == 8
