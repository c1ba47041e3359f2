"""Work that could not be taken as it came: a supervisor opens it, takes it in, or sets it aside with her reason.

Nothing is ever deleted here: what is settled stays in its row, sealed, with who settled it and why.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp.actions import minors, opening
from fieldapp.actions.plans import plan_of
from fieldapp.actions.records import SqlStore
from fieldapp.casework import report
from fieldapp.crypto.rest import RestError, UnknownKey
from fieldapp.days import day_of
from fieldapp.errors import Problem
from fieldapp.forms import evaluate
from fieldapp.forms.schema import is_plainly_right
from fieldapp.models import audit, bodies, queue, scope
from fieldapp.models.accounts import Acting, Person, hold
from fieldapp.models.cases import Case
from fieldapp.models.records import Kept
from fieldapp.models.regions import names_for_files
from fieldapp.models.vaults import Vault, VaultState
from sync import messages, push, wire
from sync.store import Item, Sender

REASON_MAX = 750
_LINES_MAX = 500
_UNREADABLE = (wire.Malformed, RestError, Problem, KeyError, TypeError, ValueError)


@dataclass(frozen=True)
class KeptRow:
    """A line of the list; `may_open` is False for who sees clear columns alone."""

    kept: Kept
    sender: str
    code_name: str | None
    may_open: bool


@dataclass(frozen=True)
class KeptView:
    """One thing kept aside. Where its form is known and fits, `sections` tell it in words; else `lines` say it as
    (path, text). Both are empty where it cannot be read, and for a draft, which is its author's alone.
    """

    row: KeptRow
    sections: list[report.Section]
    lines: list[tuple[str, str]]
    is_draft: bool
    may_take_in: bool


@dataclass(frozen=True)
class _Whole:
    """A kept package, out of its row: what `actions/records.py` put together."""

    package: bytes
    envelope: tuple[str, int, bytes] | None
    signed_head: list[Any] | None
    plain: bytes


def kept_rows(session: Session, acting: Acting) -> list[KeptRow]:
    """What waits for a person, oldest first."""
    rows = queue.open_kept(session, acting)
    readable = select(Kept.kept_id).where(Kept.kept_id.in_([row.kept_id for row in rows]), scope.kept_to_open(acting))
    may_open = set(session.scalars(readable))
    return [_row(session, row, row.kept_id in may_open) for row in rows]


def read_kept(session: Session, acting: Acting, kept_id: UUID, language: str, now: datetime) -> KeptView:
    """Open one thing; a row of audit stands beside it. Raises `not_found` for what she may not open."""
    kept = _kept(session, acting, kept_id)
    if kept.case_id is not None:
        minors.require_reason(session, acting, session.get(Case, (kept.district, kept.case_id)), now)
    whole = _whole(session, kept)
    is_draft = kept.kind == "draft"
    sections: list[report.Section] = []
    lines: list[tuple[str, str]] = []
    if whole is not None and not is_draft:
        sections, lines = _told(session, kept, whole, language, now)
    item = _reopened(session, kept, whole)
    may_take_in = item is not None and push.may_take_in(
        item, _sender(kept, item), _store(session, acting, kept, item, now)
    )
    _audit(session, acting, "read_kept", kept, now)
    return KeptView(_row(session, kept, may_open=True), sections, lines, is_draft, may_take_in)


def take_in(session: Session, acting: Acting, kept_id: UUID, now: datetime) -> Kept:
    """Make a kept revision part of its record. Raises `not_found`, `kept_not_takeable`."""
    found = _kept(session, acting, kept_id)
    hold(session, found.district, found.person_id)  # as a push of its author does: files it names may just be coming in
    kept = _unsettled(session, acting, kept_id)
    item = _reopened(session, kept, _whole(session, kept))
    if item is None:
        raise Problem("kept_not_takeable")
    store = _store(session, acting, kept, item, now)
    outcome = push.take_in(item, _sender(kept, item), store)
    if outcome is None:
        raise Problem("kept_not_takeable")
    store.flush()
    kept.settled_at, kept.settled_by, kept.settled_as = now, acting.person_id, "taken_in"
    _audit(session, acting, "take_in_kept", kept, now, status=outcome.status.value, state=outcome.record_state)
    return kept


def settle(session: Session, acting: Acting, kept_id: UUID, reason: str, now: datetime) -> Kept:
    """Set it aside for good, with a sentence. Raises `not_found`, `kept_needs_reason`, `text_too_long`."""
    kept = _unsettled(session, acting, kept_id)
    reason = reason.strip()
    if not reason:
        raise Problem("kept_needs_reason")
    if len(reason) > REASON_MAX:
        raise Problem("text_too_long", limit=REASON_MAX)
    key = (kept.district, kept_id)
    kept.settled_at, kept.settled_by, kept.settled_as = now, acting.person_id, "set_aside"
    kept.sealed_reason = bodies.seal_for_district(
        session, kept.district, "kept_package", "sealed_reason", key, reason.encode()
    )
    _audit(session, acting, "settle_kept", kept, now)
    return kept


def _kept(session: Session, acting: Acting, kept_id: UUID) -> Kept:
    kept = session.scalar(select(Kept).where(Kept.kept_id == kept_id, scope.kept_to_open(acting)))
    if kept is None:
        raise Problem("not_found")
    return kept


def _unsettled(session: Session, acting: Acting, kept_id: UUID) -> Kept:
    kept = _kept(session, acting, kept_id)
    session.refresh(kept, with_for_update=True)  # of two who decide at once the second is told
    if kept.settled_at is not None:
        raise Problem("not_found")
    return kept


def _row(session: Session, kept: Kept, may_open: bool) -> KeptRow:
    sender = session.get(Person, (kept.district, kept.person_id))
    case = None if kept.case_id is None else session.get(Case, (kept.district, kept.case_id))
    return KeptRow(kept, sender.name if sender else "", case.code_name if case else None, may_open)


def _whole(session: Session, kept: Kept) -> _Whole | None:
    try:
        frame = _frame(session, kept)
        head, payload = wire.read_frame(frame)
        said = head["envelope"]
        lengths = [head["package"], 0 if said is None else said["len"], head["body"]]
        package, envelope, plain = wire.split(payload, lengths)
        signed = None if head["head"] is None else json.loads(head["head"])
    except _UNREADABLE:
        return None
    return _Whole(package, None if said is None else (said["key_id"], said["suite"], envelope), signed, plain)


def _frame(session: Session, kept: Kept) -> bytes:
    place = ("kept_package", "sealed_package", (kept.district, kept.kept_id))
    try:
        return bodies.open_for_district(session, kept.district, *place, kept.sealed_package)
    except UnknownKey:
        if kept.case_id is None:
            raise
        return bodies.open_for_reporter(session, kept.district, kept.case_id, *place, kept.sealed_package)


def _reopened(session: Session, kept: Kept, whole: _Whole | None) -> Item | None:
    vault = session.get(Vault, (kept.district, kept.vault_id))
    if whole is None or whole.envelope is None or vault is None or vault.person_id != kept.person_id:
        return None
    item = opening.reopen(session, vault, whole.package, whole.envelope)
    return None if item.head is None else item


def _sender(kept: Kept, item: Item) -> Sender:
    form = "" if item.head is None else item.head.form or ""
    return Sender(kept.district, kept.person_id, kept.vault_id, VaultState.ACTIVE.value, frozenset({form}))


def _store(session: Session, acting: Acting, kept: Kept, item: Item, now: datetime) -> SqlStore:
    # In her scope, for her decision; in the author's name, for it stays her work.
    return SqlStore(session, acting, _sender(kept, item), [item], None, now, told_at=kept.received_at)


def _told(
    session: Session, kept: Kept, whole: _Whole, language: str, now: datetime
) -> tuple[list[report.Section], list[tuple[str, str]]]:
    try:
        body = messages.read_danger(whole.plain)
    except wire.Malformed:
        return [], []
    answers, form = body.get("answers"), (whole.signed_head or [None] * 17)[8:10]
    if isinstance(answers, dict) and isinstance(form[0], str) and type(form[1]) is int:
        plan = plan_of(session, form[0], form[1])
        if plan is not None and is_plainly_right(plan, answers):
            instance = evaluate.open_instance(plan, answers, now_ms=0, language=language)
            return report.sections_of(instance, language, names_for_files(session, kept.district, day_of(now))), []
    lines = []
    for line in _lines(answers if isinstance(answers, dict) else body, ""):
        lines.append(line)
        if len(lines) == _LINES_MAX:
            break
    return [], lines


def _lines(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _lines(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list) and any(isinstance(inner, dict | list) for inner in value):
        for number, inner in enumerate(value, start=1):
            yield from _lines(inner, f"{path}[{number}]")
    elif value not in (None, "", []):
        yield path, ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _audit(session: Session, acting: Acting, act: str, kept: Kept, now: datetime, **about: object) -> None:
    named = {"kept": str(kept.kept_id), "record": kept.record_id, "revision": kept.revision_id, **about}
    audit.write(session, district=kept.district, actor_id=acting.person_id, act=act, about=named, at=now)
