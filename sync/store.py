"""What the rules of a push ask of a store: questions about what is known, and the few things that can be done.

The real one writes SQL (fieldapp/actions/records.py); the one of the tests is a few dictionaries. Both pass one suite.
A store is made for one batch of one vault inside one transaction; its questions see what it has just been told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from sync.codes import Reason, Status


class State(StrEnum):
    """States of a record, as the server's tables call them."""

    DRAFT = "draft"
    DOOR_SUBMITTED = "door_submitted"
    SUBMITTED = "submitted"
    IN_REVIEW = "in_review"
    RETURNED = "returned"
    APPROVED_FIRST = "approved_first"
    APPROVED = "approved"
    VOID = "void"


class Signature(StrEnum):
    GOOD = "good"
    BAD = "bad"
    NONE = "none"


@dataclass(frozen=True)
class Head:
    """The head of a package, its shape checked (sync/messages.py). `None` where a part does not apply to the kind."""

    kind: str
    district: str
    case_id: UUID | None
    visit_id: UUID | None
    record_id: UUID | None
    revision_id: UUID | None
    parents: tuple[UUID, ...]
    form: str | None
    form_version: int | None
    intent: str | None
    number: int | None
    device_time: int
    author: UUID | None
    body_hash: bytes
    plain_hash: bytes
    signature: bytes | None


@dataclass(frozen=True)
class Item:
    """One package as it was pushed, opened as far as it opens.

    `trouble` says why there is no head; `body_trouble` why the body cannot be used (`body` is then None). `plain` is
    the inflated body, what `plain_hash` is of.
    """

    package_id: UUID
    package_hash: bytes
    package: bytes
    envelope: tuple[str, int, bytes] | None = None  # server key id, suite, bytes: what opens it again
    head: Head | None = None
    trouble: Reason | None = None
    signature: Signature = Signature.NONE
    signed_text: str = ""
    plain: bytes = b""
    body: Mapping[str, Any] | None = None
    body_trouble: Reason | None = None


@dataclass(frozen=True)
class Sender:
    """The vault that pushes (None: the desk), and its person. `forms`: the forms that her role fills in."""

    district: str
    person_id: UUID
    vault_id: UUID | None
    vault_state: str
    forms: frozenset[str]


@dataclass(frozen=True)
class Outcome:
    """What became of a package. `kept_as` names the revision under which other bytes or a side branch were kept."""

    status: Status
    reason: Reason | None = None
    record_state: str | None = None
    kept_as: UUID | None = None

    def result(self, package_id: UUID, district: str, seq: int | None) -> dict[str, Any]:
        """A row of `results` (docs/protocol.md section 4); `seq` is said of what was stored, else None."""
        return {
            "op": str(package_id),
            "status": self.status.value,
            "reason": None if self.reason is None else self.reason.value,
            "district": district,
            "seq": None if self.status in (Status.WAIT, Status.RESEAL) else seq,
            "record_state": self.record_state,
            "kept_as": None if self.kept_as is None else str(self.kept_as),
        }


@dataclass(frozen=True)
class Stored:
    """An answer that was given before, and to which bytes."""

    package_hash: bytes
    outcome: Outcome


@dataclass(frozen=True)
class KnownRecord:
    record_id: UUID
    case_id: UUID
    visit_id: UUID | None  # None: made at the desk
    form: str
    author_id: UUID
    state: str
    head_revision_id: UUID
    desk_pen: int | None = None  # the move that took its pen to the desk; None: it is written on the phone


@dataclass(frozen=True)
class KnownRevision:
    """A revision the store holds; `signed_revision_id` is the id its author gave it."""

    revision_id: UUID
    record_id: UUID
    signed_revision_id: UUID
    content_hash: bytes


@dataclass(frozen=True)
class KnownDraft:
    """A draft copy the store holds. `vault_is_older`: the vault that made it was enrolled before the one that asks."""

    number: int
    vault_id: UUID
    vault_is_older: bool


class Store(Protocol):
    """What push asks. Ids are looked up in the sender's district alone."""

    # -- what is known --

    def answered(self, package_id: UUID) -> Stored | None:
        """The answer this vault got for this package id."""
        ...

    def works_on(self, case_id: UUID) -> bool:
        """Whether the sender is assigned to this case; False also when there is none."""
        ...

    def is_case(self, case_id: UUID) -> bool:
        """Whether the district has this case at all, in scope or not."""
        ...

    def leads_today(self) -> int:
        """How many cases the sender's own leads have opened within the last day."""
        ...

    def lead_copies(self) -> int:
        """How many draft copies of the sender are of cases that the district does not have."""
        ...

    def is_case_kept(self, case_id: UUID) -> bool:
        """Whether work of the sender on this case was kept aside and waits for a person."""
        ...

    def is_lead_given_up(self, case_id: UUID) -> bool:
        """Whether the sender gave up the lead that would have opened this case, which does not exist."""
        ...

    def case_of_visit(self, visit_id: UUID) -> UUID | None: ...

    def record(self, record_id: UUID) -> KnownRecord | None: ...

    def given_up(self, record_id: UUID) -> bool:
        """Whether a draft that never became a record was given up."""
        ...

    def is_at_desk(self, record_id: UUID) -> bool:
        """Whether the sender finishes at the desk what is no record yet: the desk began it with her phone's copy."""
        ...

    def claims(self, revision_id: UUID) -> Sequence[KnownRevision]:
        """The revisions that have this id, or claimed it when another had it."""
        ...

    def is_kept(self, record_id: UUID) -> bool:
        """Whether work on this record lies in quarantine, waiting for a person."""
        ...

    def is_kept_revision(self, revision_id: UUID) -> bool:
        """Whether this revision was kept aside (quarantined, or because its report was locked) and still waits."""
        ...

    def is_settled(self, revision_id: UUID) -> bool:
        """Whether this revision was kept aside, and a person decided that it does not become part of its record."""
        ...

    def remarks_to_answer(self, record_id: UUID) -> frozenset[UUID]:
        """Remarks sent with a return that ask to be fixed or explained and are still open."""
        ...

    def knows_form(self, form: str, version: int) -> bool: ...

    def draft_copy(self, record_id: UUID) -> KnownDraft | None:
        """The sender's draft copy of this record."""
        ...

    def unsigned_urgents(self) -> int:
        """How many unsigned dangers of this vault came within the last hour."""
        ...

    def has_unsigned_urgent(self, package_id: UUID) -> bool: ...

    def new_id(self) -> UUID: ...

    # -- what is done --

    def append(self, item: Item, revision_id: UUID, state: str | None) -> None:
        """Store a revision under this id. With a state it becomes the head of its record, which moves to that state
        (and is made when it is the first); without one it is kept beside the head. The case of a lead is opened."""
        ...

    def move(self, item: Item, state: str) -> None:
        """A decision of the author: `void` or withdrawn to `draft`; the record may be unknown for `void`."""
        ...

    def save_draft(self, item: Item) -> None: ...

    def raise_urgent(self, item: Item, signed: bool) -> None: ...

    def confirm_urgent(self, item: Item, package_id: UUID) -> None: ...

    def has_room_aside(self, item: Item, most: int) -> bool:
        """Whether fewer than `most` packages of this vault wait aside, or this very one lies there already."""
        ...

    def keep(self, item: Item, status: Status, reason: Reason) -> None:
        """Keep a package whole for a person. Keeping the same bytes again changes nothing."""
        ...

    def remember(self, item: Item, outcome: Outcome) -> None:
        """Say the same again when the same package comes again."""
        ...
