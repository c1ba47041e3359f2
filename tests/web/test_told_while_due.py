"""Harm told while another mandatory report is due already is named by flag and brief; danger told again calls again."""

import pytest

from fieldapp.actions import minors, protections, reviews, screenings
from fieldapp.casework.happened import Happened
from fieldapp.casework.protection import Report
from fieldapp.db import reading, writing
from fieldapp.models.cases import Case
from tests.web import test_red_reports as red

worker = red.worker
FIRST, SECOND = red.CHILDREN


def of(child, sign="bullying"):
    return {"child": {"person_id": child["_id"], "harm_signs": [sign]}}


VICTIM = {"visit": {"outcome": "done"}, "members": [{**SECOND, "alive": "alive"}]}
UNABLE = {"visit": {"outcome": "done"}, "members": [{**SECOND, "birth_ym": "1999-01", "capacity": "none"}]}


def read(county, clock, *items):
    """Opened for review, for which a file with minors asks a reason each day."""
    for item in items:
        with writing() as session:
            acting = county.acting(session, "supervisor")
            minors.give_reason(session, acting, county.case_id, "review", "", clock())
            reviews.open_review(session, acting, red.record_of(item), clock())


def flagged(county, clock):
    """Of each flag that asks for a report, whom it names."""
    with writing() as session:
        case = session.get_one(Case, (county.district, county.case_id))
        screenings.run(session, case, clock())
        found = screenings.newest_results(session, case, approved_only=False).flags
    return {one.code: {fact.about for fact in one.facts} for one in found if one.code.startswith("report_")}


def due_since(county):
    with reading() as session:
        return [one.since for one in protections.open_ones(session, county.acting(session, "supervisor"))]


@pytest.fixture
def again(worker, county, clock):
    """A report of the first child was made, and a new sign on it, seen 20 days later, calls for another one."""
    red.sent(worker, county, "F6", of(FIRST))
    red.say(county, clock, Report.DONE_BY_US)
    clock.advance(days=20)
    item = red.sent(worker, county, "F6", of(FIRST, "genital_injury"), visit_id=worker.new_id())
    clock.advance(days=1)
    return item


@pytest.mark.parametrize(
    ("form", "answers", "code"),
    [("F6", of(SECOND), "report_child"), ("F2", VICTIM, "report_child"), ("F2", UNABLE, "report_incapacity")],
    ids=["signs", "victim", "incapable"],
)
def test_somebody_else_told_of_while_another_report_is_due_stands_in_flag_and_brief(
    worker, county, session, clock, again, form, answers, code
):
    # Given another report due by what was told of one child, and another visit that tells of somebody else
    begun = due_since(county)
    second = red.sent(worker, county, form, answers, visit_id=worker.new_id())
    # Then the flag names her, also while the first to call is not in review, and then both are named
    read(county, clock, second)
    assert flagged(county, clock) == {code: {SECOND["_id"]}}
    read(county, clock, again)
    named = flagged(county, clock)
    assert SECOND["_id"] in named[code] and FIRST["_id"] in named["report_child"]
    # And so do both briefs; the file is due since the first
    for item in (again, second):
        assert "已强制报告过" in red.first_of_safety(session, county, red.record_of(item), clock).text
    assert due_since(county) == begun
    # And that one was made answers both
    red.say(county, clock, Report.DONE_BY_US)
    assert not red.open_reports(county) and not red.waiting(county, session, clock, "mandatory_report")
    assert flagged(county, clock) == {}


def test_what_corrects_a_report_calls_no_second_time_while_one_is_due(worker, county, session, clock, again):
    assert red.happened(session, Happened.REPORT_DUE) == 2
    fixed = {"child": {**of(FIRST, "genital_injury")["child"], "name": "小舟"}}
    red.sent(worker, county, "F6", fixed, before=again)
    assert red.happened(session, Happened.REPORT_DUE) == 2
    second = red.sent(worker, county, "F6", of(SECOND), visit_id=worker.new_id())
    assert red.happened(session, Happened.REPORT_DUE) == 3
    red.sent(worker, county, "F6", of(SECOND, "genital_injury"), before=second)
    assert red.happened(session, Happened.REPORT_DUE) == 3


def test_a_report_that_a_person_says_is_due_hides_no_harm_that_is_told_after(worker, county, clock):
    red.sent(worker, county, "F6", of(FIRST))
    red.say(county, clock, Report.DONE_BY_US)
    clock.advance(days=20)
    red.say(county, clock, Report.DUE)
    clock.advance(days=1)
    read(county, clock, red.sent(worker, county, "F6", of(SECOND), visit_id=worker.new_id()))
    assert flagged(county, clock) == {"report_child": {SECOND["_id"]}}


def test_who_calls_by_a_version_beside_hides_no_harm_that_another_report_tells(worker, county, clock):
    red.sent(worker, county, "F6", of(FIRST))
    red.say(county, clock, Report.DONE_BY_US)
    clock.advance(days=20)
    calm = {"child": {"person_id": SECOND["_id"], "harm_signs": ["none"]}}
    item = red.sent(worker, county, "F6", calm, visit_id=worker.new_id())
    red.sent(worker, county, "F6", calm, before=item)
    beside = red.hand_in(worker, county, "F6", of(SECOND), before=item)
    worker.sync_all()
    assert worker.result(beside)["status"] == "conflict" and red.open_reports(county) == [(False, True)]
    read(county, clock, red.sent(worker, county, "F6", of(FIRST, "genital_injury"), visit_id=worker.new_id()))
    assert flagged(county, clock) == {"report_child": {FIRST["_id"]}}


def test_a_lead_that_tells_of_danger_again_after_it_was_over_calls_again(worker, county, session, clock):
    # Given a lead that told of danger, a family protected for it, and both over
    told = {"lead": {"danger_now": "yes"}}
    first = red.sent(worker, county, "F1", told)
    clock.advance(minutes=10)
    red.see(county, clock)
    clock.advance(hours=1)
    with writing() as rows:
        assert protections.end(rows, county.acting(rows, "supervisor"), county.case_id, "已经离开", clock()) is None
    calm = red.sent(worker, county, "F1", {"lead": {"danger_now": "no"}}, before=first)
    before = red.happened(session, Happened.DANGER_TOLD)
    assert not red.waiting(county, session, clock, "protect")
    # When a version tells of danger again, two days later
    clock.advance(days=2)
    again = red.sent(worker, county, "F1", {"lead": {"danger_now": {"unknown": "does_not_know"}}}, before=calm)
    # Then it is told anew, has its time, and stands before the supervisor again
    assert red.happened(session, Happened.DANGER_TOLD) == before + 1
    assert red.waiting(county, session, clock, "protect")
    [alert] = red.raised(session)
    assert alert.acknowledged_at is None and alert.received_at == clock()
    # And corrected it is the same one
    clock.advance(minutes=10)
    red.see(county, clock)
    red.sent(worker, county, "F1", told, before=again)
    [alert] = red.raised(session)
    assert alert.acknowledged_at is not None and not red.waiting(county, session, clock, "protect")
