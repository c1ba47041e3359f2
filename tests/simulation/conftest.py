"""The real server of a simulation: on SQLite, or on PostgreSQL where the test is marked so."""

from pathlib import Path

import pytest

from fieldapp.config import Config
from fieldapp.crypto.rest import Ring


@pytest.fixture
def config(tmp_path: Path, ring: Ring, request: pytest.FixtureRequest) -> Config:
    """Its own SQLite file, or the embedded PostgreSQL."""
    data_dir, ring_file = tmp_path / "data", tmp_path / "keys" / "ring.json"
    ring.save(ring_file)
    url = f"sqlite:///{data_dir / 'test.sqlite3'}"
    if request.node.get_closest_marker("postgres"):
        url = request.getfixturevalue("empty_postgres")
    return Config(data_dir=data_dir, database_url=url, ring_file=ring_file)
