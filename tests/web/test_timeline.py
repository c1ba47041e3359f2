"""What is done about a family stands in its timeline: for whom it is to read, and without content for the rest."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from fieldapp.actions import case_events, cases, entrusting, funds, rights_requests, teams
from fieldapp.actions.rights_requests import Asked
from fieldapp.casework.happened import Happened
from fieldapp.days import day_of
from fieldapp.models import bundles, server_keys
from fieldapp.models.accounts import Role, acting_for
from fieldapp.models.case_events import PLAIN, CaseEvent
from fieldapp.models.cases import Case, TeamRole
from fieldapp.models.rights_requests import RequestKind
from tests import factories, two_counties


@pytest.fixture
def file(county, session, forms):
    return session.get_one(Case, (county.district, county.case_id))


@pytest.fixture
def supervisor(county, session):
    return county.acting(session, "supervisor")


def told(session, acting, file):
    return [(one.kind, one.sensitivity) for one in case_events.of(session, acting, file)]


def test_a_line_of_the_ledger_of_money_kept_is_of_the_class_of_money(file, county, session, supervisor, clock):
    came = {"entry": "received", "on": "2026-11-01", "yuan": "100", "purpose": "", "keeper": "县福利院"}
    assert funds.write(session, supervisor, county.case_id, **came, now=clock()) is None
    [one] = case_events.of(session, supervisor, file)
    assert (one.kind, one.sensitivity, one.details) == (Happened.FUND_NOTED, "money", {})
    line_id = one.ref_id
    assert funds.cancel(session, supervisor, county.case_id, line_id, "记错了", clock()) is None
    assert told(session, supervisor, file) == [(Happened.FUND_NOTED, "money")] * 2


def test_the_same_words_of_one_moment_stand_once(file, county, session, supervisor, clock, at_desk):
    for later in (0, 0, 5):
        at = clock() + timedelta(minutes=later)
        kind = {"ref": factories.new_id(), "sensitivity": PLAIN}
        case_events.note(session, file, Happened.SCREENED, now=at, **kind)
    session.commit()
    assert at_desk("supervisor").get(f"/cases/{county.case_id}").text.count("已筛查") == 2


def test_a_change_of_the_team_names_nobody(file, county, session, supervisor, clock):
    newcomer = factories.person(session, clock(), Role.CASEWORKER, county.district, name="高新")
    place = {"team_role": TeamRole.MEMBER, "ends_on": None, "is_related": False}
    assert teams.add_member(session, supervisor, county.case_id, newcomer, **place, now=clock())
    cases.end_assignment(session, supervisor, county.case_id, newcomer, clock())
    until = {**place, "ends_on": day_of(clock())}
    assert teams.add_member(session, supervisor, county.case_id, newcomer, **until, now=clock())
    teams.end_over(session, county.district, county.case_id, newcomer, clock() + timedelta(days=2))
    assert teams.add_member(session, supervisor, county.case_id, newcomer, **place, now=clock() + timedelta(days=2))
    teams.note_related(session, supervisor, county.case_id, newcomer, clock() + timedelta(days=3))
    rows = session.scalars(select(CaseEvent).order_by(CaseEvent.event_id)).all()
    who = county.supervisor_id
    assert [(one.kind, one.sensitivity, one.ref_id, one.sealed_details) for one in rows] == [
        (Happened.TEAM_CHANGED, PLAIN, None, None)
    ] * 6
    # Neither the end of a day, nor that somebody is related, is anybody's doing here
    assert [one.by_id for one in rows] == [who, who, who, None, who, None]
    # And who is said to be related without a place on the team changed none
    teams.note_related(session, supervisor, county.case_id, newcomer, clock() + timedelta(days=4))
    assert len(session.scalars(select(CaseEvent)).all()) == 6


def test_a_visit_asked_of_another_county_and_its_answer(county, session, supervisor, clock, forms):
    her = cases.NewPerson(name="刘小满", sex="female", birth_ym="1985-04", relation="self")
    file = cases.open_case(
        session, supervisor, village_code=county.village, people=[her], contact={"safe": "any", "how": "先发短信"},
        programme=None, now=clock(),
    )  # fmt: skip
    server_keys.make_server_keys(session, clock())
    partner = two_counties.believed(session, county, clock(), "远县妇联")
    typed = {**two_counties.TYPED, "expires_on": (day_of(clock()) + timedelta(days=20)).isoformat()}
    asked = entrusting.entrust(session, supervisor, file.case_id, partner.partner_id, typed, clock())
    assert (Happened.VISIT_ENTRUSTED, "household") in told(session, supervisor, file)
    answer = (two_counties.answer(asked.request_id), "[]", bytes(64))
    entrusting.take_answer(session, supervisor, partner, answer, clock())
    entrusting.take_answer(session, supervisor, partner, answer, clock())  # handed in again it is no other
    of_visit = [one for one in case_events.of(session, supervisor, file) if one.ref_id == asked.request_id]
    assert [one.kind for one in of_visit] == [Happened.ENTRUSTED_ANSWERED, Happened.VISIT_ENTRUSTED]


def test_a_request_about_her_data_and_the_decision_say_no_more_than_that(file, county, session, supervisor, clock):
    officer = acting_for(
        session, county.district, factories.person(session, clock(), Role.DATA_PROTECTION, county.district)
    )
    for kind in (RequestKind.COPY, RequestKind.FORGET_REPORTER, RequestKind.FEEDBACK):
        what = Asked(kind, county.case_id, day_of(clock()), who="周小满", text="谢谢")
        made = rights_requests.take(session, supervisor if kind == RequestKind.FEEDBACK else officer, what, clock())
        if kind != RequestKind.FEEDBACK:
            rights_requests.show_identity(session, officer, made.request_id, "known", clock())
            rights_requests.grant(session, officer, made.request_id, "同意", clock())
    # That somebody told us is not said by the way, and what a family says of the help asks for nothing
    assert told(session, supervisor, file) == [
        (Happened.RIGHTS_DECIDED, "violence"),
        (Happened.RIGHTS_ASKED, "violence"),
    ]


def test_a_cadre_learns_no_more_than_that_the_team_changed_and_a_phone_nothing(file, county, session, clock):
    cadre = county.acting(session, "cadre")
    for kind, of_class in (
        (Happened.TEAM_CHANGED, PLAIN),
        (Happened.FUND_NOTED, "money"),
        (Happened.LETTER_SIGNED, "violence"),
        (Happened.RIGHTS_ASKED, "violence"),
        (Happened.VISIT_ENTRUSTED, "household"),
    ):
        case_events.note(session, file, kind, now=clock(), sensitivity=of_class)
    teams.put_on(session, file, cadre.person_id, TeamRole.VILLAGE, county.supervisor_id, clock())
    assert told(session, cadre, file) == [(Happened.TEAM_CHANGED, PLAIN)]
    # Bundles of phones carry no events, whoever reads them
    for who in ("caseworker", "cadre", "supervisor"):
        acting = county.acting(session, who)
        carried = bundles.cases_of(session, acting, [county.case_id], clock()).get(county.case_id)
        assert not any(kind.value in f"{carried}" for kind in (Happened.FUND_NOTED, Happened.RIGHTS_ASKED))


def test_the_page_of_the_file_tells_it_in_words(at_desk, file, county, session, clock):
    for kind in (Happened.LETTER_SIGNED, Happened.SCAN_ADDED, Happened.FUND_NOTED, Happened.TEAM_CHANGED):
        case_events.note(session, file, kind, now=clock())
    session.commit()
    page = at_desk("supervisor").get(f"/cases/{county.case_id}").text
    assert all(said in page for said in ("函件已签名", "已存函件扫描件", "代管救助金记了一笔", "办案人员有变动"))
