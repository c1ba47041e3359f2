"""Days as the county counts them: one civil time for the whole country, eight hours before UTC, without summer time."""

from datetime import date, datetime, timedelta, timezone

CHINA = timezone(timedelta(hours=8))


def day_of(at: datetime) -> date:
    """The day that it is in China at this moment. Until eight in the morning UTC still says yesterday."""
    return at.astimezone(CHINA).date()


def day_typed(text: str) -> date | None:
    """The day that a field of a page holds, as 2026-11-23; None for anything else."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def is_over(since: datetime, wait: timedelta, now: datetime) -> bool:
    """Whether this long has passed. A moment still to come was told by a clock that was wrong: nothing waits for it."""
    return not timedelta(0) <= now - since < wait
