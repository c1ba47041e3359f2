"""How a case of the procuratorate's own came: shown on its file, found by its number, counted by its channel."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select, true

from fieldapp.actions import cases, lead_search, notices, statistics_lines, tallies
from fieldapp.actions.notices import Came
from fieldapp.casework.happened import Happened
from fieldapp.days import day_of
from fieldapp.errors import Problem
from fieldapp.models.accounts import Role, acting_for
from fieldapp.models.case_events import CaseEvent
from fieldapp.models.cases import Case
from tests import factories

TOLD = {"name": "程月", "result": "granted", "organ": "示范县检察院", "said": "已先行救助"}


@pytest.fixture
def prosecutor(session, county, clock):
    person_id = factories.person(session, clock(), Role.PROCURATORATE, county.district, login="proc-x", name="某检察官")
    session.commit()
    return person_id


def noted(session, came, county, prosecutor, now):
    acting = acting_for(session, county.district, prosecutor)
    person = cases.NewPerson("程月", "female", None, "self")
    about = {"village_code": county.village, "person": person, "result": "granted", "organ": "示范县检察院", "said": ""}
    return notices.open_notice(session, acting, **about, came=came, now=now)


def lines(session, county, now):
    return [line for line, _ in statistics_lines.of(session, county.district, true(), now)[0]]


def test_a_notice_says_by_which_way_from_whom_under_which_number_and_on_which_day(
    at_desk, county, session, clock, prosecutor, forms
):
    # Given somebody of the procuratorate who tells of a case that it found in a criminal case three days ago
    day = (clock() - timedelta(days=3)).date()
    desk = at_desk("proc-x")
    assert "刑检办案发现" in desk.get("/leads/notice").text
    told = {**TOLD, "channel": "proc_case", "teller": "控申部门 柳检察官", "number": "示检救助〔2026〕7号"}
    answer = desk.post("/leads/notice", **told, village=county.village, on=day.isoformat())
    assert answer.status_code == 303, desk.page
    # When the supervisor opens the file, then all of it stands there
    page = at_desk("supervisor").get(answer.headers["Location"]).text
    assert "刑检办案发现 · 控申部门 柳检察官 · 示检救助〔2026〕7号" in page
    event = session.scalars(select(CaseEvent).where(CaseEvent.kind == Happened.REVERSE_NOTICE)).one()
    assert day_of(event.at) == day
    # And a search for its number finds it, written otherwise too; another's does not
    case = session.scalars(select(Case).where(Case.state == "DECIDED")).one()
    supervisor = county.acting(session, "supervisor")
    session.commit()  # SQLite: whoever has read here holds up who writes
    found = {
        number: [one.case_id for one in lead_search.by_number(acting=supervisor, number=number, now=clock())]
        for number in ("示检救助 2026-7号", "示检救助2026-8号")
    }
    assert found == {"示检救助 2026-7号": [case.case_id], "示检救助2026-8号": []}
    # And it is counted by this way, read off the reports and as it is kept
    assert [line.channel for line in lines(session, county, clock()) if line.case_id == str(case.case_id)] == [
        "proc_case"
    ]
    tallies.keep(session, county.district, clock())
    assert "proc_case" in {line.channel for line in lines(session, county, clock())}


def test_a_notice_about_a_village_that_there_is_not_opens_no_file(at_desk, county, session, prosecutor):
    desk = at_desk("proc-x")
    desk.get("/leads/notice")
    assert desk.post("/leads/notice", **TOLD, village=f"{county.village[:9]}999", on="").status_code == 404
    assert session.scalars(select(Case).where(Case.state == "DECIDED")).all() == []


@pytest.mark.parametrize("typed", ["2026/02/20", "2026-02", "20 February"])
def test_a_notice_of_a_day_that_is_none_is_refused_and_not_dated_today(at_desk, county, session, prosecutor, typed):
    desk = at_desk("proc-x")
    desk.get("/leads/notice")
    assert desk.post("/leads/notice", **TOLD, village=county.village, on=typed).status_code == 400
    assert typed in desk.page and TOLD["said"] in desk.page  # what was typed is kept
    assert session.scalars(select(Case).where(Case.state == "DECIDED")).all() == []


def test_a_notice_of_which_nobody_said_how_it_came_is_counted_as_not_known(session, county, clock, prosecutor):
    case = noted(session, Came(), county, prosecutor, clock())
    assert [line.channel for line in lines(session, county, clock()) if line.case_id == str(case.case_id)] == [None]
    told = notices.told_of(session, county.district, [case.case_id])[case.case_id]
    assert (told.channel, told.teller, told.number, told.on) == ("unknown", "", "", day_of(clock()))


@pytest.mark.parametrize(
    ("came", "code"),
    [
        (Came("by_pigeon"), "request_malformed"),
        (Came(number="7" * 51), "request_malformed"),
        (Came(on=date(2090, 1, 1)), "day_to_come"),
    ],
)
def test_what_is_no_way_or_still_to_come_is_refused(session, county, clock, prosecutor, came, code):
    with pytest.raises(Problem, match=code):
        noted(session, came, county, prosecutor, clock())
    assert session.scalars(select(Case).where(Case.state == "DECIDED")).all() == []


def test_a_reader_who_may_not_know_the_way_of_a_lead_learns_none_of_a_notice(session, county, clock, prosecutor):
    noted(session, Came("hotline_110"), county, prosecutor, clock())
    event = session.scalars(select(CaseEvent).where(CaseEvent.kind == Happened.REVERSE_NOTICE)).one()
    assert event.sensitivity == "violence"
