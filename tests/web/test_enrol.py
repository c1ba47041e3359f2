"""Enrolment: one answer for every failure, a code that is used once, keys that prove themselves."""

import json
from typing import Any

import pytest
from sqlalchemy import func, select

from fieldapp.actions import accounts, enrol
from fieldapp.crypto import keys, packages, passwords, signatures
from fieldapp.db import writing
from fieldapp.models import settings
from fieldapp.models.vaults import DeviceCode, Vault
from tests.phones import Phone, issue_code, prepare_server


@pytest.fixture
def new_phone(phone: Any, session: Any, county: Any, clock: Any) -> Phone:
    """A phone that nobody has enrolled."""
    prepare_server(session, clock())
    return Phone(phone, clock, 1)


def test_a_phone_is_enrolled_by_the_code_that_the_desk_shows(new_phone, session, county, clock):
    issued = accounts.issue_device_code(session, county.acting(session, "administrator"), county.caseworker_id, clock())
    session.commit()
    code, fingerprint = issued.text[:12], issued.text[12:]
    reply = new_phone.enrol("caseworker", code).json
    identity = packages.from_b64u(reply["identity_key"])
    assert keys.fingerprint_of(identity) == fingerprint
    rows = [[k["key_id"], k["suite"], k["public"], k["from"], k["until"]] for k in reply["server_keys"]]
    signed = signatures.signed_text(["fieldapp/1/keys", reply["keys_version"], rows])
    assert signatures.verify(identity, packages.from_b64u(reply["keys_signature"]), signed)
    assert reply["person"]["role"] == "caseworker" and reply["district"] == county.district
    session.rollback()
    assert session.scalars(select(Vault)).one().issued_by == county.administrator_id


@pytest.mark.parametrize("wrong", ["login", "password", "code", "expired", "somebody_elses", "signature", "one_key"])
def test_whatever_is_wrong_the_answer_is_the_same(new_phone, session, county, clock, wrong):
    who = "cadre" if wrong == "somebody_elses" else "caseworker"
    code = issue_code(session, county, who, clock())
    asked = json.loads(new_phone.device.enrolment("caseworker", county.password, code))
    if wrong == "login":
        asked["login"] = "nobody"
    elif wrong == "password":
        asked["password"] = "not the password"
    elif wrong == "code":
        asked["code"] = "0" * 12
    elif wrong == "expired":
        clock.advance(minutes=15)
    elif wrong == "signature":
        asked["author_signature"] = asked["transport_signature"]
    elif wrong == "one_key":
        asked["author_key"], asked["author_signature"] = asked["transport_key"], asked["transport_signature"]
    response = new_phone.client.post("/sync/v1/enrol", data=json.dumps(asked))
    assert response.status_code == 403 and response.json["code"] == "enrol_refused"
    assert set(response.json) == {"code", "title", "what_to_do"}
    session.rollback()
    assert session.scalars(select(DeviceCode)).one().used_by_vault is None
    assert session.scalar(select(func.count()).select_from(Vault)) == 0


def test_a_code_is_used_once(new_phone, phone, session, county, clock):
    code = issue_code(session, county, "caseworker", clock())
    assert new_phone.enrol("caseworker", code).status_code == 200
    assert Phone(phone, clock, 2).enrol("caseworker", code).status_code == 403


def test_a_lost_reply_can_be_asked_for_again_with_the_same_keys(new_phone, session, county, clock):
    code = issue_code(session, county, "caseworker", clock())
    first, second = new_phone.enrol("caseworker", code), new_phone.enrol("caseworker", code)
    assert first.status_code == second.status_code == 200
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Vault)) == 1


def test_failures_make_the_next_try_wait_for_this_account_alone(new_phone, phone, session, county, clock):
    for _ in range(4):
        assert new_phone.enrol("caseworker", "0" * 12).status_code == 403
    response = new_phone.enrol("caseworker", "0" * 12)
    assert response.status_code == 429 and int(response.headers["Retry-After"]) >= 2
    code = issue_code(session, county, "cadre", clock())
    assert Phone(phone, clock, 2).enrol("cadre", code).status_code == 200
    clock.advance(seconds=3)
    assert new_phone.enrol("caseworker", issue_code(session, county, "caseworker", clock())).status_code == 200


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"\xff", b'{"v":1}', b'{"v":' + b"[" * 4000, b"x" * 9000])
def test_what_is_no_enrolment_is_refused_before_anything_is_looked_up(new_phone, body):
    response = new_phone.client.post("/sync/v1/enrol", data=body)
    assert response.status_code in (400, 413) and "what_to_do" in response.json


def test_enrolment_answers_in_the_language_that_is_asked_for(phone, county, clock):
    asked = Phone(phone, clock, 1).device.enrolment("caseworker", "not the password", "0" * 12)
    said = [
        phone.post("/sync/v1/enrol", data=asked, headers={"Accept-Language": tongue}).json["title"]
        for tongue in ("zh-CN", "en")
    ]
    assert said[0] != said[1] and said[1].isascii()


def test_the_desk_has_no_door_for_phones(desk, county):
    assert desk.post("/sync/v1/enrol", data=b"{}").status_code == 404
    assert desk.post("/sync/v1/exchange", data=b"").status_code == 404


def test_an_address_that_guesses_many_names_has_to_wait_whoever_it_asks_for(new_phone, session, county, clock):
    for number in range(31):
        asked = new_phone.device.enrolment(f"nobody{number}", "x" * 12, "0" * 12)
        assert new_phone.client.post("/sync/v1/enrol", data=asked).status_code == 403
    code = issue_code(session, county, "caseworker", clock())
    assert new_phone.enrol("caseworker", code).status_code == 429
    clock.advance(seconds=3)
    assert new_phone.enrol("caseworker", code).status_code == 200


def test_a_password_is_checked_while_others_can_write(new_phone, session, county, clock, monkeypatch):
    real, seen = passwords.matches, []

    def matches(*args: Any) -> bool:
        with writing() as other:  # waits for ever, and fails, where the check itself holds the write lock
            settings.put(other, "seen", "1")
        seen.append(True)
        return real(*args)

    code = issue_code(session, county, "caseworker", clock())
    monkeypatch.setattr(passwords, "matches", matches)
    assert new_phone.enrol("caseworker", code).status_code == 200 and seen


def test_a_password_changed_since_it_was_checked_enrols_nobody(session, new_phone, county, clock):
    code = issue_code(session, county, "caseworker", clock())
    asked = enrol.read(new_phone.device.enrolment("caseworker", county.password, code))
    proved = enrol.check(session, asked, "", clock())
    accounts.set_password(
        session, county.acting(session, "administrator"), county.caseworker_id, "another password 42", clock()
    )
    assert enrol.enrol(session, asked, proved, "", clock()).reply is None
