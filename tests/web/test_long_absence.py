"""What is gone is told for 400 days; a phone that was away for longer begins afresh and keeps nothing of it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from fieldapp import jobs
from fieldapp.actions import cases, feed_upkeep
from fieldapp.db import reading, writing
from fieldapp.models import feed
from fieldapp.models.feed import FeedHead, FeedRow
from sync import pull
from tests import factories


@pytest.fixture
def away(app, enrolled, county, clock):
    """A phone in a drawer; then its person was taken off the family, which another phone of hers heard."""
    phone, other = enrolled(), enrolled()
    for one in (phone, other):
        one.sync_all()
    with app.app_context(), writing() as session:
        supervisor = county.acting(session, "supervisor")
        cases.end_assignment(session, supervisor, county.case_id, county.caseworker_id, clock())
    other.sync_all()
    assert swept(app, clock) == 0
    return phone, other


def swept(app, clock):
    """What the worker forgets in one day."""
    with app.app_context():
        return jobs.forget_gone(clock())


def is_begun_afresh(phone):
    return {"kind": "resync"} in phone.sync()["directives"]


def test_until_400_days_a_phone_is_told_what_is_gone(app, away, county, clock):
    phone, _ = away
    clock.advance(days=399)
    assert swept(app, clock) == 0
    assert not is_begun_afresh(phone)
    assert f"case:{county.case_id}" not in phone.device.held


def test_after_that_it_begins_afresh_and_keeps_nothing_of_what_is_gone(app, away, enrolled, county, clock):
    phone, other = away
    item = phone.fill_in(county)
    clock.advance(days=401)
    assert swept(app, clock) == 1 and swept(app, clock) == 0
    # Who came since then goes on, and so does a new phone
    assert not is_begun_afresh(other)
    new = enrolled()
    new.sync_all()
    assert not is_begun_afresh(new)
    # And the one that was away is answered first, and then begins afresh, once
    assert is_begun_afresh(phone)
    assert phone.result(item)["reason"] == "not_yours"
    while phone.device.more:
        phone.sync()
    assert not is_begun_afresh(phone)
    assert f"case:{county.case_id}" not in phone.device.held and "me" in phone.device.held
    held = {ref for ref in phone.device.held if ref != "me"}
    assert held == {ref for ref in new.device.held if ref != "me"}


def test_what_came_back_is_not_forgotten_and_counts_anew_when_it_goes_again(app, away, county, clock):
    clock.advance(days=300)
    for kind in ("put", "out"):
        with app.app_context(), writing() as session:
            feed.tell(session, county.district, county.caseworker_id, f"case:{county.case_id}", kind)
        clock.advance(days=1)
        swept(app, clock)
    clock.advance(days=399)
    assert swept(app, clock) == 0
    with app.app_context(), reading() as session:
        row = session.get_one(FeedRow, (county.district, county.caseworker_id, f"case:{county.case_id}"))
        assert row.gone_at == clock() - timedelta(days=399)
        assert session.scalars(select(FeedHead.horizon_seq).distinct()).all() == [0]


def test_it_is_looked_for_once_a_day(app, away, clock):
    with app.app_context(), reading() as session:
        assert not feed_upkeep.is_due(session, clock() + timedelta(hours=23))
        assert feed_upkeep.is_due(session, clock() + timedelta(hours=24))


class Marked:
    """A mark that everybody can make."""

    def of(self, text):
        return bytes(pull.MARK_BYTES)

    def holds(self, text, mark):
        return True


@pytest.mark.parametrize(
    ("seq", "whole", "afresh"), [(10, 0, False), (9, 0, True), (2, 10, False), (2, 9, True), (0, 0, True)]
)
def test_who_began_afresh_behind_the_horizon_goes_on_however_far_it_has_come(seq, whole, afresh):
    text = pull.Cursor("e", 1, {factories.DISTRICT: seq}, whole).text(Marked())
    assert pull.start(text, "e", 1, 20, Marked(), {factories.DISTRICT: 10})[1] is afresh
