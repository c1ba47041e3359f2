"""A real server is killed while a piece comes in: what it answered is there, what it did not answer is sent again.

The test holds the listening socket and hands it to each server in turn: nobody has to wait until a port answers, and
what is sent while none runs waits in the socket's queue.
"""

import http.client
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from fieldapp.models import server_keys
from sync import uploads
from tests.phones import Phone, issue_code
from tests.stack.lines import Line
from tests.uploading import PIECE, Photo

SERVER = (
    "-m", "gunicorn", "fieldapp:create_server()", "--worker-class", "gthread", "--workers", "1", "--threads", "2",
    "--no-control-socket", "--log-level", "warning",
)  # fmt: skip


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
            path, headers = f"{uploads.PATH}/{photo.file_id}", photo.patch_headers(PIECE, chunk)
            with line.begun("PATCH", path, headers, len(chunk), chunk[: PIECE // 2]) as half:
                kill(server)
                with pytest.raises((http.client.HTTPException, OSError)):
                    half.getresponse()
        # When another server goes on, then it has what was answered, takes the rest, and the file is the one announced
        with serving(config, listening):
            assert photo.head().headers["Upload-Offset"] == str(PIECE)
            assert photo.send().status_code == 204
    with app.extensions["files"].open(photo.said.hash) as stream:
        assert stream.read() == photo.sealed
