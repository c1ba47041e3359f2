"""Every store of files keeps the same promises."""

import hashlib
import os
import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from uuid import UUID

import pytest

from fieldapp.blobs import BlobError, Missing, NoRoom
from fieldapp.blobs.local import LocalStore
from fieldapp.blobs.s3 import S3Store
from fieldapp.config import S3
from tests import s3_service

FILE_ID = UUID("01990000-0000-7000-8000-000000000001")
WHOLE = b"sealed" * 10_000
LONG_AHEAD = 4e9  # seconds since 1970
DIGEST = hashlib.sha256(WHOLE).digest()


@pytest.fixture(scope="module")
def service():
    with s3_service.running() as address:
        yield address


@pytest.fixture(params=["folder", "bucket"])
def store(tmp_path, request):
    local = LocalStore(tmp_path / "files", reserve_bytes=0)
    if request.param == "folder":
        return local
    return S3Store.of(local, s3_service.new_bucket(request.getfixturevalue("service")))


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


def test_a_long_file_goes_to_the_bucket_in_parts_and_is_read_from_any_place(tmp_path, service):
    # Given a file of more than two of the parts a bucket takes (5 MiB)
    long = b"".join(hashlib.sha256(b"%d" % number).digest() for number in range(350_000))
    digest, bucket = hashlib.sha256(long).digest(), s3_service.new_bucket(service)
    store = S3Store.of(LocalStore(tmp_path / "files", reserve_bytes=0), bucket)
    keep(store, long)
    # Then the service put it together from three, and gives every byte
    told = s3_service.told(bucket, digest)
    assert told["size"] == len(long) and (told["e_tag"] or "").endswith('-3"')
    with store.open(digest) as stream:
        assert stream.read() == long
        stream.seek(6_000_000)
        assert stream.read(100) == long[6_000_000:6_000_100]
    assert store.part_ids() == []


class LosesTheSecondPart(BaseHTTPRequestHandler):
    """A bucket that begins a file of several parts, takes the first, and fails from then on."""

    def do_POST(self):
        self.server.asked.append(self.path)
        self.rfile.read(int(self.headers["Content-Length"]))
        self.say(200, b"<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>")

    def do_PUT(self):
        self.server.asked.append(self.path)
        self.rfile.read(int(self.headers["Content-Length"]))
        self.say(200 if "partNumber=1&" in self.path else 500)

    def do_DELETE(self):
        self.server.asked.append(self.path)
        self.say(204)

    def say(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("ETag", '"1"')
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def test_a_bucket_that_fails_between_two_parts_costs_nothing(tmp_path, service):
    # Of two parts: they go side by side, and of more the last may be the one that ends it
    long, local = bytes(8_000_000), LocalStore(tmp_path / "files", reserve_bytes=0)
    digest = hashlib.sha256(long).digest()
    # Given a bucket that fails in the middle of a file
    with HTTPServer(("127.0.0.1", 0), LosesTheSecondPart) as failing:
        failing.asked = []
        threading.Thread(target=failing.serve_forever, daemon=True).start()
        endpoint = f"http://127.0.0.1:{failing.server_port}"
        gone = S3Store.of(local, S3("files", endpoint, "us-east-1", "any", "any"), retries=0)
        with gone.part(FILE_ID) as part:
            part.write(0, long)
            with pytest.raises(BlobError, match="does not answer"):
                part.keep(digest)
        failing.shutdown()
    assert any("partNumber=2&" in path for path in failing.asked)
    # Then it lies here still, and goes to the bucket when that answers again
    store = S3Store.of(local, s3_service.new_bucket(service))
    assert store.part_ids() == [FILE_ID] and not store.has(digest)
    with store.part(FILE_ID) as part:
        part.keep(digest)
    assert store.has(digest) and store.part_ids() == []


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
