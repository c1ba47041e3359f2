"""Giving another office some of what is known of a family: chosen, masked, with its ground, and logged.

What is offered are facts of approved reports and the family as the file has it, cut to what she who gives it reads and
the receiver's work needs (casework/letters/extracts.py). What was given is kept as it was printed.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp.actions import case_events, restrictions
from fieldapp.actions.findings import body_of, instance_of
from fieldapp.actions.letters import case_for_letters
from fieldapp.casework import report
from fieldapp.casework.happened import Happened
from fieldapp.casework.letters import extracts
from fieldapp.casework.letters.contexts import without_long_numbers
from fieldapp.days import day_of
from fieldapp.db import milliseconds
from fieldapp.errors import Problem
from fieldapp.ids import uuid7
from fieldapp.models import audit, bodies, casefiles, scope
from fieldapp.models.accounts import Acting, Person, Role
from fieldapp.models.cases import Case
from fieldapp.models.letters import ExtractShare
from fieldapp.models.organisations import KINDS
from fieldapp.models.records import Record, Revision, State, with_heads
from fieldapp.models.regions import names_for_files

WORDS_MAX = 300
FIELDS_MAX = 60
_FORMS = ("F3", "F2")
_SEX = {"female": "女", "male": "男"}


@dataclass(frozen=True)
class Field:
    """One thing that can be given. `name` is a full name, left out unless somebody ticks it."""

    key: str
    label: str
    text: str
    sensitivity: str


@dataclass(frozen=True)
class ShareView:
    share: ExtractShare
    by: str
    said: dict[str, Any]


def offered(session: Session, acting: Acting, case_id: UUID, receiver: str, now: datetime) -> tuple[Case, list[Field]]:
    """What may go to this kind of office. Raises `not_found`, `reason_needed`, `share_receiver_unknown`."""
    case = _case(session, acting, case_id, now)
    if receiver not in KINDS:
        raise Problem("share_receiver_unknown")
    allowed = extracts.classes_for(receiver, scope.classes_read(acting, case.village_code))
    of_file, called = _of_file(session, acting, case)
    fields = [*of_file, *_of_reports(session, acting, case, called)]
    return case, [one for one in fields if one.sensitivity in allowed]


def note_offered(session: Session, acting: Acting, case: Case, receiver: str, now: datetime) -> None:
    """The row of audit beside the list of what may be given."""
    audit.note_read(session, acting, "read_extract", {"case": str(case.case_id), "receiver": receiver}, now)


def share(
    session: Session, acting: Acting, case_id: UUID, *, receiver: str, receiver_name: str, basis: str, basis_text: str,
    purpose: str, chosen: Sequence[str], now: datetime,
) -> ExtractShare:  # fmt: skip
    """Keep what is given to whom, on what ground and for what; it is printed from there.

    Raises `not_found`, `share_receiver_unknown`, `share_needs_words` (receiver, purpose, and for all but a consent the
    rule or the emergency), `share_needs_fields`, `share_without_consent`.
    """
    case, fields = offered(session, acting, case_id, receiver, now)
    given = [one for one in fields if one.key in set(chosen)][:FIELDS_MAX]
    if not given or len(given) != len(set(chosen)):
        raise Problem("share_needs_fields")
    return log_share(
        session, acting, case, kind=receiver, name=receiver_name, basis=basis, basis_text=basis_text, purpose=purpose,
        sensitivity=extracts.highest(one.sensitivity for one in given),
        fields=[{"label": one.label, "text": one.text} for one in given], now=now,
    )  # fmt: skip


def log_share(
    session: Session, acting: Acting, case: Case, *, kind: str, name: str, basis: str, basis_text: str, purpose: str,
    sensitivity: str, fields: Sequence[Mapping[str, str]], now: datetime,
) -> ExtractShare:  # fmt: skip
    """Keep what of this file goes to whom, on what ground and for what, as it goes. Nothing leaves without this line.

    Raises `consent_withdrawn`, `share_needs_words`, `share_without_consent`.
    """
    words = {"receiver": name, "purpose": purpose, "basis_text": basis_text}
    said: dict[str, Any] = {part: text.strip()[:WORDS_MAX] for part, text in words.items()}
    is_said = said["receiver"] and said["purpose"] and (basis == "consent" or said["basis_text"])
    if basis not in extracts.BASES or not is_said:
        raise Problem("share_needs_words")
    if basis == "consent":
        restrictions.refuse_sharing(session, case)  # a duty or an emergency does not ask her consent
        if kind not in _consented(session, acting, case):
            raise Problem("share_without_consent")
    share_id = uuid7(milliseconds(now))
    said |= {"kind": kind, "fields": list(fields)}
    key = (case.district, share_id)
    plain = json.dumps(said, ensure_ascii=False).encode()
    row = ExtractShare(
        district=case.district, share_id=share_id, case_id=case.case_id, basis=basis, copies=0,
        sensitivity=sensitivity, made_by=acting.person_id, made_at=now,
        sealed_details=bodies.seal_for_case(
            session, case.district, case.case_id, "extract_share", "sealed_details", key, plain
        ),
    )  # fmt: skip
    session.add(row)
    case_events.note(
        session, case, Happened.EXTRACT_MADE, now=now, by=acting.person_id, ref=share_id, sensitivity=row.sensitivity,
        details={"receiver": said["receiver"]},
    )  # fmt: skip
    _audit(session, acting, "share_extract", row, now, fields=len(fields), receiver=kind)
    return row


def print_copy(session: Session, acting: Acting, share_id: UUID, now: datetime) -> tuple[Case, ShareView]:
    """The extract as it was given, counted as one more copy. Raises `not_found`, `reason_needed`; `consent_withdrawn`
    for what stood on a consent that she took back.
    """
    row = session.get(ExtractShare, (acting.district, share_id), with_for_update=True)
    if row is None:
        raise Problem("not_found")
    case = _case(session, acting, row.case_id, now)
    if row.sensitivity not in scope.classes_read(acting, case.village_code):
        raise Problem("not_found")
    if row.basis == "consent":
        restrictions.refuse_sharing(session, case)
    row.copies += 1
    _audit(session, acting, "print_extract", row, now, copy=row.copies)
    by = session.get_one(Person, (row.district, row.made_by)).name
    return case, ShareView(row, by, _said(session, row))


def log_of(session: Session, acting: Acting, case: Case) -> list[ShareView]:
    """The share log of a file, newest first, cut to the classes she reads. `case` is one whose papers she may see."""
    same = (Person.district == ExtractShare.district) & (Person.person_id == ExtractShare.made_by)
    rows = session.execute(
        select(ExtractShare, Person.name)
        .join(Person, same)
        .where(
            ExtractShare.district == case.district,
            ExtractShare.case_id == case.case_id,
            ExtractShare.sensitivity.in_(scope.classes_read(acting, case.village_code)),
        )
        .order_by(ExtractShare.share_id.desc())
    )
    return [ShareView(row, name, _said(session, row)) for row, name in rows]


def may_share(acting: Acting, case: Case) -> bool:
    """Whether she gives away what is known of this family: a supervisor of its region."""
    return any(case.village_code.startswith(region) for region in acting.regions(Role.SUPERVISOR))


def _case(session: Session, acting: Acting, case_id: UUID, now: datetime) -> Case:
    case = case_for_letters(session, acting, case_id, now)
    if not may_share(acting, case):
        raise Problem("not_found")
    return case


def _of_file(session: Session, acting: Acting, case: Case) -> tuple[list[Field], dict[str, str]]:
    """The family as the file has it, and what each name of it is called where it is masked."""
    file = casefiles.file_of(session, acting, case.case_id)
    people = (file and file.people) or []
    called = extracts.masks(person["name"] for person in people)
    fields = [Field("code_name", "案卷代号", case.code_name, "household")]
    for person in people:
        who = "本人" if person["is_subject"] else "家庭成员"
        sex, born = _SEX.get(person.get("sex") or "", ""), str(person.get("birth_ym") or "")[:4]
        told = "，".join(filter(None, (called.get(person["name"], ""), sex, born)))
        fields.append(Field(f"{person['person_id']}:masked", f"{who}（隐去姓名）", told, "household"))
        fields.append(Field(f"{person['person_id']}:name", f"{who}全名", person["name"], "household"))
    return fields, called


def _of_reports(session: Session, acting: Acting, case: Case, called: dict[str, str]) -> list[Field]:
    """Facts of approved reports, each as the newest says it, without anybody's name."""
    rows = session.execute(
        with_heads(case.district, case.case_id, _FORMS)
        .where(
            Record.state == State.APPROVED,
            scope.records_of(acting),
        )
        .order_by(Record.record_id.desc())
    )
    found: dict[str, Field] = {}
    for _, head in rows:
        instance = instance_of(session, head, body_of(session, head), "zh")
        regions = names_for_files(session, case.district, day_of(head.received_at))
        sections = report.sections_of(instance, "zh", regions)
        names = report.names_in(sections)
        masks = extracts.masks([*called, *names.values()])
        for (about, fact), item in report.facts_in(sections, str(case.case_id)).items():
            # Names stand with the family above, to be chosen one by one; a number of a paper is no fact of need.
            if isinstance(item, report.Section) or not item.text or item.unknown or fact.endswith((".name", ".id_no")):
                continue
            who = masks.get(names.get(about, ""), "")
            label = f"{who} · {item.label}" if who else item.label
            text = extracts.without_names(without_long_numbers(item.text), masks)
            found.setdefault(f"{about}:{fact}", Field(f"{about}:{fact}", label, text, item.sensitivity))
    return list(found.values())


def _consented(session: Session, acting: Acting, case: Case) -> set[str]:
    """The kinds of offices that the newest consent names and does not refuse."""
    head = session.scalar(
        select(Revision)
        .join(Record, (Record.district == Revision.district) & (Record.head_revision_id == Revision.revision_id))
        .where(
            Record.district == case.district,
            Record.case_id == case.case_id,
            Record.form == "F0",
            Record.state.not_in((State.DRAFT, State.VOID)),
            scope.records_of(acting),
        )
        .order_by(Record.record_id.desc())
        .limit(1)
    )
    said = {} if head is None else body_of(session, head)["answers"].get("cs") or {}
    return set(said.get("share_with") or []) - set(said.get("share_refused") or [])


def _said(session: Session, row: ExtractShare) -> dict[str, Any]:
    key = (row.district, row.share_id)
    plain = bodies.open_for_case(
        session, row.district, row.case_id, "extract_share", "sealed_details", key, row.sealed_details
    )
    return dict(json.loads(plain))


def _audit(session: Session, acting: Acting, act: str, row: ExtractShare, now: datetime, **more: object) -> None:
    about = {"case": str(row.case_id), "share": str(row.share_id), **more}
    audit.write(session, district=row.district, actor_id=acting.person_id, act=act, about=about, at=now)
