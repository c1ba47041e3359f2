"""What counts of each family is read off its reports; one that is damaged keeps nobody else from being counted."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select, true

from fieldapp import jobs
from fieldapp.actions import case_events, statistics, statistics_lines, tallies
from fieldapp.casework.custody import Entry
from fieldapp.casework.happened import Happened
from fieldapp.casework.statistics_lines import Period
from fieldapp.days import day_of
from fieldapp.db import reading, writing
from fieldapp.models.case_events import CaseEvent
from fieldapp.models.cases import Case, CaseKey
from fieldapp.models.funds import FundLine
from fieldapp.models.measures import MeasureMove
from fieldapp.models.records import Revision
from fieldapp.models.tallies import CaseTally
from tests import factories, plans_of_help, reports


@pytest.fixture(autouse=True)
def inside(app, forms):
    with app.app_context():
        yield


def kept(county):
    """The families of which something is kept."""
    with reading() as rows:
        return {one.case_id for one in rows.scalars(select(CaseTally)) if one.sealed_told and one.mark}


def damaged_in(county):
    """Of how many families the lines of statistics say that something is not in them."""
    with reading() as rows:
        return statistics_lines.of(rows, county.district, true(), datetime(2026, 12, 31, tzinfo=UTC))[1]


@pytest.mark.parametrize("damaged", ["step of a measure", "line of the ledger"])
def test_a_damaged_row_of_one_family_keeps_no_other_from_being_counted(session, county, clock, damaged):
    today = day_of(clock())
    other_id = factories.case(session, clock(), opened_by=county.supervisor_id)
    relief = {"ms": {"type": "temporary_relief", "by": "proc", "status": "done", "amount": "500"}}
    relief["ms"]["started_on"] = today.isoformat()
    told = reports.body(relief, clock())
    factories.record(session, clock(), county, case_id=other_id, form="F7", state="approved", answers=told)
    measure_id = plans_of_help.measure(session, clock(), county, status="done")
    here = {"district": county.district, "case_id": county.case_id}
    if damaged == "step of a measure":
        session.add(
            MeasureMove(
                **here, move_id=factories.new_id(), record_id=measure_id, number=1, sealed_move=b"damaged",
                moved_at=clock(), moved_by=county.supervisor_id,
            )
        )  # fmt: skip
    else:
        session.add(
            FundLine(
                **here, line_id=factories.new_id(), entry=Entry.RECEIVED, made_by=county.supervisor_id, made_at=clock(),
                sealed_details=b"damaged",
            )
        )  # fmt: skip
    session.commit()
    with reading() as rows:
        asked = statistics.Asked(Period(today.replace(month=1, day=1), today))
        report = statistics.read(rows, county.acting(rows, "supervisor"), asked, clock()).report
    assert {one.code: one.value for one in report.figures}["other_sum"] == 500
    with writing() as rows:
        assert tallies.keep(rows, county.district, clock()) == 1
    assert kept(county) == {other_id}


def test_families_whose_key_is_damaged_are_left_out_said_and_stand_in_nobodys_way(
    session, county, clock, at_desk, monkeypatch
):
    monkeypatch.setattr(tallies, "FAMILIES_AT_ONCE", 1)
    # Given two families, of which the first to be counted has a damaged key
    other_id = factories.case(session, clock(), opened_by=county.supervisor_id)
    for case_id in (county.case_id, other_id):
        relief = {"ms": {"type": "temporary_relief", "by": "proc", "status": "done", "amount": "500"}}
        told = reports.body(relief, clock())
        factories.record(session, clock(), county, case_id=case_id, form="F7", state="approved", answers=told)
    first, second = sorted((county.case_id, other_id))
    session.commit()
    with writing() as rows:
        key = rows.get_one(CaseKey, (county.district, first))
        key.wrapped_key = key.wrapped_key[:-1] + bytes([key.wrapped_key[-1] ^ 1])
    # Then the other is kept, once
    for made in (1, 0):
        with writing() as rows:
            assert tallies.keep(rows, county.district, clock()) == made
    assert kept(county) == {second}
    page = at_desk("supervisor").get("/statistics?since=2026-01-01&until=2026-12-31").text
    assert "数据损坏、没有全部计入的案卷：1" in page


@pytest.mark.parametrize("what", ["a report of help", "the notice of the procuratorate"])
def test_a_family_of_which_one_part_does_not_open_is_said_and_not_kept_until_it_is_mended(session, county, clock, what):
    # Given a family whose other parts are sound
    plans_of_help.need(session, clock(), county)
    plans_of_help.measure(session, clock(), county)
    file = session.get_one(Case, (county.district, county.case_id))
    told = {"on": "2026-11-01", "channel": "proc_case"}
    event = case_events.note(session, file, Happened.REVERSE_NOTICE, now=clock(), details=told)
    event_key, head = (county.district, county.case_id, event.event_id), select(Revision).where(Revision.form == "F7")
    session.commit()

    def put(sealed):
        with writing() as rows:
            if what == "a report of help":
                row = rows.scalars(head).one()
                was, row.sealed_body = row.sealed_body, sealed(row.sealed_body)
            else:
                row = rows.get_one(CaseEvent, event_key)
                was, row.sealed_details = row.sealed_details, sealed(row.sealed_details)
            return was

    was = put(lambda sound: sound[:-1] + bytes([sound[-1] ^ 1]))
    # Then what is sound is counted, it is said that something is missing, and nothing is kept
    with reading() as rows:
        assert tallies.of(rows, county.district, [county.case_id])[county.case_id]["needs"]
    with writing() as rows:
        assert tallies.keep(rows, county.district, clock()) == 0
    assert (damaged_in(county), kept(county)) == (1, set())
    # When it is mended, then all of it is counted and kept
    put(lambda damaged: was)
    assert damaged_in(county) == 0
    with writing() as rows:
        assert tallies.keep(rows, county.district, clock()) == 1
    assert kept(county) == {county.case_id}


def test_a_round_looks_through_a_few_damaged_families_and_the_next_round_through_others(
    session, county, clock, monkeypatch
):
    monkeypatch.setattr(tallies, "FAMILIES_AT_ONCE", 1)
    monkeypatch.setattr(tallies, "BATCHES_IN_VAIN", 2)
    # Given four families, of which all but the last have a damaged key
    more = [factories.case(session, clock(), opened_by=county.supervisor_id) for _ in range(3)]
    *damaged, sound = sorted((county.case_id, *more))
    session.commit()
    with writing() as rows:
        for case_id in damaged:
            key = rows.get_one(CaseKey, (county.district, case_id))
            key.wrapped_key = key.wrapped_key[:-1] + bytes([key.wrapped_key[-1] ^ 1])
    # Then the first round ends with nothing kept, and the second comes to the last
    for made, tried in ((0, 2), (1, 4)):
        clock.advance(minutes=1)
        with writing() as rows:
            assert tallies.keep(rows, county.district, clock()) == made
            assert len(rows.scalars(select(CaseTally)).all()) == tried
    assert kept(county) == {sound}


def test_after_an_upgrade_the_worker_keeps_all_families_at_once_some_in_each_transaction(
    session, county, clock, monkeypatch
):
    monkeypatch.setattr(tallies, "FAMILIES_AT_ONCE", 2)
    more = [factories.case(session, clock(), opened_by=county.supervisor_id) for _ in range(4)]
    session.commit()
    # Given that the first of five to be counted has a damaged key
    damaged, *sound = sorted((county.case_id, *more))
    with writing() as rows:
        key = rows.get_one(CaseKey, (county.district, damaged))
        key.wrapped_key = key.wrapped_key[:-1] + bytes([key.wrapped_key[-1] ^ 1])
    for version, made in ((tallies._VERSION, 4), (tallies._VERSION, 0), (tallies._VERSION + 1, 4)):
        monkeypatch.setattr(tallies, "_VERSION", version)
        assert jobs.keep_tallies(clock()) == made
        assert kept(county) == set(sound)
