"""Templates of letters at the desk: the county uploads its own, looks at it, publishes it, or goes back to ours."""

from uuid import UUID

from flask import Blueprint, Response, make_response, render_template, request, url_for

from fieldapp.actions import letter_templates
from fieldapp.casework.letters import placeholders, shipped
from fieldapp.casework.letters.kinds import PAPERS, Kind
from fieldapp.casework.letters.templates import UPLOAD_BYTES_MAX
from fieldapp.casework.sentences import Said
from fieldapp.db import reading, writing
from fieldapp.errors import Problem
from fieldapp.models.accounts import Role
from fieldapp.web import guard

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

bp = Blueprint("letter_templates", __name__, url_prefix="/letter-templates")
bp.origin = "desk"  # type: ignore[attr-defined]
bp.max_body_bytes = UPLOAD_BYTES_MAX + 64 * 1024  # type: ignore[attr-defined]


@bp.get("")
def page() -> str:
    return _page([], None)


@bp.post("")
def upload() -> Response | tuple[str, int]:
    person = guard.require(Role.ADMINISTRATOR)
    letter_templates.require_publisher(person)
    kind, chosen = _kind(request.form.get("kind", "")), request.files.get("file")
    content = b"" if chosen is None else chosen.read(UPLOAD_BYTES_MAX + 1)
    refused = letter_templates.judge(kind, content)  # before the transaction: nobody waits for the write lock meanwhile
    if refused:
        return _page(refused, kind), 422
    with writing() as session:
        name = (chosen.filename if chosen else None) or "template.docx"
        letter_templates.keep(session, person, kind, name, content, guard.now())
    return guard.see_other(url_for("letter_templates.page"))


@bp.get("/shipped/<paper>")
def ours(paper: str) -> Response:
    """The template that comes with the program, to begin with."""
    letter_templates.require_publisher(guard.require(Role.ADMINISTRATOR))
    try:
        found = Kind(paper)
    except ValueError as error:
        raise Problem("not_found") from error
    return _docx(f"{found.value}.docx", shipped.template_of(found))


@bp.get("/<uuid:template_id>/preview")
def preview(template_id: UUID) -> Response:
    """The template filled in with invented data."""
    with reading() as session:
        content = letter_templates.tried(session, guard.require(Role.ADMINISTRATOR), template_id)
    return _docx("preview.docx", content)


@bp.post("/<uuid:template_id>/publish")
def publish(template_id: UUID) -> Response:
    guard.require_fresh(url_for("letter_templates.page"))
    with writing() as session:
        letter_templates.publish(session, guard.require(Role.ADMINISTRATOR), template_id, guard.now())
    return guard.see_other(url_for("letter_templates.page"))


@bp.post("/<uuid:template_id>/end")
def end(template_id: UUID) -> Response:
    guard.require_fresh(url_for("letter_templates.page"))
    with writing() as session:
        letter_templates.end(session, guard.require(Role.ADMINISTRATOR), template_id, guard.now())
    return guard.see_other(url_for("letter_templates.page"))


def _page(refused: list[Said], kind: Kind | None) -> str:
    person = guard.require(Role.ADMINISTRATOR)
    with reading() as session:
        own = letter_templates.templates_of(session, person)
    names = {one: placeholders.placeholders(one) for one in Kind}
    return render_template(
        "letters/templates.html", own=own, papers=PAPERS, kinds=Kind, names=names, refused=refused, chosen=kind,
        limit_kb=UPLOAD_BYTES_MAX // 1024,
    )  # fmt: skip


def _kind(text: str) -> Kind:
    try:
        return Kind(text)
    except ValueError as error:
        raise Problem("request_malformed") from error


def _docx(name: str, content: bytes) -> Response:
    response = make_response(content)
    response.headers["Content-Type"] = DOCX
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
