"""Signatures as browsers make them, the server's key list, and the codes people type."""

import json
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given
from hypothesis import strategies as st

from fieldapp.crypto import keys, signatures
from fieldapp.crypto.packages import b64u, from_b64u
from fieldapp.db import milliseconds
from fieldapp.models import server_keys
from fieldapp.models.vaults import ServerKey

PRIVATE = signatures.new_private_key()
POINT = signatures.public_point(PRIVATE)


@given(text=st.binary(max_size=80))
def test_a_signature_is_64_raw_bytes_and_fits_one_text(text):
    signature = signatures.sign(PRIVATE, text)
    assert len(signature) == 64 and len(POINT) == 65
    assert signatures.verify(POINT, signature, text)
    assert not signatures.verify(POINT, signature, text + b"x")


@pytest.mark.parametrize(
    "point",
    [b"", POINT[:-1], b"\x04" + bytes(64), b"\x02" + POINT[1:33], bytes(65)],
    ids=["empty", "cut short", "off the curve", "compressed", "zeros"],  # without: random bytes name the test
)
def test_what_is_no_point_on_the_curve_is_refused_as_a_key(point):
    assert not signatures.is_point(point) and signatures.is_point(POINT)
    assert not signatures.verify(point, signatures.sign(PRIVATE, b""), b"")


def test_a_der_signature_or_one_of_wrong_length_is_not_valid():
    der = PRIVATE.sign(b"text", ec.ECDSA(SHA256()))
    for signature in (der, b"", bytes(64), b"\xff" * 64, signatures.sign(PRIVATE, b"text") + b"\x00"):
        assert not signatures.verify(POINT, signature, b"text")


def test_a_signed_text_is_what_json_stringify_writes():
    text = signatures.signed_text(["a", 1, None, ["b", []], 'q"\\\n'])
    assert text == b'["a",1,null,["b",[]],"q\\"\\\\\\n"]'
    with pytest.raises(ValueError, match="ASCII"):
        signatures.signed_text(["柳"])


def test_private_keys_come_back_and_other_kinds_are_refused():
    loaded = signatures.load_private(signatures.private_bytes(PRIVATE))
    assert signatures.public_point(loaded) == POINT
    with pytest.raises(ValueError, match="P-256"):
        signatures.load_private(signatures.private_bytes(ec.generate_private_key(ec.SECP384R1())))


def test_a_fingerprint_is_the_first_sixty_bits_of_the_hash():
    digest = sha256(POINT).digest()
    bits = "".join(f"{byte:08b}" for byte in digest)[:60]
    read = "".join(f"{keys.CROCKFORD.index(character):05b}" for character in keys.fingerprint_of(POINT))
    assert read == bits and keys.key_id_of(POINT) == digest[:8].hex()


@given(raw=st.binary(min_size=8, max_size=8))
def test_a_typed_code_is_read_as_it_was_meant(raw):
    code = keys.new_code(lambda _length: raw)
    assert len(code) == 12
    typed = f" {code[:4].lower()}-{code[4:8]} {code[8:]} ".replace("1", "l").replace("0", "o")
    assert keys.read_code(typed) == code
    assert keys.read_code(code[:-1]) is None and keys.read_code(code[:-1] + "U") is None


def test_the_server_signs_its_list_of_keys_and_older_keys_stay(session, clock):
    # Given the first keys, made once
    fingerprint = server_keys.make_server_keys(session, clock())
    assert server_keys.make_server_keys(session, clock()) == fingerprint
    # When a second HPKE key is made
    clock.advance(days=90)
    newest = server_keys.rotate(session, clock())
    # Then both are listed, signed by the identity that the fingerprint is of
    listed = server_keys.key_list(session)
    assert keys.fingerprint_of(listed.identity) == fingerprint
    assert listed.version == 2 and [key.key_id for key in listed.keys][1:] == [newest]
    assert listed.keys[1].from_ms == milliseconds(clock()) and listed.keys[1].until_ms is None
    said = json.loads(json.dumps(listed.to_json()))
    rows = [[k["key_id"], k["suite"], k["public"], k["from"], k["until"]] for k in said["server_keys"]]
    text = signatures.signed_text(["fieldapp/1/keys", said["keys_version"], rows])
    assert signatures.verify(from_b64u(said["identity_key"]), from_b64u(said["keys_signature"]), text)
    # And their private halves open what is sealed to them
    private = server_keys.envelope_keys(session)
    assert {key.key_id: b64u(key.public) for key in listed.keys} == {
        key_id: b64u(signatures.public_point(key)) for key_id, key in private.items()
    }
    assert signatures.verify(listed.identity, server_keys.sign(session, b"head"), b"head")


def test_a_private_key_put_into_another_row_does_not_unwrap(session, clock):
    server_keys.make_server_keys(session, clock())
    first = next(iter(server_keys.envelope_keys(session)))
    second = server_keys.rotate(session, clock())
    session.get_one(ServerKey, second).wrapped_private = session.get_one(ServerKey, first).wrapped_private
    session.flush()
    with pytest.raises(Exception, match="does not open"):
        server_keys.envelope_keys(session)


def test_there_is_no_key_list_before_the_keys_are_made(session):
    with pytest.raises(LookupError):
        server_keys.fingerprint(session)
