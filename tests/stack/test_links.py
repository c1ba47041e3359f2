"""Phones on links that cut, swallow, go dark, or are somebody else's: whatever is lost on the way comes again, whatever
came is there once, and a phone believes nobody but its server.
"""

import random
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from uuid import UUID

import pytest

from fieldapp.models.records import Record, Revision
from sync.device import Refused
from tests.phones import Phone
from tests.stack.killed import DEAD, Mortal
from tests.stack.lines import Line
from tests.stack.link import Fate, Link
from tests.uploading import PIECE, Photo

pytestmark = pytest.mark.xdist_group("killed")
HTML = b"<html><body>Welcome to our wifi. Please sign in.</body></html>"
PORTALS = {
    "a page": b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%s" % (len(HTML), HTML),
    "a page that calls itself ours": b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: %d"
    b"\r\n\r\n%s" % (len(HTML), HTML),
    "elsewhere": b"HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/login\r\nContent-Length: 0\r\n\r\n",
    "nothing": b"HTTP/1.1 204 No Content\r\n\r\n",
    "too large": b"HTTP/1.1 413 Too Large\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%s"
    % (len(HTML), HTML),
}


@pytest.fixture
def link(server: Mortal) -> Link:
    return server.link


@pytest.fixture
def away(server: Mortal, phone: Phone, link: Link) -> Iterator[Phone]:
    """The phone on that link, with nothing left to send."""
    phone.sync_all()
    straight, phone.client = phone.client, server.line(through=link)
    yield phone
    phone.client = straight


def stored(server: Mortal, item) -> int:
    return server.count(Revision, Revision.revision_id == UUID(item.head["revision_id"]))


@pytest.mark.parametrize("kept", [0, 20, 400, -2_000, -1])
def test_a_request_that_is_cut_leaves_nothing_and_comes_again(server: Mortal, away: Phone, link: Link, kept) -> None:
    item, request = away.fill_in(server.county), away.device.request()
    # Given a link that ends at this byte, counted from its end where it is negative
    whole = len(request.body) + _head_bytes(away, request)
    link.next(Fate(up_bytes=kept if kept >= 0 else whole + kept))
    with pytest.raises(DEAD):
        away.post(request)
    assert item in away.device.queue and stored(server, item) == 0
    away.sync_with(request)
    assert away.result(item)["status"] == "ok" and stored(server, item) == 1


def _head_bytes(phone: Phone, request) -> int:
    """How long the head of this request is on the line, asked of a line that only listens."""
    with Link(0) as listening:
        listening.next(Fate(says=b"HTTP/1.1 204 No Content\r\n\r\n"))
        Phone.post(_with(phone, Line(listening.port, phone.client.host)), request)
        seen = listening.wait_for(lambda seen: b"\r\n\r\n" in seen.up)
        return seen.up.index(b"\r\n\r\n") + 4


def _with(phone: Phone, line: Line) -> Phone:
    other = object.__new__(Phone)
    other.client = line
    return other


@pytest.mark.parametrize(
    "fate", [Fate(keeps_reply=True), Fate(down_bytes=1), Fate(down_bytes=150), Fate(down_bytes=900)]
)
def test_a_reply_that_is_lost_or_cut_changes_nothing_and_is_asked_for_again(
    server: Mortal, away: Phone, link: Link, fate: Fate
) -> None:
    item, request = away.fill_in(server.county), away.device.request()
    before = (away.device.cursor, dict(away.device.held), list(away.device.queue))
    link.next(fate)
    with pytest.raises((*DEAD, Refused)):
        away.device.apply(request, away.post(request).data)
    assert (away.device.cursor, away.device.held, away.device.queue) == before
    # It is on the disk all the same: the same request hears the same word
    link.wait_for(lambda seen: seen.fate is fate and bool(seen.down))
    assert stored(server, item) == 1
    away.sync_with(request)
    assert away.result(item)["status"] == "ok" and stored(server, item) == 1


def test_a_line_that_goes_dark_keeps_the_report_on_the_phone(server: Mortal, away: Phone, link: Link) -> None:
    item, request = away.fill_in(server.county), away.device.request()
    link.next(Fate(is_dark=True))
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(away.post, request)
        link.wait_for(lambda seen: seen.fate.is_dark and request.body in seen.up)
        link.cut()  # as the phone does that waited long enough
        with pytest.raises(DEAD):
            asked.result()
    assert item in away.device.queue and stored(server, item) == 0
    away.sync_with(request)
    assert away.result(item)["status"] == "ok"


@pytest.mark.parametrize("said", PORTALS.values(), ids=PORTALS)
def test_a_captive_portal_is_believed_in_nothing(server: Mortal, away: Phone, link: Link, said: bytes) -> None:
    item, request = away.fill_in(server.county), away.device.request()
    before = (away.device.cursor, dict(away.device.held), dict(away.device.received))
    link.next(Fate(says=said))
    answer = away.post(request)
    with pytest.raises(Refused):
        away.device.apply(request, answer.data)
    assert item in away.device.queue and stored(server, item) == 0
    assert (away.device.cursor, away.device.held, away.device.received) == before
    away.sync_with(request)
    assert away.result(item)["status"] == "ok"


def test_a_proxy_that_takes_our_headers_away_gets_nothing_stored(server: Mortal, away: Phone) -> None:
    item, request = away.fill_in(server.county), away.device.request()
    for name in ("FieldApp-Vault", "FieldApp-Signature"):
        assert away.post(request, headers={name: ""}).json["code"] == "unknown_vault"
    assert stored(server, item) == 0
    photo = Photo(away)
    photo.announce()
    path, sent = f"/sync/v1/blobs/{photo.file_id}", photo.patch_headers(0, photo.sealed[:PIECE])
    for name, code in (("Upload-Offset", "request_malformed"), ("FieldApp-Signature", "unknown_vault")):
        headers = {key: value for key, value in sent.items() if key != name}
        answer = away.client.patch(path, data=photo.sealed[:PIECE], headers=headers)
        assert answer.json["code"] == code
    assert photo.head().headers["Upload-Offset"] == "0"
    assert away.sync_with(request)["results"][0]["status"] == "ok"


def test_what_comes_late_twice_and_in_another_order_is_there_once(server: Mortal, away: Phone) -> None:
    first, early = away.fill_in(server.county), away.device.request()
    second, late = away.fill_in(server.county), away.device.request()
    for request in (late, early, late, early):
        assert away.post(request).status_code == 200
    assert away.sync_with(late)["results"][0]["status"] == "ok"
    assert [stored(server, item) for item in (first, second)] == [1, 1]


def test_a_request_that_the_browser_sends_twice_at_one_moment_is_taken_once(server: Mortal, away: Phone) -> None:
    item, request = away.fill_in(server.county), away.device.request()
    both = threading.Barrier(2)

    def send() -> object:
        both.wait()
        return away.post(request)

    with ThreadPoolExecutor(2) as pool:
        answers = [one.result() for one in [pool.submit(send) for _ in range(2)]]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert stored(server, item) == 1
    assert server.count(Record, Record.record_id == UUID(item.head["record_id"])) == 1
    away.sync_with(request)
    assert away.result(item)["status"] == "ok"


@pytest.mark.parametrize("seed", range(3))
def test_each_cut_costs_a_photo_one_piece_at_most(server: Mortal, away: Phone, link: Link, seed) -> None:
    chance, photo = random.Random(seed), Photo(away, length=10 * PIECE)
    photo.announce()
    sent_before = sum(len(seen.up) for seen in link.seen)
    cuts, requests = 0, 0
    # Given a link that cuts every second piece, at any byte of request or reply
    offset = 0
    while offset < len(photo.sealed):
        requests += 1
        if requests % 2:
            cuts += 1
            at = chance.randrange(1, PIECE)
            link.next(chance.choice([Fate(up_bytes=at), Fate(keeps_reply=True), Fate(down_bytes=1 + at % 100)]))
        with suppress(*DEAD):
            photo.patch(offset)
        offset = int(photo.head().headers["Upload-Offset"])  # where the server is; this one is not cut
    sent = sum(len(seen.up) for seen in link.seen) - sent_before
    heads = 1_000 * 2 * requests  # of HTTP
    assert cuts >= 5 and sent <= len(photo.sealed) + cuts * PIECE + heads
    with server.app.extensions["files"].open(photo.said.hash) as stream:
        assert stream.read() == photo.sealed
