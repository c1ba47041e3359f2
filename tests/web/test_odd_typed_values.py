"""What somebody types that no database keeps is refused by name, before it is kept."""

from datetime import date

import pytest

from fieldapp.actions import inspections, projects
from fieldapp.errors import Problem
from tests import factories

TOLD = {"name": "春蕾计划", "owner": "县妇联", "region": "", "since": "2026-01-01", "until": "", "note": ""}


@pytest.mark.parametrize("field", ["name", "owner", "note"])
def test_a_project_with_a_nul_in_a_text_is_refused(session, county, clock, field):
    told = {**TOLD, field: "春蕾\0计划"}
    with pytest.raises(Problem, match="project_needs_words"):
        projects.add(session, county.acting(session, "administrator"), told, clock())


def test_a_nul_in_a_form_or_an_address_of_the_desk_is_refused(at_desk, county):
    desk = at_desk("administrator")
    assert desk.post("/crews", kind="care", name="应急\0小队").status_code == 400
    assert desk.get("/rules?title=%00").status_code == 400


@pytest.mark.parametrize("odd", [{"until": date.max}, {"since": date.min}, {"seed": "2026\0四季度"}])
def test_an_inspection_of_impossible_days_or_with_a_nul_in_its_seed_is_refused(session, county, clock, odd):
    factories.record(session, clock(), county, state="approved")
    today = clock().date()
    asked = {"since": today, "until": today, "share_percent": 30, "seed": "2026-四季度"}
    with pytest.raises(Problem, match="inspection_needs_words"):
        inspections.draw(session, county.acting(session, "supervisor"), **{**asked, **odd}, now=clock())


def test_the_last_days_of_the_calendar_are_no_hours_on_duty(at_desk, county):
    desk = at_desk("administrator")
    desk.get("/duty")
    who = {"person": str(county.supervisor_id), "starts_at": "9999-12-31T08:00", "ends_at": "9999-12-31T20:00"}
    answer = desk.post("/duty", **who, days="2", week="9999-12-31")
    assert answer.status_code == 422 and "一年以后" in desk.page
    assert desk.post("/duty/repeat", week="9999-12-31").status_code == 422
    for week in ("9999-12-31", "0001-01-01"):
        assert desk.get(f"/duty?week={week}").status_code == 200


def test_a_month_is_no_day_until_which_an_order_is_extended(at_desk, county):
    desk = at_desk("supervisor")
    order = f"/cases/{county.case_id}/orders/{factories.new_id()}/extend"
    desk.get(f"/cases/{county.case_id}")
    assert desk.post(order, until="2027-10", on="2026-11-20").status_code == 400
    assert desk.post(order, until="2027-10-31", on="2026-11-20").status_code == 404
