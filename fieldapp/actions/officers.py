"""Child-safety officers (春蕾安全员): a village cadre looks after single children of a family, until a day.

She sees these children by name, her own visits and her own reports (F3V, without violence), and nothing else of the
family. Her place ends by itself after its last day, as every place on a team does (actions/teams.py).
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from fieldapp.actions import apart, teams, women
from fieldapp.days import day_of
from fieldapp.errors import Problem
from fieldapp.models import audit, casefiles, feed, scope, tombstones
from fieldapp.models.accounts import Acting, Role, acting_for
from fieldapp.models.cases import Assignment, Case, TeamRole
from fieldapp.models.officers import OfficerChild
from fieldapp.models.tombstones import Kind

LAST_DAY = timedelta(days=366)  # named anew each year: nobody stays by being forgotten


def name(
    session: Session,
    acting: Acting,
    case_id: UUID,
    officer_id: UUID,
    *,
    children: Sequence[UUID],
    ends_on: date,
    is_related: bool,
    now: datetime,
) -> bool:
    """Entrust these children to a cadre of their village until a day, in the place of those she had of this family.
    False: she said that she is related; that is kept, and she gets none.

    Raises `not_found` (file, or nobody under 18 of it with this id), `visitor_not_in_region`, `conflict_of_interest`,
    `woman_worker_needed`, `visit_not_then`, `officer_dates_wrong`, `officer_needs_child`.
    """
    may = (scope.may_assign(acting), scope.files_of(acting))
    case = session.scalar(select(Case).where(Case.case_id == case_id, *may))
    if case is None:
        raise Problem("not_found")
    teams.hold_in_scope(session, case, *may)
    today = day_of(now)
    officer = acting_for(session, acting.district, officer_id)
    regions = () if officer is None else officer.regions(Role.VILLAGE)
    if not any(region and case.village_code.startswith(region) for region in regions):
        raise Problem("visitor_not_in_region")
    if not today <= ends_on <= today + LAST_DAY:
        raise Problem("officer_dates_wrong")
    if not children:
        raise Problem("officer_needs_child")
    if not set(children) <= {child["person_id"] for child in children_in(session, case, today)}:
        raise Problem("not_found")
    if is_related:
        teams.note_related(session, acting, case_id, officer_id, now)
        return False
    teams.refuse_related(session, case, officer_id)
    women.refuse(session, case, [officer_id], now)
    apart.refuse_member(session, case, officer_id)
    if has_other_place(session, case, officer_id):
        raise Problem("visitor_not_in_region")
    teams.put_on(session, case, officer_id, TeamRole.OFFICER, acting.person_id, now, ends_on)
    before = {"district": case.district, "case_id": case_id, "officer_id": officer_id}
    held = set(session.scalars(select(OfficerChild.child_id).filter_by(**before)))
    session.execute(delete(OfficerChild).filter_by(**before))
    if taken := held - set(children):
        named = {"case": str(case_id), "person": str(officer_id), "children": sorted(map(str, taken))}
        tombstones.note(session, case.district, Kind.CHILDREN_TAKEN, now, **named)
    for child_id in dict.fromkeys(children):
        session.add(OfficerChild(**before, child_id=child_id, named_at=now))
    session.flush()
    feed.tell(session, case.district, officer_id, f"case:{case_id}")
    about: dict[str, object] = {
        "case": str(case_id), "person": str(officer_id), "children": sorted(map(str, set(children))),
        "until": ends_on.isoformat(),
    }  # fmt: skip
    audit.write(session, district=case.district, actor_id=acting.person_id, act="name_officer", about=about, at=now)
    return True


def has_other_place(session: Session, case: Case, person_id: UUID) -> bool:
    """Whether she is on the team as something else: one person has one place, and an officer's would end that one."""
    row = session.get(Assignment, (case.district, case.case_id, person_id))
    return row is not None and row.ended_at is None and row.team_role != TeamRole.OFFICER


def children_in(session: Session, case: Case, today: date) -> list[dict[str, object]]:
    """The people of a file who are, or may be, under 18: each with `person_id` and `name`."""
    return [
        person for person in casefiles.people_of(session, case) if casefiles.is_minor(person.get("birth_ym"), today)
    ]
