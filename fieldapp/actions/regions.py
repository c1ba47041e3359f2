"""The tree of divisions from a file: read, checked row by row, and put in; the same file again changes nothing.

A file is a CSV in UTF-8 or the first sheet of an XLSX; its first row names the columns in any order (COLUMNS). What was
merged or renumbered keeps its row, with `valid_to` and the `successor_code` that took its place.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from typing import Any

from openpyxl import load_workbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp.errors import Problem
from fieldapp.forms import workbook
from fieldapp.forms.limits import WORKBOOK_BYTES_MAX
from fieldapp.forms.refusals import FormRefused
from fieldapp.models import audit
from fieldapp.models.accounts import Acting, Person, Role
from fieldapp.models.regions import PREFIX, Level, Region, prefix_of

COLUMNS = ("code", "name", "level", "parent_code", "valid_from", "valid_to", "successor_code")
_NEEDED = ("code", "name", "level", "valid_from")
ROWS_MAX = 100_000
BAD_SHOWN_MAX = 200
NAME_MAX = 100


@dataclass(frozen=True)
class BadCell:
    """What is wrong with a cell: its row (the heading is row 1), its column, a code (words.BAD_REGIONS), its text."""

    row: int
    column: str
    code: str
    text: str


@dataclass
class Imported:
    """What a file would change, or changed. With bad rows nothing is put in."""

    added: int = 0
    changed: int = 0
    same: int = 0
    bad: list[BadCell] = field(default_factory=list)


@dataclass(frozen=True)
class _Row:
    number: int
    code: str
    name: str
    level: Level
    parent_code: str | None
    valid_from: date
    valid_to: date | None
    successor_code: str | None


def import_file(session: Session, content: bytes, *, acting: Acting | None, dry_run: bool, now: datetime) -> Imported:
    """Put the divisions of a file in, or only say what that would do. An administrator of a county (`acting`) brings
    codes of her county and of what lies above it; the operator (None) brings any. A role that a merger moves is told
    to the phones concerned: they pull afresh.

    Raises `regions_unreadable`; `not_found` for an administrator of less than the county.
    """
    if acting is not None and acting.district not in acting.regions(Role.ADMINISTRATOR):
        raise Problem("not_found")
    result = Imported()
    rows = list(_checked(_table(content), result, None if acting is None else acting.district))
    known = _known(session, rows)
    _check_links(rows, known, result)
    if result.bad:
        result.bad = sorted(result.bad, key=lambda bad: (bad.row, COLUMNS.index(bad.column)))[:BAD_SHOWN_MAX]
        return result
    successors = _final_successors(rows, known)
    moved = set()
    for row in rows:
        successor = successors.get(row.code) if row.successor_code else None
        values = {
            "name": row.name, "level": row.level.value, "parent_code": row.parent_code, "valid_to": row.valid_to,
            "successor_code": successor,
        }  # fmt: skip
        region = known.get((row.code, row.valid_from))
        if region is not None and all(getattr(region, name) == value for name, value in values.items()):
            result.same += 1
            continue
        if region is None:
            result.added += 1
        else:
            result.changed += 1
        if (None if region is None else region.successor_code) != successor:
            moved.add(row.code)
        if not dry_run:
            _put(session, region, row, values)
    if not dry_run and (result.added or result.changed):
        session.flush()
        _shorten_older(session, successors)
        if moved:
            _pull_afresh(session, moved)
        if acting is not None:
            about: dict[str, object] = {"added": result.added, "changed": result.changed}
            audit.write(
                session, district=acting.district, actor_id=acting.person_id, act="import_regions", about=about, at=now
            )
    return result


def _table(content: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    """(row number, cells by column) of the file; empty rows are left out."""
    rows = iter(_xlsx(content) if content[:2] == b"PK" else _csv(content))
    heading = [str(cell).strip().lower() for cell in next(rows, [])]
    if not set(_NEEDED) <= set(heading) or len(content) > WORKBOOK_BYTES_MAX:
        raise _unreadable()
    for number, cells in enumerate(rows, start=2):
        if number > ROWS_MAX + 1:
            raise _unreadable()
        told = {name: cell for name, cell in zip(heading, cells, strict=False) if name in COLUMNS}
        if any(told.values()):
            yield number, told


def _csv(content: bytes) -> Iterator[list[str]]:
    try:
        text = content.decode("utf-8-sig")
        for cells in csv.reader(io.StringIO(text, newline=""), strict=True):
            yield [cell.strip() for cell in cells]
    except (UnicodeDecodeError, csv.Error) as error:
        raise _unreadable() from error


def _xlsx(content: bytes) -> Iterator[list[str]]:
    try:
        workbook.check(content)
        sheet = load_workbook(io.BytesIO(content), read_only=True, data_only=True).worksheets[0]
        for cells in islice(sheet.iter_rows(values_only=True), ROWS_MAX + 2):
            yield [_text(cell) for cell in cells]
    except (FormRefused, ValueError, KeyError, IndexError, OSError, TypeError) as error:
        raise _unreadable() from error


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))  # a code that was typed as a number
    return str(cell).strip()


def _checked(table: Iterable[tuple[int, dict[str, str]]], result: Imported, district: str | None) -> Iterator[_Row]:
    """The rows whose cells are right by themselves; what is wrong goes to `result`."""
    seen: set[tuple[str, date]] = set()
    for number, cells in table:
        bad: list[BadCell] = []

        def complain(column: str, code: str, at: int = number, told: dict[str, str] = cells) -> None:
            bad.append(BadCell(at, column, code, told.get(column, "")[:40]))  # noqa: B023

        code, name = cells.get("code", ""), cells.get("name", "")
        level = Level(cells["level"]) if cells.get("level") in set(Level) else None
        days = {column: _day(cells.get(column, "")) for column in ("valid_from", "valid_to")}
        if level is None:
            complain("level", "level_unknown")
        if not _is_code(code, level):
            complain("code", "code_shape")
        elif district is not None and not (code.startswith(district) or _is_above(code, level, district)):
            complain("code", "other_county")
        if not name or len(name) > NAME_MAX:
            complain("name", "name_needed")
        for column, day in days.items():
            if day is _WRONG or (column == "valid_from" and day is None):
                complain(column, "day_shape")
        first, last = days["valid_from"], days["valid_to"]
        if isinstance(first, date) and isinstance(last, date) and last < first:
            complain("valid_to", "days_reversed")
        if cells.get("successor_code") and not isinstance(last, date):
            complain("valid_to", "merged_needs_end")
        if isinstance(first, date) and (code, first) in seen:
            complain("code", "twice")
        result.bad += bad
        if bad or level is None or not isinstance(first, date):
            continue
        seen.add((code, first))
        yield _Row(
            number, code, name, level, cells.get("parent_code") or None, first,
            last if isinstance(last, date) else None, cells.get("successor_code") or None,
        )  # fmt: skip


def _check_links(rows: list[_Row], known: dict[tuple[str, date], Region], result: Imported) -> None:
    """Parents and successors have to be there, in the file or already, and fit."""
    levels = {region.code: Level(region.level) for region in known.values()} | {row.code: row.level for row in rows}
    ladder = list(Level)
    follows = {region.code: region.successor_code for region in known.values()} | {
        row.code: row.successor_code for row in rows
    }
    for row in rows:
        parent = row.parent_code
        above = ladder[ladder.index(row.level) - 1] if row.level is not Level.PROVINCE else None
        fits = parent is None or (
            levels.get(parent) is above and above is not None and row.code.startswith(prefix_of(parent, above))
        )
        # A county's administrator need not bring what lies above it.
        if not fits or (parent is None and row.level in (Level.TOWNSHIP, Level.VILLAGE)):
            result.bad.append(BadCell(row.number, "parent_code", "parent_unknown", parent or ""))
        if row.successor_code is not None and levels.get(row.successor_code) is not row.level:
            result.bad.append(BadCell(row.number, "successor_code", "successor_unknown", row.successor_code))
        elif _goes_round(row.code, follows):
            result.bad.append(BadCell(row.number, "successor_code", "successor_circle", row.successor_code or ""))


def _goes_round(code: str, follows: dict[str, str | None]) -> bool:
    seen, at = {code}, follows.get(code)
    while at is not None:
        if at in seen:
            return True
        seen.add(at)
        at = follows.get(at)
    return False


def _final_successors(rows: list[_Row], known: dict[tuple[str, date], Region]) -> dict[str, str]:
    """For every code that has one the code in force now: of a chain its end."""
    follows = {region.code: region.successor_code for region in known.values()}
    follows |= {row.code: row.successor_code for row in rows}
    final = {}
    for code, at in follows.items():
        while at is not None and follows.get(at) is not None:
            at = follows[at]
        if at is not None:
            final[code] = at
    return final


def _shorten_older(session: Session, successors: dict[str, str]) -> None:
    """What was merged into a code that was merged now leads on to its end."""
    older = select(Region).where(Region.successor_code.in_(list(successors)))
    for region in session.scalars(older):
        region.successor_code = successors[region.successor_code or ""]


def _pull_afresh(session: Session, moved: set[str]) -> None:
    """The people of the counties in which a division changed its successor may see more or less than before."""
    for district in sorted({code[: PREFIX[Level.COUNTY]] for code in moved}):
        for person in session.scalars(select(Person).where(Person.district == district, Person.active.is_(True))):
            person.view_version += 1


def _known(session: Session, rows: list[_Row]) -> dict[tuple[str, date], Region]:
    """What is known of the codes a file names, and of those that lead to them."""
    wanted = {code for row in rows for code in (row.code, row.parent_code, row.successor_code) if code}
    codes = sorted(wanted)
    found: dict[tuple[str, date], Region] = {}
    for start in range(0, len(codes), 500):
        part = codes[start : start + 500]
        named = select(Region).where(Region.code.in_(part) | Region.successor_code.in_(part))
        found |= {
            (region.code, region.valid_from): region for region in session.scalars(named.order_by(Region.valid_from))
        }
    return found


def _put(session: Session, region: Region | None, row: _Row, values: dict[str, Any]) -> None:
    if region is None:
        region = Region(code=row.code, valid_from=row.valid_from)
        session.add(region)
    for name, value in values.items():
        setattr(region, name, value)


class _Wrong:
    """Stands for a day that cannot be read."""


_WRONG = _Wrong()


def _day(text: str) -> date | _Wrong | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return _WRONG


def _is_code(code: str, level: Level | None) -> bool:
    if not code.isascii() or not code.isdigit() or level is None:
        return False
    length = 12 if level in (Level.TOWNSHIP, Level.VILLAGE) else 6
    rest = code[PREFIX[level] :]
    return len(code) == length and not rest.strip("0")


def _is_above(code: str, level: Level | None, district: str) -> bool:
    return level in (Level.PROVINCE, Level.PREFECTURE) and district.startswith(prefix_of(code, level))


def _unreadable() -> Problem:
    return Problem("regions_unreadable", columns=", ".join(COLUMNS), limit=ROWS_MAX)
