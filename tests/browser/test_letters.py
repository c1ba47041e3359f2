"""Letters in the real browser: made, signed and printed by clicks, readable and reachable in both languages."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from fieldapp.actions import extracts, letter_templates, plans
from fieldapp.casework.letters import shipped
from fieldapp.casework.letters.kinds import Kind
from fieldapp.config import Config
from tests import factories, papers, reports
from tests.browser import desk_seat
from tests.browser.desk_room import served
from tests.browser.desk_seat import Seat, in_both_looks
from tests.house_reading import assert_none

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-desk")]


@pytest.fixture
def config(tmp_path: Path, ring: Any) -> Config:
    return desk_seat.config_of(tmp_path, ring)


@pytest.fixture
def address(app: Any, session: Any, county: factories.County, clock: Any) -> Iterator[str]:
    now = clock()
    plans.publish_library(session, now)
    told = reports.body(reports.investigation(county.subject_id), now)
    factories.record(session, now, county, answers=told, state="approved")
    papers.approved(session, now, county)
    lacking = {**papers.LETTER, "four": {**papers.FOUR, "causal": None}}
    papers.approved(session, now, county, answers=lacking)
    supervisor = county.acting(session, "supervisor")
    extracts.share(
        session, supervisor, county.case_id, receiver="civil", receiver_name="示范县民政局", basis="duty",
        basis_text="社会救助暂行办法", purpose="申请低保", chosen=["code_name"], now=now,
    )  # fmt: skip
    administrator = county.acting(session, "administrator")
    content = shipped.template_of(Kind.TRANSFER)
    letter_templates.keep(session, administrator, Kind.TRANSFER, "县模板.docx", content, now)
    session.commit()
    with served(app) as opened:
        yield opened


@pytest.mark.looks_at("letters.page", "letters.print_page", "extracts.choose", "letters.blank", "letter_templates.page")
@in_both_looks
def test_a_letter_is_made_signed_and_printed_by_clicks(
    browser: Browser, address: str, county: factories.County, width: int, scheme: str, language: str
) -> None:
    is_zh = language == "zh"
    said = {
        "way": "制作、打印、跟踪函件，提供信息" if is_zh else "Make, print and follow letters; share an extract",
        "make": "制作" if is_zh else "Make it",
        "signed": "记为已签名" if is_zh else "Note: signed",
        "print": "打印" if is_zh else "Print",
        "copy": "打印一份" if is_zh else "Print a copy",
    }
    wrong: list[str] = []
    with Seat(browser, address, "supervisor", width, scheme, language) as seat:
        page = seat.page
        seat.open(f"/cases/{county.case_id}")
        page.get_by_role("link", name=said["way"]).click()
        wrong += seat.look("letters")
        letter = page.locator("li", has=page.locator('button[value="transfer"]'))
        letter.get_by_role("button", name=said["make"], exact=True).click()
        expect(page.locator(".letter h3")).to_contain_text("线移〔2026〕1号")
        page.get_by_role("button", name=said["signed"]).click()
        wrong += seat.look("letters_signed")
        page.locator(".letter").get_by_role("link", name=said["print"], exact=True).click()
        expect(page.locator(".sheet h1")).to_have_text("国家司法救助线索移送函")
        wrong += seat.look("letter_print")
        seat.open(f"/letters/of/{county.case_id}")
        page.get_by_role("button", name=said["copy"]).click()
        expect(page.locator(".sheet")).to_contain_text("第 1 份")
        wrong += seat.look("extract")
        seat.open(f"/extracts/of/{county.case_id}?receiver=proc")
        wrong += seat.look("extract_new")
        seat.open("/letters/blank/F9")
        wrong += seat.look("blank")
        wrong += seat.refused
    with Seat(browser, address, "administrator", width, scheme) as seat:
        seat.open("/letter-templates")
        wrong += [*seat.look("letter_templates"), *seat.refused]
    assert_none(wrong)
