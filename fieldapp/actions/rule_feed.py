"""The library of rules on phones: `rule:<id>/<number>` on the feeds of all who have one.

Told where it differs from what stands on a feed, when a phone is here for the first time on a day, as the divisions are
(lists.tell_regions).
"""

import json
import zlib
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp.models import feed
from fieldapp.models.accounts import Acting
from fieldapp.models.feed import FeedRow
from fieldapp.models.rule_texts import RuleText

COMPRESSION = 9  # packed once for each phone and text


def tell(session: Session, acting: Acting) -> None:
    """Put the rules in force on her feed where they differ from what her phone was told, and take back the ended."""
    here = (FeedRow.district == acting.district, FeedRow.person_id == acting.person_id)
    told = set(session.scalars(select(FeedRow.ref).where(*here, FeedRow.ref.like("rule:%"), FeedRow.kind == "put")))
    refs = set(_refs(session, acting.district))
    for ref in sorted(refs - told):
        feed.tell(session, acting.district, acting.person_id, ref)
    for ref in sorted(told - refs):
        feed.tell(session, acting.district, acting.person_id, ref, "out")


def payload(session: Session, acting: Acting, name: str) -> bytes | None:
    """What `rule:<id>/<number>` carries, packed: `{"title", "issuer", "issued_on", "text"}`; None for an older text, or
    one that is no longer in force.
    """
    rule_id, _, number = name.partition("/")
    row = session.get(RuleText, (acting.district, UUID(rule_id)))
    if row is None or row.ended_at is not None or str(row.number) != number:
        return None
    issued = None if row.issued_on is None else row.issued_on.isoformat()
    told = {"title": row.title, "issuer": row.issuer, "issued_on": issued, "text": row.text}
    return zlib.compress(json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode(), COMPRESSION)


def _refs(session: Session, district: str) -> list[str]:
    """A text that changed has another name, so that it is told by the difference alone."""
    rows = session.execute(
        select(RuleText.rule_id, RuleText.number)
        .where(RuleText.district == district, RuleText.ended_at.is_(None))
        .order_by(RuleText.rule_id)
    )
    return [f"rule:{rule_id}/{number}" for rule_id, number in rows]
