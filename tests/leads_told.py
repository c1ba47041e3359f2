"""Leads as phones bring them: an intake note (F1) taken down without a link, and what the server made of it."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp.actions.findings import body_of
from fieldapp.forms.library import plans
from fieldapp.forms.schema import schema_for
from fieldapp.models.cases import Case
from fieldapp.models.records import Record, Revision
from tests.factories import County
from tests.phones import Phone

TOLD = {"channel": "walk_in", "danger_now": "no", "summary": "来访反映生活困难"}


def take(phone: Phone, county: County, **answers: Any) -> Any:
    """A lead written on this phone and not sent yet; its item. It holds what the form may hold, or this raises."""
    told = {**TOLD, "residence_region": county.village, **answers}
    schema_for(plans()["F1"]).load({"lead": told})
    about: dict[str, Any] = {"case_id": UUID(phone.new_id()), "visit_id": phone.new_id()}
    return phone.fill_in(county, form="F1", body={"answers": {"lead": told}}, **about)


def case_of(session: Session, item: Any) -> Case:
    """The file that a lead opened."""
    found = session.scalars(select(Case).where(Case.case_id == UUID(item.head["case_id"]))).one()
    session.commit()  # who reads on holds up the next exchange
    return found


def stored(session: Session, item: Any) -> dict[str, Any]:
    """What the server keeps of a lead, opened again."""
    record = session.scalars(select(Record).where(Record.record_id == UUID(item.head["record_id"]))).one()
    head = session.get_one(Revision, (record.district, record.head_revision_id))
    lead: dict[str, Any] = body_of(session, head)["answers"]["lead"]
    session.commit()
    return lead
