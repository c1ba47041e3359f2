"""Parcels: what a phone could not send, handed in at a desk as a file (docs/protocol.md section 11, sync/parcels.py).

It is taken as the author's own: by her phone's signatures, her rights and her quotas, under the operation ids that the
network would bring, so that whatever comes both ways comes once. Who carries it needs no right to what is inside, is
shown none of it, and stands in the audit.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import BinaryIO
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from fieldapp.actions import exchange as exchanges
from fieldapp.actions import intake
from fieldapp.actions import uploads as files
from fieldapp.blobs import BlobStore
from fieldapp.db import milliseconds, moment, reading, writing
from fieldapp.errors import Problem
from fieldapp.models import audit, scope
from fieldapp.models.accounts import Acting, Person
from fieldapp.models.vaults import Vault, VaultHome
from sync import parcels, uploads, wire
from sync.parcels import Parcel, Part

DAMAGED = "damaged"
COMPLETE = uploads.State.COMPLETE.value
_TAKEN = frozenset({"ok", "dup"})
log = structlog.get_logger()


@dataclass
class Came:
    """What became of a parcel. `packages` by (status, reason or ""), `files` by "complete" or why not; `damaged` counts
    parts that are not what the phone signed.
    """

    owner: str
    vault_id: UUID
    made_at: datetime
    packages: Counter[tuple[str, str]] = field(default_factory=Counter)
    files: Counter[str] = field(default_factory=Counter)
    damaged: int = 0

    @property
    def taken(self) -> int:
        """Packages that are stored as what they are, now or before."""
        return sum(count for (status, _), count in self.packages.items() if status in _TAKEN)

    @property
    def is_all_here(self) -> bool:
        """Whether nothing of it has to be looked at."""
        return self.taken == self.packages.total() and set(self.files) <= {COMPLETE} and not self.damaged


def hand_in(
    stream: BinaryIO, size: int, *, acting: Acting | None, store: BlobStore, clock: Callable[[], datetime]
) -> Came:
    """Take a parcel of `size` bytes; `acting` is None for the operator. The same one again changes nothing.

    Raises `parcel_malformed`, and `parcel_unknown` for a phone that is not hers to carry for as for one that is none.
    """
    try:
        parcel = parcels.read(stream, size)
    except wire.Malformed as error:
        raise Problem("parcel_malformed") from error
    with reading() as session:
        vault, owner = _vault(session, parcel.vault_id, acting)
    by, about = None if acting is None else acting.person_id, {"vault": vault.vault_id, "person": vault.person_id}
    with _help_comes_first(), writing() as session:
        audit.write(
            session, district=vault.district, actor_id=by, act="hand_in_parcel", at=clock(),
            about={**about, "parts": len(parcel.parts)},
        )  # fmt: skip
    came = Came(owner, vault.vault_id, moment(min(parcel.made, milliseconds(clock()))))
    _Taking(stream, parcel, vault, store, clock, came).take_all()
    return came


@dataclass
class _Taking:
    stream: BinaryIO
    parcel: Parcel
    vault: Vault
    store: BlobStore
    clock: Callable[[], datetime]
    came: Came

    def take_all(self) -> None:
        before: Part | None = None
        for part in self.parcel.parts:
            if part.kind == parcels.EXCHANGE:
                self._packages(part)
            elif part.kind == parcels.FILE and before is not None:
                self.came.files[self._file(before, part)] += 1
            before = part

    def _packages(self, part: Part) -> None:
        body, now = self._bytes(part.at, part.length), self.clock()
        try:
            with reading() as session:
                asked = exchanges.read(session, str(self.vault.vault_id), part.signature or "", body, now)
            # Nothing is told to a file, and nobody was in contact: only what it brings counts.
            asked = replace(asked, seen=None, needs_contact=False)
            _, results = intake.push(asked, now)
        except Problem as problem:
            log.warning("parcel_part_refused", code=problem.code)
            self.came.damaged += 1
            return
        self.came.packages.update((said["status"], said["reason"] or "") for said in results)

    def _file(self, announced: Part, part: Part) -> str:
        body, now = self._bytes(announced.at, announced.length), self.clock()
        try:
            with reading() as session:
                asked = files.read_announcement(session, str(self.vault.vault_id), announced.signature or "", body)
            if asked.said.bytes != part.length:
                return DAMAGED
            files.check_room(self.store, part.length)
            with writing() as session:
                said, _ = files.announce(session, asked, now)
            if said["state"] == "refused":
                return str(said["reason"])
            if said["state"] != COMPLETE:
                self._append(asked.said.file_id, int(str(said["offset"])), part)
        except Problem as problem:
            log.warning("parcel_file_refused", code=problem.code)
            # Another signature, other bytes under the announced hash: not what the phone gave out.
            is_damaged = problem.code in ("unknown_vault", "request_malformed", "digest_wrong")
            return DAMAGED if is_damaged else str(problem.details.get("reason", problem.code))
        return COMPLETE

    def _append(self, file_id: UUID, offset: int, part: Part) -> None:
        while offset < part.length:
            length = min(uploads.UPLOAD_CHUNK_BYTES_MAX, part.length - offset)
            chunk = self._bytes(part.at + offset, length)
            offset = intake.append(self.store, self.vault, file_id, offset, chunk, self.clock()).offset

    def _bytes(self, at: int, length: int) -> bytes:
        self.stream.seek(at)
        return self.stream.read(length)


def _vault(session: Session, vault_id: UUID, acting: Acting | None) -> tuple[Vault, str]:
    """The phone a parcel is from, and whose it is. Raises `parcel_unknown`."""
    home = session.get(VaultHome, vault_id)
    is_owner = (Person.district == Vault.district) & (Person.person_id == Vault.person_id)
    asked = select(Vault, Person.name).join(Person, is_owner).where(Vault.vault_id == vault_id)
    if home is not None:
        asked = asked.where(Vault.district == home.district)
    if acting is not None:
        asked = asked.where(Vault.district == acting.district, scope.may_carry_for(acting))
    found = session.execute(asked).one_or_none() if home is not None else None
    if found is None:
        raise Problem("parcel_unknown")
    return found[0], found[1]


@contextmanager
def _help_comes_first() -> Iterator[None]:
    # Where the database takes no row of audit, nothing is taken from a parcel but calls for help, as from the network:
    # each push sees to that itself.
    try:
        yield
    except DBAPIError as error:
        if not audit.was_refused(error):
            raise
        log.error("audit_refused", act="hand_in_parcel")
