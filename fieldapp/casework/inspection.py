"""Drawing visits for an inspection so that anybody can draw the same again, and what a check can give.

The order of the draw is that of SHA-256 over seed and visit: it depends on nothing but these two, so that a visit that
comes later, or an order of rows, changes no place of another.
"""

from collections.abc import Iterable
from hashlib import sha256
from uuid import UUID

from fieldapp.casework.sentences import Said

SHARE_MIN, SHARE_MAX = 1, 100  # per cent
SEED_MAX = 40
RESULTS: dict[str, Said] = {
    "agrees": Said("与报告一致", "Agrees with the report"),
    "differs": Said("与报告有出入", "Differs from the report"),
    "not_made": Said("没有这次走访", "The visit was not made"),
    "not_reached": Said("这次没能核对", "Could not be checked"),
}
NEEDS_NOTE = frozenset({"differs", "not_made", "not_reached"})


def draw(visits: Iterable[UUID], seed: str, share_percent: int) -> list[UUID]:
    """The visits to check, in the order of the draw: of any number at least this share, one at least, none of none.

    Raises ValueError for a share outside of SHARE_MIN to SHARE_MAX and for an empty seed.
    """
    if not SHARE_MIN <= share_percent <= SHARE_MAX or not seed:
        raise ValueError("a draw needs a seed and a share of 1 to 100 per cent")
    ordered = sorted(set(visits), key=lambda visit: sha256(f"{seed}/{visit}".encode()).digest())
    return ordered[: -(-len(ordered) * share_percent // 100)]
