"""The 86 systems that the four published sources name (systems.txt), and where each has its place in the app today.

A place is `F1.lead.channel=mailbox` (a choice of a question), `F2.hh.split` (a question), `F8` (a form), `result A1` or
`flag dv_form` (what screening gives). A row without one is open, as docs/systems.md says. That a place exists
is held by tests/unit/casework/test_systems.py; scripts/systems.py writes the page.
"""

from pathlib import Path
from typing import NamedTuple


class System(NamedTuple):
    """`sources`: 001 typical cases, 002 Yunnan, 003 Fuding, 004 Shunyi."""

    row: int
    sources: str
    name: str
    capability: str
    places: tuple[str, ...]


def _row(line: str) -> System:
    number, sources, name, capability, places = (part.strip() for part in line.split("|"))
    return System(
        int(number), sources, name, capability, tuple(one.strip() for one in places.split(",") if one.strip())
    )


_LINES = (Path(__file__).parent / "systems.txt").read_text("utf-8").splitlines()
ROWS = [_row(line) for line in _LINES if not line.startswith("#")]

HEAD = """# The 86 systems of the published sources

For each the capability, and the place it has today: a question (`F2.hh.split`), one of its choices
(`F1.lead.channel=mailbox`), a form, or what screening gives. “Open” has no place in
a form or in screening yet. The test of a row (`tests/unit/casework/test_systems.py`) holds that its places are there;
it does not show the work done from end to end. Written by `scripts/systems.py`.

| row | source | system | capability | place | test |
|---|---|---|---|---|---|
"""


def page() -> str:
    """docs/systems.md as it should be."""
    return HEAD + "".join(
        f"| {one.row} | {one.sources} | {one.name} | {one.capability} "
        f"| {', '.join(f'`{place}`' for place in one.places) or 'open'} "
        f"| {f'`row_{one.row:02}`' if one.places else '–'} |\n"
        for one in ROWS
    )
