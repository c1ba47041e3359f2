"""Two approvals at the desk: the queue, the report and the settings, for who gave the first and for who may give the
second.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy.orm import Session

from fieldapp.actions import plans, reviews, two_levels
from fieldapp.config import Config
from fieldapp.models import server_keys
from fieldapp.models.accounts import Role
from fieldapp.models.records import Record
from tests import factories, reports
from tests.browser import desk_seat
from tests.browser.desk_room import served
from tests.browser.desk_seat import Seat, in_both_looks
from tests.house_reading import assert_none

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-desk")]
APPROVE = {"zh": "批准（复审）", "en": "Approve (second of two)"}
NOT_HERS = {"zh": "您已作初审，由另一位主管复审", "en": "You gave the first approval: another decides"}
PALE = {"zh": "请由另一位主管复审", "en": "another supervisor gives the second"}
ALONE = {"zh": "那里没有人能作复审", "en": "nobody there could give the second approval"}


@pytest.fixture
def config(tmp_path: Path, ring: Any) -> Config:
    return desk_seat.config_of(tmp_path, ring)


@dataclass(frozen=True)
class Desk:
    address: str
    first_approved: UUID


@pytest.fixture
def desk(app: Any, session: Session, county: factories.County, clock: Any) -> Iterator[Desk]:
    """Two reports of a form of which two approvals are asked, one of them with the first; a supervisor of one township
    alone, who may give the second there.
    """
    now = clock()
    plans.publish_library(session, now)
    server_keys.make_server_keys(session, now)
    administrator, supervisor = county.acting(session, "administrator"), county.acting(session, "supervisor")
    for form, whose in (("F2", None), ("F9", county.organisation_id)):
        two_levels.decide(session, administrator, form, whose, "新人较多，两人把关", now, is_asked=True)
    factories.person(session, now, Role.SUPERVISOR, factories.TOWNSHIP, name="何静", login="second")
    told = reports.body(reports.investigation(county.subject_id), now)
    factories.record(session, now, county, answers=told)
    record_id, _ = factories.record(session, now, county, answers=told)
    reviews.open_review(session, supervisor, record_id, now)
    head = reviews.head_of(session, session.get_one(Record, (county.district, record_id)))
    exactly = (record_id, head.revision_id, head.content_hash)
    reviews.approve(session, supervisor, *exactly, text="电话核实过收入", now=now)
    session.commit()
    with served(app) as address:
        yield Desk(address, record_id)


@pytest.mark.looks_at("dashboard.queue", "review.report", "two_levels.page")
@in_both_looks
def test_who_gave_the_first_and_who_gives_the_second_see_which_is_whose(
    browser: Browser, desk: Desk, width: int, scheme: str, language: str
) -> None:
    wrong: list[str] = []
    report, how = f"/reports/{desk.first_approved}", {"width": width, "scheme": scheme, "language": language}
    with Seat(browser, desk.address, "supervisor", **how) as seat:
        expect(seat.open("/queue").get_by_text(NOT_HERS[language])).to_be_visible()
        wrong += seat.look("levels-queue-first")
        expect(seat.open(report).locator("#first-approval")).to_contain_text(PALE[language])
        wrong += seat.look("levels-report-first") + seat.refused
    with Seat(browser, desk.address, "second", **how) as seat:
        seat.open("/queue")
        wrong += seat.look("levels-queue-second")
        page = seat.open(report)
        page.locator("form[action$='/open'] button").click()
        expect(page.get_by_role("button", name=APPROVE[language])).to_be_visible()
        wrong += seat.look("levels-report-second") + seat.refused
        page.get_by_role("button", name=APPROVE[language]).click()
        expect(page.locator(f"#record-{desk.first_approved}")).to_have_count(0)
    with Seat(browser, desk.address, "administrator", **how) as seat:
        expect(seat.open("/limits/approvals").locator("#alone")).to_contain_text(ALONE[language])
        seat.page.locator("summary", has_text="一级即可" if language == "zh" else "One is enough").first.click()
        wrong += seat.look("levels-settings") + seat.refused
    assert_none(wrong)
