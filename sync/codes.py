"""The words of the protocol: what became of a package, why, and what else a reply can say (docs/protocol.md section 4).

Plain constants: everybody may import this, and it imports nothing of ours. A retired code is never used again.
"""

from enum import StrEnum

PROTOCOL_VERSION = 1
SUITE = 1  # DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-256-GCM


class Status(StrEnum):
    """What became of one package. Everything but `wait` and `reseal` is a last word: it is stored and said again."""

    OK = "ok"
    DUP = "dup"
    CONFLICT = "conflict"
    WAIT = "wait"
    LOCKED = "locked"
    RESEAL = "reseal"
    QUARANTINED = "quarantined"
    REFUSED = "refused"  # not stored, and no word of the work itself: it stays on the phone


# Not stored: the phone sends the same again, and the answer may be another then.
PASSING = frozenset({Status.WAIT, Status.RESEAL, Status.REFUSED})


class Reason(StrEnum):
    """Why a package was not simply taken. The phone has a sentence for each (static/js/errors.js)."""

    # conflict: both are kept
    OTHER_BYTES = "other_bytes"  # another revision has this id
    NOT_THE_HEAD = "not_the_head"  # someone wrote in between
    PEN_AT_DESK = "pen_at_desk"  # its author finishes it at the desk (also of a void, which is then locked)
    # wait
    PARENT_UNKNOWN = "parent_unknown"
    # locked: kept as a side copy
    APPROVED = "approved"
    HANDED_IN = "handed_in"  # a void of what was already submitted
    IN_REVIEW = "in_review"
    NOT_SUBMITTED = "not_submitted"  # a withdraw of what is not in the queue
    VOID = "void"
    # reseal
    NO_ENVELOPE = "no_envelope"  # the frame does not hold the envelope that the package names, or it is damaged
    UNKNOWN_KEY = "unknown_key"
    # refused: stays on the phone
    QUARANTINE_FULL = "quarantine_full"  # of a stopped phone, until a person settled some of it
    # quarantined: kept whole for a person
    BAD_SIGNATURE = "bad_signature"
    DAMAGED = "damaged"
    LEADS_TOO_MANY = "leads_too_many"  # more leads in a day than one person takes
    NOT_THE_AUTHOR = "not_the_author"
    NOT_YOURS = "not_yours"  # out of scope and unknown, said alike
    PACKAGE_REUSED = "package_reused"
    PACKAGE_TOO_LARGE = "package_too_large"
    PARENT_KEPT = "parent_kept"  # what it builds on lies in quarantine
    REMARKS_OPEN = "remarks_open"
    REVOKED = "revoked"
    SHAPE = "shape"  # answers that do not fit their form
    SUSPENDED = "suspended"
    UNKNOWN_FORM = "unknown_form"
    UNKNOWN_SUITE = "unknown_suite"
    UNSIGNED = "unsigned"
    URGENT_TOO_MANY = "urgent_too_many"  # unsigned ones only


class Refused(StrEnum):
    """Why a pull was not answered (`pull_refused`); the push beside it was taken all the same."""

    BAD_SIGNATURE = "bad_signature"
    CLOCK = "clock"
    REVOKED = "revoked"
    SUSPENDED = "suspended"
    WIPE = "wipe"


class Directive(StrEnum):
    """`directives[].kind`."""

    DEMO = "demo"
    RESYNC = "resync"
    REVOKED = "revoked"
    SUSPENDED = "suspended"
    UNSAFE = "unsafe"
    UPDATE = "update"
    WIPE = "wipe"


class Change(StrEnum):
    """`changes[].kind`."""

    PUT = "put"
    DEL = "del"
    OUT = "out"
    DRAFT = "draft"
    OWN = "own"
