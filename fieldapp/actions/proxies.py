"""Does what stands in front of us pass bytes on as they come? (docs/operations.md, The proxy)

A proxy that takes a whole request before it sends the first byte on makes a cut cost all of a piece instead of what was
still missing, and writes families to its own disk. It is found out from outside, by the public address: half a body is
sent, and the server answers at its first byte. Where the answer comes before the other half went out, nothing waited.
"""

import json
import ssl
from datetime import datetime, timedelta
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from fieldapp.days import is_over
from fieldapp.db import milliseconds
from fieldapp.models import health, settings
from fieldapp.models.health import ProxyResult
from sync import wire

PATH = "/sync/v1/probe"  # below the path of uploads: what is set for those holds for it
BODY_BYTES = 65_536  # more than any buffer of a head
PATIENCE_S = 5.0  # for an answer between the halves; the round trip of a server to itself is milliseconds
CONNECT_S = 10.0
EVERY = timedelta(days=1)


def is_due(session: Session, now: datetime) -> bool:
    """Whether the last check is a day old, or there was none."""
    last = health.proxy_of(session)
    return last is None or is_over(last.checked_at, EVERY, now)


def keep(session: Session, result: ProxyResult, now: datetime) -> None:
    """Note what was found, for the desk and for the next start."""
    settings.put(session, health.PROXY_CHECK, json.dumps([result.value, milliseconds(now)]))


def probe(origin: str, *, patience_s: float = PATIENCE_S, trust: ssl.SSLContext | None = None) -> ProxyResult:
    """What becomes of half a body at this address (https://phone.example). `trust` stands in for the certificates of
    the system.
    """
    parts = urlsplit(origin)
    if parts.scheme == "https":
        connection: HTTPConnection = HTTPSConnection(
            parts.netloc, timeout=CONNECT_S, context=trust or ssl.create_default_context()
        )
    else:
        connection = HTTPConnection(parts.netloc, timeout=CONNECT_S)
    try:
        return _probe(connection, patience_s)
    except (OSError, HTTPException):
        return ProxyResult.UNREACHABLE
    finally:
        connection.close()


def _probe(connection: HTTPConnection, patience_s: float) -> ProxyResult:
    half = bytes(BODY_BYTES // 2)
    connection.putrequest("POST", PATH)
    connection.putheader("Content-Type", "application/octet-stream")
    connection.putheader("Content-Length", str(BODY_BYTES))
    connection.endheaders(half)
    connection.sock.settimeout(patience_s)
    try:
        return ProxyResult.STREAMS if _is_ours(connection.getresponse()) else ProxyResult.UNREACHABLE
    except TimeoutError:
        connection.sock.settimeout(CONNECT_S)
        connection.send(half)
    return ProxyResult.BUFFERS if _is_ours(connection.getresponse()) else ProxyResult.UNREACHABLE


def _is_ours(response: HTTPResponse) -> bool:
    try:
        return response.status == 200 and wire.read_json(response.read(1_000)).get("seen") == 1
    except wire.Malformed:
        return False
