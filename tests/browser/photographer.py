"""A caseworker whose phone has a camera (fake_camera.py)."""

from pathlib import Path

from playwright.sync_api import Playwright

from tests.browser import fake_camera
from tests.browser.live import Caseworker


class Photographer(Caseworker):
    """Her phone has a camera."""

    def __init__(self, playwright: Playwright, profile: Path, *others: object) -> None:
        super().__init__(playwright, profile, *others)  # type: ignore[arg-type]
        self.arguments = tuple(fake_camera.flags(fake_camera.film(profile.with_suffix(".y4m"))))

    def begin(self, beside: str, words: str) -> None:
        """From the page of papers: one is taken beside this question."""
        self.page.locator("#files-question").select_option(beside)
        self.tap(self.page.locator(".rec-panel").get_by_role("button", name=words, exact=True))
        self.tap(self.page.locator(".camera .primary:enabled", has_text="拍一张"))

    def taps(self, *buttons: str) -> None:
        """Until it is kept, and the page of papers stands there again."""
        for button in buttons:
            self.tap(self.page.get_by_role("button", name=button, exact=True))
        self.page.locator(".files-item").first.wait_for()
