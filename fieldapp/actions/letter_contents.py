"""What a letter or paper of a case is made of: the reports it can stand on, their answers, and what no answer says."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp.actions.findings import body_of, instance_of
from fieldapp.actions.sent_letters import named_by
from fieldapp.casework import report
from fieldapp.casework.letters import contexts, kinds
from fieldapp.casework.letters.kinds import PAPERS, Kind
from fieldapp.days import day_of
from fieldapp.models import scope
from fieldapp.models.accounts import Acting, Organisation, Person
from fieldapp.models.cases import Case, Visitor
from fieldapp.models.letters import Letter
from fieldapp.models.records import Record, Revision, with_heads
from fieldapp.models.regions import names_for_files

_FORM_TITLES = {"F2": "入户走访记录", "F3": "回访记录"}


def reports_of(session: Session, acting: Acting, case: Case) -> list[tuple[Record, Revision]]:
    """The reports of a file that she may read and papers are made from, each with its newest version, newest first."""
    forms = {form for paper in PAPERS.values() for form in paper.forms}
    rows = session.execute(
        with_heads(case.district, case.case_id, forms)
        .where(
            scope.records_of(acting),
        )
        .order_by(Record.record_id.desc())
    )
    return [(record, head) for record, head in rows]


def told_in(session: Session, head: Revision, case: Case) -> contexts.Told:
    """Its answers in Chinese: a letter goes to Chinese offices, whatever language the desk is read in."""
    instance = instance_of(session, head, body_of(session, head), "zh")
    return contexts.Told(
        report.sections_of(instance, "zh", names_for_files(session, case.district, day_of(head.received_at)))
    )


def about(session: Session, acting: Acting, case: Case, kind: Kind, record: Record, head: Revision) -> dict[str, str]:
    """What a receipt or the record of a visit says beside the answers; empty for every other paper."""
    if kind is Kind.RECEIPT:
        return _of_letter(session, acting, body_of(session, head)["answers"])
    if kind is not Kind.VISIT:
        return {}
    answers = body_of(session, head)["answers"]
    at = (answers.get("visit") or {}).get("at") or (answers.get("fu") or {}).get("visited_at") or ""
    names = names_for_files(session, case.district, day_of(head.received_at))
    return {
        "title": _FORM_TITLES[record.form],
        "place": names.get(case.village_code, ""),
        "visited_at": at[:16].replace("T", " ") if isinstance(at, str) else "",
        "visitors": contexts.joined(_visitors(session, record)),
    }


def office_of(session: Session, acting: Acting) -> str:
    """The name of her organisation; her own where she has none."""
    person = session.get_one(Person, (acting.district, acting.person_id))
    if person.organisation_id is None:
        return acting.name
    return session.get_one(Organisation, (acting.district, person.organisation_id)).name


def number_of(letter: Letter) -> str:
    """As the register writes it; empty where a paper has no number."""
    if letter.year is None or letter.number is None:
        return ""
    return kinds.number_text(Kind(letter.kind), letter.year, letter.number)


def _of_letter(session: Session, acting: Acting, answers: Mapping[str, Any]) -> dict[str, str]:
    """The register number of the letter that a receipt answers, and who sent it."""
    record_id = named_by(answers)
    if record_id is None:
        return {}
    letter = session.scalar(
        select(Letter)
        .where(Letter.district == acting.district, Letter.record_id == record_id, Letter.kind == Kind.TRANSFER)
        .order_by(Letter.letter_id.desc())
        .limit(1)
    )
    head = session.scalar(
        select(Revision)
        .join(Record, (Record.district == Revision.district) & (Record.head_revision_id == Revision.revision_id))
        .where(Record.district == acting.district, Record.record_id == record_id, scope.records_of(acting))
    )
    sent = {} if head is None else body_of(session, head)["answers"].get("tl") or {}
    return {"letter_no": "" if letter is None else number_of(letter), "from_name": str(sent.get("from_name") or "")}


def _visitors(session: Session, record: Record) -> list[str]:
    same = (Visitor.district == Person.district) & (Visitor.person_id == Person.person_id)
    of_visit = (Visitor.district == record.district, Visitor.visit_id == record.visit_id)
    return list(session.scalars(select(Person.name).join(Visitor, same).where(*of_visit).order_by(Person.name)))
