"""A file of unsent work, handed in at the desk: taken as the author's own, once, whichever way it comes first."""

import hashlib
import io
import json
import re
from collections import Counter

import pytest
from sqlalchemy import func, select

from fieldapp.actions import parcels as acts
from fieldapp.actions import receipts
from fieldapp.db import reading
from fieldapp.errors import Problem
from fieldapp.models.accounts import Person, Role
from fieldapp.models.audit import AuditRow
from fieldapp.models.cases import Urgent
from fieldapp.models.files import File
from fieldapp.models.records import Kept, Record, Revision
from fieldapp.models.vaults import Vault, VaultState
from sync import parcels, uploads
from tests import factories
from tests.phones import Phone, revision_body
from tests.uploading import Photo


def exchange_of(phone: Phone) -> tuple[str, bytes, str]:
    """What the phone would send next, as part of a file: nothing comes down to one."""
    was, phone.device.is_locked = phone.device.is_locked, True
    request = phone.device.request()
    phone.device.is_locked = was
    return parcels.EXCHANGE, request.body, request.headers["FieldApp-Signature"]


def file_of(photo: Photo) -> list[tuple[str, bytes, str | None]]:
    said = json.dumps(uploads.announcement(photo.said)).encode()
    signature = photo.phone.device.headers(said, uploads.ANNOUNCE)["FieldApp-Signature"]
    return [(parcels.ANNOUNCE, said, signature), (parcels.FILE, photo.sealed, None)]


def parcel_of(phone: Phone, *photos: Photo) -> bytes:
    parts = [exchange_of(phone), *(part for photo in photos for part in file_of(photo))]
    return parcels.write(phone.device.vault_id, 1_795_222_800_000, parts)


def hand_in(desk, data: bytes):
    desk.get("/hand-in")
    return desk.post("/hand-in", file=(io.BytesIO(data), "data-20261122-1.bin"))


def counted(table) -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


@pytest.fixture
def worker(enrolled):
    return enrolled()


@pytest.fixture
def packed(worker, county):
    """A report with a photo that wait on a phone, and the file it made of them."""
    photo = Photo(worker, 300_000)
    item = worker.fill_in(county, body={**revision_body(), "papers": {"hh.head": [photo.value]}})
    return item, photo, parcel_of(worker, photo)


@pytest.mark.parametrize("who", ["caseworker", "supervisor", "administrator"])
def test_who_may_carry_it_hands_in_a_report_with_its_photo(app, at_desk, county, worker, packed, who):
    item, photo, data = packed
    answer = hand_in(at_desk(who), data)
    assert answer.status_code == 200 and "全部收到" in answer.text
    with reading() as session:
        revision = session.scalars(select(Revision)).one()
        record = session.get_one(Record, (county.district, revision.record_id))
        assert (str(revision.revision_id), record.author_id) == (item.head["revision_id"], county.caseworker_id)
        file = session.scalars(select(File)).one()
        assert (file.file_id, file.state, file.case_id) == (photo.file_id, "complete", county.case_id)
        row = session.scalars(select(AuditRow).where(AuditRow.act == "hand_in_parcel")).one()
        assert row.actor_id == getattr(county, f"{who}_id")
        assert json.loads(row.about)["person"] == str(county.caseworker_id)


def test_the_network_says_dup_of_what_the_file_brought_and_nothing_is_there_twice(at_desk, worker, packed):
    item, photo, data = packed
    hand_in(at_desk("supervisor"), data)
    worker.sync()
    assert worker.result(item)["status"] == "dup"
    assert photo.announce().json["state"] == "complete"
    assert (counted(Revision), counted(File), counted(Kept)) == (1, 1, 0)


def test_the_file_changes_nothing_after_the_network_nor_a_second_time(at_desk, worker, packed):
    _, photo, data = packed
    worker.sync()
    photo.send()
    desk = at_desk("supervisor")
    for _ in range(2):
        answer = hand_in(desk, data)
        assert answer.status_code == 200 and "全部收到" in answer.text and "原来就已收到" in answer.text
    assert (counted(Revision), counted(File), counted(Kept)) == (1, 1, 0)


def test_a_file_goes_on_where_the_network_stopped(at_desk, packed):
    _, photo, data = packed
    photo.send_but_the_last()
    assert "全部收到" in hand_in(at_desk("supervisor"), data).text
    assert photo.head().headers["Upload-Offset"] == str(len(photo.sealed))


def test_work_of_a_revoked_phone_waits_for_a_person_like_from_the_network(at_desk, county, session, worker, packed):
    session.get_one(Vault, (county.district, worker.device.vault_id)).state = VaultState.REVOKED
    session.commit()
    answer = hand_in(at_desk("administrator"), packed[2])
    assert answer.status_code == 200 and "来自已注销的手机" in answer.text and "全部收到" not in answer.text
    assert (counted(Revision), counted(Kept)) == (0, 1)


def test_her_contact_with_the_server_is_not_what_a_file_is(at_desk, county, clock, worker, packed):
    def contact():
        with reading() as session:
            return session.get_one(Vault, (county.district, worker.device.vault_id)).last_contact_at

    before = contact()
    clock.advance(days=2)
    hand_in(at_desk("supervisor"), packed[2])
    assert contact() == before


def test_changed_bytes_are_counted_and_nothing_of_them_is_taken(at_desk, worker, packed):
    _, photo, data = packed
    first = parcels.read(io.BytesIO(data), len(data)).parts[0]
    bad = bytearray(data)
    bad[first.at + first.length - 1] ^= 1  # of the package
    bad[-1] ^= 1  # of the photo
    answer = hand_in(at_desk("supervisor"), bytes(bad))
    assert answer.status_code == 200 and "没有收下" in answer.text and "拷贝中损坏" in answer.text
    assert counted(Revision) == 0
    assert photo.head().headers["Upload-Offset"] == "0"  # what came was thrown away, the phone's own will do
    assert "全部收到" in hand_in(at_desk("supervisor"), data).text


def test_another_persons_signature_brings_nothing_in(at_desk, enrolled, county, worker, packed):
    other = enrolled("second_caseworker")
    other.fill_in(county)
    forged = parcels.write(worker.device.vault_id, 1, [exchange_of(other)])
    assert "没有收下" in hand_in(at_desk("supervisor"), forged).text
    assert counted(Revision) == counted(Kept) == 0


def test_a_pull_in_a_file_is_answered_by_nobody(at_desk, county, worker):
    worker.fill_in(county)
    request = worker.device.request()  # an open phone's, with a signed pull in it
    part = (parcels.EXCHANGE, request.body, request.headers["FieldApp-Signature"])
    answer = hand_in(at_desk("supervisor"), parcels.write(worker.device.vault_id, 1, [part]))
    assert "全部收到" in answer.text and counted(Revision) == 1
    with reading() as session:
        assert session.scalars(select(AuditRow).where(AuditRow.act == "pull")).all() == []


def test_a_colleague_a_stranger_and_nonsense_bring_nothing(app, at_desk, clock, session, county, enrolled, worker):
    worker.fill_in(county)
    data = parcel_of(worker)
    factories.person(session, clock(), Role.CASEWORKER, county.district, login="colleague", name="某人")
    session.commit()
    colleague = at_desk("colleague")
    unknown = parcels.write(factories.new_id(), 1, [exchange_of(worker)])
    refusals = [hand_in(colleague, data), hand_in(colleague, unknown)]
    assert [answer.status_code for answer in refusals] == [422, 422]
    assert all("parcel_unknown" in answer.text for answer in refusals)
    assert "parcel_malformed" in hand_in(colleague, data[:-1]).text
    assert "parcel_malformed" in colleague.post("/hand-in").text
    assert counted(Revision) == 0


def test_a_file_larger_than_the_page_takes_is_refused_in_its_own_words(at_desk, monkeypatch, worker, packed):
    desk = at_desk("supervisor")
    monkeypatch.setattr("fieldapp.web.parcels.DESK_BYTES_MAX", 1_000)
    answer = hand_in(desk, packed[2])
    assert answer.status_code == 413 and "parcel_too_large" in answer.text
    monkeypatch.setattr("fieldapp.web.parcels.bp.max_body_bytes", 1_000)
    answer = hand_in(desk, packed[2])
    assert answer.status_code == 413 and "parcel_too_large" in answer.text


def test_quotas_hold_for_a_file_as_for_the_network(at_desk, monkeypatch, worker, packed):
    monkeypatch.setattr(uploads, "DAY_BYTES_MAX", 1_000)
    answer = hand_in(at_desk("supervisor"), packed[2])
    assert "超过一人一天可传的数量" in answer.text and counted(Revision) == 1 and counted(File) == 0


def test_the_operator_takes_it_for_whoever_it_is(app, clock, worker, packed):
    data, store = packed[2], app.extensions["files"]
    came = acts.hand_in(io.BytesIO(data), len(data), acting=None, store=store, clock=clock)
    assert (came.taken, came.files, came.is_all_here) == (1, {"complete": 1}, True)
    nobodys = parcels.write(factories.new_id(), 1, [exchange_of(worker)])
    with pytest.raises(Problem, match="parcel_unknown"):
        acts.hand_in(io.BytesIO(nobodys), len(nobodys), acting=None, store=store, clock=clock)


def test_a_receipt_says_what_was_taken_and_names_nobody(app, clock, county, session, worker, packed):
    data, store = packed[2], app.extensions["files"]

    def handed_in() -> str:
        came = acts.hand_in(io.BytesIO(data), len(data), acting=None, store=store, clock=clock)
        return receipts.receipt(came, hashlib.sha256(data).digest(), clock())

    first = handed_in()
    with reading() as session:
        name = session.scalars(select(Person.name).join(Vault, Vault.person_id == Person.person_id)).first()
    assert name and name not in first and str(worker.device.vault_id) not in first
    said = ("Reports and drafts taken: 1", "Photos and files taken: 1", hashlib.sha256(data).hexdigest()[:12])
    assert all(line in first for line in said)
    assert not any(word in first for word in ("Not taken", "Kept for a person", "Damaged"))
    # The same again is taken as well; from a stopped phone it waits for a person, and what was changed is not taken
    assert "Reports and drafts taken: 1" in handed_in()
    worker.fill_in(county)
    part = parcels.read(io.BytesIO(data), len(data)).parts[0]
    spoilt = bytearray(parcel_of(worker))
    spoilt[part.at + part.length // 2] ^= 1
    came = acts.hand_in(io.BytesIO(spoilt), len(spoilt), acting=None, store=store, clock=clock)
    assert "损坏的部分 Damaged parts: 1" in receipts.receipt(came, bytes(32), clock())


@pytest.mark.parametrize(
    ("status", "line"),
    [
        ("dup", "Reports and drafts taken: 2"),
        ("quarantined", "Kept for a person to look at: 2"),
        ("wait", "Not taken this time: 2"),
    ],
)
def test_a_receipt_counts_each_by_what_became_of_it(clock, status, line):
    came = acts.Came("刘梅", factories.new_id(), clock(), Counter({(status, ""): 2}), Counter({"too_large": 1}))
    text = receipts.receipt(came, bytes(32), clock())
    assert line in text and "Photos and files not taken: 1" in text and "刘梅" not in text


def test_a_call_for_help_in_a_file_is_heard_by_the_supervisor(at_desk, worker):
    worker.device.hand_in("urgent", {"dangers": ["danger_now"]}, signed=False)
    answer = hand_in(at_desk("supervisor"), parcel_of(worker))
    assert "全部收到" in answer.text and counted(Urgent) == 1


@pytest.mark.parametrize("file", ["whole", "damaged", "none"])
def test_the_page_says_all_of_it_in_english_too(at_desk, worker, packed, file):
    desk = at_desk("supervisor")
    desk.post("/language", language="en", next="/")
    pages = [desk.get("/hand-in")]
    data = {"whole": packed[2], "damaged": packed[2][:-9] + bytes(9), "none": b"nothing"}[file]
    pages.append(hand_in(desk, data))
    for answer in pages:
        main = answer.text[answer.text.index("<main") : answer.text.index("</main>")]
        names = re.sub(r"<span hx-ignore>.*?</span>", "", main)
        assert re.findall(r"[\u3000-\u9fff\uff00-\uffef].{0,12}", names) == []


def test_the_page_takes_more_than_any_one_file_of_a_phone(app):
    assert app.blueprints["parcels"].max_body_bytes > parcels.DESK_BYTES_MAX > 4 * max(uploads.FILE_BYTES_MAX.values())


class Unread(io.BytesIO):
    """A body that notes when somebody reads of it."""

    was_read = False

    def read(self, *size):
        self.was_read = True
        return super().read(*size)

    readinto = readline = read


@pytest.mark.parametrize("who", [None, "only the password"])
def test_nothing_is_read_of_a_file_before_it_is_known_who_brings_it(app, desk, county, who):
    if who:
        desk.get("/sign-in")
        desk.post("/sign-in", data={"login": "supervisor", "password": str(factories.PASSWORD)})
    body = Unread(b"--b" * 10_000)
    answer = desk.post(
        "/hand-in",
        input_stream=body,
        content_type="multipart/form-data; boundary=b",
        headers={"Origin": desk.origin},
    )
    assert answer.status_code == 401 and not body.was_read
