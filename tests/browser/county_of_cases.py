"""A county in which published cases are carried from the lead to their end: its clock, and who sits at its desks.

The server runs in this process (phone_stage.py) at the days the cases tell of: who is a minor there depends on the day.
Days that have to pass (90 without red or orange) pass by `County.later`.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Self
from uuid import UUID

from playwright.sync_api import Locator, Playwright, expect

from fieldapp import demo
from fieldapp.actions import statistics_lines
from fieldapp.casework.screening.flags import FLAGS
from fieldapp.casework.statistics import count
from fieldapp.casework.statistics_lines import Period
from fieldapp.days import day_of
from fieldapp.db import reading
from fieldapp.models.campaigns import only_listed
from fieldapp.models.cases import Case
from tests import signing_in
from tests.browser.live import Answer, Caseworker, Phone, Screen, Signature, Supervisor, squeeze
from tests.browser.phone_stage import Server

# Two children of S001-3 are minors still, and Liu is sixty in this year. Noon, as a phone's clock is set to a day.
BEGINS = datetime(2022, 7, 1, 4, 0, tzinfo=UTC)
# What is counted: long enough for all that was promised, so that the days that pass change nothing of other files.
PERIOD = "since=2022-01-01&until=2023-12-31"
NUMBER = re.compile(r"\d+(?:\.\d+)?")
PLACE = re.compile(r"\d{12}")
SHARE = re.compile(r"(\d+) ÷ (\d+)")
STATUS_CLASS = re.compile(r"\bresult (\w+)")


@dataclass
class County(Server):
    """The demo county at the days of the cases. `before`: what it counted of its own; `begun` and `carried`: the cases
    that were begun in it since, and those of them that came to their end, each with its code name;
    `letters` how many transfer letters were numbered in a year.
    """

    before: dict[str, Decimal] = field(default_factory=dict)
    begun: list[str] = field(default_factory=list)
    carried: dict[str, str] = field(default_factory=dict)
    letters: Counter[int] = field(default_factory=Counter)
    _ahead: timedelta = field(default_factory=lambda: BEGINS - datetime.now(UTC))

    def __post_init__(self) -> None:
        super().__post_init__()
        signing_in.served[self.desk_address] = self.app

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def follow_ups_of_others(self) -> dict[str, int]:
        """What the page says of follow-ups, over all files but those that were carried here."""
        since, until = (date.fromisoformat(part.split("=")[1]) for part in PERIOD.split("&"))
        wanted = ~Case.code_name.in_(self.carried.values()) & ~only_listed()
        with self.app.app_context(), reading() as session:
            lines, _ = statistics_lines.of(session, demo.DISTRICT, wanted, self.now())
        told = count([line for line, _ in lines], Period(since, until), day_of(self.now()))
        figures = {one.code: one for one in told.figures}
        named = {"回访完成率": figures["followed"], "逾期回访": figures["late"]}
        return {name: int(one.value) for name, one in named.items()} | {
            f"{name} ÷": one.of or 0 for name, one in named.items()
        }

    def later(self, days: int) -> None:
        """So many days pass. Who sat at a desk has to sign in again."""
        self._ahead += timedelta(days=days)


class Visitor(Caseworker):
    """Who visits here: a place of a family is typed by its code, as of one that no list on the phone knows."""

    def _pick(self, question: Locator, codes: list[str], *, several: bool) -> None:
        if several or not PLACE.fullmatch(codes[0]):
            super()._pick(question, codes, several=several)
            return
        self.tap(question.locator("button.picker"))
        panel = self.page.locator(".rec-panel")
        self.write(panel.locator("input"), codes[0])
        found = panel.locator(".picker-list button")
        expect(found).to_have_count(1)
        self.tap(found)
        panel.wait_for(state="hidden")


class Sheet(Phone):
    """A form at the desk: the phone's own record screen, with mouse and keyboard."""

    def __init__(self, desk: Screen) -> None:
        Screen.__init__(self, desk.pictures)
        self.page, self.effort = desk.page, desk.effort

    def tap(self, target: Locator) -> None:
        Screen.tap(self, target)

    def _pick(self, question: Locator, codes: list[str], *, several: bool) -> None:
        """Of several the app may have chosen some: a second tap would take them back."""
        if not several:
            super()._pick(question, codes, several=several)
            return
        self.tap(question.locator("button.picker"))
        panel = self.page.locator(".rec-panel")
        for code in codes:
            row = panel.locator(f'.picker-row[data-value="{code}"]')
            if not row.locator("input").is_checked():
                self.tap(row)
        self.tap(panel.locator(".rec-foot button.primary"))
        panel.wait_for(state="hidden")

    def fill_to_the_contents(self, table: Mapping[str, Answer | Signature], *, rest: str | None = None) -> None:
        """Page by page; a form of one page has no other to turn to."""
        onward = self.page.locator(".rec-foot > button.primary")
        while self.page_title != "目录":
            self.fill(table)
            if rest:
                self.section_unknown(rest)
            if not onward.count():
                return
            self.next_page()

    def rows(self, repeat: str) -> int:
        """How many rows of a repeat stand on this page."""
        return self.page.locator(f'.record .repeat[data-path="{repeat}"] > ol.cards > .card').count()

    def remove_row(self, repeat: str, number: int) -> None:
        row, before = self.row(repeat, number), self.rows(repeat)
        self.open_row(row)
        card = self.page.locator(f'.record .card[data-path="{row}"]')
        self.tap(card.get_by_role("button", name="移除这一条"))
        expect(self.page.locator(f'.record .repeat[data-path="{repeat}"] > ol.cards > .card')).to_have_count(before - 1)

    def from_the_beginning(self) -> None:
        """Its first page, from the contents or from wherever a refusal led."""
        self.to_the_contents()
        self.tap(self.page.locator(".contents button.cell").first)
        expect(self.page.locator(".rec-page .page-title")).not_to_have_text("目录")

    def answer(self, path: str, value: Answer) -> None:
        """A moment is set as the browser's own box takes it (`2022-12-20T09:00`)."""
        moment = self.question(path).locator("input[type=datetime-local]")
        if isinstance(value, str) and moment.count():
            self.tap(moment)
            self.effort.fields += 1
            moment.fill(value)
        else:
            super().answer(path, value)


class Clerk(Supervisor):
    """Somebody at the desk of this county: reads a file, moves it, writes reports, decides on those of others."""

    server: County  # type: ignore[assignment]

    def __init__(self, playwright: Playwright, server: County, login: str, pictures: Path | None = None) -> None:
        super().__init__(playwright, server, pictures)  # type: ignore[arg-type]
        self.login = login

    def come(self) -> Self:
        """Signed in; the pages that ask are walked through in test_sign_in.py."""
        signing_in.enter(self.context, self.server.desk_address, self.login)
        return self

    # -- a file

    def file(self, case_id: UUID | str) -> None:
        """The file's page. Of a minor it asks why, once a day."""
        self.page.goto(f"{self.server.desk_address}/cases/{case_id}")
        if self.page.locator("body#opening-reason").count():
            self.page.locator("input[name=reason]").first.check()
            self.tap(self.page.locator("form.card button.primary"))
        self.page.locator("body#case-file").wait_for()

    @property
    def state(self) -> str:
        """Where the file on the page stands, in words."""
        return squeeze(self.page.locator("#state-title").inner_text()).split("：")[-1].split(": ")[-1]

    def way(self, end: str) -> Locator:
        """The way to a state (its words) on the page of the file, opened."""
        way = self.page.locator('section[aria-labelledby="state-title"] > details').filter(
            has=self.page.locator("summary", has_text=re.compile(rf"^\s*{end}(\s*·.*)?\s*$"))
        )
        if way.get_attribute("open") is None:
            self.tap(way.locator("summary"))
        return way

    def move(self, end: str, reason: str = "", **said: str) -> None:
        """Go this way, with what it asks for."""
        form = self.way(end).locator("form")
        for name, text in {"reason": reason, **said}.items():
            if text:
                self.write(form.locator(f"[name={name}]"), text)
        self.tap(form.get_by_role("button"))
        expect(self.page.locator("#state-title")).to_contain_text(end)

    def refused(self, end: str) -> str:
        """What stands in the way to a state, as the page says it; no button leads there."""
        way = self.way(end)
        assert way.locator("form").count() == 0, "the way is open"
        return squeeze(way.inner_text())

    def screening(self) -> tuple[dict[str, dict[str, str]], list[str]]:
        """What the reports point to, as the page of the file shows it: status by category of each, by name; the codes
        of the flags in their order.
        """
        found: dict[str, dict[str, str]] = {}
        shown = self.page.locator("#screening").evaluate(SCREENED)
        for who, lines in shown["people"]:
            found[who.split(" · ")[0]] = {text[:2]: STATUS_CLASS.search(classes)[1] for classes, text in lines}  # type: ignore[index]
        raised = [squeeze(text) for text in shown["flags"]]
        codes = [code for code, (words, _) in FLAGS.items() for text in raised if text.startswith(f"提示：{words[0]}")]
        assert len(codes) == len(raised), raised
        return found, codes

    # -- reports

    def begin(self, case_id: UUID | str, form: str) -> Sheet:
        """A new report of this form on the file."""
        self.file(case_id)
        self.tap(self.page.locator(f'button[name="form"][value="{form}"]'))
        return self._sheet()

    def begin_lead(self) -> Sheet:
        self.page.goto(f"{self.server.desk_address}/records")
        self.tap(self.page.get_by_role("button", name="登记新线索"))
        return self._sheet()

    def begin_of_decision(self, text: str) -> Sheet:
        """A measure of what a meeting decided, from the page of the file."""
        row = self.page.locator("section", has=self.page.locator("#plan-title")).locator("li", has_text=text)
        self.tap(row.first.get_by_role("button"))
        return self._sheet()

    def begin_for_need(self) -> Sheet:
        """A measure that answers the first need without one, from the page of the file."""
        plan = self.page.locator("section", has=self.page.locator("#plan-title"))
        self.tap(plan.locator('form[action*="/needs/"] button').first)
        return self._sheet()

    def _sheet(self) -> Sheet:
        expect(self.page.locator(".record h1")).to_be_visible()
        return Sheet(self)

    def write_report(self, sheet: Sheet, table: Mapping[str, Answer | Signature], rest: str = "does_not_know") -> None:
        """Page by page, then handed in; back at the file."""
        sheet.fill_to_the_contents(table, rest=rest)
        self.hand_in()

    def hand_in(self) -> None:
        """Handed in, back at the file. Raises AssertionError with what the form says is missing."""
        self.page.keyboard.press("Control+Enter")
        there, missing = self.page.locator("body#case-file"), self.page.locator("#form .troubles")
        there.or_(missing.first).first.wait_for()
        assert there.count(), squeeze(missing.first.inner_text())

    def decide(self, code_name: str, title: str, *, times: int = 1) -> None:
        """Read and approve the reports of this form that wait; where there were findings, with a word why."""
        for _ in range(times):
            self.queue()
            self.open_report(code_name, title)
            self.open_review()
            self.approve("已电话核实，情况属实。" if self.page.locator("#approve-text").count() else "")

    # -- help

    def measure(self, title: str) -> Locator:
        """The measure of this content on the page of the file."""
        return self.page.locator("article", has_text=title).first

    def send_to_department(self, title: str, asked: str) -> None:
        way = self.measure(title).locator("details", has=self.page.locator("form[action$='/task']"))
        self.tap(way.locator("summary"))
        self.write(way.locator("[name=asked]"), asked)
        self.tap(way.get_by_role("button"))
        self.page.locator("body#case-file").wait_for()

    def say_where_it_stands(self, title: str, status: str) -> None:
        way = self.measure(title).locator("details", has=self.page.locator("form[action$='/move']"))
        self.tap(way.locator("summary"))
        way.locator("select[name=status]").select_option(status)
        self.tap(way.get_by_role("button"))
        self.page.locator("body#case-file").wait_for()

    def answer_task(self, code_name: str, text: str) -> None:
        """As the liaison: taken on, then done."""
        self.page.goto(f"{self.server.desk_address}/tasks")
        hers = self.page.locator("article", has_text=code_name)
        new = hers.filter(has=self.page.locator("button[value=accepted]"))
        expect(new).to_have_count(1)
        self.tap(new.locator("button[value=accepted]"))
        expect(new).to_have_count(0)
        taken = hers.filter(has=self.page.locator("button[value=done]"))
        self.write(taken.locator("textarea[name=text]"), text)
        self.tap(taken.locator("button[value=done]"))
        expect(taken).to_have_count(0)

    # -- letters

    def letters(self, case_id: UUID | str) -> None:
        """The page of its letters and papers."""
        self.file(case_id)  # of a minor it asks why
        self.page.goto(f"{self.server.desk_address}/letters/of/{case_id}")
        self.page.locator("body#letters").wait_for()

    @property
    def letter(self) -> Locator:
        """The newest letter of the page."""
        return self.page.locator("article.letter", has=self.page.locator("h3")).first

    def make_letter(self, title: str) -> None:
        self.tap(self.page.locator("ul.makes li", has_text=title).get_by_role("button"))
        expect(self.letter.locator("h3")).to_contain_text(title)

    def printed_letter(self) -> str:
        """The words of the newest letter as it is printed."""
        self.tap(self.letter.get_by_role("link", name="打印"))
        sheet = self.page.locator("body#letter-print .sheet")
        sheet.wait_for()
        words = sheet.inner_text()
        self.tap(self.page.locator("p.crumbs a"))
        self.page.locator("body#letters").wait_for()
        return words

    def note_letter(self, what: str, receipt: str = "") -> None:
        """Note of the newest letter that it was signed, sent, received: then its button is gone."""
        if receipt:
            self.write(self.letter.locator("input[name=receipt]"), receipt)
        button = self.letter.locator(f"button[name=what][value={what}]")
        self.tap(button)
        expect(button).to_have_count(0)

    # -- figures

    def statistics(self) -> dict[str, Decimal]:
        """Every figure and row of the period of these cases, as the page shows it: words of the row -> number. Of a
        rate the first number stands there, and under the words with `÷` the second; of a step the cases that took it.
        """
        self.page.goto(f"{self.server.desk_address}/statistics?{PERIOD}")
        self.page.locator("body#statistics").wait_for()
        found: dict[str, Decimal] = {}
        rows: list[tuple[str, str, str]] = self.page.evaluate(FIGURES)
        for table, name, text in rows:
            row = f"{table} · {squeeze(name)}"
            if share := SHARE.search(squeeze(text)):
                found[row], found[f"{row} ÷"] = Decimal(share[1]), Decimal(share[2])
            else:
                found[row] = Decimal(NUMBER.findall(text)[0])
        return found

    def behind(self, figure: str) -> list[str]:
        """The code names of the files behind a figure of that period."""
        self.page.goto(f"{self.server.desk_address}/statistics?{PERIOD}")
        row = self.page.locator("table.figures tbody tr", has=self.page.get_by_role("rowheader", name=figure))
        way = row.first.get_by_role("link")
        if not way.count():
            return []
        self.tap(way)
        self.page.locator("body#statistics-cases").wait_for()
        return self.page.locator("main ul a").all_inner_texts()


class Desks:
    """Who sits at the desks of a county, by login; each is seated when first asked for."""

    def __init__(self, playwright: Playwright, county: County, pictures: Path | None = None) -> None:
        self._playwright, self._county, self._pictures = playwright, county, pictures
        self._seated: dict[str, Clerk] = {}

    def __call__(self, login: str) -> Clerk:
        if login not in self._seated:
            self._seated[login] = Clerk(self._playwright, self._county, login, self._pictures).come()
        return self._seated[login]

    def come_again(self) -> None:
        """Days have passed: everybody signs in anew."""
        for clerk in self._seated.values():
            clerk.come()

    def leave(self) -> None:
        for clerk in self._seated.values():
            clerk.close()
            assert not clerk.troubles, clerk.troubles


SCREENED = """(section) => {
  const people = [];
  const flags = [...section.querySelectorAll("ul.flags > li:not(:has(strong))")]
    .map((li) => [...li.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data).join(""));
  let lines = null;
  for (const node of section.querySelectorAll("form > h3, .result")) {
    if (node.localName === "h3") {
      lines = [];
      people.push([node.textContent.trim(), lines]);
    } else if (lines && /^[AB][1-5] /.test(node.querySelector("p").textContent)) {
      lines.push([node.className, node.querySelector("p").textContent]);
    }
  }
  return { people: people.filter(([, found]) => found.length > 0), flags };
}"""
# Of a step from day to day the median stands first, then the cases.
FIGURES = """() => [...document.querySelectorAll("table.figures tbody tr")].map((row) => [
  row.closest("section").querySelector("h2").textContent.trim(),
  row.querySelector("th").textContent,
  row.closest("section").querySelector("#spans-title") ? row.cells[2].textContent : row.cells[1].textContent,
])"""
