"""Intake: reports a second and core, opened, signature and shape checked, sealed at rest and stored durably.

    python -m bench.intake [--records 2000] [--batch 100] [--url postgresql+psycopg://…]

One process, one core's work: CPU time of this process is what counts. Frames are made before the clock starts; each
holds one envelope and `batch` reports of F2 with about 52 answers, on 200 families. The whole path runs: WSGI app,
transport signature, HPKE, AES-GCM, ECDSA, shape check, SQL. A busy machine slows CPU time too: the time of one ECDSA
check in the same run says by how much (about 70 us on an idle core).
"""

import argparse
import json
import random
import resource
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from fieldapp import create_app
from fieldapp.config import Config
from fieldapp.crypto import signatures
from fieldapp.crypto.rest import Ring
from fieldapp.db import Base, db
from fieldapp.forms import library
from tests import factories
from tests.phones import Phone, issue_code, prepare_server
from tests.server_fixtures import OriginClient

FAMILIES = 200
ANSWERS = 52
WORDS = "她家里住房老旧需要修缮母亲慢性病每月买药孩子上学路远村里帮忙"


def measure(records: int, batch: int, url: str | None = None) -> dict[str, float]:
    """Records per second of CPU and of wall time, CPU microseconds and bytes on the wire per record."""
    with tempfile.TemporaryDirectory() as folder:
        app, ring = make_server(Path(folder), url)
        with app.app_context(), Session(db.engine, expire_on_commit=False, info={"ring": ring}) as session:
            phone, cases = make_phone(app, session)
        requests = make_requests(phone, cases, records, batch)
        cpu, wall = cpu_s(), time.perf_counter()
        for request in requests:
            response = phone.post(request)
            assert response.status_code == 200 and response.data.count(b'"status":"ok"') == len(request.sent)
        cpu, wall = cpu_s() - cpu, time.perf_counter() - wall
        with app.app_context():
            db.engine.dispose()
    yardstick = _yardstick()
    sent = sum(len(request.body) for request in requests)
    return {
        "records": records,
        "batch": batch,
        "records/s of CPU": round(records / cpu),
        "records/s of wall": round(records / wall),
        "CPU us/record": round(cpu / records * 1e6),
        "bytes/record": round(sent / records),
        "CPU us/ECDSA check": round(yardstick * 1e6),
    }


def make_server(folder: Path, url: str | None) -> tuple[Any, Ring]:
    ring = Ring.generate()
    ring.save(folder / "keys" / "ring.json")
    url = url or f"sqlite:///{folder / 'data' / 'bench.sqlite3'}"
    app = create_app(Config(data_dir=folder / "data", database_url=url, ring_file=folder / "keys" / "ring.json"))
    with app.app_context():
        Base.metadata.create_all(db.engine)
    return app, ring


def make_phone(app: Any, session: Session) -> tuple[Phone, list[tuple[str, str]]]:
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


def make_requests(phone: Phone, cases: list[tuple[str, str]], records: int, batch: int) -> list[Any]:
    phone.device.is_locked = True  # a push alone: pulling is measured in bench/exchange.py
    chance, requests = random.Random(1), []
    for start in range(0, records, batch):
        phone.device.queue = []
        for number in range(start, min(start + batch, records)):
            case_id, visit_id = cases[number % len(cases)]
            body = {"answers": _answers(chance), "replies": [], "recorded": {"started": 1}, "visitors": []}
            named = {"case_id": case_id, "visit_id": visit_id, "record_id": phone.new_id()}
            about = {"revision_id": phone.new_id(), "form": "F2", "form_version": 1, "intent": "submit"}
            phone.device.hand_in("revision", body, **named, **about)
        requests.append(phone.device.request(items_max=batch, bytes_max=1 << 30))
    return requests


def _answers(chance: random.Random) -> dict[str, Any]:
    """About fifty answers of F2 in their right shapes, four people in the household."""
    plan = library.plans()["F2"]
    answers: dict[str, Any] = {}
    for node in plan.nodes[1:]:
        if _count(answers) >= ANSWERS:
            break
        _fill(plan, node, answers, chance)
    return answers


def _count(value: Any) -> int:
    if isinstance(value, dict):
        return sum(map(_count, value.values()))
    return sum(map(_count, value)) if isinstance(value, list) else 1


def _fill(plan: Any, node: Any, answers: dict[str, Any], chance: random.Random) -> None:
    where: Any = answers
    for name, kind in _way(plan, node):
        where = where.setdefault(name, {} if kind == "group" else [{"_id": f"row-{i}"} for i in range(4)])
        if kind == "repeat":
            return _fill_rows(node, where, chance)
    value = _value(node, chance)
    if value is not None:
        where[node["name"]] = value
    return None


def _fill_rows(node: Any, rows: list[dict[str, Any]], chance: random.Random) -> None:
    for row in rows:
        value = _value(node, chance)
        if value is not None:
            row[node["name"]] = value


def _way(plan: Any, node: Any) -> list[tuple[str, str]]:
    way: list[tuple[str, str]] = []
    parent = node["parent"]
    while parent:
        way.append((plan.nodes[parent]["name"], plan.nodes[parent]["kind"]))
        parent = plan.nodes[parent]["parent"]
    return way[::-1]


def _value(node: Any, chance: random.Random) -> Any:
    kinds = {
        "text": lambda: "".join(chance.choices(WORDS, k=24)),
        "integer": lambda: chance.randrange(100),
        "decimal": lambda: f"{chance.randrange(9_000)}.50",
        "date": lambda: f"20{chance.randrange(10, 26)}-03-0{chance.randrange(1, 9)}",
        "select_one": lambda: "yes",
        "select_multiple": lambda: ["yes", "no"],
    }
    if node["kind"] not in ("question", "hidden") or node.get("check"):
        return None
    make = kinds.get(node.get("type") or "")
    return None if make is None else make()


def _yardstick() -> float:
    private = signatures.new_private_key()
    point, signed = signatures.public_point(private), signatures.sign(private, b"yardstick")
    start = cpu_s()
    for _ in range(500):
        signatures.verify(point, signed, b"yardstick")
    return (cpu_s() - start) / 500


def cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=2_000)
    parser.add_argument("--batch", type=int, default=100)
    parser.add_argument("--url")
    given = parser.parse_args()
    print(json.dumps(measure(given.records, given.batch, given.url), indent=1))


if __name__ == "__main__":
    main()
