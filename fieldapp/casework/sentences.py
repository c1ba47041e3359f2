"""A sentence in both languages, beside the rule that says it."""

from typing import NamedTuple


class Said(NamedTuple):
    """One thing said twice: Chinese first, English complete."""

    zh: str
    en: str

    def to(self, language: str) -> str:
        """The sentence for a reader of `language` ("en"; anything else is Chinese)."""
        return self.en if language == "en" else self.zh
