"""A visit that another county asks of us: received, made a visit of a file of its own, answered by a sealed file.

    take_request(...)  it stands on the list of supervisors of the whole county, sealed; the same again changes nothing
    open_visit(...)    a file of this county with the one person, and the visit on the lists of its visitors
    answer(...)        the approved reports of that visit, sealed for the county that asked; as often as it is needed

What our own supervisor has not approved leaves nobody's house. Photos and papers stay here: they go by post.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from fieldapp.actions import cases, extracts, minors, partner_counties, restrictions
from fieldapp.actions.entrusting import seal_for
from fieldapp.actions.findings import body_of
from fieldapp.actions.plans import plan_of
from fieldapp.casework import entrusting as rules
from fieldapp.crypto.entrusted import Kind
from fieldapp.days import day_of
from fieldapp.errors import Problem
from fieldapp.models import audit, bodies, scope
from fieldapp.models.accounts import Acting, Person
from fieldapp.models.bodies import REPORTER_FORMS
from fieldapp.models.cases import Case, Visitor, VisitPurpose
from fieldapp.models.entrusting import EntrustedIn, PartnerCounty
from fieldapp.models.records import Record, Revision, State
from sync import uploads

_PURPOSES = {"F2": VisitPurpose.INVESTIGATION, "F3": VisitPurpose.FOLLOW_UP}
LIST_MAX = 100
_CLASS = "violence"  # a whole report has answers of every class


@dataclass(frozen=True)
class Received:
    """A request as the page shows it. `said` is what the other county wrote; `code_name` of the file opened for it."""

    row: EntrustedIn
    county: str
    said: dict[str, Any]
    code_name: str
    may_answer: bool


def take_request(
    session: Session, acting: Acting, partner: PartnerCounty, content: bytes, now: datetime
) -> EntrustedIn:
    """Take a request in that this county signed. Raises `entrusted_unreadable` (also for too far a day),
    `entrusted_over`, `entrusted_form_unknown`, `entrusted_changed` (other words under a known number).
    """
    try:
        said = rules.read_request(content)
    except rules.Unreadable as error:
        raise Problem("entrusted_unreadable") from error
    if rules.is_too_far(said["expires_on"], day_of(now)):
        raise Problem("entrusted_unreadable")
    key, digest = (acting.district, said["request_id"]), hashlib.sha256(content).digest()
    if (known := _known(session, key, partner, digest)) is not None:
        return known
    if rules.is_over(said["expires_on"], day_of(now)):
        raise Problem("entrusted_over")
    plan = plan_of(session, said["form"], said["form_version"])
    if plan is None or plan.hash != said["plan_hash"]:
        raise Problem("entrusted_form_unknown")
    row = EntrustedIn(
        district=acting.district, request_id=said["request_id"], partner_id=partner.partner_id, content_hash=digest,
        expires_on=said["expires_on"], received_by=acting.person_id, received_at=now,
        sealed_request=bodies.seal_for_district(session, acting.district, *_PLACE, key, content),
    )  # fmt: skip
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:  # the same file in two windows: nobody could lock a row that was not there
        known = _known(session, key, partner, digest)
        assert known is not None
        return known
    _audit(session, acting, "take_entrusted", row, now)
    return row


def received(session: Session, acting: Acting, now: datetime) -> list[Received]:
    """What was asked of us, newest first: what waits for a file of whoever supervises the whole county, and what was
    opened in the regions she supervises.
    """
    same = (PartnerCounty.district == EntrustedIn.district) & (PartnerCounty.partner_id == EntrustedIn.partner_id)
    its_file = and_(Case.district == EntrustedIn.district, Case.case_id == EntrustedIn.case_id)
    hers = scope.files_supervised(acting)
    if scope.supervises_county(acting):
        hers = or_(EntrustedIn.case_id.is_(None), hers)
    rows = session.execute(
        select(EntrustedIn, PartnerCounty.name, Case.code_name)
        .join(PartnerCounty, same)
        .outerjoin(Case, its_file)
        .where(EntrustedIn.district == acting.district, hers)
        .order_by(EntrustedIn.received_at.desc(), EntrustedIn.request_id.desc())
        .limit(LIST_MAX)
    )
    found = []
    for row, county, code_name in rows:
        try:
            said = _said(session, row)
        except Problem:  # erased by law
            continue
        waits = row.visit_id is not None and bool(_approved(session, row, said["form"]))
        found.append(Received(row, county, said, code_name or "", waits))
    if found:
        seen: dict[str, object] = {"requests": [str(one.row.request_id) for one in found]}
        audit.note_read(session, acting, "read_entrusted", seen, now)
    return found


def open_visit(
    session: Session,
    acting: Acting,
    request_id: UUID,
    *,
    village_code: str,
    visitor_ids: Sequence[UUID],
    planned_on: date,
    now: datetime,
) -> EntrustedIn:
    """Open a file for a request, and plan its visit until the request's last day.

    Raises `not_found`, `entrusted_over`, `county_unknown`, and what `cases.open_case` and `cases.plan_visit` raise.
    """
    key = (acting.district, request_id)
    row = session.get(EntrustedIn, key, with_for_update=True, populate_existing=True)
    if row is None or row.case_id is not None or not scope.supervises_county(acting):
        raise Problem("not_found")
    if rules.is_over(row.expires_on, day_of(now)) or planned_on > row.expires_on:
        raise Problem("entrusted_over")
    if not partner_counties.is_believed(session.get_one(PartnerCounty, (row.district, row.partner_id))):
        raise Problem("county_unknown")
    said = _said(session, row)
    contact = {"safe": said["safe"], "how": _how(said)}
    person = cases.NewPerson(said["name"], None, None, "self")
    case = cases.open_case(
        session, acting, village_code=village_code, people=[person], contact=contact, programme=None, now=now
    )
    visit = cases.plan_visit(
        session, acting, case.case_id, purpose=_PURPOSES[said["form"]], visitor_ids=visitor_ids,
        planned_on=planned_on, due_on=row.expires_on, reason="asked_for", now=now,
    )  # fmt: skip
    content = bodies.open_for_district(session, row.district, *_PLACE, key, row.sealed_request)
    row.case_id, row.visit_id, row.opened_by, row.opened_at = case.case_id, visit.visit_id, acting.person_id, now
    # From here on it is the family's: erased with its key.
    row.sealed_request = bodies.seal_for_case(session, row.district, case.case_id, *_PLACE, key, content)
    session.flush()
    _audit(session, acting, "open_entrusted", row, now)
    return row


def answer(session: Session, acting: Acting, request_id: UUID, now: datetime) -> tuple[EntrustedIn, bytes]:
    """The sealed file that goes back, with its line in the share log. Raises `not_found`, `reason_needed`,
    `consent_withdrawn`, `entrusted_not_ready`, `county_card_unreadable`.
    """
    row = session.get(EntrustedIn, (acting.district, request_id), with_for_update=True, populate_existing=True)
    case = None if row is None else _case(session, acting, row)
    if row is None or case is None:
        raise Problem("not_found")
    minors.require_reason(session, acting, case, now)
    restrictions.refuse_sharing(session, case)
    partner = session.get_one(PartnerCounty, (row.district, row.partner_id))
    said = _said(session, row)
    reports = _approved(session, row, said["form"])
    if not reports or not partner_counties.is_believed(partner):
        raise Problem("entrusted_not_ready")
    same_woman = {str(case.subject_id): str(said["subject_id"])} if said["subject_id"] else {}
    told = {
        "v": rules.VERSION, "request_id": str(request_id), "office": partner_counties.office_of(session, acting),
        "visitors": _visitors(session, row), "reports": [_report(session, one, same_woman) for one in reports],
    }  # fmt: skip
    extracts.log_share(
        session, acting, case, kind="wf", name=partner.name, basis="duty", basis_text="答复委托走访",
        purpose="委托走访", sensitivity=_CLASS,
        fields=[{"label": "走访报告", "text": f"{one.form} · {one.record_id}"} for one in reports], now=now,
    )  # fmt: skip
    if row.answered_at is None:
        row.answered_by, row.answered_at = acting.person_id, now
    _audit(session, acting, "answer_entrusted", row, now)
    return row, seal_for(session, partner, Kind.ANSWER, rules.write(told))


# --- the parts --------------------------------------------------------------------------------------------------------

_PLACE = ("entrusted_in", "sealed_request")


def _known(session: Session, key: tuple[str, UUID], partner: PartnerCounty, content_hash: bytes) -> EntrustedIn | None:
    """What came under this number before, the same; None where nothing did. Raises `entrusted_changed`."""
    row = session.get(EntrustedIn, key, with_for_update=True, populate_existing=True)
    if row is not None and (row.partner_id, row.content_hash) != (partner.partner_id, content_hash):
        raise Problem("entrusted_changed")
    return row


def _how(said: dict[str, Any]) -> str:
    """What stands on the visitors' list beside the safe way: who asks, and what for, in that county's words."""
    asked = f"{said['from_name']}委托：{said['asked']}（联系人 {said['contact']} {said['contact_phone']}）"
    return "\n".join(filter(None, (said["safe_how"], said["residence"], asked)))


def _case(session: Session, acting: Acting, row: EntrustedIn) -> Case | None:
    if row.case_id is None:
        return None
    here = (Case.district == row.district, Case.case_id == row.case_id)
    return session.scalar(select(Case).where(*here, scope.files_supervised(acting)))


def _said(session: Session, row: EntrustedIn) -> dict[str, Any]:
    key = (row.district, row.request_id)
    if row.case_id is None:
        content = bodies.open_for_district(session, row.district, *_PLACE, key, row.sealed_request)
    else:
        content = bodies.open_for_case(session, row.district, row.case_id, *_PLACE, key, row.sealed_request)
    return rules.read_request(content)


def _approved(session: Session, row: EntrustedIn, form: str) -> list[Revision]:
    """The reports of the visit, where nothing of it is open any more and the one asked for is approved; else none."""
    rows = session.execute(
        select(Record, Revision)
        .join(Revision, (Revision.district == Record.district) & (Revision.revision_id == Record.head_revision_id))
        .where(
            Record.district == row.district,
            Record.case_id == row.case_id,
            Record.visit_id == row.visit_id,
            Record.form.not_in(REPORTER_FORMS),
            Record.state != State.VOID,
        )
        .order_by(Record.record_id)
    ).all()
    if not any(record.form == form for record, _ in rows) or any(one.state != State.APPROVED for one, _ in rows):
        return []
    return [revision for _, revision in rows]


def _report(session: Session, revision: Revision, same_woman: dict[str, str]) -> dict[str, Any]:
    body = body_of(session, revision)
    return {
        "record_id": str(revision.record_id), "revision_id": str(revision.revision_id), "form": revision.form,
        "form_version": revision.form_version, "recorded": body["recorded"] or {},
        "answers": _without_files(rules.renamed(body["answers"], same_woman)),
    }  # fmt: skip


def _without_files(value: Any) -> Any:
    """The answers without what names a photo, a sound or a file: its bytes do not travel along."""
    if isinstance(value, dict):
        if uploads.named_by(value):
            return None
        return {name: _without_files(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_without_files(part) for part in value]
    return value


def _visitors(session: Session, row: EntrustedIn) -> list[str]:
    same = (Visitor.district == Person.district) & (Visitor.person_id == Person.person_id)
    of_visit = (Visitor.district == row.district, Visitor.visit_id == row.visit_id)
    return list(session.scalars(select(Person.name).join(Visitor, same).where(*of_visit).order_by(Person.name)))


def _audit(session: Session, acting: Acting, act: str, row: EntrustedIn, now: datetime) -> None:
    about: dict[str, object] = {"request": str(row.request_id), "county": row.partner_id}
    if row.case_id is not None:
        about["case"] = str(row.case_id)
    audit.write(session, district=row.district, actor_id=acting.person_id, act=act, about=about, at=now)
