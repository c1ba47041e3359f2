"""A decision at the desk and a push from a phone at the same moment, on PostgreSQL: one waits for the other, and then
sees what it did. (SQLite lets one writer in at a time: BEGIN IMMEDIATE.)
"""

import threading
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import select, text

from fieldapp.actions import exchange, reviews
from fieldapp.db import db, reading, writing
from fieldapp.models.accounts import acting_for
from fieldapp.models.records import Kept, Record, Revision
from fieldapp.models.reviews import Review
from tests.phones import Phone, issue_code, prepare_server
from tests.server_fixtures import OriginClient

pytestmark = pytest.mark.postgres


@pytest.fixture
def config(config, empty_postgres):
    return replace(config, database_url=empty_postgres)


@pytest.fixture
def submitted(app, session, county, clock):
    """(phone, its next request: a newer revision of a report that waits for review, id of that report)."""
    prepare_server(session, clock())
    code = issue_code(session, county, "caseworker", clock())
    session.commit()
    client = OriginClient(app, app.response_class)
    client.origin = app.extensions["config"].phone_origin
    phone = Phone(client, clock, 1)
    assert phone.enrol("caseworker", code).status_code == 200
    phone.fill_in(county)
    phone.sync()
    with reading() as session:
        record = session.scalars(select(Record)).one()
    named = {"record_id": str(record.record_id), "parents": [str(record.head_revision_id)]}
    phone.fill_in(county, **named, body={"answers": {"hh": {"head": "刘梅"}}})
    return phone, phone.device.request(), record.record_id


def open_review(app, county, clock, record_id: UUID):
    with app.app_context(), writing() as session:
        supervisor = acting_for(session, county.district, county.supervisor_id)
        reviews.open_review(session, supervisor, record_id, clock())


def started(act, *given):
    """A thread that runs the act, once it waits for a lock; fails when it ends without having waited."""
    thread = threading.Thread(target=act, args=given)
    thread.start()
    waiting = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while not connection.scalar(waiting):
            assert thread.is_alive(), "it went through beside the other"
    return thread


def test_a_push_waits_for_a_review_that_is_being_opened_and_is_kept(app, county, clock, submitted):
    phone, request, record_id = submitted
    replies = []
    # Given a review that is being opened, not yet committed
    with writing() as session:
        reviews.open_review(session, acting_for(session, county.district, county.supervisor_id), record_id, clock())
        # When a newer revision comes at that moment
        push = started(lambda: replies.append(phone.post(request)))
    push.join()
    # Then it finds the review: nothing moves under the reviewer's eyes, and nothing is lost
    assert b'"status":"locked"' in replies[0].data and b'"reason":"in_review"' in replies[0].data
    with reading() as session:
        record = session.scalars(select(Record)).one()
        assert (record.state, session.scalars(select(Revision)).one().revision_id) == (
            "in_review",
            record.head_revision_id,
        )
        assert session.scalars(select(Kept)).one().record_id == record_id


def test_a_review_waits_for_a_push_and_opens_what_came(app, county, clock, submitted):
    _, request, record_id = submitted
    with reading() as session:
        headers = request.headers
        asked = exchange.read(session, headers["FieldApp-Vault"], headers["FieldApp-Signature"], request.body, clock())
    # Given a newer revision that is being taken, not yet committed
    with writing() as session:
        exchange.push(session, asked, clock())
        # When the supervisor opens a review at that moment
        review = started(open_review, app, county, clock, record_id)
    review.join()
    # Then it is of the newer one
    with reading() as session:
        record = session.scalars(select(Record)).one()
        opened = session.scalars(select(Review)).one()
        assert len(session.scalars(select(Revision)).all()) == 2
        assert (record.state, opened.revision_id) == ("in_review", record.head_revision_id)
        assert session.get_one(Revision, (county.district, opened.revision_id)).parents
