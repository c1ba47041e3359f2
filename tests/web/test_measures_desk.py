"""The plan of help on a file's page: needs, measures and their steps, what meetings decided."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from fieldapp.actions import desk_bodies, measures
from fieldapp.days import day_of
from fieldapp.db import reading, writing
from fieldapp.errors import Problem
from fieldapp.models import scope
from fieldapp.models.accounts import Role
from fieldapp.models.case_events import CaseEvent
from fieldapp.models.cases import Case
from fieldapp.models.desk_drafts import DeskDraft
from fieldapp.models.measures import MeasureMove
from tests import plans_of_help


@pytest.fixture(autouse=True)
def inside(app, forms):
    with app.app_context():
        yield


def plan_of(county, who="supervisor"):
    with reading() as session:
        case = session.get_one(Case, (county.district, county.case_id))
        return measures.plan_for(session, county.acting(session, who), case)


def move(county, record_id, status, at, who="caseworker", text="", on=None):
    with writing() as session:
        acting = county.acting(session, who)
        measures.move(session, acting, county.case_id, record_id, status, on=on, text=text, now=at)


def test_a_measure_moves_on_step_by_step_and_its_report_stays_as_it_was_approved(session, county, clock, look):
    record_id = plans_of_help.measure(session, clock(), county)
    move(county, record_id, "applied", clock(), on=day_of(clock()))
    move(county, record_id, "approved", clock())
    (one,) = plan_of(county).measures
    assert [step.status for step in one.steps] == ["planned", "applied", "approved"]
    assert one.status == "approved" and one.head.at("ms", "status") == "planned"
    assert [event.kind for event in look(CaseEvent)].count("measure_moved") == 2


def test_a_step_that_the_rules_do_not_know_is_refused(session, county, clock):
    record_id = plans_of_help.measure(session, clock(), county)
    for status in ("done", "planned", "nonsense"):
        with pytest.raises(Problem) as refused:
            move(county, record_id, status, clock())
        assert refused.value.code == "measure_no_such_step"


def test_a_step_that_has_not_happened_yet_is_no_step(session, county, clock):
    record_id = plans_of_help.measure(session, clock(), county)
    with pytest.raises(Problem, match="day_to_come"):
        move(county, record_id, "applied", clock(), on=day_of(clock()) + timedelta(days=1))
    (one,) = plan_of(county).measures
    assert one.status == "planned"


def test_a_measure_whose_report_waits_for_approval_does_not_move(session, county, clock):
    record_id = plans_of_help.measure(session, clock(), county, state="submitted")
    with pytest.raises(Problem) as refused:
        move(county, record_id, "applied", clock())
    assert refused.value.code == "measure_no_such_step"


def test_what_was_refused_or_declined_says_why(session, county, clock):
    record_id = plans_of_help.measure(session, clock(), county)
    with pytest.raises(Problem) as refused:
        move(county, record_id, "declined", clock(), text=" ")
    assert refused.value.code == "measure_needs_text"
    move(county, record_id, "declined", clock(), text="她说先不用")
    assert plan_of(county).measures[0].steps[-1].text == "她说先不用"


@pytest.mark.parametrize(("screen", "band", "may"), [(None, "", False), ("no", "red", False), ("no", "yellow", True)])
def test_mediation_does_not_begin_before_the_screen_or_while_the_risk_is_high(
    session, county, clock, screen, band, may
):
    if screen:
        plans_of_help.report(session, clock(), county, "F2", {"dv": {"screen": screen}})
    if band:
        plans_of_help.assessment(session, clock(), county, band)
    record_id = plans_of_help.measure(session, clock(), county, kind="circuit_mediation")
    if may:
        move(county, record_id, "in_progress", clock())
    else:
        with pytest.raises(Problem) as refused:
            move(county, record_id, "in_progress", clock())
        assert refused.value.code == "mediation_not_now"
        move(county, record_id, "declined", clock(), text="先保护")


def test_help_that_came_is_noted_once(session, county, clock, look):
    record_id = plans_of_help.measure(session, clock(), county)
    for status in ("in_progress", "done"):
        move(county, record_id, status, clock())
    assert [event.kind for event in look(CaseEvent)].count("help_arrived") == 1


def test_who_may_not_read_of_violence_learns_of_no_measure_and_moves_none(session, county, clock):
    record_id = plans_of_help.measure(session, clock(), county)
    for who in ("cadre", "administrator"):
        assert plan_of(county, who).measures == []
        with pytest.raises(Problem) as refused:
            move(county, record_id, "applied", clock(), who=who)
        assert refused.value.code == "not_found"


def test_a_need_stands_open_until_a_measure_answers_it(session, county, clock):
    plans_of_help.need(session, clock(), county)
    assert [(need.need, need.answered_by) for need in plan_of(county).needs] == [("money", [])]
    plans_of_help.measure(session, clock(), county, need_id=plans_of_help.NEED)
    (need,) = plan_of(county).needs
    assert [one.type for one in need.answered_by] == ["temporary_relief"]


def test_a_measure_is_begun_from_the_need_it_answers(at_desk, session, county, clock, look):
    need_id = plans_of_help.need(session, clock(), county)
    desk = at_desk("caseworker")
    desk.get(f"/cases/{county.case_id}")
    assert desk.post(f"/cases/{county.case_id}/needs/{need_id}").status_code == 303
    (draft,) = look(DeskDraft)
    with reading() as rows:
        told = desk_bodies.shown(rows, rows.get_one(DeskDraft, (draft.district, draft.draft_id)))["answers"]["ms"]
    assert told["need_id"] == need_id
    assert desk.post(f"/cases/{county.case_id}/needs/{plans_of_help.DECISION}").status_code == 404


def test_an_order_in_force_stands_on_the_file_with_what_it_lays_on_him_and_what_she_says_of_it(
    at_desk, session, county, clock, monkeypatch
):
    # Given an order as a measure, the paper of it in an assessment, and a follow-up that asked after it
    until = "2027-03-15"
    plans_of_help.measure(session, clock(), county, "protection_order", status="in_progress", ended_on=until)
    paper = {
        "_id": plans_of_help.DECISION,
        "to": until,
        "measures": ["no_contact", "other"],
        "measures_other": "远离学校",
    }
    dv = {"has_protection_order": "yes", "protection_order": [paper]}
    plans_of_help.report(session, clock(), county, "F5", {"dv": dv})
    visit = {"fu": {"met": "yes", "visited_at": clock().isoformat()}, "private": {"order_state": "broken"}}
    plans_of_help.report(session, clock(), county, "F3", visit)
    # Then the file names it once, with both
    page = at_desk("supervisor").get(f"/cases/{county.case_id}").text
    shown = page.partition("有效的告诫书、保护令")[2].partition("</ul>")[0]
    assert shown.count("<li>") == 1 and f"到 {until}" in shown
    assert "禁止骚扰跟踪接触、远离学校" in shown and "没守" in shown
    # Whoever may not learn of measures learns of no order
    monkeypatch.setitem(scope.READS, Role.CASEWORKER, frozenset({"household", "child"}))
    assert "有效的告诫书" not in at_desk("caseworker").get(f"/cases/{county.case_id}").text


def test_a_decision_of_a_meeting_becomes_a_measure_with_its_owner_and_day(at_desk, session, county, clock, look):
    meeting_id = plans_of_help.meeting(session, clock(), county)
    (row,) = plan_of(county).decisions
    assert (row.owner, row.due) == ("civil", date(2026, 12, 20))
    desk = at_desk("supervisor")
    desk.get(f"/cases/{county.case_id}")
    assert "民政办理临时救助" in desk.page
    answer = desk.post(f"/cases/{county.case_id}/decisions/{meeting_id}/{plans_of_help.DECISION}")
    assert answer.status_code == 303
    (draft,) = look(DeskDraft)
    with reading() as rows:
        told = desk_bodies.shown(rows, rows.get_one(DeskDraft, (draft.district, draft.draft_id)))["answers"]["ms"]
    assert (told["title"], told["providers"]) == ("民政办理临时救助", ["civil"])
    assert told["beneficiaries"][0]["name"] == "刘梅"
    assert desk.get(answer.location).status_code == 200
    # Handed in and approved, it has the meeting's day, and the decision is begun.
    plans_of_help.measure(session, clock(), county, meeting_id=told["meeting_id"])
    plan = plan_of(county)
    assert plan.decisions == [] and plan.measures[0].due == date(2026, 12, 20)


def test_a_decision_that_was_made_a_measure_of_is_not_made_one_again(at_desk, session, county, clock):
    meeting_id = plans_of_help.meeting(session, clock(), county)
    plans_of_help.measure(session, clock(), county, meeting_id=f"{meeting_id}/{plans_of_help.DECISION}")
    desk = at_desk("supervisor")
    answer = desk.post(f"/cases/{county.case_id}/decisions/{meeting_id}/{plans_of_help.DECISION}")
    assert answer.status_code == 404


def test_a_meeting_that_was_not_approved_decides_nothing(session, county, clock):
    row = {"_id": plans_of_help.DECISION, "text": "x", "owner": "civil", "due": "2026-12-20"}
    plans_of_help.report(session, clock(), county, "F8", {"mt": {"decisions": [row]}}, state="submitted")
    assert plan_of(county).decisions == []


def test_the_words_of_a_step_lie_sealed(session, county, clock, look):
    record_id = plans_of_help.measure(session, clock(), county)
    move(county, record_id, "declined", clock(), text="她说先不用")
    (row,) = look(MeasureMove)
    assert "她说先不用".encode() not in row.sealed_move


def test_a_step_through_the_page(at_desk, session, county, clock):
    record_id = plans_of_help.measure(session, clock(), county)
    desk = at_desk("caseworker")
    desk.get(f"/cases/{county.case_id}")
    address = f"/cases/{county.case_id}/measures/{record_id}/move"
    assert desk.post(address, status="applied", on="2026-03-03").status_code == 303
    refused = desk.post(address, status="done")
    assert refused.status_code == 409 and f"/cases/{county.case_id}" in refused.text
    with reading() as rows:
        assert len(rows.scalars(select(MeasureMove)).all()) == 1


@pytest.mark.parametrize("typed", ["2026/03/03", "2026-03"])
def test_a_step_on_a_day_that_is_none_is_refused_and_says_no_other_day(at_desk, session, county, clock, typed):
    record_id = plans_of_help.measure(session, clock(), county)
    desk = at_desk("caseworker")
    desk.get(f"/cases/{county.case_id}")
    for act, step in (("move", {"status": "applied"}), ("defacto", {"step": "defacto_first_done"})):
        refused = desk.post(f"/cases/{county.case_id}/measures/{record_id}/{act}", **step, on=typed)
        assert refused.status_code == 400 and f"/cases/{county.case_id}" in refused.text
    with reading() as rows:
        assert rows.scalars(select(MeasureMove)).all() == []
