"""Keys of the server while phones are away: rotated, destroyed, lost by a restore; a second suite; a new root key."""

import json
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from sqlalchemy import select

from fieldapp import create_app, jobs
from fieldapp.actions import keyring
from fieldapp.crypto import packages
from fieldapp.crypto.rest import Ring, RingError, UnknownKey
from fieldapp.db import db, reading, writing
from fieldapp.models import server_keys
from fieldapp.models.cases import DistrictKey
from fieldapp.models.records import Kept, Revision
from fieldapp.models.vaults import PinShare, ServerKey
from tests.phones import Asker
from tests.web.test_restores import Box

DUMMY = 0xFE


@pytest.fixture
def dummy_suite(monkeypatch):
    """Another way to seal, under a byte of its own."""
    sealing = hpke.Suite(hpke.KEM.P256, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)
    monkeypatch.setitem(packages.SUITES, DUMMY, packages.Suite(sealing, ChaCha20Poly1305))


def rotate(clock, **how):
    with writing() as session:
        return server_keys.rotate(session, clock(), **how)


def statuses(head):
    return [(row["status"], row["reason"]) for row in head["results"]]


# --- rotation --------------------------------------------------------------------------------------------------------


def test_the_worker_makes_a_new_key_each_quarter(enrolled, clock):
    enrolled()
    assert jobs.rotate_server_keys(clock()) == 0
    clock.advance(days=91)
    assert jobs.rotate_server_keys(clock()) == 1
    assert jobs.rotate_server_keys(clock()) == 0
    with reading() as session:
        listed = server_keys.key_list(session).keys
    assert [key.until_ms is None for key in listed] == [False, True]


def test_a_phone_that_was_offline_over_two_rotations_hands_in_all_the_same(enrolled, county, clock):
    phone = enrolled()
    phone.fill_in(county)  # sealed to the first key, in the village
    for _ in range(2):
        clock.advance(days=91)
        jobs.rotate_server_keys(clock())
    head = phone.sync()
    assert statuses(head) == [("ok", None)] and head["keys"]["keys_version"] == 3


def test_work_sealed_to_a_destroyed_key_is_sealed_anew_and_arrives(enrolled, county, clock):
    phone = enrolled()
    phone.fill_in(county)
    first = phone.crypto.server_key[0]
    rotate(clock)
    clock.advance(days=180)
    with writing() as session:
        keyring.destroy(session, first, clock())
    head = phone.sync()
    assert statuses(head) == [("reseal", "unknown_key")] and head["keys"]["keys_version"] == 3
    phone.device.queue[:] = [phone.device._sealed(item.head, item.body, True) for item in phone.device.queue]
    assert statuses(phone.sync()) == [("ok", None)]


def test_a_key_in_use_or_ended_lately_is_not_destroyed(enrolled, clock):
    phone = enrolled()
    first = phone.crypto.server_key[0]
    for wait in (0, 179):
        clock.advance(days=wait)
        with writing() as session, pytest.raises(ValueError, match="kept 180 days"):
            keyring.destroy(session, first, clock())
        if wait == 0:
            rotate(clock)
    with writing() as session, pytest.raises(LookupError):
        keyring.destroy(session, "0" * 16, clock())


def test_a_key_is_kept_while_something_sealed_to_it_may_wait_aside(enrolled, county, clock):
    phone = enrolled()
    first = phone.crypto.server_key[0]
    phone.fill_in(county, case_id=phone.new_id())  # not hers: kept aside
    phone.sync()
    rotate(clock)
    clock.advance(days=180)
    with writing() as session, pytest.raises(ValueError, match="kept item"):
        keyring.destroy(session, first, clock())


def test_after_a_restore_phones_take_the_list_that_the_older_database_signs(enrolled, county, app, config, clock):
    # Given a phone that learnt of a key after the backup
    with app.app_context():
        box = Box(config, clock)
        box.start()
        phone = enrolled()
        phone.sync()
        box.back_up()
        clock.advance(days=1)
        lost = rotate(clock)
        phone.sync()
        assert phone.crypto.server_key[0] == lost and phone.device.keys_version == 2
        # When the older database comes back, whose own list has a lower version and lacks that key
        box.bring_back()
        phone.fill_in(county)
        head = phone.sync()
        # Then the phone is given a newer list, and seals to a key that is there
        assert statuses(head) == [("reseal", "unknown_key")] and head["keys"]["keys_version"] == 3
        assert phone.crypto.server_key[0] != lost
        phone.device.queue[:] = [phone.device._sealed(item.head, item.body, True) for item in phone.device.queue]
        assert statuses(phone.sync()) == [("ok", None)]


# --- suites ----------------------------------------------------------------------------------------------------------


def test_a_registered_second_suite_works_from_end_to_end(enrolled, county, clock, dummy_suite):
    phone = enrolled()
    clock.advance(days=1)
    new = rotate(clock, suite=DUMMY)
    phone.crypto.suite = DUMMY
    phone.sync()
    assert phone.crypto.server_key[0] == new
    sent = phone.fill_in(county)
    assert sent.package[16] == DUMMY
    assert statuses(phone.sync()) == [("ok", None)]
    with reading() as session:
        assert len(session.scalars(select(Revision)).all()) == 1
    # And a phone that knows the first suite alone goes on with its own key
    other = enrolled("second_caseworker")
    other.sync()
    other.fill_in(county)
    assert statuses(other.sync()) == [("ok", None)]


def test_an_unknown_suite_is_refused_and_kept(enrolled, county, clock, monkeypatch):
    with monkeypatch.context() as known:
        sealing = hpke.Suite(hpke.KEM.P256, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)
        known.setitem(packages.SUITES, DUMMY, packages.Suite(sealing, ChaCha20Poly1305))
        phone = enrolled()
        phone.crypto.suite = DUMMY
        phone.fill_in(county)
    assert statuses(phone.sync()) == [("quarantined", "unknown_suite")]
    with reading() as session:
        assert session.scalars(select(Kept.reason)).all() == ["unknown_suite"]


def test_a_package_of_one_suite_under_an_envelope_of_another_is_damaged(enrolled, county, clock, dummy_suite):
    phone = enrolled()
    sent = phone.fill_in(county)
    phone.device.queue[:] = [replace(sent, package=sent.package[:16] + bytes([DUMMY]) + sent.package[17:])]
    assert statuses(phone.sync()) == [("quarantined", "damaged")]


# --- the root ring ---------------------------------------------------------------------------------------------------


def test_a_new_root_key_wraps_everything_and_the_old_one_opens_what_backups_hold(
    enrolled, county, app, config, clock, session
):
    # Given a database with keys and a share under the first root key
    phone = enrolled()
    asker = Asker(phone)
    _, _, share = asker.ask("set", b"p" * 32)
    session.rollback()
    old = app.extensions["ring"]
    new = Ring.load(config.ring_file).with_new_key()
    new.save(config.ring_file)
    # When all is wrapped under a second one
    app.extensions["ring"] = Ring.load(config.ring_file)
    with writing() as other:
        assert keyring.rewrap(other) == 2 + 1 + len(other.scalars(select(DistrictKey)).all())
        assert keyring.rewrap(other) == 0
    # Then nothing names the first any more, and the app starts with the second alone
    with reading() as other:
        for table in (DistrictKey, ServerKey, PinShare):
            assert set(other.scalars(select(table.root_key_id))) == {new.newest}
    assert asker.ask("get", b"p" * 32)[2] == share
    phone.fill_in(county)
    assert statuses(phone.sync()) == [("ok", None)]
    # And a process that runs since before takes the new key from the file when it meets it
    app.extensions["ring"] = old
    assert asker.ask("get", b"p" * 32)[2] == share


def test_a_start_without_the_root_key_of_a_share_is_refused(enrolled, config, app):
    Asker(enrolled()).ask("set", b"p" * 32)
    with writing() as session:
        session.scalars(select(PinShare)).one().root_key_id = "root-unknown"
    db.engine.dispose()
    with pytest.raises(RingError, match="root-unknown"):
        create_app(config)


def test_a_ring_without_a_file_knows_what_it_was_given(tmp_path):
    first = Ring.generate()
    second = first.with_new_key()
    name, wrapped = second.wrap(b"secret", "here")
    with pytest.raises(UnknownKey):
        first.unwrap(name, wrapped, "here")
    first.save(tmp_path / "ring.json")
    loaded = Ring.load(tmp_path / "ring.json")
    second.save(tmp_path / "ring.json")
    assert loaded.unwrap(name, wrapped, "here") == b"secret"
    assert json.loads((tmp_path / "ring.json").read_text())["newest"] == second.newest
