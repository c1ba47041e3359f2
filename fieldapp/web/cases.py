"""Case files at the desk: list, open a new one, plan visits."""

from datetime import date
from uuid import UUID

from flask import Blueprint, Response, render_template, request, url_for
from sqlalchemy import select

from fieldapp.actions import cases, desk_rights, desk_shelf, form_views, minors
from fieldapp.days import day_of
from fieldapp.db import reading, writing
from fieldapp.errors import Problem
from fieldapp.models import casefiles, projects, scope
from fieldapp.models import forms as form_versions
from fieldapp.models.accounts import Person, Role, people_with_role
from fieldapp.models.audit import note_read
from fieldapp.models.cases import VisitPurpose
from fieldapp.models.records import Record
from fieldapp.models.regions import names_for_files, villages_of, with_successor
from fieldapp.web import file_parts, guard, words

bp = Blueprint("cases", __name__, url_prefix="/cases")
bp.origin = "desk"  # type: ignore[attr-defined]

PEOPLE_ROWS = 8


@bp.get("")
def case_list() -> str:
    person = guard.acting()
    village = request.args.get("village", "")[:12]
    programme = request.args.get("programme", "")[: cases.PROGRAMME_MAX]
    with reading() as session:
        found, more = casefiles.page_of(session, person, village, request.args.get("after", "")[:20], programme)
        programmes = casefiles.programmes_of(session, person)
        regions = names_for_files(session, person.district, day_of(guard.now()))
        villages = villages_of(session, person.regions(Role.SUPERVISOR, Role.ADMINISTRATOR), day_of(guard.now()))
        green = casefiles.green_of(session, person, found)
    return render_template(
        "cases/list.html",
        cases=found,
        more=more,
        village=village,
        villages=villages,
        programme=programme,
        programmes=programmes,
        regions=regions,
        green=green,
    )


@bp.get("/new")
def new_case_form() -> str:
    return _new_case_page(None)


@bp.post("/new")
def new_case() -> Response | tuple[str, int]:
    form = request.form
    people = [
        cases.NewPerson(
            name=form.get(f"name-{row}", ""),
            sex=form.get(f"sex-{row}") or None,
            birth_ym=form.get(f"birth-{row}") or None,
            relation="self" if row == 0 else form.get(f"relation-{row}") or None,
        )
        for row in range(PEOPLE_ROWS)
        if form.get(f"name-{row}", "").strip()
    ]
    # Nothing said is nothing known: a phone then warns instead of calling "at any time".
    contact = {"safe": form["safe"], "how": form.get("how", "")[:300]} if form.get("safe") else None
    try:
        with writing() as session:
            case = cases.open_case(
                session,
                guard.require(Role.SUPERVISOR, Role.ADMINISTRATOR),
                village_code=form.get("village", ""),
                people=people,
                contact=contact,
                programme=form.get("programme", "")[:100],
                now=guard.now(),
            )
    except Problem as problem:
        return _new_case_page(problem), problem.status  # what was typed stays on the page
    return guard.see_other(url_for("cases.case_file", case_id=case.case_id))


@bp.get("/<uuid:case_id>")
def case_file(case_id: UUID) -> str:
    return _case_page(case_id, None)


@bp.post("/<uuid:case_id>/visits")
def plan_visit(case_id: UUID) -> Response | tuple[str, int]:
    return _plan(case_id, entrusted=False)


@bp.post("/<uuid:case_id>/entrust")
def entrust(case_id: UUID) -> Response | tuple[str, int]:
    """A visit by caseworkers of another region, who see the family by it: that asks for a fresh proof."""
    guard.require_fresh(url_for("cases.case_file", case_id=case_id))
    return _plan(case_id, entrusted=True)


def _plan(case_id: UUID, *, entrusted: bool) -> Response | tuple[str, int]:
    form = request.form
    try:
        with writing() as session:
            cases.plan_visit(
                session,
                guard.require(Role.SUPERVISOR, Role.ADMINISTRATOR),
                case_id,
                purpose=VisitPurpose(form.get("purpose", "")),
                visitor_ids=[UUID(visitor) for visitor in form.getlist("visitors")],
                planned_on=date.fromisoformat(form.get("planned_on", "")),
                due_on=date.fromisoformat(form["due_on"]) if form.get("due_on") else None,
                reason=form.get("reason", ""),
                forms=form.getlist("forms"),
                entrusted=entrusted,
                now=guard.now(),
            )
    except ValueError as error:
        raise Problem("request_malformed") from error
    except Problem as problem:
        if problem.code == "not_found":
            raise
        return _case_page(case_id, problem), problem.status
    return guard.see_other(url_for("cases.case_file", case_id=case_id))


@bp.post("/visits/<uuid:visit_id>/cancel")
def cancel_visit(visit_id: UUID) -> Response:
    with writing() as session:
        visit = cases.cancel_visit(session, guard.require(Role.SUPERVISOR, Role.ADMINISTRATOR), visit_id, guard.now())
    return guard.see_other(url_for("cases.case_file", case_id=visit.case_id))


@bp.post("/<uuid:case_id>/team/<uuid:person_id>/end")
def end_assignment(case_id: UUID, person_id: UUID) -> Response:
    with writing() as session:
        cases.end_assignment(
            session, guard.require(Role.SUPERVISOR, Role.ADMINISTRATOR), case_id, person_id, guard.now()
        )
    return guard.see_other(url_for("cases.case_file", case_id=case_id))


def _case_page(case_id: UUID, problem: Problem | None) -> str:
    person, moment = guard.acting(), guard.now()
    with writing() as session:  # opening a family's file writes a row of audit
        found = casefiles.file_of(session, person, case_id)
        if found is None:
            raise Problem("not_found")
        if found.people is not None:
            minors.require_reason(session, person, found.case, moment)
            note_read(session, person, "read_case", {"case": str(case_id)}, moment)
        regions = names_for_files(session, person.district, day_of(moment))
        codes = with_successor(session, found.case.village_code)
        workers = people_with_role(session, person.district, Role.CASEWORKER)
        village = people_with_role(session, person.district, Role.VILLAGE)
        proc = people_with_role(session, person.district, Role.PROCURATORATE)
        forms = [] if found.people is None else desk_rights.may_begin(session, person, found.case)
        ids = [record.record_id for record, _ in found.records]
        is_open = scope.reports_to_review(person) | scope.reports_to_read(person)
        opens = set(session.scalars(select(Record.record_id).where(Record.record_id.in_(ids), is_open)))
        own_records = desk_shelf.own_readable(session, person, case_id)
        own_forms = form_versions.own(session)
        own_titles = form_views.titles_of_own(session, guard.language())
        parts = file_parts.filled(session, person, found, moment)
    here, elsewhere = _by_place(workers, codes)
    looking_in, _ = _by_place(village, codes)
    return render_template(
        "cases/file.html",
        file=found,
        problem=problem,
        regions=regions,
        words=words,
        reasons=cases.REASONS,
        purposes=[one for one in cases.FORMS if own_forms or one is not VisitPurpose.OTHER],
        own_records=own_records,
        to_review=opens,
        own_forms=own_forms,
        own_titles=own_titles,
        desk_forms=forms,
        workers=here,
        village_people=looking_in,
        elsewhere=elsewhere,
        joining=[*here, *looking_in, *_by_place(proc, codes)[0]],
        today=day_of(moment).isoformat(),
        typed=request.form,
        **parts,
    )


def _by_place(people: list[tuple[Person, str]], codes: tuple[str, ...]) -> tuple[list[Person], list[Person]]:
    """Who works where this family lives, and who works elsewhere in the county."""
    here = [person for person, region in people if any(code.startswith(region) for code in codes)]
    names = {person.person_id for person in here}
    return here, [person for person, _ in people if person.person_id not in names]


def _new_case_page(problem: Problem | None) -> str:
    person = guard.require(Role.SUPERVISOR, Role.ADMINISTRATOR)
    with reading() as session:
        villages = villages_of(session, person.regions(Role.SUPERVISOR, Role.ADMINISTRATOR), day_of(guard.now()))
        offered = projects.offered(session, person.district, day_of(guard.now()))
    return render_template(
        "cases/new.html",
        villages=villages,
        projects=offered,
        rows=range(PEOPLE_ROWS),
        words=words,
        problem=problem,
        typed=request.form,
    )
