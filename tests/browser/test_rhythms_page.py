"""The page on which a county sets how often families are looked in on: empty, set, and refused."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect

from fieldapp.config import Config
from tests import factories
from tests.browser import desk_seat
from tests.browser.desk_room import served
from tests.browser.desk_seat import Seat, in_both_looks
from tests.house_reading import assert_none

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-desk")]
PAGE = "/limits/follow-ups"


@pytest.fixture
def config(tmp_path: Path, ring: Any) -> Config:
    return desk_seat.config_of(tmp_path, ring)


@pytest.fixture
def desk(app: Flask, county: factories.County, forms: None) -> Iterator[str]:
    with served(app) as address:
        yield address


@in_both_looks
def test_days_are_set_with_a_reason_and_too_rare_is_refused_on_the_same_page(
    browser: Browser, desk: str, width: int, scheme: str, language: str
) -> None:
    with Seat(browser, desk, "administrator", width, scheme, language) as seat:
        page = seat.open("/limits")
        page.locator(f'main a[href="{PAGE}"]').click()
        expect(page.locator("main h1")).to_be_visible()
        wrong = seat.look(f"rhythms-{language}")
        page.locator("[name=red]").fill("9")
        page.locator("[name=reason]").fill("Short of people")
        page.locator("main form[action$=follow-ups] button").click()
        expect(page.locator("#problem")).to_contain_text("rhythm_red_too_long")
        expect(page.locator("[name=red]")).to_have_value("9")
        wrong += seat.look(f"rhythms-refused-{language}")
        page.locator("[name=red]").fill("5")
        page.locator("[name=follow_up]").fill("14, 30, 90, 180, 365")
        page.locator("[name=reason]").fill("More people since October")
        page.locator("main form[action$=follow-ups] button").click()
        expect(page.locator("table").last).to_contain_text("More people since October")
        wrong += seat.look(f"rhythms-set-{language}")
        # The refusal itself is an answer of 422, which the browser names
        assert_none([*wrong, *(said for said in seat.refused if "422" not in said)])
