"""The tree of divisions, province to village. Codes are merged and renumbered, so each has the days it is valid, and an
old one names the code that took its place: a family keeps the code under which its file was opened.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from enum import StrEnum

from sqlalchemy import ColumnElement, String, and_, bindparam, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from fieldapp.db import Base
from fieldapp.models import plain


class Level(StrEnum):
    PROVINCE = "province"
    PREFECTURE = "prefecture"
    COUNTY = "county"
    TOWNSHIP = "township"
    VILLAGE = "village"


# How many digits all codes below a division of this level share: a grant holds exactly these.
PREFIX = {Level.PROVINCE: 2, Level.PREFECTURE: 4, Level.COUNTY: 6, Level.TOWNSHIP: 9, Level.VILLAGE: 12}
_ABOVE_EVERY_DIGIT = ":"  # the character behind "9": codes that start with P lie in P <= code < P:


class Region(Base):
    """A division code with the dates it is valid: codes are merged and renumbered, so nothing is hard-coded. Copied to
    every shard.
    """

    __tablename__ = "region"
    code: Mapped[str] = mapped_column(String(12), primary_key=True)  # 6 digits down to the county, 12 below it
    valid_from: Mapped[date] = mapped_column(primary_key=True)
    valid_to: Mapped[date | None]
    name: Mapped[str] = mapped_column(String(100))
    parent_code: Mapped[str | None] = mapped_column(String(12), index=True)
    level: Mapped[str] = mapped_column(String(10))  # a Level
    # The code in force now of what this one was merged into or renumbered to; chains are shortened when they are made.
    successor_code: Mapped[str | None] = mapped_column(String(12), index=True)


def prefix_of(code: str, level: str) -> str:
    """What a grant on this division holds: the digits that all codes below it share."""
    return code[: PREFIX[Level(level)]]


def names_of(session: Session, district: str, on: date) -> dict[str, str]:
    """Names of the regions of a district that are valid on a day, by code."""
    return {region.code: region.name for region in session.scalars(select(Region).where(_below(district), _valid(on)))}


def newest_names(session: Session, codes: Iterable[str]) -> dict[str, str]:
    """Names of division codes, of the newest validity."""
    rows = session.execute(
        select(Region.code, Region.name).where(Region.code.in_(sorted(set(codes)))).order_by(Region.valid_from)
    )
    return {row.code: row.name for row in rows}


def names_for_files(session: Session, district: str, on: date) -> dict[str, str]:
    """Names by code as lists of families say them: of every code a file may have been opened under, and behind the name
    of one that is no longer valid the name of its successor.
    """
    rows = session.scalars(select(Region).where(_below(district)).order_by(Region.valid_from))
    newest = {region.code: region for region in rows}
    return {code: _with_successor(region, newest, on) for code, region in newest.items()}


def villages_of(session: Session, prefixes: Sequence[str], on: date) -> list[Region]:
    """The villages under any of these codes that are valid on a day, by code."""
    if not prefixes:
        return []
    below = or_(*(_below(prefix) for prefix in prefixes))
    rows = select(Region).where(Region.level == Level.VILLAGE, below, _valid(on)).order_by(Region.code)
    return list(session.scalars(rows))


def is_village(session: Session, code: str) -> bool:
    """Whether this is the code of a village, of today or of earlier days."""
    known = select(Region.code).where(Region.code == code, Region.level == Level.VILLAGE)
    return session.scalar(known.limit(1)) is not None


def places_of(session: Session, prefixes: Sequence[str], on: date) -> list[tuple[str, str]]:
    """(prefix as a grant holds it, name) of the divisions at or under any of these codes that are valid on a day."""
    if not prefixes:
        return []
    below = or_(*(_below(prefix) for prefix in prefixes))
    rows = session.scalars(select(Region).where(below, _valid(on)).order_by(Region.code))
    return [(prefix_of(row.code, row.level), row.name) for row in rows]


_region = Region.__table__.c
_MERGED = select(_region.code, _region.level).where(
    _region.successor_code >= bindparam("prefix"), _region.successor_code < bindparam("beyond")
)


def with_predecessors(session: Session, prefix: str) -> tuple[str, ...]:
    """This prefix, and behind it the prefixes of divisions elsewhere that were merged into one below it: who works in a
    village works with the families whose files were opened under its older codes.
    """
    if not prefix:
        return (prefix,)
    rows = plain.every(session, _MERGED, prefix=prefix, beyond=prefix + _ABOVE_EVERY_DIGIT)
    found = {prefix_of(code, level) for code, level in rows}
    return (prefix, *sorted(code for code in found if not code.startswith(prefix)))


def with_successor(session: Session, code: str) -> tuple[str, ...]:
    """This code, and behind it the one that took its place where there is one: who works under either works here."""
    region = session.scalar(select(Region).where(Region.code == code).order_by(Region.valid_from.desc()).limit(1))
    return (code,) if region is None or region.successor_code is None else (code, region.successor_code)


def _with_successor(region: Region, newest: dict[str, Region], on: date) -> str:
    successor = newest.get(region.successor_code or "")
    is_over = region.valid_to is not None and region.valid_to < on
    return f"{region.name} → {successor.name}" if is_over and successor is not None else region.name


def _below(prefix: str) -> ColumnElement[bool]:
    return and_(Region.code >= prefix, Region.code < prefix + _ABOVE_EVERY_DIGIT)


def _valid(on: date) -> ColumnElement[bool]:
    return and_(Region.valid_from <= on, or_(Region.valid_to.is_(None), Region.valid_to >= on))
