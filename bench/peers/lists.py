"""A list of 40,000 villages in our app and in Enketo: opening the form, a cascade, and on ours the list itself.

Browser, slowing, pages and the way of timing are those of forms.py. Our form has one question more, which offers the
whole list. What Enketo's box for such a one proposes is drawn by the browser and cannot be seen from a page, so that
opening and searching stand without a peer. Enketo is run once, for one run takes it minutes.
"""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

from playwright.sync_api import CDPSession, Page, Playwright, sync_playwright

from bench.peers import serve, villages
from bench.peers.forms import ENKETO, IDLES, OURS, POLICIES, SLOWER, browser, metrics, transform
from bench.report import number, spread

RUNS = 3
GIVE_UP_MS = 180_000
HEADINGS = ("what, 4x", "ours", "Enketo", "ours to Enketo")
USABLE, HEAP = "navigation to usable, ms", "JS heap when usable, MiB"
SENT = "the form with its list, gzip, KB"
IDLE = "floor of all acts: nothing is done, ms"
AREA = "choose an area: 20 of 400 townships are offered, ms"
TOWN = "choose a township: 100 of 40,000 villages are offered, ms"
AGAIN = "choose another township, ms"
OPEN = "open the list of 40,000, ms"
LETTER, LETTERS, SIGN = "search: one letter of pinyin, ms", "search: a second letter, ms", "search: a Chinese sign, ms"
HEAP_AFTER = "JS heap after all of it, MiB"
ANY = "start/any"


def measure(runs: int = RUNS) -> dict[str, dict[str, tuple[float, ...]]]:
    """Figures by name and engine."""
    found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    with sync_playwright() as playwright, serve.serving(villages) as pages:
        transform(playwright, pages, villages.xform())
        sent = {
            OURS: ["form.plan.json", *(f"{digest}.json" for digest in villages.files())],
            ENKETO: ["form.enketo.json"],
        }
        for engine, files in sent.items():
            found[SENT][engine].append(pages.bytes_of(files) / 1_000)
        for engine in (*[OURS] * runs, ENKETO):
            for name, value in _run(playwright, pages, engine).items():
                found[name][engine].append(value)
    return {name: {engine: tuple(values) for engine, values in engines.items()} for name, engines in found.items()}


def table(figures: dict[str, dict[str, tuple[float, ...]]]) -> str:
    """A Markdown table."""
    lines = [HEADINGS, tuple("---" for _ in HEADINGS)]
    for name, engines in figures.items():
        shown = [spread(engines[engine]) if engine in engines else "" for engine in (OURS, ENKETO)]
        both = all(engine in engines for engine in (OURS, ENKETO))
        ratio = number(median(engines[OURS]) / median(engines[ENKETO])) if both else ""
        lines.append((name, *shown, ratio))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _run(playwright: Playwright, pages: serve.Pages, engine: str) -> dict[str, float]:
    """All figures of one run, by name."""
    with _opened(playwright, pages, engine) as (page, cdp):
        found = {USABLE: float(page.evaluate("() => probe.usable"))}
        found[HEAP] = _heap(cdp)
        found[IDLE] = median(float(page.evaluate("() => probe.idle()")) for _ in range(IDLES))
        if engine == OURS:
            found |= _searched(page)
        for name, path, code, seen in (
            (AREA, villages.AREA, "a5", {"choices": {villages.TOWN: 20}}),
            (TOWN, villages.TOWN, "t5", {"choices": {villages.VILLAGE: 100}}),
            (AGAIN, villages.TOWN, "t25", {"choices": {villages.VILLAGE: 100}}),
        ):
            # A township of ours is chosen on a page of its own, and so would be the village.
            sees: dict[str, Any] = {} if engine == OURS else dict(seen)
            if path == villages.TOWN:
                sees["signs"] = {villages.SEEN: "100"}
            asked = {"path": path, "code": code, "sees": sees}
            found[name] = float(page.evaluate("(asked) => probe.act(asked)", asked))
        found[HEAP_AFTER] = _heap(cdp)
        return found


def _searched(page: Page) -> dict[str, float]:
    """The list opened and searched, its page left again."""
    names = villages.names()
    asked = (
        (OPEN, {"path": ANY, "line": names[0]}),
        (LETTER, {"path": ANY, "text": "s", "line": villages.first_of("s")}),
        (LETTERS, {"path": ANY, "text": "sx", "line": villages.first_of("sx")}),
        (SIGN, {"path": ANY, "text": "松", "line": next(name for name in names if name.startswith("松"))}),
    )
    found = {name: float(page.evaluate("(asked) => probe.search(asked)", given)) for name, given in asked}
    page.evaluate("() => document.querySelector('.rec-bar button').click()")
    return found


@contextmanager
def _opened(playwright: Playwright, pages: serve.Pages, engine: str) -> Iterator[tuple[Page, CDPSession]]:
    with browser(playwright) as page:
        cdp = page.context.new_cdp_session(page)
        cdp.send("Performance.enable")
        cdp.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        page.goto(pages.address(engine, POLICIES[engine]), wait_until="commit")
        page.wait_for_function("() => globalThis.probe !== undefined", timeout=GIVE_UP_MS)
        yield page, cdp


def _heap(cdp: CDPSession) -> float:
    cdp.send("HeapProfiler.collectGarbage")
    return metrics(cdp)["JSHeapUsedSize"] / 2**20
