"""The real thing, driven as people do it: the command `serve-demo` in its own processes, phones and desks as browsers.

Steps are a role's words (`Caseworker.start_visit`, `Supervisor.approve`); every tap and every typed character passes
`tap` and `write` of a Screen and is counted there. Nothing sleeps: a step waits for what the page says.
"""

import functools
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any, Self

from playwright.sync_api import Browser, BrowserContext, Locator, Page, Playwright, expect

from fieldapp import demo
from fieldapp.web import guard
from tests.browser_fixtures import ARGUMENTS, PATIENCE_MS, chromium

PEOPLE = {"li": "李春禾", "wang": "王砚秋", "zhao": "赵大田"}  # of the demo county, by login
PIN = "307418"
PHONE_SIZE = {"width": 360, "height": 740}
DESK_SIZE = {"width": 1280, "height": 900}
START_TRIES_MAX = 3_600  # of 50 ms: a new database takes its first migration, and the machine may be busy
STEP_MS = 50
# Row ids become row numbers. A question that is folded away or answered by "unknown" is none to answer.
NUMBERED = """(selector) => Object.fromEntries([...document.querySelectorAll(`.rec-page ${selector}[data-path]`)]
  .filter((one) => one.offsetParent && !one.querySelector(":scope > .q-body[hidden]"))
  .map((one) => {
    let path = one.dataset.path;
    for (let card = one.closest(".card"); card; card = card.parentElement.closest(".card")) {
      const at = card.dataset.path;
      path = path.replace(at, at.replace(/\\[[^\\]]*\\]$/, `[${[...card.parentElement.children].indexOf(card)}]`));
    }
    return [path, one.dataset.path];
  }))"""
OPEN = "打开"
# All that decides what is to be done next on a page of a form, in one question to the browser: they cost the most.
STANDING = f"""(open) => JSON.stringify({{
  gates: [...document.querySelectorAll(".rec-page .gate button")]
    .filter((one) => one.textContent === open && one.checkVisibility()).length,
  known: document.querySelectorAll(".known-people .card.known").length,
  rows: [...document.querySelectorAll(".rec-page .card > .card-head, .rec-page .repeat, .rec-page .repeat > .add")]
    .map((one) => [one.parentElement.dataset.path, one.ariaExpanded, one.checkVisibility()].join()),
  asked: ({NUMBERED})(".q"),
}})"""
CONTROL = """(question) => ({
  choices: question.querySelector(".choices") !== null,
  picker: question.querySelector("button.picker") !== null,
  checked: [...question.querySelectorAll("input:checked")].map((one) => one.value),
})"""
# All keys in one go, once they can be pressed: each answers at once, what the digits open is waited for afterwards.
PRESS = """(digits) => {
  const pad = [...document.querySelectorAll(".keypad")].filter((one) => one.checkVisibility()).at(-1);
  const keys = new Map([...(pad?.querySelectorAll("button") ?? [])].map((key) => [key.textContent, key]));
  if (keys.get(digits[0])?.disabled !== false) return false;
  for (const digit of digits) keys.get(digit).click();
  return true;
}"""
COUNTED = "([name, number]) => document.querySelector(`[data-count=${name}] dd`)?.textContent === number"
STANDS = "(selector) => document.querySelector(selector)?.checkVisibility()"
SAYS = "(words) => document.body.innerText.includes(words)"
# An input method commits a word; who types letters or digits commits each.
COMMITTED = re.compile("[\u4e00-\u9fff]{1,4}|.", re.DOTALL)


@dataclass(frozen=True)
class OfTheFamily:
    """One of the family, counted from 0, where a question asks who."""

    number: int


Answer = str | int | list[str] | Mapping[str, str] | OfTheFamily
"""A code or text, codes of a multiple choice, digits of a date (`198307`), `{"unknown": code}`, or who it is."""


# ---- the server --------------------------------------------------------------------------------------------


@dataclass
class LiveServer:
    """`python -m fieldapp.cli serve-demo` on two ports of this machine; gunicorn and worker are its children."""

    folder: Path
    port: int = 0
    desk_port: int = 0
    signed_in: dict[str, Any] = field(default_factory=dict, repr=False)  # cookies of the desk, by login
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        self.port = self.port or free_port()
        self.desk_port = self.desk_port or free_port()
        self.folder.mkdir(parents=True, exist_ok=True)

    @property
    def phone_address(self) -> str:
        return f"http://localhost:{self.port}/"

    @property
    def desk_address(self) -> str:
        return f"http://localhost:{self.desk_port}"

    @property
    def log(self) -> str:
        return (self.folder / "server.log").read_text("utf-8", errors="replace")

    def start(self) -> Self:
        """Serve the same data on the same ports. Raises AssertionError with the log when it does not come up."""
        command = ["serve-demo", "--port", str(self.port), "--desk-port", str(self.desk_port)]
        with (self.folder / "server.log").open("ab") as log:
            # A session of its own: SIGKILL for the group reaches gunicorn and the worker, as a power cut would.
            self._process = subprocess.Popen(
                [sys.executable, "-m", "fieldapp.cli", *command],
                env=self._environment(),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        for _ in range(START_TRIES_MAX):
            if self._answers():
                return self
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(STEP_MS / 1000)
                break
        with suppress(ProcessLookupError):
            self.kill()
        raise AssertionError(f"the server did not come up:\n{self.log}")

    def stop(self) -> None:
        """SIGTERM, as an operator or systemd does it."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL for all its processes: what is not on disk is gone."""
        self._end(signal.SIGKILL)

    def run(self, *arguments: str) -> str:
        """Another command beside it, on the same data; its output. Raises CalledProcessError."""
        command = [sys.executable, "-m", "fieldapp.cli", *arguments]
        done = subprocess.run(command, env=self._environment(), capture_output=True, check=True)
        return done.stdout.decode()

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        group = self._process.pid
        if how is signal.SIGKILL:
            os.killpg(group, how)
        else:
            self._process.send_signal(how)
        try:
            self._process.wait(60)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)
            self._process = None

    def _answers(self) -> bool:
        try:
            for port in (self.port, self.desk_port):
                with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as asked:
                    asked.request("GET", "/")
                    asked.getresponse().read()
        except OSError:
            return False
        return True

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("FIELDAPP_", "DATABASE_"))}
        return {**kept, "FIELDAPP_DATA": str(self.folder / "data"), "FIELDAPP_DEMO": "1", "HTMX_LOCAL": "1"}


@contextmanager
def live_server(folder: Path) -> Iterator[LiveServer]:
    server = LiveServer(folder).start()
    try:
        yield server
    finally:
        server.kill()


def free_port() -> int:
    """A port that is ours until this process ends. The app must know its port before it is made: by it origins are
    told apart.

    A socket that is bound and never listens holds it: nobody else is given it, also while the server that uses it is
    stopped, and who asks there meanwhile is refused. Our servers set SO_REUSEADDR too, so they may listen beside it.
    """
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        port = int(held.getsockname()[1])
        held.detach()
        return port


def until(page: Page, condition: str, arg: Any = None) -> None:
    """Wait for a condition in the page, asked with each of its frames. What `expect` asks it asks again after a tenth,
    a quarter, a half and then each whole second: where every test waits, that became minutes."""
    page.wait_for_function(condition, arg=arg)


def press(page: Page, digits: str) -> None:
    """On the keypad of the app, once it takes digits."""
    until(page, PRESS, digits)


# ---- what a person does on any screen ----------------------------------------------------------------------


@dataclass
class Effort:
    """What it cost a person."""

    taps: int = 0
    characters: int = 0
    fields: int = 0

    def since(self, before: "Effort") -> "Effort":
        return Effort(self.taps - before.taps, self.characters - before.characters, self.fields - before.fields)

    def copy(self) -> "Effort":
        return Effort(self.taps, self.characters, self.fields)


class Signature(Enum):
    """Who signs: she, on the phone that is handed to her, or a visitor on her own."""

    HERS = "hers"
    VISITOR = "visitor"


class Screen:
    """A window with a person before it. What goes wrong in the page (errors, refused scripts) is kept in `troubles`."""

    context: BrowserContext
    page: Page

    def __init__(self, pictures: Path | None = None) -> None:
        self.effort = Effort()
        self.pictures = pictures
        self.troubles: list[str] = []

    def tap(self, target: Locator) -> None:
        """One tap or click."""
        self.effort.taps += 1
        target.click()

    def write(self, target: Locator, text: str) -> None:
        """Tap into the box and type word by word or letter by letter, as a phone's keyboard does: it commits text.

        Sent as keys, digits were now and then swallowed by the browser (keydown, keypress, and no input).
        """
        self.tap(target)
        self.effort.fields += 1
        self.effort.characters += len(text)
        self._type(target, text)

    def rewrite(self, target: Locator, text: str) -> None:
        """Tap into the box, empty it, type anew."""
        self.tap(target)
        self.effort.taps += 1
        target.press("ControlOrMeta+a")
        target.press("Delete")
        self.effort.fields += 1
        self.effort.characters += len(text)
        self._type(target, text)

    def _type(self, target: Locator, text: str) -> None:
        target.focus()
        for word in COMMITTED.findall(text):
            self.page.keyboard.insert_text(word)

    def picture(self, name: str, *, full: bool = False) -> None:
        """Keep what is seen now, where a folder was given."""
        if self.pictures is not None:
            self.pictures.mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=self.pictures / f"{name}.png", full_page=full, animations="disabled")

    def _watch(self, page: Page) -> None:
        self.page = page
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: self.troubles.append(str(error)))
        page.on("console", self._heard)

    def _heard(self, message: Any) -> None:
        if "Content Security Policy" in message.text or "TrustedScript" in message.text:
            self.troubles.append(f"{message.text} ({self.page.url}, {message.location})")


# ---- the phone ---------------------------------------------------------------------------------------------


class Phone(Screen):
    """A cheap Android phone: a browser profile on disk, 360 by 740, touch, Chinese."""

    arguments: tuple[str, ...] = ()  # of the browser, besides those of all

    def __init__(self, playwright: Playwright, profile: Path, server: LiveServer, pictures: Path | None = None) -> None:
        super().__init__(pictures)
        self.playwright, self.profile, self.server = playwright, profile, server
        self.digits = ""
        self.pin = PIN
        # A finger on each key of our keypad is the business of the journeys on the real processes: of a tap of one key
        # the test waits longer than of all that the digits open.
        self.by_finger = isinstance(server, LiveServer)

    # -- the device

    def tap(self, target: Locator) -> None:
        """A finger, not a mouse: what moves under it between down and up shows here."""
        self.effort.taps += 1
        target.tap()

    def start(self, **options: Any) -> None:
        """Open the app in the browser of this profile; once installed it needs nobody at the other end."""
        self.context = self.playwright.chromium.launch_persistent_context(
            self.profile,
            executable_path=chromium(),
            headless=True,
            args=[*ARGUMENTS, *self.arguments],
            env={**os.environ, "LANGUAGE": "zh_CN"},  # the language of the browser's own date boxes
            **{"viewport": PHONE_SIZE, "locale": "zh-CN", "timezone_id": "Asia/Shanghai", "has_touch": True, **options},
        )
        if clock := getattr(self.server, "page_clock", ""):  # a county in this process has hours of its own
            self.context.add_init_script(clock)
        self._watch(self.context.pages[0])
        self.page.goto(self.server.phone_address)

    def close(self) -> None:
        self.context.close()

    def kill(self) -> None:
        """SIGKILL for the whole browser, as when the phone's battery falls out."""
        for pid in self._processes():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        with suppress(Exception):  # the connection to it is gone, which is what was asked for
            self.context.close()
        # The lock of the killed process; on another boot the browser finds its owner gone by itself.
        for name in ("SingletonLock", "SingletonSocket", "SingletonCookie"):
            (self.profile / name).unlink(missing_ok=True)

    def wait_for_shell(self) -> None:
        """Until the app is installed whole: from then on it opens without a server."""
        self.page.wait_for_function("() => navigator.serviceWorker.controller !== null")

    def cut(self, *, off: bool = True) -> None:
        """No signal, as the browser knows it. The stronger thing is `server.stop()`."""
        self.context.set_offline(off)

    def set_the_clock(self, day: str) -> None:
        """The phone says that it is noon of this day; the vault's worker and the server go on by their own."""
        self.page.clock.set_system_time(f"{day}T12:00:00+08:00")

    def _processes(self) -> list[int]:
        """Chromium's main process on this profile first, its children after it."""
        found = []
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit():
                with suppress(OSError):
                    if f"--user-data-dir={self.profile}".encode() in (folder / "cmdline").read_bytes().split(b"\0"):
                        found.append(int(folder.name))
        return sorted(found)

    # -- keypad, gate

    def press(self, digits: str) -> None:
        """On our own keypad, once it takes digits: each key is a tap."""
        if not self.by_finger:
            self.effort.taps += len(digits)
            return press(self.page, digits)
        for digit in digits:
            self.tap(self.page.locator(".keypad").last.get_by_role("button", name=digit, exact=True))
        return None

    def enrol(self, code: str, login: str, password: str = demo.PASSWORD, *, pin: str = PIN) -> None:
        """The credential, 12 digits practised twice, a PIN; until the worklist is there."""
        page = self.page
        self.tap(page.locator("#enrol-start"))
        page.locator("#enrol-code").wait_for()  # the key derivation is measured before
        self.write(page.locator("#enrol-code"), code)
        self.write(page.locator("#enrol-login"), login)
        self.write(page.locator("#enrol-password"), password)
        self.tap(page.locator("#enrol-next"))
        self.tap(page.locator("#way-digits"))
        self.digits = "".join(page.locator("#new-digits span").all_inner_texts())
        self.picture("enrol-digits")
        self.tap(page.locator("#practise"))
        for round_name in ("第 1 遍", "第 2 遍"):
            until(page, SAYS, round_name)
            self.press(self.digits)
        self.pin = pin
        until(page, SAYS, "设置 6 位 PIN")
        self.press(pin)
        until(page, SAYS, "再输入一次同样的 6 位 PIN")
        self.press(pin)
        until(page, STANDS, "#screen-worklist")

    def unlock(self) -> None:
        until(self.page, STANDS, "#screen-unlock")
        self.press(self.digits)
        until(self.page, STANDS, "#screen-worklist")

    def lock(self) -> None:
        self.tab("settings")
        self.tap(self.page.locator("#lock-now"))
        self.page.locator("#screen-unlock").wait_for()

    def uncover(self) -> None:
        self.tap(self.page.locator("#uncover"))
        self.press(self.pin)
        self.page.locator("#screen-covered").wait_for(state="detached")

    # -- list, case, visit

    def tab(self, name: str) -> None:
        self.tap(self.page.locator(f"#tab-{name}"))
        self.page.locator(f"#screen-{name}").wait_for()

    def home(self) -> None:
        """Back to the worklist from wherever we are."""
        self._stands()
        while not self.page.locator("#tab-worklist").is_visible():
            self.back()
        self.tab("worklist")

    def back(self) -> None:
        """The arrow at the top left, of the form or of the frame."""
        bar = self.page.locator(".record .rec-bar button").first
        shown = self.page.locator("#main .rec-page > .page, #main > section:not(:has(.record))").first.element_handle()
        self.tap(bar if bar.is_visible() else self.page.locator("#back"))
        self.page.wait_for_function("(shown) => !shown.isConnected", arg=shown)
        self._stands()

    def _stands(self) -> None:
        """A screen is there. Between two of them the place is empty, and neither arrow nor tab can be seen."""
        self.page.wait_for_function("() => document.querySelector('#main > section')?.childElementCount > 0")

    def entry(self, code_name: str, group: str | None = None) -> Locator:
        """A line of the worklist; `group` is returned, overdue, today, coming or others."""
        lists = self.page.locator("#screen-worklist" if group is None else f"#list-{group}")
        return lists.locator(".entry", has=self.page.get_by_text(code_name, exact=True)).first

    def entry_text(self, reason: str, group: str | None = "today") -> str:
        """The code name on the line with this reason; `group` as of `entry`."""
        lists = self.page.locator("#screen-worklist" if group is None else f"#list-{group}")
        return lists.locator(".entry", has_text=reason).first.locator(".entry-main").inner_text()

    def open_case(self, code_name: str, group: str | None = None) -> None:
        self.tap(self.entry(code_name, group))
        self.page.locator("#screen-case").wait_for()

    def no_conflict(self) -> None:
        """Nobody of us is related to them; asked before any name is shown."""
        self.tap(self.page.locator("#conflict [data-value=no]"))
        self.page.locator("#conflict").wait_for(state="detached")

    def start_visit(self) -> None:
        self.tap(self.page.locator("[data-act=visit-start]:visible"))
        self.page.locator("[data-act=visit-end]:visible").wait_for()

    def end_visit(self) -> None:
        self.tap(self.page.locator("[data-act=visit-end]:visible"))
        self.page.locator("[data-act=visit-start]:visible").wait_for()

    def open_form(self, title: str) -> None:
        self.tap(self.page.locator("#screen-case button.entry", has_text=title).first)
        self.page.locator(".record").wait_for()

    # -- the form

    def question(self, path: str) -> Locator:
        return self.page.locator(f'.record .q[data-path="{path}"]')

    def row(self, repeat: str, number: int) -> str:
        """The path of a row of a repeat, counted from 0."""
        cards = self.page.locator(f'.record .repeat[data-path="{repeat}"] > ol.cards > .card')
        return cards.nth(number).get_attribute("data-path") or ""

    def add_row(self, repeat: str) -> str:
        """A new row; its path."""
        box = self.page.locator(f'.record .repeat[data-path="{repeat}"]')
        cards = box.locator("> ol.cards > .card")
        before = cards.count()
        self.tap(box.locator("> button.add"))
        expect(cards).to_have_count(before + 1)
        return cards.nth(before).get_attribute("data-path") or ""

    def open_row(self, row: str) -> None:
        head = self.page.locator(f'.record .card[data-path="{row}"] > .card-head')
        if head.get_attribute("aria-expanded") != "true":
            self.tap(head)

    def take_known_people(self, wanted: int) -> None:
        """Whom the case file lists, the family by one tap; of the others until there are `wanted` rows."""
        every = self.page.locator(".known-people > button.choice-button.wide")
        cards = self.page.locator(".known-people .card.known")
        rows = self.page.locator('.record .repeat[data-path="members"] > ol.cards > .card')
        if every.count():
            self.tap(every)
            every.wait_for(state="detached")
        while left := cards.count():
            here = rows.count() < wanted
            self.tap(cards.first.locator("button.choice-button" if here else "button.quiet").first)
            expect(cards).to_have_count(left - 1)

    def answer(self, path: str, value: Answer) -> None:
        """Give one answer, by whatever control the question has."""
        question = self.question(path)
        if isinstance(value, Mapping):
            return self._unknown(question, value["unknown"])
        if isinstance(value, OfTheFamily):
            return self.tap(question.locator(".choices label.choice").nth(value.number))
        codes = value if isinstance(value, list) else [str(value)]
        control = question.evaluate(CONTROL)
        if control["choices"]:
            for number, code in enumerate(codes):
                box = question.locator(f'input[value="{code}"]')
                if code in control["checked"] if number == 0 else box.is_checked():
                    continue  # filled in by the app; a second tap would take it back
                self.tap(question.locator("label.choice", has=self.page.locator(f'input[value="{code}"]')))
                expect(box).to_be_checked()
        elif control["picker"]:
            self._pick(question, codes, several=isinstance(value, list))
        else:
            self.write(question.locator("input, textarea").first, str(value))
        return None

    def _unknown(self, question: Locator, code: str) -> None:
        offered = question.locator(".q-unknown > button")
        if not offered.count():  # filled in by the app: the picker's own "clear" first
            self.effort.taps += 1
            question.locator("input").first.clear()
        self.tap(offered)
        self.tap(question.locator(f'.reasons [data-value="{code}"]'))
        question.locator(".unknown-chosen").wait_for()

    def _pick(self, question: Locator, codes: list[str], *, several: bool) -> None:
        self.tap(question.locator("button.picker"))
        panel = self.page.locator(".rec-panel")
        for code in codes:
            self.tap(panel.locator(f'.picker-row[data-value="{code}"]'))
        if several:
            self.tap(panel.locator(".rec-foot button.primary"))
        panel.wait_for(state="hidden")

    def reveal(self) -> None:
        """Open the questions that are asked alone; answers of an earlier opening ask for the digits again."""
        self.tap(self._gate().first)
        self.page.wait_for_function(
            "(name) => document.querySelector('#ask-pin') || "
            "![...document.querySelectorAll('.rec-page .gate button')].some((one) => one.textContent === name)",
            arg=OPEN,
        )
        if self.page.locator("#ask-pin").count():
            self.press(self.digits)
            self.page.locator("#ask-pin").wait_for(state="detached")
            expect(self._gate()).to_have_count(0)

    def _gate(self) -> Locator:
        return self.page.locator(".rec-page .gate").get_by_role("button", name=OPEN, exact=True)

    def fill(self, table: Mapping[str, Answer | Signature]) -> None:
        """Answer what this page asks, in its order, from a table by path with row numbers (`members[0].alive`)."""
        done: set[str] = set()
        rows: list[str] = []  # as they stood when those the table names had been made
        while True:
            page = self._standing()
            if page["gates"]:
                self.reveal()
                page = self._standing()
            if page["known"]:
                numbers = [int(key[8:].split("]")[0]) for key in table if key.startswith("members[")]
                self.take_known_people(max(numbers, default=0) + 1)
                page = self._standing()
            if page["rows"] != rows:
                self._make_rows(table)
                page = self._standing()
                rows = page["rows"]
            asked = {path: real for path, real in page["asked"].items() if path in table and path not in done}
            if not asked:
                return
            path, real = next(iter(asked.items()))
            done.add(path)
            value = table[path]
            if not isinstance(value, Signature):
                self.answer(real, value)
            elif value is Signature.HERS:
                self.hand_over_to_sign(real)
            else:
                self.sign(real)

    def fill_to_the_contents(self, table: Mapping[str, Answer | Signature], *, rest: str | None = None) -> None:
        """Page by page until the contents page; `rest`: the reason taken for all that a page still lacks."""
        while self.page_title != "目录":
            self.fill(table)
            if rest:
                self.section_unknown(rest)
            self.next_page()

    def section_unknown(self, preferred: str) -> None:
        """What is still open on this page gets one reason: the preferred one, or the first that is offered."""
        block = self.page.locator(".section-unknown")
        if block.locator("> button.quiet").count() == 0:
            return
        self.tap(block.locator("> button.quiet"))
        wanted = block.locator(f'.reason[data-value="{preferred}"]')
        self.tap(wanted if wanted.count() else block.locator(".reason").first)
        expect(self.page.locator(".rec-undo button")).to_be_visible()

    def _make_rows(self, table: Mapping[str, Any]) -> None:
        """Rows the table names and this page does not have are added, folded ones opened; a row may hold rows."""
        seen: set[str] = set()
        while fresh := {path: real for path, real in self._numbered(".repeat").items() if path not in seen}:
            path, repeat = next(iter(fresh.items()))
            seen.add(path)
            wanted = {int(key[len(path) + 1 :].split("]")[0]) for key in table if key.startswith(f"{path}[")}
            box = self.page.locator(f'.record .repeat[data-path="{repeat}"]')
            cards = box.locator("> ol.cards > .card")
            for number in sorted(wanted):
                if number >= cards.count() and box.locator("> button.add").is_visible():
                    self.add_row(repeat)
                if number < cards.count():
                    self.open_row(cards.nth(number).get_attribute("data-path") or "")

    def _numbered(self, selector: str) -> dict[str, str]:
        """What stands on this page: path with row numbers -> path."""
        found: dict[str, str] = self.page.evaluate(NUMBERED, selector)
        return found

    def _standing(self) -> dict[str, Any]:
        """`gates` to open, `known` people to take over, `rows` as they stand, and what is `asked`: path -> path."""
        found: dict[str, Any] = json.loads(self.page.evaluate(STANDING, OPEN))
        return found

    @property
    def page_title(self) -> str:
        return self.page.locator(".rec-page .page-title").inner_text()

    def next_page(self) -> None:
        """The green button at the bottom: the next section, after the last the contents."""
        before = self.page_title
        self.tap(self.page.locator(".rec-foot > button.primary"))
        expect(self.page.locator(".rec-page .page-title")).not_to_have_text(before)

    def contents(self) -> None:
        """The contents page, from a section."""
        title = self.page.locator(".rec-page .page-title")
        onward = self.page.locator(".rec-foot").get_by_role("button", name="目录", exact=True)
        self.tap(onward if onward.count() else self.page.locator(".rec-foot > button.primary"))
        expect(title).to_have_text("目录")

    def to_the_contents(self) -> None:
        """From wherever the form opened."""
        if self.page_title != "目录":
            self.contents()

    def first_section(self, moment: str) -> None:
        """From the contents page to the first section of `在现场`, `离开后补` or `晚上写`."""
        block = self.page.locator(".contents .moment", has=self.page.get_by_role("heading", name=moment))
        self.tap(block.locator("button.cell").first)
        expect(self.page.locator(".rec-page .page-moment")).to_have_text(moment)

    def section(self, title: str, moment: str) -> None:
        """From the contents page to one section; `moment` as the page names it."""
        block = self.page.locator(".contents .moment", has=self.page.get_by_role("heading", name=moment))
        self.tap(block.locator("button.cell", has_text=title).first)
        expect(self.page.locator(".rec-page .page-title")).to_have_text(title)

    def sign(self, path: str) -> None:
        """A visitor's own signature."""
        self.tap(self.question(path).locator(".signature button"))
        self._draw()
        self.tap(self.page.locator(".signing .pair button.primary"))
        self.question(path).locator("svg.signed").wait_for()

    def hand_over_to_sign(self, path: str) -> None:
        """The phone goes into the hands of the person visited; back only by the PIN."""
        self.tap(self.question(path).locator(".signature button"))
        self._draw()
        self.picture("signature")
        self.tap(self.page.locator(".signing .pair button.primary"))
        self.page.locator("canvas.pad-canvas").wait_for(state="detached")  # her words are off the screen first
        self.tap(self.page.locator(".signing").get_by_role("button"))
        self.page.locator("#ask-pin").wait_for()
        self.press(self.pin)
        self.question(path).locator("svg.signed").wait_for()

    def _draw(self) -> None:
        canvas = self.page.locator("canvas.pad-canvas")
        canvas.scroll_into_view_if_needed()
        self.page.wait_for_function("() => document.querySelector('canvas.pad-canvas')?.style.touchAction === 'none'")
        box = canvas.bounding_box()
        assert box is not None
        self.effort.taps += 1  # one stroke
        mouse, x, y = self.page.mouse, box["x"] + 30, box["y"] + box["height"] / 2
        mouse.move(x, y)
        mouse.down()
        for step in range(1, 12):
            mouse.move(x + step * 18, y + (25 if step % 2 else -25), steps=3)
        mouse.up()

    def hand_in_at_the_door(self, *, with_gaps: bool = False) -> None:
        """`with_gaps`: what is missing at the door was listed, and is handed in all the same."""
        self.tap(self.page.get_by_role("button", name="先交门口这一份"))
        if with_gaps:
            self.tap(self.page.get_by_role("button", name="就这样先交"))
        self.page.locator(".record").wait_for(state="detached")
        self._stands()

    def submit(self) -> None:
        self.tap(self.page.locator(".rec-foot").get_by_role("button", name="提交", exact=True))
        self.page.locator("#main > .screen:not(.screen-bare)").wait_for()

    # -- sending

    def count(self, name: str) -> int:
        """draft, waiting, received or safe, as the page of sync says it now."""
        return int(self.page.locator(f"[data-count={name}] dd").inner_text())

    def counts(self, **wanted: int) -> None:
        """Until the page of sync says these: it counts after an unlock and after a reply, not before it is shown."""
        for name, number in wanted.items():
            until(self.page, COUNTED, [name, str(number)])

    def send(self) -> None:
        """Press “send now” until the page says that nothing waits any more."""
        self.home()
        self.tab("sync")
        told = self.page.evaluate_handle("() => document.querySelector('#toast p')")  # of an earlier time
        self.tap(self.page.locator("#send-now"))
        self.page.wait_for_function(
            """(told) => { const now = document.querySelector("#toast p"); return now && now !== told; }""", arg=told
        )
        expect(self.page.locator("#toast")).to_contain_text("已和服务器联系")
        until(self.page, COUNTED, ["waiting", "0"])

    # -- urgent

    def urgent(self) -> None:
        """First tap."""
        self.tap(self.page.locator("#urgent-open:visible, .rec-bar .urgent:visible, #covered-urgent:visible").first)
        self.page.locator("#urgent").wait_for()

    def call(self, number: str) -> None:
        """Second tap: the call, recorded. The dialler of a phone is not there to be opened."""
        self.page.evaluate(
            "() => addEventListener('click', (event) => event.preventDefault(), {capture: true, once: true})"
        )
        self.tap(self.page.locator(f'.call[href="tel:{number}"]'))
        expect(self.page.locator("#urgent-state")).to_contain_text("已加密记下")


class Caseworker(Phone):
    """Somebody who visits families."""


class Cadre(Phone):
    """Of the village, 57, largest type: the neighbour who looks in."""

    def answer_follow_up(self, answers: Mapping[str, str]) -> None:
        """All of a short visit note, one tap each, and submit."""
        for path, code in answers.items():
            self.answer(path, code)
        self.submit()


# ---- the desk ----------------------------------------------------------------------------------------------


@functools.cache
def _office(playwright: Playwright) -> Browser:
    """The browser of all desks of a process. It ends with its driver."""
    language: dict[str, str | float | bool] = {**os.environ, "LANGUAGE": "zh_CN"}  # of the browser's own date boxes
    return playwright.chromium.launch(executable_path=chromium(), headless=True, args=ARGUMENTS, env=language)


class Desk(Screen):
    """A computer in the office; each person has cookies and a window of her own."""

    def __init__(
        self, playwright: Playwright, server: LiveServer, pictures: Path | None = None, **options: Any
    ) -> None:
        super().__init__(pictures)
        self.server = server
        self.context = _office(playwright).new_context(
            **{"viewport": DESK_SIZE, "locale": "zh-CN", "timezone_id": "Asia/Shanghai", **options}
        )
        self._watch(self.context.new_page())

    def close(self) -> None:
        self.context.close()

    def sign_in(self, login: str, password: str = demo.PASSWORD) -> None:
        """Password, then the code that a demo server shows. A later browser of hers takes over the session: each code
        opens once, and there are two of them in half a minute.
        """
        self.context.add_cookies(self.server.signed_in.get(login, []))
        self.page.goto(f"{self.server.desk_address}/")
        if self.page.url.startswith(f"{self.server.desk_address}/sign-in"):
            self.write(self.page.locator("#login"), login)
            self.write(self.page.locator("#password"), password)
            self.tap(self.page.locator("form button.primary"))
            self.page.locator("#second-factor").wait_for()
            self._show_code()
        self.page.locator("header.desk-head nav").wait_for()
        self.server.signed_in[login] = [
            {"name": kept["name"], "value": kept["value"], "domain": kept["domain"], "path": kept["path"]}
            for kept in self.context.cookies()
            if kept["name"] == guard.COOKIE
        ]

    def prove_again(self, password: str = demo.PASSWORD) -> None:
        """Where the page asks for it: a proof that is older than five minutes does not do."""
        if self.page.locator("body#proof").count():
            self.write(self.page.locator("#password"), password)
            self._show_code()

    def _show_code(self) -> None:
        self.write(self.page.locator("#code"), self.page.locator("#demo-code").inner_text())
        self.tap(self.page.locator("main form button.primary"))


class Administrator(Desk):
    def issue_device_code(self, name: str) -> str:
        """24 characters in groups, as they stand under the QR code."""
        self.page.goto(f"{self.server.desk_address}/admin/people")
        self.tap(self.page.get_by_role("link", name=name, exact=True))
        self.tap(self.page.locator('form[action$="/device-code"] button'))
        self.page.locator("#device-code, body#proof").wait_for()
        if self.page.locator("body#proof").count():
            self.prove_again()
            self.tap(self.page.locator('form[action$="/device-code"] button'))
        return self.page.locator("#device-code").inner_text()


def device_code(playwright: Playwright, server: LiveServer, login: str) -> str:
    """A one-use code for this person, as the administrator gives it."""
    administrator = Administrator(playwright, server)
    administrator.sign_in("admin")
    code = administrator.issue_device_code(PEOPLE[login])
    administrator.close()
    assert not administrator.troubles, administrator.troubles
    return code


class Supervisor(Desk):
    def queue(self, view: str = "waiting") -> None:
        self.page.goto(f"{self.server.desk_address}/queue?view={view}")

    def waiting(self) -> list[str]:
        """The lines of the queue."""
        return [" ".join(text.split()) for text in self.page.locator("table.list tbody tr").all_inner_texts()]

    def open_report(self, code_name: str, kind: str) -> None:
        """The newest report of this case and form in the queue."""
        line = self.page.locator("table.list tbody tr", has_text=code_name).filter(has_text=kind)
        self.tap(line.first.get_by_role("link"))
        # After a start of the server plans are read first. The file of somebody under 18 asks for a reason once a day:
        # no tap of an ordinary approval.
        self.page.locator("body#report, body#opening-reason").wait_for()
        if self.page.locator("body#opening-reason").count():
            self.page.locator("input[name=reason]").first.check()
            self.page.locator("form.card button.primary").click()
        self.page.locator("body#report").wait_for()

    def plan_visit(self, code_name: str, purpose: str, visitors: str, reason: str, form: str = "") -> None:
        """For today; `visitors` by name, with blanks between; `form` by its title, where the purpose leaves it open."""
        self.page.goto(f"{self.server.desk_address}/cases")
        self.tap(self.page.get_by_role("link", name=code_name, exact=True))
        self.tap(self.page.locator("details summary", has_text="安排").first)
        self.tap(self.page.locator(f'input[name=purpose][value="{purpose}"]'))
        for name in visitors.split():
            self.tap(self.page.get_by_label(name))
        if form:
            self.tap(self.page.get_by_label(form))
        self.page.locator("select[name=reason]").select_option(reason)
        self.tap(self.page.locator('form[action$="/visits"] button.primary'))
        expect(self.page.locator("select[name=reason]")).to_be_hidden()  # the page anew: another visit may name her too
        expect(self.page.locator("table.list", has_text=visitors.split()[0]).first).to_be_visible()

    def open_review(self) -> None:
        self.tap(self.page.locator('form[action$="/open"] button'))
        self.page.locator("#decide").wait_for()

    def row(self, path: str) -> Locator:
        return self.page.locator(f'tr[id="answer-{path}"]')

    def remark(self, path: str, kind: str, text: str) -> None:
        row = self.row(path)
        self.tap(row.locator("details summary"))
        self.tap(row.locator(f'input[name=kind][value="{kind}"]'))
        self.write(row.locator("textarea[name=text]"), text)
        self.tap(row.locator('form[action$="/remarks"] > button'))
        expect(self.row(path).locator(".remark")).to_contain_text(text)
        if kind == "must_fix":
            self.page.locator("#must-fix-open").wait_for()  # the decision comes along with the row

    def return_report(self, text: str = "") -> None:
        form = self.page.locator('form[action$="/return"]')
        if not form.is_visible():
            self.tap(self.page.locator("#decide details summary"))
        if text:
            self.write(form.locator("[name=text]"), text)
        self.tap(form.locator("> button"))
        self.page.locator("body#queue").wait_for()

    def approve(self, text: str = "") -> None:
        """`text`: why, where there are findings."""
        form = self.page.locator('form[action$="/approve"]')
        if text:
            self.write(form.locator("[name=text]"), text)
        self.tap(form.locator("button.primary"))
        self.page.locator("body#queue").wait_for()

    def settle(self, path: str) -> None:
        """A remark that was answered is settled."""
        self.tap(self.row(path).locator('form[action$="/resolve"] button'))
        self.row(path).locator(".remark.resolved").wait_for()

    def acknowledge(self) -> None:
        alerts = self.page.locator("section.alert")
        before = alerts.count()
        self.tap(alerts.locator("form button").first)
        expect(alerts).to_have_count(before - 1)


def pictures_folder() -> Path | None:
    """Where screenshots of the main steps go: FIELDAPP_PICTURES, else nowhere."""
    folder = os.environ.get("FIELDAPP_PICTURES", "")
    return Path(folder) if folder else None


def squeeze(text: str) -> str:
    """One line, single spaces: for comparing what a page says."""
    return re.sub(r"\s+", " ", text).strip()
