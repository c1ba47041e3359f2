"""The audit as the auditor reads it: filtered, newest first, a page at a time.

A row's id begins with its millisecond, so a span of days is a range of the primary key: whatever else is asked for,
only the rows of these days are read. What a row is about stands in it as ids; names are looked up for the page alone.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, String, and_, cast, func, or_, select
from sqlalchemy.orm import Session

from fieldapp.days import CHINA
from fieldapp.db import milliseconds
from fieldapp.ids import uuid7
from fieldapp.models import approvers
from fieldapp.models.accounts import Account, Acting, Person, Role
from fieldapp.models.audit import AuditRow
from fieldapp.models.cases import Case
from fieldapp.models.records import Record

PAGE_ROWS = 100
DAYS_SHOWN = 31  # where nobody says from when
PEOPLE_MAX = 20  # of one name
RECORDS_MAX = 200  # of one case, the newest
IDS_MAX = 20  # of one row that are looked up: one that names more names more than one case
_ID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_ENDING = re.compile(r"[0-9a-f]{1,32}")


@dataclass(frozen=True)
class Filters:
    """What is asked for; empty texts ask for everything. `name`: of a person or her sign-in. `code`: of a case.
    `vault`: the end of its id, as pages show it. Both days are included, in China's time.
    """

    first: date
    last: date
    name: str = ""
    act: str = ""
    code: str = ""
    vault: str = ""

    @property
    def looks_for_one(self) -> bool:
        """Whether one person, family or phone is asked for."""
        return bool(self.name or self.code or self.vault)


@dataclass(frozen=True)
class Row:
    """One row with what its ids stand for. `upon`: the person it is about. `about`: the rest, by name, its values as
    the row has them: a page shows them `shortened`.
    """

    row: AuditRow
    actor: str | None  # None: the system
    upon: str | None
    upon_id: UUID | None
    code_name: str | None
    about: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Page:
    """Some rows, the newest first. `after` names where the next page begins; None on the last."""

    rows: list[Row]
    after: UUID | None


def may_read(acting: Acting) -> bool:
    """Whether she audits the whole county: a chain is the county's, and is not cut by township."""
    return any(acting.district.startswith(region) for region in acting.regions(Role.AUDITOR) if region)


def page_of(session: Session, acting: Acting, filters: Filters, after: UUID | None, rows: int = PAGE_ROWS) -> Page:
    """A page of the audit of her county."""
    wanted = select(AuditRow).where(*_conditions(session, acting, filters))
    if after is not None:
        wanted = wanted.where(AuditRow.audit_id < after)
    found = list(session.scalars(wanted.order_by(AuditRow.audit_id.desc()).limit(rows + 1)))
    return Page(_named(session, acting, found[:rows]), found[rows - 1].audit_id if len(found) > rows else None)


def _conditions(session: Session, acting: Acting, filters: Filters) -> list[ColumnElement[bool]]:
    conditions = [AuditRow.district == acting.district, *_days(filters.first, filters.last)]
    if filters.act:
        conditions.append(AuditRow.act == filters.act)
    if filters.name:
        people = people_called(session, acting.district, filters.name)
        conditions.append(or_(AuditRow.actor_id.in_(people), _mentions(people)))
    if filters.code:
        conditions.append(_mentions(ids_of_case(session, acting, filters.code)))
    if filters.vault:
        conditions.append(_of_vault(ending_of(filters.vault)))
    return conditions


def ending_of(vault: str) -> str:
    """The end of a phone's id without hyphens; empty where what was typed is none."""
    ending = vault.replace("-", "").lower()
    return ending if _ENDING.fullmatch(ending) else ""


def _of_vault(ending: str) -> ColumnElement[bool]:
    # By or about a phone: another id with the same end, of a family or a person, is not looked for.
    if not ending:
        return AuditRow.audit_id.is_(None)
    signs = ending.rjust(32, "_")  # any sign before it
    whole = "-".join((signs[:8], signs[8:12], signs[12:16], signs[16:20], signs[20:]))
    by_vault = func.replace(cast(AuditRow.vault_id, String), "-", "").like(signs)  # SQLite has it without hyphens
    return or_(by_vault, AuditRow.about.like(f'%"vault":"{whole}"%'))


def _days(first: date, last: date) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    begin, end = (datetime.combine(day, time(), CHINA) for day in (first, last + timedelta(days=1)))
    ids = (uuid7(milliseconds(at), bytes(10)) for at in (begin, end))
    return AuditRow.audit_id >= next(ids), AuditRow.audit_id < next(ids)


def people_called(session: Session, district: str, name: str) -> list[UUID]:
    """People of this name, or with this sign-in."""
    same = and_(Account.district == Person.district, Account.person_id == Person.person_id)
    called = or_(Person.name == name, Account.login == name)
    wanted = select(Person.person_id).join(Account, same, isouter=True).where(Person.district == district, called)
    return list(session.scalars(wanted.limit(PEOPLE_MAX)))


def ids_of_case(session: Session, acting: Acting, code: str) -> list[UUID]:
    """Ids by which rows name a case: its own, and those of its reports. None of a family she is related to."""
    hers = (Case.district == acting.district, Case.code_name == code, ~approvers.related_to(acting.person_id))
    case_id = session.scalar(select(Case.case_id).where(*hers))
    if case_id is None:
        return []
    reports = select(Record.record_id).where(Record.district == acting.district, Record.case_id == case_id)
    return [case_id, *session.scalars(reports.order_by(Record.record_id.desc()).limit(RECORDS_MAX))]


def shortened(value: Any, ending: int = 8) -> str:
    """A value of `about` as text, each id in it by its end."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return _ID.sub(lambda found: found[0][-ending:], text)


def _mentions(ids: Iterable[UUID]) -> ColumnElement[bool]:
    found = [AuditRow.about.contains(str(one)) for one in ids]
    return or_(*found) if found else AuditRow.audit_id.is_(None)


def _named(session: Session, acting: Acting, rows: list[AuditRow]) -> list[Row]:
    told = [(row, json.loads(row.about)) for row in rows]
    people = {row.actor_id for row in rows if row.actor_id} | {_id(about.get("person")) for _, about in told}
    names = _names(session, acting.district, people - {None})
    codes = _codes(session, acting, [set(_ID.findall(row.about)[:IDS_MAX]) for row in rows])
    return [
        Row(
            row,
            None if row.actor_id is None else names.get(row.actor_id, ""),
            names.get(_id(about.get("person"))),
            _id(about.get("person")),
            codes[place],
            {name: value for name, value in about.items() if name != "person"},
        )
        for place, (row, about) in enumerate(told)
    ]


def _id(text: object) -> UUID | None:
    return UUID(text) if isinstance(text, str) and _ID.fullmatch(text) else None


def _names(session: Session, district: str, ids: Iterable[UUID | None]) -> dict[UUID | None, str]:
    asked = select(Person.person_id, Person.name).where(Person.district == district, Person.person_id.in_(list(ids)))
    return dict(session.execute(asked).all())


def _codes(session: Session, acting: Acting, named: list[set[str]]) -> list[str | None]:
    """The code name of the case of each row, where it names one case alone: by its own id, or one of its reports."""
    ids = [UUID(one) for one in sorted(set().union(*named))] if named else []
    here = (Case.district == acting.district, ~approvers.related_to(acting.person_id))
    known = {
        str(case_id): code
        for case_id, code in session.execute(select(Case.case_id, Case.code_name).where(*here, Case.case_id.in_(ids)))
    }
    of_report = (
        select(Record.record_id, Case.code_name)
        .join(Case, and_(Case.district == Record.district, Case.case_id == Record.case_id))
        .where(*here, Record.record_id.in_(ids))
    )
    known |= {str(record_id): code for record_id, code in session.execute(of_report)}
    found = [{known[one] for one in of_row if one in known} for of_row in named]
    return [next(iter(codes)) if len(codes) == 1 else None for codes in found]
