"""A server that is killed before, during and after a commit: what it said is there, what it did not say comes again,
nothing comes twice, and the database is whole.
"""

from pathlib import Path
from uuid import UUID

import pytest

from fieldapp.db import reading
from fieldapp.models.audit import AuditRow
from fieldapp.models.feed import FeedHead
from fieldapp.models.files import File
from fieldapp.models.records import Record, Revision
from fieldapp.models.reviews import Decision
from fieldapp.models.vaults import Vault
from sync import uploads
from tests import reports
from tests.phones import Phone
from tests.stack.dying import BACKUP
from tests.stack.killed import Mortal
from tests.uploading import PIECE, Photo

pytestmark = pytest.mark.xdist_group("killed")
EXCHANGE = "/sync/v1/exchange"
# In the head of the write-ahead log, in its first page, and some pages on.
TORN_AT = (10, 2_000, 20_000)
DEATHS = [("before", 0, False), *(("during", at, False) for at in TORN_AT), ("after", 0, True)]
each_death = pytest.mark.parametrize(("how", "at_byte", "stands"), DEATHS, ids=[f"{d[0]}-{d[1]}" for d in DEATHS])


@each_death
def test_a_push_is_there_once_however_its_server_died(server: Mortal, phone: Phone, how, at_byte, stands) -> None:
    phone.sync_all()
    item = phone.fill_in(server.county)
    request = phone.device.request()
    this = Revision.revision_id == UUID(item.head["revision_id"])
    # When the server dies of it
    server.dies_of(lambda: phone.post(request), EXCHANGE, how, at_byte=at_byte)
    # Then it stands, or nothing of it does
    assert server.count(Revision, this) == stands
    assert server.count(Record, Record.record_id == UUID(item.head["record_id"])) == stands
    # And the very same request, sent again, is answered as if it were the first
    phone.sync_with(request)
    assert phone.result(item)["status"] == "ok"
    assert phone.result(item)["seq"] == _head_of(server)
    assert server.count(Revision, this) == 1
    assert server.count(AuditRow, AuditRow.about.contains(item.head["revision_id"])) == 1


def _head_of(server: Mortal) -> int:
    with server.app.app_context(), reading() as session:
        head = session.get_one(FeedHead, (server.county.district, server.county.caseworker_id))
        return head.seq


@pytest.mark.parametrize("how", ["before", "after"])
def test_what_was_pushed_stands_when_the_server_dies_of_the_page_that_follows(server: Mortal, how) -> None:
    # Given a new phone that pushes and pulls families in one request: two commits
    phone = server.phone()
    item = phone.fill_in(server.county)
    request = phone.device.request()
    server.dies_of(lambda: phone.post(request), EXCHANGE, how, commit=2)
    assert server.count(Revision, Revision.revision_id == UUID(item.head["revision_id"])) == 1
    head = phone.sync_with(request)
    assert phone.result(item)["status"] == "ok" and head["page"]["changes"]
    phone.sync_all()
    assert f"case:{server.county.case_id}" in phone.device.held


@pytest.mark.parametrize(("how", "stands"), [("before", 0), ("during", 0), ("after", 1)])
def test_an_enrolment_whose_answer_was_lost_is_asked_for_again(server: Mortal, how, stands) -> None:
    made = Phone(server.line(), server.app.extensions["clock"], 700 + ["before", "during", "after"].index(how))
    code = server.code("second_caseworker")
    vault = Vault.vault_id == made.device.vault_id
    server.dies_of(lambda: made.enrol("second_caseworker", code), "/sync/v1/enrol", how, at_byte=2_000)
    assert server.count(Vault, vault) == stands
    assert made.enrol("second_caseworker", code).status_code == 200
    assert server.count(Vault, vault) == 1
    made.sync_all()


@pytest.mark.parametrize(("how", "stands"), [("before", False), ("during", False), ("after", True)])
def test_a_piece_is_there_or_is_sent_again(server: Mortal, phone: Phone, how, stands) -> None:
    photo = Photo(phone)
    photo.announce()
    path = f"{uploads.PATH}/{photo.file_id}"
    server.dies_of(lambda: photo.patch(0), path, how, at_byte=2_000)
    assert photo.head().headers["Upload-Offset"] == str(PIECE if stands else 0)
    assert photo.send().status_code == 204
    _is_whole(server, photo)


@each_death
def test_the_last_piece_of_a_file_ends_it_once(server: Mortal, phone: Phone, how, at_byte, stands) -> None:
    photo = Photo(phone)
    last = photo.send_but_the_last()
    server.dies_of(lambda: photo.patch(last), f"{uploads.PATH}/{photo.file_id}", how, at_byte=at_byte)
    again = photo.patch(last)
    assert again.status_code == (409 if stands else 204)
    assert again.headers.get("FieldApp-Seq") or again.json["seq"]
    _is_whole(server, photo)
    assert server.count(AuditRow, AuditRow.act == "file_complete", AuditRow.about.contains(str(photo.file_id))) == 1


@pytest.mark.parametrize("how", ["before", "after"])
def test_an_announcement_is_made_again(server: Mortal, phone: Phone, how) -> None:
    photo = Photo(phone)
    server.dies_of(photo.announce, uploads.PATH, how)
    assert photo.announce().status_code == (200 if how == "after" else 201)
    assert photo.send().status_code == 204
    _is_whole(server, photo)


def _is_whole(server: Mortal, photo: Photo) -> None:
    assert server.count(File, File.file_id == photo.file_id, File.state == "complete") == 1
    with server.app.extensions["files"].open(photo.said.hash) as stream:
        assert stream.read() == photo.sealed


@each_death
def test_an_approval_is_decided_once(server: Mortal, phone: Phone, how, at_byte, stands) -> None:
    # Given a report under review
    answers = reports.investigation(server.county.subject_id)
    item = phone.fill_in(server.county, body={"answers": answers})
    phone.sync_all()
    record_id = UUID(item.head["record_id"])
    desk = server.desk("supervisor")
    desk.get(f"/reports/{record_id}")
    assert desk.post(f"/reports/{record_id}/open").status_code == 303
    desk.get(f"/reports/{record_id}")
    read, approve = desk.read_revision(), f"/reports/{record_id}/approve"
    ask = {**read, "text": "已核对"}
    decided = Decision.record_id == record_id
    # When the server dies of the approval
    server.dies_of(lambda: desk.post(approve, **ask), approve, how, at_byte=at_byte)
    assert server.count(Decision, decided) == stands
    # Then asking again decides it once, or says that it is decided
    again = desk.post(approve, **ask)
    assert again.status_code in ((404, 409) if stands else (303,)), again.text
    assert server.count(Decision, decided) == 1
    assert server.count(Record, Record.record_id == record_id, Record.state == "approved") == 1
    assert server.count(AuditRow, AuditRow.act == "approved", AuditRow.about.contains(str(record_id))) == 1


@pytest.fixture(scope="session")
def backed_up(server: Mortal) -> Mortal:
    """A server whose first backup was made: of a later one, the first commit is the marks."""
    assert server.back_up() == "1"
    return server


@pytest.mark.parametrize("how", ["rename", "before", "during", "after"])
def test_a_backup_that_dies_marks_nothing_safe_that_it_does_not_hold(backed_up: Mortal, phone: Phone, how) -> None:
    server = backed_up
    phone.fill_in(server.county)
    phone.sync_all()
    before, copies = _safe(server), _copies(server)
    server.dies_of(server.back_up, BACKUP, how, commit=0 if how == "rename" else 1, at_byte=100)
    # Then a mark stands only above a copy that has its name
    assert len(_copies(server) - copies) == (0 if how == "rename" else 1)
    assert _safe(server) == (_head_of(server) if how == "after" else before)
    # And the next one holds all, and takes away what the dead one left
    assert server.back_up() == "1"
    assert _safe(server) == _head_of(server) > before
    assert not list(server.config.backup_dir.glob("*.part"))


def _safe(server: Mortal) -> int:
    with server.app.app_context(), reading() as session:
        return session.get_one(FeedHead, (server.county.district, server.county.caseworker_id)).safe_seq


def _copies(server: Mortal) -> set[Path]:
    return set(server.config.backup_dir.glob("fieldapp-*.sqlite3"))
