"""A small world in one process: phones, a supervisor, a clock that jumps, and a network that loses and repeats.

Everything that happens is drawn from one seed, so that a run that fails is the same run tomorrow.
"""

import random
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp.actions import reviews
from fieldapp.db import reading, writing
from fieldapp.models import bundles
from fieldapp.models.feed import FeedRow
from fieldapp.models.records import Kept, Record, Revision
from sync.device import Refused, Request
from tests.factories import County
from tests.phones import Phone

STEPS = 45
ROUNDS_MAX = 40


class World:
    """`step` lets one thing happen; `come_to_rest` lets every phone finish; `check` compares what all of them hold."""

    def __init__(self, seed: int, phones: list[Phone], county: County, clock: Any) -> None:
        self.chance = random.Random(seed)
        self.phones, self.county, self.clock = phones, county, clock
        self.written: dict[UUID, tuple[Phone, Any]] = {}
        self.on_the_way: list[tuple[Phone, Request]] = []  # copies the network may still deliver

    # -- what happens --

    def step(self) -> None:
        """One thing, drawn from the seed."""
        phone = self.chance.choice(self.phones)
        act = self.chance.choices(
            [self._write, self._exchange, self._late_copy, self._review, self._jump, self._lock],
            [6, 6, 2, 2, 1, 1],
        )[0]
        act(phone)

    def come_to_rest(self) -> None:
        """Deliver everything that is on its way in any order, then sync every phone until nothing moves."""
        self.chance.shuffle(self.on_the_way)
        for phone, request in self.on_the_way:
            phone.post(request)
        self.on_the_way = []
        for _ in range(ROUNDS_MAX):
            before = self._where()
            for phone in self.phones:
                phone.skew = timedelta()
                phone.device.clock_offset = 0
                phone.device.unlock()
                phone.sync_all()
            if before == self._where():
                return
        raise AssertionError("the phones never came to rest")

    def _where(self) -> list[Any]:
        return [(phone.device.cursor, [item.op for item in phone.device.queue]) for phone in self.phones]

    def _write(self, phone: Phone) -> None:
        mine = [item for owner, item in self.written.values() if owner is phone and item.head["kind"] == "revision"]
        kind = self.chance.choice(["new", "new", "next", "next", "draft", "void", "withdraw"])
        if kind == "new" or not mine:
            item = phone.fill_in(self.county, intent=self.chance.choice(["door", "submit"]))
        else:
            item = self._about(phone, kind, self.chance.choice(mine).head)
        self.written[item.op] = (phone, item)

    def _about(self, phone: Phone, kind: str, head: Any) -> Any:
        about = {name: head[name] for name in ("case_id", "visit_id", "record_id", "form", "form_version")}
        if kind == "next":
            intent = self.chance.choice(["door", "submit"])
            named = {"record_id": head["record_id"], "parents": [head["revision_id"]], "intent": intent}
            return phone.fill_in(self.county, **named)
        if kind == "draft":
            body = {"answers": {}, "recorded": {}, "position": {}}
            return phone.device.hand_in("draft", body, **about, number=self.chance.randrange(1, 50))
        return phone.device.hand_in(kind, {"reason": "other", "text": ""}, **about)

    def _exchange(self, phone: Phone) -> None:
        request = phone.device.request(items_max=self.chance.randrange(1, 5), want=self.chance.choice([0, 1 << 18]))
        fate = self.chance.choice(["fine", "fine", "fine", "lost", "reply lost", "reply cut", "twice"])
        if self.chance.random() < 0.3:
            self.on_the_way.append((phone, request))
        if fate == "lost":
            return
        response = phone.post(request)
        assert response.status_code == 200, response.get_data(as_text=True)
        if fate == "twice":
            response = phone.post(request)
        if fate in ("fine", "twice"):
            phone.device.apply(request, response.data)
        elif fate == "reply cut":
            self._cut(phone, request, response.data)

    def _cut(self, phone: Phone, request: Request, reply: bytes) -> None:
        before = (phone.device.cursor, list(phone.device.queue), dict(phone.device.held))
        with pytest.raises(Refused):
            phone.device.apply(request, reply[: self.chance.randrange(len(reply))])
        assert before == (phone.device.cursor, phone.device.queue, phone.device.held)

    def _late_copy(self, _phone: Phone) -> None:
        if self.on_the_way:
            owner, request = self.on_the_way.pop(self.chance.randrange(len(self.on_the_way)))
            owner.post(request)

    def _review(self, _phone: Phone) -> None:
        with writing() as session:
            waiting = session.scalars(
                select(Record).where(Record.state == "submitted").order_by(Record.record_id)
            ).all()
            if not waiting:
                return
            record = self.chance.choice(list(waiting))
            here = (session, self.county.acting(session, "supervisor"), record.record_id)
            reviews.open_review(*here, self.clock())
            fate = self.chance.choice(["return", "approve", "hold"])
            head = session.get_one(Revision, (record.district, record.head_revision_id))
            exactly = (head.revision_id, head.content_hash)
            if fate == "return":
                reviews.return_record(*here, *exactly, reason="unclear", text="", now=self.clock())
            elif fate == "approve":
                reviews.approve(*here, *exactly, text="核对过", now=self.clock())

    def _jump(self, phone: Phone) -> None:
        self.clock.advance(minutes=self.chance.choice([1, 20, 60 * 26]))
        phone.skew = timedelta(days=self.chance.choice([0, -20_000, 25_000]))

    def _lock(self, phone: Phone) -> None:
        phone.device.is_locked = self.chance.choice([True, False])
        if not phone.device.is_locked:
            phone.device.unlock()

    # -- what must hold --

    def check(self) -> None:
        """Server and phones are equal, and nothing was lost or doubled."""
        with reading() as session:
            self._check_every_item_is_in_one_place(session)
            for phone in self.phones:
                self._check_phone(session, phone)

    def _check_every_item_is_in_one_place(self, session: Session) -> None:
        rows = session.scalars(select(Revision)).all()
        on_server = {(str(row.signed_revision_id), row.content_hash) for row in rows}
        assert len(on_server) == len(rows), "a revision was doubled"
        kept = {row.package_id for row in session.scalars(select(Kept))}
        for op, (phone, item) in self.written.items():
            device = phone.device
            places = [op in device.received, op in device.attention, item in device.queue]
            assert sum(places) == 1, f"{item.head['kind']} stands in {places}"
            if item in device.queue:
                assert item.head["parents"] or item.head["kind"] == "withdraw", "only what waits for another stays"
                continue
            status = (device.received.get(op) or device.attention[op]).result["status"]
            if item.head["kind"] == "revision" and status in ("ok", "dup", "conflict"):
                assert any(name == item.head["revision_id"] for name, _ in on_server), "acknowledged, but not there"
            if status in ("locked", "quarantined"):
                assert op in kept, "refused, but not kept"

    def _check_phone(self, session: Session, phone: Phone) -> None:
        device, district = phone.device, self.county.district
        person_id = UUID(device.person_id)
        here = (FeedRow.district == district, FeedRow.person_id == person_id)
        rows = session.scalars(select(FeedRow).where(*here)).all()
        assert {row.ref: row.version for row in rows} == device.versions
        acting = self.county.acting(session, "caseworker")
        if acting.person_id != person_id:
            acting = self.county.acting(session, "second_caseworker")
        for row in rows:
            if row.ref.startswith("case:") and row.origin_vault != device.vault_id:
                case_id = UUID(row.ref[5:])
                rendered = bundles.cases_of(session, acting, [case_id], self.clock())[case_id]
                assert rendered == device.held[row.ref]
        for record in session.scalars(select(Record).where(Record.author_id == person_id)):
            known = device.states.get(str(record.record_id))
            if known is not None or len({p.device.person_id for p in self.phones}) == len(self.phones):
                assert known == record.state
