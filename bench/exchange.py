"""What an exchange costs: bytes both ways and CPU time of the server, for the three commonest ones.

    python -m bench.exchange

A new phone pulls 200 families (all preloaded); nothing new on either side; twenty reports sent, their change received.
Bytes are bodies of request and reply, without HTTP headers (about 300 bytes up, of them 160 ours).
"""

import json
import tempfile
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from bench.intake import FAMILIES, cpu_s, make_phone, make_requests, make_server
from fieldapp.db import db
from sync import wire

IDLE_EXCHANGES = 200


def measure() -> dict[str, dict[str, float]]:
    """Per kind of exchange: requests, bytes up and down, CPU milliseconds."""
    with tempfile.TemporaryDirectory() as folder:
        app, ring = make_server(Path(folder), None)
        with app.app_context(), Session(db.engine, expire_on_commit=False, info={"ring": ring}) as session:
            phone, cases = make_phone(app, session)
        measured = {f"new phone, {FAMILIES} families": _run(phone, until_empty=True)}
        idle = [_run(phone, until_empty=False) for _ in range(IDLE_EXCHANGES)]
        measured["nothing new"] = {name: round(sum(run[name] for run in idle) / len(idle), 2) for name in idle[0]}
        make_requests(phone, cases, 20, 20)
        phone.device.is_locked = False
        measured["20 reports"] = _run(phone, until_empty=False)
        with app.app_context():
            db.engine.dispose()
    return measured


def _run(phone: Any, *, until_empty: bool) -> dict[str, float]:
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
        assert len(response.data) < wire.REPLY_HEAD_BYTES_MAX
        if not until_empty or not phone.device.more:
            return {"requests": count, "bytes up": up, "bytes down": down, "CPU ms": round(cpu * 1_000, 2)}


def main() -> None:
    print(json.dumps(measure(), indent=1))


if __name__ == "__main__":
    main()
