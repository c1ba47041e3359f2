"""A phone of an earlier version opens after an update with all that was on it; the server of now takes what waited."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Playwright, Route, expect
from sqlalchemy import func, select

from fieldapp.actions import restores
from fieldapp.db import db, reading, writing
from fieldapp.models.cases import Case, Urgent
from fieldapp.models.records import Kept, Record, Revision, State
from scripts.freeze_profile import DUMP
from tests.browser.frozen import PLAIN_PAGE, OldServer, load
from tests.browser.live import PHONE_SIZE, Caseworker
from tests.frozen import NAMES, Frozen

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("profiles")]
SYNC = "**/sync/v1/**"
# As an app would that knows one store more.
RAISE = """async () => {
  for (const { name, version } of await indexedDB.databases()) {
    await new Promise((resolve, reject) => {
      const request = indexedDB.open(name, version + 1);
      request.onupgradeneeded = () => void request.result.createObjectStore("of-tomorrow");
      request.onsuccess = () => resolve(request.result.close());
      request.onerror = () => reject(request.error);
    });
  }
}"""


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def frozen(name: str) -> Frozen:
    return Frozen(name)


@pytest.fixture
def server(name: str, tmp_path: Path) -> Iterator[OldServer]:
    served = OldServer(tmp_path, name)
    yield served
    served.close()


@pytest.fixture
def phone(
    playwright: Playwright, browser: Browser, frozen: Frozen, server: OldServer, tmp_path: Path
) -> Iterator[Caseworker]:
    """Her phone after the update, before the first contact: the app of now on the data of then."""
    made = Caseworker(playwright, tmp_path / "phone", server)  # type: ignore[arg-type]
    made.context = browser.new_context(
        viewport=PHONE_SIZE,  # type: ignore[arg-type]
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        has_touch=True,
        service_workers="block",
    )
    made._watch(made.context.new_page())
    load(frozen, made.page, server)
    made.digits = frozen.known["digits"]
    made.context.route(SYNC, no_link)
    made.page.goto(server.address)
    yield made
    made.close()
    assert not made.troubles, made.troubles


def no_link(route: Route) -> None:
    route.abort()


def read_the_draft(phone: Caseworker, frozen: Frozen) -> None:
    """It opens with its answers, those of a new row too."""
    phone.tab("drafts")
    entry = phone.page.locator("#draft-list .entry")
    expect(entry).to_have_count(1)
    phone.tap(entry)
    phone.page.locator(".record .rec-page").wait_for()
    phone.to_the_contents()
    phone.tap(phone.page.locator(".contents button.cell", has_text="家里人").first)
    rows = phone.page.locator('.repeat[data-path="members"]')
    expect(rows).to_contain_text(frozen.known["texts"]["name"])
    phone.home()


def families_with_a_report(server: OldServer) -> list[str]:
    with server.app.app_context(), reading() as session:
        of_record = select(Record.case_id).where(Record.form == "F2", Record.state == State.SUBMITTED)
        return sorted(session.scalars(select(Case.code_name).where(Case.case_id.in_(of_record))))


def handed_in(server: OldServer) -> dict[UUID, bytes]:
    with server.app.app_context(), reading() as session:
        return {row.revision_id: row.content_hash for row in session.scalars(select(Revision))}


@pytest.mark.parametrize("name", NAMES, indirect=True)
def test_a_phone_of_an_earlier_version_opens_with_all_that_was_on_it_and_sends_it(
    phone: Caseworker, frozen: Frozen, server: OldServer
) -> None:
    page, cases = phone.page, frozen.known["cases"]
    # Given the phone as it lay: locked, in the size of type that she chose, with two things to send
    page.locator("#screen-unlock").wait_for()
    expect(page.locator("html")).to_have_attribute("data-size", frozen.known["size"])
    expect(page.locator("#lock-waiting")).not_to_be_empty()
    # When it is opened, then list, family and draft are there
    phone.unlock()
    listed = page.locator("#screen-worklist .entry .entry-main")
    expect(listed).to_have_count(len(cases["all"]))
    assert sorted(listed.all_inner_texts()) == cases["all"]
    read_the_draft(phone, frozen)
    phone.open_case(cases["draft"])
    expect(page.locator("#screen-case")).to_contain_text("1983-07")  # born: the applicant of each case of the demo
    phone.home()
    phone.tab("sync")
    # The report, the urgent record, and her word for it at this unlock
    phone.counts(draft=1, waiting=3, received=0, safe=1)
    expect(page.locator("#screen-sync")).to_contain_text("入户调查表")
    # And with a link the server takes what waited; nothing is set aside, nothing is lost
    phone.context.unroute(SYNC)
    phone.send()
    # How many are counted as safe is not asked: what needs no decision leaves the list with the contact after this one.
    phone.counts(draft=1, waiting=0, received=0)
    expect(page.locator("#items-attention")).to_have_count(0)
    assert families_with_a_report(server) == sorted([cases["received"], cases["waiting"]])
    with server.app.app_context(), reading() as session:
        assert session.scalar(select(func.count()).select_from(Kept)) == 0
        assert session.scalars(select(Urgent)).one().signed
    read_the_draft(phone, frozen)


@pytest.mark.parametrize("name", ["corrections"], indirect=True)
def test_a_server_that_a_restore_took_back_gets_again_exactly_what_it_lacks(
    phone: Caseworker, frozen: Frozen, server: OldServer, tmp_path: Path
) -> None:
    # Given a report that lay in the backup, and one that was handed in after it
    file = Path(server.app.extensions["config"].database_url.removeprefix("sqlite:///"))
    with server.app.app_context():
        db.engine.dispose()
    shutil.copy(file, tmp_path / "backup")
    phone.page.locator("#screen-unlock").wait_for()
    phone.unlock()
    phone.context.unroute(SYNC)
    phone.send()
    before = handed_in(server)
    assert len(before) == 2
    # When that backup is brought back
    with server.app.app_context():
        db.engine.dispose()
        for beside in ("-wal", "-shm"):
            Path(f"{file}{beside}").unlink(missing_ok=True)
        shutil.copy(tmp_path / "backup", file)
        with writing() as session:
            restores.new_epoch(session, datetime.now(UTC))
    assert len(handed_in(server)) == 1
    # Then the phone asks, and sends that one by its own bytes; the other makes no conflict
    asked: list[str] = []
    phone.page.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
    phone.send()
    assert handed_in(server) == before and asked.count("digest") == 1
    phone.counts(draft=1, waiting=0)
    expect(phone.page.locator("#items-attention")).to_have_count(0)
    with server.app.app_context(), reading() as session:
        assert session.scalar(select(func.count()).select_from(Kept)) == 0


@pytest.mark.parametrize("name", ["pin-and-share"], indirect=True)
def test_a_pin_of_an_earlier_version_opens_with_the_share_that_the_server_kept(
    phone: Caseworker, frozen: Frozen
) -> None:
    phone.context.unroute(SYNC)
    phone.page.locator("#by-pin").click()
    phone.press(frozen.known["pin"])
    phone.page.locator("#screen-worklist").wait_for()
    read_the_draft(phone, frozen)


@pytest.mark.parametrize("name", ["first-path"], indirect=True)
def test_what_a_newer_app_left_is_told_and_stays_as_it_is(phone: Caseworker, frozen: Frozen) -> None:
    page = phone.page
    page.locator("#screen-unlock").wait_for()
    page.goto(f"{phone.server.phone_address}{PLAIN_PAGE}")
    page.evaluate(RAISE)
    before = page.evaluate(DUMP)
    # When the app of now comes, as from a tab or a cache of before
    page.goto(phone.server.phone_address)
    expect(page.locator("#screen-newer")).to_contain_text("更新版本的应用")
    expect(page.locator("#enrol-start")).to_have_count(0)
    # Then help is there all the same
    phone.tap(page.locator("#screen-newer #urgent-open"))
    expect(page.locator('#urgent .call[href="tel:110"]')).to_be_visible()
    # And not a bit of what lies there is another
    page.goto(f"{phone.server.phone_address}{PLAIN_PAGE}")
    assert page.evaluate(DUMP) == before
