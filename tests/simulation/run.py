"""One run of the fast simulator: a county of three phones, two people and a desk, all faults drawn from one seed.

Every run goes through all phases (docs/simulation.md names the faults of each), asks the invariants after every step,
then lets everything come to rest and asks all of them.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from fieldapp.casework.workflow import Move
from sync.device import Queued, Request
from sync.device_digest import Question
from sync.store import State
from tests.simulation import server as desk
from tests.simulation.invariants import AT_REST, OF_A_PHONE, OF_ALL, Check
from tests.simulation.phone import Killed, Luck, QuotaExceeded, SimPhone
from tests.simulation.server import FORM, FORM_VERSION, Answer, Contents, Down, Server, Vault
from tests.simulation.traces import Traces

BEGAN_MS = 1_790_000_000_000
DAY_MS = 86_400_000
ROUNDS_MAX = 60
TOLD_FOR_DAYS = 400  # fieldapp/actions/feed_upkeep.py
PHONES = (("a1", 0), ("a2", 0), ("b1", 1))  # two phones of one person, one of another


@dataclass(frozen=True)
class Broken:
    """What the simulator itself holds, taken away, so that a test can see it notice."""

    remembers_requests: bool = True
    draws_numbers_early: bool = False
    page_in_one_transaction: bool = True
    counts_anew: bool = True


@dataclass(frozen=True)
class Phase:
    """What happens in it, by weight, and what may go wrong with a request (`fates`), a disk and an app."""

    name: str
    steps: int
    acts: dict[str, int]
    fates: dict[str, int]
    kills: float = 0.0
    fills: float = 0.0


_PHONE = {"save": 6, "wake": 4, "deliver": 12, "lock": 1, "time": 2}
_LINK = {"fine": 6, "lost": 1, "reply_lost": 1, "delay": 1}
PHASES = (
    Phase("save", 20, {**_PHONE, "save": 12, "clock": 1}, _LINK, kills=0.02, fills=0.03),
    Phase(
        "push",
        30,
        {**_PHONE, "late": 2, "key": 1, "clock": 1},
        {
            **_LINK,
            **dict.fromkeys(("crash_before", "crash_after", "portal", "busy", "slow"), 1),
            **dict.fromkeys(("too_large", "malformed", "internal"), 1),
            "reply_lost": 2,
            "twice": 2,
        },
        kills=0.01,
    ),
    Phase(
        "pull",
        30,
        {**_PHONE, "save": 3, "scope": 3, "leave": 2, "view": 1, "review": 2, "slow_act": 2, "end_act": 2},
        {**_LINK, "reply_cut": 2, "crash_after": 1},
        kills=0.01,
        fills=0.03,
    ),
    Phase(
        "review",
        30,
        {**_PHONE, "review": 8, "slow_act": 2, "end_act": 2, "late": 1, "backup": 1},
        {**_LINK, "crash_before": 1, "crash_after": 1, "twice": 1},
    ),
    Phase("merge", 25, {**_PHONE, "merge": 6, "late": 2, "review": 1}, {**_LINK, "twice": 2, "malformed": 1}),
    Phase(
        "restore",
        30,
        {**_PHONE, "restore": 1, "backup": 2, "weeks": 1, "review": 2, "end_act": 1, "late": 1, "scope": 1},
        {**_LINK, "crash_after": 1},
        kills=0.01,
    ),
    Phase("wipe", 25, {**_PHONE, "stop": 3, "late": 1, "clock": 1, "review": 1}, _LINK, kills=0.03),
)


@dataclass
class Run:
    """A county, and the seed that everything in it is drawn from."""

    seed: int
    broken: Broken = field(default_factory=Broken)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.now_ms = BEGAN_MS
        self.traces, self.words, self.log = Traces(), 0, list[str]()
        self.server = Server(lambda: self.now_ms)
        self.server.remembers_requests = self.broken.remembers_requests
        self.server.draws_numbers_early = self.broken.draws_numbers_early
        self.people = [self._id(), self._id()]
        self.cases = [self._id() for _ in range(3)]
        self.visit_of = {case: self._id() for case in self.cases}
        self.phones = [self._phone(name, self.people[whose]) for name, whose in PHONES]
        tables = self.server.tables
        tables.views, tables.cases = dict.fromkeys(self.people, 1), set(self.cases)
        tables.visits = {visit: case for case, visit in self.visit_of.items()}
        tables.assigned = {(self.people[who], self.cases[which]) for who, which in ((0, 0), (0, 1), (1, 1), (1, 2))}
        self.seen: dict[UUID, tuple[UUID, bytes]] = {}  # what the supervisor has on the screen, by record
        self.numbers = 0
        self._asked: list[object] = [None] * (1 + len(self.phones))
        self._acts: dict[str, Callable[[SimPhone], None]] = {
            name[5:]: getattr(self, name) for name in dir(self) if name.startswith("_act_")
        }

    def _id(self) -> UUID:
        return UUID(bytes=self.chance.randbytes(16), version=4)

    def _phone(self, name: str, person: UUID) -> SimPhone:
        phone = SimPhone(
            name,
            lambda: self.now_ms,
            Luck(self.chance),
            self.traces,
            lambda asked: self._digest(phone, asked),
            self.broken.page_in_one_transaction,
            self.broken.counts_anew,
        )
        phone.enrol(person)
        self.server.tables.vaults[phone.vault_id] = Vault(person, phone.crypto.keys)
        return phone

    # -- the run --

    def play(self) -> Traces:
        """All phases, then rest. Raises AssertionError, with the seed and the way to replay it."""
        try:
            for phone in self.phones:
                self._finish(phone)
            for phase in PHASES:
                self._play(phase)
            self.come_to_rest()
            self._ask(AT_REST, self.phones)
        except AssertionError as error:
            last = "; ".join(self.log[-6:])
            raise AssertionError(
                f"seed {self.seed}: {error}\nlast: {last}\nreplay: {REPLAY.format(self.seed)}"
            ) from error
        return self.traces

    def _play(self, phase: Phase) -> None:
        self.phase = phase
        names, weights = list(phase.acts), list(phase.acts.values())
        for phone in self.phones:
            phone.luck.kills, phone.luck.fills = phase.kills, phase.fills
        for _ in range(phase.steps):
            phone, name = self.chance.choice(self.phones), self.chance.choices(names, weights)[0]
            self.log.append(f"{phase.name}/{name} {phone.name}")
            self._guarded(phone, self._acts[name])
            self._ask(OF_A_PHONE, [phone])
            now = [self.server.tables, *(one.disk for one in self.phones)]
            if any(one is not other for one, other in zip(now, self._asked, strict=True)):
                self._ask(OF_ALL, self.phones)
                self._asked = now
        for phone in self.phones:
            phone.luck.kills = phone.luck.fills = 0.0

    def _guarded(self, phone: SimPhone, act: Callable[[SimPhone], None]) -> None:
        try:
            act(phone)
        except QuotaExceeded:
            pass  # the person was told that nothing was saved
        except Killed:
            self.log.append(f"{phone.name} was killed")
            self._restart(phone)

    def _restart(self, phone: SimPhone) -> None:
        while True:
            try:
                return phone.restart()
            except Killed:
                continue

    def _ask(self, checks: tuple[Check, ...], phones: list[SimPhone]) -> None:
        for check in checks:
            check(self.server, phones)

    def come_to_rest(self) -> None:
        """Faults end: what is on its way arrives, clocks are right, and every phone syncs until nothing moves."""
        self.server.has_key = True
        while self.server.lingering:
            self.server.end()
        for phone in self.phones:
            self.chance.shuffle(phone.late)
            while phone.late:
                self._post(phone, phone.late.pop())
            phone.set_clock_right()
            self._finish(phone)
            phone.give_another_try()
        for _ in range(ROUNDS_MAX):
            before = self._where()
            for phone in self.phones:
                self._finish(phone)
            if before == self._where():
                return
        raise AssertionError("the phones never came to rest")

    def _where(self) -> list[Any]:
        return [(phone.disk["cursor"], [item.op for item in phone.disk["queue"]]) for phone in self.phones]

    def _finish(self, phone: SimPhone) -> None:
        phone.wake("user")
        if phone.device.is_locked:
            self._deliver_all(phone)
            phone.unlock()
        self._deliver_all(phone)
        phone.wake("user")
        self._deliver_all(phone)

    def _deliver_all(self, phone: SimPhone) -> None:
        for _ in range(ROUNDS_MAX):
            if phone.flight is None:
                return
            phone.answered(self._post(phone, phone.flight.request))
        raise AssertionError(f"{phone.name} never stops sending")

    # -- the network --

    def _post(self, phone: SimPhone, request: Request, crash: str | None = None) -> Answer:
        return self.server.exchange(phone.vault_id, request.headers, request.body, crash)

    def _act_deliver(self, phone: SimPhone) -> None:
        if phone.flight is None:
            return phone.tick()
        if phone.device.is_locked and self.chance.random() < 0.1:
            return phone.fail("vault_locked")
        fate = self.chance.choices(list(self.phase.fates), list(self.phase.fates.values()))[0]
        self.log.append(fate)
        request = phone.flight.request
        if self.chance.random() < 0.2:
            phone.late.append(request)
        match fate:
            case "delay":
                return
            case "lost":
                phone.answered(None)
            case "portal":
                phone.answered(Answer(code="captive_portal"))
            case "busy" | "slow":
                code = {"busy": "server_busy", "slow": "slow_down"}[fate]
                phone.answered(Answer(code=code, retry_after_s=self.chance.choice([2, 30, 30 * 86_400])))
            case "too_large":
                phone.answered(Answer(code="frame_too_large"))
            case "malformed":
                phone.answered(Answer(code="frame_malformed"))
            case "internal":
                phone.answered(Answer(code="internal"))
            case "crash_before" | "crash_after":
                self._crash(phone, request, fate[6:])
            case _:
                self._answered(phone, request, fate)

    def _crash(self, phone: SimPhone, request: Request, when: str) -> None:
        try:
            answer: Answer | None = self._post(phone, request, when)
        except Down:
            answer = None
        phone.answered(answer)

    def _answered(self, phone: SimPhone, request: Request, fate: str) -> None:
        answer = self._post(phone, request)
        if fate == "twice":
            answer = self._post(phone, request)
        elif fate == "reply_cut" and answer.frame:
            answer = Answer(frame=answer.frame[: self.chance.randrange(len(answer.frame))])
        phone.answered(None if fate == "reply_lost" else answer)

    def _act_late(self, phone: SimPhone) -> None:
        if phone.late:
            self._post(phone, phone.late.pop(self.chance.randrange(len(phone.late))))

    def _digest(self, phone: SimPhone, asked: Question) -> Any:
        if phone.luck.kills and self.chance.random() < 0.3:
            return None  # the link failed
        return self.server.digest(phone.vault_id, asked.headers, asked.body)

    # -- people with phones --

    def _act_save(self, phone: SimPhone) -> None:
        if phone.crypto.is_forgotten:
            return
        word = self._word(phone)
        if phone.device.is_locked:
            phone.save("urgent", {"at": 1, "text": word}, word)
            return
        known = self._known(phone)
        kinds = (
            ["new"]
            if not known
            else ["new", "new", "next", "next", "next", "draft", "void", "withdraw", "urgent", "bad"]
        )
        kind = self.chance.choice(kinds)
        if kind == "urgent":
            phone.save("urgent", {"at": 1, "text": word}, word)
            return
        if kind == "new":
            case = self.chance.choice(self._cases_of(phone))
            about = {"case_id": str(case), "visit_id": str(self.visit_of[case]), "record_id": phone.new_id()}
            phone.report(word, about, parents=[], on=frozenset(), intent=self._intent())
            return
        about, revision_id, on, parents = self.chance.choice(known)
        if kind == "next":
            phone.report(word, about, parents=[revision_id], on=on, intent=self._intent())
        elif kind == "bad":
            # An app of before that sends other bytes under an id it has used.
            for one in self.phones:
                one.reused.add(revision_id)
            phone.report(word, about, parents=parents, on=on, intent=self._intent(), revision_id=revision_id)
        else:
            self._about(phone, kind, about, word)

    def _about(self, phone: SimPhone, kind: str, about: dict[str, str], word: str) -> None:
        named: dict[str, Any] = {**about, "form": FORM, "form_version": FORM_VERSION}
        body: dict[str, Any] = {"reason": "other", "text": word}
        if kind == "draft":
            self.numbers += 1
            named["number"] = self.numbers
            body = {"answers": {}, "recorded": {"app": word}, "position": {}}
        phone.save(kind, body, word, **named)

    def _act_merge(self, phone: SimPhone) -> None:
        if phone.crypto.is_forgotten or phone.device.is_locked:
            return
        heads = self._heads(phone)
        for answered in list(phone.device.attention.values()):
            head = answered.item.head
            if answered.result["reason"] != "not_the_head" or head["record_id"] not in heads:
                continue
            about, theirs, words = heads[head["record_id"]]
            if theirs == head["revision_id"]:
                continue
            mine = phone.contents[head["revision_id"]]
            parents = [head["revision_id"], theirs]
            phone.report(self._word(phone), about, parents=parents, on=mine | words, intent="submit")
            return

    def _act_wake(self, phone: SimPhone) -> None:
        phone.wake(self.chance.choice(["start", "online", "visible", "saved", "timer", "user"]))

    def _act_lock(self, phone: SimPhone) -> None:
        if phone.device.is_locked:
            phone.unlock()
        elif self.chance.random() < 0.4:
            phone.lock()

    def _act_clock(self, phone: SimPhone) -> None:
        phone.skew_ms = self.chance.choice([0, 120_000, -3_600_000, 3_650 * DAY_MS, -20_000 * DAY_MS])

    def _act_time(self, _phone: SimPhone) -> None:
        self._pass(self.chance.choice([1_000, 60_000, 600_000, 26 * 3_600_000]))

    def _act_weeks(self, _phone: SimPhone) -> None:
        days = self.chance.choice([21, 420])
        self._pass(days * DAY_MS)
        if days > TOLD_FOR_DAYS:
            self.server.act(desk.forget_what_is_gone)

    def _pass(self, ms: int) -> None:
        self.now_ms += ms
        for phone in self.phones:
            self._guarded(phone, SimPhone.tick)

    def _word(self, phone: SimPhone) -> str:
        self.words += 1
        return f"{phone.name}-{self.words}"

    def _intent(self) -> str:
        return self.chance.choice(["door", "submit", "submit"])

    def _cases_of(self, phone: SimPhone) -> list[UUID]:
        held = [UUID(ref[5:]) for ref in sorted(phone.device.held) if ref.startswith("case:")]
        return held or [self.chance.choice(self.cases)]

    def _heads(self, phone: SimPhone) -> dict[str, tuple[dict[str, str], str, Contents]]:
        """By record: what the server showed of it last."""
        found = {}
        for ref, value in phone.device.held.items():
            for record in value.get("records", ()) if ref.startswith("case:") else ():
                about = self._named(value["case_id"], record["record_id"])
                found[record["record_id"]] = (about, record["head"], frozenset(record["words"]))
        return found

    def _known(self, phone: SimPhone) -> list[tuple[dict[str, str], str, Contents, list[str]]]:
        """(record, revision, its words, its parents) of all that this phone could go on from."""
        known = [(about, head, words, []) for about, head, words in self._heads(phone).values()]
        items: list[Queued] = [*phone.device.queue, *(one.item for one in phone.device.received.values())]
        for item in items:
            head = item.head
            if head["kind"] == "revision":
                about = self._named(head["case_id"], head["record_id"])
                words = phone.contents[head["revision_id"]]
                known.append((about, head["revision_id"], words, list(head["parents"])))
        return known

    def _named(self, case_id: str, record_id: str) -> dict[str, str]:
        return {"case_id": case_id, "visit_id": str(self.visit_of[UUID(case_id)]), "record_id": record_id}

    # -- people at the desk --

    def _act_review(self, _phone: SimPhone) -> None:
        change = self._decision()
        if change is not None:
            self.server.act(change)

    def _act_slow_act(self, _phone: SimPhone) -> None:
        change = self._decision() if self.chance.random() < 0.7 else self._scope()
        if change is not None:
            self.server.begin(change)

    def _act_end_act(self, _phone: SimPhone) -> None:
        if self.server.lingering:
            self.server.end()

    def _decision(self) -> Any:
        """What a supervisor does next; sometimes about what was on the screen before somebody wrote in between."""
        tables = self.server.tables
        open_ones = [one for one in tables.records.values() if one.state in (State.SUBMITTED, State.IN_REVIEW)]
        if not open_ones:
            return None
        record = self.chance.choice(open_ones)
        if record.state == State.SUBMITTED:
            if record.record_id not in self.seen or self.chance.random() < 0.6:  # else a colleague opens it elsewhere
                self.seen[record.record_id] = (record.head_revision_id, tables.hash_of(record.head_revision_id))
            return desk.move(record.record_id, Move.OPEN_REVIEW)
        act = self.chance.choice([Move.RETURN, Move.APPROVE, Move.RELEASE])
        return desk.move(record.record_id, act, self.seen.get(record.record_id))

    def _act_scope(self, _phone: SimPhone) -> None:
        self.server.act(self._scope())

    def _scope(self) -> Any:
        person, case = self.chance.choice(self.people), self.chance.choice(self.cases)
        return desk.assign(person, case, is_hers=self.chance.random() < 0.5)

    def _act_leave(self, phone: SimPhone) -> None:
        waiting = [item.head["case_id"] for item in phone.device.queue if item.head["case_id"] is not None]
        if waiting:
            case = UUID(self.chance.choice(waiting))
            change = desk.assign(phone.person_id, case, is_hers=False)
            (self.server.begin if self.chance.random() < 0.3 else self.server.act)(change)

    def _act_view(self, phone: SimPhone) -> None:
        self.server.act(desk.raise_view(phone.person_id))

    def _act_key(self, _phone: SimPhone) -> None:
        self.server.has_key = not self.server.has_key

    def _act_backup(self, _phone: SimPhone) -> None:
        self.server.back_up()

    def _act_restore(self, _phone: SimPhone) -> None:
        if self.server.backups:
            # The newest that was verified: what it holds was called safe. What came after it comes back from phones.
            self.server.restore(self.server.backups[-1])

    def _act_stop(self, phone: SimPhone) -> None:
        how = self.chance.choice(
            [{"state": "suspended"}, {"state": "active"}, {"state": "revoked"}, {"order": str(self._id())}]
        )
        if "order" in how and self.server.tables.vaults[phone.vault_id].order is not None:
            return
        self.server.act(desk.stop(phone.vault_id, **how))


REPLAY = "SEED={} python -m pytest -n 0 tests/simulation/test_seeds.py -k one_seed"
