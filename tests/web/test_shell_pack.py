"""The shell as a new phone gets it: the page's own files one by one, all others in two packs, and how much that is."""

import json
import re

import pytest

from tests.web.test_static import GZIP, digest_of, shell_of

BYTES_MAX = 110_000  # DESIGN section 9: gzip, first screen and first pack together
REQUESTS_MAX = 25


@pytest.fixture
def parts(phone):
    """The listed files in their parts: {pack or None: {url: digest}}."""
    shell = shell_of(phone)
    files = iter(shell["files"].items())
    found = {pack: dict(next(files) for _ in range(count)) for pack, count in shell["parts"]}
    assert next(files, None) is None, "a file that stands in no part is never kept"
    return found


def unpacked(content: bytes) -> list[bytes]:
    at = 4 + int.from_bytes(content[:4], "big")
    bodies = []
    for length in json.loads(content[4:at]):
        bodies.append(content[at : at + length])
        at += length
    assert at == len(content)
    return bodies


@pytest.mark.parametrize("pack", ["/shell.pack", "/more.pack"])
def test_a_pack_holds_exactly_the_files_of_its_part_in_their_order(phone, parts, pack):
    bodies = unpacked(phone.get(pack).data)
    assert [digest_of(body) for body in bodies] == list(parts[pack].values())


@pytest.mark.parametrize("pack", ["/shell.pack", "/more.pack"])
def test_a_pack_is_sent_compressed_and_not_to_the_desk(phone, desk, pack):
    assert phone.get(pack, headers=GZIP).headers["Content-Encoding"] == "gzip"
    assert desk.get(pack).status_code == 404


def test_what_only_some_phones_run_lies_in_the_second_pack_with_its_library(parts):
    seldom = {url for url in parts["/more.pack"] if "/vendor/" not in url}
    assert {"/static/js/ui/widgets/more/signing.js", "/static/js/ui/texts-en.js"} <= seldom
    assert all("/more/" in url or url.endswith("-en.js") for url in seldom)
    assert any("signature_pad" in url for url in parts["/more.pack"])
    assert not any("/more/" in url for pack in (None, "/shell.pack") for url in parts[pack])
    # Who is in danger must not wait for a second answer
    assert "/static/js/ui/urgent.js" in {**parts[None], **parts["/shell.pack"]}


def test_the_page_asks_for_nothing_of_the_packs_before_its_first_screen(phone, parts):
    page = phone.get("/").text
    named = set(re.findall(r'(?:src|href)="(?!tel:)([^"]+)"', page))
    assert named <= parts[None].keys() and "/static/js/wire-enrol.js" in parts[None]
    assert len(parts[None]) <= REQUESTS_MAX


def test_the_shell_does_not_outgrow_a_thin_line(phone, parts):
    def sent(url: str) -> int:
        return len(phone.get(url, headers=GZIP).data)

    first = sum(sent(url) for url in parts[None])
    assert first + sent("/shell.pack") <= BYTES_MAX, f"first screen {first}, pack {sent('/shell.pack')}"


def test_scripts_are_sent_without_comments_and_run_with_their_lines(app):
    asset = app.extensions["assets"].get("js/sync.js").content.decode()
    assert "/**" not in asset and "export function" in asset
