"""A change of what somebody's phone may hold, told by the feed: what comes, what goes, and nothing that stays as it is.

    moved      her regions changed and her roles did not: families, long lists and divisions at the edges alone
    policy     what administrators decided about phones: herself, and families whose preload is another

Only where the cut itself is another (another role reads other parts of the same family) does a phone pull everything
afresh, by its person's view version: then every bundle differs, and nothing of the old cut may stay. So it does where
divisions were merged (regions.py): once in years, and for a whole county at once.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from fieldapp.actions import lists
from fieldapp.days import day_of
from fieldapp.models import bundles, feed
from fieldapp.models.accounts import Acting, RoleGrant
from fieldapp.models.cases import Assignment, Case, Visit, Visitor
from fieldapp.models.feed import FeedRow
from fieldapp.models.policies import EVERY_ROLE
from fieldapp.models.vaults import Vault, VaultState
from sync.codes import Change

PRELOAD_H_MAX = 168  # the bound of the rule `preload_h`


def is_same_cut(before: Acting, after: Acting) -> bool:
    """Whether she holds the same roles, wherever: then the same family looks the same to her, or is out of sight."""
    return {role for role, _ in before.grants} == {role for role, _ in after.grants}


def moved(session: Session, before: Acting, after: Acting, now: datetime) -> None:
    """Tell her phones of a change of her regions. Each family is rendered when it is fetched: what she may not see any
    more goes out then.
    """
    here = (after.district, after.person_id)
    feed.tell(session, *here, "me")
    for case_id, village_code in _families(session, after):
        if _roles_in(before, village_code) != _roles_in(after, village_code):
            feed.tell(session, *here, f"case:{case_id}")
    of_hers = (FeedRow.district == here[0], FeedRow.person_id == here[1], FeedRow.kind == Change.PUT)
    plans = session.scalars(select(FeedRow.ref).where(*of_hers, FeedRow.ref.like("plan:%"))).all()
    if plans:  # else no phone of hers ever asked
        lists.tell(session, after, plans)
        lists.tell_regions(session, after, day_of(now))


def policy(session: Session, district: str, region_code: str, role: str, *, preloads: bool, now: datetime) -> None:
    """Tell the phones of everybody with such a role there; `preloads`: also the families of visits that are near."""
    held = exists().where(
        RoleGrant.district == Vault.district,
        RoleGrant.person_id == Vault.person_id,
        RoleGrant.ended_at.is_(None),
        RoleGrant.region_code.startswith(region_code, autoescape=True),
        *(() if role == EVERY_ROLE else (RoleGrant.role == role,)),
    )
    # A suspended phone may be given back; who has none is told everything when she gets one.
    has_phone = select(Vault.person_id).where(Vault.district == district, Vault.state != VaultState.REVOKED, held)
    people = set(session.scalars(has_phone.distinct()))
    for person_id in people:
        feed.tell(session, district, person_id, "me")
    if not preloads:
        return
    last = bundles.last_day_preloaded(now, PRELOAD_H_MAX)
    near = (
        select(Visitor.person_id, Visit.case_id)
        .join(Visit, (Visit.district == Visitor.district) & (Visit.visit_id == Visitor.visit_id))
        .where(
            Visit.district == district,
            Visit.state == "planned",
            Visit.planned_on >= day_of(now) - timedelta(days=1),
            Visit.planned_on <= last,
        )
    )
    for person_id, case_id in session.execute(near.distinct()):
        if person_id in people:
            feed.tell(session, district, person_id, f"case:{case_id}")


def _families(session: Session, acting: Acting) -> list[tuple[UUID, str]]:
    """Those she is assigned to, and those a phone of hers was told of."""
    here = (acting.district, acting.person_id)
    assigned = exists().where(
        Assignment.district == Case.district,
        Assignment.case_id == Case.case_id,
        Assignment.person_id == here[1],
        Assignment.ended_at.is_(None),
    )
    told = session.scalars(
        select(FeedRow.ref).where(
            FeedRow.district == here[0],
            FeedRow.person_id == here[1],
            FeedRow.kind == Change.PUT,
            FeedRow.ref.like("case:%"),
        )
    )
    told_ids = [UUID(ref[5:]) for ref in told]
    rows = session.execute(
        select(Case.case_id, Case.village_code)
        .where(Case.district == here[0], or_(assigned, Case.case_id.in_(told_ids)))
        .order_by(Case.case_id)
    )
    return [(case_id, village_code) for case_id, village_code in rows]


def _roles_in(acting: Acting, village_code: str) -> frozenset[str]:
    return frozenset(role for role, region in acting.grants if region and village_code.startswith(region))
