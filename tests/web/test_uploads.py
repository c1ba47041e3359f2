"""Files come in by pieces: whatever is cut, repeated or out of order ends in the announced bytes or a named refusal."""

import hashlib
import os
import socket
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from fieldapp.actions import file_backup, file_keys
from fieldapp.actions.file_backup import Copied
from fieldapp.blobs.local import LocalStore
from fieldapp.blobs.s3 import S3Store
from fieldapp.config import S3
from fieldapp.crypto import files as crypto
from fieldapp.db import reading, writing
from fieldapp.models import server_keys
from fieldapp.models.audit import AuditRow
from fieldapp.models.feed import FeedHead
from fieldapp.models.files import File
from fieldapp.models.vaults import Vault
from sync import uploads
from sync.uploads import Known
from tests import s3_service
from tests.phones import Phone, issue_code
from tests.uploading import JPEG, PIECE, Photo


@pytest.fixture
def of(phone, session, county, clock):
    """Makes an enrolled phone. No form is published: none is asked for here, and that takes most of a second."""
    server_keys.make_server_keys(session, clock())
    session.commit()
    seeds = iter(range(1, 9))

    def make(who):
        made = Phone(phone, clock, next(seeds))
        assert made.enrol(who, issue_code(session, county, who, clock())).status_code == 200
        return made

    return make


@pytest.fixture
def mine(of):
    return of("caseworker")


@pytest.fixture
def store(app) -> LocalStore:
    return app.extensions["files"]


def row_of(photo: Photo) -> File:
    with reading() as session:
        return session.get_one(File, (photo.phone.device.district, photo.file_id))


def opened(store, photo: Photo) -> bytes:
    """What the server would show of it."""
    row = row_of(photo)
    with reading() as session, store.open(row.hash) as stream:
        return b"".join(crypto.open_chunks(stream, file_keys.open_key(session, row)))


def code(answer) -> tuple[int, str]:
    return answer.status_code, answer.json["code"]


def test_a_file_sent_in_pieces_lies_under_its_hash_and_opens(app, mine, store):
    photo = Photo(mine)
    begun = photo.announce()
    assert (begun.status_code, begun.json) == (201, {"offset": 0, "state": "partial", "reason": None, "seq": None})
    for offset in range(0, len(photo.sealed), PIECE):
        assert photo.head().headers["Upload-Offset"] == str(offset)
        answer = photo.patch(offset)
        assert answer.status_code == 204
    assert answer.headers["Upload-Offset"] == answer.headers["Upload-Length"] == str(len(photo.sealed))
    with app.app_context():
        with store.open(photo.said.hash) as stream:
            assert stream.read() == photo.sealed
        assert opened(store, photo) == photo.plain
        row = row_of(photo)
        assert row.state == "complete" and row.envelope is None and photo.sealing_key not in row.sealed_key
    assert store.part_ids() == []


def test_a_whole_file_moves_the_feed_of_its_author_on_and_says_the_mark(app, mine):
    photo = Photo(mine)
    answer = photo.send()
    with app.app_context(), reading() as session:
        seq = session.get_one(FeedHead, (mine.device.district, UUID(mine.device.person_id))).seq
        told = session.scalars(select(AuditRow.act).where(AuditRow.vault_id == mine.device.vault_id)).all()
    assert answer.headers["FieldApp-Seq"] == str(seq) == photo.head().headers["FieldApp-Seq"]
    assert photo.announce().json == {"offset": len(photo.sealed), "state": "complete", "reason": None, "seq": seq}
    assert told.count("file_complete") == 1


def test_a_piece_for_another_offset_is_refused_and_told_the_right_one(mine):
    photo = Photo(mine)
    photo.announce()
    photo.patch(0)
    for offset in (0, 2 * PIECE):
        answer = photo.patch(offset)
        assert code(answer) == (409, "file_offset") and answer.json["offset"] == PIECE


def test_the_last_piece_again_after_a_lost_reply_is_told_that_all_is_here(mine):
    photo = Photo(mine)
    seq = int(photo.send().headers["FieldApp-Seq"])
    answer = photo.patch(photo.last)
    assert code(answer) == (409, "file_offset")
    assert (answer.json["offset"], answer.json["state"], answer.json["seq"]) == (len(photo.sealed), "complete", seq)


def test_bytes_that_are_not_those_announced_begin_again(mine, store):
    photo = Photo(mine)
    photo.announce()
    photo.patch(0, chunk=bytes(PIECE))
    for offset in range(PIECE, len(photo.sealed), PIECE):
        answer = photo.patch(offset)
    assert code(answer) == (460, "digest_wrong") and not store.has(photo.said.hash)
    assert photo.head().headers["Upload-Offset"] == "0"
    assert photo.send().status_code == 204


def test_a_file_that_does_not_open_is_refused_however_right_its_digest(mine, store):
    photo = Photo(mine)
    photo.sealed = photo.sealed[:-1] + bytes([photo.sealed[-1] ^ 1])
    photo.said = photo.announcement()
    photo.announce()
    for offset in range(0, len(photo.sealed), PIECE):
        answer = photo.patch(offset)
    assert code(answer) == (422, "file_refused") and answer.json["reason"] == "damaged"
    assert not store.has(photo.said.hash) and store.part_ids() == []


def test_announcing_again_changes_nothing_and_other_bytes_under_the_id_are_refused(mine):
    photo = Photo(mine)
    photo.announce()
    photo.patch(0)
    again = photo.announce()
    assert (again.status_code, again.json["offset"]) == (200, PIECE)
    photo.said = photo.announcement(hash=bytes(32))
    assert code(photo.announce()) == (409, "file_changed")


def test_a_file_of_another_person_is_not_there(mine, of):
    photo = Photo(mine)
    photo.send()
    stranger = Photo(of("second_caseworker"))
    stranger.file_id, stranger.said = photo.file_id, photo.said
    assert stranger.head().status_code == 404
    assert code(stranger.patch(0)) == (404, "not_found")
    assert code(stranger.announce()) == (409, "file_changed")


def test_a_piece_that_is_too_short_too_long_or_forged_is_not_written(mine):
    photo = Photo(mine, length=600_000)
    photo.announce()
    assert code(photo.patch(0, PIECE - 1)) == (400, "request_malformed")
    assert code(photo.patch(0, uploads.UPLOAD_CHUNK_BYTES_MAX + 1)) == (413, "frame_too_large")
    headers = photo.patch_headers(0, photo.sealed[:PIECE])
    path = f"{uploads.PATH}/{photo.file_id}"
    assert code(mine.client.patch(path, data=bytes(PIECE), headers=headers)) == (401, "unknown_vault")
    moved = {**headers, "Upload-Offset": "1"}
    assert code(mine.client.patch(path, data=photo.sealed[:PIECE], headers=moved)) == (401, "unknown_vault")
    del headers["Upload-Offset"]
    assert code(mine.client.patch(path, data=photo.sealed[:PIECE], headers=headers)) == (400, "request_malformed")
    assert photo.head().headers["Upload-Offset"] == "0"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"bytes": 3 * 1024 * 1024 + 1}, "too_large"),
        ({"kind": "thumb"}, "too_large"),
        ({"envelope": ("key_id", "0" * 16)}, "unknown_key"),
        ({"envelope": ("suite", 9)}, "unknown_suite"),
        ({"envelope": ("sealed", bytes(113))}, "damaged"),
    ],
)
def test_what_cannot_be_taken_is_refused_by_name(mine, changed, reason):
    photo = Photo(mine)
    if "envelope" in changed:
        name, value = changed["envelope"]
        changed = {"envelope": uploads.Envelope(**{**vars(photo.said.envelope), name: value})}
    photo.said = photo.announcement(**changed)
    answer = photo.announce()
    assert (answer.status_code, answer.json["state"], answer.json["reason"]) == (200, "refused", reason)
    assert photo.head().status_code == 404


def test_an_announcement_that_is_none_is_malformed(mine):
    photo = Photo(mine)
    for changed in ({"kind": "film"}, {"bytes": 10}, {"hash": b"short"}):
        photo.said = photo.announcement(**changed)
        assert code(photo.announce()) == (400, "request_malformed")


def test_a_vault_begins_thirty_files_and_ends_some_before_more(mine):
    begun = [Photo(mine, length=100) for _ in range(uploads.OPEN_UPLOADS_MAX)]
    for photo in begun:
        assert photo.announce().status_code == 201
    one_more = Photo(mine, length=100)
    assert one_more.announce().json["reason"] == "too_many_open"
    assert begun[0].patch(0).status_code == 204
    assert one_more.announce().status_code == 201


def test_files_that_the_server_lost_and_awaits_again_keep_no_new_photo_on_the_phone(mine, app, clock):
    lost = [Photo(mine, length=100) for _ in range(uploads.OPEN_UPLOADS_MAX)]
    for photo in lost:
        photo.send()
    with app.app_context(), writing() as session:
        file_backup.ask_again(session, Copied(lost=tuple(photo.said.hash for photo in lost)), clock())
    assert lost[0].announce().json["offset"] == 0
    assert Photo(mine, length=100).announce().status_code == 201


def test_files_that_no_report_names_have_a_bound_and_a_stopped_phone_a_smaller_one(mine, app, session, clock):
    big = {"kind": "file", "bytes": uploads.FILE_BYTES_MAX["file"]}
    for number in range(20):
        photo = Photo(mine, length=100)
        photo.said = photo.announcement(**big)
        assert photo.announce().status_code == 201, number
    photo = Photo(mine, length=100)
    photo.said = photo.announcement(**big)
    assert photo.announce().json["reason"] == "too_much_unnamed"
    small = Photo(mine, length=100)
    session.get_one(Vault, (mine.device.district, mine.device.vault_id)).state = "revoked"
    session.commit()
    assert small.announce().json["reason"] == "too_much_unnamed"


def test_a_revoked_phone_still_hands_its_files_in(mine, session):
    session.get_one(Vault, (mine.device.district, mine.device.vault_id)).state = "revoked"
    session.commit()
    assert Photo(mine).send().status_code == 204


def test_a_full_disk_is_said_and_nothing_is_lost(app, mine, config):
    photo = Photo(mine)
    photo.announce()
    photo.patch(0)
    whole = app.extensions["files"]
    app.extensions["files"] = LocalStore(config.files_dir, reserve_bytes=1 << 60)
    assert code(photo.patch(PIECE)) == (507, "storage_full")
    assert code(Photo(mine).announce()) == (507, "storage_full")
    app.extensions["files"] = whole
    assert photo.send().status_code == 204


def test_a_key_that_is_gone_at_the_end_is_mended_by_another_envelope(app, mine, session, clock):
    # Given all but the last piece, and a server key that was destroyed meanwhile
    photo = Photo(mine)
    last = photo.send_but_the_last()
    with app.app_context(), writing() as writer:
        newest = server_keys.rotate(writer, clock())
        clock.advance(days=400)
        server_keys.destroy(writer, photo.said.envelope.key_id, clock())
    answer = photo.patch(last)
    assert code(answer) == (422, "file_refused") and answer.json["reason"] == "unknown_key"
    # When the phone makes another envelope of the same sealing key, to the newest key
    with app.app_context(), reading() as reader:
        rows = {key.key_id: key for key in server_keys.key_list(reader).keys}
    mine.crypto.server_key = (newest, rows[newest].public)
    photo.said = photo.announcement()
    # Then no piece but the last is sent again
    assert photo.announce().json["offset"] == last
    assert photo.patch(last).status_code == 204


def test_a_server_that_stopped_before_it_said_so_takes_the_last_piece_again(app, mine, store, clock):
    photo = Photo(mine)
    last = photo.send_but_the_last()
    # Given the last piece on the disk, the file under its hash, and no word of it in the database
    with store.part(photo.file_id) as part:
        part.write(last, photo.sealed[last:])
        part.keep(photo.said.hash)
    assert photo.head().headers["Upload-Offset"] == str(last)
    assert photo.patch(last).status_code == 204
    with app.app_context():
        assert opened(store, photo) == photo.plain


def test_a_piece_on_the_disk_that_was_never_told_is_written_again(mine, store):
    photo = Photo(mine)
    photo.announce()
    with store.part(photo.file_id) as part:
        part.write(0, bytes(2 * PIECE))
    assert photo.head().headers["Upload-Offset"] == "0"
    assert photo.send().status_code == 204


@pytest.mark.parametrize("left", [0, 10])
def test_pieces_that_a_restore_did_not_bring_back_are_asked_for_at_once(mine, store, config, left):
    photo = Photo(mine)
    photo.announce()
    photo.patch(0)
    photo.patch(PIECE)
    # Given a database that knows of two pieces, and a disk that has not both
    os.truncate(config.files_dir / "parts" / str(photo.file_id), left)
    answer = photo.patch(2 * PIECE)
    assert code(answer) == (409, "file_offset") and (answer.json["offset"], answer.json["state"]) == (0, "partial")
    assert photo.head().headers["Upload-Offset"] == "0" and store.part_ids() == []
    assert photo.send().status_code == 204


def test_a_file_that_is_awaited_again_comes_under_a_new_envelope(app, mine, store, clock):
    # Given a whole file that a backup found lost
    photo = Photo(mine)
    photo.send()
    store.remove(photo.said.hash)
    with app.app_context(), writing() as session:
        assert file_backup.ask_again(session, Copied(lost=(photo.said.hash,)), clock())
    # When its phone goes on without announcing it, then it is told to; nothing but the last piece is sent again
    for offset in range(0, len(photo.sealed), PIECE):
        answer = photo.patch(offset)
    assert code(answer) == (422, "file_refused") and answer.json["reason"] == "unknown_key"
    assert "FieldApp-Seq" not in photo.head().headers
    assert photo.send().status_code == 204
    with app.app_context():
        assert opened(store, photo) == photo.plain
        with writing() as session:
            assert file_backup.ask_again(session, Copied(), clock()) == set()


VERBS = st.lists(
    st.one_of(
        st.just(("announce",)),
        st.just(("head",)),
        st.tuples(st.just("patch"), st.sampled_from([0, PIECE, 2 * PIECE, 3 * PIECE]), st.sampled_from([1, 2, 4])),
        st.tuples(st.just("forged"), st.sampled_from([0, PIECE, 2 * PIECE])),
    ),
    max_size=10,
)


@settings(derandomize=True, deadline=None, max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(verbs=VERBS)
def test_any_order_of_the_verbs_ends_in_the_same_bytes_or_a_named_refusal(app, mine, store, verbs):
    photo, seen = Photo(mine, length=2 * PIECE + 5_000), 0
    for verb, *how in verbs:
        if verb == "patch":
            answer = photo.patch(how[0], how[1] * PIECE)
        elif verb == "forged":
            answer = photo.patch(how[0], chunk=hashlib.sha256(b"%d" % how[0]).digest() * (PIECE // 32))
        else:
            answer = photo.announce() if verb == "announce" else photo.head()
        assert answer.status_code in (200, 201, 204, 404, 409, 460, 400), answer.get_data(as_text=True)
        assert answer.status_code < 400 or verb == "head" or answer.json["code"] in {
            "not_found", "file_offset", "digest_wrong", "request_malformed",
        }  # fmt: skip
        seen += store.has(photo.said.hash)
    # Whatever came before, sending goes on from where the server is, at most twice: forged pieces are found out once.
    photo.announce()
    while (offset := int(photo.head().headers["Upload-Offset"])) < len(photo.sealed):
        answer = photo.patch(offset)
        assert answer.status_code == 204 or code(answer) == (460, "digest_wrong")
    with app.app_context():
        assert opened(store, photo) == photo.plain
        assert store.part_ids() == [] and row_of(photo).state == "complete"


def test_the_rules_of_a_piece_hold_at_the_edges():
    known = Known(hash=b"", bytes=100_000, offset=PIECE, state="partial", is_hers=True)
    rest = 100_000 - PIECE
    assert uploads.fit(known, PIECE, rest) is uploads.Fit.LAST
    assert uploads.fit(known, PIECE, rest + 1) is uploads.Fit.MISSHAPEN
    assert uploads.fit(known, PIECE, PIECE) is uploads.Fit.NEXT
    assert uploads.fit(known, PIECE, PIECE - 1) is uploads.Fit.MISSHAPEN
    assert uploads.fit(known, PIECE, 0) is uploads.Fit.MISSHAPEN
    assert uploads.fit(known, PIECE - 1, PIECE) is uploads.Fit.ELSEWHERE


def test_what_a_person_begins_in_a_day_has_a_bound_named_or_not(mine, clock):
    asked = Photo(mine, length=100).said
    room = {"open_uploads": 0, "unnamed_bytes": 0, "is_stopped": False}
    for is_named in (True, False):
        most = uploads.DAY_BYTES_MAX - asked.bytes
        fits = uploads.Room(**room, is_named=is_named, day_bytes=most)
        full = uploads.Room(**room, is_named=is_named, day_bytes=most + 1)
        assert uploads.judge(asked, None, fits) is uploads.Verdict.NEW
        assert uploads.judge(asked, None, full) is uploads.No.TOO_MUCH_TODAY


def test_the_bound_of_a_day_counts_all_phones_of_a_person_and_ends_with_the_day(mine, of, clock, monkeypatch):
    first, second = Photo(mine, length=1_000), Photo(of("caseworker"), length=1_000)
    monkeypatch.setattr(uploads, "DAY_BYTES_MAX", first.said.bytes + second.said.bytes - 1)
    assert first.announce().status_code == 201
    assert second.announce().json["reason"] == "too_much_today"
    assert Photo(of("second_caseworker"), length=1_000).announce().status_code == 201
    assert first.announce().status_code == 200 and first.send().status_code == 204
    clock.advance(days=1)
    assert second.announce().status_code == 201


def test_a_file_not_touched_keeps_its_time(mine, app, clock):
    photo = Photo(mine)
    photo.announce()
    clock.advance(days=2)
    photo.head()
    with app.app_context():
        assert row_of(photo).touched_at == clock() - timedelta(days=2)
    photo.patch(0)
    with app.app_context():
        assert row_of(photo).touched_at == clock()


def test_a_sealed_photo_begins_as_the_page_says(mine):
    photo = Photo(mine)
    assert photo.sealed[:16] == photo.file_id.bytes and photo.sealed[16] == 1
    assert len(photo.sealed) == crypto.sealed_bytes(len(photo.plain)) and photo.plain.startswith(JPEG)


@pytest.fixture
def closed_port():
    """A port that is taken and does not listen: nobody else comes to listen there meanwhile."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def test_a_bucket_that_does_not_answer_costs_the_last_piece_alone(app, mine, config, closed_port):
    # Given a server whose bucket is gone when the last piece comes
    photo, local = Photo(mine), app.extensions["files"]
    gone = S3("files", f"http://127.0.0.1:{closed_port}", "us-east-1", "any", "any")
    app.extensions["files"] = S3Store.of(LocalStore(config.files_dir), gone, retries=0)
    last = photo.send_but_the_last()
    answer = photo.patch(last)
    assert code(answer) == (503, "server_busy") and int(answer.headers["Retry-After"]) > 0
    # Then it goes on there when the store answers again
    app.extensions["files"] = local
    assert photo.head().headers["Upload-Offset"] == str(last)
    assert photo.patch(last).status_code == 204


class FailsAMomentLater(BaseHTTPRequestHandler):
    """A bucket that says once that it has no such file, and then no more."""

    def do_HEAD(self):
        self.send_response(self.server.answers.pop(0) if self.server.answers else 500)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def test_a_bucket_that_fails_a_moment_later_costs_the_last_piece_alone_too(app, mine, config):
    photo, local = Photo(mine), app.extensions["files"]
    last = photo.send_but_the_last()
    # Given a bucket that answers before the last piece is written, and not after it
    with HTTPServer(("127.0.0.1", 0), FailsAMomentLater) as server:
        server.answers = [404]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        bucket = S3("files", f"http://127.0.0.1:{server.server_port}", "us-east-1", "any", "any")
        app.extensions["files"] = S3Store.of(LocalStore(config.files_dir), bucket, retries=0)
        answer = photo.patch(last)
        server.shutdown()
    assert code(answer) == (503, "server_busy") and server.answers == []
    app.extensions["files"] = local
    assert photo.head().headers["Upload-Offset"] == str(last)
    assert photo.patch(last).status_code == 204


@pytest.fixture(scope="module")
def service():
    with s3_service.running() as address:
        yield address


def test_with_a_bucket_a_cut_file_goes_on_where_it_was_and_lies_whole_in_the_bucket(app, mine, config, service):
    # Given a server with a bucket, a file of which two pieces came, and that server started anew
    bucket, photo = s3_service.new_bucket(service), Photo(mine)
    app.extensions["files"] = S3Store.of(LocalStore(config.files_dir), bucket)
    photo.announce()
    photo.patch(0)
    photo.patch(PIECE)
    store = app.extensions["files"] = S3Store.of(LocalStore(config.files_dir), bucket)
    # When the phone asks where it was, and goes on there; a piece for another place is told the right one
    assert photo.head().headers["Upload-Offset"] == str(2 * PIECE)
    assert code(photo.patch(0)) == (409, "file_offset") and not store.has(photo.said.hash)
    assert photo.send().headers["Upload-Offset"] == str(len(photo.sealed))
    # Then it is in the bucket, byte for byte, and no longer here; it opens, and is shown in pieces
    assert s3_service.told(bucket, photo.said.hash)["size"] == len(photo.sealed)
    assert store.part_ids() == [] and not LocalStore(config.files_dir).has(photo.said.hash)
    with app.app_context():
        assert opened(store, photo) == photo.plain
