"""What every test leans on: no network, no slow key derivation, seeds that repeat, and no skip that nobody sees.

A fixture for one kind of test (an app, a database, a browser) lies in the conftest.py of its folder, not here.
"""

from __future__ import annotations

import gc
import importlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.server_fixtures", "tests.desk_fixtures", "tests.browser_fixtures"]

# Derandomized: the same code gives the same examples on every machine, so a red run is red again tomorrow. No deadline:
# how fast this machine is must never decide a test.
settings.register_profile("house", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")

# The cheapest parameters Argon2 knows, for tests only (habit 37: never by a production switch).
_QUICK_ARGON2 = {"time_cost": 1, "memory_cost": 8, "parallelism": 1}
COLLECT_AFTER = 10_000  # new objects; a request of the desk makes about as many


@pytest.fixture(scope="session", autouse=True)
def quick_argon2() -> Iterator[None]:
    """Make hashing a password take microseconds.

    The hook: `fieldapp/crypto/passwords.py` keeps its one `argon2.PasswordHasher` in the module attribute `HASHER` and
    looks it up at each call. A test of the real parameters asks for them by `real_argon2`.
    """
    try:
        passwords: Any = importlib.import_module("fieldapp.crypto.passwords")
    except ModuleNotFoundError:
        yield
        return
    from argon2 import PasswordHasher

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "REAL_HASHER", passwords.HASHER, raising=False)
        patch.setattr(passwords, "HASHER", PasswordHasher(**_QUICK_ARGON2))
        yield


@pytest.fixture
def real_argon2(quick_argon2: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """For the few tests that look at the parameters a real server uses."""
    passwords: Any = importlib.import_module("fieldapp.crypto.passwords")
    monkeypatch.setattr(passwords, "HASHER", passwords.REAL_HASHER)


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """What was loaded until now stays until the end: the collector, which walks through everything that lives each time
    a fourth more was made, need not look at the modules and at five thousand tests again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, 20, 10)


@pytest.hookimpl(trylast=True)
def pytest_itemcollected(item: pytest.Item) -> None:
    """All that need PostgreSQL are one group, so that one process alone starts it."""
    if item.get_closest_marker("postgres") and not item.get_closest_marker("xdist_group"):
        item.add_marker(pytest.mark.xdist_group("postgres"))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the groups of xdist together: 3.8 writes them into a name of the item that pytest 9.2 no longer reads, and
    tests that share a stage would each build it in both processes. Does nothing where nobody wrote there."""
    for item in items:
        grouped = vars(item).get("_nodeid")
        if grouped is not None:
            item._id = item.id.parse(grouped)


@pytest.fixture(scope="session", autouse=True)
def only_this_machine() -> Iterator[None]:
    """Refuse any connection that leaves this machine, so that a test can neither leak nor lean on the outside."""
    connect = socket.socket.connect

    def connect_at_home(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"a test tried to reach {address[0]}; tests talk to localhost alone")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect_at_home)
        yield


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of this run have in common, and no other run."""
    own = tmp_path_factory.getbasetemp()
    return (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "run"


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say skips in capitals: a run without the browser has not shown what it seems to show."""
    skipped = len(terminalreporter.stats.get("skipped", []))
    if not skipped:
        return
    terminalreporter.section("SKIPPED", sep="!", red=True, bold=True)
    loud = {"red": True, "bold": True}
    terminalreporter.write_line(f"{skipped} test(s) did not run. `make test` installs what they need.", **loud)
    if _skips_fail():
        terminalreporter.write_line("CI is set: a skip is a failure.", **loud)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """With CI set, turn a green run with skips red. A worker of xdist has no reporter; its parent decides."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if exitstatus == pytest.ExitCode.OK and _skips_fail() and reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _skips_fail() -> bool:
    return os.environ.get("CI", "") not in ("", "0", "false")
