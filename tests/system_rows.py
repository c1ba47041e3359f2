"""The 86 systems that the four published sources name (systems.txt): where each has its place in the app, and the tests
that show it working.

A place is `F1.lead.channel=mailbox` (a choice of a question), `F2.hh.split` (a question), `F8` (a form), `result A1` or
`flag dv_form` (what screening gives), `page POST /cases/…/days` (an address of the desk), `act send_task` (an act as
the audit calls it), `limit petition_reply` (a clock) or `phone urgent` (a screen of the phone). The tests of a row are
collected by their names: `test_row_46_…` in tests/systems/. That places exist, and which rows have no test yet, is held
by tests/unit/casework/test_systems.py; scripts/systems.py writes the page.
"""

import re
from pathlib import Path
from typing import NamedTuple

# Rows that no test shows working yet. This list only ever shrinks: whoever writes the test of a row takes it out here.
OPEN: frozenset[int] = frozenset()

_HERE = Path(__file__).parent
_TEST = re.compile(r"^def (test_row_(\d+)_\w+)\(", re.MULTILINE)


class System(NamedTuple):
    """`sources`: 001 typical cases, 002 Yunnan, 003 Fuding, 004 Shunyi."""

    row: int
    sources: str
    name: str
    capability: str
    places: tuple[str, ...]


class Test(NamedTuple):
    """A test of a row; `file` as it is named from the root of the project."""

    row: int
    name: str
    file: str


def _row(line: str) -> System:
    number, sources, name, capability, places = (part.strip() for part in line.split("|"))
    return System(
        int(number), sources, name, capability, tuple(one.strip() for one in places.split(",") if one.strip())
    )


def tests_in(file: str, source: str) -> list[Test]:
    """The tests of rows in a file, in its order."""
    return [Test(int(found[2]), found[1], file) for found in _TEST.finditer(source)]


_LINES = (_HERE / "systems.txt").read_text("utf-8").splitlines()
ROWS = [_row(line) for line in _LINES if not line.startswith("#")]
TESTS = [
    test
    for file in sorted((_HERE / "systems").glob("test_*.py"))
    for test in tests_in(f"tests/systems/{file.name}", file.read_text("utf-8"))
]

HEAD = """# The 86 systems of the published sources

For each the capability, the place it has in the app, and the test that shows it working, by what the source's own
sentence asks for. Places: a question (`F2.hh.split`), one of its choices (`F1.lead.channel=mailbox`), a form, what
screening gives, an address of the desk (`page GET /leads`), an act as the audit calls it, a clock (`limit`), a screen
of the phone. “Open” has no test yet. Written by `scripts/systems.py`; the tests lie in `tests/systems/`, collected by
their names.

"""


def page() -> str:
    """docs/systems.md as it should be."""
    shown = {test.row for test in TESTS}
    table = "| row | source | system | capability | place | test |\n|---|---|---|---|---|---|\n"
    return HEAD + f"{len(shown)} of {len(ROWS)} rows are shown working.\n\n" + table + "".join(map(_line, ROWS))


def _line(one: System) -> str:
    places = ", ".join(f"`{place}`" for place in one.places) or "–"
    tests = [f"[`{test.name}`](../{test.file})" for test in TESTS if test.row == one.row]
    return (
        f"| {one.row} | {one.sources} | {one.name} | {one.capability} | {places} | {'<br>'.join(tests) or 'open'} |\n"
    )
