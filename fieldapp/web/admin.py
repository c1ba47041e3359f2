"""The small administration: people, roles, passwords, device codes, phones, and the health of this server."""

from uuid import UUID

from flask import Blueprint, Response, current_app, render_template, request, url_for

from fieldapp.actions import accounts, oidc, vaults
from fieldapp.days import day_of
from fieldapp.db import reading, writing
from fieldapp.errors import Problem
from fieldapp.models import credentials, health, organisations, people
from fieldapp.models.accounts import Role, Sex
from fieldapp.models.regions import names_of
from fieldapp.web import device_codes, guard, words

bp = Blueprint("admin", __name__, url_prefix="/admin")
bp.origin = "desk"  # type: ignore[attr-defined]


@bp.get("/people")
def people_list() -> str:
    person = guard.require(Role.ADMINISTRATOR, Role.DATA_PROTECTION)
    with reading() as session:
        rows = people.list_of(session, person)
        regions = names_of(session, person.district, day_of(guard.now()))
    return render_template("admin/people.html", rows=rows, regions=regions, words=words)


# The first page of an administrator; dashboard sends her here by this name.
bp.add_url_rule("/", endpoint="people", view_func=people_list)


@bp.get("/people/new")
def new_person_form() -> str:
    return _new_person_page(None)


@bp.post("/people/new")
def new_person() -> Response | tuple[str, int]:
    guard.require_fresh()
    form = request.form
    try:
        with writing() as session:
            person = accounts.create_person(
                session,
                guard.require(Role.ADMINISTRATOR),
                login=form.get("login", ""),
                name=form.get("name", ""),
                role=_role(form.get("role", "")),
                region_code=form.get("region", ""),
                organisation_id=_uuid(form.get("organisation", "")),
                password=form.get("password", ""),
                elder=form.get("elder") == "1",
                sex=_sex(form.get("sex", "")),
                now=guard.now(),
            )
    except Problem as problem:
        return _new_person_page(problem), problem.status
    return guard.see_other(url_for("admin.person", person_id=person.person_id))


@bp.get("/people/<uuid:person_id>")
def person(person_id: UUID) -> str:
    return _person_page(person_id, None)


@bp.post("/people/<uuid:person_id>/role")
def change_role(person_id: UUID) -> Response:
    guard.require_fresh(url_for("admin.person", person_id=person_id))
    with writing() as session:
        accounts.change_role(
            session,
            guard.require(Role.ADMINISTRATOR),
            person_id,
            _role(request.form.get("role", "")),
            request.form.get("region", ""),
            guard.now(),
        )
    return guard.see_other(url_for("admin.person", person_id=person_id))


@bp.post("/people/<uuid:person_id>/sex")
def say_sex(person_id: UUID) -> Response:
    """Whether she is a woman, or he a man, or that it is not said: for families that women are to work with."""
    guard.require_fresh(url_for("admin.person", person_id=person_id))
    with writing() as session:
        acting = guard.require(Role.ADMINISTRATOR)
        accounts.say_sex(session, acting, person_id, _sex(request.form.get("sex", "")), guard.now())
    return guard.see_other(url_for("admin.person", person_id=person_id))


@bp.post("/people/<uuid:person_id>/device-code")
def device_code(person_id: UUID) -> str | tuple[str, int]:
    """The first one; whoever has a phone already gets another one by two people (web/resets.py)."""
    guard.require_fresh(url_for("admin.person", person_id=person_id))
    try:
        with writing() as session:
            issued = accounts.issue_device_code(session, guard.require(Role.ADMINISTRATOR), person_id, guard.now())
    except Problem as problem:
        if problem.code == "not_found":
            raise
        return _person_page(person_id, problem), problem.status
    return device_codes.page(person_id, issued)


@bp.post("/people/<uuid:person_id>/deactivate")
def deactivate(person_id: UUID) -> Response:
    guard.require_fresh(url_for("admin.person", person_id=person_id))
    with writing() as session:
        accounts.deactivate(session, guard.require(Role.ADMINISTRATOR), person_id, guard.now())
    return guard.see_other(url_for("admin.people"))


@bp.post("/people/<uuid:person_id>/identities/<identity>/remove")
def remove_identity(person_id: UUID, identity: str) -> Response:
    """An identity of the organisation's own sign-in opens her account no more."""
    acting = guard.require(Role.ADMINISTRATOR)
    guard.require_fresh(url_for("admin.person", person_id=person_id))
    with writing() as session:
        oidc.remove(session, acting, person_id, identity, guard.now())
    return guard.see_other(url_for("admin.person", person_id=person_id))


@bp.post("/phones/<uuid:vault_id>/revoke")
def revoke(vault_id: UUID) -> Response:
    guard.require_fresh(url_for("admin.people"))
    with writing() as session:
        vault = vaults.revoke(session, guard.require(Role.ADMINISTRATOR), vault_id, guard.now())
    return guard.see_other(url_for("admin.person", person_id=vault.person_id))


@bp.get("/health")
def health_page() -> str:
    acting = guard.require(Role.ADMINISTRATOR, Role.SUPERVISOR)
    with reading() as session:
        backup = health.backup_of(session, guard.now())
        chain = health.audit_of(session, acting.district)
        files = health.files_of(session, acting.district)
        proxy = health.proxy_of(session)
    free_bytes = current_app.extensions["files"].free_bytes()
    return render_template(
        "admin/health.html", backup=backup, chain=chain, files=files, proxy=proxy, free_bytes=free_bytes
    )


def _person_page(person_id: UUID, problem: Problem | None) -> str:
    acting = guard.require(Role.ADMINISTRATOR, Role.DATA_PROTECTION)
    with reading() as session:
        found = people.one(session, acting, person_id)
        if found is None:
            raise Problem("not_found")
        regions = names_of(session, acting.district, day_of(guard.now()))
        departments = organisations.departments_of(session, acting.district)
        houses = organisations.running(session, acting.district)
        identities = credentials.identities_of(session, acting.district, person_id)
    return render_template(
        "admin/person.html",
        found=found,
        regions=regions,
        organisations=houses,
        identities=identities,
        departments=departments,
        may_change=acting.has(Role.ADMINISTRATOR),
        words=words,
        problem=problem,
    )


def _new_person_page(problem: Problem | None) -> str:
    acting = guard.require(Role.ADMINISTRATOR)
    with reading() as session:
        regions = names_of(session, acting.district, day_of(guard.now()))
        belongs_to = organisations.running(session, acting.district)
    return render_template(
        "admin/new_person.html",
        regions=regions,
        organisations=belongs_to,
        words=words,
        problem=problem,
        typed=request.form,
    )


def _role(text: str) -> Role:
    try:
        return Role(text)
    except ValueError as error:
        raise Problem("request_malformed") from error


def _sex(text: str) -> Sex | None:
    try:
        return Sex(text) if text else None
    except ValueError as error:
        raise Problem("request_malformed") from error


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError as error:
        raise Problem("request_malformed") from error
