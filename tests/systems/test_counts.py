"""Rows 9, 10, 38, 39, 41, 54, 62, 63, 65, 72, 73, 76, 77, 82, 83, 85, 86: rounds, outreach, rules, and what is counted.

Unless a case is named, people, days and sums are invented from the row's own text.
"""

import re
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from uuid import UUID

import pytest
from openpyxl import Workbook
from sqlalchemy import String, select

from fieldapp.actions import campaigns, case_events, cases, outreach, rule_texts, statistics, tallies
from fieldapp.casework.happened import Happened
from fieldapp.casework.import_rows import Kind, columns_of
from fieldapp.casework.statistics_lines import Period
from fieldapp.days import day_of
from fieldapp.db import writing
from fieldapp.errors import Problem
from fieldapp.models import campaigns as models_of_rounds
from fieldapp.models import organisations
from fieldapp.models.accounts import Organisation, Person, Role, acting_for
from fieldapp.models.campaigns import CampaignHousehold, only_listed
from fieldapp.models.cases import Case
from fieldapp.models.outreach import InterviewCount
from tests import factories, reports

WOMAN = {"_id": "01900000-0000-7000-8000-000000000001", "sex": "female", "birth_ym": "1985-02", "assisted": "yes"}
GIRL = {"_id": "01900000-0000-7000-8000-000000000002", "sex": "female", "birth_ym": "2015-06", "assisted": "yes"}
BOY = {"_id": "01900000-0000-7000-8000-000000000003", "sex": "male", "birth_ym": "2017", "assisted": "yes"}


@pytest.fixture(autouse=True)
def inside(app, forms):
    with app.app_context():
        yield


@pytest.fixture
def supervisor(county, session):
    acting = county.acting(session, "supervisor")
    session.commit()  # who reads on holds up the next act
    return acting


@pytest.fixture
def tell(county, clock):
    """`tell(case_id, "F2", answers)`: an approved report of a family, made a minute after the last."""

    def approved(case_id, form, answers, **more):
        clock.advance(minutes=1)
        with writing() as rows:
            told = reports.body(answers, clock())
            factories.record(rows, clock(), county, case_id=case_id, form=form, state="approved", answers=told, **more)

    return approved


@pytest.fixture
def family(county, clock):
    def opened(*people, on=None):
        with writing() as rows:
            case_id = factories.case(rows, on or clock(), opened_by=county.supervisor_id)
        return case_id

    return opened


def year(now):
    return statistics.Asked(Period(day_of(now).replace(month=1, day=1), day_of(now)))


def figures(session, supervisor, now):
    """{code: (numerator, denominator)} of this year, counted twice: off the reports, and off what the worker kept."""
    fresh = statistics.read(session, supervisor, year(now), now).report
    session.commit()
    with writing() as rows:
        while tallies.keep(rows, supervisor.district, now):
            rows.flush()
    session.expire_all()
    kept = statistics.read(session, supervisor, year(now), now).report
    session.commit()
    assert kept == fresh
    return {one.code: (one.value, one.of) for one in fresh.figures}


def table(session, supervisor, now, code):
    report = statistics.read(session, supervisor, year(now), now).report
    session.commit()
    [found] = [one for one in report.tables if one.code == code]
    return {row.code: row.count for row in found.rows}


def rows_of(page):
    """{title: the cells of its row} of every row of a page's tables."""
    found = re.findall(r'<tr><th scope="row"[^>]*>(.*?)</th>(.*?)</tr>', page, re.S)
    return {re.sub(r"<[^>]+>", "", title): " ".join(re.sub(r"<[^>]+>", " ", cells).split()) for title, cells in found}


def begun(rows, supervisor, county, now, **changed):
    asked = {
        "name": "2026 年冬季婚姻家庭矛盾纠纷排查", "kind": "disputes", "region_code": county.village[:9],
        "since": day_of(now), "until": day_of(now) + timedelta(days=20), "form": "",
    }  # fmt: skip
    return campaigns.begin(rows, supervisor, **{**asked, **changed}, now=now).campaign_id


def a_list(*households):
    """A table of open cases, as the office fills it in: (label, village, name), and the birth where it is known."""
    book = Workbook()
    columns = columns_of(Kind.CASES)
    book.active.append([column.title.zh for column in columns])
    for label, village, name, *birth in households:
        told = {"household": label, "village": village, "name": name, "birth": "".join(birth)}
        book.active.append([told.get(column.code, "") for column in columns])
    kept = BytesIO()
    book.save(kept)
    return kept.getvalue()


def test_row_09_every_listed_household_has_an_outcome_or_shows_as_not_visited(
    county, session, supervisor, clock, tell, at_desk
):
    # Given a list of four households, one of which has a file here, and a fifth row with no village
    with writing() as rows:
        campaign_id = begun(rows, supervisor, county, clock())
        names = [
            ("1", county.village, "周小满"),
            ("2", "柳树村", "吴秋"),
            ("3", county.village, "郑禾"),
            ("4", "", "王一"),
        ]
        content = a_list(*names, ("5", county.village, "刘梅"))
        taken = campaigns.add_list(rows, supervisor, campaign_id, content, {}, None, clock())
    assert (taken.added, [(fault.number, fault.code) for fault in taken.faults]) == (4, [(5, "village_unknown")])
    with writing() as rows:
        again = campaigns.add_list(rows, supervisor, campaign_id, content, {}, None, clock())
    assert (again.added, again.already) == (0, 4)
    known = session.get(CampaignHousehold, (county.district, campaign_id, county.case_id))
    assert known is not None and not known.opened_here
    # When two were looked in at
    entries = campaigns.read(session, supervisor, campaign_id, clock()).entries
    session.commit()
    first, second = (one.case.case_id for one in entries[:2])
    seen = {"outcome": "seen", "colour": "red", "worry": "yes", "next": "today"}
    tell(first, "F10", {"hs": seen}, author_id=county.cadre_id)
    tell(second, "F10", {"hs": {"outcome": "absent", "worry": "no", "next": "week"}}, author_id=county.cadre_id)
    # Then each of the four stands there, the one that needs somebody first
    found = campaigns.read(session, supervisor, campaign_id, clock())
    session.commit()
    told = [(one.household.outcome, one.household.colour) for one in found.entries]
    assert told[0] == ("seen", "red")
    assert sorted(told, key=str) == [("absent", None), ("seen", "red"), (None, None), (None, None)]
    page = at_desk("supervisor").get(f"/rounds/{campaign_id}").text
    assert page.count("还没走访") >= 2 and "要有人去" in page and "红：今天就要有人来" in page
    # And households that are here for the round alone are no cases
    assert figures(session, supervisor, clock())["received"] == (1, None)


def test_a_name_with_two_files_in_the_village_is_put_on_once_or_asked_about_and_opens_no_third(
    county, session, supervisor, clock
):
    def upload(content):
        with writing() as rows:
            return campaigns.add_list(rows, supervisor, campaign_id, content, {}, None, clock())

    # Given two households of one name, each with a file
    with writing() as rows:
        first_round = begun(rows, supervisor, county, clock())
        content = a_list(("1", county.village, "周小满", "1990-05"), ("2", county.village, "周小满", "1962"))
        assert campaigns.add_list(rows, supervisor, first_round, content, {}, None, clock()).added == 2
        campaign_id = first_round
    # Then the same list again adds nothing
    again = upload(content)
    assert (again.added, again.already, again.faults) == (0, 2, [])
    # And in another round it is asked which of them is meant
    with writing() as rows:
        campaign_id = begun(rows, supervisor, county, clock())
    other = upload(a_list(("1", county.village, "周小满")))
    assert (other.added, [one.code for one in other.faults]) == (0, ["campaign_household_unclear"])


def test_two_rows_of_one_name_without_births_open_one_file_and_the_second_is_asked_about(
    county, session, supervisor, clock
):
    with writing() as rows:
        campaign_id = begun(rows, supervisor, county, clock())
        content = a_list(("1", county.village, "周小满"), ("2", county.village, "周小满"))
        taken = campaigns.add_list(rows, supervisor, campaign_id, content, {}, None, clock())
    asked = [(one.number, one.code) for one in taken.faults]
    assert (taken.added, taken.already, asked) == (1, 0, [(3, "household_twice")])


@pytest.mark.parametrize("place", ["township", "beyond"])
def test_a_household_is_put_on_a_round_in_a_village_there_is(county, session, supervisor, clock, place):
    code = {"township": county.village[:9], "beyond": county.village + "99"}[place]
    with writing() as rows:
        campaign_id = begun(rows, supervisor, county, clock())
        with pytest.raises(Problem, match="not_found"):
            campaigns.add(rows, supervisor, campaign_id, village_code=code, name="周小满", person_id=None, now=clock())


def test_a_household_of_a_round_that_became_a_case_is_counted_when_it_rests_again(county, session, supervisor, clock):
    before = sum(organisations.families_taken_in(session, supervisor).values())
    session.commit()
    with writing() as rows:
        campaign_id = begun(rows, supervisor, county, clock())
        listed = campaigns.add(
            rows, supervisor, campaign_id, village_code=county.village, name="周小满", person_id=None, now=clock()
        )
        case_id = listed.case_id

    def counted():
        return session.scalars(select(Case.case_id).where(Case.case_id == case_id, ~only_listed())).all()

    assert counted() == [] and sum(organisations.families_taken_in(session, supervisor).values()) == before
    session.commit()
    with writing() as rows:
        case = rows.get_one(Case, (county.district, case_id))
        case_events.note(rows, case, Happened.REOPENED, now=clock(), by=county.supervisor_id)
    assert counted() == [case_id]
    assert sum(organisations.families_taken_in(session, supervisor).values()) == before + 1


def test_a_case_stays_with_the_house_that_took_it_in(county, session, supervisor, clock):
    # Given a family that the people of a house took in, one of whom works for another house since
    with writing() as rows:
        asked = {"village_code": county.village, "contact": None, "programme": None}
        woman = cases.NewPerson("周小满", "female", "1988-03", "self")
        acting = county.acting(rows, "supervisor")
        case = cases.open_case(rows, acting, people=[woman], **asked, now=clock())
        then = case.organisation_id
        case_id = case.case_id
        other = factories.new_id(clock())
        place = {"region_code": county.district, "kind": "center"}
        rows.add(Organisation(district=county.district, organisation_id=other, name="东乡关爱服务中心", **place))
        rows.flush()
        rows.get_one(Person, (county.district, county.supervisor_id)).organisation_id = other
    # Then it is counted, found and offered under the one that took it in
    assert then is not None
    asked = year(clock())
    of_house = {
        house: statistics.read(session, supervisor, replace(asked, organisation_id=house), clock()).names
        for house in (then, other)
    }
    assert (str(case_id) in of_house[then], len(of_house[other])) == (True, 0)
    offered = statistics.choices_of(session, supervisor, day_of(clock())).organisations
    assert [house for house, _ in offered] == [then]
    name = session.get_one(Organisation, (county.district, then)).name
    session.commit()
    assert table(session, supervisor, clock(), "organisation")[name] >= 1


def test_above_the_county_nobody_makes_a_round_or_reads_one(county, session, supervisor, clock):
    with writing() as rows:
        begun(rows, supervisor, county, clock())
        above = factories.person(rows, clock(), Role.SUPERVISOR, county.district[:4], name="市里主管")
    acting = acting_for(session, county.district, above, clock())
    session.commit()
    assert acting.regions(Role.SUPERVISOR) == (county.district[:4],)
    assert models_of_rounds.of(session, acting, limit=9) == []
    session.commit()
    with pytest.raises(Problem, match="not_found"), writing() as rows:
        begun(rows, acting, county, clock())


@pytest.mark.parametrize("made_up", ["77", "x", " "])
def test_a_round_and_outreach_take_place_where_there_is_a_place(county, session, supervisor, clock, made_up):
    region_code = county.village[:9] + made_up
    with pytest.raises(Problem, match="not_found"), writing() as rows:
        begun(rows, supervisor, county, clock(), region_code=region_code)
    told = {"on": day_of(clock()), "organisation_id": None, "times": 1, "people": 9, "now": clock()}
    with pytest.raises(Problem, match="not_found"), writing() as rows:
        outreach.note(rows, supervisor, kind="lecture", region_code=region_code, **told)


def test_row_10_the_list_of_a_village_and_its_form_are_on_the_phone_without_a_link(
    county, session, supervisor, clock, enrolled
):
    cadre = enrolled("cadre")
    with writing() as rows:
        campaign_id = begun(rows, supervisor, county, clock(), kind="care_visits")
        for name in ("周小满", "吴秋"):
            campaigns.add(
                rows, supervisor, campaign_id, village_code=county.village, name=name, person_id=None, now=clock()
            )
    cadre.sync_all()
    # From here on nothing is asked of the server: what the phone holds is the list and the form of each visit on it
    families = [value for ref, value in cadre.device.held.items() if ref.startswith("case:")]
    visits = [visit for value in families for visit in value["visits"] if visit["purpose"] == "sweep"]
    assert len(visits) == 2 and {value["village"]["name"] for value in families} == {"柳树村"}
    assert {form for visit in visits for form in visit["forms"]} == {"F10"}
    assert f"plan:F10@{factories.version_of('F10')}" in cadre.device.held
    # And a report made there comes in as the outcome of its household
    [held] = [value for value in families if value["visits"][0]["visit_id"] == visits[0]["visit_id"]]
    said = {"hs": {"at": "2026-11-21T09:00:00+08:00", "outcome": "refused", "worry": "no", "next": "month"}}
    about = {"case_id": UUID(held["case_id"]), "visit_id": visits[0]["visit_id"]}
    item = cadre.fill_in(county, form="F10", body={"answers": said}, **about)
    cadre.sync_all()
    assert cadre.result(item)["status"] == "ok"
    found = campaigns.read(session, supervisor, campaign_id, clock())
    assert {str(one.case.case_id): one.household.outcome for one in found.entries}[held["case_id"]] == "refused"


def test_row_38_a_rule_is_found_by_title_at_the_desk_and_stands_on_the_phone(county, session, clock, enrolled, at_desk):
    cadre = enrolled("cadre")
    with writing() as rows:
        administrator = county.acting(rows, "administrator")
        told = {
            "issuer": "最高人民检察院、全国妇联",
            "issued_on": day_of(clock()),
            "text": "第一条\n发现线索，及时移送。",
        }
        rule = rule_texts.write(rows, administrator, None, title="司法救助衔接机制", **told, number=0, now=clock())
        other = rule_texts.write(rows, administrator, None, title="实施意见", **told, number=0, now=clock())
        rule_id, other_id = rule.rule_id, other.rule_id
    page = at_desk("caseworker").get("/rules?title=衔接").text
    assert "司法救助衔接机制" in page and "实施意见" not in page
    # The phone hears of it at its first contact of the next day, and of a rule that went out of force as well
    clock.advance(days=1)
    cadre.sync_all()
    titles = {value["title"] for ref, value in cadre.device.held.items() if ref.startswith("rule:")}
    assert titles == {"司法救助衔接机制", "实施意见"}
    with writing() as rows:
        rule_texts.end(rows, county.acting(rows, "administrator"), other_id, clock())
        changed = {**told, "text": "第二条"}
        rule_texts.write(
            rows,
            county.acting(rows, "administrator"),
            rule_id,
            title="司法救助衔接机制（新）",
            **changed,
            number=1,
            now=clock(),
        )
    clock.advance(days=1)
    cadre.sync_all()
    held = [value for ref, value in cadre.device.held.items() if ref.startswith("rule:")]
    assert [(value["title"], value["text"]) for value in held] == [("司法救助衔接机制（新）", "第二条")]
    with pytest.raises(Problem, match="rule_changed"), writing() as rows:
        rule_texts.write(rows, county.acting(rows, "administrator"), rule_id, title="旧", **told, number=1, now=clock())


def noted(rows, county, who, now, *told):
    acting = county.acting(rows, who)
    for kind, on, times, people in told:
        outreach.note(
            rows, acting, kind=kind, on=on, region_code=county.village[:9], organisation_id=None, times=times,
            people=people, now=now,
        )  # fmt: skip


def test_row_39_outreach_has_its_totals_for_each_year(county, session, supervisor, clock, at_desk):
    today = day_of(clock())
    before = today.replace(year=today.year - 1)
    with writing() as rows:
        noted(rows, county, "caseworker", clock(), ("job_season", today, 1, 120), ("open_day", today, 2, 60))
        noted(rows, county, "supervisor", clock(), ("lecture", before, 3, 300), ("lecture", today, 1, 9))
    wrong = next(row for row in outreach.read(session, supervisor).outreach if row.people == 9)
    session.commit()
    with writing() as rows:
        outreach.take_back(rows, county.acting(rows, "supervisor"), wrong.note_id, clock())
    years = {one.year: (one.times, one.people) for one in outreach.read(session, supervisor).years}
    session.commit()
    assert years == {today.year: (3, 180), before.year: (3, 300)}
    assert rows_of(at_desk("supervisor").get("/outreach").text)[str(today.year)] == "3 180 0"


def test_row_41_persons_assisted_and_the_sum_of_relief_equal_the_count_by_hand(
    county, session, supervisor, clock, tell, family
):
    # 20,000 for a woman and her girl, 5,000 in advance for one alone, and one that was refused
    today = day_of(clock()).isoformat()
    for people, result, amount in (
        ([WOMAN, GIRL], "granted", "20000"),
        ([WOMAN], "advance", "5000"),
        ([], "refused", "0"),
    ):
        case_id = family()
        tell(case_id, "F2", {"members": people})
        tell(case_id, "F4R", {"relief": {"result": result, "amount": amount, "decided_on": today}})
    told = figures(session, supervisor, clock())
    assert (
        told["relieved"] == (2, None) and told["relieved_persons"] == (3, None) and told["relief_sum"] == (25000, None)
    )
    assert table(session, supervisor, clock(), "relieved_person") == {"woman": 2, "girl": 1}


def test_row_54_a_round_has_its_own_report_whose_file_hides_small_counts(
    county, session, supervisor, clock, tell, at_desk
):
    with writing() as rows:
        campaign_id = begun(rows, supervisor, county, clock(), name="三访四察五送", kind="three_visits")
        listed = [(str(number), county.village, f"第{number}户") for number in range(8)]
        campaigns.add_list(rows, supervisor, campaign_id, a_list(*listed), {}, None, clock())
    entries = campaigns.read(session, supervisor, campaign_id, clock()).entries
    session.commit()
    for entry in entries[:2]:
        said = {"outcome": "seen", "colour": "blue", "worry": "no", "next": "month"}
        tell(entry.case.case_id, "F10", {"hs": said}, author_id=county.cadre_id)
    desk = at_desk("supervisor")
    page = desk.get(f"/rounds/{campaign_id}").text
    assert "25.0 %" in page and rows_of(page)["见到了"] == "2" and rows_of(page)["还没走访"] == "6"
    desk.prove()
    answer = desk.post(f"/rounds/{campaign_id}/export", kind="csv", reason="meeting")
    content = answer.get_data().decode("utf-8-sig")
    assert (
        answer.status_code == 200 and "三访四察五送" in content and "<5，不显示" in content and ",25.0," not in content
    )
    # Ended, what nobody visited goes off the phones and stays here as not visited
    with writing() as rows:
        campaigns.end(rows, county.acting(rows, "supervisor"), campaign_id, clock())
    session.expire_all()
    found = campaigns.read(session, supervisor, campaign_id, clock())
    assert {(one.visit.state, one.household.outcome) for one in found.entries} >= {("cancelled", None)}


def measure(kind, status="done", **more):
    return {"ms": {"type": kind, "by": "proc", "status": status, **more}}


def test_row_62_supervision_orders_are_counted_for_a_period(county, session, supervisor, clock, tell, family):
    today = day_of(clock()).isoformat()
    for on in (today, today, "2025-03-01"):
        tell(family(), "F7", measure("supervision_order", started_on=on))
    assert figures(session, supervisor, clock())["orders"] == (2, None)


def test_row_63_interviews_are_counted_for_a_period_and_nothing_takes_a_word(
    county, session, supervisor, clock, at_desk
):
    desk, today = at_desk("caseworker"), day_of(clock())
    for on, times in ((today, 3), (today, 1), (today.replace(year=today.year - 1), 9)):
        sent = {"on": on.isoformat(), "region": county.village[:9], "organisation": str(county.organisation_id)}
        assert desk.post("/outreach/interviews", **sent, times=str(times)).status_code == 303
    assert figures(session, supervisor, clock())["interviews"] == (4, None)
    page = desk.get("/outreach").text
    assert "<textarea" not in page and 'type="text"' not in page
    assert set(re.findall(r'<input [^>]*type="(\w+)"', page)) == {"hidden", "date", "number"}
    text_columns = {column.name for column in InterviewCount.__table__.columns if isinstance(column.type, String)}
    assert text_columns == {"district", "region_code"}


def test_row_65_services_cases_and_persons_equal_the_count_by_hand(
    county, session, supervisor, clock, tell, family, at_desk
):
    # Three services for a woman and her boy, one for a woman alone, one that was refused, and a file nobody helped yet
    first, second, third = family(), family(), family()
    tell(first, "F2", {"members": [WOMAN, BOY]})
    for case_id, kind, status in (
        (first, "psych", "done"), (first, "legal_aid", "approved"), (first, "dibao", "in_progress"),
        (second, "goods", "done"), (third, "dibao", "refused"),
    ):  # fmt: skip
        tell(case_id, "F7", measure(kind, status))
    told = figures(session, supervisor, clock())
    assert told["services"] == (4, None) and told["helped_persons"] == (3, None)
    assert told["handled"] == told["received"] == (4, None)  # the three, and the family of the county
    shown = rows_of(at_desk("supervisor").get("/statistics").text)
    assert shown["服务事项"].startswith("4 项") and shown["帮扶人数"].startswith("3 人")
    assert shown["办理案件"].startswith("4 件")


def test_row_72_rates_stand_with_numerator_denominator_and_formula(
    county, session, supervisor, clock, tell, family, at_desk
):
    cases = [family(), family(), family()]
    for case_id in cases[:2]:
        tell(case_id, "F9", {"cl": {"reason": "goals_met"}})
    tell(cases[0], "F7", measure("mediation"))
    tell(cases[1], "F7", measure("mediation", "in_progress"))
    told = figures(session, supervisor, clock())
    assert told["closure"] == (2, 4) and told["settlement"] == (1, 2)
    shown = rows_of(at_desk("supervisor").get("/statistics").text)
    assert shown["结案率"].startswith("50.0 % 2 ÷ 4") and "已结案" in shown["结案率"]
    assert shown["化解率"].startswith("50.0 % 1 ÷ 2") and "已受理的调解" in shown["化解率"]


def test_row_73_judicial_and_social_relief_are_two_sums_and_letters_are_counted(
    county, session, supervisor, clock, tell, family
):
    today = day_of(clock()).isoformat()
    first, second = family(), family()
    tell(first, "F4", {"tl": {}})
    assert figures(session, supervisor, clock())["letters"] == (0, None)  # approved, it has not left the house
    with writing() as rows:
        sent = rows.get_one(Case, (county.district, first))
        case_events.note(rows, sent, Happened.LETTER_SENT, now=clock())
    tell(first, "F4R", {"relief": {"result": "granted", "amount": "100000", "decided_on": today}})
    tell(first, "F7", measure("judicial_relief", amount="100000"))  # the same money, told as a measure too
    tell(second, "F7", measure("temporary_relief", amount="10800.50"))
    told = figures(session, supervisor, clock())
    assert told["relief_sum"] == (100000, None) and str(told["other_sum"][0]) == "10800.50"
    assert told["letters"] == (1, None)


def test_row_76_response_resolution_and_satisfaction_stand_with_both_numbers(
    county, session, supervisor, clock, tell, family
):
    # Four leads: two answered within a working day, one late, one not at all
    came = clock()
    cases = [family() for _ in range(4)]
    with writing() as rows:
        for at, case_id in enumerate(cases):
            case = rows.get_one(Case, (county.district, case_id))
            case_events.note(rows, case, Happened.LEAD_RECEIVED, now=came)
            if at < 3:
                answered = came + (timedelta(hours=2) if at < 2 else timedelta(days=9))
                case_events.note(rows, case, Happened.TRIAGED, now=answered)
    for case_id, reason, view in ((cases[0], "goals_met", "5"), (cases[1], "declined", "3")):
        tell(case_id, "F9", {"cl": {"reason": reason, "subject_view": view}})
    tell(cases[2], "F3", {"fu": {"visited_at": came.isoformat()}, "aid": {"satisfaction": "4"}})
    told = figures(session, supervisor, clock())
    assert told["response"] == (2, 4)
    assert told["resolution"] == (1, 5)  # of all that came in, the family of the county among them
    assert told["satisfaction"] == (2, 3)


def test_row_77_the_time_from_discovery_to_the_report_is_shown(
    county, session, supervisor, clock, tell, family, at_desk
):
    found = clock() - timedelta(days=2)
    for hours in (6, 12, 48):
        lead = {"received_at": found.isoformat()}
        made = {"status": "done_110", "reported_at": (found + timedelta(hours=hours)).isoformat()}
        tell(family(), "F1", {"lead": lead, "mr": made})
    assert figures(session, supervisor, clock())["received"] == (4, None)
    page = at_desk("supervisor").get("/statistics").text
    assert rows_of(page)["发现 → 强制报告"] == "0.5 天 3 0"
    assert "of=report" in page


def test_row_82_legal_actions_are_counted_by_kind_for_a_period(county, session, supervisor, clock, tell, family):
    today = day_of(clock()).isoformat()
    kinds = [("guardian_revoked", today), ("guardian_revoked", "2025-01-02"), ("support_suit", today)]
    actions = [{"_id": str(factories.new_id()), "kind": kind, "on": on} for kind, on in kinds]
    tell(family(), "F2", {"case": {"type": "custody", "legal_actions": actions}})
    tell(family(), "F2", {"case": {"type": "labour", "legal_actions": [{"kind": "support_suit", "on": today}]}})
    assert table(session, supervisor, clock(), "legal_action") == {"guardian_revoked": 1, "support_suit": 2}
    assert figures(session, supervisor, clock())["guardian_revoked"] == (1, None)


def test_row_83_money_got_back_stands_in_a_line_of_its_own(county, session, supervisor, clock, tell, family, at_desk):
    tell(family(), "F7", measure("support_suit", amount="398000"))
    tell(family(), "F7", measure("dibao", amount="600"))
    told = figures(session, supervisor, clock())
    assert (
        told["recovered_sum"] == (398000, None) and told["other_sum"] == (600, None) and told["relief_sum"] == (0, None)
    )
    assert rows_of(at_desk("supervisor").get("/statistics").text)["追回款"].startswith("398000 元")


def test_row_85_outreach_is_counted_by_kind_with_its_audience(county, session, supervisor, clock):
    today = day_of(clock())
    told = (("article", today, 200, 0), ("lecture", today, 36, 4000), ("activity", today, 3000, 180_000))
    with writing() as rows:
        noted(rows, county, "supervisor", clock(), *told)
    found = figures(session, supervisor, clock())
    assert found["outreach_times"] == (3236, None) and found["outreach_people"] == (184_000, None)
    assert table(session, supervisor, clock(), "outreach") == {"article": 200, "lecture": 36, "activity": 3000}


def test_row_86_one_case_with_three_persons_counts_one_and_three(county, session, supervisor, clock, tell):
    tell(county.case_id, "F2", {"members": [WOMAN, GIRL, BOY]})
    told = figures(session, supervisor, clock())
    assert told["received"] == (1, None) and told["received_persons"] == (3, None)
