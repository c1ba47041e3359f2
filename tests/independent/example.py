"""The worked example of docs/samples/worked-example.md: one report, from keys to reply, every byte of it.

`python -m tests.independent.example` writes the page; what stands on it is frozen, so it refuses where there is one.
"""

import json
import re
import zlib
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec

from tests.independent import sealing
from tests.independent.sealing import b64u, sha256, signed_text

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "samples" / "worked-example.md"
ME = ROOT / "tests" / "vectors" / "frames" / "reply_me.json"
VAULT = UUID("01990000-0000-7000-8000-0000000000e1")
PERSON = "01990000-0000-7000-8000-0000000000e2"
REVISION = "01990000-0000-7000-8000-0000000000e3"
HEAD = {
    "v": 1, "kind": "revision", "district": "990101", "case_id": "01990000-0000-7000-8000-0000000000e4",
    "visit_id": "01990000-0000-7000-8000-0000000000e5", "record_id": "01990000-0000-7000-8000-0000000000e6",
    "revision_id": REVISION, "parents": [], "form": "F2", "form_version": 1, "intent": "door", "number": None,
    "device_time": 1_795_222_800_000, "author": PERSON,
}  # fmt: skip
BODY = {
    "answers": {"hh": {"head": "刘梅"}},
    "replies": [],
    "recorded": {"started": 1_795_222_700_000, "language": "zh", "zone": "Asia/Shanghai"},
    "visitors": [],
}
_BLOCK = re.compile(r"^\*\*(.+?)\*\* \((hex|text)\)[^\n]*\n\n((?:    .*\n)+)", re.M)


def key(number: int) -> ec.EllipticCurvePrivateKey:
    """A private key that nobody would take: 32 equal bytes."""
    return ec.derive_private_key(int.from_bytes(bytes([number]) * 32, "big"), ec.SECP256R1())


def compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def steps(deflated_head: bytes | None = None, deflated_body: bytes | None = None) -> dict[str, Any]:
    """Every value of the example by its name on the page, in its order.

    The two zlib streams may be given: another zlib makes other streams of the same text, all of them right.
    """
    identity, server, transport, author, once = (key(number) for number in range(0x11, 0x16))
    server_point = sealing.point_of(server)
    key_id = sha256(server_point)[:8].hex()
    sealing_key, envelope_id, package_id, salt = (bytes([number]) * count for number, count in
                                                  ((0x21, 32), (0x22, 16), (0x23, 16), (0x24, 16)))  # fmt: skip
    info = sealing.envelope_info(key_id, VAULT)
    envelope = sealing.hpke_seal(server_point, info, sealing_key, once)

    body = compact(BODY).encode()
    deflated_body = deflated_body or zlib.compress(body)
    sealed_body = sealing.seal_body(deflated_body, REVISION, package_id, salt, sealing_key)
    head = sealing.signed_head(HEAD, body, sealed_body, VAULT, author)
    deflated_head = deflated_head or zlib.compress(compact(head).encode())
    package = sealing.join_package(deflated_head, sealed_body, package_id, salt, sealing_key, envelope_id)

    request, now = b64u(bytes([0x25]) * 16), 1_795_222_801_000
    pull_text = signed_text(["fieldapp/1/pull", str(VAULT), request, now, None])
    request_head = {
        "v": 1, "request": request, "t": now, "app": "1", "functions": 1,
        "envelopes": [{"id": b64u(envelope_id), "suite": 1, "key_id": key_id, "len": len(envelope)}],
        "packages": [{"len": len(package)}],
        "pull": {"cursor": None, "want": 262_144, "signature": b64u(sealing.sign(author, pull_text))},
    }  # fmt: skip
    frame = sealing.frame(request_head, envelope, package)
    transport_text = b"\x0a".join([b"fieldapp/1/transport", b"POST /sync/v1/exchange", sha256(frame)])
    code = "0123456789AB"
    points = [b64u(sealing.point_of(one)) for one in (transport, author)]
    enrol_text = signed_text(["fieldapp/1/enrol", str(VAULT), b64u(sha256(code.encode())), *points])
    return {
        "identity private key": bytes([0x11]) * 32,
        "identity public point": sealing.point_of(identity),
        "device code": code + sealing.fingerprint(sealing.point_of(identity)),
        "server private key": bytes([0x12]) * 32,
        "server public point": server_point,
        "key_id": key_id,
        "transport private key": bytes([0x13]) * 32,
        "author private key": bytes([0x14]) * 32,
        "vault id": str(VAULT),
        "enrolment text": enrol_text.decode(),
        "transport_signature of the enrolment": b64u(sealing.sign(transport, enrol_text)),
        "sealing key": sealing_key,
        "envelope id": envelope_id,
        "one-time private key": bytes([0x15]) * 32,
        "info": info,
        "envelope": envelope,
        "package id": package_id,
        "salt": salt,
        "body": body.decode(),
        "body, zlib": deflated_body,
        "body key": sealing.hkdf(sealing_key, salt, b"fieldapp/1/\x02" + UUID(REVISION).bytes),
        "sealed body": sealed_body,
        "author text": sealing.author_text(head, VAULT).decode(),
        "head": compact(head),
        "head, zlib": deflated_head,
        "head key": sealing.hkdf(sealing_key, salt, b"fieldapp/1/\x01" + package_id),
        "package": package,
        "pull text": pull_text.decode(),
        "request head": compact(request_head),
        "frame": frame,
        "transport text": transport_text,
        "FieldApp-Signature": b64u(sealing.sign(transport, transport_text)),
    }


def read_page() -> dict[str, Any]:
    """What stands on the page, by name."""
    blocks = _BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    joined = {name: (kind, "".join(line[4:] for line in lines.splitlines())) for name, kind, lines in blocks}
    return {name: bytes.fromhex(told) if kind == "hex" else told for name, (kind, told) in joined.items()}


def _page() -> str:
    blocks = []
    for name, value in steps().items():
        kind, told = ("hex", value.hex()) if isinstance(value, bytes) else ("text", value)
        lines = [told[at : at + 112] for at in range(0, len(told), 112)]
        blocks.append(f"**{name}** ({kind})\n\n" + "".join(f"    {line}\n" for line in lines))
    return _BEGINNING + "\n".join(blocks) + _END


_BEGINNING = """# One report, byte by byte

The example of docs/protocol.md, with keys that nobody would take (32 equal bytes each, as private scalar). A long value
is broken into lines of 112 signs, which belong together. Signatures are made by RFC 6979, so that they come out the
same; a client may make others. Another zlib may make other streams of the same text: then all that hangs on them
differs, and is as right. `tests/independent/test_example.py` replays this page; a reply with a `me` in it is
`tests/vectors/frames/reply_me.json`.

"""
_END = """
The head is sealed with the head key, nonce `00…00 01` (the only chunk is the last) and aad
`01 01 ‖ package id ‖ package id`; the body with the body key, the same nonce, aad `01 02 ‖ package id ‖ revision id`.
"""


def main() -> None:
    if PAGE.exists():
        raise SystemExit(f"{PAGE} is frozen")
    PAGE.write_text(_page(), encoding="utf-8")


if __name__ == "__main__":
    main()
