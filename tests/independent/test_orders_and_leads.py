"""The second client is stopped, wiped, asked to seal anew, shares a record with the desk, and takes leads."""

import json
from dataclasses import replace

import pytest

from fieldapp.actions import keyring
from fieldapp.db import writing
from fieldapp.models import server_keys
from tests import reports
from tests.independent.client import Refused
from tests.independent.steps import case_record, revision, status

HEAD = "hh.head"
DANGER = {
    "dangers": ["danger_now"], "called": [], "place": "村口小卖部", "who": "", "case_code": None,
    "reported_to": "police", "confirms": None,
}  # fmt: skip


@pytest.fixture
def stop(at_desk, client):
    """What an administrator does to this phone: suspend, give-back, revoke, wipe."""
    desk = at_desk("administrator")
    desk.prove()

    def act(name):
        assert desk.post(f"/admin/phones/{client.vault_id}/{name}").status_code == 303, desk.page

    return act


@pytest.fixture
def destroy_key(app, clock):
    """A new key of the server, and the end of the one before, half a year later."""

    def destroy(key_id):
        with app.app_context():
            with writing() as session:
                server_keys.rotate(session, clock())
            clock.advance(days=180)
            with writing() as session:
                keyring.destroy(session, key_id, clock())

    return destroy


def afresh(client):
    """All that she may see: of what she sent herself the feed says `own`, and carries nothing."""
    client.cursor = None
    client.exchange_all()


# --- stopped ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["suspend", "revoke"])
def test_of_a_stopped_vault_work_is_kept_and_a_danger_is_heard(client, report, stop, at_desk, kind):
    about, answers = report
    item = revision(client, about, answers)
    stop(kind)
    head = client.exchange()
    stopped = {"suspend": "suspended", "revoke": "revoked"}[kind]
    assert (head["page"], client.stopped, client.directives) == (None, stopped, [{"kind": stopped}])
    assert status(client, item) == ("quarantined", stopped, None) and client.queue == []
    danger = client.hand_in("urgent", {**DANGER, "at": client.now_ms()})
    client.exchange()
    assert status(client, danger)[0] == "ok"
    assert "村口小卖部" in at_desk("supervisor").get("/").text


def test_a_suspended_vault_that_is_given_back_goes_on(client, report, stop):
    about, answers = report
    cursor = client.cursor
    stop("suspend")
    client.exchange()
    assert client.cursor == cursor
    stop("give-back")
    item = revision(client, about, answers)
    client.exchange_all()
    assert (client.stopped, status(client, item)[0]) == (None, "ok") and client.cursor != cursor


# --- wiped ------------------------------------------------------------------------------------------------------------


def test_a_wipe_drops_the_keys_hands_in_and_says_that_it_is_done(client, report, stop, at_desk):
    stop("wipe")
    client.exchange()
    assert (client.stopped, client.wiping is not None, client.held) == ("wipe", True, {})
    assert not hasattr(client, "author") and not client.is_wiped
    head = client.wipe()
    assert head["directives"] == [{"kind": "revoked"}] and client.is_wiped
    assert "村口" not in json.dumps(head)
    desk = at_desk("administrator")
    assert "已清除" in desk.get(f"/admin/phones/{client.vault_id}").text


def test_what_waited_at_the_order_is_taken_as_ever_and_what_cannot_be_is_counted(client, report, stop, at_desk):
    about, answers = report
    lost_parent = str(client.new_id())
    taken, waits = revision(client, about, answers), revision(client, about, answers, [lost_parent])
    stop("wipe")
    client.exchange()
    client.wipe()
    assert status(client, taken)[:2] == ("ok", None) and status(client, waits)[:2] == ("wait", "parent_unknown")
    assert client.unsent == 1


def test_an_order_that_the_pinned_key_did_not_sign_is_not_followed(client, report, stop):
    stop("wipe")
    client.identity = client.server_key[1]  # any other point
    client.exchange()
    assert client.wiping is None and client.held


# --- sealed to a key that is gone -------------------------------------------------------------------------------------


def test_what_was_sealed_to_a_key_that_is_gone_is_sealed_anew_under_its_own_id(client, report, destroy_key):
    about, answers = report
    first = revision(client, about, answers)
    destroy_key(client.server_key[0])
    client.exchange()
    assert status(client, first)[:2] == ("reseal", "unknown_key") and client.queue == [first]
    client.exchange_all()
    (again,) = [op for op in client.results if op != first.op]
    assert (client.results[again]["status"], client.queue) == ("ok", [])
    afresh(client)
    assert case_record(client, about)["head"] == first.head["revision_id"]


@pytest.mark.parametrize("sent", [0, 131_072])
def test_a_file_that_was_sealed_to_a_key_that_is_gone_goes_on_in_another_envelope(client, report, destroy_key, sent):
    photo = client.seal_file(b"\xff\xd8\xff\xe0" + client.chance(150_000))
    before = photo.sealed
    if sent:
        client.announce(photo)
        assert client.send_piece(photo, client.send_piece(photo, 0)) == sent
    destroy_key(client.server_key[0])
    if sent:
        with pytest.raises(Refused) as refused:
            client.send_piece(photo, sent)
        assert (refused.value.status, refused.value.said["reason"]) == (422, "unknown_key")
    else:
        assert (client.announce(photo)["state"], client.announce(photo)["reason"]) == ("refused", "unknown_key")
    client.put_into_another_envelope(photo)
    assert client.announce(photo)["offset"] == sent  # what was sent stays
    assert client.send_file(photo) > 0 and photo.sealed == before


def test_a_file_gets_through_though_its_key_went_in_the_middle(client, report, destroy_key):
    photo = client.seal_file(b"\xff\xd8\xff\xe0" + client.chance(90_000))
    client.announce(photo)
    client.send_piece(photo, 0)
    destroy_key(client.server_key[0])
    assert client.send_file(photo) > 0


def test_what_lies_in_an_envelope_that_was_damaged_is_sealed_anew_in_another(client, report):
    about, answers = report
    item = revision(client, about, answers)
    damaged = item.envelope.sealed[:-1] + bytes([item.envelope.sealed[-1] ^ 1])
    client._envelope = replace(item.envelope, sealed=damaged)
    client.queue = [replace(item, envelope=client._envelope)]
    client.exchange()
    assert status(client, item)[0] == "reseal"
    client.exchange()
    assert client.queue == [] and {one["status"] for one in client.results.values()} == {"reseal", "ok"}


def test_a_locked_phone_seals_anew_after_the_unlock(client, report, destroy_key):
    about, answers = report
    first = revision(client, about, answers)
    destroy_key(client.server_key[0])
    client.is_locked = True
    client.exchange()
    client.exchange()
    assert client.queue == [first] and list(client.results) == [first.op]
    client.is_locked = False
    client.exchange_all()
    assert client.queue == [] and len(client.results) == 2


# --- one place writes -------------------------------------------------------------------------------------------------


@pytest.fixture
def at_desk_now(client, report, at_desk):
    """Her report of the door, taken to the desk there; (what its heads say, its answers, the door revision)."""
    about, answers = report
    door = revision(client, about, answers, intent="door")
    client.exchange_all()
    answer = at_desk("caseworker").post(f"/records/finish/{about['record_id']}")
    assert answer.status_code == 303, answer.text
    client.exchange_all()
    return about, answers, door


def test_the_desk_holds_the_pen_until_the_phone_takes_it_back_by_its_number(client, at_desk_now):
    about, answers, door = at_desk_now
    number = client.pen(about["case_id"], about["record_id"])
    assert number is not None
    on = [door.head["revision_id"]]
    without = revision(client, about, answers, on, "door")
    stale = revision(client, about, answers, on, "door", pen=number - 1)
    given_up = client.hand_in("void", {"reason": "mistake", "text": ""}, **about)
    client.exchange_all()
    assert {status(client, item)[:2] for item in (without, stale)} == {("conflict", "pen_at_desk")}
    assert status(client, given_up)[:2] == ("locked", "pen_at_desk")
    taken = revision(client, about, reports.changed(answers, {HEAD: "刘小梅"}), on, "door", pen=number)
    client.exchange_all()
    assert status(client, taken) == ("ok", None, "door_submitted")
    assert client.pen(about["case_id"], about["record_id"]) is None
    assert case_record(client, about)["head"] == taken.head["revision_id"]


def test_a_draft_copy_that_names_the_number_takes_the_pen_back(client, at_desk_now):
    about, answers, door = at_desk_now
    number = client.pen(about["case_id"], about["record_id"])
    body = {
        "answers": answers, "recorded": {}, "position": {}, "parents": [door.head["revision_id"]], "pen": number,
    }  # fmt: skip
    copy = client.hand_in("draft", body, **about, number=1)
    client.exchange_all()
    assert status(client, copy)[0] == "ok" and client.pen(about["case_id"], about["record_id"]) is None


# --- leads ------------------------------------------------------------------------------------------------------------


def lead(client, form, answers, about=None):
    """A report about a family that nobody has yet: every id is made here."""
    client.exchange_all()
    plan = client.held[next(ref for ref in client.held if ref.startswith(f"plan:{form}@"))]
    ids = {name: str(client.new_id()) for name in ("case_id", "visit_id")}
    named = {**(about or ids), "record_id": str(client.new_id()), "form": form, "form_version": plan["version"]}
    return named, revision(client, named, {"lead": answers})


@pytest.mark.parametrize(("danger", "is_alert"), [("no", False), ("yes", True), ({"unknown": "does_not_know"}, True)])
def test_a_lead_opens_a_file_and_a_danger_in_it_is_an_alert(client, county, at_desk, danger, is_alert):
    told = {"channel": "phone", "danger_now": danger, "summary": "邻居来电反映", "name": "周小满"}
    about, item = lead(client, "F1", {**told, "residence_region": county.other_village})
    client.exchange_all()
    assert status(client, item) == ("ok", None, "submitted")
    family = client.held[f"case:{about['case_id']}"]
    assert family["village"]["code"] == county.other_village
    (visit,) = family["visits"]
    assert (visit["purpose"], visit["state"]) == ("intake", "done")
    assert ('class="alert" role="alert"' in at_desk("supervisor").get("/").text) == is_alert


@pytest.mark.parametrize("own_visit", [{}, {"visit_id": "01a0c450-6c00-7000-8000-0000000000f1"}])
def test_who_told_us_waits_for_the_lead_and_comes_back_without_answers(client, own_visit):
    told = {"channel": "phone", "danger_now": "no", "summary": "邻居来电反映", "name": "周小满"}
    ids = {name: str(client.new_id()) for name in ("case_id", "visit_id")}
    who, contact = lead(client, "F1R", {"reporter_relation": "neighbour"}, {**ids, **own_visit})
    client.exchange_all()
    assert status(client, contact)[:2] == ("wait", "parent_unknown") and client.queue == [contact]
    _, item = lead(client, "F1", told, ids)
    client.exchange_all()
    client.exchange_all()
    assert [status(client, one)[0] for one in (item, contact)] == ["ok", "ok"]
    afresh(client)
    assert case_record(client, who)["answers"] is None
    again = revision(client, who, {"lead": {}}, [contact.head["revision_id"]])
    client.exchange_all()
    assert status(client, again)[:2] == ("locked", "handed_in")


def test_a_lead_about_a_family_of_somebody_else_is_not_hers(client, county, at_desk):
    desk = at_desk("supervisor")
    desk.post(f"/cases/{county.case_id}/team/{county.caseworker_id}/end")
    told = {"channel": "phone", "danger_now": "no", "summary": "邻居来电反映", "name": "周小满"}
    _, item = lead(client, "F1", told, {"case_id": str(county.case_id), "visit_id": str(client.new_id())})
    client.exchange_all()
    assert status(client, item)[:2] == ("quarantined", "not_yours")
