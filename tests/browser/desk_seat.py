"""Somebody who sits at the desk in the real browser, and what every page of the desk is asked."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect
from werkzeug.exceptions import HTTPException

from fieldapp.config import Config
from tests import signing_in
from tests.browser import axe
from tests.browser.live import free_port
from tests.browser_fixtures import PATIENCE_MS

PICTURES = os.environ.get("PICTURES")  # a folder: every page that is looked at is kept there
TOO_SMALL = """() => [...document.querySelectorAll("a, button, input:not([type=hidden]), select, textarea, summary")]
  .filter((node) => node.checkVisibility() && !node.classList.contains("skip"))
  .map((node) => [node.closest("label") ?? node, node])
  .filter(([target, node]) => target.getBoundingClientRect().height < 44
    && getComputedStyle(node).display !== "inline")
  .map(([, node]) => node.outerHTML.slice(0, 120))"""
# Of the remark forms, one on each answer, the first stands for all.
UNFOLD = """() => document.querySelectorAll("details:not(.act details), .act details").forEach((node, _, all) => {
  const first = [...all].find((other) => other.closest(".act"));
  if (!node.closest(".act") || node === first) node.open = true;
})"""
# Colours on their way are nobody's: judged is what stands there at the end.
SETTLED = """() => Promise.all(document.getAnimations().filter((moving) => moving instanceof CSSTransition)
  .map((moving) => moving.finished.catch(() => {})))"""
# A short word in a narrow cell or button stands on one line: Chinese breaks after every character, dates after hyphens.
BROKEN = r"""() => [...document.querySelectorAll("main :is(button, a, summary, th, td, dt, .tag)")].flatMap((node) => {
  if (!node.checkVisibility() || node.closest(".sheet")) return []; // a paper keeps the columns it is printed with
  const told = [...node.childNodes].filter((child) => child.nodeType === Node.TEXT_NODE).map((child) => {
    const words = child.data.trim();
    const range = document.createRange();
    range.selectNodeContents(child);
    const lines = new Set([...range.getClientRects()].filter((box) => box.width > 0).map((box) => Math.round(box.top)));
    const isShort = /[一-鿿]/.test(words) ? words.length <= 4 : words.length <= 16 && !/\s/.test(words);
    return lines.size > 1 && isShort ? `${node.localName} ${words}` : null;
  });
  return told.filter(Boolean);
})"""
# In a narrow window the heads of a list are out of sight: a date, a number or a dash says nothing without one, but for
# the first of its row, and a number right behind the words that it counts.
BARE = r"""() => [...document.querySelectorAll("main .list td")].filter((cell) => {
  if (!cell.checkVisibility() || getComputedStyle(cell).display === "table-cell" || cell.cellIndex === 0) return false;
  const told = cell.innerText.trim();
  const others = [...cell.parentElement.querySelectorAll("td")].filter((other) => other !== cell);
  const isOnly = others.every((other) => !other.innerText.trim());
  const isCount = /^\d+$/.test(told) && cell.previousElementSibling.matches("th");
  const isBare = ["none", '""', "normal"].includes(getComputedStyle(cell, "::before").content);
  return /^([-\d.%,:\s]+|[—–])$/.test(told) && !isOnly && !isCount && isBare;
}).map((cell) => `${cell.innerText.trim()}, in ${cell.closest("tr").innerText.trim().slice(0, 60)}`)"""
# Two of them one above the other, hardly apart: a thumb takes the wrong one.
TOUCHING = r"""() => {
  const fields = "button, .button, select, textarea, input:not([type=hidden], [type=radio], [type=checkbox])";
  const all = [...document.querySelectorAll("main :is(" + fields + ")")]
    .filter((node) => node.checkVisibility() && !node.closest(".record, #phone"))
    .map((node) => [node, node.getBoundingClientRect()]);
  return all.slice(1).map(([below, box], index) => [all[index][0], all[index][1], below, box])
    .filter(([, above, , box]) => box.top >= above.bottom - 1 && box.top < above.bottom + 4
      && box.left < above.right && box.right > above.left)
    .map(([above, , below]) => `${above.outerHTML.slice(0, 60)} and ${below.outerHTML.slice(0, 60)}`);
}"""
RULES = (*axe.RULES, "wcag22aa")
TOO_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
looked_at: set[str] = set()  # the endpoints of all pages that the running test looked at (conftest.py)


def config_of(folder: Path, ring: Any) -> Config:
    """Of a server with both ports of its own; htmx lies beside it."""
    data_dir, ring_file = folder / "data", folder / "keys" / "ring.json"
    ring.save(ring_file)
    return Config(
        data_dir=data_dir,
        database_url=f"sqlite:///{data_dir / 'test.sqlite3'}",
        ring_file=ring_file,
        desk_port=free_port(),
        htmx_local=True,
    )


# Both widths, both schemes and both languages, in two runs.
in_both_looks = pytest.mark.parametrize(("width", "scheme", "language"), [(1280, "light", "zh"), (360, "dark", "en")])


class Seat:
    """Signed in at the desk. `refused`: what the browser said of our policy or of a script."""

    def __init__(
        self,
        opened: Browser,
        address: str,
        login: str,
        width: int = 1280,
        scheme: str = "light",
        language: str = "zh",
        **more: Any,
    ) -> None:
        self.context = opened.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            **more,
        )
        self.context.set_default_timeout(PATIENCE_MS)
        self.name, self._address = f"{width}-{scheme}", address
        self.page: Page = self.context.new_page()
        self.refused: list[str] = []
        self.page.on("console", lambda said: self.refused.append(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda error: self.refused.append(str(error)))
        sign_in(self.page, address, login)
        if language == "en":
            self.page.get_by_role("button", name="English").click()
            expect(self.page.locator("html")).to_have_attribute("lang", "en")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()

    def open(self, path: str) -> Page:
        self.page.goto(self._address + path)
        return self.page

    def look(self, name: str, rules: Sequence[str] = RULES) -> list[str]:
        """What is wrong with the page as it stands."""
        wrong = wrong_with(self.page, name, rules)
        if PICTURES:
            self.page.screenshot(path=f"{PICTURES}/{name}-{self.name}.png", full_page=True)
        return wrong

    def look_in_both(self, name: str) -> list[str]:
        """What is wrong with it in a wide window in light colours, and then in a narrow one in dark ones."""
        wrong = self.look(name)
        with narrow_and_dark(self.page):
            return wrong + self.look(f"{name}-narrow", axe.OF_LOOKS)


def sign_in(page: Page, address: str, login: str) -> None:
    """At the first page of the desk. The pages that ask are walked through in test_sign_in.py."""
    signing_in.enter(page.context, address, login)
    page.goto(f"{address}/")
    expect(page.locator("header.desk-head nav")).to_be_visible()


@contextmanager
def narrow_and_dark(page: Page) -> Iterator[None]:
    """The same page on a phone's screen at night, then again as it was."""
    wide = page.viewport_size
    assert wide is not None
    page.set_viewport_size({"width": 360, "height": wide["height"]})
    page.emulate_media(color_scheme="dark")
    page.evaluate(SETTLED)
    yield
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(wide)
    page.evaluate(SETTLED)


def wrong_in_both(page: Page, name: str) -> list[str]:
    """What is wrong in a wide window in light colours, and then in a narrow one in dark ones."""
    wrong = wrong_with(page, name)
    with narrow_and_dark(page):
        return wrong + wrong_with(page, f"{name}, narrow and dark", axe.OF_LOOKS)


def wrong_with(page: Page, name: str, rules: Sequence[str] = RULES) -> list[str]:
    """What is wrong with the page as it stands: for those who do not see it, for thumbs, for narrow screens. Without
    `rules` the layout alone is looked at."""
    page.wait_for_load_state()  # a page that a click led to stands in the document before its sheets are read
    page.evaluate(UNFOLD)
    looked_at.add(_endpoint(page.url))
    wrong = [f"{name}: {broken}" for broken in axe.violations(page, rules)] if rules else []
    wrong += [f"{name}: under 44 px: {target}" for target in page.evaluate(TOO_SMALL)]
    wrong += [f"{name}: broken: {words}" for words in page.evaluate(BROKEN)]
    wrong += [f"{name}: without its head: {words}" for words in page.evaluate(BARE)]
    wrong += [f"{name}: touching: {both}" for both in page.evaluate(TOUCHING)]
    if (beyond := page.evaluate(TOO_WIDE)) > 0:
        wrong.append(f"{name}: {beyond} px wider than the screen")
    return wrong


def _endpoint(url: str) -> str:
    """Of the page that stands there; empty where it is the answer to a form, or of a server in another process."""
    parts = urlsplit(url)
    app = signing_in.served.get(f"{parts.scheme}://{parts.netloc}")
    try:
        endpoint = app and app.url_map.bind("localhost", subdomain="desk").match(parts.path, "GET")[0]
    except HTTPException:
        return ""
    return endpoint or ""
