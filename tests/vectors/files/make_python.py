"""Made python.json, once. Kept to show how; running it again would thaw what is frozen, so it refuses."""

import json
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from fieldapp.crypto import files
from fieldapp.crypto.packages import SealingKey, b64u

FILE = Path(__file__).with_name("python.json")
FILE_ID = UUID("01990000-0000-7000-8000-0000000000f9")


def pseudo_random(label: str, length: int) -> bytes:
    """Bytes that do not compress, the same every time."""
    return b"".join(sha256(f"{label}{n}".encode()).digest() for n in range(length // 32 + 1))[:length]


def main() -> None:
    if FILE.exists():
        raise SystemExit(f"{FILE} is frozen")
    sealing_key, envelope_id = SealingKey(pseudo_random("sealing key", 32)), pseudo_random("envelope id", 16)
    made = []
    for name, plain in (
        ("empty", b""),
        ("short", "照片".encode()),
        ("exactly one chunk", pseudo_random("one", 65_536)),
        ("long", pseudo_random("long", 150_000)),
    ):
        sealed = files.seal_file(
            plain,
            file_id=FILE_ID,
            sealing_key=sealing_key,
            envelope_id=envelope_id,
            random=lambda count, name=name: pseudo_random(name + "/salt", count),
        )
        key = files.file_key(sealing_key, files.read_head(sealed[: files.HEAD_BYTES]))
        is_long = len(plain) > 1_000
        made.append(
            {
                "name": name,
                "key": b64u(key),
                "head": b64u(sealed[: files.HEAD_BYTES]),
                "bytes": len(sealed),
                "hash": b64u(sha256(sealed).digest()),
                "plain_hash": b64u(sha256(plain).digest()),
                "sealed": None if is_long else b64u(sealed),
                "plain": None if is_long else b64u(plain),
            }
        )
    said = {
        "file_id": str(FILE_ID),
        "sealing_key": b64u(sealing_key),
        "envelope_id": b64u(envelope_id),
        "files": made,
    }
    FILE.write_text(json.dumps(said, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
