"""Sealing and opening at rest: which key belongs to which family, and which place a value is bound to.

    seal_for_case       what is known of a family: its people, its facts
    seal_for_record     what stands in a report or was said of it: under the family's key, or, where the form asks who
                        told us, under a key of its own (`REPORTER_FORMS`)
    seal_for_district   what belongs to no family (yet)

The key ring comes with the session (`session.info["ring"]`, see db.py). Opened keys live as long as the session, one
request: an erased family is erased for the next one. `row_key` is always the whole primary key in the order of its
columns, district included: `(district, revision_id)`.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Inspector, bindparam, event, inspect, select
from sqlalchemy.orm import Session

from fieldapp.crypto import rest
from fieldapp.crypto.rest import Place, Ring
from fieldapp.errors import Problem
from fieldapp.models import plain
from fieldapp.models.cases import CaseKey, DistrictKey, ReporterKey
from fieldapp.models.vaults import PinShare, ServerKey

# Who told us: sealed apart, never in a feed, a letter, on paper or in a search (domain rules (f) 4).
REPORTER_FORMS = frozenset({"F1R"})

_case_key, _district_key_row = CaseKey.__table__.c, DistrictKey.__table__.c
_CASE_KEYS = select(_case_key.case_id, _case_key.wrapped_key, _case_key.district_key_id).where(
    _case_key.district == bindparam("district"), _case_key.case_id.in_(bindparam(plain.IDS, expanding=True))
)
_DISTRICT_KEY = select(_district_key_row.root_key_id, _district_key_row.wrapped_key).where(
    _district_key_row.district == bindparam("district"), _district_key_row.key_id == bindparam("key_id")
)
Unreadable = rest.RestError  # what is raised for bytes that do not open: damaged, moved, or under a key that is gone
RowKey = tuple[UUID | str | int | bytes, ...]
_Made = TypeVar("_Made")


def seal_for_case(
    session: Session, district: str, case_id: UUID, table: str, column: str, row_key: RowKey, plaintext: bytes
) -> bytes:
    """Seal one value of a family. Raises Problem("family_erased") when the family has no key (any more)."""
    return _case_sealer(session, district, case_id).seal(Place(table, column, district, case_id, row_key), plaintext)


def open_for_case(
    session: Session, district: str, case_id: UUID, table: str, column: str, row_key: RowKey, sealed: bytes
) -> bytes:
    """Open one value of a family. Raises Problem("family_erased"), rest.UnknownKey or rest.Damaged."""
    return _case_sealer(session, district, case_id).open(Place(table, column, district, case_id, row_key), sealed)


def seal_for_record(
    session: Session, district: str, case_id: UUID, form: str | None, table: str, column: str, row_key: RowKey,
    plaintext: bytes,
) -> bytes:  # fmt: skip
    """Seal what stands in a record of this form, or what was said of it. Raises Problem("family_erased")."""
    if form not in REPORTER_FORMS:
        return seal_for_case(session, district, case_id, table, column, row_key, plaintext)
    _case_sealer(session, district, case_id)  # an erased family takes nothing more, not even who told us of it
    return seal_for_reporter(session, district, case_id, table, column, row_key, plaintext)


def open_for_record(
    session: Session, district: str, case_id: UUID, form: str | None, table: str, column: str, row_key: RowKey,
    sealed: bytes,
) -> bytes:  # fmt: skip
    """Open it again. Raises Problem("family_erased"), Problem("reporter_erased"), rest.UnknownKey or rest.Damaged."""
    is_apart = form in REPORTER_FORMS and not is_for_case(session, district, case_id, sealed)
    opened = open_for_reporter if is_apart else open_for_case
    return opened(session, district, case_id, table, column, row_key, sealed)


def seal_for_reporter(
    session: Session, district: str, case_id: UUID, table: str, column: str, row_key: RowKey, plaintext: bytes
) -> bytes:
    """Seal who told us of a family under the key kept for that alone, which is made when there is none. After an
    erasure the next one is a new key: what is told from then on is another statement.
    """
    place = Place(table, column, district, case_id, row_key)
    if _reporter_sealer(session, district, case_id) is None:
        _make_reporter_key(session, district, case_id)
    sealer = _reporter_sealer(session, district, case_id)
    assert sealer is not None
    return sealer.seal(place, plaintext)


def open_for_reporter(
    session: Session, district: str, case_id: UUID, table: str, column: str, row_key: RowKey, sealed: bytes
) -> bytes:
    """Open it again. Raises Problem("reporter_erased"), rest.UnknownKey or rest.Damaged."""
    row = session.get(ReporterKey, (district, case_id))
    sealer = _reporter_sealer(session, district, case_id)
    if row is None:
        raise rest.UnknownKey(f"{table}.{column} is sealed under a key this family does not have")
    if row.erased_at is not None and (sealer is None or not sealer.made(sealed)):
        raise Problem("reporter_erased")
    assert sealer is not None  # a row without a key says when it was erased
    return sealer.open(Place(table, column, district, case_id, row_key), sealed)


def is_reporter_forgotten(session: Session, district: str, case_id: UUID, sealed: bytes) -> bool:
    """Whether who told us, as this value says it, was forgotten since: what goes with it is kept no more than it is.
    What was told after that lies under another key. Raises Problem("family_erased").
    """
    row = session.get(ReporterKey, (district, case_id))
    if row is None or row.erased_at is None or is_for_case(session, district, case_id, sealed):
        return False
    sealer = _reporter_sealer(session, district, case_id)
    return sealer is None or not sealer.made(sealed)


def is_for_case(session: Session, district: str, case_id: UUID, sealed: bytes) -> bool:
    """Whether this value names the family's own key: so does who told us where it was stored before there was a key for
    that. Raises Problem("family_erased").
    """
    return _case_sealer(session, district, case_id).made(sealed)


def seal_for_district(
    session: Session, district: str, table: str, column: str, row_key: RowKey, plaintext: bytes
) -> bytes:
    """Seal what belongs to no family (yet) under the newest key of the district, which is made when there is none."""
    return _newest_district_sealer(session, district).seal(Place(table, column, district, None, row_key), plaintext)


def open_for_district(
    session: Session, district: str, table: str, column: str, row_key: RowKey, sealed: bytes
) -> bytes:
    """Open what was sealed for the district, under whichever of its keys. Raises rest.UnknownKey or rest.Damaged."""
    place = Place(table, column, district, None, row_key)
    for key_id in session.scalars(select(DistrictKey.key_id).where(DistrictKey.district == district)):
        try:
            return _district_sealer(session, district, key_id).open(place, sealed)
        except rest.UnknownKey:
            continue
    raise rest.UnknownKey(f"{table}.{column} is sealed under a key this district does not hold")


def make_case_key(session: Session, district: str, case_id: UUID) -> None:
    """Give a family its key when its file is opened. Raises ValueError when it has one: overwriting would erase."""
    if session.get(CaseKey, (district, case_id)) is not None:
        raise ValueError("this family has a key")
    key_id = _newest_district_key_id(session, district)
    wrapped = rest.wrap_case_key(_district_key(session, district, key_id), rest.new_case_key())
    session.add(CaseKey(district=district, case_id=case_id, wrapped_key=wrapped, district_key_id=key_id))
    session.flush()


def load_case_keys(session: Session, district: str, case_ids: Iterable[UUID]) -> None:
    """Read the keys of many families at once, for a batch that is about to seal for them. One that is damaged is left
    out: it is raised where that family is sealed for or opened, and keeps no other from it.
    """
    opened, unwrap_under = _opened(session), cache(rest.case_key_opener)
    wanted = [case_id for case_id in case_ids if ("case sealer", district, case_id) not in opened]
    for case_id, wrapped, key_id in plain.ask(session, _CASE_KEYS, wanted, district=district):
        with suppress(rest.RestError):
            unwrap = unwrap_under(_district_key(session, district, key_id))
            opened["case sealer", district, case_id] = rest.Sealer(unwrap(wrapped))


def check_case_key(session: Session, district: str, case_id: UUID) -> None:
    """Raises Problem("family_erased") for a family without a key, and Unreadable for one whose key is damaged."""
    _case_sealer(session, district, case_id)


def erase_case_key(session: Session, district: str, case_id: UUID) -> None:
    """Delete a family's keys, also the one of who told us: nothing sealed for it opens again, here at once, in backups
    when they have aged out.
    """
    for table in (CaseKey, ReporterKey):
        key = session.get(table, (district, case_id))
        if key is not None:
            session.delete(key)
    session.flush()
    _opened(session).pop(("case sealer", district, case_id), None)
    _opened(session).pop(("reporter sealer", district, case_id), None)


def erase_reporter_key(session: Session, district: str, case_id: UUID, at: datetime) -> None:
    """Forget who told us of a family, and nothing else of it. What still lies under the family's key is another's to
    move first (models/reporters.py). A family that nobody told us of is marked too: a restore may bring the key back.
    """
    row = session.get(ReporterKey, (district, case_id))
    if row is None:
        row = ReporterKey(district=district, case_id=case_id)
        session.add(row)
    row.wrapped_key, row.root_key_id, row.erased_at = None, None, at
    session.flush()
    _opened(session).pop(("reporter sealer", district, case_id), None)


def root_keys_lacking(session: Session, ring: Ring) -> list[str]:
    """Ids of root keys that the database names and the ring lacks; empty also where the tables are not made yet."""
    tables = inspect(session.connection())
    if not tables.has_table(DistrictKey.__tablename__) or not tables.has_table(ServerKey.__tablename__):
        return []
    apart = select(ReporterKey.root_key_id).where(ReporterKey.root_key_id.is_not(None)).distinct()
    named = {
        *session.scalars(select(DistrictKey.root_key_id).distinct()),
        *session.scalars(select(ServerKey.root_key_id).distinct()),
        *(filter(None, session.scalars(apart)) if tables.has_table(ReporterKey.__tablename__) else ()),
        *(session.scalars(select(PinShare.root_key_id).distinct()) if _names_root_keys(tables) else ()),
    }
    return sorted(key_id for key_id in named if not ring.holds(key_id))


def rewrap(session: Session) -> int:
    """Wrap every key of a district, and of who told us, under the newest root key; how many were not. What they seal
    stays as it is.
    """
    ring: Ring = session.info["ring"]
    rows = session.scalars(select(DistrictKey).where(DistrictKey.root_key_id != ring.newest)).all()
    for row in rows:
        context = _context(row.district, row.key_id)
        row.root_key_id, row.wrapped_key = ring.wrap(ring.unwrap(row.root_key_id, row.wrapped_key, context), context)
    apart = session.scalars(select(ReporterKey).where(ReporterKey.root_key_id != ring.newest)).all()
    for key in apart:
        context = _reporter_context(key.district, key.case_id)
        key.root_key_id, key.wrapped_key = ring.wrap(_unwrapped(ring, key), context)
    return len(rows) + len(apart)


def _names_root_keys(tables: Inspector) -> bool:
    # Before the release step ran, the table of shares is another one.
    name = PinShare.__tablename__
    return tables.has_table(name) and any(column["name"] == "root_key_id" for column in tables.get_columns(name))


def _case_sealer(session: Session, district: str, case_id: UUID) -> rest.Sealer:
    def make() -> rest.Sealer:
        row = session.get(CaseKey, (district, case_id))
        if row is None:
            raise Problem("family_erased")
        district_key = _district_key(session, district, row.district_key_id)
        return rest.Sealer(rest.unwrap_case_key(district_key, row.wrapped_key))

    return _once(session, ("case sealer", district, case_id), make)


def _reporter_sealer(session: Session, district: str, case_id: UUID) -> rest.Sealer | None:
    # None is not remembered: it may be made in this very transaction.
    row = session.get(ReporterKey, (district, case_id))
    if row is None or row.wrapped_key is None:
        return None
    ring: Ring = session.info["ring"]
    make = lambda: rest.Sealer(_unwrapped(ring, row))  # noqa: E731
    return _once(session, ("reporter sealer", district, case_id), make)


def _make_reporter_key(session: Session, district: str, case_id: UUID) -> None:
    ring: Ring = session.info["ring"]
    row = session.get(ReporterKey, (district, case_id))
    if row is None:
        row = ReporterKey(district=district, case_id=case_id)
    row.root_key_id, row.wrapped_key = ring.wrap(rest.new_reporter_key(), _reporter_context(district, case_id))
    session.add(row)
    session.flush()


def _unwrapped(ring: Ring, row: ReporterKey) -> rest.ReporterKey:
    assert row.root_key_id is not None and row.wrapped_key is not None
    context = _reporter_context(row.district, row.case_id)
    return rest.ReporterKey(ring.unwrap(row.root_key_id, row.wrapped_key, context))


def _reporter_context(district: str, case_id: UUID) -> str:
    return f"reporter_key|{district}|{case_id}"


def _newest_district_sealer(session: Session, district: str) -> rest.Sealer:
    return _district_sealer(session, district, _newest_district_key_id(session, district))


def _district_sealer(session: Session, district: str, key_id: str) -> rest.Sealer:
    make = lambda: rest.Sealer(_district_key(session, district, key_id))  # noqa: E731
    return _once(session, ("district sealer", district, key_id), make)


def _newest_district_key_id(session: Session, district: str) -> str:
    def find_or_make() -> str:
        newest = session.scalar(
            select(DistrictKey.key_id)
            .where(DistrictKey.district == district)
            .order_by(DistrictKey.created_at.desc(), DistrictKey.key_id.desc())
            .limit(1)
        )
        return newest or _make_district_key(session, district)

    return _once(session, ("newest district key", district), find_or_make)


def _make_district_key(session: Session, district: str) -> str:
    ring: Ring = session.info["ring"]
    key_id = "d1"
    root_key_id, wrapped = ring.wrap(rest.new_district_key(), _context(district, key_id))
    # The wall clock, not the injected one: it only orders the keys of one district, and bodies are sealed deep in calls
    # that carry no clock.
    row = DistrictKey(
        district=district, key_id=key_id, wrapped_key=wrapped, root_key_id=root_key_id, created_at=datetime.now(UTC)
    )
    session.add(row)
    session.flush()
    return key_id


def _district_key(session: Session, district: str, key_id: str) -> rest.DistrictKey:
    def make() -> rest.DistrictKey:
        row = plain.one(session, _DISTRICT_KEY, district=district, key_id=key_id)
        if row is None:
            raise rest.UnknownKey(f"there is no key {key_id} in district {district}")
        ring: Ring = session.info["ring"]
        root_key_id, wrapped = row
        return rest.DistrictKey(ring.unwrap(root_key_id, wrapped, _context(district, key_id)))

    return _once(session, ("district key", district, key_id), make)


def _context(district: str, key_id: str) -> str:
    return f"district_key|{district}|{key_id}"


@event.listens_for(Session, "after_soft_rollback")
def _forget(session: Session, _previous: object) -> None:
    # A key made inside what was rolled back is in no table: sealing under it once more would lose the value for ever.
    session.info.pop("opened_keys", None)


def _once(session: Session, name: tuple[object, ...], make: Callable[[], _Made]) -> _Made:
    opened = _opened(session)
    if name not in opened:
        opened[name] = make()
    return opened[name]


def _opened(session: Session) -> dict[tuple[object, ...], Any]:
    opened: dict[tuple[object, ...], Any] = session.info.setdefault("opened_keys", {})
    return opened
