"""Writes the forms of the practice (static/js/more/training-plans.js) from the library.

    .venv/bin/python -m scripts.practice

A phone that practises has no server, so the plans it practises with are files like any other of the app. Run it after a
form of the library got a new version; until then one practises with the version before.
"""

import json
from pathlib import Path

from fieldapp.forms import library

FORMS = ("F0", "F2", "F3", "F3V", "F5", "F6")
FILE = Path(__file__).resolve().parents[1] / "static" / "js" / "more" / "training-plans.js"
_HEAD = """// Made by scripts/practice.py from the forms of the library: what one practises with, without a server.

/** Plans as a pull would bring them, as text. @type {string[]} */
export const PLANS = [
"""


def content() -> str:
    """The file as the library of today makes it."""
    # One line for each: a text is read faster than the same as an object, and its change shows as one line.
    lines = "".join(f"  {json.dumps(library.plans()[form].text, ensure_ascii=False)},\n" for form in FORMS)
    return f"{_HEAD}{lines}];\n"


if __name__ == "__main__":
    FILE.write_text(content(), encoding="utf-8")
