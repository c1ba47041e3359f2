"""Sealed files open chunk by chunk, to the byte, or not at all."""

import io
import json
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldapp.crypto import files
from fieldapp.crypto.packages import CHUNK_BYTES, TAG_BYTES, Refused, SealingKey, b64u, from_b64u

VECTORS = json.loads(
    (Path(__file__).parents[2] / "vectors" / "files" / "python.json").read_text("utf-8"),
)
KEY, FILE_ID, ENVELOPE = SealingKey(b"k" * 32), UUID("01990000-0000-7000-8000-000000000001"), b"e" * 16


def sealed(plain: bytes, salt: bytes = b"s" * 16) -> bytes:
    return files.seal_file(plain, file_id=FILE_ID, sealing_key=KEY, envelope_id=ENVELOPE, random=lambda _: salt)


def opened(whole: bytes, sealing_key: SealingKey = KEY) -> bytes:
    key = files.file_key(sealing_key, files.read_head(whole[: files.HEAD_BYTES]))
    return b"".join(files.open_chunks(io.BytesIO(whole), key))


@pytest.mark.parametrize("frozen", VECTORS["files"], ids=lambda frozen: frozen["name"])
def test_what_was_sealed_once_opens_for_ever(frozen):
    name, count = frozen["name"], 150_000 if frozen["name"] == "long" else 65_536
    seed = "long" if name == "long" else "one"
    plain = b"".join(sha256(f"{seed}{n}".encode()).digest() for n in range(count // 32 + 1))[:count]
    plain = plain if frozen["plain"] is None else from_b64u(frozen["plain"])
    head = files.read_head(from_b64u(frozen["head"]))
    made = files.seal_file(
        plain,
        file_id=UUID(VECTORS["file_id"]),
        sealing_key=SealingKey(from_b64u(VECTORS["sealing_key"])),
        envelope_id=from_b64u(VECTORS["envelope_id"]),
        random=lambda _: head.salt,
    )
    assert b64u(sha256(made).digest()) == frozen["hash"] and len(made) == frozen["bytes"]
    assert frozen["sealed"] in (None, b64u(made))
    key = files.FileKey(from_b64u(frozen["key"]))
    assert sha256(b"".join(files.open_chunks(io.BytesIO(made), key))).digest() == from_b64u(frozen["plain_hash"])


@settings(derandomize=True, deadline=None, max_examples=20)
@given(length=st.sampled_from([0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES]), fill=st.binary())
def test_any_file_comes_back_as_it_was(length, fill):
    plain = ((fill or b"x") * (length // len(fill or b"x") + 1))[:length]
    whole = sealed(plain)
    assert opened(whole) == plain and len(whole) == files.sealed_bytes(length)


@settings(derandomize=True, deadline=None, max_examples=60)
@given(at=st.integers(min_value=0), bit=st.integers(min_value=0, max_value=7))
def test_no_bit_of_it_can_be_changed(at, bit):
    whole = bytearray(sealed(b"p" * 1_000))
    at %= len(whole)
    if 17 <= at < 33:
        return  # the envelope id says where the key is; its word is compared with what was announced
    whole[at] ^= 1 << bit
    with pytest.raises(Refused):
        opened(bytes(whole))


@pytest.mark.parametrize(
    "cut", [files.HEAD_BYTES - 1, files.HEAD_BYTES, files.HEAD_BYTES + CHUNK_BYTES + TAG_BYTES, -1]
)
def test_a_file_that_was_cut_does_not_open_even_at_the_end_of_a_chunk(cut):
    whole = sealed(b"p" * (2 * CHUNK_BYTES))
    with pytest.raises(Refused):
        opened(whole[:cut])


def test_chunks_in_another_order_or_of_another_file_do_not_open():
    step = CHUNK_BYTES + TAG_BYTES
    one, other = sealed(b"p" * (3 * CHUNK_BYTES)), sealed(b"p" * (3 * CHUNK_BYTES), salt=b"t" * 16)
    head, chunks = one[: files.HEAD_BYTES], one[files.HEAD_BYTES :]
    swapped = head + chunks[step : 2 * step] + chunks[:step] + chunks[2 * step :]
    mixed = head + other[files.HEAD_BYTES : files.HEAD_BYTES + step] + chunks[step:]
    for wrong in (swapped, mixed, one + chunks[:step]):
        with pytest.raises(Refused):
            opened(wrong)


def test_the_key_of_a_file_opens_no_other_file():
    whole, other = sealed(b"one"), sealed(b"two", salt=b"t" * 16)
    key = files.file_key(KEY, files.read_head(whole[: files.HEAD_BYTES]))
    with pytest.raises(Refused):
        list(files.open_chunks(io.BytesIO(other), key))
    with pytest.raises(Refused):
        opened(whole, SealingKey(b"x" * 32))


def test_an_unknown_suite_is_refused_and_never_guessed():
    whole = bytearray(sealed(b"p"))
    whole[16] = 7
    with pytest.raises(Refused, match="unknown_suite"):
        files.read_head(bytes(whole[: files.HEAD_BYTES]))
