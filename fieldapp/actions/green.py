"""The green channel: a family that is served first, by a person who is named, for a reason, until somebody ends it.

Given, it sorts its family first on every list of the desk and shortens our own limits (casework/limits.py, `green`);
what the law sets stays as it is. Who sees only that there is a file does not learn of it.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp.actions import case_events
from fieldapp.casework.happened import Happened
from fieldapp.errors import Problem
from fieldapp.models import audit, scope, team
from fieldapp.models.accounts import Acting, Person, Role, acting_for, people_with_role
from fieldapp.models.cases import Case, ConflictOfInterest

HANDLERS = (Role.CASEWORKER, Role.SUPERVISOR, Role.PROCURATORATE)


def give(session: Session, acting: Acting, case_id: UUID, handler_id: UUID, reason: str, now: datetime) -> None:
    """Put a family on the green channel, with the one person who sees to it; given again, another sees to it.

    Raises `not_found`, `say_why`, `text_too_long`, `handler_not_suitable`.
    """
    case = _case(session, acting, case_id)
    reason = case_events.said_why(reason)
    handler = acting_for(session, case.district, handler_id)
    regions = () if handler is None else handler.regions(*HANDLERS)
    if not any(region and case.village_code.startswith(region) for region in regions) or _is_related(
        session, case, handler_id
    ):
        raise Problem("handler_not_suitable")
    case.green_since, case.green_handler_id = case.green_since or now, handler_id
    _note(session, acting, case, Happened.GREEN_GIVEN, "give_green_channel", reason, now, handler_id)


def end(session: Session, acting: Acting, case_id: UUID, reason: str, now: datetime) -> None:
    """Take a family off the green channel, with a reason. Raises `not_found` where it is not on it, `say_why`."""
    case = _case(session, acting, case_id)
    if case.green_since is None:
        raise Problem("not_found")
    reason = case_events.said_why(reason)
    case.green_since = case.green_handler_id = None
    _note(session, acting, case, Happened.GREEN_ENDED, "end_green_channel", reason, now)


def handler_of(session: Session, case: Case) -> str:
    """The name of who sees to it; empty where the family is not on the channel."""
    if case.green_handler_id is None:
        return ""
    return session.get_one(Person, (case.district, case.green_handler_id)).name


def may_give(session: Session, acting: Acting, case: Case) -> bool:
    """Whether giving and ending it is hers: of who supervises the family's region."""
    here = (Case.district == case.district, Case.case_id == case.case_id, scope.files_supervised(acting))
    return session.scalar(select(Case.case_id).where(*here)) is not None


def handlers_for(session: Session, case: Case) -> list[Person]:
    """Who can see to this family, by name: who works in its village and is not related to it."""
    people = {
        person.person_id: person
        for role in HANDLERS
        for person, region in people_with_role(session, case.district, role)
        if region and case.village_code.startswith(region) and not _is_related(session, case, person.person_id)
    }
    return sorted(people.values(), key=lambda person: (person.name, str(person.person_id)))


def _case(session: Session, acting: Acting, case_id: UUID) -> Case:
    case = session.scalar(
        select(Case)
        .where(Case.case_id == case_id, scope.files_supervised(acting))
        .with_for_update(of=Case, key_share=True)
        .execution_options(populate_existing=True)
    )
    if case is None:
        raise Problem("not_found")
    return case


def _is_related(session: Session, case: Case, person_id: UUID) -> bool:
    row = session.get(ConflictOfInterest, (case.district, case.case_id, person_id))
    return row is not None and row.lifted_at is None


def _note(
    session: Session,
    acting: Acting,
    case: Case,
    kind: Happened,
    act: str,
    reason: str,
    now: datetime,
    handler_id: UUID | None = None,
) -> None:
    case_events.note(session, case, kind, now=now, by=acting.person_id, ref=handler_id, details={"reason": reason})
    team.tell_of_case(session, case.district, case.case_id)
    named: dict[str, object] = {"case": str(case.case_id)}
    if handler_id is not None:
        named["person"] = str(handler_id)
    audit.write(session, district=case.district, actor_id=acting.person_id, act=act, about=named, at=now)
