"""What a measurement gives back, the table it is printed as, and the section of docs/benchmarks.md it is kept in."""

import re
from dataclasses import dataclass
from pathlib import Path
from statistics import median

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
HEADINGS = ("what", "n", "min / median / max", "floor, same run", "ratio", "target", "reached")


@dataclass(frozen=True)
class Row:
    """One figure with all its runs. `floor` are the runs of the least that anyone would have to pay, in the same unit
    and taken in the same run; `target` is an upper bound (a lower one with `more_is_better`), compared with the median.
    """

    what: str
    unit: str
    values: tuple[float, ...]
    target: float | None = None
    floor: tuple[float, ...] = ()
    more_is_better: bool = False

    def __post_init__(self) -> None:
        if not self.values:
            raise ValueError(f"no run of {self.what}")

    @property
    def is_reached(self) -> bool | None:
        """None where nothing was promised."""
        if self.target is None:
            return None
        return median(self.values) >= self.target if self.more_is_better else median(self.values) <= self.target

    def cells(self) -> tuple[str, ...]:
        """As the table shows it, in the order of HEADINGS."""
        sign = "≥" if self.more_is_better else "≤"
        ratio = f"{median(self.values) / median(self.floor):.2f}" if self.floor and median(self.floor) else ""
        return (
            self.what,
            str(len(self.values)),
            f"{spread(self.values)} {self.unit}",
            f"{spread(self.floor)} {self.unit}" if self.floor else "",
            ratio,
            "" if self.target is None else f"{sign} {number(self.target)} {self.unit}",
            {None: "", True: "yes", False: "**no**"}[self.is_reached],
        )


def spread(values: tuple[float, ...]) -> str:
    """min / median / max; one number where all runs gave the same."""
    if min(values) == max(values):
        return number(values[0])
    return f"{number(min(values))} / {number(median(values))} / {number(max(values))}"


def number(value: float) -> str:
    if value >= 100 or value == int(value):
        return f"{round(value):,}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def table(rows: list[Row]) -> str:
    """A Markdown table."""
    lines = [HEADINGS, tuple("---" for _ in HEADINGS), *(row.cells() for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def write(name: str, text: str, page: Path = PAGE) -> None:
    """Put a table in its place: between `<!-- bench:name -->` and `<!-- /bench:name -->`. Raises ValueError where the
    page has no such place."""
    place = re.compile(rf"(<!-- bench:{name} -->\n).*?(<!-- /bench:{name} -->)", re.DOTALL)
    written, count = place.subn(lambda found: f"{found[1]}{text}\n{found[2]}", page.read_text("utf-8"))
    if count != 1:
        raise ValueError(f"docs/benchmarks.md has {count} places for {name}")
    page.write_text(written, "utf-8")
