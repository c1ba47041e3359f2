"""Two papers beside extracts: a case that may be published, and a shared extract as a file for another system.

preview      what a published extract is made of, by codes alone
publish      keeps it with the account that a person wrote, once nothing in that account names anybody
as_file      an extract that was shared, in the format of casework/outside_file.py; a copy that is counted
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from fieldapp.actions import case_events, extracts, restrictions, screenings
from fieldapp.actions.case_answers import Head, heads_of, labels
from fieldapp.actions.letters import case_for_letters
from fieldapp.casework import outside_file
from fieldapp.casework.happened import Happened
from fieldapp.casework.letters import anonymous
from fieldapp.casework.letters.anonymous import Secrets
from fieldapp.casework.measure_types import MEASURE_TYPES
from fieldapp.casework.screening.results import STATUS_WORDS, Status
from fieldapp.days import day_of
from fieldapp.db import milliseconds
from fieldapp.errors import Problem
from fieldapp.ids import uuid7
from fieldapp.models import audit, bodies, casefiles, regions, scope
from fieldapp.models.accounts import Acting
from fieldapp.models.cases import Case
from fieldapp.models.letters import ExtractShare
from fieldapp.models.records import State

ANONYMOUS = "anonymous"  # in the place of a kind of receiver
CLASS = "violence"  # it is made of answers of every class
ACCOUNT_MIN, ACCOUNT_MAX = 20, 3_000
_OF_LAW = ("proc", "police", "court", "justice")
_RESULTS = {"granted": "决定救助", "advance": "先行救助", "refused": "不予救助", "pending": "审查中"}


@dataclass(frozen=True)
class Preview:
    """The lines of the extract (label, text), and what the account must not say."""

    case: Case
    lines: list[tuple[str, str]]
    secrets: Secrets


def preview(session: Session, acting: Acting, case_id: UUID, now: datetime) -> Preview:
    """What the extract says by itself. Writes the row of audit that reading it leaves. Raises `not_found`,
    `reason_needed`, `consent_withdrawn`.
    """
    case = case_for_letters(session, acting, case_id, now)
    if not extracts.may_share(acting, case) or CLASS not in scope.classes_read(acting, case.village_code):
        raise Problem("not_found")
    restrictions.refuse_sharing(session, case)
    heads = [
        head
        for head in heads_of(session, case, ("F2", "F3", "F4R", "F6", "F7"), scope.records_of(acting))
        if head.record.state == State.APPROVED
    ]
    people = casefiles.people_of(session, case)
    extracts.note_offered(session, acting, case, ANONYMOUS, now)
    return Preview(case, _lines(session, case, heads, people, now), _secrets(session, case, heads, people, now))


def publish(session: Session, acting: Acting, case_id: UUID, account: str, now: datetime) -> ExtractShare:
    """Keep an extract that may be published; it is printed from the share log of the file.

    Raises as `preview`; `share_needs_words` for an account that is too short or too long, `extract_names_somebody`
    (with `found`) for one that names somebody, a place, a school or a number.
    """
    seen = preview(session, acting, case_id, now)
    account = account.strip()
    if not ACCOUNT_MIN <= len(account) <= ACCOUNT_MAX:
        raise Problem("share_needs_words")
    found = anonymous.found_in(account, seen.secrets)
    if found:
        raise Problem("extract_names_somebody", found=found)
    case, share_id = seen.case, uuid7(milliseconds(now))
    lines = [*seen.lines, ("案情", account)]
    said: dict[str, Any] = {
        "receiver": "公开使用", "purpose": "典型案例摘录", "basis_text": "已隐去身份信息", "kind": ANONYMOUS,
        "fields": [{"label": label, "text": text} for label, text in lines],
    }  # fmt: skip
    plain = json.dumps(said, ensure_ascii=False).encode()
    key = (case.district, share_id)
    row = ExtractShare(
        district=case.district, share_id=share_id, case_id=case.case_id, basis="duty", copies=0, sensitivity=CLASS,
        made_by=acting.person_id, made_at=now,
        sealed_details=bodies.seal_for_case(
            session, case.district, case.case_id, "extract_share", "sealed_details", key, plain
        ),
    )  # fmt: skip
    session.add(row)
    noted: dict[str, Any] = {"by": acting.person_id, "ref": share_id, "sensitivity": CLASS}
    case_events.note(session, case, Happened.EXTRACT_MADE, now=now, **noted)
    about: dict[str, object] = {"case": str(case.case_id), "share": str(share_id)}
    audit.write(
        session, district=case.district, actor_id=acting.person_id, act="make_case_extract", about=about, at=now
    )
    return row


def as_file(session: Session, acting: Acting, share_id: UUID, now: datetime) -> bytes:
    """A shared extract as a file (UTF-8 JSON), counted as one more copy. Raises `not_found`, `reason_needed`,
    `consent_withdrawn`.
    """
    case, view = extracts.print_copy(session, acting, share_id, now)
    said = view.said
    if said["kind"] == ANONYMOUS:  # it names no case, so no system takes it
        raise Problem("not_found")
    number = _outside_number(session, acting, case) if said["kind"] in _OF_LAW else ""
    told = {
        "format": outside_file.FORMAT,
        "share_id": str(share_id),
        "copy": view.share.copies,
        "made_at": view.share.made_at.isoformat(),
        "code_name": case.code_name,
        "outside_number": number[: outside_file.NUMBER_MAX],
        "receiver": said["receiver"],
        "receiver_kind": said["kind"],
        "purpose": said["purpose"],
        "basis": view.share.basis,
        "basis_text": said["basis_text"],
        "given": [{"label": one["label"], "text": one["text"]} for one in said["fields"]],
    }
    outside_file.check(told)
    about: dict[str, object] = {"case": str(case.case_id), "share": str(share_id), "copy": view.share.copies}
    audit.write(session, district=case.district, actor_id=acting.person_id, act="export_extract", about=about, at=now)
    return json.dumps(told, ensure_ascii=False, indent=1).encode()


def _outside_number(session: Session, acting: Acting, case: Case) -> str:
    """As the newest approved investigation says it; "" where none does, or where she does not read it."""
    if CLASS not in scope.classes_read(acting, case.village_code):
        return ""
    heads = heads_of(session, case, ("F2",), scope.records_of(acting))
    told = [head.at("case", "doc_no") for head in heads if head.record.state == State.APPROVED]
    return next((str(one) for one in reversed(told) if one), "")


def _lines(
    session: Session, case: Case, heads: list[Head], people: list[dict[str, Any]], now: datetime
) -> list[tuple[str, str]]:
    year = day_of(now).year
    lines = [("当事人", _person(next((one for one in people if one["is_subject"]), {}), year))]
    others = [_person(one, year) for one in people if not one["is_subject"]]
    lines.append(("家庭成员", anonymous.listed(others)))
    visits = [head for head in heads if head.record.form == "F2"]
    if visits:
        for label, section, name, list_name in (
            ("原案类型", "case", "type", "case_type"),
            ("办案阶段", "case", "stage", "case_stage"),
            ("困难程度", "concl", "hardship", "hardship"),
        ):
            code = visits[-1].at(section, name)
            lines.append((label, labels(session, "F2", list_name, "zh").get(str(code), "")))
    screening = screenings.newest_results(session, case)
    found = (Status.MET, Status.PROVISIONAL)
    met = [one for one in screening.categories if one.status in found] if screening else []
    lines.append(("对象类别", anonymous.listed(f"{one.code} {STATUS_WORDS[one.status][0]}" for one in met)))
    measures = [MEASURE_TYPES.get(str(head.at("ms", "type"))) for head in heads if head.record.form == "F7"]
    lines.append(("帮扶措施", anonymous.listed(one.name.zh for one in measures if one is not None)))
    for head in heads:
        if head.record.form == "F4R" and (result := _RESULTS.get(str(head.at("relief", "result")))):
            organs = len(head.rows("relief", "organs"))
            joint = f"，{organs} 个机关联合救助" if organs > 1 else ""
            lines.append(("司法救助", result + joint))
    lines.append(("回访", f"{sum(head.record.form == 'F3' for head in heads)} 次"))
    return [(label, text) for label, text in lines if text]


def _person(person: dict[str, Any], year: int) -> str:
    sex = {"female": "女", "male": "男"}.get(person.get("sex") or "", "性别不详")
    return f"{sex}，{anonymous.age_band(person.get('birth_ym'), year)}"


def _secrets(session: Session, case: Case, heads: list[Head], people: list[dict[str, Any]], now: datetime) -> Secrets:
    names = {str(one["name"]) for one in people if one.get("name")}
    schools: set[str] = set()
    for head in heads:
        for row in _rows(head.answers):
            names |= {value for key in ("name", "head") if isinstance(value := row.get(key), str)}
            schools |= {value for key in ("school",) if isinstance(value := row.get(key), str)}
    places = {
        name
        for code, name in regions.names_for_files(session, case.district, day_of(now)).items()
        if code != case.district
    }
    return Secrets(frozenset(names), frozenset(places), frozenset(schools), case.code_name)


def _rows(value: Any) -> list[dict[str, Any]]:
    """Every group and row of the answers."""
    if isinstance(value, list):
        return [row for one in value for row in _rows(one)]
    if not isinstance(value, dict):
        return []
    return [value, *(row for one in value.values() for row in _rows(one))]
