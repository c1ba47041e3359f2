"""What stands in front of the server is tried from outside: half a body; does an answer come before the rest?"""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest
from werkzeug.serving import make_server

from fieldapp import cli, jobs
from fieldapp.actions import proxies
from fieldapp.config import Config
from fieldapp.db import reading, writing
from fieldapp.models import health
from fieldapp.models.health import ProxyResult
from tests.browser.live import free_port
from tests.stack.lines import PATIENCE_S

END = b"\r\n\r\n"
SHORT_S = 0.5  # what holds a request back never answers before its end, however long one waits


@pytest.fixture
def config(config: Config) -> Config:
    return replace(config, port=free_port())


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """How busy this machine is decides nothing."""
    monkeypatch.setattr(proxies, "CONNECT_S", PATIENCE_S)


@pytest.fixture
def address(app: Any, config: Config) -> Iterator[str]:
    """The phone's origin, served."""
    server = make_server("127.0.0.1", config.port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield config.phone_origin
    server.shutdown()
    server.server_close()
    thread.join()


def received(connection: socket.socket, length: int | None = None) -> bytes:
    """A request: its head, and so much of its body as came with it, or `length` bytes of it."""
    data = b""
    while END not in data and (came := connection.recv(4_096)):
        data += came
    while length is not None and len(data) - data.index(END) - len(END) < length:
        data += connection.recv(65_536) or bytes(length)  # whoever went away gets no answer
    return data


@pytest.fixture
def hop(config: Config) -> Iterator[Callable[..., str]]:
    """Something in front of the server that takes one request and answers for it; its address."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threads, port = [], listening.getsockname()[1]

        def stand(length: int | None, answer: bytes | None) -> str:
            def serve() -> None:
                connection, _ = listening.accept()
                with closing(connection):
                    data = received(connection, length)
                    if answer is not None:
                        return connection.sendall(answer)
                    with socket.create_connection(("127.0.0.1", config.port)) as server:
                        server.sendall(data.replace(b"127.0.0.1:%d" % port, b"localhost:%d" % config.port))
                        server.shutdown(socket.SHUT_WR)  # else it reads on, for what will not come
                        while came := server.recv(65_536):
                            connection.sendall(came)

            threads.append(threading.Thread(target=serve, daemon=True))
            threads[-1].start()
            return f"http://127.0.0.1:{port}"

        yield stand
        for thread in threads:
            thread.join()


def test_without_anything_between_bytes_pass_as_they_come(address):
    assert proxies.probe(address, patience_s=PATIENCE_S) is ProxyResult.STREAMS


def test_a_proxy_that_holds_a_whole_request_back_is_found_out(address, hop):
    through = hop(proxies.BODY_BYTES, None)
    assert proxies.probe(through, patience_s=SHORT_S) is ProxyResult.BUFFERS


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n<p>hi</p>",
        b'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{"seen":0}',
        b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n",
        b"nonsense\r\n\r\n",
    ],
)
def test_somebody_else_at_the_address_is_not_taken_for_the_server(hop, answer):
    assert proxies.probe(hop(None, answer), patience_s=PATIENCE_S) is ProxyResult.UNREACHABLE


def test_an_address_where_nobody_answers_is_said_to_be_that():
    assert proxies.probe(f"http://localhost:{free_port()}") is ProxyResult.UNREACHABLE


def test_the_desk_shows_what_was_found_and_when(at_desk, session, clock):
    desk = at_desk("administrator")
    assert "手机上传" not in desk.get("/admin/health").text
    for result, said in [
        (ProxyResult.STREAMS, "随发随到"),
        (ProxyResult.BUFFERS, "整份收完才转交"),
        (ProxyResult.UNREACHABLE, "check-proxy"),
    ]:
        with writing() as now:
            proxies.keep(now, result, clock())
        assert said in desk.get("/admin/health").text


def test_the_worker_tries_the_public_address_once_a_day(app, config, session, clock, monkeypatch, capsys):
    tried = []

    def probe(origin: str) -> ProxyResult:
        tried.append(origin)
        return ProxyResult.BUFFERS

    monkeypatch.setattr(proxies, "probe", probe)
    public = replace(config, public_phone_origin="https://phone.example", public_desk_origin="https://desk.example")
    assert jobs.check_proxy(config, clock()) == 0  # a machine of its own has no proxy
    assert [jobs.check_proxy(public, clock()) for _ in range(2)] == [1, 0]
    clock.advance(days=1)
    assert jobs.check_proxy(public, clock()) == 1
    assert tried == ["https://phone.example"] * 2
    assert "proxy_buffers" in capsys.readouterr().out
    with reading() as now:
        assert health.proxy_of(now) == health.Proxy(ProxyResult.BUFFERS, clock())


def test_every_result_has_a_sentence_for_the_operator_and_the_good_one_ends_with_0():
    assert [*cli.PROXY_SAID] == [*ProxyResult] and next(iter(cli.PROXY_SAID)) is ProxyResult.STREAMS
