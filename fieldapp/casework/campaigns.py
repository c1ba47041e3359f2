"""Rounds through the households of a list: their kinds, and what came of one as counts.

Every household of the list is in the counts: with what its newest report says, or as not visited.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from fieldapp.casework.sentences import Said
from fieldapp.casework.statistics import Figure, Report, Row, Table

HOUSEHOLDS_MAX = 1_000  # of one round: a township; a county makes one for each
NOT_VISITED = "not_visited"
URGENT_COLOURS = ("red", "orange")
KINDS: dict[str, Said] = {
    "disputes": Said("婚姻家庭矛盾纠纷排查", "Disputes in marriage and family"),
    "key_groups": Said("重点妇女儿童群体排查", "Women and children who need care most"),
    "care_visits": Said("走访关爱", "Visits of care"),
    "three_visits": Said("三访四察五送", "Three visits, four looks, five gifts"),
    "other": Said("其他摸排", "Another round"),
}


@dataclass(frozen=True)
class Household:
    """One household of a list: codes of form F10, None where it was not visited or the question was not put."""

    case_id: str
    village: str
    outcome: str | None = None
    colour: str | None = None
    worry: str | None = None

    @property
    def needs_a_look(self) -> bool:
        """Whether somebody said so: a worry, or a colour that cannot wait."""
        return self.worry == "yes" or self.colour in URGENT_COLOURS


def counted(households: Sequence[Household]) -> Report:
    """What came of a round: the share that was visited, and tables by outcome, colour, worry and village."""
    visited = [one for one in households if one.outcome is not None]
    share = Figure("sweep_visited", "rate", Decimal(len(visited)), len(households), _ids(visited))
    return Report(
        (share,),
        (
            _table("sweep_outcome", [(one.outcome or NOT_VISITED, one) for one in households]),
            _table("sweep_colour", [(one.colour, one) for one in visited if one.colour]),
            _table("sweep_worry", [(one.worry, one) for one in visited if one.worry]),
            _table("sweep_village", [(one.village, one) for one in households]),
        ),
        (),
    )


def _table(code: str, found: list[tuple[str, Household]]) -> Table:
    counts = Counter(value for value, _ in found)
    rows = [Row(value, many, _ids([one for at, one in found if at == value])) for value, many in sorted(counts.items())]
    return Table(code, "households", True, tuple(rows))


def _ids(households: Sequence[Household]) -> frozenset[str]:
    return frozenset(one.case_id for one in households)
