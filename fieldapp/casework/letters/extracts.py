"""What another office may be given of a family, and how it is masked.

By receiver the classes of answers its work needs; never who told us, and of a child nothing but to offices of the law.
Names are masked unless the full name was chosen: a letter that asks for help cannot do without, a statistic can.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

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


def masks(names: Iterable[str]) -> dict[str, str]:
    """What each name is called where it is masked: 刘梅 is 刘某; of several with one family name 刘某1, 刘某2, so that
    they stay apart. In the order they come; an empty name is left out.
    """
    told = list(dict.fromkeys(name for name in names if name))
    alike = Counter(name[:1] for name in told)
    seen: Counter[str] = Counter()
    found = {}
    for name in told:
        seen[name[:1]] += 1
        found[name] = f"{name[:1]}某" + (str(seen[name[:1]]) if alike[name[:1]] > 1 else "")
    return found


def without_names(text: str, called: Mapping[str, str]) -> str:
    """The text with every name of the family masked, the longest first."""
    for name in sorted(called, key=len, reverse=True):
        text = text.replace(name, called[name])
    return text
