"""The team of a case: who is on it as what, until when; who is related to the family and therefore is not."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from fieldapp.actions import apart, case_events, women
from fieldapp.casework.happened import Happened
from fieldapp.days import day_of
from fieldapp.errors import Problem
from fieldapp.models import audit, feed, scope, tombstones
from fieldapp.models.accounts import Acting, Role, acting_for
from fieldapp.models.cases import Assignment, Case, CaseKey, ConflictOfInterest, TeamRole, hold
from fieldapp.models.tombstones import Kind

# Which role in a region each place on a team needs. An entrusted visitor comes with her visit (actions/cases.py).
NEEDS: dict[TeamRole, tuple[Role, ...]] = {
    TeamRole.LEAD: (Role.CASEWORKER,),
    TeamRole.VISITOR: (Role.CASEWORKER,),
    TeamRole.MEMBER: (Role.CASEWORKER, Role.PROCURATORATE),
    TeamRole.VILLAGE: (Role.VILLAGE,),
}


def add_member(
    session: Session,
    acting: Acting,
    case_id: UUID,
    person_id: UUID,
    *,
    team_role: TeamRole,
    ends_on: date | None,
    is_related: bool,
    now: datetime,
) -> bool:
    """Put somebody on the team of a case, until a day where it is known. False: she said that she is related to the
    family; that is kept, and she is not put on it. Nobody need ask her here: her phone asks before it shows a name.

    Raises `not_found`, `visitor_not_in_region`, `conflict_of_interest`, `team_dates_wrong`, `visit_not_then`,
    `woman_worker_needed`.
    """
    case = _case(session, acting, case_id)
    # Who is related, whether women are asked for, and who meets him: nothing slips by.
    hold_in_scope(session, case, scope.may_assign(acting))
    member = acting_for(session, acting.district, person_id)
    regions = () if member is None or team_role not in NEEDS else member.regions(*NEEDS[team_role])
    if not any(code and case.village_code.startswith(code) for code in regions):
        raise Problem("visitor_not_in_region")
    if ends_on is not None and ends_on < day_of(now):
        raise Problem("team_dates_wrong")
    if is_related:
        note_related(session, acting, case_id, person_id, now)
        return False
    refuse_related(session, case, person_id)
    women.refuse(session, case, [person_id], now)
    apart.refuse_member(session, case, person_id)
    put_on(session, case, person_id, team_role, acting.person_id, now, ends_on)
    feed.tell(session, case.district, person_id, f"case:{case_id}")
    case_events.note(session, case, Happened.TEAM_CHANGED, now=now, by=acting.person_id)
    _audit(session, acting, "add_member", case, now, person=str(person_id), team_role=team_role.value)
    return True


def hold_in_scope(session: Session, case: Case, *conditions: ColumnElement[bool]) -> None:
    """Lock a family, and ask once more what was asked to find it: while she waited it may have been erased, or closed
    to everybody. Raises `not_found`.
    """
    hold(session, case)
    key = exists().where(CaseKey.district == Case.district, CaseKey.case_id == Case.case_id)
    here = (Case.district == case.district, Case.case_id == case.case_id)
    if session.scalar(select(Case.case_id).where(*here, key, *conditions)) is None:
        raise Problem("not_found")


def put_on(
    session: Session,
    case: Case,
    person_id: UUID,
    team_role: TeamRole,
    named_by: UUID,
    now: datetime,
    ends_on: date | None = None,
) -> None:
    """The row of a member: a new one, or the ended one of an earlier time opened again."""
    key = (case.district, case.case_id, person_id)
    row = session.get(Assignment, key)
    if row is None:
        row = Assignment(district=key[0], case_id=key[1], person_id=key[2])
        session.add(row)
    row.started_at, row.ended_at = now, None
    row.team_role, row.ends_on, row.named_by = team_role, ends_on, named_by
    session.flush()


def note_related(session: Session, acting: Acting, case_id: UUID, person_id: UUID, now: datetime) -> None:
    """Somebody is related to the family: from now on she neither sees it nor decides on it. One says it of oneself, or
    who keeps the team says it of another. Raises `not_found`.
    """
    condition = scope.cases_of(acting) if person_id == acting.person_id else scope.may_assign(acting)
    case = session.scalar(select(Case).where(Case.district == acting.district, Case.case_id == case_id, condition))
    if case is None or acting_for(session, acting.district, person_id) is None:
        raise Problem("not_found")
    hold(session, case)
    _keep_away(session, case, person_id, acting.person_id, now)


def say_related(session: Session, district: str, case_id: UUID, person_id: UUID, now: datetime) -> bool:
    """Her own report says it of her. False where it is known already, or there is no such file.

    Whether she sees the family at this moment is not asked: a report that was kept aside is taken in by another, and
    perhaps after she left the family or the office.
    """
    case = session.get(Case, (district, case_id), with_for_update={"key_share": True})
    row = session.get(ConflictOfInterest, (district, case_id, person_id))
    if case is None or (row is not None and row.lifted_at is None):
        return False
    _keep_away(session, case, person_id, person_id, now)
    return True


def lift_related(session: Session, acting: Acting, case_id: UUID, person_id: UUID, now: datetime) -> None:
    """Take back what was entered by mistake. Never by the person herself: she does not see the case any more."""
    case = _case(session, acting, case_id)
    row = session.get(ConflictOfInterest, (case.district, case_id, person_id), with_for_update=True)
    if row is None or row.lifted_at is not None:
        raise Problem("not_found")
    row.lifted_by, row.lifted_at = acting.person_id, now
    _audit(session, acting, "lift_related", case, now, person=str(person_id))


def refuse_related(session: Session, case: Case, person_id: UUID) -> None:
    """Raises `conflict_of_interest` for somebody who is related to this family."""
    row = session.get(ConflictOfInterest, (case.district, case.case_id, person_id))
    if row is not None and row.lifted_at is None:
        raise Problem("conflict_of_interest")


def over(session: Session, now: datetime) -> list[tuple[str, UUID, UUID]]:
    """(district, case, person) of members whose last day is over."""
    rows = session.execute(
        select(Assignment.district, Assignment.case_id, Assignment.person_id).where(
            Assignment.ended_at.is_(None), Assignment.ends_on < day_of(now)
        )
    )
    return [(district, case_id, person_id) for district, case_id, person_id in rows]


def end_over(session: Session, district: str, case_id: UUID, person_id: UUID, now: datetime) -> None:
    """End one of them; nothing where somebody gave her more time meanwhile."""
    case = session.get_one(Case, (district, case_id))
    hold(session, case)  # a visit that is being planned may give her more time
    row = session.get(Assignment, (district, case_id, person_id), with_for_update=True)
    if row is None or row.ended_at is not None or row.ends_on is None or row.ends_on >= day_of(now):
        return
    row.ended_at = now
    case_events.note(session, case, Happened.TEAM_CHANGED, now=now)
    tombstones.note(session, district, Kind.MEMBER_ENDED, now, case=str(case_id), person=str(person_id))
    feed.tell(session, district, person_id, f"case:{case_id}", kind="out")
    about: dict[str, object] = {"case": str(case_id), "person": str(person_id)}
    audit.write(session, district=district, actor_id=None, act="end_member", about=about, at=now)


def _keep_away(session: Session, case: Case, person_id: UUID, said_by: UUID, now: datetime) -> None:
    key = (case.district, case.case_id, person_id)
    row = session.get(ConflictOfInterest, key)
    if row is None:
        row = ConflictOfInterest(district=key[0], case_id=key[1], person_id=key[2])
        session.add(row)
    row.said_by, row.said_at, row.lifted_by, row.lifted_at = said_by, now, None, None
    named = {"case": str(case.case_id), "person": str(person_id)}
    # She left the team by the same line.
    tombstones.note(session, case.district, Kind.RELATED, now, **named, by=str(said_by))
    member = session.get(Assignment, key)
    if member is not None and member.ended_at is None:
        member.ended_at = now
        case_events.note(session, case, Happened.TEAM_CHANGED, now=now)  # who said why is no colleague's to read
        feed.tell(session, case.district, person_id, f"case:{case.case_id}", kind="out")
    feed.tell(session, case.district, person_id, "me")  # may name the family, where its help came
    audit.write(session, district=case.district, actor_id=said_by, act="note_related", about={**named}, at=now)


def _case(session: Session, acting: Acting, case_id: UUID) -> Case:
    case = session.scalar(select(Case).where(Case.case_id == case_id, scope.may_assign(acting)))
    if case is None:
        raise Problem("not_found")
    return case


def _audit(session: Session, acting: Acting, act: str, case: Case, now: datetime, **about: object) -> None:
    named = {"case": str(case.case_id), **about}
    audit.write(session, district=case.district, actor_id=acting.person_id, act=act, about=named, at=now)
