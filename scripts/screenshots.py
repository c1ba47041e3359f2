#!/usr/bin/env python3
"""Takes docs/screenshots/*.png from the real app: the pictures that the journeys of tests/browser keep on their way.

    .venv/bin/python scripts/screenshots.py

Needs what `make test` installs, and some minutes. Whoever changes a screen takes the pictures again and looks at them.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "screenshots"
JOURNEYS = ("tests/browser/test_main_job.py", "tests/browser/test_urgent.py", "tests/browser/test_looks.py")
# Kept of what the journeys take, in the order of the work.
PHONE = (
    "worklist", "case", "door", "signature", "contents", "sync-waiting", "returned-remark", "urgent",
    "elder-worklist", "elder-short-note", "dark-worklist", "english-door",
)  # fmt: skip
DESK = ("desk-queue", "desk-brief", "desk-remark", "desk-changed")
BYTES_MAX = 2 * 1024 * 1024


def main() -> int:
    """0 when every picture is there and all together are small enough for a README; else the code of what failed."""
    with tempfile.TemporaryDirectory() as taken:
        command = [sys.executable, "-m", "pytest", "-q", "-n0", *JOURNEYS]
        done = subprocess.run(command, cwd=ROOT, env={**os.environ, "FIELDAPP_PICTURES": taken}, check=False)
        if done.returncode:
            return done.returncode
        FOLDER.mkdir(parents=True, exist_ok=True)
        for name in PHONE + DESK:
            shutil.copyfile(Path(taken) / f"{name}.png", FOLDER / f"{name}.png")
    size = sum(picture.stat().st_size for picture in FOLDER.glob("*.png"))
    sys.stdout.write(f"{len(PHONE + DESK)} pictures, {size // 1024} KiB\n")
    return 0 if size <= BYTES_MAX else 1


if __name__ == "__main__":
    sys.exit(main())
