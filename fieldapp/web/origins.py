"""Two origins in one process: the phone app and the desk share no route, no cookie, no storage.

A blueprint says by `origin = "phone" | "desk" | "both"` where it answers, and by `max_body_bytes` how much it reads.
Which origin a request came to is told by its Host: a name of its own in production, a port on one machine. Each origin
has its own map of addresses (a subdomain, as the router calls it), so both have a "/", and a route of one is not there
for the other.
"""

from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Request, Response, g, request
from flask.sansio.blueprints import Blueprint
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from werkzeug.routing import MapAdapter

from fieldapp.config import Config

PHONE, DESK = "phone", "desk"
MAX_BODY_BYTES = 64 * 1024  # a form page with long remarks; a blueprint that takes more says so
_DEFAULT_PORTS = {"http": 80, "https": 443}


class TwoOrigins(Flask):
    """A Flask that routes by origin. `app.extensions["config"]` is there before the first request."""

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        if request is None:
            return super().create_url_adapter(None)
        origin = origin_of(self.extensions["config"], request)
        return self.url_map.bind_to_environ(request.environ, subdomain=origin or "nowhere")

    def register_part(self, part: Blueprint) -> None:
        """Register a blueprint where it says. Raises AttributeError for one that does not say: no route by accident."""
        origin = part.origin  # type: ignore[attr-defined]
        if origin == "both":
            self.register_blueprint(part, subdomain=PHONE)
            self.register_blueprint(part, subdomain=DESK, name=f"{part.name}_{DESK}")
        else:
            self.register_blueprint(part, subdomain={"phone": PHONE, "desk": DESK}[origin])


def init_origins(app: Flask) -> None:
    """No cookies of Flask's on the phone's origin, and a bound on what is read on both."""
    config: Config = app.extensions["config"]
    app.session_interface = _DeskSessions(config)

    @app.before_request
    def know_origin() -> None:
        g.origin = origin_of(config, request)
        part = app.blueprints.get(request.blueprint or "")
        # Only said here: whoever reads a body too large refuses it, with that route's own code.
        request.max_content_length = getattr(part, "max_body_bytes", MAX_BODY_BYTES)


def origin_of(config: Config, asked: Request) -> str | None:
    """ "phone", "desk", or None for an address that is neither."""
    try:
        named = urlsplit(f"//{asked.host}".lower())
        port = named.port or _DEFAULT_PORTS[asked.scheme]
    except (ValueError, KeyError):  # a port that is no number, or a scheme that is neither
        return None
    if not config.is_public:
        return {config.port: PHONE, config.desk_port: DESK}.get(port)
    for name, origin in ((PHONE, config.phone_origin), (DESK, config.desk_origin)):
        public = urlsplit(origin.lower())
        # A proxy may or may not repeat the port in Host; another port is another origin.
        if named.hostname == public.hostname and (named.port or 443) == (public.port or 443):
            return name
    return None


class _DeskSessions(SecureCookieSessionInterface):
    """Flask's signed cookie at the desk; on the phone's origin none is read and none is written."""

    def __init__(self, config: Config) -> None:
        self._config = config

    def open_session(self, app: Flask, request: Request) -> Any:
        if origin_of(self._config, request) != DESK:
            return None  # Flask then uses a null session, which refuses to be written to
        return super().open_session(app, request)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if origin_of(self._config, request) == DESK:
            super().save_session(app, session, response)
