"""Migrations make exactly the schema of the models, and the schema shards by district."""

from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask_migrate import downgrade, upgrade
from sqlalchemy import MetaData, create_engine, inspect, select, text

from fieldapp import create_app, models
from fieldapp.db import Base, db, moment, reading, writing
from fieldapp.models import bodies, scope
from fieldapp.models.case_events import CaseEvent
from fieldapp.models.cases import Case
from fieldapp.models.feed import FeedHead, tell
from fieldapp.models.records import Record
from tests import factories

MIGRATIONS = str(Path(models.__file__).parents[1] / "migrations")
# Directories and settings: looked up before a district is known, or small and alike everywhere; copied to each shard.
COPIED_TO_EVERY_SHARD = {
    "region", "account", "desk_session", "sign_in_delay", "setting", "vault_home", "server_key",
    "form_version", "form_file", "form_piece", "used_challenge", "outside_identity",
}  # fmt: skip
PARTITIONS = 4


@contextmanager
def server_on(config, url=None):
    """An app on this database, in its context."""
    app = create_app(config if url is None else replace(config, database_url=url))
    with app.app_context():
        try:
            yield app
        finally:
            db.engine.dispose()


def assert_migrated_schema_is_that_of_the_models():
    upgrade(MIGRATIONS)
    upgrade(MIGRATIONS)  # the release step runs at every start
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = [
            found for found in compare_metadata(context, Base.metadata) if "alembic_version" not in str(found)
        ]
        assert differences == []


def test_on_sqlite_migrations_make_the_schema_of_the_models(config):
    with server_on(config):
        assert_migrated_schema_is_that_of_the_models()
        assert db.session.execute(text("PRAGMA foreign_keys")).scalar() == 1
        db.session.rollback()


def test_a_migration_can_be_undone_and_done_again(config):
    with server_on(config):
        upgrade(MIGRATIONS)
        downgrade(MIGRATIONS, revision="base")
        assert set(inspect(db.engine).get_table_names()) == {"alembic_version"}
        upgrade(MIGRATIONS)
        assert set(inspect(db.engine).get_table_names()) - {"alembic_version"} == set(Base.metadata.tables)


def test_a_migrated_database_keeps_what_it_holds(config, clock):
    with server_on(config):
        upgrade(MIGRATIONS)
        with writing() as session:
            county = factories.county(session, clock())
    with server_on(config):
        upgrade(MIGRATIONS)
        with reading() as session:
            assert session.get(Case, (county.district, county.case_id)) is not None


def test_a_report_outlives_the_migration_that_lets_records_belong_to_no_visit(config):
    district, ids = factories.DISTRICT, [factories.new_id() for _ in range(4)]
    case_id, visit_id, record_id, author_id = ids
    with server_on(config):
        # Given a report in the tables as they were
        upgrade(MIGRATIONS, revision="0003")
        old = MetaData()
        old.reflect(db.engine, only=["case_file", "visit", "record"])
        at = {"district": district, "case_id": case_id.hex}
        rows = {
            "case_file": {"code_name": "柳-1", "village_code": factories.VILLAGE, "state": "ASSIGNED", "opened_at": 0},
            "visit": {
                "visit_id": visit_id.hex, "purpose": "follow_up", "forms": "F3", "reason": "asked_for",
                "state": "planned", "created_at": 0,
            },
            "record": {
                "record_id": record_id.hex, "visit_id": visit_id.hex, "form": "F3", "author_id": author_id.hex,
                "state": "submitted", "head_revision_id": record_id.hex, "created_at": 0, "state_at": 0,
            },
        }  # fmt: skip
        with db.engine.begin() as connection:
            for table, row in rows.items():
                connection.execute(old.tables[table].insert(), {**at, **row})
        # When the later migrations run
        upgrade(MIGRATIONS)
        # Then it is there as before
        with reading() as session:
            record = session.get(Record, (district, record_id))
            assert (record.visit_id, record.head_revision_id, record.state) == (visit_id, record_id, "submitted")


def test_cases_that_nobody_moved_come_into_the_state_their_reports_tell(config):
    district, lead, planned, returned = factories.DISTRICT, *(factories.new_id() for _ in range(3))
    with server_on(config):
        # Given files as they stood before there were events: a lead, an assigned one, one with a returned report
        upgrade(MIGRATIONS, revision="0021")
        old = MetaData()
        old.reflect(db.engine, only=["case_file", "visit", "record", "case_event"])
        village = {"district": district, "village_code": factories.VILLAGE, "opened_at": 1_790_000_000_000}
        visit = {"visit_id": factories.new_id().hex, "purpose": "investigation", "forms": "F0 F2", "created_at": 7}
        report = {
            "record_id": factories.new_id().hex, "form": "F2", "author_id": lead.hex, "state": "returned",
            "head_revision_id": lead.hex, "created_at": 0, "state_at": 1_790_000_001_000,
        }  # fmt: skip
        with db.engine.begin() as connection:
            files = ((lead, "LEAD"), (planned, "ASSIGNED"), (returned, "ASSIGNED"))
            for number, (case_id, state) in enumerate(files):
                file = {**village, "case_id": case_id.hex, "code_name": f"柳-{number}", "state": state}
                connection.execute(old.tables["case_file"].insert(), file)
            at = {"district": district, "reason": "asked_for", "state": "planned", "case_id": planned.hex}
            connection.execute(old.tables["visit"].insert(), {**at, **visit})
            connection.execute(old.tables["record"].insert(), {**report, "district": district, "case_id": returned.hex})
        # When the states are read off the records
        upgrade(MIGRATIONS)
        # Then each stands where its work is, with an event that its clocks run from
        with reading() as session:
            states = {
                case_id: session.get_one(Case, (district, case_id)).state for case_id in (lead, planned, returned)
            }
            kinds = {row.case_id: (row.kind, row.at) for row in session.scalars(select(CaseEvent))}
        assert states == {lead: "LEAD", planned: "ASSIGNED", returned: "RETURNED"}
        assert {case_id: kind for case_id, (kind, _) in kinds.items()} == {
            lead: "lead_received", planned: "assigned", returned: "returned"
        }  # fmt: skip
        assert kinds[returned][1] == moment(1_790_000_001_000)


@pytest.mark.postgres
def test_on_postgresql_migrations_make_the_schema_of_the_models(config, empty_postgres):
    with server_on(config, empty_postgres):
        assert_migrated_schema_is_that_of_the_models()


@pytest.mark.postgres
def test_the_same_tables_stand_as_hash_partitions_by_district_and_work(config, empty_postgres, clock):
    # Given every table of case data made as partitions of its district
    engine = create_engine(empty_postgres)
    partitioned = partitioned_schema()
    with engine.begin() as connection:
        partitioned.create_all(connection)
        for name in sorted(set(partitioned.tables) - COPIED_TO_EVERY_SHARD):
            for remainder in range(PARTITIONS):
                connection.execute(
                    text(
                        f'CREATE TABLE "{name}_{remainder}" PARTITION OF "{name}" '
                        f"FOR VALUES WITH (MODULUS {PARTITIONS}, REMAINDER {remainder})"
                    )
                )
    engine.dispose()
    # When the server works on them in two counties
    with server_on(config, empty_postgres):
        made = []
        for district in (factories.DISTRICT, factories.OTHER_DISTRICT):
            with writing() as session:
                county = factories.county(session, clock(), district)
                factories.record(session, clock(), county)
                tell(session, district, county.caseworker_id, f"case:{county.case_id}")
            made.append(county)
        # Then each reads its own, with its keys and its feed
        for county in made:
            with reading() as session:
                acting = county.acting(session, "caseworker")
                case = session.query(Case).where(scope.cases_of(acting)).one()
                assert case.case_id == county.case_id
                assert session.get_one(FeedHead, (county.district, county.caseworker_id)).seq == 1
                row_key = (county.district, county.case_id, county.subject_id)
                person = session.get_one(models.cases.CasePerson, row_key)
                assert bodies.open_for_case(
                    session,
                    county.district,
                    county.case_id,
                    "case_person",
                    "sealed_details",
                    row_key,
                    person.sealed_details,
                )


def test_district_stands_first_in_every_key_and_index_of_case_data():
    for name, table in Base.metadata.tables.items():
        if name in COPIED_TO_EVERY_SHARD:
            continue
        assert next(iter(table.primary_key.columns)).name == "district", name
        for index in table.indexes:
            assert next(iter(index.columns)).name == "district", index.name
        for key in table.foreign_key_constraints:
            assert key.column_keys[0] == "district" and key.elements[0].column.name == "district", name


def partitioned_schema() -> MetaData:
    """A copy of the schema whose tables of case data are partitioned; the models' own stays as it is."""
    copy = MetaData()
    for table in Base.metadata.sorted_tables:
        made = table.to_metadata(copy)
        if table.name not in COPIED_TO_EVERY_SHARD:
            made.dialect_options["postgresql"]["partition_by"] = "HASH (district)"
    return copy


def test_a_migration_that_fails_leaves_nothing_behind(config, monkeypatch):
    with server_on(config):
        # Given a database in which one table of the migration is there already
        with db.engine.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE visit (x INTEGER)")
        # When the migration runs into it
        with pytest.raises(Exception, match="visit"):
            upgrade(MIGRATIONS)
        # Then none of its other tables stays
        assert set(inspect(db.engine).get_table_names()) <= {"visit", "alembic_version"}
