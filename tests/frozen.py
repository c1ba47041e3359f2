"""Phones and servers of earlier versions (tests/vectors/profiles/), unpacked: the old data for the app of now."""

import base64
import json
import lzma
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from flask_migrate import upgrade

from fieldapp import create_app
from fieldapp.config import Config

FOLDER = Path(__file__).parent / "vectors" / "profiles"
FROZEN_AT = datetime(2026, 11, 22, 12, tzinfo=UTC)  # all of them; a lease ends 35 days after the last contact
OPENED_AT = FROZEN_AT + timedelta(weeks=3)  # when the app of now meets them, whatever day it is today
NAMES = sorted(path.name.removesuffix(".phone.json.xz") for path in FOLDER.glob("*.phone.json.xz"))


@dataclass
class Frozen:
    """A phone. `known`: what opens it, and what a person would miss of it; `databases`: every store, row by row."""

    name: str
    known: dict[str, Any] = field(init=False, repr=False)
    databases: list[dict[str, Any]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        content = _read(f"{self.name}.phone")
        self.known, self.databases = content["known"], content["databases"]

    @property
    def record(self) -> dict[str, Any]:
        """What lies in clear of its one vault."""
        [(_, record)] = [row for one in self.databases for row in one["stores"].get("vaults", [])]
        return dict(record)


@dataclass(frozen=True)
class Server:
    """What lay on the machine of that phone's server; the first versions kept no tombstones."""

    database: bytes
    ring: bytes
    tombstones: bytes


def server_of(name: str) -> Server:
    """The server that a phone was frozen with."""
    content = _read(f"{name}.server")
    return Server(
        base64.b64decode(content["sqlite3"]),
        json.dumps(content["ring"]).encode(),
        base64.b64decode(content.get("tombstones") or ""),
    )


def old_app(folder: Path, name: str, port: int = 8000) -> Flask:
    """The app of now, three weeks later, on the data of that phone's server, migrated as a release does it."""
    server = server_of(name)
    database, ring_file, log = (folder / part for part in ("data/demo.sqlite3", "keys/ring.json", "tombstones/log"))
    held = {database: server.database, ring_file: server.ring, log: server.tombstones}
    for file, written in held.items():
        file.parent.mkdir(parents=True)
        if written:
            file.write_bytes(written)
    ring_file.chmod(0o600)
    url = f"sqlite:///{database}"
    app = create_app(
        Config(data_dir=database.parent, database_url=url, ring_file=ring_file, demo=True, port=port, desk_port=1)
    )
    ahead = OPENED_AT - datetime.now(UTC)
    app.extensions["clock"] = lambda: datetime.now(UTC) + ahead
    with app.app_context():
        upgrade()
    return app


def bytes_of(value: Any) -> bytes:
    """A `$bytes` of a frozen row."""
    return base64.b64decode(value["$bytes"])


def _read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(lzma.decompress((FOLDER / f"{name}.json.xz").read_bytes()))
    return found
