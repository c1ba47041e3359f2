"""Follow-up, letter, receipt, measure, meeting and closure: complete, classified, each guard held and each let through,
and able to hold the help that the published cases tell of."""

import json
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from fieldapp import demo
from fieldapp.forms.evaluate import Instance, findings, open_instance
from fieldapp.forms.plan import Node, Plan
from fieldapp.forms.publish import compile_xlsform
from fieldapp.forms.schema import schema_for
from tests.unit.forms import test_library as rules
from tests.unit.forms.test_library import LIBRARY, sheets

FORMS = ("F3", "F4", "F4R", "F7", "F8", "F9")
PLANS = {form: compile_xlsform((LIBRARY / f"{form}.md").read_text("utf-8"), "md") for form in FORMS}
CASES = json.loads((Path(demo.__file__).parent / "cases.json").read_text("utf-8"))["cases"]
ZH, EN = "中文 (zh)", "English (en)"
NOW_MS = 1_651_370_400_000  # 1 May 2022, 10:00 in Shanghai
UNSAID = {"unknown": "no_paper"}
DESK = FORMS[1:]

# Every key of the six forms in the field specification, as it stands there. Frozen, so that no question is lost unseen.
KEYS = {
    "F3": """fu: kind planned_at visited_at orgs visitors met not_met_reason safe_to_talk living health psych
      school work income_now members_change measures_check fund_use fund_balance new_violence order_state new_needs
      satisfaction findings actions band next_due stable_change sign""",
    "F4": """tl: no from to subject harm hardship causal situation exclusions flags minors docs contact basis version
      approved_by sent_at""",
    "F4R": """relief: ack_at result reason organs amount decided_on paid_on green_channel custodian feedback_at""",
    "F7": """ms: type project title providers liaison beneficiaries need meeting kind amount amount_text unit started_on
      ended_on applied_on decided_on law_due status refused_reason proof share_fields review_on year_total""",
    "F8": """mt: kind at place chair recorder participants cases reported disputed decisions info_shared secrecy_read
      documents next_at sign""",
    "F9": """cl: reason date needs_answered measures_done relief_summary feedback_done last_band mr_closed orders_active
      subject_informed subject_view lasting lessons retention_until device_wiped approved_by""",
}
# Where a key lives elsewhere than the specification says; the reasons stand in the library's README.
MOVED = {
    "fu.safe_to_talk": "fu.alone",
    **{
        f"fu.{name}": f"life.{name}"
        for name in ["living", "health", "psych", "school", "work", "income_now", "members_change"]
    },
    **{f"fu.{name}": f"private.{name}" for name in ("new_violence", "order_state")},
    **{f"fu.{name}": f"aid.{name}" for name in ("measures_check", "new_needs", "satisfaction")},
    **{f"fu.{name}": f"fund.{name}" for name in ("fund_use", "fund_balance")},
    **{f"fu.{name}": f"end.{name}" for name in ["findings", "actions", "band", "next_due", "stable_change", "sign"]},
    "tl.from": "tl.from_name",
    "tl.to": "tl.to_name",
    **{f"tl.{name}": f"four.{name}" for name in ["harm", "hardship", "causal", "situation", "exclusions"]},
    "tl.docs": "enc.papers",
    **{f"tl.{name}": f"sent.{name}" for name in ("basis", "approved_by", "sent_at")},
    **{f"ms.{name}": f"ms.{name}_id" for name in ("need", "meeting")},
}
# What is computed from other records: filled in by the app, never typed.
FILLED_IN = """
F3 fu.planned_at; F3 private.has_order; F3 fund.watched; F3 fund.before; F3 end.has_f5; F3 end.next_due; F4 tl.no
F4 tl.version; F4 tl.visit_part; F4 tl.flags; F4 tl.minors_known; F4 four.visit_hardship; F4 four.visit_causal
F4 sent.consented; F4R relief.letter_no; F4R relief.letter_sent_at; F4R relief.custody_needed; F7 ms.law_due
F7 ms.share_fields; F7 ms.year_total; F7 ms.need_id; F7 ms.meeting_id; F7 ms.dv_screen; F7 ms.last_band; F8 mt.no
F9 cl.last_band; F9 cl.last_band_on; F9 cl.measures_done; F9 cl.relief_summary; F9 cl.orders_active; F9 cl.device_wiped
F9 cl.had_letter; F9 cl.mr_open; F9 cl.needs_known
"""
# Lists whose whole range is there; they need no "other". S7 is the other of the situations.
CLOSED_LISTS = """
yes_no fu_kind change order_state ms_status satisfaction band variant level contact_safe judged situation paper_state
paper_form basis flag relief_result by unit need_result finding
"""
SIGNED = {"strokes": []}


def row(number: int, **answers: Any) -> dict[str, Any]:
    return {"_id": f"01800000-0000-7000-8000-{number:012d}", **answers}


# One complete record of each form: nothing is to be put right in it. People and offices are invented.
COMPLETE: dict[str, dict[str, Any]] = {
    "F3": {
        "fu": {
            "kind": "scheduled",
            "visited_at": "2022-04-30T09:00:00+08:00",
            "orgs": ["wf", "proc"],
            "visitors": [row(1, user="走访人甲", org="wf")],
            "met": "yes",
            "alone": "yes",
        },
        "life": {
            "living": "better",
            "health": "same",
            "psych": "better",
            "school": "na",
            "work": "same",
            "has_members_change": "no",
        },
        "private": {"has_order": "no", "new_violence": "no"},
        "aid": {"all_received": "yes", "has_new_needs": "no", "satisfaction": "5"},
        "end": {"findings": "她说低保已经到账；看到家里添了被褥。", "stable_change": "no"},
    },
    "F4": {
        "tl": {
            "visit_part": "whole",
            "minors_known": "1",
            "variant": "complete",
            "from_org": "wf",
            "from_name": "示例县妇联",
            "from_level": "county",
            "to_org": "proc",
            "to_name": "示例县检察院",
            "to_level": "county",
            "subject": [row(1, name="罗某")],
            "minors": [row(2, name="罗某一", birth_ym="2012")],
            "contact_safe": "only_times",
            "safe_how": "上午九点到十一点打她本人手机",
            "contact": "李干部",
            "contact_phone": "12338",
        },
        "orig": {"type": "traffic", "stage": "final", "organ": "示例县法院", "doc_no": UNSAID},
        "four": {
            "visit_hardship": "very",
            "visit_causal": "direct",
            "harm": "丈夫重伤一级，需终身护理。",
            "hardship": "全家靠低保生活，四个孩子上学。",
            "causal": "主要劳动力因事故丧失劳动能力。",
            "situation": ["A3", "S3"],
            "exclusions": {f"x{number}": "no" for number in range(1, 7)},
        },
        "enc": {"papers": [row(3, paper="case_document", state="attached", form="copy", pages=12)]},
        "sent": {
            "consented": "wf proc",
            "basis": "consent",
            "approved_by": SIGNED,
            "sent_at": "2022-04-30T15:00:00+08:00",
        },
    },
    "F4R": {
        "relief": {
            "letter_sent_at": "2022-03-01T15:00:00+08:00",
            "custody_needed": "no",
            "ack_at": "2022-03-02T09:00:00+08:00",
            "has_missing": "no",
            "result": "granted",
            "organs": [row(1, name="示例县检察院", level="county")],
            "amount": "30000",
            "decided_on": "2022-04-01",
            "paid_on": "2022-04-08",
            "has_custody": "no",
            "feedback_at": "2022-04-10T09:00:00+08:00",
        }
    },
    "F7": {
        "ms": {
            "type": "dibao",
            "title": "全家纳入低保",
            "providers": ["civil"],
            "beneficiaries": [row(1, name="罗某")],
            "kind": "cash",
            "amount": "2100",
            "unit": "per_month",
            "status": "done",
            "applied_on": "2022-01",
            "decided_on": "2022-02-10",
            "started_on": "2022-03",
        }
    },
    "F8": {
        "mt": {
            "kind": "joint_meeting",
            "at": "2022-04-20T14:00:00+08:00",
            "place": "县妇联会议室",
            "chair": "主持人甲",
            "recorder": "记录人乙",
            "participants": [
                row(1, org="wf", unit="示例县妇联", name="甲", outside="no"),
                row(2, org="proc", unit="示例县检察院", name="乙", outside="no"),
            ],
            "cases": [row(3, code_name="KM-0421")],
            "decisions": [row(4, text="办理低保", owner="civil", due="2022-05-20")],
            "has_shared": "no",
            "secrecy_read": "yes",
            "sign": [row(5, name="甲", signature=SIGNED)],
        }
    },
    "F9": {
        "cl": {
            "had_letter": "yes",
            "needs_known": "1",
            "last_band": "blue",
            "last_band_on": "2022-04-01",
            "reason": "goals_met",
            "date": "2022-05-01",
            "needs_answered": [row(1, need_id="n1", need="schooling", result="met")],
            "feedback_done": "yes",
            "mr_closed": "yes",
            "subject_informed": "yes",
            "subject_view": "5",
            "retention_until": "2032-05-01",
            "approved_by": SIGNED,
        }
    },
}


def changed(form: str, changes: Mapping[str, Any]) -> dict[str, Any]:
    """The complete record with answers changed by path (`enc.papers.0.state`); None takes one away."""
    answers = deepcopy(COMPLETE[form])
    for path, value in deepcopy(dict(changes)).items():
        *steps, last = path.split(".")
        place: Any = answers
        for step in steps:
            place = place[int(step)] if isinstance(place, list) else place.setdefault(step, {})
        if isinstance(place, list) and int(last) == len(place):
            place.append(value)
        elif isinstance(place, list):
            place[int(last)] = value
        else:
            place[last] = value
    return answers


def opened(form: str, changes: Mapping[str, Any] | None = None, language: str = "zh") -> Instance:
    return open_instance(PLANS[form], changed(form, changes or {}), now_ms=NOW_MS, language=language)


def without_rows(path: str) -> str:
    return re.sub(r"\[[^\]]*\]", "", path)


def wrong(instance: Instance) -> dict[str, str]:
    """Path without row ids: what is said of it."""
    return {without_rows(problem["path"]): problem["message"] for problem in instance.problems()}


def paths(plan: Plan) -> dict[str, Node]:
    """Every node by its path without rows."""
    found: dict[str, Node] = {}
    names: dict[int, str] = {0: ""}
    for node in plan.nodes[1:]:
        above = names[node["parent"]]
        names[node["n"]] = f"{above}.{node['name']}" if above else node["name"]
        found[names[node["n"]]] = node
    return found


@pytest.mark.parametrize("form", FORMS)
def test_the_form_compiles_without_a_warning(form):
    plan = PLANS[form]
    assert (plan.json["languages"], list(plan.warnings)) == (["zh", "en"], [])
    assert plan.form_id == form and set(plan.json["title"]) == {"zh", "en"}


@pytest.mark.parametrize("form", FORMS)
def test_every_cell_stands_under_a_heading_of_the_sheet(form):
    rules.test_every_cell_stands_under_a_heading_of_the_sheet(form)


@pytest.mark.parametrize("form", FORMS)
def test_every_key_of_the_specification_is_there(form):
    prefix, names = KEYS[form].split(": ")
    held = paths(PLANS[form])
    keys = [f"{prefix}.{name}" for name in names.split()]
    assert [key for key in keys if MOVED.get(key, key) not in held] == []


def test_what_is_computed_from_other_records_is_filled_in_and_never_typed():
    for entry in FILLED_IN.replace("\n", ";").split(";"):
        if entry.strip():
            form, path = entry.split()
            assert paths(PLANS[form])[path]["kind"] == "hidden", entry


@pytest.mark.parametrize("form", FORMS)
def test_every_question_has_a_class_written_in_the_table(form):
    groups: list[bool] = []
    for line in sheets(form)["survey"]:
        own = bool(line.get("bind::fa:sensitivity"))
        if line["type"].startswith("end_"):
            groups.pop()
        elif line["type"].startswith("begin_"):
            groups.append(own or any(groups))
        else:
            assert own or any(groups) or line["type"] == "calculate", line["name"]


@pytest.mark.parametrize("form", FORMS)
def test_both_languages_are_complete_and_short(form):
    for sheet in ("survey", "choices"):
        for line in sheets(form)[sheet]:
            for column in ("label", "hint", "constraint_message", "required_message"):
                pair = [line.get(f"{column}::{language}") for language in (ZH, EN)]
                assert all(pair) or not any(pair), (line["name"], column)
            assert bool(line.get("bind::fa:purpose")) == bool(line.get("bind::fa:purpose_en")), line["name"]
            assert bool(line.get("constraint")) == bool(line.get(f"constraint_message::{ZH}")), line["name"]
            silent = line.get("type", "").startswith(("end_", "calculate", "hidden"))
            assert silent or line.get(f"label::{ZH}"), line
            longest = 16 if sheet == "choices" else 30
            assert line.get("type") == "note" or len(line.get(f"label::{ZH}", "")) <= longest, line["name"]
            assert len(line.get(f"hint::{ZH}", "")) <= 40, line["name"]
            assert not (line.get("type", "").startswith("begin_") and f"hint::{ZH}" in line), "an XForm would drop it"


@pytest.mark.parametrize("form", FORMS)
def test_no_choice_is_unknown_and_other_brings_a_line_to_write_on(form):
    held = paths(PLANS[form])
    for name, items in PLANS[form].json["lists"].items():
        codes = [item["value"] for item in items]
        assert "unknown" not in codes and len(codes) == len(set(codes)), name
        assert "other" in codes or name in CLOSED_LISTS.split(), name
        for path, node in held.items():
            asked = node["kind"] == "question" and (node.get("choices") or {}).get("list") == name
            assert not (asked and "other" in codes) or f"{path}_other" in held, path


@pytest.mark.parametrize("form", FORMS)
def test_a_judgement_is_made_only_at_the_desk(form):
    judged = [
        path for path, node in paths(PLANS[form]).items() if node["kind"] == "question" and node["how"] == "judge"
    ]
    assert all(paths(PLANS[form])[path]["moment"] == "desk" for path in judged)
    if form == "F3":
        assert {"end.findings", "end.band", "end.stable_change"} <= set(judged)
    if form == "F9":
        assert {"cl.band_reason", "cl.orders_reason"} <= set(judged)
    if form == "F4":
        assert "four.harm" not in judged  # a fact, from papers
        assert {"four.hardship", "four.causal", "four.situation", "four.exclusions.x1"} <= set(judged)


@pytest.mark.parametrize("form", DESK)
def test_a_form_of_the_desk_has_no_page_for_the_home(form):
    assert {node["moment"] for node in PLANS[form].nodes if node["kind"] == "question"} == {"desk"}
    assert not any(node.get("alone") for node in PLANS[form].nodes)  # nobody stands beside a desk


@pytest.mark.parametrize("form", FORMS)
def test_who_told_us_stands_nowhere(form):
    plan = PLANS[form]
    assert {node["sensitivity"] for node in plan.nodes} <= {"household", "money", "health", "child", "violence"}
    words = (LIBRARY / f"{form}.md").read_text("utf-8").partition("| survey |")[2]
    assert not re.search("反映人|举报|报告人|[Rr]eporter|[Ii]nformant", words)


@pytest.mark.parametrize("form", FORMS)
def test_signatures_and_files_say_why_they_are_asked(form):
    for path, node in paths(PLANS[form]).items():
        if node.get("type") in {"signature", "image", "audio", "file"}:
            assert node.get("purpose"), path


def test_the_door_of_a_follow_up_is_fifteen_answers():
    plan = PLANS["F3"]
    instead = {"fu.not_met_reason"}
    door = [
        path
        for path, node in paths(plan).items()
        if node["kind"] == "question"
        and node["moment"] == "door"
        and not node.get("default")
        and path not in instead
        and not path.endswith("_other")
    ]
    assert len(door) <= 15, door
    needs_her = """fu.met fu.alone life.living life.health life.psych life.school life.work private.new_violence
      private.order_state aid.all_received aid.has_new_needs aid.new_needs.need aid.new_needs.urgent aid.satisfaction
      end.sign"""
    assert set(door) == set(needs_her.split())


def test_questions_of_violence_stand_on_a_page_of_their_own_that_only_the_gate_opens():
    plan = PLANS["F3"]
    at_the_door = [
        path
        for path, node in paths(plan).items()
        if node["kind"] == "question" and node["moment"] == "door" and node["sensitivity"] == "violence"
    ]
    assert at_the_door == ["private.new_violence", "private.order_state"]
    assert [path for path, node in paths(plan).items() if node.get("alone")] == ["private"]
    gate = paths(plan)["fu.alone"]  # the screen finds it by its name, and must show it in company too
    assert gate["sensitivity"] == "household" and gate["how"] == "see"
    # Not alone hides, it never makes irrelevant: what was answered stays and is submitted.
    assert opened("F3", {"fu.alone": "no"}).submission()["private"]["new_violence"] == "no"


@pytest.mark.parametrize("form", FORMS)
def test_the_complete_record_has_nothing_to_put_right(form):
    instance = opened(form)
    assert wrong(instance) == {}
    schema_for(PLANS[form]).load(instance.submission())
    assert findings(PLANS[form], instance.submission(), instance.recorded()) == []


# Guards: form, the path that refuses, answers that it must refuse, answers that it must let through.
GUARDS: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    ("F3", "fu.visited_at", {"fu.visited_at": "2022-05-01T10:01:00+08:00"}, {}),
    ("F3", "fu.visited_at", {"fu.visited_at": None}, {"fu.visited_at": {"unknown": "does_not_know"}}),
    (
        "F3",
        "fu.visited_about",
        {"fu.visited_at": {"unknown": "does_not_know"}, "fu.visited_about": "2022-06"},
        {"fu.visited_at": {"unknown": "does_not_know"}, "fu.visited_about": "2022-05"},
    ),
    (
        "F3",
        "fu.visits_stated",
        {"fu.visited_at": {"unknown": "does_not_know"}, "fu.visits_stated": 0},
        {"fu.visited_at": {"unknown": "does_not_know"}, "fu.visits_stated": 4},
    ),
    ("F3", "fu.not_met_reason", {"fu.met": "no"}, {"fu.met": "no", "fu.not_met_reason": "moved"}),
    (
        "F3",
        "life.members_check",
        {"life.has_members_change": "yes"},
        {"life.has_members_change": "yes", "life.members_change": [row(9, what="born", who="外孙", on="2022-03")]},
    ),
    (
        "F3",
        "life.members_change.on",
        {"life.has_members_change": "yes", "life.members_change": [row(9, what="died", who="婆婆", on="2022-05-02")]},
        {"life.has_members_change": "yes", "life.members_change": [row(9, what="died", who="婆婆", on="2022-05-01")]},
    ),
    (
        "F3",
        "private.order_state",
        {"private.has_order": "yes"},
        {"private.has_order": "yes", "private.order_state": "kept"},
    ),
    (
        "F3",
        "aid.measures_checked",
        {"aid.all_received": "no"},
        {"aid.all_received": "no", "aid.measures_check": [row(9, title="低保", status="applied")]},
    ),
    (
        "F3",
        "aid.new_needs_check",
        {"aid.has_new_needs": "yes"},
        {"aid.has_new_needs": "yes", "aid.new_needs": [row(9, need="schooling", urgent="no")]},
    ),
    ("F3", "fund.checked", {"fund.watched": "yes"}, {"fund.watched": "yes", "fund.checked": "no"}),
    (
        "F3",
        "fund.fund_balance",
        {
            "fund.before": "5000",
            "fund.checked": "yes",
            "fund.fund_use": [row(9, purpose="药费", amount="5000.01", proof="receipt")],
        },
        {
            "fund.before": "5000",
            "fund.checked": "yes",
            "fund.fund_use": [row(9, purpose="药费", amount="5000", proof="receipt")],
        },
    ),
    (
        "F3",
        "fund.fund_use.on",
        {
            "fund.checked": "yes",
            "fund.fund_use": [row(9, on="2022-05-02", purpose="药费", amount="1", proof="receipt")],
        },
        {
            "fund.checked": "yes",
            "fund.fund_use": [row(9, on="2022-05-01", purpose="药费", amount="1", proof="receipt")],
        },
    ),
    ("F3", "end.findings", {"end.findings": None}, {"end.findings": UNSAID}),
    ("F3", "end.band", {"end.has_f5": "yes"}, {"end.has_f5": "yes", "end.band": "yellow"}),
    # the letter: four contents, each refused by its name
    ("F4", "four.harm", {"four.harm": None}, {}),
    ("F4", "four.hardship", {"four.hardship": None}, {}),
    ("F4", "four.causal", {"four.causal": None}, {}),
    ("F4", "four.situation", {"four.situation": None}, {}),
    ("F4", "four.situation_s7", {"four.situation": ["S7"]}, {"four.situation": ["S7"], "four.situation_s7": "火灾"}),
    ("F4", "four.hardship_check", {"four.visit_hardship": "none"}, {"four.visit_hardship": "general"}),
    ("F4", "four.causal_check", {"four.visit_causal": "none"}, {"four.visit_causal": "partial"}),
    ("F4", "four.exclusions.x3", {"four.exclusions.x3": None}, {"four.exclusions.x3": {"unknown": "does_not_know"}}),
    *(
        (
            "F4",
            "four.exclusions_note",
            {f"four.exclusions.x{number}": "yes"},
            {f"four.exclusions.x{number}": "yes", "four.exclusions_note": "见情况说明"},
        )
        for number in range(1, 7)
    ),
    ("F4", "tl.variant", {"tl.visit_part": "door"}, {"tl.visit_part": None}),
    (
        "F4",
        "tl.variant",
        {"tl.variant": "follows", "four.follows": ["causal"], "four.causal_by": "2022-06-01"},
        {"tl.variant": "follows", "four.follows": ["causal"], "four.causal_by": "2022-06-01", "tl.visit_part": "door"},
    ),
    ("F4", "tl.to_name", {"tl.to_name": "示例县妇联"}, {}),
    ("F4", "tl.level_reason", {"tl.to_level": "city"}, {"tl.to_level": "city", "tl.level_reason": "本县检察院回避"}),
    ("F4", "tl.subject_check", {"tl.subject": []}, {}),
    ("F4", "tl.minors_left_out", {"tl.minors": []}, {"tl.minors": [], "tl.minors_left_out": "已由其父另行申请"}),
    ("F4", "tl.minors.birth_ym", {"tl.minors.0.birth_ym": "2022-06"}, {"tl.minors.0.birth_ym": "2022-05"}),
    ("F4", "tl.safe_how", {"tl.safe_how": None}, {"tl.safe_how": None, "tl.contact_safe": "no_contact"}),
    ("F4", "tl.contact_safe", {"tl.contact_safe": None}, {}),
    ("F4", "tl.contact_phone", {"tl.contact_phone": "1234567"}, {}),
    ("F4", "orig.organ", {"orig.organ": None}, {"orig.organ": {"unknown": "does_not_know"}}),
    ("F4", "orig.doc_no", {"orig.doc_no": None}, {"orig.doc_no": None, "orig.type": "none"}),
    ("F4", "orig.paid", {"orig.awarded": "100", "orig.paid": "100.01"}, {"orig.awarded": "100", "orig.paid": "100"}),
    ("F4", "enc.papers.pages", {"enc.papers.0.pages": 0}, {"enc.papers.0.pages": 1}),
    ("F4", "enc.papers.form", {"enc.papers.0.form": None}, {"enc.papers.0.form": "original"}),
    (
        "F4",
        "enc.papers.follows_by",
        {"enc.papers.0.state": "follows", "enc.papers.0.follows_by": "2022-04-30"},
        {"enc.papers.0.state": "follows", "enc.papers.0.follows_by": "2022-05-01"},
    ),
    ("F4", "enc.papers.follows_by", {"enc.papers.0.state": "follows"}, {}),
    (
        "F4",
        "sent.basis",
        {"sent.consented": "wf"},
        {"sent.consented": "wf", "sent.basis": "duty", "sent.basis_text": "衔接机制第五条"},
    ),
    ("F4", "sent.basis_text", {"sent.basis": "emergency"}, {"sent.basis": "emergency", "sent.basis_text": "急需手术"}),
    ("F4", "sent.approved_by", {"sent.approved_by": None}, {}),
    ("F4", "sent.sent_at", {"sent.sent_at": "2022-05-01T10:01:00+08:00"}, {}),
    # the receipt
    ("F4R", "relief.ack_at", {"relief.ack_at": "2022-03-01T14:59:00+08:00"}, {"relief.letter_sent_at": None}),
    ("F4R", "relief.ack_at", {"relief.ack_at": "2022-05-01T10:01:00+08:00", "relief.letter_sent_at": None}, {}),
    (
        "F4R",
        "relief.missing_check",
        {"relief.has_missing": "yes"},
        {"relief.has_missing": "yes", "relief.missing": [row(9, paper="medical_bill", due="2022-04-01")]},
    ),
    (
        "F4R",
        "relief.missing.due",
        {"relief.has_missing": "yes", "relief.missing": [row(9, paper="medical_bill", due="2022-04-02")]},
        {"relief.has_missing": "yes", "relief.missing": [row(9, paper="medical_bill", due="2022-03-02")]},
    ),
    (
        "F4R",
        "relief.reason",
        {"relief.result": "refused"},
        {"relief.result": "refused", "relief.reason": "已获合理赔偿"},
    ),
    (
        "F4R",
        "relief.reason",
        {"relief.result": "not_accepted"},
        {"relief.result": "not_accepted", "relief.reason": "不属本院管辖"},
    ),
    ("F4R", "relief.organs_check", {"relief.organs": []}, {"relief.organs": [], "relief.result": "pending"}),
    ("F4R", "relief.amount", {"relief.amount": None}, {"relief.amount": UNSAID}),
    ("F4R", "relief.decided_on", {"relief.decided_on": "2022-03-01"}, {"relief.decided_on": "2022-03-02"}),
    (
        "F4R",
        "relief.decided_on",
        {"relief.decided_on": "2022-05-02", "relief.paid_on": None},
        {"relief.decided_on": "2022-04"},
    ),
    (
        "F4R",
        "relief.paid_on",
        {"relief.paid_on": "2022-03-31"},
        {"relief.paid_on": "2022-03-31", "relief.result": "advance"},
    ),
    ("F4R", "relief.paid_on", {"relief.paid_on": "2022-05-02"}, {"relief.paid_on": "2022-05-01"}),
    (
        "F4R",
        "relief.custodian",
        {"relief.has_custody": "yes"},
        {"relief.has_custody": "yes", "relief.custodian": "县福利院"},
    ),
    (
        "F4R",
        "relief.custody_reason",
        {"relief.custody_needed": "yes"},
        {"relief.custody_needed": "yes", "relief.custody_reason": "由监护人外婆直接支取"},
    ),
    ("F4R", "relief.feedback_at", {"relief.feedback_at": "2022-03-31T09:00:00+08:00"}, {}),
    ("F4R", "relief.feedback_at", {"relief.feedback_at": "2022-05-01T10:01:00+08:00"}, {}),
    # the measure: what is asked follows from where it stands
    ("F7", "ms.type", {"ms.type": "mediation"}, {"ms.type": "mediation", "ms.dv_screen": "no", "ms.last_band": "blue"}),
    (
        "F7",
        "ms.type",
        {"ms.type": "circuit_mediation", "ms.dv_screen": "yes", "ms.last_band": "red"},
        {"ms.dv_screen": "yes"},
    ),
    (
        "F7",
        "ms.type",
        {"ms.type": "circuit_mediation", "ms.dv_screen": "yes", "ms.last_band": "orange"},
        {"ms.by": "civil"},
    ),
    ("F7", "ms.type_other", {"ms.type": "other"}, {"ms.type": "other", "ms.type_other": "修缮水井"}),
    ("F7", "ms.providers", {"ms.providers": None}, {"ms.providers": {"unknown": "does_not_know"}}),
    ("F7", "ms.beneficiaries_check", {"ms.beneficiaries": []}, {}),
    ("F7", "ms.unit", {"ms.unit": None}, {"ms.unit": None, "ms.amount": None}),
    ("F7", "ms.amount", {"ms.amount": "-1"}, {"ms.amount": "0"}),
    ("F7", "ms.applied_on", {"ms.status": "applied", "ms.applied_on": None}, {"ms.applied_on": None}),
    ("F7", "ms.applied_on", {"ms.applied_on": "2022-05-02", "ms.decided_on": None}, {"ms.applied_on": "2022"}),
    ("F7", "ms.decided_on", {"ms.decided_on": "2021-12-31"}, {"ms.decided_on": "2022-01"}),
    ("F7", "ms.decided_on", {"ms.status": "approved", "ms.decided_on": None}, {"ms.decided_on": None}),
    ("F7", "ms.started_on", {"ms.started_on": None}, {"ms.started_on": UNSAID}),
    ("F7", "ms.ended_on", {"ms.status": "ended"}, {"ms.status": "ended", "ms.ended_on": "2022-04"}),
    ("F7", "ms.ended_on", {"ms.ended_on": "2022-02-28"}, {"ms.ended_on": "2022-03"}),
    (
        "F7",
        "ms.refused_reason",
        {"ms.status": "refused"},
        {"ms.status": "refused", "ms.refused_reason": "收入超过标准"},
    ),
    (
        "F7",
        "ms.refused_reason",
        {"ms.status": "declined"},
        {"ms.status": "declined", "ms.refused_reason": "她怕邻居知道"},
    ),
    ("F7", "ms.review_on", {"ms.type": "key_care_list"}, {"ms.type": "key_care_list", "ms.review_on": "2022-11-01"}),
    # the meeting
    ("F8", "mt.at", {"mt.at": None}, {"mt.at": {"unknown": "does_not_know"}, "mt.at_about": "2022-03"}),
    ("F8", "mt.at_about", {"mt.at": {"unknown": "does_not_know"}, "mt.at_about": "2022-06"}, {}),
    ("F8", "mt.participants_check", {"mt.participants": []}, {}),
    (
        "F8",
        "mt.participants_check",
        {"mt.participants.1": row(2, org="wf", unit=" 示例县妇联 ", name="乙", outside="no")},
        {"mt.participants.1": row(2, org="wf", unit="示例市妇联", name="乙", outside="no")},
    ),
    ("F8", "mt.cases.code_name", {"mt.cases.0.code_name": "罗某艳"}, {"mt.cases.0.code_name": "2Z-0001"}),
    ("F8", "mt.decisions_check", {"mt.decisions": []}, {}),
    ("F8", "mt.decisions.owner", {"mt.decisions.0.owner": None}, {}),
    ("F8", "mt.decisions.due", {"mt.decisions.0.due": None}, {"mt.decisions.0.due": "2022-06"}),
    ("F8", "mt.decisions.due", {"mt.decisions.0.due": "2022-04-19"}, {"mt.decisions.0.due": "2022-04-20"}),
    (
        "F8",
        "mt.shared_check",
        {"mt.has_shared": "yes"},
        {"mt.has_shared": "yes", "mt.info_shared": [row(9, fields="学校、年级", receiver="edu", basis="consent")]},
    ),
    ("F8", "mt.secrecy_read", {"mt.secrecy_read": None}, {}),
    ("F8", "mt.secrecy_why", {"mt.secrecy_read": "no"}, {"mt.secrecy_read": "no", "mt.secrecy_why": "会后逐个告知"}),
    ("F8", "mt.next_at", {"mt.next_at": "2022-04-20T14:00:00+08:00"}, {"mt.next_at": "2022-05-20T14:00:00+08:00"}),
    ("F8", "mt.sign_check", {"mt.sign": []}, {}),
    ("F8", "mt.sign.signature", {"mt.sign.0.signature": None}, {}),
    # the closure
    ("F9", "cl.feedback_done", {"cl.feedback_done": "no"}, {"cl.feedback_done": "no", "cl.had_letter": "no"}),
    ("F9", "cl.feedback_done", {"cl.feedback_done": None}, {}),
    ("F9", "cl.band_check", {"cl.last_band": "red"}, {"cl.last_band": "yellow"}),
    (
        "F9",
        "cl.band_check",
        {"cl.last_band": "orange", "cl.last_band_on": "2022-02-01"},
        {"cl.last_band": "orange", "cl.last_band_on": "2022-01-31", "cl.band_reason": "对方服刑，她已搬走"},
    ),
    ("F9", "cl.band_check", {"cl.last_band": "red", "cl.last_band_on": None}, {"cl.last_band": None}),
    (
        "F9",
        "cl.band_reason",
        {"cl.last_band": "red", "cl.last_band_on": "2021-01-01"},
        {"cl.last_band": "red", "cl.reason": "merged", "cl.merged_into": "AB-0001"},
    ),
    ("F9", "cl.mr_closed", {"cl.mr_closed": "no"}, {}),
    ("F9", "cl.mr_closed", {"cl.mr_open": "yes"}, {"cl.mr_open": "no"}),
    ("F9", "cl.needs_check", {"cl.needs_known": "2"}, {"cl.needs_known": None}),
    ("F9", "cl.needs_answered.result", {"cl.needs_answered.0.result": None}, {}),
    (
        "F9",
        "cl.needs_answered.why",
        {"cl.needs_answered.0.result": "refused"},
        {"cl.needs_answered.0.result": "refused", "cl.needs_answered.0.why": "名额已满，下学期再报"},
    ),
    (
        "F9",
        "cl.orders_reason",
        {"cl.orders_active": "1"},
        {"cl.orders_active": "1", "cl.orders_reason": "已离婚，对方在外地"},
    ),
    ("F9", "cl.orders_reason", {"cl.orders_active": "2"}, {"cl.orders_active": "0"}),
    ("F9", "cl.moved_to", {"cl.reason": "moved"}, {"cl.reason": "moved", "cl.moved_to": "邻县妇联已接手"}),
    ("F9", "cl.moved_to", {"cl.reason": "transferred_region"}, {"cl.reason": "declined"}),
    ("F9", "cl.merged_into", {"cl.reason": "merged"}, {"cl.reason": "merged", "cl.merged_into": "7K-0001"}),
    ("F9", "cl.merged_into", {"cl.reason": "merged", "cl.merged_into": "罗某艳"}, {}),
    (
        "F9",
        "cl.not_informed_why",
        {"cl.subject_informed": "no"},
        {"cl.subject_informed": "no", "cl.not_informed_why": "找不到人"},
    ),
    ("F9", "cl.date", {"cl.date": "2022-05-02"}, {}),
    ("F9", "cl.retention_until", {"cl.retention_until": "2022-05-01"}, {"cl.retention_until": "2022-05-02"}),
    ("F9", "cl.approved_by", {"cl.approved_by": None}, {}),
]


@pytest.mark.parametrize(("form", "path", "refused", "taken"), GUARDS, ids=[f"{g[0]}-{g[1]}" for g in GUARDS])
def test_a_guard_refuses_what_it_must_and_lets_the_rest_through(form, path, refused, taken):
    assert path in wrong(opened(form, refused))
    assert wrong(opened(form, taken)) == {}


def test_every_constraint_and_every_message_of_the_tables_is_among_the_guards():
    parts_that_follow = {f"four.{part}_by" for part in ("hardship", "causal", "situation")} | {"four.follows_check"}
    guarded = {(form, path) for form, path, _, _ in GUARDS} | {
        ("F4", path) for path in parts_that_follow
    }  # shown below
    for form in FORMS:
        for path, node in paths(PLANS[form]).items():
            guards = node.get("constraint") or node.get("required_message") is not None
            assert not guards or (form, path) in guarded, path


# Records with more in them, so that what rows ask for can be taken away one by one.
MORE: dict[str, dict[str, Any]] = {
    "F3": {
        "life.has_members_change": "yes",
        "life.members_change": [row(11, what="born", who="外孙")],
        "aid.measures_check": [row(12, title="低保", status="done")],
        "aid.has_new_needs": "yes",
        "aid.new_needs": [row(13, need="schooling", urgent="no")],
        "fund.checked": "yes",
        "fund.fund_use": [row(14, purpose="药费", amount="10", proof="receipt")],
        "end.actions": [row(15, what="联系学校", who="edu", due="2022-06")],
    },
    "F4R": {"relief.has_missing": "yes", "relief.missing": [row(11, paper="id", due="2022-03-20")]},
    "F8": {
        "mt.has_shared": "yes",
        "mt.info_shared": [row(11, fields="学校、年级", receiver="edu", basis="duty")],
    },
}
# What the specification marks as required, and what a row is nothing without.
REQUIRED = {
    "F3": """fu.kind fu.visited_at fu.orgs fu.met fu.alone fu.visitors.0.user fu.visitors.0.org life.living life.health
      life.psych life.school life.work life.has_members_change life.members_change.0.what life.members_change.0.who
      private.new_violence aid.all_received aid.measures_check.0.title aid.measures_check.0.status aid.has_new_needs
      aid.new_needs.0.need aid.new_needs.0.urgent fund.fund_use.0.purpose fund.fund_use.0.amount fund.fund_use.0.proof
      end.findings end.actions.0.what end.actions.0.who end.actions.0.due""",
    "F4": """tl.variant tl.from_org tl.from_name tl.from_level tl.to_org tl.to_name tl.to_level tl.subject.0.name
      tl.minors.0.name tl.contact_safe tl.safe_how tl.contact tl.contact_phone orig.type orig.stage orig.organ
      orig.doc_no four.exclusions.x1 four.exclusions.x2 four.exclusions.x3 four.exclusions.x4 four.exclusions.x5
      four.exclusions.x6 enc.papers.0.paper enc.papers.0.state enc.papers.0.form enc.papers.0.pages sent.basis
      sent.approved_by sent.sent_at""",
    "F4R": """relief.ack_at relief.has_missing relief.missing.0.paper relief.missing.0.due relief.result
      relief.organs.0.name relief.organs.0.level relief.amount relief.decided_on relief.has_custody""",
    "F7": "ms.type ms.title ms.providers ms.beneficiaries.0.name ms.kind ms.unit ms.status ms.started_on",
    "F8": """mt.kind mt.at mt.place mt.chair mt.recorder mt.participants.0.org mt.participants.0.name
      mt.participants.0.outside mt.cases.0.code_name mt.decisions.0.text mt.decisions.0.owner mt.decisions.0.due
      mt.has_shared mt.info_shared.0.fields mt.info_shared.0.receiver mt.info_shared.0.basis mt.secrecy_read
      mt.sign.0.name mt.sign.0.signature""",
    "F9": """cl.reason cl.date cl.needs_answered.0.need cl.needs_answered.0.result cl.feedback_done cl.mr_closed
      cl.subject_informed cl.retention_until cl.approved_by""",
}
NEEDED = [(form, path) for form, listed in REQUIRED.items() for path in listed.split()]


@pytest.mark.parametrize(("form", "path"), NEEDED)
def test_what_is_needed_is_asked_for(form, path):
    more = MORE.get(form, {})
    assert wrong(opened(form, more)) == {}
    assert re.sub(r"\.\d+", "", path) in wrong(opened(form, {**more, path: None}))


# Who may see an answer follows from its class: what stands here is all that is of that class, the rest is violence.
OPEN_CLASSES = {
    "F3": {
        "household": """fu.visited_at fu.visited_about fu.visits_stated fu.orgs fu.orgs_other fu.visitors.user
          fu.visitors.org fu.visitors.org_other fu.met fu.not_met_reason fu.not_met_reason_other fu.alone life.living
          life.work end.sign""",
        "money": """life.income_now fund.checked fund.fund_use.on fund.fund_use.purpose fund.fund_use.amount
          fund.fund_use.proof fund.fund_use.proof_other""",
        "health": """life.health life.psych life.has_members_change life.members_change.what
          life.members_change.what_other life.members_change.who life.members_change.relation
          life.members_change.relation_other life.members_change.on aid.all_received aid.has_new_needs
          aid.new_needs.need aid.new_needs.need_other aid.new_needs.urgent aid.satisfaction""",
        "child": "life.school",
    },
    "F4": {},
    "F4R": {
        "money": """relief.ack_at relief.receipt_no relief.handler relief.has_missing relief.result relief.organs.name
          relief.organs.level relief.amount relief.amount_text relief.decided_on relief.paid_on relief.green_channel
          relief.has_custody relief.custodian relief.feedback_at""",
        "child": "relief.custody_reason",
    },
    "F7": {},
    "F8": {
        "household": """mt.at mt.at_about mt.place mt.chair mt.recorder mt.participants.org mt.participants.org_other
          mt.participants.unit mt.participants.name mt.participants.role mt.participants.outside mt.secrecy_read
          mt.secrecy_why mt.documents mt.next_at mt.sign.name mt.sign.signature""",
    },
    "F9": {
        "household": """cl.date cl.subject_informed cl.subject_view cl.retention_until
          cl.approved_by""",
    },
}


@pytest.mark.parametrize("form", FORMS)
def test_everything_is_of_the_class_of_violence_but_what_is_named(form):
    named = {path: kind for kind, listed in OPEN_CLASSES[form].items() for path in listed.split()}
    asked = {path: node for path, node in paths(PLANS[form]).items() if node["kind"] == "question"}
    assert set(named) <= set(asked)
    assert {path: node["sensitivity"] for path, node in asked.items() if node["sensitivity"] != "violence"} == named


def test_what_nobody_types_is_classed_by_what_it_tells():
    told = {
        "F3": {"private.has_order": "violence", "fund.watched": "child", "end.has_f5": "violence"},
        "F4R": {"relief.custody_needed": "child"},
        "F8": {"mt.decisions_check": "violence", "mt.shared_check": "violence"},
        "F9": {"cl.last_band": "violence", "cl.orders_active": "violence", "cl.band_check": "violence"},
    }
    for form, classes in told.items():
        held = paths(PLANS[form])
        assert {path: held[path]["sensitivity"] for path in classes} == classes


# Form, question, answers under which it is asked, answers under which it is not.
SKIPS: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    ("F3", "fu.alone", {}, {"fu.met": "no"}),
    ("F3", "fu.visits_stated", {"fu.visited_at": {"unknown": "does_not_know"}}, {}),
    ("F3", "private.new_violence", {"fu.alone": "no"}, {"fu.met": "no"}),
    ("F3", "fu.visited_about", {"fu.visited_at": {"unknown": "does_not_know"}}, {}),
    ("F3", "life.members_change", {"life.has_members_change": "yes"}, {}),
    ("F3", "private.urgent_path", {"private.new_violence": "yes"}, {}),
    ("F3", "aid.new_needs", {"aid.has_new_needs": "yes"}, {}),
    ("F3", "fund.fund_use", {"fund.checked": "yes"}, {}),
    ("F3", "fund.fund_balance", {"fund.checked": "yes"}, {"fund.checked": "no"}),
    ("F3", "fund.balance_note", {"fund.checked": "yes", "fund.before": "1"}, {"fund.checked": "yes"}),
    ("F3", "end.next_note", {"end.next_due": "2022-06-01"}, {}),
    ("F3", "end.sign", {}, {"fu.met": "no"}),
    ("F4", "orig.stage", {}, {"orig.type": "none"}),
    ("F4", "orig.organ", {}, {"orig.type": "none"}),
    ("F4", "orig.doc_no", {}, {"orig.type": "none"}),
    ("F4", "orig.gap_note", {"orig.awarded": "2", "orig.paid": "1"}, {"orig.awarded": "2"}),
    ("F4", "enc.papers.form", {}, {"enc.papers.0.state": "follows"}),
    ("F4", "enc.papers.pages", {}, {"enc.papers.0.state": "follows"}),
    ("F4", "enc.papers.follows_by", {"enc.papers.0.state": "follows"}, {}),
    ("F4", "enc.pages_note", {}, {"enc.papers": []}),
    ("F4", "four.follows", {"tl.variant": "follows"}, {}),
    ("F4R", "relief.missing", {"relief.has_missing": "yes"}, {}),
    ("F4R", "relief.amount", {"relief.result": "advance"}, {"relief.result": "refused"}),
    ("F4R", "relief.amount_text", {"relief.result": "advance"}, {"relief.result": "refused"}),
    ("F4R", "relief.decided_on", {"relief.result": "refused"}, {"relief.result": "not_accepted"}),
    ("F4R", "relief.paid_on", {}, {"relief.result": "refused"}),
    ("F4R", "relief.has_custody", {}, {"relief.result": "refused"}),
    ("F4R", "relief.feedback_at", {"relief.result": "not_accepted"}, {"relief.result": "pending"}),
    ("F4R", "relief.feedback_note", {"relief.feedback_at": None}, {}),
    ("F7", "ms.unit", {}, {"ms.kind": "status"}),
    ("F7", "ms.law_due_note", {"ms.law_due": "2022-06-01"}, {}),
    ("F7", "ms.share_note", {"ms.share_fields": "姓名、学校"}, {}),
    ("F7", "ms.year_note", {"ms.year_total": "25200"}, {}),
    ("F8", "mt.at_about", {"mt.at": {"unknown": "does_not_know"}}, {}),
    ("F8", "mt.info_shared", {"mt.has_shared": "yes"}, {}),
    ("F9", "cl.measures_note", {"cl.measures_done": "低保"}, {}),
    ("F9", "cl.relief_note", {"cl.relief_summary": "已救助"}, {}),
    ("F9", "cl.device_note", {"cl.device_wiped": "2/2"}, {}),
]


@pytest.mark.parametrize(("form", "path", "asked", "skipped"), SKIPS, ids=[f"{s[0]}-{s[1]}" for s in SKIPS])
def test_a_question_is_asked_only_where_it_applies(form, path, asked, skipped):
    for changes, applies in ((asked, True), (skipped, False)):
        assert _is_asked(opened(form, changes), path) is applies


def _is_asked(instance: Instance, path: str) -> bool:
    """Whether a question, in the first row where it stands in a repeat, and all that it stands in is relevant."""
    at = ""
    for name in path.split("."):
        at = f"{at}.{name}" if at else name
        view = instance.view(at)
        if not view["relevant"]:
            return False
        if view["node"]["kind"] == "repeat" and at.count(".") + 1 < len(path.split(".")):
            rows = instance.rows(at)
            if not rows:
                return False
            at = f"{at}[{rows[0]}]"
    return True


# What may stay open, and the reasons that may stand there.
MAY_BE_UNKNOWN = {
    "F3 fu.visited_at": "does_not_know",
    "F3 fu.alone": "not_safe not_asked",
    "F3 private.new_violence": "refused not_safe not_asked later",
    "F3 end.findings": "no_paper",
    "F3 end.actions.due": "later",
    "F4 orig.doc_no": "no_paper does_not_know",
    "F4R relief.amount": "no_paper does_not_know",
    "F4R relief.paid_on": "no_paper later",
    "F4R relief.green_channel": "does_not_know",
    "F7 ms.amount": "does_not_know no_paper later",
    "F7 ms.applied_on": "no_paper does_not_know",
    "F7 ms.decided_on": "no_paper does_not_know",
    "F7 ms.ended_on": "no_paper does_not_know",
    "F8 mt.participants.name": "no_paper does_not_know",
    "F9 cl.subject_view": "refused not_asked not_present",
}
NEVER_UNKNOWN = """
F3 fu.met; F3 end.sign; F3 aid.new_needs.need; F3 aid.measures_check.title; F4 orig.type; F4 four.harm
F4 four.hardship; F4 four.causal; F4 four.situation; F4 sent.basis; F4R relief.result; F7 ms.type; F7 ms.status
F8 mt.decisions.owner; F8 mt.decisions.due; F8 mt.secrecy_read; F9 cl.feedback_done; F9 cl.mr_closed
F9 cl.needs_answered.result; F9 cl.retention_until; F9 cl.approved_by
"""


def test_what_may_be_unknown_says_so_and_what_decides_never_is():
    for entry, codes in MAY_BE_UNKNOWN.items():
        form, path = entry.split()
        assert set(codes.split()) <= set(paths(PLANS[form])[path]["unknown"]), entry
    for entry in NEVER_UNKNOWN.strip().replace("\n", ";").split(";"):
        form, path = entry.split()
        assert not paths(PLANS[form])[path].get("unknown"), entry


@pytest.mark.parametrize(
    ("part", "zh", "en"),
    [
        ("harm", "人身财产受损情况", "harm to person or property"),
        ("hardship", "生活困难情况", "hardship"),
        ("causal", "因果关系", "causal link"),
        ("situation", "具体救助情形", "relief situation"),
    ],
)
def test_a_letter_without_one_of_its_four_contents_is_refused_by_that_name(part, zh, en):
    for language, name in (("zh", zh), ("en", en)):
        assert name in wrong(opened("F4", {f"four.{part}": None}, language))[f"four.{part}"]


@pytest.mark.parametrize("part", ["hardship", "causal", "situation"])
def test_from_an_approved_door_set_a_part_of_judgement_may_follow_with_a_day(part):
    # Given a letter from a visit of which only the door part is approved, with one part left out
    follows = {"tl.visit_part": "door", "tl.variant": "follows", f"four.{part}": None}
    # When nothing says that it follows
    assert {"four.follows_check", f"four.{part}"} <= set(wrong(opened("F4", follows)))
    # When it is said to follow, without a day, or with a day that is past
    follows["four.follows"] = [part]
    assert set(wrong(opened("F4", follows))) == {f"four.{part}_by"}
    assert set(wrong(opened("F4", {**follows, f"four.{part}_by": "2022-04-30"}))) == {f"four.{part}_by"}
    # Then a day lets it go
    assert wrong(opened("F4", {**follows, f"four.{part}_by": "2022-05-15"})) == {}


def test_the_harm_never_follows_and_a_complete_letter_lets_nothing_follow():
    door = {
        "tl.visit_part": "door",
        "tl.variant": "follows",
        "four.follows": ["causal"],
        "four.causal_by": "2022-06-01",
    }
    assert "four.harm" in wrong(opened("F4", {**door, "four.harm": None}))
    assert "harm" not in {item["value"] for item in PLANS["F4"].json["lists"]["judged"]}
    complete = {"four.follows": ["causal"], "four.causal_by": "2022-06-01", "four.causal": None}
    assert set(wrong(opened("F4", complete))) == {"four.causal"}


def test_a_letter_with_only_a_paper_to_follow_says_enough():
    door = {"tl.visit_part": "door", "tl.variant": "follows"}
    assert set(wrong(opened("F4", door))) == {"four.follows_check"}
    paper = {"enc.papers.0.state": "follows", "enc.papers.0.follows_by": "2022-05-20"}
    assert wrong(opened("F4", {**door, **paper})) == {}


def test_papers_are_numbered_in_their_order_and_their_pages_add_up():
    more = {"enc.papers.1": row(9, paper="medical_bill", state="attached", form="original", pages=3)}
    letter = opened("F4", more)
    assert [paper["no"] for paper in letter.submission()["enc"]["papers"]] == ["1", "2"]
    assert letter.get("enc.attached_pages") == "15"
    [first, _] = letter.rows("enc.papers")
    letter.move_repeat(f"enc.papers[{first}]", 1)
    assert [(paper["paper"], paper["no"]) for paper in letter.submission()["enc"]["papers"]] == [
        ("medical_bill", "1"),
        ("case_document", "2"),
    ]


def test_the_gap_is_open_until_both_sums_are_known():
    assert opened("F4", {"orig.awarded": "560000"}).get("orig.gap") is None
    assert opened("F4", {"orig.awarded": "560000", "orig.paid": "30000.50"}).get("orig.gap") == "529999.5"


def test_an_exclusion_is_a_question_and_never_refuses_the_letter():
    grave = {"four.exclusions.x1": "yes", "four.exclusions_note": "双方互殴，责任待查"}
    assert wrong(opened("F4", grave)) == {}


def test_flags_are_shown_in_words_from_what_the_app_filled_in():
    letter = opened("F4", {"tl.flags": "minors_present privacy_high"})
    assert letter.get("tl.flags_shown") == ["minors_present", "privacy_high"]
    assert letter.view("tl.flags_shown")["readonly"] and wrong(letter) == {}


def test_several_organs_make_it_joint_relief():
    second = {"relief.organs.1": row(9, name="示例市检察院", level="city")}
    assert not opened("F4R").view("relief.joint_note")["relevant"]
    assert opened("F4R", second).view("relief.joint_note")["label_text"] == "联合救助：2 个机关"


def test_a_pending_result_asks_for_nothing_that_is_not_there_yet():
    pending = opened("F4R", {"relief.result": "pending"})
    assert wrong(pending) == {}
    assert set(pending.submission()["relief"]) & {"amount", "decided_on", "paid_on", "organs", "feedback_at"} == set()


def test_violence_anew_or_a_broken_order_calls_for_the_risk_form():
    assert opened("F3").get("todo") is None
    assert opened("F3", {"private.new_violence": "yes"}).get("todo") == "F5"
    broken = opened("F3", {"private.has_order": "yes", "private.order_state": "broken"})
    assert broken.get("todo") == "F5" and broken.view("private.urgent_path")["relevant"]
    assert not opened("F3", {"private.has_order": "no"}).view("private.order_state")["relevant"]


def test_a_follow_up_at_which_nobody_was_met_asks_nothing_of_her():
    nobody = opened("F3", {"fu.met": "no", "fu.not_met_reason": "nobody_home"})
    assert wrong(nobody) == {}
    assert set(nobody.submission()) == {"fu", "end"}


def test_the_balance_is_what_was_left_less_what_was_used_and_open_while_a_sum_is_unknown():
    used = [
        row(8, purpose="药费", amount="1200.50", proof="receipt"),
        row(9, purpose="学费", amount="300", proof="statement"),
    ]
    fund = {"fund.before": "5000", "fund.checked": "yes", "fund.fund_use": used}
    assert opened("F3", fund).get("fund.fund_balance") == "3499.5"
    assert opened("F3", {**fund, "fund.fund_use.1.amount": {"unknown": "no_paper"}}).get("fund.fund_balance") is None
    assert opened("F3", {**fund, "fund.before": None}).get("fund.fund_balance") is None


def test_four_follow_ups_without_dates_are_kept_as_a_number_stated():
    stated = {"fu.visited_at": {"unknown": "does_not_know"}, "fu.visits_stated": 4, "end.findings": UNSAID}
    assert wrong(opened("F3", stated)) == {}


def test_a_measure_named_by_the_app_keeps_its_name():
    check = {"aid.all_received": "no", "aid.measures_check": [row(8, measure_id="m1", title="低保", status="done")]}
    follow_up = opened("F3", check)
    [kept] = follow_up.rows("aid.measures_check")
    assert follow_up.view(f"aid.measures_check[{kept}].title")["readonly"]
    added = follow_up.add_repeat("aid.measures_check", row(9)["_id"])
    assert not follow_up.view(f"{added}.title")["readonly"]


def test_a_need_of_the_file_keeps_its_kind_when_it_is_answered():
    closure = opened("F9", {"cl.needs_answered.1": row(9, need="job", result="met")})
    known, added = (f"cl.needs_answered[{one}].need" for one in closure.rows("cl.needs_answered"))
    assert closure.view(known)["readonly"] and not closure.view(added)["readonly"]


def test_the_sixty_seven_kinds_of_help_are_found_by_their_usual_provider():
    kinds = PLANS["F7"].json["lists"]["measure_type"]
    assert len([kind for kind in kinds if kind["value"] != "other"]) == 67
    providers = {item["value"] for item in PLANS["F7"].json["lists"]["by"]}
    assert {kind["columns"]["by"] for kind in kinds} == providers | {"any"}
    offered = {choice["value"] for choice in opened("F7", {"ms.by": "dpf"}).view("ms.type")["choices"]}
    assert {"disability_cert", "home_adaptation", "comprehensive_help", "other"} <= offered
    assert "dibao" not in offered and len(offered) == 11
    assert len(opened("F7").view("ms.type")["choices"]) == 68


@pytest.mark.parametrize(
    ("status", "dates"),
    [
        ("planned", ""),
        ("applied", "applied_on"),
        ("approved", "applied_on decided_on started_on ended_on"),
        ("in_progress", "applied_on decided_on started_on ended_on"),
        ("done", "applied_on decided_on started_on ended_on"),
        ("refused", "applied_on decided_on refused_reason"),
        ("ended", "applied_on decided_on started_on ended_on"),
        ("declined", "refused_reason"),
    ],
)
def test_where_a_measure_stands_decides_what_is_asked(status, dates):
    measure = opened("F7", {"ms.status": status})
    asked = ("applied_on", "decided_on", "started_on", "ended_on", "refused_reason")
    assert {name for name in asked if measure.view(f"ms.{name}")["relevant"]} == set(dates.split())


def test_only_what_has_a_price_is_asked_for_an_amount():
    for way in ("cash", "waiver", "goods", "job", "other"):
        assert opened("F7", {"ms.kind": way}).view("ms.amount")["relevant"], way
    for way in ("service", "legal_order", "status"):
        assert not opened("F7", {"ms.kind": way}).view("ms.amount")["relevant"], way


def test_participants_of_one_kind_count_as_two_organisations_when_they_have_two_names():
    unnamed = {
        "mt.participants": [row(1, org="wf", name="甲", outside="no"), row(2, org="wf", name="乙", outside="no")]
    }
    assert set(wrong(opened("F8", unnamed))) == {"mt.participants_check"}
    blank = {"mt.participants": [row(1), row(2, org="wf", name="乙", outside="no")]}
    assert "mt.participants_check" in wrong(opened("F8", blank))


# What the six published cases tell of help, from the copy of the demo. A sentence that names three kinds of help is
# three records. How a kind of help comes (money, a service, ...) is ours; everything else is the source's.
WAYS = {
    "cash": """judicial_relief student_aid_project wf_charity_project chunlei dibao temporary_relief
      orphan_equiv_support disability_living_allowance disability_care_allowance disability_assist_allowance
      guardian_allowance medical_reimbursement preschool_subsidy""",
    "waiver": "medins_premium_waiver tuition_waiver",
    "job": "public_post",
    "status": "key_care_list monitored_household disability_cert",
}
WAY_OF = {kind: way for way, kinds in WAYS.items() for kind in kinds.split()}
STATUS = {"stated_done": "done", "planned": "planned", "in_progress": "in_progress"}
CLASS_OF_ORGAN = {"检察院": "proc", "妇联": "wf"}
# Who the sources say sat at the table, and what they decided, by organisation.
AT_THE_TABLE = {
    "S001-1": ("proc", "wf", "town", "village"),
    "S001-3": ("proc", "wf"),
    "S001-5": ("proc", "wf"),
    "S001-7": ("proc", "wf", "rural"),
    "S002-liu": ("wf", "plc", "justice", "village", "police"),
}
# A meeting told of in a newspaper: nobody says by when, who signed, whether secrecy was read out.
SILENT_OF_A_MEETING = {"mt.decisions.due", "mt.has_shared", "mt.secrecy_read", "mt.sign_check"}
SILENT_OF_A_LETTER = {
    "tl.from_name", "tl.from_level", "tl.to_level", "tl.contact_safe", "tl.safe_how", "tl.contact", "tl.contact_phone",
    "four.causal", "four.harm", "four.hardship", "four.situation", "sent.basis", "sent.approved_by", "sent.sent_at",
    "orig.stage", "orig.type", *(f"four.exclusions.x{number}" for number in range(1, 7)),
}  # fmt: skip
SILENT_OF_A_RECEIPT = {"relief.ack_at", "relief.has_missing"}


def of_the_cases(key: str) -> list[Any]:
    return [pytest.param(case, id=case["id"]) for case in CASES if case.get(key)]


def kept(form: str, answers: dict[str, Any]) -> Instance:
    """A record of these answers, with a reason for not knowing wherever one is needed and may stand. Every code in it
    is on the form's lists, and none is "other"."""
    instance = open_instance(PLANS[form], answers, now_ms=1_700_000_000_000)
    for _ in range(5):
        for problem in instance.problems():
            unknown = instance.view(problem["path"])["node"].get("unknown")
            if problem["code"] == "required" and unknown:
                instance.set(problem["path"], {"unknown": unknown[0]})
    schema_for(PLANS[form]).load(instance.submission())
    assert "not_a_choice" not in {problem["code"] for problem in instance.problems()}
    assert "other" not in set(_texts(instance.submission()))
    return instance


def _texts(value: Any) -> Iterator[Any]:
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _texts(part) if isinstance(part, dict | list) else (part,)


def of_organs(names: list[str]) -> list[str]:
    return sorted({code for name in names for ending, code in CLASS_OF_ORGAN.items() if ending in name})


def named(case: dict[str, Any], ids: list[str]) -> list[dict[str, Any]]:
    names = {person["id"]: person["name"] or person["id"] for person in case["persons"]}
    return [row(at, person_id=one, name=names[one]) for at, one in enumerate(ids, 1)]


@pytest.mark.parametrize("case", of_the_cases("measures"))
def test_every_measure_of_the_cases_is_kept_with_a_code(case):
    for measure in case["measures"]:
        for kind in measure["types"]:
            answers: dict[str, Any] = {
                "type": kind,
                "title": measure["content_text"],
                "providers": measure["providers"] or {"unknown": "does_not_know"},
                "beneficiaries": named(case, measure["beneficiary_ids"]),
                "kind": WAY_OF.get(kind, "service"),
                "status": STATUS[measure["status"]],
                "amount_text": measure["amount_text"],
                "review_on": "2024-01-01" if kind == "key_care_list" else None,
            }
            if measure["amount_yuan"] is not None:
                answers |= {"amount": str(measure["amount_yuan"]), "unit": measure["amount_unit"]}
            record = kept("F7", {"ms": answers})
            assert wrong(record) == {}, (measure["no"], kind)
            held = record.submission()["ms"]
            assert (held["type"], held.get("amount")) == (kind, answers.get("amount"))


@pytest.mark.parametrize("case", of_the_cases("follow_ups"))
def test_every_follow_up_of_the_cases_is_kept(case):
    for told in case["follow_ups"]:
        orgs = of_organs(told["by"])
        phone = "电话" in told["how_text"]
        record = kept(
            "F3",
            {
                "fu": {
                    "kind": "phone" if phone else "joint" if len(orgs) > 1 else "unscheduled",
                    "visited_at": {"unknown": "does_not_know"},
                    "visited_about": told["date"],
                    "visits_stated": told["count"],
                    "orgs": orgs,
                    "met": "yes",
                },
                "end": {
                    "findings": told["findings_text"] or UNSAID,
                    "actions": [row(1, what=told["action_text"], who=orgs[-1])] if told["action_text"] else [],
                },
            },
        )
        assert wrong(record) == {}
        assert record.get("fu.orgs") == orgs and record.get("fu.visited_about") == told["date"]


@pytest.mark.parametrize("case", of_the_cases("coordination"))
def test_every_meeting_of_the_cases_is_kept_with_its_kind(case):
    told = case["coordination"]
    record = kept(
        "F8",
        {
            "mt": {
                "kind": told["type"],
                "at": {"unknown": "does_not_know"},
                "at_about": told["date"],
                "participants": [row(at, org=org) for at, org in enumerate(AT_THE_TABLE[case["id"]], 1)],
                "reported": told["text"],
                "decisions": [
                    row(measure["no"], text=measure["content_text"], owner=(measure["providers"] or ["wf"])[0])
                    for measure in case["measures"]
                ],
                "documents": "；".join(case["institutional_outputs_text"]),
            }
        },
    )
    assert record.get("mt.kind") == told["type"]
    assert set(wrong(record)) <= SILENT_OF_A_MEETING


@pytest.mark.parametrize(
    "case", [p for p in of_the_cases("expected_forms") if "transfer_letter" in p.values[0]["expected_forms"]]
)
def test_every_letter_of_the_cases_is_kept_with_its_situations_and_flags(case):
    original = case["original_case"] or {}
    assisted = [person["id"] for person in case["persons"] if person["assisted"]]
    situations = sorted(
        {
            rule
            for categories in case["expected_categories"].values()
            for rule, found in categories.items()
            if found["status"] in {"met", "unknown_then_met"}
        }
    )
    record = kept(
        "F4",
        {
            "tl": {
                "variant": "complete",
                "from_org": case["lead"]["finder_org"],
                "to_org": "proc",
                "to_name": case["lead"]["transferred_to_text"] or "检察院",
                "subject": named(case, assisted),
                "flags": " ".join(case["expected_priority"]),
            },
            "orig": {
                "type": original.get("case_type"),
                "organ": original.get("court_text"),
                "gap_told": (case["compensation"] or {}).get("awarded_text"),
            },
            "four": {
                "harm": case["harm"]["injuries_text"],
                "hardship": case["hardship_text"],
                "situation": situations,
            },
        },
    )
    assert set(record.get("tl.flags_shown") or []) == set(case["expected_priority"])
    assert (record.get("four.situation") or []) == situations and record.get("orig.type") == original.get("case_type")
    assert set(wrong(record)) <= SILENT_OF_A_LETTER


@pytest.mark.parametrize("case", [p for p in of_the_cases("relief") if p.values[0]["relief"]["granted"]])
def test_every_grant_of_the_cases_is_kept_with_its_organs_and_who_keeps_the_money(case):
    joint = case["joint_relief"] or {"organs": ["检察院"]}
    custodian = case["relief"]["fund_custody_text"]
    record = kept(
        "F4R",
        {
            "relief": {
                "result": "granted",
                "organs": [row(at, name=name, level="county") for at, name in enumerate(joint["organs"], 1)],
                "green_channel": "yes" if case["green_channel"] else None,
                "has_custody": "yes" if custodian else None,
                "custodian": custodian,
            }
        },
    )
    assert set(wrong(record)) <= SILENT_OF_A_RECEIPT
    assert len(record.submission()["relief"]["organs"]) == len(joint["organs"])
    assert record.get("relief.custodian") == custodian
