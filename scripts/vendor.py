#!/usr/bin/env python3
"""The browser code of others that we serve ourselves: written from packed packages, and checked against a lock.

    python3 scripts/vendor.py check              every file is listed and has the bytes the lock names
    python3 scripts/vendor.py write FOLDER       take the files out of FOLDER/*.tgz (made by `npm pack NAME@VERSION`)

A file is named NAME-VERSION-FILE, so that a new version is a new address and an old cache never serves a mixture. The
lock is static/vendor/vendor.json: name, version, path in the package, licence, what was changed, bytes and SHA-384
(base64, the form of an `integrity` attribute). Uses the standard library alone: it also runs before the virtual
environment exists. `write` also needs npx, for the packages of which we take a part.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

VENDOR = Path(__file__).resolve().parent.parent / "static" / "vendor"
LOCK = VENDOR / "vendor.json"
LICENCES = VENDOR / "LICENSES.txt"
# Written by hand because the package's own types are spread over files that a single vendored file cannot point to.
OWN_TYPES = {"hash-wasm-4.13.0-argon2.d.ts", "signature_pad-5.1.4-signature_pad.min.d.ts"}


def _without_source_map(content: bytes) -> bytes:
    """Drop the last line, which names a map we do not serve: a browser's tools would ask for it on every load."""
    kept, mark, rest = content.rpartition(b"//# sourceMappingURL=")
    if not mark or b"\n" in rest.strip():
        raise ValueError("expected a source map comment as the last line")
    return kept


SHAKER = "esbuild@0.28.2"
# The one suite of the protocol: DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-256-GCM (sync/codes.py SUITE).
HPKE_NAMES = ("AEAD_AES_256_GCM", "CipherSuite", "KDF_HKDF_SHA256", "KEM_DHKEM_P256_HKDF_SHA256")


def _only(*names: str) -> Callable[[bytes], bytes]:
    """The change that keeps what these names reach, shrunk. Such packages are written for tools to drop the rest."""

    def shaken(content: bytes) -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "index.js").write_bytes(content)
            Path(folder, "package.json").write_text('{"sideEffects": false}')  # as theirs says
            Path(folder, "entry.js").write_text(f'export {{ {", ".join(names)} }} from "./index.js";\n')
            shake = ["npx", "--yes", SHAKER, "entry.js", "--bundle", "--minify", "--format=esm", "--target=es2022"]
            return subprocess.run(shake, cwd=folder, check=True, capture_output=True).stdout

    return shaken


# A byte is one sign, from U+0020 on, and from U+00A1 on past U+007E: base64 hides from gzip which bytes are equal.
_SIGNS = [chr(byte + (0x20 if byte < 0x5F else 0x42)) for byte in range(256)]


def _modules(*names: str) -> Callable[[bytes], bytes]:
    """The change that keeps these WebAssembly modules of hash-wasm as texts, and none of the code around them."""

    def taken(content: bytes) -> bytes:
        lines = []
        for name in names:
            found = re.findall(rf'var name\S* = "{name}";\s+var data\S* = "([\w+/=]+)";', content.decode())
            if len(found) != 1:
                raise ValueError(f"expected one module {name}, found {len(found)}")
            text = "".join(_SIGNS[byte] for byte in base64.b64decode(found[0]))
            lines.append(f"export const {name} = {json.dumps(text, ensure_ascii=False)};\n")
        return "".join(lines).encode()

    return taken


@dataclass(frozen=True)
class Source:
    """One file of one package. `changed` is the sentence for the lock, `change` the function that does it."""

    name: str
    version: str
    path: str
    licence: str
    target: str
    changed: str = ""
    change: Callable[[bytes], bytes] | None = None

    @property
    def file(self) -> str:
        return f"{self.name}-{self.version}-{self.target}"

    @property
    def tarball(self) -> str:
        return f"{self.name}-{self.version}.tgz"


SOURCES = (
    Source("hpke", "1.1.7", "index.js", "MIT", "p256.js", f"only what our suite needs ({SHAKER})", _only(*HPKE_NAMES)),
    Source("hpke", "1.1.7", "index.d.ts", "MIT", "p256.d.ts"),
    Source("idb", "8.0.4", "build/index.js", "ISC", "index.js"),
    Source("idb", "8.0.4", "build/entry.d.ts", "ISC", "index.d.ts"),
    Source(
        "hash-wasm",
        "4.13.0",
        "dist/index.esm.js",
        "MIT",
        "argon2.js",
        "only the modules argon2 and blake2b, a sign for each byte",
        _modules("argon2", "blake2b"),
    ),
    Source(
        "signature_pad",
        "5.1.4",
        "dist/signature_pad.min.js",
        "MIT",
        "signature_pad.min.js",
        "source map line dropped",
        _without_source_map,
    ),
    Source("htmx.org", "4.0.1", "dist/htmx.min.js", "0BSD", "htmx.min.js"),
)


def sha384(content: bytes) -> str:
    """SHA-384 in base64: what stands behind `sha384-` in an integrity attribute."""
    return base64.b64encode(hashlib.sha384(content).digest()).decode()


def problems() -> list[str]:
    """Every way in which static/vendor differs from its lock, as sentences; empty when all is well."""
    return list(_problems())


def write(tarballs: Path) -> None:
    """Write the vendored files and the lock from packages in `tarballs`; FileNotFoundError names a missing one."""
    VENDOR.mkdir(parents=True, exist_ok=True)
    entries = []
    for source in SOURCES:
        content = _member(tarballs / source.tarball, source.path)
        if source.change:
            content = source.change(content)
        (VENDOR / source.file).write_bytes(content)
        entries.append(
            {
                "file": source.file,
                "name": source.name,
                "version": source.version,
                "source": source.path,
                "licence": source.licence,
                "changed": source.changed,
                "bytes": len(content),
                "sha384": sha384(content),
            }
        )
    LOCK.write_text(json.dumps({"files": entries}, indent=2) + "\n")
    LICENCES.write_text("\n".join(_licence_texts(tarballs)))


def _problems() -> Iterator[str]:
    listed = {entry["file"]: entry for entry in json.loads(LOCK.read_text())["files"]}
    present = {path.name for path in VENDOR.iterdir()} - {LOCK.name, LICENCES.name} - OWN_TYPES
    unlisted = {name for name in present - listed.keys() if not name.endswith((".gz", ".br"))}
    yield from (f"{name}: not in the lock" for name in sorted(unlisted))
    for name, entry in listed.items():
        if name not in present:
            yield f"{name}: in the lock, but not in static/vendor"
            continue
        content = (VENDOR / name).read_bytes()
        if (len(content), sha384(content)) != (entry["bytes"], entry["sha384"]):
            yield f"{name}: {len(content)} bytes, sha384 {sha384(content)}; the lock names other bytes"


def _member(tarball: Path, path: str) -> bytes:
    with tarfile.open(tarball) as package:
        member = package.extractfile(f"package/{path}")
        if member is None:
            raise ValueError(f"{tarball.name}: {path} is not a file")
        return member.read()


def _licence_texts(tarballs: Path) -> Iterator[str]:
    for tarball in dict.fromkeys(source.tarball for source in SOURCES):
        with tarfile.open(tarballs / tarball) as package:
            name = next(name for name in package.getnames() if name.startswith("package/LICENSE"))
        text = _member(tarballs / tarball, name.removeprefix("package/")).decode()
        yield f"==== {tarball.removesuffix('.tgz')} ====\n\n{text}"


def main(arguments: list[str]) -> int:
    match arguments:
        case ["check"]:
            found = problems()
            for sentence in found:
                print(f"vendor: {sentence}", file=sys.stderr)
            return 1 if found else 0
        case ["write", folder]:
            write(Path(folder))
            return 0
        case _:
            print(__doc__, file=sys.stderr)
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
