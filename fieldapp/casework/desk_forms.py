"""Who fills in which form at the desk: the one table, and the rule above it.

Nobody fills in a form of which she may not see every question: what she wrote would come back to her in a return, and
what she does not see she would send unread. Who told us (F1R) is written once and not read back (DESIGN 4).
"""

from collections.abc import Iterable
from dataclasses import dataclass

CASEWORKER, SUPERVISOR = "caseworker", "supervisor"
# Kinds of organisation as lists of forms have them, and as the table of organisations may call them too.
PROCURATORATE = frozenset({"proc", "procuratorate"})


@dataclass(frozen=True)
class DeskForm:
    """`organisations`: the kinds of office that keep it; empty: any. `on_case` is False where it opens a new file.
    `write_once`: handed in it is closed to its author, who may not read what stands in it.
    """

    roles: frozenset[str]
    organisations: frozenset[str] = frozenset()
    on_case: bool = True
    write_once: bool = False


_WORKERS = frozenset({CASEWORKER, SUPERVISOR})
DESK_FORMS: dict[str, DeskForm] = {
    "F1": DeskForm(_WORKERS, on_case=False),
    "F1R": DeskForm(_WORKERS, write_once=True),
    "F4": DeskForm(_WORKERS),
    "F4R": DeskForm(_WORKERS, organisations=PROCURATORATE),
    "F7": DeskForm(_WORKERS),
    "F8": DeskForm(_WORKERS),
    "F9": DeskForm(_WORKERS),
}


def may_fill(
    form: str, roles: Iterable[str], organisation: str | None, classes: Iterable[str], reads: Iterable[str]
) -> bool:
    """Whether somebody with these roles (in the family's region), of this kind of office, who reads answers of the
    classes `reads`, fills in this form, whose questions are of the classes `classes`.
    """
    known = DESK_FORMS.get(form)
    if known is None or not known.roles.intersection(roles):
        return False
    if known.organisations and organisation not in known.organisations:
        return False
    return known.write_once or frozenset(reads).issuperset(classes)
