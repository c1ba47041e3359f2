"""What lies in a draft of the desk: sealed under the family's key, a lead's under the district's."""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from fieldapp.models import bodies
from fieldapp.models.desk_drafts import DeskDraft

EMPTY: dict[str, Any] = {"answers": {}, "recorded": None, "position": None}
_COLUMN = ("desk_draft", "sealed_body")


def keep(session: Session, draft: DeskDraft, body: Mapping[str, Any]) -> None:
    """Store a draft with what is typed in it; the act that keeps it writes the row of audit."""
    plain = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    key = (draft.district, draft.draft_id)
    draft.sealed_body = (
        bodies.seal_for_district(session, draft.district, *_COLUMN, key, plain)
        if draft.case_id is None
        else bodies.seal_for_record(session, draft.district, draft.case_id, draft.form, *_COLUMN, key, plain)
    )
    session.add(draft)
    session.flush()


def shown(session: Session, draft: DeskDraft) -> dict[str, Any]:
    """What the page of a draft is given back."""
    told = stored(session, draft)
    return {part: told[part] for part in EMPTY}


def stored(session: Session, draft: DeskDraft) -> dict[str, Any]:
    """The body as it lies in the draft, with the window that saved it last."""
    key = (draft.district, draft.draft_id)
    plain = (
        bodies.open_for_district(session, draft.district, *_COLUMN, key, draft.sealed_body)
        if draft.case_id is None
        else bodies.open_for_record(
            session, draft.district, draft.case_id, draft.form, *_COLUMN, key, draft.sealed_body
        )
    )
    return dict(json.loads(plain))
