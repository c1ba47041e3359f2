"""A stage for the phone app: the real server with the demo county on its own two ports, and one phone (a browser
profile).

`Server.start()` and `.stop()` really open and close the ports: a phone can be tried with nobody at the other end. It
runs in this process, without the worker and without gunicorn: those take seconds to start, and belong to the journeys.
"""

import functools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page, Playwright, expect
from sqlalchemy import select
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from fieldapp import create_app, demo
from fieldapp.actions import accounts
from fieldapp.config import Config
from fieldapp.crypto.rest import Ring
from fieldapp.db import Base, db, writing
from fieldapp.models import server_keys
from fieldapp.models.accounts import Account, acting_for
from tests import quick_keys
from tests.browser.live import PHONE_SIZE, PIN, SLOW_MS, free_port
from tests.browser_fixtures import ARGUMENTS, chromium

LISTENS_S = 0.05  # how often a port looks whether it is to close
# All in one go: each key answers at once, and what the digits open is waited for afterwards.
PRESS = """(pad, digits) => {
  const keys = new Map([...pad.querySelectorAll("button")].map((key) => [key.textContent, key]));
  for (const digit of digits) keys.get(digit).click();
}"""


@functools.cache
def quick_assets() -> quick_keys.QuickAssets:
    """Read once for all stages of this process."""
    return quick_keys.QuickAssets(Path(__file__).parents[2] / "static")


@dataclass
class Server:
    """The demo county, served. `stop()` closes the ports; `start()` opens the same ones again."""

    folder: Path
    port: int = 0
    desk_port: int = 0
    signed_in: dict[str, Any] = field(default_factory=dict, repr=False)  # cookies of the desk, by login
    _serving: tuple[BaseWSGIServer, ...] = ()
    app: Any = field(init=False)

    def __post_init__(self) -> None:
        self.port = self.port or free_port()
        self.desk_port = self.desk_port or free_port()
        ring = Ring.generate()
        data_dir, ring_file = self.folder / "data", self.folder / "keys" / "ring.json"
        ring.save(ring_file)
        url = f"sqlite:///{data_dir / 'fieldapp.sqlite3'}"
        config = Config(
            data_dir=data_dir,
            database_url=url,
            ring_file=ring_file,
            demo=True,
            port=self.port,
            desk_port=self.desk_port,
            htmx_local=True,
        )
        self.app = create_app(config)
        self.app.extensions["assets"] = quick_assets()
        with self.app.app_context():
            Base.metadata.create_all(db.engine)
            with writing() as session:
                now = datetime.now(UTC)
                server_keys.make_server_keys(session, now)
                demo.load(session, now)

    @property
    def address(self) -> str:
        return f"http://localhost:{self.port}/"

    @property
    def phone_address(self) -> str:
        return self.address

    @property
    def desk_address(self) -> str:
        return f"http://localhost:{self.desk_port}"

    def start(self) -> None:
        self._serving = tuple(
            make_server("127.0.0.1", port, self.app, threaded=True, request_handler=_Quiet)
            for port in (self.port, self.desk_port)
            if port
        )
        for serving in self._serving:
            threading.Thread(target=serving.serve_forever, args=(LISTENS_S,), daemon=True).start()

    def stop(self) -> None:
        for serving in self._serving:
            serving.shutdown()
            serving.server_close()
        self._serving = ()

    def device_code(self, login: str) -> str:
        """A one-use code for this demo account, 24 characters as they stand on the paper."""
        with self.app.app_context(), writing() as session:
            now = datetime.now(UTC)
            admin = session.scalars(select(Account).where(Account.login == "admin")).one()
            person = session.scalars(select(Account).where(Account.login == login)).one()
            acting = acting_for(session, admin.district, admin.person_id)
            assert acting is not None
            return accounts.issue_device_code(session, acting, person.person_id, now, is_confirmed=True).text


@contextmanager
def served(folder: Path) -> Iterator[Server]:
    server = Server(folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()


class _Quiet(WSGIRequestHandler):
    def log_request(self, *_: Any) -> None:
        """A test run prints tests, not requests."""


class Phone:
    """What one person does on one phone, step by step."""

    def __init__(self, page: Page, server: Server) -> None:
        self.page, self.server = page, server
        self.digits = ""

    def open(self) -> None:
        self.page.goto(self.server.address)

    def press(self, digits: str) -> None:
        """On our own keypad, once it takes digits. Each key as a finger presses it: the journeys do that."""
        pad = self.page.locator(".keypad:visible").last
        expect(pad.get_by_role("button", name=digits[0], exact=True)).to_be_enabled(timeout=SLOW_MS)
        pad.evaluate(PRESS, digits)

    def begin_enrolment(self, code: str, login: str, password: str = demo.PASSWORD) -> None:
        self.page.locator("#enrol-start").click()
        self.page.locator("#enrol-code").fill(code)
        self.page.locator("#enrol-login").fill(login)
        self.page.locator("#enrol-password").fill(password)
        self.page.locator("#enrol-next").click()

    def choose_digits(self) -> str:
        """The generated number, practised twice as the app asks."""
        self.page.locator("#way-digits").click()
        self.digits = "".join(self.page.locator("#new-digits span").all_inner_texts())
        self.page.locator("#practise").click()
        self.press(self.digits)
        expect(self.page.get_by_text("第 2 遍")).to_be_visible()
        self.press(self.digits)
        return self.digits

    def choose_pin(self, pin: str = PIN) -> None:
        expect(self.page.locator("h1", has_text="设置 6 位 PIN")).to_be_visible()
        self.press(pin)
        expect(self.page.get_by_text("再输入一次同样的 6 位 PIN")).to_be_visible()
        self.press(pin)

    def enrol(self, login: str) -> None:
        self.open()
        self.begin_enrolment(self.server.device_code(login), login)
        self.choose_digits()
        self.choose_pin()
        expect(self.page.locator("#screen-worklist")).to_be_visible(timeout=SLOW_MS)
        self.rest()

    def rest(self) -> None:
        """Until the first contact is over. What the office does from then on, the phone hears at the next one: not from
        an exchange that was on its way, in the middle of the next step."""
        expect(self.page.locator("#sync-line.tone-ok")).to_contain_text("上次联系", timeout=SLOW_MS)

    def unlock(self) -> None:
        self.press(self.digits)
        expect(self.page.locator("#screen-worklist")).to_be_visible(timeout=SLOW_MS)

    def press_if_there(self, selector: str) -> None:
        """A button that the phone takes away by itself as soon as it has heard the server: it tries again on its own,
        and may have come first."""
        self.page.evaluate("(selector) => document.querySelector(selector)?.click()", selector)

    def uncover(self, pin: str = PIN) -> None:
        self.page.locator("#uncover").click()
        self.press(pin)


@contextmanager
def browser(playwright: Playwright, profile: Path, **options: Any) -> Iterator[BrowserContext]:
    """A profile on disk, so that it can be closed and opened again like a phone's."""
    context = playwright.chromium.launch_persistent_context(
        profile,
        executable_path=chromium(),
        headless=True,
        args=ARGUMENTS,
        **{"viewport": PHONE_SIZE, "locale": "zh-CN", "has_touch": True, **options},
    )
    try:
        yield context
    finally:
        context.close()
