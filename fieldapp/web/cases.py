"""Case files at the desk: list, open a new one, plan visits."""

from datetime import date
from uuid import UUID

from flask import Blueprint, Response, render_template, request, url_for

from fieldapp.actions import cases, desk_records, form_views
from fieldapp.db import reading, writing
from fieldapp.errors import Problem
from fieldapp.models import casefiles
from fieldapp.models import forms as form_versions
from fieldapp.models.accounts import Role, people_with_role
from fieldapp.models.audit import note_read
from fieldapp.models.cases import VisitPurpose
from fieldapp.models.regions import names_for_files, villages_of
from fieldapp.web import guard, words

bp = Blueprint("cases", __name__, url_prefix="/cases")
bp.origin = "desk"  # type: ignore[attr-defined]

PEOPLE_ROWS = 8


@bp.get("")
def case_list() -> str:
    person = guard.acting()
    village = request.args.get("village", "")[:12]
    with reading() as session:
        found, more = casefiles.page_of(session, person, village, request.args.get("after", "")[:20])
        regions = names_for_files(session, person.district, guard.now().date())
        villages = villages_of(session, person.regions(Role.SUPERVISOR, Role.ADMINISTRATOR), guard.now().date())
    return render_template(
        "cases/list.html", cases=found, more=more, village=village, villages=villages, regions=regions
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
                now=guard.now(),
            )
    except ValueError as error:
        raise Problem("request_malformed") from error
    except Problem as problem:
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
            note_read(session, person, "read_case", {"case": str(case_id)}, moment)
        regions = names_for_files(session, person.district, moment.date())
        workers = people_with_role(session, person.district, Role.CASEWORKER)
        village = people_with_role(session, person.district, Role.VILLAGE)
        forms = [] if found.people is None else desk_records.may_begin(session, person, found.case)
        own_forms = form_versions.own(session)
        own_titles = form_views.titles_of_own(session, guard.language())
    code = found.case.village_code
    return render_template(
        "cases/file.html",
        file=found,
        problem=problem,
        regions=regions,
        words=words,
        reasons=cases.REASONS,
        purposes=[one for one in cases.FORMS if own_forms or one is not VisitPurpose.OTHER],
        own_forms=own_forms,
        own_titles=own_titles,
        desk_forms=forms,
        may_plan=person.has(Role.SUPERVISOR, Role.ADMINISTRATOR),
        workers=[worker for worker, region in workers if code.startswith(region)],
        village_people=[worker for worker, region in village if code.startswith(region)],
        today=moment.date().isoformat(),
        typed=request.form,
    )


def _new_case_page(problem: Problem | None) -> str:
    person = guard.require(Role.SUPERVISOR, Role.ADMINISTRATOR)
    with reading() as session:
        villages = villages_of(session, person.regions(Role.SUPERVISOR, Role.ADMINISTRATOR), guard.now().date())
    return render_template(
        "cases/new.html", villages=villages, rows=range(PEOPLE_ROWS), words=words, problem=problem, typed=request.form
    )
