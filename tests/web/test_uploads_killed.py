"""A real server is killed while a piece comes in: what it answered is there, what it did not answer is sent again.

The test holds the listening socket and hands it to each server in turn: nobody has to wait until a port answers, and
what is sent while none runs waits in the socket's queue.
"""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from fieldapp.models import server_keys
from sync import uploads
from tests.phones import Phone, issue_code
from tests.uploading import PIECE, Photo

PATIENCE_S = 120  # a new process on a busy machine; nothing waits for it where it is quicker
SERVER = (
    "-m", "gunicorn", "fieldapp:create_server()", "--worker-class", "gthread", "--workers", "1", "--threads", "2",
    "--no-control-socket", "--log-level", "warning",
)  # fmt: skip


class Line:
    """Carries requests over a real connection each, as `OriginClient` does inside the process."""

    def __init__(self, port: int, host: str) -> None:
        self._port, self._host = port, host

    def post(self, path: str, **sent: Any) -> SimpleNamespace:
        return self._ask("POST", path, **sent)

    def head(self, path: str, **sent: Any) -> SimpleNamespace:
        return self._ask("HEAD", path, **sent)

    def patch(self, path: str, **sent: Any) -> SimpleNamespace:
        return self._ask("PATCH", path, **sent)

    def begin(self, path: str, data: bytes, headers: dict[str, str]) -> http.client.HTTPConnection:
        """Send the head and, when the server has read that, half of a piece; the other half never comes."""
        line = self._line()
        line.putrequest("PATCH", path, skip_host=True)
        waits = {"Host": self._host, "Content-Length": str(len(data)), "Expect": "100-continue"}
        for name, value in {**headers, **waits}.items():
            line.putheader(name, value)
        line.endheaders()
        assert line.sock.recv(1024).startswith(b"HTTP/1.1 100")
        line.send(data[: len(data) // 2])
        return line

    def _line(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE_S)

    def _ask(self, method: str, path: str, headers: dict[str, str], data: bytes = b"") -> SimpleNamespace:
        line = self._line()
        line.request(method, path, body=data, headers={**headers, "Host": self._host})
        answer = line.getresponse()
        body = answer.read()
        line.close()
        told = json.loads(body) if body.startswith(b"{") else None
        return SimpleNamespace(status_code=answer.status, headers=answer.headers, json=told, get_data=lambda **_: body)


@contextmanager
def serving(config, listening: socket.socket) -> Iterator[subprocess.Popen[bytes]]:
    """A server of its own on this socket; killed at the end, by SIGKILL, if nobody did before."""
    descriptor = listening.fileno()
    server = subprocess.Popen(
        [sys.executable, *SERVER, "--bind", f"fd://{descriptor}"],
        env=config.to_environment(),
        pass_fds=[descriptor],
        start_new_session=True,
    )
    try:
        yield server
    finally:
        kill(server)


def kill(server: subprocess.Popen[bytes]) -> None:
    if server.poll() is None:
        os.killpg(server.pid, signal.SIGKILL)  # the group: the worker process goes with its parent
        server.wait()


@pytest.fixture
def mine(phone, session, county, clock):
    server_keys.make_server_keys(session, clock())
    session.commit()
    made = Phone(phone, clock, 1)
    assert made.enrol("caseworker", issue_code(session, county, "caseworker", clock())).status_code == 200
    session.close()
    return made


def test_a_server_killed_in_the_middle_of_a_piece_goes_on_where_it_had_answered(app, config, mine):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        mine.client = line = Line(listening.getsockname()[1], config.phone_origin.removeprefix("http://"))
        photo = Photo(mine)
        # Given one piece that was answered, and half of the next
        with serving(config, listening) as server:
            assert photo.announce().status_code == 201
            assert photo.patch(0).status_code == 204
            chunk = photo.sealed[PIECE : 2 * PIECE]
            half = line.begin(f"{uploads.PATH}/{photo.file_id}", chunk, photo.patch_headers(PIECE, chunk))
            kill(server)
            with pytest.raises((http.client.HTTPException, OSError)):
                half.getresponse()
            half.close()
        # When another server goes on, then it has what was answered, takes the rest, and the file is the one announced
        with serving(config, listening):
            assert photo.head().headers["Upload-Offset"] == str(PIECE)
            assert photo.send().status_code == 204
    with app.extensions["files"].open(photo.said.hash) as stream:
        assert stream.read() == photo.sealed
