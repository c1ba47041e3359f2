"""The phones at the desk: what is shown of each, found quickly among many, and what an administrator does about one."""

from datetime import timedelta

import pytest
from sqlalchemy import event, insert, select

from fieldapp.db import db, reading, writing
from fieldapp.models import phones, settings
from fieldapp.models.accounts import Role
from fieldapp.models.vaults import Vault
from tests import factories

MANY = 10_000


@pytest.fixture
def vault_id(county, session, clock):
    made = factories.vault(session, clock(), county, county.caseworker_id, county.administrator_id)
    row = session.get_one(Vault, (county.district, made))
    row.model, row.app_version, row.unsent, row.free_bytes = "红米 9A", "1.4", 7, 3 << 30
    row.oldest_unsent_at, row.ways, row.clock_skew_ms = clock() - timedelta(days=3), "secret pin", 400_000
    row.is_persisted, row.reported_at, row.last_contact_at = False, clock(), clock()
    session.commit()
    return made


@pytest.fixture
def desk(at_desk):
    return at_desk("administrator")


def state_of(vault_id):
    with reading() as session:
        row = session.scalars(select(Vault).where(Vault.vault_id == vault_id)).one()
        return row.state, row.wipe_order is not None


def test_a_phone_is_shown_with_what_it_last_said(desk, vault_id, app):
    desk.get("/admin/phones", headers={"Accept-Language": "en"})
    assert all(said in desk.page for said in ("李雨", "红米 9A", "1.4"))
    page = desk.get(f"/admin/phones/{vault_id}").text
    assert all(said in page for said in ("红米 9A", "3072 MB", "400", "1.4", "7"))


def test_an_app_that_does_not_know_its_version_yet_takes_none_away(enrolled, session):
    phone = enrolled()
    phone.device.app = "2.0"
    phone.sync()
    phone.device.app = ""
    phone.sync()
    assert session.scalars(select(Vault.app_version)).one() == "2.0"


@pytest.mark.parametrize("act", ["suspend", "revoke", "wipe"])
def test_acts_need_a_fresh_proof(desk, vault_id, clock, act):
    clock.advance(minutes=6)
    answer = desk.post(f"/admin/phones/{vault_id}/{act}")
    assert answer.status_code == 303 and "/session/proof" in answer.headers["Location"]
    assert state_of(vault_id) == ("active", False)


def test_a_phone_is_suspended_given_back_revoked_and_wiped(desk, vault_id):
    desk.prove()
    for act, after in (
        ("suspend", ("suspended", False)),
        ("give-back", ("active", False)),
        ("revoke", ("revoked", False)),
        ("wipe", ("revoked", True)),
    ):
        assert desk.post(f"/admin/phones/{vault_id}/{act}").status_code == 303, act
        assert state_of(vault_id) == after
    assert desk.post(f"/admin/phones/{vault_id}/give-back").status_code == 409
    assert "/admin/phones/" in desk.page
    assert desk.post(f"/admin/phones/{vault_id}/paint").status_code == 404


def test_stale_acts_change_nothing(desk, vault_id):
    desk.prove()
    desk.post(f"/admin/phones/{vault_id}/revoke")
    for act in ("suspend", "give-back", "revoke"):
        assert desk.post(f"/admin/phones/{vault_id}/{act}").status_code == 409
    assert state_of(vault_id) == ("revoked", False)


@pytest.mark.parametrize("who", ["supervisor", "caseworker"])
def test_for_others_there_are_no_phones(at_desk, vault_id, who):
    desk = at_desk(who)
    for answer in (
        desk.get("/admin/phones"),
        desk.get(f"/admin/phones/{vault_id}"),
        desk.post(f"/admin/phones/{vault_id}/revoke"),
        desk.get("/admin/policy"),
    ):
        assert answer.status_code == 404
    assert state_of(vault_id) == ("active", False)


def test_an_administrator_of_a_township_sees_its_phones_and_no_other(at_desk, county, session, clock, vault_id):
    factories.person(session, clock(), Role.ADMINISTRATOR, "990101100", login="east")
    own = factories.vault(session, clock(), county, county.cadre_id, county.administrator_id)
    session.commit()
    desk = at_desk("east")
    desk.prove()
    page = desk.get("/admin/phones").text
    assert str(own)[-8:] in page and str(vault_id)[-8:] not in page
    unknown = desk.get(f"/admin/phones/{factories.new_id()}")
    other = desk.get(f"/admin/phones/{vault_id}")
    assert unknown.status_code == other.status_code == 404
    assert desk.post(f"/admin/phones/{vault_id}/revoke").status_code == 404
    assert state_of(vault_id) == ("active", False)


def test_a_lost_log_is_said_above_the_list(desk, vault_id, clock):
    with writing() as session:
        settings.put(session, settings.TOMBSTONES_LOST_AT, "1790000000000")
    assert "2026-09-2" in desk.get("/admin/phones").text


# --- many ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def many(county, session, clock):
    """10,000 phones of 100 people; every 100th suspended, every 50th quiet for a month."""
    people = [
        factories.person(session, clock(), Role.CASEWORKER, county.district, name=f"王{number:03d}")
        for number in range(100)
    ]
    session.commit()
    rows = [
        {
            "district": county.district, "vault_id": factories.new_id(), "person_id": people[number % 100],
            "transport_key": bytes(65), "author_key": bytes(65), "enrolled_at": clock(),
            "issued_by": county.administrator_id, "view_version": 1, "unsent": number % 7,
            "state": "suspended" if number % 100 == 0 else "active",
            "last_contact_at": clock() - timedelta(days=30 if number % 50 == 0 else 0, seconds=number // 10),
        }
        for number in range(MANY)
    ]  # fmt: skip
    session.execute(insert(Vault), rows)
    session.commit()
    return {row["vault_id"] for row in rows}


def walk(acting, clock, **how):
    asked = {"only": "", "name": "", **how}
    after, found = "", []
    while after is not None:
        with reading() as session:
            page = phones.page_of(session, acting, asked["only"], asked["name"], after, clock())
        found += page.phones
        after = page.after
    return found


def test_paging_shows_every_phone_once_the_newest_contact_first(county, many, session, clock):
    acting = county.acting(session, "administrator")
    session.rollback()
    found = walk(acting, clock)
    ids = [phone.vault.vault_id for phone in found]
    assert len(ids) == len(set(ids)) == MANY and set(ids) == many
    contacts = [phone.vault.last_contact_at for phone in found]
    assert contacts == sorted(contacts, reverse=True)
    assert len(walk(acting, clock, only="suspended")) == 100
    assert len(walk(acting, clock, only="quiet")) == 200
    assert len(walk(acting, clock, name="王01")) == 1_000
    assert walk(acting, clock, name="张") == []


def test_a_page_among_ten_thousand_is_one_query_and_follows_an_index(county, many, session, clock):
    acting = county.acting(session, "administrator")
    session.rollback()
    said = []
    note = lambda _conn, _cursor, statement, parameters, _context, _many: said.append((statement, parameters))  # noqa: E731
    event.listen(db.engine, "before_cursor_execute", note)
    try:
        with reading() as reader:
            page = phones.page_of(reader, acting, "", "", "", clock())
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    asked = [pair for pair in said if pair[0].startswith("SELECT")]
    assert len(asked) == 1 and len(page.phones) == phones.PAGE_ROWS
    with db.engine.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked[0][0]}", asked[0][1]).all()
    steps = [row[3] for row in plan]
    assert any("vault_by_contact" in step for step in steps), steps
    assert not any(step.startswith("SCAN") or "TEMP B-TREE FOR ORDER BY" in step for step in steps), steps
    assert all(phone.owner for phone in page.phones)
