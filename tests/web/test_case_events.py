"""What happened in a case: noted once, told to who may read it, and counted by the clocks."""

from datetime import date, datetime, time, timedelta

import pytest

from fieldapp.actions import case_events, told_days
from fieldapp.actions.case_answers import moment_in
from fieldapp.casework.happened import EACH_ITS_OWN, Happened
from fieldapp.casework.limits import LIMITS
from fieldapp.days import CHINA
from fieldapp.errors import Problem
from fieldapp.models.cases import Case
from fieldapp.web.case_words import HAPPENED
from tests import factories


@pytest.fixture
def file(app, county, session):
    return session.get_one(Case, (county.district, county.case_id))


def test_every_kind_of_event_has_words_in_both_languages():
    assert HAPPENED.keys() == set(Happened)
    assert all(said.zh and said.en for said in HAPPENED.values())


def test_every_event_that_a_limit_names_can_be_noted():
    named = {kind for limit in LIMITS.values() for kind in (limit.begins | limit.ends | limit.waits | limit.goes_on)}
    assert named <= {kind.value for kind in Happened}


def test_events_are_told_newest_first_with_who_and_what_was_said(file, county, session, clock):
    supervisor = county.acting(session, "supervisor")
    case_events.note(session, file, Happened.TRIAGED, now=clock(), by=county.supervisor_id, details={"reason": "合适"})
    case_events.note(session, file, Happened.ASSIGNED, now=clock() + timedelta(minutes=1))
    told = case_events.of(session, supervisor, file)
    assert [(one.kind, one.by is None, one.details) for one in told] == [
        (Happened.ASSIGNED, True, {}),
        (Happened.TRIAGED, False, {"reason": "合适"}),
    ]


def test_a_year_typed_with_figures_too_few_closes_nobodys_file(file, county, session, clock):
    # Given a day of which no other zone could say the moment, told by hand and by a report
    supervisor = county.acting(session, "supervisor")
    with pytest.raises(Problem, match="request_malformed"):
        told_days.tell(session, supervisor, file.case_id, Happened.RELIEF_RIGHT_TOLD, date(1, 1, 1), "", clock())
    first = datetime.combine(date(1, 1, 1), time(), CHINA)
    event = case_events.note(session, file, Happened.PETITION_RECEIVED, now=clock(), at=first)
    session.expire(event)
    # Then it stands as the earliest there is, and the file and its clocks are read
    assert event.at == case_events.EARLIEST
    assert case_events.of(session, supervisor, file) and case_events.events_for_clocks(session, file)
    assert [moment_in(told) for told in ("0001-01-01", "0001-01-01T00:00:00Z", "9999-12-31T23:59:00Z")] == [None] * 3


def test_what_was_said_of_an_event_is_sealed(file, session, clock):
    event = case_events.note(session, file, Happened.TRIAGED, now=clock(), details={"reason": "合适"})
    assert "合适".encode() not in event.sealed_details


def test_an_event_of_a_class_she_does_not_read_is_not_there(file, county, session, clock):
    case_events.note(session, file, Happened.TRIAGED, now=clock())
    case_events.note(session, file, Happened.SCREENED, now=clock(), sensitivity="reporter")
    case_events.note(session, file, Happened.ORDER_MADE, now=clock(), sensitivity="violence")
    seen = {
        who: {one.kind for one in case_events.of(session, county.acting(session, who), file)}
        for who in ("supervisor", "caseworker", "cadre", "administrator")
    }
    assert seen["supervisor"] == {Happened.TRIAGED, Happened.SCREENED, Happened.ORDER_MADE}
    assert seen["caseworker"] == {Happened.TRIAGED, Happened.ORDER_MADE}
    assert seen["administrator"] == set()


def test_an_event_holds_nothing_of_who_told_us(file, session, clock):
    with pytest.raises(ValueError, match="who told us"):
        case_events.note(session, file, Happened.SCREENED, now=clock(), sensitivity="reporter", details={"a": 1})
    with pytest.raises(ValueError, match="no class"):
        case_events.note(session, file, Happened.SCREENED, now=clock(), sensitivity="secret")


def test_clocks_keep_apart_what_a_case_can_have_twice_and_nothing_else(file, session, clock):
    about = factories.new_id()
    case_events.note(session, file, Happened.VISITED, now=clock(), ref=about)
    case_events.note(session, file, Happened.DISPATCHED, now=clock() + timedelta(seconds=1), ref=about)
    events = case_events.events_for_clocks(session, file)
    assert [(one.kind, one.about) for one in events] == [("visited", ""), ("dispatched", str(about))]
    assert Happened.TRIAGED not in EACH_ITS_OWN


def test_the_page_of_a_file_opens_without_a_part(at_desk, county):
    assert at_desk("supervisor").get(f"/cases/{county.case_id}").status_code == 200
