"""The root ring: kept private, replaced whole, and never short of a key that the database names."""

import json
import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldapp import create_app
from fieldapp.crypto import rest
from fieldapp.crypto.rest import Damaged, Ring, RingError, UnknownKey
from fieldapp.db import writing
from fieldapp.models import bodies
from tests import factories


def test_a_saved_ring_is_private_and_comes_back(tmp_path, ring):
    file = tmp_path / "keys" / "ring.json"
    ring.save(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 and stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    key_id, wrapped = ring.wrap(b"secret", "here")
    assert Ring.load(file).unwrap(key_id, wrapped, "here") == b"secret"
    assert [path.name for path in file.parent.iterdir()] == ["ring.json"]


def test_a_ring_that_others_can_read_is_refused(tmp_path, ring):
    file = tmp_path / "ring.json"
    ring.save(file)
    file.chmod(0o640)
    with pytest.raises(RingError, match="chmod 600"):
        Ring.load(file)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"keys":{"a":{"key":"AAAA"}},"newest":"a"}', '{"keys":{},"newest":"a"}', '{"keys":{"a":1}}'],
)
def test_a_damaged_ring_is_refused_with_a_sentence(tmp_path, text):
    file = tmp_path / "ring.json"
    file.write_text(text)
    file.chmod(0o600)
    with pytest.raises(RingError):
        Ring.load(file)


def test_a_missing_ring_says_how_to_make_one(tmp_path):
    with pytest.raises(RingError, match="keys init"):
        Ring.load(tmp_path / "ring.json")


def test_a_new_key_wraps_new_things_and_the_old_one_still_opens(ring):
    old_id, wrapped = ring.wrap(b"old", "c")
    rotated = ring.with_new_key()
    new_id, newly = rotated.wrap(b"new", "c")
    assert new_id != old_id and rotated.unwrap(old_id, wrapped, "c") == b"old"
    with pytest.raises(UnknownKey):
        ring.unwrap(new_id, newly, "c")


@given(context=st.text(max_size=5), other=st.text(max_size=5), secret=st.binary(max_size=50))
def test_what_is_wrapped_opens_under_its_own_context_alone(context, other, secret):
    ring = Ring({"a": bytes(32)}, "a")
    key_id, wrapped = ring.wrap(secret, context)
    assert ring.unwrap(key_id, wrapped, context) == secret
    for wrong, where in ((wrapped[:-1], context), (wrapped, other + "!" + context), (b"", context)):
        with pytest.raises(Damaged):
            ring.unwrap(key_id, wrong, where)


def test_no_key_shows_in_what_is_logged(ring, tmp_path):
    ring.save(tmp_path / "ring.json")
    secret = json.loads((tmp_path / "ring.json").read_text())["keys"][ring.newest]["key"]
    assert secret not in repr(ring) and secret not in str(ring.secrets_for("flask"))


def test_secrets_for_cookies_differ_by_purpose_and_outlive_a_rotation(ring):
    newest, older = ring.with_new_key().secrets_for("flask")
    assert [older] == ring.secrets_for("flask") and newest != older
    assert ring.secrets_for("flask") != ring.secrets_for("else")


def test_a_case_key_unwraps_under_its_own_district_alone():
    district, case = rest.new_district_key(), rest.new_case_key()
    wrapped = rest.wrap_case_key(district, case)
    assert rest.unwrap_case_key(district, wrapped) == case
    for key, bytes_ in ((rest.new_district_key(), wrapped), (district, wrapped[:-8]), (district, b"")):
        with pytest.raises(Damaged):
            rest.unwrap_case_key(key, bytes_)


def test_a_server_whose_ring_lacks_a_key_the_database_names_does_not_start(app, config, clock):
    # Given a database with a district key
    with app.app_context(), writing() as session:
        row_key = (factories.DISTRICT, factories.new_id())
        bodies.seal_for_district(session, factories.DISTRICT, "kept_package", "sealed_package", row_key, b"x")
    # When the ring is another one
    config.ring_file.unlink()
    Ring.generate().save(config.ring_file)
    # Then it refuses, and says what to bring
    with pytest.raises(RingError, match="escrow"):
        create_app(config)
