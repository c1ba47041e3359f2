"""What the desk shows of forms: the shelf, one upload with what was understood of it, one published version."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, undefer

from fieldapp.actions import plans, publishing
from fieldapp.errors import Problem
from fieldapp.forms.outline import Comparison, Outline, compare
from fieldapp.forms.plan import Plan
from fieldapp.models import forms
from fieldapp.models.accounts import Acting, Person
from fieldapp.models.forms import CandidateFile, CandidateState, FormCandidate, FormFile, FormVersion
from fieldapp.models.records import DraftCopy, Record, Revision, State

SHOWN_MAX = 50  # uploads on one page of the list


@dataclass(frozen=True)
class Shelf:
    """The first page: forms with their versions (newest first), uploads (newest first), names of who did it."""

    versions: dict[str, list[Any]]
    running: dict[str, int]
    titles: dict[str, dict[str, str]]
    candidates: Sequence[FormCandidate]
    names: dict[UUID, str]
    has_more: bool


@dataclass(frozen=True)
class CandidateView:
    """One upload. `outline` None where it was refused; `comparison` None where nothing is published under its form."""

    candidate: FormCandidate
    files: Sequence[CandidateFile]
    refusals: list[dict[str, Any]]
    warnings: list[dict[str, Any]]
    outline: Outline | None
    newest: int | None
    running: int | None
    comparison: Comparison | None
    begun: dict[int, int]
    roles: list[str]
    names: dict[UUID, str]

    @property
    def is_higher(self) -> bool:
        return self.newest is None or (self.candidate.version or 0) > self.newest

    @property
    def is_same(self) -> bool:
        """Exactly what is published under this version."""
        return self.comparison is not None and self.comparison.is_empty and not self.is_higher


@dataclass(frozen=True)
class VersionView:
    """One published version. `next_running`: what new records begin with once it is withdrawn."""

    version: FormVersion
    outline: Outline
    newest: int | None
    running: int | None
    next_running: int | None
    begun: dict[int, int]
    roles: list[str]
    names: dict[UUID, str]


def shelf(session: Session, acting: Acting, before: UUID | None = None) -> Shelf:
    """What there is: published versions without their plans, and the uploads of this district before one of them."""
    publishing.require_publisher(acting)
    rows = session.execute(
        select(
            FormVersion.form,
            FormVersion.version,
            FormVersion.published_at,
            FormVersion.published_by,
            FormVersion.withdrawn_at,
        ).order_by(FormVersion.form, FormVersion.version.desc())
    ).all()
    versions: dict[str, list[Any]] = {}
    for row in rows:
        versions.setdefault(row.form, []).append(row)
    running = {
        form: next((row.version for row in listed if row.withdrawn_at is None), 0) for form, listed in versions.items()
    }
    asked = select(FormCandidate).where(FormCandidate.district == acting.district)
    if before is not None:
        asked = asked.where(FormCandidate.candidate_id < before)  # made from the moment of upload: later is greater
    found = list(session.scalars(asked.order_by(FormCandidate.candidate_id.desc()).limit(SHOWN_MAX + 1)))
    titles = {}
    for form, listed in versions.items():
        shown = plans.plan_of(session, form, listed[0].version)
        titles[form] = shown.json["title"] if shown else {}
    people = {row.published_by for row in rows} | {candidate.uploaded_by for candidate in found}
    return Shelf(versions, running, titles, found[:SHOWN_MAX], _names(session, acting, people), len(found) > SHOWN_MAX)


def candidate_view(session: Session, acting: Acting, candidate_id: UUID) -> CandidateView:
    """An upload, what was understood of it, and how it differs from the newest published version."""
    candidate = publishing.candidate_of(session, acting, candidate_id)
    told = json.loads(candidate.told)
    files = session.scalars(
        select(CandidateFile)
        .where(CandidateFile.district == acting.district, CandidateFile.candidate_id == candidate_id)
        .order_by(CandidateFile.number)
    )
    shown = None if candidate.plan is None else Outline(publishing.plan_of_candidate(candidate))
    form = candidate.form or ""
    newest = forms.newest(session, form)
    before = newest if candidate.state != CandidateState.PUBLISHED else _before(session, form, candidate.version or 0)
    compared = None if before is None else plans.plan_of(session, form, before)
    return CandidateView(
        candidate=candidate,
        files=list(files),
        refusals=told["refusals"],
        warnings=told["warnings"],
        outline=shown,
        newest=before,
        running=forms.running(session, form),
        comparison=compare(compared, shown.plan) if compared and shown else None,
        begun=_begun(session, acting, form),
        roles=_roles_before(session, form),
        names=_names(session, acting, {candidate.uploaded_by}),
    )


def media_file(session: Session, name: str) -> bytes:
    """The bytes of a picture, sound or film of a form, by its hash. Raises `not_found`, for a list or a source too."""
    found = session.scalar(select(FormFile.content).where(FormFile.hash == name, FormFile.kind == "media"))
    if found is None:
        raise Problem("not_found")
    return found


def titles_of_own(session: Session, language: str) -> dict[str, str]:
    """What the forms of this place are called: the title of their newest version, withdrawn or not, by form."""
    newest = (
        select(FormVersion.form, func.max(FormVersion.version))
        .group_by(FormVersion.form)
        .having(func.count(FormVersion.published_by) == func.count())  # what the library has was published by nobody
    )
    titles: dict[str, str] = {}
    for form, version in session.execute(newest):
        shown = plans.plan_of(session, form, version)
        if shown is not None:
            titles[form] = shown.json["title"].get(language) or form
    return titles


def version_view(session: Session, acting: Acting, form: str, version: int) -> VersionView:
    """A published version, withdrawn or not."""
    publishing.require_publisher(acting)
    found = session.get(FormVersion, (form, version))
    shown = plans.plan_of(session, form, version)
    if found is None or shown is None:
        raise Problem("not_found")
    others = select(func.max(FormVersion.version)).where(
        FormVersion.form == form, FormVersion.version != version, FormVersion.withdrawn_at.is_(None)
    )
    return VersionView(
        version=found,
        outline=Outline(shown),
        newest=forms.newest(session, form),
        running=forms.running(session, form),
        next_running=session.scalar(others),
        begun=_begun(session, acting, form),
        roles=(found.roles or "").split() or [role.value for role in publishing.library_roles(form)],
        names=_names(session, acting, {found.published_by, found.withdrawn_by}),
    )


def plan_for_preview(session: Session, acting: Acting, candidate_id: UUID) -> Plan:
    """The plan of an upload. Raises `form_not_publishable` where it was refused."""
    candidate = publishing.candidate_of(session, acting, candidate_id)
    if candidate.plan is None:
        raise Problem("form_not_publishable")
    return publishing.plan_of_candidate(candidate)


def uploaded_file(session: Session, acting: Acting, candidate_id: UUID, number: int) -> CandidateFile:
    """One file as it was uploaded."""
    publishing.require_publisher(acting)
    found = session.get(
        CandidateFile, (acting.district, candidate_id, number), options=[undefer(CandidateFile.content)]
    )
    if found is None:
        raise Problem("not_found")
    return found


# --- helpers ----------------------------------------------------------------------------------------------------------


def _before(session: Session, form: str, version: int) -> int | None:
    return session.scalar(
        select(func.max(FormVersion.version)).where(FormVersion.form == form, FormVersion.version < version)
    )


def _roles_before(session: Session, form: str) -> list[str]:
    """Who fills in the newest version: what the form to publish starts with."""
    newest = forms.newest(session, form)
    named = session.scalar(select(FormVersion.roles).where(FormVersion.form == form, FormVersion.version == newest))
    return (named or "").split() or [role.value for role in publishing.library_roles(form)]


def _begun(session: Session, acting: Acting, form: str) -> dict[int, int]:
    """How many reports of this district were begun and not handed in whole, by version: they stay on it.

    Counted from clear columns alone; a draft of which no copy has come yet is known only to its phone.
    """
    drafts = select(DraftCopy.record_id, DraftCopy.form_version).where(
        DraftCopy.district == acting.district, DraftCopy.form == form
    )
    open_states = (State.DRAFT, State.DOOR_SUBMITTED, State.RETURNED)
    records = (
        select(Record.record_id, Revision.form_version)
        .join(Revision, (Revision.district == Record.district) & (Revision.revision_id == Record.head_revision_id))
        .where(Record.district == acting.district, Record.form == form, Record.state.in_(open_states))
    )
    begun = {record_id: version for record_id, version in session.execute(drafts)}  # noqa: C416  # rows are no pairs
    begun |= {record_id: version for record_id, version in session.execute(records)}  # noqa: C416
    return dict(sorted(Counter(begun.values()).items()))


def _names(session: Session, acting: Acting, people: set[UUID | None]) -> dict[UUID, str]:
    wanted = [person_id for person_id in people if person_id is not None]
    rows = session.execute(
        select(Person.person_id, Person.name).where(Person.district == acting.district, Person.person_id.in_(wanted))
    )
    return {row.person_id: row.name for row in rows}
