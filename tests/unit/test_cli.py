"""The commands of an operator, on a data folder of their own."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine, text

from fieldapp import cli
from fieldapp.config import Config
from fieldapp.db import reading, writing
from fieldapp.models import settings
from fieldapp.models.audit import AuditHead, AuditRow
from fieldapp.models.vaults import VaultHome
from sync import parcels
from tests import factories

FIRST = [
    "first-administrator",
    "--district",
    factories.DISTRICT,
    "--county",
    "示例县",
    "--login",
    "first",
    "--name",
    "甲",
]


@pytest.fixture
def operate(tmp_path, monkeypatch):
    """Run one command as an operator would; its result."""
    for name in ("FIELDAPP_BACKUP_DIR", "FIELDAPP_DEMO", "FIELDAPP_PHONE_ORIGIN", "FIELDAPP_DESK_ORIGIN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("FIELDAPP_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("FIELDAPP_RING", str(tmp_path / "keys" / "ring.json"))
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'data' / 'fieldapp.sqlite3'}")

    def run(*words):
        return CliRunner().invoke(cli.main, list(words))

    return run


@pytest.fixture
def look(operate):
    """A session that reads what the commands have written."""

    def read(question):
        with cli._app().app_context(), reading() as session:
            return question(session)

    return read


@pytest.fixture
def founded(operate):
    """A server with keys, forms and a first administrator."""
    for words in (["keys", "init"], ["publish"], FIRST):
        result = operate(*words)
        assert result.exit_code == 0, result.output
    return operate


def test_keys_are_made_in_an_empty_folder_and_never_a_second_time(operate, tmp_path):
    first = operate("keys", "init")
    ring = (tmp_path / "keys" / "ring.json").read_bytes()
    second = operate("keys", "init")
    assert first.exit_code == second.exit_code == 0 and "Made new keys" in first.output
    assert "Made new keys" not in second.output and (tmp_path / "keys" / "ring.json").read_bytes() == ring
    assert first.output.splitlines()[-1] == second.output.splitlines()[-1], "the fingerprint stays"


def test_nothing_starts_without_the_ring_that_the_database_names(founded, tmp_path):
    (tmp_path / "keys" / "ring.json").unlink()
    result = founded("publish")
    assert result.exit_code == 1 and "ring" in result.output


def test_forms_are_published_once(operate):
    operate("keys", "init")
    assert f"F2@{factories.version_of('F2')}" in operate("publish").output
    again = operate("publish")
    assert again.exit_code == 0 and again.output.strip() == "nothing new"


def test_a_first_administrator_is_made_once_and_told_her_password(founded):
    again = founded(*FIRST)
    assert again.exit_code == 1 and "password" not in again.output and "Error" in again.output


def test_a_new_key_for_phones_stands_beside_the_older_one(founded):
    result = founded("keys", "rotate")
    assert result.exit_code == 0 and result.output.startswith("new key ")


def test_one_round_of_the_worker_extends_the_audit_chain(founded, look):
    assert look(lambda session: session.get(AuditHead, factories.DISTRICT)) is None
    assert founded("worker", "--once").exit_code == 0
    assert look(lambda session: session.get(AuditHead, factories.DISTRICT).seq) >= 1


def test_a_chain_that_holds_ends_well_and_a_changed_row_does_not(founded, tmp_path):
    founded("worker", "--once")
    good = founded("audit", "verify")
    assert good.exit_code == 0 and good.output.startswith(f"{factories.DISTRICT}: holds: ")
    engine = create_engine(f"sqlite:///{tmp_path / 'data' / 'fieldapp.sqlite3'}")
    with engine.begin() as connection:
        connection.execute(text("UPDATE audit SET about = '{}' WHERE chain_seq = 1"))
    engine.dispose()
    broken = founded("audit", "verify")
    assert broken.exit_code == 1 and "broken at 1: a row was changed" in broken.output
    assert "Keep this database as it is" in broken.output


def test_a_chain_without_its_end_or_without_any_row_does_not_hold(founded, tmp_path):
    founded("worker", "--once")
    engine = create_engine(f"sqlite:///{tmp_path / 'data' / 'fieldapp.sqlite3'}")
    for statement, said in (
        ("DELETE FROM audit_head", "the signed end is missing"),
        ("DELETE FROM audit", "there is no row at all"),
    ):
        with engine.begin() as connection:
            connection.execute(text(statement))
        found = founded("audit", "verify")
        assert found.exit_code == 1 and said in found.output
    engine.dispose()


def test_kinds_of_questions_are_switched_off_and_on_again(founded, look):
    assert founded("switch-off", "location", "photo").output.strip() == "off: photo, location"
    assert look(settings.policies_off) == ["photo", "location"]
    assert founded("switch-off").output.strip() == "off: nothing" and look(settings.policies_off) == []
    assert founded("switch-off", "smell").exit_code == 2


def test_a_new_epoch_is_another_one_and_the_chain_says_so(founded, look):
    before = look(lambda session: settings.get(session, settings.EPOCH))
    result = founded("epoch", "new")
    after = look(lambda session: settings.get(session, settings.EPOCH))
    assert result.exit_code == 0 and after != before and after in result.output
    row = look(lambda session: session.query(AuditRow).filter_by(act="new_epoch").one())
    assert row.district == factories.DISTRICT and before in row.about


def test_the_demonstration_refuses_a_database_with_people_in_it(founded, monkeypatch):
    monkeypatch.setattr(cli, "_serve", lambda *_: pytest.fail("it must not serve"))
    result = founded("serve-demo")
    assert result.exit_code == 1 and "empty" in result.output


def test_the_demonstration_keeps_its_data_the_second_time(operate, look, monkeypatch):
    served: list[Config] = []
    monkeypatch.setattr(cli, "_serve", lambda config, _certificate: served.append(config))
    first, second = operate("serve-demo", "--port", "8123"), operate("serve-demo", "--port", "8123")
    assert (first.exit_code, second.exit_code, len(served)) == (0, 0, 2), first.output + second.output
    assert served[0].demo and "http://localhost:8123" in first.output
    assert look(lambda session: settings.get(session, settings.DEMO)) == "1"


def test_a_half_set_server_says_which_setting_is_wrong(operate, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "mysql://nowhere")
    result = operate("publish")
    assert result.exit_code == 1 and "DATABASE_URL" in result.output


def test_the_description_of_the_api_is_written_where_one_says(operate, tmp_path):
    result = operate("openapi", "--out", str(tmp_path / "api.json"))
    assert result.exit_code == 0 and Path(tmp_path / "api.json").read_text("utf-8").startswith("{")


def test_a_parcel_of_no_phone_of_this_server_is_refused_in_words(operate, founded, tmp_path):
    part = (parcels.EXCHANGE, b"x", "A" * 86)
    file = tmp_path / "data-1.bin"
    file.write_bytes(parcels.write(factories.new_id(), 1, [part]))
    refused = operate("parcel", str(file))
    assert refused.exit_code == 1 and "The phone this file is from was not found" in refused.output
    file.write_bytes(b"anything")
    refused = operate("parcel", str(file))
    assert refused.exit_code == 1 and "not a file of unsent work" in refused.output


def test_a_receipt_of_a_parcel_is_written_where_one_says(founded, tmp_path):
    with cli._app().app_context(), writing() as session:
        county = factories.county(session, datetime.now(UTC), "990102")
        vault_id = factories.vault(session, datetime.now(UTC), county, county.caseworker_id, county.administrator_id)
        session.add(VaultHome(vault_id=vault_id, district=county.district))
    file, to = tmp_path / "data-1.bin", tmp_path / "receipt.txt"
    file.write_bytes(parcels.write(vault_id, 1, [(parcels.EXCHANGE, b"x", "A" * 86)]))
    result = founded("parcel", str(file), "--receipt", str(to))
    # Nothing of it is what the phone signed
    assert result.exit_code == 1 and "Damaged parts: 1" in to.read_text("utf-8")
    assert hashlib.sha256(file.read_bytes()).hexdigest()[:12] in to.read_text("utf-8")
