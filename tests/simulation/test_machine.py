"""Phones, the real app, reviews and restores in any order that Hypothesis thinks of, beside a model of a hundred lines.

The server has to say what the model says to every request, also to one that it got before, and to hold what the model
holds; after a restore it is as old as the model is then, and what the phones were told comes back.
"""

import random
from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp.actions import restores, reviews, two_levels
from fieldapp.crypto.rest import Ring
from fieldapp.db import Base, db, reading, writing
from fieldapp.errors import Problem
from fieldapp.models.accounts import Role, acting_for
from fieldapp.models.cases import Urgent
from fieldapp.models.records import Kept, Record, Revision
from sync import device_digest, wire
from tests import factories
from tests.phones import Phone, issue_code, prepare_server
from tests.server_fixtures import Clock
from tests.simulation.model import Model

ROUNDS_MAX = 12
WAITING = ("submitted", "approved_first")
Rows = dict[str, list[dict[str, Any]]]
which = st.integers(0, 999)


class Stage:
    """The app with everybody enrolled, and how to come back to that moment."""

    def __init__(self, app: Flask, ring: Ring, clock: Clock, client: Any) -> None:
        self.app, self.clock, self.began = app, clock, clock.now
        with app.app_context(), Session(db.engine, expire_on_commit=False, info={"ring": ring}) as session:
            self.county = factories.county(session, clock())
            second = factories.person(session, clock(), Role.SUPERVISOR, self.county.district)
            self.supervisors = {"first": self.county.supervisor_id, "second": second}
            prepare_server(session, clock())
            self.phones = [Phone(client, clock, number) for number in range(2)]
            for phone in self.phones:
                assert (
                    phone.enrol("caseworker", issue_code(session, self.county, "caseworker", clock())).status_code
                    == 200
                )
        self.saved = [phone.device.saved() for phone in self.phones]
        self.rows = self.copy()

    def again(self) -> None:
        """As it was when everybody had just been enrolled."""
        self.clock.now = self.began
        self.put_back(self.rows)
        for number, phone in enumerate(self.phones):
            phone._random = random.Random(1_000 + number)
            phone.device.load(self.saved[number])
            phone.device.person_id = str(self.county.caseworker_id)
            phone.device.unlock()

    def copy(self) -> Rows:
        """Every row of every table: what a backup holds."""
        with self.app.app_context(), reading() as session:
            return {
                table.name: [dict(row) for row in session.execute(select(table)).mappings()]
                for table in Base.metadata.sorted_tables
            }

    def put_back(self, rows: Rows) -> None:
        """These rows and no others."""
        with self.app.app_context(), db.engine.begin() as connection:
            for table in reversed(Base.metadata.sorted_tables):
                connection.execute(table.delete())
            for table in Base.metadata.sorted_tables:
                if rows[table.name]:
                    connection.execute(table.insert(), rows[table.name])


def machine_on(stage: Stage, happened: Counter[str]) -> type[RuleBasedStateMachine]:
    """The rules, on this stage; `happened` counts what the desk and the operator did, and what phones asked."""

    class Machine(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            stage.again()
            self.model = Model()
            self.backup: tuple[Rows, Model] | None = None
            self.late: list[tuple[Phone, Any]] = []
            self.told: set[str] = set()  # revisions that a phone was told are received

        # -- phones --

        @initialize()
        def each_hands_one_in(self) -> None:
            for phone in stage.phones:
                phone.fill_in(stage.county)
                self.sync(phone)

        @rule(phone=st.sampled_from(stage.phones), intent=st.sampled_from(["door", "submit"]), is_urgent=st.booleans())
        def write_something_new(self, phone: Phone, intent: str, is_urgent: bool) -> None:
            if is_urgent:
                phone.device.hand_in("urgent", {"at": 1, "place": "村口"})
            else:
                phone.fill_in(stage.county, intent=intent)

        @precondition(lambda self: self.model.records)
        @rule(phone=st.sampled_from(stage.phones), intent=st.sampled_from(["door", "submit"]), pick=which)
        def write_on_the_head(self, phone: Phone, intent: str, pick: int) -> None:
            record_id, (_, head) = sorted(self.model.records.items())[pick % len(self.model.records)]
            phone.fill_in(stage.county, record_id=record_id, parents=[head], intent=intent)

        @rule(phone=st.sampled_from(stage.phones), intent=st.sampled_from(["door", "submit"]), pick=which)
        def write_on_what_some_phone_has(self, phone: Phone, intent: str, pick: int) -> None:
            known = _revisions()
            if known:
                head = known[pick % len(known)].head
                named = {"record_id": head["record_id"], "parents": [head["revision_id"]]}
                phone.fill_in(stage.county, intent=intent, **named)

        @rule(phone=st.sampled_from(stage.phones), kind=st.sampled_from(["void", "withdraw"]), pick=which)
        def give_up_or_take_back(self, phone: Phone, kind: str, pick: int) -> None:
            known = _revisions()
            if known:
                head = known[pick % len(known)].head
                named = {name: head[name] for name in ("record_id", "case_id", "visit_id", "form", "form_version")}
                phone.device.hand_in(kind, {"reason": "other", "text": ""}, **named)

        @rule(phone=st.sampled_from(stage.phones))
        def sync(self, phone: Phone) -> None:
            request = phone.device.request()
            self.hear(phone, request, self.posted(phone, request))

        @rule(
            phone=st.sampled_from(stage.phones),
            fate=st.sampled_from(["fine", "lost", "reply lost", "twice"]),
            items_max=st.integers(1, 4),
            is_late=st.booleans(),
        )
        def exchange_badly(self, phone: Phone, fate: str, items_max: int, is_late: bool) -> None:
            request = phone.device.request(items_max=items_max)
            if is_late:
                self.late.append((phone, request))
            if fate == "lost":
                return
            reply = self.posted(phone, request)
            if fate == "twice":
                reply = self.posted(phone, request)
            if fate != "reply lost":
                self.hear(phone, request, reply)

        @precondition(lambda self: self.late)
        @rule(pick=which)
        def a_copy_arrives_late(self, pick: int) -> None:
            self.posted(*self.late.pop(pick % len(self.late)))

        @rule(phone=st.sampled_from(stage.phones), minutes=st.sampled_from([1, 60 * 26]))
        def time_passes_and_a_phone_starts_anew(self, phone: Phone, minutes: int) -> None:
            stage.clock.now += timedelta(minutes=minutes)
            person_id = phone.device.person_id
            phone.device.load(phone.device.saved())
            phone.device.person_id = person_id
            phone.device.unlock()

        # -- the desk --

        @precondition(lambda self: any(state in WAITING for state, _ in self.model.records.values()))
        @rule(
            pick=which,
            fate=st.sampled_from(["return", "approve", "approve", "hold", "release"]),
            who=st.sampled_from(["first", "second"]),
        )
        def review(self, pick: int, fate: str, who: str) -> None:
            waiting = sorted(one for one, (state, _) in self.model.records.items() if state in WAITING)
            record_id = waiting[pick % len(waiting)]
            if fate == "hold" and self.model.records[record_id][0] == "approved_first":
                fate = "release"  # held, it would be there and not hers who comes next
            after = self.model.review(record_id, fate, who)
            with pytest.raises(Problem, match="first_approver") if not after else nullcontext():
                self.decide(UUID(record_id), fate, who)
            happened["first approval" if after == "approved_first" else "review"] += 1

        def decide(self, record_id: UUID, fate: str, who: str) -> None:
            with stage.app.app_context(), writing() as session:
                now = stage.clock()
                [record] = session.scalars(select(Record).where(Record.record_id == record_id))
                acting = acting_for(session, record.district, stage.supervisors[who], now)
                assert acting is not None
                here = (session, acting, record.record_id)
                reviews.open_review(*here, now)
                head = session.get_one(Revision, (record.district, record.head_revision_id))
                exactly = (head.revision_id, head.content_hash)
                if fate == "return":
                    reviews.return_record(*here, *exactly, reason="unclear", text="", now=now)
                elif fate == "approve":
                    reviews.approve(*here, *exactly, text="核对过", now=now)
                elif fate == "release":
                    reviews.release_review(*here, now)

        @rule(is_asked=st.booleans())
        def ask_two_approvals_or_one(self, is_asked: bool) -> None:
            with stage.app.app_context(), writing() as session:
                acting = stage.county.acting(session, "administrator")
                two_levels.decide(session, acting, "F2", None, "两人把关", stage.clock(), is_asked=is_asked)
            self.model.asks_two = is_asked

        @rule()
        def back_up(self) -> None:
            self.backup = (stage.copy(), self.model.copy())

        @precondition(lambda self: self.backup is not None)
        @rule()
        def restore(self) -> None:
            assert self.backup is not None
            rows, self.model = self.backup[0], self.backup[1].copy()
            stage.put_back(rows)
            with stage.app.app_context(), writing() as session:
                restores.new_epoch(session, stage.clock())
            happened["restore"] += 1

        # -- what has to hold --

        def posted(self, phone: Phone, request: Any) -> bytes:
            response = phone.post(request)
            assert response.status_code == 200, response.get_data(as_text=True)
            head, _ = wire.read_frame(response.data, wire.REPLY_HEAD_BYTES_MAX)
            asked, _ = wire.read_frame(request.body)
            expected = self.model.take(asked["request"], list(request.sent))
            assert [result["status"] for result in head["results"]] == expected
            return bytes(response.data)

        def hear(self, phone: Phone, request: Any, reply: bytes) -> None:
            phone.device.apply(request, reply)
            if phone.device.must_ask:
                self.ask(phone)
            for answered in phone.device.received.values():
                if answered.item.head["kind"] == "revision":
                    self.told.add(answered.item.head["revision_id"])

        def ask(self, phone: Phone) -> None:
            """After a restore: what the server lacks goes again, and it lacks what the model lacks."""
            asked = device_digest.question(phone.device)
            if asked is not None:
                response = phone.client.post("/sync/v1/digest", data=asked.body, headers=asked.headers)
                assert response.status_code == 200, response.get_data(as_text=True)
                happened["digest question"] += 1
                known = self.model.revisions | {str(revision) for _, revision, _ in self.model.kept.values()}
                lacking = {op for one, op in asked.revisions.items() if str(one) not in known}
                lacking |= {op for op in asked.packages if str(op) not in self.model.answered}
                assert set(device_digest.take(phone.device, asked, response.json)) == lacking
            phone.device.must_ask = False

        @invariant()
        def the_server_holds_what_the_model_holds(self) -> None:
            with stage.app.app_context(), reading() as session:
                records = {
                    str(one.record_id): (one.state, str(one.head_revision_id))
                    for one in session.scalars(select(Record))
                }
                assert records == self.model.records
                assert {str(one) for one in session.scalars(select(Revision.revision_id))} == self.model.revisions
                assert {str(one) for one in session.scalars(select(Kept.package_id))} == set(self.model.kept)
                assert {str(one) for one in session.scalars(select(Urgent.urgent_id))} == self.model.urgents

        def teardown(self) -> None:
            """Everything comes to rest: what was ever called received is there, and the phones wait for nothing."""
            for phone, request in self.late:
                self.posted(phone, request)
            for _ in range(ROUNDS_MAX):
                before = [(phone.device.cursor, len(phone.device.queue)) for phone in stage.phones]
                for phone in stage.phones:
                    self.sync(phone)
                if before == [(phone.device.cursor, len(phone.device.queue)) for phone in stage.phones]:
                    break
            self.the_server_holds_what_the_model_holds()
            kept = {revision for _, revision, _ in self.model.kept.values()}
            assert self.told <= self.model.revisions | kept
            for item in (item for phone in stage.phones for item in phone.device.queue):
                assert item.head["kind"] == "withdraw" or not set(item.head["parents"]) <= self.model.revisions

    def _revisions() -> list[Any]:
        """Every revision that is still on a phone."""
        items = [
            item
            for phone in stage.phones
            for item in [
                *phone.device.queue,
                *(one.item for one in phone.device.received.values()),
                *(one.item for one in phone.device.attention.values()),
            ]
        ]
        return [item for item in items if item.head["kind"] == "revision"]

    return Machine


def _play(stage: Stage, examples: int, steps: int) -> None:
    how = settings(
        max_examples=examples,
        stateful_step_count=steps,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    happened = Counter[str]()
    machine = machine_on(stage, happened)
    _lead_through(machine(), stage)
    assert set(happened) == {"review", "first approval", "restore", "digest question"}, happened
    run_state_machine_as_test(machine, settings=how)


def _lead_through(machine: Any, stage: Stage) -> None:
    """What chance reaches seldom in a few examples: decisions that a restore forgets, and the question after it."""
    one, other = stage.phones
    acts: list[Callable[[], None]] = [
        machine.each_hands_one_in,
        machine.back_up,
        lambda: machine.review(pick=0, fate="return", who="first"),
        lambda: machine.write_something_new(phone=one, intent="submit", is_urgent=False),
        lambda: machine.write_something_new(phone=other, intent="door", is_urgent=True),
        lambda: machine.sync(phone=one),
        lambda: machine.exchange_badly(phone=other, fate="reply lost", items_max=1, is_late=True),
        lambda: machine.review(pick=1, fate="approve", who="first"),
        machine.restore,
        lambda: machine.sync(phone=one),
        lambda: machine.sync(phone=other),
        lambda: machine.ask_two_approvals_or_one(is_asked=True),
        *(lambda who=who: machine.review(pick=0, fate="approve", who=who) for who in ("first", "first", "second")),
        lambda: machine.review(pick=0, fate="hold", who="second"),
    ]
    for act in acts:
        act()
        machine.the_server_holds_what_the_model_holds()
    machine.teardown()


def test_on_sqlite_the_server_is_the_model(app, ring, clock, phone):
    _play(Stage(app, ring, clock, phone), examples=6, steps=25)


@pytest.mark.postgres
def test_on_postgresql_the_server_is_the_model(app, ring, clock, phone):
    _play(Stage(app, ring, clock, phone), examples=2, steps=25)


@pytest.mark.soak
def test_on_sqlite_the_server_stays_the_model(app, ring, clock, phone):
    _play(Stage(app, ring, clock, phone), examples=400, steps=80)


@pytest.mark.soak
@pytest.mark.postgres
def test_on_postgresql_the_server_stays_the_model(app, ring, clock, phone):
    _play(Stage(app, ring, clock, phone), examples=150, steps=80)
