"""Statistics of a supervisor's regions: which cases she asks about, the figures of them, and who counted when.

A family whose file is kept by law alone is not counted, of an erased one only its clear columns, and a household that
is here for a round alone is no case.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session

from fieldapp.actions import statistics_lines
from fieldapp.casework.statistics import Report, count
from fieldapp.casework.statistics_lines import Beside, Interview, Outreach, Period, Place
from fieldapp.days import day_of
from fieldapp.errors import Problem
from fieldapp.models import audit, campaigns, organisations, outreach, scope
from fieldapp.models.accounts import Acting, Organisation, Role
from fieldapp.models.cases import Case
from fieldapp.models.outreach import InterviewCount, OutreachNote
from fieldapp.models.regions import names_for_files

DAYS_MAX = 3660  # of one period
# Why an export was made; the audit keeps which.
REASONS = ("report_above", "meeting", "planning", "inspection", "research")


@dataclass(frozen=True)
class Asked:
    """What the page was asked: a period, and of what; empty strings and None for everything of hers."""

    period: Period
    region: str = ""
    programme: str = ""
    organisation_id: UUID | None = None


@dataclass(frozen=True)
class Counted:
    """The report, and the code names of the cases behind it by id. `unread`: of so many the reports are not in it,
    because they are damaged.
    """

    report: Report
    names: dict[str, str]
    unread: int = 0


@dataclass(frozen=True)
class Choices:
    """What can be chosen: townships (code, name), programmes, organisations (id, name) of her cases."""

    regions: list[tuple[str, str]]
    programmes: list[str]
    organisations: list[tuple[UUID, str]]


def asked(since: str, until: str, region: str, programme: str, organisation: str, today: date) -> Asked:
    """What a form says; this year up to today where it says no days. Raises `request_malformed`."""
    try:
        period = Period(
            date.fromisoformat(since) if since else date(today.year, 1, 1),
            date.fromisoformat(until) if until else today,
        )
        organisation_id = UUID(organisation) if organisation else None
    except ValueError as error:
        raise Problem("request_malformed") from error
    if (period.until - period.since) > timedelta(days=DAYS_MAX):
        raise Problem("request_malformed")
    return Asked(period, region if region.isdigit() else "", programme[:100], organisation_id)


def read(session: Session, acting: Acting, asked: Asked, now: datetime) -> Counted:
    """The figures of her cases. Nothing is written: where the worker has kept nothing yet, a county takes seconds, and
    who sends reports does not wait for them. Before anything of it is shown, one of the two below is called.
    """
    conditions = [*_mine(acting), ~campaigns.only_listed()]
    if asked.region:
        conditions.append(Case.village_code.startswith(asked.region, autoescape=True))
    if asked.programme:
        conditions.append(Case.programme == asked.programme)
    if asked.organisation_id is not None:
        conditions.append(Case.organisation_id == asked.organisation_id)
    lines, unread = statistics_lines.of(session, acting.district, and_(*conditions), now)
    beside = None if asked.programme else _beside(session, acting, asked)
    report = count((line for line, _ in lines), asked.period, day_of(now), beside)
    return Counted(report, {line.case_id: code_name for line, code_name in lines}, unread)


def note_read(session: Session, acting: Acting, asked: Asked, counted: Counted, now: datetime) -> None:
    """Write down that she counted: who counts opens what was reported."""
    audit.note_read(session, acting, "read_statistics", {**_named(asked), "cases": len(counted.names)}, now)


def note_export(
    session: Session, acting: Acting, asked: Asked, counted: Counted, *, reason: str, kind: str, now: datetime
) -> None:
    """Write down that she takes the figures along, and why. What has to be hidden is hidden by who writes the file
    (casework/statistics_cells.py). Raises `export_needs_reason`.
    """
    if reason not in REASONS:
        raise Problem("export_needs_reason")
    about: dict[str, object] = {**_named(asked), "cases": len(counted.names), "reason": reason, "file": kind}
    audit.write(
        session, district=acting.district, actor_id=acting.person_id, act="export_statistics", about=about, at=now
    )


def choices_of(session: Session, acting: Acting, today: date) -> Choices:
    """What she can narrow the figures down to."""
    mine = _mine(acting)
    names = names_for_files(session, acting.district, today)
    villages = session.scalars(select(Case.village_code).where(*mine).distinct())
    townships = sorted({code[: statistics_lines.TOWNSHIP_DIGITS] for code in villages})
    programmes = session.scalars(select(Case.programme).where(*mine, Case.programme.is_not(None)).distinct())
    organisations = session.execute(
        select(Organisation.organisation_id, Organisation.name)
        .where(
            Organisation.district == acting.district,
            exists().where(
                Case.organisation_id == Organisation.organisation_id,
                *mine,
            ),
        )
        .order_by(Organisation.name)
    )
    return Choices(
        [(code, statistics_lines.township(names, code)) for code in townships],
        sorted(name for name in programmes if name),
        [(row[0], row[1]) for row in organisations],
    )


def _named(asked: Asked) -> dict[str, object]:
    named: dict[str, object] = {"since": asked.period.since.isoformat(), "until": asked.period.until.isoformat()}
    if asked.region:
        named["region"] = asked.region
    if asked.organisation_id is not None:
        named["organisation"] = str(asked.organisation_id)
    return named


def _mine(acting: Acting) -> tuple[Any, ...]:
    """Conditions on `Case`: the files of the regions she supervises; those kept by law alone are in nobody's scope."""
    regions = acting.regions(Role.SUPERVISOR)
    inside = or_(*(Case.village_code.startswith(code, autoescape=True) for code in regions)) if regions else False
    return (
        Case.district == acting.district,
        scope.files_of(acting),
        inside,
    )


def _beside(session: Session, acting: Acting, asked: Asked) -> Beside:
    """Outreach, interviews and centres of her regions, narrowed as the cases are."""

    def fits(row: OutreachNote | InterviewCount | Organisation) -> bool:
        is_there = row.region_code.startswith(asked.region)
        return is_there and asked.organisation_id in (None, row.organisation_id)

    return Beside(
        tuple(
            Outreach(row.kind, row.on, row.times, row.people)
            for row in outreach.outreach_of(session, acting, Role.SUPERVISOR)
            if fits(row)
        ),
        tuple(
            Interview(row.on, row.times)
            for row in outreach.interviews_of(session, acting, Role.SUPERVISOR)
            if fits(row)
        ),
        tuple(
            Place(None if row.ended_at is None else day_of(row.ended_at))
            for row in organisations.centres_of(session, acting, Role.SUPERVISOR)
            if fits(row)
        ),
    )
