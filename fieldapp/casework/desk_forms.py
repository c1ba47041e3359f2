"""Who fills in which form at the desk: the one table, and the rule above it.

Nobody fills in a form of which she may not see every question: what she wrote would come back to her in a return, and
what she does not see she would send unread (DESIGN 4).
"""

from collections.abc import Iterable
from dataclasses import dataclass

CASEWORKER, SUPERVISOR = "caseworker", "supervisor"
# Kinds of organisation as lists of forms have them, and as the table of organisations may call them too.
PROCURATORATE = frozenset({"proc", "procuratorate"})
_ALL_BUT_REPORTER = frozenset({"household", "money", "health", "child", "violence"})
SEES: dict[str, frozenset[str]] = {CASEWORKER: _ALL_BUT_REPORTER, SUPERVISOR: _ALL_BUT_REPORTER}


@dataclass(frozen=True)
class DeskForm:
    """`organisations`: the kinds of office that keep it; empty: any. `on_case` is False where it opens a new file."""

    roles: frozenset[str]
    organisations: frozenset[str] = frozenset()
    on_case: bool = True


_WORKERS = frozenset({CASEWORKER, SUPERVISOR})
DESK_FORMS: dict[str, DeskForm] = {
    "F1": DeskForm(_WORKERS, on_case=False),
    "F4": DeskForm(_WORKERS),
    "F4R": DeskForm(_WORKERS, organisations=PROCURATORATE),
    "F7": DeskForm(_WORKERS),
    "F8": DeskForm(_WORKERS),
    "F9": DeskForm(_WORKERS),
}


def may_fill(form: str, roles: Iterable[str], organisation: str | None, classes: Iterable[str]) -> bool:
    """Whether somebody with these roles (in the family's region), of this kind of office, fills in this form, whose
    questions are of these classes.
    """
    known = DESK_FORMS.get(form)
    if known is None or (known.organisations and organisation not in known.organisations):
        return False
    filling = known.roles.intersection(roles)
    seen: frozenset[str] = frozenset().union(*(SEES[role] for role in filling))
    return bool(filling) and seen.issuperset(classes)
