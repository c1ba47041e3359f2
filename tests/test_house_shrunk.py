"""What is served does the same as what is written: the minifier neither drops nor moves a declaration."""

import json
import subprocess
from pathlib import Path

from fieldapp.assets import shrunk
from tests import house_reading as house
from tests.house_reading import assert_none

ORDER = Path(__file__).parent / "js/order.mjs"
SWAPPED = "export function f(o) { const end = o.submission(); const { ended } = o.snapshot(); return [end, ended]; }"


def test_every_script_declares_in_the_order_in_which_it_was_written():
    paths = [path for path in house.our_files() if path.startswith("static/") and path.endswith(".js")]
    scripts = [(path.removeprefix("static/"), house.read(path)) for path in paths]
    assert len(scripts) > 100
    assert_none(moved([(path, text, shrunk(path, text.encode()).decode()) for path, text in scripts]))


def test_no_script_cuts_numbers_in_a_way_that_is_served_as_32_bits():
    assert "|0" in shrunk("js/x.js", b"export const f = (x) => Math.trunc(x);").decode(), "the rule has had its day"
    lines = (
        (path, line.partition("//")[0]) for path in house.scripts("static/") for line in house.read(path).split("\n")
    )
    assert_none(
        f"{path}: take Math.floor, Math.trunc is served as | 0" for path, line in lines if "Math.trunc(" in line
    )


def test_a_declaration_that_moved_is_found():
    served = SWAPPED.replace(
        "const end = o.submission(); const { ended } = o.snapshot();", "const {ended:t}=o.snapshot(),n=o.submission();"
    )
    [told] = moved([("js/x.js", SWAPPED, served)])
    assert told.startswith("js/x.js:1: .(submission) {ended:.}(snapshot) became {ended:.}(snapshot) .(submission)")


def moved(scripts: list[tuple[str, str, str]]) -> list[str]:
    """One line for each function whose declarations are not those that were written: (path, written, served)."""
    given = [{"path": path, "written": written, "served": served} for path, written, served in scripts]
    run = subprocess.run(["node", str(ORDER)], input=json.dumps(given), capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout.splitlines()
