"""The modules of the app in a real browser with a profile on the disk, connected as the wiring does, before a real
server behind a link. The screens are tried in tests/browser/.
"""

import os
import signal
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from uuid import UUID

from playwright.sync_api import Page, Playwright

from tests import factories
from tests.browser import live
from tests.browser.bare_phone import CONNECT, PATH, SECRET
from tests.stack.killed import Mortal

UNLOCK = """async (secret) => {
  await phone.vaults.unlock(phone.vaults.current.ref, secret);
  await phone.outbox.ready();
}"""
HAND_IN = """async (county, head_of_household = "刘梅") => {
  const answers = { hh: { head: head_of_household } };
  const around = { replies: [], recorded: { started: 1, language: "zh" }, visitors: [] };
  const about = { record_id: phone.newId(), form: "F2", form_version: county.version, parents: [] };
  const head = { kind: "revision", intent: "submit", ...county.of, ...about };
  return phone.outbox.handIn({ head, body: { answers, ...around } });
}"""


class BarePhone(live.Phone):
    """The modules without the app: its page is one of the phone's origin on which nothing starts."""

    def __init__(self, playwright: Playwright, profile: Path, server: Mortal) -> None:
        address = f"http://localhost:{server.config.port}/{PATH}"
        super().__init__(playwright, profile, SimpleNamespace(phone_address=address))  # type: ignore[arg-type]
        self.county = {
            "version": factories.version_of("F2"),
            "of": {
                "district": server.county.district,
                "case_id": str(server.county.case_id),
                "visit_id": str(server.county.visit_id),
            },
        }

    def connect(self) -> Page:
        """The modules of the app, on the page that is open."""
        self.page.evaluate(CONNECT, {"sends_by_itself": False})
        self.page.evaluate(f"() => {{ phone.handIn = {HAND_IN}; }}")
        return self.page

    def open_again(self) -> Page:
        self.start()
        page = self.connect()
        page.evaluate(UNLOCK, SECRET)
        return page

    def die(self) -> None:
        """SIGKILL at this moment; `kill` tidies up after it."""
        for pid in self._processes():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def hand_in(self) -> UUID:
        return UUID(self.page.evaluate("(county) => phone.handIn(county)", self.county)["revision_id"])
