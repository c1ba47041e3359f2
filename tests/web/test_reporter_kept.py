"""Who told us in what was kept aside before there was a key for that: it is moved, and forgotten like the rest."""

from uuid import UUID

import pytest
from sqlalchemy import select

from fieldapp import jobs
from fieldapp.actions import erasures, replays
from fieldapp.crypto.rest import UnknownKey
from fieldapp.db import milliseconds
from fieldapp.errors import Problem
from fieldapp.models import bodies, settings
from fieldapp.models.accounts import Acting, Role
from fieldapp.models.cases import ReporterKey
from fieldapp.models.records import Kept
from fieldapp.models.tombstones import Kind, Line
from fieldapp.models.vaults import Vault
from tests import told

PLACE = ("kept_package", "sealed_package")


@pytest.fixture
def old(enrolled, county, session):
    """Ids of packages as they lay before: who told us, a report, and who told us of a family nobody knows."""
    phone = enrolled("caseworker")
    phone.sync_all()
    session.get_one(Vault, (county.district, phone.device.vault_id)).state = "revoked"
    session.commit()
    sheets = [phone.fill_in(county, form=form, body={"answers": told.TOLD}) for form in ("F1R", "F2")]
    sheets.append(phone.fill_in(county, form="F1R", body={"answers": told.TOLD}, case_id=phone.new_id()))
    phone.sync()
    ids = []
    for sheet in sheets:
        kept = session.scalars(select(Kept).where(Kept.revision_id == UUID(sheet.head["revision_id"]))).one()
        place = (*PLACE, (county.district, kept.kept_id))
        if sheet.head["form"] == "F1R":
            here = (session, county.district, kept.case_id, *place)
            plain = bodies.open_for_reporter(*here, kept.sealed_package)
            kept.sealed_package = bodies.seal_for_district(session, county.district, *place, plain)
        ids.append(kept.kept_id)
    for key in session.scalars(select(ReporterKey)).all():
        session.delete(key)
    settings.put(session, settings.REPORTERS_APART, "1")  # the worker of the version before had said so
    session.commit()
    session.info.pop("opened_keys")
    return ids


def key_of(session, county, kept_id):
    """Which key opens it: of the district, of who told us; else what is said of it."""
    session.expire_all()
    kept = session.get_one(Kept, (county.district, kept_id))
    place = (*PLACE, (county.district, kept_id), kept.sealed_package)
    try:
        bodies.open_for_district(session, county.district, *place)
        return "district"
    except UnknownKey:
        pass
    try:
        bodies.open_for_reporter(session, county.district, kept.case_id, *place)
        return "reporter"
    except Problem as problem:
        return problem.code


def keys_of(session, county, ids):
    found = [key_of(session, county, kept_id) for kept_id in ids]
    session.commit()
    session.info.pop("opened_keys", None)
    return found


def officer(county):
    return Acting(county.district, county.administrator_id, "", ((Role.DATA_PROTECTION, county.district),))


def test_the_worker_moves_it_once_and_it_is_read_as_before(app, session, county, at_desk, old):
    assert keys_of(session, county, old) == ["district"] * 3
    assert jobs.seal_reporters_apart() == 2
    assert keys_of(session, county, old) == ["reporter", "district", "reporter"]
    assert told.NAME in at_desk("supervisor").get(f"/kept/{old[0]}").text
    assert jobs.seal_reporters_apart() == 0


def test_forgetting_who_told_us_reaches_what_the_worker_has_not_moved_yet(app, session, county, clock, at_desk, old):
    erasures.forget_reporter(session, officer(county), county.case_id, clock())
    session.commit()
    assert keys_of(session, county, old) == ["reporter_erased", "district", "district"]
    page = at_desk("supervisor").get(f"/kept/{old[0]}")
    assert page.status_code == 200 and told.NAME not in page.text


def test_a_restore_forgets_it_once_more(app, session, county, clock, old):
    about = {"case": str(county.case_id)}
    replays.replay(session, Line(county.district, 1, milliseconds(clock()), Kind.REPORTER_ERASED.value, about))
    session.commit()
    assert keys_of(session, county, old) == ["reporter_erased", "district", "district"]


@pytest.mark.parametrize("forget", [bodies.erase_reporter_key, bodies.erase_case_key])
def test_what_was_to_be_forgotten_before_it_was_moved_is_emptied(app, session, county, clock, at_desk, old, forget):
    forget(session, county.district, county.case_id, *([clock()] if forget is bodies.erase_reporter_key else []))
    session.commit()
    assert jobs.seal_reporters_apart() == 2
    assert keys_of(session, county, old[1:]) == ["district", "reporter"]
    session.expire_all()
    assert session.get_one(Kept, (county.district, old[0])).sealed_package == b""
    session.commit()
    assert at_desk("supervisor").get(f"/kept/{old[0]}").status_code in (200, 410)
