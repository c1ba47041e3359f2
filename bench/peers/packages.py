"""Other people's packages for measurements and as judges: installed and bundled into a folder that git does not keep.

`package.json` and `package-lock.json` beside this file name exact versions and the hash of every archive, and no
address: npm asks the registry that is configured on this machine. No install script of a package runs. Two entries
of enketo-core cannot be had from a registry (a fork of leaflet-draw by git address, and a version of its evaluator
that was never published): `overrides` names the published ones.
"""

import hashlib
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).parent
FOLDER = HERE.parents[1] / ".cache" / "peers"
BUILT = FOLDER / "built"
_NAMES = ("package.json", "package-lock.json")


def install() -> Path:
    """The folder with `node_modules`, made once for each lock. Raises RuntimeError with what npm says."""
    stamp = FOLDER / "stamp"
    wanted = _key([HERE / name for name in _NAMES])
    if stamp.exists() and stamp.read_text() == wanted:
        return FOLDER
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in _NAMES:
        shutil.copy(HERE / name, FOLDER / name)
    # Not `npm ci`: see scripts/bootstrap. The hashes of the lock are checked all the same.
    _run("npm", "install", "--no-save", "--ignore-scripts", "--silent", "--no-progress", "--no-audit", "--no-fund")
    stamp.write_text(wanted)
    return FOLDER


def build() -> Path:
    """The folder with the bundles that build.mjs makes."""
    install()
    stamp = BUILT / "stamp"
    wanted = _key([FOLDER / "stamp", *sorted(HERE.glob("*js"))])
    if not (stamp.exists() and stamp.read_text() == wanted):
        shutil.rmtree(BUILT, ignore_errors=True)
        _run("node", str(HERE / "build.mjs"), str(FOLDER))
        stamp.write_text(wanted)
    return BUILT


def versions() -> dict[str, str]:
    """Package to version, as the lock has it."""
    import json

    return dict(json.loads((HERE / "package.json").read_text())["dependencies"])


def _run(*command: str) -> None:
    done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[:2])}: {done.stdout}{done.stderr}")


def _key(files: list[Path]) -> str:
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
