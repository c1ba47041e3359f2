"""Other counties' servers: their public keys by a card, believed once their fingerprint was heard and typed in.

    card(...)     ours, to be given to another county in any way: it holds nothing secret
    add(...)      theirs, from a file; a newer card of the same server brings its newer keys
    confirm(...)  what the colleague there read out on the telephone is what their card says
    end(...)      nothing is sealed to it or taken from it any more

An administrator of the whole county does it. The card alone proves nothing: it may come from anybody.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from fieldapp.crypto import keys, signatures
from fieldapp.crypto.keys import ListedKey
from fieldapp.crypto.packages import SUITES, from_b64u
from fieldapp.crypto.signatures import PublicPoint
from fieldapp.db import milliseconds
from fieldapp.errors import Problem
from fieldapp.ids import uuid7
from fieldapp.models import audit, scope, server_keys, tombstones
from fieldapp.models.accounts import Acting, Organisation, Person
from fieldapp.models.entrusting import PartnerCounty
from fieldapp.models.tombstones import Kind

CARD_BYTES_MAX = 64 * 1024
NAME_MAX = 50
KEYS_MAX = 20


@dataclass(frozen=True)
class Card:
    """What a county says of its own server. The list of keys is signed by the identity key."""

    name: str
    identity: PublicPoint
    keys: tuple[ListedKey, ...]
    version: int
    key_list: str

    @property
    def partner_id(self) -> str:
        """The fingerprint that is read out."""
        return keys.fingerprint_of(self.identity)


def require_keeper(acting: Acting) -> None:
    """An administrator of the whole county. Raises `not_found`."""
    if not scope.may_publish_forms(acting):
        raise Problem("not_found")


def own_fingerprint(session: Session) -> str:
    """What we read out."""
    return server_keys.fingerprint(session)


def card(session: Session, acting: Acting) -> bytes:
    """Our own card. Raises `not_found`."""
    require_keeper(acting)
    said = {"fieldapp_county": 1, "name": office_of(session, acting), **server_keys.key_list(session).to_json()}
    return json.dumps(said, ensure_ascii=False, indent=1).encode()


def counties(session: Session, acting: Acting) -> list[PartnerCounty]:
    """All that were ever added, by name; those that were ended last."""
    rows = select(PartnerCounty).where(PartnerCounty.district == acting.district)
    return list(session.scalars(rows.order_by(PartnerCounty.ended_at.is_not(None), PartnerCounty.name)))


def confirmed(session: Session, district: str) -> list[PartnerCounty]:
    """Those that a visit can be entrusted to, by name."""
    here = (PartnerCounty.district == district, PartnerCounty.confirmed_at.is_not(None))
    rows = select(PartnerCounty).where(*here, PartnerCounty.ended_at.is_(None))
    return list(session.scalars(rows.order_by(PartnerCounty.name)))


def is_believed(row: PartnerCounty) -> bool:
    """Whether its fingerprint was heard, and it was not ended since: only then anything is sealed to it."""
    return row.confirmed_at is not None and row.ended_at is None


def add(session: Session, acting: Acting, content: bytes, now: datetime) -> PartnerCounty:
    """Take a card in. A server that is known keeps its confirmation under the same name: its identity is the same.

    Raises `not_found`, `county_card_unreadable` (also for our own card, for an older list of keys, and for another
    identity under the fingerprint of a known one).
    """
    require_keeper(acting)
    said = read_card(content)
    if said.partner_id == server_keys.fingerprint(session):
        raise Problem("county_card_unreadable")
    row = _known(session, acting, said) or _added(session, acting, said, now)
    if row.identity_key != said.identity or read_card(row.key_list.encode()).version > said.version:
        raise Problem("county_card_unreadable")
    if row.ended_at is not None or row.name != said.name:
        # Believed anew only when it is heard anew. The name is not signed: whoever carries a card can write another.
        row.ended_at = row.confirmed_at = row.confirmed_by = None
    row.name, row.key_list = said.name, said.key_list
    session.flush()
    _audit(session, acting, "add_county", row, now)
    return row


def confirm(session: Session, acting: Acting, partner_id: str, heard: str, now: datetime) -> PartnerCounty:
    """What was heard is what the card says. Raises `not_found`, `fingerprint_differs`."""
    row = _row(session, acting, partner_id)
    if keys.read_code(heard) != row.partner_id:
        raise Problem("fingerprint_differs")
    if row.confirmed_at is None:
        row.confirmed_by, row.confirmed_at = acting.person_id, now
        _audit(session, acting, "confirm_county", row, now)
    return row


def end(session: Session, acting: Acting, partner_id: str, now: datetime) -> None:
    """Believe it no more. Raises `not_found`."""
    row = _row(session, acting, partner_id)
    row.ended_at = now
    tombstones.note(session, row.district, Kind.COUNTY_ENDED, now, county=partner_id)
    _audit(session, acting, "end_county", row, now)


def sealing_key(row: PartnerCounty) -> ListedKey:
    """The newest key of theirs that we know how to seal to. Raises `county_card_unreadable` where there is none."""
    usable = [key for key in read_card(row.key_list.encode()).keys if key.suite in SUITES and key.until_ms is None]
    if not usable:
        raise Problem("county_card_unreadable")
    return usable[-1]


def read_card(content: bytes) -> Card:
    """A card whose list of keys is signed by its own identity. Raises `county_card_unreadable`."""
    try:
        if len(content) > CARD_BYTES_MAX:
            raise ValueError("too long")
        said = json.loads(content)
        identity = PublicPoint(from_b64u(said["identity_key"]))
        listed = tuple(_listed(key) for key in said["server_keys"])
        name, version = str(said["name"]).strip(), said["keys_version"]
        is_right = said["fieldapp_county"] == 1 and 0 < len(name) <= NAME_MAX and 0 < len(listed) <= KEYS_MAX
        if not is_right or type(version) is not int or not name.isprintable():
            raise ValueError("not a card")
        text = keys.key_list_text(version, listed)
        if not signatures.verify(identity, from_b64u(said["keys_signature"]), text):
            raise ValueError("not signed by the identity it names")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Problem("county_card_unreadable") from error
    return Card(name, identity, listed, version, json.dumps(said, ensure_ascii=False))


def office_of(session: Session, acting: Acting) -> str:
    """What our county is called to another: her organisation, else the district."""
    person = session.get_one(Person, (acting.district, acting.person_id))
    if person.organisation_id is None:
        return acting.district
    return session.get_one(Organisation, (acting.district, person.organisation_id)).name[:NAME_MAX]


def _listed(said: dict[str, Any]) -> ListedKey:
    public = PublicPoint(from_b64u(said["public"]))
    key_id, suite, times = str(said["key_id"]), said["suite"], (said["from"], said["until"])
    if not signatures.is_point(public) or key_id != keys.key_id_of(public) or type(suite) is not int:
        raise ValueError("not a key")
    if type(times[0]) is not int or not (times[1] is None or type(times[1]) is int):
        raise ValueError("not times")
    return ListedKey(key_id, suite, public, times[0], times[1])


def _known(session: Session, acting: Acting, said: Card) -> PartnerCounty | None:
    return session.get(PartnerCounty, (acting.district, said.partner_id), with_for_update=True, populate_existing=True)


def _added(session: Session, acting: Acting, said: Card, now: datetime) -> PartnerCounty:
    person = Person(
        district=acting.district, person_id=uuid7(milliseconds(now)), name=said.name, active=False, created_at=now
    )
    row = PartnerCounty(
        district=acting.district, partner_id=said.partner_id, identity_key=said.identity, name=said.name,
        key_list=said.key_list, person_id=person.person_id, added_by=acting.person_id, added_at=now,
    )  # fmt: skip
    try:
        with session.begin_nested():
            session.add(person)
            session.flush()
            session.add(row)
    except IntegrityError:  # the same card in two windows: nobody could lock a row that was not there
        known = _known(session, acting, said)
        assert known is not None
        return known
    return row


def _row(session: Session, acting: Acting, partner_id: str) -> PartnerCounty:
    require_keeper(acting)
    row = session.get(PartnerCounty, (acting.district, partner_id), with_for_update=True)
    if row is None or row.ended_at is not None:
        raise Problem("not_found")
    return row


def _audit(session: Session, acting: Acting, act: str, row: PartnerCounty, now: datetime) -> None:
    about: dict[str, object] = {"county": row.partner_id}
    audit.write(session, district=row.district, actor_id=acting.person_id, act=act, about=about, at=now)
