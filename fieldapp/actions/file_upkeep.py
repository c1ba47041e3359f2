"""Files that nobody needs any more: never ended, never named, of an erased family or of somebody who told us and was
forgotten, or without a row that knows them.

    due        whether it is time
    give_up    one transaction: the rows
    sweep      then the bytes; what is interrupted between the two is found by the next sweep

Each sweep looks at a part of the store, so that a day sees all of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, exists, or_, select
from sqlalchemy.orm import Session

from fieldapp.actions.file_keys import is_draft_forgotten, is_forgotten
from fieldapp.blobs import BlobStore
from fieldapp.days import is_over
from fieldapp.db import milliseconds, moment
from fieldapp.models import audit, settings
from fieldapp.models.bodies import REPORTER_FORMS
from fieldapp.models.cases import CaseKey, ReporterKey
from fieldapp.models.files import File, FileName
from fieldapp.models.records import DraftCopy
from sync.uploads import PARTIAL_KEPT_DAYS, UNNAMED_KEPT_DAYS, State

EVERY = timedelta(hours=1)
AT_ONCE = 500
SETTLED_AFTER = timedelta(days=1)  # what was kept a moment ago may not have its row yet
PREFIXES = 256
PARTS_OF_A_DAY = 24


@dataclass
class GivenUp:
    """What no row needs any more: ids of files on their way, hashes of whole ones."""

    part_ids: list[UUID] = field(default_factory=list)
    digests: list[bytes] = field(default_factory=list)


def is_due(session: Session, now: datetime) -> bool:
    """Whether the last round is an hour old, or there was none."""
    last = settings.get(session, settings.FILES_SWEPT_AT)
    return last is None or is_over(moment(int(last)), EVERY, now)


def give_up(session: Session, now: datetime) -> GivenUp:
    """Forget files whose time is over, and mark those of erased families and forgotten reporters."""
    found = GivenUp()
    partial = (File.state == State.PARTIAL, File.touched_at < now - timedelta(days=PARTIAL_KEPT_DAYS))
    unnamed = (File.state == State.COMPLETE, File.case_id.is_(None))
    old = File.touched_at < now - timedelta(days=UNNAMED_KEPT_DAYS)
    for condition in (partial, (*unnamed, old)):
        for file in session.scalars(select(File).where(*condition).limit(AT_ONCE).with_for_update()):
            _note(session, file, found, "file_given_up", now)
            session.delete(file)
    erased = session.scalars(_of_erased_families().limit(AT_ONCE).with_for_update()).all()
    for file in dict.fromkeys([*erased, *_of_forgotten_reporters(session)]):
        _note(session, file, found, "file_erased", now)
        file.state, file.offset, file.envelope, file.sealed_key = State.GONE, 0, None, None
    session.flush()
    found.digests = _without_row(session, found.digests)
    settings.put(session, settings.FILES_SWEPT_AT, str(milliseconds(now)))
    return found


def sweep(session: Session, store: BlobStore, found: GivenUp, now: datetime) -> int:
    """Delete the bytes of what was given up, and of whatever no row knows; how many files. Only reads the database."""
    begun = store.part_ids()
    partial = select(File.file_id).where(File.file_id.in_(begun), File.state == State.PARTIAL)
    known = set(session.scalars(partial)) if begun else set()
    part_ids = {*found.part_ids, *begun} - known
    settled = (now - SETTLED_AFTER).timestamp()
    kept = [digest for prefix in prefixes_of(now) for digest in store.older_than(prefix, settled)]
    digests = {*found.digests, *_without_row(session, kept)}
    for part_id in part_ids:
        store.drop_part(part_id)
    for digest in digests:
        store.remove(digest)
    return len(part_ids) + len(digests)


def prefixes_of(now: datetime) -> Sequence[int]:
    """First bytes of the hashes that are looked at in this hour."""
    return range(now.hour * PREFIXES // PARTS_OF_A_DAY, (now.hour + 1) * PREFIXES // PARTS_OF_A_DAY)


def _of_erased_families() -> Select[File]:
    key = exists().where(CaseKey.district == File.district, CaseKey.case_id == File.case_id)
    return select(File).where(File.case_id.is_not(None), File.state != State.GONE, ~key)


def _of_forgotten_reporters(session: Session) -> list[File]:
    """Files of what was told by somebody who was forgotten since: of reports, and of drafts that were never handed in.
    Few families have any; of what was told after that, the files stay.
    """
    is_of = (ReporterKey.district == File.district) & ReporterKey.erased_at.is_not(None) & (File.state != State.GONE)
    named = (FileName.district == File.district) & (FileName.file_id == File.file_id)
    first = select(File, FileName).join(FileName, named & (FileName.revision_id == File.named_by))
    told = first.join(ReporterKey, is_of & (ReporterKey.case_id == File.case_id))
    told = told.where(FileName.form.in_(REPORTER_FORMS)).with_for_update(of=File)
    found = [file for file, naming in session.execute(told) if is_forgotten(session, naming)]
    # Her own draft of the record that her phone claimed: no claim reaches the files of another.
    hers = (DraftCopy.district == File.district) & (DraftCopy.record_id == File.record_id)
    drafted = select(File, DraftCopy).join(DraftCopy, hers & (DraftCopy.author_id == File.person_id))
    drafted = drafted.join(ReporterKey, is_of & (ReporterKey.case_id == DraftCopy.case_id))
    drafted = drafted.where(File.case_id.is_(None), DraftCopy.form.in_(REPORTER_FORMS)).with_for_update(of=File)
    return found + [file for file, copy in session.execute(drafted) if is_draft_forgotten(session, copy)]


def _note(session: Session, file: File, found: GivenUp, act: str, now: datetime) -> None:
    found.part_ids.append(file.file_id)
    if file.state == State.COMPLETE:
        found.digests.append(file.hash)
    about: dict[str, object] = {"file": str(file.file_id)}
    audit.write(session, district=file.district, actor_id=None, act=act, about=about, at=now)


def _without_row(session: Session, digests: Sequence[bytes]) -> list[bytes]:
    """Those of these hashes under which no file is known to be whole, or to have been."""
    left: list[bytes] = []
    for at in range(0, len(digests), AT_ONCE):
        some = digests[at : at + AT_ONCE]
        # One that is awaited again still has its key, for its bytes may be found after all.
        wanted = or_(File.state == State.COMPLETE, File.sealed_key.is_not(None))
        known = set(session.scalars(select(File.hash).where(File.hash.in_(some), wanted)))
        left += [digest for digest in some if digest not in known]
    return left
