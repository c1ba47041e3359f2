"""What is held about one person of a family, in plain words, to be handed to her (个人信息保护法 45).

Not in it: who told us, and the notes of a lead or of a neighbour's look-in, from which it could be guessed
(反家庭暴力法 14); what is said of other people of the family; our own judgements, which are explained to her (24).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from fieldapp.actions import minors
from fieldapp.actions.findings import body_of, instance_of
from fieldapp.casework import report
from fieldapp.casework.report import Answer, Section
from fieldapp.days import day_of
from fieldapp.errors import Problem
from fieldapp.models import audit, casefiles, rights_pages
from fieldapp.models.accounts import Acting
from fieldapp.models.cases import Case
from fieldapp.models.records import Record, Revision, State, with_heads
from fieldapp.models.regions import names_for_files
from fieldapp.models.rights_requests import RightsRequest

# What she or her family told and showed us. Not F1, F1R, F3V, F10: by whom we heard of her, who looked in.
_TOLD = ("F0", "F2", "F3", "F5", "F6")
_PASSED_ON = "F4"  # a letter of transfer
# Of what is about nobody in particular, the parts about somebody else.
_OF_OTHERS = {
    "F2": (
        "visit.visitors",
        "visit.visitors_check",
        "visit.conflict",
        "visit.id_shown",
        "concl.sign_visitors",
        "loss.victims",
        "care.obligors",
    ),
    "F3": ("fu.visitors", "life.members_change"),
}
_OF_CHILDREN = "child"


@dataclass(frozen=True)
class Told:
    """What one approved report says of her: form, the day it was received, and what it says."""

    form: str
    on: str
    sections: list[Section]


@dataclass(frozen=True)
class Copy:
    """`person` as the file names her; `contact` only of the one the file is about; `others`: how many people of the
    family the choice is between, for the page that asks whose copy it is.
    """

    request: RightsRequest
    case: Case
    people: list[dict[str, Any]]
    person: dict[str, Any] | None
    contact: dict[str, str] | None
    visits: list[str]
    told: list[Told]
    passed_on: list[str]


def copy_of(session: Session, acting: Acting, request_id: UUID, language: str, now: datetime) -> Copy:
    """The copy of a granted request, read by the supervisor who hands it over. Until it is said whose it is, the people
    to choose from and nothing else. Raises `not_found`, `reason_needed` for a minor's file.
    """
    request = rights_pages.one(session, acting, request_id, rights_pages.to_hand_over(acting))
    assert request.case_id is not None  # else nobody supervises it
    file = casefiles.file_of(session, acting, request.case_id)
    if file is None or file.people is None:
        raise Problem("not_found")
    minors.require_reason(session, acting, file.case, now)
    about: dict[str, object] = {"request": str(request_id), "case": str(request.case_id)}
    audit.note_read(session, acting, "read_copy", about, now)
    nothing = Copy(request, file.case, file.people, None, None, [], [], [])
    person = next((one for one in file.people if one["person_id"] == request.about_id), None)
    if person is None:
        return nothing
    regions = names_for_files(session, acting.district, day_of(now))
    is_subject = person["person_id"] == file.case.subject_id
    heads = list(_approved(session, file.case))
    told = [_told(session, record, head, person["person_id"], is_subject, language, regions) for record, head in heads]
    made = [visit.planned_on.isoformat() for visit, _ in file.visits if visit.state == "done" and visit.planned_on]
    return replace(
        nothing,
        person=person,
        contact=file.contact if is_subject else None,
        visits=sorted(made),
        told=[one for one in told if one is not None and one.sections],
        passed_on=[day_of(head.received_at).isoformat() for record, head in heads if record.form == _PASSED_ON],
    )


def sections_about(form: str, sections: Iterable[Section], person_id: str, *, is_subject: bool) -> list[Section]:
    """Of a report what is said of this person; of the one the file is about also what is said of nobody in particular,
    of her home and what happened to her.
    """
    found = []
    for section in sections:
        if section.about not in (None, person_id) or section.path in _OF_OTHERS.get(form, ()):
            continue
        answers = [one for one in section.answers if _is_hers(form, one, person_id, is_subject)]
        inner = sections_about(form, section.sections, person_id, is_subject=is_subject)
        if answers or inner:
            found.append(replace(section, answers=answers, sections=inner, notes=[]))
    return found


def _is_hers(form: str, answer: Answer, person_id: str, is_subject: bool) -> bool:
    if not answer.text or answer.how == "judge" or answer.path in _OF_OTHERS.get(form, ()):
        return False
    if answer.about is not None:
        return answer.about == person_id
    # A child's sheet is about the child alone, also where it speaks of its parents.
    return is_subject and form != "F6" and answer.sensitivity != _OF_CHILDREN


def _approved(session: Session, case: Case) -> Iterator[tuple[Record, Revision]]:
    rows = session.execute(
        with_heads(case.district, case.case_id, (*_TOLD, _PASSED_ON))
        .where(
            Record.state == State.APPROVED,
        )
        .order_by(Record.form, Revision.received_at, Record.record_id)
    )
    yield from ((record, head) for record, head in rows)


def _told(
    session: Session, record: Record, head: Revision, person_id: UUID, is_subject: bool, language: str,
    regions: dict[str, str],
) -> Told | None:  # fmt: skip
    if record.form == _PASSED_ON:
        return None
    instance = instance_of(session, head, body_of(session, head), language)
    sections = report.sections_of(instance, language, regions)
    hers = sections_about(record.form, sections, str(person_id), is_subject=is_subject)
    return Told(record.form, day_of(head.received_at).isoformat(), hers)
