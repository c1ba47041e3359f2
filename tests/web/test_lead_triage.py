"""Leads at the desk: what waits and by when, what it may repeat, and the way a supervisor sends it."""

import pytest
from sqlalchemy import select

from fieldapp.actions import case_events, cases, lead_triage
from fieldapp.casework.clocks import ClockState
from fieldapp.casework.happened import Happened
from fieldapp.models.accounts import Organisation, Person, Role
from fieldapp.models.audit import AuditRow
from fieldapp.models.cases import Case
from tests import factories

ADDRESS = "/leads"


def lead(session, county, now, name="周小满", birth="1990-05", how=None, village=None):
    person = cases.NewPerson(name, "female", birth, "self") if name else None
    contact = {"safe": "any", "how": how} if how else None
    acting = county.acting(session, "supervisor")
    return cases.open_lead(
        session, acting, village_code=village or county.village, person=person, contact=contact, programme=None, now=now
    )


def waiting(session, county, now):
    return lead_triage.waiting(session, county.acting(session, "supervisor"), now)


def test_a_lead_waits_with_a_working_day_to_run(county, session, clock):
    case = lead(session, county, clock())
    [one] = waiting(session, county, clock())
    assert one.case.case_id == case.case_id
    assert [clock_.limit.code for clock_ in one.clocks] == ["triage"]


def test_a_lead_that_tells_of_danger_has_an_hour(county, session, clock):
    slow, red = lead(session, county, clock()), lead(session, county, clock(), name="吴二")
    case_events.note(session, red, Happened.DANGER_TOLD, now=clock(), sensitivity="violence")
    clock.advance(hours=2)
    first, second = waiting(session, county, clock())
    assert (first.case.case_id, second.case.case_id) == (red.case_id, slow.case_id)
    assert {one.state for one in first.clocks} == {ClockState.OVERDUE}


@pytest.mark.parametrize(
    ("other", "why"),
    [
        ({}, ("name_birth",)),
        ({"birth": None}, ("name_village",)),
        ({"name": None, "how": "打 199-0000 7788 找她"}, ("phone",)),
        ({"how": "19900007788"}, ("name_birth", "phone")),
        ({"name": "别人"}, None),
    ],
)
def test_a_lead_shows_what_it_may_repeat(county, session, clock, other, why):
    first = lead(session, county, clock(), how="19900007788 晚上")
    lead(session, county, clock(), **other)
    [mine] = [one for one in waiting(session, county, clock()) if one.case.case_id == first.case_id]
    assert [hint.why for hint in mine.hints] == ([why] if why else [])


def test_comparing_leads_writes_a_row_of_audit(county, session, clock):
    lead(session, county, clock())
    waiting(session, county, clock())
    assert "compare_lead" in set(session.scalars(select(AuditRow.act)))


@pytest.mark.parametrize("who", ["caseworker", "administrator", "cadre"])
def test_hints_are_for_triage_supervisors_alone(county, session, clock, who):
    lead(session, county, clock())
    assert lead_triage.waiting(session, county.acting(session, who), clock()) == []


def test_a_supervisor_takes_a_lead_up_from_the_page_of_leads(at_desk, county, session, clock):
    # Given a lead
    case = lead(session, county, clock())
    session.commit()
    desk = at_desk("supervisor")
    # When she finds it, opens its file and takes it up without a reason, then with one
    assert case.code_name in desk.get(ADDRESS).text
    page = desk.get(f"/cases/{case.case_id}").text
    assert "新线索" in page and f'action="/cases/{case.case_id}/move"' in page
    refused = desk.post(f"/cases/{case.case_id}/move", end="TRIAGED")
    assert refused.status_code == 422 and "还没有写理由" in refused.text
    assert desk.post(f"/cases/{case.case_id}/move", end="TRIAGED", reason="要走访").status_code == 303
    # Then it waits no more, and the file tells why
    assert case.code_name not in desk.get(ADDRESS).text
    page = desk.get(f"/cases/{case.case_id}").text
    assert "线索已受理" in page and "要走访" in page
    session.expire_all()
    assert session.get_one(Case, (county.district, case.case_id)).state == "TRIAGED"


def test_a_year_without_holidays_is_said(at_desk, clock):
    clock.advance(days=10 * 366)
    assert f"还没有 {clock().year} 年的放假安排" in at_desk("supervisor").get(ADDRESS).text


def test_the_procuratorate_begins_a_case_where_relief_is_decided(at_desk, county, session, clock):
    # Given somebody of the procuratorate's own house
    house = factories.new_id()
    session.add(
        Organisation(
            district=county.district, organisation_id=house, kind="proc", name="示范县检察院",
            region_code=county.district,
        )
    )  # fmt: skip
    session.flush()
    at = (session, clock(), Role.PROCURATORATE, county.district)
    prosecutor = factories.person(*at, login="proc-x", name="某检察官")
    session.get_one(Person, (county.district, prosecutor)).organisation_id = house
    session.commit()
    desk = at_desk("proc-x")
    # When she tells of a case, first without the deciding organ
    told = {"village": county.village, "name": "程月", "result": "granted", "said": "已先行救助"}
    assert desk.post("/leads/notice", **told).status_code == 400
    answer = desk.post("/leads/notice", **told, organ="示范县检察院")
    # Then the file stands at DECIDED, for her and for the supervisor
    assert answer.status_code == 303
    for page in (desk.get(answer.headers["Location"]), at_desk("supervisor").get(answer.headers["Location"])):
        assert "已作决定" in page.text and "检察院反向通知" in page.text and "已先行救助" in page.text
    case = session.scalars(select(Case).where(Case.state == "DECIDED")).one()
    assert [event.kind for event in case_events.events_for_clocks(session, case)] == [
        Happened.REVERSE_NOTICE,
        Happened.DECIDED,
    ]
