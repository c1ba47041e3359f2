"""The routes of the app as addresses, and who asks them: for tests that go through all of them."""

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any

from flask import Flask
from werkzeug.routing import Rule

from fieldapp.models.accounts import Role
from tests import factories

# c caseworker on the case, s supervisor, p procuratorate, l liaison, d data protection, a auditor, m administrator.
# Village cadres have no desk.
LETTERS = {
    "c": Role.CASEWORKER, "s": Role.SUPERVISOR, "p": Role.PROCURATORATE, "l": Role.LIAISON,
    "d": Role.DATA_PROTECTION, "a": Role.AUDITOR, "m": Role.ADMINISTRATOR,
}  # fmt: skip
UNKNOWN = "0190a000-0000-7000-8000-00000000dead"


def rules(app: Flask) -> Iterator[tuple[str, str, Rule]]:
    """(endpoint, method, rule) of every route that answers something."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: (str(rule), rule.endpoint)):
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule.endpoint, method, rule


def pages_of_the_desk(app: Flask) -> Iterator[tuple[str, Rule]]:
    """(endpoint, rule) of everything at the desk that is looked at."""
    for endpoint, method, rule in rules(app):
        if method == "GET" and rule.subdomain == "desk" and not endpoint.startswith("static"):
            yield endpoint, rule


def built(rule: Rule, ids: Mapping[str, Any]) -> str:
    """The address of a route with these ids; where there is none for a placeholder, one that nobody gave."""
    others = {
        "form": "F2", "version": factories.version_of("F2"), "number": 0, "name": "0" * 64, "ending": "png",
        "path": "none.js", "act": "suspend", "paper": "visit",
    }  # fmt: skip
    address = str(rule)
    for name in rule.arguments:
        value = str(ids.get(name, others.get(name, UNKNOWN)))
        address = re.sub(rf"<(?:[^<>]*:)?{name}>", value, address)
    assert "<" not in address, address
    return address


def said_by(answer: bytes) -> str:
    """What an answer says; of a workbook or a letter what is packed in it."""
    if not answer.startswith(b"PK"):
        return answer.decode()
    with zipfile.ZipFile(io.BytesIO(answer)) as packed:
        return "".join(packed.read(name).decode(errors="replace") for name in packed.namelist())
