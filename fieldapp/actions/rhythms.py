"""How often the families of a county are looked in on, as it set that itself: the one place that everything which works
out dates of follow-ups asks (agendas.py, statistics_lines.py).

    of(...)       the programmes as they are here now, with what they were before
    lines_of(...), history_of(...)    for the page
    change(...)   set all of it anew, with a reason
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from fieldapp.actions.case_events import said_why
from fieldapp.actions.clock_settings import may_change
from fieldapp.casework.calendar import Length, Unit
from fieldapp.casework.limits import days
from fieldapp.casework.rhythms import (
    AS_MADE,
    BANDS,
    BY_BAND,
    FOLLOW_UP,
    VILLAGE_FOLLOW_UP,
    Own,
    Programme,
    programmes_of,
    refused,
)
from fieldapp.db import moment
from fieldapp.errors import Problem
from fieldapp.models import audit
from fieldapp.models import rhythms as stored
from fieldapp.models.accounts import Acting
from fieldapp.models.agendas import Agenda
from fieldapp.models.rhythms import RhythmVersion

_DAYS = re.compile(r"[0-9]{1,4}", re.ASCII)
_BETWEEN = re.compile(r"[\s,，、;；]+")
_MILESTONES = {FOLLOW_UP.code: "milestones", VILLAGE_FOLLOW_UP.code: "village_milestones"}


@dataclass(frozen=True)
class Lengths:
    """One of a band, or the milestones of a programme, in days after help began."""

    amounts: tuple[int, ...]
    unit: Unit = Unit.CALENDAR_DAY


@dataclass(frozen=True)
class Line:
    """What stands on the page of a band or programme (`code`): as it is here, and as it was made."""

    code: str
    here: Lengths
    made: Lengths

    @property
    def is_changed(self) -> bool:
        return self.here != self.made


@dataclass(frozen=True)
class Version:
    """What was set once, by whom and why; `lines` are those that were another before."""

    number: int
    at: datetime
    by: str
    reason: str
    lines: Sequence[Line]


def of(session: Session, district: str) -> dict[str, Programme]:
    """By code. What a newer version bounds otherwise counts as it was set."""
    programmes = programmes_of(_own(row) for row in stored.of(session, district))
    return {one.code: one for one in programmes}


def lines_of(session: Session, district: str) -> list[Line]:
    """The bands, the most dangerous first, then the programmes."""
    return _lines(of(session, district))


def history_of(session: Session, district: str) -> list[Version]:
    """What was set here, the newest first."""
    rows = stored.of(session, district)
    names, programmes, found = stored.names_of(session, rows), AS_MADE, []
    for row, own in zip(rows, map(_own, rows), strict=True):
        before = {line.code: line.here for line in _lines({one.code: one for one in programmes})}
        programmes = programmes_of([own])
        lines = [one for one in _lines({one.code: one for one in programmes}) if one.here != before[one.code]]
        found.append(Version(row.number, row.set_at, names.get(row.set_by, ""), row.reason, lines))
    return found[::-1]


def change(session: Session, acting: Acting, base: int, told: Mapping[str, str], reason: str, now: datetime) -> None:
    """Set all lengths, given as they were typed by band and programme; an empty one is as it was made. `base`: the
    number of the version that was looked at, 0 before there was any. Where nothing becomes another, nothing is kept.

    Raises `not_found` for who keeps no limits of this county, `rhythm_changed`, `say_why`, `text_too_long`, and where
    it cannot be so: `rhythm_unreadable`, `rhythm_red_too_long`, `rhythm_too_long`, `rhythm_order_wrong`,
    `rhythm_milestones_wrong`.
    """
    if not may_change(acting):
        raise Problem("not_found")
    rows = stored.of(session, acting.district)
    if base != (rows[-1].number if rows else 0):
        raise Problem("rhythm_changed")
    own = _told(told, now)
    why = said_why(reason)
    last = _own(rows[-1]) if rows else Own(now)
    if (own.days, own.milestones) == (last.days, last.milestones):
        return
    row = RhythmVersion(
        district=acting.district,
        number=base + 1,
        **{f"{band}_days": own.days.get(band) for band in BANDS},
        **{column: _text(own.milestones.get(code)) for code, column in _MILESTONES.items()},
        reason=why,
        set_by=acting.person_id,
        set_at=now,
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:  # in two windows at this moment: nobody could lock a row that was not there
        raise Problem("rhythm_changed") from error
    # The kept dates of all families rest on the old lengths: the worker makes them again (actions/agendas.py).
    session.execute(update(Agenda).where(Agenda.district == acting.district).values(made_at=moment(0)))
    about: dict[str, object] = {"version": row.number, **own.days}
    about |= {code: " ".join(map(str, amounts)) for code, amounts in own.milestones.items()}
    audit.write(session, district=acting.district, actor_id=acting.person_id, act="set_rhythms", about=about, at=now)


def _told(told: Mapping[str, str], now: datetime) -> Own:
    """What is to be set, without what is as it was made."""
    amounts = {band: _amount(told[band]) for band in BANDS if told.get(band, "").strip()}
    milestones = {code: _amounts(told[code]) for code in _MILESTONES if told.get(code, "").strip()}
    code = refused(Own(now, amounts, milestones))
    if code is not None:
        raise Problem(code)
    made = {one.code: one.milestones_days for one in AS_MADE}
    return Own(
        now,
        {band: amount for band, amount in amounts.items() if days(amount) != BY_BAND[band].then},
        {code: one for code, one in milestones.items() if one != made[code]},
    )


def _amount(text: str) -> int:
    amounts = _amounts(text)
    if len(amounts) != 1:
        raise Problem("rhythm_unreadable")
    return amounts[0]


def _amounts(text: str) -> tuple[int, ...]:
    parts = _BETWEEN.split(text.strip())
    if not all(_DAYS.fullmatch(part) for part in parts):
        raise Problem("rhythm_unreadable")
    return tuple(map(int, parts))


def _own(row: RhythmVersion) -> Own:
    amounts: dict[str, int | None] = {band: getattr(row, f"{band}_days") for band in BANDS}
    milestones: dict[str, str | None] = {code: getattr(row, column) for code, column in _MILESTONES.items()}
    return Own(
        row.set_at,
        {band: amount for band, amount in amounts.items() if amount is not None},
        {code: tuple(map(int, text.split())) for code, text in milestones.items() if text},
    )


def _text(amounts: Sequence[int] | None) -> str | None:
    return None if amounts is None else " ".join(map(str, amounts))


def _lines(programmes: Mapping[str, Programme]) -> list[Line]:
    by_band = programmes[FOLLOW_UP.code].by_band
    bands = [Line(band, _of_band(by_band[band].then), _of_band(BY_BAND[band].then)) for band in BANDS]
    days_of = ((one, Lengths(programmes[one.code].milestones_days)) for one in AS_MADE)
    return [*bands, *(Line(one.code, here, Lengths(one.milestones_days)) for one, here in days_of)]


def _of_band(length: Length) -> Lengths:
    return Lengths((length.amount,), length.unit)
