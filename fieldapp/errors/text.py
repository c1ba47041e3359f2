"""What one row of the registry says."""

from typing import NamedTuple


class ProblemText(NamedTuple):
    """One row of the registry: HTTP status, and two sentences in two languages."""

    status: int
    title_zh: str
    title_en: str
    what_to_do_zh: str
    what_to_do_en: str
