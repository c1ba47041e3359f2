"""A small OpenID provider on a port of this machine: discovery, keys, authorization with PKCE, tokens.

It follows OpenID Connect Core 3.1 and RFC 7636 as the other side would; `claims` and `sign_with` let it lie.
"""

import base64
import hashlib
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, jsonify, redirect, request
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from werkzeug.serving import make_server


@dataclass
class Provider:
    """What it knows of its one client, whom it signs in, and what it says of her."""

    now: datetime
    client_id: str = "fieldapp"
    secret: str = "a secret of: tests/and+more"
    subject: str = "u-1024"
    claims: dict[str, Any] = field(default_factory=dict)
    issuer: str = ""
    names_itself: str | None = None
    proved_s_ago: int = 0  # when whoever it signs in last typed a password there
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "k1", "use": "sig"}))
    signs_with: RSAKey | None = None
    asked: dict[str, dict[str, str]] = field(default_factory=dict)

    def app(self) -> Flask:
        app = Flask("provider")
        app.add_url_rule("/.well-known/openid-configuration", view_func=self.discovery)
        app.add_url_rule("/keys", view_func=self.keys)
        app.add_url_rule("/authorize", view_func=self.authorize)
        app.add_url_rule("/token", view_func=self.token, methods=["POST"])
        return app

    def discovery(self) -> Response:
        return jsonify(
            {
                "issuer": self.names_itself or self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
            }
        )

    def keys(self) -> Response:
        return jsonify(KeySet([self.key]).as_dict(private=False))

    def authorize(self) -> Any:
        asked = request.args.to_dict()
        wanted = (asked["response_type"], asked["client_id"], asked["code_challenge_method"], asked["scope"])
        assert wanted == ("code", self.client_id, "S256", "openid"), asked
        code = secrets.token_urlsafe(16)
        self.asked[code] = asked
        return redirect(f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}")

    def token(self) -> Any:
        form, given = request.form, request.authorization
        asked = self.asked.pop(form["code"], None)
        if given is None or asked is None or form["redirect_uri"] != asked["redirect_uri"]:
            return jsonify({"error": "invalid_grant"}), 400
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        if base64.urlsafe_b64encode(digest).decode().rstrip("=") != asked["code_challenge"]:
            return jsonify({"error": "invalid_grant"}), 400
        at = int(self.now.timestamp())
        said = {"iss": self.issuer, "sub": self.subject, "aud": self.client_id, "iat": at, "exp": at + 300}
        if "max_age" in asked:  # OpenID Connect Core 2: then it has to say so
            said["auth_time"] = at - self.proved_s_ago
        said |= {"nonce": asked["nonce"], **self.claims}
        token = jwt.encode({"alg": "RS256", "kid": "k1"}, said, self.signs_with or self.key)
        return jsonify({"access_token": "unused", "token_type": "Bearer", "id_token": token})


@contextmanager
def serving(provider: Provider) -> Iterator[Provider]:
    server = make_server("127.0.0.1", 0, provider.app(), threaded=True)
    provider.issuer = f"http://localhost:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
