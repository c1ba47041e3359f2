"""Settings are read once, checked, and refused half set."""

from dataclasses import FrozenInstanceError, replace
from pathlib import Path

import pytest

from fieldapp.config import Config, ConfigError

NAMES = [
    "FIELDAPP_DATA",
    "DATABASE_URL",
    "FIELDAPP_RING",
    "FIELDAPP_BACKUP_DIR",
    "FIELDAPP_TOMBSTONES",
    "FIELDAPP_DEMO",
    "PORT",
    "DESK_PORT",
    "FIELDAPP_TLS",
    "FIELDAPP_PHONE_ORIGIN",
    "FIELDAPP_DESK_ORIGIN",
    "FIELDAPP_PROXIES",
    "HTMX_LOCAL",
]


@pytest.fixture
def environment(monkeypatch, tmp_path):
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("FIELDAPP_DATA", str(tmp_path / "data"))
    return monkeypatch


def test_without_settings_it_is_one_machine_with_sqlite_and_keys_beside_the_data(environment, tmp_path):
    config = Config.from_env()
    assert config.database_url == f"sqlite:///{tmp_path / 'data' / 'fieldapp.sqlite3'}"
    assert config.ring_file == tmp_path / "keys" / "ring.json"
    assert (config.phone_origin, config.desk_origin) == ("http://localhost:8000", "http://localhost:8001")
    assert not config.is_public and not config.is_secure and not config.demo and config.backup_dir is None


def test_files_lie_in_the_data_folder_unless_another_or_a_bucket_is_named(environment, tmp_path):
    assert Config.from_env().files_dir == tmp_path / "data" / "files" and Config.from_env().s3 is None
    environment.setenv("FIELDAPP_FILES", str(tmp_path / "large"))
    for name in ("BUCKET", "REGION", "KEY_ID", "SECRET"):
        environment.setenv(f"FIELDAPP_S3_{name}", name.lower())
    environment.setenv("FIELDAPP_S3_ENDPOINT", "https://files.example")
    config = Config.from_env()
    assert config.files_dir == tmp_path / "large" and config.s3.bucket == "bucket" and "secret" not in repr(config)
    told = config.to_environment()
    assert told["FIELDAPP_S3_SECRET"] == "secret" and told["FIELDAPP_FILES"] == str(tmp_path / "large")


def test_public_origins_make_it_public_and_secure(environment):
    environment.setenv("FIELDAPP_PHONE_ORIGIN", "https://app.example")
    environment.setenv("FIELDAPP_DESK_ORIGIN", "https://desk.example")
    config = Config.from_env()
    assert config.is_public and config.is_secure and config.desk_origin == "https://desk.example"


def test_local_tls_speaks_https_on_the_two_ports(environment):
    environment.setenv("FIELDAPP_TLS", "1")
    environment.setenv("PORT", "9000")
    config = Config.from_env()
    assert config.phone_origin == "https://localhost:9000" and config.is_secure and not config.is_public


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"FIELDAPP_PHONE_ORIGIN": "https://app.example"}, "both"),
        ({"FIELDAPP_S3_BUCKET": "files"}, "all of FIELDAPP_S3_BUCKET"),
        (
            {
                f"FIELDAPP_S3_{name}": "http://example.org"
                for name in ("BUCKET", "ENDPOINT", "REGION", "KEY_ID", "SECRET")
            },
            "https address",
        ),
        ({"FIELDAPP_PHONE_ORIGIN": "https://a.example", "FIELDAPP_DESK_ORIGIN": "https://a.example"}, "differ"),
        ({"FIELDAPP_PHONE_ORIGIN": "http://a.example", "FIELDAPP_DESK_ORIGIN": "https://b.example"}, "https"),
        ({"FIELDAPP_PHONE_ORIGIN": "https://a.example/x", "FIELDAPP_DESK_ORIGIN": "https://b.example"}, "path"),
        ({"PORT": "8001"}, "differ"),
        ({"PORT": "eight"}, "PORT"),
        ({"DATABASE_URL": "mysql://x/y"}, "DATABASE_URL"),
        ({"FIELDAPP_RING": "{data}/ring.json"}, "FIELDAPP_RING"),
        ({"FIELDAPP_BACKUP_DIR": "{data}/backup"}, "FIELDAPP_BACKUP_DIR"),
        ({"FIELDAPP_BACKUP_DIR": "{data}/../keys"}, "FIELDAPP_RING"),
        ({"FIELDAPP_PROXIES": "-1"}, "FIELDAPP_PROXIES"),
        ({"FIELDAPP_SMS_HOOK": "http://sms.example/send"}, "FIELDAPP_SMS_HOOK"),
        ({"FIELDAPP_CHAT_HOOK": "chat.example"}, "FIELDAPP_CHAT_HOOK"),
        ({"FIELDAPP_CHAT_HOOK": "https://chat.example:send/"}, "FIELDAPP_CHAT_HOOK"),
        ({"FIELDAPP_CHAT_HOOK": "https://chat.example/发送"}, "FIELDAPP_CHAT_HOOK"),
    ],
)
def test_a_half_set_server_refuses_to_start_and_names_the_setting(environment, tmp_path, settings, said):
    for name, value in settings.items():
        value = value.format(data=tmp_path / "data")
        environment.setenv(name, str(Path(value).resolve()) if value.startswith("/") else value)
    with pytest.raises(ConfigError, match=said):
        Config.from_env()


def test_settings_cannot_be_changed_afterwards(environment):
    config = Config.from_env()
    with pytest.raises(FrozenInstanceError):
        config.port = 1
    with pytest.raises(ConfigError):
        replace(config, port=config.desk_port)


def test_a_child_process_reads_the_same_settings(environment):
    environment.setenv("FIELDAPP_TLS", "1")
    environment.setenv("PORT", "9000")
    environment.setenv("FIELDAPP_CHAT_HOOK", "https://chat.example/hook?token=1")
    config = Config.from_env()
    assert "token" not in repr(config)
    for name, value in config.to_environment().items():
        environment.setenv(name, value)
    assert Config.from_env() == config
