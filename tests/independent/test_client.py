"""A client written from docs/protocol.md alone does a day of work against the real server: the page is enough.

What the desk does is done through its pages; what the client knows of the server is what stands in its replies.
"""

import hashlib
import io
import json
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag

from fieldapp.actions import backups, restores
from fieldapp.db import writing
from tests import factories, reports
from tests.house_reading import python_imports
from tests.independent import sealing
from tests.independent.client import Refused, Untrusted
from tests.independent.example import ME
from tests.independent.steps import case_record, revision, status

HEAD = "hh.head"
THUMB = 9_000


def photo_with_thumb(client, length=150_000):
    photo = client.seal_file(b"\xff\xd8\xff\xe0" + client.chance(length))
    thumb = client.seal_file(b"\xff\xd8\xff\xe0" + client.chance(THUMB), kind="thumb")
    return photo, thumb


def test_nothing_of_the_server_or_of_our_phone_is_in_the_client():
    ours = Path(__file__).parent
    imported = {one for name in ("client.py", "sealing.py") for one in python_imports((ours / name).read_text("utf-8"))}
    assert not [one for one in imported if one.level]
    ours_alone = {one.module for one in imported if one.module.partition(".")[0] not in sys.stdlib_module_names}
    assert {one for one in ours_alone if not one.startswith(("cryptography", "tests.independent"))} == set()


def test_a_day_of_work_from_the_device_code_to_safe(client, report, at_desk, app, config, clock):
    with app.app_context(), writing() as session:
        restores.settle(session, clock())
    about, answers = report
    assert client.held["me"]["person_id"] == client.person["person_id"]
    # Handed in at the door, with a photo beside an answer whose link is cut on the way
    photo, thumb = photo_with_thumb(client)
    papers = {HEAD: [photo.value(client.now_ms(), thumb)]}
    door = revision(client, about, answers, intent="door", papers=papers)
    client.exchange_all()
    assert status(client, door) == ("ok", None, "door_submitted") and client.queue == []
    client.send_file(thumb, about["record_id"])
    assert client.announce(photo, about["record_id"]) == {"offset": 0, "state": "partial", "reason": None, "seq": None}
    client.send.is_cut = True
    with pytest.raises(ConnectionError):
        client.send_piece(photo, 0)
    client.send.is_cut = False
    assert int(client.ask_file(photo)["Upload-Offset"]) == 65_536  # what was taken before the cut stays
    photo_seq = client.send_file(photo, about["record_id"])
    # Handed in for review, returned with a remark, corrected, approved
    submit = revision(client, about, answers, [door.head["revision_id"]], papers=papers)
    client.exchange_all()
    assert status(client, submit) == ("ok", None, "submitted")
    desk, page = at_desk("supervisor"), f"/reports/{about['record_id']}"
    desk.get(page)
    desk.post(f"{page}/open")
    desk.get(page)
    assert str(photo.file_id) in desk.page
    desk.post(f"{page}/remarks", path=HEAD, kind="must_fix", text="与户口簿不一致")
    desk.post(f"{page}/return", **desk.read_revision())
    client.exchange_all()
    returned = case_record(client, about)
    assert (returned["state"], returned["answers"]) == ("returned", answers)
    remark = returned["returned"]["remarks"][0]
    assert (remark["path"], remark["kind"], remark["text"]) == (HEAD, "must_fix", "与户口簿不一致")
    reply = {"remark_id": remark["remark_id"], "reply": "changed", "text": "已核对"}
    mended = reports.changed(answers, {HEAD: "刘小梅"})
    second = revision(client, about, mended, [returned["head"]], replies=[reply], papers=papers)
    client.exchange_all()
    assert status(client, second) == ("ok", None, "submitted")
    desk.get(page)
    desk.post(f"{page}/open")
    desk.get(page)
    assert "刘小梅" in desk.page and "已核对" in desk.page
    assert desk.post(f"{page}/approve", **desk.read_revision()).status_code == 303, desk.page
    client.exchange_all()
    assert case_record(client, about)["state"] == "approved"
    # Not safe before a backup was verified, safe after it
    assert not client.is_safe(second) and {"kind": "unsafe"} in client.directives
    folder = config.data_dir.parent / "backups"
    folder.mkdir()
    with app.app_context():
        verified = backups.make(replace(config, backup_dir=folder), clock(), device=lambda path: hash(path))
        with writing() as session:
            backups.mark_safe(session, verified, clock())
    client.exchange_all()
    assert client.is_safe(second) and photo_seq <= client.safe[client.district]


def test_another_server_than_the_one_of_the_code_is_refused_by_the_client(new_client, device_code):
    qr = device_code()
    with pytest.raises(Untrusted):
        new_client().enrol(qr[:-12] + "0" * 12, "caseworker", str(factories.PASSWORD))


def test_a_code_typed_with_other_letters_enrols(new_client, device_code):
    address, _, code = device_code().partition("#")
    typed = code.lower().replace("1", "l").replace("0", "o")
    client = new_client()
    client.enrol(f"{address}#{typed}", "caseworker", str(factories.PASSWORD))
    assert client.person["role"] == "caseworker"


def test_a_code_serves_once(new_client, device_code):
    qr = device_code()
    new_client().enrol(qr, "caseworker", str(factories.PASSWORD))
    with pytest.raises(Refused) as refused:
        new_client().enrol(qr, "caseworker", str(factories.PASSWORD))
    assert refused.value.said["code"] == "enrol_refused"


def test_what_was_answered_is_dup_when_it_is_sent_again(client, report):
    about, answers = report
    item = revision(client, about, answers)
    client.exchange()
    client.queue.append(item)
    client.exchange()
    assert status(client, item)[0] == "dup" and client.queue == []


def test_a_draft_copy_comes_to_the_next_phone_of_the_same_person(client, report, second_phone):
    about, answers = report
    body = {"answers": answers, "recorded": {"started": 1, "language": "zh"}, "position": {"path": HEAD}}
    copy = client.hand_in("draft", body, **about, number=1)
    client.exchange()
    assert status(client, copy)[0] == "ok"
    second = second_phone()
    told = second.held[f"draft:{about['record_id']}"]
    assert (told["number"], told["body"]["answers"], told["form"]) == (1, answers, "F2")
    # Given up by the second phone, it is gone for the third
    void = second.hand_in("void", {"reason": "mistake", "text": ""}, **about)
    second.exchange_all()
    assert status(second, void)[0] == "ok"
    third = second_phone()
    assert f"draft:{about['record_id']}" not in third.held


def test_a_report_may_be_taken_back_before_its_review_opens(client, report):
    about, answers = report
    sent = revision(client, about, answers)
    client.exchange()
    withdraw = client.hand_in("withdraw", {"reason": "mistake", "text": ""}, **about)
    client.exchange_all()
    assert status(client, withdraw) == ("ok", None, "draft") and status(client, sent)[0] == "ok"
    assert case_record(client, about)["answers"] == answers


def test_a_danger_goes_out_of_a_locked_phone_and_is_confirmed_after_the_unlock(client, report, at_desk):
    client.is_locked = True
    danger = {
        "at": client.now_ms(), "dangers": ["danger_now"], "called": [], "place": "村口小卖部", "who": "",
        "case_code": None, "reported_to": "police", "confirms": None,
    }  # fmt: skip
    sent = client.hand_in("urgent", danger, signed=False)
    assert client.exchange()["page"] is None
    assert status(client, sent)[0] == "ok"
    client.is_locked = False
    confirmed = client.hand_in("urgent", {**danger, "confirms": sent.op})
    client.exchange()
    assert status(client, confirmed)[0] == "ok"
    assert "村口小卖部" in at_desk("supervisor").get("/").text


def test_a_pin_gets_its_share_of_the_server_back_and_a_wrong_one_does_not(client):
    salt, secret = client.chance(16), client.chance(32)
    proof = client.proof(hashlib.scrypt(b"135790", salt=salt, n=16, r=1, p=1, dklen=32), secret, salt)
    share = client.share("set", proof)
    assert len(share) == 32 and client.share("get", proof) == share
    with pytest.raises(Refused) as refused:
        client.share("get", bytes(32))
    assert (refused.value.status, refused.value.said["code"], refused.value.said["tries_left"]) == (403, "wrong_pin", 9)
    assert client.share("remove") is None
    with pytest.raises(Refused) as gone:
        client.share("get", proof)
    assert (gone.value.status, gone.value.said["code"]) == (410, "share_gone")


def test_a_file_named_by_no_head_request_is_not_found(client):
    with pytest.raises(Refused) as refused:
        client.ask_file(client.seal_file(b"never announced"))
    assert refused.value.status == 404


def test_a_file_that_changed_on_the_way_begins_again(client):
    sent = client.seal_file(client.chance(1_000))
    client.announce(sent)
    whole = sent.sealed
    sent.sealed = whole[:-1] + bytes([whole[-1] ^ 1])
    with pytest.raises(Refused) as refused:
        client.send_piece(sent, 0)
    assert (refused.value.status, refused.value.said["code"]) == (460, "digest_wrong")
    sent.sealed = whole
    assert client.announce(sent)["offset"] == 0
    assert client.send_file(sent) > 0


def test_of_all_that_was_sent_the_server_names_what_it_does_not_have(client, report):
    about, answers = report
    item = revision(client, about, answers)
    client.exchange()
    never, unsent = str(client.new_id()), str(client.new_id())
    assert client.digest([item.head["revision_id"], never], [unsent]) == ([never], [unsent])


def test_what_was_carried_to_the_desk_is_dup_on_the_link(client, report, at_desk):
    about, answers = report
    photo, _ = photo_with_thumb(client)
    item = revision(client, about, answers, papers={HEAD: [photo.value(client.now_ms())]})
    desk = at_desk("supervisor")
    desk.get("/hand-in")
    answer = desk.post("/hand-in", file=(io.BytesIO(client.parcel(photo)), "data.bin"))
    assert answer.status_code == 200, answer.text
    client.exchange()
    assert status(client, item)[0] == "dup"
    assert client.announce(photo)["state"] == "complete"


def test_two_phones_write_on_one_ground_and_one_merges(client, report, second_phone):
    about, answers = report
    door = revision(client, about, answers, intent="door")
    client.exchange_all()
    other = second_phone()
    first = revision(client, about, reports.changed(answers, {HEAD: "刘小梅"}), [door.head["revision_id"]], "door")
    client.exchange_all()
    theirs = reports.changed(answers, {"hh.split": "yes"})
    second = revision(other, about, theirs, [door.head["revision_id"]], "door")
    other.exchange_all()
    assert status(other, second)[0] == "conflict"
    told = case_record(other, about)["conflict"]
    beside = told["beside"][0]
    assert (told["head"]["revision_id"], beside["revision_id"]) == (
        first.head["revision_id"],
        second.head["revision_id"],
    )
    assert beside["base"]["revision_id"] == door.head["revision_id"]
    both = [told["head"]["revision_id"], beside["revision_id"]]
    merged = revision(other, about, reports.changed(theirs, {HEAD: "刘小梅"}), both, "door")
    other.exchange_all()
    assert status(other, merged)[0] == "ok" and "conflict" not in case_record(other, about)


def test_a_clock_that_is_wrong_costs_the_page_and_not_the_work(client, report):
    about, answers = report
    right = client.now_ms
    client.now_ms = lambda: right() + timedelta(hours=2) // timedelta(milliseconds=1)
    item = revision(client, about, answers)
    head = client.exchange()
    assert (head["pull_refused"], head["t"], status(client, item)[0]) == ("clock", right(), "ok")


def test_what_it_seals_opens_again_and_one_turned_bit_does_not(client, report):
    about, answers = report
    item = revision(client, about, answers)
    head, body = sealing.open_package(item.package, item.envelope.sealing_key)
    assert head["record_id"] == about["record_id"] and "刘梅".encode() in body
    damaged = item.package[:-1] + bytes([item.package[-1] ^ 1])
    with pytest.raises(InvalidTag):
        sealing.open_package(damaged, item.envelope.sealing_key)


def is_within(known, told):
    """Whether all that an older client knows is still told, of the same type; more may have come."""
    if isinstance(known, dict):
        return isinstance(told, dict) and all(is_within(inner, told.get(name)) for name, inner in known.items())
    if isinstance(known, list):
        return isinstance(told, list) and all(is_within(known[0], one) for one in told)
    return type(known) is type(told)


def test_me_still_tells_all_that_the_frozen_one_told(client, report):
    known = json.loads(ME.read_text(encoding="utf-8"))["me"]
    assert is_within(known, client.held["me"])
