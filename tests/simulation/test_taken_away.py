"""The rules that keep sync from losing anything, each taken out of the text of the real server: would it be missed?

The app is whole, its crypto and its database are real. Each check holds, and holds no more without its rule. (The page
that a phone writes: tests/js/core/test_taken_away.py. The simulator, asked the same: test_seeds.py.)
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from fieldapp.actions import exchange, reviews
from fieldapp.crypto.rest import Ring
from fieldapp.db import db, reading, writing
from fieldapp.errors import Problem
from fieldapp.models import feed
from fieldapp.models.records import Record, Revision
from sync import wire
from tests import factories
from tests.mutants import Cut, taken_out
from tests.phones import Phone, issue_code, prepare_server
from tests.simulation.mutations import NO_CONTENT_HASH, NO_PACKAGES, NO_PARENTS


@dataclass
class Stage:
    app: Flask
    county: factories.County
    phone: Phone


@pytest.fixture
def stage(app, ring: Ring, clock, phone) -> Stage:
    with app.app_context(), Session(db.engine, expire_on_commit=False, info={"ring": ring}) as session:
        county = factories.county(session, clock())
        prepare_server(session, clock())
        made = Phone(phone, clock, 7)
        assert made.enrol("caseworker", issue_code(session, county, "caseworker", clock())).status_code == 200
    made.sync_all()
    return Stage(app, county, made)


def a_report_is_taken_back_once(stage: Stage) -> None:
    item = stage.phone.fill_in(stage.county)
    about = {name: item.head[name] for name in ("case_id", "visit_id", "record_id", "form", "form_version")}
    back = stage.phone.device.hand_in("withdraw", {"reason": "mistake", "text": ""}, **about)
    stage.phone.post(stage.phone.device.request())  # and the answer is lost
    stage.phone.sync_all()  # it goes again, in a request of its own
    said = stage.phone.result(back)
    assert (said["status"], said["reason"]) == ("dup", None), f"what was done already was {said['status']}"


def a_request_that_comes_again_gets_the_same_answer(stage: Stage) -> None:
    stage.phone.fill_in(stage.county)
    request = stage.phone.device.request()
    said = [wire.read_frame(stage.phone.post(request).data)[0]["results"] for _ in range(2)]
    assert said[0] == said[1], "it was done anew"


def other_bytes_under_a_known_id_are_kept_beside(stage: Stage) -> None:
    first = stage.phone.fill_in(stage.county)
    named = {"record_id": first.head["record_id"], "revision_id": first.head["revision_id"]}
    other = stage.phone.fill_in(stage.county, **named, body={"answers": {"hh": {"head": "刘梅"}}})
    stage.phone.sync_all()
    with reading() as session:
        stored = session.scalar(select(func.count()).select_from(Revision))
    assert (stage.phone.result(other)["status"], stored) == ("conflict", 2), "other bytes passed for the first"


def a_decision_names_the_bytes_that_were_read(stage: Stage) -> None:
    stage.phone.fill_in(stage.county)
    stage.phone.sync_all()
    with writing() as session:
        record = session.scalars(select(Record)).one()
        here = (session, stage.county.acting(session, "supervisor"), record.record_id)
        now = stage.phone.clock()
        reviews.open_review(*here, now)
        try:
            reviews.return_record(*here, record.head_revision_id, bytes(32), reason="unclear", text="", now=now)
        except Problem as problem:
            assert problem.code == "stale_decision"
        else:
            raise AssertionError("other bytes than those that were read were decided on")


def what_builds_on_older_ground_stands_beside(stage: Stage) -> None:
    first = stage.phone.fill_in(stage.county, intent="door")
    on_it = {"record_id": first.head["record_id"], "parents": [first.head["revision_id"]], "intent": "door"}
    head, late = stage.phone.fill_in(stage.county, **on_it), stage.phone.fill_in(stage.county, **on_it)
    stage.phone.sync_all()
    with reading() as session:
        now = session.scalars(select(Record.head_revision_id)).one()
    assert now == UUID(head.head["revision_id"]), "a head was replaced by what does not build on it"
    assert stage.phone.result(late)["status"] == "conflict"


def of_two_who_write_at_once_none_is_passed_over(stage: Stage) -> None:
    """One numbers first and commits last; a phone pulls in between."""
    told = [f"case:{uuid4()}", f"case:{uuid4()}"]

    def tell(session: Session, ref: str) -> None:
        feed.tell(session, stage.county.district, stage.county.caseworker_id, ref)

    def at_once() -> None:
        with stage.app.app_context(), writing() as session:
            tell(session, told[1])

    with writing() as session:
        tell(session, told[0])
        feed.number(session)
        second = _waiting_or_through(at_once)
        stage.phone.sync_all()
    second.join()
    stage.phone.sync_all()
    assert set(told) <= stage.phone.device.versions.keys(), "what was committed last was passed over"


def _waiting_or_through(act: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=act)
    thread.start()
    waiting = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while thread.is_alive() and not connection.scalar(waiting):
            pass
    return thread


def every_change_has_a_number_of_its_own(stage: Stage) -> None:
    for _ in range(2):
        with writing() as session:
            feed.tell(session, stage.county.district, stage.county.caseworker_id, f"case:{uuid4()}")
    with reading() as session:
        numbers = session.scalars(select(feed.FeedRow.seq).order_by(feed.FeedRow.seq)).all()
    assert numbers[-1] - numbers[-2] == 1


BUMP = "last = _bump(session, district, person_id, max(len(refs), 1))"
# As a sequence gives numbers: each its own, and nobody waits until the one before is there to be seen.
APART = f"with Session(session.get_bind()) as apart, apart.begin(): {BUMP.replace('session', 'apart')}"
UNMOVED = "head = head_of(session, district, person_id); last = (head.seq if head else 0) + max(len(refs), 1)"
NO_REQUESTS = Cut(exchange._push, {"answered is not None": "False", "if is_active:": "if False:"})
NO_HASH = {"(head.revision_id, head.content_hash) != (revision_id, content_hash)": "head.revision_id != revision_id"}

CHECKS = {
    "packages": (a_report_is_taken_back_once, NO_PACKAGES, "done already was locked"),
    "requests": (
        a_request_that_comes_again_gets_the_same_answer,
        NO_REQUESTS,
        "done anew",
    ),
    "content_hash": (other_bytes_under_a_known_id_are_kept_beside, NO_CONTENT_HASH, "passed for the first"),
    "content_hash_of_a_decision": (
        a_decision_names_the_bytes_that_were_read,
        Cut(reviews._exactly, NO_HASH),
        "were decided on",
    ),
    "parents": (what_builds_on_older_ground_stands_beside, NO_PARENTS, "a head was replaced"),
    "bump": (every_change_has_a_number_of_its_own, Cut(feed.number, {BUMP: UNMOVED}), "feed.seq"),
}


@pytest.mark.parametrize("name", CHECKS)
def test_what_a_rule_of_the_server_is_there_for_holds(name, stage):
    check, _, _ = CHECKS[name]
    with stage.app.app_context():
        check(stage)


@pytest.mark.parametrize("name", CHECKS)
def test_a_rule_of_the_server_that_is_taken_away_is_missed(name, stage):
    check, cut, missed = CHECKS[name]
    with stage.app.app_context(), taken_out(cut), pytest.raises((AssertionError, IntegrityError), match=missed):
        check(stage)


@pytest.mark.postgres
def test_a_number_drawn_outside_of_the_transaction_is_missed(stage):
    with stage.app.app_context():
        of_two_who_write_at_once_none_is_passed_over(stage)
        with taken_out(Cut(feed.number, {BUMP: APART})), pytest.raises(AssertionError, match="was passed over"):
            of_two_who_write_at_once_none_is_passed_over(stage)
