"""A round on the real thing: the list is put together at the desk, walked through without any signal, and counted at
the desk when the phone is back.
"""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from fieldapp.days import day_of
from fieldapp.demo import VILLAGES
from tests.browser.conftest import EnrolledPhone
from tests.browser.live import Cadre, Supervisor
from tests.browser.phone_stage import Server

pytestmark = [pytest.mark.browser, pytest.mark.one_process, pytest.mark.xdist_group("called")]
NAME = "冬季摸排（演示）"
HOUSEHOLDS = ("周小满", "吴春生", "郑阿秀")  # invented
LIST = "#list-today .entry"
TOLD = (
    {"hs.outcome": "seen", "hs.colour": "yellow", "hs.worry": "no", "hs.next": "month"},
    {"hs.outcome": "absent", "hs.worry": "yes", "hs.next": "week"},
    {"hs.outcome": "seen", "hs.colour": "blue", "hs.worry": "no", "hs.next": "quarter"},
)


def begin_the_round(chen: Supervisor, village: str) -> None:
    page = chen.page
    page.goto(f"{chen.server.desk_address}/rounds")
    page.locator("#name").fill(NAME)
    page.locator("#region").select_option(village[:9])
    page.locator("#until").fill((day_of(chen.server.now()) + timedelta(days=20)).isoformat())
    chen.tap(page.locator("#campaigns form.card button"))
    expect(page.locator("#campaign h1")).to_have_text(NAME)
    for place, name in enumerate(HOUSEHOLDS, start=1):
        page.locator("#village").select_option(village)
        page.locator("#campaign #name").fill(name)
        chen.tap(page.locator("#campaign form", has=page.locator("#village")).get_by_role("button"))
        expect(page.locator("[aria-labelledby=households-title] tbody tr")).to_have_count(place)


def test_a_round_is_walked_through_without_signal_and_counted_when_the_phone_is_back(
    server: Server, phone_of: EnrolledPhone, chen: Supervisor
) -> None:
    # Given a round of three households of the cadre's village, and his phone that heard of it
    zhao = phone_of("zhao", Cadre)
    listed = zhao.page.locator(LIST).count()
    begin_the_round(chen, VILLAGES[0])
    zhao.send()
    zhao.home()
    expect(zhao.page.locator(LIST)).to_have_count(listed + len(HOUSEHOLDS))
    # When no server answers, and the phone was off in between
    server.stop()
    zhao.close()
    zhao.start()
    zhao.unlock()
    sweeps = zhao.page.locator(LIST, has_text="按计划走访")
    before = sweeps.count()
    for number, told in enumerate(TOLD, start=1):
        zhao.tap(sweeps.first)
        zhao.page.locator(".record").wait_for()
        for path, code in told.items():
            zhao.answer(path, code)
        zhao.submit()
        zhao.home()
        expect(sweeps).to_have_count(before - number)
    # Then all of it waits on the phone, through another start of it
    zhao.close()
    zhao.start()
    zhao.unlock()
    zhao.tab("sync")
    zhao.counts(waiting=len(TOLD))
    zhao.picture("round-waiting")
    # And with a signal it is counted at the desk, whom somebody is worried about first
    server.start()
    zhao.send()
    chen.page.reload()
    rows = chen.page.locator("[aria-labelledby=households-title] tbody tr")
    expect(rows).to_have_count(len(HOUSEHOLDS))
    expect(rows.first).to_contain_text("要有人去")
    said = [re.sub(r"\s+", " ", text) for text in rows.all_inner_texts()]
    assert sum("见到了" in one for one in said) == 2 and sum("不在家" in one for one in said) == 1, said
    assert not any("还没走访" in one for one in said)
    chen.picture("round-counted")
