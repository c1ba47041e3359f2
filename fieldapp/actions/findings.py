"""Findings: what the server's evaluator says of a revision. They alter no answer; a reviewer sees them."""

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from fieldapp.actions.plans import plan_of
from fieldapp.db import milliseconds
from fieldapp.forms import evaluate
from fieldapp.forms.dates import is_zone
from fieldapp.models import bodies
from fieldapp.models.records import Findings, Revision


def findings_of(session: Session, revision: Revision, now: datetime) -> tuple[str, list[dict[str, Any]]]:
    """The rules version and the findings of a revision, computed and stored at the first call.

    Each finding is `{"path", "code", "message_zh", "message_en"}`. The version names function set and plan, so that a
    later set of rules adds a row instead of rewriting what a decision saw.
    """
    plan = plan_of(session, revision.form, revision.form_version)
    assert plan is not None  # a revision of an unknown form is never stored: sync/push keeps it aside
    version = f"{plan.json['functions']}:{plan.hash[:16]}"
    key = (revision.district, revision.revision_id, version)
    known = session.get(Findings, key)
    if known is not None:
        place = (revision.district, known.case_id, revision.form, "findings", "sealed_findings", key)
        sealed = bodies.open_for_record(session, *place, known.sealed_findings)
        return version, list(json.loads(sealed))
    body = body_of(session, revision)
    found = [asdict(finding) for finding in evaluate.findings(plan, body["answers"], _recorded(revision, body))]
    session.add(
        Findings(
            district=revision.district,
            revision_id=revision.revision_id,
            rules_version=version,
            case_id=revision.case_id,
            computed_at=now,
            count=len(found),
            sealed_findings=bodies.seal_for_record(
                session, revision.district, revision.case_id, revision.form, "findings", "sealed_findings", key,
                json.dumps(found, ensure_ascii=False).encode(),
            ),
        )
    )  # fmt: skip
    return version, found


def body_of(session: Session, revision: Revision) -> dict[str, Any]:
    """The opened body of a revision, as docs/protocol.md section 3 writes it."""
    key = (revision.district, revision.revision_id)
    place = (revision.district, revision.case_id, revision.form, "revision", "sealed_body", key)
    return dict(json.loads(bodies.open_for_record(session, *place, revision.sealed_body)))


def instance_of(session: Session, revision: Revision, body: dict[str, Any], language: str) -> evaluate.Instance:
    """The answers of a revision in its own form version, at the moment its author closed it, in `language`."""
    plan = plan_of(session, revision.form, revision.form_version)
    assert plan is not None
    recorded = _recorded(revision, body)
    return evaluate.open_instance(
        plan, body["answers"], now_ms=recorded["now"], zone=recorded["zone"], language=language, recorded=recorded
    )


def _recorded(revision: Revision, body: dict[str, Any]) -> dict[str, Any]:
    # What the form recorded of clock and chance is replayed; without it the phone's own claim of the time stands in.
    # Bodies stored before their shape was checked may hold anything, and a phone may know a zone that we do not:
    # neither may stop the page of a report, or the findings of those behind it.
    said = body.get("recorded")
    said = {**said} if isinstance(said, dict) else {}
    if not isinstance(said.get("zone"), str) or not is_zone(said["zone"]):
        said["zone"] = "Asia/Shanghai"
    if type(said.get("now")) is not int:
        said["now"] = milliseconds(revision.device_time)
    drawn = said.get("random")
    said["random"] = [pair for pair in drawn if _is_draw(pair)] if isinstance(drawn, list) else []
    return said


def _is_draw(pair: Any) -> bool:
    return isinstance(pair, list) and [type(part) for part in pair] == [str, str]
