"""A report as a bundle carries it (models/bundles.py): its state, and for its author what she goes on writing."""

import json
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from fieldapp.crypto.packages import b64u
from fieldapp.db import milliseconds
from fieldapp.models import bodies, versions
from fieldapp.models.accounts import Acting
from fieldapp.models.bodies import REPORTER_FORMS
from fieldapp.models.bundle_rows import AUTHORS, Rows
from fieldapp.models.records import Record, Revision, State
from fieldapp.models.reviews import Remark

# Sheets about one person: the group that holds its person_id.
ABOUT_ONE = {"F6": "child"}

Json = dict[str, Any]


def of_record(session: Session, acting: Acting, record: Record, found: Rows) -> Json:
    """What this person is told of a report: its state; of an open one of her own its answers, returns and versions."""
    head = found.heads[record.head_revision_id]
    is_mine = record.author_id == acting.person_id
    is_open = is_mine and record.state in AUTHORS and record.form not in REPORTER_FORMS
    apart = found.apart.get(record.record_id)
    conflict = {} if apart is None else {"conflict": _conflict(session, head, apart, found)}
    body = _body(session, head) if is_open else {}
    papers = {"papers": body["papers"]} if body.get("papers") else {}
    return {
        **conflict,
        **papers,
        "record_id": str(record.record_id),
        "form": record.form,
        "form_version": head.form_version,
        "visit_id": str(record.visit_id),
        "author": str(record.author_id),
        "author_name": found.names.get(record.author_id, ("",))[0],
        "mine": is_mine,
        "about": _about(session, head) if record.form in ABOUT_ONE else None,
        "state": record.state,
        "head": str(head.revision_id),
        "content_hash": b64u(head.content_hash),
        "answers": body.get("answers"),
        "returned": _returned(session, record, found) if is_open and record.state == State.RETURNED else None,
    }


def _conflict(session: Session, head: Revision, apart: versions.Apart, found: Rows) -> Json:
    """Head and versions beside it, each with the answers both began with: what a merge on the phone needs."""

    def version(revision_id: UUID) -> Json:
        revision = found.heads[revision_id]
        body = _body(session, revision)
        return {
            "revision_id": str(revision_id),
            "form_version": revision.form_version,
            "vault_id": None if revision.vault_id is None else str(revision.vault_id),
            "device_time": milliseconds(revision.device_time),
            "received_at": milliseconds(revision.received_at),
            "answers": body.get("answers"),
            "papers": body.get("papers") or {},
        }

    def begun(base_id: UUID | None) -> Json | None:
        # Across two versions of a form nothing is merged, so what they began with is not needed.
        if base_id is None or found.heads[base_id].form_version != head.form_version:
            return None
        body = _body(session, found.heads[base_id])
        return {"revision_id": str(base_id), "answers": body.get("answers"), "papers": body.get("papers") or {}}

    beside = [{**version(one), "base": begun(apart.bases[one])} for one in apart.beside]
    return {"head": version(head.revision_id), "beside": beside}


def _about(session: Session, head: Revision) -> str | None:
    """The person a sheet is about: a visit may hold one for each child, and a phone must know whose is there."""
    answers = _answers(session, head)
    named = answers.get(ABOUT_ONE[head.form]) if isinstance(answers, dict) else None
    person_id = named.get("person_id") if isinstance(named, dict) else None
    return person_id if isinstance(person_id, str) else None


def _answers(session: Session, head: Revision) -> Any:
    return _body(session, head).get("answers")


def _body(session: Session, revision: Revision) -> Json:
    key = (revision.district, revision.revision_id)
    place = (revision.district, revision.case_id, revision.form, "revision", "sealed_body", key)
    return dict(json.loads(bodies.open_for_record(session, *place, revision.sealed_body)))


def _returned(session: Session, record: Record, found: Rows) -> Json | None:
    decision = found.returns.get(record.record_id)
    if decision is None:
        return None
    text = ""
    if decision.sealed_text is not None:
        key = (record.district, decision.decision_id)
        text = _said(session, record, "decision", "sealed_text", key, decision.sealed_text)["text"]
    return {
        "at": milliseconds(decision.decided_at),
        "by": found.names.get(decision.decided_by, ("",))[0],
        "reason": decision.reason,
        "text": text,
        "remarks": [_remark(session, record, remark) for remark in found.remarks[record.record_id]],
    }


def _remark(session: Session, record: Record, remark: Remark) -> Json:
    key = (record.district, remark.remark_id)
    said = _said(session, record, "remark", "sealed_text", key, remark.sealed_text)
    return {
        "remark_id": str(remark.remark_id),
        "path": said["path"],
        "kind": remark.kind,
        "text": said["text"],
        "ways": said["ways"],
        "state": remark.state,
    }


def _said(session: Session, of: Record, table: str, column: str, key: tuple[UUID | str, ...], sealed: bytes) -> Json:
    place = (of.district, of.case_id, of.form, table, column, key)
    return dict(json.loads(bodies.open_for_record(session, *place, sealed)))
