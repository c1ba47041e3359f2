"""Every Problem the server can answer with: a stable code, a status, what is wrong, what to do.

    Problem (Exception)      somebody asked for what cannot be done; `code` names one row of PROBLEMS

One file for each area holds its rows, in the order of their codes; a code stands in one of them alone. What we expect
to happen in a protocol (a conflict, a repeat) is a returned outcome (sync/codes.py), not a Problem. A retired code is
never used again: it stays in RETIRED. The phone knows the codes it can meet (static/js/errors.js).
"""

from typing import Any

from fieldapp.errors import accounts, cases, counting, everywhere, forms, helping, papers, phones, reports, rights
from fieldapp.errors.text import ProblemText

__all__ = ["AREAS", "PROBLEMS", "RETIRED", "Problem", "ProblemText"]

RETIRED: frozenset[str] = frozenset()

AREAS = (accounts, cases, counting, everywhere, forms, helping, papers, phones, reports, rights)
# tests/unit/test_errors.py holds that no code stands in two areas and that no sentence is empty.
PROBLEMS: dict[str, ProblemText] = {code: text for area in AREAS for code, text in area.PROBLEMS.items()}


class Problem(Exception):
    """A refusal with a stable code. Raised anywhere, answered in one place (fieldapp/web/problems.py).

    `details` are plain values for the page or the JSON (`retry_after_s`, `field`), never an answer, a name or a secret.
    `status` overrides the one of the registry. Raises KeyError for a code that is not in PROBLEMS.
    """

    def __init__(self, code: str, *, status: int | None = None, **details: Any) -> None:
        super().__init__(code)
        self.text = PROBLEMS[code]
        self.code = code
        self.status = self.text.status if status is None else status
        self.details = details

    def title(self, language: str) -> str:
        """What is wrong, in `language` ("en", anything else is Chinese)."""
        return self.text.title_en if language == "en" else self.text.title_zh

    def what_to_do(self, language: str) -> str:
        """What the reader can do about it, in `language`."""
        return self.text.what_to_do_en if language == "en" else self.text.what_to_do_zh
