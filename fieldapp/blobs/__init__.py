"""Where sealed files lie: pieces of what is on its way, and what is whole, under the SHA-256 of its sealed bytes.

    local.py   a folder of this machine
    s3.py      whole files in a bucket, pieces in a folder of this machine

Both keep one promise: what `write` and `keep` have returned from outlives a power cut. Nothing here opens a seal.
"""

from contextlib import AbstractContextManager
from typing import BinaryIO, Protocol
from uuid import UUID


class BlobError(Exception):
    """A file cannot be kept or read here: NoRoom, Missing, or a store that does not answer."""


class NoRoom(BlobError):
    """The disk is full, or so nearly that the rest is left to the database."""


class Missing(BlobError):
    """No file lies under this hash."""


class Part(Protocol):
    """One file on its way, held by nobody else at the same time."""

    def write(self, offset: int, chunk: bytes) -> None:
        """Put a piece at this offset, onto the disk. Raises NoRoom."""
        ...

    def length(self) -> int:
        """Up to where it was written; 0 where there is none."""
        ...

    def open(self) -> BinaryIO:
        """Read it from its beginning. Raises Missing."""
        ...

    def keep(self, digest: bytes) -> None:
        """Move it under its hash. Where a file lies there already it is the same. Raises BlobError."""
        ...

    def drop(self) -> None:
        """Forget it; nothing where there is none."""
        ...


class BlobStore(Protocol):
    """All files of one server."""

    def part(self, file_id: UUID) -> AbstractContextManager[Part]:
        """The file on its way under this id; whoever comes second waits."""
        ...

    def part_ids(self) -> list[UUID]:
        """Of everything that is on its way."""
        ...

    def drop_part(self, file_id: UUID) -> None:
        """Forget what is on its way under this id."""
        ...

    def has(self, digest: bytes) -> bool: ...

    def open(self, digest: bytes) -> BinaryIO:
        """Read a whole file. Raises Missing."""
        ...

    def remove(self, digest: bytes) -> None:
        """Delete a whole file; nothing where there is none."""
        ...

    def older_than(self, prefix: int, at: float) -> list[bytes]:
        """Hashes that begin with this byte, of files that were kept before `at` (seconds since 1970)."""
        ...

    def free_bytes(self) -> int:
        """What may still be written, the reserve taken off."""
        ...

    def check_room(self, length: int) -> None:
        """Raises NoRoom where `length` bytes more do not fit."""
        ...
