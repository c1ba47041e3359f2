"""The library of rules at the desk: found by title for everybody, written by administrators."""

from datetime import date
from uuid import UUID

from flask import Blueprint, Response, render_template, request, url_for

from fieldapp.actions import rule_texts
from fieldapp.days import day_of
from fieldapp.db import reading, writing
from fieldapp.errors import Problem
from fieldapp.models.rule_texts import RuleText
from fieldapp.web import guard

bp = Blueprint("rule_texts", __name__, url_prefix="/rules")
bp.origin = "desk"  # type: ignore[attr-defined]


@bp.get("")
def page() -> str:
    person, title = guard.acting(), request.args.get("title", "")
    with reading() as session:
        found = rule_texts.found(session, person, title)
    return render_template("rules/page.html", rules=found, title=title, may_write=person.has(*rule_texts.KEEPERS))


@bp.get("/<uuid:rule_id>")
def one(rule_id: UUID) -> str:
    person = guard.acting()
    with reading() as session:
        row = rule_texts.one(session, person, rule_id)
    return render_template("rules/one.html", rule=row, may_write=person.has(*rule_texts.KEEPERS))


@bp.get("/new")
def new() -> str:
    return _form(None, None)


@bp.get("/<uuid:rule_id>/text")
def text(rule_id: UUID) -> str:
    return _form(rule_id, None)


@bp.post("/new")
def add() -> Response | tuple[str, int]:
    return _write(None)


@bp.post("/<uuid:rule_id>/text")
def change(rule_id: UUID) -> Response | tuple[str, int]:
    return _write(rule_id)


@bp.post("/<uuid:rule_id>/end")
def end(rule_id: UUID) -> Response:
    with writing() as session:
        rule_texts.end(session, guard.require(*rule_texts.KEEPERS), rule_id, guard.now())
    return guard.see_other(url_for("rule_texts.one", rule_id=rule_id))


def _write(rule_id: UUID | None) -> Response | tuple[str, int]:
    person, form = guard.require(*rule_texts.KEEPERS), request.form
    try:
        with writing() as session:
            row = rule_texts.write(
                session,
                person,
                rule_id,
                title=form.get("title", ""),
                issuer=form.get("issuer", ""),
                issued_on=date.fromisoformat(form["issued_on"]) if form.get("issued_on") else None,
                text=form.get("text", ""),
                number=int(form.get("number") or 0),
                now=guard.now(),
            )
            written = row.rule_id
    except ValueError as error:
        raise Problem("request_malformed") from error
    except Problem as problem:
        if problem.code == "not_found":
            raise
        return _form(rule_id, problem), problem.status
    return guard.see_other(url_for("rule_texts.one", rule_id=written))


def _form(rule_id: UUID | None, problem: Problem | None) -> str:
    person = guard.require(*rule_texts.KEEPERS)
    row: RuleText | None = None
    if rule_id is not None:
        with reading() as session:
            row = rule_texts.one(session, person, rule_id)
    return render_template("rules/text.html", rule=row, problem=problem, typed=request.form, today=day_of(guard.now()))
