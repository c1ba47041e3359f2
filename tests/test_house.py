"""Tests about the code itself: which way imports point, and what only one file may touch.

What a page may hold, and what every file may hold, stand in test_house_pages.py and test_house_files.py. A rule that
has to give way is changed here, with the reason beside it, never by a skip.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

import pytest

from tests import house_reading as house
from tests.house_reading import assert_none

# === Python: which way imports point ==================================================================================

# What each layer of the server may import of ours, besides itself. "base" is any other file directly under fieldapp/
# (ids, texts, ...): small, pure, below everything. `sync.codes` holds constants and may be read from everywhere.
SERVER_ARROWS: dict[str, set[str]] = {
    "sync": set(),
    "errors": {"sync"},
    "base": {"errors", "config"},
    "config": {"base", "errors"},
    "db": {"base", "errors", "config"},
    "crypto": {"base", "errors"},
    "models": {"base", "errors", "db", "crypto"},
    "migrations": {"base", "db", "models"},
    "blobs": {"base", "errors", "config", "crypto"},
    "forms": {"base", "errors"},
    "casework": {"base", "errors", "forms"},
    "actions": {"base", "errors", "config", "db", "crypto", "models", "blobs", "forms", "casework", "sync"},
    "jobs": {"base", "errors", "config", "db", "crypto", "models", "blobs", "forms", "casework", "sync", "actions"},
    "demo": {"base", "errors", "config", "db", "crypto", "models", "blobs", "forms", "casework", "sync", "actions"},
    "web": {"base", "errors", "config", "db", "models", "forms", "casework", "sync", "actions"},
}
# The operator's commands wire everything but pages; create_app wires everything.
SERVER_ARROWS["cli"] = SERVER_ARROWS["jobs"] | {"jobs", "demo", "create_app"}
SERVER_ARROWS["create_app"] = set(SERVER_ARROWS) | {"create_app"}

# Packages of others that a layer may not know: it is pure, or it takes a session and a person instead of a request.
FOREIGN_TO = {
    "forms": {"flask", "sqlalchemy", "flask_sqlalchemy"},
    "casework": {"flask", "sqlalchemy", "flask_sqlalchemy"},
    "crypto": {"flask", "sqlalchemy", "flask_sqlalchemy"},
    "errors": {"flask", "sqlalchemy", "flask_sqlalchemy"},
}
OF_A_REQUEST = {"request", "session", "g", "flash", "redirect", "url_for", "render_template", "abort", "make_response"}
MAY_KNOW_A_REQUEST = {"web", "create_app", "cli"}
CRYPTOGRAPHY = {"cryptography", "argon2", "hmac"}


def layer_of(module: str) -> str | None:
    """The layer of one of our modules; None for everybody else's."""
    first, _, rest = module.partition(".")
    if first == "sync":
        return "sync"
    if first != "fieldapp":
        return None
    name, _, below = rest.partition(".")
    if not name:
        return "create_app"
    if name in SERVER_ARROWS and name != "base":
        return name
    if name.startswith("cli_"):
        return "cli"
    return "base" if not below else f"fieldapp/{name}"


def wrong_imports(path: str, source: str) -> Iterator[str]:
    module = house.module_name(path)
    layer = layer_of(module)
    assert layer is not None
    if layer not in SERVER_ARROWS:
        yield f"{path}: the folder {layer}/ is not on the map"
        return
    for found in house.python_imports(source):
        if found.level:
            yield f"{path}:{found.line}: imports are absolute"
            continue
        for target in _targets(found):
            if sentence := _wrong_target(module, layer, target):
                yield f"{path}:{found.line}: {sentence}"


def _targets(found: house.Import) -> list[str]:
    """`from fieldapp import errors` imports fieldapp.errors, and so does each name taken from one of our packages."""
    if found.module in {"fieldapp", "sync"} | {f"fieldapp.{layer}" for layer in SERVER_ARROWS} and found.names:
        return [f"{found.module}.{name}" for name in found.names]
    return [found.module]


def _wrong_target(module: str, layer: str, target: str) -> str | None:
    package = target.partition(".")[0]
    to = layer_of(target)
    if target.startswith("fieldapp.") and to == "base" and not _exists(target):
        to = "create_app"  # a name of fieldapp/__init__.py, such as create_app itself
    if to is None:
        if layer == "sync" and package not in sys.stdlib_module_names | {"marshmallow"}:
            return f"sync imports the standard library and marshmallow, not {package}"
        if package in CRYPTOGRAPHY and layer != "crypto":
            return f"only fieldapp/crypto imports {package}"
        if package == "environs" and layer != "config":
            return "only config.py reads the environment"
        if package in FOREIGN_TO.get(layer, ()):
            return f"{layer} does not know {package}"
        return None
    if target == "sync.codes" or target.startswith("sync.codes."):
        return None
    if to == "sync" and layer == "errors":
        return "fieldapp/errors imports sync/codes.py alone"
    if layer == to == "web" and not module.endswith(".__init__") and module != "fieldapp.web":
        # Written rule: pages never lean on pages. What several share (who is acting, words, times) answers no route.
        shared = target.removeprefix("fieldapp.web.").partition(".")[0]
        if not _answers_no_route(shared):
            return (
                f"a page imports no other page ({shared}): share a file without routes, or hand it over in create_app"
            )
        return None
    if to != layer and to not in SERVER_ARROWS[layer]:
        return f"{layer} may not import {target} ({to})"
    return None


def _answers_no_route(name: str) -> bool:
    path = house.ROOT / "fieldapp" / "web" / f"{name}.py"
    return name == "guard" or (path.exists() and "Blueprint(" not in path.read_text(encoding="utf-8"))


def _exists(target: str) -> bool:
    base = house.ROOT / target.replace(".", "/")
    return base.with_suffix(".py").exists() or (base / "__init__.py").exists() or _exists_parent(target)


def _exists_parent(target: str) -> bool:
    """`fieldapp.ids.uuid7` is a name in fieldapp/ids.py."""
    parent, _, _ = target.rpartition(".")
    return parent.count(".") >= 1 and (house.ROOT / (parent.replace(".", "/") + ".py")).exists()


def wrong_touches(path: str, source: str) -> Iterator[str]:
    """Uses of the environment or of a request where they do not belong, however they were imported."""
    layer = layer_of(house.module_name(path))
    if layer != "config":
        for attribute, line in house.attributes_of(source, "os"):
            if attribute in {"environ", "getenv", "environb", "putenv"}:
                yield f"{path}:{line}: only config.py reads the environment"
        for found in house.python_imports(source):
            if found.module == "os" and {"environ", "getenv"} & set(found.names):
                yield f"{path}:{found.line}: only config.py reads the environment"
    if layer not in MAY_KNOW_A_REQUEST:
        for attribute, line in house.attributes_of(source, "flask"):
            if attribute in OF_A_REQUEST:
                yield f"{path}:{line}: {layer} takes a session and the person acting, never flask.{attribute}"
        for found in house.python_imports(source):
            if found.module in {"flask", "flask.globals"} and (known := OF_A_REQUEST & set(found.names)):
                yield f"{path}:{found.line}: {layer} takes a session and a person, never flask's {sorted(known)}"


def test_imports_of_the_server_point_one_way():
    assert_none(s for path in house.python_files("fieldapp", "sync") for s in wrong_imports(path, house.read(path)))


def test_only_config_reads_the_environment_and_only_web_knows_a_request():
    assert_none(s for path in house.python_files("fieldapp", "sync") for s in wrong_touches(path, house.read(path)))


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("sync/push.py", "import flask"),
        ("sync/push.py", "from fieldapp import errors"),
        ("fieldapp/errors/phones.py", "from sync.push import apply_revision"),
        ("fieldapp/forms/schema.py", "from fieldapp.models import records"),
        ("fieldapp/forms/schema.py", "from sqlalchemy import select"),
        ("fieldapp/casework/workflow.py", "from fieldapp.models.records import Revision"),
        ("fieldapp/models/records.py", "from fieldapp.web import guard"),
        ("fieldapp/models/records.py", "from fieldapp.actions.reviews import approve"),
        ("fieldapp/models/records.py", "from cryptography.hazmat.primitives import hashes"),
        ("fieldapp/actions/reviews.py", "from fieldapp.web.guard import acting"),
        ("fieldapp/actions/reviews.py", "from fieldapp import create_app"),
        ("fieldapp/web/review.py", "from fieldapp.web.cases import show"),
        ("fieldapp/web/review.py", "from fieldapp.web import cases"),
        ("fieldapp/web/review.py", "from argon2 import PasswordHasher"),
        ("fieldapp/cli.py", "from fieldapp.web import review"),
        ("fieldapp/db.py", "import environs"),
        ("fieldapp/jobs.py", "from . import db"),
        ("fieldapp/helpers/text.py", "import re"),
    ],
)
def test_an_import_that_points_the_wrong_way_is_seen(path, line):
    assert list(wrong_imports(path, line))


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("sync/push.py", "from sync.codes import Code\nimport hashlib\nfrom marshmallow import Schema"),
        ("fieldapp/errors/phones.py", "from sync.codes import Code"),
        ("fieldapp/crypto/packages.py", "from sync.codes import SUITE\nfrom cryptography import x509\nimport hmac"),
        ("fieldapp/models/records.py", "from fieldapp.db import Base\nfrom fieldapp.crypto import rest"),
        ("fieldapp/actions/reviews.py", "from fieldapp.models import records\nfrom sync.push import apply_revision"),
        ("fieldapp/web/review.py", "from fieldapp.web.guard import acting\nfrom fieldapp.web import guard"),
        ("fieldapp/cli.py", "from fieldapp import create_app\nfrom fieldapp.jobs import run"),
        ("fieldapp/__init__.py", "from fieldapp.web import review, cases"),
        ("fieldapp/config.py", "from environs import Env"),
    ],
)
def test_an_import_that_points_the_right_way_is_let_be(path, line):
    assert_none(wrong_imports(path, line))


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("fieldapp/jobs.py", "import os\nos.environ['X']"),
        ("fieldapp/jobs.py", "from os import environ"),
        ("fieldapp/actions/reviews.py", "from flask import request"),
        ("fieldapp/models/scope.py", "import flask\nflask.g.person"),
    ],
)
def test_a_touch_of_environment_or_request_in_the_wrong_place_is_seen(path, line):
    assert list(wrong_touches(path, line))


# === JavaScript: which way imports point ==============================================================================

# Pure files directly under static/js that everything but the screens may lean on.
SCRIPT_BASE = {"autosave", "bytes", "file-limits", "ids", "limits"}
SCRIPT_CORE = {"main", "sync", "outbox", "vault", "vault-worker", "api", "errors"}
SCRIPT_FOLDERS = {"ui", "form", "store", "desk"}
# A folder beside a file of its name holds the parts of that file: same arrows, and nobody else imports them.
SCRIPT_PARTS = {"outbox", "vault", "vault-worker"}
SCRIPT_ARROWS: dict[str, set[str]] = {
    "ui": {"form", "errors"},
    "form": {"errors", "base"},
    "desk": {"errors", "base", "ui", "form"},  # a form is tried and filled in at the desk on the phone's own screen
    "errors": set(),
    "base": {"errors"},
    "sync": {"errors", "base"},
    "outbox": {"sync", "errors", "base"},
    "api": {"errors", "base"},
    "store": {"vault", "errors", "base"},
    "vault": {"errors", "base"},
    "vault-worker": {"errors", "base"},
    # main.js and the wiring file of each screen beside it.
    "wiring": {"wiring", "ui", "form", "errors", "base", "sync", "outbox", "api", "store", "vault"},
    "service worker": set(),
}
SCRIPT_ARROWS["main"] = SCRIPT_ARROWS["wiring"]
VENDORED_FOR = {"hpke": "vault-worker", "hash-wasm": "vault-worker", "idb": "store", "signature_pad": "ui"}


def script_layer(path: str) -> str:
    if path == "static/sw.js":
        return "service worker"
    # more/ is a folder of every layer, and of the wiring files themselves: what only some phones run, or seldom.
    inside = path.removeprefix("static/js/").removeprefix("more/").removesuffix(".js")
    folder, _, below = inside.partition("/")
    if below:
        return folder if folder in SCRIPT_FOLDERS | SCRIPT_PARTS else f"static/js/{folder}"
    return inside if inside in SCRIPT_CORE else "base" if inside in SCRIPT_BASE else "wiring"


def wrong_script_imports(path: str, source: str) -> Iterator[str]:
    layer = script_layer(path)
    if layer not in SCRIPT_ARROWS:
        yield f"{path}: the folder {layer}/ is not on the map"
        return
    for found in house.script_imports(path, source):
        where = f"{path}:{found.line}"
        if not found.relative:
            yield f"{where}: imports are relative paths, there is no build step ({found.target})"
        elif layer == "service worker":
            yield f"{where}: sw.js imports nothing"
        elif found.target.startswith("static/vendor/"):
            package = found.target.removeprefix("static/vendor/").partition("-")[0]
            package = "hash-wasm" if package == "hash" else package
            if VENDORED_FOR.get(package) != layer:
                yield f"{where}: {package} is for {VENDORED_FOR.get(package, 'nobody')}, not for {layer}"
        elif found.target == "static/js/main.js":
            yield f"{where}: nobody imports main.js"
        elif not found.target.startswith("static/js/"):
            yield f"{where}: {found.target} lies outside static/js"
        elif (to := script_layer(found.target)) != layer and to not in SCRIPT_ARROWS[layer]:
            yield f"{where}: {layer} may not import {found.target} ({to})"
        elif to != layer and found.target.startswith(tuple(f"static/js/{whole}/" for whole in SCRIPT_PARTS)):
            yield f"{where}: {found.target} is a part of {to}.js, import that"


# A name, and the only files that may say it outside comments and strings. `*` closes a folder.
ONLY_IN: dict[str, tuple[str, ...]] = {
    # sw.js imports nothing, and compares each file of the shell with its hash before it installs: digest, nothing else.
    r"\bsubtle\b(?!\s*\.\s*digest\b)": ("static/js/vault-worker.js", "static/js/vault-worker/*"),
    r"\bsubtle\s*\.\s*digest\b": ("static/js/vault-worker.js", "static/js/vault-worker/*", "static/sw.js"),
    r"\bWebAssembly\b": ("static/js/vault-worker/argon2id.js",),
    r"\bindexedDB\b|\bIDBKeyRange\b": ("static/js/store/*",),
    # main.js only hands the browser's own fetch to createApi. A form of the desk has the server as its store.
    r"(?<![.\w])fetch\b(?!\s*:)": ("static/js/api.js", "static/sw.js", "static/js/main.js", "static/js/desk/store.js"),
    r"\b(?:XMLHttpRequest|WebSocket|EventSource|WebTransport|RTCPeerConnection)\b|\bsendBeacon\b": (),
    r"\bimportScripts\b": (),
    r"\b(?:localStorage|sessionStorage)\b|\bdocument\s*\.\s*cookie\b": (),
    r"\bcaches\b": ("static/sw.js",),
}
_PURE_PARTS = ("sync", "outbox/standing", "outbox/head", "vault-worker/layout")
PURE = {f"static/js/{name}.js" for name in _PURE_PARTS}
# Everything a pure file must be handed instead of taking it: the page, the clock, chance, the network.
IMPURE = (
    r"\b(?:document|window|navigator|location|history|indexedDB|localStorage|postMessage|requestAnimationFrame)\b"
    r"|\bDate\s*\.\s*now\b|\bnew\s+Date\s*\(\s*\)|\bMath\s*\.\s*random\b|\bcrypto\b|\bset(?:Timeout|Interval)\b|\bfetch\b"
    r"|\bperformance\b|\bawait\b"
)


def wrong_script_touches(path: str, source: str) -> Iterator[str]:
    code = house.without_comments(source, keep_strings=False)
    for pattern, allowed in ONLY_IN.items():
        if not any(path == only or (only.endswith("*") and path.startswith(only[:-1])) for only in allowed):
            for line, text in house.lines_with(pattern, code):
                yield f"{path}:{line}: {text!r} is only for {', '.join(allowed) or 'nobody'}"
    if path in PURE or path.startswith("static/js/form/"):
        for line, text in house.lines_with(IMPURE, _without_keys(code)):
            yield f"{path}:{line}: pure, so it is handed {text!r} from outside"


def _without_keys(code: str) -> str:
    """Code without what only looks impure: `node.history` is data, `now = Date.now` a default to replace."""
    fields = r"\.\s*(?:document|location|history|navigator|window|performance|crypto)\b"
    return re.sub(rf"{fields}|=\s*Date\.now\b(?!\s*\()", ".field", code)


def test_imports_of_the_phone_point_one_way():
    assert_none(s for path in house.scripts("static/") for s in wrong_script_imports(path, house.read(path)))


def test_network_storage_and_cryptography_are_each_in_one_place():
    assert_none(s for path in house.scripts("static/") for s in wrong_script_touches(path, house.read(path)))


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("static/js/ui/worklist.js", 'import { openStore } from "../store/db.js";'),
        ("static/js/ui/worklist.js", 'import("../api.js");'),
        ("static/js/ui/widgets/text.js", "import * as vault from '../../vault.js'"),
        ("static/js/form/plan.js", 'import { element } from "../ui/dom.js";'),
        ("static/js/sync.js", 'import { createApi } from "./api.js";'),
        ("static/js/outbox.js", 'import { openStore } from "./store/db.js";'),
        ("static/js/outbox/frame.js", 'import { openStore } from "../store/db.js";'),
        ("static/js/wire-whole.js", 'import { noStanding } from "./outbox/standing.js";'),
        ("static/js/store/db.js", 'import "../main.js";'),
        ("static/js/store/db.js", 'import { openDB } from "idb";'),
        ("static/js/api.js", 'import { openDB } from "../vendor/idb-8.0.4-index.js";'),
        ("static/js/vault.js", 'import "../vendor/hash-wasm-4.13.0-argon2.js";'),
        ("static/sw.js", 'import { limits } from "./js/limits.js";'),
        ("static/js/common/text.js", "export const a = 1;"),
    ],
)
def test_a_script_import_that_points_the_wrong_way_is_seen(path, line):
    assert list(wrong_script_imports(path, line))


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("static/js/ui/signature.js", 'import Pad from "../../vendor/signature_pad-5.1.4-signature_pad.min.js";'),
        ("static/js/ui/record.js", '// import "../api.js"\n/** @type {import("../store/db.js").Store} */\nlet s;'),
        ("static/js/store/db.js", 'import { openDB } from "../../vendor/idb-8.0.4-index.js";\nimport "../vault.js";'),
        ("static/js/vault-worker/argon2id.js", 'import "../../vendor/hash-wasm-4.13.0-argon2.js";'),
        ("static/js/main.js", 'import { createApi } from "./api.js";\nimport "./wire-worklist.js";'),
        ("static/js/outbox.js", 'import { noStanding } from "./outbox/standing.js";'),
    ],
)
def test_a_script_import_that_points_the_right_way_is_let_be(path, line):
    assert_none(wrong_script_imports(path, line))


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("static/js/ui/worklist.js", 'const answer = await fetch("/x");'),
        ("static/js/vault.js", "await crypto.subtle.digest(name, data);"),
        ("static/sw.js", "const { subtle } = crypto;"),
        ("static/sw.js", "await crypto.subtle.importKey(raw);"),
        ("static/js/outbox.js", "indexedDB.open(name);"),
        ("static/js/api.js", "const a = `${new XMLHttpRequest()}`;"),
        ("static/js/main.js", "localStorage.setItem(key, name);"),
        ("static/js/sync.js", "const now = Date.now();"),
        ("static/js/form/evaluate.js", "if (/[`'\"]/.test(x)) document.title = x;"),
    ],
)
def test_a_touch_in_the_wrong_script_is_seen(path, line):
    assert list(wrong_script_touches(path, line))


def test_words_in_comments_and_strings_are_no_touches():
    assert_none(wrong_script_touches("static/js/ui/a.js", '// fetch it\nconst t = "indexedDB", u = `localStorage`;'))
