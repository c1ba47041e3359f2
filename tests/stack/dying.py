"""The server with a death in it: `gunicorn --preload "tests.stack.dying:application()"`. For tests alone. One address
more than ours, BACKUP, makes the next hourly backup, as the worker does.

A file (DEATH in the environment) says at which commit of which request the process is to die, and how:

    before    SIGKILL, when all was written and the commit is to be said
    during    in the middle of the write of that commit: the kernel ends the process at so many bytes of the write-ahead
              log, by the limit of a file's size (SIGXFSZ). What was written until then stays, as torn as that
    after     SIGKILL, when the commit is on the disk and nobody has heard of it
    rename    SIGKILL, when a copy of the database is to be given the name it is found by

It is read once and then gone, so that the next process lives. gunicorn's first process holds the port and starts the
next one: what is asked meanwhile waits.
"""

import json
import os
import resource
import signal
import sys
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from fieldapp import create_server, jobs
from fieldapp.actions import backups
from fieldapp.db import db

BACKUP = "/backup"
_here = threading.local()  # .death: what this thread is to die of; .commits: how many it has made
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def application() -> Wsgi:
    """Our own server, which looks before each request whether it is to die of it."""
    app = create_server()
    # Two folders of one disk stand for two devices.
    backups.make = partial(backups.make, device=str)  # type: ignore[assignment]
    _prepare(app)

    def asked(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        _expect(environ["PATH_INFO"])
        if environ["PATH_INFO"] != BACKUP:
            return app(environ, start)
        with app.app_context():
            at = datetime.now(UTC) + timedelta(hours=int(environ["QUERY_STRING"]))
            done = jobs.back_up(app.extensions["config"], at)
        start("200 OK", [("Content-Type", "text/plain")])
        return [str(done).encode()]

    return asked


def _prepare(app: Flask) -> None:
    with app.app_context():
        engine = db.engine
        engine.dispose()  # SQLite's connections do not outlive a fork
    event.listen(engine, "commit", lambda _: _committing(engine))
    event.listen(Session, "after_commit", lambda _: _die_if("after"))
    sys.addaudithook(_renaming)
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)  # Python ignores it
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _expect(path: str) -> None:
    """Take over what the file says, when it is about this."""
    file = Path(os.environ["DEATH"])
    _here.death, _here.commits = None, 0
    if file.exists() and (told := json.loads(file.read_text()))["path"] == path:
        file.unlink()
        _here.death = told


def _committing(engine: Engine) -> None:
    _here.commits = getattr(_here, "commits", 0) + 1
    _die_if("before")
    if _is_due("during"):
        log = Path(f"{engine.url.database}-wal")
        length = log.stat().st_size if log.exists() else 0
        limit = length + _here.death["bytes"]
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))


def _renaming(name: str, given: tuple[Any, ...]) -> None:
    if name == "os.rename" and str(given[1]).endswith(".sqlite3"):
        _die_if("rename")


def _die_if(how: str) -> None:
    if _is_due(how):
        os.kill(os.getpid(), signal.SIGKILL)


def _is_due(how: str) -> bool:
    death = getattr(_here, "death", None)
    return death is not None and death["how"] == how and _here.commits == death["commit"]
