"""What the mere passing of time changes for a phone, noted when it is here: visits that come near, a lease to renew,
new forms; and what a phone that knows nothing yet has to be told.
"""

import secrets
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp.actions import chains, lists, rule_feed, vaults
from fieldapp.actions.asked import Asked, epoch_of, mark_of, newest_seq
from fieldapp.days import day_of
from fieldapp.db import milliseconds, moment
from fieldapp.models import audit, bundles, feed, settings
from fieldapp.models.accounts import Acting, Person
from fieldapp.models.cases import Assignment, Visit, Visitor
from fieldapp.models.feed import FeedRow
from fieldapp.models.forms import FormVersion
from fieldapp.models.records import DraftCopy
from fieldapp.models.vaults import Vault, VaultState
from sync import pull, wire

COMMIT_WITHIN = timedelta(minutes=1)  # a change may become visible this much later than the time written on it


def contact(session: Session, asked: Asked, now: datetime) -> None:
    """Note that this phone was here, and put on the feed what only time has changed since it was here last."""
    vault = session.get_one(Vault, (asked.district, asked.vault_id))
    before = vault.last_contact_at
    vault.last_contact_at = now
    vault.app_version = asked.head["app"] or vault.app_version  # an app that has just begun does not know it yet
    skew = asked.head["t"] - milliseconds(now)
    vault.clock_skew_ms = max(-wire.NUMBER_MAX, min(wire.NUMBER_MAX, skew))  # 24 days or more are all the same
    _note_device(vault, asked.head, now)
    wiped = asked.head.get("wiped")
    if wiped is not None:
        vaults.note_wiped(session, vault, wiped["order"], wiped["unsent"], now)
    if asked.vault_state != VaultState.ACTIVE or vault.state != VaultState.ACTIVE:
        return
    _renew_epoch(session, asked, now)
    person = session.get_one(Person, (asked.district, asked.acting.person_id))
    if vault.view_version != person.view_version:
        vault.view_version = person.view_version
        tell_everything(session, asked.acting, now)
        return
    if before is not None and day_of(before) != day_of(now):
        feed.tell(session, asked.district, asked.acting.person_id, "me")  # carries the lease
        lists.tell_regions(session, asked.acting, day_of(now))
        rule_feed.tell(session, asked.acting)
        lists.tell_projects(session, asked.district, asked.acting.person_id, day_of(now))
    if before is not None:
        _tell_coming_visits(session, asked.acting, before, now)
        _tell_withdrawn_plans(session, asked.acting, before)
    _tell_new_plans(session, asked.acting)


def _note_device(vault: Vault, head: dict[str, Any], now: datetime) -> None:
    """What the phone says of itself, for the list of phones at the desk: claims, by which nothing is decided."""
    vault.keys_version = head.get("keys_version", vault.keys_version)
    said = head.get("device")
    if said is None:
        return
    vault.reported_at = now
    vault.unsent, vault.free_bytes = said["unsent"], said["free_bytes"]
    vault.oldest_unsent_at = None if said["oldest"] is None else moment(said["oldest"])
    vault.is_persisted, vault.is_locked = said["persisted"], said["locked"]
    vault.model, vault.ways = said["model"], " ".join(said["ways"])


def tell_everything(session: Session, acting: Acting, now: datetime) -> None:
    """Put on a person's feed whatever a phone of hers has to hold: herself, her forms, her families, her drafts."""
    here = (acting.district, acting.person_id)
    feed.tell(session, *here, "me")
    lists.tell_regions(session, acting, day_of(now))
    rule_feed.tell(session, acting)
    lists.tell_projects(session, *here, day_of(now))
    refs = _plan_refs(session, acting)
    for ref in refs:
        feed.tell(session, *here, ref)
    lists.tell(session, acting, refs)
    cases = select(Assignment.case_id).where(
        Assignment.district == here[0], Assignment.person_id == here[1], Assignment.ended_at.is_(None)
    )
    for case_id in session.scalars(cases):
        feed.tell(session, *here, f"case:{case_id}")
    drafts = session.execute(
        select(DraftCopy.record_id, DraftCopy.vault_id).where(
            DraftCopy.district == here[0], DraftCopy.author_id == here[1]
        )
    )
    for record_id, vault_id in drafts:
        feed.tell(session, *here, f"draft:{record_id}", "draft", origin_vault=vault_id)


def _plan_refs(session: Session, acting: Acting) -> list[str]:
    """The newest running version of each form she fills in; older drafts go on with the plan they began with."""
    rows = session.execute(
        select(FormVersion.form, FormVersion.version)
        .where(FormVersion.form.in_(sorted(bundles.forms_of(session, acting))), FormVersion.withdrawn_at.is_(None))
        .order_by(FormVersion.form, FormVersion.version)
    )
    newest = {form: version for form, version in rows}  # noqa: C416  # the last one of each form stays
    return [f"plan:{form}@{version}" for form, version in newest.items()]


def _tell_new_plans(session: Session, acting: Acting) -> None:
    refs = _plan_refs(session, acting)
    here = (FeedRow.district == acting.district, FeedRow.person_id == acting.person_id)
    known = set(session.scalars(select(FeedRow.ref).where(*here, FeedRow.ref.in_(refs))))
    for ref in refs:
        if ref not in known:
            feed.tell(session, acting.district, acting.person_id, ref)
    lists.tell(session, acting, refs)


def _tell_withdrawn_plans(session: Session, acting: Acting, before: datetime) -> None:
    """Versions withdrawn since the last contact are told once more: nothing new is begun with them, drafts go on.

    Told at contact, not by the act itself: it would have to write into every district at once.
    """
    rows = session.execute(
        select(FormVersion.form, FormVersion.version).where(FormVersion.withdrawn_at > before - COMMIT_WITHIN)
    )
    refs = [f"plan:{form}@{version}" for form, version in rows]
    here = (FeedRow.district == acting.district, FeedRow.person_id == acting.person_id)
    for ref in session.scalars(select(FeedRow.ref).where(*here, FeedRow.ref.in_(refs))) if refs else ():
        feed.tell(session, acting.district, acting.person_id, ref)


def _tell_coming_visits(session: Session, acting: Acting, before: datetime, now: datetime) -> None:
    """Visits that came within the preload since the last contact: their families come down whole now."""
    hours = bundles.policy_of(session, acting)["preload_h"]
    first, last = (bundles.last_day_preloaded(at, hours) for at in (before, now))
    if last <= first:
        return
    coming = (
        select(Visit.case_id)
        .join(Visitor, (Visitor.district == Visit.district) & (Visitor.visit_id == Visit.visit_id))
        .where(
            Visit.district == acting.district,
            Visitor.person_id == acting.person_id,
            Visit.state == "planned",
            Visit.planned_on > first,
            Visit.planned_on <= last,
        )
    )
    for case_id in set(session.scalars(coming)):
        feed.tell(session, acting.district, acting.person_id, f"case:{case_id}")


def _renew_epoch(session: Session, asked: Asked, now: datetime) -> None:
    """A phone that knows numbers we never gave has seen a future of this database that a restore took away."""
    if not asked.pulls:
        return
    # A cursor that we did not write ourselves is no witness: it begins afresh, and nobody else has to.
    cursor = pull.read_cursor(asked.head["pull"]["cursor"], mark_of(session, asked.vault_id))
    epoch = epoch_of(session)
    if cursor is None or cursor.epoch != epoch:
        return
    if pull.is_ahead(cursor, {asked.district: newest_seq(session, asked.acting)}):
        settings.put(session, settings.EPOCH, secrets.token_hex(8))
        audit.write(
            session,
            district=asked.district,
            actor_id=asked.acting.person_id,
            vault_id=asked.vault_id,
            act="new_epoch",
            about={"epoch": epoch},
            at=now,
        )
        chains.forget_denial(session, asked.district)
    elif (told := cursor.witness.get(asked.district)) is not None:
        chains.hear_witness(session, asked.district, told, asked.vault_id, now)
