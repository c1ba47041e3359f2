"""Labels: text with small markup (**strong**, _em_ or *em*, line breaks, <b> and the like) as a list of parts; never
HTML."""

import re
from typing import Any

_MARK = re.compile(
    r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1|(?<![\w*])([*_])(?=\S)(.+?)(?<=\S)\3(?![\w*])|(<br ?/?>|\n)", re.DOTALL
)


DEPTH_MAX = 8  # marks inside of marks; deeper ones are letters
MEDIA = ("img", "aud", "vid")


def parts_of(text: Any) -> list[Any]:
    return [text] if isinstance(text, str) else list(text)


def plain_text(text: Any) -> str:
    """A text without its markup, outputs and media."""
    return "".join(_plain_part(part) for part in parts_of(text))


def _plain_part(part: Any) -> str:
    if isinstance(part, str):
        return part
    if part[0] == "br":
        return "\n"
    return "" if part[0] in ("o", *MEDIA) else plain_text(part[1:])


def parts(pieces: list[Any]) -> Any:
    """`pieces` are strings and ["o", expression]. A plain text comes back as a string, else a list of parts
    (docs/forms.md, section 3)."""
    outputs = [piece for piece in pieces if not isinstance(piece, str)]
    # An output may stand inside of markup, so it is one private character while the text is read.
    text = "".join(piece if isinstance(piece, str) else "\ue000" for piece in pieces).strip()
    found = _read(text, iter(outputs))
    if not found:
        return ""
    return found[0] if len(found) == 1 and isinstance(found[0], str) else found


def _read(text: str, outputs: Any, depth: int = 0) -> list[Any]:
    if depth > DEPTH_MAX:
        return _plain(text, outputs)
    found: list[Any] = []
    at = 0
    for match in _MARK.finditer(text):
        found += _plain(text[at : match.start()], outputs)
        if match[5]:
            found.append(["br"])
        else:
            found.append(["b" if match[1] else "i", *_read(match[2] or match[4], outputs, depth + 1)])
        at = match.end()
    return found + _plain(text[at:], outputs)


def _plain(text: str, outputs: Any) -> list[Any]:
    found: list[Any] = []
    for at, piece in enumerate(text.split("\ue000")):
        if at:
            found.append(next(outputs))
        if piece:
            found.append(piece)
    return found
