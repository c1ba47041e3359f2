"""Whole files in a bucket of an S3 service, under the names a folder would have; pieces stay on this machine's disk.

A service keeps what it has said yes to; `keep` returns when the bucket has the file. Nothing readable leaves this
machine: what lies there is sealed.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, BinaryIO, cast
from uuid import UUID

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import S3Store as Bucket

from fieldapp.blobs import BlobError, Missing
from fieldapp.blobs.local import LocalPart, LocalStore
from fieldapp.config import S3


class _Part(LocalPart):
    """A file on its way, on the disk; kept in the bucket."""

    def __init__(self, part: LocalPart, bucket: Bucket) -> None:
        self._part, self._bucket = part, bucket
        self.write, self.length = part.write, part.length  # type: ignore[method-assign]
        self.open, self.drop = part.open, part.drop  # type: ignore[method-assign]

    def keep(self, digest: bytes) -> None:
        with _translated(digest), self.open() as stream:
            obstore.put(self._bucket, _name(digest), stream)
        self.drop()


class S3Store:
    """All files of one server, the whole ones in a bucket; see fieldapp.blobs.BlobStore."""

    def __init__(self, parts: LocalStore, bucket: Bucket) -> None:
        self._parts, self._bucket = parts, bucket

    @classmethod
    def of(cls, parts: LocalStore, s3: S3, retries: int = 3) -> "S3Store":
        """The store that these settings name. `retries`: of a request that is not answered."""
        plain = s3.endpoint.startswith("http://")
        bucket = Bucket(
            s3.bucket,
            endpoint=s3.endpoint,
            region=s3.region,
            access_key_id=s3.key_id,
            secret_access_key=s3.secret,
            client_options={"allow_http": plain, "timeout": "60s"},
            retry_config={"max_retries": retries},
        )
        return cls(parts, bucket)

    @contextmanager
    def part(self, file_id: UUID) -> Iterator[LocalPart]:
        with self._parts.part(file_id) as part:
            yield _Part(part, self._bucket)

    def part_ids(self) -> list[UUID]:
        return self._parts.part_ids()

    def drop_part(self, file_id: UUID) -> None:
        self._parts.drop_part(file_id)

    def has(self, digest: bytes) -> bool:
        try:
            with _translated(digest):
                obstore.head(self._bucket, _name(digest))
        except Missing:
            return False
        return True

    def open(self, digest: bytes) -> BinaryIO:
        with _translated(digest):
            return cast(BinaryIO, _Stream(obstore.open_reader(self._bucket, _name(digest)), digest))

    def remove(self, digest: bytes) -> None:
        with suppress(Missing), _translated(digest):
            obstore.delete(self._bucket, _name(digest))

    def older_than(self, prefix: int, at: float) -> list[bytes]:
        found: list[bytes] = []
        with _translated(b""):
            for some in obstore.list(self._bucket, prefix=f"store/{prefix:02x}"):
                old = (one for one in some if one["last_modified"].timestamp() < at)
                found += [bytes.fromhex(one["path"].rpartition("/")[2]) for one in old]
        return found

    def free_bytes(self) -> int:
        return self._parts.free_bytes()

    def check_room(self, length: int) -> None:
        self._parts.check_room(length)


class _Stream:
    """Reads an object of the bucket as a file is read; what was deleted meanwhile is missing."""

    def __init__(self, reader: Any, digest: bytes) -> None:
        self._reader, self._digest = reader, digest

    def __enter__(self) -> "_Stream":
        return self

    def __exit__(self, *_: object) -> None:
        self._reader.close()

    def read(self, size: int = -1, /) -> bytes:
        with _translated(self._digest):
            return bytes(self._reader.read(None if size < 0 else size))

    def seek(self, offset: int, /) -> int:
        return int(self._reader.seek(offset))


def _name(digest: bytes) -> str:
    name = digest.hex()
    return f"store/{name[:2]}/{name[2:4]}/{name}"


@contextmanager
def _translated(digest: bytes) -> Iterator[None]:
    try:
        yield
    except (FileNotFoundError, NotFoundError) as error:
        raise Missing(digest.hex()) from error
    except (BaseError, OSError) as error:
        raise BlobError(f"the bucket does not answer: {type(error).__name__}") from error
