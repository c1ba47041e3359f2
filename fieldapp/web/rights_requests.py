"""What people ask about their own data: the list with its clocks, one request, what is printed for her. What families
say of the help. The auditor's year of minors' files.
"""

from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, render_template, request, url_for
from sqlalchemy.orm import Session

from fieldapp.actions import minors_year, rights_copy, rights_requests
from fieldapp.actions.rights_requests import LINE_MAX, TEXT_MAX, Asked
from fieldapp.casework import rights
from fieldapp.casework.calendar import published
from fieldapp.days import day_of
from fieldapp.db import reading, writing
from fieldapp.errors import Problem
from fieldapp.models import audit, rights_pages
from fieldapp.models.accounts import Acting, Person, Role
from fieldapp.models.cases import Case
from fieldapp.models.rights_requests import ENDED, RequestKind, RequestState, RightsRequest
from fieldapp.web import guard, rights_words, words

bp = Blueprint("rights", __name__, url_prefix="/rights")
bp.origin = "desk"  # type: ignore[attr-defined]

_READERS = (Role.CASEWORKER, Role.SUPERVISOR, Role.DATA_PROTECTION)
_HELPERS = (Role.CASEWORKER, Role.SUPERVISOR)
_ASKED_FOR = [kind for kind in RequestKind if kind is not RequestKind.FEEDBACK]


@bp.get("")
def page() -> str:
    acting, ended = guard.require(*_READERS), request.args.get("view") == "ended"
    with reading() as session:
        rows, more = rights_pages.page_of(session, acting, ended=ended, before=_uuid(request.args.get("before", "")))
    clocks = {row.request_id: _clock(row) for row, _ in rows}
    return render_template(
        "rights/list.html",
        rows=rows,
        more=more,
        ended=ended,
        clocks=clocks,
        words=rights_words,
        missing=_missing(clocks),
    )


@bp.get("/new")
def new_form() -> str:
    guard.require(*_READERS)
    return _new_page(None)


@bp.post("/new")
def take() -> Response | tuple[str, int]:
    acting, form = guard.require(*_READERS), request.form
    try:
        kind = RequestKind(form.get("kind", ""))
    except ValueError as error:
        raise Problem("request_malformed") from error

    def taken(session: Session) -> str:
        case = _named(session, acting, form.get("code", ""))
        asked = Asked(
            kind=kind,
            case_id=None if case is None else case.case_id,
            received_on=_day(form.get("received_on", "")),
            who=form.get("who", ""),
            how=form.get("how", ""),
            text=form.get("text", ""),
            asked_as=form.get("asked_as", "herself"),
            way=form.get("way", "in_person"),
            stops=form.getlist("stops"),
            about_id=case.subject_id if case is not None and form.get("about") == "subject" else None,
        )
        request_id = rights_requests.take(session, acting, asked, guard.now()).request_id
        return url_for("rights.one", asked_id=request_id)

    return guard.answered(taken, _new_page)


@bp.get("/<uuid:asked_id>")
def one(asked_id: UUID) -> str:
    return _one_page(asked_id, None)


@bp.post("/<uuid:asked_id>/identity")
def show_identity(asked_id: UUID) -> Response | tuple[str, int]:
    return _act(asked_id, rights_requests.show_identity, request.form.get("identity", ""))


@bp.post("/<uuid:asked_id>/grant")
def grant(asked_id: UUID) -> Response | tuple[str, int]:
    return _act(asked_id, rights_requests.grant, request.form.get("text", ""))


@bp.post("/<uuid:asked_id>/refuse")
def refuse(asked_id: UUID) -> Response | tuple[str, int]:
    return _act(asked_id, rights_requests.refuse, request.form.get("reason", ""), request.form.get("text", ""))


@bp.post("/<uuid:asked_id>/restrict")
def restrict(asked_id: UUID) -> Response | tuple[str, int]:
    """Closes a file to everybody, so it asks for a fresh proof."""
    guard.require_fresh(url_for("rights.one", asked_id=asked_id))
    form = request.form
    until = _day(form["until"]) if form.get("until") else None
    return _act(asked_id, rights_requests.restrict, form.get("reason", ""), form.get("text", ""), until)


@bp.post("/<uuid:asked_id>/take-back")
def take_back(asked_id: UUID) -> Response | tuple[str, int]:
    return _act(asked_id, rights_requests.take_back)


@bp.post("/<uuid:asked_id>/erase")
def erase(asked_id: UUID) -> str | tuple[str, int]:
    """What was asked is shown once, in this answer: it is gone with the family, and she has still to be told."""
    guard.require_fresh(url_for("rights.one", asked_id=asked_id))
    acting = guard.require(Role.DATA_PROTECTION)
    try:
        with writing() as session:
            said = rights_requests.erase(session, acting, asked_id, request.form.get("code", ""), guard.now())
            asked, _code_name = rights_pages.seen(session, acting, asked_id)
    except Problem as problem:
        if problem.code == "not_found":
            raise
        return _one_page(asked_id, problem), problem.status
    return render_template("rights/erased.html", asked=asked, said=said, words=rights_words, number=_number(asked))


@bp.post("/<uuid:asked_id>/put-right")
def put_right(asked_id: UUID) -> Response | tuple[str, int]:
    return _act(asked_id, rights_requests.put_right, request.form.get("text", ""))


@bp.post("/<uuid:asked_id>/answered")
def note_answered(asked_id: UUID) -> Response | tuple[str, int]:
    return _act(asked_id, rights_requests.note_answered)


@bp.get("/<uuid:asked_id>/answer")
def answer(asked_id: UUID) -> str:
    """What she is given or read out: a number, what became of it, where to turn. No name, no code, no office."""
    acting = guard.require(Role.DATA_PROTECTION)
    with writing() as session:
        asked, _code_name = rights_pages.seen(session, acting, asked_id)
        if not rights_pages.holds(session, asked, rights_pages.to_decide(acting)) or asked.decided_at is None:
            raise Problem("not_found")
        _note(session, asked)
        decision = rights_pages.said_of(session, asked, "sealed_decision") or {}
    return render_template(
        "rights/answer.html", asked=asked, decision=decision.get("text", ""), words=rights_words, number=_number(asked)
    )


@bp.get("/<uuid:asked_id>/copy")
def copy(asked_id: UUID) -> str:
    """Leaves this server on paper, so it asks for a fresh proof."""
    acting = guard.require(Role.SUPERVISOR)
    guard.require_fresh(url_for("rights.copy", asked_id=asked_id))
    with writing() as session:
        made = rights_copy.copy_of(session, acting, asked_id, guard.language(), guard.now())
    return render_template(
        "rights/copy.html", copy=made, rights_words=rights_words, words=words, number=_number(made.request)
    )


@bp.post("/<uuid:asked_id>/copy/person")
def name_person(asked_id: UUID) -> Response | tuple[str, int]:
    acting = guard.require(Role.SUPERVISOR)
    with writing() as session:
        rights_requests.name_person(session, acting, asked_id, _uuid(request.form.get("about", "")), guard.now())
    return guard.see_other(url_for("rights.copy", asked_id=asked_id))


@bp.post("/<uuid:asked_id>/copy/handed-over")
def hand_over(asked_id: UUID) -> Response | tuple[str, int]:
    return _act(asked_id, rights_requests.hand_over)


@bp.get("/feedback")
def feedback() -> str:
    guard.require(*_HELPERS)
    return _feedback_page(None)


@bp.post("/feedback")
def give_feedback() -> Response | tuple[str, int]:
    acting, form = guard.require(*_HELPERS), request.form

    def given(session: Session) -> str:
        case = _named(session, acting, form.get("code", ""))
        asked = Asked(
            kind=RequestKind.FEEDBACK,
            case_id=None if case is None else case.case_id,
            received_on=day_of(guard.now()),
            text=form.get("text", ""),
            view=form.get("view", ""),
        )
        rights_requests.take(session, acting, asked, guard.now())
        return url_for("rights.feedback")

    return guard.answered(given, _feedback_page)


@bp.post("/feedback/<uuid:asked_id>/heard")
def hear(asked_id: UUID) -> Response:
    acting = guard.require(*_HELPERS)
    with writing() as session:
        rights_requests.hear(session, acting, asked_id, guard.now())
    return guard.see_other(url_for("rights.feedback"))


@bp.get("/minors")
def minors() -> str:
    acting, said = guard.require(Role.AUDITOR), request.args.get("year", "")
    today = day_of(guard.now())
    year = int(said) if said.isascii() and said.isdecimal() and len(said) == 4 else today.year
    with writing() as session:
        found = minors_year.year_of(session, acting, year, guard.now())
    return render_template(
        "rights/minors.html", found=found, years=range(today.year, minors_year.YEAR_FIRST, -1), words=words
    )


def _act(asked_id: UUID, act: Any, *said: Any) -> Response | tuple[str, int]:
    """Carry one act out and show the request again, with what was refused."""
    acting = guard.require(*_READERS)

    def done(session: Session) -> str:
        act(session, acting, asked_id, *said, guard.now())
        return url_for("rights.one", asked_id=asked_id)

    return guard.answered(done, lambda problem: _one_page(asked_id, problem))


def _named(session: Session, acting: Acting, code_name: str) -> Case | None:
    """The family of a code name; None where none was typed. Raises `rights_incomplete` for one she finds nothing of."""
    if not code_name.strip():
        return None
    case = rights_pages.case_called(session, acting, code_name.strip())
    if case is None:
        raise Problem("rights_incomplete", field="case")
    return case


def _one_page(asked_id: UUID, problem: Problem | None) -> str:
    acting = guard.require(*_READERS)
    with writing() as session:  # who asks and how she is reached is read here: that writes a row of audit
        asked, code_name = rights_pages.seen(session, acting, asked_id)
        may = {
            name: rights_pages.holds(session, asked, condition(acting))
            for name, condition in (
                ("decide", rights_pages.to_decide),
                ("hand_over", rights_pages.to_hand_over),
                ("put_right", rights_pages.to_put_right),
            )
        }
        may["show_identity"] = may["decide"] or asked.taken_by == acting.person_id
        _note(session, asked)
        # Who told us is read by who decides, and not again by who took it down.
        reads = may["decide"] or asked.kind != RequestKind.FORGET_REPORTER
        context = {
            "asked": asked,
            "code_name": code_name,
            "said": rights_pages.said_of(session, asked, "sealed_asked") if reads else None,
            "decision": rights_pages.said_of(session, asked, "sealed_decision"),
            "done": rights_pages.said_of(session, asked, "sealed_done"),
            "people": _names(session, asked),
            "holdings": _holdings(session, asked) if may["decide"] else None,
            "may": may,
        }
    return render_template(
        "rights/one.html",
        **context,
        problem=problem,
        clock=_clock(asked),
        number=_number(asked),
        words=rights_words,
        rules=rights,
        text_max=TEXT_MAX,
        typed=request.form,
        today=day_of(guard.now()).isoformat(),
    )


def _new_page(problem: Problem | None) -> str:
    return render_template(
        "rights/new.html",
        problem=problem,
        kinds=_ASKED_FOR,
        words=rights_words,
        typed=request.form or request.args,
        stops=request.form.getlist("stops"),
        line_max=LINE_MAX,
        text_max=TEXT_MAX,
        today=day_of(guard.now()).isoformat(),
    )


def _feedback_page(problem: Problem | None) -> str:
    acting, ended = guard.acting(), request.args.get("view") == "ended"
    with writing() as session:
        rows, more = rights_pages.page_of(
            session, acting, ended=ended, feedback=True, before=_uuid(request.args.get("before", ""))
        )
        shown = []
        for row, code_name in rows:
            hears = rights_pages.holds(session, row, rights_pages.to_hear(acting))
            shown.append((row, code_name, rights_pages.said_of(session, row, "sealed_asked"), hears))
            _note(session, row)
    return render_template(
        "rights/feedback.html", problem=problem, rows=shown, more=more, ended=ended, words=rights_words,
        text_max=TEXT_MAX, typed=request.form or request.args,
    )  # fmt: skip


def _note(session: Session, asked: RightsRequest) -> None:
    about: dict[str, object] = {"request": str(asked.request_id)}
    audit.note_read(session, guard.acting(), "read_rights_request", about, guard.now())


def _names(session: Session, asked: RightsRequest) -> dict[UUID, str]:
    ids = {asked.taken_by, asked.decided_by, asked.done_by, asked.answered_by} - {None}
    found = (session.get(Person, (asked.district, person_id)) for person_id in ids)
    return {person.person_id: person.name for person in found if person is not None}


def _holdings(session: Session, asked: RightsRequest) -> dict[str, int] | None:
    is_erasure = asked.kind == RequestKind.ERASURE and asked.state not in ENDED
    if not is_erasure or asked.case_id is None:
        return None
    return rights_pages.holdings_of(session, asked.district, asked.case_id)


def _clock(asked: RightsRequest) -> rights.Clock | None:
    if asked.state in ENDED or asked.due_on is None or asked.state == RequestState.RESTRICTED:
        return None
    return rights.clock_of(asked.due_on, guard.now(), published())


def _missing(clocks: dict[UUID, rights.Clock | None]) -> list[int]:
    """Years of which the holidays are not known, so that last days in them may be off."""
    return sorted({missing.year for clock in clocks.values() if clock for missing in clock.due.warnings})


def _number(asked: RightsRequest) -> str:
    """What she is told her request is called: it tells nothing of anybody."""
    return f"{asked.received_on:%Y%m%d}-{asked.request_id.hex[-5:].upper()}"


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Problem("rights_incomplete", field="received_on") from error


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
