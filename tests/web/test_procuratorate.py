"""What the procuratorate reads at the desk: the page of a report, without what belongs to its review."""

import pytest
from sqlalchemy import select, update

from fieldapp.actions import desk_known
from fieldapp.errors import Problem
from fieldapp.models.accounts import Role
from fieldapp.models.audit import AuditRow
from fieldapp.models.cases import Case
from fieldapp.models.records import Record, State
from tests import factories, reports

READ = {"revision_id": "0190a000-0000-7000-8000-00000000dead", "content_hash": "A" * 43}  # as a decision's form says


@pytest.fixture
def prosecutor(session, county, clock):
    person_id = factories.person(session, clock(), Role.PROCURATORATE, county.district, login="prosecutor", name="严正")
    session.commit()
    return person_id


@pytest.fixture
def on_team(session, county, clock, prosecutor):
    factories.assign(session, clock(), county.case_id, prosecutor)
    session.commit()


def answer_of(at_desk, report_id, who="prosecutor"):
    return at_desk(who).get(f"/reports/{report_id}")


def moved(session, record_id, state):
    session.execute(update(Record).where(Record.record_id == record_id).values(state=state))
    session.commit()


def with_letter(session, county, clock):
    told = reports.body({}, clock())
    record_id, _ = factories.record(session, clock(), county, form="F4", answers=told)
    moved(session, record_id, State.APPROVED)


def test_on_the_team_of_a_case_it_reads_a_report_and_can_do_nothing_to_it(at_desk, report_id, on_team, county, session):
    desk = at_desk("prosecutor")
    file = desk.get(f"/cases/{county.case_id}").text
    assert f'href="/reports/{report_id}"' in file
    page = desk.get(f"/reports/{report_id}")
    assert page.status_code == 200 and "answer-" in page.text
    for act in ("open", "release", "remarks", "return", "approve"):
        assert f"/reports/{report_id}/{act}" not in page.text
        assert desk.post(f"/reports/{report_id}/{act}", **READ).status_code == 404
    session.rollback()
    assert "read_report" in session.scalars(select(AuditRow.act)).all()


def test_what_reviewer_and_author_said_to_each_other_is_not_shown(at_desk, report_id, on_team, session):
    supervisor = at_desk("supervisor")
    supervisor.get(f"/reports/{report_id}")
    supervisor.post(f"/reports/{report_id}/open")
    supervisor.get(f"/reports/{report_id}")
    path = supervisor.page.split('id="answer-')[1].split('"')[0]
    said = supervisor.post(f"/reports/{report_id}/remarks", path=path, kind="note", text="此处请再核实")
    assert said.status_code == 303 and "此处请再核实" in supervisor.get(f"/reports/{report_id}").text
    assert "此处请再核实" not in answer_of(at_desk, report_id).text


def test_of_a_transferred_case_it_reads_the_approved_reports_alone(
    at_desk, report_id, prosecutor, session, county, clock
):
    assert answer_of(at_desk, report_id).status_code == 404
    with_letter(session, county, clock)
    assert answer_of(at_desk, report_id).status_code == 404
    moved(session, report_id, State.APPROVED)
    assert answer_of(at_desk, report_id).status_code == 200


def test_it_never_reads_who_told_us(at_desk, on_team, forms, session, county, clock):
    told = reports.body({"reporter": {"name": "某举报人"}}, clock())
    record_id, _ = factories.record(session, clock(), county, form="F1R", answers=told)
    session.commit()
    assert answer_of(at_desk, record_id).status_code == 404
    assert answer_of(at_desk, record_id, "supervisor").status_code == 200


def test_a_case_of_another_township_than_its_own_is_none_of_its(at_desk, report_id, session, county, clock):
    other = factories.person(session, clock(), Role.PROCURATORATE, f"{county.district}200", login="other", name="方远")
    factories.assign(session, clock(), county.case_id, other)
    session.commit()
    assert answer_of(at_desk, report_id, "other").status_code == 404


def test_a_receipt_needs_a_letter_but_in_a_case_that_is_decided_without_one(session, county):
    case = session.get_one(Case, (county.district, county.case_id))
    caseworker = county.acting(session, "caseworker")
    case.state = "VERIFIED"
    with pytest.raises(Problem, match="receipt_needs_letter"):
        desk_known.refuse_without_ground(session, caseworker, case, "F4R")
    for state in ("APPROVED", "DECIDED", "FEEDBACK"):
        case.state = state
        desk_known.refuse_without_ground(session, caseworker, case, "F4R")
