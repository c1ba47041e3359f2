"""The reply to a phone: the results of its push, and the page of the feed.

Where the page carries a family's data an audit row names refs and versions beside it.
"""

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp.actions import chains, help_come, lists, rule_feed
from fieldapp.actions.asked import Asked, epoch_of, mark_of, newest_and_horizon, newest_seq
from fieldapp.crypto.packages import b64u
from fieldapp.crypto.rest import RestError
from fieldapp.days import day_of
from fieldapp.db import milliseconds
from fieldapp.errors import Problem
from fieldapp.models import audit, bundles, feed, health, server_keys, settings
from fieldapp.models.accounts import Acting, Person
from fieldapp.models.feed import FeedRow
from fieldapp.models.forms import FormVersion
from fieldapp.models.vaults import Orders, VaultState, orders_for
from sync import pull, wire
from sync.codes import Change, Directive

AFTER_S = 300
CASES_AT_ONCE = 25
COMPRESSION = 6
log = structlog.get_logger()


@dataclass(frozen=True)
class Begun:
    """Where the page of a request begins, and the rows it may carry, as one session reads them: another reads anew."""

    cursor: pull.Cursor
    is_resync: bool
    rows: list[pull.Row]

    @property
    def carries_case_data(self) -> bool:
        """Whether the page would carry something of a family, so that it has to be audited."""
        return any(_is_case_data(row) for row in self.rows)


def begin(session: Session, asked: Asked) -> Begun | None:
    """The page that a request asks for; None where it asks for none, or gets none."""
    if not asked.pulls:
        return None
    view = session.get_one(Person, (asked.district, asked.acting.person_id)).view_version
    (newest, horizon), mark = newest_and_horizon(session, asked.acting), mark_of(session, asked.vault_id)
    cursor, is_resync = pull.start(asked.head["pull"]["cursor"], epoch_of(session), view, newest, mark, horizon)
    return Begun(cursor, is_resync, _rows(session, asked, cursor))


def reply(
    session: Session, asked: Asked, results: Sequence[dict[str, Any]], now: datetime, begun: Begun | None = None
) -> bytes:
    """The reply frame. Called in a writing session where its page carries case data; `begun` in this very session."""
    page: dict[str, Any] | None = None
    payload: list[bytes] = []
    known = settings.several(session, settings.EPOCH, settings.DEMO, server_keys.KEYS_VERSION)
    end = audit.end_of(session, asked.district)
    directives = _directives(session, asked, now)
    begun = begun or begin(session, asked)
    if begun is not None:
        rendered, last, has_more = pull.fill(
            begun.rows,
            wire.PAGE_ROWS_MAX,
            asked.head["pull"]["want"],
            _Renderer(session, asked, begun.rows, now).render,
        )
        if begun.is_resync:
            directives.append({"kind": Directive.RESYNC.value})
        _audit_page(session, asked, rendered, now)
        behind = pull.after(begun.cursor, asked.district, last, chains.witnessed(session, asked.district))
        page = {
            "cursor": behind.text(mark_of(session, asked.vault_id)),
            "more": has_more,
            "changes": [change.head(asked.district) for change in rendered],
        }
        payload = [change.payload for change in rendered]
    is_active, is_demo = asked.vault_state == VaultState.ACTIVE, known[settings.DEMO] is not None
    head = pull.reply_head(
        request=b64u(asked.head["request"]),
        t=milliseconds(now),
        epoch=known[settings.EPOCH] or "",
        results=results,
        page=page,
        pull_refused=asked.pull_refused.value if asked.pull_refused else None,
        safe={asked.district: _safe_seq(session, asked.acting, is_demo=is_demo)} if is_active else {},
        directives=directives,
        audit={asked.district: {"seq": end[0], "hash": b64u(end[1])}} if is_active and end is not None else {},
        after_s=1 if page and page["more"] else AFTER_S,
    )
    newer_keys = _newer_keys(session, asked, int(known[server_keys.KEYS_VERSION] or "0"))
    if newer_keys is not None:
        head["keys"] = newer_keys
    return wire.write_frame(head, payload)


def _rows(session: Session, asked: Asked, cursor: pull.Cursor) -> list[pull.Row]:
    rows = session.execute(
        select(FeedRow.seq, FeedRow.ref, FeedRow.kind, FeedRow.version, FeedRow.origin_vault)
        .where(
            FeedRow.district == asked.district,
            FeedRow.person_id == asked.acting.person_id,
            FeedRow.seq > cursor.seqs.get(asked.district, 0),
        )
        .order_by(FeedRow.seq)
        .limit(wire.PAGE_ROWS_MAX + 1)
    )
    found = [pull.Row(*row) for row in rows]
    return [
        pull.Row(row.seq, row.ref, Change.OWN, row.version, None)
        if pull.is_own(row, cursor, asked.vault_id) and row.kind != Change.DRAFT
        else row
        for row in found
    ]


def _is_case_data(row: pull.Row) -> bool:
    return row.kind in (Change.PUT, Change.DRAFT) and row.ref.startswith(("case:", "draft:"))


class _Renderer:
    """Renders the rows of one page, the bundles of families some at a time."""

    def __init__(self, session: Session, asked: Asked, rows: Sequence[pull.Row], now: datetime) -> None:
        self._session, self._asked, self._now = session, asked, now
        self._waiting = [UUID(row.ref[5:]) for row in rows if row.kind == Change.PUT and row.ref.startswith("case:")]
        self._bundles: dict[UUID, dict[str, Any] | RestError | None] = {}

    def render(self, row: pull.Row) -> pull.Rendered:
        kind, _, name = row.ref.partition(":")
        if row.kind not in (Change.PUT, Change.DRAFT):
            return pull.Rendered(Change(row.kind), row.ref, row.version)
        match kind:
            case "case":
                return self._put(row, self._bundle(UUID(name)))
            case "draft":
                return self._draft(row, UUID(name))
            case "plan":
                return self._plan(row, name)
            case "file":
                return self._packed(row, lists.payload(self._session, self._asked.acting, name))
            case "regions":
                return self._packed(row, lists.regions_payload(self._session, self._asked.acting, day_of(self._now)))
            case "rule":
                return self._packed(row, rule_feed.payload(self._session, self._asked.acting, name))
            case "projects":
                return self._packed(row, lists.projects_payload(self._session, self._asked.acting, day_of(self._now)))
            case _:
                here = (self._session, self._asked.acting, self._now)
                return self._put(row, {**bundles.me_of(*here), **help_come.for_phone(*here)})

    def _put(self, row: pull.Row, rendered: dict[str, Any] | RestError | None) -> pull.Rendered:
        if isinstance(rendered, RestError):
            return self._damaged(row, rendered)
        return self._packed(row, None if rendered is None else _compressed(rendered))

    def _damaged(self, row: pull.Row, error: RestError) -> pull.Rendered:
        # What the phone holds of it may be the last good copy: it keeps that, and gets it anew after a restore.
        log.error("stored_damaged", what=str(error), ref=row.ref)
        return pull.Rendered(Change.OWN, row.ref, row.version)

    def _packed(self, row: pull.Row, payload: bytes | None) -> pull.Rendered:
        if payload is None:
            return pull.Rendered(Change.OUT, row.ref, row.version)
        return pull.Rendered(Change.PUT, row.ref, row.version, payload)

    def _bundle(self, case_id: UUID) -> dict[str, Any] | RestError | None:
        if case_id not in self._bundles:
            at = self._waiting.index(case_id)
            wanted = self._waiting[at : at + CASES_AT_ONCE]
            self._bundles = self._opened(wanted)
        return self._bundles[case_id]

    def _opened(self, wanted: list[UUID]) -> dict[UUID, dict[str, Any] | RestError | None]:
        try:
            found = bundles.cases_of(self._session, self._asked.acting, wanted, self._now)
        except (RestError, Problem) as error:
            # One of them is damaged, or was erased by law: the others go to the phone all the same.
            if len(wanted) > 1:
                return {case_id: self._opened([case_id])[case_id] for case_id in wanted}
            return {wanted[0]: error if isinstance(error, RestError) else None}
        return {case_id: found.get(case_id) for case_id in wanted}

    def _draft(self, row: pull.Row, record_id: UUID) -> pull.Rendered:
        try:
            found = bundles.draft_of(self._session, self._asked.acting, record_id)
        except RestError as error:
            return self._damaged(row, error)
        except Problem:  # erased by law
            found = None
        if found is None:
            return pull.Rendered(Change.DEL, row.ref, row.version)
        copy, rendered = found
        # For a vault that was enrolled after the copy was made: another phone of hers has drafts of its own.
        if copy.vault_id == self._asked.vault_id or self._asked.enrolled_at <= copy.received_at:
            return pull.Rendered(Change.OWN, row.ref, row.version)
        return pull.Rendered(Change.DRAFT, row.ref, row.version, _compressed(rendered))

    def _plan(self, row: pull.Row, name: str) -> pull.Rendered:
        form, _, version = name.partition("@")
        found = self._session.get(FormVersion, (form, int(version)))
        if found is None or form not in bundles.forms_of(self._session, self._asked.acting):
            return pull.Rendered(Change.OUT, row.ref, row.version)
        # The mark stands beside the plan, outside its hash: a published plan never changes.
        text = found.plan if found.withdrawn_at is None else f'{found.plan[:-1]},"withdrawn":true}}'
        return pull.Rendered(Change.PUT, row.ref, row.version, zlib.compress(text.encode(), COMPRESSION))


def _compressed(rendered: dict[str, Any]) -> bytes:
    text = json.dumps(rendered, ensure_ascii=False, separators=(",", ":"))
    return zlib.compress(text.encode(), COMPRESSION)


def _audit_page(session: Session, asked: Asked, rendered: Sequence[pull.Rendered], now: datetime) -> None:
    carried = {
        change.ref: change.version
        for change in rendered
        if change.payload and change.ref.startswith(("case:", "draft:"))
    }
    if carried:
        audit.write(
            session,
            district=asked.district,
            actor_id=asked.acting.person_id,
            vault_id=asked.vault_id,
            act="pull",
            about={"refs": carried},
            at=now,
        )


def _directives(session: Session, asked: Asked, now: datetime) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = []
    orders = orders_for(session, asked.district, asked.vault_id)
    if orders.wipe_order is not None and orders.wiped_at is None:
        told.append(_wipe(session, asked.vault_id, orders))
    if asked.vault_state != VaultState.ACTIVE or orders.state != VaultState.ACTIVE:
        state = orders.state if asked.vault_state == VaultState.ACTIVE else asked.vault_state
        return [*told, {"kind": str(state)}]
    if asked.head["functions"] < wire.FUNCTION_SET:
        told.append({"kind": Directive.UPDATE.value, "functions": wire.FUNCTION_SET})
    backup = health.backup_of(session, now)
    if backup.state == "demo":
        told.append({"kind": Directive.DEMO.value})
    elif backup.state != "good":
        told.append({"kind": Directive.UNSAFE.value})
    return told


def _wipe(session: Session, vault_id: UUID, orders: Orders) -> dict[str, Any]:
    """The order, signed by the key that the phone pinned when it was enrolled: nobody else can have it wiped."""
    assert orders.wipe_order is not None and orders.wipe_ordered_at is not None
    order, at = str(orders.wipe_order), milliseconds(orders.wipe_ordered_at)
    text = wire.signed_text("fieldapp/1/wipe", str(vault_id), order, at)
    return {"kind": Directive.WIPE.value, "order": order, "at": at, "signature": b64u(server_keys.sign(session, text))}


def _newer_keys(session: Session, asked: Asked, version: int) -> dict[str, Any] | None:
    """The list of server keys, for a phone whose list is older."""
    known = asked.head.get("keys_version")
    if known is None or asked.vault_state != VaultState.ACTIVE or known >= version:
        return None
    return server_keys.key_list(session).to_json()


def _safe_seq(session: Session, acting: Acting, *, is_demo: bool) -> int:
    if is_demo:
        return newest_seq(session, acting)  # nothing is backed up there, and nothing needs to be
    head = feed.head_of(session, acting.district, acting.person_id)
    return 0 if head is None else head.safe_seq
