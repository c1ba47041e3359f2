"""Two origins in one process: the phone app and the desk share no route, no cookie, no storage.

A blueprint says by `origin = "phone" | "desk" | "both"` where it answers, and by `max_body_bytes` how much it reads.
Which origin a request came to is told by its Host: a name of its own in production, a port on one machine.
"""

from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Request, Response, g, request
from flask.sansio.blueprints import Blueprint
from flask.sessions import SecureCookieSessionInterface, SessionMixin

from fieldapp.config import Config
from fieldapp.errors import Problem

MAX_BODY_BYTES = 64 * 1024  # a form page with long remarks; a blueprint that takes more says so
_DEFAULT_PORTS = {"http": 80, "https": 443}


def init_origins(app: Flask) -> None:
    """Answer each route on its own origin only, without cookies on the phone's, and with a bound on what is read."""
    config: Config = app.extensions["config"]
    app.session_interface = _DeskSessions(config)

    @app.before_request
    def enforce_origin() -> None:
        g.origin = origin_of(config, request)
        blueprint = _blueprint(app)
        # Read later than here, so that a body too large is refused by whoever reads it, with that route's own code.
        request.max_content_length = getattr(blueprint, "max_body_bytes", MAX_BODY_BYTES)
        if request.endpoint is not None and getattr(blueprint, "origin", None) not in (g.origin, "both"):
            raise Problem("not_found")


def origin_of(config: Config, asked: Request) -> str | None:
    """ "phone", "desk", or None for an address that is neither."""
    if config.is_public:
        host = asked.host.lower()
        for name, origin in (("phone", config.phone_origin), ("desk", config.desk_origin)):
            if host in (urlsplit(origin).netloc.lower(), urlsplit(origin).hostname):
                return name
        return None
    port = urlsplit(f"//{asked.host}").port or _DEFAULT_PORTS[asked.scheme]
    return {config.port: "phone", config.desk_port: "desk"}.get(port)


class _DeskSessions(SecureCookieSessionInterface):
    """Flask's signed cookie at the desk; on the phone's origin none is read and none is written."""

    def __init__(self, config: Config) -> None:
        self._config = config

    def open_session(self, app: Flask, request: Request) -> Any:
        if origin_of(self._config, request) != "desk":
            return None  # Flask then uses a null session, which refuses to be written to
        return super().open_session(app, request)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if origin_of(self._config, request) == "desk":
            super().save_session(app, session, response)


def _blueprint(app: Flask) -> Blueprint | None:
    return app.blueprints.get(request.blueprint or "")
