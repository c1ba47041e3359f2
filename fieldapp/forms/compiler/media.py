"""Pictures, sounds and films that a form brings along, named by their hash."""

import hashlib

from fieldapp.forms.compiler.draft import Draft
from fieldapp.forms.limits import MEDIA_BYTES_MAX
from fieldapp.forms.media import KINDS, type_of


def take(draft: Draft, name: str, wanted: str, number: int, sheet: str) -> bool:
    """Whether a label may show this file; it is put beside the plan then."""
    content = draft.attachments.get(name)
    if content is None:
        draft.refuse("attachment", name, number, "media", sheet)
        return False
    ending = name.rpartition(".")[2].lower()
    content_type = type_of(ending, content)
    if content_type is None or KINDS[ending][0] != wanted:
        draft.refuse("media", name, number, "media", sheet)
        return False
    if len(content) > MEDIA_BYTES_MAX:
        draft.refuse("limit", f"{name}: {MEDIA_BYTES_MAX} bytes", number, "media", sheet)
        return False
    found = hashlib.sha256(content).hexdigest()
    draft.files[found] = content
    draft.media[name] = {"hash": found, "kind": "media", "bytes": len(content), "type": content_type}
    return True
