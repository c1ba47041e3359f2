"""A machine of a county in tests: what an operator types on it, and the server that it then is."""

from pathlib import Path
from uuid import UUID

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import select

from fieldapp import cli, create_app
from fieldapp.config import Config
from fieldapp.db import db, reading
from fieldapp.models.records import Revision
from tests.server_fixtures import Clock, OriginClient

BACKUP = ("backup", "--although-same-device")


class Machine:
    """One machine: its data folder and ring; the backup medium and the mirror of the log are plugged into it."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, clock: Clock, url: str | None = None) -> None:
        self.monkeypatch, self.clock, self.shared = monkeypatch, clock, folder.parent
        self.data, self.ring = folder / "data", folder / "keys" / "ring.json"
        self.database = folder / "data" / "fieldapp.sqlite3"
        self.log = folder / "tombstones" / "log"
        self.url = url or f"sqlite:///{self.database}"
        self.backups = self.shared / "backups"
        self.backups.mkdir(exist_ok=True)
        self.demo = "0"

    def operate(self, *words: str) -> Result:
        """Type a command; its result."""
        said = {
            "FIELDAPP_DATA": self.data, "FIELDAPP_RING": self.ring, "FIELDAPP_TOMBSTONES": self.log,
            "FIELDAPP_BACKUP_DIR": self.backups, "DATABASE_URL": self.url, "FIELDAPP_DEMO": self.demo,
        }  # fmt: skip
        for name, value in said.items():
            self.monkeypatch.setenv(name, str(value))
        made: list[Flask] = []
        with self.monkeypatch.context() as patch:
            patch.setattr("fieldapp.cli_server.create_app", lambda config: _kept_in(made, config))
            result = CliRunner().invoke(cli.main, list(words))
        for app in made:  # as the end of a process lets go of its connections
            with app.app_context():
                db.engine.dispose()
        return result

    def must(self, *words: str) -> str:
        """What a command that is carried out says."""
        result = self.operate(*words)
        assert result.exit_code == 0, result.output
        return result.output

    def refused(self, *words: str) -> str:
        """Why a command was refused; it changed nothing."""
        result = self.operate(*words)
        assert result.exit_code == 1 and not self.database.exists(), result.output
        return result.output

    def start(self) -> Flask:
        """The app as the web process has it, and a way for phones to reach it."""
        self.app = create_app(Config.from_env())
        self.app.extensions["clock"] = self.clock
        self.line = OriginClient(self.app, self.app.response_class, use_cookies=True)
        self.line.origin = self.app.extensions["config"].phone_origin
        return self.app

    def stop(self) -> None:
        """The process ends."""
        with self.app.app_context():
            db.engine.dispose()

    def revisions(self) -> dict[UUID, bytes]:
        """Content hashes of all that was handed in, by revision."""
        with self.app.app_context(), reading() as session:
            return {row.revision_id: row.content_hash for row in session.scalars(select(Revision))}


def _kept_in(made: list[Flask], config: Config) -> Flask:
    made.append(create_app(config))
    return made[-1]
