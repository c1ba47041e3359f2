"""The server's share of a PIN way: ten tries, counted before they are compared; gone with the vault; said once."""

import hashlib
import json

import pytest
from sqlalchemy import select

from fieldapp.actions import policies, shares, vaults
from fieldapp.crypto import shares as share_crypto
from fieldapp.crypto import signatures
from fieldapp.crypto.rest import Damaged
from fieldapp.db import milliseconds, reading, writing
from fieldapp.models.audit import AuditRow
from fieldapp.models.vaults import PinShare
from tests import factories
from tests.phones import Asker

PROOF, WRONG = hashlib.sha256(b"right").digest(), hashlib.sha256(b"wrong").digest()


@pytest.fixture
def asker(enrolled):
    return Asker(enrolled())


def code_of(answered):
    return answered[1].get("code")


def test_a_phone_sets_a_share_and_gets_the_same_one_again_for_its_proof(asker):
    status, said, share = asker.ask("set", PROOF)
    assert (status, said["tries_left"], len(share)) == (200, 10, 32)
    assert asker.ask("get", PROOF)[2] == share
    assert asker.ask("set", PROOF)[2] != share  # a new PIN gets a share of its own


def test_neither_share_nor_proof_lie_in_the_table(asker, session):
    _, _, share = asker.ask("set", PROOF)
    row = session.scalars(select(PinShare)).one()
    kept = b"".join([row.wrapped_share, row.proof_hash])
    assert share not in kept and PROOF not in kept and hashlib.sha256(PROOF).digest() not in kept
    # And what is wrapped opens for this row alone
    other = factories.new_id()
    with pytest.raises(Damaged):
        share_crypto.unwrap(session.info["ring"], row.root_key_id, row.wrapped_share, row.district, row.vault_id, other)


def test_ten_wrong_pins_lock_the_share_and_a_right_one_sets_the_count_back(asker):
    asker.ask("set", PROOF)
    left = [asker.ask("get", WRONG)[1]["tries_left"] for _ in range(9)]
    assert left == [9, 8, 7, 6, 5, 4, 3, 2, 1]
    assert asker.ask("get", PROOF)[1]["tries_left"] == 10
    assert [code_of(asker.ask("get", WRONG)) for _ in range(10)] == ["wrong_pin"] * 10
    assert asker.ask("get", WRONG)[0] == 423
    assert code_of(asker.ask("get", PROOF)) == "share_locked"  # also the right one now
    _, _, share = asker.ask("set", PROOF)  # an unlocked phone
    assert asker.ask("get", PROOF)[2] == share


def test_a_try_is_on_disk_and_in_the_log_before_it_is_compared(asker, app, monkeypatch):
    asker.ask("set", PROOF)
    seen = []

    def look(session, asked, counted):
        # Read by somebody else, as after a power cut at this moment
        with reading() as other:
            seen.append(other.scalars(select(PinShare.tries)).one())
        lines = [written.line for written in app.extensions["tombstones"].read() if written.line.kind == "pin_tries"]
        seen.append(lines[-1].about["tries"])
        return real(session, asked, counted)

    real = shares.compare
    monkeypatch.setattr(shares, "compare", look)
    asker.ask("get", WRONG)
    asker.ask("get", WRONG)
    assert seen == [1, 1, 2, 2]


def test_a_removed_share_opens_nothing(asker, session):
    asker.ask("set", PROOF)
    assert asker.ask("remove")[:2] == (200, {"sealed": None, "tries_left": 10})
    assert session.scalars(select(PinShare)).all() == []
    session.rollback()
    assert asker.ask("get", PROOF)[0] == 410


def test_a_request_recorded_on_the_line_is_answered_once(asker, clock):
    asker.ask("set", PROOF)
    asked = asker.request("get", PROOF)
    assert asker.send(asked).status_code == 200
    assert asker.send(asked).json["code"] == "request_reused"
    clock.advance(minutes=6)
    late = asker.send(asked)
    assert (late.status_code, late.json["code"]) == (409, "clock")
    assert late.json["t"] == milliseconds(clock())


def test_the_clock_of_a_phone_may_be_five_minutes_off_and_no_more(asker):
    asker.ask("set", PROOF)
    for minutes, status in ((5, 200), (-5, 200), (6, 409), (-6, 409)):
        asker.phone.device.clock_offset = minutes * 60_000
        assert asker.ask("get", PROOF)[0] == status


def test_after_a_revocation_nothing_recorded_gives_a_share(asker, county, session, clock):
    # Given a request that was recorded and never arrived
    asker.ask("set", PROOF)
    recorded = asker.request("get", PROOF)
    # When the phone is revoked
    with writing() as acting_session:
        administrator = county.acting(acting_session, "administrator")
        vaults.revoke(acting_session, administrator, asker.phone.device.vault_id, clock())
    # Then it is answered like a phone that never had a share, and so is everything new
    replayed = asker.send(recorded)
    other = asker.ask("get", PROOF)
    assert replayed.status_code == other[0] == 410
    assert replayed.json["code"] == code_of(other) == "share_gone"
    assert replayed.json.keys() == other[1].keys()
    assert code_of(asker.ask("set", PROOF)) == "share_gone"


def test_a_share_that_goes_between_the_try_and_the_answer_is_not_handed_out(asker, county, clock, monkeypatch):
    asker.ask("set", PROOF)
    real = shares.compare

    def revoked_meanwhile(session, asked, counted):
        share = real(session, asked, counted)
        with writing() as other:
            vaults.revoke(other, county.acting(other, "administrator"), asker.phone.device.vault_id, clock())
        return share

    monkeypatch.setattr(shares, "compare", revoked_meanwhile)
    assert code_of(asker.ask("get", PROOF)) == "share_gone"


def test_where_administrators_take_the_pin_away_no_share_is_set_or_handed_out(asker, county, clock):
    asker.ask("set", PROOF)
    with writing() as session:
        acting = county.acting(session, "administrator")
        policies.decide(session, acting, county.district, "", {"ways": "secret"}, clock())
    assert code_of(asker.ask("get", PROOF)) == code_of(asker.ask("set", PROOF)) == "share_gone"
    assert asker.ask("remove")[0] == 200


def test_a_copied_transport_key_sets_no_share(asker):
    asked = asker.request("set", PROOF)
    said = json.loads(asked.body)
    other = signatures.new_private_key()
    for signature in (None, signatures.sign(other, b"x")):
        text = None if signature is None else "A" * 86
        body = json.dumps({**said, "signature": text}).encode()
        headers = asker.phone.device.headers(body, "POST /sync/v1/share", "application/json")
        answer = asker.phone.client.post("/sync/v1/share", data=body, headers=headers)
        assert answer.json["code"] == ("request_malformed" if signature is None else "share_gone")
    assert code_of(asker.ask("get", PROOF)) == "share_gone"


def test_a_signature_for_the_exchange_opens_no_other_door(asker):
    asked = asker.request("set", PROOF)
    headers = asker.phone.device.headers(asked.body)
    answer = asker.phone.client.post("/sync/v1/share", data=asked.body, headers=headers)
    assert (answer.status_code, answer.json["code"]) == (401, "unknown_vault")


@pytest.mark.parametrize("change", [{"act": "open"}, {"to": "A" * 87}, {"proof": None}, {"more": 1}, {"t": "1"}])
def test_a_malformed_request_is_refused_and_counts_nothing(asker, session, change):
    asker.ask("set", PROOF)
    body = json.dumps({**json.loads(asker.request("get", PROOF).body), **change}).encode()
    headers = asker.phone.device.headers(body, "POST /sync/v1/share", "application/json")
    answer = asker.phone.client.post("/sync/v1/share", data=body, headers=headers)
    assert answer.json["code"] == "request_malformed"
    assert session.scalars(select(PinShare.tries)).one() == 0


def test_whoever_opens_a_phone_by_pin_stands_in_the_audit(asker, session):
    asker.ask("set", PROOF)
    asker.ask("get", PROOF)
    asker.ask("remove")
    acts = list(session.scalars(select(AuditRow.act).where(AuditRow.vault_id == asker.phone.device.vault_id)))
    assert sorted(act for act in acts if act.endswith("_pin")) == ["open_by_pin", "remove_pin", "set_pin"]
