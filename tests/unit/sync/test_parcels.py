"""A parcel is read whole or not at all; what is cut, longer, out of order or too large is no parcel."""

import io
import re
from pathlib import Path
from uuid import UUID

import pytest

from sync import parcels, uploads, wire

VAULT = UUID("0190a000-0000-7000-8000-000000000001")
SIGNED = "A" * 86
PARTS = [
    (parcels.EXCHANGE, b"first request", SIGNED),
    (parcels.ANNOUNCE, b"announcement", SIGNED),
    (parcels.FILE, b"sealed file", None),
]


def read(data: bytes) -> parcels.Parcel:
    return parcels.read(io.BytesIO(data), len(data))


def test_what_was_written_is_read_with_the_place_of_every_part():
    data = parcels.write(VAULT, 5, PARTS)
    found = read(data)
    assert (found.vault_id, found.made) == (VAULT, 5)
    assert [(part.kind, data[part.at : part.at + part.length], part.signature) for part in found.parts] == PARTS


def test_a_parcel_cut_anywhere_or_with_a_byte_more_is_none():
    data = parcels.write(VAULT, 5, PARTS)
    for end in range(len(data)):
        with pytest.raises(wire.Malformed):
            read(data[:end])
    with pytest.raises(wire.Malformed):
        read(data + b"x")


@pytest.mark.parametrize(
    "parts",
    [
        [],
        [(parcels.FILE, b"x", None)],  # nobody said what it is
        PARTS[1:2],  # announced, and not there
        [PARTS[1], PARTS[0], PARTS[2]],
        [PARTS[1], PARTS[1], PARTS[2]],
        [(parcels.EXCHANGE, b"x", None)],
        [PARTS[1], (parcels.FILE, b"x", SIGNED)],
        [("pull", b"x", SIGNED)],
        [(parcels.ANNOUNCE, bytes(uploads.ANNOUNCE_BYTES_MAX + 1), SIGNED), PARTS[2]],
        [PARTS[0]] * (parcels.PARTS_MAX + 1),
    ],
)
def test_parts_that_no_phone_writes_are_refused(parts):
    with pytest.raises(wire.Malformed):
        read(parcels.write(VAULT, 5, parts))


def test_a_head_longer_than_its_bound_is_refused_before_it_is_read():
    head = (parcels.HEAD_BYTES_MAX + 1).to_bytes(4, "big")
    stream = io.BytesIO(head + bytes(parcels.HEAD_BYTES_MAX + 1))
    with pytest.raises(wire.Malformed):
        parcels.read(stream, parcels.HEAD_BYTES_MAX + 5)
    assert stream.tell() == 4


def test_phones_make_no_file_larger_than_the_page_of_the_desk_takes():
    script = (Path(__file__).parents[3] / "static/js/outbox/more/parcel.js").read_text(encoding="utf-8")
    said = {name: int(n.replace("_", "")) for name, n in re.findall(r"const (\w+_MAX) = ([\d_]+);", script)}
    assert said == {"PARCEL_BYTES_MAX": parcels.DESK_BYTES_MAX, "PARTS_MAX": parcels.PARTS_MAX}
