"""Frames and messages: what enters is allowed by name and bounded, and the quick path says what the schema says."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldapp.crypto.rest import CursorMark, Ring
from sync import messages, pull, wire

RING = Ring.generate()
MARK = CursorMark.for_vault(RING, UUID(int=1))

VECTORS = Path(__file__).parents[2] / "vectors" / "frames"
HEAD: dict[str, Any] = {
    "v": 1,
    "kind": "revision",
    "district": "990101",
    "case_id": "01990000-0000-7000-8000-00000000000a",
    "visit_id": "01990000-0000-7000-8000-00000000000b",
    "record_id": "01990000-0000-7000-8000-00000000000c",
    "revision_id": "01990000-0000-7000-8000-00000000000d",
    "parents": ["01990000-0000-7000-8000-000000000001"],
    "form": "F2",
    "form_version": 1,
    "intent": "submit",
    "number": None,
    "device_time": 1790000000000,
    "author": "01990000-0000-7000-8000-00000000000e",
    "body_hash": "A" * 43,
    "plain_hash": "A" * 43,
    "signature": "A" * 86,
}
ODD = [
    None,
    True,
    0,
    1,
    -1,
    2**40,
    2**70,
    "",
    "F2",
    "x" * 30,
    [],
    ["x"],
    {},
    "A" * 43,
    "A" * 42 + "B",
    1.0,
    1.5,
    "urgent",
]
ODD += [
    HEAD["case_id"],
    HEAD["case_id"].upper(),
    "{" + HEAD["case_id"] + "}",
    "990101\n",
    "９９０１０１",
    "urgent",
    "draft",
]


@given(st.sampled_from(sorted(HEAD)), st.sampled_from(ODD))
def test_the_quick_reading_of_a_head_never_takes_what_the_schema_refuses(key, odd):
    said = {**HEAD, key: odd}
    quick = messages._quick_head(said)
    if quick is not None:
        read = messages._loaded(messages.HeadSchema(), said)
        assert quick == messages.Head(
            **{**{k: v for k, v in read.items() if k != "v"}, "parents": tuple(read["parents"])}
        )


def test_the_plainly_right_head_is_read_quickly():
    assert messages._quick_head(HEAD) is not None


@pytest.mark.parametrize("change", [{"extra": 1}, {"v": 2}, {"kind": "other"}, {"parents": [HEAD["case_id"]] * 3}])
def test_a_head_with_more_or_other_than_the_protocol_says_is_refused(change):
    with pytest.raises(wire.Malformed):
        messages.read_head({**HEAD, **change})


@pytest.mark.parametrize("key", sorted(HEAD))
def test_every_key_of_a_head_has_to_be_there(key):
    with pytest.raises(wire.Malformed):
        messages.read_head({name: value for name, value in HEAD.items() if name != key})


@given(st.dictionaries(st.text(max_size=5), st.integers() | st.text()), st.lists(st.binary(max_size=50), max_size=5))
def test_a_frame_is_read_as_it_was_written(head, parts):
    read, payload = wire.read_frame(wire.write_frame(head, parts))
    assert read == head and wire.split(payload, map(len, parts)) == parts


@given(st.binary(max_size=200))
def test_no_bytes_do_more_than_be_refused(frame):
    try:
        messages.read_request(frame)
    except wire.Malformed:
        return
    raise AssertionError("random bytes are no request")


@pytest.mark.parametrize("text", [b"[1]", b'{"a":NaN}', b'{"a":1,"a":2}', b"[" * 100_000, b'{"a":', b"\xff"])
def test_json_that_two_readers_could_read_differently_is_refused(text):
    with pytest.raises(wire.Malformed):
        wire.read_json(text)


@given(st.text(max_size=40))
def test_base64url_has_one_reading(text):
    try:
        read = wire.from_b64u(text)
    except ValueError:
        return
    assert wire.b64u(read) == text


@given(st.integers(0, 2**40), st.integers(0, 99), st.integers(0, 2**40))
def test_a_cursor_comes_back_as_it_went_and_nothing_else_is_one(seq, view, whole):
    cursor = pull.Cursor("epoch", view, {"990101": seq}, whole)
    assert pull.read_cursor(cursor.text(MARK), MARK) == cursor


def test_a_cursor_of_another_vault_another_server_or_a_changed_one_is_none():
    text = pull.Cursor("epoch", 1, {"990101": 7}).text(MARK)
    for other in (CursorMark.for_vault(RING, UUID(int=2)), CursorMark.for_vault(Ring.generate(), UUID(int=1))):
        assert pull.read_cursor(text, other) is None
    raw = wire.from_b64u(text)
    assert pull.read_cursor(wire.b64u(raw.replace(b":7", b":9")), MARK) is None


def test_a_cursor_written_before_the_ring_was_renewed_still_holds():
    cursor = pull.Cursor("epoch", 1, {"990101": 7})
    assert pull.read_cursor(cursor.text(MARK), CursorMark.for_vault(RING.with_new_key(), UUID(int=1))) == cursor


@pytest.mark.parametrize("text", [None, "", "x", "e30", wire.b64u(b'{"e":1,"v":"x","s":{},"w":0}'), "A" * 500])
def test_a_foreign_cursor_begins_afresh(text):
    cursor, is_afresh = pull.start(text, "epoch", 3, 7, MARK)
    assert cursor == pull.Cursor("epoch", 3, {}, 7) and is_afresh == (text is not None)


@pytest.mark.parametrize("path", sorted(VECTORS.glob("*.json")), ids=lambda path: path.stem)
def test_a_frozen_frame_opens_for_ever(path):
    frozen = json.loads(path.read_text("utf-8"))
    frame = bytes.fromhex(frozen["frame"])
    head, payload = wire.read_frame(frame, wire.REPLY_HEAD_BYTES_MAX)
    assert head == frozen["head"]
    assert bytes(payload).hex() == "".join(frozen["payload"])
    assert wire.write_frame(head, map(bytes.fromhex, frozen["payload"])) == frame
    if frozen["kind"] == "request":
        read, envelopes, packages = messages.read_request(frame)
        assert [part.hex() for part in [*envelopes, *packages]] == frozen["payload"]
        assert wire.b64u(read["request"]) == head["request"]


def test_there_are_frozen_frames():
    assert {path.stem for path in VECTORS.glob("*.json")} >= {"request", "request_locked", "reply", "reply_refused"}
