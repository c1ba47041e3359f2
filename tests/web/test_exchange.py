"""One exchange through the app: what is taken, what is told, and that nothing is told twice or lost."""

import gzip
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from fieldapp.actions import findings, reviews
from fieldapp.models import feed
from fieldapp.models.accounts import Person
from fieldapp.models.audit import AuditRow
from fieldapp.models.cases import Assignment, Todo, Urgent, Visit
from fieldapp.models.feed import FeedHead
from fieldapp.models.records import DraftCopy, Kept, Record, Revision
from fieldapp.models.vaults import AnsweredRequest
from sync import wire
from tests import factories
from tests.phones import Phone


def test_a_report_sent_is_on_disk_and_opens_again(enrolled, county, session):
    worker = enrolled()
    item = worker.fill_in(county, body={"answers": {"todo": "F5 F6"}})
    worker.sync_all()
    assert worker.result(item)["status"] == "ok" and worker.result(item)["record_state"] == "submitted"
    record = session.scalars(select(Record)).one()
    revision = session.get_one(Revision, (county.district, record.head_revision_id))
    assert findings.body_of(session, revision)["answers"] == {"todo": "F5 F6"}
    assert sorted(session.scalars(select(Todo.kind))) == ["F5", "F6"]
    assert worker.result(item)["seq"] >= 1


def test_the_pull_brings_herself_her_forms_and_her_families(enrolled, county):
    worker = enrolled()
    worker.sync_all()
    held = worker.device.held
    assert {"me", "plan:F0@1", f"plan:F2@{factories.version_of('F2')}", f"case:{county.case_id}"} <= set(held)
    bundle = held[f"case:{county.case_id}"]
    assert bundle["preloaded"] and bundle["people"][0]["name"] == "刘梅"
    assert bundle["visits"][0]["forms"] == ["F0", "F2"]


def test_an_exchange_without_news_is_small_and_writes_nothing(enrolled, county, session):
    worker = enrolled()
    worker.sync_all()
    before = session.scalar(select(func.count()).select_from(AuditRow))
    request = worker.device.request()
    response = worker.post(request)
    head, _ = wire.read_frame(response.data)
    assert head["page"]["changes"] == [] and not head["page"]["more"]
    assert len(request.body) <= 1024 and len(response.data) <= 600
    session.rollback()
    assert session.scalar(select(func.count()).select_from(AuditRow)) == before
    assert session.scalar(select(func.count()).select_from(AnsweredRequest)) == 0


def test_a_reply_is_packed_for_whoever_takes_it_and_for_nobody_else(enrolled, county):
    # Given a phone that sent twenty reports and lost the answer
    worker = enrolled()
    worker.sync_all()
    for _ in range(20):
        worker.fill_in(county)
    request = worker.device.request()
    worker.post(request)
    # When it asks again, in the ways a browser and an older phone do
    packed = worker.post(request, headers={"Accept-Encoding": "gzip, deflate, br, zstd"})
    refused = worker.post(request, headers={"Accept-Encoding": "gzip;q=0, identity"})
    plain = worker.post(request)
    # Then the words are the same, and one result is no more than what is new in it
    assert packed.headers["Content-Encoding"] == "gzip" and packed.headers["Vary"] == "Accept-Encoding"
    heads = [wire.read_frame(frame)[0] for frame in (gzip.decompress(packed.data), refused.data, plain.data)]
    assert heads[0]["results"] == heads[1]["results"] == heads[2]["results"] and len(heads[0]["results"]) == 20
    assert len(plain.data) > 20 * 130 and len(packed.data) < 20 * 60
    assert "Content-Encoding" not in plain.headers and "Content-Encoding" not in refused.headers
    # And what fits into one packet is left alone
    worker.device.apply(request, gzip.decompress(packed.data))
    worker.sync_all()
    small = worker.post(worker.device.request(), headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in small.headers and len(small.data) < 600


def test_a_page_with_a_family_is_audited_by_ref_and_version(enrolled, county, session):
    worker = enrolled()
    worker.sync_all()
    about = session.scalars(select(AuditRow.about).where(AuditRow.act == "pull")).all()
    assert len(about) == 1 and f'"case:{county.case_id}":1' in about[0]


def test_what_she_sent_herself_comes_back_as_her_own(enrolled, county):
    worker = enrolled()
    worker.sync_all()
    worker.fill_in(county)
    head = worker.sync()
    assert [change["kind"] for change in head["page"]["changes"]] == ["own"]


def test_her_own_change_comes_whole_when_she_had_not_seen_the_row_it_replaces(enrolled, county):
    worker, colleague = enrolled(), enrolled("second_caseworker")
    worker.sync_all()
    colleague.fill_in(county)
    colleague.sync_all()
    worker.fill_in(county)
    head = worker.sync()
    assert [change["kind"] for change in head["page"]["changes"]] == ["put"]
    assert len(worker.device.held[f"case:{county.case_id}"]["records"]) == 2


def test_a_locked_phone_pushes_and_pulls_nothing(enrolled, county):
    worker = enrolled()
    item = worker.fill_in(county)
    worker.device.is_locked = True
    head = worker.sync()
    assert head["page"] is None and head["pull_refused"] is None
    assert worker.result(item)["status"] == "ok"
    worker.device.is_locked = False
    worker.sync_all()
    assert len(worker.device.held[f"case:{county.case_id}"]["records"]) == 1  # not "own": it had seen nothing yet


def test_a_repeated_request_gets_its_stored_results(enrolled, county, session):
    worker = enrolled()
    worker.fill_in(county)
    request = worker.device.request()
    first, second = worker.post(request), worker.post(request)
    results = [wire.read_frame(response.data, 1 << 20)[0]["results"] for response in (first, second)]
    assert results[0] == results[1] and results[0][0]["status"] == "ok"
    assert session.scalar(select(func.count()).select_from(Revision)) == 1


def test_a_request_id_with_other_bytes_is_refused(enrolled, county):
    worker = enrolled()
    worker.fill_in(county)
    request = worker.device.request()
    assert worker.post(request).status_code == 200
    other = request.body.replace(b'"app":"device 1"', b'"app":"device 2"')
    response = worker.post(request, body=other, headers=worker.device.headers(other))
    assert response.status_code == 409 and response.json["code"] == "request_reused"


def test_a_correction_must_answer_what_was_asked(enrolled, county, session, clock, desk):
    worker = enrolled()
    first = worker.fill_in(county)
    worker.sync_all()
    supervisor = county.acting(session, "supervisor")
    record = session.scalars(select(Record)).one()
    reviews.open_review(session, supervisor, record.record_id, clock())
    remark = reviews.add_remark(
        session,
        supervisor,
        record.record_id,
        path="visit.at",
        kind="must_fix",
        text="请核对",
        ways=["paper"],
        now=clock(),
    )
    head = session.get_one(Revision, (county.district, record.head_revision_id))
    reviews.return_record(
        session,
        supervisor,
        record.record_id,
        head.revision_id,
        head.content_hash,
        reason="unclear",
        text="",
        now=clock(),
    )
    feed.number(session)
    session.commit()
    worker.sync_all()
    returned = worker.device.held[f"case:{county.case_id}"]["records"][0]
    assert returned["state"] == "returned" and returned["returned"]["remarks"][0]["text"] == "请核对"
    same = {"record_id": first.head["record_id"], "parents": [first.head["revision_id"]]}
    silent = worker.fill_in(county, **same)
    worker.sync_all()
    assert worker.result(silent)["reason"] == "remarks_open"
    reply = {"remark_id": str(remark.remark_id), "reply": "changed", "text": ""}
    answered = worker.fill_in(county, **same, body={"replies": [reply]})
    worker.sync_all()
    assert worker.result(answered)["status"] == "ok" and worker.result(answered)["record_state"] == "submitted"


def test_a_door_hand_in_is_readable_at_once_and_the_submit_follows(enrolled, county, session):
    worker = enrolled()
    door = worker.fill_in(county, intent="door")
    worker.sync_all()
    assert worker.result(door)["record_state"] == "door_submitted"
    submit = worker.fill_in(county, record_id=door.head["record_id"], parents=[door.head["revision_id"]])
    worker.sync_all()
    assert worker.result(submit)["record_state"] == "submitted"
    assert session.scalar(select(func.count()).select_from(Revision)) == 2


def test_a_child_waits_for_its_parent(enrolled, county):
    worker = enrolled()
    parent = worker.fill_in(county, intent="door")
    child = worker.fill_in(county, record_id=parent.head["record_id"], parents=[parent.head["revision_id"]])
    worker.device.queue = [child, parent]
    worker.sync(items_max=1)
    assert worker.device.queue == [child, parent]
    worker.device.queue = [parent, child]
    worker.sync_all()
    assert worker.result(child)["record_state"] == "submitted"


def test_two_branches_of_one_record_are_both_kept(enrolled, county, session):
    worker = enrolled()
    first = worker.fill_in(county, intent="door")
    same = {"record_id": first.head["record_id"], "parents": [first.head["revision_id"]]}
    left, right = worker.fill_in(county, **same), worker.fill_in(county, **same)
    worker.sync_all()
    assert worker.result(left)["status"] == "ok"
    assert worker.result(right)["status"] == "conflict" and worker.result(right)["reason"] == "not_the_head"
    assert session.scalar(select(func.count()).select_from(Revision)) == 3
    assert str(session.scalars(select(Record)).one().head_revision_id) == left.head["revision_id"]


def test_a_report_is_withdrawn_until_its_review_is_open(enrolled, county, session, clock):
    worker = enrolled()
    item = worker.fill_in(county)
    about = {name: item.head[name] for name in ("case_id", "visit_id", "record_id", "form", "form_version")}
    withdrawn = worker.device.hand_in("withdraw", {"reason": "mistake", "text": ""}, **about)
    worker.sync_all()
    assert worker.result(withdrawn)["record_state"] == "draft"
    again = worker.fill_in(county, record_id=item.head["record_id"], parents=[item.head["revision_id"]])
    worker.sync_all()
    assert worker.result(again)["record_state"] == "submitted"
    record = session.scalars(select(Record)).one()
    record.state = "in_review"
    session.commit()
    late = worker.device.hand_in("withdraw", {"reason": "mistake", "text": ""}, **about)
    worker.sync_all()
    assert (worker.result(late)["status"], worker.result(late)["reason"]) == ("locked", "in_review")


def test_a_draft_is_given_up_with_its_reason_and_its_copy_goes(enrolled, county, session):
    worker = enrolled()
    about = _of_draft(worker, county)
    worker.device.hand_in("draft", {"answers": {}, "recorded": {}, "position": {}}, **about, number=1)
    worker.sync_all()
    assert session.scalar(select(func.count()).select_from(DraftCopy)) == 1
    session.rollback()
    item = worker.device.hand_in("void", {"reason": "duplicate", "text": "重复"}, **about)
    worker.sync_all()
    assert worker.result(item)["record_state"] == "void"
    session.rollback()
    assert session.scalar(select(func.count()).select_from(DraftCopy)) == 0
    session.rollback()
    late = worker.fill_in(county, **{k: about[k] for k in ("record_id", "visit_id")})
    worker.sync_all()
    assert (worker.result(late)["status"], worker.result(late)["reason"]) == ("locked", "void")


def test_the_newest_draft_copy_comes_back_only_to_a_new_phone_of_its_author(enrolled, county, clock):
    worker, colleague = enrolled(), enrolled("second_caseworker")
    about = _of_draft(worker, county)
    for number in (2, 3, 1):
        body = {"answers": {"todo": str(number)}, "recorded": {}, "position": {}}
        worker.device.hand_in("draft", body, **about, number=number)
    worker.sync_all()
    clock.advance(minutes=1)
    colleague.sync_all()
    ref = f"draft:{about['record_id']}"
    assert ref not in worker.device.held and ref not in colleague.device.held
    replacement = enrolled()
    replacement.sync_all()
    assert replacement.device.held[ref]["number"] == 3
    assert replacement.device.held[ref]["body"]["answers"] == {"todo": "3"}


def test_a_new_phone_counts_its_draft_copies_for_itself_and_a_found_old_one_overwrites_nothing(enrolled, county, clock):
    lost = enrolled()
    about = _of_draft(lost, county)

    def copy(phone: Phone, number: int, text: str) -> None:
        body = {"answers": {"todo": text}, "recorded": {}, "position": {}, "parents": [], "district": county.district}
        item = phone.device.hand_in("draft", body, **about, number=number)
        phone.sync_all()
        assert phone.result(item)["status"] == "ok"

    copy(lost, 7, "old")
    clock.advance(minutes=1)
    replacement = enrolled()
    replacement.sync_all()
    copy(replacement, 1, "new")
    copy(replacement, 2, "newer")
    copy(lost, 8, "found again")
    clock.advance(minutes=1)
    third = enrolled()
    third.sync_all()
    assert third.device.held[f"draft:{about['record_id']}"]["body"]["answers"] == {"todo": "newer"}


def test_a_danger_from_a_locked_phone_alerts_at_once_and_is_confirmed_once(enrolled, county, session):
    worker = enrolled()
    body = {"at": 1, "dangers": ["danger_now"], "called": [], "confirms": None}
    unsigned = worker.device.hand_in("urgent", body, signed=False)
    worker.device.is_locked = True
    worker.sync()
    row = session.scalars(select(Urgent)).one()
    assert not row.signed and worker.result(unsigned)["status"] == "ok"
    session.rollback()
    worker.device.unlock()
    worker.device.hand_in("urgent", {**body, "confirms": str(unsigned.op)})
    worker.sync_all()
    session.expire_all()
    assert [row.signed for row in session.scalars(select(Urgent))] == [True]


def test_unsigned_dangers_have_a_limit_and_are_kept_beyond_it(enrolled, county, session):
    worker = enrolled()
    items = [worker.device.hand_in("urgent", {}, signed=False) for _ in range(12)]
    worker.sync()
    statuses = [worker.result(item)["status"] for item in items]
    assert statuses == ["ok"] * 10 + ["quarantined"] * 2
    assert session.scalar(select(func.count()).select_from(Kept)) == 2


def test_a_visit_made_on_the_spot_comes_with_its_record(enrolled, county, session):
    worker = enrolled()
    visit_id = worker.new_id()
    worker.fill_in(county, visit_id=visit_id)
    worker.sync_all()
    assert visit_id in [str(visit.visit_id) for visit in session.scalars(select(Visit))]


def test_a_family_taken_off_her_list_leaves_her_phone(enrolled, county, session, clock):
    worker = enrolled()
    worker.sync_all()
    session.get_one(Assignment, (county.district, county.case_id, county.caseworker_id)).ended_at = clock()
    feed.tell(session, county.district, county.caseworker_id, f"case:{county.case_id}", "out")
    feed.number(session)
    session.commit()
    worker.sync_all()
    assert f"case:{county.case_id}" not in worker.device.held


def test_a_change_of_role_pulls_everything_afresh_and_drops_the_rest(enrolled, county, session):
    worker = enrolled()
    worker.sync_all()
    worker.device.held["case:gone"] = {}
    session.get_one(Person, (county.district, county.caseworker_id)).view_version = 2
    session.commit()
    head = worker.sync()
    assert {"kind": "resync"} in head["directives"]
    assert "case:gone" not in worker.device.held and f"case:{county.case_id}" in worker.device.held
    assert {"kind": "resync"} not in worker.sync()["directives"]


def test_a_phone_ahead_of_the_database_forces_a_new_epoch(enrolled, county, session):
    worker = enrolled()
    worker.sync_all()
    epoch = worker.device.epoch
    session.get_one(FeedHead, (county.district, county.caseworker_id)).seq -= 1
    session.commit()
    worker.sync_all()
    assert worker.device.epoch != epoch and f"case:{county.case_id}" in worker.device.held


def test_a_family_comes_down_whole_when_its_visit_comes_near(enrolled, county, session, clock):
    visit = session.get_one(Visit, (county.district, county.visit_id))
    visit.planned_on = (clock() + timedelta(days=5)).date()
    session.commit()
    worker = enrolled()
    worker.sync_all()
    bundle = worker.device.held[f"case:{county.case_id}"]
    assert not bundle["preloaded"] and "people" not in bundle
    clock.advance(days=2)
    worker.sync_all()
    assert worker.device.held[f"case:{county.case_id}"]["preloaded"]


def test_pages_are_cut_by_bytes_and_come_to_an_end(enrolled, county):
    worker = enrolled()
    pages = 0
    while True:
        worker.sync(want=wire.WANT_BYTES_MIN)
        pages += 1
        if not worker.device.more:
            break
    assert pages > 1 and f"case:{county.case_id}" in worker.device.held


def _of_draft(worker: Phone, county: Any) -> dict[str, Any]:
    return {
        "case_id": str(county.case_id),
        "visit_id": str(county.visit_id),
        "record_id": worker.new_id(),
        "form": "F2",
        "form_version": factories.version_of("F2"),
    }
