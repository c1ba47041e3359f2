"""The brief of a report: every path it names is asked, and it tells what must not be overlooked."""

from datetime import date
from uuid import UUID

import pytest

from fieldapp.casework import brief, report
from fieldapp.forms.evaluate import open_instance
from fieldapp.forms.library import plans
from tests import reports

SUBJECT = UUID("01900000-0000-7000-8000-0000000000a1")


def paths_of(plan):
    def path(node):
        above = plan.nodes[node["parent"]] if node["n"] else None
        return f"{path(above)}.{node['name']}".lstrip(".") if above else ""

    return {path(node) for node in plan.nodes}


def told(changes, language="zh"):
    answers = reports.changed(reports.investigation(SUBJECT), changes)
    instance = open_instance(plans()["F2"], answers, now_ms=reports.AT_MS, language=language)
    lines = brief.brief_of("F2", report.sections_of(instance, language))
    return {line.code: line.items for line in lines}


@pytest.mark.parametrize("form", sorted(brief.LINES))
def test_every_path_of_the_brief_is_asked_by_its_form(form):
    asked = paths_of(plans()[form])
    assert {path for paths in brief.LINES[form].values() for path in paths} - asked == set()
    assert form not in brief.NOTES or any(path.startswith(brief.NOTES[form]) for path in asked)


@pytest.mark.parametrize(("language", "said"), [("zh", "2026-03-01 已强制报告过"), ("en", "was made on 2026-03-01")])
def test_what_calls_for_another_report_stands_first_of_its_safety_as_an_alarm(language, said):
    safe = brief.BriefLine("safety", [brief.BriefItem("", "单独谈话", "visit.alone")])
    who, opinion = (brief.BriefLine(code, [brief.BriefItem("", code, code)]) for code in ("who", "opinion"))
    for lines, rest in (([who, safe, opinion], safe.items), ([who, opinion], [])):
        found = brief.calling_again(lines, date(2026, 3, 1), language)
        assert [line.code for line in found] == ["who", "safety", "opinion"]
        first, *others = found[1].items
        assert first.alarm and said in first.text and others == rest


@pytest.mark.parametrize("table", [brief.EXPECTED, brief.ALARMS])
def test_every_path_that_is_weighed_is_told(table):
    assert set(table) <= {path for lines in brief.LINES.values() for paths in lines.values() for path in paths}


def test_each_member_is_one_item_without_what_is_as_one_would_hope():
    first, second = told({})["who"]
    assert first.text == "刘梅 · 1988-03 · 本人"
    assert second.text == "刘小树 · 2016-05 · 儿子"


@pytest.mark.parametrize("path", ["dv.screen", "risk.suicide"])
def test_what_must_not_be_overlooked_is_an_alarm(path):
    assert not any(item.alarm for item in told({})["safety"])
    assert [item.path for item in told({path: "yes"})["safety"] if item.alarm] == [path]


def test_unknowns_are_counted_by_their_reason_and_their_questions_are_folded():
    (reason,) = told({})["unknowns"]
    assert reason.label == "本人不清楚 × 1" and reason.folded == ("工作受影响、怕丢工作吗？",)
    assert reason.text and "？" not in reason.text  # the section, not the question


def test_unknowns_of_one_reason_are_one_item_however_many():
    unknown = {"unknown": "does_not_know"}
    (reason,) = told({"hh.head": unknown, "hh.hukou_type": unknown})["unknowns"]
    assert reason.label == "本人不清楚 × 3" and len(reason.folded) == 3
    assert "家庭情况" in reason.text.split(" · ")


def test_papers_still_to_come_stand_beside_those_seen():
    assert [item.text for item in told({})["papers"]] == ["身份证明", "待补：生活困难证明"]


def test_a_visit_that_could_not_be_made_says_so_first():
    line = told({"visit.outcome": "could_not", "visit.could_not_reason": "road"})["happened"]
    assert line[0].alarm and line[1].text == "路不通、天气不好"
