"""Signed slips: what a page of ours hands to the browser and wants back unchanged, within minutes, for one purpose."""

from datetime import timedelta
from typing import Any

from flask import current_app
from itsdangerous import BadData, URLSafeSerializer

from fieldapp.db import milliseconds
from fieldapp.errors import Problem
from fieldapp.web import guard

LIFE = timedelta(minutes=15)


def write(purpose: str, said: dict[str, Any]) -> str:
    """A slip for this purpose. Signed, not sealed: whoever holds the page can read it."""
    return str(_signer(purpose).dumps({"at": milliseconds(guard.now()), **said}))


def read(purpose: str, slip: str, life: timedelta = LIFE) -> dict[str, Any]:
    """What was said. Raises `form_token` for a slip that is not ours, of another purpose, or too old."""
    try:
        said: dict[str, Any] = _signer(purpose).loads(slip)
    except BadData as error:
        raise Problem("form_token") from error
    age_ms = milliseconds(guard.now()) - said["at"]
    if not 0 <= age_ms <= life // timedelta(milliseconds=1):
        raise Problem("form_token")
    return said


def _signer(purpose: str) -> URLSafeSerializer:
    # The library wants the oldest key first and signs with the last.
    keys = [*reversed(current_app.config["SECRET_KEY_FALLBACKS"] or []), current_app.config["SECRET_KEY"]]
    return URLSafeSerializer(keys, salt=f"fieldapp/1/slip/{purpose}")
