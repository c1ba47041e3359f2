"""Pictures, sounds and films that a form brings along, named by their hash."""

import hashlib

from fieldapp.forms.compiler.draft import Draft
from fieldapp.forms.limits import MEDIA_BYTES_MAX

# By the end of the name: what it is, its type, and how its first bytes look (after how many).
_KINDS: dict[str, tuple[str, str, tuple[tuple[int, bytes], ...]]] = {
    "png": ("image", "image/png", ((0, b"\x89PNG\r\n\x1a\n"),)),
    "jpg": ("image", "image/jpeg", ((0, b"\xff\xd8\xff"),)),
    "jpeg": ("image", "image/jpeg", ((0, b"\xff\xd8\xff"),)),
    "gif": ("image", "image/gif", ((0, b"GIF87a"), (0, b"GIF89a"))),
    "webp": ("image", "image/webp", ((8, b"WEBP"),)),
    "mp3": ("audio", "audio/mpeg", ((0, b"ID3"), (0, b"\xff\xfb"), (0, b"\xff\xf3"), (0, b"\xff\xf2"))),
    "m4a": ("audio", "audio/mp4", ((4, b"ftyp"),)),
    "ogg": ("audio", "audio/ogg", ((0, b"OggS"),)),
    "wav": ("audio", "audio/wav", ((8, b"WAVE"),)),
    "mp4": ("video", "video/mp4", ((4, b"ftyp"),)),
    "webm": ("video", "video/webm", ((0, b"\x1aE\xdf\xa3"),)),
}


def take(draft: Draft, name: str, wanted: str, number: int, sheet: str) -> bool:
    """Whether a label may show this file; it is put beside the plan then."""
    content = draft.attachments.get(name)
    if content is None:
        draft.refuse("attachment", name, number, "media", sheet)
        return False
    kind, content_type, starts = _KINDS.get(name.rpartition(".")[2].lower(), ("", "", ()))
    if kind != wanted or not any(content[at : at + len(start)] == start for at, start in starts):
        draft.refuse("media", name, number, "media", sheet)
        return False
    if len(content) > MEDIA_BYTES_MAX:
        draft.refuse("limit", f"{name}: {MEDIA_BYTES_MAX} bytes", number, "media", sheet)
        return False
    found = hashlib.sha256(content).hexdigest()
    draft.files[found] = content
    draft.media[name] = {"hash": found, "kind": "media", "bytes": len(content), "type": content_type}
    return True
