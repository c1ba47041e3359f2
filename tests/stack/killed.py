"""A server that dies when it is told to (dying.py), behind a link that does what it is told to (link.py), with a county
in it. What stands after that is looked up in its database, from here.
"""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from fieldapp.config import Config
from fieldapp.crypto.rest import Ring
from fieldapp.db import db, reading
from tests import factories
from tests.browser.live import free_port
from tests.desk_fixtures import Desk
from tests.phones import Phone, issue_code
from tests.stack.county import county_of, whole_code
from tests.stack.deployed import ROOT
from tests.stack.dying import BACKUP
from tests.stack.lines import Browser, Line
from tests.stack.link import Link

DEAD = (http.client.HTTPException, OSError)  # what a client hears of a server that dies
WEB = (
    "-m", "gunicorn", "tests.stack.dying:application()", "--preload", "--worker-class", "gthread", "--workers", "1",
    "--threads", "4", "--keep-alive", "75", "--no-control-socket", "--log-level", "warning",
)  # fmt: skip


@dataclass
class Mortal:
    """A server that can be told to die, on a port that stays. Its origin is where `link` listens."""

    folder: Path
    app: Flask
    county: factories.County
    session: Session
    link: Link
    _port: int
    _seeds: Iterator[int] = field(default_factory=lambda: count(1), repr=False)
    _hours: Iterator[int] = field(default_factory=lambda: count(0, 2), repr=False)

    @property
    def config(self) -> Config:
        found: Config = self.app.extensions["config"]
        return found

    @property
    def environment(self) -> dict[str, str]:
        return {**self.config.to_environment(), "DEATH": str(self.folder / "death"), "PYTHONPATH": str(ROOT)}

    def line(self, *, through: Link | None = None) -> Line:
        """To the phones' origin, straight unless a link is given."""
        return Line(self._port if through is None else through.port, f"localhost:{self.config.port}")

    def phone(self, who: str = "caseworker") -> Phone:
        made = Phone(self.line(), self.app.extensions["clock"], next(self._seeds))
        answer = made.enrol(who, self.code(who))
        assert answer.status_code == 200, answer.text
        return made

    def code(self, who: str) -> str:
        """A device code; nothing stays open in the database."""
        code = issue_code(self.session, self.county, who, self.app.extensions["clock"]())
        self.session.close()
        return code

    def whole_code(self, who: str) -> str:
        return whole_code(self.app, self.county, who)

    def desk(self, login: str) -> Desk:
        line = Line(self._port, f"localhost:{self.config.desk_port}")
        return Desk(Browser(line, self.config.desk_origin, self.app)).sign_in(login)  # type: ignore[arg-type]

    def die(self, path: str, how: str, *, commit: int = 1, at_byte: int = 0) -> None:
        """Let it die of the next request to this path, at this commit."""
        # From an empty write-ahead log on, the byte at which it is to die is one of that commit.
        with self.app.app_context(), db.engine.connect().execution_options(sqlite_begin="") as connection:
            cursor = connection.connection.cursor()
            assert cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0, "somebody still reads"
        told = {"path": path, "how": how, "commit": commit, "bytes": at_byte}
        (self.folder / "death.new").write_text(json.dumps(told))
        (self.folder / "death.new").replace(self.folder / "death")

    def dies_of(self, ask: Any, path: str, how: str, **when: int) -> None:
        """Ask for what it dies of; nobody hears an answer, and what stands is whole."""
        self.die(path, how, **when)
        with pytest.raises(DEAD):
            ask()
        assert not (self.folder / "death").exists(), "it did not come to that"
        assert self.check() == "ok"

    def check(self) -> str:
        with self.app.app_context(), reading() as session:
            return str(session.scalar(text("PRAGMA integrity_check")))

    def count(self, model: Any, *where: Any) -> int:
        with self.app.app_context(), reading() as session:
            return len(session.scalars(select(model).where(*where)).all())

    def back_up(self) -> str:
        """The next hourly backup: "1" where it was made."""
        return str(self.line().get(f"{BACKUP}?{next(self._hours)}").text)


@contextmanager
def mortal(folder: Path) -> Iterator[Mortal]:
    data_dir, ring_file, backup_dir = folder / "data", folder / "keys" / "ring.json", folder / "backup"
    backup_dir.mkdir()
    Ring.generate().save(ring_file)
    config = Config(
        data_dir=data_dir,
        database_url=f"sqlite:///{data_dir / 'fieldapp.sqlite3'}",
        ring_file=ring_file,
        backup_dir=backup_dir,
        htmx_local=True,
    )
    with ExitStack() as stack:
        listening = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        port = listening.getsockname()[1]
        link = stack.enter_context(Link(port))
        config = replace(config, port=link.port, desk_port=free_port())
        app, county, own = stack.enter_context(county_of(config))
        own.close()
        made = Mortal(folder, app, county, own, link, port)
        log = stack.enter_context((folder / "web.log").open("ab"))
        web = subprocess.Popen(
            [sys.executable, *WEB, "--bind", f"fd://{listening.fileno()}"],
            env=made.environment, cwd=ROOT, pass_fds=[listening.fileno()], stdout=log, stderr=log,
            start_new_session=True,
        )  # fmt: skip
        stack.callback(web.wait)
        stack.callback(os.killpg, web.pid, signal.SIGKILL)
        yield made
