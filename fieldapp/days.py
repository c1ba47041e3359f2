"""Days as the county counts them: one civil time for the whole country, eight hours before UTC, without summer time."""

from datetime import date, datetime, timedelta, timezone

CHINA = timezone(timedelta(hours=8))


def day_of(at: datetime) -> date:
    """The day that it is in China at this moment. Until eight in the morning UTC still says yesterday."""
    return at.astimezone(CHINA).date()
