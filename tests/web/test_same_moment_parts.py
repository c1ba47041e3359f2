"""Parts of a visit and the pen of a record at one moment, on PostgreSQL: one act waits for the other, and sees it."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from fieldapp.actions import desk_finish, parts, reviews
from fieldapp.db import reading, writing
from fieldapp.errors import Problem
from fieldapp.models.accounts import acting_for
from fieldapp.models.records import Record
from fieldapp.models.reviews import DecisionPart
from tests import factories, reports
from tests.web.test_same_moment import started, submitted  # noqa: F401  the phone that has something to send

pytestmark = pytest.mark.postgres


@pytest.fixture
def config(config, empty_postgres):
    return replace(config, database_url=empty_postgres)


@pytest.fixture
def in_review(session, forms, county, clock):
    """A report of the first visitor that the supervisor reads just now, alone in its visit."""
    told = reports.body(reports.investigation(county.subject_id), clock())
    record_id, revision_id = factories.record(session, clock(), county, answers=told)
    reviews.open_review(session, county.acting(session, "supervisor"), record_id, clock())
    session.commit()
    return record_id, revision_id


def test_an_approval_waits_for_a_part_that_is_coming_in_and_then_is_refused(app, county, clock, in_review):
    record_id, revision_id = in_review
    told = []

    def approve():
        with app.app_context(), writing() as session:
            acting = acting_for(session, county.district, county.supervisor_id)
            content_hash = session.get_one(factories.Revision, (county.district, revision_id)).content_hash
            try:
                reviews.approve(session, acting, record_id, revision_id, content_hash, text="", now=clock(), read=[])
            except Problem as problem:
                told.append(problem.code)
                session.rollback()

    # Given the other visitor's part, stored and not yet committed
    with writing() as session:
        factories.record(session, clock(), county, author_id=county.second_caseworker_id, answers=b'{"answers":{}}')
        # When the supervisor approves what she read without it
        approval = started(approve)
    approval.join()
    # Then she has not read it, and is told so
    assert told == ["part_changed"]
    with reading() as session:
        assert session.scalars(select(DecisionPart)).all() == []
        assert session.get_one(Record, (county.district, record_id)).state == "in_review"


def test_a_part_that_comes_while_an_approval_is_being_written_waits_for_it(app, county, clock, in_review):
    record_id, _ = in_review

    def write():
        with app.app_context(), writing() as session:
            factories.record(session, clock(), county, author_id=county.second_caseworker_id, answers=b"{}")

    with writing() as session:
        acting = acting_for(session, county.district, county.supervisor_id)
        parts.hold(session, county.district, record_id)
        assert parts.as_read(session, acting, session.get_one(Record, (county.district, record_id))) == []
        part = started(write)
    part.join()
    with reading() as session:
        assert len(session.scalars(select(Record)).all()) == 2


def test_a_push_waits_for_the_desk_that_takes_the_pen_and_is_kept_beside(app, county, clock, submitted):  # noqa: F811
    phone, request, record_id = submitted
    replies = []
    with writing() as session:
        session.get_one(Record, (county.district, record_id)).state = "door_submitted"
    # Given her at the desk, taking the pen
    with writing() as session:
        acting = acting_for(session, county.district, county.caseworker_id)
        desk_finish.finish(session, acting, record_id, clock())
        # When her phone hands in at that moment
        push = started(lambda: replies.append(phone.post(request)))
    push.join()
    assert b'"status":"conflict"' in replies[0].data and b'"reason":"pen_at_desk"' in replies[0].data
