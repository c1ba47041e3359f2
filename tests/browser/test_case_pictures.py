"""One case from the lead to what closes it, for the pictures of docs/casework.md (scripts/screenshots.py).

What the pages show is tested beside their rules: this runs only when pictures are taken, and in the soak. Invented.
"""

from datetime import datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Locator, Playwright, ViewportSize, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp.actions import agendas, dispatches, funds, key_care, letters
from fieldapp.casework.letters.kinds import Kind
from fieldapp.days import CHINA, day_of
from fieldapp.db import writing
from fieldapp.demo import DISTRICT, help_given, papers_and_requests, visits_made
from fieldapp.models.cases import Case
from fieldapp.models.organisations import Department
from tests.browser import phone_stage
from tests.browser.live import Supervisor, pictures_folder

pytestmark = [pytest.mark.browser, pytest.mark.soak, pytest.mark.one_process]
MEASURE = {"ms.providers": ["civil"], "ms.kind": "cash"}
UNFOLDED = 2  # of the folded reasons of a part
PAGE = ViewportSize(width=960, height=720)
FOUR = {
    "four.harm": "丈夫下班路上被货车撞倒，抢救无效去世（演示）。",
    "four.hardship": "判决的赔偿没有拿到；她在超市打零工，孩子上小学（演示）。",
    "four.causal": "丈夫是家里的主要劳力，困难由本案直接造成（演示）。",
    "four.situation": ["A3"],
    **{f"four.exclusions.x{number}": "no" for number in range(1, 7)},
}
LETTER = {
    "tl.variant": "complete", "tl.from_org": "wf", "tl.from_name": "示例县妇女联合会", "tl.from_level": "county",
    "tl.to_org": "proc", "tl.to_name": "示例县人民检察院", "tl.to_level": "county", "tl.contact_safe": "only_times",
    "tl.safe_how": "工作日上午", "tl.contact": "陈素心", "tl.contact_phone": "199 0000 0001",
    "tl.subject": [{"name": visits_made.FAMILY}], "orig.type": "traffic", "orig.stage": "enforcement",
    "orig.organ": "示例县人民法院", "orig.doc_no": "（2026）示例民初12号", "orig.awarded": "680000",
    "orig.paid": "20000", **FOUR,
    "enc.papers": [{"paper": "hukou_book", "state": "attached", "form": "copy", "pages": 3}],
    "sent.basis": "duty", "sent.basis_text": "国家司法救助意见（试行）",
    "sent.approved_by": {"strokes": [[[10, 60], [30, 20], [50, 70], [80, 25]]], "text_hash": "0" * 64},
}  # fmt: skip


def test_pictures_of_a_case_from_the_lead_to_what_closes_it(
    playwright: Playwright, server: phone_stage.Server, supervisor: Supervisor
) -> None:
    with server.app.app_context(), writing() as session:
        now = server.now()
        help_given.load(session, now)
        papers_and_requests.load(session, now)
        case = visits_made.load(session, now - timedelta(days=24))
        help_is_given(session, case, now)
        file = f"{server.desk_address}/cases/{case.case_id}"
    chen, page = supervisor, supervisor.page
    chen.sign_in("chen")
    page.set_viewport_size(PAGE)
    page.goto(file)
    for part in ("state", "screening", "plan", "timeline"):
        section = page.locator("section", has=page.locator(f"#{part}-title"))
        for folded in section.locator("details.why, details:has(summary .quiet)").all()[:UNFOLDED]:
            chen.tap(folded.locator("summary").first)
        keep(chen, f"case-{part}", section)
    for title, name in (("会议纪要", "minutes"), ("国家司法救助线索移送函", "letter")):
        page.goto(file.replace("/cases/", "/letters/of/"))
        chen.tap(page.locator(".letter", has_text=title).get_by_role("link", name="打印").first)
        keep(chen, f"case-{name}", page.locator(".sheet"))
    page.set_viewport_size(ViewportSize(width=960, height=900))
    chen.picture("case-letter")  # what is seen of it: it is two pages
    for path, name in (("/key-care", "key-care"), ("/rights", "rights")):
        page.goto(server.desk_address + path)
        keep(chen, f"case-{name}", page.locator("main"))
    page.goto(f"{file}/funds")
    page.set_viewport_size(ViewportSize(width=960, height=440))
    chen.picture("case-funds")
    liaison = Supervisor(playwright, server, pictures_folder())  # type: ignore[arg-type]
    liaison.sign_in("he")
    liaison.page.set_viewport_size(PAGE)
    liaison.page.goto(f"{server.desk_address}/tasks")
    keep(liaison, "case-task", liaison.page.locator("main article").last)
    liaison.close()
    assert not liaison.troubles, liaison.troubles


def keep(desk: Supervisor, name: str, part: Locator) -> None:
    """A part of the page, whole."""
    expect(part).to_be_visible()
    if desk.pictures is not None:
        part.screenshot(path=desk.pictures / f"{name}.png", animations="disabled")


def help_is_given(session: Session, case: Case, now: datetime) -> None:
    """A letter, a meeting, two measures of which one is a department's task, money in custody, the key-care list."""
    author, approver = help_given.acting(session, "sun"), help_given.acting(session, "chen")

    def approved(form: str, days_ago: int, values: dict[str, Any]) -> Any:
        then = now - timedelta(days=days_ago)
        return help_given.desk_record(session, author, approver, form, case, values, then)

    wrote = (now - timedelta(days=20)).astimezone(CHINA)
    letter_of = approved("F4", 20, {**LETTER, "sent.sent_at": wrote.isoformat(timespec="minutes")})
    letter = letters.make(session, approver, case.case_id, Kind.TRANSFER, letter_of, wrote)
    letters.note_signed(session, approver, letter.letter_id, wrote)
    letters.note_sent(session, approver, letter.letter_id, wrote)
    met = (now - timedelta(days=12)).astimezone(CHINA)
    letters.make(session, approver, case.case_id, Kind.MINUTES, approved("F8", 12, meeting(case, met)), met)
    began = (day_of(now) - timedelta(days=10)).isoformat()
    running = {"ms.type": "temporary_relief", "ms.title": "临时救助一次（演示）", "ms.status": "in_progress"}
    approved("F7", 10, {**MEASURE, **running, "ms.started_on": began})
    asked = approved(
        "F7", 1, {**MEASURE, "ms.type": "dibao", "ms.title": "帮她申请低保（演示）", "ms.status": "planned"}
    )
    department = session.scalars(select(Department.department_id).where(Department.district == DISTRICT)).one()
    said = {"purpose": "低保", "asked": "请在本月内受理她的申请（演示）", "reach": "只通过示例县妇联联系"}
    dispatches.send(session, approver, case.case_id, asked, department, **said, now=now - timedelta(days=1))
    for entry, days_ago, yuan, purpose in (("received", 8, "3000", ""), ("used", 3, "620.50", "孩子的学费（演示）")):
        then = now - timedelta(days=days_ago)
        line = {"entry": entry, "on": day_of(then).isoformat(), "yuan": yuan, "purpose": purpose}
        assert funds.write(session, approver, case.case_id, **line, keeper="示例县福利院（演示）", now=then) is None
    review_on = day_of(now) + timedelta(days=21)
    on_list = {"level": "key", "reason": "一个人带孩子，没有固定收入（演示）", "review_on": review_on}
    key_care.put_on(session, approver, case.case_id, **on_list, now=now - timedelta(days=9))
    agendas.make(session, DISTRICT, case.case_id, now)


def meeting(case: Case, met: datetime) -> dict[str, Any]:
    people = (
        ("wf", "示例县妇女联合会", "陈素心"),
        ("civil", "示例县民政局", "何禾"),
        ("edu", "示例县教育局", "孟老师"),
    )
    decision = {
        "text": "学校给孩子办理助学金（演示）", "owner": "edu",
        "due": (day_of(met) + timedelta(days=20)).isoformat(),
    }  # fmt: skip
    return {
        "mt.kind": "joint_meeting", "mt.at": met.isoformat(timespec="minutes"), "mt.place": "示例县妇女联合会会议室",
        "mt.chair": "陈素心", "mt.recorder": "孙明达", "mt.cases": [{"code_name": case.code_name}],
        "mt.participants": [{"org": org, "unit": unit, "name": name, "outside": "no"} for org, unit, name in people],
        "mt.decisions": [decision], "mt.has_shared": "no", "mt.secrecy_read": "yes",
    }  # fmt: skip
