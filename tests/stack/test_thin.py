"""A phone on a thin link, as 2G is one: what it sends at once becomes as little as the link carries in some seconds, a
cut costs one of these and no more, and all arrives whole.

The link is as slow as it says, in real time, and the phone's clock goes ten times as fast as the wall's. What is read
off here is what the phone sent, never how long it took: on a busy machine the link is slower still, and that makes no
request longer.
"""

from typing import Any
from uuid import UUID

import pytest

from fieldapp.crypto.packages import from_b64u
from fieldapp.db import reading
from fieldapp.models.files import File
from fieldapp.models.records import Revision
from sync import messages
from sync.uploads import UPLOAD_CHUNK_BYTES_MIN
from tests.stack.browser_phone import BarePhone
from tests.stack.killed import Mortal
from tests.stack.link import Asked, Fate
from tests.stack.rate import Rate

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("killed")]
HURRIES = 10
UP_BYTES_S, DOWN_BYTES_S, DELAY_S = 3_200, 6_400, 0.3  # of the phone's seconds: 26 kbit/s up, 51 down
BATCH_BYTES_START, PIECE_BYTES_START = 49_152, 65_536  # what a phone begins with that knows no link yet
REPORTS, CHARACTERS = 24, 6_000
PHOTO_BYTES = 250_000
# The browser sends what was cut again by itself, over another connection. That one breaks too: the phone hears of it.
BROKEN_TWICE = Fate(), Fate(up_bytes=1)

# Text of chance: packed it takes three quarters of a byte each.
HAND_IN_MANY = """async ([county, count, characters]) => {
  const text = () => {
    const bytes = crypto.getRandomValues(new Uint8Array((characters * 3) / 4));
    return btoa(String.fromCharCode(...bytes));
  };
  const made = [];
  for (let n = 0; n < count; n += 1) made.push((await phone.handIn(county, text())).revision_id);
  return made;
}"""
TAKE = """async (length) => {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 65_536) crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  return phone.files.take(bytes, { kind: "photo", type: "image/jpeg", record_id: phone.newId() });
}"""
HURRY = "(times) => phone.hurry(times)"
SEND = "() => phone.outbox.sendNow()"
SEND_FILES = "() => phone.files.sendNow()"


def thin() -> tuple[Rate, Rate]:
    """Up and down, as the wall sees them."""
    up, down = (Rate(bytes_s * HURRIES, DELAY_S / HURRIES) for bytes_s in (UP_BYTES_S, DOWN_BYTES_S))
    return up, down


def test_on_a_thin_line_nothing_arrives_sooner_than_its_rate_and_delay() -> None:
    rate = Rate(bytes_s=1_024, delay_s=0.5)
    assert [rate.arrival(0.0, 512), rate.arrival(0.0, 512), rate.arrival(9.0, 256)] == [1.0, 1.5, 9.75]
    assert rate.carried == 1_280
    # It takes a quarter of a second ahead, whoever sends
    assert [rate.is_ahead(now) for now in (8.0, 9.0)] == [1.0, 0.0]
    rate.cut_after(50)
    assert not rate.is_cut_now()
    rate.arrival(10.0, 50)
    assert rate.is_cut_now() and not rate.is_cut_now()


def test_reports_on_a_thin_link_go_in_batches_of_half_the_size_and_all_arrive(
    server: Mortal, browser_phone: BarePhone
) -> None:
    # Given a phone that has worked for days without a link
    page = browser_phone.open_again()
    made = without_a_link(browser_phone, HAND_IN_MANY, [browser_phone.county, REPORTS, CHARACTERS])
    # When it gets one on which its first batch takes longer than ten seconds
    with server.link.thin(*thin()) as asked:
        done = page.evaluate(SEND)
        frames = asked("POST")
    # Then that one alone was so large: those after it became smaller and did not grow again
    assert done["contact"] and done["code"] is None
    first, *others = sorted((one.length for one in frames), reverse=True)
    assert BATCH_BYTES_START / 2 < first <= BATCH_BYTES_START
    assert len(others) >= 3 and max(others) <= BATCH_BYTES_START / 2
    assert all_arrived(server, browser_phone, made) == ["ok"] * REPORTS


def test_a_thin_link_that_breaks_costs_one_batch_at_most(server: Mortal, browser_phone: BarePhone) -> None:
    page = browser_phone.open_again()
    made = without_a_link(browser_phone, HAND_IN_MANY, [browser_phone.county, REPORTS, CHARACTERS])
    up, down = thin()
    with server.link.thin(up, down) as asked:
        # Given a link that breaks in the middle of a batch, later than the first
        up.cut_after(1.7 * BATCH_BYTES_START)
        server.link.next(*BROKEN_TWICE)
        page.evaluate(SEND)
        done = page.evaluate(SEND)
        frames = asked("POST")
    assert done["contact"] and done["code"] is None and up.cut_at is None
    assert all_arrived(server, browser_phone, made) == ["ok"] * REPORTS
    [cut] = [one for one in frames if not one.is_whole]
    assert 0 < len(cut.body) < cut.length <= BATCH_BYTES_START / 2
    # Then what the link carried in vain is that one batch: every report came whole once
    went = [package for one in frames if one.is_whole for package in messages.read_request(one.body)[2]]
    assert len(went) == len(set(went)) == REPORTS


def without_a_link(phone: BarePhone, act: str, given: Any) -> Any:
    """Done while nothing can go. What fails meanwhile fails in no time, so that nothing was learnt of a link."""
    phone.page.evaluate(SEND)  # the contact of an unlock is over
    phone.page.evaluate(HURRY, 0)
    phone.cut()
    made = phone.page.evaluate(act, given)
    phone.cut(off=False)
    phone.page.evaluate(HURRY, HURRIES)
    return made


def all_arrived(server: Mortal, phone: BarePhone, made: list[str]) -> list[str]:
    """What the server said of each report, once it is stored there."""
    assert server.count(Revision, Revision.revision_id.in_([UUID(one) for one in made])) == len(made)
    said = {item["revision_id"]: item["status"] for item in phone.page.evaluate("() => phone.outbox.items()")}
    return [said[one] for one in made]


def carried(asked: list[Asked]) -> int:
    return sum(len(one.body) for one in asked)


@pytest.mark.parametrize("breaks_at", [None, 0.6])
def test_a_photo_on_a_thin_link_goes_in_the_shortest_pieces_and_a_cut_costs_one(
    server: Mortal, browser_phone: BarePhone, breaks_at: float | None
) -> None:
    page = browser_phone.open_again()
    page.evaluate(SEND_FILES)  # the contact of an unlock is over, and nothing follows it by itself
    value = page.evaluate(TAKE, PHOTO_BYTES)
    page.evaluate(HURRY, HURRIES)
    up, down = thin()
    with server.link.thin(up, down) as asked:
        if breaks_at is not None:
            up.cut_after(breaks_at * value["bytes"])
            server.link.next(*BROKEN_TWICE)
            page.evaluate(SEND_FILES)
        assert page.evaluate(SEND_FILES) is None
        pieces = asked("PATCH")
    assert up.cut_at is None
    # Then its first piece took so long that all others were the shortest there are
    whole = {int(one.headers["upload-offset"]): one.length for one in pieces if one.is_whole}
    assert whole == expected_pieces(value["bytes"])
    # And what was cut is at most one of these
    cut = [one for one in pieces if not one.is_whole]
    assert len(cut) == (breaks_at is not None)
    assert all(one.length <= UPLOAD_CHUNK_BYTES_MIN for one in cut)
    assert carried(pieces) == value["bytes"] + carried(cut)
    assert stored(server, value) == ("complete", value["bytes"], from_b64u(value["hash"]))


def expected_pieces(length: int) -> dict[int, int]:
    """By where they begin."""
    starts = [0, *range(PIECE_BYTES_START, length, UPLOAD_CHUNK_BYTES_MIN)]
    return {start: end - start for start, end in zip(starts, [*starts[1:], length], strict=True)}


def stored(server: Mortal, value: dict[str, Any]) -> tuple[str, int, bytes]:
    """Of a file: how far it is, and the digest of what lies on the disk."""
    with server.app.app_context(), reading() as session:
        file = session.get_one(File, (server.county.district, UUID(value["file"])))
        with server.app.extensions["files"].open(from_b64u(value["hash"])) as stream:
            assert len(stream.read()) == file.length
        return file.state, file.offset, file.hash
