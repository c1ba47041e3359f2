"""Which language an answer speaks: the person's own, else the first of the browser's that we have, else Chinese."""

from flask import g, has_request_context, request

LANGUAGES = ("zh", "en")
_LOCALES = {"zh": "zh_Hans_CN", "en": "en"}
_ACCEPTED = {"zh-CN": "zh", "zh-Hans-CN": "zh", "zh": "zh", "en": "en"}


def preferred_language() -> str:
    """A locale for Flask-Babel. The guard sets `g.language` ("zh" or "en") for a person who is signed in."""
    if not has_request_context():
        return _LOCALES["zh"]
    own = g.get("language")
    if own in LANGUAGES:
        return _LOCALES[own]
    return _LOCALES[_ACCEPTED[request.accept_languages.best_match(list(_ACCEPTED), "zh-CN") or "zh-CN"]]
