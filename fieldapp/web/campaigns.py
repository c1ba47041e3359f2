"""Rounds through the households of a list: begin one, put households on it, see what came of each."""

from datetime import date
from uuid import UUID

from flask import Blueprint, Response, render_template, request, url_for
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as WerkzeugResponse

from fieldapp.actions import campaigns, statistics_files
from fieldapp.actions.campaigns import Taken
from fieldapp.casework import campaigns as rules
from fieldapp.casework import import_tables
from fieldapp.casework.statistics_cells import masked
from fieldapp.casework.statistics_figures import CAMPAIGN_FIGURES, CAMPAIGN_TABLES
from fieldapp.casework.statistics_words import row_words
from fieldapp.days import day_of
from fieldapp.db import reading, writing
from fieldapp.errors import Problem
from fieldapp.models import campaigns as rounds
from fieldapp.models import forms as form_versions
from fieldapp.models.accounts import Role
from fieldapp.models.regions import names_for_files, places_of
from fieldapp.web import guard, problems, relations, times, words

bp = Blueprint("campaigns", __name__, url_prefix="/rounds")
bp.origin = "desk"  # type: ignore[attr-defined]
bp.max_body_bytes = import_tables.BYTES_MAX + 64 * 1024  # type: ignore[attr-defined]
SHOWN_MAX = 100
FAULTS_MAX = 100


@bp.get("")
def page() -> str:
    return _page(None)


@bp.post("")
def begin() -> Response | tuple[str, int]:
    form = request.form
    try:
        with writing() as session:
            made = campaigns.begin(
                session,
                guard.require(Role.SUPERVISOR),
                name=form.get("name", ""),
                kind=form.get("kind", ""),
                region_code=form.get("region", ""),
                since=date.fromisoformat(form.get("since", "")),
                until=date.fromisoformat(form.get("until", "")),
                form=form.get("form", ""),
                now=guard.now(),
            )
            campaign_id = made.campaign_id
    except ValueError as error:
        raise Problem("request_malformed") from error
    except Problem as problem:
        if problem.code == "not_found":
            raise
        return _page(problem), problem.status
    return guard.see_other(url_for("campaigns.one", campaign_id=campaign_id))


@bp.errorhandler(RequestEntityTooLarge)
def too_large(_: RequestEntityTooLarge) -> WerkzeugResponse:
    return problems.answer(Problem("import_too_large", limit_rows=import_tables.ROWS_MAX))


@bp.get("/<uuid:campaign_id>")
def one(campaign_id: UUID) -> str:
    return _one(campaign_id, None, None)


@bp.post("/<uuid:campaign_id>/households")
def add(campaign_id: UUID) -> Response | tuple[str, int]:
    form = request.form
    try:
        with writing() as session:
            campaigns.add(
                session,
                guard.require(Role.SUPERVISOR),
                campaign_id,
                village_code=form.get("village", ""),
                name=form.get("name", ""),
                person_id=_cadre(),
                now=guard.now(),
            )
    except Problem as problem:
        if problem.code == "not_found":
            raise
        return _one(campaign_id, problem, None), problem.status
    return guard.see_other(url_for("campaigns.one", campaign_id=campaign_id))


@bp.post("/<uuid:campaign_id>/list")
def add_list(campaign_id: UUID) -> Response | str | tuple[str, int]:
    """Households of a table; what is wrong with it is shown by row, the rest stands on the list."""
    chosen = request.files.get("file")
    content = chosen.read() if chosen else b""
    asked = (campaign_id, content, relations.codes_by_word(), _cadre(), guard.now())
    supervisor, taken = guard.require(Role.SUPERVISOR), Taken(0, 0, (), (), following=0)
    try:
        while taken.following is not None:
            with writing() as session:
                more = campaigns.add_list(session, supervisor, *asked, after=taken.following)
            taken = taken.and_then(more) if taken.following else more
    except (Problem, DBAPIError) as error:
        problem = error if isinstance(error, Problem) else Problem("server_busy")
        begun = bool(taken.following)
        if problem.code == "not_found" or (isinstance(error, DBAPIError) and not (begun and problems.passes(error))):
            raise
        # What the batches before it put on the list stands, and is said beside what stopped it.
        return _one(campaign_id, problem, taken if begun else None), problem.status
    if taken.faults or taken.missing:
        return _one(campaign_id, None, taken)
    return guard.see_other(url_for("campaigns.one", campaign_id=campaign_id))


@bp.post("/<uuid:campaign_id>/end")
def end(campaign_id: UUID) -> Response:
    with writing() as session:
        campaigns.end(session, guard.require(Role.SUPERVISOR), campaign_id, guard.now())
    return guard.see_other(url_for("campaigns.one", campaign_id=campaign_id))


@bp.post("/<uuid:campaign_id>/export")
def export(campaign_id: UUID) -> Response:
    """The counts as a file, small ones hidden. What leaves this server asks for a fresh proof."""
    person, moment = guard.require(Role.SUPERVISOR), guard.now()
    guard.require_fresh(url_for("campaigns.one", campaign_id=campaign_id))
    kind, reason = request.form.get("kind", ""), request.form.get("reason", "")
    if kind not in statistics_files.KINDS:
        raise Problem("request_malformed")
    with writing() as session:
        found = campaigns.export(session, person, campaign_id, reason, kind, moment)
        campaign = found.campaign
        scope = f"{campaign.name} · {campaign.since} – {campaign.until}"
    mark = statistics_files.Mark(person.name, times.when(moment), str(words.EXPORT_REASONS[reason]), scope)
    content = statistics_files.file_of(kind, masked(found.report), mark, guard.language())
    response = Response(content, mimetype=statistics_files.KINDS[kind])
    response.headers["Content-Disposition"] = f'attachment; filename="round-{day_of(moment)}.{kind}"'
    return response


def _cadre() -> UUID | None:
    try:
        return UUID(request.form["cadre"]) if request.form.get("cadre") else None
    except ValueError as error:
        raise Problem("request_malformed") from error


def _page(problem: Problem | None) -> str:
    person, moment = guard.require(Role.SUPERVISOR), guard.now()
    with reading() as session:
        names = names_for_files(session, person.district, day_of(moment))
        context = {
            "rounds": rounds.of(session, person, limit=SHOWN_MAX),
            "regions": places_of(session, rounds.regions_of(person), day_of(moment)),
            "own_forms": sorted(form_versions.own(session)),
        }
    return render_template(
        "campaigns/page.html",
        **context,
        kinds=rules.KINDS,
        names=names,
        problem=problem,
        words=words,
        today=day_of(moment),
        typed=request.form,
    )


def _one(campaign_id: UUID, problem: Problem | None, taken: Taken | None) -> str:
    person, moment = guard.require(Role.SUPERVISOR), guard.now()
    with writing() as session:  # who looks at a round reads what was reported of families: a row of audit
        found = campaigns.read(session, person, campaign_id, moment)
        context = {
            "cadres": campaigns.cadres(session, person, found.campaign.region_code),
            "villages": campaigns.villages(session, found.campaign, day_of(moment)),
        }
        return render_template(
            "campaigns/one.html",
            round=found,
            campaign=found.campaign,
            **context,
            kinds=rules.KINDS,
            FIGURES=CAMPAIGN_FIGURES,
            TABLES=CAMPAIGN_TABLES,
            row_words=row_words,
            problem=problem,
            taken=taken,
            faults_max=FAULTS_MAX,
            words=words,
            typed=request.form,
        )
