"""The key of each file at rest: under its family's key once a revision names it, before that under the district's.

What erases a family therefore erases its files, wherever copies of their bytes still lie.
"""

from sqlalchemy.orm import Session

from fieldapp.crypto.files import FileKey
from fieldapp.models import bodies
from fieldapp.models.files import File, FileName

_PLACE = ("file", "sealed_key")


def seal_key(session: Session, file: File, key: FileKey) -> bytes:
    """The key of a file, sealed for where it belongs now. Raises `family_erased`."""
    row_key = (file.district, file.file_id)
    if file.case_id is None:
        return bodies.seal_for_district(session, file.district, *_PLACE, row_key, key)
    return bodies.seal_for_record(session, file.district, file.case_id, _form(session, file), *_PLACE, row_key, key)


def open_key(session: Session, file: File) -> FileKey:
    """The key again, of a file that is whole. Raises `family_erased`, `reporter_erased`."""
    assert file.sealed_key is not None
    row_key = (file.district, file.file_id)
    if file.case_id is None:
        return FileKey(bodies.open_for_district(session, file.district, *_PLACE, row_key, file.sealed_key))
    form = _form(session, file)
    sealed = file.sealed_key
    return FileKey(bodies.open_for_record(session, file.district, file.case_id, form, *_PLACE, row_key, sealed))


def _form(session: Session, file: File) -> str | None:
    # Of the revision that named it first: a paper of who told us lies under the key kept for that alone.
    naming = session.get(FileName, (file.district, file.file_id, file.named_by))
    return None if naming is None else naming.form
