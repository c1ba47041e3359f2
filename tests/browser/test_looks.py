"""The same screens in the dark and in English: what a person chose stays when the phone is opened again."""

import pytest
from playwright.sync_api import expect

from tests.browser.live import Caseworker
from tests.browser.phone_stage import Server

pytestmark = [pytest.mark.browser, pytest.mark.one_process, pytest.mark.xdist_group("journey")]


def test_dark_and_english_stay_as_chosen_also_where_no_server_answers(server: Server, li: Caseworker) -> None:
    # Given a caseworker who wants the dark
    li.tab("settings")
    li.tap(li.page.locator("#set-theme [data-value=dark]"))
    expect(li.page.locator("html")).to_have_attribute("data-theme", "dark")  # said when it is on disk
    # When she opens the app again, and no server answers
    server.stop()
    li.close()
    li.start()
    li.unlock()
    # Then it is dark still
    root = li.page.locator("html")
    expect(root).to_have_attribute("data-theme", "dark")
    li.picture("dark-worklist")
    code_name = li.entry_text("首次走访")
    # And in English the form asks in English, from the first question on
    li.tab("settings")
    li.tap(li.page.locator("#set-theme [data-value=light]"))
    li.tap(li.page.locator("#set-language [data-value=en]"))
    expect(root).to_have_attribute("lang", "en")
    li.home()
    li.open_case(code_name)
    li.no_conflict()
    li.start_visit()
    li.open_form("Household investigation")
    expect(li.question("visit.outcome")).to_contain_text("Could you make the visit?")
    li.picture("english-door")
