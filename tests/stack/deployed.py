"""FieldApp as deployed: web and worker by their lines of the Procfile, behind nginx with the files of
docs/samples/nginx, two names, TLS by an authority of its own. Addresses, names and certificates in the files are
replaced by those of this machine, and nothing else.
"""

import os
import pwd
import shlex
import shutil
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from fieldapp.config import Config
from fieldapp.crypto import localca
from fieldapp.crypto.rest import Ring
from tests import factories
from tests.browser.live import free_port
from tests.desk_fixtures import Desk
from tests.phones import Phone, issue_code
from tests.stack.county import county_of, whole_code
from tests.stack.lines import PATIENCE_S, Browser, Line
from tests.stack.link import Link

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "docs" / "samples" / "nginx"
PHONE, DESK = "phone.localhost", "desk.localhost"
STEP_S, TRIES_MAX = 0.05, 2_400
FILES = "fieldapp.conf", "fieldapp_proxy.conf"
# Somebody's own proxy, as nginx comes: it takes a whole body before it sends a byte of it on.
_HOLDING = """
server {{
    listen 127.0.0.1:{port}; client_body_buffer_size 1m;
    location / {{ proxy_pass http://127.0.0.1:{tap}; proxy_set_header Host {host}; }}
}}
"""
_MAIN = """{user}
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/nginx.log info;
events {{ worker_connections 256; }}
http {{
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    include {folder}/fieldapp.conf;
    include {folder}/holding.conf;
}}
"""


def nginx() -> str:
    """Where it is: on the path, or where scripts/bootstrap unpacked it; the empty string where there is none."""
    unpacked = ROOT / ".cache" / "nginx" / "usr" / "sbin" / "nginx"
    found = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    return found or (str(unpacked) if unpacked.is_file() else "")


def command(name: str) -> str:
    """A line of the Procfile, as a shell runs it."""
    lines = dict(line.split(": ", 1) for line in (ROOT / "Procfile").read_text("utf-8").splitlines())
    return f"exec {lines[name]}"


@dataclass
class Deployed:
    """Both servers, and a county in the database. `tap` lies between them: what nginx hands on can be seen there."""

    folder: Path
    app: Flask
    county: factories.County
    session: Session
    port: int
    plain_port: int
    holding_port: int  # of a proxy that is not set up as ours is
    tls: ssl.SSLContext
    tap: Link
    _app_port: int
    certificate: Path
    _web: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    _worker: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    _seeds: Iterator[int] = field(default_factory=lambda: iter(range(1, 999)), repr=False)

    @property
    def config(self) -> Config:
        found: Config = self.app.extensions["config"]
        return found

    def line(self, name: str = PHONE) -> Line:
        """Through nginx, as the outside does."""
        return Line(self.port, f"{name}:{self.port}", self.tls)

    def straight(self, name: str = PHONE) -> Line:
        """To the app itself, as nginx asks it."""
        return Line(self._app_port, f"{name}:{self.port}")

    def phone(self, who: str = "caseworker") -> Phone:
        """A phone of hers, enrolled through nginx."""
        made = Phone(self.line(), self.app.extensions["clock"], next(self._seeds))
        now = made.clock()
        answer = made.enrol(who, issue_code(self.session, self.county, who, now))
        assert answer.status_code == 200, answer.text
        return made

    def desk(self) -> tuple[Desk, Browser]:
        browser = Browser(self.line(DESK), self.config.desk_origin, self.app)
        return Desk(browser), browser  # type: ignore[arg-type]

    def whole_code(self, who: str) -> str:
        return whole_code(self.app, self.county, who)

    def start_web(self) -> None:
        """Until it answers through nginx. Raises AssertionError with its log."""
        self._web = self._started("web", PORT=str(self._app_port), BIND="127.0.0.1")
        self._wait(self._web, "web", lambda: self.line().get("/").status_code == 200)

    def start_worker(self) -> None:
        self._worker = self._started("worker")

    def worker_has(self, done: Callable[[], bool]) -> None:
        """Wait until it has. Raises AssertionError with its log when it ends before."""
        assert self._worker is not None
        self._wait(self._worker, "worker", done)

    def stop_worker(self) -> int:
        """SIGTERM, as a host stops it; the code it ends with."""
        assert self._worker is not None
        self._worker.terminate()
        code = self._worker.wait(PATIENCE_S)
        self._worker = None
        return code

    def kill_worker(self) -> None:
        if self._worker is not None:
            os.killpg(self._worker.pid, signal.SIGKILL)
            self._worker.wait()
            self._worker = None

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text("utf-8", errors="replace")

    def _started(self, name: str, **said: str) -> subprocess.Popen[bytes]:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        environment = {**self.config.to_environment(), **said, "PATH": path}
        with (self.folder / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                ["sh", "-c", command(name)], cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
            )

    def _wait(self, process: subprocess.Popen[bytes], name: str, done: Callable[[], bool]) -> None:
        for _ in range(TRIES_MAX):
            if done():
                return
            with suppress(subprocess.TimeoutExpired):
                process.wait(STEP_S)
                break
        raise AssertionError(self.log(name))

    def kill_web(self) -> None:
        """SIGKILL for gunicorn and its worker."""
        if self._web is not None:
            os.killpg(self._web.pid, signal.SIGKILL)
            self._web.wait()
            self._web = None


@contextmanager
def deployed(folder: Path) -> Iterator[Deployed]:
    """Skipped, loudly, where there is no nginx."""
    program = nginx()
    if not program:
        pytest.skip("nginx is not there: scripts/bootstrap test fetches it")
    port, plain_port, app_port, holding_port = (free_port() for _ in range(4))
    certificate = localca.make(folder / "tls", [], hosts=[PHONE, DESK])
    config = _config(folder, port)
    with ExitStack() as stack:
        tap = stack.enter_context(Link(app_port))
        places = {
            "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
            "listen 80": f"listen 127.0.0.1:{plain_port}",
            "phone.example.org": PHONE,
            "desk.example.org": DESK,
            "server 127.0.0.1:8000": f"server 127.0.0.1:{tap.port}",
            "/etc/nginx/": f"{folder}/",
            **{f"/etc/ssl/fieldapp/{name}.crt": str(certificate.certificate_file) for name in ("phone", "desk")},
            **{f"/etc/ssl/fieldapp/{name}.key": str(certificate.key_file) for name in ("phone", "desk")},
        }
        _write(folder, places)
        held = _HOLDING.format(port=holding_port, tap=tap.port, host=f"{PHONE}:{port}")
        (folder / "holding.conf").write_text(held, "utf-8")
        app, county, own = stack.enter_context(county_of(config))
        tls = ssl.create_default_context(cafile=str(certificate.authority_file))
        made = Deployed(
            folder, app, county, own, port, plain_port, holding_port, tls, tap, app_port, certificate.certificate_file
        )
        front = subprocess.Popen([program, "-p", str(folder), "-c", str(folder / "main.conf")])
        stack.callback(front.wait)
        stack.callback(front.terminate)
        stack.callback(made.kill_web)
        stack.callback(made.kill_worker)
        _wait_for_port(front, port, folder / "nginx.log")
        made.start_web()
        made.start_worker()
        yield made


def _wait_for_port(front: subprocess.Popen[bytes], port: int, log: Path) -> None:
    for _ in range(TRIES_MAX):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        with suppress(subprocess.TimeoutExpired):
            front.wait(STEP_S)
            break
    raise AssertionError(log.read_text("utf-8", errors="replace") if log.exists() else "nginx did not start")


def _config(folder: Path, port: int) -> Config:
    data_dir, ring_file = folder / "data", folder / "keys" / "ring.json"
    Ring.generate().save(ring_file)
    return Config(
        data_dir=data_dir,
        database_url=f"sqlite:///{data_dir / 'fieldapp.sqlite3'}",
        ring_file=ring_file,
        public_phone_origin=f"https://{PHONE}:{port}",
        public_desk_origin=f"https://{DESK}:{port}",
        proxies=1,
        htmx_local=True,
    )


def _write(folder: Path, places: dict[str, str]) -> None:
    texts = {name: (SAMPLES / name).read_text("utf-8") for name in FILES}
    for written, ours in places.items():
        assert any(written in text for text in texts.values()), f"no {written} in the files any more"
        texts = {name: text.replace(written, ours) for name, text in texts.items()}
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8")
    is_root = os.geteuid() == 0
    user = f"user {shlex.quote(pwd.getpwuid(0).pw_name)};" if is_root else ""  # its worker reads this folder too
    (folder / "main.conf").write_text(_MAIN.format(folder=folder, user=user), "utf-8")
