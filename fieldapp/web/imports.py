"""Taking families from a list: the table to fill in, what a list says (nothing is opened yet), taking in what is good.

A list stays with who uploaded it. What is refused is shown by row, and goes back as a table with what is to be mended.
"""

from uuid import UUID

from flask import Blueprint, Response, make_response, render_template, request, url_for
from flask_babel import force_locale
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as WerkzeugResponse

from fieldapp.actions import imports
from fieldapp.casework import import_rows, import_tables
from fieldapp.casework.import_rows import Kind
from fieldapp.days import day_of
from fieldapp.db import reading, writing
from fieldapp.errors import Problem
from fieldapp.models import imports as lists
from fieldapp.models.audit import note_read
from fieldapp.models.regions import names_for_files
from fieldapp.web import guard, problems, relations, words

bp = Blueprint("imports", __name__, url_prefix="/lists")
bp.origin = "desk"  # type: ignore[attr-defined]
bp.max_body_bytes = import_tables.BYTES_MAX + 64 * 1024  # type: ignore[attr-defined]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ROUNDS_MAX = 20  # transactions of one press; what is left is taken by the next one
SHOWN_MAX = 100  # families and rows that the page shows; the table of refused rows holds them all


@bp.get("")
def page() -> str:
    return _page(None)


@bp.post("")
def upload() -> Response | tuple[str, int]:
    acting = guard.acting()
    imports.require_importer(acting)
    chosen = request.files.get("file")
    try:
        if request.form.get("kind") not in set(Kind):
            raise Problem("request_malformed")
        kind = Kind(request.form["kind"])
        with writing() as session:
            row = imports.keep(session, acting, kind, chosen.read() if chosen else b"", guard.now())
    except Problem as problem:
        return _page(problem), problem.status
    return guard.see_other(url_for("imports.one", import_id=row.import_id))


@bp.errorhandler(RequestEntityTooLarge)
def too_large(_: RequestEntityTooLarge) -> WerkzeugResponse:
    return problems.answer(Problem("import_too_large", limit_rows=import_tables.ROWS_MAX))


@bp.get("/blank/<kind>.xlsx")
def blank(kind: str) -> Response:
    imports.require_importer(guard.acting())
    if kind not in set(Kind):
        raise Problem("not_found")
    return _download(f"{kind}.xlsx", import_tables.blank_table(Kind(kind), _relations_zh()))


@bp.get("/<uuid:import_id>")
def one(import_id: UUID) -> str:
    return _one_page(import_id, None)


@bp.get("/<uuid:import_id>/refused.xlsx")
def refused(import_id: UUID) -> Response:
    with writing() as session:
        row, seen = imports.judged(session, guard.acting(), import_id, relations.codes_by_word(), guard.now())
        rows = import_tables.rows_of(imports.content_of(session, row))
        note_read(session, guard.acting(), "import_read", {"import": str(import_id)}, guard.now())
    return _download("refused.xlsx", import_tables.refused_table(rows, seen.found, guard.language()))


@bp.post("/<uuid:import_id>/take")
def take(import_id: UUID) -> Response | tuple[str, int]:
    also_similar = request.form.get("also_similar") == "yes"
    known = relations.codes_by_word()
    try:
        for _ in range(ROUNDS_MAX):
            with writing() as session:
                taken = imports.take(
                    session, guard.acting(), import_id, known, also_similar=also_similar, now=guard.now()
                )
            if taken == 0:
                break
    except Problem as problem:
        if problem.code == "not_found":
            raise
        return _one_page(import_id, problem), problem.status
    return guard.see_other(url_for("imports.one", import_id=import_id))


def _page(problem: Problem | None) -> str:
    acting = guard.acting()
    imports.require_importer(acting)
    with reading() as session:
        own = lists.all_of(session, acting, imports.LISTS_SHOWN)
    return render_template(
        "imports/page.html", lists=own, kinds=list(Kind), problem=problem, words=words, typed=request.form
    )


def _one_page(import_id: UUID, problem: Problem | None) -> str:
    acting, moment = guard.acting(), guard.now()
    imports.require_importer(acting)
    with writing() as session:
        row, seen = None, None
        try:
            row, seen = imports.judged(session, acting, import_id, relations.codes_by_word(), moment)
        except Problem as gone:
            if gone.code != "import_gone":
                raise
            row, problem = lists.own(session, acting, import_id), problem or gone
        regions = names_for_files(session, acting.district, day_of(moment))
        note_read(session, acting, "import_read", {"import": str(import_id)}, moment)
    return render_template(
        "imports/one.html",
        row=row,
        seen=seen,
        ready=seen.to_take(also_similar=False) if seen else [],
        shown_max=SHOWN_MAX,
        titles={column.code: column.title.to(guard.language()) for column in import_rows.COLUMNS},
        regions=regions,
        problem=problem,
        words=words,
    )


def _relations_zh() -> list[str]:
    with force_locale("zh_Hans_CN"):
        return [str(word) for code, word in words.RELATIONS.items() if code != "self"]


def _download(name: str, content: bytes) -> Response:
    response = make_response(content)
    response.headers["Content-Type"] = XLSX
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response
