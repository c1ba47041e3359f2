"""Who is on a family's team already, or is to meet him, is named for none of its children."""

from datetime import date

import pytest

from fieldapp.actions import cases, officers, other_side, teams
from fieldapp.errors import Problem
from fieldapp.models import casefiles
from fieldapp.models.accounts import Role
from fieldapp.models.cases import Assignment, Case, TeamRole
from tests import factories, plans_of_help


@pytest.fixture
def supervisor(session, county):
    return county.acting(session, "supervisor")


@pytest.fixture
def name(session, county, clock, supervisor):
    """Names the cadre of the village for the girl of a family."""

    def do(case):
        [child] = [one["person_id"] for one in casefiles.people_of(session, case) if one["name"] == "刘小满"]
        return officers.name(
            session, supervisor, case.case_id, county.cadre_id, children=[child], ends_on=date(2026, 12, 24),
            is_related=False, now=clock(),
        )  # fmt: skip

    return do


@pytest.fixture
def family(session, county, clock, supervisor):
    people = [
        cases.NewPerson("刘梅", "female", "1988-03", "self"),
        cases.NewPerson("刘小满", "female", "2016-04", "daughter"),
    ]
    about = {"village_code": county.village, "contact": None, "programme": None}
    return cases.open_case(session, supervisor, people=people, **about, now=clock())


def test_a_member_of_the_team_keeps_her_place_and_is_named_for_no_child(
    session, county, clock, supervisor, family, name, at_desk
):
    member = {"team_role": TeamRole.VILLAGE, "ends_on": None, "is_related": False, "now": clock()}
    teams.add_member(session, supervisor, family.case_id, county.cadre_id, **member)
    with pytest.raises(Problem, match="visitor_not_in_region"):
        name(family)
    row = session.get_one(Assignment, (county.district, family.case_id, county.cadre_id))
    assert row.team_role == TeamRole.VILLAGE
    session.commit()
    offered = f'<option value="{county.cadre_id}">'

    def who_could_be_named():
        page = at_desk("supervisor").get(f"/cases/{family.case_id}").text
        return page[page.index('id="officers-title"') :].partition("</section>")[0]

    assert offered not in who_could_be_named()
    # When her place is over she can be named, and named again
    row = session.get_one(Assignment, (county.district, family.case_id, county.cadre_id))
    row.ended_at = clock()
    session.commit()
    assert offered in who_could_be_named()
    assert name(family) and name(family)


def test_who_is_to_meet_him_is_named_for_no_child_of_hers(session, county, clock, supervisor, name, family):
    factories.grant(session, clock(), county.cadre_id, Role.CASEWORKER, county.district)
    case = session.get_one(Case, (county.district, county.case_id))
    record_id = plans_of_help.measure(session, clock(), county, kind="offender_education", status="in_progress")
    told = {"who": "刘梅的丈夫", "place": "东关派出所", "what": "法治教育", "region_code": county.other_village[:9]}
    task = other_side.plan(
        session, supervisor, case.case_id, record_id, worker_id=county.cadre_id, on=date(2026, 12, 3), **told,
        now=clock(),
    )  # fmt: skip
    task.case_id = family.case_id  # the family with the girl
    session.flush()
    with pytest.raises(Problem, match="visit_not_then"):
        name(family)
    other_side.cancel(session, supervisor, task.task_id, clock())
    assert name(family)
