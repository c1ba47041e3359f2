"""Asking another county's server for one visit, by a sealed file, and taking its answer back into the case.

    entrust(...)      a request, its visit in the case, a line of the share log; `file_of` seals it, again if need be
    take_answer(...)  the reports of that visit become ours: their author is that county, and they wait for our review

The same answer again changes nothing; another one after it is refused and kept (actions/entrusted_files.py). Taking the
visit off the file (cases.cancel_visit) withdraws the request: what is answered then is refused too.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from marshmallow import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp.actions import case_events, extracts, letters, minors, partner_counties, restrictions
from fieldapp.actions.case_steps import after_plan
from fieldapp.actions.partner_counties import is_believed
from fieldapp.actions.plans import plan_of
from fieldapp.actions.records import SqlStore
from fieldapp.casework import entrusting as rules
from fieldapp.casework.happened import Happened
from fieldapp.casework.letters.kinds import PAPERS
from fieldapp.casework.letters.kinds import Kind as Paper
from fieldapp.crypto import entrusted as crypto
from fieldapp.crypto.signatures import PublicPoint
from fieldapp.days import day_of, day_typed
from fieldapp.db import milliseconds
from fieldapp.errors import Problem
from fieldapp.forms.schema import is_plainly_right, schema_for
from fieldapp.ids import uuid7
from fieldapp.models import audit, bodies, casefiles, forms, scope, server_keys
from fieldapp.models.accounts import Acting
from fieldapp.models.cases import Case, Visit, Visitor, VisitPurpose, hold
from fieldapp.models.entrusting import EntrustedOut, PartnerCounty
from fieldapp.models.records import Record, Revision, State
from sync import messages, wire
from sync.store import Head, Item, Sender, Signature

ANSWER_DAYS = 30  # a visit made on its last day is still written up, approved and carried back
_PURPOSES = {"F2": VisitPurpose.INVESTIGATION, "F3": VisitPurpose.FOLLOW_UP}
_VISIT_FORMS = {"F2": "F0 F2", "F3": "F3"}
_ANSWERED_BY = frozenset({"F0", "F2", "F3", "F5", "F6"})  # the visit's forms, and what these call for
_TYPED = {"residence": rules.LINE_MAX, "asked": rules.TEXT_MAX, "contact": rules.NAME_MAX, "contact_phone": 30}


@dataclass(frozen=True)
class Asked:
    """A request of ours as the page of a case shows it. `visitors` made the visit, where it was answered."""

    row: EntrustedOut
    county: str
    visitors: list[str]


def entrust(
    session: Session, acting: Acting, case_id: UUID, partner_id: str, typed: Mapping[str, str], now: datetime
) -> EntrustedOut:
    """Ask for one visit. `typed`: residence, asked, contact, contact_phone, form, expires_on, basis, basis_text.

    Raises `not_found` (case, county), `consent_withdrawn`, `letter_lacks_safe_contact`, `letter_needs_words`,
    `share_needs_words` (no ground), `share_without_consent`, `visit_dates_reversed`,
    `visit_not_then` (too far a day), `reason_needed`.
    """
    case = letters.case_for_letters(session, acting, case_id, now)
    partner = session.get(PartnerCounty, (acting.district, partner_id))
    if not letters.may_make(acting, case, Paper.ENTRUSTED) or partner is None or not is_believed(partner):
        raise Problem("not_found")
    restrictions.refuse_sharing(session, case)
    words = {name: typed.get(name, "").strip()[:most] for name, most in _TYPED.items()}
    form, last_day = typed.get("form", ""), day_typed(typed.get("expires_on", ""))
    version = forms.running(session, form) if form in rules.FORMS else None
    plan = None if version is None else plan_of(session, form, version)
    if not (words["residence"] and words["asked"] and words["contact"]) or plan is None or last_day is None:
        raise Problem("letter_needs_words")
    if last_day < day_of(now):
        raise Problem("visit_dates_reversed")
    if rules.is_too_far(last_day, day_of(now)):
        raise Problem("visit_not_then")
    file = casefiles.file_of(session, acting, case_id)
    contact = (file and file.contact) or {}
    subject = next((one for one in (file and file.people) or [] if one["is_subject"]), None)
    if contact.get("safe") not in rules.SAFE or subject is None:
        raise Problem("letter_lacks_safe_contact")
    request_id = uuid7(milliseconds(now))
    said = {
        "v": rules.VERSION, "request_id": str(request_id), "from_name": partner_counties.office_of(session, acting),
        **words, "name": str(subject["name"])[: rules.NAME_MAX], "subject_id": str(subject["person_id"]),
        "safe": contact["safe"], "safe_how": str(contact.get("how", ""))[:300], "form": form,
        "form_version": plan.version, "plan_hash": plan.hash, "expires_on": last_day.isoformat(),
    }  # fmt: skip
    visit = _visit(session, acting, case, partner, form, last_day, now)
    _log(session, acting, case, partner, said, typed, now)
    row = EntrustedOut(
        district=case.district, request_id=request_id, case_id=case_id, visit_id=visit.visit_id,
        partner_id=partner_id, form=form, form_version=plan.version, expires_on=last_day,
        sealed_request=_seal(session, case, "sealed_request", request_id, rules.write(said)),
        made_by=acting.person_id, made_at=now,
    )  # fmt: skip
    session.add(row)
    session.flush()
    _note(session, acting, row, Happened.VISIT_ENTRUSTED, now)
    _audit(session, acting, "entrust_visit", row, now)
    return row


def file_of(session: Session, acting: Acting, request_id: UUID, now: datetime) -> tuple[EntrustedOut, bytes]:
    """The sealed file of a request that runs; sealed anew each time, with the same content.

    Raises `not_found`, `entrusted_over`, `reason_needed`, `consent_withdrawn`.
    """
    row = _row(session, acting, request_id)
    partner = session.get_one(PartnerCounty, (row.district, row.partner_id))
    if not _is_open(session, row) or rules.is_over(row.expires_on, day_of(now)) or not is_believed(partner):
        raise Problem("entrusted_over")
    case = session.get_one(Case, (row.district, row.case_id))
    minors.require_reason(session, acting, case, now)
    restrictions.refuse_sharing(session, case)
    content = _opened(session, row, "sealed_request", row.sealed_request)
    _audit(session, acting, "give_entrusted", row, now)
    return row, seal_for(session, partner, crypto.Kind.REQUEST, content)


def requests_of(session: Session, acting: Acting, case: Case) -> list[Asked]:
    """The requests of a file whose papers she may see, newest first; none for who may not make one."""
    if not letters.may_make(acting, case, Paper.ENTRUSTED):
        return []
    same = (PartnerCounty.district == EntrustedOut.district) & (PartnerCounty.partner_id == EntrustedOut.partner_id)
    rows = session.execute(
        select(EntrustedOut, PartnerCounty.name)
        .join(PartnerCounty, same)
        .where(EntrustedOut.district == case.district, EntrustedOut.case_id == case.case_id)
        .order_by(EntrustedOut.request_id.desc())
    )
    return [Asked(row, name, _visitors(session, row)) for row, name in rows]


def take_answer(
    session: Session, acting: Acting, partner: PartnerCounty, file: tuple[bytes, str, bytes], now: datetime
) -> EntrustedOut:
    """Take an answer in: `file` is content, signed text and signature, checked already to be this county's.

    Raises `entrusted_unreadable`, `entrusted_unasked` (no request of ours to this county, or of a family that is not
    hers to supervise), `entrusted_changed`, `entrusted_over`, `entrusted_form_unknown`.
    """
    content, text, signature = file
    try:
        said = rules.read_answer(content)
    except rules.Unreadable as error:
        raise Problem("entrusted_unreadable") from error
    row = session.get(EntrustedOut, (acting.district, said["request_id"]), with_for_update=True, populate_existing=True)
    if row is None or row.partner_id != partner.partner_id or not _supervises(session, acting, row.case_id):
        raise Problem("entrusted_unasked")
    digest = hashlib.sha256(content).digest()
    if row.answer_hash is not None:
        if row.answer_hash != digest:
            raise Problem("entrusted_changed")
        return row
    if not _is_open(session, row) or day_of(now) > row.expires_on + timedelta(days=ANSWER_DAYS):
        raise Problem("entrusted_over")
    if not any((one["form"], one["form_version"]) == (row.form, row.form_version) for one in said["reports"]):
        raise Problem("entrusted_form_unknown")
    store_items = [_item(session, row, partner, report, now) for report in said["reports"]]
    sender = Sender(acting.district, partner.person_id, None, "active", _ANSWERED_BY)
    store = _CarriedStore(session, acting, sender, store_items, None, now, text, signature)
    for item in store_items:
        assert item.head is not None and item.head.revision_id is not None
        store.append(item, item.head.revision_id, State.SUBMITTED)
    store.flush()
    row.answer_hash, row.answered_at = digest, now
    row.sealed_answer = _seal_row(session, row, "sealed_answer", content)
    session.flush()
    _note(session, acting, row, Happened.ENTRUSTED_ANSWERED, now)
    _audit(session, acting, "take_entrusted_answer", row, now)
    return row


def seal_for(session: Session, partner: PartnerCounty, kind: crypto.Kind, content: bytes) -> bytes:
    """A file of ours for this county."""
    return crypto.seal(
        content,
        kind,
        sender=server_keys.key_list(session).identity,
        sign=lambda text: server_keys.sign(session, text),
        receiver=PublicPoint(partner.identity_key),
        key=partner_counties.sealing_key(partner),
    )


class _CarriedStore(SqlStore):
    """The store of a push, for reports that another county's server signed and ours opened: the hash is of the bytes
    as they are first written here, the signature that county's, over the whole answer (kept in `sealed_answer`).
    """

    def __init__(self, *about: Any) -> None:
        *about_push, self._signed_text, self._signature = about
        super().__init__(*about_push)

    def _revision_row(
        self, item: Item, head: Head, revision_id: UUID, case_id: UUID, record_id: UUID
    ) -> dict[str, Any]:
        row = super()._revision_row(item, head, revision_id, case_id, record_id)
        row["content_hash"] = hashlib.sha256(row["sealed_body"]).digest()
        return {**row, "signed_head": self._signed_text, "signature": self._signature}


# --- the parts --------------------------------------------------------------------------------------------------------


def _visit(
    session: Session, acting: Acting, case: Case, partner: PartnerCounty, form: str, last_day: date, now: datetime
) -> Visit:
    visit = Visit(
        district=case.district, visit_id=uuid7(milliseconds(now)), case_id=case.case_id, purpose=_PURPOSES[form],
        forms=_VISIT_FORMS[form], planned_on=day_of(now), due_on=last_day, reason="asked_for", state="planned",
        created_at=now, created_by=acting.person_id,
    )  # fmt: skip
    session.add(visit)
    session.flush()
    session.add(Visitor(district=case.district, visit_id=visit.visit_id, person_id=partner.person_id))
    session.flush()
    after_plan(session, acting, case, visit, now)
    return visit


def _log(
    session: Session, acting: Acting, case: Case, partner: PartnerCounty, said: Mapping[str, Any],
    typed: Mapping[str, str], now: datetime,
) -> None:  # fmt: skip
    """What leaves the house stands in the share log, like any extract."""
    labels = {
        "name": "姓名", "residence": "现住地", "safe": "安全联系", "safe_how": "怎样联系", "asked": "请了解",
    }  # fmt: skip
    shown = {**said, "safe": letters.CONTACT[said["safe"]]}
    extracts.log_share(
        session, acting, case, kind="wf", name=partner.name, basis=typed.get("basis", ""),
        basis_text=typed.get("basis_text", ""), purpose="委托走访", sensitivity="household",
        fields=[{"label": label, "text": shown[name]} for name, label in labels.items() if shown[name]], now=now,
    )  # fmt: skip


def _item(
    session: Session, row: EntrustedOut, partner: PartnerCounty, report: Mapping[str, Any], now: datetime
) -> Item:
    form, version, answers = report["form"], report["form_version"], report["answers"]
    plan = plan_of(session, form, version)
    if plan is None or form not in _ANSWERED_BY:
        raise Problem("entrusted_form_unknown")
    body = {"answers": answers, "recorded": report["recorded"], "replies": [], "visitors": []}
    plain = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    try:
        messages.read_body("revision", plain)
        if not is_plainly_right(plan, answers):
            schema_for(plan).load(answers)
    except (wire.Malformed, ValidationError) as error:
        raise Problem("entrusted_unreadable") from error
    ids = (report["record_id"], report["revision_id"])
    # Ids are made where a report is; one that is another's here already is not that report.
    if session.get(Record, (row.district, ids[0])) or session.get(Revision, (row.district, ids[1])):
        raise Problem("entrusted_changed")
    digest = hashlib.sha256(plain).digest()
    head = Head(
        kind="revision", district=row.district, case_id=row.case_id, visit_id=row.visit_id, record_id=ids[0],
        revision_id=ids[1], parents=(), form=form, form_version=version, intent="submit", number=None,
        device_time=milliseconds(now), author=partner.person_id, body_hash=digest, plain_hash=digest, signature=None,
    )  # fmt: skip
    return Item(ids[1], digest, b"", head=head, signature=Signature.GOOD, plain=plain, body=body)


def _row(session: Session, acting: Acting, request_id: UUID) -> EntrustedOut:
    row = session.get(EntrustedOut, (acting.district, request_id))
    if row is None or not _supervises(session, acting, row.case_id):
        raise Problem("not_found")
    return row


def _supervises(session: Session, acting: Acting, case_id: UUID) -> bool:
    here = (Case.district == acting.district, Case.case_id == case_id)
    return session.scalar(select(Case.case_id).where(*here, scope.files_supervised(acting))) is not None


def _is_open(session: Session, row: EntrustedOut) -> bool:
    return session.get_one(Visit, (row.district, row.visit_id)).state == "planned"


def _visitors(session: Session, row: EntrustedOut) -> list[str]:
    if row.sealed_answer is None:
        return []
    return list(rules.read_answer(_opened(session, row, "sealed_answer", row.sealed_answer))["visitors"])


def _seal(session: Session, case: Case, column: str, request_id: UUID, content: bytes) -> bytes:
    place = ("entrusted_out", column, (case.district, request_id))
    return bodies.seal_for_case(session, case.district, case.case_id, *place, content)


def _seal_row(session: Session, row: EntrustedOut, column: str, content: bytes) -> bytes:
    place = ("entrusted_out", column, (row.district, row.request_id))
    return bodies.seal_for_case(session, row.district, row.case_id, *place, content)


def _opened(session: Session, row: EntrustedOut, column: str, sealed: bytes) -> bytes:
    place = ("entrusted_out", column, (row.district, row.request_id))
    return bodies.open_for_case(session, row.district, row.case_id, *place, sealed)


def _note(session: Session, acting: Acting, row: EntrustedOut, kind: Happened, now: datetime) -> None:
    case = session.get_one(Case, (row.district, row.case_id))
    hold(session, case)
    about: dict[str, Any] = {"by": acting.person_id, "ref": row.request_id}
    case_events.note(session, case, kind, now=now, sensitivity=PAPERS[Paper.ENTRUSTED].sensitivity, **about)


def _audit(session: Session, acting: Acting, act: str, row: EntrustedOut, now: datetime) -> None:
    about: dict[str, object] = {"case": str(row.case_id), "request": str(row.request_id), "county": row.partner_id}
    audit.write(session, district=row.district, actor_id=acting.person_id, act=act, about=about, at=now)
