"""The worked example of the protocol comes out again, byte for byte; what is frozen opens by what the page says."""

import json
import zlib
from pathlib import Path
from uuid import UUID

import pytest

from tests.independent import example, sealing
from tests.independent.client import Client
from tests.independent.sealing import b64u, from_b64u, sha256

VECTORS = Path(__file__).parents[1] / "vectors"


def frozen(*names):
    return json.loads(VECTORS.joinpath(*names).read_text(encoding="utf-8"))


def test_every_byte_of_the_worked_example_comes_out_again():
    told = example.read_page()
    assert told == example.steps(told["head, zlib"], told["body, zlib"])
    assert zlib.decompress(told["head, zlib"]).decode() == told["head"]
    assert zlib.decompress(told["body, zlib"]).decode() == told["body"]


def test_the_worked_example_opens_with_the_key_of_the_server():
    told = example.read_page()
    info = sealing.envelope_info(told["key_id"], UUID(told["vault id"]))
    assert sealing.hpke_open(example.key(0x12), info, told["envelope"]) == told["sealing key"]
    head, body = sealing.open_package(told["package"], told["sealing key"])
    assert (json.dumps(head, separators=(",", ":")), body.decode()) == (told["head"], told["body"])


@pytest.mark.parametrize("made_by", ["python", "js"])
def test_packages_that_were_frozen_open_by_what_the_page_says(made_by):
    told = frozen("packages", f"{made_by}.json")
    author = from_b64u(told["author"]["public"])
    for package in told["packages"]:
        head, body = sealing.open_package(from_b64u(package["package"]), from_b64u(told["sealing_key"]))
        assert head == package["head"] and b64u(sha256(body)) == head["plain_hash"]
        text = sealing.author_text(head, UUID(told["vault_id"]))
        assert head["signature"] is None or sealing.is_signed(author, from_b64u(head["signature"]), text)


def test_a_photo_that_was_frozen_seals_to_the_same_bytes():
    told = frozen("files", "python.json")
    for file in (file for file in told["files"] if file["sealed"]):
        sealed = sealing.seal_file(
            from_b64u(file["plain"]),
            file_id=UUID(told["file_id"]),
            sealing_key=from_b64u(told["sealing_key"]),
            envelope_id=from_b64u(told["envelope_id"]),
            salt=from_b64u(file["head"])[33:],
        )
        assert (b64u(sealed), b64u(sha256(sealed))) == (file["sealed"], file["hash"])


def test_a_frozen_me_is_read_by_the_independent_client():
    told = frozen("frames", "reply_me.json")
    head, payload = sealing.read_frame(bytes.fromhex(told["frame"]))
    client = Client(lambda *_: (500, {}, b""), lambda: 1, lambda count: b"\x01" * count)
    client._apply(head["page"], payload)
    assert client.held == {"me": told["me"]} and client.cursor == head["page"]["cursor"]
