"""Who may lawfully decide on a report, and where it goes when nobody near it may: one level up, never nowhere.

Lawful is a supervisor (or a deputy of one) of the family's region who did not write the report, did not hand out the
phone it was written on within the last seven days, is not related to the family, and, where two approvals are asked,
did not give the first. A deputy decides in the place of somebody, so the same must be true of whom she stands in for:
nobody appoints who approves her own work. Inside a county
all of them may; those of the prefecture get what has none in the county, those of the province what has none there
either.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from fieldapp.models import two_levels
from fieldapp.models.accounts import Person, Role, RoleGrant
from fieldapp.models.cases import Case, ConflictOfInterest
from fieldapp.models.records import Record, Revision, State
from fieldapp.models.regions import PREFIX, Level, Region
from fieldapp.models.reviews import FIRST, Decision
from fieldapp.models.vaults import Vault

ISSUER_MAY_NOT_APPROVE_FOR = timedelta(days=7)
COUNTY_DIGITS = PREFIX[Level.COUNTY]
_Grant, _Approver, _File = aliased(RoleGrant), aliased(Person), aliased(Case)


def has_lawful_one(at: datetime, digits_min: int) -> ColumnElement[bool]:
    """Condition on `Record`: somebody whose grant has at least so many digits may lawfully decide on it now."""
    return (
        exists()
        .where(
            _File.district == Record.district,
            _File.case_id == Record.case_id,
            *_supervises(at, digits_min),
            ~_is_author(),
            ~_is_related(),
            ~_issued_the_phone(at),
            ~_gave_the_first(),
        )
        .correlate(Record)
    )


def why_nobody(session: Session, record: Record, at: datetime, digits_min: int = COUNTY_DIGITS) -> list[str]:
    """Why nobody of this level may decide on a report: `author`, `issuer`, `related`, `first` (gave the first of two
    approvals), in this order, or `nobody` where the region has no supervisor at all. Empty where somebody may.
    """
    here = (Record.district == record.district, Record.record_id == record.record_id)
    of_record = (_File.district == Record.district, _File.case_id == Record.case_id)
    candidates = session.execute(
        select(_is_author(), _issued_the_phone(at), _is_related(), _gave_the_first())
        .select_from(Record)
        .join(_File, and_(*of_record))
        .join(_Grant, _Grant.district == Record.district)
        .join(_Approver, _Approver.person_id == _Grant.person_id)
        .where(*here, *_supervises(at, digits_min))
    ).all()
    if any(not any(row) for row in candidates):
        return []
    named = ("author", "issuer", "related", "first")
    return [name for place, name in enumerate(named) if any(row[place] for row in candidates)] or ["nobody"]


def _supervises(at: datetime, digits_min: int) -> Sequence[ColumnElement[bool]]:
    merged_into = exists().where(
        Region.code == _File.village_code,
        func.substr(Region.successor_code, 1, func.length(_Grant.region_code)) == _Grant.region_code,
    )
    return (
        _Grant.district == _File.district,
        _Grant.role == Role.SUPERVISOR,
        _Grant.ended_at.is_(None),
        _Grant.granted_at <= at,
        or_(_Grant.until.is_(None), _Grant.until > at),
        func.length(_Grant.region_code) >= digits_min,
        or_(
            func.substr(_File.village_code, 1, func.length(_Grant.region_code)) == _Grant.region_code,
            merged_into.correlate(_File, _Grant),
        ),
        _Approver.district == _Grant.district,
        _Approver.person_id == _Grant.person_id,
        _Approver.active.is_(True),
    )


def may_lend(person_id: UUID, at: datetime) -> ColumnElement[bool]:
    """Condition on `Record`: a deputy may decide on it in the place of this person, who could do it herself."""
    related = exists().where(
        ConflictOfInterest.district == Record.district,
        ConflictOfInterest.case_id == Record.case_id,
        ConflictOfInterest.person_id == person_id,
        ConflictOfInterest.lifted_at.is_(None),
    )
    issued = exists().where(*_phone_of_head(at), Vault.issued_by == person_id)
    first = gave_first(person_id)
    return and_(Record.author_id != person_id, ~related.correlate(Record), ~issued.correlate(Record), ~first)


def gave_first(person_id: UUID) -> ColumnElement[bool]:
    """Condition on `Record`: the first approval that stands on it was given by this person or in her place, and a
    second is asked now. Where none is asked any more, whoever may approve at all finishes it.
    """
    return and_(_awaits_second(), _first(Decision.decided_by == person_id, Decision.acting_for == person_id))


def _is_author() -> ColumnElement[bool]:
    return Record.author_id.in_((_Grant.person_id, _principal()))


def _principal() -> ColumnElement[UUID]:
    # Whose grant it is: of a deputy's that of the person she stands in for.
    return func.coalesce(_Grant.for_person_id, _Grant.person_id)


def _is_related() -> ColumnElement[bool]:
    return (
        exists()
        .where(
            ConflictOfInterest.district == _File.district,
            ConflictOfInterest.case_id == _File.case_id,
            ConflictOfInterest.person_id.in_((_Grant.person_id, _principal())),
            ConflictOfInterest.lifted_at.is_(None),
        )
        .correlate(_File, _Grant)
    )


def _issued_the_phone(at: datetime) -> ColumnElement[bool]:
    return (
        exists()
        .where(*_phone_of_head(at), Vault.issued_by.in_((_Grant.person_id, _principal())))
        .correlate(Record, _Grant)
    )


def _gave_the_first() -> ColumnElement[bool]:
    whose = (_Grant.person_id, _principal())
    return and_(_awaits_second(), _first(Decision.decided_by.in_(whose), Decision.acting_for.in_(whose)))


def _awaits_second() -> ColumnElement[bool]:
    return and_(Record.state == State.APPROVED_FIRST, two_levels.asked())


def _first(*by: ColumnElement[bool]) -> ColumnElement[bool]:
    return (
        exists()
        .where(
            Decision.district == Record.district,
            Decision.record_id == Record.record_id,
            Decision.kind == FIRST,
            Decision.ended_at.is_(None),
            or_(*by),
        )
        .correlate(Record, _Grant)
    )


def _phone_of_head(at: datetime) -> Sequence[ColumnElement[bool]]:
    return (
        Revision.district == Record.district,
        Revision.revision_id == Record.head_revision_id,
        Vault.district == Revision.district,
        Vault.vault_id == Revision.vault_id,
        Vault.enrolled_at > at - ISSUER_MAY_NOT_APPROVE_FOR,
    )


def related_to(person_id: UUID) -> ColumnElement[bool]:
    """Condition on `Case`: this person is related to the family, and nobody has lifted it."""
    return (
        exists()
        .where(
            ConflictOfInterest.district == Case.district,
            ConflictOfInterest.case_id == Case.case_id,
            ConflictOfInterest.person_id == person_id,
            ConflictOfInterest.lifted_at.is_(None),
        )
        .correlate(Case)
    )
