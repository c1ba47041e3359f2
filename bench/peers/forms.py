"""The same form in our app, in Enketo and in ODK Web Forms: one browser, one XLSForm, CPU at a quarter, runs in turn.

Each run is a fresh browser. Times are from navigation to a page that can be answered, and from an answer's first event
to the end of the frame in which all that hangs on it is seen; both are taken in the page (probe.js). The values that
must be seen are the same for all three, and a run in which one is not seen fails.

Enketo and Web Forms put the whole form on one page, ours a section at a time: that is how each of them is used. What
ours pays for it, turning the page, is measured beside.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from playwright.sync_api import CDPSession, Page, Playwright, sync_playwright

from bench.peers import form, packages, serve
from bench.report import number, spread
from tests.browser.live import PHONE_SIZE
from tests.browser_fixtures import ARGUMENTS, chromium

RUNS = 5
SLOWER = 4
OURS, ENKETO, WEB_FORMS = "ours", "enketo", "web-forms"
ENGINES = (OURS, ENKETO, WEB_FORMS)
# Ours under the app's own policy, stricter than the one it is compared by; the peers without any, as they need it.
POLICIES = {OURS: "own", ENKETO: "none", WEB_FORMS: "none"}
GIVE_UP_MS = 120_000
REFUSED_MS = 10_000
IDLES = 5
HEADINGS = ("what, 4x", "ours", "Enketo", "ODK Web Forms", "ours to Enketo", "target", "reached")
USABLE, BUSY = "navigation to usable", "of it the main thread was busy"
BYTES, FILES, STREAM = "first JS, gzip, as loaded here", "first JS, files", "first JS, gzip, in one stream"
HEAP, NODES = "JS heap when usable", "DOM nodes when usable"
IDLE = "floor of all changes: nothing is done"
TEXT = "answer a text, nothing hangs on it"
YES = "answer yes: 32 steps, 19 questions appear"
ROWS = "answer 3: 32 steps, 3 rows appear"
ROW = "answer 4: 32 steps, 1 more row"
SUM = "an amount in a row: 4 steps"
LIST = "choose a city: 9 of 3,000 counties are offered"
CHANGES = (TEXT, YES, ROWS, ROW, SUM, LIST)
BEYOND = {TEXT: "of it beyond the floor, text", SUM: "of it beyond the floor, amount"}
TURN_ROWS, TURN_LISTS = "turn the page to the 4 rows", "turn the page to the lists"
LOADS, VIOLATIONS = f"usable under {serve.STRICT} (1: yes)", "violations of that policy"
UNITS = {BYTES: "KB", FILES: "", STREAM: "KB", HEAP: "MiB", NODES: "", LOADS: "", VIOLATIONS: ""}


def signs(**shown: str) -> dict[str, Any]:
    """Numbers behind their signs in the notes of the form, by the names that form.py has for the signs."""
    return {"signs": {getattr(form, name): value for name, value in shown.items()}}


# Of the 19 that appear, the first and the last.
THEN = {"start/then1": 1, "start/then19": 1}


@dataclass(frozen=True)
class Step:
    """One act or one turn of the page. `sees` is what must be seen after it; `beside` what must be seen besides where
    the whole form is one page. `name` is the figure it is taken for; none is taken without.
    """

    path: str
    sees: dict[str, Any] = field(default_factory=dict)
    beside: dict[str, Any] = field(default_factory=dict)
    name: str | None = None
    text: str | None = None
    code: str | None = None
    at: int = 0

    def asked(self, engine: str) -> tuple[str, dict[str, Any]]:
        sees = {kind: dict(value) if isinstance(value, dict) else value for kind, value in self.sees.items()}
        if engine != OURS:
            for kind, value in self.beside.items():
                sees[kind] = {**sees.get(kind, {}), **value} if isinstance(value, dict) else value
        act = "goTo" if self.text is None and self.code is None else "act"
        return act, {"path": self.path, "text": self.text, "code": self.code, "at": self.at, "sees": sees}


STEPS = (
    Step("start/plain", signs(CHAIN="7.75"), name=TEXT, text="家里都好"),
    Step("start/answer", {**signs(CHAIN="15.75"), "inputs": THEN}, name=YES, code="yes"),
    Step("start/people", signs(CHAIN="18.75"), {**signs(PEOPLE="3"), "rows": 3}, name=ROWS, text="3"),
    Step("start/people", signs(CHAIN="19.75"), {**signs(PEOPLE="4"), "rows": 4}, name=ROW, text="4"),
    Step("members/income", {"rows": 4}, name=TURN_ROWS),
    # Enketo's sum of rows of which one is blank is no number: all four are filled before it is looked at.
    Step("members/income", text="1000"),
    Step("members/income", at=1),
    Step("members/income", text="500", at=1),
    Step("members/income", at=3),
    Step("members/income", text="0", at=3),
    Step("members/income", at=2),
    Step("members/income", beside=signs(INCOME="1875"), name=SUM, text="1000", at=2),
    Step("sums/sums_note", signs(INCOME="1875", PEOPLE="4")),
    Step("place/province", signs(COUNTY="0"), name=TURN_LISTS),
    Step("place/province", {"choices": {"place/city": 11}}, code="p5"),
    Step("place/city", {**signs(COUNTY="9"), "choices": {"place/county": 9}}, name=LIST, code="t5"),
)


@dataclass(frozen=True)
class Compared:
    """One figure of all engines, each with all its runs. Ours may take `part` of Enketo's median, or `most`."""

    what: str
    unit: str
    values: dict[str, tuple[float, ...]]
    part: float | None = None
    most: float | None = None

    @property
    def target(self) -> float | None:
        if self.part is not None:
            return median(self.values[ENKETO]) * self.part
        return self.most

    def cells(self) -> tuple[str, ...]:
        """As the table shows it, in the order of HEADINGS."""
        ours, enketo = (median(self.values[engine]) if self.values.get(engine) else None for engine in (OURS, ENKETO))
        shown = [spread(self.values[engine]) if self.values.get(engine) else "" for engine in ENGINES]
        return (
            f"{self.what}, {self.unit}" if self.unit else self.what,
            *shown,
            f"{ours / enketo:.2f}" if self.unit and ours is not None and enketo else "",
            "" if self.target is None else f"≤ {number(self.target)}",
            "" if self.target is None or ours is None else "yes" if ours <= self.target else "**no**",
        )


def measure(runs: int = RUNS) -> list[Compared]:
    found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    with sync_playwright() as playwright, serve.serving(form) as pages:
        transform(playwright, pages, form.xform())
        for _ in range(runs):
            for engine in ENGINES:
                for name, value in _run(playwright, pages, engine).items():
                    found[name][engine].append(value)
        for engine in ENGINES:
            loads, violations = _under_the_policy(playwright, pages, engine)
            found[LOADS][engine].append(loads)
            found[VIOLATIONS][engine].append(violations)
    parts = {USABLE: 1 / 2, **dict.fromkeys((*CHANGES, *BEYOND.values()), 1 / 3), BYTES: 1 / 6, STREAM: 1 / 6}
    most = {VIOLATIONS: 0.0}
    return [
        Compared(
            name,
            UNITS.get(name, "ms"),
            {engine: tuple(values) for engine, values in engines.items()},
            parts.get(name),
            most.get(name),
        )
        for name, engines in found.items()
    ]


def table(rows: list[Compared]) -> str:
    """A Markdown table."""
    lines = [HEADINGS, tuple("---" for _ in HEADINGS), *(row.cells() for row in rows)]
    versions = packages.versions()
    said = ", ".join(f"{name} {versions[name]}" for name in ("enketo-core", "enketo-transformer", "@getodk/web-forms"))
    return "\n".join([*(f"| {' | '.join(line)} |" for line in lines), "", f"With {said}."])


def transform(playwright: Playwright, pages: serve.Pages, xform: str) -> None:
    """The form as Enketo wants it, made before any clock runs."""
    with browser(playwright) as page:
        page.goto(pages.address("transform", "none"))
        page.wait_for_function("() => globalThis.transformed !== undefined")
        made = page.evaluate("(xform) => transformed(xform)", xform)
    pages.add("form.enketo.json", json.dumps(made, ensure_ascii=False).encode())


def _run(playwright: Playwright, pages: serve.Pages, engine: str) -> dict[str, float]:
    """All figures of one run, by name."""
    with browser(playwright) as page:
        cdp = page.context.new_cdp_session(page)
        cdp.send("Performance.enable")
        cdp.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        page.goto(pages.address(engine, POLICIES[engine]), wait_until="commit")
        page.wait_for_function("() => globalThis.probe !== undefined", timeout=GIVE_UP_MS)
        found = {USABLE: float(page.evaluate("() => probe.usable"))}
        found[BUSY] = metrics(cdp)["TaskDuration"] * 1_000
        state = page.evaluate("() => probe.state()")
        found[BYTES], found[FILES] = state["scriptBytes"] / 1_000, float(len(state["scripts"]))
        found[STREAM] = pages.in_one_stream(sorted(state["scripts"])) / 1_000
        cdp.send("HeapProfiler.collectGarbage")
        counted = metrics(cdp)
        found[HEAP], found[NODES] = counted["JSHeapUsedSize"] / 2**20, counted["Nodes"]
        found[IDLE] = median(float(page.evaluate("() => probe.idle()")) for _ in range(IDLES))
        for step in STEPS:
            act, asked = step.asked(engine)
            took = float(page.evaluate(f"(asked) => probe.{act}(asked)", asked))
            if step.name and (act == "act" or engine == OURS):
                found[step.name] = took
                if step.name in BEYOND:
                    found[BEYOND[step.name]] = took - found[IDLE]
        return found


def _under_the_policy(playwright: Playwright, pages: serve.Pages, engine: str) -> tuple[float, float]:
    """Whether the page becomes usable (1) or not (0) where no script or style but its own files is allowed, and how
    often it tried otherwise, until then. Not slowed.
    """
    with browser(playwright) as page:
        page.goto(pages.address(engine, "own" if engine == OURS else "strict"), wait_until="load")
        late = f"new Promise((done) => setTimeout(() => done(null), {REFUSED_MS}))"
        usable = page.evaluate(f"() => Promise.race([probe.usable, {late}])")
        return float(usable is not None), float(page.evaluate("() => probe.violations.length"))


def metrics(cdp: CDPSession) -> dict[str, float]:
    return {one["name"]: one["value"] for one in cdp.send("Performance.getMetrics")["metrics"]}


@contextmanager
def browser(playwright: Playwright) -> Iterator[Page]:
    """A page of a browser that was never used."""
    started = playwright.chromium.launch(executable_path=chromium(), headless=True, args=ARGUMENTS)
    page = started.new_page(
        viewport=PHONE_SIZE,  # type: ignore[arg-type]
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        has_touch=True,
    )
    page.set_default_timeout(GIVE_UP_MS)
    yield page
    started.close()
