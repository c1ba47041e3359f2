#!/usr/bin/env python3
"""Takes docs/screenshots/*.png from the real app: the pictures that the journeys of tests/browser keep on their way.

    .venv/bin/python -m scripts.screenshots

Needs what `make test` installs, and some minutes. Whoever changes a screen takes the pictures again and looks at them.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from scripts.small_png import smaller

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "screenshots"
JOURNEYS = (
    "tests/browser/test_main_job.py", "tests/browser/test_urgent.py", "tests/browser/test_looks.py",
    "tests/browser/test_pictures.py", "tests/browser/test_case_pictures.py", "tests/browser/test_photo_journey.py",
)  # fmt: skip
# Kept of what the journeys take, in the order of the work.
PHONE = (
    "worklist", "case", "door", "signature", "contents", "sync-waiting", "returned-remark", "urgent",
    "paper-corners", "papers",
    "elder-worklist", "elder-short-note", "dark-worklist", "english-door", "pin",
)  # fmt: skip
DESK = (
    "desk-queue", "desk-brief", "desk-remark", "desk-changed", "desk-record", "desk-publish",
    "desk-second-factor", "desk-phones", "desk-policy", "desk-leads", "desk-calendar", "desk-file", "desk-statistics",
    "desk-duty", "desk-rounds", "desk-entrusted",
)  # fmt: skip
# docs/casework.md, in the order of a case.
CASE = (
    "case-state", "case-screening", "case-minutes", "case-plan", "case-task", "case-letter", "case-funds",
    "case-key-care", "case-timeline", "case-rights",
)  # fmt: skip
BYTES_MAX = 120 * 1024  # of one picture: a README is read in villages too


def main() -> int:
    """0 when every picture is there and small enough for a README; else the code of what failed."""
    with tempfile.TemporaryDirectory() as taken:
        command = [sys.executable, "-m", "pytest", "-q", "-n0", "-m", "browser", *JOURNEYS]  # -m: those of the soak too
        done = subprocess.run(command, cwd=ROOT, env={**os.environ, "FIELDAPP_PICTURES": taken}, check=False)
        if done.returncode:
            return done.returncode
        FOLDER.mkdir(parents=True, exist_ok=True)
        for name in PHONE + DESK + CASE:
            picture = (Path(taken) / f"{name}.png").read_bytes()
            (FOLDER / f"{name}.png").write_bytes(smaller(picture))
    sizes = {picture.name: picture.stat().st_size for picture in FOLDER.glob("*.png")}
    sys.stdout.write(f"{len(sizes)} pictures, {sum(sizes.values()) // 1024} KiB\n")
    too_large = [name for name, size in sizes.items() if size > BYTES_MAX]
    sys.stdout.writelines(f"too large: {name}\n" for name in too_large)
    return 1 if too_large else 0


if __name__ == "__main__":
    sys.exit(main())
