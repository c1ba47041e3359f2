"""Protection and the mandatory report beside a case: one press begins it, a supervisor's word ends it."""

import json
from itertools import product
from uuid import UUID

import pytest
from sqlalchemy import text

from fieldapp.actions import alerts, case_events, protections
from fieldapp.casework.happened import Happened
from fieldapp.casework.protection import Report
from fieldapp.casework.states import CaseState
from fieldapp.db import writing
from fieldapp.models import bodies
from fieldapp.models.accounts import Role
from fieldapp.models.cases import Case, CasePerson, Urgent
from tests import factories


@pytest.fixture
def file(county, session):
    return session.get_one(Case, (county.district, county.case_id))


def protected(session, county):
    session.expire_all()
    case = session.get_one(Case, (county.district, county.case_id))
    since = protections.beside_of(session, county.acting(session, "supervisor"), case).protected_since
    session.commit()  # SQLite: whoever has read here holds up who writes on a page
    return since


@pytest.mark.parametrize("who", ["supervisor", "caseworker", "administrator"])
def test_one_press_on_the_file_protects_whoever_presses_it(at_desk, county, session, who):
    desk = at_desk(who)
    # The first press opens the file, the second one protects
    assert f'action="/cases/{county.case_id}/protect"' in desk.get(f"/cases/{county.case_id}").text
    answer = desk.post(f"/cases/{county.case_id}/protect")
    assert answer.status_code == 303 and answer.headers["Location"].endswith("#beside")
    assert protected(session, county)


@pytest.mark.parametrize("state", CaseState)
def test_no_state_of_a_case_holds_protection_up(file, county, session, clock, state):
    file.state = state.value
    protections.begin(session, county.acting(session, "caseworker"), file.case_id, clock())
    assert protected(session, county)


def test_a_minors_file_is_protected_before_anybody_says_why_she_opens_it(at_desk, county, session):
    key = (county.district, county.case_id, county.subject_id)
    told = json.dumps({"name": "刘小满", "sex": "female", "birth_ym": "2015-04", "relation": "self"}).encode()
    sealed = bodies.seal_for_case(session, *key[:2], "case_person", "sealed_details", key, told)
    session.get_one(CasePerson, key).sealed_details = sealed
    session.commit()
    desk = at_desk("supervisor")
    assert desk.get(f"/cases/{county.case_id}").status_code == 303, "the page itself asks for the reason"
    assert desk.post(f"/cases/{county.case_id}/protect").status_code == 303
    assert protected(session, county)


def test_a_database_that_takes_no_row_of_audit_does_not_stop_protection(at_desk, county, session):
    desk = at_desk("supervisor")
    session.execute(text("CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'full'); END"))
    session.commit()
    assert desk.post(f"/cases/{county.case_id}/protect").status_code == 303
    session.execute(text("DROP TRIGGER full"))
    session.commit()
    assert protected(session, county)


def test_an_erased_family_is_protected_all_the_same(file, county, session, clock):
    bodies.erase_case_key(session, county.district, county.case_id)
    protections.begin(session, county.acting(session, "caseworker"), file.case_id, clock())
    assert protected(session, county)


def test_protection_asked_for_twice_goes_on_since_the_first_time(file, county, session, clock):
    acting, first = county.acting(session, "caseworker"), clock()
    protections.begin(session, acting, file.case_id, first)
    clock.advance(hours=1)
    protections.begin(session, acting, file.case_id, clock())
    assert protected(session, county) == first


def test_protection_ends_by_a_supervisor_with_a_reason_and_may_begin_anew(at_desk, file, county, session, clock):
    protections.begin(session, county.acting(session, "caseworker"), file.case_id, clock())
    session.commit()
    address = f"/cases/{county.case_id}/protect/end"
    refused = at_desk("caseworker").post(address, reason="没事了")
    assert refused.status_code == 422 and "只有主管能定" in refused.text
    supervisor = at_desk("supervisor")
    assert "还没有写理由" in supervisor.post(address).text
    assert supervisor.post(address, reason="施害人已被拘留").status_code == 303
    assert protected(session, county) is None
    supervisor.post(f"/cases/{county.case_id}/protect")
    assert protected(session, county)


def test_a_report_stays_due_until_somebody_says_that_it_was_made(file, county, session, clock):
    worker, case = county.acting(session, "caseworker"), file.case_id
    at = clock()
    assert protections.report(session, worker, case, Report.DUE, "疑似", at) is None
    assert protections.report(session, worker, case, Report.NOT_NEEDED, "不用", at).code == "supervisor_says_so"
    assert protections.beside_of(session, worker, file).report_open
    assert protections.report(session, worker, case, Report.DONE_BY_US, "110 已受理", at) is None
    assert not protections.beside_of(session, worker, file).report_open


def test_open_ones_stand_on_the_first_page_of_a_supervisor(at_desk, file, county, session, clock):
    protections.begin(session, county.acting(session, "caseworker"), file.case_id, clock())
    session.commit()
    assert f"/cases/{county.case_id}#beside" in at_desk("supervisor").get("/queue").text
    assert "#beside" not in at_desk("caseworker").get("/queue").text


def test_whatever_was_begun_and_ended_stands_there_until_nothing_is_open(county, session, clock):
    # Given a family for every way in which three such events may follow each other, noted in one millisecond
    kinds = ("PROTECT_BEGUN", "PROTECT_ENDED", "REPORT_DUE", "REPORTED", "REPORT_NOT_NEEDED")
    cases = []
    for noted in product(kinds, repeat=3):
        case = session.get_one(Case, (county.district, factories.case(session, clock())))
        for kind in noted:
            case_events.note(session, case, Happened[kind], now=clock(), sensitivity="violence")
        cases.append(case)
    session.flush()
    # Then those stand there of which, event by event, something is open
    acting = county.acting(session, "supervisor")
    beside = {case.case_id: protections.beside_of(session, acting, case) for case in cases}
    wanted = {case_id for case_id, one in beside.items() if one.protected_since or one.report_open}
    assert {one.case.case_id for one in protections.open_ones(session, acting)} == wanted
    assert 0 < len(wanted) < len(cases)


def test_an_alert_that_somebody_has_seen_protects_the_family_it_names(county, file, session, clock):
    urgent_id: UUID = factories.new_id()
    key = (county.district, urgent_id)
    sealed = bodies.seal_for_district(session, county.district, "urgent", "sealed_body", key, b'{"dangers":["now"]}')
    session.add(
        Urgent(
            district=county.district, urgent_id=urgent_id, person_id=county.caseworker_id, vault_id=factories.new_id(),
            case_id=file.case_id, signed=True, sealed_body=sealed, received_at=clock(),
        )
    )  # fmt: skip
    session.flush()
    alerts.acknowledge(session, county.acting(session, "supervisor"), urgent_id, clock())
    assert protected(session, county)
    kinds = [event.kind for event in case_events.events_for_clocks(session, file)]
    assert kinds == [Happened.DANGER_TOLD, Happened.PROTECT_BEGUN]


def test_who_does_not_see_the_file_does_not_learn_that_it_is_there(at_desk, county, session, clock):
    with writing() as other:
        factories.person(other, clock(), Role.AUDITOR, county.district, login="auditor-x", name="某人")
    assert at_desk("auditor-x").post(f"/cases/{county.case_id}/protect").status_code == 404
