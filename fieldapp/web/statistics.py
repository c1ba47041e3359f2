"""Statistics of a supervisor's regions: figures with their formulas, the files behind them, a file to take along."""

from datetime import datetime

from flask import Blueprint, Response, render_template, request, url_for
from flask_babel import gettext as _

from fieldapp.actions import statistics, statistics_files
from fieldapp.actions.statistics import Asked, Choices, Counted
from fieldapp.casework.statistics import Report
from fieldapp.casework.statistics_cells import masked
from fieldapp.casework.statistics_figures import FIGURES, SPANS, TABLES
from fieldapp.casework.statistics_words import GROUPS, UNITS, row_words
from fieldapp.days import day_of
from fieldapp.db import reading, writing
from fieldapp.errors import Problem
from fieldapp.models.accounts import Acting, Role
from fieldapp.web import guard, times, words

OVERDUE = "overdue"  # of a step, in the address of the files behind it
bp = Blueprint("statistics", __name__, url_prefix="/statistics")
bp.origin = "desk"  # type: ignore[attr-defined]


@bp.get("")
def page() -> str:
    person, moment = guard.require(Role.SUPERVISOR), guard.now()
    asked = _asked()
    counted, choices = _counted(person, asked, moment)
    with writing() as session:  # before anything of it is shown
        statistics.note_read(session, person, asked, counted, moment)
    return render_template(
        "statistics/page.html",
        asked=asked,
        choices=choices,
        report=counted.report,
        unread=counted.unread,
        narrowed=_narrowed(asked),
        **_words(),
    )


@bp.get("/cases")
def cases() -> str:
    """The files behind one figure, one step or one row of a table, all of them hers to open."""
    person = guard.require(Role.SUPERVISOR)
    asked, moment = _asked(), guard.now()
    counted, _choices = _counted(person, asked, moment)
    with writing() as session:  # before anything of it is shown
        statistics.note_read(session, person, asked, counted, moment)
    title, ids = _behind(counted.report)
    found = sorted((counted.names[case_id], case_id) for case_id in ids)
    return render_template("statistics/cases.html", title=title, cases=found, narrowed=_narrowed(asked))


@bp.post("/export")
def export() -> Response:
    """The figures as a file, small counts hidden. What leaves this server asks for a fresh proof."""
    person = guard.require(Role.SUPERVISOR)
    guard.require_fresh(url_for("statistics.page"))
    asked, kind, moment = _asked(), request.form.get("kind", ""), guard.now()
    if kind not in statistics_files.KINDS:
        raise Problem("request_malformed")
    reason = request.form.get("reason", "")
    counted, choices = _counted(person, asked, moment)
    with writing() as session:  # before any of it leaves
        statistics.note_export(session, person, asked, counted, reason=reason, kind=kind, now=moment)
    mark = statistics_files.Mark(
        person.name, times.when(moment), str(words.EXPORT_REASONS[reason]), _scope(asked, choices, counted.unread)
    )
    content = statistics_files.file_of(kind, masked(counted.report), mark, guard.language())
    response = Response(content, mimetype=statistics_files.KINDS[kind])
    response.headers["Content-Disposition"] = f'attachment; filename="statistics-{asked.period.until}.{kind}"'
    return response


def _counted(person: Acting, asked: Asked, moment: datetime) -> tuple[Counted, Choices]:
    with reading() as session:  # it goes through a whole county: who sends reports does not wait for it
        return statistics.read(session, person, asked, moment), statistics.choices_of(session, person, day_of(moment))


def _asked() -> Asked:
    given = request.values
    today = day_of(guard.now())
    names = ("since", "until", "region", "programme", "organisation")
    since, until, region, programme, organisation = (given.get(name, "") for name in names)
    return statistics.asked(since, until, region, programme, organisation, today)


def _narrowed(asked: Asked) -> dict[str, str]:
    """The same question as an address asks it."""
    told = {
        "since": asked.period.since.isoformat(),
        "until": asked.period.until.isoformat(),
        "region": asked.region,
        "programme": asked.programme,
        "organisation": str(asked.organisation_id or ""),
    }
    return {name: value for name, value in told.items() if value}


def _behind(report: Report) -> tuple[str, frozenset[str]]:
    language = guard.language()
    code, row_code = request.args.get("of", ""), request.args.get("row")
    for figure in report.figures:
        if figure.code == code and row_code is None:
            return FIGURES[code][1].to(language), figure.cases
    for span in report.spans:
        if span.code == code and row_code is None:
            return SPANS[code][0].to(language), span.behind
        if span.code == code and row_code == OVERDUE:
            return f"{SPANS[code][0].to(language)} · {_('Overdue')}", span.late
    for table in report.tables:
        for row in table.rows:
            if (table.code, row.code) == (code, row_code):
                name = row_words(code, row.code, language)
                return f"{TABLES[code].to(language)} · {name}", row.cases
    raise Problem("not_found")


def _scope(asked: Asked, choices: Choices, unread: int) -> str:
    region = dict(choices.regions).get(asked.region, asked.region)
    house = "" if asked.organisation_id is None else dict(choices.organisations).get(asked.organisation_id, "")
    lacking = _("Files not counted in full, because their data is damaged: %(count)s", count=unread) if unread else ""
    told = (f"{asked.period.since} – {asked.period.until}", region, asked.programme, house, lacking)
    return " · ".join(one for one in told if one)


def _words() -> dict[str, object]:
    return {
        "FIGURES": FIGURES,
        "TABLES": TABLES,
        "SPANS": SPANS,
        "GROUPS": GROUPS,
        "UNITS": UNITS,
        "row_words": row_words,
        "words": words,
    }
