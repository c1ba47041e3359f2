"""Making letters and papers of a case, opening them, and noting what became of them.

A letter is made from one revision of one report and keeps its hash; making it again from the same revision gives the
same letter. Right before existence: who may not read the class of a paper does not learn that there is one.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp.actions import case_events, case_steps, letter_contents, minors, restrictions, sent_letters
from fieldapp.casework import entrusting
from fieldapp.casework.happened import Happened
from fieldapp.casework.letters import contexts, kinds, shipped, templates
from fieldapp.casework.letters.kinds import PAPERS, Kind
from fieldapp.days import CHINA, day_of
from fieldapp.db import milliseconds
from fieldapp.errors import Problem
from fieldapp.ids import uuid7
from fieldapp.models import audit, bodies, casefiles, scope, team
from fieldapp.models.accounts import Acting, Person, Role
from fieldapp.models.cases import Case, hold
from fieldapp.models.letters import Letter, LetterScan, next_number, template_in_use
from fieldapp.models.records import Record, Revision

# What leaves the house or ends the help is a supervisor's to make; the rest is everyday paper of the team.
OF_SUPERVISORS = frozenset({Kind.TRANSFER, Kind.CLOSURE, Kind.ENTRUSTED})
READERS = (Role.CASEWORKER, Role.SUPERVISOR, Role.PROCURATORATE)
SCAN_BYTES_MAX = 5 * 1024 * 1024
SCANS_MAX = 20
NEWEST = 5  # on the page of the file
TYPED_MAX = 500
_SCANS = ((b"%PDF-", "application/pdf"), (b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png"))
CONTACT = {"any": "都可以", "only_times": "只能某些时间", "only_via_other": "只能通过别人", "no_contact": "不能联系"}
_ORDERED = frozenset({"duty", "emergency"})
_TYPED = ("to_name", "residence", "asked", "form", "due", "contact", "contact_phone")


@dataclass(frozen=True)
class Candidate:
    """A paper that can be made from a report, what it lacks, and whether this very revision has it already."""

    kind: Kind
    record: Record
    missing: list[contexts.Missing]
    is_made: bool


@dataclass(frozen=True)
class LetterView:
    letter: Letter
    number: str
    made_by: str
    receipt: str
    scans: list[LetterScan]


def case_for_letters(session: Session, acting: Acting, case_id: UUID, now: datetime) -> Case:
    """The file whose papers she may see. Raises `not_found`; `reason_needed` for a minor's."""
    case = session.scalar(
        select(Case).where(Case.district == acting.district, Case.case_id == case_id, scope.files_of(acting))
    )
    if case is None or not _reads(acting, case):
        raise Problem("not_found")
    minors.require_reason(session, acting, case, now)
    return case


def may_make(acting: Acting, case: Case, kind: Kind) -> bool:
    """Whether she makes this paper of a file that she may open."""
    roles = (Role.SUPERVISOR,) if kind in OF_SUPERVISORS else (Role.CASEWORKER, Role.SUPERVISOR)
    reads = PAPERS[kind].sensitivity in _reads(acting, case)
    return reads and any(case.village_code.startswith(region) for region in acting.regions(*roles))


def candidates(session: Session, acting: Acting, case: Case) -> list[Candidate]:
    """What can be made of this file now, newest report first."""
    found = []
    for record, head in letter_contents.reports_of(session, acting, case):
        for kind in kinds.kinds_from(record.form):
            if kinds.may_be_made(kind, record.form, record.state) and may_make(acting, case, kind):
                missing = (
                    contexts.missing_of(letter_contents.told_in(session, head, case)) if kind is Kind.TRANSFER else []
                )
                is_made = _made_from(session, kind, head) is not None
                found.append(Candidate(kind, record, missing, is_made))
    return found


def letters_of(session: Session, acting: Acting, case: Case) -> list[LetterView]:
    """The papers of a file that she may open, newest first."""
    names = (Person.district == Letter.district) & (Person.person_id == Letter.made_by)
    rows = session.execute(
        select(Letter, Person.name)
        .join(Person, names)
        .where(Letter.district == case.district, Letter.case_id == case.case_id)
        .order_by(Letter.letter_id.desc())
    )
    return [_view(session, letter, name) for letter, name in rows if _is_hers(session, acting, case, letter)]


def newest_of(session: Session, acting: Acting, case: Case) -> list[LetterView] | None:
    """The newest papers for the page of a file that is open to her already; None where papers are not hers to see."""
    here = (Case.district == case.district, Case.case_id == case.case_id)
    if not acting.has(*READERS) or not _reads(acting, case):
        return None
    if session.scalar(select(Case.case_id).where(*here, scope.files_of(acting))) is None:
        return None
    return letters_of(session, acting, case)[:NEWEST]


def note_list(session: Session, acting: Acting, case: Case, now: datetime) -> None:
    """The row of audit beside the list of a family's papers: what is missing in a letter is read from the report."""
    audit.note_read(session, acting, "read_letters", {"case": str(case.case_id)}, now)


def make(session: Session, acting: Acting, case_id: UUID, kind: Kind, record_id: UUID, now: datetime) -> Letter:
    """Make a paper from a report as it stands now; the same revision gives the letter it gave before.

    Raises `not_found`; `letter_not_from_this` for a report of another form or state; `consent_withdrawn` for a transfer
    that stood on a consent she took back; `letter_lacks_harm`, `letter_lacks_hardship`, `letter_lacks_causal`,
    `letter_lacks_situation`, `letter_lacks_safe_contact`, `letter_lacks_level_reason`.
    """
    case = case_for_letters(session, acting, case_id, now)
    found = [one for one in letter_contents.reports_of(session, acting, case) if one[0].record_id == record_id]
    if not found or not may_make(acting, case, kind):
        raise Problem("not_found")
    record, head = found[0]
    if not kinds.may_be_made(kind, record.form, record.state):
        raise Problem("letter_not_from_this")
    known = _made_from(session, kind, head)
    if known is not None:
        return known
    told = letter_contents.told_in(session, head, case)
    # What a duty or an emergency orders to be told goes on without her consent; what it carried alone does not.
    if kind is Kind.TRANSFER and not _ORDERED.intersection(told.codes("sent.basis")):
        restrictions.refuse_sharing(session, case)
    if kind is Kind.TRANSFER and (missing := contexts.missing_of(told)):
        raise Problem(missing[0].code, missing=[one.code for one in missing])
    _supersede(session, kind, record, now)
    about = letter_contents.about(session, acting, case, kind, record, head)
    letter = _keep(session, acting, case, kind, now, lambda known: contexts.context_of(kind, told, {**about, **known}))
    letter.record_id, letter.revision_id, letter.content_hash = record_id, head.revision_id, head.content_hash
    session.flush()
    return letter


def entrust(session: Session, acting: Acting, case_id: UUID, typed: Mapping[str, str], now: datetime) -> Letter:
    """A letter that asks another office to visit. `typed`: to_name, asked, contact (needed), residence, form, due (from
    today on, half a year ahead at most), contact_phone. Raises `not_found`, `letter_lacks_safe_contact`,
    `letter_needs_words`, `request_malformed` (`due` is no day), `visit_dates_reversed` (it is over), `visit_not_then`
    (it is too far), `consent_withdrawn`.
    """
    case = case_for_letters(session, acting, case_id, now)
    if not may_make(acting, case, Kind.ENTRUSTED):
        raise Problem("not_found")
    restrictions.refuse_sharing(session, case)
    words = {name: typed.get(name, "").strip()[:TYPED_MAX] for name in _TYPED}
    if not (words["to_name"] and words["asked"] and words["contact"]):
        raise Problem("letter_needs_words")
    _check_due(words["due"], day_of(now))
    file = casefiles.file_of(session, acting, case_id)
    contact = None if file is None else file.contact
    subject = next((one["name"] for one in (file and file.people) or [] if one["is_subject"]), "")
    if not contact or contact.get("safe") not in CONTACT:
        raise Problem("letter_lacks_safe_contact")
    about = {
        **words, "subject": subject, "from_name": letter_contents.office_of(session, acting),
        "contact_safe": CONTACT[contact["safe"]], "safe_how": contact.get("how", ""),
    }  # fmt: skip
    return _keep(session, acting, case, Kind.ENTRUSTED, now, lambda known: contexts.entrusted({**about, **known}))


def open_letter(
    session: Session, acting: Acting, letter_id: UUID, now: datetime, *, way: str = "download"
) -> tuple[Letter, Case, bytes]:
    """A paper and its DOCX, with a row of audit. `way`: "download" or "print". Raises `not_found`, `reason_needed`."""
    letter, case = _letter(session, acting, letter_id, now)
    place = ("letter", "sealed_docx", (letter.district, letter.letter_id))
    docx = bodies.open_for_case(session, case.district, case.case_id, *place, letter.sealed_docx)
    _audit(session, acting, "read_letter", letter, now, way=way)
    return letter, case, docx


def note_signed(session: Session, acting: Acting, letter_id: UUID, now: datetime) -> Letter:
    """Note that the paper was signed with a pen. Raises `not_found`, `letter_superseded`."""
    letter, case = _to_note(session, acting, letter_id, now)
    if letter.signed_at is None:
        letter.signed_at, letter.signed_by = now, acting.person_id
        _note(session, acting, case, letter, Happened.LETTER_SIGNED, now)
        _audit(session, acting, "sign_letter", letter, now)
    return letter


def note_sent(session: Session, acting: Acting, letter_id: UUID, now: datetime, on: date | None = None) -> Letter:
    """Note that the paper left the house; `on` which day, where it was not today. A transfer letter moves its case, and
    the days that its receiver has begin. What was noted stays: a second day is not taken.

    Raises `not_found`, `letter_superseded`, `letter_not_signed`, `day_to_come`, `letter_day_wrong`.
    """
    letter, case = _to_note(session, acting, letter_id, now)
    if letter.signed_at is None:
        raise Problem("letter_not_signed")
    if letter.sent_at is None:
        letter.sent_at, letter.sent_by = _at(on, letter.made_at, now), acting.person_id
        if letter.kind == Kind.TRANSFER:
            case_steps.after_sending(session, case, letter, now, acting.person_id, letter.sent_at)
            team.tell_of_case(session, case.district, case.case_id)
        else:
            _note(session, acting, case, letter, Happened.PAPER_SENT, now, letter.sent_at)
        _audit(session, acting, "send_letter", letter, now)
    return letter


def note_received(
    session: Session, acting: Acting, letter_id: UUID, receipt: str, now: datetime, on: date | None = None
) -> Letter:
    """Note that the receiver has it, what it is called there, and since which day, where it is not today.

    Raises `not_found`, `letter_not_sent`, `day_to_come`, `letter_day_wrong`.
    """
    letter, case = _to_note(session, acting, letter_id, now)
    if letter.sent_at is None:
        raise Problem("letter_not_sent")
    if letter.received_at is None:
        at = _at(on, letter.sent_at, now)
        sent_letters.keep_receipt(session, letter, receipt, acting.person_id, at)
        if letter.kind == Kind.TRANSFER:
            case_steps.after_receipt(session, case, letter, now, acting.person_id, at)
            team.tell_of_case(session, case.district, case.case_id)
        else:
            _note(session, acting, case, letter, Happened.LETTER_RECEIVED, now, at)
        _audit(session, acting, "receive_letter", letter, now)
    return letter


def add_scan(session: Session, acting: Acting, letter_id: UUID, content: bytes, now: datetime) -> LetterScan:
    """Keep a scan of the paper: PDF, JPEG or PNG by its own bytes. Raises `not_found`, `scan_unreadable`,
    `scan_too_large`.
    """
    letter, case = _letter(session, acting, letter_id, now)
    if not may_make(acting, case, Kind(letter.kind)):
        raise Problem("not_found")
    kind = next((name for mark, name in _SCANS if content.startswith(mark)), None)
    hold(session, case)  # of two scans at once the second gets the next number
    number = len(_scans(session, letter)) + 1
    if len(content) > SCAN_BYTES_MAX or number > SCANS_MAX:
        raise Problem("scan_too_large")
    if kind is None:
        raise Problem("scan_unreadable")
    key = (letter.district, letter_id, number)
    sealed = bodies.seal_for_case(session, case.district, case.case_id, "letter_scan", "sealed_scan", key, content)
    scan = LetterScan(
        district=letter.district, letter_id=letter_id, number=number, type=kind, sealed_scan=sealed,
        added_by=acting.person_id, added_at=now,
    )  # fmt: skip
    session.add(scan)
    _note(session, acting, case, letter, Happened.SCAN_ADDED, now)
    _audit(session, acting, "add_scan", letter, now, number=number)
    return scan


def open_scan(session: Session, acting: Acting, letter_id: UUID, number: int, now: datetime) -> tuple[str, bytes]:
    """(type, bytes) of a scan, with a row of audit. Raises `not_found`."""
    letter, case = _letter(session, acting, letter_id, now)
    key = (letter.district, letter_id, number)
    scan = session.get(LetterScan, key)
    if scan is None:
        raise Problem("not_found")
    plain = bodies.open_for_case(
        session, case.district, case.case_id, "letter_scan", "sealed_scan", key, scan.sealed_scan
    )
    _audit(session, acting, "read_letter", letter, now, way=f"scan {number}")
    return scan.type, plain


# --- the parts --------------------------------------------------------------------------------------------------------


def _check_due(said: str, today: date) -> None:
    try:
        last_day = date.fromisoformat(said) if said else today
    except ValueError as error:
        raise Problem("request_malformed") from error
    if entrusting.is_over(last_day, today):
        raise Problem("visit_dates_reversed")
    if entrusting.is_too_far(last_day, today):
        raise Problem("visit_not_then")


def _reads(acting: Acting, case: Case) -> frozenset[str]:
    return scope.classes_read(acting, case.village_code)


def _is_hers(session: Session, acting: Acting, case: Case, letter: Letter) -> bool:
    if letter.sensitivity not in _reads(acting, case):
        return False
    if letter.record_id is None:
        return any(case.village_code.startswith(code) for code in acting.regions(Role.CASEWORKER, Role.SUPERVISOR))
    here = (Record.district == letter.district, Record.record_id == letter.record_id)
    return session.scalar(select(Record.record_id).where(*here, scope.records_of(acting))) is not None


def _letter(session: Session, acting: Acting, letter_id: UUID, now: datetime) -> tuple[Letter, Case]:
    letter = session.get(Letter, (acting.district, letter_id))
    if letter is None:
        raise Problem("not_found")
    case = case_for_letters(session, acting, letter.case_id, now)
    if not _is_hers(session, acting, case, letter):
        raise Problem("not_found")
    return letter, case


def _to_note(session: Session, acting: Acting, letter_id: UUID, now: datetime) -> tuple[Letter, Case]:
    letter, case = _letter(session, acting, letter_id, now)
    if not may_make(acting, case, Kind(letter.kind)):
        raise Problem("not_found")
    session.refresh(case, with_for_update={"key_share": True})  # of two letters noted at once the second sees its state
    session.refresh(letter, with_for_update=True)
    if letter.superseded_at is not None:
        raise Problem("letter_superseded")
    return letter, case


def _note(
    session: Session,
    acting: Acting,
    case: Case,
    letter: Letter,
    kind: Happened,
    now: datetime,
    at: datetime | None = None,
) -> None:
    noted: dict[str, Any] = {"by": acting.person_id, "ref": letter.letter_id, "sensitivity": letter.sensitivity}
    case_events.note(session, case, kind, now=now, at=at, **noted)


def _at(on: date | None, not_before: datetime, now: datetime) -> datetime:
    """The moment that stands for a day: of today now, of an earlier one its beginning, but never before the step that
    goes before it.
    """
    if on is None or on == day_of(now):
        return now
    if on > day_of(now):
        raise Problem("day_to_come")
    if on < day_of(not_before):
        raise Problem("letter_day_wrong")
    return max(datetime.combine(on, time(), CHINA), not_before)


def _made_from(session: Session, kind: Kind, head: Revision) -> Letter | None:
    return session.scalar(
        select(Letter).where(
            Letter.district == head.district,
            Letter.kind == kind,
            Letter.record_id == head.record_id,
            Letter.revision_id == head.revision_id,
            Letter.superseded_at.is_(None),
        )
    )


def _supersede(session: Session, kind: Kind, record: Record, now: datetime) -> None:
    """What was made of an older revision and has not left the house counts no more; its number stays its own."""
    older = session.scalars(
        select(Letter).where(
            Letter.district == record.district,
            Letter.kind == kind,
            Letter.record_id == record.record_id,
            Letter.sent_at.is_(None),
            Letter.superseded_at.is_(None),
        )
    )
    for letter in older:
        letter.superseded_at = now


def _keep(session: Session, acting: Acting, case: Case, kind: Kind, now: datetime, context_of: Any) -> Letter:
    today = day_of(now)
    has_number = bool(PAPERS[kind].register)
    number = next_number(session, case.district, kind, today.year) if has_number else None
    known = {
        "number": "" if number is None else kinds.number_text(kind, today.year, number),
        "made_on": f"{today.year}年{today.month}月{today.day}日",
        "code_name": case.code_name,
    }
    own = template_in_use(session, case.district, kind)
    docx = templates.filled(shipped.template_of(kind) if own is None else own.content, context_of(known))
    letter_id = uuid7(milliseconds(now))
    key = (case.district, letter_id)
    letter = Letter(
        district=case.district, letter_id=letter_id, case_id=case.case_id, kind=kind.value,
        sensitivity=PAPERS[kind].sensitivity, year=today.year if has_number else None, number=number,
        template_id=None if own is None else own.template_id, made_by=acting.person_id, made_at=now,
        sealed_docx=bodies.seal_for_case(session, case.district, case.case_id, "letter", "sealed_docx", key, docx),
    )  # fmt: skip
    session.add(letter)
    session.flush()
    case_events.note(
        session, case, Happened.LETTER_MADE, now=now, by=acting.person_id, ref=letter_id,
        sensitivity=letter.sensitivity, details={"kind": kind.value, "number": known["number"]},
    )  # fmt: skip
    _audit(session, acting, "make_letter", letter, now, kind=kind.value)
    return letter


def _scans(session: Session, letter: Letter) -> list[LetterScan]:
    rows = select(LetterScan).where(LetterScan.district == letter.district, LetterScan.letter_id == letter.letter_id)
    return list(session.scalars(rows.order_by(LetterScan.number)))


def _view(session: Session, letter: Letter, made_by: str) -> LetterView:
    receipt = ""
    if letter.sealed_receipt is not None:
        place = ("letter", "sealed_receipt", (letter.district, letter.letter_id))
        plain = bodies.open_for_case(session, letter.district, letter.case_id, *place, letter.sealed_receipt)
        receipt = str(json.loads(plain)["no"])
    return LetterView(letter, letter_contents.number_of(letter), made_by, receipt, _scans(session, letter))


def _audit(session: Session, acting: Acting, act: str, letter: Letter, now: datetime, **more: object) -> None:
    about = {"case": str(letter.case_id), "letter": str(letter.letter_id), **more}
    audit.write(session, district=letter.district, actor_id=acting.person_id, act=act, about=about, at=now)
