"""Forms at the desk: upload, read what was understood, try it on a phone's screen, publish, withdraw."""

import csv
import io
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, render_template, request, url_for
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as WerkzeugResponse

from fieldapp.actions import form_views, lists, publishing
from fieldapp.db import reading, writing
from fieldapp.errors import Problem
from fieldapp.forms import media, parcel
from fieldapp.forms.plan import Plan
from fieldapp.models.accounts import Role
from fieldapp.web import form_words, guard, problems, words

bp = Blueprint("forms", __name__, url_prefix="/forms")
bp.origin = "desk"  # type: ignore[attr-defined]
# The files, and the few words a browser writes around them.
bp.max_body_bytes = parcel.UPLOAD_BYTES_MAX + 64 * 1024  # type: ignore[attr-defined]
PREVIEW_LANGUAGES = ("zh", "en")  # those the phone speaks itself


@bp.get("")
def shelf() -> str:
    return _shelf_page(None)


@bp.post("")
def upload() -> Response | tuple[str, int]:
    """Compiled before the transaction opens: nobody waits for the write lock meanwhile."""
    acting = guard.require(Role.ADMINISTRATOR)
    publishing.require_publisher(acting)
    try:
        judged = publishing.judge(_chosen())
    except Problem as problem:
        return _shelf_page(problem), problem.status
    with writing() as session:
        candidate = publishing.keep_upload(session, acting, judged, guard.now())
    return guard.see_other(url_for("forms.candidate", candidate_id=candidate.candidate_id))


@bp.errorhandler(RequestEntityTooLarge)
def too_large(_: RequestEntityTooLarge) -> WerkzeugResponse:
    """Said in the words of this page; its own files are still with whoever chose them."""
    limit_mb = parcel.UPLOAD_BYTES_MAX // 1024 // 1024
    return problems.answer(Problem("form_upload_too_large", limit_mb=limit_mb))


@bp.get("/uploads/<uuid:candidate_id>")
def candidate(candidate_id: UUID) -> str:
    return _candidate_page(candidate_id, None)


@bp.get("/uploads/<uuid:candidate_id>/refusals.csv")
def refusals(candidate_id: UUID) -> Response:
    """The list to work through beside the workbook, in the reader's language."""
    with reading() as session:
        view = form_views.candidate_view(session, guard.require(Role.ADMINISTRATOR), candidate_id)
    written = io.StringIO()
    table = csv.writer(written)
    table.writerow(map(str, form_words.REFUSAL_COLUMNS))
    for one in view.refusals:
        place = (one["sheet"] or "", one["row"] or "", one["column"] or "")
        table.writerow(_harmless(cell) for cell in (*place, one["code"], one[guard.language()]))
    # With the mark of UTF-8, or a Chinese Excel reads it as GBK.
    return _download("refusals.csv", "text/csv; charset=utf-8", b"\xef\xbb\xbf" + written.getvalue().encode())


@bp.get("/uploads/<uuid:candidate_id>/files/<int:number>")
def uploaded_file(candidate_id: UUID, number: int) -> Response:
    """One file as it was uploaded; never shown inside the desk, whatever it calls itself."""
    with reading() as session:
        found = form_views.uploaded_file(session, guard.require(Role.ADMINISTRATOR), candidate_id, number)
    return _download(found.name, "application/octet-stream", found.content)


@bp.get("/media/<name>.<ending>")
def media_file(name: str, ending: str) -> Response:
    """A picture, sound or film that a form shows, for everybody at the desk: it is about no family."""
    with reading() as session:
        content = form_views.media_file(session, name)
    content_type = media.type_of(ending, content)
    if content_type is None:
        raise Problem("not_found")
    response = make_response(content)
    response.headers["Content-Type"] = content_type
    response.headers["Cache-Control"] = "private, max-age=31536000, immutable"  # its name is its hash
    return response


@bp.get("/uploads/<uuid:candidate_id>/preview")
def try_candidate(candidate_id: UUID) -> str:
    with reading() as session:
        acting = guard.require(Role.ADMINISTRATOR)
        shown = form_views.plan_for_preview(session, acting, candidate_id)
        files = lists.whole(session, shown)
    return _preview(shown, files, url_for("forms.candidate", candidate_id=candidate_id))


@bp.post("/uploads/<uuid:candidate_id>/publish")
def publish(candidate_id: UUID) -> Response | tuple[str, int]:
    guard.require_fresh(url_for("forms.candidate", candidate_id=candidate_id))
    form = request.form
    try:
        with writing() as session:
            published = publishing.publish(
                session,
                guard.require(Role.ADMINISTRATOR),
                candidate_id,
                plan_hash=form.get("plan_hash", ""),
                over=_version(form.get("over", "")),
                roles=form.getlist("roles"),
                now=guard.now(),
            )
    except Problem as problem:
        if problem.code == "not_found":
            raise
        return _candidate_page(candidate_id, problem), problem.status
    return guard.see_other(url_for("forms.version", form=published.form, version=published.version))


@bp.get("/versions/<form>/<int:version>")
def version(form: str, version: int) -> str:
    return _version_page(form, version, None)


@bp.get("/versions/<form>/<int:version>/preview")
def try_version(form: str, version: int) -> str:
    with reading() as session:
        acting = guard.require(Role.ADMINISTRATOR)
        view = form_views.version_view(session, acting, form, version)
        files = lists.whole(session, view.outline.plan)
    return _preview(view.outline.plan, files, url_for("forms.version", form=form, version=version))


@bp.post("/versions/<form>/<int:version>/withdraw")
def withdraw(form: str, version: int) -> Response | tuple[str, int]:
    guard.require_fresh(url_for("forms.version", form=form, version=version))
    reason = request.form.get("reason", "")
    try:
        with writing() as session:
            publishing.withdraw(session, guard.require(Role.ADMINISTRATOR), form, version, reason, guard.now())
    except Problem as problem:
        if problem.code == "not_found":
            raise
        return _version_page(form, version, problem), problem.status
    return guard.see_other(url_for("forms.version", form=form, version=version))


def _chosen() -> list[tuple[str, bytes]]:
    chosen = []
    for file in request.files.getlist("files"):
        with file.stream:
            chosen.append((file.filename or "", file.read()))
    return chosen


# --- pages ------------------------------------------------------------------------------------------------------------


def _shelf_page(problem: Problem | None) -> str:
    acting = guard.require(Role.ADMINISTRATOR)
    with reading() as session:
        found = form_views.shelf(session, acting, _uuid(request.args.get("before", "")))
    return render_template("forms/shelf.html", shelf=found, problem=problem, max_bytes=parcel.UPLOAD_BYTES_MAX)


def _candidate_page(candidate_id: UUID, problem: Problem | None) -> str:
    with reading() as session:
        view = form_views.candidate_view(session, guard.require(Role.ADMINISTRATOR), candidate_id)
    return render_template(
        "forms/candidate.html",
        view=view,
        problem=problem,
        words=words,
        said=form_words,
        filling=publishing.FILLING_ROLES,
    )


def _version_page(form: str, version: int, problem: Problem | None) -> str:
    with reading() as session:
        view = form_views.version_view(session, guard.require(Role.ADMINISTRATOR), form, version)
    typed = request.form.get("reason", "")
    return render_template("forms/version.html", view=view, problem=problem, words=words, said=form_words, typed=typed)


def _preview(shown: Plan, files: dict[str, Any], back: str) -> str:
    """The page loads the phone's own sheets and record screen; what is typed there stays in the page and is gone with
    it.
    """
    given: dict[str, Any] = {
        "plan": shown.json,
        "files": files,
        "media": words.media_addresses(shown.json),
        "now": guard.now().timestamp() * 1000,
        "languages": [code for code in PREVIEW_LANGUAGES if code in shown.languages] or [PREVIEW_LANGUAGES[0]],
    }
    return render_template("forms/preview.html", shown=shown, given=given, back=back, said=form_words)


def _download(name: str, mimetype: str, content: bytes) -> Response:
    response = make_response(content)
    response.headers["Content-Type"] = mimetype
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def _harmless(cell: object) -> str:
    """A cell that no spreadsheet program takes for a formula: what stands in it came from an uploaded file."""
    text = str(cell)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _version(text: str) -> int | None:
    try:
        return int(text) if text else None
    except ValueError as error:
        raise Problem("request_malformed") from error


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError as error:
        raise Problem("request_malformed") from error
