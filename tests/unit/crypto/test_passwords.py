"""Passwords: the parameters of a real server, and one answer whatever was wrong."""

import pytest

from fieldapp.crypto import passwords
from fieldapp.crypto.passwords import Password


def test_a_real_server_hashes_with_argon2id_19_mib_two_passes_one_lane(real_argon2):
    stored = passwords.hashed(Password("twelve wise owls"))
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.matches(stored, Password("twelve wise owls")) and not passwords.is_outdated(stored)


def test_a_cheaper_hash_of_old_is_outdated(real_argon2):
    assert passwords.is_outdated("$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHRzb21l$" + "A" * 43)


def test_wrong_unknown_overlong_and_broken_are_all_just_no():
    stored = passwords.hashed(Password("twelve wise owls"))
    assert not passwords.matches(stored, Password("twelve wise cats"))
    assert not passwords.matches(None, Password("nobody has this password"))
    assert not passwords.matches(stored, Password("x" * 10_000))
    assert not passwords.matches("not a hash", Password("twelve wise owls"))


@pytest.mark.parametrize("password", ["short", "x" * 129, ""])
def test_a_password_out_of_bounds_is_not_hashed(password):
    with pytest.raises(ValueError, match="characters"):
        passwords.hashed(Password(password))
