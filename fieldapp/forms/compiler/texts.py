"""Labels, hints and messages in every language of the form, with their pictures and sounds."""

import re
from collections.abc import Mapping
from typing import Any

from fieldapp.forms import markup
from fieldapp.forms.compiler import media as attached
from fieldapp.forms.compiler.draft import Draft
from fieldapp.forms.compiler.xmltree import Element, local, shown

MEDIA = {"image": "img", "audio": "aud", "video": "vid"}
_IGNORED = ("short", "big-image")
Pieces = dict[str, list[Any]]


def code_of(language: str) -> str:
    """`zh` of `中文 (zh)`."""
    found = re.search(r"\(([^()]+)\)\s*$", language)
    return found[1] if found else language if language != "default" else "zh"


def itext_id(reference: str | None) -> str | None:
    found = re.fullmatch(r"\s*jr:itext\(\s*(?:'([^']*)'|\"([^\"]*)\")\s*\)\s*", reference or "")
    return (found[1] or found[2] or "") if found else None


def message(draft: Draft, reference: str | None, number: int | None) -> int | None:
    """The text of a reference like jr:itext('a'), or of plain words."""
    if not reference:
        return None
    text_id = itext_id(reference)
    if text_id is None and reference.strip().startswith("jr:itext("):
        draft.refuse("unsupported", ("jr:itext 的编号须写明", "jr:itext of a computed id"), number or 0, "label")
        return None
    return of_id(draft, text_id, number) if text_id is not None else plain(draft, reference)


def of_id(draft: Draft, text_id: str, number: int | None, form: str | None = None) -> int:
    pieces, media = pieces_of(draft, text_id, number, form)
    return _store(draft, pieces, number, media)


def plain(draft: Draft, text: str) -> int:
    return _store(draft, {language: [text] for language in draft.languages}, None, {})


def of_element(draft: Draft, element: Element, number: int) -> int:
    """The text of a label that stands in the body, the same in all languages."""
    pieces = _pieces(draft, element, number)
    return _store(draft, {language: list(pieces) for language in draft.languages}, number, {})


def has_form(draft: Draft, text_id: str, form: str) -> bool:
    return any(_value(texts.get(text_id), form) is not None for texts in draft.itext.values())


def pieces_of(draft: Draft, text_id: str, number: int | None, form: str | None = None) -> tuple[Pieces, Pieces]:
    """Words and media of a text by language; a missing translation is told of, and another language stands in."""
    draft.budget.spend(len(draft.itext))
    pieces: Pieces = {}
    media: Pieces = {}
    sheet = "choices" if number is None else "survey"
    if not any(text_id in texts for texts in draft.itext.values()):
        draft.refuse("path", text_id, number or 0, "label", sheet)
    for language, texts in draft.itext.items():
        text = texts.get(text_id)
        value = _value(text, form)
        code = code_of(language)
        pieces[code] = [] if value is None else _pieces(draft, value, number or 0)
        media[code] = [] if form else _media(draft, text, number or 0, sheet)
    first = next((found for found in pieces.values() if _says(found)), [])
    pictures = next((found for found in media.values() if found), [])
    for language, found in pieces.items():
        if not _says(found) and _says(first):
            draft.warn("translation_missing", f"{text_id} {language}", number or 0, sheet=sheet)
            pieces[language] = first
        media[language] = media[language] or pictures
    return pieces, media


def _media(draft: Draft, text: Element | None, number: int, sheet: str) -> list[Any]:
    found: list[Any] = []
    for value in text if text is not None else []:
        form = value.get("form")
        if form in (None, "guidance", "long"):
            continue
        if form in _IGNORED:
            draft.warn("ignored", str(form), number, "media", sheet)
        elif form not in MEDIA:
            draft.refuse("unsupported", f"media {form}", number, "media", sheet)
        else:
            name = (value.text or "").strip().rpartition("/")[2]
            if attached.take(draft, name, str(form), number, sheet):
                found.append([MEDIA[str(form)], name])
    return found


def _store(draft: Draft, pieces: Mapping[str, list[Any]], number: int | None, media: Mapping[str, list[Any]]) -> int:
    for language in draft.languages:
        done: list[Any] = []
        for piece in pieces.get(language, []):
            if isinstance(piece, str):
                draft.budget.spend(1 + _markers(piece) * len(piece) // 60)
                done.append(piece)
            elif number is None:
                draft.refuse(
                    "unsupported",
                    ("选项标签里的 ${ }", "${ } in the label of a choice"),
                    sheet="choices",
                    column="label",
                )
            else:
                expression = draft.resolved(piece[1], number, "label") or ["s", ""]
                draft.outputs.setdefault(number, []).append(expression)
                done.append(["o", expression])
        words = markup.parts(done)
        pictures = media.get(language) or []
        words = [*([words] if isinstance(words, str) and words else words), *pictures] if pictures else words
        draft.texts[language].append(words)
    return len(draft.texts[draft.languages[0]]) - 1


def _markers(text: str) -> int:
    return text.count("*") + text.count("_")


def _value(text: Element | None, form: str | None) -> Element | None:
    forms = (None, "long") if form is None else (form,)
    return next((value for value in (text if text is not None else []) if value.get("form") in forms), None)


def _pieces(draft: Draft, element: Element, number: int) -> list[Any]:
    found: list[Any] = [element.text or ""]
    for child in element:
        if local(child) != "output":
            draft.refuse("unsupported", f"<{shown(child.tag)}>", number, "label")
        found += [["o", child.get("value") or child.get("ref") or "''"], child.tail or ""]
    return found


def _says(pieces: list[Any]) -> bool:
    """pyxform writes a dash where a translation is missing."""
    return any(not isinstance(piece, str) for piece in pieces) or "".join(map(str, pieces)).strip() not in ("", "-")
