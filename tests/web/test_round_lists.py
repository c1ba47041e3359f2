"""A long list of a round is put on some households at a time, each time in a transaction of its own."""

from io import BytesIO

import pytest
from sqlalchemy.exc import OperationalError

from fieldapp.actions import campaigns
from fieldapp.casework import campaigns as rules
from fieldapp.db import reading, writing
from fieldapp.models import campaigns as rounds
from fieldapp.models.campaigns import Campaign
from tests.systems.test_counts import a_list, begun


@pytest.fixture(autouse=True)
def inside(app, forms):
    with app.app_context():
        yield


def test_a_list_is_taken_some_households_at_a_time_and_nobody_waits_for_all_of_it(county, clock, at_desk, monkeypatch):
    monkeypatch.setattr(campaigns, "HOUSEHOLDS_AT_ONCE", 2)
    with writing() as session:
        campaign_id = begun(session, county.acting(session, "supervisor"), county, clock())
    names = ["周小满", "刘梅", "吴秋", "郑禾", "王一"]
    content = a_list(*((str(number), county.village, name) for number, name in enumerate(names)), ("9", "", "无村"))
    # Given that the first part is in, and then the link is cut
    with writing() as session:
        supervisor = county.acting(session, "supervisor")
        first = campaigns.add_list(session, supervisor, campaign_id, content, {}, None, clock())
    assert (first.added, first.following, [one.code for one in first.faults]) == (2, 2, ["village_unknown"])
    # When the same list comes again
    desk = at_desk("supervisor")
    desk.get(f"/rounds/{campaign_id}")
    desk.post(f"/rounds/{campaign_id}/list", file=(BytesIO(content), "list.xlsx"))
    # Then all of it is there once, and the one row that is to be mended is said once
    assert "补上名单 <strong>3</strong>" in desk.page or "<strong>3</strong>" in desk.page
    assert desk.page.count('<th scope="row">7</th>') == 1
    with reading() as session:
        campaign = session.get_one(Campaign, (county.district, campaign_id))
        assert rounds.count(session, campaign) == len(names)


@pytest.fixture
def five(county, clock, monkeypatch):
    """A round without households, and a list of five that is taken two at a time: (its id, the table)."""
    monkeypatch.setattr(campaigns, "HOUSEHOLDS_AT_ONCE", 2)
    with writing() as session:
        campaign_id = begun(session, county.acting(session, "supervisor"), county, clock())
    names = ["周小满", "刘梅", "吴秋", "郑禾", "王一"]
    return campaign_id, a_list(*((str(number), county.village, name) for number, name in enumerate(names)))


def put_on(session, county, campaign_id):
    return rounds.count(session, session.get_one(Campaign, (county.district, campaign_id)))


def test_a_round_takes_what_it_has_room_for_and_says_which_row_found_it_full(county, at_desk, five, monkeypatch):
    campaign_id, content = five
    monkeypatch.setattr(rules, "HOUSEHOLDS_MAX", 3)
    desk = at_desk("supervisor")
    desk.get(f"/rounds/{campaign_id}")
    for added, already in ((3, 0), (0, 3)):  # the same list again changes nothing
        answer = desk.post(f"/rounds/{campaign_id}/list", file=(BytesIO(content), "list.xlsx"))
        assert answer.status_code == 200 and "这次走访的名单已满" in desk.page
        assert desk.page.count('<th scope="row">5</th>') == 1
        assert f"<strong>{added}</strong>" in desk.page and f"<strong>{already}</strong>" in desk.page
    with reading() as session:
        assert put_on(session, county, campaign_id) == 3


@pytest.mark.parametrize(("stop", "status"), [("campaign_over", 409), ("server_busy", 503)])
def test_what_a_list_put_on_before_something_stopped_it_is_said_beside_that(
    county, clock, at_desk, five, monkeypatch, stop, status
):
    campaign_id, content = five
    add_list = campaigns.add_list

    def stopped(session, supervisor, *asked, after):
        if after and stop == "server_busy":
            raise OperationalError("BEGIN IMMEDIATE", {}, Exception("database is locked"))
        if after:
            campaigns.end(session, supervisor, campaign_id, clock())
        return add_list(session, supervisor, *asked, after=after)

    desk = at_desk("supervisor")
    desk.get(f"/rounds/{campaign_id}")
    # Given that two households of it are on, and then the round ends, or somebody else writes for too long
    monkeypatch.setattr(campaigns, "add_list", stopped)
    answer = desk.post(f"/rounds/{campaign_id}/list", file=(BytesIO(content), "list.xlsx"))
    # Then both are said
    assert answer.status_code == status and stop in desk.page and "<strong>2</strong>" in desk.page
    with reading() as session:
        assert put_on(session, county, campaign_id) == 2
