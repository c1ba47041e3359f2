"""A phone in Python asks what the server still has of all that it took (docs/protocol.md section 12).

Asked after a restore (the epoch is another one), and once a week. Whatever is missing goes again by the bytes it went
by first, so that what was decided about it still fits; what the server has stays as it is. On a real phone this is
static/js/outbox/more/restored.js.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sync import digests, wire
from sync.device import Answered, Device, Refused

EVERY_MS = 7 * 86_400_000
# What a person decides about at the server. A draft that could not be given up is a draft here again.
_KEPT_KINDS = frozenset({"revision", "urgent"})


@dataclass(frozen=True)
class Question:
    """One question on its way, and what it asks for: operations of the phone by the id the server knows them under."""

    headers: Mapping[str, str]
    body: bytes
    revisions: Mapping[UUID, UUID]
    packages: Mapping[UUID, UUID]


def question(device: Device) -> Question | None:
    """What to ask, to be posted to `digests.METHOD_PATH`; None where nothing is held that the server ever took."""
    held = _held(device)[: digests.IDS_MAX]
    if not held:
        return None
    revisions = {_known_as(one): one.item.op for one in held if one.item.head["kind"] == "revision"}
    packages = {one.item.op: one.item.op for one in held if one.item.head["kind"] != "revision"}
    request, t = wire.b64u(device.random(16)), device.now() + device.clock_offset
    text = digests.signed_text(device.vault_id, request, t, revisions, packages)
    asked = {
        "v": wire.PROTOCOL_VERSION,
        "request": request,
        "t": t,
        "revisions": digests.packed(revisions),
        "packages": digests.packed(packages),
        "signature": wire.b64u(device.crypto.sign_author(text)),
    }
    body = json.dumps(asked, separators=(",", ":")).encode()
    headers = device.headers(body, digests.METHOD_PATH, "application/json")
    return Question(headers, body, revisions, packages)


def set_clock(device: Device, t: int) -> None:
    """Take the time (ms) that a refusal with `clock` says, to ask once more by it.

    A stopped phone gets no page, and so is told nowhere else that its clock is wrong.
    """
    device.clock_offset = t - device.now()


def take(device: Device, asked: Question, reply: Mapping[str, str]) -> list[UUID]:
    """Put what is missing back into the queue, before what was written since; the operations, in their order.

    Raises Refused for a reply that names what was not asked for.
    """
    try:
        missing = {asked.revisions[one] for one in digests.unpacked(reply["revisions"])}
        missing |= {asked.packages[one] for one in digests.unpacked(reply["packages"])}
    except (wire.Malformed, KeyError, TypeError) as error:
        raise Refused("not a reply to this question") from error
    again = [one.item for one in _held(device) if one.item.op in missing]
    for item in again:
        device.received.pop(item.op, None)
        device.attention.pop(item.op, None)
    device.queue = [*again, *device.queue]
    return [item.op for item in again]


def _held(device: Device) -> Sequence[Answered]:
    kept = [one for one in device.attention.values() if one.item.head["kind"] in _KEPT_KINDS]
    # As they were answered: parents before what builds on them, and on nothing that was kept aside.
    return [*device.received.values(), *kept]


def _known_as(one: Answered) -> UUID:
    # Other bytes under a known id are kept under an id that the server made.
    return UUID(one.result["kept_as"] or one.item.head["revision_id"])
