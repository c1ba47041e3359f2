"""The shell in one answer: what a phone that has none yet asks for once."""

import json
from hashlib import sha256

from tests.web.test_static import shell_of


def unpacked(content: bytes) -> dict[str, bytes]:
    at = 4 + int.from_bytes(content[:4], "big")
    files = {}
    for url, length in json.loads(content[4:at])["files"]:
        files[url] = content[at : at + length]
        at += length
    assert at == len(content)
    return files


def test_the_pack_holds_exactly_the_files_of_the_list(phone):
    files = unpacked(phone.get("/shell.pack").data)
    assert {url: sha256(content).hexdigest() for url, content in files.items()} == shell_of(phone)["files"]


def test_the_pack_is_sent_compressed_and_not_to_the_desk(phone, desk):
    answer = phone.get("/shell.pack", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert desk.get("/shell.pack").status_code == 404


def test_scripts_are_sent_without_comments_and_run_with_their_lines(app):
    asset = app.extensions["assets"].get("js/sync.js").content.decode()
    assert "/**" not in asset and "export function" in asset
