"""The catalogue of projects: added, changed and ended by who leads the county's work; chosen at the desk and on phones.

What is tagged keeps the name as a text, so that a change here changes no record.
"""

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp.actions import lists
from fieldapp.days import day_of
from fieldapp.db import milliseconds
from fieldapp.errors import Problem
from fieldapp.ids import uuid7
from fieldapp.models import audit
from fieldapp.models.accounts import Acting, Role
from fieldapp.models.projects import Project
from fieldapp.models.vaults import Vault, VaultState

NAME_MAX, NOTE_MAX = 100, 300
_ROLES = (Role.SUPERVISOR, Role.ADMINISTRATOR)


def may_keep(acting: Acting) -> bool:
    """Whether she keeps the catalogue: supervisors and administrators of the whole county."""
    return any(acting.district.startswith(region) for region in acting.regions(*_ROLES) if region)


def add(session: Session, acting: Acting, told: Mapping[str, str], now: datetime) -> Project:
    """Add a project, given as it was typed: `name`, `owner`, `region` (a code), `since`, `until` ("": open), `note`.

    Raises `not_found`, `project_needs_words` (name, owner), `project_dates_wrong`, `project_known`.
    """
    _require(acting)
    project = Project(district=acting.district, project_id=uuid7(milliseconds(now)))
    _fill(session, project, told)
    session.add(project)
    _keep(session, acting, project, "add_project", now)
    return project


def change(session: Session, acting: Acting, project_id: UUID, told: Mapping[str, str], now: datetime) -> Project:
    """Change a project; with a last day that is over it is offered no more. Raises as `add`."""
    _require(acting)
    project = session.get(Project, (acting.district, project_id), with_for_update=True)
    if project is None:
        raise Problem("not_found")
    _fill(session, project, told)
    _keep(session, acting, project, "change_project", now)
    return project


def _require(acting: Acting) -> None:
    if not may_keep(acting):
        raise Problem("not_found")


def _fill(session: Session, project: Project, told: Mapping[str, str]) -> None:
    name, owner = told.get("name", "").strip(), told.get("owner", "").strip()
    note = told.get("note", "").strip()
    # PostgreSQL keeps no text with a NUL in it.
    is_whole = name and owner and "\0" not in name + owner + note
    if not is_whole or max(len(name), len(owner)) > NAME_MAX or len(note) > NOTE_MAX:
        raise Problem("project_needs_words", limit=NAME_MAX)
    try:
        since = date.fromisoformat(told.get("since", ""))
        until = date.fromisoformat(told["until"]) if told.get("until") else None
    except ValueError as error:
        raise Problem("project_dates_wrong") from error
    if until is not None and until < since:
        raise Problem("project_dates_wrong")
    # Two of one name could not be told apart where they are chosen.
    known = select(Project.project_id).where(
        Project.district == project.district, Project.name == name, Project.project_id != project.project_id
    )
    with session.no_autoflush:
        if session.scalar(known.limit(1)) is not None:
            raise Problem("project_known")
    region = told.get("region", "").strip()
    project.name, project.owner, project.note = name, owner, note
    project.region_code = region if region.isdigit() and len(region) <= 12 else project.district
    project.starts_on, project.ends_on = since, until


def _keep(session: Session, acting: Acting, project: Project, act: str, now: datetime) -> None:
    project.changed_at, project.changed_by = now, acting.person_id
    session.flush()
    # A suspended phone may be given back; who has none is told everything when she gets one.
    holders = select(Vault.person_id).where(Vault.district == acting.district, Vault.state != VaultState.REVOKED)
    for person_id in sorted(set(session.scalars(holders))):
        lists.tell_projects(session, acting.district, person_id, day_of(now))
    about: dict[str, object] = {"project": str(project.project_id)}
    audit.write(session, district=acting.district, actor_id=acting.person_id, act=act, about=about, at=now)
