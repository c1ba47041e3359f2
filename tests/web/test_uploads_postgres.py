"""The same way of a file on PostgreSQL: sent, named by a report, erased and swept; and two who end it at one moment."""

import json
import threading
from dataclasses import replace

import pytest
from sqlalchemy import select, text

from fieldapp import jobs
from fieldapp.actions import kept, plans
from fieldapp.db import reading, writing
from fieldapp.models import bodies, server_keys
from fieldapp.models.accounts import hold
from fieldapp.models.audit import AuditRow
from fieldapp.models.files import File
from fieldapp.models.records import Kept
from fieldapp.models.vaults import Vault
from tests import reports
from tests.phones import Phone, issue_code
from tests.server_fixtures import OriginClient
from tests.uploading import Photo

pytestmark = pytest.mark.postgres


@pytest.fixture
def config(config, empty_postgres):
    return replace(config, database_url=empty_postgres)


@pytest.fixture
def mine(app, session, county, clock):
    server_keys.make_server_keys(session, clock())
    plans.publish_library(session, clock())
    session.commit()
    client = OriginClient(app, app.response_class)
    client.origin = app.extensions["config"].phone_origin
    made = Phone(client, clock, 1)
    assert made.enrol("caseworker", issue_code(session, county, "caseworker", clock())).status_code == 200
    return made


def test_a_file_is_sent_named_erased_and_swept(app, mine, county, clock):
    # Given two photos, one before its report and one after
    before, after = Photo(mine), Photo(mine)
    before.send()
    body = json.loads(reports.body(reports.investigation(county.subject_id), clock()))
    item = mine.fill_in(county, body={**body, "papers": {"hh.head": [before.value, after.value]}})
    mine.sync()
    assert mine.result(item)["status"] == "ok"
    after.send()
    with reading() as session:
        files = session.scalars(select(File)).all()
        assert {(file.state, file.case_id) for file in files} == {("complete", county.case_id)}
    # When the family is erased
    with writing() as session:
        bodies.erase_case_key(session, county.district, county.case_id)
    # Then a sweep leaves nothing of them
    assert jobs.sweep_files(app.extensions["files"], clock()) > 0
    assert not any(app.extensions["files"].has(photo.said.hash) for photo in (before, after))
    assert before.announce().json["reason"] == "gone"


def test_of_two_last_pieces_at_one_moment_one_ends_the_file(app, mine):
    photo = Photo(mine)
    last = photo.send_but_the_last()
    both, answers = threading.Barrier(2), []

    def send():
        both.wait()
        answers.append(photo.patch(last).status_code)

    threads = [threading.Thread(target=send) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [204, 409]
    with reading() as session:
        assert session.scalars(select(File.state)).all() == ["complete"]
        assert len(session.scalars(select(AuditRow).where(AuditRow.act == "file_complete")).all()) == 1


def test_a_take_in_waits_for_what_its_author_is_sending(app, mine, county, session, clock):
    # Given a report that was kept aside, and a file of it that becomes whole at this moment
    session.get_one(Vault, (county.district, mine.device.vault_id)).state = "revoked"
    session.commit()
    mine.fill_in(county, body={"papers": {"hh.head": [Photo(mine).value]}})
    mine.sync()
    with reading() as now:
        kept_id = now.scalars(select(Kept.kept_id)).one()
    settled = select(Kept.settled_as)

    def take_in():
        with app.app_context(), writing() as mine_alone:
            kept.take_in(mine_alone, county.acting(mine_alone, "supervisor"), kept_id, clock())

    taker = threading.Thread(target=take_in)
    with writing() as sending:
        hold(sending, county.district, county.caseworker_id)
        taker.start()
        while taker.is_alive() and not waits_for_a_lock():
            pass
        # Then it is not taken in before that is stored
        with reading() as now:
            assert taker.is_alive() and now.scalars(settled).all() == [None]
    taker.join()
    with reading() as now:
        assert now.scalars(settled).all() == ["taken_in"]


def waits_for_a_lock() -> bool:
    with reading() as session:
        return bool(session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")))
