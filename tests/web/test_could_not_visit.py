"""A visit that could not be made is a report like any other: it is heard of, waits for a reader, and is decided."""

from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import select

from fieldapp.actions import case_clocks, case_events, cases, desk_known, reviews, suggestions
from fieldapp.casework.happened import Happened
from fieldapp.casework.states import CaseState
from fieldapp.errors import Problem
from fieldapp.models.cases import Case, Visit, VisitPurpose
from fieldapp.models.letters import Letter
from fieldapp.models.records import Record, Revision, State

TRIED = [Happened.ASSIGNED, Happened.COULD_NOT_VISIT, Happened.SUBMITTED]


def told(session, case):
    """What happened to the case itself; that its reports were screened changes nothing of it."""
    return [one.kind for one in case_events.events_for_clocks(session, case) if one.kind != Happened.SCREENED]


def running(session, supervisor, case, now):
    return {one.limit.code for one in case_clocks.running(session, supervisor, case, now)}


def test_a_visit_that_could_not_be_made_ends_the_time_for_it_waits_and_another_is_due(
    enrolled, at_desk, forms, county, session, clock
):
    # Given an investigation on two people's list: the time for it runs
    supervisor = county.acting(session, "supervisor")
    case = session.get_one(Case, (county.district, county.case_id))
    case.state = CaseState.TRIAGED.value
    planned = cases.plan_visit(
        session, supervisor, county.case_id, purpose=VisitPurpose.INVESTIGATION,
        visitor_ids=[county.caseworker_id, county.second_caseworker_id], planned_on=date(2026, 11, 25), due_on=None,
        reason="first_visit", now=clock(),
    )  # fmt: skip
    assert "visit" in running(session, supervisor, case, clock())
    session.commit()
    # When one of them hands in that nobody was at home
    phone = enrolled()
    phone.sync_all()
    visit = {"at": clock().isoformat(), "outcome": "could_not", "could_not_reason": "nobody_home"}
    at = {"case_id": str(county.case_id), "visit_id": str(planned.visit_id)}
    item = phone.fill_in(county, form="F2", body={"answers": {"visit": visit}}, **at)
    phone.sync_all()
    session.expire_all()
    # Then the case has heard of it as what it was, the time for the visit is over, and a reader is waited for
    assert phone.result(item)["status"] == "ok" and told(session, case) == TRIED
    assert "visit" not in running(session, supervisor, case, clock())
    record = session.scalars(select(Record).where(Record.form == "F2")).one()
    assert (case.state, record.state) == (CaseState.SUBMITTED, State.SUBMITTED)
    session.commit()
    assert f'id="record-{record.record_id}"' in at_desk("supervisor").get("/").text
    # When it is approved
    clock.advance(hours=2)
    reviews.open_review(session, supervisor, record.record_id, clock())
    head = session.get_one(Revision, (county.district, record.head_revision_id))
    decided = (record.record_id, head.revision_id, head.content_hash)
    reviews.approve(session, supervisor, *decided, text="改天再去", now=clock())
    # Then the report and its visit are over, nobody has seen her yet, and the time for the next visit runs
    assert told(session, case) == [*TRIED, Happened.VISIT_AGAIN]
    assert (case.state, record.state) == (CaseState.ASSIGNED, State.APPROVED)
    assert running(session, supervisor, case, clock()) == {"visit"}
    with pytest.raises(Problem, match="letter_needs_visit"):
        desk_known.refuse_without_ground(session, supervisor, case, "F4")
    assert session.get_one(Visit, (county.district, planned.visit_id)).state == "done"
    assert not session.scalars(select(Letter)).all() and not suggestions.of(session, supervisor, "zh", clock())


def test_an_attempt_that_is_approved_after_the_visit_was_made_leaves_the_case_to_that_report(
    enrolled, forms, county, session, clock
):
    # Given two reports that wait: nobody was at home, and the next day somebody was
    supervisor = county.acting(session, "supervisor")
    case = session.get_one(Case, (county.district, county.case_id))
    case.state = CaseState.ASSIGNED.value
    session.commit()
    phone = enrolled()
    phone.sync_all()
    items = []
    for outcome in ({"outcome": "could_not", "could_not_reason": "nobody_home"}, {"outcome": "done"}):
        visit = {"at": clock().isoformat(), **outcome}
        items.append(phone.fill_in(county, form="F2", body={"answers": {"visit": visit}}, case_id=str(county.case_id)))
        phone.sync_all()
        clock.advance(hours=20)
    session.expire_all()
    in_vain, made = (session.get_one(Record, (county.district, UUID(item.head["record_id"]))) for item in items)

    def approve(record):
        reviews.open_review(session, supervisor, record.record_id, clock())
        head = session.get_one(Revision, (county.district, record.head_revision_id))
        reviews.approve(
            session, supervisor, record.record_id, head.revision_id, head.content_hash, text="看过", now=clock()
        )

    # When the attempt is approved first, then the case stays with the report of the visit
    approve(in_vain)
    assert case.state == CaseState.SUBMITTED
    approve(made)
    assert case.state == CaseState.APPROVED


def test_a_visit_that_was_made_counts_also_where_the_case_had_been_sent_back(enrolled, forms, county, session, clock):
    supervisor = county.acting(session, "supervisor")
    case = session.get_one(Case, (county.district, county.case_id))
    case.state = CaseState.ASSIGNED.value
    session.commit()
    phone = enrolled()
    phone.sync_all()
    visit = {"at": clock().isoformat(), "outcome": "done"}
    item = phone.fill_in(county, form="F2", body={"answers": {"visit": visit}}, case_id=str(county.case_id))
    phone.sync_all()
    session.expire_all()
    # Given a person sends the case back while its report waits, when that is approved all the same
    case.state = CaseState.ASSIGNED.value
    record = session.get_one(Record, (county.district, UUID(item.head["record_id"])))
    reviews.open_review(session, supervisor, record.record_id, clock())
    head = session.get_one(Revision, (county.district, record.head_revision_id))
    decided = (record.record_id, head.revision_id, head.content_hash)
    reviews.approve(session, supervisor, *decided, text="看过", now=clock())
    assert case.state == CaseState.APPROVED
