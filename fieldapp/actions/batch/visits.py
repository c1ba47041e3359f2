"""Visits that nobody planned: made by the first report that comes of one."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import select

from fieldapp.actions.batch.base import Batch, among, claimed_time
from fieldapp.days import day_of
from fieldapp.models import bundles, forms
from fieldapp.models.accounts import Role, RoleGrant
from fieldapp.models.cases import Visit, Visitor, VisitPurpose
from sync.store import Head

REASON_OF_A_NEW_VISIT = "asked_for"
# What a visit was that nobody planned, by the first form that came of it.
_PURPOSES = {
    "F1": VisitPurpose.INTAKE,
    "F1R": VisitPurpose.INTAKE,
    "F2": VisitPurpose.INVESTIGATION,
    "F3V": VisitPurpose.VILLAGE_FOLLOW_UP,
    "F10": VisitPurpose.SWEEP,
}


def make(batch: Batch, head: Head, case_id: UUID, visit_id: UUID, body: Any) -> None:
    """Make the visit this report says it came of; it stands on the lists of those who were there."""
    form = head.form or ""
    purpose = _PURPOSES.get(form, VisitPurpose.FOLLOW_UP)
    day = day_of(claimed_time(head.device_time))
    batch.rows[Visit].append(
        {
            "district": batch.district,
            "visit_id": visit_id,
            "case_id": case_id,
            "purpose": purpose.value,
            "forms": form,
            "planned_on": day,
            "due_on": day,
            "reason": REASON_OF_A_NEW_VISIT,
            "state": "done" if purpose is VisitPurpose.INTAKE else "planned",
            "created_at": batch.now,
            "created_by": batch.sender.person_id,
        }
    )
    said = {UUID(str(person_id)) for person_id in body.get("visitors") or []}
    known = _who_fill_in(batch, form, said) if said else ()
    for person_id in {batch.sender.person_id, *known}:
        batch.rows[Visitor].append({"district": batch.district, "visit_id": visit_id, "person_id": person_id})


def _who_fill_in(batch: Batch, form: str, person_ids: Iterable[UUID]) -> Iterable[UUID]:
    """Of those who were there the ones on whose lists the visit may stand. All are named in the answers; but on a
    village cadre's list it would tell her that there is a risk assessment, or a lead.
    """
    of_library = {role for role, listed in bundles.FORMS_OF_ROLE.items() if form in listed}
    roles = [role for role in Role if role in of_library or form in forms.given_to(batch.session, [role])]
    return batch.session.scalars(
        select(RoleGrant.person_id).where(
            RoleGrant.district == batch.district,
            RoleGrant.ended_at.is_(None),
            RoleGrant.role.in_(roles),
            among(RoleGrant.person_id, person_ids),
        )
    )
