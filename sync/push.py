"""What to do with each pushed package: rules only. Nothing is thrown away, and sending again changes nothing.

The order of the checks is part of the rules: who may speak, whether it was answered before, whether it can be read, who
wrote it, whether it is hers, and only then what it says. Whatever is out of scope and whatever does not exist end in
the same answer.
"""

from dataclasses import replace
from uuid import UUID

from sync.codes import PASSING, Reason, Status
from sync.store import Head, Item, KnownDraft, KnownRecord, Outcome, Sender, Signature, State, Store

UNSIGNED_URGENTS_PER_HOUR = 10
STOPPED_PACKAGES_MAX = 500  # of a suspended or revoked phone that wait for a person: a disk is no bin
LEADS_PER_DAY = 40  # of one person: a day at the telephone has fewer, a phone that went wrong has more
LEAD_COPIES_MAX = 40  # of drafts of leads without a file, of one person: each makes a key of its own
# A lead names a case that is made on the phone: its first revision opens it. Who told us of it is a record beside it.
LEAD, LEAD_CONTACT = "F1", "F1R"

# States in which the author still writes; a draft copy is worth keeping only there.
_OPEN = frozenset({State.DRAFT, State.DOOR_SUBMITTED, State.RETURNED})
_LOCKED: dict[str, Reason] = {
    State.IN_REVIEW: Reason.IN_REVIEW,
    State.APPROVED_FIRST: Reason.APPROVED,
    State.APPROVED: Reason.APPROVED,
    State.VOID: Reason.VOID,
}
_STATE_AFTER_DOOR: dict[str, State] = {
    State.SUBMITTED: State.SUBMITTED,  # a door set that comes late takes nothing back
    State.RETURNED: State.RETURNED,
}
_VAULT_TROUBLE = {"revoked": Reason.REVOKED, "suspended": Reason.SUSPENDED}


def apply(item: Item, sender: Sender, store: Store) -> Outcome:
    """Take one package, or say why not. Every answer that will not change is remembered with the package."""
    outcome = _from_a_stopped_vault(item, sender, store)
    if outcome is not None:
        return outcome
    stored = store.answered(item.package_id)
    if stored is not None:
        if stored.package_hash == item.package_hash:
            return repeated(stored.outcome)
        return _keep(item, store, Reason.PACKAGE_REUSED)
    outcome = _judge(item, sender, store)
    if outcome.status not in PASSING:
        store.remember(item, outcome)
    return outcome


def take_in(item: Item, sender: Sender, store: Store) -> Outcome | None:
    """Take a kept revision in because a person decided so; None where it cannot be (`may_take_in`).

    It becomes the head where it builds on the head of a report that its author still writes, else a version beside it.
    """
    if not may_take_in(item, sender, store):
        return None
    head = item.head
    assert head is not None and head.record_id is not None and head.revision_id is not None
    record = store.record(head.record_id)
    if record is None:
        return _take(
            item, store, head.revision_id, State.SUBMITTED if head.intent == "submit" else State.DOOR_SUBMITTED
        )
    if record.head_revision_id not in head.parents or record.state in _LOCKED:
        return _beside(item, store, Reason.NOT_THE_HEAD, head.revision_id, record.state)
    if head.intent == "door":
        return _take(item, store, head.revision_id, _STATE_AFTER_DOOR.get(record.state, State.DOOR_SUBMITTED))
    return _take(item, store, head.revision_id, State.SUBMITTED)


def may_take_in(item: Item, sender: Sender, store: Store) -> bool:
    """Whether a kept package is a readable revision, signed by its author, that fits what is known of its record."""
    head = item.head
    if head is None or item.body is None or item.signature is not Signature.GOOD or head.author != sender.person_id:
        return False
    if head.kind != "revision" or head.record_id is None or head.visit_id is None or head.revision_id is None:
        return False
    record = store.record(head.record_id)
    is_hers = _is_hers(head, record, sender, store) or _begins_a_case(head, record, sender, store)
    if not is_hers or not store.knows_form(head.form or "", head.form_version or 0):
        return False
    is_void = record.state == State.VOID if record is not None else store.given_up(head.record_id)
    return not is_void and not store.claims(head.revision_id)


def repeated(outcome: Outcome) -> Outcome:
    """The answer to the same package again."""
    return replace(outcome, status=Status.DUP) if outcome.status is Status.OK else outcome


def _from_a_stopped_vault(item: Item, sender: Sender, store: Store) -> Outcome | None:
    trouble = _VAULT_TROUBLE.get(sender.vault_state)
    if trouble is None:
        return None
    if _is_urgent(item) and store.answered(item.package_id) is None:
        # Help is never blocked; but what this vault signs proves nothing any more.
        outcome = _urgent(replace(item, signature=Signature.NONE), sender, store)
        store.remember(item, outcome)
        return outcome
    if not store.has_room_aside(item, STOPPED_PACKAGES_MAX):
        return Outcome(Status.REFUSED, Reason.QUARANTINE_FULL)
    return _keep(item, store, trouble)


def _judge(item: Item, sender: Sender, store: Store) -> Outcome:
    head = item.head
    if head is None:
        trouble = item.trouble or Reason.DAMAGED
        if trouble in (Reason.UNKNOWN_KEY, Reason.NO_ENVELOPE):
            return Outcome(Status.RESEAL, trouble)
        return _keep(item, store, trouble)
    if head.kind == "urgent":
        return _urgent(item, sender, store)
    if item.signature is not Signature.GOOD:
        return _keep(item, store, Reason.UNSIGNED if item.signature is Signature.NONE else Reason.BAD_SIGNATURE)
    if head.author != sender.person_id:
        return _keep(item, store, Reason.NOT_THE_AUTHOR)
    if head.case_id is None or head.visit_id is None or head.record_id is None or head.form is None:
        return _keep(item, store, Reason.DAMAGED)
    record = store.record(head.record_id)
    if _waits_for_its_lead(head, sender, store):
        # Of a lead that was given up there will never be a case.
        is_kept = store.is_case_kept(head.case_id) or store.is_lead_given_up(head.case_id)
        return _keep(item, store, Reason.PARENT_KEPT) if is_kept else Outcome(Status.WAIT, Reason.PARENT_UNKNOWN)
    if not _is_hers(head, record, sender, store) and not _begins_a_case(head, record, sender, store):
        return _keep(item, store, Reason.NOT_YOURS)
    if head.form not in sender.forms or not store.knows_form(head.form, head.form_version or 0):
        return _keep(item, store, Reason.UNKNOWN_FORM)
    if item.body is None:
        return _keep(item, store, item.body_trouble or Reason.DAMAGED)
    match head.kind:
        case "revision" if head.revision_id is not None and head.intent is not None:
            return _revision(item, head, head.record_id, head.revision_id, record, store)
        case "draft" if head.number is not None:
            return _draft(item, head, head.record_id, record, sender, store)
        case "void":
            return _void(item, head.record_id, record, store)
        case "withdraw":
            return _withdraw(item, head.record_id, record, store)
    return _keep(item, store, Reason.DAMAGED)


def _is_hers(head: Head, record: KnownRecord | None, sender: Sender, store: Store) -> bool:
    """Whether everything the head names is in scope and fits together; an unknown visit or record is a new one."""
    if head.district != sender.district or head.case_id is None or not store.works_on(head.case_id):
        return False
    visit_of = None if head.visit_id is None else store.case_of_visit(head.visit_id)
    if visit_of is not None and visit_of != head.case_id:
        return False
    if record is None:
        return True
    named = (head.case_id, head.visit_id, head.form, sender.person_id)
    return (record.case_id, record.visit_id, record.form, record.author_id) == named


def _begins_a_case(head: Head, record: KnownRecord | None, sender: Sender, store: Store) -> bool:
    """Whether this is a lead about a case that nobody has yet. One that is there and not hers stays out of scope."""
    return head.form == LEAD and record is None and _is_of_no_case(head, sender, store)


def _waits_for_its_lead(head: Head, sender: Sender, store: Store) -> bool:
    return head.form == LEAD_CONTACT and _is_of_no_case(head, sender, store)


def _is_of_no_case(head: Head, sender: Sender, store: Store) -> bool:
    if head.district != sender.district or head.form not in sender.forms or head.case_id is None:
        return False
    of_visit = None if head.visit_id is None else store.case_of_visit(head.visit_id)
    return of_visit is None and not store.works_on(head.case_id) and not store.is_case(head.case_id)


def _revision(
    item: Item, head: Head, record_id: UUID, revision_id: UUID, record: KnownRecord | None, store: Store
) -> Outcome:
    claims = store.claims(revision_id)
    if any(known.record_id != record_id for known in claims):
        return _keep(item, store, Reason.NOT_YOURS)
    state = None if record is None else record.state
    for known in claims:
        if known.content_hash == head.body_hash:
            kept_as = None if known.revision_id == revision_id else known.revision_id
            return Outcome(Status.DUP, record_state=state, kept_as=kept_as)
    if claims:
        # Other bytes under a known id: an approval of the first must never seem to cover them.
        return _beside(item, store, Reason.OTHER_BYTES, store.new_id(), state)
    if record is None and store.given_up(record_id):
        return _keep(item, store, Reason.VOID, Status.LOCKED, State.VOID)
    unknown = [parent for parent in head.parents if not _is_of(parent, record_id, store)]
    # What a person has set aside is known well enough: nothing builds on it, and nothing waits for it any more.
    if not all(store.is_settled(parent) for parent in unknown):
        if store.is_kept(record_id) or any(store.is_kept_revision(parent) for parent in unknown):
            return _keep(item, store, Reason.PARENT_KEPT)
        return Outcome(Status.WAIT, Reason.PARENT_UNKNOWN)
    if record is None:
        if head.form == LEAD and not store.works_on(_case(head)) and store.leads_today() >= LEADS_PER_DAY:
            return _keep(item, store, Reason.LEADS_TOO_MANY)
        return _take(item, store, revision_id, State.SUBMITTED if head.intent == "submit" else State.DOOR_SUBMITTED)
    if record.form == LEAD_CONTACT:
        return _keep(item, store, Reason.HANDED_IN, Status.LOCKED, state)  # written once
    if record.head_revision_id not in head.parents:
        return _beside(item, store, Reason.NOT_THE_HEAD, revision_id, state)
    if record.state in _LOCKED:
        return _keep(item, store, _LOCKED[record.state], Status.LOCKED, record.state)
    if not _holds_pen(item, record):
        return _beside(item, store, Reason.PEN_AT_DESK, revision_id, state)
    if head.intent == "door":
        return _take(item, store, revision_id, _STATE_AFTER_DOOR.get(record.state, State.DOOR_SUBMITTED))
    if record.state == State.RETURNED and store.remarks_to_answer(record_id) - _replied(item):
        return _keep(item, store, Reason.REMARKS_OPEN, state=record.state)
    return _take(item, store, revision_id, State.SUBMITTED)


def _draft(
    item: Item, head: Head, record_id: UUID, record: KnownRecord | None, sender: Sender, store: Store
) -> Outcome:
    state = None if record is None else record.state
    known = store.draft_copy(record_id)
    is_open = state in _OPEN if state is not None else not store.given_up(record_id)
    if is_open and known is None and not store.works_on(_case(head)) and store.lead_copies() >= LEAD_COPIES_MAX:
        # Refused and not kept aside: the draft itself is on her phone, and is copied once another was handed in.
        return Outcome(Status.QUARANTINED, Reason.LEADS_TOO_MANY)
    if is_open and _is_newer(head.number or 0, known, sender):
        store.save_draft(item)
    # An older copy, or one of what was handed in meanwhile, is in something newer already.
    return Outcome(Status.OK, record_state=state)


def _is_newer(number: int, known: KnownDraft | None, sender: Sender) -> bool:
    # Each vault counts for itself. A phone enrolled later went on from the copy it was given; the older one was lost.
    if known is None:
        return True
    return number > known.number if known.vault_id == sender.vault_id else known.vault_is_older


def _void(item: Item, record_id: UUID, record: KnownRecord | None, store: Store) -> Outcome:
    if record is None and store.given_up(record_id):
        return Outcome(Status.OK, record_state=State.VOID)
    if record is not None and record.state not in (State.DRAFT, State.DOOR_SUBMITTED):
        if record.state == State.VOID:
            return Outcome(Status.OK, record_state=State.VOID)
        return _keep(item, store, _LOCKED.get(record.state, Reason.HANDED_IN), Status.LOCKED, record.state)
    at_desk = store.is_at_desk(record_id) if record is None else record.desk_pen is not None
    if at_desk:
        return _keep(item, store, Reason.PEN_AT_DESK, Status.LOCKED, None if record is None else record.state)
    store.move(item, State.VOID)
    return Outcome(Status.OK, record_state=State.VOID)


def _withdraw(item: Item, record_id: UUID, record: KnownRecord | None, store: Store) -> Outcome:
    if record is None:
        if store.is_kept(record_id):
            return _keep(item, store, Reason.PARENT_KEPT)
        return Outcome(Status.WAIT, Reason.PARENT_UNKNOWN)
    if record.state != State.SUBMITTED:
        return _keep(item, store, _LOCKED.get(record.state, Reason.NOT_SUBMITTED), Status.LOCKED, record.state)
    store.move(item, State.DRAFT)
    return Outcome(Status.OK, record_state=State.DRAFT)


def _urgent(item: Item, sender: Sender, store: Store) -> Outcome:
    """A danger: no lease, scope, form or state stands in its way; only unsigned ones are counted."""
    head = item.head
    signed = item.signature is Signature.GOOD and head is not None and head.author == sender.person_id
    confirms = _confirmed(item)
    if signed and confirms is not None and store.has_unsigned_urgent(confirms):
        store.confirm_urgent(item, confirms)
        return Outcome(Status.OK)
    if not signed and store.unsigned_urgents() >= UNSIGNED_URGENTS_PER_HOUR:
        return _keep(item, store, Reason.URGENT_TOO_MANY)
    store.raise_urgent(item, signed)
    if item.body is None:
        return _keep(item, store, item.body_trouble or Reason.DAMAGED)
    return Outcome(Status.OK)


def _is_urgent(item: Item) -> bool:
    return item.head is not None and item.head.kind == "urgent"


def _confirmed(item: Item) -> UUID | None:
    named = None if item.body is None else item.body.get("confirms")
    try:
        return UUID(named) if isinstance(named, str) else None
    except ValueError:
        return None


def _holds_pen(item: Item, record: KnownRecord) -> bool:
    """Whether the phone writes on this record: the pen is there, or what it sends takes the pen back from the very move
    that took it to the desk. Of a later move its author knew nothing when she wrote.
    """
    return record.desk_pen is None or (item.body is not None and item.body.get("pen") == record.desk_pen)


def _replied(item: Item) -> frozenset[UUID]:
    return frozenset() if item.body is None else frozenset(UUID(str(r["remark_id"])) for r in item.body["replies"])


def _case(head: Head) -> UUID:
    assert head.case_id is not None  # asked before anything of the family is looked at
    return head.case_id


def _is_of(parent: UUID, record_id: UUID, store: Store) -> bool:
    return any(known.revision_id == parent and known.record_id == record_id for known in store.claims(parent))


def _take(item: Item, store: Store, revision_id: UUID, state: State) -> Outcome:
    store.append(item, revision_id, state)
    return Outcome(Status.OK, record_state=state)


def _beside(item: Item, store: Store, reason: Reason, revision_id: UUID, state: str | None) -> Outcome:
    store.append(item, revision_id, None)
    return Outcome(Status.CONFLICT, reason, state, revision_id)


def _keep(
    item: Item, store: Store, reason: Reason, status: Status = Status.QUARANTINED, state: str | None = None
) -> Outcome:
    store.keep(item, status, reason)
    return Outcome(status, reason, state)
