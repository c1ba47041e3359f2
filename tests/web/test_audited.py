"""A row beside every change, or no change; only a call for help is stored without one. Phones witness the chain."""

from contextlib import contextmanager
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from fieldapp import jobs
from fieldapp.actions import cases, chains, restores
from fieldapp.crypto.rest import CursorMark
from fieldapp.db import reading, writing
from fieldapp.models import settings
from fieldapp.models.audit import AuditRow
from fieldapp.models.case_events import CaseEvent
from fieldapp.models.cases import Assignment, Urgent
from fieldapp.models.feed import tell
from fieldapp.models.records import Revision
from sync import pull
from tests.web.test_lead_alerts import take_lead


@pytest.fixture
def worker(enrolled, forms, app):
    return enrolled()


@contextmanager
def no_audit(app):
    """A database that takes no row of audit."""
    with app.app_context(), writing() as session:
        session.execute(text("CREATE TRIGGER shut BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'read-only'); END"))
    try:
        yield
    finally:
        with app.app_context(), writing() as session:
            session.execute(text("DROP TRIGGER shut"))


def rows_of(session, table):
    session.rollback()
    found = session.scalars(select(table)).all()
    session.expunge_all()  # a rollback would expire them
    session.rollback()  # or the client would wait for the write lock
    return found


def acts(session):
    return [row.act for row in rows_of(session, AuditRow)]


def urgent(phone):
    return phone.device.hand_in("urgent", {"dangers": ["danger_now"]})


def waiting(phone):
    return [item.op for item in phone.device.queue]


def test_no_report_is_stored_whose_row_of_audit_is_refused_and_it_goes_up_later(app, worker, county, session):
    worker.sync_all()
    worker.fill_in(county)
    with no_audit(app):
        worker.sync()
        assert rows_of(session, Revision) == [] and len(waiting(worker)) == 1
    worker.sync_all()
    assert len(rows_of(session, Revision)) == 1 and len(waiting(worker)) == 0


def test_a_call_for_help_gets_through_although_its_row_of_audit_is_refused(app, worker, county, session):
    # Given a report and a call for help in one request
    worker.sync_all()
    report, call = worker.fill_in(county), urgent(worker)
    # When the database takes no row of audit
    with no_audit(app):
        worker.sync()
        # Then the alert is there, its phone hears so, and the report waits
        assert [row.urgent_id for row in rows_of(session, Urgent)] == [call.op]
        assert worker.result(call)["status"] == "ok" and rows_of(session, Revision) == []
        assert waiting(worker) == [report.op]
    worker.sync_all()
    assert len(rows_of(session, Revision)) == 1 and len(rows_of(session, Urgent)) == 1


def test_a_danger_that_a_lead_tells_of_gets_through_and_the_lead_waits(app, worker, county, session):
    worker.sync_all()
    lead = take_lead(worker, county, "yes")
    with no_audit(app):
        worker.sync()
        assert len(rows_of(session, Urgent)) == 1 and rows_of(session, Revision) == []
        assert waiting(worker) == [lead.op]
    worker.sync_all()
    assert len(rows_of(session, Urgent)) == 1 and len(rows_of(session, Revision)) == 1


def test_the_danger_of_a_red_report_gets_through_and_the_report_waits(app, worker, county, session):
    worker.sync_all()
    red = worker.fill_in(county, form="F5", body={"answers": {"dv": {"c_weapon": "yes"}}})
    with no_audit(app):
        worker.sync()
        assert len(rows_of(session, Urgent)) == 1 and waiting(worker) == [red.op]
    worker.sync_all()
    assert len(rows_of(session, Urgent)) == 1 and len(rows_of(session, Revision)) == 1
    assert [one.ref_id for one in rows_of(session, CaseEvent) if one.kind == "danger_told"] == [
        UUID(red.head["record_id"])
    ]


def test_an_act_of_the_desk_is_refused_with_its_row_of_audit(app, county, session, clock):
    with no_audit(app), app.app_context(), pytest.raises(DBAPIError, match="read-only"), writing() as other:
        cases.end_assignment(
            other, county.acting(other, "administrator"), county.case_id, county.caseworker_id, clock()
        )
    assert all(row.ended_at is None for row in rows_of(session, Assignment))


def test_a_report_is_not_shown_where_its_reading_cannot_be_written_down(app, at_desk, report_id):
    desk = at_desk("supervisor")
    with no_audit(app):
        answer = desk.get(f"/reports/{report_id}")
    assert answer.status_code == 500 and "answer-" not in answer.text
    assert "answer-" in desk.get(f"/reports/{report_id}").text


# --- phones as witnesses ----------------------------------------------------------------------------------------------


def contact(worker, county, session, clock):
    """The chain goes on, and the phone is told something: then it takes the chain's end along."""
    jobs.extend_chains(clock())
    with writing() as other:
        tell(other, county.district, county.caseworker_id, "me")
    clock.advance(minutes=11)
    worker.sync_all()


def cursor_of(worker, session):
    mark = CursorMark.for_vault(session.info["ring"], worker.device.vault_id)
    return pull.read_cursor(worker.device.cursor, mark)


def denial(county):
    with reading() as session:
        return chains.denied(session, county.district)


@pytest.fixture
def witness(app, worker, county, session, clock):
    """A phone that was told of a chain of some rows."""
    with app.app_context():
        worker.sync_all()
        contact(worker, county, session, clock)
        seq, _ = cursor_of(worker, session).witness[county.district]
        assert seq >= 2
        yield worker


def test_a_phone_gives_back_what_it_was_told_and_the_chain_agrees(witness, county, session, clock):
    contact(witness, county, session, clock)
    contact(witness, county, session, clock)
    assert denial(county) is None


def test_a_chain_rewritten_with_all_keys_in_hand_is_contradicted_by_a_phone(witness, county, session, clock):
    # Given somebody who takes a row out, and numbers and signs the rest anew
    with writing() as other:
        other.execute(text("DELETE FROM audit WHERE chain_seq = 1"))
        other.execute(text("UPDATE audit SET chain_seq = NULL, chain_hash = NULL"))
        other.execute(text("DELETE FROM audit_head"))
    jobs.extend_chains(clock())
    with reading() as other:
        assert chains.verify(other, county.district) is None
    # When the phone comes again, it holds no longer, and that is written down once
    contact(witness, county, session, clock)
    contact(witness, county, session, clock)
    assert denial(county).what == "a phone was told another end"
    assert acts(session).count("chain_denied") == 1
    with reading() as other:
        assert chains.verify(other, county.district) == denial(county)


def test_a_restore_that_the_operator_told_of_explains_what_phones_know(witness, county, session, clock):
    with writing() as other:
        settings.put(other, f"audit_denied:{county.district}", "[3, 0]")
        restores.new_epoch(other, clock())
    assert denial(county) is None


def test_a_cursor_of_before_phones_were_witnesses_is_read(worker, session):
    mark = CursorMark.for_vault(session.info["ring"], worker.device.vault_id)
    old = pull.Cursor("1", 1, {"990101": 7}, 3)
    assert '"a"' not in old.text(mark) and pull.read_cursor(old.text(mark), mark) == old
    told = pull.after(old, "990101", 8, (5, "ab"))
    assert pull.read_cursor(told.text(mark), mark) == told and told.witness == {"990101": (5, "ab")}
    assert pull.after(told, "990101", None, (6, "cd")) == told  # an empty page changes nothing
