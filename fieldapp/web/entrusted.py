"""Visits between two counties' servers at the desk: asked for, handed in, opened, answered; what was refused."""

from collections.abc import Callable
from datetime import date
from uuid import UUID

from flask import Blueprint, Response, make_response, render_template, request, url_for

from fieldapp.actions import entrusted, entrusted_files, entrusting
from fieldapp.actions.entrusted_files import FILE_BYTES_MAX, Taken
from fieldapp.days import day_of
from fieldapp.db import writing
from fieldapp.errors import PROBLEMS, Problem
from fieldapp.models.accounts import Role, people_with_role
from fieldapp.models.regions import villages_of
from fieldapp.web import guard, words

bp = Blueprint("entrusted", __name__, url_prefix="/entrusted")
bp.origin = "desk"  # type: ignore[attr-defined]
bp.max_body_bytes = FILE_BYTES_MAX + 64 * 1024  # type: ignore[attr-defined]


@bp.get("")
def page() -> str:
    return _page(None, None)


@bp.post("")
def hand_in() -> str | tuple[str, int]:
    """A file another county sent. What is refused is kept, and said by name."""
    person = guard.require(Role.SUPERVISOR)
    chosen = request.files.get("file")
    content = b"" if chosen is None else chosen.read(FILE_BYTES_MAX + 1)
    return _taken(lambda: entrusted_files.hand_in(content, acting=person, now=guard.now()))


@bp.post("/of/<uuid:case_id>")
def entrust(case_id: UUID) -> Response:
    """Ask for a visit. It tells another office of the family: that asks for a fresh proof."""
    person, back = guard.require(Role.SUPERVISOR), url_for("letters.page", case_id=case_id)
    guard.require_fresh(back)
    try:
        with writing() as session:
            county = request.form.get("county", "")[:12]
            entrusting.entrust(session, person, case_id, county, request.form, guard.now())
    except Problem as problem:
        if problem.code not in ("not_found", "reason_needed"):
            problem.details.setdefault("back", back)
        raise
    return guard.see_other(back)


@bp.post("/asked/<uuid:request_out_id>/file")
def request_file(request_out_id: UUID) -> Response:
    person = guard.require(Role.SUPERVISOR)
    guard.require_fresh(url_for("entrusted.page"))
    with writing() as session:
        row, content = entrusting.file_of(session, person, request_out_id, guard.now())
        name = f"visit-{row.request_id}.fav"
    return _download(name, content)


@bp.post("/received/<uuid:request_in_id>/open")
def open_visit(request_in_id: UUID) -> Response | tuple[str, int]:
    person, form = guard.require(Role.SUPERVISOR), request.form
    try:
        visitors = [UUID(one) for one in form.getlist("visitors")]
        planned_on = date.fromisoformat(form.get("planned_on", ""))
    except ValueError as error:
        raise Problem("request_malformed") from error
    try:
        with writing() as session:
            row = entrusted.open_visit(
                session, person, request_in_id, village_code=form.get("village", "")[:12], visitor_ids=visitors,
                planned_on=planned_on, now=guard.now(),
            )  # fmt: skip
            case_id = row.case_id
    except Problem as problem:
        return _refused(problem)
    return guard.see_other(url_for("cases.case_file", case_id=case_id))


@bp.post("/received/<uuid:request_in_id>/answer")
def answer(request_in_id: UUID) -> Response:
    person = guard.require(Role.SUPERVISOR)
    guard.require_fresh(url_for("entrusted.page"))
    with writing() as session:
        row, content = entrusted.answer(session, person, request_in_id, guard.now())
        name = f"answer-{row.request_id}.fav"
    return _download(name, content)


@bp.post("/kept/<uuid:refused_id>/again")
def try_again(refused_id: UUID) -> str | tuple[str, int]:
    """A file that was refused, once more as it lies here."""
    person = guard.require(Role.SUPERVISOR)
    return _taken(lambda: entrusted_files.try_again(refused_id, acting=person, now=guard.now()))


@bp.post("/kept/<uuid:refused_id>/aside")
def set_aside(refused_id: UUID) -> Response:
    with writing() as session:
        entrusted_files.set_aside(session, guard.require(Role.SUPERVISOR), refused_id, guard.now())
    return guard.see_other(url_for("entrusted.page"))


def _taken(take: Callable[[], Taken]) -> str | tuple[str, int]:
    """The page with what a file was, or why it was refused."""
    try:
        taken = take()
    except Problem as problem:
        return _refused(problem)
    return _page(taken, None)


def _page(taken: Taken | None, problem: Problem | None) -> str:
    person, now = guard.require(Role.SUPERVISOR), guard.now()
    entrusted_files.require_supervisor(person)
    with writing() as session:  # what was asked of us names people: reading it writes a row of audit
        received = entrusted.received(session, person, now)
        kept = entrusted_files.kept(session, person)
        villages = villages_of(session, person.regions(Role.SUPERVISOR), day_of(now))
        workers = {one.person_id: one for one, _ in people_with_role(session, person.district, Role.CASEWORKER)}
    return render_template(
        "entrusted/page.html",
        received=received,
        kept=[(row, PROBLEMS[row.reason]) for row in kept],
        taken=taken,
        problem=problem,
        villages=villages,
        workers=sorted(workers.values(), key=lambda one: one.name),
        today=day_of(now),
        words=words,
    )


def _refused(problem: Problem) -> tuple[str, int]:
    if problem.code == "not_found":
        raise problem
    return _page(None, problem), problem.status


def _download(name: str, content: bytes) -> Response:
    response = make_response(content)
    response.headers["Content-Type"] = "application/octet-stream"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
