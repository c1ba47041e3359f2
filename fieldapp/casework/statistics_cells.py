"""What leaves the house: counts below five are hidden, and so much more that no hidden one follows from what stays.

One to four are hidden; nought is shown, as it is about nobody. Of parts with a shown total the hidden ones together are
their difference: where that leaves a hidden small count only one value, the next smallest count is hidden too, and at
last the total. Of a share the rest counts like a part: 8 of 10 says that 2 are not.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from fieldapp.casework.statistics import CALLS, VISITS, Figure, Report, Row, Span, Table

SHOWN_MIN = 5


@dataclass(frozen=True)
class Masked:
    """A report as an export says it: codes of what is hidden. A figure that is hidden has neither value nor rate; a
    table that would tell a hidden row of another is not in the report.
    """

    report: Report
    figures: frozenset[str]
    rows: frozenset[tuple[str, str]]  # (table, row)
    totals: frozenset[str]
    spans: frozenset[str]
    late: frozenset[str]  # spans of which it is hidden how many ran late


# Tables of the same cases (or measures) have the same total, and these figures tell it again.
_SAME_TOTAL = (
    (
        ("channel", "outcome", "region", "organisation", "case_type", "stage"),
        ("received", "closure", "resolution", "response"),
    ),
    (("measure_by", "measure_type", "measure_state"), ()),
    (("measure_year",), ("other_sum",)),
    (("person",), ("received_persons",)),
    (("relieved_person",), ("relieved_persons",)),
    (("sweep_outcome", "sweep_village"), ("sweep_visited",)),
)
# Figures that rows of a table tell again, alone or as their sum.
_SAME_COUNT = {
    ("measure_type", "supervision_order"): ("orders",),
    ("measure_type", "protection_order"): ("protection",),
    ("measure_type", "support_suit"): ("suits",),
    ("measure_type", "legal_aid"): ("legal_aid",),
    ("measure_type", "mediation"): ("settlement",),
    ("measure_type", "circuit_mediation"): ("settlement",),
    ("measure_state", "granted"): ("services",),
    ("legal_action", "guardian_revoked"): ("guardian_revoked",),
    ("outcome", "answer"): ("answers",),
    ("sweep_outcome", "not_visited"): ("sweep_visited",),
    **{("channel", code): ("calls",) for code in CALLS},
    **{("channel", code): ("visits_in",) for code in VISITS},
}
# Work for everybody is about nobody: two lectures are two lectures, and so are two centres.
_OPEN_UNITS = frozenset({"times", "attendances", "places"})
_OF_RELIEVED = ("joint", "green")
# Of the households with one outcome alone: beside a hidden outcome their totals tell it as a difference.
_OF_ONE_OUTCOME = frozenset({"sweep_colour", "sweep_worry"})


def masked(report: Report) -> Masked:
    """What of a report has to be hidden in an export."""
    rows: set[tuple[str, str]] = set()
    totals: set[str] = set()
    for table in report.tables:
        if table.unit in _OPEN_UNITS:
            continue
        # A sum of money is as small as the cases behind it are few.
        counts = [len(row.cases) if isinstance(row.count, Decimal) else row.count for row in table.rows]
        hidden, total_too = hidden_parts(counts, has_total=table.is_parts)
        rows |= {(table.code, table.rows[at].code) for at in hidden}
        if total_too:
            totals.add(table.code)
    figures = {figure.code for figure in report.figures if _is_small(figure)} | _small_rests(report)
    if "other_sum" in figures:  # whoever was helped in two years stands in two rows: their total is of as few
        totals.add("measure_year")
    for tables, told_again in _SAME_TOTAL:
        if totals.intersection(tables):
            totals.update(tables)
            figures.update(told_again)
    for row in rows:
        figures.update(_SAME_COUNT.get(row, ()))
    if any(table == "sweep_outcome" for table, _ in rows):
        report = replace(report, tables=tuple(one for one in report.tables if one.code not in _OF_ONE_OUTCOME))
    spans = {span.code for span in report.spans if 0 < span.cases < SHOWN_MIN}
    late = {span.code for span in report.spans if 0 < len(span.late) < SHOWN_MIN}
    return Masked(report, frozenset(figures), frozenset(rows), frozenset(totals), frozenset(spans), frozenset(late))


def _small_rests(report: Report) -> set[str]:
    values = {figure.code: figure.value for figure in report.figures}
    relieved = values.get("relieved", Decimal(0))
    small = {code for code in _OF_RELIEVED if 0 < relieved - values.get(code, relieved) < SHOWN_MIN}
    # Closed for another reason: each was counted of the same cases.
    if 0 < values.get("closure", Decimal(0)) - values.get("resolution", Decimal(0)) < SHOWN_MIN:
        small.add("resolution")
    return small


def hidden_parts(counts: Sequence[int], *, has_total: bool) -> tuple[set[int], bool]:
    """Which of these counts are hidden (their places), and whether their total is."""
    hidden = {at for at, count in enumerate(counts) if 0 < count < SHOWN_MIN}
    if not hidden or not has_total:
        return hidden, False
    if sum(counts) < SHOWN_MIN:
        return hidden, True  # the total is such a count itself
    while _follows(counts, hidden):
        others = [at for at, count in enumerate(counts) if count >= SHOWN_MIN and at not in hidden]
        if not others:
            return hidden, True
        hidden.add(min(others, key=lambda at: (counts[at], at)))
    return hidden, False


def _follows(counts: Sequence[int], hidden: set[int]) -> bool:
    """Whether the sum of the hidden counts tells one of the small ones, for who knows which of them are small."""
    small = [counts[at] for at in hidden if counts[at] < SHOWN_MIN]
    large = [counts[at] for at in hidden if counts[at] >= SHOWN_MIN]
    total = sum(small) + sum(large)
    if len(small) + len(large) == 1:
        return True
    if not large:
        # All ones, or all fours, is the only way to such a sum.
        return total in (len(small), (SHOWN_MIN - 1) * len(small))
    return total == len(small) + SHOWN_MIN * len(large)


def _is_small(figure: Figure) -> bool:
    if figure.unit in _OPEN_UNITS:
        return False
    if figure.unit == "yuan":
        return 0 < len(figure.cases) < SHOWN_MIN  # a sum over few is nearly the sum of one
    if figure.of is None:
        return 0 < figure.value < SHOWN_MIN
    rest = Decimal(figure.of) - figure.value
    return 0 < figure.value < SHOWN_MIN or 0 < rest < SHOWN_MIN


def shown_rows(table: Table, mask: Masked) -> list[tuple[Row, bool]]:
    """Each row with whether it is hidden."""
    return [(row, (table.code, row.code) in mask.rows) for row in table.rows]


def shown_spans(mask: Masked) -> list[Span]:
    """Spans as they may be said: without the median where few stand behind it."""
    spans = mask.report.spans
    return [replace(span, cases=0, median_days=None) if span.code in mask.spans else span for span in spans]
