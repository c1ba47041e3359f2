"""What an exchange costs the server: CPU of the three commonest ones, and their bytes without HTTP headers.

In this process, through the whole WSGI app: a new phone pulls 200 families (all preloaded); nothing new on either
side, 200 times; twenty reports sent and what became of them received. HTTP adds about 300 B up, of them 160 ours.
"""

import tempfile
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from bench.intake import FAMILIES, cpu_s, make_phone, make_requests, make_server
from bench.report import Row
from fieldapp.db import db

RUNS = 5
IDLE_EXCHANGES = 200
REPORTS = 20


def measure(runs: int = RUNS) -> list[Row]:
    day = []
    with tempfile.TemporaryDirectory() as folder:
        app, ring = make_server(Path(folder), None)
        with app.app_context(), Session(db.engine, expire_on_commit=False, info={"ring": ring}) as session:
            phone, cases = make_phone(app, session)
        first = _run(phone, until_empty=True)
        idle = [_run(phone, until_empty=False) for _ in range(IDLE_EXCHANGES)]
        for run in range(runs):
            make_requests(phone, cases, REPORTS, REPORTS, seed=run)
            phone.device.is_locked = False
            day.append(_run(phone, until_empty=False))
        with app.app_context():
            db.engine.dispose()
    kinds = ((f"new phone, {FAMILIES} families", [first]), ("nothing new", idle), (f"{REPORTS} reports", day))
    return [row for what, taken in kinds for row in _rows(what, taken)]


def _rows(what: str, runs: list[tuple[float, ...]]) -> list[Row]:
    cpu, requests, up, down = (tuple(column) for column in zip(*runs, strict=True))
    return [
        Row(f"{what}: CPU of the server", "ms", cpu),
        Row(f"{what}: requests", "", requests),
        Row(f"{what}: up", "B", up),
        Row(f"{what}: down", "B", down),
    ]


def _run(phone: Any, *, until_empty: bool) -> tuple[float, ...]:
    """CPU ms, requests, bytes up, bytes down."""
    count = up = down = 0
    cpu = 0.0
    while True:
        request = phone.device.request()
        start = cpu_s()
        response = phone.post(request)
        cpu += cpu_s() - start
        assert response.status_code == 200
        phone.device.apply(request, response.data)
        count, up, down = count + 1, up + len(request.body), down + len(response.data)
        if not until_empty or not phone.device.more:
            return cpu * 1_000, float(count), float(up), float(down)
