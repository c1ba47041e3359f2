"""Every refusal as an answer: HTML at the desk, JSON to the phone, in the reader's language; never a traceback."""

import secrets
from collections.abc import Callable, Collection, Mapping
from typing import Any

import structlog
from flask import Blueprint, Flask, g, jsonify, make_response, redirect, render_template, request, url_for
from flask_babel import get_locale
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from fieldapp.errors import Problem
from fieldapp.models.bodies import Unreadable

BUSY_RETRY_AFTER_S = 5
# What PostgreSQL says (SQLSTATE) of whoever lost a race or waited too long, and of itself while it ends, starts, or has
# no connection left: 08 is the class of lost connections.
_PASSING = ("40001", "40P01", "55P03", "57P01", "57P02", "57P03", "53300", "08")
_CODES_BY_STATUS = {404: "not_found", 405: "method_not_allowed", 413: "too_large", 429: "slow_down"}
log = structlog.get_logger()

Way = Callable[[Mapping[str, Any]], str | None]  # from what an address names to a page of ours


def init_problems(app: Flask) -> None:
    app.register_error_handler(Problem, answer)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Unreadable, _damaged)
    app.register_error_handler(DBAPIError, _database)
    app.register_error_handler(NoConnectionFree, _no_connection_free)
    app.register_error_handler(Exception, _unexpected)


def lead_back(bp: Blueprint, way: Way, *, never: Collection[str] = ("not_found",)) -> None:
    """What these pages refuse leads back to where it was tried, as it is now. `way` gives that page, None where there
    is none; a refusal with a code of `never` leads nowhere, and one that names its own way keeps it.
    """

    def refuse(problem: Problem) -> Response:
        back = None if problem.code in never else way(request.view_args or {})
        if back is not None:
            problem.details.setdefault("back", back)
        return answer(problem)

    bp.register_error_handler(Problem, refuse)


def to_page(endpoint: str, name: str) -> Way:
    """The page of what the address names under this name."""
    return lambda named: url_for(endpoint, **{name: named[name]}) if name in named else None


def to_file(anchor: str | None = None, *, otherwise: str | None = None) -> Way:
    """The file of the family that the address names; where it names none, the page `otherwise`."""

    def way(named: Mapping[str, Any]) -> str | None:
        if "case_id" in named:
            return url_for("cases.case_file", case_id=named["case_id"], _anchor=anchor)
        return otherwise and url_for(otherwise)

    return way


def answer(problem: Problem) -> Response:
    """The response of a Problem. `retry_after_s` among its details becomes the header of that name. Where a file opens
    only for a reason, the way to that question.
    """
    if problem.code == "reason_needed" and "case" in problem.details and getattr(g, "origin", None) == "desk":
        to = problem.details.get("back") or (request.path if request.method == "GET" else "/")
        form = url_for("teams.reason_form", case_id=problem.details["case"], next=to)
        if request.method in ("GET", "HEAD"):
            return redirect(form, 303)  # type: ignore[return-value]
        problem.details["back"] = form
    language = "en" if str(get_locale() or "").startswith("en") else "zh"
    said = {
        **problem.details,
        "code": problem.code,
        "title": problem.title(language),
        "what_to_do": problem.what_to_do(language),
    }
    if getattr(g, "origin", None) == "desk":
        page = "problem/_problem.html" if "HX-Request" in request.headers else "problem/problem.html"
        response = make_response(render_template(page, problem=said, language=language))
        response.headers["Vary"] = "HX-Request, Accept-Language"
    else:
        response = make_response(jsonify(said))
        response.headers["Vary"] = "Accept-Language"
    response.status_code = problem.status
    response.headers["Content-Language"] = "en" if language == "en" else "zh-CN"
    if "retry_after_s" in problem.details:
        response.headers["Retry-After"] = str(problem.details["retry_after_s"])
    return response


def _http(error: HTTPException) -> Response:
    if error.response is not None or (error.code or 500) < 400:
        return error.get_response()  # type: ignore[return-value]  # a redirect of the router, or an answer made by hand
    code = _CODES_BY_STATUS.get(error.code or 500, "request_malformed" if (error.code or 500) < 500 else "internal")
    if isinstance(error, CSRFError):
        code = "form_token"
    if code == "too_large" and request.path.startswith("/sync/"):
        code = "frame_too_large"
    response = answer(Problem(code, status=error.code))
    for name, value in error.get_headers():
        if name.lower() in ("allow", "retry-after"):
            response.headers[name] = value
    return response


def _database(error: DBAPIError) -> Response:
    # Nothing of it stands, or the phone sends it again and hears that it does: so it may simply be asked again.
    if passes(error):
        log.warning("database_busy", kind=type(error.orig).__name__, at=_place(error), path=request.path)
        return answer(Problem("server_busy", retry_after_s=BUSY_RETRY_AFTER_S))
    return _unexpected(error)


def passes(error: DBAPIError) -> bool:
    """Whether the database was only busy: nothing of it stands, and it may simply be asked again."""
    if not hasattr(error.orig, "sqlstate"):  # SQLite: waiting for the write lock ended
        said = str(error.orig)
        return isinstance(error, OperationalError) and ("locked" in said or "busy" in said)
    state: str | None = getattr(error.orig, "sqlstate", None)
    if state is None:  # the server said nothing: no connection to it, or none any more
        return error.connection_invalidated or isinstance(error, OperationalError)
    return state.startswith(_PASSING)


def _no_connection_free(_: NoConnectionFree) -> Response:
    return answer(Problem("server_busy", retry_after_s=BUSY_RETRY_AFTER_S))


def _damaged(error: Unreadable) -> Response:
    # What lies in one row is no more what was sealed for it. The text names table and column, and nothing of the row.
    reference = secrets.token_hex(4)
    log.error("stored_damaged", reference=reference, what=str(error), at=_place(error), path=request.path)
    return answer(Problem("stored_damaged", reference=reference))


def _unexpected(error: Exception) -> Response:
    reference = secrets.token_hex(4)
    # The type and the place, not the text: the text of an exception may carry what somebody typed.
    log.error("internal", reference=reference, kind=type(error).__name__, at=_place(error), path=request.path)
    return answer(Problem("internal", reference=reference))


def _place(error: Exception) -> str:
    trace, places = error.__traceback__, []
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_filename.rsplit('/', 2)[-1]}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return " > ".join(places[-6:])
