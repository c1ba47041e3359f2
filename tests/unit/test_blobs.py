"""Every store of files keeps the same promises."""

import hashlib
import http.client
import importlib
import os
import socket
import threading
import warnings
from typing import Any
from uuid import UUID

import pytest

from fieldapp.blobs import BlobError, Missing, NoRoom
from fieldapp.blobs.local import LocalStore
from fieldapp.blobs.s3 import S3Store
from fieldapp.config import S3
from tests import factories

FILE_ID = UUID("01990000-0000-7000-8000-000000000001")
WHOLE = b"sealed" * 10_000
LONG_AHEAD = 4e9  # seconds since 1970
DIGEST = hashlib.sha256(WHOLE).digest()


@pytest.fixture(scope="module")
def service():
    """Host and port of an S3 service in this process."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what the service imports is not ours to mend
        server: Any = importlib.import_module("moto.server").ThreadedMotoServer("127.0.0.1", 0, verbose=False)
        server.start()
        yield server.get_host_and_port()
        server.stop()


def new_bucket(host, port) -> S3:
    name = f"files-{factories.new_id()}"
    line = http.client.HTTPConnection(host, port)
    line.request("PUT", f"/{name}")
    assert line.getresponse().status == 200
    line.close()
    return S3(name, f"http://{host}:{port}", "us-east-1", "any", "any")


@pytest.fixture(params=["folder", "bucket"])
def store(tmp_path, request):
    local = LocalStore(tmp_path / "files", reserve_bytes=0)
    if request.param == "folder":
        return local
    return S3Store.of(local, new_bucket(*request.getfixturevalue("service")))


def keep(store, whole=WHOLE):
    with store.part(FILE_ID) as part:
        part.write(0, whole)
        part.keep(hashlib.sha256(whole).digest())


def test_a_file_written_in_pieces_lies_whole_under_its_hash(store):
    with store.part(FILE_ID) as part:
        for offset in range(0, len(WHOLE), 7_000):
            part.write(offset, WHOLE[offset : offset + 7_000])
        assert store.part_ids() == [FILE_ID] and not store.has(DIGEST)
        part.keep(DIGEST)
    assert store.part_ids() == [] and store.has(DIGEST)
    with store.open(DIGEST) as stream:
        assert stream.read() == WHOLE


def test_what_is_not_there_is_missing_and_may_be_removed(store):
    with pytest.raises(Missing):
        store.open(DIGEST)
    with store.part(FILE_ID) as part, pytest.raises(Missing):
        part.open()
    store.remove(DIGEST)
    store.drop_part(FILE_ID)
    keep(store)
    store.remove(DIGEST)
    assert not store.has(DIGEST)


def test_a_file_that_begins_anew_leaves_nothing_of_the_one_before(store):
    with store.part(FILE_ID) as part:
        part.write(0, b"long" * 100)
        part.write(0, b"short")
        with part.open() as stream:
            assert stream.read() == b"short"


def test_only_old_files_of_a_prefix_are_told(store):
    keep(store)
    assert store.older_than(DIGEST[0], LONG_AHEAD) == [DIGEST]
    assert store.older_than(DIGEST[0], 0) == [] == store.older_than(DIGEST[0] ^ 1, LONG_AHEAD)


def test_a_file_is_read_in_pieces_and_from_its_beginning_again(store):
    keep(store)
    with store.open(DIGEST) as stream:
        assert stream.read(5) == WHOLE[:5] and stream.read(5) == WHOLE[5:10]
        stream.seek(0)
        assert stream.read(len(WHOLE) + 1) == WHOLE and stream.read(1) == b""


def test_a_bucket_that_does_not_answer_is_said_and_the_piece_stays(tmp_path):
    # Given a port that is taken and does not listen
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        gone = S3("files", f"http://127.0.0.1:{taken.getsockname()[1]}", "us-east-1", "any", "any")
        store = S3Store.of(LocalStore(tmp_path / "files", reserve_bytes=0), gone, retries=0)
        with store.part(FILE_ID) as part:
            part.write(0, WHOLE)
            with pytest.raises(BlobError, match="does not answer"):
                part.keep(DIGEST)
    assert store.part_ids() == [FILE_ID]


def test_of_two_who_write_one_file_one_waits(store):
    held, written = threading.Event(), []

    def second():
        held.wait()
        with store.part(FILE_ID) as part:
            written.append("second")
            part.drop()

    other = threading.Thread(target=second, daemon=True)
    other.start()
    with store.part(FILE_ID) as part:
        held.set()
        part.write(0, WHOLE)
        written.append("first")
    other.join()
    assert written == ["first", "second"]


def test_a_disk_that_is_nearly_full_takes_nothing_more(tmp_path):
    store = LocalStore(tmp_path / "files", reserve_bytes=1 << 60)
    assert store.free_bytes() == 0
    with pytest.raises(NoRoom):
        store.check_room(1)


def test_what_is_answered_is_on_the_disk_with_the_name_of_its_folder(tmp_path, monkeypatch):
    store = LocalStore(tmp_path / "files", reserve_bytes=0)
    # Given every descriptor that is put onto the disk, with what it is of
    synced = []
    real = os.fsync
    monkeypatch.setattr(os, "fsync", lambda fd: (synced.append(os.readlink(f"/proc/self/fd/{fd}")), real(fd)))
    with store.part(FILE_ID) as part:
        part.write(0, WHOLE)
        assert {str(FILE_ID), "parts"} <= {path.rsplit("/", 1)[-1] for path in synced}
        synced.clear()
        part.keep(DIGEST)
    name = DIGEST.hex()
    assert {name[2:4], "parts", name[:2]} <= {path.rsplit("/", 1)[-1] for path in synced}
