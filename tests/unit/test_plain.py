"""Plain rows, many at a time (fieldapp/models/plain.py): they say what the session says, only sooner."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import IntegrityError

from fieldapp.models import plain
from fieldapp.models.audit import AuditRow

_audit = AuditRow.__table__.c
_ROWS = select(_audit.audit_id, _audit.at, _audit.act, _audit.vault_id).where(
    _audit.district == bindparam("district"),
    _audit.act != "other",
    _audit.audit_id.in_(bindparam("ids", expanding=True)),
)
_ONE = select(_audit.audit_id, _audit.act).where(
    _audit.district == bindparam("in_district"), _audit.audit_id == bindparam("of")
)
_OF_ACT = select(_audit.audit_id).where(_audit.district == bindparam("in_district"), _audit.act == bindparam("act"))
_TELL = (
    update(AuditRow.__table__)
    .where(_audit.district == bindparam("in_district"), _audit.audit_id == bindparam("of"))
    .values(act=bindparam("act"))
)


def test_what_is_added_comes_back_as_it_was_of_every_type(session, county, clock):
    rows = [_row(county, clock, number) for number in range(1, 6)]
    plain.add(session, AuditRow, rows)
    found = plain.ask(session, _ROWS, [row["audit_id"] for row in rows], district=county.district)
    assert sorted(found) == sorted((row["audit_id"], row["at"], row["act"], row["vault_id"]) for row in rows)
    as_objects = session.scalars(select(AuditRow).where(AuditRow.act.in_({row["act"] for row in rows})))
    assert {(row.audit_id, row.at, row.vault_id) for row in as_objects} == {
        (row["audit_id"], row["at"], row["vault_id"]) for row in rows
    }


def test_a_question_sees_what_the_session_has_not_written_yet(session, county, clock):
    session.add(AuditRow(**_row(county, clock, 1)))
    assert len(plain.ask(session, _ROWS, [UUID(int=1)], district=county.district)) == 1


def test_the_same_question_about_more_and_fewer_and_no_ids(session, county, clock):
    plain.add(session, AuditRow, [_row(county, clock, number) for number in range(1, 8)])
    for count in (3, 7, 1, 0, 7):
        ids = [UUID(int=number) for number in range(1, count + 1)]
        assert {row[0] for row in plain.ask(session, _ROWS, iter(ids), district=county.district)} == set(ids)
    assert plain.ask(session, _ROWS, [UUID(int=1)], district="000000") == []


def test_a_constant_of_the_question_counts(session, county, clock):
    plain.add(session, AuditRow, [{**_row(county, clock, 1), "act": "other"}, _row(county, clock, 2)])
    found = plain.ask(session, _ROWS, [UUID(int=1), UUID(int=2)], district=county.district)
    assert [row[0] for row in found] == [UUID(int=2)]


def test_an_id_that_nobody_asked_for_is_read_as_well_and_so_is_none(session, county, clock):
    vault = UUID(int=77)
    plain.add(session, AuditRow, [_row(county, clock, number) for number in range(1, 5)])
    found = plain.ask(session, _ROWS, [UUID(int=number) for number in range(1, 5)], district=county.district)
    assert {row[0].int: row[3] for row in found} == {1: None, 2: vault, 3: None, 4: vault}


def test_one_row_is_found_or_given_back_by_a_change_or_there_is_none(session, county, clock):
    plain.add(session, AuditRow, [_row(county, clock, 1)])
    here = {"in_district": county.district, "of": UUID(int=1)}
    assert plain.one(session, _ONE, **here) == (UUID(int=1), "act 1")
    assert plain.one(session, _TELL.returning(_audit.audit_id), **here, act="told") == (UUID(int=1),)
    assert plain.one(session, _ONE, **here) == (UUID(int=1), "told")
    assert plain.one(session, _ONE, **{**here, "of": UUID(int=2)}) is None


def test_every_row_is_found_where_no_ids_are_asked_for(session, county, clock):
    plain.add(session, AuditRow, [_row(county, clock, number) for number in (1, 2, 3)])
    found = plain.every(session, _OF_ACT, in_district=county.district, act="act 1")
    assert {row[0].int for row in found} == {1, 3} and plain.every(session, _OF_ACT, in_district="0", act="act 1") == []


def test_each_row_is_changed_by_its_own_values(session, county, clock):
    plain.add(session, AuditRow, [_row(county, clock, number) for number in (1, 2, 3)])
    changes = [{"in_district": county.district, "of": UUID(int=number), "act": f"told {number}"} for number in (1, 3)]
    plain.write(session, _TELL, changes)
    plain.write(session, _TELL, [])
    found = plain.ask(session, _ROWS, [UUID(int=number) for number in (1, 2, 3)], district=county.district)
    assert {row[0].int: row[2] for row in found} == {1: "told 1", 2: "act 0", 3: "told 3"}


def test_what_the_database_refuses_is_refused(session, county, clock):
    plain.add(session, AuditRow, [_row(county, clock, 1)])
    with pytest.raises(IntegrityError):
        plain.add(session, AuditRow, [_row(county, clock, 1)])


def test_postgresql_gets_its_own_words_and_keeps_the_names():
    dialect = postgresql.psycopg.dialect()
    ready = plain._question(_ROWS, 2, ("district",), dialect)
    assert not ready.is_positional and ready.names == ("district", "act_1", "ids_1", "ids_2")
    assert "%(ids_1)s" in ready.text and ready.constants == {"act_1": "other"}


def _row(county, clock, number):
    return {
        "district": county.district,
        "audit_id": UUID(int=number),
        "at": clock() + timedelta(seconds=number // 2),
        "actor_id": county.caseworker_id,
        "vault_id": None if number % 2 else UUID(int=77),
        "act": f"act {number % 2}",
        "about": "{}",
    }
