"""What another office may be given of a family, and how it is masked.

By receiver the classes of answers its work needs; never who told us, and of a child nothing but to offices of the law.
Names are masked unless the full name was chosen: a letter that asks for help cannot do without, a statistic can.
"""

from collections.abc import Iterable

from fieldapp.casework.sentences import Said

_LIVING = frozenset({"household", "money"})
_OF_LAW = frozenset({"household", "money", "health", "child", "violence"})
NEEDS: dict[str, frozenset[str]] = {
    **dict.fromkeys(("proc", "police", "court", "justice"), _OF_LAW),
    **dict.fromkeys(("civil", "dpf", "town", "medins", "insurer"), _LIVING | {"health"}),
    **dict.fromkeys(("health", "hospital", "psych", "welfare_home"), frozenset({"household", "health"})),
    **dict.fromkeys(("rural", "housing", "charity", "hr"), _LIVING),
}
_OTHERS = frozenset({"household"})
BASES: dict[str, Said] = {
    "consent": Said("本人或监护人同意", "Consent of hers or of the guardian"),
    "duty": Said("法定职责", "Legal duty"),
    "emergency": Said("紧急情况", "Emergency"),
}
# From what may be known by whoever holds the paper to what may harm most: a share takes the highest of its fields.
ORDER = ("household", "money", "health", "child", "violence")


def classes_for(receiver: str, reads: Iterable[str]) -> frozenset[str]:
    """The classes that may go to this kind of office (a code of ORG), of those which she who gives them reads."""
    return (NEEDS.get(receiver, _OTHERS) & frozenset(reads)) - {"reporter"}


def highest(classes: Iterable[str]) -> str:
    """The class of what holds answers of these; "household" where there is none."""
    return max(classes, key=ORDER.index, default="household")


def masked(name: str) -> str:
    """A name by its first character: 刘梅 is 刘某, and so is a longer one."""
    return f"{name[:1]}某" if name else ""
