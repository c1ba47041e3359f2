"""A desk with a county's work on it, served to the real browser: what tests/browser/test_desk.py walks through."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from fieldapp.actions import plans, reviews
from fieldapp.models import server_keys
from fieldapp.models.records import State
from fieldapp.models.reviews import Remark
from tests import factories, reports, signing_in
from tests.server_fixtures import Clock

WAITING = 30


@dataclass(frozen=True)
class Room:
    """Where the desk answers, and the ids of what lies on it."""

    address: str
    county: factories.County
    waiting: UUID  # a report nobody opened yet, with a finding
    in_review: UUID  # held by the supervisor, with a remark
    resubmitted: UUID  # returned, and sent again with a changed answer
    ordinary: UUID  # one in which nothing was found


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The app on the desk's port of its config; the address of the desk."""
    config = app.extensions["config"]
    server = make_server("127.0.0.1", config.desk_port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    signing_in.served[config.desk_origin] = app
    try:
        yield str(config.desk_origin)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def furnish(session: Session, county: factories.County, clock: Clock, address: str) -> Room:
    """Thirty reports that wait, and one in each state a supervisor meets."""
    now = clock()
    plans.publish_library(session, now)
    server_keys.make_server_keys(session, now)
    told = reports.investigation(county.subject_id)
    supervisor = county.acting(session, "supervisor")

    def report(answers: dict[str, Any], hours: int) -> tuple[UUID, UUID]:
        at = now - timedelta(hours=hours)
        return factories.record(session, at, county, answers=reports.body(answers, now))

    for hours in range(WAITING - 3):
        report(told, hours + 5)
    ordinary, _ = report(told, 100)
    waiting, _ = report(reports.changed(told, {"hh.members_now": 5, "visit.alone": "no", "dv.screen": "yes"}), 99)
    reviews.open_review(session, supervisor, waiting, now)  # so that its finding is counted in the queue
    reviews.release_review(session, supervisor, waiting, now)

    in_review, _ = report(told, 98)
    reviews.open_review(session, supervisor, in_review, now)
    _remark(session, supervisor, in_review, clock, "hh.head", "must_fix")

    resubmitted, first = report(told, 97)
    reviews.open_review(session, supervisor, resubmitted, now)
    _remark(session, supervisor, resubmitted, clock, "hh.head", "explain")
    head = session.get_one(factories.Revision, (county.district, first))
    reviews.return_record(
        session, supervisor, resubmitted, first, head.content_hash, reason=None, text="请核对户口簿", now=now
    )
    later = reports.changed(told, {"hh.head": "刘大山", "visit.language": "dialect"})
    factories.revision(session, now, resubmitted, reports.body(later, now))
    record = session.get_one(factories.Record, (county.district, resubmitted))
    record.state = State.SUBMITTED
    factories.vault(session, now, county, county.caseworker_id, issued_by=county.administrator_id)
    factories.person(session, now, factories.Role.AUDITOR, county.district, login="auditor", name="何知")
    session.commit()
    return Room(address, county, waiting, in_review, resubmitted, ordinary)


def _remark(session: Session, acting: Any, record_id: UUID, clock: Clock, path: str, kind: str) -> Remark:
    return reviews.add_remark(
        session, acting, record_id, path=path, kind=kind, text="和户口簿对不上。", ways=["paper"], now=clock()
    )
