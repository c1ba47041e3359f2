"""Who is told of what happens to a family: only who may see it. A cut role must not even notice that something did."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, exists, select
from sqlalchemy.orm import Session

from fieldapp.models import feed, plain, tombstones
from fieldapp.models.accounts import Role, RoleGrant
from fieldapp.models.cases import Assignment, TeamRole, Visit, Visitor
from fieldapp.models.records import Record

_READERS = (
    select(Assignment.__table__.c.case_id, Assignment.__table__.c.person_id)
    .join(
        RoleGrant.__table__,
        (RoleGrant.__table__.c.district == Assignment.__table__.c.district)
        & (RoleGrant.__table__.c.person_id == Assignment.__table__.c.person_id),
    )
    .where(
        Assignment.__table__.c.district == bindparam("district"),
        Assignment.__table__.c.case_id.in_(bindparam("ids", expanding=True)),
        Assignment.__table__.c.ended_at.is_(None),
        Assignment.__table__.c.team_role != TeamRole.ENTRUSTED,
        RoleGrant.__table__.c.role == Role.CASEWORKER,
        RoleGrant.__table__.c.ended_at.is_(None),
    )
)


def readers_of(session: Session, district: str, case_ids: Iterable[UUID]) -> dict[UUID, set[UUID]]:
    """Who has these families on her phone and may see their reports: caseworkers on the case with a running grant.
    Whoever makes an entrusted visit may not.
    """
    told: dict[UUID, set[UUID]] = {}
    for case_id, person_id in plain.ask(session, _READERS, case_ids, district=district):
        told.setdefault(case_id, set()).add(person_id)
    return told


def tell_of_record(session: Session, record: Record) -> None:
    """Something about this report changed: its author hears of it, and who reads the family's reports."""
    readers = readers_of(session, record.district, [record.case_id]).get(record.case_id, set())
    _tell(session, record.district, record.case_id, {*readers, record.author_id})


def tell_of_case(session: Session, district: str, case_id: UUID) -> None:
    """The case itself moved: who reads the family's file on her phone hears of it, and no village cadre does."""
    _tell(session, district, case_id, readers_of(session, district, [case_id]).get(case_id, set()))


def tell_of_visit(session: Session, district: str, case_id: UUID, visit_id: UUID) -> None:
    """A visit was planned, made or taken off: it stands on the lists of its visitors, and on nobody else's."""
    visitors = select(Visitor.person_id).where(Visitor.district == district, Visitor.visit_id == visit_id)
    _tell(session, district, case_id, set(session.scalars(visitors)))


def end_entrusted(session: Session, district: str, case_id: UUID, visit_id: UUID, now: datetime) -> None:
    """Whoever made or was to make this visit in trust leaves the case, unless another visit of hers is planned."""
    session.flush()
    planned = exists().where(
        Visit.district == Assignment.district,
        Visit.case_id == Assignment.case_id,
        Visit.state == "planned",
        Visitor.district == Visit.district,
        Visitor.visit_id == Visit.visit_id,
        Visitor.person_id == Assignment.person_id,
    )
    visitors = select(Visitor.person_id).where(Visitor.district == district, Visitor.visit_id == visit_id)
    places = select(Assignment).where(
        Assignment.district == district,
        Assignment.case_id == case_id,
        Assignment.person_id.in_(visitors),
        Assignment.team_role == TeamRole.ENTRUSTED,
        Assignment.ended_at.is_(None),
        ~planned.correlate(Assignment),
    )
    for place in session.scalars(places).all():
        place.ended_at = now
        named = {"case": str(case_id), "person": str(place.person_id)}
        tombstones.note(session, district, tombstones.Kind.MEMBER_ENDED, now, **named)
        feed.tell(session, district, place.person_id, f"case:{case_id}", kind="out")


def _tell(session: Session, district: str, case_id: UUID, people: set[UUID]) -> None:
    for person_id in people:
        feed.tell(session, district, person_id, f"case:{case_id}")
