"""Our own files as they are sent: compressed once, named by hash, and the list that the service worker keeps."""

import gzip
import json
import re
from hashlib import sha256

import pytest

from fieldapp.assets import Assets
from fieldapp.db import writing
from fieldapp.models import settings
from fieldapp.web.phone import SHELL_MARKER

GZIP = {"Accept-Encoding": "gzip, deflate, br"}


def shell_of(phone):
    """The list inside the service worker as it is served."""
    text = phone.get("/sw.js").text
    return json.loads(re.search(r"^const SHELL = (\{.*\});$", text, re.MULTILINE)[1])


def digest_of(content):
    """As the list says it: the first 128 bits."""
    return sha256(content).hexdigest()[:32]


@pytest.fixture
def folder(tmp_path):
    """A static folder of our own."""
    for path, text in {
        "js/main.js": 'import "./ui/a.js"; import("./ui/later.js");' + " " * 500,
        "js/ui/a.js": "export const a = 1;",
        "js/ui/later.js": 'import "../../vendor/lib-1.0.0-index.js"; import("./more/seldom.js");',
        "js/ui/more/seldom.js": 'import "../../../vendor/lib-1.0.0-index.js"; import "../../../vendor/pad-2.0.0.js";',
        "js/desk/loader.js": "desk",
        "css/base.css": "body { margin: 0 }",
        "css/app.css": "main { color: red }",
        "css/desk.css": "table{}",
        "vendor/lib-1.0.0-index.js": "lib",
        "vendor/pad-2.0.0.js": "pad",
        "vendor/unused-1.0.0.js": "unused",
        "vendor/vendor.json": "{}",
        "js/ui/texts-zh.js": "export const texts = 1;",
        "icons/icon.svg": "<svg/>",
        "icons/192.png": "png",
        "js/types.d.ts": "types",
        "js/.hidden.js": "hidden",
    }.items():
        file = tmp_path / "static" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return tmp_path / "static"


def test_the_shell_is_what_the_phone_needs_and_nothing_of_the_desk(folder):
    shell = Assets(folder).shell()
    assert list(shell.first) == ["css/shell.css", "js/ui/a.js", "js/main.js", "icons/icon.svg"]
    assert list(shell.pack) == ["js/ui/texts-zh.js", "js/ui/later.js", "vendor/lib-1.0.0-index.js"]
    assert list(shell.more) == ["js/ui/more/seldom.js", "vendor/pad-2.0.0.js"]


def test_the_phones_sheets_are_one_with_the_base_first(folder):
    assets = Assets(folder)
    assert assets.get("css/shell.css").content == b"body{margin:0}main{color:red}"
    (folder / "css/app.css").write_text("main { color: blue; }")
    assert assets.get("css/shell.css").content == b"body{margin:0}main{color:blue}"


def test_a_file_that_changes_is_read_anew(folder):
    assets = Assets(folder)
    before = assets.get("js/ui/a.js").etag
    (folder / "js/ui/a.js").write_text("export const a = 1000;")
    assert assets.get("js/ui/a.js").etag != before


@pytest.mark.parametrize(
    "path", ["../pyproject.toml", "js/../../x.js", "js/types.d.ts", "js/.hidden.js", "js", "", "no.js", "js/\0.js"]
)
def test_nothing_outside_hidden_or_of_another_kind_is_served(folder, path):
    (folder.parent / "x.js").write_text("outside")
    assert Assets(folder).get(path) is None


def test_a_link_that_leads_outside_is_not_followed(folder):
    (folder.parent / "secret.js").write_text("outside")
    (folder / "js/link.js").symlink_to(folder.parent / "secret.js")
    assert Assets(folder).get("js/link.js") is None


def test_a_file_comes_compressed_to_who_takes_that(phone, app):
    plain, packed = phone.get("/static/js/errors.js"), phone.get("/static/js/errors.js", headers=GZIP)
    assert "Content-Encoding" not in plain.headers and packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data and len(packed.data) < len(plain.data)
    assert packed.headers["Content-Type"] == "text/javascript; charset=utf-8"
    for answer in (plain, packed):
        assert "Accept-Encoding" in answer.headers["Vary"] and answer.headers["Cache-Control"] == "no-cache"
    assert plain.headers["ETag"] != packed.headers["ETag"]  # other bytes, another tag
    asset = app.extensions["assets"].get("js/errors.js")
    assert asset.compressed is asset.compressed  # made once


def test_what_the_browser_has_is_answered_in_a_few_bytes(phone):
    for headers in ({}, GZIP):
        tag = phone.get("/static/js/errors.js", headers=headers).headers["ETag"]
        again = phone.get("/static/js/errors.js", headers={**headers, "If-None-Match": tag})
        assert again.status_code == 304 and again.data == b""


def test_vendored_files_are_kept_for_ever_and_ours_are_asked_for_again(phone, desk):
    assert "immutable" in phone.get("/static/vendor/hpke-1.1.7-p256.js").headers["Cache-Control"]
    assert phone.get("/static/vendor/vendor.json").headers["Cache-Control"] == "no-cache"


def test_each_origin_gets_its_own_files(phone, desk):
    assert phone.get("/static/css/desk.css").status_code == 404
    assert phone.get("/static/vendor/htmx.org-4.0.1-htmx.min.js").status_code == 404
    assert desk.get("/static/vendor/htmx.org-4.0.1-htmx.min.js").status_code == 200
    assert desk.get("/static/js/vault-worker.js").status_code == desk.get("/static/sw.js").status_code == 404
    assert phone.get("/static/sw.js").status_code == 404  # it has its own address, at the root
    for client in (phone, desk):
        assert client.get("/static/css/base.css").status_code == 200


def test_the_service_worker_lists_every_file_with_the_hash_of_what_is_served(phone):
    shell = shell_of(phone)
    assert {"/", "/manifest.webmanifest", "/static/js/main.js", "/static/js/vault-worker.js"} <= set(shell["files"])
    for url, digest in shell["files"].items():
        answer = phone.get(url)
        assert answer.status_code == 200 and digest_of(answer.data) == digest, url
        packed = phone.get(url, headers=GZIP)
        data = gzip.decompress(packed.data) if packed.headers.get("Content-Encoding") == "gzip" else packed.data
        assert digest_of(data) == digest, url


def test_the_service_worker_is_never_stored_and_may_control_everything(phone):
    answer = phone.get("/sw.js")
    assert answer.headers["Cache-Control"] == "no-store" and answer.headers["Service-Worker-Allowed"] == "/"
    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8" and SHELL_MARKER not in answer.data


def test_the_shell_page_is_the_same_for_everyone_and_has_nothing_inline(phone, clock):
    first = phone.get("/")
    clock.advance(days=3)
    second = phone.get("/", headers={"Accept-Language": "en", "Cookie": "desk=x"})
    assert first.data == second.data
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=|javascript:", first.text)
    for url in re.findall(r'(?:src|href)="(?!tel:)([^"]+)"', first.text):
        assert phone.get(url).status_code == 200, url


def test_every_file_the_shell_page_names_is_in_the_precache(phone):
    files = shell_of(phone)["files"]
    for url in re.findall(r'(?:src|href)="(?!tel:)([^"]+)"', phone.get("/").text):
        assert url in files


def test_the_manifest_is_neutral_and_its_icons_are_there(phone):
    answer = phone.get("/manifest.webmanifest")
    said = json.loads(answer.data)
    assert answer.mimetype == "application/manifest+json" and said["name"] == "工作记录 / Field Notes"
    assert not re.search("妇|家暴|暴力|woman|violence|abuse", answer.text)
    for icon in said["icons"]:
        picture = phone.get(icon["src"])
        width = int.from_bytes(picture.data[16:20], "big")
        assert picture.status_code == 200 and f"{width}x{width}" == icon["sizes"]


def test_the_numbers_to_call_are_public_and_include_the_countys_own(app, phone):
    own = {"number": "199 0000 0110", "label": {"zh": "示范县庇护所", "en": "County shelter"}}
    with app.app_context(), writing() as session:
        settings.put(session, settings.LOCAL_NUMBERS, json.dumps([own]))
    numbers = phone.get("/emergency.json").get_json()["numbers"]
    assert [number["number"] for number in numbers] == ["110", "120", "12338", "199 0000 0110"]
    assert numbers[-1] == own


def test_a_ping_says_only_that_somebody_is_there(phone):
    for answer in (phone.get("/api/ping"), phone.head("/api/ping")):
        assert answer.status_code == 204 and answer.data == b""
