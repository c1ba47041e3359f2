"""The table of faults in docs/simulation.md names each fault, tests that are there, and what the phases really draw."""

import re
from pathlib import Path

import pytest

from tests.simulation.run import PHASES
from tests.simulation.seeds import SEEDS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "simulation.md").read_text("utf-8")
ROWS = re.findall(r"^\| (F\d+) [^|]+\| ([^|]+)\| ([^|]*)\| ([^|]+)\|$", PAGE, re.MULTILINE)
# Files go up by a core of their own, of which every storm draws all of it (tests/unit/sync/file_phones.py).
STRIKES = {
    phase.name: {
        *phase.acts, *phase.fates, *(("kills",) if phase.kills else ()), *(("fills",) if phase.fills else ()),
    }
    for phase in PHASES
}  # fmt: skip


def named(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def test_every_fault_has_its_row() -> None:
    assert [number for number, *_ in ROWS] == [f"F{number}" for number in range(1, 21)]


@pytest.mark.parametrize(("phases", "drawn"), [row[1:3] for row in ROWS], ids=[row[0] for row in ROWS])
def test_in_each_phase_of_a_fault_the_seeds_draw_it(phases: str, drawn: str) -> None:
    words = set(named(drawn))
    of_seeds = [name for name in phases.strip().split(", ") if not name.endswith("*") and name != "files"]
    assert [name for name in of_seeds if not words & STRIKES[name]] == []
    assert words <= set().union(*STRIKES.values()) and bool(words) == bool(of_seeds)


@pytest.mark.parametrize("tests", [row[3] for row in ROWS], ids=[row[0] for row in ROWS])
def test_the_tests_of_a_fault_are_there(tests: str) -> None:
    assert named(tests), "no test of its own"
    for one in named(tests):
        path, _, name = one.partition("::")
        text = (ROOT / path).read_text("utf-8")
        assert re.search(rf"^(def|export (async )?function) {name}\(", text, re.MULTILINE), one


def test_there_are_as_many_seeds_as_the_page_says() -> None:
    seeds = (ROOT / "tests" / "simulation" / "test_seeds.py").read_text("utf-8")
    assert set(range(500)) <= set(SEEDS) and "range(1, 11)" in seeds and "thousand * 1_000" in seeds
    for name in (
        "test_five_hundred_seeds_of_faults_lose_and_double_nothing",
        "test_ten_thousand_seeds_lose_and_double_nothing",
    ):
        assert f"def {name}(" in seeds and name in PAGE
