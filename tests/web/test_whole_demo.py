"""The demonstration as `make run` shows it: something on every page of a supervisor, all of it made by the acts."""

from collections import Counter

import pytest

from fieldapp import demo
from fieldapp.actions import campaigns
from fieldapp.db import writing
from fieldapp.demo import between_counties, help_given, papers_and_requests, visits_made, work_around
from fieldapp.models import server_keys, settings
from fieldapp.models.campaigns import Campaign
from fieldapp.models.entrusting import EntrustedIn, EntrustedOut
from tests.desk_fixtures import Desk
from tests.server_fixtures import OriginClient

# What each page shows of it, to whom.
SHOWN = {
    "/duty": ("chen", ("陈素心", "孙明达")),
    "/crews": ("chen", (work_around.CREW, work_around.EXPERT)),
    "/admin/organisations": ("admin", (work_around.STATION,)),
    "/rounds": ("chen", (visits_made.ROUND,)),
    "/outreach": ("chen", ("46",)),
    "/rules": ("li", tuple(title for title, _, _ in work_around.RULES)),
    "/meetings": ("chen", (work_around.MEETING, work_around.MEETING_HELD)),
    "/counties": ("admin", (between_counties.COUNTY,)),
    "/entrusted": ("chen", (between_counties.COUNTY, "乔月娥（演示）")),
    "/": ("chen", ()),
    "/statistics": ("chen", ()),
}


@pytest.fixture
def loaded(app, clock):
    with app.app_context(), writing() as session:
        settings.put(session, settings.EPOCH, "1")
        server_keys.make_server_keys(session, clock())
        demo.load(session, clock())
        help_given.load(session, clock())
        papers_and_requests.load(session, clock())
        work_around.load(session, clock())
        family = visits_made.load(session, clock())
        between_counties.load(session, family.case_id, clock())
        return family.case_id


def test_every_page_of_the_whole_demonstration_shows_what_it_is_for(app, config, clock, loaded, look):
    desks = {}
    for address, (login, words) in SHOWN.items():
        if login not in desks:
            client = OriginClient(app, app.response_class, use_cookies=True)
            client.origin = config.desk_origin
            desks[login] = Desk(client).sit_down(login)
        answer = desks[login].get(address)
        assert answer.status_code == 200, (address, answer.status_code)
        assert [word for word in words if word not in answer.text] == [], address
    # The approved investigation stands on its family's file, the request beside it
    desks["chen"].get(f"/cases/{loaded}")
    assert "入户调查" in desks["chen"].page and "已批准" in desks["chen"].page
    assert {row.case_id for row in look(EntrustedOut)} == {loaded} and len(look(EntrustedIn)) == 1
    # Of the households of the round the one somebody worries about stands first, and two were not visited
    [made] = look(Campaign)
    assert desks["chen"].get(f"/rounds/{made.campaign_id}").status_code == 200
    with app.app_context(), writing() as session:
        entries = campaigns.read(session, help_given.acting(session, "chen"), made.campaign_id, clock()).entries
    assert entries[0].household.worry == "yes"
    assert Counter(one.household.outcome for one in entries) == {"seen": 3, "absent": 1, None: 2}
