"""Made python.json, once. Kept to show how; running it again would thaw what is frozen, so it refuses."""

import json
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from fieldapp.crypto import keys, packages, signatures
from fieldapp.crypto.packages import SealingKey, b64u

FILE = Path(__file__).with_name("python.json")
VAULT = UUID("01990000-0000-7000-8000-000000000001")
HEAD = {
    "v": 1,
    "kind": "revision",
    "district": "990101",
    "case_id": "01990000-0000-7000-8000-00000000000a",
    "visit_id": "01990000-0000-7000-8000-00000000000b",
    "record_id": "01990000-0000-7000-8000-00000000000c",
    "revision_id": "01990000-0000-7000-8000-00000000000d",
    "parents": [],
    "form": "F2",
    "form_version": 1,
    "intent": "submit",
    "number": None,
    "device_time": 1790000000000,
    "author": "01990000-0000-7000-8000-00000000000e",
}
NOTHING = dict.fromkeys(("case_id", "visit_id", "record_id", "revision_id", "form", "form_version", "intent", "author"))


def pseudo_random(label: str, length: int) -> bytes:
    """Bytes that do not compress, the same every time."""
    return b"".join(sha256(f"{label}{n}".encode()).digest() for n in range(length // 32 + 1))[:length]


def cases() -> list[tuple[str, dict[str, object], str, bool]]:
    """(name, head, body, signed)"""
    answers = json.dumps({"answers": {"village": "柳树村", "note": "她说：暂时不要告诉家里人"}}, ensure_ascii=False)
    long = json.dumps({"answers": {"note": b64u(pseudo_random("long", 70_000))}})
    parents = ["01990000-0000-7000-8000-0000000000f1", "01990000-0000-7000-8000-0000000000f2"]
    return [
        ("a first revision", HEAD, answers, True),
        ("a revision with two parents", {**HEAD, "parents": parents}, answers, True),
        ("a body of more than one chunk", HEAD, long, True),
        ("a draft copy", {**HEAD, "kind": "draft", "revision_id": None, "intent": None, "number": 7}, "{}", True),
        ("an urgent record sealed while locked", {**HEAD, **NOTHING, "kind": "urgent"}, '{"at":1}', False),
    ]


def main() -> None:
    if FILE.exists():
        raise SystemExit(f"{FILE} is frozen")
    server, author = signatures.new_private_key(), signatures.new_private_key()
    server_point = signatures.public_point(server)
    key_id, envelope_id = keys.key_id_of(server_point), pseudo_random("envelope id", 16)
    sealing_key = SealingKey(pseudo_random("sealing key", 32))
    made = []
    for name, head, body, signed in cases():
        turns = iter([pseudo_random(name + "/id", 16), pseudo_random(name + "/salt", 16)])
        package = packages.seal_package(
            head,
            body.encode("utf-8"),
            sealing_key=sealing_key,
            envelope_id=envelope_id,
            vault_id=VAULT,
            author=author if signed else None,
            random=lambda _count, turns=turns: next(turns),
        )
        opened = packages.open_head(packages.take_apart(package), sealing_key)
        short = body if len(body) < 1000 else None
        made.append({"name": name, "package": b64u(package), "head": opened, "body": short})
    envelope = packages.seal_envelope(sealing_key, server_point=server_point, key_id=key_id, vault_id=VAULT)
    said = {
        "vault_id": str(VAULT),
        "server": {
            "key_id": key_id,
            "private": b64u(signatures.private_bytes(server)),
            "public": b64u(server_point),
        },
        "author": {
            "private": b64u(signatures.private_bytes(author)),
            "public": b64u(signatures.public_point(author)),
        },
        "sealing_key": b64u(sealing_key),
        "envelope_id": b64u(envelope_id),
        "envelope": b64u(envelope),
        "packages": made,
    }
    FILE.write_text(json.dumps(said, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
