"""Case files at the desk: opening one, planning visits, and who reads what."""

import json

import pytest
from sqlalchemy import select

from fieldapp.db import reading
from fieldapp.models.audit import AuditRow
from fieldapp.models.cases import Assignment, Case, CasePerson, Visit, Visitor
from fieldapp.models.feed import FeedRow
from tests import factories

FAMILY = {"village": factories.VILLAGE, "name-0": "马兰", "sex-0": "female", "birth-0": "1990", "name-1": "马小舟"}


@pytest.fixture
def look(app):
    def into():
        return reading()

    with app.app_context():
        yield into


def plan(desk, county, **more):
    visit = {
        "purpose": "investigation",
        "visitors": [str(county.caseworker_id), str(county.second_caseworker_id)],
        "planned_on": "2026-11-25",
        "due_on": "2026-11-30",
        "reason": "first_visit",
    }
    return desk.post(f"/cases/{county.case_id}/visits", **{**visit, **more})


def test_a_new_file_has_a_code_name_and_seals_its_people(at_desk, look, county):
    answer = at_desk("supervisor").post("/cases/new", **FAMILY)
    assert answer.status_code == 303
    with look() as session:
        opened = session.scalars(select(Case).where(Case.case_id != county.case_id)).one()
        people = session.scalars(select(CasePerson).where(CasePerson.case_id == opened.case_id)).all()
        assert "open_case" in set(session.scalars(select(AuditRow.act)))
    assert answer.headers["Location"].endswith(str(opened.case_id))
    assert len(people) == 2 and not any("马".encode() in person.sealed_details for person in people)
    assert opened.sealed_contact is None, "what nobody said about contact is not known"


def test_a_family_stands_in_the_file_as_it_was_entered(at_desk):
    desk = at_desk("supervisor")
    names = ["马兰", *(f"家人{number}" for number in range(1, 8))]
    opened = desk.post("/cases/new", **{**FAMILY, **{f"name-{at}": name for at, name in enumerate(names)}})
    page = desk.get(opened.headers["Location"]).text
    assert sorted(names, key=page.index) == names


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name-0": ""}, "第一位"),
        ({"village": "990102100201"}, "找不到"),  # of another county
        ({"village": "990101100999"}, "找不到"),  # there is none of this code
        ({"village": "990101100000"}, "找不到"),  # a township
    ],
)
def test_a_file_that_cannot_be_opened_keeps_what_was_typed(at_desk, look, change, sentence):
    desk = at_desk("supervisor")
    answer = desk.post("/cases/new", **{**FAMILY, "name-1": "", **change})
    assert answer.status_code in (404, 422) and sentence in answer.text
    assert 'value="1990"' in answer.text


def test_a_planned_visit_comes_on_the_lists_of_its_visitors(at_desk, county, look):
    assert plan(at_desk("supervisor"), county).status_code == 303
    with look() as session:
        visit = session.scalars(select(Visit).where(Visit.visit_id != county.visit_id)).one()
        visitors = set(session.scalars(select(Visitor.person_id).where(Visitor.visit_id == visit.visit_id)))
        told = set(session.scalars(select(FeedRow.person_id).where(FeedRow.ref == f"case:{county.case_id}")))
    assert visitors == {county.caseworker_id, county.second_caseworker_id} <= told
    assert visit.forms == "F0 F2"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"visitors": []}, "入户调查需要两位走访人"),
        ({"purpose": "village_follow_up", "visitors": []}, "请选择走访人"),
        ({"due_on": "2026-11-01"}, "最晚日期早于计划日期"),
        ({"reason": "because"}, "走访原因不在列表中"),
    ],
)
def test_a_visit_that_cannot_be_planned_says_why(at_desk, county, change, sentence):
    answer = plan(at_desk("supervisor"), county, **change)
    assert answer.status_code == 422 and sentence in answer.text


def test_a_cancelled_visit_is_not_cancelled_twice(at_desk, county, look):
    desk = at_desk("supervisor")
    assert desk.post(f"/cases/visits/{county.visit_id}/cancel").status_code == 303
    assert desk.post(f"/cases/visits/{county.visit_id}/cancel").status_code == 409


def test_who_is_taken_off_a_case_is_told_that_it_left_her(at_desk, county, look):
    desk = at_desk("supervisor")
    assert desk.post(f"/cases/{county.case_id}/team/{county.caseworker_id}/end").status_code == 303
    with look() as session:
        ended = session.get(Assignment, (county.district, county.case_id, county.caseworker_id)).ended_at
        kind = session.get(FeedRow, (county.district, county.caseworker_id, f"case:{county.case_id}")).kind
    assert ended is not None and kind == "out"


def test_opening_a_familys_file_leaves_a_row_of_audit_without_a_name(at_desk, county, look):
    desk = at_desk("supervisor")
    assert "刘梅" in desk.get(f"/cases/{county.case_id}").text
    with look() as session:
        row = session.scalars(select(AuditRow).where(AuditRow.act == "read_case")).one()
    assert json.loads(row.about) == {"case": str(county.case_id)} and row.actor_id == county.supervisor_id


def test_an_administrator_plans_visits_and_sees_no_family(at_desk, county, look):
    desk = at_desk("administrator")
    page = desk.get(f"/cases/{county.case_id}").text
    assert "刘梅" not in page and "1988-03" not in page and 'id="records-title"' not in page
    assert plan(desk, county).status_code == 303
    with look() as session:
        assert "read_case" not in set(session.scalars(select(AuditRow.act)))


def test_a_file_out_of_scope_answers_like_one_that_does_not_exist(at_desk, session, clock, county):
    elsewhere = factories.county(session, clock(), factories.OTHER_DISTRICT)
    session.commit()
    desk = at_desk("supervisor")
    hidden, unknown = (desk.get(f"/cases/{case_id}") for case_id in (elsewhere.case_id, factories.new_id()))
    assert hidden.status_code == unknown.status_code == 404 and hidden.data == unknown.data
    assert plan(desk, elsewhere).status_code == 404
    assert desk.post(f"/cases/visits/{elsewhere.visit_id}/cancel").status_code == 404
