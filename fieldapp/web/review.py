"""One report: read it, open the review, remark, return, approve. Works as plain forms; htmx only saves reloads."""

import base64
import binascii
from uuid import UUID

from flask import Blueprint, Response, current_app, make_response, render_template, request, url_for

from fieldapp.actions import files, form_views, parts, reports, reviews, screening_views, version_choice, women
from fieldapp.casework import workflow
from fieldapp.days import day_of
from fieldapp.db import writing
from fieldapp.errors import Problem
from fieldapp.models.accounts import Role
from fieldapp.models.bodies import REPORTER_FORMS
from fieldapp.models.regions import names_for_files
from fieldapp.web import guard, problems, words

FILE_POLICY = "sandbox; default-src 'none'; frame-ancestors 'none'"  # whatever it is, it does nothing here

bp = Blueprint("review", __name__, url_prefix="/reports")
bp.origin = "desk"  # type: ignore[attr-defined]
problems.lead_back(bp, problems.to_page("review.report", "record_id"))


@bp.get("/<uuid:record_id>")
def report(record_id: UUID) -> str:
    return _page(record_id)


@bp.post("/<uuid:record_id>/open")
def open_review(record_id: UUID) -> Response:
    with writing() as session:
        reviews.open_review(session, guard.require(Role.SUPERVISOR), record_id, guard.now())
    return _to_report(record_id)


@bp.post("/<uuid:record_id>/release")
def release(record_id: UUID) -> Response:
    with writing() as session:
        reviews.release_review(session, guard.require(Role.SUPERVISOR), record_id, guard.now())
    return guard.see_other(url_for("dashboard.queue"))


@bp.post("/<uuid:record_id>/remarks")
def remark(record_id: UUID) -> Response:
    person = guard.require(Role.SUPERVISOR)
    path = request.form.get("path", "")[:500]
    with writing() as session:
        reviews.add_remark(
            session,
            person,
            record_id,
            path=path,
            kind=request.form.get("kind", ""),
            text=request.form.get("text", ""),
            ways=request.form.getlist("ways"),
            now=guard.now(),
        )
    return _row_or_report(record_id, path)


@bp.post("/<uuid:record_id>/remarks/<uuid:remark_id>/resolve")
def resolve(record_id: UUID, remark_id: UUID) -> Response:
    with writing() as session:
        reviews.resolve_remark(session, guard.require(Role.SUPERVISOR), record_id, remark_id, guard.now())
    return _row_or_report(record_id, request.form.get("path", "")[:500])


@bp.post("/<uuid:record_id>/choose")
def choose(record_id: UUID) -> Response:
    """Let one of several versions count."""
    revision_id, content_hash = _read_revision()
    person = guard.require(Role.SUPERVISOR)
    with writing() as session:
        version_choice.choose(session, person, record_id, revision_id, content_hash, guard.now())
    return _to_report(record_id)


@bp.post("/<uuid:record_id>/return")
def return_record(record_id: UUID) -> Response:
    revision_id, content_hash = _read_revision()
    with writing() as session:
        reviews.return_record(
            session,
            guard.require(Role.SUPERVISOR),
            record_id,
            revision_id,
            content_hash,
            reason=request.form.get("reason") or None,
            text=request.form.get("text", ""),
            now=guard.now(),
        )
    return guard.see_other(url_for("dashboard.queue"))


@bp.post("/<uuid:record_id>/approve")
def approve(record_id: UUID) -> Response:
    revision_id, content_hash = _read_revision()
    read = _read_parts()
    with writing() as session:
        reviews.approve(
            session,
            guard.require(Role.SUPERVISOR),
            record_id,
            revision_id,
            content_hash,
            text=request.form.get("text", ""),
            now=guard.now(),
            read=read,
        )
    return guard.see_other(url_for("dashboard.queue"))


@bp.get("/<uuid:record_id>/files/<uuid:file_id>")
def file(record_id: UUID, file_id: UUID) -> Response:
    """A photo, paper, sound or file of a report. What a browser could carry out is saved instead of shown."""
    person = guard.require(*reports.READERS)
    with writing() as session:  # reading it writes a row of audit
        allowed = reports.allow_file(session, person, record_id, file_id, guard.now())
    shown = files.show(current_app.extensions["files"], allowed)
    response = Response(shown.pieces, mimetype=shown.type)
    way = "inline" if shown.is_shown else "attachment"
    response.headers["Content-Disposition"] = f'{way}; filename="{shown.name}"'
    response.headers["Content-Security-Policy"] = FILE_POLICY
    return response


def hash_text(content_hash: bytes) -> str:
    """A content hash as pages carry it (base64url without padding)."""
    return base64.urlsafe_b64encode(content_hash).rstrip(b"=").decode()


def _page(record_id: UUID, template: str = "review/report.html", **more: object) -> str:
    person = guard.require(*reports.READERS)
    with writing() as session:  # reading a report writes a row of audit
        view = reports.read_report(session, person, record_id, guard.language(), guard.now())
        regions = names_for_files(session, person.district, day_of(guard.now()))
        own_titles = form_views.titles_of_own(session, guard.language())
        screening = screening_views.view_of(session, person, view.case, guard.language(), guard.now())
        turned = women.at_review(session, person, view.case, view.record)
    return render_template(
        template,
        view=view,
        regions=regions,
        own_titles=own_titles,
        screening=None if view.record.form in REPORTER_FORMS else screening,
        screening_case=view.case.case_id,
        screening_of=record_id,
        turned=turned,
        words=words,
        workflow=workflow,
        content_hash=hash_text(view.head.content_hash),
        hash_text=hash_text,
        parts_read=" ".join(
            f"{one.record_id}:{one.revision_id}:{hash_text(one.content_hash)}" for one in view.parts.as_read
        ),
        **more,
    )


def _row_or_report(record_id: UUID, path: str) -> Response:
    if not guard.is_htmx():
        return _to_report(record_id, path)
    response = make_response(_page(record_id, "review/_answer_alone.html", path=path))
    response.headers["Vary"] = "HX-Request"
    return response


def _to_report(record_id: UUID, path: str = "") -> Response:
    anchor = f"answer-{path}" if path else None
    return guard.see_other(url_for("review.report", record_id=record_id, _anchor=anchor))


def _read_revision() -> tuple[UUID, bytes]:
    try:
        return UUID(request.form.get("revision_id", "")), _hash(request.form.get("content_hash", ""))
    except (ValueError, binascii.Error) as error:
        raise Problem("request_malformed") from error


def _read_parts() -> list[parts.Part]:
    """The parts of the visit that the page showed beside the report, as it wrote them down."""
    try:
        named = [line.split(":") for line in request.form.get("parts", "").split()]
        return [parts.Part(UUID(record), UUID(revision), _hash(digest)) for record, revision, digest in named]
    except (ValueError, binascii.Error) as error:
        raise Problem("request_malformed") from error


def _hash(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
