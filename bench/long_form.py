"""A slowed phone with the generated form of 300 questions open on it: what evaluate.py and autosave.py measure on."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Locator, sync_playwright

from bench import forms, stage
from tests.browser import live

SLOWER = 4
WORKER = "li"
QUESTION = ".record .rec-page .q"
FIRST_QUESTION = f'{QUESTION}[data-path="{forms.TRIGGER}"]'


@dataclass
class OpenForm:
    """The phone, its family's page or form on the screen."""

    phone: stage.SlowPhone
    slowed: float  # times, by a busy loop

    def open(self) -> float:
        """A tap on the form's line; milliseconds until its first question is seen."""
        title = forms.TITLE.split(" / ")[0]
        entry = self.phone.page.locator("#screen-case button", has_text=title).first
        return self.timed(entry, "click", FIRST_QUESTION, 1)

    def timed(self, target: Locator, event: str, selector: str, count: int) -> float:
        """A tap; milliseconds from its event to the frame in which so many elements of the selector are seen."""
        about = {"type": event, "selector": selector, "count": count}
        done = self.phone.page.evaluate_handle("(about) => ({ done: probe.settled(about) })", about)
        self.phone.tap(target)
        return float(done.evaluate("({ done }) => done"))

    def contents(self) -> None:
        """From a section to the list of sections."""
        self.phone.tap(self.phone.page.locator(".record .rec-bar button").first)
        self.phone.page.locator(".record .contents").wait_for()

    def leave(self) -> None:
        """From a section back to the family's page."""
        self.contents()
        self.phone.tap(self.phone.page.locator(".record .rec-bar button").first)
        self.phone.page.locator("#screen-case").wait_for()


@contextmanager
def on_its_case() -> Iterator[OpenForm]:
    """A phone at 4x, unlocked, on the page of the family whose visit asks for the form."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:  # noqa: SIM117  # the server's end first
        with live.live_server(Path(folder) / "server") as server:
            stage.publish_long_form(server)
            [(case_id, _)] = stage.open_families(server, WORKER, 1)
            with stage.phone(playwright, Path(folder) / "phone", server) as phone:
                phone.power_on()
                phone.page.goto(server.phone_address)
                phone.enrol(stage.device_code(server, WORKER), WORKER)
                phone.open_case(stage.code_name(server, case_id))
                phone.no_conflict()
                phone.tap(phone.page.get_by_role("button", name="开始走访").first)
                phone.page.get_by_role("button", name="结束走访").first.wait_for()
                yield OpenForm(phone, phone.slow_down(SLOWER))
