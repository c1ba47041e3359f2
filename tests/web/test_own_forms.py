"""Forms of this place, published at the desk under an id of their own: on a visit, on the phone, in the queue."""

import pytest
from sqlalchemy import select

from fieldapp.db import reading
from fieldapp.models.cases import Visit
from tests.web.test_cases import plan
from tests.web.test_forms_desk import publish, upload, wells


@pytest.fixture
def look(app):
    with app.app_context():
        yield reading


@pytest.fixture
def published(at_desk):
    """Publishes the wells for these roles."""

    def make(*roles: str, content: bytes = wells()) -> None:
        desk = at_desk("administrator")
        assert publish(desk, upload(desk, ("wells.md", content)), roles=roles).status_code == 303

    return make


def newest_visit(look, county):
    with look() as session:
        return session.scalars(select(Visit).where(Visit.visit_id != county.visit_id)).one()


def test_a_form_of_this_place_is_planned_beside_those_of_the_visit(at_desk, published, county, look):
    published("caseworker")
    desk = at_desk("supervisor")
    page = desk.get(f"/cases/{county.case_id}").text
    assert 'name="forms" value="K1"' in page and "水井登记" in page
    assert plan(desk, county, forms=["K1"]).status_code == 303
    assert newest_visit(look, county).forms == "F0 F2 K1"
    assert "入户走访 · 水井登记" in desk.get(f"/cases/{county.case_id}").text


def test_a_visit_may_consist_of_forms_of_this_place_alone(at_desk, published, county, look, enrolled, clock):
    published("village")
    desk = at_desk("supervisor")
    day = clock().date().isoformat()
    chosen = {"purpose": "other", "visitors": [str(county.cadre_id)], "planned_on": day, "due_on": day}
    assert plan(desk, county, **chosen, forms=["K1"]).status_code == 303
    visit = newest_visit(look, county)
    assert (visit.purpose, visit.forms) == ("other", "K1")
    cadre = enrolled("cadre")
    cadre.sync_all()
    told = cadre.device.held[f"case:{county.case_id}"]["visits"]
    assert [one["forms"] for one in told if one["visit_id"] == str(visit.visit_id)] == [["K1"]]
    assert cadre.device.held["plan:K1@1"]["form_id"] == "K1"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"purpose": "other"}, "请选择要填写的表单"),
        ({"forms": ["F5"]}, "请选择要填写的表单"),
        ({"forms": ["K2"]}, "请选择要填写的表单"),
        ({"purpose": "village_follow_up", "visitors": "cadre", "forms": ["K1"]}, "所选人员不填写所选的表单"),
        ({"purpose": "other", "visitors": "supervisor", "forms": ["K1"]}, "所选人员不负责这个村"),
    ],
)
def test_a_form_that_cannot_be_planned_says_why_and_keeps_what_was_chosen(at_desk, published, county, change, sentence):
    published("caseworker")
    who = {"cadre": county.cadre_id, "supervisor": county.supervisor_id}
    if "visitors" in change:
        change = {**change, "visitors": [str(who[change["visitors"]])]}
    answer = plan(at_desk("supervisor"), county, **change)
    assert answer.status_code == 422 and sentence in answer.text
    assert ('value="K1" checked' in answer.text) == (change.get("forms") == ["K1"])


def test_more_forms_than_a_visit_holds_are_refused(at_desk, published, county):
    named = [f"LONG_NAME_OF_A_FORM_{letter}"[-20:] for letter in "ABC"]
    for form_id in named:
        published("caseworker", content=wells().replace(b"| K1 |", f"| {form_id} |".encode()))
    desk = at_desk("supervisor")
    assert "一次走访里的表单太多" in plan(desk, county, forms=named).text
    assert plan(desk, county, purpose="follow_up", forms=named[:2]).status_code == 303


def test_a_withdrawn_form_is_offered_no_more_and_keeps_its_name(at_desk, published, county):
    published("caseworker")
    plan(at_desk("supervisor"), county, forms=["K1"])
    at_desk("administrator").post("/forms/versions/K1/1/withdraw", reason="题目有误")
    page = at_desk("supervisor").get(f"/cases/{county.case_id}").text
    assert 'name="forms"' not in page and 'value="other"' not in page and "水井登记" in page
