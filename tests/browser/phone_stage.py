"""A stage for the phone app: the real server with the demo county on its own two ports, and one phone (a browser
profile).

`Server.start()` and `.stop()` really open and close the ports: a phone can be tried with nobody at the other end. It
runs in this process, without the worker and without gunicorn: those take seconds to start, and belong to the journeys.

It is ten in the morning there when a process begins, whatever the time is here, and on its phones too (`CLOCK`): what a
list calls today is not yesterday's before the last test is over. Who acts in the county does it at `Server.now()`.
"""

import functools
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page, Playwright
from sqlalchemy import select
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from fieldapp import create_app, demo
from fieldapp.actions import accounts
from fieldapp.config import Config
from fieldapp.crypto.rest import Ring
from fieldapp.days import CHINA, day_of
from fieldapp.db import Base, db, writing
from fieldapp.models import server_keys
from fieldapp.models.accounts import Account, acting_for
from tests import quick_keys
from tests.browser.live import PHONE_SIZE, PIN, SAYS, STANDS, free_port, press, until
from tests.browser_fixtures import ARGUMENTS, PATIENCE_MS, chromium

WINDOW: dict[str, Any] = {"viewport": PHONE_SIZE, "locale": "zh-CN", "has_touch": True}
RESTS = """() => document.querySelector("#sync-line.tone-ok")?.textContent.includes("上次联系")"""
LISTENS_S = 0.05  # how often a port looks whether it is to close
# How far a page's clock is before the browser's own; workers of the app know no time.
AHEAD_BY = """(() => {
  const Real = Date;
  const ahead = %d;
  globalThis.Date = class extends Real {
    constructor(...given) { given.length ? super(...given) : super(Real.now() + ahead); }
    static now() { return Real.now() + ahead; }
  };
})()"""
_AHEAD = datetime.now(CHINA).replace(hour=10, minute=0, second=0, microsecond=0) - datetime.now(UTC)
CLOCK = AHEAD_BY % (_AHEAD / timedelta(milliseconds=1))


@functools.cache
def quick_assets() -> quick_keys.QuickAssets:
    """Read once for all stages of this process."""
    return quick_keys.QuickAssets(Path(__file__).parents[2] / "static")


def config_of(folder: Path, port: int, desk_port: int) -> Config:
    data_dir, ring_file = folder / "data", folder / "keys" / "ring.json"
    return Config(
        data_dir=data_dir,
        database_url=f"sqlite:///{data_dir / 'fieldapp.sqlite3'}",
        ring_file=ring_file,
        demo=True,
        port=port,
        desk_port=desk_port,
        htmx_local=True,
    )


_furnished: dict[date, tempfile.TemporaryDirectory[str]] = {}  # gone with this process


def furnished(now: datetime) -> Path:
    """Keys and data of the demo county as it is on this day, made once in a process; to be copied."""
    day = day_of(now)
    if day in _furnished:
        return Path(_furnished[day].name)
    made = tempfile.TemporaryDirectory(prefix="fieldapp-demo-")
    folder = Path(made.name)
    config = config_of(folder, free_port(), free_port())
    Ring.generate().save(config.ring_file)
    with create_app(config).app_context():
        Base.metadata.create_all(db.engine)
        with writing() as session:
            server_keys.make_server_keys(session, now)
            demo.load(session, now)
        db.engine.dispose()
    assert not list(config.data_dir.glob("*-wal")), "the last to close it has not put all in the one file"
    _furnished[day] = made  # last: nobody copies a county that could not be made
    return folder


@dataclass
class Server:
    """The demo county, served. `stop()` closes the ports; `start()` opens the same ones again."""

    folder: Path
    port: int = 0
    desk_port: int = 0
    signed_in: dict[str, Any] = field(default_factory=dict, repr=False)  # cookies of the desk, by login
    _serving: tuple[BaseWSGIServer, ...] = ()
    app: Any = field(init=False)
    page_clock = CLOCK  # of its phones

    def now(self) -> datetime:
        """What the county's clock says."""
        return datetime.now(UTC) + _AHEAD

    def __post_init__(self) -> None:
        self.port = self.port or free_port()
        self.desk_port = self.desk_port or free_port()
        # A county that begins at one moment again and again was furnished at none later than that.
        shutil.copytree(furnished(self.now().replace(second=0, microsecond=0)), self.folder, dirs_exist_ok=True)
        self.app = create_app(config_of(self.folder, self.port, self.desk_port))
        self.app.extensions["assets"] = quick_assets()
        self.app.extensions["clock"] = self.now

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
            now = self.now()
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
        press(self.page, digits)

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
        until(self.page, SAYS, "第 2 遍")
        self.press(self.digits)
        return self.digits

    def choose_pin(self, pin: str = PIN) -> None:
        until(self.page, SAYS, "设置 6 位 PIN")
        self.press(pin)
        until(self.page, SAYS, "再输入一次同样的 6 位 PIN")
        self.press(pin)

    def enrol(self, login: str) -> None:
        self.open()
        self.begin_enrolment(self.server.device_code(login), login)
        self.choose_digits()
        self.choose_pin()
        until(self.page, STANDS, "#screen-worklist")
        self.rest()

    def rest(self) -> None:
        """Until the first contact is over. What the office does from then on, the phone hears at the next one: not from
        an exchange that was on its way, in the middle of the next step."""
        until(self.page, RESTS)

    def unlock(self) -> None:
        self.press(self.digits)
        until(self.page, STANDS, "#screen-worklist")

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
        **{**WINDOW, **options},
    )
    context.set_default_timeout(PATIENCE_MS)
    context.add_init_script(CLOCK)
    try:
        yield context
    finally:
        context.close()
