"""The auditor's page: who did or read what, how the chain stands, and rows to take along."""

from collections.abc import Callable
from datetime import date, timedelta
from uuid import UUID

from flask import Blueprint, Response, make_response, render_template, request, url_for

from fieldapp.actions import audits
from fieldapp.days import day_of
from fieldapp.db import reading, writing
from fieldapp.errors import Problem
from fieldapp.models import audit_pages
from fieldapp.models.accounts import Role
from fieldapp.models.audit_pages import Filters
from fieldapp.web import act_words, guard

bp = Blueprint("audit", __name__, url_prefix="/audit")
bp.origin = "desk"  # type: ignore[attr-defined]

TEXT_CHARACTERS_MAX = 64
Given = Callable[[str, str], str]  # a field of the address, or of the form


@bp.get("")
def page() -> str:
    acting = guard.require(Role.AUDITOR)
    filters = _filters(request.args.get)
    with reading() as session:  # a search goes through many rows: who sends reports does not wait for it
        found = audits.read(session, acting, filters, _after())
        state = audits.state_of(session, acting)
    if filters.looks_for_one:
        with writing() as session:  # before anything of it is shown
            audits.note_search(session, acting, filters, guard.now())
    return render_template(
        "audit/page.html",
        page=found,
        state=state,
        filters=filters,
        asked=_asked(filters),
        words=act_words,
        shortened=audit_pages.shortened,
    )


@bp.post("/export")
def export() -> Response:
    """The rows of these filters as a file, for a reason, after a fresh proof."""
    acting = guard.require(Role.AUDITOR)
    filters = _filters(request.form.get)
    guard.require_fresh(url_for("audit.page", _external=False, **_asked(filters)))
    reason = request.form.get("reason", "")
    with reading() as session:
        table = audits.export(session, acting, filters, reason)
    with writing() as session:  # before any of it leaves
        audits.note_export(session, acting, filters, reason, table.rows, guard.now())
    answer = make_response("\ufeff" + table.text)  # the mark by which table programs know UTF-8
    answer.mimetype = "text/csv"
    name = f"audit-{acting.district}-{filters.first}-{filters.last}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _filters(given: Given) -> Filters:
    today = day_of(guard.now())
    last = _day(_text(given, "last"), today)
    first = _day(_text(given, "first"), last - timedelta(days=audit_pages.DAYS_SHOWN - 1))
    if first > last or not 2000 <= first.year <= last.year <= 2200:
        raise Problem("request_malformed")
    name, act, code, vault = (_text(given, field) for field in ("name", "act", "code", "vault"))
    return Filters(first, last, name, act, code.upper(), vault)


def _text(given: Given, name: str) -> str:
    return given(name, "").strip()[:TEXT_CHARACTERS_MAX]


def _day(text: str, otherwise: date) -> date:
    try:
        return date.fromisoformat(text) if text else otherwise
    except ValueError as error:
        raise Problem("request_malformed") from error


def _asked(filters: Filters) -> dict[str, str]:
    """The filters as an address carries them."""
    said = {"first": filters.first.isoformat(), "last": filters.last.isoformat(), "name": filters.name}
    said |= {"act": filters.act, "code": filters.code, "vault": filters.vault}
    return {name: value for name, value in said.items() if value}


def _after() -> UUID | None:
    text = request.args.get("after", "")
    try:
        return UUID(text) if text else None
    except ValueError as error:
        raise Problem("request_malformed") from error
