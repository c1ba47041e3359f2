"""The pages of help in the real browser: calendar, plan of help, tasks; readable and reachable in both languages."""

from typing import Any

import pytest

from fieldapp import jobs
from fieldapp.actions import dispatches, plans
from fieldapp.models import server_keys
from fieldapp.models.accounts import Person
from fieldapp.models.cases import Case
from tests import factories, plans_of_help
from tests.browser import desk_seat
from tests.browser.desk_room import served
from tests.browser.desk_seat import Seat
from tests.house_reading import assert_none

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-desk")]


@pytest.fixture
def config(tmp_path: Any, ring: Any) -> Any:
    return desk_seat.config_of(tmp_path, ring)


@pytest.fixture
def help_given(app: Any, session: Any, county: Any, clock: Any) -> Any:
    """A measure that runs, one that a department was asked for, a decision nobody began, and a red band."""
    plans.publish_library(session, clock())
    server_keys.make_server_keys(session, clock())
    session.commit()
    plans_of_help.measure(session, clock(), county, status="in_progress", started_on="2026-10-01")
    asked = plans_of_help.measure(session, clock(), county, kind="legal_aid", status="applied", applied_on="2026-11-02")
    plans_of_help.meeting(session, clock(), county)
    plans_of_help.assessment(session, clock(), county, "red", order_until="2026-12-10")
    _, department_id = plans_of_help.liaison(session, clock(), county)
    said = {"purpose": "法律援助", "asked": "请指派律师", "reach": "只通过县妇联"}
    supervisor = county.acting(session, "supervisor")
    dispatches.send(session, supervisor, county.case_id, asked, department_id, **said, now=clock())
    session.commit()
    with app.app_context():
        jobs.keep_agendas(clock())
    return county


@pytest.mark.looks_at("agenda.page", "agenda.plan_form", "tasks.page", "cases.case_file", "resting.page")
@pytest.mark.parametrize(("language", "width", "scheme"), [("zh", 360, "light"), ("en", 1280, "dark")])
def test_calendar_plan_and_tasks_are_readable_and_reachable(
    browser, app, session, help_given, clock, language, width, scheme
):
    county, wrong, refused = help_given, [], []
    at_rest = session.get_one(Case, (county.district, factories.case(session, clock())))
    at_rest.state = "CLOSED"
    for person in session.query(Person).where(Person.district == county.district):
        person.language = language
    session.commit()
    with served(app) as address:
        with Seat(browser, address, "supervisor", width, scheme) as seat:
            plan = f"/calendar/{county.case_id}/plan?purpose=follow_up&on=2026-12-01"
            pages = {"calendar": "/calendar", "month": "/calendar?view=month", "plan": plan, "under_way": "/tasks"}
            pages |= {"file": f"/cases/{county.case_id}", "at_rest": "/cases/at-rest"}
            for name, path in pages.items():
                seat.open(path)
                wrong += seat.look(name)
            refused += seat.refused
        with Seat(browser, address, "liaison", width, scheme) as seat:
            wrong += seat.look("tasks")  # her first page
            assert seat.page.url.endswith("/tasks")
            refused += seat.refused
    assert_none([*wrong, *refused])
