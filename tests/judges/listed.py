"""The list of differences between us and the judges: each with the rule of ours that makes it, each checked.

`differences.json` names a case that belongs to others by the first digits of a hash, our own by its words; what a case
asks and what both sides answer is written to `.cache/judges/NAME.md` at every run.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).parent / "differences.json"
SEEN = Path(__file__).parents[2] / ".cache" / "judges"


@dataclass(frozen=True)
class Difference:
    """`key` names the case; the rest is for people."""

    key: str
    asked: str
    theirs: str
    ours: str


def check(judge: str, ran: int, differences: Iterable[Difference]) -> None:
    """Raises AssertionError for a difference that is not listed, a listed one that is gone, and fewer cases than the
    list was made from.
    """
    listed = json.loads(FILE.read_text("utf-8"))[judge]
    reasons = {key: entry["rule"] for entry in listed["differences"] for key in entry["cases"]}
    found = {one.key: one for one in differences}
    _write(judge, ran, found, reasons)
    new = [one for key, one in found.items() if key not in reasons]
    gone = sorted(reasons.keys() - found.keys())
    assert not new, f"{len(new)} differences that nobody has explained in {FILE.name}: {new[:20]}"
    assert not gone, f"listed in {FILE.name}, but both sides agree now; take them out: {gone}"
    assert ran >= listed["ran_min"], f"only {ran} cases could be asked, {listed['ran_min']} when the list was made"


def _write(judge: str, ran: int, found: dict[str, Difference], reasons: dict[str, str]) -> None:
    SEEN.mkdir(parents=True, exist_ok=True)
    lines = [f"{ran} cases, {len(found)} differences", ""]
    for one in sorted(found.values(), key=lambda one: (reasons.get(one.key, ""), one.asked)):
        rule = reasons.get(one.key, "NOT LISTED")
        lines.append(f"- {one.key} `{one.asked}`: theirs `{one.theirs}`, ours `{one.ours}` ({rule})")
    (SEEN / f"{judge}.md").write_text("\n".join(lines) + "\n", "utf-8")
