"""The practice: everything as in a real visit, with people who do not exist, and nothing that leaves or stays."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Page, Playwright, Request, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp import demo
from fieldapp.actions import policies
from fieldapp.db import writing
from fieldapp.models.accounts import Account, acting_for
from tests.browser.live import Caseworker
from tests.browser.phone_stage import Phone, Server
from tests.browser.test_in_app import back
from tests.browser.test_ways import lock

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("ways")]
OURS = {"", "#training", "sw.js", "manifest.webmanifest"}
PRACTICE_PIN = "314159"
NAMES = "async () => (await indexedDB.databases()).map(({ name }) => name).sort()"
# Every row of every store of the real app, as text: keys, and bytes in hex.
ROWS = """async () => {
  const hex = (bytes) => Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const flat = (_, value) => value instanceof Uint8Array || value instanceof ArrayBuffer ? hex(value) : value;
  const all = [];
  for (const { name } of await indexedDB.databases()) {
    if (name.startsWith("training")) continue;
    const database = await new Promise((resolve) => {
      const asked = indexedDB.open(name);
      asked.onsuccess = () => resolve(asked.result);
    });
    const rows = async (store, method) => new Promise((resolve) => {
      const asked = database.transaction(store).objectStore(store)[method]();
      asked.onsuccess = () => resolve(asked.result);
    });
    for (const store of database.objectStoreNames)
      all.push([name, store, await rows(store, "getAllKeys"), JSON.stringify(await rows(store, "getAll"), flat)]);
    database.close();
  }
  return all.sort();
}"""


@pytest.fixture
def no_server(stage: Server) -> Iterator[Callable[[], None]]:
    """Closes the port until the test is over."""
    yield stage.stop
    stage.stop()
    stage.start()


@pytest.fixture
def worker(playwright: Playwright, tmp_path: Path, page: Page, stage: Server) -> Caseworker:
    """Her steps, on the page of this test."""
    worker = Caseworker(playwright, tmp_path, stage)  # type: ignore[arg-type]  # started by nobody: the page is there
    worker.page, worker.pin = page, PRACTICE_PIN
    return worker


@pytest.fixture
def asked(page: Page) -> Iterator[list[Request]]:
    """Every request of the page and its workers since it was opened."""
    heard: list[Request] = []
    page.context.on("request", lambda request: heard.append(request))
    yield heard


def person_of(session: Session, login: str) -> UUID:
    return session.scalars(select(Account.person_id).where(Account.login == login)).one()


def begin(page: Page, role: str) -> None:
    page.locator("#training-open").click()
    page.locator(f"#training-{role}").click()
    page.locator("#screen-worklist .entry").first.wait_for()


def leave(page: Page) -> None:
    page.locator("#training-leave").click()
    page.locator("#training-leave-now").click()


def test_a_new_phone_practises_a_look_in_without_a_code_and_nothing_leaves_or_stays(
    phone: Phone, page: Page, asked: list[Request], no_server: Callable[[], None]
) -> None:
    # Given a phone that nobody has set up, and a server that goes away
    phone.open()
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    before: Any = page.evaluate(NAMES)
    no_server()
    asked.clear()
    # When she practises what a village cadre does
    begin(page, "village")
    expect(page.locator("#training")).to_contain_text("不会发出")
    page.locator("#list-today .entry").click()
    page.locator("#conflict [data-value=no]").click()
    page.locator(".entries button.entry").first.click()
    record = page.locator(".record")
    record.get_by_text("是", exact=True).first.click()
    record.get_by_text("差不多", exact=True).click()
    record.get_by_text("否", exact=True).nth(1).click()
    record.get_by_text("否", exact=True).nth(2).click()
    page.locator(".rec-foot button").last.click()
    # Then it lies in the tray, and the words say that it stays there
    expect(page.locator("#toast")).to_contain_text("不会发出")
    page.locator("#back").click()
    page.locator("#tab-sync").click()
    expect(page.locator("#training-tray .entry")).to_have_count(1)
    # And an urgent record says that nobody hears of it
    page.locator("#urgent-open").click()
    page.locator("#urgent-save").click()
    expect(page.locator("#urgent-state")).to_contain_text("没有发给任何人")
    expect(page.locator("#training")).to_be_visible()
    page.keyboard.press("Escape")
    # And the cover opens with the PIN that stands on the page
    page.locator("#cover").click()
    expect(page.locator("#screen-covered")).to_be_visible()
    phone.uncover(PRACTICE_PIN)
    expect(page.locator("#training-tray .entry")).to_have_count(2)
    # And of all this nothing was asked of anybody but for our own files
    paths = {request.url.removeprefix(phone.server.address) for request in asked if request.method == "GET"}
    assert not [request for request in asked if request.method != "GET"]
    assert not {path for path in paths if path and not path.startswith("static/")} - {
        "sw.js",
        "manifest.webmanifest",
        "#training",
    }
    # And when she leaves, it is as if it had never been
    leave(page)
    expect(page.locator("#enrol-start")).to_be_visible()
    assert page.url == phone.server.address
    assert page.evaluate(NAMES) == before
    # And the way back, and a page loaded again, bring no practice in place of real work
    page.wait_for_function("() => history.state?.n === 1")
    back(page, 2)
    page.wait_for_function("() => location.hash === ''")
    page.reload()
    expect(page.locator("#enrol-start")).to_be_visible()


def test_beside_real_work_a_practice_touches_no_byte_of_it_and_what_a_closed_page_left_goes(
    phone: Phone, page: Page, worker: Caseworker, no_server: Callable[[], None]
) -> None:
    # Given a caseworker with work on her phone, and an urgent record that is not sent yet
    phone.enrol("li")
    page.locator("#screen-worklist .entry").first.wait_for()
    no_server()
    page.locator("#urgent-open").click()
    page.locator("#urgent-save").click()
    page.locator("#urgent-state .notice").wait_for()
    page.keyboard.press("Escape")
    # Then nobody practises over it: nothing would be sent meanwhile
    page.locator("#tab-settings").click()
    page.locator("#training-open").click()
    expect(page.locator("#toast")).to_contain_text("还有内容没有发出")
    assert page.url == phone.server.address
    phone.server.start()
    page.locator("#tab-sync").click()
    page.locator("#send-now").click()
    expect(page.locator("#toast")).to_contain_text("已和服务器联系")
    page.locator("#tab-settings").click()
    page.locator("#training-open").click()
    page.locator("#screen-training").wait_for()
    work: Any = page.evaluate(ROWS)
    assert {name for name, *_ in work} > {"fieldapp"}
    # When she practises a first visit up to the door, and a follow-up at which nobody opened
    page.locator("#training-caseworker").click()
    page.locator("#screen-worklist .entry").first.wait_for()
    worker.open_case("练习一家")
    worker.no_conflict()
    worker.start_visit()
    worker.open_form("入户调查")
    worker.answer("visit.outcome", "done")
    worker.to_the_contents()
    worker.hand_in_at_the_door(with_gaps=True)
    worker.home()
    worker.tab("sync")
    expect(page.locator("#training-tray")).to_contain_text("门口的一份")
    # Then the ways in are none of the practice's, and no byte of her work has changed
    page.locator("#tab-settings").click()
    expect(page.locator("#lock-now")).to_be_visible()
    expect(page.locator("#ways-open, #training-open")).to_have_count(0)
    assert page.evaluate(ROWS) == work
    # And where the page was closed without leaving, the next start clears the practice away, and her work opens
    page.goto("about:blank")
    phone.open()
    page.locator("#screen-unlock").wait_for()
    expect(page.locator("#training")).to_have_count(0)
    page.wait_for_function(f"async () => !(await ({NAMES})()).some((name) => name.startsWith('training'))")
    phone.unlock()
    # And where the office wants no practice, none is offered
    page.locator("#tab-settings").click()
    expect(page.locator("#training-open")).to_be_visible()
    with phone.server.app.app_context(), writing() as session:
        admin = acting_for(session, demo.DISTRICT, person_of(session, "admin"))
        assert admin is not None
        policies.decide(session, admin, demo.DISTRICT, "", {"training": "0"}, phone.server.now())
    page.locator("#tab-sync").click()
    page.locator("#send-now").click()
    expect(page.locator("#toast")).to_contain_text("已和服务器联系")
    page.locator("#tab-settings").click()
    expect(page.locator("#lock-now")).to_be_visible()
    expect(page.locator("#training-open")).to_have_count(0)


def test_a_practice_goes_on_where_the_page_was_loaded_again_and_a_device_code_ends_it(
    phone: Phone, page: Page, worker: Caseworker
) -> None:
    phone.open()
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    begin(page, "village")
    lock(page)
    # When she begins another one, then the first is gone; and before it has begun the urgent page says what it is
    page.locator("#enrol-open").click()
    page.locator("#training-caseworker").wait_for()
    page.locator("#screen-training #urgent-open").click()
    expect(page.locator("#urgent")).to_contain_text("练习还没有开始")
    page.keyboard.press("Escape")
    page.locator("#training-caseworker").click()
    page.locator("#screen-worklist .entry").first.wait_for()
    lock(page)
    # Given a page that the phone threw out of its memory, when it is there again, then the number on the page opens it
    page.reload()
    phone.digits = "".join(page.locator("#training span").inner_text().split(" · ")[1].split()[1:])
    phone.unlock()
    expect(page.locator("#screen-worklist .entry")).to_have_count(3)
    # And the follow-up and the talk alone are there to be practised
    worker.open_case("练习三家")
    worker.no_conflict()
    worker.open_form("单独聊聊")
    worker.home()
    worker.open_case("练习三家")
    worker.start_visit()
    worker.open_form("回访")
    # When she opens the address of a device code, then real work begins
    page.evaluate("(code) => { location.hash = code; }", phone.server.device_code("li"))
    page.locator("#enrol-start").wait_for()
    expect(page.locator("#training, #training-open")).to_have_count(0)
    page.locator("#enrol-start").click()
    expect(page.locator("#enrol-code")).not_to_have_value("")


def test_a_practice_that_cannot_begin_leaves_the_real_app_and_no_blank_page(phone: Phone, page: Page) -> None:
    page.add_init_script("LockManager.prototype.request = () => Promise.reject(new DOMException('', 'AbortError'))")
    page.goto(f"{phone.server.address}#training")
    expect(page.locator("#enrol-start")).to_be_visible()
    assert page.url == phone.server.address
