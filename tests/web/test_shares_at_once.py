"""Many wrong proofs at the same moment, on both databases: no more than ten are ever compared."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from hashlib import sha256

import pytest

from fieldapp import create_app
from fieldapp.actions import shares
from fieldapp.db import Base, db
from tests.phones import Asker
from tests.server_fixtures import spare_the_disk

PROOF, WRONG = sha256(b"right").digest(), sha256(b"wrong").digest()
AT_ONCE, THREADS = 200, 8


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def app(request, config, clock):
    if request.param == "postgres":
        config = replace(config, database_url=request.getfixturevalue("empty_postgres"))
    app = create_app(config)
    app.extensions["clock"] = clock
    with app.app_context():
        Base.metadata.create_all(db.engine)
        if config.is_sqlite:
            spare_the_disk(db.engine)  # or one of eight waits for two hundred writes of a slow disk, and is refused
        yield app
        db.engine.dispose()


def test_of_200_wrong_proofs_at_once_ten_are_compared(app, enrolled, monkeypatch):
    asker = Asker(enrolled())
    asker.ask("set", PROOF)
    compared = Counter()

    def counting(session, asked, counted):
        compared["times"] += 1
        return compare(session, asked, counted)

    compare = shares.compare
    monkeypatch.setattr(shares, "compare", counting)

    def send(asked):
        client = app.test_client()
        sent = {"data": asked.body, "headers": asked.headers, "base_url": asker.phone.client.origin}
        return client.post("/sync/v1/share", **sent).json["code"]

    asked = [asker.request("get", WRONG) for _ in range(AT_ONCE)]
    with ThreadPoolExecutor(THREADS) as pool:
        codes = Counter(pool.map(send, asked))
    assert (compared["times"], codes) == (10, {"wrong_pin": 10, "share_locked": AT_ONCE - 10})
    assert asker.ask("get", PROOF)[1]["code"] == "share_locked"
