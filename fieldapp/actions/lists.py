"""Long lists for phones: which pieces whose phone gets, and what a piece carries. docs/protocol.md, section 5.

A piece is `file:<hash of the list>/<piece>`: what has the same bytes is never sent again, also under a new version of
the form. The divisions themselves are `regions:<digest>`, cut the same way.
"""

import json
import zlib
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from hashlib import sha256
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from fieldapp.forms import slices
from fieldapp.models import bundles, feed
from fieldapp.models.accounts import Acting
from fieldapp.models.feed import FeedRow
from fieldapp.models.forms import FormFile, FormVersion
from fieldapp.models.regions import Region

COMPRESSION = 9  # packed once, sent to many
PIECES_HELD_MAX = 256  # some 40 KB each
_lists_of_plan: dict[str, tuple[str, ...]] = {}  # by hash of the plan
_names_of_list: dict[str, tuple[str, ...]] = {}  # by hash of the list


def tell(session: Session, acting: Acting, plan_refs: Iterable[str]) -> None:
    """Put on her feed the pieces of the lists that her plans name, and take back those that none names any more.

    `plan_refs`: the running plans; older ones that her phone keeps for drafts stand on her feed.
    """
    here = (FeedRow.district == acting.district, FeedRow.person_id == acting.person_id)
    known = select(FeedRow.ref, FeedRow.kind).where(*here, or_(FeedRow.ref.like("plan:%"), FeedRow.ref.like("file:%")))
    told = {ref: kind for ref, kind in session.execute(known)}  # noqa: C416
    plans = {ref for ref, kind in told.items() if kind == "put" and ref.startswith("plan:")} | set(plan_refs)
    refs = {
        f"file:{name}/{piece}"
        for name in _lists_named(session, acting, plans)
        for piece in slices.wanted(_pieces_of(session, name), _regions(acting))
    }
    for ref in refs:
        if told.get(ref) != "put":
            feed.tell(session, acting.district, acting.person_id, ref)
    for ref, kind in told.items():
        if ref.startswith("file:") and kind == "put" and ref not in refs:
            feed.tell(session, acting.district, acting.person_id, ref, "out")


def payload(session: Session, acting: Acting, name: str) -> bytes | None:
    """What `file:<name>` carries, packed; None for what no plan of hers names, or lies outside of her regions."""
    list_hash, _, piece = name.partition("/")
    here = (FeedRow.district == acting.district, FeedRow.person_id == acting.person_id)
    plans = set(session.scalars(select(FeedRow.ref).where(*here, FeedRow.ref.like("plan:%"), FeedRow.kind == "put")))
    if list_hash not in _lists_named(session, acting, plans):
        return None
    if piece not in slices.wanted(_pieces_of(session, list_hash), _regions(acting)):
        return None
    held = _packed.get(name)
    if held is None:
        while len(_packed) >= PIECES_HELD_MAX:
            _packed.pop(next(iter(_packed)), None)
        held = _packed[name] = _pack(slices.cut(_parsed(session, list_hash))[piece].as_sent())
    return held


_packed: dict[str, bytes] = {}


def tell_regions(session: Session, acting: Acting, today: date) -> None:
    """Put the divisions of her province on her feed where they differ from what her phone holds."""
    rows = _divisions(session, acting, today)
    ref = f"regions:{sha256(json.dumps(rows).encode()).hexdigest()[:16]}"
    here = (FeedRow.district == acting.district, FeedRow.person_id == acting.person_id)
    known = set(session.scalars(select(FeedRow.ref).where(*here, FeedRow.ref.like("regions:%"), FeedRow.kind == "put")))
    if rows and ref not in known:
        feed.tell(session, acting.district, acting.person_id, ref)
    for old in known - {ref} if rows else known:
        feed.tell(session, acting.district, acting.person_id, old, "out")


def regions_payload(session: Session, acting: Acting, today: date) -> bytes:
    """`{"columns": ["value", "label:zh", "to"], "rows", "initials"}`: 12-digit codes, `to` the last day of what was
    merged or renamed, else empty.
    """
    rows = _divisions(session, acting, today)
    said = [_initials(name) for _, name, _ in rows]
    return _pack({"columns": ["value", "label:zh", "to"], "rows": rows, "initials": said})


_initials = lru_cache(maxsize=20_000)(slices.initials)


def _divisions(session: Session, acting: Acting, today: date) -> list[tuple[str, str, str]]:
    """Below her counties everything, above them what her provinces hold; of each code its newest name."""
    stems = {slices.stem(region) for region in _regions(acting)}
    wide = or_(Region.code.like("%000000"), Region.code.like("______"))
    in_hers = or_(*(Region.code.startswith(stem[:6], autoescape=True) for stem in stems))
    above = or_(*(Region.code.startswith(stem[:2], autoescape=True) for stem in stems)) & wide
    rows = session.execute(
        select(Region.code, Region.name, Region.valid_to)
        .where(or_(in_hers, above), Region.valid_from <= today)
        .order_by(Region.code, Region.valid_from)
    )
    newest = {row.code.ljust(12, "0"): (row.name, row.valid_to) for row in rows}
    return [
        (code, name, "" if to is None or to >= today else to.isoformat()) for code, (name, to) in sorted(newest.items())
    ]


def _regions(acting: Acting) -> list[str]:
    return sorted({region for _, region in acting.grants})


def _lists_named(session: Session, acting: Acting, plan_refs: set[str]) -> set[str]:
    """Hashes of the lists that these plans name, of forms she fills in."""
    hers = bundles.forms_of(session, acting)
    rows = session.execute(
        select(FormVersion.form, FormVersion.version, FormVersion.plan_hash).where(FormVersion.form.in_(sorted(hers)))
    )
    named: set[str] = set()
    for form, version, plan_hash in rows:
        if f"plan:{form}@{version}" not in plan_refs:
            continue
        if plan_hash not in _lists_of_plan:
            plan = json.loads(session.get_one(FormVersion, (form, version)).plan)
            files = (plan.get("files") or {}).values()
            _lists_of_plan[plan_hash] = tuple(given["hash"] for given in files if given["kind"] == "list")
        named.update(_lists_of_plan[plan_hash])
    return named


def _pieces_of(session: Session, list_hash: str) -> tuple[str, ...]:
    if list_hash not in _names_of_list:
        _names_of_list[list_hash] = tuple(slices.cut(_parsed(session, list_hash)))
    return _names_of_list[list_hash]


def _parsed(session: Session, list_hash: str) -> Any:
    content = session.scalar(select(FormFile.content).where(FormFile.hash == list_hash))
    return json.loads(content) if content is not None else {"columns": [], "rows": []}


def _pack(said: dict[str, Any]) -> bytes:
    return zlib.compress(json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode(), COMPRESSION)
