"""What an operator does with keys, by the commands she types."""

import json

import pytest
from sqlalchemy import select

from fieldapp.models.cases import DistrictKey
from fieldapp.models.vaults import ServerKey
from tests.unit.test_cli import founded, look, operate

__all__ = ["founded", "look", "operate"]


def ring_at(folder):
    return json.loads((folder / "keys" / "ring.json").read_text())


def test_a_new_root_key_wraps_everything_and_its_copy_lies_in_escrow(founded, look, tmp_path):
    before = ring_at(tmp_path)
    escrow = tmp_path / "escrow" / "ring.json"
    result = founded("ring", "rotate", "--escrow", str(escrow))
    assert result.exit_code == 0, result.output
    after = ring_at(tmp_path)
    assert after["newest"] != before["newest"] and set(before["keys"]) < set(
        after["keys"]
    )  # backups need the older one
    assert json.loads(escrow.read_text()) == after and escrow.stat().st_mode & 0o077 == 0
    named = look(
        lambda session: {
            *session.scalars(select(ServerKey.root_key_id)),
            *session.scalars(select(DistrictKey.root_key_id)),
        }
    )
    assert named == {after["newest"]}
    assert "wrapped anew: 0" in founded("ring", "rewrap").output


@pytest.mark.parametrize("folder", ["data", "backups"])
def test_an_escrow_copy_beside_the_data_is_refused_and_nothing_changes(founded, tmp_path, monkeypatch, folder):
    monkeypatch.setenv("FIELDAPP_BACKUP_DIR", str(tmp_path / "backups"))
    before = ring_at(tmp_path)
    result = founded("ring", "rotate", "--escrow", str(tmp_path / folder / "ring.json"))
    assert result.exit_code == 1 and "must not carry the keys" in result.output
    assert ring_at(tmp_path) == before


def test_a_key_in_use_is_not_destroyed(founded, look):
    key_id = look(lambda session: session.scalars(select(ServerKey.key_id).where(ServerKey.purpose == "hpke")).one())
    result = founded("keys", "destroy", key_id)
    assert result.exit_code == 1 and "180 days" in result.output
    assert founded("keys", "destroy", "0" * 16).exit_code == 1


def test_a_restore_says_what_the_tombstone_log_did(founded, tmp_path):
    said = founded("epoch", "new").output
    assert "0 line(s) replayed" in said and "missing" not in said
    (tmp_path / "tombstones" / "log").unlink()
    assert founded("epoch", "new").exit_code == 0
