"""The key of each file at rest: under its family's key once a revision names it, before that under the district's, or,
where it is for a draft of who told us, under the key kept for that.

What erases a family therefore erases its files, wherever copies of their bytes still lie.
"""

from uuid import UUID

from sqlalchemy.orm import Session

from fieldapp.crypto.files import FileKey
from fieldapp.crypto.rest import UnknownKey
from fieldapp.models import bodies
from fieldapp.models.bodies import REPORTER_FORMS
from fieldapp.models.cases import CaseKey
from fieldapp.models.files import File, FileName
from fieldapp.models.records import DraftCopy, Revision

_PLACE = ("file", "sealed_key")


def seal_key(session: Session, file: File, key: FileKey) -> bytes:
    """The key of a file, sealed for where it belongs now. Raises `family_erased`."""
    row_key = (file.district, file.file_id)
    if file.case_id is None:
        draft = draft_of(session, file)
        if draft is None:
            return bodies.seal_for_district(session, file.district, *_PLACE, row_key, key)
        return bodies.seal_for_record(session, file.district, draft.case_id, draft.form, *_PLACE, row_key, key)
    return bodies.seal_for_record(session, file.district, file.case_id, _form(session, file), *_PLACE, row_key, key)


def open_key(session: Session, file: File, *, comes_to: UUID | None = None) -> FileKey:
    """The key again, of a file that is whole. `comes_to`: the family of a revision that names it now, for the first
    time. Raises `family_erased`, `reporter_erased`, rest.UnknownKey or rest.Damaged.
    """
    assert file.sealed_key is not None
    place = (*_PLACE, (file.district, file.file_id), file.sealed_key)
    if file.case_id is not None:
        form = _form(session, file)
        return FileKey(bodies.open_for_record(session, file.district, file.case_id, form, *place))
    try:
        return FileKey(bodies.open_for_district(session, file.district, *place))
    except UnknownKey:
        if comes_to is None:
            raise
        return FileKey(bodies.open_for_reporter(session, file.district, comes_to, *place))


def draft_of(session: Session, file: File) -> DraftCopy | None:
    """Her own copy of the draft of who told us that a file is for, which no revision names yet; None for all others."""
    if file.case_id is not None or file.record_id is None:
        return None
    copy = session.get(DraftCopy, (file.district, file.record_id, file.person_id))
    return None if copy is None or copy.form not in REPORTER_FORMS else copy


def is_forgotten(session: Session, naming: FileName | None) -> bool:
    """Whether the family was erased, or who told us of it was forgotten, since the revision came that names a file: its
    phone may send the file long after, and under a new key it would be readable again.
    """
    if naming is None:
        return False
    if session.get(CaseKey, (naming.district, naming.case_id)) is None:
        return True
    revision = session.get(Revision, (naming.district, naming.revision_id))
    if revision is None or naming.form not in REPORTER_FORMS:
        return False
    return bodies.is_reporter_forgotten(session, naming.district, naming.case_id, revision.sealed_body)


def is_draft_forgotten(session: Session, copy: DraftCopy | None) -> bool:
    """The same of the draft of who told us that a file is for, before any revision names it."""
    if copy is None:
        return False
    if session.get(CaseKey, (copy.district, copy.case_id)) is None:
        return True
    return bodies.is_reporter_forgotten(session, copy.district, copy.case_id, copy.sealed_body)


def first_naming(session: Session, file: File) -> FileName | None:
    """By which revision it came to its family; None while none names it."""
    if file.named_by is None:
        return None
    return session.get(FileName, (file.district, file.file_id, file.named_by))


def _form(session: Session, file: File) -> str | None:
    # Of the revision that named it first: a paper of who told us lies under the key kept for that alone.
    naming = first_naming(session, file)
    return None if naming is None else naming.form
