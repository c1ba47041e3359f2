"""Handing out the plan of a published version, and publishing the library."""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp.actions import lists
from fieldapp.errors import Problem
from fieldapp.forms import library
from fieldapp.forms.plan import Plan, load_plan
from fieldapp.models.forms import FormFile, FormVersion, plan_hash_of

_loaded: dict[str, Plan] = {}  # by hash; as many as were ever published here


def plan_of(session: Session, form: str, version: int) -> Plan | None:
    """The plan of a form version, withdrawn or not: old drafts stay on theirs. None when it was never published."""
    plan_hash = plan_hash_of(session, form, version)
    if plan_hash is None:
        return None
    if plan_hash not in _loaded:  # a plan is a large text: read once, its hash says that it is still the one
        here = (FormVersion.form == form, FormVersion.version == version)
        data = json.loads(session.scalars(select(FormVersion.plan).where(*here)).one())
        _loaded[plan_hash] = load_plan(data, lists_of(session, data))
    return _loaded[plan_hash]


def lists_of(session: Session, data: dict[str, Any]) -> dict[str, Any]:
    """The long lists that a plan (JSON) names, parsed, by hash; None for one that is not here."""
    named = [given["hash"] for given in (data.get("files") or {}).values() if given.get("kind") == "list"]
    rows = session.execute(select(FormFile.hash, FormFile.content).where(FormFile.hash.in_(named))) if named else ()
    return dict.fromkeys(named) | {name: json.loads(content) for name, content in rows}


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
        keep_files(session, compiled)
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
    lists.cut_what_is_whole(session)
    return published


def _source_of(form_id: str) -> str:
    return (Path(library.__file__).parent / f"{form_id}.md").read_text(encoding="utf-8")


def keep_files(session: Session, compiled: Plan, pieces: Mapping[str, Mapping[str, bytes]] | None = None) -> None:
    """Keep the lists and media of a plan, each once, under its hash. `pieces`: of its lists, where they were cut before
    the transaction (`lists.pieces_of`).
    """
    kinds = {given["hash"]: given["kind"] for given in (compiled.json.get("files") or {}).values()}
    for name, content in compiled.files.items():
        keep_file(session, name, kinds.get(name, "media"), content)
    lists.keep(session, lists.pieces_of(compiled) if pieces is None else pieces)


def keep_file(session: Session, name: str, kind: str, content: bytes) -> None:
    """Keep bytes under their hash, once."""
    if session.scalar(select(FormFile.hash).where(FormFile.hash == name)) is None:
        session.add(FormFile(hash=name, kind=kind, size=len(content), content=content))
        session.flush()
