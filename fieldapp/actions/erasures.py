"""Forgetting a family, or who told us of it: its key is deleted, and nothing that was sealed under it opens again.

In backups it opens until they have aged out; the tombstone log keeps a restore from bringing the key back.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from fieldapp.actions import kept_apart
from fieldapp.errors import Problem
from fieldapp.models import audit, bodies, reporters, tombstones
from fieldapp.models.accounts import Acting, Role
from fieldapp.models.cases import Case
from fieldapp.models.tombstones import Kind


def forget_case_key(session: Session, acting: Acting, case_id: UUID, now: datetime) -> None:
    """Delete the key of one family, as data-protection officer of its region. Raises `not_found` for anybody else."""
    case = _case(session, acting, case_id)
    bodies.erase_case_key(session, case.district, case_id)
    tombstones.note(session, case.district, Kind.CASE_ERASED, now, case=str(case_id))
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


def _case(session: Session, acting: Acting, case_id: UUID) -> Case:
    case = session.get(Case, (acting.district, case_id))
    regions = acting.regions(Role.DATA_PROTECTION)
    if case is None or not any(case.village_code.startswith(region) for region in regions):
        raise Problem("not_found")
    return case
