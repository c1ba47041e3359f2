"""The evening of a county: 300 phones come home within ten minutes, to one server on this machine of two cores.

The server is the real command in its own processes (gunicorn, worker, SQLite with synchronous=FULL). Each phone
(sync/device.py, the real crypto) comes once, at a moment of its own: it pulls its day, hands in eight reports sealed
before, sends three photos of 300 KB in pieces of 128 KB, and asks once more later. Whoever is refused waits as long as
it was told. The link is not slowed: pieces come as fast as the server takes them, and the phones' own work runs on the
same two cores. The floor is one such phone after the other on the idle server, in the same run.

At the end nothing may be left on a phone, and each report and photo must lie in the database once.
"""

import http.client
import os
import random
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from bench import records, stage
from bench.exchange import Wire
from bench.report import Row
from fieldapp import demo
from fieldapp.crypto.packages import from_b64u
from fieldapp.db import writing
from fieldapp.models import server_keys, settings
from fieldapp.models.accounts import Role
from fieldapp.models.files import File
from fieldapp.models.records import Revision
from fieldapp.models.vaults import Vault, VaultHome
from tests import factories
from tests.browser import live
from tests.phones import Phone
from tests.uploading import Photo

RUNS = 1
PHONES, MINUTES = 300, 10
ALONE = 5  # phones of the floor
FAMILIES, REPORTS, ANSWERS = 8, 8, 52
PHOTOS, PHOTO_BYTES, PIECE_BYTES = 3, 300_000, 131_072
WAIT_S, TRIES_MAX = 1.0, 100
P95_MAX_S = 5  # what the phone aims at for one request
_REFUSED = (429, 503)
_KINDS = ("exchange", "announcement", "piece")


@dataclass
class Line:
    """A phone's connection: notes how long each request took, waits where it is refused, and goes on after a break."""

    wire: Wire
    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    said: Counter[str] = field(default_factory=Counter)

    def post(self, path: str, data: Any, headers: dict[str, str] | None = None) -> Any:
        kind = "exchange" if path.endswith("exchange") else "announcement"
        return self._ask(kind, lambda: self.wire.post(path, data, headers))

    def patch(self, path: str, data: Any, headers: dict[str, str]) -> Any:
        return self._ask("piece", lambda: self.wire.patch(path, data, headers))

    def head(self, path: str, headers: dict[str, str]) -> Any:
        return self._ask("announcement", lambda: self.wire.head(path, headers))

    def _ask(self, kind: str, ask: Callable[[], Any]) -> Any:
        for _ in range(TRIES_MAX):
            from_s = time.perf_counter()
            try:
                answer = ask()
            except (OSError, http.client.HTTPException):
                # The server closes a connection that was silent; a browser asks again by itself.
                self.said["connections made anew"] += 1
                self.wire.connect()
                continue
            self.seconds[kind].append(time.perf_counter() - from_s)
            if answer.status_code not in _REFUSED:
                return answer
            self.said["refusals"] += 1
            time.sleep(float(answer.headers.get("Retry-After", WAIT_S)))
        raise AssertionError(f"refused {TRIES_MAX} times")


@dataclass
class Visitor:
    """Somebody with a phone full of work. `comes_s`: when she is home; `again_s`: when she looks once more."""

    phone: Phone
    line: Line
    families: list[tuple[str, str]]
    comes_s: float
    again_s: float
    error: BaseException | None = None

    def write(self, chance: random.Random) -> None:
        """Her reports, sealed and signed, before any clock runs."""
        for number in range(REPORTS):
            case_id, visit_id = self.families[number % len(self.families)]
            answers = records.of_count(chance, ANSWERS)
            body = {"answers": answers, "replies": [], "recorded": {"started": 1}, "visitors": []}
            about: dict[str, Any] = {"case_id": case_id, "visit_id": visit_id, "record_id": self.phone.new_id()}
            about |= {"revision_id": self.phone.new_id(), "form": "F2", "form_version": factories.version_of("F2")}
            self.phone.device.hand_in("revision", body, **about, intent="submit")

    def come_home(self, started_s: float) -> None:
        try:
            _wait_until(started_s + self.comes_s)
            self.sync()
            for _ in range(PHOTOS):
                self._send(Photo(self.phone, PHOTO_BYTES))
            _wait_until(started_s + self.again_s)
            self.sync()
        except BaseException as error:
            self.error = error

    def sync(self) -> None:
        self.line.wire.connect()
        self.phone.sync()
        while self.phone.device.queue or self.phone.device.more:
            self.phone.sync()

    def _send(self, photo: Photo) -> None:
        offset = photo.announce().json["offset"]
        while offset < len(photo.sealed):
            answer = photo.patch(offset, PIECE_BYTES)
            assert answer.status_code in (204, 409), answer.status_code  # 409: it was here, its answer was lost
            offset = int(answer.headers["Upload-Offset"] if answer.status_code == 204 else answer.json["offset"])

    @property
    def is_safe(self) -> bool:
        """Whether every report of hers lies at or below what the server calls safe."""
        device = self.phone.device
        marks = [answered.result["seq"] for answered in device.received.values()]
        is_all_here = len(marks) + len(device.freed) >= REPORTS
        return is_all_here and max(marks, default=0) <= device.safe.get(device.district, 0)


def measure(runs: int = RUNS, scale: float = 1.0) -> list[Row]:
    """`scale` shortens the evening and takes as many fewer phones: 0.1 is 30 phones in one minute."""
    seconds: dict[str, list[float]] = defaultdict(list)
    alone: dict[str, list[float]] = defaultdict(list)
    told: dict[str, list[float]] = defaultdict(list)
    for run in range(runs):
        _run(run, max(1, round(PHONES * scale)), MINUTES * 60 * scale, seconds, alone, told)
    rows = []
    for kind in _KINDS:
        # Thousands of requests, of which a table shows three: their middle and their slow end have rows of their own.
        for part, said, bound in ((0.5, "half", None), (0.95, "95 %", P95_MAX_S)):
            ours, floor = (_part(seconds[kind], part),), (_part(alone[kind], part),)
            rows.append(Row(f"{kind}: {said} took at most", "s", ours, bound, floor))
    bounds = {"reports missing, doubled or not safe at the end": 0, "photos missing at the end": 0}
    return rows + [Row(what, "", tuple(values), bounds.get(what)) for what, values in told.items()]


def _run(
    run: int, phones: int, length_s: float,
    seconds: dict[str, list[float]], alone: dict[str, list[float]], told: dict[str, list[float]],
) -> None:  # fmt: skip
    chance = random.Random(run)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = stack.enter_context(live.live_server(folder))
        everybody = _people(server, phones + ALONE, length_s, chance)
        for one in everybody:
            one.write(chance)
        for one in everybody[phones:]:
            one.comes_s = one.again_s = 0
            one.come_home(time.perf_counter())
            _gather(one, alone)
        cpu, from_s = _cpu_s(server), time.perf_counter()
        home = [threading.Thread(target=one.come_home, args=(from_s,)) for one in everybody[:phones]]
        for thread in home:
            thread.start()
        for thread in home:
            thread.join()
        took, cpu = time.perf_counter() - from_s, _cpu_s(server) - cpu
        said: Counter[str] = Counter()
        for one in everybody[:phones]:
            _gather(one, seconds)
            said += one.line.said
        unsafe, photos = _left(server, everybody)
    for error in (one.error for one in everybody if one.error is not None):
        raise error
    told["phones"].append(phones)
    told["minutes until the last one was done"].append(took / 60)
    told["requests"].append(sum(len(one.line.seconds[kind]) for one in everybody[:phones] for kind in _KINDS))
    for what in ("refusals", "connections made anew"):
        told[what].append(said[what])
    told["cores that the server was busy with, of two"].append(cpu / took)
    told["reports missing, doubled or not safe at the end"].append(unsafe)
    told["photos missing at the end"].append(photos)


def _people(server: live.LiveServer, count: int, length_s: float, chance: random.Random) -> list[Visitor]:
    """Caseworkers of the demo county with a phone each, enrolled long ago, and families with a visit today."""
    now, made = datetime.now(UTC), []
    with stage.app_of(server).app_context(), writing() as session:
        chief = stage.acting(session, "admin").person_id
        epoch, keys = settings.get(session, settings.EPOCH) or "", server_keys.key_list(session).to_json()
        for number in range(count):
            person_id = factories.person(session, now, Role.CASEWORKER, demo.DISTRICT, name=f"演示{number:03}")
            line = Line(Wire(server.port, f"localhost:{server.port}"))
            phone = Phone(line, lambda: datetime.now(UTC), number + 1)
            vault_id, crypto = phone.device.vault_id, phone.crypto
            session.add(VaultHome(vault_id=vault_id, district=demo.DISTRICT))
            session.add(
                Vault(
                    district=demo.DISTRICT, vault_id=vault_id, person_id=person_id, issued_by=chief, enrolled_at=now,
                    transport_key=crypto.transport_point, author_key=crypto.author_point,
                )
            )  # fmt: skip
            phone.device.enrolled(
                {"district": demo.DISTRICT, "epoch": epoch, "person": {"person_id": str(person_id)}, **keys}
            )
            crypto.identity = from_b64u(keys["identity_key"])
            crypto.take_keys(keys["server_keys"])
            families = [_family(session, now, person_id) for _ in range(FAMILIES)]
            comes_s = chance.uniform(0, length_s * 0.9)
            made.append(Visitor(phone, line, families, comes_s, chance.uniform(comes_s, length_s)))
    return made


def _family(session: Any, now: datetime, person_id: UUID) -> tuple[str, str]:
    case_id = factories.case(session, now, village=demo.VILLAGES[0])
    factories.assign(session, now, case_id, person_id)
    return str(case_id), str(factories.visit(session, now, case_id, [person_id]))


def _left(server: live.LiveServer, everybody: list[Visitor]) -> tuple[int, int]:
    """(reports that are not in the database exactly once, or not called safe; photos that are not whole)"""
    people = [UUID(one.phone.device.person_id) for one in everybody]
    with stage.app_of(server).app_context(), writing() as session:
        stored = session.scalar(select(func.count()).where(Revision.author_id.in_(people))) or 0
        whole = session.scalar(select(func.count()).where(File.person_id.in_(people), File.state == "complete")) or 0
    unsafe = sum(not one.is_safe for one in everybody)
    return abs(stored - REPORTS * len(people)) + unsafe, PHOTOS * len(people) - whole


def _gather(one: Visitor, into: dict[str, list[float]]) -> None:
    for kind, taken in one.line.seconds.items():
        into[kind] += taken


def _part(taken: list[float], part: float) -> float:
    """The time within which this part of them was over."""
    return sorted(taken)[min(len(taken) - 1, int(len(taken) * part))]


def _wait_until(at_s: float) -> None:
    time.sleep(max(0.0, at_s - time.perf_counter()))


def _cpu_s(server: live.LiveServer) -> float:
    """CPU seconds so far of all processes of the server: they are a group of their own."""
    assert server._process is not None
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it ended meanwhile
        if int(fields[2]) == server._process.pid:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")
