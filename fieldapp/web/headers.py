"""The security headers of every answer. One policy per origin; the vault worker alone gets WebAssembly."""

from flask import Flask, g, request
from werkzeug.wrappers import Response

from fieldapp.config import Config

HTMX_CDN_URL = "https://cdn.jsdelivr.net/npm/htmx.org@4.0.1/dist/htmx.min.js"
HTMX_INTEGRITY = "sha384-Qp9rdC8H7EqOoX+nR0P3RPG2Noji+qdwJlGpfzwQJsfOpp3sGwIdSP9xO3+UlEhn"
HTMX_LOCAL_URL = "/static/vendor/htmx.org-4.0.1-htmx.min.js"
VAULT_WORKER_PATH = "/static/js/vault-worker.js"
HSTS_S = 365 * 24 * 3600

_COMMON = "base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
_PHONE = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'none'; "
    f"{_COMMON}; require-trusted-types-for 'script'; trusted-types fieldapp"
)
# A worker takes its policy from its own answer. It compiles Argon2 (WebAssembly) and reads the script of it.
_VAULT_WORKER = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; "
    f"{_COMMON}; require-trusted-types-for 'script'; trusted-types fieldapp"
)
_DESK = (
    "default-src 'none'; script-src {scripts}; style-src 'self'; img-src 'self' data:; media-src 'self'; "
    f"font-src 'self'; connect-src 'self'; form-action 'self'; {_COMMON}"
)
# On the phone a picture, a sound or a place is taken by a tap, where a question asks for one; no form takes any by
# itself.
_PERMISSIONS = (
    "accelerometer=(), browsing-topics=(), camera=({phone}), display-capture=(), geolocation=({phone}), gyroscope=(), "
    "hid=(), magnetometer=(), microphone=({phone}), midi=(), payment=(), publickey-credentials-get=(self), serial=(), "
    "usb=()"
)


def init_headers(app: Flask) -> None:
    """Put the headers on every answer. A page that must not ask the CDN (sign-in, reset) sets `g.htmx_local = True`."""
    config: Config = app.extensions["config"]

    @app.after_request
    def secure(response: Response) -> Response:
        headers = response.headers
        # What was filled in by phones has said a narrower one already.
        headers.setdefault("Content-Security-Policy", policy_for(config, getattr(g, "origin", None), request.path))
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Referrer-Policy"] = "no-referrer"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
        headers["Permissions-Policy"] = _PERMISSIONS.format(phone="self" if g.get("origin") == "phone" else "")
        headers.setdefault("Cache-Control", "no-store")  # static files have said what they allow
        if config.is_public:
            headers["Strict-Transport-Security"] = f"max-age={HSTS_S}"
        return response

    @app.context_processor
    def htmx() -> dict[str, dict[str, str | None]]:
        if uses_local_htmx(config):
            return {"htmx": {"url": None, "integrity": HTMX_INTEGRITY, "local_url": HTMX_LOCAL_URL}}
        return {"htmx": {"url": HTMX_CDN_URL, "integrity": HTMX_INTEGRITY, "local_url": HTMX_LOCAL_URL}}


def policy_for(config: Config, origin: str | None, path: str) -> str:
    """The Content-Security-Policy of an answer."""
    if origin != "desk":
        return _VAULT_WORKER if path == VAULT_WORKER_PATH else _PHONE
    return _DESK.format(scripts="'self'" if uses_local_htmx(config) else f"'self' {HTMX_CDN_URL}")


def uses_local_htmx(config: Config) -> bool:
    """Whether this answer names only the copy of htmx on this server."""
    return config.htmx_local or bool(g.get("htmx_local"))
