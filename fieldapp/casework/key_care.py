"""How closely a family on the key-care list is looked after, and when it is looked at again."""

from datetime import date, timedelta

from fieldapp.casework.sentences import Said

LEVELS: dict[str, Said] = {
    "key": Said("重点帮扶对象", "Key help"),
    "care": Said("关爱对象", "Special care"),
}
FROM_MEASURE = "key"  # 重点帮扶名单 is what the kind of measure is called
REVIEW_DAYS = 90  # our own value, where a measure names no day of review
GRANTED = frozenset({"approved", "in_progress", "done"})  # statuses of the measure that put a family on the list
OVER = frozenset({"ended", "refused", "declined"})


def next_review(today: date) -> date:
    """The day of review where nobody said one."""
    return today + timedelta(days=REVIEW_DAYS)
