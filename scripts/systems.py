"""Writes docs/systems.md from the rows of tests/systems.txt: `python scripts/systems.py`."""

import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from tests import system_rows as systems  # noqa: E402  (found only once the root is on the path)

if __name__ == "__main__":
    (ROOT / "docs" / "systems.md").write_text(systems.page(), "utf-8")
