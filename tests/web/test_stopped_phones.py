"""What a phone says of itself, the keys it is told, and how it is stopped: suspended, revoked, wiped."""

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from fieldapp.actions import vaults
from fieldapp.crypto import signatures
from fieldapp.crypto.packages import from_b64u
from fieldapp.db import milliseconds, reading, writing
from fieldapp.models import server_keys
from fieldapp.models.records import Kept, Record
from fieldapp.models.vaults import PinShare, Vault
from sync import push, wire
from tests.phones import Asker

REPORT = {
    "unsent": 3, "oldest": 1_790_000_000_000, "free_bytes": 5_000_000_000, "persisted": True,
    "ways": ["secret", "pin"], "model": "红米 9A", "locked": False,
}  # fmt: skip


def row_of(phone):
    with reading() as session:
        return session.scalars(select(Vault).where(Vault.vault_id == phone.device.vault_id)).one()


def by_administrator(act, phone, county, clock):
    with writing() as session:
        act(session, county.acting(session, "administrator"), phone.device.vault_id, clock())


def kinds(head):
    return [directive["kind"] for directive in head["directives"]]


# --- what it says ----------------------------------------------------------------------------------------------------


def test_a_phone_tells_of_itself_and_the_desk_knows_it(enrolled, app, clock):
    phone = enrolled()
    phone.device.report = REPORT
    phone.sync()
    row = row_of(phone)
    assert (row.unsent, milliseconds(row.oldest_unsent_at), row.free_bytes) == (3, REPORT["oldest"], 5_000_000_000)
    assert (row.is_persisted, row.is_locked, row.ways, row.model) == (True, False, "secret pin", "红米 9A")
    assert row.reported_at == clock()
    assert phone.device.report is None  # said once


@pytest.mark.parametrize(
    "change", [{"ways": ["tattoo"]}, {"model": "x" * 61}, {"unsent": -1}, {"persisted": "yes"}, {"imei": "1"}]
)
def test_what_a_phone_may_say_of_itself_is_bounded(enrolled, change):
    phone = enrolled()
    phone.device.report = {**REPORT, **change}
    assert phone.post(phone.device.request()).json["code"] == "frame_malformed"


def test_an_older_phone_says_nothing_and_goes_on_working(enrolled, county):
    phone = enrolled()
    phone.device.keys_version = None
    phone.fill_in(county)
    head = phone.sync()
    assert phone.device.queue == [] and "keys" not in head


# --- keys ------------------------------------------------------------------------------------------------------------


def test_a_new_server_key_reaches_a_phone_by_its_next_exchange(enrolled, county, clock):
    phone = enrolled()
    assert "keys" not in phone.sync()
    clock.advance(days=90)
    with writing() as session:
        new = server_keys.rotate(session, clock())
    assert phone.sync()["keys"]["keys_version"] == 2
    assert phone.crypto.server_key[0] == new
    assert "keys" not in phone.sync()
    assert row_of(phone).keys_version == 2
    phone.fill_in(county)
    assert phone.sync()["results"][0]["status"] == "ok"


def test_a_list_of_keys_that_another_key_signed_is_not_taken(enrolled, clock):
    phone = enrolled()
    phone.crypto.identity = signatures.public_point(signatures.new_private_key())
    before = phone.crypto.server_key
    with writing() as session:
        server_keys.rotate(session, clock())
    phone.sync()
    assert phone.crypto.server_key == before and phone.device.keys_version == 1


# --- suspended, revoked ----------------------------------------------------------------------------------------------


def test_a_suspended_phone_gets_nothing_until_it_is_given_back(enrolled, county, clock, session):
    phone = enrolled()
    by_administrator(vaults.suspend, phone, county, clock)
    head = phone.sync()
    assert (kinds(head), head["page"], head["pull_refused"]) == (["suspended"], None, "suspended")
    by_administrator(vaults.give_back, phone, county, clock)
    head = phone.sync()
    assert "suspended" not in kinds(head) and head["page"]["changes"]


@pytest.mark.parametrize("act", [vaults.suspend, vaults.revoke])
def test_work_of_a_stopped_phone_is_kept_aside_up_to_a_limit_and_beyond_it_stays_on_the_phone(
    enrolled, county, clock, monkeypatch, act
):
    # Given a stopped phone with more work than is kept of one
    monkeypatch.setattr(push, "STOPPED_PACKAGES_MAX", 3)
    phone = enrolled()
    by_administrator(act, phone, county, clock)
    for _ in range(5):
        phone.fill_in(county)
    # When it hands in
    request = phone.device.request()
    said = [(row["status"], row["reason"]) for row in phone.sync_with(request)["results"]]
    # Then what fits is kept, and the rest is refused with its reason and stays in the queue
    reason = "suspended" if act is vaults.suspend else "revoked"
    assert said == [("quarantined", reason)] * 3 + [("refused", "quarantine_full")] * 2
    assert len(phone.device.queue) == 2
    # And the same bytes again are no more work
    again = [row["status"] for row in phone.sync_with(replace(request, sent=()))["results"]]
    assert again == ["quarantined"] * 3 + ["refused"] * 2
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(Kept)) == 3
    # But a danger is never refused
    danger = {"at": 1, "dangers": ["danger_now"], "called": [], "place": "", "who": "", "case_code": None}
    phone.device.hand_in("urgent", {**danger, "reported_to": None, "confirms": None}, signed=False)
    assert phone.sync()["results"][-1]["status"] == "ok"


def test_a_revoked_phone_is_never_given_back(enrolled, county, clock):
    phone = enrolled()
    by_administrator(vaults.revoke, phone, county, clock)
    for act in (vaults.give_back, vaults.suspend, vaults.revoke):
        with pytest.raises(vaults.Problem, match="vault_state_changed"):
            by_administrator(act, phone, county, clock)


def test_nobody_stops_a_phone_outside_her_regions(enrolled, county, clock):
    phone = enrolled()
    for who in ("supervisor", "caseworker"):
        for act in (vaults.suspend, vaults.revoke, vaults.order_wipe):
            with writing() as session, pytest.raises(vaults.Problem, match="not_found"):
                act(session, county.acting(session, who), phone.device.vault_id, clock())


# --- wiped -----------------------------------------------------------------------------------------------------------


def test_a_wipe_hands_in_first_then_deletes_and_says_so(enrolled, county, clock):
    # Given a phone with a share and unsent work
    phone = enrolled()
    asker = Asker(phone)
    asker.ask("set", b"p" * 32)
    phone.sync()
    phone.fill_in(county)
    # When a wipe is ordered
    by_administrator(vaults.order_wipe, phone, county, clock)
    with reading() as session:
        assert session.scalars(select(PinShare)).all() == []  # at once, whatever the phone does
    head = phone.sync()
    # Then it is told so under the pinned key, it takes its work in, and gives nothing
    assert "wipe" in kinds(head) and head["pull_refused"] == "wipe" and head["page"] is None
    assert head["results"][0]["status"] == "ok"
    assert phone.device.wiping and phone.device.held == {} and not phone.device.is_wiped
    # And once it says that it is done, it is revoked, and the order is over
    head = phone.sync()
    assert phone.device.is_wiped and kinds(head) == ["revoked"]
    row = row_of(phone)
    assert (row.state, row.wiped_unsent, row.wiped_at) == ("revoked", 0, clock())
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(Record)) == 1


@pytest.mark.parametrize("act", [vaults.suspend, vaults.revoke])
def test_a_stopped_phone_is_wiped_too_and_says_what_it_could_not_hand_in(enrolled, county, clock, monkeypatch, act):
    monkeypatch.setattr(push, "STOPPED_PACKAGES_MAX", 1)
    phone = enrolled()
    by_administrator(act, phone, county, clock)
    by_administrator(vaults.order_wipe, phone, county, clock)
    for _ in range(3):
        phone.fill_in(county)
    assert kinds(phone.sync())[0] == "wipe"
    while not phone.device.is_wiped:
        phone.sync()
    row = row_of(phone)
    assert (row.state, row.wiped_unsent) == ("revoked", 2)


def test_an_order_to_wipe_that_the_server_did_not_sign_is_not_followed(enrolled, county, clock):
    phone = enrolled()
    phone.crypto.identity = signatures.public_point(signatures.new_private_key())
    by_administrator(vaults.order_wipe, phone, county, clock)
    phone.sync()
    assert phone.device.wiping is None


def test_an_order_is_for_one_vault(enrolled, county, clock):
    phone, other = enrolled(), enrolled("cadre")
    by_administrator(vaults.order_wipe, phone, county, clock)
    order = next(d for d in phone.sync()["directives"] if d["kind"] == "wipe")
    text = wire.signed_text("fieldapp/1/wipe", str(phone.device.vault_id), order["order"], order["at"])
    assert signatures.verify(other.crypto.identity, from_b64u(order["signature"]), text)
    other.device._begin_wipe(order)
    assert other.device.wiping is None


def test_only_the_order_that_was_given_counts_as_carried_out(enrolled, county, clock):
    phone = enrolled()
    phone.device.wiping = phone.new_id()
    phone.sync()
    assert row_of(phone).wiped_at is None and row_of(phone).state == "active"


def test_a_vault_that_is_to_be_wiped_has_no_share_and_sets_none(enrolled, county, clock):
    phone = enrolled()
    by_administrator(vaults.order_wipe, phone, county, clock)
    asker = Asker(phone)
    assert asker.ask("set", b"p" * 32)[1]["code"] == asker.ask("get", b"p" * 32)[1]["code"] == "share_gone"


# --- policies --------------------------------------------------------------------------------------------------------


def test_a_phone_is_told_its_policies(enrolled, clock):
    phone = enrolled()
    phone.sync_all()
    policy = phone.device.held["me"]["policy"]
    assert policy == {
        "idle_s": 300, "visit_session_s": 3600, "preload_h": 72, "draft_copy_s": 180, "ways": ["secret", "pin"],
        "pin_digits": 6, "secret_minimum": 12, "training": True, "off": [],
        "lease_until": milliseconds(clock()) + 35 * 86_400_000,
    }  # fmt: skip
