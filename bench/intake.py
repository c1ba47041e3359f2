"""Intake: reports a second and core, opened, signature and shape checked, sealed at rest and stored durably.

One process, one core's work: CPU time of this process is what counts, for a neighbour takes wall time away. Frames
are made before the clock starts; each holds one envelope and 100 reports of F2 with about 52 answers, on 200
families. The whole path runs: WSGI app, transport signature, HPKE, AES-GCM, ECDSA, shape check, SQL on SQLite with
synchronous=FULL. A busy machine slows CPU time too: the time of one ECDSA check in the same run says by how much
(about 70 us on an idle core).

The floor opens and seals the same bytes with AES-GCM and inserts them by one prepared statement, as many a
transaction: no signature, no shape, no rights, no feed, no audit. The stages come from a run of their own, for
watching costs time.
"""

import os
import random
import resource
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest import mock

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pysqlite3 import dbapi2 as sqlite
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from bench import records
from bench.report import Row
from fieldapp import create_app, settle_memory
from fieldapp.actions import findings, opening
from fieldapp.config import Config
from fieldapp.crypto import packages, signatures
from fieldapp.crypto.rest import Ring
from fieldapp.db import Base, db, writing
from fieldapp.models import bodies
from fieldapp.models.records import Revision
from tests import factories
from tests.phones import Phone, issue_code, prepare_server
from tests.server_fixtures import OriginClient

RUNS = 3
RECORDS, BATCH = 2_000, 100
FAMILIES, ANSWERS = 200, 52
FINDINGS = 200
TARGET = 3_000


def measure(runs: int = RUNS, url: str | None = None) -> list[Row]:
    """`url` names an empty PostgreSQL database to take instead of SQLite."""
    rates, micros, wall_rates, floors, checks = [], [], [], [], []
    with tempfile.TemporaryDirectory() as folder:
        app, ring = make_server(Path(folder), url)
        settle_memory()  # as create_server does for gunicorn
        with app.app_context(), Session(db.engine, expire_on_commit=False, info={"ring": ring}) as session:
            phone, cases = make_phone(app, session)
        for run in range(runs):
            requests = make_requests(phone, cases, RECORDS, BATCH, seed=run)
            cpu, wall = _sent(phone, requests)
            rates.append(RECORDS / cpu)
            wall_rates.append(RECORDS / wall)
            micros.append(cpu / RECORDS * 1e6)
            floors.append(_floor(Path(folder) / f"floor{run}.sqlite3", requests))
            checks.append(_one_check_us())
        sizes = [len(item.package) for request in requests for item in request.sent]
        with app.app_context(), _stages(db.engine) as spent:
            requests = make_requests(phone, cases, RECORDS, BATCH, seed=runs)
            spent.clear()
            whole, _ = _sent(phone, requests)
        with app.app_context():
            findings_us = tuple(_findings_us() for _ in range(runs))
            db.engine.dispose()
    spent["everything else: Flask, ORM, rules, JSON"] = whole - sum(spent.values())
    return [
        Row("records a second of CPU", "/s", tuple(rates), TARGET, tuple(floors), more_is_better=True),
        Row("records a second of wall time, on this busy machine", "/s", tuple(wall_rates)),
        Row("CPU a record", "us", tuple(micros)),
        Row("bytes a record, sealed", "B", (sum(sizes) / len(sizes),)),
        Row("CPU of one ECDSA check", "us", tuple(checks)),
        Row("full findings of a report, made when a reviewer opens it", "us", findings_us),
        *(
            Row(f"stage: {stage}", "us", (seconds / RECORDS * 1e6,))
            for stage, seconds in sorted(spent.items(), key=lambda one: -one[1])
        ),
    ]


def make_server(folder: Path, url: str | None) -> tuple[Any, Ring]:
    ring = Ring.generate()
    ring.save(folder / "keys" / "ring.json")
    url = url or f"sqlite:///{folder / 'data' / 'bench.sqlite3'}"
    app = create_app(Config(data_dir=folder / "data", database_url=url, ring_file=folder / "keys" / "ring.json"))
    with app.app_context():
        Base.metadata.create_all(db.engine)
    return app, ring


def make_phone(app: Any, session: Session) -> tuple[Phone, list[tuple[str, str]]]:
    """An enrolled caseworker's phone, and (case id, visit id) of her families."""
    now = datetime.now(UTC)
    county = factories.county(session, now)
    prepare_server(session, now)
    cases = []
    for _ in range(FAMILIES):
        case_id = factories.case(session, now)
        factories.assign(session, now, case_id, county.caseworker_id)
        cases.append((str(case_id), str(factories.visit(session, now, case_id, [county.caseworker_id]))))
    session.commit()
    client = OriginClient(app, app.response_class)
    client.origin = app.extensions["config"].phone_origin
    phone = Phone(client, lambda: datetime.now(UTC), 1)
    assert phone.enrol("caseworker", issue_code(session, county, "caseworker", now)).status_code == 200
    return phone, cases


def make_requests(phone: Phone, cases: list[tuple[str, str]], count: int, batch: int, seed: int = 0) -> list[Any]:
    """Exchanges with so many new reports in all; pushes alone, as of a locked phone."""
    phone.device.is_locked = True
    chance, requests = random.Random(seed), []
    for start in range(0, count, batch):
        phone.device.queue = []
        for number in range(start, min(start + batch, count)):
            case_id, visit_id = cases[number % len(cases)]
            answers = records.of_count(chance, ANSWERS)
            body = {"answers": answers, "replies": [], "recorded": {"started": 1}, "visitors": []}
            about: dict[str, Any] = {"case_id": case_id, "visit_id": visit_id, "record_id": phone.new_id()}
            about |= {"revision_id": phone.new_id(), "form": "F2", "form_version": factories.version_of("F2")}
            about["intent"] = "submit"
            phone.device.hand_in("revision", body, **about)
        requests.append(phone.device.request(items_max=batch, bytes_max=1 << 30))
    return requests


def _sent(phone: Phone, requests: list[Any]) -> tuple[float, float]:
    """CPU and wall seconds."""
    cpu, wall = cpu_s(), time.perf_counter()
    for request in requests:
        response = phone.post(request)
        assert response.status_code == 200 and response.data.count(b'"status":"ok"') == len(request.sent)
    return cpu_s() - cpu, time.perf_counter() - wall


def _floor(file: Path, requests: list[Any]) -> float:
    """Records a second of CPU: AES-GCM open and seal, one insert each, durable."""
    cipher, nonce = AESGCM(bytes(32)), bytes(12)
    batches = [[cipher.encrypt(nonce, item.package, None) for item in request.sent] for request in requests]
    connection = sqlite.connect(str(file), isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("CREATE TABLE revision (id BLOB PRIMARY KEY, body BLOB) WITHOUT ROWID")
    start = cpu_s()
    for batch in batches:
        opened = [cipher.decrypt(nonce, sealed, None) for sealed in batch]
        rows = [(os.urandom(16), cipher.encrypt(os.urandom(12), plain, None)) for plain in opened]
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO revision VALUES (?, ?)", rows)
        connection.execute("COMMIT")
    took = cpu_s() - start
    connection.close()
    return sum(map(len, batches)) / took


@contextmanager
def _stages(engine: Any) -> Iterator[dict[str, float]]:
    """CPU seconds by stage while it is open; none of the stages runs inside another."""
    spent: dict[str, float] = defaultdict(float)

    def watched(stage: str, run: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*given: Any, **named: Any) -> Any:
            start = time.thread_time()
            try:
                return run(*given, **named)
            finally:
                spent[stage] += time.thread_time() - start

        return timed

    began: list[float] = []
    places = (
        (packages, "open_head", "head opened (AES-GCM, inflate)"),
        (packages, "open_body", "body opened (AES-GCM, inflate, two hashes)"),
        (packages, "open_envelope", "envelope opened (HPKE)"),
        (signatures, "verify", "signatures checked (ECDSA)"),
        (opening, "_check_answers", "shape of the answers"),
        (bodies, "seal_for_case", "sealed at rest (AES-GCM, case key)"),
        (engine.dialect, "do_commit", "commit"),
    )
    patches = [mock.patch.object(place, name, watched(stage, getattr(place, name))) for place, name, stage in places]
    event.listen(engine, "before_cursor_execute", lambda *_: began.append(time.thread_time()))

    @event.listens_for(engine, "after_cursor_execute")
    def ended(*_: Any) -> None:
        spent["SQL in the driver"] += time.thread_time() - began.pop()

    for patch in patches:
        patch.start()
    try:
        yield spent
    finally:
        for patch in patches:
            patch.stop()


def _findings_us() -> float:
    """CPU of every rule of the form on a whole report, as its reviewer asks for it: opened, evaluated, kept."""
    with writing() as session:
        heads = session.scalars(select(Revision).limit(FINDINGS)).all()
        start = cpu_s()
        for head in heads:
            findings.findings_of(session, head, datetime.now(UTC))
        took = cpu_s() - start
        session.rollback()  # each run makes them anew
    return took / len(heads) * 1e6


def _one_check_us() -> float:
    private = signatures.new_private_key()
    point, signed = signatures.public_point(private), signatures.sign(private, b"yardstick")
    start = cpu_s()
    for _ in range(500):
        signatures.verify(point, signed, b"yardstick")
    return (cpu_s() - start) / 500 * 1e6


def cpu_s() -> float:
    """CPU seconds of this process so far, its own and the kernel's for it."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
