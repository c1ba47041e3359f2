"""Bad input through the door of the phones: each has a clear answer, and nothing is lost."""

import json
import os
import zlib
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from fieldapp import jobs
from fieldapp.actions.findings import body_of
from fieldapp.crypto import packages
from fieldapp.db import reading
from fieldapp.models import bodies, settings
from fieldapp.models.cases import Urgent, Visit
from fieldapp.models.records import Kept, Record, Revision
from fieldapp.models.vaults import Vault
from sync import pull, wire
from tests import factories
from tests.phones import Phone


def _send(worker: Phone, item: Any, package: bytes) -> Any:
    """Send these bytes in the place of an item's package."""
    changed = replace(item, package=package, op=UUID(bytes=package[:16]))
    worker.device.queue[worker.device.queue.index(item)] = changed
    worker.sync()
    return changed


def _kept_whole(session: Any, county: Any) -> tuple[str, bytes]:
    """(reason, package) of the one thing that is kept for a person."""
    session.rollback()
    row = session.scalars(select(Kept)).one()
    key = (county.district, row.kept_id)
    frame = bodies.open_for_district(
        session, county.district, "kept_package", "sealed_package", key, row.sealed_package
    )
    head, payload = wire.read_frame(frame)
    session.rollback()
    return row.reason, bytes(payload[: head["package"]])


@pytest.mark.parametrize("at", [16, 60, -1, -200])
def test_a_tampered_package_is_kept_and_said(enrolled, county, session, at):
    worker = enrolled()
    item = worker.fill_in(county)
    package = bytearray(item.package)
    package[at] ^= 1
    sent = _send(worker, item, bytes(package))
    result = worker.result(sent)
    reason = {16: "unknown_suite"}.get(at, "damaged")
    assert (result["status"], result["reason"]) == ("quarantined", reason)
    assert _kept_whole(session, county) == (reason, bytes(package))


@pytest.mark.parametrize("length", [16, 40, 53, 100, 300])
def test_a_truncated_package_is_kept_and_said(enrolled, county, session, length):
    worker = enrolled()
    item = worker.fill_in(county)
    sent = _send(worker, item, item.package[:length])
    assert worker.result(sent)["status"] == "quarantined"
    assert _kept_whole(session, county) == ("damaged", item.package[:length])


def test_a_package_of_an_unknown_envelope_is_asked_for_again_under_a_new_one(enrolled, county):
    worker = enrolled()
    item = worker.fill_in(county)
    good, worker.crypto.server_key = worker.crypto.server_key, ("00" * 8, worker.crypto.server_key[1])
    worker.device.unlock()
    worker.device.queue.clear()
    item = worker.fill_in(county)
    worker.crypto.server_key = good
    worker.sync()
    again = worker.device.queue[0]
    assert again.op != item.op and again.head["revision_id"] == item.head["revision_id"]
    worker.sync()
    assert worker.result(again)["status"] == "ok"


def test_one_damaged_bit_of_an_envelope_costs_none_of_what_that_unlock_sealed(enrolled, county):
    worker = enrolled()
    written = [worker.fill_in(county), worker.fill_in(county)]
    whole = written[0].envelope
    torn = replace(whole, sealed=whole.sealed[:70] + bytes([whole.sealed[70] ^ 1]) + whole.sealed[71:])
    worker.device.queue[:] = [replace(item, envelope=torn) for item in written]
    worker.device.unlock()
    worker.sync()
    again = list(worker.device.queue)
    assert [item.head["revision_id"] for item in again] == [item.head["revision_id"] for item in written]
    worker.sync()
    assert [worker.result(item)["status"] for item in again] == ["ok", "ok"]


def test_an_unsigned_report_is_kept_and_said(enrolled, county, session):
    worker = enrolled()
    head = {**worker.fill_in(county).head, "author": str(county.caseworker_id)}
    worker.device.queue.clear()
    envelope = worker.crypto.new_envelope()
    package = worker.crypto.seal(head, b'{"answers":{},"replies":[],"recorded":{},"visitors":[]}', envelope, False)
    item = replace(worker.device.hand_in("void", {}), package=package, op=UUID(bytes=package[:16]), envelope=envelope)
    worker.device.queue = [item]
    worker.sync()
    assert (worker.result(item)["status"], worker.result(item)["reason"]) == ("quarantined", "unsigned")


def test_a_report_signed_by_another_phone_is_kept_and_said(enrolled, county):
    worker, other = enrolled(), enrolled()
    worker.crypto._author, kept = other.crypto._author, worker.crypto._author
    item = worker.fill_in(county)
    worker.crypto._author = kept
    worker.sync()
    assert worker.result(item)["reason"] == "bad_signature"


def test_a_report_in_the_name_of_somebody_else_is_kept_and_said(enrolled, county):
    worker = enrolled()
    item = worker.fill_in(county, author=str(county.second_caseworker_id))
    worker.sync()
    assert worker.result(item)["reason"] == "not_the_author"


def test_a_replayed_package_changes_nothing(enrolled, county, session):
    worker = enrolled()
    item = worker.fill_in(county)
    worker.sync()
    worker.device.queue = [item]
    worker.sync()
    assert worker.result(item)["status"] == "dup"
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Revision)) == 1


def test_a_replayed_package_under_a_known_id_with_other_bytes_is_kept(enrolled, county, session):
    worker = enrolled()
    item = worker.fill_in(county)
    worker.sync()
    worker.device.queue = [item]
    sent = _send(worker, item, item.package[:-1] + bytes([item.package[-1] ^ 1]))
    assert worker.device.attention[sent.op].result["reason"] == "package_reused"
    assert _kept_whole(session, county)[0] == "package_reused"


def test_the_same_revision_id_with_other_bytes_keeps_both(enrolled, county, session):
    worker = enrolled()
    first = worker.fill_in(county)
    named = {"record_id": first.head["record_id"], "revision_id": first.head["revision_id"]}
    second = worker.fill_in(county, **named, body={"answers": {"todo": "F5"}})
    worker.sync()
    result = worker.result(second)
    assert (result["status"], result["reason"]) == ("conflict", "other_bytes")
    rows = session.scalars(select(Revision).order_by(Revision.revision_id)).all()
    assert {str(row.signed_revision_id) for row in rows} == {first.head["revision_id"]} and len(rows) == 2
    assert result["kept_as"] in {str(row.revision_id) for row in rows} - {first.head["revision_id"]}
    session.rollback()
    # And a repeat of it, sealed anew, is a repeat.
    package = bytearray(second.package)
    worker.device.queue = [replace(second, package=bytes(package))]
    worker.sync()
    assert worker.result(second)["status"] == "conflict"
    assert session.scalar(select(func.count()).select_from(Revision)) == 2


@pytest.mark.parametrize("named", [{"form_version": 99}, {"form": "F9"}, {"form": "F3V"}])
def test_a_form_the_server_does_not_know_is_kept_whole(enrolled, county, session, named):
    worker = enrolled()
    item = worker.fill_in(county, **named)
    worker.sync()
    assert worker.result(item)["reason"] == "unknown_form"
    assert _kept_whole(session, county) == ("unknown_form", item.package)


def test_answers_of_another_shape_are_kept_whole(enrolled, county, session):
    worker = enrolled()
    item = worker.fill_in(county, body={"answers": {"no such question": 1}})
    worker.sync()
    assert worker.result(item)["reason"] == "shape"
    assert _kept_whole(session, county) == ("shape", item.package)


def test_what_builds_on_kept_work_is_kept_beside_it_and_does_not_wait_for_ever(enrolled, county):
    worker = enrolled()
    parent = worker.fill_in(county, body={"answers": {"no such question": 1}})
    child = worker.fill_in(county, record_id=parent.head["record_id"], parents=[parent.head["revision_id"]])
    later = worker.fill_in(county)
    worker.sync()
    assert worker.result(child)["reason"] == "parent_kept"
    assert worker.result(later)["status"] == "ok"


@pytest.mark.parametrize("years", [-56, 64])
def test_a_clock_of_1970_or_2090_pushes_all_the_same_and_asks_once_more(enrolled, county, years):
    worker = enrolled()
    worker.skew = timedelta(days=365 * years)
    item = worker.fill_in(county)
    head = worker.sync()
    assert worker.result(item)["status"] == "ok"
    assert head["page"] is None and head["pull_refused"] == "clock"
    assert worker.sync()["page"] is not None and worker.device.pull_refused is None


def test_a_body_that_inflates_without_end_is_kept(enrolled, county, session, monkeypatch):
    worker = enrolled()
    compress, body = zlib.compress, b'{"answers"'
    endless = compress(body + b':{"todo":"' + b" " * 20_000_000 + b'"}}', 9)
    monkeypatch.setattr(packages.zlib, "compress", lambda text: endless if text.startswith(body) else compress(text))
    item = worker.fill_in(county)
    monkeypatch.undo()
    worker.sync()
    assert worker.result(item)["reason"] == "package_too_large"
    assert _kept_whole(session, county) == ("package_too_large", item.package)


def test_an_oversized_package_is_kept_when_it_comes_alone(enrolled, county, session):
    worker = enrolled()
    item = worker.fill_in(county)
    sent = _send(worker, item, item.package + os.urandom(wire.BODY_SEALED_BYTES_MAX))
    assert worker.result(sent)["reason"] == "package_too_large"
    assert _kept_whole(session, county)[0] == "package_too_large"


def test_a_frame_beyond_its_bound_is_refused_before_it_is_read(enrolled, county):
    worker = enrolled()
    body = bytes(wire.REQUEST_BYTES_MAX + 1)
    response = worker.client.post("/sync/v1/exchange", data=body, headers=worker.device.headers(body))
    assert response.status_code == 413 and response.json["code"] == "frame_too_large"


@pytest.mark.parametrize(
    "body", [b"", b"\x00\x00\x00\x02{}", b"\xff\xff\xff\xff", b"\x00\x00\x00\x09{}", b"\x00\x00\x00\x02{}more"]
)
def test_what_is_no_frame_is_refused(enrolled, county, body):
    worker = enrolled()
    response = worker.client.post("/sync/v1/exchange", data=body, headers=worker.device.headers(body))
    assert response.status_code in (400, 413) and response.json["code"] in ("frame_malformed", "frame_too_large")


def test_an_unknown_vault_and_a_wrong_transport_signature_are_answered_alike(enrolled, county):
    worker = enrolled()
    request = worker.device.request()
    answers = [
        worker.post(request, headers=changed).data
        for changed in ({"FieldApp-Vault": worker.new_id()}, {"FieldApp-Signature": "A" * 86}, {"FieldApp-Vault": "x"})
    ]
    assert answers[0] == answers[1] == answers[2]
    assert json.loads(answers[0])["code"] == "unknown_vault"


def test_a_pull_with_a_wrong_author_signature_is_refused_and_its_push_taken(enrolled, county):
    worker = enrolled()
    item = worker.fill_in(county)
    worker.crypto.sign_author = lambda text: bytes(64)
    head = worker.sync()
    assert head["pull_refused"] == "bad_signature" and head["page"] is None
    assert worker.result(item)["status"] == "ok"


@pytest.mark.parametrize("state", ["revoked", "suspended"])
def test_a_stopped_phone_hands_its_work_in_and_learns_nothing(enrolled, county, session, state):
    worker = enrolled()
    first = worker.fill_in(county)
    worker.sync()
    session.scalars(select(Vault)).one().state = state
    session.commit()
    worker.device.queue = [first]  # the state comes before any stored result
    item = worker.fill_in(county)
    danger = worker.device.hand_in("urgent", {"dangers": ["danger_now"]})
    head = worker.sync()
    said = [
        (worker.device.attention[i.op].result["status"], worker.device.attention[i.op].result["reason"])
        for i in (first, item)
    ]
    assert said == [("quarantined", state)] * 2
    assert head["page"] is None and head["pull_refused"] == state and head["directives"] == [{"kind": state}]
    assert head["safe"] == {} and head["audit"] == {}
    assert worker.result(danger)["status"] == "ok"
    assert [row.signed for row in session.scalars(select(Urgent))] == [False]
    assert session.scalar(select(func.count()).select_from(Kept)) == 2


def test_an_id_of_another_county_is_answered_byte_for_byte_like_an_unknown_one(enrolled, county, session, clock):
    far = factories.county(session, clock(), factories.OTHER_DISTRICT)
    session.commit()
    worker = enrolled()
    elsewhere = worker.fill_in(county, case_id=far.case_id)
    with_district = worker.fill_in(county, case_id=far.case_id, district=far.district, visit_id=str(far.visit_id))
    unknown = worker.fill_in(county, case_id=UUID(worker.new_id()))
    unknown_there = worker.fill_in(county, case_id=UUID(worker.new_id()), district=far.district)
    of_a_neighbour = worker.fill_in(county, case_id=_not_assigned(session, county, clock))
    worker.sync()
    answers = [
        json.dumps({**worker.result(item), "op": ""}).encode()
        for item in (elsewhere, with_district, unknown, unknown_there, of_a_neighbour)
    ]
    assert len(set(answers)) == 1 and b'"not_yours"' in answers[0]
    assert session.scalar(select(func.count()).select_from(Record)) == 0


def _not_assigned(session: Any, county: Any, clock: Any) -> UUID:
    case_id = factories.case(session, clock(), village=county.other_village)
    session.commit()
    return case_id


def test_a_record_of_somebody_else_is_not_hers_to_write(enrolled, county, session):
    worker, colleague = enrolled(), enrolled("second_caseworker")
    item = colleague.fill_in(county)
    colleague.sync()
    named = {"record_id": item.head["record_id"], "parents": [item.head["revision_id"]]}
    meddling = worker.fill_in(county, **named)
    worker.sync()
    assert worker.result(meddling)["reason"] == "not_yours"


def test_markup_in_a_name_arrives_as_it_was_typed(enrolled, county, session):
    worker = enrolled()
    markup = "<script>alert(1)</script>"
    item = worker.fill_in(county, body={"answers": {"todo": markup}})
    worker.sync()
    assert worker.result(item)["status"] == "ok"
    head = session.scalars(select(Revision)).one()
    key = (county.district, head.revision_id)
    plain = bodies.open_for_case(
        session, county.district, county.case_id, "revision", "sealed_body", key, head.sealed_body
    )
    assert json.loads(plain)["answers"]["todo"] == markup
    assert sha256(plain).digest() == head.plain_hash


def test_a_village_cadre_sees_neutral_things_alone(enrolled, county, session, clock):
    case_id = factories.case(session, clock())
    factories.assign(session, clock(), case_id, county.cadre_id)
    visit_id = factories.visit(session, clock(), case_id, [county.cadre_id], forms="F3V")
    session.get_one(Visit, (county.district, visit_id)).purpose = "village_follow_up"
    session.commit()
    cadre = enrolled("cadre")
    cadre.sync_all()
    bundle = cadre.device.held[f"case:{case_id}"]
    held = {ref for ref in cadre.device.held if not ref.startswith("regions:")}  # the divisions are public
    assert held == {"me", "plan:F3V@1", "plan:F10@1", f"case:{case_id}"}
    person = bundle["people"][0]
    assert person["name"] == "刘梅" and person["birth_ym"] is person["relation"] is person["sex"] is None
    assert bundle["facts"] == {} and bundle["contact"] is bundle["programme"] is bundle["state"] is None
    item = cadre.device.hand_in(
        "revision",
        {"answers": {}, "replies": [], "recorded": {}, "visitors": []},
        case_id=str(case_id),
        visit_id=str(visit_id),
        record_id=cadre.new_id(),
        revision_id=cadre.new_id(),
        form="F3V",
        form_version=1,
        intent="submit",
    )
    cadre.sync_all()
    assert cadre.result(item)["status"] == "ok"


HALF = b"x\\ud83d"  # half of a sign, as an escape: JSON takes it, UTF-8 has no bytes for it


def _send_text(worker: Phone, county: Any, kind: str, body: bytes, **named: Any) -> Any:
    """Hand in a body as these bytes."""
    device = worker.device
    head = {**worker.fill_in(county).head, "kind": kind, "revision_id": None, "intent": None, **named}
    device.queue.pop()
    device.queue.append(device._sealed(head, body, True))
    return device.queue[-1]


@pytest.mark.parametrize(
    ("kind", "body", "named"),
    [
        ("void", b'{"reason":"other","text":"%s"}', {}),
        ("draft", b'{"answers":{"hh":{"head":"%s"}},"recorded":{},"position":{}}', {"number": 1}),
        ("draft", b'{"answers":{"%s":1},"recorded":{},"position":{}}', {"number": 1}),
        ("revision", b'{"answers":{"hh":{"head":"%s"}},"replies":[],"recorded":{},"visitors":[]}', {"intent": "door"}),
        ("revision", b'{"answers":{"todo":"%s"},"replies":[],"recorded":{},"visitors":[]}', {"intent": "submit"}),
    ],
)
def test_half_a_sign_is_kept_for_a_person_and_closes_neither_push_nor_pull(enrolled, county, kind, body, named):
    worker = enrolled()
    worker.sync_all()
    if kind == "revision":
        named = {**named, "revision_id": worker.new_id()}
    item = _send_text(worker, county, kind, body % HALF, **named)
    other = worker.fill_in(county)
    worker.sync_all()
    assert (worker.result(item)["status"], worker.result(item)["reason"]) == ("quarantined", "shape")
    assert worker.result(other)["status"] == "ok"
    enrolled().sync_all()  # a new phone, which gets everything


def test_a_number_that_json_cannot_say_again_is_kept(enrolled, county):
    worker = enrolled()
    item = _send_text(worker, county, "draft", b'{"answers":{"a":1e999},"recorded":{},"position":{}}', number=1)
    worker.sync()
    assert worker.result(item)["reason"] == "shape"


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b'{"dangers":["danger_now"],"place":"%s","who":"","called":[]}' % HALF, "正有危险"),
        (b'{"dangers":["danger_now"],"at":1e999,"who":5}', "正有危险"),
        (b"not json", "请立即联系"),
        (b"[]", "请立即联系"),
    ],
)
@pytest.mark.parametrize("state", ["active", "revoked"])
def test_a_danger_that_cannot_be_read_is_shown_and_can_be_acknowledged(
    enrolled, county, session, at_desk, body, shown, state
):
    worker = enrolled()
    session.scalars(select(Vault)).one().state = state
    session.commit()
    item = _send_text(worker, county, "urgent", body)
    worker.sync()
    assert worker.result(item)["op"] == str(item.op)
    desk = at_desk("supervisor")
    page = desk.get("/")
    assert page.status_code == 200 and shown in page.text and "李雨" in page.text
    urgent_id = session.scalars(select(Urgent.urgent_id)).one()
    session.rollback()
    assert desk.post(f"/alerts/{urgent_id}/acknowledge").status_code == 303
    assert 'class="alert" role="alert"' not in desk.get("/").text


def test_a_danger_whose_package_is_damaged_is_shown_too(enrolled, county, at_desk):
    worker = enrolled()
    item = worker.device.hand_in("urgent", {"dangers": ["danger_now"]})
    sent = _send(worker, item, item.package[:-1] + bytes([item.package[-1] ^ 1]))
    assert worker.result(sent)["status"] == "quarantined"
    assert "请立即联系" in at_desk("supervisor").get("/").text


@pytest.mark.parametrize(
    "recorded",
    [
        {"now": "x"}, {"now": 10**30}, {"now": None}, {"now": True}, {"started": "x"}, {"zone": 5}, {"language": 5},
        {"random": "x"}, {"random": [0.5]}, {"random": [["a"]]}, {"random": [["a", []]]},
        {"me": "x"}, {"me": {"username": 5}}, {"me": {"phone": "x"}}, {"ended": "x"}, {"off": "photo"}, {"off": [1]},
        {"last_saved": []}, {"place": "x"},
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["revision", "draft"])
def test_a_record_of_clock_and_chance_of_another_type_is_kept(enrolled, county, kind, recorded):
    worker = enrolled()
    if kind == "revision":
        item = worker.fill_in(county, body={"recorded": recorded})
    else:
        named = {
            k: worker.fill_in(county).head[k] for k in ("case_id", "visit_id", "record_id", "form", "form_version")
        }
        worker.device.queue.clear()
        body = {"answers": {}, "recorded": recorded, "position": {}}
        item = worker.device.hand_in("draft", body, number=1, **named)
    worker.sync()
    assert worker.result(item)["reason"] == "shape"


def test_who_wrote_where_and_until_when_is_taken_and_kept(enrolled, county, app):
    me, before = {"username": "李雨", "deviceid": "a"}, {"hh": {"n": 1}}
    recorded = {"me": me, "ended": 5, "off": ["photo"], "last_saved": before}
    worker = enrolled()
    item = worker.fill_in(county, body={"recorded": recorded})
    worker.sync()
    assert worker.result(item)["status"] == "ok"
    with app.app_context(), reading() as session:
        assert body_of(session, session.scalars(select(Revision)).one())["recorded"] == recorded


@pytest.mark.parametrize("recorded", [{}, {"zone": "Mars/Olympus"}, {"zone": "/etc/passwd"}, {"now": -8 * 10**15}])
def test_a_zone_or_clock_nobody_knows_stops_neither_the_page_nor_the_findings(
    enrolled, county, at_desk, app, clock, recorded
):
    worker = enrolled()
    item = worker.fill_in(county, body={"recorded": recorded})
    worker.sync()
    assert worker.result(item)["status"] == "ok"
    desk, record_id = at_desk("supervisor"), item.head["record_id"]
    assert desk.get(f"/reports/{record_id}").status_code == 200
    assert desk.post(f"/reports/{record_id}/open").status_code == 303
    assert desk.get(f"/reports/{record_id}").status_code == 200
    with app.app_context():
        assert jobs.compute_findings(clock()) == 0  # opening the review computed them


@pytest.mark.parametrize(
    "recorded", [5, {"zone": 5, "now": "x", "random": "x"}, {"now": 10**30, "random": [["a", []]]}]
)
def test_what_was_stored_before_its_shape_was_checked_opens_all_the_same(
    session, forms, county, at_desk, clock, recorded
):
    told = json.dumps({"answers": {}, "replies": [], "recorded": recorded, "visitors": []}).encode()
    record_id, _ = factories.record(session, clock(), county, answers=told)
    session.commit()
    assert at_desk("supervisor").get(f"/reports/{record_id}").status_code == 200


def test_a_cursor_that_was_made_up_begins_afresh_and_nobody_else_has_to(enrolled, county, session):
    worker, other = enrolled(), enrolled("cadre")
    worker.sync_all()
    other.sync_all()
    epoch = settings.get(session, settings.EPOCH)
    session.rollback()
    raw = wire.from_b64u(worker.device.cursor)
    said = json.loads(raw[: -pull.MARK_BYTES])
    for seqs in ({county.district: 10**9}, {"000000": 10**9}):
        made_up = json.dumps({**said, "s": seqs}, separators=(",", ":")).encode()
        worker.device.cursor = wire.b64u(made_up + raw[-pull.MARK_BYTES :])
        assert {"kind": "resync"} in worker.sync()["directives"]
    assert settings.get(session, settings.EPOCH) == epoch
    session.rollback()
    told = other.sync()
    assert {"kind": "resync"} not in told["directives"] and told["page"]["changes"] == []


def test_what_builds_on_a_report_that_came_during_a_review_does_not_wait_for_ever(enrolled, county, at_desk):
    worker = enrolled()
    first = worker.fill_in(county)
    worker.sync()
    assert at_desk("supervisor").post(f"/reports/{first.head['record_id']}/open").status_code == 303
    second = worker.fill_in(county, record_id=first.head["record_id"], parents=[first.head["revision_id"]])
    third = worker.fill_in(county, record_id=first.head["record_id"], parents=[second.head["revision_id"]])
    worker.sync()
    fourth = worker.fill_in(county, record_id=first.head["record_id"], parents=[third.head["revision_id"]])
    worker.sync()
    said = [(worker.result(item)["status"], worker.result(item)["reason"]) for item in (second, third, fourth)]
    assert said == [("locked", "in_review"), ("quarantined", "parent_kept"), ("quarantined", "parent_kept")]
