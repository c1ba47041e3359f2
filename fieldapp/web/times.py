"""Moments and ages as the desk writes them, in the county's own time."""

from datetime import datetime

from flask import Flask
from flask_babel import gettext, ngettext

from fieldapp.days import CHINA
from fieldapp.db import moment


def init_times(app: Flask) -> None:
    app.add_template_filter(when)
    app.add_template_filter(when_ms)
    app.add_template_filter(age)


def when(at: datetime) -> str:
    """`2026-03-01 09:30`, in China's time."""
    return at.astimezone(CHINA).strftime("%Y-%m-%d %H:%M")


def when_ms(at_ms: int | None) -> str:
    """The same for milliseconds since 1970; empty for None."""
    return "" if at_ms is None else when(moment(int(at_ms)))


def age(since: datetime, now: datetime) -> str:
    """How long something has been in its state: minutes, hours or days."""
    minutes = max(0, int((now - since).total_seconds() // 60))
    if minutes < 60:
        return ngettext("%(num)s minute", "%(num)s minutes", minutes)
    if minutes < 48 * 60:
        return ngettext("%(num)s hour", "%(num)s hours", minutes // 60)
    days = minutes // (24 * 60)
    return gettext("%(n)s days", n=days)
