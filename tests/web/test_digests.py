"""After a restore a phone asks what is missing, and sends exactly that, by the bytes it was sent by first."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import delete, select

from fieldapp.actions import backups, restores, vaults
from fieldapp.db import db, reading, writing
from fieldapp.models.cases import Urgent
from fieldapp.models.records import Kept, Record, Revision
from sync import device_digest, digests
from tests import factories
from tests.phones import revision_body

PATH = "/sync/v1/digest"


class Box:
    """A county's machine: back it up, and bring that backup back as an operator does."""

    def __init__(self, app, config, clock):
        self.app, self.clock = app, clock
        self.file = Path(config.database_url.removeprefix("sqlite:///"))
        folder = config.data_dir.parent / "backups"
        folder.mkdir()
        self.config = replace(config, backup_dir=folder)
        with writing() as session:
            restores.settle(session, clock())  # begins the tombstone log, as the first start does

    def back_up(self):
        self.backup = backups.make(self.config, self.clock(), device=lambda path: hash(path)).file

    def bring_back(self):
        with self.app.app_context():
            db.engine.dispose()
            for beside in ("-wal", "-shm"):
                Path(f"{self.file}{beside}").unlink(missing_ok=True)
            shutil.copy(self.backup, self.file)
            self.clock.advance(hours=1)
            with writing() as session:
                restores.settle(session, self.clock(), is_restore=True)
                restores.new_epoch(session, self.clock())


@pytest.fixture
def box(app, config, clock, county):
    with app.app_context():
        return Box(app, config, clock)


def ask(phone):
    """Ask as after a restore; what went back into the queue."""
    asked = device_digest.question(phone.device)
    answer = phone.client.post(PATH, data=asked.body, headers=asked.headers)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return device_digest.take(phone.device, asked, answer.json)


def notice(phone):
    """A contact in which nothing is sent again but by what `ask` says."""
    before = dict(phone.device.received), dict(phone.device.attention)
    phone.device.epoch = ""
    phone.sync_all()
    phone.device.received, phone.device.attention = before


def stored(app):
    with app.app_context(), reading() as session:
        return {row.revision_id: row.content_hash for row in session.scalars(select(Revision))}


def test_work_that_was_acknowledged_after_the_backup_is_back_by_its_own_bytes(app, box, enrolled, county):
    # Given one report that the backup holds, and a report, its correction and a danger that it does not
    phone = enrolled()
    held = phone.fill_in(county)
    phone.sync_all()
    box.back_up()
    first = phone.fill_in(county, intent="door")
    second = phone.fill_in(county, record_id=first.head["record_id"], parents=[first.head["revision_id"]])
    danger = phone.device.hand_in("urgent", {"at": 1, "dangers": [], "called": [], "place": "", "who": ""} | _REST)
    phone.sync_all()
    before = stored(app)
    # When that backup comes back, and the phone asks
    box.bring_back()
    notice(phone)
    assert ask(phone) == [first.op, second.op, danger.op]
    phone.sync_all()
    # Then all of it is there as it was, and once
    assert stored(app) == before and held.op in phone.device.received
    assert [phone.result(item)["status"] for item in (first, second, danger)] == ["ok"] * 3
    with app.app_context(), reading() as session:
        assert len(session.scalars(select(Urgent)).all()) == 1
    assert ask(phone) == []


_REST = {"case_code": None, "reported_to": None, "confirms": None}


def test_what_the_server_has_is_not_sent_and_makes_no_conflict(app, box, enrolled, county):
    # Given a report whose package has been dropped: it could only be sealed anew, as other bytes
    phone = enrolled()
    item = phone.fill_in(county)
    phone.sync_all()
    box.back_up()
    box.bring_back()
    notice(phone)
    assert ask(phone) == [] and phone.device.queue == []
    # And were it sent all the same, the server would hold it twice
    again = phone.fill_in(county, record_id=item.head["record_id"], revision_id=item.head["revision_id"])
    phone.sync_all()
    assert phone.result(again)["status"] == "conflict"


def test_what_was_kept_aside_counts_as_here_and_other_bytes_under_their_own_id(app, box, enrolled, county, clock):
    phone = enrolled()
    item = phone.fill_in(county)
    other = phone.fill_in(county, record_id=item.head["record_id"], revision_id=item.head["revision_id"])
    stray = phone.fill_in(county, case_id=factories.new_id())
    phone.sync_all()
    assert [phone.result(one)["status"] for one in (item, other, stray)] == ["ok", "conflict", "quarantined"]
    assert ask(phone) == []
    # Of two things under one id each is asked for by its own
    with app.app_context(), writing() as session:
        kept_as = UUID(phone.result(other)["kept_as"])
        session.execute(delete(Revision).where(Revision.revision_id == kept_as))
        session.execute(delete(Kept))
    assert ask(phone) == [other.op, stray.op]


def test_nobody_learns_whether_somebody_elses_report_is_here(enrolled, county):
    hers, other = enrolled(), enrolled("second_caseworker")
    item = hers.fill_in(county)
    hers.sync_all()
    other.device.received = dict(hers.device.received)
    assert ask(other) == [item.op]


def test_a_phone_that_was_revoked_learns_what_is_missing_too(app, box, enrolled, county, clock):
    phone = enrolled()
    box.back_up()
    item = phone.fill_in(county)
    phone.sync_all()
    with app.app_context(), writing() as session:
        vaults.revoke(session, county.acting(session, "administrator"), phone.device.vault_id, clock())
    box.bring_back()
    assert ask(phone) == [item.op]
    phone.sync()
    assert phone.result(item)["reason"] == "revoked" and ask(phone) == []
    with app.app_context(), reading() as session:
        assert session.scalars(select(Kept)).one().revision_id is not None
        assert session.scalars(select(Record)).all() == []


def test_a_stopped_phone_whose_clock_is_wrong_learns_the_time_from_the_refusal(app, box, enrolled, county, clock):
    phone = enrolled()
    box.back_up()
    item = phone.fill_in(county)
    phone.sync_all()
    with app.app_context(), writing() as session:
        vaults.revoke(session, county.acting(session, "administrator"), phone.device.vault_id, clock())
    box.bring_back()
    # Given an hour off, and no page in which that would be said
    phone.device.clock_offset = 3_600_000
    phone.sync()
    assert phone.device.pull_refused != "clock" and phone.device.clock_offset == 3_600_000
    asked = device_digest.question(phone.device)
    answer = phone.client.post(PATH, data=asked.body, headers=asked.headers)
    assert (answer.status_code, answer.json["code"]) == (409, "clock")
    # When it asks again by the time of that answer
    device_digest.set_clock(phone.device, answer.json["t"])
    assert ask(phone) == [item.op]


def test_a_question_is_answered_only_to_both_keys_and_at_its_time(enrolled, county, clock):
    phone = enrolled()
    phone.fill_in(county)
    phone.sync_all()

    def code(asked, body=None, headers=None):
        answer = phone.client.post(PATH, data=body or asked.body, headers=headers or asked.headers)
        return answer.status_code, answer.json.get("code")

    asked = device_digest.question(phone.device)
    said = json.loads(asked.body)
    signed = phone.device.headers
    forged = json.dumps(said | {"revisions": digests.packed([factories.new_id()])}).encode()
    assert code(asked, forged) == (401, "unknown_vault")
    assert code(asked, forged, signed(forged, digests.METHOD_PATH, "application/json")) == (401, "unknown_vault")
    odd = json.dumps(said | {"revisions": "AAAA"}).encode()
    assert code(asked, odd, signed(odd, digests.METHOD_PATH, "application/json")) == (400, "request_malformed")
    more = json.dumps(said | {"why": 1}).encode()
    assert code(asked, more, signed(more, digests.METHOD_PATH, "application/json")) == (400, "request_malformed")
    many = json.dumps(said | {"packages": digests.packed([factories.new_id()] * digests.IDS_MAX)}).encode()
    assert code(asked, many, signed(many, digests.METHOD_PATH, "application/json")) == (413, "frame_too_large")
    clock.advance(minutes=6)
    assert code(asked) == (409, "clock")


def test_what_a_phone_holds_costs_few_bytes_to_ask_for(enrolled, county):
    phone = enrolled()
    assert device_digest.question(phone.device) is None
    for _ in range(20):
        phone.device.hand_in("revision", revision_body(), **_head(phone, county))
    phone.sync_all()
    asked = device_digest.question(phone.device)
    assert len(asked.body) < 650 and ask(phone) == []


def _head(phone, county):
    return {
        "case_id": str(county.case_id), "visit_id": str(county.visit_id), "record_id": phone.new_id(),
        "revision_id": phone.new_id(), "form": "F2", "form_version": factories.version_of("F2"), "intent": "submit",
    }  # fmt: skip
