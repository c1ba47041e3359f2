"""The one Chromium of all tests that need one: found here, started here, and missing with the command that installs it.

Playwright is started once in a process: a second start beside it is refused.
"""

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

ARGUMENTS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# How long anything may take to appear: a wait ends as soon as it is there, so that a busy machine decides no test.
PATIENCE_MS = 120_000


def chromium() -> str:
    """Where the browser is: CHROMIUM, else on the path; the empty string where there is none."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    return found or ""


@pytest.fixture(scope="session")
def playwright() -> Iterator[Any]:
    """Skipped, loudly, where there is no Chromium."""
    sync_api = pytest.importorskip("playwright.sync_api")
    if not chromium():
        pytest.skip("Chromium is not installed: apt-get install -y --no-install-recommends chromium")
    sync_api.expect.set_options(timeout=PATIENCE_MS)
    with sync_api.sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright: Any) -> Iterator[Any]:
    """A headless browser; each test makes contexts of its own in it."""
    started = playwright.chromium.launch(
        executable_path=chromium(), chromium_sandbox=os.geteuid() != 0, headless=True, args=ARGUMENTS
    )
    yield started
    started.close()
