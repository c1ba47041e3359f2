"""Other counties' servers at the desk: our card to give away, theirs to take in, the fingerprint that is read out."""

from flask import Blueprint, Response, make_response, render_template, request, url_for

from fieldapp.actions import partner_counties
from fieldapp.db import reading, writing
from fieldapp.errors import Problem
from fieldapp.models.accounts import Role
from fieldapp.web import guard

bp = Blueprint("counties", __name__, url_prefix="/counties")
bp.origin = "desk"  # type: ignore[attr-defined]
bp.max_body_bytes = partner_counties.CARD_BYTES_MAX + 64 * 1024  # type: ignore[attr-defined]


@bp.get("")
def page() -> str:
    return _page(None)


@bp.get("/card")
def card() -> Response:
    """Our public keys. Nothing in it is secret; it is believed only with the fingerprint that we read out."""
    with reading() as session:
        content = partner_counties.card(session, guard.require(Role.ADMINISTRATOR))
    response = make_response(content)
    response.headers["Content-Type"] = "application/json"
    response.headers["Content-Disposition"] = 'attachment; filename="county-card.json"'
    return response


@bp.post("")
def add() -> Response | tuple[str, int]:
    _require_fresh()
    chosen = request.files.get("file")
    content = b"" if chosen is None else chosen.read(partner_counties.CARD_BYTES_MAX + 1)
    try:
        with writing() as session:
            partner_counties.add(session, guard.acting(), content, guard.now())
    except Problem as problem:
        return _refused(problem)
    return _to_page()


@bp.post("/<partner_id>/confirm")
def confirm(partner_id: str) -> Response | tuple[str, int]:
    _require_fresh()
    try:
        with writing() as session:
            heard = request.form.get("heard", "")[:40]
            partner_counties.confirm(session, guard.acting(), partner_id, heard, guard.now())
    except Problem as problem:
        return _refused(problem)
    return _to_page()


@bp.post("/<partner_id>/end")
def end(partner_id: str) -> Response:
    _require_fresh()
    with writing() as session:
        partner_counties.end(session, guard.acting(), partner_id, guard.now())
    return _to_page()


def _require_fresh() -> None:
    """What changes whom we believe asks for a fresh proof, of who may do it at all."""
    partner_counties.require_keeper(guard.require(Role.ADMINISTRATOR))
    guard.require_fresh(url_for("counties.page"))


def _page(problem: Problem | None) -> str:
    person = guard.require(Role.ADMINISTRATOR)
    partner_counties.require_keeper(person)
    with reading() as session:
        own = partner_counties.own_fingerprint(session)
        known = partner_counties.counties(session, person)
    return render_template("entrusted/counties.html", own=grouped(own), counties=known, problem=problem)


def grouped(fingerprint: str) -> str:
    """Twelve characters as they are read out: in groups of four."""
    return "-".join(fingerprint[at : at + 4] for at in range(0, len(fingerprint), 4))


def _refused(problem: Problem) -> tuple[str, int]:
    if problem.code == "not_found":
        raise problem
    return _page(problem), problem.status


def _to_page() -> Response:
    return guard.see_other(url_for("counties.page"))
