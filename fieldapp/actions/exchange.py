"""One exchange with a phone: read and open what it sends, take it in one transaction, then tell what it has to know.

    read     find the vault, check both signatures, open packages (opening.py); writes nothing and holds no lock
    push     one transaction: a person has one district, so everything that can be taken belongs to it; what names
             another district is out of scope and kept aside here
    contact  what the mere passing of time changes (contact.py)
    reply    results, and the page of the feed (replies.py)

The web layer opens a session for each step (sync_api.py); an act here never commits.
"""

import hashlib
import json
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from fieldapp.actions.asked import Asked, epoch_of, mark_of, newest_and_horizon, newest_seq
from fieldapp.actions.callers import caller
from fieldapp.actions.contact import contact
from fieldapp.actions.opening import Opener
from fieldapp.actions.records import SqlStore
from fieldapp.crypto import signatures
from fieldapp.crypto.packages import b64u
from fieldapp.days import day_of
from fieldapp.db import milliseconds
from fieldapp.errors import Problem
from fieldapp.models import audit, bundles, feed, plain
from fieldapp.models.accounts import Acting, Person, acting_for, hold
from fieldapp.models.vaults import AnsweredRequest, Vault, VaultState, answer_to, orders_for
from sync import messages, pull, wire
from sync import push as rules
from sync.codes import Refused
from sync.store import Item, Outcome, Sender

METHOD_PATH = "POST /sync/v1/exchange"
log = structlog.get_logger()
CONTACT_EVERY = timedelta(minutes=10)  # a phone that asks more often writes nothing by asking


class AuditRefused(Exception):
    """The database takes no row of audit: nothing of this request may be stored but calls for help (`push_help`)."""


def push(session: Session, asked: Asked, now: datetime) -> list[dict[str, Any]]:
    """Take the packages of a request; the rows of `results`, in the order they were sent.

    Raises `request_reused` where this request id came before with other bytes, and AuditRefused.
    """
    try:
        return _push(session, asked, now)
    except DBAPIError as error:
        if audit.was_refused(error):
            raise AuditRefused from error
        raise


def push_help(session: Session, asked: Asked, now: datetime) -> list[dict[str, Any]]:
    """Take the calls for help of a request, and the dangers its leads tell of, and nothing else; no row of audit stands
    beside them. What else it brought gets no word, and the phone sends it again.
    """
    log.error("audit_refused", vault=str(asked.vault_id))
    help_alone = [item for item in asked.items if item.head is not None and item.head.kind == "urgent"]
    store, sender = _store(session, asked, asked.vault_state, now)
    outcomes = [(item, rules.apply(item, sender, store)) for item in help_alone]
    for item in asked.items:
        store.alert_of(item)
    store.flush(is_audited=False)
    feed.number(session)
    seq = newest_seq(session, asked.acting)
    return [outcome.result(item.package_id, asked.district, seq) for item, outcome in outcomes]


def _push(session: Session, asked: Asked, now: datetime) -> list[dict[str, Any]]:
    hold(session, asked.district, asked.acting.person_id)  # two of her phones cannot make the same record at once
    state_now = orders_for(session, asked.district, asked.vault_id).state
    is_active = asked.vault_state == state_now == VaultState.ACTIVE
    answered = answer_to(session, asked.district, asked.vault_id, asked.head["request"])
    if is_active and answered is not None:
        body_hash, results_then = answered
        if body_hash != asked.body_hash:
            raise Problem("request_reused")
        return list(json.loads(results_then))
    state = state_now if asked.vault_state == VaultState.ACTIVE else asked.vault_state
    outcomes = _apply_all(session, asked, state, now)
    if asked.needs_contact:
        contact(session, asked, now)
    heads = feed.number(session)
    seq = heads.get((asked.district, asked.acting.person_id)) or newest_seq(session, asked.acting)
    results = [outcome.result(item.package_id, asked.district, seq) for item, outcome in outcomes]
    if is_active:
        answer: dict[str, Any] = {
            "district": asked.district,
            "vault_id": asked.vault_id,
            "request_id": asked.head["request"],
            "body_hash": asked.body_hash,
            "results": json.dumps(results, separators=(",", ":")),
            "answered_at": now,
        }
        plain.add(session, AnsweredRequest, [answer])
    return results


def _apply_all(session: Session, asked: Asked, state: str, now: datetime) -> list[tuple[Item, Outcome]]:
    store, sender = _store(session, asked, state, now)
    outcomes = [(item, rules.apply(item, sender, store)) for item in asked.items]
    store.flush()
    return outcomes


def _store(session: Session, asked: Asked, state: str, now: datetime) -> tuple[SqlStore, Sender]:
    forms = bundles.forms_of(session, asked.acting)
    sender = Sender(asked.district, asked.acting.person_id, asked.vault_id, str(state), forms)
    return SqlStore(session, asked.acting, sender, asked.items, asked.seen, now), sender


def read(session: Session, vault: str, signature: str, body: bytes, now: datetime) -> Asked:
    """Read a request. Raises `unknown_vault` (also for a wrong transport signature), `frame_malformed`,
    `frame_too_large`."""
    row = caller(session, METHOD_PATH, vault, signature, body)
    try:
        head, envelopes, sent = messages.read_request(body)
    except wire.Malformed as error:
        raise Problem("frame_too_large" if error.too_large else "frame_malformed") from error
    person = session.get_one(Person, (row.district, row.person_id))  # held: what asks for her again finds her here
    acting = acting_for(session, row.district, row.person_id)
    # Somebody who was deactivated has no phone either, whatever its row says.
    state = row.state if acting is not None else VaultState.REVOKED
    acting = acting or Acting(row.district, row.person_id, "", ())
    refused = _pull_refused(row, state, head, now)
    view, seen = person.view_version, None
    if head["pull"] is not None and refused is None:
        epoch, mark = epoch_of(session), mark_of(session, row.vault_id)
        newest, horizon = newest_and_horizon(session, acting)
        seen, is_afresh = pull.start(head["pull"]["cursor"], epoch, view, newest, mark, horizon)
        is_ahead = pull.is_ahead(seen, {row.district: newest})
        seen = None if is_afresh or is_ahead else seen
    else:
        is_ahead = False
    opener = Opener(session, row, head["envelopes"], envelopes)
    return Asked(
        district=row.district,
        vault_id=row.vault_id,
        acting=acting,
        vault_state=state,
        enrolled_at=row.enrolled_at,
        head=head,
        body_hash=hashlib.sha256(body).digest(),
        items=opener.open_all(sent, head["request"]),
        seen=seen,
        pull_refused=refused,
        needs_contact=is_ahead or row.view_version != view or _is_stale(row, head, now) or _says_news(row, head),
    )


def _pull_refused(row: Vault, state: str, head: dict[str, Any], now: datetime) -> Refused | None:
    if state != VaultState.ACTIVE:
        return Refused(state)
    if row.wipe_order is not None:
        return Refused.WIPE
    if head["pull"] is None:
        return None
    asked = ["fieldapp/1/pull", str(row.vault_id), b64u(head["request"]), head["t"], head["pull"]["cursor"]]
    try:
        text = signatures.signed_text(asked)
    except ValueError:
        return Refused.BAD_SIGNATURE
    if not signatures.verify(row.author_key, head["pull"]["signature"], text):
        return Refused.BAD_SIGNATURE
    # A pull that was recorded cannot be asked for again later: its time is signed.
    return Refused.CLOCK if abs(head["t"] - milliseconds(now)) > wire.CLOCK_TOLERANCE_MS else None


def _is_stale(row: Vault, head: dict[str, Any], now: datetime) -> bool:
    last = row.last_contact_at
    is_updated = bool(head["app"]) and row.app_version != head["app"]
    return last is None or now - last >= CONTACT_EVERY or is_updated or day_of(last) != day_of(now)


def _says_news(row: Vault, head: dict[str, Any]) -> bool:
    """Whether the phone tells of itself: its state, a newer list of keys, a wipe that is done."""
    has_keys = head.get("keys_version", row.keys_version) != row.keys_version
    return has_keys or head.get("device") is not None or head.get("wiped") is not None
