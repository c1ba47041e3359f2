"""Whom the journeys need: a county that is served, phones and desks with a person before each.

`server` is the command `serve-demo` in processes of its own (live.py). Where none of them is killed and no worker is
waited for, `@pytest.mark.one_process` gives the same county inside this process (phone_stage.py), which starts and
stops in no time. `stage` is that too, one for all tests of a file.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright

from tests.browser import desk_seat, phone_stage
from tests.browser.live import (
    Caseworker,
    LiveServer,
    Phone,
    Supervisor,
    device_code,
    live_server,
    pictures_folder,
)
from tests.browser_fixtures import PATIENCE_MS

EnrolledPhone = Callable[[str, type[Phone]], Phone]


@pytest.fixture(autouse=True)
def pages_looked_at(request: pytest.FixtureRequest) -> Iterator[None]:
    """What a test says that it looks at (`@pytest.mark.looks_at`) it has looked at: test_every_page.py leans on it."""
    desk_seat.looked_at.clear()
    yield
    said = request.node.get_closest_marker("looks_at")
    assert said is None or set(said.args) <= desk_seat.looked_at, set(said.args) - desk_seat.looked_at


@pytest.fixture
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[LiveServer | phone_stage.Server]:
    one_process = request.node.get_closest_marker("one_process")
    with (phone_stage.served if one_process else live_server)(tmp_path / "server") as served:
        yield served


@pytest.fixture
def phone_of(
    playwright: Playwright, server: LiveServer | phone_stage.Server, tmp_path: Path
) -> Iterator[EnrolledPhone]:
    """Makes an enrolled phone for a login: list loaded, app installed. No policy may have been broken at the end."""
    made: list[Phone] = []

    def enrol(login: str, kind: type[Phone]) -> Phone:
        if isinstance(server, phone_stage.Server):
            code = server.device_code(login)
        else:
            code = device_code(playwright, server, login)
        phone = kind(playwright, tmp_path / login, server, pictures_folder())
        made.append(phone)
        phone.start()
        phone.enrol(code, login)
        phone.page.locator("#screen-worklist .entry").first.wait_for()
        phone.wait_for_shell()
        return phone

    yield enrol
    for phone in made:
        phone.close()
        assert not phone.troubles, phone.troubles


@pytest.fixture
def li(phone_of: EnrolledPhone) -> Phone:
    """The caseworker's phone."""
    return phone_of("li", Caseworker)


@pytest.fixture
def supervisor(playwright: Playwright, server: LiveServer) -> Iterator[Supervisor]:
    """A desk before which nobody has signed in yet."""
    desk = Supervisor(playwright, server, pictures_folder())
    yield desk
    desk.close()
    assert not desk.troubles, desk.troubles


@pytest.fixture
def chen(supervisor: Supervisor) -> Supervisor:
    """The supervisor, signed in."""
    supervisor.sign_in("chen")
    return supervisor


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[phone_stage.Server]:
    with phone_stage.served(tmp_path_factory.mktemp("server")) as served:
        yield served


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A phone of which nothing is left after the test. Where it is killed or opened again: phone_stage.browser."""
    opened = browser.new_context(**phone_stage.WINDOW)
    opened.set_default_timeout(PATIENCE_MS)
    opened.add_init_script(phone_stage.CLOCK)
    opened.new_page()
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """The phone's window; an error in the page, or a word of the policy, fails the test."""
    page = context.pages[0]
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda said: troubles.append(said.text) if "Content Security Policy" in said.text else None)
    yield page
    assert not troubles, troubles


@pytest.fixture
def phone(page: Page, stage: phone_stage.Server) -> phone_stage.Phone:
    return phone_stage.Phone(page, stage)
