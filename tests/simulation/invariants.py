"""What must hold, by the numbers of docs/simulation.md: each raises AssertionError with the sentence that was broken.

OF_A_PHONE and OF_ALL are asked after every step, AT_REST once every phone has finished and nothing moves any more.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any
from uuid import UUID

from sync import pull
from sync.store import State
from tests.simulation.phone import SimPhone
from tests.simulation.server import DISTRICT, Mark, Server, bundle, may_pull

KEPT_KINDS = ("revision", "urgent")  # what is lost if it is not stored
Check = Callable[[Server, list[SimPhone]], None]


def i1_every_confirmed_save_is_in_one_place(server: Server, phones: list[SimPhone]) -> None:
    """I1: every save that was confirmed is in the outbox or was answered, also after a restart, and in one place."""
    for phone in phones:
        if phone.disk["wiping"] is not None or phone.crypto.is_forgotten:
            continue  # what was received is dropped; what was not is handed in, or said to be lost (I13)
        places: dict[str, int] = {}
        for op in _ops(phone):
            places[phone.ops[op]] = places.get(phone.ops[op], 0) + 1
        for word in sorted(phone.confirmed):
            _hold(places.get(word, 0) == 1, f"I1: {phone.kinds[word]} {word} is in {places.get(word, 0)} places")


def i2_a_package_is_done_once(server: Server, phones: list[SimPhone]) -> None:
    """I2: exactly one effect of each package, and each revision stored once."""
    twice = [op for op, times in server.tables.effects.items() if times > 1]
    _hold(not twice, f"I2: a package did its work {max(server.tables.effects.values(), default=0)} times: {twice[:1]}")
    stored = [(known.signed_revision_id, known.content_hash) for known in server.tables.revisions]
    _hold(len(set(stored)) == len(stored), "I2: a revision is stored twice")


def i3_what_was_called_received_is_there(server: Server, phones: list[SimPhone]) -> None:
    """I3: "ok" was said only of what is on the server's disk."""
    for phone in phones:
        for op in (*phone.disk["received"], *phone.disk["freed"]):
            word = phone.ops[op]
            if phone.kinds[word] not in KEPT_KINDS:
                continue  # an older draft copy is in a newer one; what was given up twice is given up
            if _is_told_apart_no_more(server, phone, word):
                continue
            _hold(word in server.tables.said, f"I3: {phone.name} was told that {word} is received; it is not there")


def i4_refused_work_is_kept(server: Server, phones: list[SimPhone]) -> None:
    """I4: work that was refused lies on the server for a person, and in sight on the phone."""
    for phone in phones:
        if phone.disk["wiping"] is not None:
            continue  # its keys are gone: it cannot know of a restore any more, and shows nobody anything
        for answered in phone.disk["attention"].values():
            item, status = answered.item, answered.result["status"]
            if item.head["kind"] not in KEPT_KINDS or answered.result["seq"] == -1:
                continue
            if _is_told_apart_no_more(server, phone, phone.ops[item.op]):
                continue
            is_there = item.package in server.tables.kept or phone.ops[item.op] in server.tables.said
            _hold(is_there, f"I4: {status} {phone.ops[item.op]} of {phone.name} was not kept")


def i5_nothing_below_a_cursor_is_undelivered(server: Server, phones: list[SimPhone]) -> None:
    """I5: no change at or below a phone's cursor was never delivered to it."""
    for phone in phones:
        disk, vault = phone.disk, server.tables.vaults[phone.vault_id]
        cursor = _cursor(disk["cursor"], phone.vault_id)
        here = (server.tables.epoch, server.tables.views[vault.person])
        if cursor is None or (cursor.epoch, cursor.view) != here or disk["wiping"] is not None:
            continue
        behind = cursor.seqs.get(DISTRICT, 0)
        if behind > server.tables.numbers.get(vault.person, 0):
            continue  # the server is older than the phone, and has not noticed yet
        for (person, ref), row in server.tables.feed.items():
            if person == vault.person and row.seq <= behind:
                known = disk["versions"].get(ref)
                _hold(known == row.version, f"I5: {phone.name} is past {row.seq} but knows {ref} as {known}, not {row}")


def i6_a_page_is_there_whole_or_not_at_all(server: Server, phones: list[SimPhone]) -> None:
    """I6: what a phone has in memory is what lies on its disk: a page that did not go through left nothing."""
    for phone in phones:
        for name in ("cursor", "held", "versions", "queue", "received", "attention"):
            is_same = getattr(phone.device, name) == phone.disk[name]
            _hold(is_same, f"I6: {name} of {phone.name} differs from its disk")


def i7_nothing_out_of_scope_stays(server: Server, phones: list[SimPhone]) -> None:
    """I7: after a finished pull a phone holds what its person may see, as the server shows it now, and no more."""
    for phone in phones:
        vault = server.tables.vaults[phone.vault_id]
        if not may_pull(vault) or phone.device.is_locked:
            continue
        rows = {ref: row for (person, ref), row in server.tables.feed.items() if person == vault.person}
        shown = {f"case:{case}" for person, case in server.tables.assigned if person == vault.person} | {"me"}
        held = phone.disk["held"]
        _hold(set(held) <= shown, f"I7: {phone.name} holds {sorted(set(held) - shown)}, which left its scope")
        for ref in shown & set(rows):
            _hold(
                phone.disk["versions"].get(ref) == rows[ref].version,
                f"I7: {phone.name} knows another version of {ref}",
            )
            if ref != "me" and rows[ref].origin_vault != phone.vault_id:
                now = bundle(server.tables, vault.person, UUID(ref[5:]))
                _hold(held.get(ref) == now, f"I7: {phone.name} holds {held.get(ref)}, the server shows {now}")


def i10_a_decision_stays_with_its_bytes(server: Server, phones: list[SimPhone]) -> None:
    """I10: a decision names a revision that was the head when it was committed; what was approved never changes."""
    tables = server.tables
    _hold(all(decision.was_head for decision in tables.decisions), "I10: a decision named what was not the head")
    approved = {one.record_id: one for one in tables.decisions if one.kind == "approve"}
    for record in tables.records.values():
        if record.state != State.APPROVED:
            continue
        decision = approved.get(record.record_id)
        same = decision is not None and decision.revision_id == record.head_revision_id
        _hold(same, f"I10: {record.record_id} is approved, its head is not what was approved")
        assert decision is not None
        _hold(tables.hash_of(decision.revision_id) == decision.content_hash, "I10: approved bytes changed")


def i11_no_answer_of_either_side_is_lost(server: Server, phones: list[SimPhone]) -> None:
    """I11: a head is replaced only by what builds on it; what does not lies beside it for a person."""
    for record_id, before, after, parents in server.tables.heads:
        _hold(before is None or before in parents, f"I11: {after} replaced {before} of {record_id} unseen")
    for phone in phones:
        for answered in phone.disk["received"].values():
            is_revision = answered.item.head["kind"] == "revision"
            word = phone.ops[answered.item.op]
            is_apart = not _is_told_apart_no_more(server, phone, word)
            _hold(
                not (is_revision and is_apart) or word in server.tables.said, f"I11: {word} of {phone.name} is nowhere"
            )


def i12_phones_and_server_know_the_same(server: Server, phones: list[SimPhone]) -> None:
    """I12: at rest the server has every revision that a phone was told is received, also from before a restore; and
    what still waits has a reason."""
    stored = {str(known.signed_revision_id) for known in server.tables.revisions}
    for phone in phones:
        received = {answered.item.head["revision_id"] for answered in phone.disk["received"].values()} - {None}
        lacking = received - stored - {str(kept) for kept in server.tables.kept_revisions}
        _hold(not lacking, f"I12: the server lacks {sorted(lacking)} of {phone.name}")
        if phone.device.wiping is not None or not may_pull(server.tables.vaults[phone.vault_id]):
            continue
        for item in phone.disk["queue"]:
            waits = item.head["kind"] == "withdraw" or any(parent not in stored for parent in item.head["parents"])
            _hold(waits, f"I12: {phone.ops[item.op]} of {phone.name} still waits, for nothing")


def i13_nothing_readable_after_a_wipe(server: Server, phones: list[SimPhone]) -> None:
    """I13: from a wipe on nothing on the phone opens, at any kill point; a stopped vault's work is only kept aside."""
    _hold(not server.taken_from_stopped, f"I13: taken from a stopped vault: {server.taken_from_stopped}")
    for phone in phones:
        if phone.disk["wiping"] is not None:
            _hold(phone.crypto.is_forgotten, f"I13: {phone.name} is being wiped and still has its keys")
            _hold(not phone.disk["held"], f"I13: {phone.name} was wiped and holds {list(phone.disk['held'])}")


def i14_a_family_leaves_after_all_about_it(server: Server, phones: list[SimPhone]) -> None:
    """I14: a family leaves a phone only with the answer to all that was saved about it there."""
    for phone in phones:
        _hold(not phone.overtaken, f"I14: a family left {phone.name} before {phone.overtaken} about it were answered")


@lru_cache(maxsize=256)
def _cursor(text: str | None, vault_id: UUID) -> pull.Cursor | None:
    return pull.read_cursor(text, Mark(vault_id))


def _is_told_apart_no_more(server: Server, phone: SimPhone, word: str) -> bool:
    # A restored server is asked for revisions by their id alone (docs/protocol.md section 12). Of two that a defective
    # app gave one id it may have the other, and answer that it has this one.
    return server.is_restored and phone.revisions.get(word) in phone.reused


def _ops(phone: SimPhone) -> list[UUID]:
    disk = phone.disk
    return [*(item.op for item in disk["queue"]), *disk["received"], *disk["attention"], *disk["freed"]]


def _hold(holds: Any, sentence: str) -> None:
    if not holds:
        raise AssertionError(sentence)


# After every step: the first of a phone that has just done something, the others where a disk or the server changed.
OF_A_PHONE: tuple[Check, ...] = (
    i1_every_confirmed_save_is_in_one_place,
    i6_a_page_is_there_whole_or_not_at_all,
    i13_nothing_readable_after_a_wipe,
    i14_a_family_leaves_after_all_about_it,
)
OF_ALL: tuple[Check, ...] = (
    i2_a_package_is_done_once,
    i5_nothing_below_a_cursor_is_undelivered,
    i10_a_decision_stays_with_its_bytes,
)
AT_REST: tuple[Check, ...] = (
    *OF_A_PHONE,
    *OF_ALL,
    i3_what_was_called_received_is_there,
    i4_refused_work_is_kept,
    i7_nothing_out_of_scope_stays,
    i11_no_answer_of_either_side_is_lost,
    i12_phones_and_server_know_the_same,
)
