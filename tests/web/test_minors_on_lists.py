"""Lists of several families tell no more of a minor's file than its code name before the reason of the day is given."""

from datetime import timedelta

import pytest

from fieldapp.actions import key_care, minors, screenings
from fieldapp.casework.states import CaseState
from fieldapp.models import bodies
from fieldapp.models.cases import Case, CasePerson
from tests import factories, reports

REASON = "奶奶一人带她"


@pytest.fixture
def girl(session, county, clock, forms):
    """The county's family is about a girl of twelve, stands on the key-care list, and the rules suggest relief."""
    case = session.get_one(Case, (county.district, county.case_id))
    key = (county.district, county.case_id, county.subject_id)
    told = '{"name":"刘梅","sex":"female","birth_ym":"2014-03","relation":"self","household":true}'.encode()
    row = session.get_one(CasePerson, key)
    row.sealed_details = bodies.seal_for_case(session, *key[:2], "case_person", "sealed_details", key, told)
    answers = reports.body(reports.investigation(county.subject_id), clock())
    factories.record(session, clock(), county, answers=answers, state="approved")
    case.state = CaseState.SOCIAL_ONLY.value
    screenings.run(session, case, clock())
    said = {"level": "key", "reason": REASON, "review_on": clock().date() + timedelta(days=9), "now": clock()}
    key_care.put_on(session, county.acting(session, "supervisor"), county.case_id, **said)
    code_name = case.code_name
    session.commit()
    return code_name


@pytest.mark.parametrize(("page", "told"), [("/leads/suggestions", "<ul><li>"), ("/key-care", REASON)])
def test_a_list_tells_the_code_name_alone_until_the_reason_is_given(girl, at_desk, county, session, clock, page, told):
    desk = at_desk("supervisor")

    def main():
        return desk.get(page).text.partition("<main")[2]

    before = main()
    assert girl in before and "为什么查看" in before
    assert told not in before and "刘梅" not in before
    minors.give_reason(session, county.acting(session, "supervisor"), county.case_id, "review", "", clock())
    session.commit()
    after = main()
    assert girl in after and "为什么查看" not in after and told in after
