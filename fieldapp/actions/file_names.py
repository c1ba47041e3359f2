"""Which files a stored revision names.

A report comes first and its files after, in either order: what a revision names is noted when it is stored, and a file
belongs to a family as soon as both are there and the author of the revision is who sent the file.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp.actions.file_keys import open_key, seal_key
from fieldapp.crypto.rest import RestError
from fieldapp.errors import Problem
from fieldapp.models.files import File, FileName
from sync import uploads
from sync.uploads import State


def note(
    session: Session,
    *,
    district: str,
    revision_id: UUID,
    record_id: UUID,
    case_id: UUID,
    author_id: UUID,
    form: str,
    body: Mapping[str, Any],
) -> None:
    """Note which files a revision names, which is being stored in this transaction. What its author sent before belongs
    to this family from now on. A file of a family never comes to another one.
    """
    named = uploads.named_in(body)
    if not named:
        return
    by = {"revision_id": revision_id, "record_id": record_id, "case_id": case_id, "author_id": author_id, "form": form}
    names = {one.file_id: FileName(district=district, file_id=one.file_id, hash=one.hash, **by) for one in named}
    session.add_all(names.values())
    session.flush()
    known = select(File).where(
        File.district == district,
        File.file_id.in_(names),
        File.person_id == author_id,
        File.case_id.is_(None),
        File.state != State.GONE,
    )
    for file in session.scalars(known.order_by(File.file_id).with_for_update()):
        if file.hash != names[file.file_id].hash:
            continue
        try:
            key = open_key(session, file, comes_to=case_id) if file.sealed_key is not None else None
        except (Problem, RestError):
            continue  # it was for another draft, or is forgotten: the report waits for it, and nothing else is held up
        file.belong_to(names[file.file_id])
        if key is not None:
            file.sealed_key = seal_key(session, file, key)
