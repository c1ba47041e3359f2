"""The relations of a list of families, as a person may write them in a table."""

from flask_babel import force_locale

from fieldapp.web import words


def codes_by_word() -> dict[str, str]:
    """Codes by what a person may write: the code itself, or its word in either language."""
    found = {code: code for code in words.RELATIONS}
    for locale in ("zh_Hans_CN", "en"):
        with force_locale(locale):
            found.update({str(word).lower(): code for code, word in words.RELATIONS.items()})
    return {**found, "本人": "self", "案主": "self"}
