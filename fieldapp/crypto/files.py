"""Files as phones seal them, opened piece by piece (docs/protocol.md section 9): never a whole file in memory.

    sealed file = file id (16) ‖ suite (1) ‖ envelope id (16) ‖ salt (16) ‖ chunks

A file is sealed once, when it is taken; its key hangs on its id and salt alone, so that the key opens this one file and
nothing else of that unlock. The server keeps that key (models/files.py), never the sealing key it came from.
What cannot be opened raises `packages.Refused` with a reason.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NewType, Protocol
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from fieldapp.crypto.packages import (
    CHUNK_BYTES,
    ID_BYTES,
    PURPOSE_FILE,
    SALT_BYTES,
    SUITES,
    TAG_BYTES,
    Refused,
    SealingKey,
    chunk_nonce,
)
from sync.codes import SUITE, Reason

HEAD_BYTES = ID_BYTES + 1 + ID_BYTES + SALT_BYTES
_STEP_BYTES = CHUNK_BYTES + TAG_BYTES

FileKey = NewType("FileKey", bytes)  # opens one file


class Stream(Protocol):
    """Bytes in order: `read(n)` gives n of them, fewer only at the end."""

    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class FileHead:
    """What stands before the chunks of a sealed file."""

    file_id: UUID
    suite: int
    envelope_id: bytes
    salt: bytes

    def to_bytes(self) -> bytes:
        return self.file_id.bytes + bytes([self.suite]) + self.envelope_id + self.salt


def read_head(start: bytes) -> FileHead:
    """The head of a sealed file from its first HEAD_BYTES. Raises Refused: damaged, unknown_suite."""
    if len(start) != HEAD_BYTES:
        raise Refused(Reason.DAMAGED)
    if start[ID_BYTES] not in SUITES:
        raise Refused(Reason.UNKNOWN_SUITE)
    at = ID_BYTES + 1
    return FileHead(UUID(bytes=start[:ID_BYTES]), start[ID_BYTES], start[at : at + ID_BYTES], start[at + ID_BYTES :])


def file_key(sealing_key: SealingKey, head: FileHead) -> FileKey:
    """The key of this file under the sealing key of its envelope."""
    info = b"fieldapp/1/" + PURPOSE_FILE + head.file_id.bytes
    return FileKey(HKDF(SHA256(), 32, salt=head.salt, info=info).derive(sealing_key))


def open_chunks(sealed: Stream, key: FileKey) -> Iterator[bytes]:
    """The plaintext, a chunk at a time, each believed only after its tag. Raises Refused on its way: what was yielded
    before is right, but the file is cut or changed behind it.
    """
    head = read_head(sealed.read(HEAD_BYTES))
    cipher, bound = SUITES[head.suite].aead(key), _bound(head)
    number, chunk = 0, sealed.read(_STEP_BYTES)
    while True:
        following = sealed.read(_STEP_BYTES)
        try:
            plain = cipher.decrypt(chunk_nonce(number, is_last=not following), chunk, bound)
        except (InvalidTag, ValueError) as error:
            raise Refused(Reason.DAMAGED) from error
        if number and not plain:
            raise Refused(Reason.DAMAGED)  # only an empty file has an empty chunk: one way to write each
        yield plain
        if not following:
            return
        number, chunk = number + 1, following


def sealed_bytes(plain_bytes: int) -> int:
    """How long a file of this length is when it is sealed."""
    chunks = max(1, -(-plain_bytes // CHUNK_BYTES))
    return HEAD_BYTES + plain_bytes + chunks * TAG_BYTES


# --- the phone's side -------------------------------------------------------------------------------------------------


def seal_file(
    plain: bytes,
    *,
    file_id: UUID,
    sealing_key: SealingKey,
    envelope_id: bytes,
    random: Callable[[int], bytes],
    suite: int = SUITE,
) -> bytes:
    """A whole sealed file. `random(n)` gives the salt, and never the same twice."""
    head = FileHead(file_id, suite, envelope_id, random(SALT_BYTES))
    cipher, bound = SUITES[suite].aead(file_key(sealing_key, head)), _bound(head)
    starts = range(0, max(len(plain), 1), CHUNK_BYTES)
    chunks = (
        cipher.encrypt(chunk_nonce(number, is_last=start == starts[-1]), plain[start : start + CHUNK_BYTES], bound)
        for number, start in enumerate(starts)
    )
    return head.to_bytes() + b"".join(chunks)


def _bound(head: FileHead) -> bytes:
    return bytes([head.suite]) + PURPOSE_FILE + head.file_id.bytes
