"""What a case's file knows, gathered for the forms of the desk (casework/prefill.py says what of it goes where)."""

import json
from collections import defaultdict
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fieldapp.actions import bands_known, case_events, measures_known, orders_known, sent_letters
from fieldapp.actions.case_answers import heads_of
from fieldapp.actions.findings import body_of
from fieldapp.actions.plans import plan_of
from fieldapp.casework import beside, orders
from fieldapp.casework.prefill import Filed, Known, letter_of, visit_of
from fieldapp.casework.roads import could_not_visit
from fieldapp.casework.states import CaseState
from fieldapp.days import day_of
from fieldapp.errors import Problem
from fieldapp.models import bodies, casefiles, forms, scope
from fieldapp.models.accounts import Acting, Organisation, Person
from fieldapp.models.cases import Case
from fieldapp.models.desk_drafts import DeskDraft
from fieldapp.models.records import Record, State, with_heads

# What a form of the desk is made from. Their answers are opened: not more than these.
_READ = ("F0", "F1", "F2", "F3", "F4", "F4R", "F5", "F7")
# Where the procuratorate writes down what was decided in a case of its own: it sends no letter to itself.
_DECIDED_THERE = frozenset({CaseState.APPROVED, CaseState.DECIDED, CaseState.FEEDBACK})


def known_of(session: Session, acting: Acting, draft: DeskDraft, case: Case | None, now: datetime) -> Known:
    """What is known for this draft; of a lead without a file only its number and the office."""
    today = day_of(now)
    office = _office(session, acting)
    if case is None:
        number = f"{draft.form}-{today:%Y%m%d}-{draft.record_id.hex[-4:].upper()}"
        return Known(number=number, today=today, office=office)
    counted = select(func.count()).where(
        Record.district == case.district, Record.case_id == case.case_id, Record.form == draft.form
    )
    heads = heads_of(session, case, orders_known.READ, scope.records_of(acting))
    orders_told = orders_known.known_in(heads, measures_known.measures_in(session, case, heads), undecided=True)
    return Known(
        number=f"{case.code_name}-{draft.form}-{(session.scalar(counted) or 0) + 1}",
        today=today,
        case_id=str(case.case_id),
        code_name=case.code_name,
        subject=None if case.subject_id is None else str(case.subject_id),
        people=_people(session, acting, case),
        contact=_contact(session, case),
        records=_records(session, acting, case),
        office=office,
        offices=_offices(session),
        report_open=_report_open(session, case),
        band=bands_known.last_of(session, heads),
        orders=len(orders.in_force(orders_told, today)),
        letter_sent=sent_letters.ever(session, case, case_events.events_for_clocks(session, case)),
    )


def refuse_without_ground(session: Session, acting: Acting, case: Case, form: str) -> None:
    """A letter needs a visit, a receipt a letter or a case that is decided without one: said before anybody types.
    Raises `letter_needs_visit`, `receipt_needs_letter`.
    """
    if form not in ("F4", "F4R"):
        return
    known = Known(number="", today=day_of(case.opened_at), records=_records(session, acting, case))
    if form == "F4" and visit_of(known) is None:
        raise Problem("letter_needs_visit")
    if form == "F4R" and letter_of(known) is None and case.state not in _DECIDED_THERE:
        raise Problem("receipt_needs_letter")


def _report_open(session: Session, case: Case) -> bool | None:
    """Whether a mandatory report is due and not made; None where nothing but the lead speaks of one."""
    alongside = beside.of_events(case_events.events_for_clocks(session, case))
    return None if alongside.report is None else alongside.report_open


def _office(session: Session, acting: Acting) -> dict[str, str]:
    person = session.get(Person, (acting.district, acting.person_id))
    office = None
    if person is not None and person.organisation_id is not None:
        office = session.get(Organisation, (acting.district, person.organisation_id))
    return {"writer": acting.name} if office is None else {"writer": acting.name, "name": office.name}


def _offices(session: Session) -> dict[str, str]:
    """Names of kinds of organisations as the consent names them, by code."""
    version = forms.newest(session, "F0")
    plan = None if version is None else plan_of(session, "F0", version)
    if plan is None:
        return {}
    words = plan.json["texts"]["zh"]
    return {str(item["value"]): str(words[item["label"]]) for item in plan.json["lists"].get("org", [])}


def _people(session: Session, acting: Acting, case: Case) -> list[dict[str, Any]]:
    found = casefiles.file_of(session, acting, case.case_id)
    people = [] if found is None or found.people is None else found.people
    return [{**person, "person_id": str(person["person_id"])} for person in people]


def _contact(session: Session, case: Case) -> dict[str, str] | None:
    if case.sealed_contact is None:
        return None
    key = (case.district, case.case_id)
    plain = bodies.open_for_case(
        session, case.district, case.case_id, "case_file", "sealed_contact", key, case.sealed_contact
    )
    return dict(json.loads(plain))


def _records(session: Session, acting: Acting, case: Case) -> dict[str, list[Filed]]:
    rows = session.execute(
        with_heads(case.district, case.case_id, _READ)
        .where(
            Record.state != State.VOID,
            scope.records_of(acting),
        )
        .order_by(Record.created_at.desc(), Record.record_id.desc())
    )
    found: dict[str, list[Filed]] = defaultdict(list)
    for record, head in rows:
        on = day_of(head.received_at).isoformat()
        answers = body_of(session, head).get("answers") or {}
        if record.form == "F2" and could_not_visit(answers):
            continue  # letters, needs and closures stand on a visit that was made
        found[record.form].append(Filed(str(record.record_id), str(head.revision_id), record.state, answers, on))
    return dict(found)
