"""Words for what a plan says: kinds of questions, moments, logic, warnings. Each goes through gettext."""

from flask_babel import LazyString, gettext
from flask_babel import lazy_gettext as _

REFUSAL_COLUMNS: tuple[LazyString, ...] = (_("Sheet or file"), _("Row"), _("Column"), _("Code"), _("What is wrong"))

CANDIDATE_STATES: dict[str, LazyString] = {
    "refused": _("Refused"),
    "ready": _("Can be published"),
    "published": _("Published"),
}
MOMENTS: dict[str, LazyString] = {"door": _("at the door"), "later": _("later"), "desk": _("in the evening")}
HOW: dict[str, LazyString] = {
    "ask": _("asked"),
    "see": _("seen"),
    "paper": _("from papers"),
    "judge": _("judged"),
}
TYPES: dict[str, LazyString] = {
    "text": _("text"),
    "integer": _("whole number"),
    "decimal": _("number"),
    "date": _("date"),
    "dateTime": _("date and time"),
    "time": _("time"),
    "note": _("note"),
    "acknowledge": _("tick"),
    "select_one": _("one choice"),
    "select_multiple": _("several choices"),
    "rank": _("ranking"),
    "image": _("photo"),
    "audio": _("sound recording"),
    "video": _("video"),
    "file": _("file"),
    "signature": _("signature"),
    "barcode": _("barcode"),
    "geopoint": _("place"),
    "geotrace": _("line on the map"),
    "geoshape": _("area on the map"),
}
KINDS: dict[str, LazyString] = {
    "calculate": _("calculation"),
    "hidden": _("filled by the app"),
    "group": _("group"),
    "repeat": _("repeated group"),
    "note": _("note"),
}
LOGIC: dict[str, LazyString] = {
    "relevant": _("Shown when"),
    "group": _("Its group is shown when"),
    "required": _("Required when"),
    "constraint": _("Accepted when"),
    "readonly": _("Read-only when"),
    "calculate": _("Calculated"),
    "default": _("Begins with"),
    "choice_filter": _("Choices when"),
    "count": _("Rows"),
    "sets": _("Sets"),
}
# What may differ between two versions of a question, besides its logic.
CHANGED: dict[str, LazyString] = {
    "label": _("Words"),
    "hint": _("Hint"),
    "guidance": _("Guidance"),
    "constraint_message": _("Words when not accepted"),
    "required_message": _("Words when missing"),
    "type": _("Kind"),
    "sensitivity": _("Class"),
    "moment": _("Moment"),
    "how": _("How"),
    "check": _("Check"),
    "fact": _("Fact"),
    "change": _("Fixed or changeable"),
    "partial": _("Precision of the date"),
    "unknown": _("Unknown allowed"),
    "purpose": _("Purpose"),
    "appearance": _("Appearance"),
    "policy": _("Switch"),
    "choices": _("Choices"),
}
# What a warning is about, by its code; fieldapp/forms/notices.py says each one in full.
WARNINGS: dict[str, LazyString] = {
    "appearance_ignored": _("Appearances without effect"),
    "appearance_unknown": _("Appearances that are not known"),
    "attachment_unused": _("Files that no question uses"),
    "bare_number_as_truth": _("Numbers where yes or no is meant"),
    "class_raised": _("Classes that were raised"),
    "ignored": _("Parts without effect"),
    "initial_rows": _("Rows given from the start"),
    "list_encoding": _("Lists in another encoding"),
    "purpose_missing": _("Purposes that are missing"),
    "translation_missing": _("Translations that are missing"),
}
LANGUAGES: dict[str, LazyString] = {"zh": _("Chinese"), "en": _("English")}


def kind(node: dict[str, object]) -> str:
    """What kind of question this is."""
    name = str(node.get("kind"))
    return str(
        TYPES.get(str(node.get("type")), node.get("type") or "") if name == "question" else KINDS.get(name, name)
    )


def changed(key: str) -> str:
    """The word for one thing that differs; `label zh` is the label in Chinese."""
    name, _blank, rest = key.partition(" ")
    word = str(CHANGED.get(name) or LOGIC.get(name) or name)
    return f"{word} ({LANGUAGES.get(rest, rest)})" if rest else word


def size(count: int) -> str:
    """Bytes as a person reads them: `12 KB`, `1.4 MB`."""
    return f"{count / 1_048_576:.1f} MB" if count >= 1_048_576 else f"{max(1, round(count / 1024))} KB"


def label(texts: dict[str, str], language: str) -> str:
    """A text in the reader's language, else in the first it has."""
    return texts.get(language) or next((text for text in texts.values() if text), "")


def version(form: str, number: int | None) -> str:
    """`F2, version 3`."""
    return gettext("%(form)s, version %(number)s", form=form, number=number)
