"""Keeping two sides of a family apart: what is done with the one who did the harm never meets what is done with her.

Pure: days, places and codes go in. The rules are rows 61, 64 and 71 of the published systems.
"""

from datetime import date, timedelta

# Kinds of help (F7) whose work is done with him. Their meetings stand on a list of their own.
OF_OTHER_SIDE = frozenset({"offender_education", "warning_letter", "supervision_order"})
ORDERS = frozenset({"protection_order", "warning_letter"})  # they run out, and can be extended
APART = timedelta(days=1)  # the same person does not see both within a day
NOT_WHILE = frozenset({"red", "orange"})  # no talk with him while she is in that danger


def is_within_a_day(meeting: date, first: date, last: date) -> bool:
    """Whether a meeting with him lies within a day of a visit that may be made from `first` to `last`."""
    return first - APART <= meeting <= last + APART


def is_same_place(one: str, other: str) -> bool:
    """Whether two codes of divisions are one place, or one lies in the other."""
    return bool(one and other) and (one.startswith(other) or other.startswith(one))
