"""On the real thing: a report from the door is finished at the desk, the phone sees it, and takes it back."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import pytest
from playwright.sync_api import Playwright, expect
from sqlalchemy import select

from fieldapp.db import writing
from fieldapp.models import feed, team
from fieldapp.models.accounts import Account
from fieldapp.models.cases import Case, Visit, Visitor
from fieldapp.models.records import Record
from tests import factories
from tests.browser.answers import S001_1
from tests.browser.live import Desk, Phone, pictures_folder
from tests.browser.phone_stage import Server

pytestmark = [pytest.mark.browser, pytest.mark.one_process, pytest.mark.xdist_group("journey")]
CONSENT_FORM = "告知与同意"


@pytest.fixture
def desk(playwright: Playwright, server: Server) -> Iterator[Desk]:
    seat = Desk(playwright, server, pictures_folder())
    yield seat
    seat.close()
    assert not seat.troubles, seat.troubles


@dataclass(frozen=True)
class Place:
    """Where a report is put: all that the factory of reports asks of a county."""

    district: str
    case_id: UUID
    visit_id: UUID


def hand_in_the_other_part(server: Server, code_name: str) -> None:
    """The other visitor's consent of the same visit, as it came from her phone."""
    with server.app.app_context(), writing() as session:
        case = session.scalars(select(Case).where(Case.code_name == code_name)).one()
        li = session.scalars(select(Account).where(Account.login == "li")).one()
        hers = select(Visitor.visit_id).where(Visitor.person_id == li.person_id)
        visit = session.scalars(
            select(Visit).where(
                Visit.case_id == case.case_id, Visit.purpose == "investigation", Visit.visit_id.in_(hers)
            )
        ).one()
        others = (Visitor.visit_id == visit.visit_id, Visitor.person_id != li.person_id)
        other = session.scalars(select(Visitor.person_id).where(*others)).one()
        place = Place(case.district, case.case_id, visit.visit_id)
        now = server.now()
        record_id, _ = factories.record(session, now, place, form="F0", author_id=other, answers=b'{"answers":{}}')
        team.tell_of_record(session, session.get_one(Record, (case.district, record_id)))
        feed.number(session)


def test_a_report_from_the_door_is_finished_at_the_desk_and_taken_back_to_the_phone(
    li: Phone, desk: Desk, server: Server
) -> None:
    # Given a visit of which the other visitor has handed in her part, of the same form
    code_name = li.entry_text("首次走访")
    hand_in_the_other_part(server, code_name)
    li.send()
    li.home()
    li.open_case(code_name)
    li.no_conflict()
    expect(li.page.locator("#visit-others .entry")).to_contain_text([CONSENT_FORM])
    expect(li.page.locator("#visit-others")).to_contain_text("已提交")

    # And her own, handed in at the door
    li.start_visit()
    li.open_form(CONSENT_FORM)
    li.fill_to_the_contents(S001_1.consent)
    li.hand_in_at_the_door()
    li.home()
    li.open_case(code_name)
    li.end_visit()
    li.send()

    # When she sits down at the desk and finishes it there
    office = desk.page
    desk.sign_in("li")
    office.goto(f"{desk.server.desk_address}/records")
    desk.picture("desk-begun")
    office.set_viewport_size({"width": 360, "height": 800})
    assert office.evaluate("() => document.documentElement.scrollWidth") <= 360
    desk.picture("desk-begun-360")
    office.set_viewport_size({"width": 1280, "height": 800})
    desk.tap(office.locator("#begun").get_by_role("button", name="在这里写完"))
    office.locator(".record").wait_for()
    expect(office.locator("#told")).to_be_empty()

    # Then her phone opens it for reading alone, and says why
    li.send()
    li.home()
    li.open_case(code_name)
    expect(li.page.locator("#visit-others")).to_contain_text("起在单位电脑上写")
    entry = li.page.locator("#screen-case .entry", has_text=CONSENT_FORM)
    expect(entry.filter(has_text="继续填写")).to_have_count(0)
    li.picture("pen-case")
    li.open_form(CONSENT_FORM)
    notice = li.page.locator("#pen-at-desk")
    expect(notice).to_contain_text("这份记录正在单位电脑上写")
    li.picture("pen-at-desk")
    expect(li.page.locator(".record input:enabled, .record textarea:enabled")).to_have_count(0)

    # When she takes it back on the phone
    li.tap(notice.get_by_role("button", name="在这里继续写"))
    notice.wait_for(state="detached")
    li.page.locator(".record").wait_for()
    li.picture("pen-taken")
    li.send()

    # Then the desk says so at its next save, and keeps what was typed there
    desk.tap(office.locator(".rec-foot button").last)
    expect(office.locator("#told")).to_contain_text("这份记录现在由手机填写")
    desk.picture("desk-pen-lost")

    # And the phone hands it in
    li.home()
    li.open_case(code_name)
    expect(li.page.locator("#visit-others")).not_to_contain_text("单位电脑上写")
    li.open_form(CONSENT_FORM)
    li.to_the_contents()
    li.submit()
    li.send()
    li.home()
    li.open_case(code_name)
    expect(li.page.locator("#screen-case .entry", has_text=CONSENT_FORM).first).to_contain_text("已提交")
