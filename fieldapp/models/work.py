"""How much work waits for somebody: a number, for a message that says nothing else (actions/hooks.py)."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fieldapp.models import agendas, measures, queue
from fieldapp.models.accounts import Account, Acting, Person, Role, RoleGrant
from fieldapp.models.cases import Visit, Visitor
from fieldapp.models.records import Record, State

ON_PHONES = (Role.CASEWORKER, Role.VILLAGE)


def people_with(session: Session, roles: Collection[Role]) -> list[tuple[str, UUID, str]]:
    """(district, person id, login) of the active people who hold one of these roles themselves, in order."""
    grant = (RoleGrant.district == Person.district) & (RoleGrant.person_id == Person.person_id)
    account = (Account.district == Person.district) & (Account.person_id == Person.person_id)
    asked = (
        select(Person.district, Person.person_id, Account.login)
        .join(RoleGrant, grant)
        .join(Account, account)
        .where(
            Person.active.is_(True),
            RoleGrant.ended_at.is_(None),
            RoleGrant.for_person_id.is_(None),
            RoleGrant.role.in_([role.value for role in roles]),
        )
        .order_by(Person.district, Person.person_id, Account.login)
        .distinct()
    )
    return [(district, person_id, login) for district, person_id, login in session.execute(asked)]


def waiting_for(session: Session, acting: Acting) -> int:
    """What waits for her: at the desk reports to review, alerts, work kept aside, families of which something is
    overdue, tasks of her department; on the phone planned visits and what came back.
    """
    found = 0
    if acting.has(Role.SUPERVISOR):
        states = queue.counts_by_state(session, acting, (State.SUBMITTED,))
        found += states.get(State.SUBMITTED, 0) + queue.second_approvals(session, acting)
        found += len(queue.open_alerts(session, acting)) + len(queue.open_kept(session, acting))
        found += agendas.overdue_for(session, acting) + agendas.overdue_above(session, acting)
    if acting.has(Role.LIAISON):
        found += measures.waiting_for(session, acting)
    if acting.has(*ON_PHONES):
        hers = (Visitor.district == Visit.district, Visitor.visit_id == Visit.visit_id)
        planned = select(func.count()).where(
            Visit.district == acting.district, Visit.state == "planned", *hers, Visitor.person_id == acting.person_id
        )
        returned = select(func.count()).where(
            Record.district == acting.district, Record.author_id == acting.person_id, Record.state == State.RETURNED
        )
        found += (session.scalar(planned) or 0) + (session.scalar(returned) or 0)
    return found
