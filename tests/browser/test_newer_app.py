"""A store that a newer app made, and no newer app to be had: the page says so, and whom to ask."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser import phone_stage
from tests.browser.frozen import PLAIN_PAGE
from tests.browser.test_old_profiles import RAISE

pytestmark = pytest.mark.browser


def test_where_there_is_no_newer_version_she_is_told_whom_to_ask(page: Page, stage: phone_stage.Server) -> None:
    # Given an installed app whose store is of tomorrow
    page.goto(stage.phone_address)
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    page.goto(f"{stage.phone_address}{PLAIN_PAGE}")
    page.evaluate(RAISE)
    page.goto(stage.phone_address)
    update = page.locator("#screen-newer #newer-update")
    update.wait_for()
    # When she asks for the newer version, and there is none
    update.tap()
    # Then she reads that, stays where she is, and may ask again
    expect(page.locator("#screen-newer")).to_contain_text("还没有新版本，请联系单位的管理员。")
    expect(update).to_be_enabled()
