"""Two who write one person's feed at the same moment, on PostgreSQL: one waits for the other, and none for ever."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from fieldapp.actions import feed_upkeep
from fieldapp.db import reading, writing
from fieldapp.models import feed
from fieldapp.models.feed import FeedHead, FeedRow
from tests.web.test_same_moment import started

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("session")]  # inside of the app


@pytest.fixture
def config(config, empty_postgres):
    return replace(config, database_url=empty_postgres)


def told(county, session, refs, kind="put"):
    for ref in refs:
        feed.tell(session, county.district, county.caseworker_id, ref, kind)


def rows():
    with reading() as session:
        return {row.ref: (row.seq, row.kind) for row in session.scalars(select(FeedRow))}


@pytest.mark.parametrize("is_old", [False, True])
def test_forgetting_what_is_gone_waits_for_whoever_tells_her_something_and_not_she_for_it(app, county, clock, is_old):
    with writing() as session:
        told(county, session, ["case:a", "case:b"], "out")
    if is_old:
        with writing() as session:
            assert feed_upkeep.forget(session, county.district, clock()) == 0
        clock.advance(days=feed_upkeep.TOLD_FOR / timedelta(days=1))
    forgotten = []

    def forget():
        with app.app_context(), writing() as session:
            forgotten.append(feed_upkeep.forget(session, county.district, clock()))

    # Given somebody who has locked her head, and is about to write what came back
    with writing() as session:
        told(county, session, ["case:a"])
        session.execute(select(FeedHead).with_for_update()).all()
        # When the worker forgets at that moment
        upkeep = started(forget)
    upkeep.join()
    # Then both have done what they were to do
    assert forgotten == [1 if is_old else 0]
    assert rows() == {"case:a": (3, "put")} | ({} if is_old else {"case:b": (2, "out")})


def test_of_two_who_tell_somebody_the_first_thing_ever_both_are_numbered(app, county):
    def tell_second():
        with app.app_context(), writing() as session:
            told(county, session, ["case:b"])

    # Given her first number, given and not yet committed
    with writing() as session:
        told(county, session, ["case:a"])
        feed.number(session)
        # When another tells her something at that moment
        second = started(tell_second)
    second.join()
    assert rows() == {"case:a": (1, "put"), "case:b": (2, "put")}
    with reading() as session:
        assert session.scalars(select(FeedHead.seq)).all() == [2]
