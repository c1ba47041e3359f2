"""The settings of one server: read once from the environment, checked, then frozen.

    FIELDAPP_DATA          folder of the database and what grows beside it          var/data
    DATABASE_URL           sqlite:///… or postgresql://…                             SQLite in FIELDAPP_DATA
    FIELDAPP_RING          file of the root keys                                    keys/ring.json beside FIELDAPP_DATA
    FIELDAPP_FILES         folder of sealed photos, papers and sounds                files in FIELDAPP_DATA
    FIELDAPP_S3_BUCKET, …_ENDPOINT, …_REGION, …_KEY_ID, …_SECRET   whole files in a bucket instead, all or none
    FIELDAPP_BACKUP_DIR    folder on another device for verified backups             none (the desk shows red)
    FIELDAPP_TOMBSTONES    file of what must stay gone after a restore             tombstones/log beside FIELDAPP_DATA
    FIELDAPP_DEMO          1: invented people, no backup, demo accounts              0
    PORT, DESK_PORT        where the two origins answer on one machine               8000, 8001
    FIELDAPP_TLS           1: those two ports speak https                            0
    FIELDAPP_PHONE_ORIGIN, FIELDAPP_DESK_ORIGIN   the two public addresses, both or neither
    FIELDAPP_PROXIES       how many proxies in front of us may be believed           0
    FIELDAPP_OIDC_ISSUER, …_CLIENT_ID, …_SECRET   sign-in by the organisation's own server (OpenID Connect), all or none
    FIELDAPP_OIDC_MFA      1: that server's word that it asked for a second factor is enough   0
    FIELDAPP_SMS_HOOK, FIELDAPP_CHAT_HOOK   addresses of the organisation's gateways that tell people work waits   none
    HTMX_LOCAL             1: never ask the CDN for htmx                             0

The ring lies beside the data, never inside: a copy or a backup of the data folder must not carry the keys that open it.
"""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from environs import Env, EnvError

DEFAULT_DATA = Path("var/data")
DEFAULT_PORT = 8000
DEFAULT_DESK_PORT = 8001
ISSUER_CHARS_MAX = 200
HOOKS = ("sms", "chat")


class ConfigError(Exception):
    """The server is half set and refuses to start; the message says which setting and what to do."""


@dataclass(frozen=True)
class Outside:
    """The organisation's own sign-in (OpenID Connect): who it is, and what we are to it."""

    issuer: str
    client_id: str
    secret: str = field(repr=False)
    is_trusted_for_second_factor: bool = False

    def __post_init__(self) -> None:
        if not self.issuer or not self.client_id or not self.secret:
            raise ConfigError("set FIELDAPP_OIDC_ISSUER, FIELDAPP_OIDC_CLIENT_ID and FIELDAPP_OIDC_SECRET, or none")
        parts = urlsplit(self.issuer)
        local = parts.scheme == "http" and parts.hostname == "localhost"
        if (parts.scheme != "https" and not local) or not parts.hostname or parts.query or parts.fragment:
            raise ConfigError("FIELDAPP_OIDC_ISSUER is an https address, exactly as the server names itself")
        if len(self.issuer) > ISSUER_CHARS_MAX:
            raise ConfigError(f"FIELDAPP_OIDC_ISSUER is longer than {ISSUER_CHARS_MAX} characters")


@dataclass(frozen=True)
class S3:
    """A bucket of an S3 service, and what opens it."""

    bucket: str
    endpoint: str
    region: str
    key_id: str
    secret: str = field(repr=False)

    def __post_init__(self) -> None:
        if not (self.bucket and self.endpoint and self.region and self.key_id and self.secret):
            raise ConfigError("set all of FIELDAPP_S3_BUCKET, _ENDPOINT, _REGION, _KEY_ID and _SECRET, or none")
        parts = urlsplit(self.endpoint)
        is_local = parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1")
        if (parts.scheme != "https" and not is_local) or not parts.hostname:
            raise ConfigError("FIELDAPP_S3_ENDPOINT is an https address")


def _is_sendable(url: str) -> bool:
    """Whether a request can be made of it: its port is a number, and nothing in it has to be encoded first."""
    try:
        return urlsplit(url).port != 0 and url.isascii() and url.isprintable() and " " not in url
    except ValueError:
        return False


@dataclass(frozen=True)
class Hook:
    """A gateway that tells people by SMS or chat; the address may hold its token, so it is no word for a log."""

    kind: str
    url: str = field(repr=False)

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        is_local = parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1")
        is_whole = parts.hostname and not parts.username and not parts.fragment and _is_sendable(self.url)
        if (parts.scheme != "https" and not is_local) or not is_whole:
            raise ConfigError(f"FIELDAPP_{self.kind.upper()}_HOOK is an https address")


@dataclass(frozen=True)
class Config:
    """All settings. Raises ConfigError for a combination that would work only by accident."""

    data_dir: Path
    database_url: str
    ring_file: Path
    tombstones: Path | None = None
    files: Path | None = None
    backup_dir: Path | None = None
    demo: bool = False
    port: int = DEFAULT_PORT
    desk_port: int = DEFAULT_DESK_PORT
    tls: bool = False
    public_phone_origin: str | None = None
    public_desk_origin: str | None = None
    proxies: int = 0
    htmx_local: bool = False
    outside: Outside | None = None
    s3: S3 | None = None
    hooks: tuple[Hook, ...] = ()

    def __post_init__(self) -> None:
        _check_folders(self)
        _check_origins(self)
        if not self.database_url.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
            raise ConfigError("DATABASE_URL must start with sqlite:/// or postgresql://")
        if self.proxies < 0:
            raise ConfigError("FIELDAPP_PROXIES must be 0 or more")

    @classmethod
    def from_env(cls) -> Self:
        """Read the environment of the process. Raises ConfigError, also for a value that cannot be read."""
        try:
            return cls(**_read(Env()))
        except EnvError as error:
            raise ConfigError(str(error)) from error

    def to_environment(self) -> dict[str, str]:
        """The environment of a process that shall read these same settings: ours, with them written out."""
        said = {
            "FIELDAPP_DATA": str(self.data_dir),
            "DATABASE_URL": self.database_url,
            "FIELDAPP_RING": str(self.ring_file),
            "FIELDAPP_BACKUP_DIR": str(self.backup_dir or ""),
            "FIELDAPP_S3_BUCKET": self.s3.bucket if self.s3 else "",
            "FIELDAPP_S3_ENDPOINT": self.s3.endpoint if self.s3 else "",
            "FIELDAPP_S3_REGION": self.s3.region if self.s3 else "",
            "FIELDAPP_S3_KEY_ID": self.s3.key_id if self.s3 else "",
            "FIELDAPP_S3_SECRET": self.s3.secret if self.s3 else "",
            "FIELDAPP_TOMBSTONES": str(self.tombstones or ""),
            "FIELDAPP_FILES": str(self.files or ""),
            "FIELDAPP_DEMO": "1" if self.demo else "0",
            "PORT": str(self.port),
            "DESK_PORT": str(self.desk_port),
            "FIELDAPP_TLS": "1" if self.tls else "0",
            "FIELDAPP_PHONE_ORIGIN": self.public_phone_origin or "",
            "FIELDAPP_DESK_ORIGIN": self.public_desk_origin or "",
            "FIELDAPP_PROXIES": str(self.proxies),
            "HTMX_LOCAL": "1" if self.htmx_local else "0",
            **{f"FIELDAPP_{kind.upper()}_HOOK": self._hook_url(kind) for kind in HOOKS},
            "FIELDAPP_OIDC_ISSUER": self.outside.issuer if self.outside else "",
            "FIELDAPP_OIDC_CLIENT_ID": self.outside.client_id if self.outside else "",
            "FIELDAPP_OIDC_SECRET": self.outside.secret if self.outside else "",
            "FIELDAPP_OIDC_MFA": "1" if self.outside and self.outside.is_trusted_for_second_factor else "0",
        }
        return {**os.environ, **said}

    def _hook_url(self, kind: str) -> str:
        return next((hook.url for hook in self.hooks if hook.kind == kind), "")

    @property
    def tombstone_file(self) -> Path:
        """The log of what must stay gone: neither in the data nor in a backup, for a restore would take it back."""
        return self.tombstones or self.data_dir.parent / "tombstones" / "log"

    @property
    def files_dir(self) -> Path:
        """Where sealed files lie, whole ones and what is on its way."""
        return self.files or self.data_dir / "files"

    @property
    def holidays_dir(self) -> Path:
        """Where the office puts the days off of a year that this version does not know yet: <year>.json."""
        return self.data_dir / "holidays"

    @property
    def is_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")

    @property
    def phone_origin(self) -> str:
        """Scheme, host and port of the phone app, without a final slash."""
        return self.public_phone_origin or f"{self._local_scheme}://localhost:{self.port}"

    @property
    def desk_origin(self) -> str:
        """Scheme, host and port of the desk, without a final slash."""
        return self.public_desk_origin or f"{self._local_scheme}://localhost:{self.desk_port}"

    @property
    def passkey_domain(self) -> str:
        """The host name that passkeys of the desk are bound to (the "relying party id" of WebAuthn)."""
        return urlsplit(self.desk_origin).hostname or ""

    @property
    def is_public(self) -> bool:
        """Whether the two origins are names of their own; else they are two ports of this machine, however called."""
        return self.public_phone_origin is not None

    @property
    def is_secure(self) -> bool:
        """Whether browsers reach the desk by https, so that its cookie may be marked Secure."""
        return self.desk_origin.startswith("https://")

    @property
    def certificate_dir(self) -> Path:
        """The local certificate authority of `make run TLS=1`: beside the ring, for it can sign any name."""
        return self.ring_file.parent / "tls"

    @property
    def _local_scheme(self) -> str:
        return "https" if self.tls else "http"


def _read(env: Env) -> dict[str, Any]:
    data_dir = env.path("FIELDAPP_DATA", DEFAULT_DATA).absolute()
    return {
        "data_dir": data_dir,
        "database_url": env.str("DATABASE_URL", "") or f"sqlite:///{data_dir / 'fieldapp.sqlite3'}",
        "ring_file": env.path("FIELDAPP_RING", data_dir.parent / "keys" / "ring.json").absolute(),
        "backup_dir": Path(folder).absolute() if (folder := env.str("FIELDAPP_BACKUP_DIR", "")) else None,
        "files": Path(folder).absolute() if (folder := env.str("FIELDAPP_FILES", "")) else None,
        "tombstones": Path(file).absolute() if (file := env.str("FIELDAPP_TOMBSTONES", "")) else None,
        "demo": env.bool("FIELDAPP_DEMO", False),
        "port": env.int("PORT", DEFAULT_PORT),
        "desk_port": env.int("DESK_PORT", DEFAULT_DESK_PORT),
        "tls": env.bool("FIELDAPP_TLS", False),
        "public_phone_origin": env.str("FIELDAPP_PHONE_ORIGIN", "") or None,
        "public_desk_origin": env.str("FIELDAPP_DESK_ORIGIN", "") or None,
        "proxies": env.int("FIELDAPP_PROXIES", 0),
        "htmx_local": env.bool("HTMX_LOCAL", False),
        "outside": _read_outside(env),
        "s3": _read_s3(env),
        "hooks": tuple(Hook(kind, url) for kind in HOOKS if (url := env.str(f"FIELDAPP_{kind.upper()}_HOOK", ""))),
    }


def _read_outside(env: Env) -> Outside | None:
    issuer, client_id, secret = (env.str(f"FIELDAPP_OIDC_{name}", "") for name in ("ISSUER", "CLIENT_ID", "SECRET"))
    if not (issuer or client_id or secret):
        return None
    return Outside(issuer, client_id, secret, env.bool("FIELDAPP_OIDC_MFA", False))


def _read_s3(env: Env) -> S3 | None:
    told = [env.str(f"FIELDAPP_S3_{name}", "") for name in ("BUCKET", "ENDPOINT", "REGION", "KEY_ID", "SECRET")]
    return S3(*told) if any(told) else None


def _check_folders(config: Config) -> None:
    if config.ring_file.is_relative_to(config.data_dir):
        raise ConfigError(
            "FIELDAPP_RING lies inside FIELDAPP_DATA: put the keys outside, or a copy of the data opens itself"
        )
    if config.tombstone_file.is_relative_to(config.data_dir):
        raise ConfigError("FIELDAPP_TOMBSTONES lies inside FIELDAPP_DATA: put it outside, or a restore takes it back")
    if config.ring_file.is_relative_to(config.files_dir) or config.tombstone_file.is_relative_to(config.files_dir):
        raise ConfigError("FIELDAPP_FILES holds keys or tombstones: put them outside, or a copy of the files has them")
    if config.backup_dir is None:
        return
    if config.backup_dir.is_relative_to(config.files_dir) or config.files_dir.is_relative_to(config.backup_dir):
        raise ConfigError("FIELDAPP_BACKUP_DIR and FIELDAPP_FILES lie in each other: put backups on another device")
    if config.tombstone_file.is_relative_to(config.backup_dir):
        raise ConfigError(
            "FIELDAPP_TOMBSTONES lies inside FIELDAPP_BACKUP_DIR: put it outside, or a restore takes it back"
        )
    if config.backup_dir.is_relative_to(config.data_dir) or config.data_dir.is_relative_to(config.backup_dir):
        raise ConfigError("FIELDAPP_BACKUP_DIR and FIELDAPP_DATA lie in each other: put backups on another device")
    if config.ring_file.is_relative_to(config.backup_dir):
        raise ConfigError(
            "FIELDAPP_RING lies inside FIELDAPP_BACKUP_DIR: a backup must not carry the keys that open it"
        )


def _check_origins(config: Config) -> None:
    origins = (config.public_phone_origin, config.public_desk_origin)
    if (origins[0] is None) != (origins[1] is None):
        raise ConfigError("set both FIELDAPP_PHONE_ORIGIN and FIELDAPP_DESK_ORIGIN, or neither")
    for origin in filter(None, origins):
        parts = urlsplit(origin)
        if parts.scheme != "https" or not parts.hostname or f"https://{parts.netloc}" != origin:
            raise ConfigError(f"a public origin looks like https://app.example, without a path: {origin}")
    if origins[0] is not None and origins[0] == origins[1]:
        raise ConfigError(
            "FIELDAPP_PHONE_ORIGIN and FIELDAPP_DESK_ORIGIN must differ: they share no storage and no cookie"
        )
    if origins[0] is None and config.port == config.desk_port:
        raise ConfigError("PORT and DESK_PORT must differ")
