"""Publishing forms, and handing out the plan of a published version."""

import json
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp.errors import Problem
from fieldapp.forms import library, plan
from fieldapp.models.forms import FormVersion

_loaded: dict[str, plan.Plan] = {}  # by hash; as many as were ever published here


def plan_of(session: Session, form: str, version: int) -> plan.Plan | None:
    """The plan of a form version, withdrawn or not: old drafts stay on theirs. None when it was never published."""
    here = (FormVersion.form == form, FormVersion.version == version)
    plan_hash = session.scalar(select(FormVersion.plan_hash).where(*here))
    if plan_hash is None:
        return None
    if plan_hash not in _loaded:  # a plan is a large text: read once, its hash says that it is still the one
        _loaded[plan_hash] = plan.load_plan(json.loads(session.scalars(select(FormVersion.plan).where(*here)).one()))
    return _loaded[plan_hash]


def publish_library(session: Session, now: datetime) -> list[str]:
    """Publish every form of the library whose version is new; returns what was published, as `F2@1`.

    A published version never changes: other content under a known number is refused (`form_version_changed`).
    """
    published = []
    for form_id, compiled in library.plans().items():
        known = session.get(FormVersion, (form_id, compiled.version))
        if known is not None:
            if known.plan_hash != compiled.hash:
                raise Problem("form_version_changed", form=form_id, version=compiled.version)
            continue
        session.add(
            FormVersion(
                form=form_id,
                version=compiled.version,
                plan_hash=compiled.hash,
                plan=compiled.text,
                source=_source_of(form_id),
                published_at=now,
            )
        )
        published.append(f"{form_id}@{compiled.version}")
    return published


def _source_of(form_id: str) -> str:
    return (Path(library.__file__).parent / f"{form_id}.md").read_text(encoding="utf-8")
