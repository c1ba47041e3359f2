"""The pages of who works: duty, women, the green channel, limits, teams and experts; as a browser without scripts."""

import pytest

from fieldapp.models.accounts import Person, Role, Sex
from fieldapp.models.cases import Case
from fieldapp.models.clock_settings import ClockSetting
from fieldapp.models.crews import Crew, CrewMember, Expert
from fieldapp.models.duty import DutyShift
from tests import factories, plans_of_help, reports

SHIFT = {"starts_at": "2026-11-21T08:00", "ends_at": "2026-11-21T20:00"}


@pytest.fixture
def desk_of(at_desk, forms, county):
    return at_desk


def file_of(county):
    return f"/cases/{county.case_id}"


def test_a_roster_is_planned_repeated_and_struck_on_its_page(desk_of, county, look):
    desk = desk_of("supervisor")
    assert desk.get("/duty").status_code == 200 and "没有人" in desk.page
    who = {"person": str(county.supervisor_id), "deputy": str(county.caseworker_id)}
    assert desk.post("/duty", **who, **SHIFT, days="2").headers["Location"].endswith("/duty?week=2026-11-16")
    desk.get("/duty?week=2026-11-16")
    assert desk.page.count("陈岚") >= 3 and "李雨" in desk.page
    assert "这些时段没有主管值班" in desk.page  # the night between, and the days after
    assert desk.get("/").status_code == 200 and "请排班" in desk.page
    assert desk.post("/duty/repeat", week="2026-11-18").status_code == 303
    assert desk.post("/duty/repeat", week="2026-11-16").status_code == 303
    assert len(look(DutyShift)) == 4  # once, however often it is pressed
    last = max(look(DutyShift), key=lambda shift: shift.starts_at)
    assert desk.post(f"/duty/{last.shift_id}/strike", week="2026-11-23").status_code == 303
    assert desk.post(f"/duty/{last.shift_id}/strike").status_code == 404
    desk.get("/duty?week=nothing")
    assert "2026-11-16" in desk.page
    for wrong in ({**SHIFT, "ends_at": SHIFT["starts_at"]}, {**SHIFT, "starts_at": "2026-10-01T08:00"}):
        assert desk.post("/duty", **who, **wrong).status_code == 422 and "值班时间不对" in desk.page
    assert desk.post("/duty", person=str(county.cadre_id), **SHIFT).status_code == 422
    assert desk.post("/duty", **who, starts_at="soon", ends_at="later").status_code == 400


def test_a_family_that_asks_for_women_says_so_and_a_supervisor_allows_one_person(desk_of, county, session, clock, look):
    man = factories.person(session, clock(), Role.CASEWORKER, county.district, name="周强")
    session.get_one(Person, (county.district, man)).sex = Sex.MAN
    session.commit()
    worker, desk = desk_of("caseworker"), desk_of("supervisor")
    worker.get(file_of(county))
    assert worker.post(f"{file_of(county)}/women", reason="她想和女同志谈").status_code == 303
    desk.get(file_of(county))
    assert "这家人由女同志办理" in desk.page
    visit = {
        "purpose": "follow_up", "visitors": [str(man)], "planned_on": "2026-11-25", "reason": "planned_visit",
    }  # fmt: skip
    assert desk.post(f"{file_of(county)}/visits", **visit).status_code == 422
    assert "没有登记性别的人" in desk.page
    assert desk.post(f"{file_of(county)}/women/allow", person=str(man), reason=" ").status_code == 422
    assert desk.post(f"{file_of(county)}/women/allow", person=str(man), reason="没有别人").status_code == 303
    assert desk.post(f"{file_of(county)}/visits", **visit).status_code == 303
    desk.get(file_of(county))
    assert "没有别人" in desk.page
    assert desk.post(f"{file_of(county)}/women/end", reason="她改了主意").status_code == 303
    # Who plans without reading of violence sees nothing of it on the page
    administrator = desk_of("administrator")
    administrator.get(file_of(county))
    assert "女同志" not in administrator.page


def test_a_report_that_asks_for_women_names_who_went_to_its_reviewer(desk_of, county, session, clock):
    session.get_one(Person, (county.district, county.second_caseworker_id)).sex = None
    told = reports.changed(reports.investigation(county.subject_id), {"case.type": "rape"})
    record_id, _ = factories.record(
        session, clock(), county, answers=reports.body(told, clock()), state="in_review", visit_id=county.visit_id
    )
    session.commit()
    desk = desk_of("supervisor")
    desk.get(f"/reports/{record_id}")
    assert "这是在这次走访中才知道的" in desk.page and "王禾" in desk.page


def test_an_administrator_says_who_is_a_woman_after_a_fresh_proof(desk_of, county, look):
    desk = desk_of("administrator")
    page = f"/admin/people/{county.cadre_id}"
    desk.get(page)
    desk.prove(next=page)
    assert desk.post(f"{page}/sex", sex="man").status_code == 303
    assert desk.post(f"{page}/sex", sex="other").status_code == 400
    assert {one.person_id: one.sex for one in look(Person)}[county.cadre_id] == "man"
    assert desk.post(f"{page}/sex", sex="").status_code == 303
    assert {one.person_id: one.sex for one in look(Person)}[county.cadre_id] is None


def test_the_green_channel_is_given_and_ended_on_the_file(desk_of, county, look):
    desk = desk_of("supervisor")
    desk.get(file_of(county))
    assert desk.post(f"{file_of(county)}/green", handler=str(county.caseworker_id), reason="").status_code == 422
    given = {"handler": str(county.caseworker_id), "reason": "急需手术"}
    assert desk.post(f"{file_of(county)}/green", **given).status_code == 303
    desk.get("/cases")
    assert "绿色通道" in desk.page
    assert desk_of("administrator").get("/cases").text.count("绿色通道") == 0
    desk.get(file_of(county))
    assert "承办人" in desk.page and "急需手术" in desk.page
    assert desk.post(f"{file_of(county)}/green/end", reason="手术做完了").status_code == 303
    assert desk.post(f"{file_of(county)}/green/end", reason="再来一次").status_code == 404
    assert [case.green_since for case in look(Case)] == [None]


def test_limits_are_renamed_and_our_own_made_longer_or_shorter(desk_of, county, look):
    desk = desk_of("supervisor")
    desk.get("/limits")
    assert "反家庭暴力法" in desk.page
    change = {"code": "visit", "amount": "3", "name_zh": "即时走访", "name_en": ""}
    assert desk.post("/limits", **change).status_code == 303
    desk.get("/limits")
    assert "即时走访" in desk.page and "本地已改" in desk.page
    assert desk.post("/limits", **{**change, "amount": "abc"}).status_code == 422
    assert desk.post("/limits", **{**change, "code": "protect", "amount": "1"}).status_code == 422
    assert desk.post("/limits", code="visit").status_code == 303
    assert look(ClockSetting) == []


def test_teams_and_experts_are_kept_on_one_page_and_an_expert_is_asked_from_a_file(
    desk_of, county, session, clock, look
):
    record_id = plans_of_help.measure(session, clock(), county)
    desk = desk_of("supervisor")
    desk.get("/crews")
    assert desk.post("/crews", kind="lookout", name="东乡瞭望哨").status_code == 303
    crew = look(Crew)[0]
    assert desk.post(f"/crews/{crew.crew_id}/members", name="王大妈").status_code == 303
    expert = {"kind": "lawyer", "organisation": "示范律师事务所"}
    assert desk.post("/crews/experts", name="郑律", **expert, contract_until="2027-01-01").status_code == 303
    assert desk.post("/crews/experts", name="冯律", **expert, contract_until="2026-01-01").status_code == 303
    desk.get("/crews")
    assert all(text in desk.page for text in ("王大妈", "1 人", "已到期，不能再请"))
    runs, over = sorted(look(Expert), key=lambda one: one.contract_until, reverse=True)
    desk.get(file_of(county))
    assert "郑律" in desk.page and "冯律" not in desk.page
    asked = {"record": str(record_id), "expert": str(over.expert_id)}
    assert desk.post(f"{file_of(county)}/experts", **asked).status_code == 422
    assert desk.post(f"{file_of(county)}/experts", **{**asked, "expert": str(runs.expert_id)}).status_code == 303
    assert desk.post(f"/crews/experts/{over.expert_id}/renew", contract_until="").status_code == 303
    assert desk.post(f"/crews/experts/{over.expert_id}/end").status_code == 303
    assert desk.post(f"/crews/members/{look(CrewMember)[0].member_id}/end").status_code == 303
    assert desk.post(f"/crews/{crew.crew_id}/end").status_code == 303
    assert desk.post("/crews", kind="lookout", name=" ").status_code == 422


@pytest.mark.parametrize("page", ["/duty", "/limits", "/crews"])
def test_every_page_of_who_works_stands_in_english_too(desk_of, county, page):
    desk = desk_of("supervisor")
    desk.get(page)
    desk.post("/language", language="en")
    assert desk.get(page).status_code == 200
    assert "1 working days" not in desk.page and "1 hours" not in desk.page
    assert 'lang="en"' in desk.page
