"""Codes of authenticator apps are those of RFC 6238, and recovery codes lie under keyed hashes."""

from datetime import UTC, datetime, timedelta

import pytest

from fieldapp.crypto import totp
from fieldapp.crypto.rest import Ring

OF_THE_RFC = totp.TotpSecret(b"12345678901234567890")


@pytest.mark.parametrize(
    ("seconds", "eight_digits"),
    [
        (59, "94287082"), (1111111109, "07081804"), (1111111111, "14050471"), (1234567890, "89005924"),
        (2000000000, "69279037"), (20000000000, "65353130"),
    ],
)  # fmt: skip
def test_the_codes_are_those_of_rfc_6238_appendix_b(seconds, eight_digits):
    at = datetime.fromtimestamp(seconds, UTC)
    assert totp.code_at(OF_THE_RFC, totp.step_of(at)) == eight_digits[-totp.DIGITS :]


def test_a_typed_code_names_its_step_and_an_older_one_is_passed_over():
    at = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
    step = totp.step_of(at)
    code = totp.code_at(OF_THE_RFC, step)
    assert totp.step_shown(OF_THE_RFC, f" {code[:3]} {code[3:]} ", at) == step
    assert totp.step_shown(OF_THE_RFC, code, at + timedelta(seconds=30)) == step
    assert totp.step_shown(OF_THE_RFC, code, at + timedelta(seconds=60)) is None
    assert totp.step_shown(OF_THE_RFC, code, at, later_than=step) is None


def test_a_secret_survives_being_typed_and_its_address_names_account_and_issuer():
    secret = totp.new_secret()
    assert len(secret) == 20 and totp.secret_of(totp.text_of(secret)) == secret
    address = totp.address_for_apps(secret, "li&x=1", "FieldApp")
    assert address.startswith("otpauth://totp/FieldApp%3Ali%26x%3D1?secret=" + totp.text_of(secret))


def test_a_recovery_code_lies_under_a_hash_of_its_person_and_the_ring():
    ring, code = Ring.generate(), totp.new_recovery_code()
    (stored,) = totp.recovery_hashes(ring, b"her", code)
    assert stored not in totp.recovery_hashes(ring, b"another", code) + totp.recovery_hashes(
        Ring.generate(), b"her", code
    )
    assert stored in totp.recovery_hashes(ring.with_new_key(), b"her", f"{code[:4]}-{code[4:8]} {code[8:].lower()}")
    assert totp.recovery_hashes(ring, b"her", "123456") == []
