"""Forgetting a family, or who told us of it: its key is deleted, and nothing that was sealed under it opens again.

What stays of a family is a row without content: code name, village, dates, and that it was erased. In backups it opens
until they have aged out; the tombstone log keeps a restore from bringing the key back. Who may ask for it, and what
has to be decided first: actions/rights_requests.py.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session

from fieldapp.actions import campaign_entries, entrusted_upkeep, help_come, imports, kept_apart
from fieldapp.casework.campaigns import URGENT_COLOURS
from fieldapp.casework.rights import LISTED_DAYS, LISTED_WORRY_DAYS, REJECTED_DAYS
from fieldapp.days import day_of
from fieldapp.errors import Problem
from fieldapp.models import audit, bodies, campaigns, feed, reporters, team, tombstones
from fieldapp.models.accounts import Acting, Role
from fieldapp.models.both_sides import OtherSideTask, ShelterStay
from fieldapp.models.case_events import PLAIN, CaseEvent
from fieldapp.models.cases import Assignment, Case, CaseKey, Fact, Todo, Urgent, Visit, VisitPurpose, hold
from fieldapp.models.desk_drafts import DeskDraft
from fieldapp.models.entrusting import EntrustedOut
from fieldapp.models.funds import FundLine
from fieldapp.models.key_care import KeyCare
from fieldapp.models.letters import ExtractShare, Letter
from fieldapp.models.measures import Dispatch, MeasureMove
from fieldapp.models.pens import Pen
from fieldapp.models.records import DraftCopy, Kept, Record, State
from fieldapp.models.reviews import Review
from fieldapp.models.rights_requests import ENDED, RightsRequest
from fieldapp.models.tombstones import Kind

AT_ONCE = 50  # families, and packages kept aside, in one round of the worker
_SETTLED = (State.APPROVED, State.VOID)  # every other state of a record waits for somebody


def forget_case_key(session: Session, acting: Acting, case_id: UUID, now: datetime) -> None:
    """Delete the key of one family and clear what it leaves, as data-protection officer of its region. Raises
    `not_found` for anybody else, `rights_alert_open` while a danger reported of it waits for somebody.
    """
    case = _case(session, acting, case_id)
    if session.scalar(select(_open_alert(case.district, case_id))):
        raise Problem("rights_alert_open")
    _erase(session, case, now)
    audit.write(
        session, district=case.district, actor_id=acting.person_id, act="forget_case_key",
        about={"case": str(case_id)}, at=now,
    )  # fmt: skip


def forget_reporter(session: Session, acting: Acting, case_id: UUID, now: datetime) -> None:
    """Forget who told us of one family; its file stays. As data-protection officer of its region, else `not_found`."""
    case = _case(session, acting, case_id)
    kept_apart.move_of(session, case.district, case_id)
    reporters.erase(session, case.district, case_id, now)
    tombstones.note(session, case.district, Kind.REPORTER_ERASED, now, case=str(case_id))
    audit.write(
        session, district=case.district, actor_id=acting.person_id, act="forget_reporter",
        about={"case": str(case_id)}, at=now,
    )  # fmt: skip


def clear_family(session: Session, district: str, case_id: UUID, at: datetime) -> None:
    """Delete a family's key, and whatever of it lies under another or in clear; what waits of it waits no longer. A
    restore replays it, so all of it may be done already, or the family be unknown here.
    """
    imports.forget_family(session, district, case_id)  # before the name that stands on a list opens no more
    campaign_entries.keep_codes(session, district, case_id)
    entrusted_upkeep.forget_family(session, district, case_id, at)
    bodies.erase_case_key(session, district, case_id)
    here = {"district": district, "case_id": case_id}
    for table in (
        Fact,
        Todo,
        DeskDraft,
        Pen,
        DraftCopy,
        KeyCare,
        OtherSideTask,
        ShelterStay,
    ):  # names of facts and of called forms say something by themselves
        session.execute(delete(table).filter_by(**here))
    session.execute(delete(CaseEvent).filter_by(**here).where(CaseEvent.sensitivity != PLAIN))
    empty_kept(session, district, case_id, at)
    session.execute(update(Urgent).filter_by(**here).where(Urgent.acknowledged_at.is_not(None)).values(sealed_body=b""))
    waiting = (Record.district == district, Record.case_id == case_id, Record.state.not_in(_SETTLED))
    ids = select(Record.record_id).where(Record.district == district, Record.case_id == case_id)
    session.execute(
        update(Review)
        .where(Review.district == district, Review.record_id.in_(ids), Review.closed_at.is_(None))
        .values(closed_at=at)
    )
    session.execute(update(Record).where(*waiting).values(state=State.VOID, state_at=at))
    case = session.get(Case, (district, case_id))
    if case is not None:
        case.programme = case.sealed_contact = None  # a programme is a free text
    planned = (Visit.district == district, Visit.case_id == case_id, Visit.state == "planned")
    session.execute(update(Visit).where(*planned).values(state="cancelled"))
    session.flush()


def leave_phones(session: Session, district: str, case_id: UUID, at: datetime) -> None:
    """Take a family off every list and phone: no visit of it is planned any more, and nobody is on its team."""
    planned = select(Visit).where(Visit.district == district, Visit.case_id == case_id, Visit.state == "planned")
    for visit in session.scalars(planned).all():
        visit.state = "cancelled"
        team.tell_of_visit(session, district, case_id, visit.visit_id)
    members = select(Assignment).where(
        Assignment.district == district, Assignment.case_id == case_id, Assignment.ended_at.is_(None)
    )
    for member in session.scalars(members).all():
        member.ended_at = at
        tombstones.note(
            session, district, Kind.MEMBER_ENDED, at, case=str(case_id), person=str(member.person_id)
        )  # fmt: skip
        feed.tell(session, district, member.person_id, f"case:{case_id}", kind="out")
    help_come.tell(session, district, case_id)
    session.flush()


def empty_kept(session: Session, district: str, case_id: UUID, at: datetime) -> int:
    """Empty what phones sent of a family and was kept aside, which lies under the district's key; how many packages.
    That something came stays in its row.
    """
    of_family = (Kept.district == district, Kept.case_id == case_id, Kept.sealed_package != b"")
    found = session.scalars(select(Kept).where(*of_family)).all()
    for kept in found:
        kept.sealed_package, kept.sealed_reason = b"", None
        if kept.settled_at is None:
            kept.settled_at, kept.settled_as = at, "set_aside"
    session.flush()
    return len(found)


def kept_of_erased(session: Session) -> Sequence[tuple[str, UUID]]:
    """(district, case) of erased families of which a phone sent something since. One that never had a file is none."""
    same = and_(Case.district == Kept.district, Case.case_id == Kept.case_id)
    key = exists().where(CaseKey.district == Kept.district, CaseKey.case_id == Kept.case_id)
    wanted = select(Kept.district, Kept.case_id).join(Case, same).where(Kept.sealed_package != b"", ~key).distinct()
    found = session.execute(wanted.order_by(Kept.district, Kept.case_id).limit(AT_ONCE))
    return [(district, case_id) for district, case_id in found if case_id is not None]


def rejected_over(session: Session, now: datetime) -> Sequence[tuple[str, UUID]]:
    """(district, case) of leads that came to nothing, and of households of a round that no case was made of, whose days
    are over (casework/rights.py).
    """
    wanted = select(Case.district, Case.case_id).where(_is_over(now)).order_by(Case.district, Case.case_id)
    return [(district, case_id) for district, case_id in session.execute(wanted.limit(AT_ONCE))]


def erase_rejected(session: Session, district: str, case_id: UUID, now: datetime) -> bool:
    """Erase one of them; False where something happened in it meanwhile, or where a household needs a look, as somebody
    said: that is noted, and it is kept longer.
    """
    here = (Case.district == district, Case.case_id == case_id)
    case = session.scalar(select(Case).where(*here, _is_over(now)).with_for_update())
    if case is None:
        return False
    if campaign_entries.keep_codes(session, district, case_id) and not session.scalar(
        select(Case.case_id).where(*here, _is_over(now))
    ):
        return False
    _erase(session, case, now)
    about: dict[str, object] = {"case": str(case_id)}
    audit.write(session, district=district, actor_id=None, act="erase_rejected_lead", about=about, at=now)
    return True


def _erase(session: Session, case: Case, now: datetime) -> None:
    hold(session, case)
    leave_phones(session, case.district, case.case_id, now)
    clear_family(session, case.district, case.case_id, now)
    tombstones.note(session, case.district, Kind.CASE_ERASED, now, case=str(case.case_id))


def _is_over(now: datetime) -> ColumnElement[bool]:
    # Counted from the last that happened. What was ever a danger, or is being asked about, a person decides on.
    written = select(func.max(Record.state_at)).where(Record.district == Case.district, Record.case_id == Case.case_id)
    happened = select(func.max(CaseEvent.at)).where(
        CaseEvent.district == Case.district, CaseEvent.case_id == Case.case_id
    )
    last = (Case.opened_at, written.scalar_subquery(), happened.scalar_subquery())

    def quiet(days: int) -> ColumnElement[bool]:
        return and_(*(func.coalesce(at, Case.opened_at) < now - timedelta(days=days) for at in last))

    def listed(days: int) -> ColumnElement[bool]:
        # The last day of its round, or of any other visit, counts too.
        visited = exists().where(
            Visit.district == Case.district,
            Visit.case_id == Case.case_id,
            Visit.due_on >= day_of(now) - timedelta(days=days),
        )
        return and_(campaigns.only_listed(), _by_rounds_alone(), quiet(days), ~visited)

    over = [and_(Case.state == state, quiet(days)) for state, days in REJECTED_DAYS.items()]
    over += [and_(listed(LISTED_DAYS), ~campaigns.needs_a_look(URGENT_COLOURS)), listed(LISTED_WORRY_DAYS)]
    key = exists().where(CaseKey.district == Case.district, CaseKey.case_id == Case.case_id)
    danger = exists().where(Urgent.district == Case.district, Urgent.case_id == Case.case_id)
    asked = exists().where(
        RightsRequest.district == Case.district,
        RightsRequest.case_id == Case.case_id,
        RightsRequest.state.not_in(ENDED),
    )
    return and_(or_(*over), key, ~danger, ~asked)


def _by_rounds_alone() -> ColumnElement[bool]:
    """Condition on `Case`: nothing but rounds ever came to this family. Where anything else did (a report, a visit that
    was planned, help), a person decides on it, in whatever state its file rests.
    """

    def none(table: type[Any], *more: ColumnElement[bool]) -> ColumnElement[bool]:
        return ~exists().where(table.district == Case.district, table.case_id == Case.case_id, *more)

    rows = (none(table) for table in (KeyCare, Letter, ExtractShare, MeasureMove, Dispatch, FundLine, EntrustedOut))
    return and_(
        none(Record, Record.form != campaign_entries.FORM), none(Visit, Visit.purpose != VisitPurpose.SWEEP), *rows
    )


def _open_alert(district: str, case_id: UUID) -> ColumnElement[bool]:
    return exists().where(Urgent.district == district, Urgent.case_id == case_id, Urgent.acknowledged_at.is_(None))


def _case(session: Session, acting: Acting, case_id: UUID) -> Case:
    case = session.get(Case, (acting.district, case_id))
    regions = acting.regions(Role.DATA_PROTECTION)
    if case is None or not any(case.village_code.startswith(region) for region in regions):
        raise Problem("not_found")
    return case
