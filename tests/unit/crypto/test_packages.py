"""What a phone seals opens on the server, and nothing else does."""

import json
import tracemalloc
import zlib
from itertools import count
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldapp.crypto import keys, packages, signatures
from fieldapp.crypto.packages import Refused, SealingKey, b64u, from_b64u
from sync import wire
from sync.codes import Reason

VECTORS = Path(__file__).parents[2] / "vectors" / "packages"
VAULT = UUID("01990000-0000-7000-8000-0000000000aa")
SEALING_KEY = SealingKey(bytes(range(32)))
ENVELOPE_ID = bytes(16)
HEAD = {
    "v": 1,
    "kind": "revision",
    "district": "990101",
    "case_id": "01990000-0000-7000-8000-00000000000a",
    "visit_id": "01990000-0000-7000-8000-00000000000b",
    "record_id": "01990000-0000-7000-8000-00000000000c",
    "revision_id": "01990000-0000-7000-8000-00000000000d",
    "parents": [],
    "form": "F2",
    "form_version": 1,
    "intent": "submit",
    "number": None,
    "device_time": 1790000000000,
    "author": "01990000-0000-7000-8000-00000000000e",
}
AUTHOR = signatures.new_private_key()
AUTHOR_POINT = signatures.public_point(AUTHOR)


def counting():
    """Randomness that never repeats and is the same on every run."""
    turn = count(1)
    return lambda length: next(turn).to_bytes(length, "big")


def sealed(body=b"{}", head=HEAD, author=AUTHOR):
    return packages.seal_package(
        head,
        body,
        sealing_key=SEALING_KEY,
        envelope_id=ENVELOPE_ID,
        vault_id=VAULT,
        author=author,
        random=counting(),
    )


def opened(package):
    """(head, body) of whole package bytes."""
    apart = packages.take_apart(package)
    head = packages.open_head(apart, SEALING_KEY)
    return head, packages.open_body(apart, SEALING_KEY, head)


SEALED = sealed(b'{"answers":{}}')


def reason_of(act):
    with pytest.raises(Refused) as refused:
        act()
    return refused.value.reason


# --- frozen vectors ---------------------------------------------------------------------------------------------------


def committed_vectors():
    """The files of both sides that are here."""
    return sorted(VECTORS.glob("*.json"))


@pytest.mark.parametrize("file", committed_vectors(), ids=lambda file: file.name)
def test_a_frozen_package_opens_for_ever(file):
    vector = json.loads(file.read_text("utf-8"))
    vault_id = UUID(vector["vault_id"])
    private = signatures.load_private(from_b64u(vector["server"]["private"]))
    sealing_key = packages.open_envelope(
        from_b64u(vector["envelope"]), suite=1, private=private, key_id=vector["server"]["key_id"], vault_id=vault_id
    )
    assert sealing_key == from_b64u(vector["sealing_key"]) and vector["packages"]
    for case in vector["packages"]:
        package = packages.take_apart(from_b64u(case["package"]))
        assert package.envelope_id == from_b64u(vector["envelope_id"])
        head = packages.open_head(package, sealing_key)
        assert head == case["head"]
        body = packages.open_body(package, sealing_key, head)
        assert case["body"] is None or body.decode("utf-8") == case["body"]
        signed = packages.is_signed_by(head, vault_id, from_b64u(vector["author"]["public"]))
        assert signed is (head["signature"] is not None)


def test_the_python_vectors_are_there():
    assert (VECTORS / "python.json") in committed_vectors()


# --- envelopes --------------------------------------------------------------------------------------------------------


def test_an_envelope_opens_for_its_own_vault_and_server_key_alone():
    server, other = signatures.new_private_key(), signatures.new_private_key()
    point = signatures.public_point(server)
    key_id = keys.key_id_of(point)
    envelope = packages.seal_envelope(SEALING_KEY, server_point=point, key_id=key_id, vault_id=VAULT)
    assert len(envelope) == packages.ENVELOPE_BYTES

    def open_with(*, suite=1, private=server, key_id=key_id, vault_id=VAULT, envelope=envelope):
        return packages.open_envelope(envelope, suite=suite, private=private, key_id=key_id, vault_id=vault_id)

    assert open_with() == SEALING_KEY
    assert reason_of(lambda: open_with(vault_id=UUID(int=1))) == Reason.DAMAGED
    assert reason_of(lambda: open_with(private=other)) == Reason.DAMAGED
    assert reason_of(lambda: open_with(key_id="00" * 8)) == Reason.DAMAGED
    assert reason_of(lambda: open_with(suite=2)) == Reason.UNKNOWN_SUITE
    assert reason_of(lambda: open_with(envelope=envelope[:-1])) == Reason.DAMAGED
    assert reason_of(lambda: open_with(envelope=bytes(113))) == Reason.DAMAGED


# --- packages ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("length", [0, 1, 65_535, 65_536, 65_537, 131_072])
def test_chunks_round_trip_at_their_edges(length):
    apart = packages.take_apart(sealed())
    text = bytes(length)
    chunks = packages._seal_chunks(text, SEALING_KEY, apart, packages.PURPOSE_BODY, VAULT)
    assert len(chunks) == length + 16 * max(1, -(-length // 65_536))
    assert packages._open_chunks(chunks, SEALING_KEY, apart, packages.PURPOSE_BODY, VAULT) == text


@given(body=st.binary(max_size=500), revision=st.none() | st.uuids())
def test_what_is_sealed_opens_again(body, revision):
    head = {**HEAD, "revision_id": None if revision is None else str(revision)}
    came, text = opened(sealed(body, head))
    assert text == body and {name: came[name] for name in head} == head
    assert packages.is_signed_by(came, VAULT, AUTHOR_POINT)


@given(where=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_one_changed_bit_anywhere_is_noticed(where, bit):
    package = bytearray(SEALED)
    byte = int(where * len(package))
    package[byte] ^= 1 << bit
    if 17 <= byte < 33:
        return  # the envelope id only says which sealing key to try: another id is another key, or none
    assert reason_of(lambda: opened(bytes(package))) in {
        Reason.DAMAGED,
        Reason.PACKAGE_TOO_LARGE,
        Reason.UNKNOWN_SUITE,
    }


def test_an_unknown_suite_is_refused_as_such():
    package = bytearray(SEALED)
    package[16] = 2
    assert reason_of(lambda: packages.take_apart(bytes(package))) == Reason.UNKNOWN_SUITE


@given(share=st.floats(0, 1, exclude_max=True))
def test_a_package_cut_short_is_noticed(share):
    assert reason_of(lambda: opened(SEALED[: int(share * len(SEALED))])) == Reason.DAMAGED


def test_head_and_body_of_two_packages_cannot_be_mixed():
    random = counting()
    make = lambda: packages.take_apart(  # noqa: E731
        packages.seal_package(
            HEAD, b"{}", sealing_key=SEALING_KEY, envelope_id=ENVELOPE_ID, vault_id=VAULT, author=AUTHOR, random=random
        )
    )
    one, two = make(), make()
    mixed = packages.Package(one.package_id, 1, ENVELOPE_ID, one.salt, one.sealed_head, two.sealed_body)
    assert reason_of(lambda: opened(mixed.to_bytes())) == Reason.DAMAGED


def test_a_chunk_moved_or_dropped_is_noticed():
    apart = packages.take_apart(sealed())
    chunks = packages._seal_chunks(bytes(140_000), SEALING_KEY, apart, packages.PURPOSE_BODY, VAULT)
    step = 65_536 + 16
    swapped = chunks[step : 2 * step] + chunks[:step] + chunks[2 * step :]
    for wrong in (swapped, chunks[: 2 * step], chunks[step:], chunks[:step] + chunks[2 * step :]):
        open_wrong = lambda wrong=wrong: packages._open_chunks(  # noqa: E731
            wrong, SEALING_KEY, apart, packages.PURPOSE_BODY, VAULT
        )
        assert reason_of(open_wrong) == Reason.DAMAGED


def test_a_body_that_inflates_without_end_stops_at_the_bound():
    # Given a body of 100 MB that packs into less than 256 KiB
    bomb = zlib.compress(bytes(100_000_000), 9)
    assert len(bomb) < packages.BODY_SEALED_BYTES_MAX
    # When it is inflated
    tracemalloc.start()
    try:
        reason = reason_of(lambda: packages._inflated(bomb, packages.BODY_INFLATED_BYTES_MAX))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # Then it is refused, in memory of a few times the bound
    assert reason == Reason.PACKAGE_TOO_LARGE and peak < 4 * packages.BODY_INFLATED_BYTES_MAX


@pytest.mark.parametrize(
    ("compressed", "reason"),
    [
        (zlib.compress(b"{}") + b"x", Reason.DAMAGED),
        (zlib.compress(b"{}")[:-1], Reason.DAMAGED),
        (b"not a stream", Reason.DAMAGED),
        (b"", Reason.DAMAGED),
        (zlib.compress(b"x" * 101), Reason.PACKAGE_TOO_LARGE),
    ],
)
def test_a_stream_is_whole_and_within_its_bound_or_refused(compressed, reason):
    assert packages._inflated(zlib.compress(b"x" * 100), 100) == b"x" * 100
    assert reason_of(lambda: packages._inflated(compressed, 100)) == reason


def test_a_package_over_its_limits_is_refused_before_it_is_opened():
    too_long_a_body = sealed() + bytes(packages.BODY_SEALED_BYTES_MAX)
    assert reason_of(lambda: packages.take_apart(too_long_a_body)) == Reason.PACKAGE_TOO_LARGE
    package = bytearray(sealed())
    package[49:53] = (packages.HEAD_COMPRESSED_BYTES_MAX + 17).to_bytes(4, "big")
    assert reason_of(lambda: packages.take_apart(bytes(package))) == Reason.PACKAGE_TOO_LARGE


@pytest.mark.parametrize("text", [b"[]", b"1", b"\xff", b"[" * 5000, b"{", b""])
def test_a_head_that_is_no_json_object_is_damaged(text):
    apart = packages.take_apart(sealed())
    head = packages._seal_chunks(zlib.compress(text), SEALING_KEY, apart, packages.PURPOSE_HEAD, apart.package_id)
    wrong = packages.Package(apart.package_id, 1, ENVELOPE_ID, apart.salt, head, apart.sealed_body)
    assert reason_of(lambda: packages.open_head(wrong, SEALING_KEY)) == Reason.DAMAGED


def test_the_author_signs_everything_but_the_servers_own():
    head, _ = opened(sealed())
    assert packages.is_signed_by(head, VAULT, AUTHOR_POINT)
    for name, value in {**HEAD, "body_hash": "", "plain_hash": ""}.items():
        if name == "v":
            continue
        other = ["x"] if isinstance(value, list) else "other"
        assert not packages.is_signed_by({**head, name: other}, VAULT, AUTHOR_POINT), name
    assert not packages.is_signed_by(head, UUID(int=1), AUTHOR_POINT)
    stranger = signatures.public_point(signatures.new_private_key())
    assert not packages.is_signed_by(head, VAULT, stranger)


@pytest.mark.parametrize("signature", [None, "", "AAAA", "=", "é", b64u(bytes(64)), b64u(b"\xff" * 64)])
def test_a_missing_or_malformed_signature_is_just_not_valid(signature):
    head, _ = opened(sealed())
    assert packages.is_signed_by({**head, "signature": signature}, VAULT, AUTHOR_POINT) is False


def test_no_key_and_nonce_pair_repeats_over_many_packages(monkeypatch):
    # Given every key and nonce that is used to seal
    used = []
    real = packages._cipher

    def spying(sealing_key, salt, purpose, about):
        cipher = real(sealing_key, salt, purpose, about)

        class Spy:
            def encrypt(self, nonce, *rest):
                used.append((salt, purpose, about, nonce))
                return cipher.encrypt(nonce, *rest)

        return Spy()

    monkeypatch.setattr(packages, "_cipher", spying)
    random = counting()
    # When the same revision is sealed again and again (reseal), with bodies of several chunks
    for turn in range(20):
        body = b64u(bytes(range(256)) * 10).encode() * (turn + 1)
        packages.seal_package(
            HEAD, body, sealing_key=SEALING_KEY, envelope_id=ENVELOPE_ID, vault_id=VAULT, author=None, random=random
        )
    # Then no pair was used twice
    assert len(used) >= 40 and len(set(used)) == len(used)


def test_limits_are_those_of_the_protocol():
    assert packages.BODY_SEALED_BYTES_MAX == wire.BODY_SEALED_BYTES_MAX
    assert packages.BODY_INFLATED_BYTES_MAX == wire.BODY_INFLATED_BYTES_MAX
    assert packages.HEAD_INFLATED_BYTES_MAX == wire.HEAD_INFLATED_BYTES_MAX
    assert packages.HEAD_COMPRESSED_BYTES_MAX + packages.TAG_BYTES == wire.HEAD_SEALED_BYTES_MAX
    assert packages.PACKAGE_BYTES_MAX == wire.PACKAGE_BYTES_MAX
    assert packages.ENVELOPE_BYTES == wire.ENVELOPE_BYTES


@given(st.binary(max_size=40))
def test_base64url_has_one_way_to_write_each_value(raw):
    assert from_b64u(b64u(raw)) == raw
    for wrong in (b64u(raw) + "=", b64u(raw) + " ", "+" + b64u(raw)):
        with pytest.raises(ValueError, match=r".*"):
            from_b64u(wrong)
