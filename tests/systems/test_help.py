"""Rows 14, 25-27, 42, 56, 59: measures of every kind, money in custody, follow-ups, and what a department is told."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from fieldapp import demo
from fieldapp.actions import agendas, case_events, case_moves, dispatches, extracts, funds, measures
from fieldapp.actions.case_moves import Said
from fieldapp.casework import custody
from fieldapp.casework.happened import Happened
from fieldapp.casework.letters.extracts import NEEDS
from fieldapp.casework.measures import Answer
from fieldapp.casework.schedule import count_of, visits_of
from fieldapp.casework.states import CaseState
from fieldapp.db import writing
from fieldapp.forms.library import plans
from fieldapp.forms.schema import schema_for
from fieldapp.models.accounts import acting_for
from fieldapp.models.cases import Case
from fieldapp.models.organisations import KINDS
from tests import factories, plans_of_help, reports

PUBLISHED = json.loads((Path(demo.__file__).parent / "cases.json").read_text("utf-8"))["cases"]


@pytest.fixture(autouse=True)
def inside(app, forms):
    with app.app_context():
        yield


@pytest.fixture
def file(county, session):
    return session.get_one(Case, (county.district, county.case_id))


@pytest.fixture
def supervisor(county, session):
    return county.acting(session, "supervisor")


def test_row_14_a_department_is_given_what_its_work_needs_alone_and_says_what_came_of_it(
    county, session, clock, supervisor, file
):
    # Given a family of which much is known, violence and a child among it
    told = reports.investigation(county.subject_id)
    told["dv"] = {"screen": "yes"}
    factories.record(session, clock(), county, answers=reports.body(told, clock()), state="approved")
    offered = {kind: extracts.offered(session, supervisor, county.case_id, kind, clock())[1] for kind in KINDS}
    for kind, fields in offered.items():
        assert {one.sensitivity for one in fields} <= NEEDS.get(kind, frozenset({"household"})), kind
    assert "violence" in {one.sensitivity for one in offered["police"]}
    assert {one.sensitivity for one in offered["school"]} == {"household"}
    # And what is sent to a department comes back with its state
    person_id, department_id = plans_of_help.liaison(session, clock(), county)
    record_id = plans_of_help.measure(session, clock(), county)
    text = {"purpose": "临时救助", "asked": "请受理", "reach": "只通过县妇联"}
    with writing() as rows:
        acting = county.acting(rows, "supervisor")
        sent = dispatches.send(rows, acting, county.case_id, record_id, department_id, **text, now=clock()).dispatch_id
    with writing() as rows:
        liaison = acting_for(rows, county.district, person_id)
        dispatches.answer(rows, liaison, sent, Answer.ACCEPTED, "", clock())
    session.expire_all()
    [task] = dispatches.of_case(session, file, clock())
    assert task.answer is Answer.ACCEPTED


def test_row_25_every_measure_of_the_published_cases_is_kept_under_a_code_with_who_gives_it(county, session, clock):
    with writing() as rows:
        told = {
            (kind, tuple(one["providers"])) for case in PUBLISHED for one in case["measures"] for kind in one["types"]
        }
        for kind, providers in sorted(told):
            said = {"providers": list(providers) or {"unknown": "does_not_know"}}
            plans_of_help.measure(rows, clock(), county, kind=kind, commits=False, **said)
    file = session.get_one(Case, (county.district, county.case_id))
    kept = measures.plan_for(session, county.acting(session, "supervisor"), file).measures
    assert {(one.type, one.providers) for one in kept} == told
    assert {one.name.zh for one in kept}.isdisjoint({"其他"}) and len({one.type for one in kept}) >= 20


def test_row_26_money_in_custody_shows_each_use_and_what_is_left(county, session, clock, supervisor):
    # Case 7: a welfare home keeps the relief. The sums are invented, the case states none
    write = {"now": clock()}
    came = {"entry": "received", "on": "2026-10-01", "yuan": "30000", "purpose": "", "keeper": "某福利院"}
    assert funds.write(session, supervisor, county.case_id, **came, **write) is None
    for yuan, purpose, on in (("1200", "生活费", "2026-11-01"), ("800.50", "看病", "2026-11-02")):
        used = {"entry": "used", "on": on, "yuan": yuan, "purpose": purpose, "keeper": ""}
        assert funds.write(session, supervisor, county.case_id, **used, **write) is None
    # A follow-up tells of one more, and it is written down from there
    row = {"_id": "a1", "on": "2026-11-05", "purpose": "买冬衣", "amount": "300", "proof": "receipt"}
    factories.record(
        session,
        clock(),
        county,
        form="F3",
        state="approved",
        answers=reports.body({"fund": {"fund_use": [row]}}, clock()),
    )
    [told] = funds.read(session, supervisor, county.case_id, clock()).told
    assert funds.take_over(session, supervisor, county.case_id, told.line_id, clock()) is None
    account = funds.read(session, supervisor, county.case_id, clock())
    left = [(line.purpose, custody.yuan_of(after)) for line, after in account.rows]
    assert left == [("", "30000.00"), ("生活费", "28800.00"), ("看病", "27999.50"), ("买冬衣", "27699.50")]
    assert custody.yuan_of(account.balance_fen) == "27699.50" and set(account.keepers.values()) >= {"某福利院"}


def test_row_27_four_visits_without_dates_are_kept_as_their_number(county, session, clock):
    # “先后4次回访”
    said = {
        "fu": {"kind": "joint", "visited_at": {"unknown": "does_not_know"}, "visits_stated": 4, "orgs": ["wf", "proc"],
               "met": "yes"}
    }  # fmt: skip
    schema_for(plans()["F3"]).load(said)
    plans_of_help.report(session, clock(), county, "F3", said)
    agenda = agendas.make(session, county.district, county.case_id, clock())
    made = agendas.grounds_of(session, agenda).followed.made
    assert count_of(visits_of(made)) == 4 and [one.at for one in made] == [None]


def test_row_42_a_need_at_work_ends_by_a_measure_or_a_reason_alone(county, session, clock, supervisor, file):
    # Case 2: her employer meant to dismiss her; she asked to keep the work
    need = {"_id": plans_of_help.NEED, "need": "job_keep", "urgent": "yes"}
    plans_of_help.report(session, clock(), county, "F2", {"needs": {"wanted": [need]}})
    case_events.note(session, file, Happened.REPORT_NOT_NEEDED, now=clock())
    file.state = "FOLLOW_UP"

    def closing():
        # Each time with a later closure: the newest counts
        clock.advance(seconds=1)
        refused = case_moves.move(session, supervisor, county.case_id, CaseState.CLOSED, "写明", Said(), clock())
        return [one.code for one in refused]

    [open_need] = measures.plan_for(session, supervisor, file).needs
    assert (open_need.need, open_need.answered_by) == ("job_keep", [])
    # The task to the employer answers for it
    plans_of_help.measure(
        session, clock(), county, kind="job_adjust", providers=["employer"], need_id=plans_of_help.NEED, status="done"
    )
    [answered] = measures.plan_for(session, supervisor, file).needs
    assert [(one.type, one.providers) for one in answered.answered_by] == [("job_adjust", ("employer",))]
    # A closure that leaves it out, or names it without a result, does not close the file
    closure = {"reason": "goals_met", "feedback_done": "yes"}
    plans_of_help.report(session, clock(), county, "F9", {"cl": closure}, state="submitted")
    assert closing() == ["needs_answered"]
    row = {"_id": plans_of_help.DECISION, "need_id": plans_of_help.NEED, "need": "job_keep"}
    for result, refused in (("", ["needs_answered"]), ("met", [])):
        rows = [{**row, "result": result}]
        plans_of_help.report(
            session, clock(), county, "F9", {"cl": {**closure, "needs_answered": rows}}, state="submitted"
        )
        assert closing() == refused


def test_row_56_legal_aid_has_seven_days_from_the_day_it_was_applied_for_and_three_for_the_lawyer(
    county, session, clock, supervisor, file
):
    applied = clock().date() - timedelta(days=2)
    record_id = plans_of_help.measure(
        session, clock(), county, kind="legal_aid", status="applied", applied_on=applied.isoformat()
    )

    def due(code):
        _, clocks = agendas.of_file(session, supervisor, file, clock())
        return [one.due.day for one in clocks if one.limit.code == code and one.ended_at is None]

    assert due("legal_aid_decision") == [applied + timedelta(days=7)]
    granted = clock().date()
    measures.move(session, supervisor, county.case_id, record_id, "approved", on=granted, text="", now=clock())
    assert due("legal_aid_decision") == [] and due("legal_aid_lawyer") == [granted + timedelta(days=3)]


def test_row_59_a_visit_that_nobody_had_planned_is_taken_and_counts(enrolled, county, session, clock):
    phone = enrolled()
    phone.sync_all()
    told = {"fu": {"kind": "unscheduled", "visited_at": clock().isoformat(), "orgs": ["wf"], "met": "yes"}}
    schema_for(plans()["F3"]).load(told)
    # A visit whose id no plan ever had
    item = phone.fill_in(county, form="F3", visit_id=phone.new_id(), body={"answers": told})
    phone.sync_all()
    assert phone.result(item)["status"] == "ok"
    agenda = agendas.make(session, county.district, county.case_id, clock())
    [made] = agendas.grounds_of(session, agenda).followed.made
    assert (made.kind, made.met, made.at) == ("unscheduled", True, clock())
    session.commit()
