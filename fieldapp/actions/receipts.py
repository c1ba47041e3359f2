"""A receipt for a file of unsent work, on paper or as text: what was taken, for the worker whose phone it came from.

No name, no family and no case stands in it: it may lie in a pocket. Both languages, for it is read away from any page.
"""

from datetime import datetime

from fieldapp.actions.parcels import COMPLETE, Came
from fieldapp.days import CHINA
from sync.codes import Status

_TAKEN = {Status.OK, Status.DUP}
_KEPT = {Status.CONFLICT, Status.LOCKED, Status.QUARANTINED}
_DIGITS = 12
_LINES = (
    ("saved", "手机存成文件的时间", "Saved on the phone"),
    ("at", "交到单位的时间", "Handed in"),
    ("file", "文件校验码", "Digest of the file"),
    ("taken", "已收到的报告和草稿", "Reports and drafts taken"),
    ("kept", "已收到、要有人看一下的", "Kept for a person to look at"),
    ("left", "这次没有收进的", "Not taken this time"),
    ("files", "已收到的照片和文件", "Photos and files taken"),
    ("files_left", "没有收进的照片和文件", "Photos and files not taken"),
    ("damaged", "损坏的部分", "Damaged parts"),
)
_LAST = (
    "手机上的都还在，等手机自己连上网、显示“已收到”才算完。这个文件可以再交一次，不会重复。",
    "Everything is still on the phone, and done only when the phone itself says “received”. "
    "The same file may be handed in again; nothing comes twice.",
)


def receipt(came: Came, digest: bytes, at: datetime) -> str:
    """The lines of a receipt, Chinese before English, ending with a new line; a count of nothing is left out but for
    what was taken. `digest` is the SHA-256 of the file, of which the first twelve digits tell two files apart.
    """

    def count(statuses: set[Status]) -> int:
        return sum(n for (status, _), n in came.packages.items() if status in statuses)

    others = set(Status) - _TAKEN - _KEPT
    values: dict[str, int | str] = {
        "saved": _time(came.made_at), "at": _time(at), "file": digest.hex()[:_DIGITS],
        "taken": count(_TAKEN), "kept": count(_KEPT), "left": count(others),
        "files": came.files[COMPLETE], "files_left": came.files.total() - came.files[COMPLETE],
        "damaged": came.damaged,
    }  # fmt: skip
    always = {"taken", "files"}
    lines = [f"{zh} {en}: {values[key]}" for key, zh, en in _LINES if values[key] or key in always]
    return "\n".join(["交件回执 Receipt", "", *lines, "", *_LAST, ""])


def _time(at: datetime) -> str:
    return at.astimezone(CHINA).strftime("%Y-%m-%d %H:%M")
