"""The time limits of a county: what it calls them, and how long its own ones are. What a law or a rule sets stays."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from fieldapp.casework.calendar import Length, Unit
from fieldapp.casework.limits import LIMITS, Basis, Limit
from fieldapp.casework.sentences import Said
from fieldapp.db import moment
from fieldapp.errors import Problem
from fieldapp.models import audit
from fieldapp.models import clock_settings as stored
from fieldapp.models.accounts import Acting, Role
from fieldapp.models.agendas import Agenda
from fieldapp.models.clock_settings import NAME_MAX, ClockSetting

KEEPERS = (Role.SUPERVISOR, Role.ADMINISTRATOR)
_MOST = {Unit.HOUR: 720, Unit.WORKING_DAY: 365, Unit.CALENDAR_DAY: 365}


@dataclass(frozen=True)
class Own:
    """What a county set itself, by the codes of the limits."""

    lengths: Mapping[str, Length] = field(default_factory=dict)
    names: Mapping[str, Said] = field(default_factory=dict)


@dataclass(frozen=True)
class Line:
    """One limit as the page shows it: as it is here, and as it was made."""

    limit: Limit
    name: Said
    length: Length
    is_ours: bool  # its length may be changed
    is_changed: bool


def own_of(session: Session, district: str) -> Own:
    """What this county set. What a newer version knows no more, or bounds otherwise, is left out."""
    rows = stored.of(session, district)
    lengths, names = {}, {}
    for code, row in rows.items():
        limit = LIMITS.get(code)
        if limit is None:
            continue
        if row.amount is not None and row.unit in set(Unit) and limit.basis is Basis.DEFAULT:
            lengths[code] = Length(row.amount, Unit(row.unit))
        if row.name_zh:
            names[code] = Said(row.name_zh, row.name_en or limit.name.en)
    return Own(lengths, names)


def lines_of(session: Session, district: str) -> list[Line]:
    """All limits, in the order in which a case meets them."""
    own = own_of(session, district)
    return [
        Line(
            limit,
            own.names.get(code, limit.name),
            own.lengths.get(code, limit.length),
            _may_change(limit),
            code in own.names or code in own.lengths,
        )
        for code, limit in LIMITS.items()
    ]


def change(
    session: Session, acting: Acting, code: str, *, amount: str, name_zh: str, name_en: str, now: datetime
) -> None:
    """Set what is not empty, and take back what is: then the limit is as it was made. Its unit stays what it is.

    Raises `not_found` for who keeps no limits of this county, `clock_wrong`, `clock_not_ours`.
    """
    if not may_change(acting) or code not in LIMITS:
        raise Problem("not_found")
    limit, amount = LIMITS[code], amount.strip()
    if amount and not _may_change(limit):
        raise Problem("clock_not_ours")
    name_zh, name_en = name_zh.strip(), name_en.strip()
    if len(name_zh) > NAME_MAX or len(name_en) > 2 * NAME_MAX or (name_en and not name_zh):
        raise Problem("clock_wrong")
    length = _length(limit, amount) if amount else None
    row = session.get(ClockSetting, (acting.district, code), with_for_update=True)
    if length is None and not name_zh:
        if row is not None:
            session.delete(row)
    else:
        row = row or ClockSetting(district=acting.district, code=code)
        row.amount, row.unit = (None, None) if length is None else (length.amount, length.unit.value)
        row.name_zh, row.name_en = name_zh or None, name_en or None
        row.set_by, row.set_at = acting.person_id, now
        session.add(row)
    session.flush()
    # The kept dates of all families rest on the old length: the worker makes them again (actions/agendas.py).
    session.execute(update(Agenda).where(Agenda.district == acting.district).values(made_at=moment(0)))
    about: dict[str, object] = {"clock": code, "amount": None if length is None else length.amount}
    audit.write(session, district=acting.district, actor_id=acting.person_id, act="set_clock", about=about, at=now)


def may_change(acting: Acting) -> bool:
    """Whether the limits of the whole county are hers to set."""
    return acting.district in acting.regions(*KEEPERS)


def _may_change(limit: Limit) -> bool:
    # What is to be done at once stays so, and a month is the rule's own measure.
    return limit.basis is Basis.DEFAULT and limit.length.amount > 0 and limit.length.unit in _MOST


def _length(limit: Limit, amount: str) -> Length:
    most = _MOST[limit.length.unit]
    if not (amount.isascii() and amount.isdigit() and len(amount) <= 4 and 1 <= int(amount) <= most):
        raise Problem("clock_wrong")
    return Length(int(amount), limit.length.unit)
