"""Forms filled in at the desk: begin, page, saving, handing in, drafts. The page is ui/record.js, its store is here.

What the page sends is JSON with the token of the page in a header; refusals come back as JSON too, so that what was
typed stays on the page.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, jsonify, make_response, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as WerkzeugResponse

from fieldapp.actions import desk_finish, desk_records, desk_rights, desk_shelf, form_views, lists, sessions
from fieldapp.days import day_of
from fieldapp.db import milliseconds, reading, writing
from fieldapp.errors import Problem
from fieldapp.forms.plan import Plan
from fieldapp.models import desk_drafts, projects
from fieldapp.models.bodies import REPORTER_FORMS
from fieldapp.models.cases import Case
from fieldapp.web import guard, problems, times, words

WINDOW_MAX = 36  # a page names itself by a UUID

bp = Blueprint("desk_records", __name__, url_prefix="/records")
bp.origin = "desk"  # type: ignore[attr-defined]
bp.max_body_bytes = desk_records.BODY_BYTES_MAX  # type: ignore[attr-defined]


@bp.errorhandler(Problem)
def refuse(problem: Problem) -> WerkzeugResponse:
    """As JSON to the page's own script, as a page to a form."""
    if not request.is_json:
        return problems.answer(problem)
    language = guard.language()
    said = {"code": problem.code, "title": problem.title(language), "what_to_do": problem.what_to_do(language)}
    answer = jsonify({**problem.details, **said})
    answer.status_code = problem.status
    return answer


@bp.get("")
def drafts() -> str:
    with reading() as session:
        acting = guard.acting()
        return render_template(
            "desk/drafts.html",
            drafts=desk_shelf.own_drafts(session, acting),
            returned=desk_shelf.own_returned(session, acting),
            waiting=desk_shelf.own_waiting(session, acting),
            leads=desk_rights.may_begin(session, acting, None),
            begun=desk_finish.begun_on_phone(session, acting),
            own_titles=form_views.titles_of_own(session, guard.language()),
            words=words,
        )


@bp.post("")
def begin() -> Response:
    case_id = request.form.get("case_id", "")
    with writing() as session:
        draft = desk_records.begin(
            session, guard.acting(), request.form.get("form", "")[:20], _uuid(case_id) if case_id else None, guard.now()
        )
    return guard.see_other(url_for("desk_records.page", draft_id=draft.draft_id))


@bp.post("/again/<uuid:record_id>")
def take_up(record_id: UUID) -> Response:
    with writing() as session:
        draft = desk_records.take_up(session, guard.acting(), record_id, guard.now())
    return guard.see_other(url_for("desk_records.page", draft_id=draft.draft_id))


@bp.post("/finish/<uuid:record_id>")
def finish(record_id: UUID) -> Response:
    """Take the pen of what she began on the phone, and lay it open here. What the family told comes with it."""
    guard.require_fresh(url_for("desk_records.drafts"))
    with writing() as session:
        draft = desk_finish.finish(session, guard.acting(), record_id, guard.now())
    return guard.see_other(url_for("desk_records.page", draft_id=draft.draft_id))


@bp.post("/back/<uuid:record_id>")
def withdraw(record_id: UUID) -> Response:
    with writing() as session:
        desk_records.withdraw(session, guard.acting(), record_id, guard.now())
    return guard.see_other(url_for("desk_records.drafts"))


@bp.get("/divisions")
def divisions() -> Response:
    """The divisions of her regions, with the first letters of their pinyin: what a place is picked from."""
    with reading() as session:
        return jsonify(lists.divisions(session, guard.acting(), day_of(guard.now())))


@bp.get("/own/<uuid:record_id>")
def own_record(record_id: UUID) -> str:
    """What she handed in, to be read: the same screen, and nothing in it can be changed."""
    with reading() as session:
        is_of_visit = desk_rights.own_record(session, guard.acting(), record_id).visit_id is not None
    if is_of_visit:
        guard.require_fresh()
    with writing() as session:  # reading a record writes a row of audit
        found = desk_shelf.read_own(session, guard.acting(), record_id, guard.now())
        given = _given(found.plan, found.files, found.case, found.people)
        given |= {"read": True, "number": 0, "body": {**found.body, "position": None}, "prefill": {}, "remarks": []}
        given |= {"returned": None, "save_url": "", "hand_in_url": ""}
        return render_template(
            "desk/record.html",
            given=given,
            form_title=words.kind(found.record.form, {}),
            back=url_for("cases.case_file", case_id=found.case.case_id, _anchor="records-title"),
            state=words.STATES[found.record.state],
        )


@bp.get("/<uuid:draft_id>")
def page(draft_id: UUID) -> str:
    with reading() as session:
        is_of_visit = desk_drafts.is_of_visit(session, guard.acting(), draft_id)
    if is_of_visit:
        guard.require_fresh()
    with writing() as session:  # opening a draft writes a row of audit
        opened = desk_records.open_draft(session, guard.acting(), draft_id, guard.now())
        draft, case = opened.draft, opened.case
        given = _given(opened.plan, opened.files, case, opened.people)
        given |= {
            "number": draft.number,
            "body": opened.body,
            "prefill": opened.prefill,
            "remarks": opened.remarks,
            "returned": opened.returned,
            "visitors": opened.visitors,
            "told": _of_the_phone(opened.is_here, opened.phone_wrote),
            "projects": projects.offered(session, guard.acting().district, day_of(guard.now())),
            "save_url": url_for("desk_records.save", draft_id=draft_id),
            "hand_in_url": url_for("desk_records.hand_in", draft_id=draft_id),
        }
        form_title = opened.plan.json["title"].get(guard.language()) or opened.plan.form_id
        back = url_for("desk_records.drafts") if case is None else url_for("cases.case_file", case_id=case.case_id)
        return render_template(
            "desk/record.html",
            given=given,
            form_title=form_title,
            back=back,
            is_beside=draft.is_beside,
            is_new=draft.parent_id is None and draft.visit_id is None,
            never_printed=draft.form in REPORTER_FORMS,
        )


@bp.post("/<uuid:draft_id>/save")
def save(draft_id: UUID) -> Response:
    number, plain = _sent()
    window = request.headers.get("X-Draft-Window", "")[:WINDOW_MAX]
    with writing() as session:
        saved = desk_records.save(session, guard.acting(), draft_id, number, window, plain, guard.now())
    said: dict[str, Any] = {"number": saved.number, "saved_at": milliseconds(saved.saved_at)}
    said |= {"told": _of_the_phone(saved.is_here, saved.phone_wrote)}
    if saved.draft_id == draft_id:
        return jsonify(said)
    problem = Problem("draft_kept_beside" if saved.is_new else "draft_changed_elsewhere")
    language = guard.language()
    said |= {
        "code": problem.code,
        "title": problem.title(language),
        "what_to_do": problem.what_to_do(language),
        "save_url": url_for("desk_records.save", draft_id=saved.draft_id),
        "hand_in_url": url_for("desk_records.hand_in", draft_id=saved.draft_id),
        "page_url": url_for("desk_records.page", draft_id=saved.draft_id),
        "drafts_url": url_for("desk_records.drafts"),
    }
    return make_response(jsonify(said), problem.status)


@bp.post("/<uuid:draft_id>/hand-in")
def hand_in(draft_id: UUID) -> Response:
    number, plain = _sent()
    with writing() as session:
        row = sessions.running(session, request.cookies.get(guard.COOKIE, ""), guard.now())
        if row is None:
            raise Problem("sign_in_needed")
        record = desk_records.hand_in(session, guard.acting(), draft_id, number, row.token_hash, plain, guard.now())
        case_id = record.case_id
    return jsonify({"go_to": url_for("cases.case_file", case_id=case_id, _anchor="records-title")})


@bp.post("/<uuid:draft_id>/discard")
def discard(draft_id: UUID) -> Response:
    with writing() as session:
        desk_records.discard(session, guard.acting(), draft_id, guard.now())
    return guard.see_other(url_for("desk_records.drafts"))


def _of_the_phone(is_here: bool, phone_wrote: datetime | None) -> dict[str, str] | None:
    """The line that the desk reads where the phone has done something meanwhile; None where it has not."""
    if not is_here:
        problem = Problem("pen_elsewhere")
        return {"title": problem.title(guard.language()), "what_to_do": problem.what_to_do(guard.language())}
    if phone_wrote is None:
        return None
    at = times.when(phone_wrote)
    return {
        "title": str(gettext("Your phone sent something of this report at %(at)s.", at=at)),
        "what_to_do": str(
            gettext("It is kept beside what you write here. Nothing is lost: compare the two before you hand in.")
        ),
    }


def _given(plan: Plan, files: dict[str, Any], case: Case | None, people: list[dict[str, Any]]) -> dict[str, Any]:
    """What the page of a form knows, whether it is written in or only read."""
    return {
        "plan": plan.json,
        "files": files,
        "media": words.media_addresses(plan.json),
        "people": people,
        "title": "" if case is None else case.code_name,
        "case_id": None if case is None else str(case.case_id),
        "subject": None if case is None or case.subject_id is None else str(case.subject_id),
        "me": {"person_id": str(guard.acting().person_id), "name": guard.acting().name},
        "now": milliseconds(guard.now()),
        "language": guard.language(),
        "divisions_url": url_for("desk_records.divisions"),
    }


def _sent() -> tuple[int, bytes]:
    """The number a page was typed on, and the body beside it, byte for byte."""
    number = request.headers.get("X-Draft-Number", "")
    if not request.is_json or not number.isdecimal() or len(number) > 9:
        raise Problem("request_malformed")
    return int(number), request.get_data()


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Problem("request_malformed") from error
