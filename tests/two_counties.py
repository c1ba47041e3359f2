"""Two counties, each with a server of its own: no row, no key and no folder is common to them.

made(...)         another server beside the one of the fixtures, with a county and the forms of the library
Side              one of the two, in whose name something is done
believe(...)      both exchange their cards and read out their fingerprints
believed(...)     a county that has no server here: its card, confirmed; and `request` what it asks for
"""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy.orm import Session

from fieldapp import create_app
from fieldapp.actions import entrusted_files, partner_counties, plans
from fieldapp.actions import entrusting as entrusting_acts
from fieldapp.casework import entrusting
from fieldapp.config import Config
from fieldapp.crypto import keys, signatures
from fieldapp.crypto.entrusted import Kind
from fieldapp.crypto.keys import ListedKey
from fieldapp.crypto.packages import b64u
from fieldapp.crypto.rest import Ring
from fieldapp.db import writing
from fieldapp.forms import library
from fieldapp.models import bodies, server_keys
from fieldapp.models.accounts import Acting, acting_for
from fieldapp.models.cases import Case
from fieldapp.models.entrusting import PartnerCounty
from sync.codes import SUITE
from tests import factories
from tests.server_fixtures import Clock

TYPED = {
    "residence": "西乡石桥村东头", "asked": "近况怎样，还缺什么", "contact": "陈岚", "contact_phone": "199 0000 0001",
    "form": "F3", "expires_on": "2026-12-20", "basis": "duty", "basis_text": "妇联工作条例",
}  # fmt: skip


@dataclass
class Side:
    """One server. `partner` is what it calls the other, once both are believed."""

    app: Flask
    county: factories.County
    clock: Clock
    partner: str = ""

    def act(self, do: Callable[..., Any], *about: Any, who: str | UUID = "supervisor", **more: Any) -> Any:
        """One act of one transaction: `do(session, acting, *about, now=…, **more)`."""
        with self.app.app_context(), writing() as session:
            return do(session, self.acting(session, who), *about, **more, now=self.clock())

    def look(self, do: Callable[..., Any]) -> Any:
        """What is there now: `do(session)`."""
        with self.app.app_context(), writing() as session:
            return do(session)

    def hand_in(self, content: bytes, who: str | UUID = "supervisor") -> entrusted_files.Taken:
        with self.app.app_context():
            with writing() as session:
                acting = self.acting(session, who)
            return entrusted_files.hand_in(content, acting=acting, now=self.clock())

    def acting(self, session: Any, who: str | UUID) -> Acting:
        person_id: UUID = who if isinstance(who, UUID) else getattr(self.county, f"{who}_id")
        acting = acting_for(session, self.county.district, person_id, self.clock())
        assert acting is not None
        return acting


def side(app: Flask, county: factories.County, clock: Clock) -> Side:
    """The server of the fixtures, with its keys; its family has a safe way to be reached."""
    with app.app_context(), writing() as session:
        server_keys.make_server_keys(session, clock())
        case = session.get_one(Case, (county.district, county.case_id))
        key = (county.district, county.case_id)
        told = '{"safe":"only_times","how":"工作日上午"}'.encode()
        case.sealed_contact = bodies.seal_for_case(session, *key, "case_file", "sealed_contact", key, told)
    return Side(app, county, clock)


def made(folder: Path, clock: Clock, tables: Path, district: str = factories.OTHER_DISTRICT) -> Side:
    """A second server: `tables` is a database file with every table and no row."""
    data_dir, ring_file = folder / "data", folder / "keys" / "ring.json"
    data_dir.mkdir(mode=0o700, parents=True)
    Ring.generate().save(ring_file)
    shutil.copyfile(tables, data_dir / "test.sqlite3")
    app = create_app(
        Config(data_dir=data_dir, database_url=f"sqlite:///{data_dir / 'test.sqlite3'}", ring_file=ring_file)
    )
    app.extensions["clock"] = clock
    with app.app_context(), writing() as session:
        at: datetime = clock()
        county = factories.county(session, at, district)
        plans.publish_library(session, at)
        session.get_one(factories.Organisation, (district, county.organisation_id)).name = "邻县妇联"
    return side(app, county, clock)


def believe(one: Side, other: Side) -> None:
    """Each takes the other's card in and types what it hears."""
    for giver, taker in ((one, other), (other, one)):
        card = giver.act(lambda session, acting, now: partner_counties.card(session, acting), who="administrator")
        row = taker.act(partner_counties.add, card, who="administrator")
        heard = giver.look(partner_counties.own_fingerprint)
        taker.act(partner_counties.confirm, row.partner_id, f"{heard[:4]} {heard[4:]}".lower(), who="administrator")
        taker.partner = row.partner_id


def believed(session: Session, county: factories.County, at: datetime, name: str = "远县妇联") -> PartnerCounty:
    """A county of which there is no more than the card. Its keys are new, and nobody holds them."""
    content, fingerprint = card(name)
    administrator = county.acting(session, "administrator")
    row = partner_counties.add(session, administrator, content, at)
    return partner_counties.confirm(session, administrator, row.partner_id, fingerprint, at)


def card(name: str = "远县妇联") -> tuple[bytes, str]:
    """The card of a county that has no server here, and its fingerprint as it is read out."""
    identity, sealing = signatures.new_private_key(), signatures.public_point(signatures.new_private_key())
    listed = ListedKey(keys.key_id_of(sealing), SUITE, sealing, 0, None)
    point = signatures.public_point(identity)
    said = {
        "fieldapp_county": 1, "name": name, "identity_key": b64u(point), "server_keys": [listed.to_json()],
        "keys_version": 1, "keys_signature": b64u(keys.sign_key_list(identity, 1, [listed])),
    }  # fmt: skip
    return json.dumps(said).encode(), keys.fingerprint_of(point)


def request(number: UUID, at: datetime) -> bytes:
    """What that county asks for: a follow-up of an invented woman."""
    plan = library.plans()["F3"]
    return entrusting.write(
        {
            "v": 1, "request_id": str(number), "from_name": "远县妇联", "contact": "何禾", "contact_phone": "",
            "name": "周小满", "subject_id": str(factories.new_id()), "residence": "石桥村", "safe": "any",
            "safe_how": "", "asked": "近况", "form": "F3", "form_version": plan.version, "plan_hash": plan.hash,
            "expires_on": (at.date() + timedelta(days=20)).isoformat(),
        }
    )  # fmt: skip


def answer(number: UUID) -> bytes:
    """What that county answers: one follow-up."""
    report = {
        "record_id": str(factories.new_id()), "revision_id": str(factories.new_id()), "form": "F3",
        "form_version": library.plans()["F3"].version, "answers": {"fu": {"met": "yes"}},
        "recorded": {"language": "zh"},
    }  # fmt: skip
    told = {"v": 1, "request_id": str(number), "office": "远县妇联", "visitors": ["何禾"], "reports": [report]}
    return entrusting.write(told)


def sealed_answer(there: Side, content: bytes) -> bytes:
    """The file in which that server answers with this content, whatever it says."""

    def seal(session: Session) -> bytes:
        partner = session.get_one(PartnerCounty, (there.county.district, there.partner))
        return entrusting_acts.seal_for(session, partner, Kind.ANSWER, content)

    made: bytes = there.look(seal)
    return made
