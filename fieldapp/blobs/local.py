"""Sealed files in a folder: `store/ab/cd/<hash>` what is whole, `parts/<file id>` what is on its way.

A file and the folder that names it are on the disk before anything is answered: a library that only writes keeps seven
times as many a second, and loses them in a power cut.
"""

import errno
import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from fieldapp.blobs import Missing, NoRoom
from fieldapp.disk import fsync_folder, make_folders

RESERVE_BYTES = 1 << 30  # left to the database: a full disk stops more than photos
_LOCKS = 64
_FULL = (errno.ENOSPC, errno.EDQUOT)


class LocalPart:
    """A file on its way, in a folder; see fieldapp.blobs.Part."""

    def __init__(self, path: Path, place_of: Callable[[bytes], Path]) -> None:
        self._path, self._place_of = path, place_of

    def write(self, offset: int, chunk: bytes) -> None:
        is_new = not self._path.exists()
        try:
            # What begins anew leaves nothing behind of what was here before.
            anew = os.O_TRUNC if offset == 0 else 0
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | anew, 0o600)
            try:
                written = 0
                while written < len(chunk):
                    written += os.pwrite(descriptor, chunk[written:], offset + written)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            if is_new:
                fsync_folder(self._path.parent)
        except OSError as error:
            if error.errno in _FULL:
                raise NoRoom(str(error)) from error
            raise

    def length(self) -> int:
        try:
            return self._path.stat().st_size
        except FileNotFoundError:
            return 0

    def open(self) -> BinaryIO:
        try:
            return self._path.open("rb")
        except FileNotFoundError as error:
            raise Missing(self._path.name) from error

    def keep(self, digest: bytes) -> None:
        place = self._place_of(digest)
        make_folders(place.parent)
        self._path.replace(place)
        fsync_folder(place.parent)
        fsync_folder(self._path.parent)

    def drop(self) -> None:
        self._path.unlink(missing_ok=True)


class LocalStore:
    """All files of one server in a folder; see fieldapp.blobs.BlobStore."""

    def __init__(self, folder: Path, reserve_bytes: int = RESERVE_BYTES) -> None:
        self._folder, self._reserve_bytes = folder, reserve_bytes
        self._parts = folder / "parts"

    @contextmanager
    def part(self, file_id: UUID) -> Iterator[LocalPart]:
        with self._held(file_id):
            yield LocalPart(self._parts / str(file_id), self.place_of)

    def part_ids(self) -> list[UUID]:
        if not self._parts.is_dir():
            return []
        return [UUID(path.name) for path in self._parts.iterdir() if not path.name.startswith("lock")]

    def drop_part(self, file_id: UUID) -> None:
        with self.part(file_id) as part:
            part.drop()

    def place_of(self, digest: bytes) -> Path:
        """Where a whole file of this hash lies, or would."""
        return place_in(self._folder, digest)

    def has(self, digest: bytes) -> bool:
        return self.place_of(digest).is_file()

    def open(self, digest: bytes) -> BinaryIO:
        try:
            return self.place_of(digest).open("rb")
        except FileNotFoundError as error:
            raise Missing(digest.hex()) from error

    def remove(self, digest: bytes) -> None:
        self.place_of(digest).unlink(missing_ok=True)

    def older_than(self, prefix: int, at: float) -> list[bytes]:
        listed = (self._folder / "store" / f"{prefix:02x}").glob("*/*")
        return [bytes.fromhex(path.name) for path in listed if not path.suffix and path.stat().st_mtime < at]

    def free_bytes(self) -> int:
        make_folders(self._parts)
        disk = os.statvfs(self._folder)
        return max(0, disk.f_bavail * disk.f_frsize - self._reserve_bytes)

    def check_room(self, length: int) -> None:
        if length > self.free_bytes():
            raise NoRoom(f"less than {length} bytes are free")

    @contextmanager
    def _held(self, file_id: UUID) -> Iterator[None]:
        # A fixed set of files that are never deleted: the lock of one that was could be held twice. Two processes of
        # one machine wait for each other as two threads do.
        make_folders(self._parts)
        descriptor = os.open(self._parts / f"lock-{file_id.int % _LOCKS:02d}", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def place_in(folder: Path, digest: bytes) -> Path:
    """Where a file of this hash lies in a store that has this folder."""
    name = digest.hex()
    return folder / "store" / name[:2] / name[2:4] / name
