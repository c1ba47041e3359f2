"""Real connections of a client, one for each request, with or without TLS.

Line      carries the requests of tests/phones.py, as `OriginClient` does inside the process
Browser   keeps cookies besides, for tests/desk_fixtures.Desk
"""

import http.client
import json
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from http.cookies import SimpleCookie
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

PATIENCE_S = 120  # a new process on a busy machine; nothing waits for it where it is quicker


class Line:
    """`host` is whom the server is asked for: the Host header, and the name that TLS asks for where there is TLS."""

    def __init__(self, port: int, host: str, tls: ssl.SSLContext | None = None) -> None:
        self.port, self.host, self.tls = port, host, tls

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> SimpleNamespace:
        return self.ask("GET", path, headers or {})

    def post(self, path: str, **sent: Any) -> SimpleNamespace:
        return self.ask("POST", path, **sent)

    def head(self, path: str, **sent: Any) -> SimpleNamespace:
        return self.ask("HEAD", path, **sent)

    def patch(self, path: str, **sent: Any) -> SimpleNamespace:
        return self.ask("PATCH", path, **sent)

    @contextmanager
    def begun(
        self, method: str, path: str, headers: Mapping[str, str], length: int, data: bytes = b""
    ) -> Iterator[http.client.HTTPConnection]:
        """A request whose body of this length was announced and, when the server had agreed to read it, begun with
        `data`; the rest never comes. Raises AssertionError with the server's word where it does not agree."""
        with closing(self.connection()) as line:
            line.putrequest(method, path, skip_host=True)
            waits = {"Host": self.host, "Content-Length": str(length), "Expect": "100-continue"}
            for name, value in {**headers, **waits}.items():
                line.putheader(name, value)
            line.endheaders()
            assert line.sock is not None
            said = line.sock.recv(1024)
            assert said.startswith(b"HTTP/1.1 100"), said
            line.send(data)
            yield line

    def connection(self) -> http.client.HTTPConnection:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        if self.tls is not None:
            plain = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S)
            line.sock = self.tls.wrap_socket(plain, server_hostname=self.host.partition(":")[0])
        return line

    def ask(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, data: bytes = b""
    ) -> SimpleNamespace:
        with closing(self.connection()) as line:
            line.request(method, path, body=data, headers={"Host": self.host, **(headers or {})})
            return _read(line)

    def announce(self, method: str, path: str, length: int) -> SimpleNamespace:
        """What is said to a request that only announces such a body: for lengths that are refused."""
        with closing(self.connection()) as line:
            line.putrequest(method, path, skip_host=True)
            line.putheader("Host", self.host)
            line.putheader("Content-Length", str(length))
            line.endheaders()
            return _read(line)


def _read(line: http.client.HTTPConnection) -> SimpleNamespace:
    answer = line.getresponse()
    body = answer.read()
    text = body.decode(errors="replace")
    return SimpleNamespace(
        status_code=answer.status,
        headers=answer.headers,
        json=json.loads(body) if body.startswith(b"{") else None,
        data=body,
        text=text,
        get_data=lambda **_: text,
    )


class Browser:
    """A browser without scripts in front of one origin; `application` is the app whose clock and codes it knows."""

    def __init__(self, line: Line, origin: str, application: Any) -> None:
        self.line, self.origin, self.application = line, origin, application
        self.cookies: dict[str, str] = {}

    def get(self, path: str, **_: Any) -> SimpleNamespace:
        return self._keep(self.line.get(path, self._with_cookies()))

    def post(self, path: str, data: Mapping[str, str], headers: Mapping[str, str]) -> SimpleNamespace:
        sent = {**headers, **self._with_cookies(), "Content-Type": "application/x-www-form-urlencoded"}
        return self._keep(self.line.post(path, data=urlencode(data).encode(), headers=sent))

    def _with_cookies(self) -> dict[str, str]:
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())} if self.cookies else {}

    def _keep(self, answer: SimpleNamespace) -> SimpleNamespace:
        for said in answer.headers.get_all("Set-Cookie") or []:
            self.cookies.update({name: morsel.value for name, morsel in SimpleCookie(said).items()})
        return answer
