"""The library of rules: kept by administrators, found by title at the desk and, without a signal, on every phone.

How a rule comes to the phones: rule_feed.py.
"""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fieldapp.db import milliseconds
from fieldapp.errors import Problem
from fieldapp.ids import uuid7
from fieldapp.models import audit, rule_texts
from fieldapp.models.accounts import Acting, Role
from fieldapp.models.rule_texts import ISSUER_MAX, RULES_MAX, TEXT_MAX, TITLE_MAX, RuleText

KEEPERS = (Role.ADMINISTRATOR,)


def found(session: Session, acting: Acting, title: str) -> Sequence[RuleText]:
    """The rules whose title or issuer holds these words; all of them for none."""
    return rule_texts.all_of(session, acting.district, title[:TITLE_MAX])


def one(session: Session, acting: Acting, rule_id: UUID) -> RuleText:
    """A rule of her county. Raises `not_found`."""
    row = session.get(RuleText, (acting.district, rule_id))
    if row is None:
        raise Problem("not_found")
    return row


def write(
    session: Session,
    acting: Acting,
    rule_id: UUID | None,
    *,
    title: str,
    issuer: str,
    issued_on: date | None,
    text: str,
    number: int,
    now: datetime,
) -> RuleText:
    """Write a rule anew, or another text of one that is there; `number` is that of the text she began with. Raises
    `not_found`, `rule_incomplete`, `text_too_long`, `rules_full`, `rule_changed` where somebody else was quicker.
    """
    _require(acting)
    title, issuer, text = title.strip(), issuer.strip(), text.replace("\r\n", "\n").strip()
    if not title or not issuer or not text or len(title) > TITLE_MAX or len(issuer) > ISSUER_MAX:
        raise Problem("rule_incomplete", limit=TITLE_MAX)
    if len(text) > TEXT_MAX:
        raise Problem("text_too_long", limit=TEXT_MAX)
    if rule_id is None:
        _refuse_full(session, acting)
        row = RuleText(district=acting.district, rule_id=uuid7(milliseconds(now)), number=0)
        session.add(row)
    else:
        row = _locked(session, acting, rule_id)
        if row.number != number:
            raise Problem("rule_changed")
        if row.ended_at is not None:  # it comes into force again
            _refuse_full(session, acting)
    row.title, row.issuer, row.issued_on, row.text, row.ended_at = title, issuer, issued_on, text, None
    _changed(session, acting, row, "write_rule", now)
    return row


def end(session: Session, acting: Acting, rule_id: UUID, now: datetime) -> None:
    """A rule is no longer in force: it leaves the phones, the desk shows it as ended. Raises `not_found`."""
    _require(acting)
    row = _locked(session, acting, rule_id)
    if row.ended_at is not None:
        raise Problem("not_found")
    row.ended_at = now
    _changed(session, acting, row, "end_rule", now)


def _locked(session: Session, acting: Acting, rule_id: UUID) -> RuleText:
    row = session.get(RuleText, (acting.district, rule_id), with_for_update=True, populate_existing=True)
    if row is None:
        raise Problem("not_found")
    return row


def _refuse_full(session: Session, acting: Acting) -> None:
    """Raises `rules_full` where as many rules are in force as a phone has room for."""
    running = (RuleText.district == acting.district, RuleText.ended_at.is_(None))
    if (session.scalar(select(func.count()).select_from(RuleText).where(*running)) or 0) >= RULES_MAX:
        raise Problem("rules_full", limit=RULES_MAX)


def _require(acting: Acting) -> None:
    if not acting.has(*KEEPERS):
        raise Problem("not_found")


def _changed(session: Session, acting: Acting, row: RuleText, act: str, now: datetime) -> None:
    row.number += 1
    row.changed_by, row.changed_at = acting.person_id, now
    session.flush()
    about: dict[str, object] = {"rule": str(row.rule_id), "number": row.number}
    audit.write(session, district=row.district, actor_id=acting.person_id, act=act, about=about, at=now)
