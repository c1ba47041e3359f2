"""The stack as deployed, and a server that dies when it is told to: each is started once for all tests of its group."""

import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Error, Playwright

from tests import factories
from tests.browser.bare_phone import ENROL, SECRET
from tests.phones import Phone
from tests.stack import deployed as front
from tests.stack.browser_phone import BarePhone
from tests.stack.killed import Mortal, mortal


@pytest.fixture(scope="session")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[front.Deployed]:
    with front.deployed(tmp_path_factory.mktemp("deployed")) as made:
        yield made


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mortal]:
    with mortal(tmp_path_factory.mktemp("mortal")) as made:
        yield made


@pytest.fixture(scope="session")
def phone(server: Mortal) -> Phone:
    """A caseworker's phone, to that server."""
    return server.phone()


@pytest.fixture(scope="session")
def enrolled(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory, server: Mortal) -> Path:
    """The profile of a caseworker's phone that was enrolled, has heard what there was, and was closed."""
    made = BarePhone(playwright, tmp_path_factory.mktemp("enrolled") / "profile", server)
    made.start()
    page = made.connect()
    page.evaluate(ENROL, [server.whole_code("caseworker"), "caseworker", str(factories.PASSWORD), SECRET])
    assert page.evaluate("() => phone.outbox.sendNow()")["contact"]
    made.close()
    return made.profile


@pytest.fixture
def browser_phone(playwright: Playwright, tmp_path: Path, server: Mortal, enrolled: Path) -> Iterator[BarePhone]:
    """That phone, in a profile of its own; not open yet."""
    shutil.copytree(enrolled, tmp_path / "profile", symlinks=True)
    made = BarePhone(playwright, tmp_path / "profile", server)
    yield made
    with suppress(Error):
        made.close()
