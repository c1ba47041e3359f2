"""The pages of lists of care in the real browser: readable and reachable in both languages."""

from datetime import timedelta
from typing import Any

import pytest

from fieldapp.actions import cases, inspections, key_care, plans, projects, screenings
from fieldapp.models import server_keys
from fieldapp.models.accounts import Person
from fieldapp.models.cases import Case
from tests import factories, reports
from tests.browser import desk_seat
from tests.browser.desk_room import served
from tests.browser.desk_seat import Seat
from tests.house_reading import assert_none

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-desk")]


@pytest.fixture
def config(tmp_path: Any, ring: Any) -> Any:
    return desk_seat.config_of(tmp_path, ring)


@pytest.mark.looks_at(
    "key_care.page", "projects.page", "inspections.page", "inspections.one", "suggestions.page",
    "case_extracts.preview",
)  # fmt: skip
@pytest.mark.parametrize(("language", "width", "scheme"), [("zh", 360, "light"), ("en", 1280, "dark")])
def test_lists_of_care_are_readable_and_reachable(browser, app, session, county, clock, language, width, scheme):
    # Given a family on the list and past its review, a running and an ended project, a draw, something to suggest
    supervisor, now = county.acting(session, "supervisor"), clock()
    plans.publish_library(session, now)
    server_keys.make_server_keys(session, now)
    told = reports.body(reports.investigation(county.subject_id), now)
    factories.record(session, now, county, answers=told, state="approved")
    case = session.get_one(Case, (county.district, county.case_id))
    case.state = "SOCIAL_ONLY"
    screenings.run(session, case, now)
    mother = cases.NewPerson("吴芳", "female", "1979-01", "self")
    girl = cases.NewPerson("吴小满", "female", "2016-04", "daughter")
    where = {"village_code": county.village, "contact": None, "programme": "春蕾计划（2026）"}
    other = cases.open_case(session, supervisor, people=[mother, girl], **where, now=now)
    said = {"level": "key", "reason": "一人带孩子", "review_on": now.date() + timedelta(days=1)}
    for one in (case, other):
        key_care.put_on(session, supervisor, one.case_id, **said, now=now)
    project = {"owner": "县妇联", "region": county.district, "since": "2026-01-01", "note": ""}
    for name, until in (("春蕾计划（2026）", ""), ("阳光圆梦（2025）", "2026-02-01")):
        projects.add(session, supervisor, {**project, "name": name, "until": until}, now)
    drawn = {"since": now.date(), "until": now.date(), "share_percent": 100, "seed": "2026"}
    made = inspections.draw(session, supervisor, **drawn, now=now)
    for person in session.query(Person).where(Person.district == county.district):
        person.language = language
    session.commit()
    clock.advance(days=3)
    wrong = []
    with served(app) as address, Seat(browser, address, "supervisor", width, scheme) as seat:
        pages = {
            "key_care": "/key-care",
            "projects": "/projects",
            "inspections": "/inspections",
            "inspection": f"/inspections/{made.inspection_id}",
            "suggestions": "/leads/suggestions",
            "file_on_the_list": f"/cases/{other.case_id}",
            "files_of_a_programme": "/cases?programme=春蕾计划（2026）",
            "case_extract": f"/extracts/of/{county.case_id}/anonymous",
        }
        for name, path in pages.items():
            seat.open(path)
            wrong += seat.look(name)
        wrong += seat.refused
    assert_none(wrong)
