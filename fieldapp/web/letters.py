"""Letters and papers at the desk: made, opened, printed, noted as signed and sent, scans kept; blank forms."""

from datetime import timedelta
from uuid import UUID

from flask import Blueprint, Response, make_response, render_template, request, url_for
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as WerkzeugResponse

from fieldapp.actions import entrusting, extracts, letters, partner_counties
from fieldapp.casework.entrusting import DAYS_MAX
from fieldapp.casework.letters import blanks, printed
from fieldapp.casework.letters.extracts import BASES
from fieldapp.casework.letters.kinds import PAPERS, Kind
from fieldapp.days import day_of, day_typed
from fieldapp.db import writing
from fieldapp.errors import Problem
from fieldapp.forms import library
from fieldapp.models.accounts import Role
from fieldapp.models.letters import Letter
from fieldapp.models.organisations import KINDS
from fieldapp.web import guard, problems, words

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SCAN_POLICY = "sandbox; default-src 'none'; frame-ancestors 'none'"  # whatever it is, it does nothing here
BLANK_LANGUAGES = ("zh", "en")

bp = Blueprint("letters", __name__, url_prefix="/letters")
bp.origin = "desk"  # type: ignore[attr-defined]
bp.max_body_bytes = letters.SCAN_BYTES_MAX + 64 * 1024  # type: ignore[attr-defined]  # and what a browser writes around it


@bp.get("/of/<uuid:case_id>")
def page(case_id: UUID) -> str:
    return _page(case_id, None)


@bp.post("/of/<uuid:case_id>/make")
def make(case_id: UUID) -> Response | tuple[str, int]:
    kind, record_id = _kind(request.form.get("kind", "")), _id(request.form.get("record", ""))
    try:
        with writing() as session:
            letters.make(session, guard.require(*letters.READERS), case_id, kind, record_id, guard.now())
    except Problem as problem:
        return _refused(case_id, problem)
    return _to_page(case_id)


@bp.post("/of/<uuid:case_id>/entrust")
def entrust(case_id: UUID) -> Response | tuple[str, int]:
    try:
        with writing() as session:
            letters.entrust(session, guard.require(*letters.READERS), case_id, request.form, guard.now())
    except Problem as problem:
        return _refused(case_id, problem)
    return _to_page(case_id)


@bp.errorhandler(RequestEntityTooLarge)
def too_large(_: RequestEntityTooLarge) -> WerkzeugResponse:
    return problems.answer(Problem("scan_too_large"))


@bp.get("/<uuid:letter_id>/docx")
def docx(letter_id: UUID) -> Response:
    with writing() as session:  # reading it writes a row of audit
        letter, case, content = letters.open_letter(session, guard.require(*letters.READERS), letter_id, guard.now())
        name = f"{letter.kind}-{case.code_name}.docx"
    return _download(name if name.isascii() else f"{letter.kind}.docx", DOCX, content)


@bp.get("/<uuid:letter_id>/print")
def print_page(letter_id: UUID) -> str:
    with writing() as session:
        letter, case, content = letters.open_letter(
            session, guard.require(*letters.READERS), letter_id, guard.now(), way="print"
        )
        back = url_for("letters.page", case_id=case.case_id)
        title = PAPERS[Kind(letter.kind)].title.to(guard.language())
    return render_template("letters/print.html", blocks=printed.blocks_of(content), back=back, title=title)


@bp.post("/<uuid:letter_id>/note")
def note(letter_id: UUID) -> Response:
    """What became of it. A refusal leads back to the page of the letters."""
    person, what = guard.require(*letters.READERS), request.form.get("what", "")
    with writing() as session:
        letter = _note(session, person, letter_id, what)
        case_id = letter.case_id
    return _to_page(case_id)


def _note(session, person, letter_id: UUID, what: str) -> Letter:  # type: ignore[no-untyped-def]
    moment, typed = guard.now(), request.form.get("on", "")
    on = day_typed(typed)
    if typed and on is None:
        raise Problem("request_malformed")
    if what == "signed":
        return letters.note_signed(session, person, letter_id, moment)
    if what == "sent":
        return letters.note_sent(session, person, letter_id, moment, on)
    if what == "received":
        return letters.note_received(session, person, letter_id, request.form.get("receipt", ""), moment, on)
    raise Problem("request_malformed")


@bp.post("/<uuid:letter_id>/scans")
def add_scan(letter_id: UUID) -> Response:
    chosen = request.files.get("scan")
    content = b"" if chosen is None else chosen.read(letters.SCAN_BYTES_MAX + 1)
    with writing() as session:
        scan = letters.add_scan(session, guard.require(*letters.READERS), letter_id, content, guard.now())
        letter = session.get_one(Letter, (scan.district, scan.letter_id))
        case_id = letter.case_id
    return _to_page(case_id)


@bp.get("/<uuid:letter_id>/scans/<int:number>")
def scan(letter_id: UUID, number: int) -> Response:
    with writing() as session:
        kind, content = letters.open_scan(session, guard.require(*letters.READERS), letter_id, number, guard.now())
    response = _download(f"scan-{number}.{kind.rpartition('/')[2]}", kind, content)
    response.headers["Content-Security-Policy"] = SCAN_POLICY
    return response


@bp.get("/blank/<form>")
def blank(form: str) -> str:
    """A form of the library as a sheet to write on; it is about nobody."""
    guard.require(Role.CASEWORKER, Role.SUPERVISOR, Role.PROCURATORATE, Role.ADMINISTRATOR)
    plan = library.plans().get(form)
    if plan is None:
        raise Problem("not_found")
    asked = request.args.get("language", guard.language())
    language = asked if asked in BLANK_LANGUAGES else guard.language()
    title, sections = blanks.sheet_of(plan, language)
    return render_template(
        "letters/blank.html", title=title, sections=sections, form=form, sheet_language=language,
        languages=BLANK_LANGUAGES, version=plan.version,
    )  # fmt: skip


def _page(case_id: UUID, problem: Problem | None) -> str:
    person, moment = guard.require(*letters.READERS), guard.now()
    today = day_of(moment)
    with writing() as session:  # what opens a family's papers writes a row of audit
        case = letters.case_for_letters(session, person, case_id, moment)
        found = letters.letters_of(session, person, case)
        made_from = letters.candidates(session, person, case)
        shares = extracts.log_of(session, person, case)
        letters.note_list(session, person, case, moment)
        may_share = extracts.may_share(person, case)
        may_entrust = letters.may_make(person, case, Kind.ENTRUSTED)
        asked_visits = entrusting.requests_of(session, person, case)
        counties = partner_counties.confirmed(session, case.district)
        mine = {view.letter.letter_id for view in found if letters.may_make(person, case, Kind(view.letter.kind))}
    return render_template(
        "letters/page.html", case=case, letters=found, candidates=made_from, shares=shares, papers=PAPERS, kinds=Kind,
        may_share=may_share, may_entrust=may_entrust, mine=mine, problem=problem, words=words, typed=request.form,
        bases=BASES, receivers=KINDS, forms=sorted(library.plans()), asked_visits=asked_visits, counties=counties,
        today=today, last_day=today + timedelta(days=DAYS_MAX),
    )  # fmt: skip


def _refused(case_id: UUID, problem: Problem) -> tuple[str, int]:
    if problem.code in ("not_found", "reason_needed"):
        raise problem
    return _page(case_id, problem), problem.status


def _to_page(case_id: UUID) -> Response:
    return guard.see_other(url_for("letters.page", case_id=case_id))


def _kind(text: str) -> Kind:
    try:
        return Kind(text)
    except ValueError as error:
        raise Problem("request_malformed") from error


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Problem("request_malformed") from error


def _download(name: str, content_type: str, content: bytes) -> Response:
    response = make_response(content)
    response.headers["Content-Type"] = content_type
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
