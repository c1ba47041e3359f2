"""PostgreSQL as it is in life: restarted in the middle of pushes, with locks that are waited for in a circle, with
a reader that holds its transaction open, with sixteen who write while phones pull. What was answered is there, nothing
is told by halves, nobody is passed over.
"""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import create_engine, select, text, update
from sqlalchemy.exc import DBAPIError, ProgrammingError
from sqlalchemy.orm import Session

import fieldapp
from fieldapp.actions import feed_upkeep
from fieldapp.config import Config
from fieldapp.db import db, reading, writing
from fieldapp.models import feed
from fieldapp.models.audit import AuditRow
from fieldapp.models.feed import FeedHead, FeedRow
from fieldapp.models.records import Revision
from sync.codes import Change
from tests import factories, postgres_server
from tests.phones import Phone, issue_code, prepare_server
from tests.server_fixtures import OriginClient
from tests.stack.lines import PATIENCE_S

pytestmark = pytest.mark.postgres
WRITERS = 16
CONNECTIONS = WRITERS + 4  # with those of who reads: nobody waits for one


@dataclass
class OwnServer:
    """A PostgreSQL of this file alone, which may be restarted."""

    library: Any
    server: Any

    @property
    def url(self) -> str:
        return str(self.server.get_uri()).replace("postgresql://", "postgresql+psycopg://", 1)

    def control(self, *asked: str) -> None:
        self.library.pg_ctl(
            ["-w", "-l", str(self.server.log), *asked], pgdata=self.server.pgdata, user=self.server.system_user
        )

    def crash_and_start(self) -> None:
        """As after a power cut: every connection is gone, what was committed is found again in its log."""
        self.control("-m", "immediate", "restart")
        self.server.ensure_postgres_running()  # so that this one is stopped at the end


@pytest.fixture(scope="module")
def own_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnServer]:
    with postgres_server.running(tmp_path_factory.mktemp("runtime")) as (library, server):
        yield OwnServer(library, server)


@pytest.fixture
def config(config: Config, own_server: OwnServer, monkeypatch: pytest.MonkeyPatch) -> Config:
    options = fieldapp.engine_options
    monkeypatch.setattr(fieldapp, "engine_options", lambda url: {**options(url), "pool_size": CONNECTIONS})
    engine = create_engine(own_server.url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
        connection.execute(text("ALTER ROLE CURRENT_USER RESET lock_timeout"))
    engine.dispose()
    return replace(config, database_url=own_server.url)


@pytest.fixture
def phone_of(app: Flask, session: Session, county: factories.County, clock: Any) -> Callable[[str, int], Phone]:
    prepare_server(session, clock())

    def make(who: str, seed: int) -> Phone:
        client = OriginClient(app, app.response_class)
        client.origin = app.extensions["config"].phone_origin
        made = Phone(client, clock, seed)
        assert made.enrol(who, issue_code(session, county, who, clock())).status_code == 200
        session.commit()
        return made

    return make


def test_a_restart_in_the_middle_of_pushes_loses_nothing_that_was_answered(app, county, own_server, phone_of) -> None:
    push_through_restarts(app, county, own_server, phone_of, rounds=8, restarts=2)


@pytest.mark.soak
def test_many_restarts_in_the_middle_of_pushes_lose_nothing(app, county, own_server, phone_of) -> None:
    push_through_restarts(app, county, own_server, phone_of, rounds=300, restarts=40)


def push_through_restarts(app, county, own_server, phone_of, *, rounds: int, restarts: int) -> None:
    """Four phones of two people push one report after the other, and send again what was not answered by 200."""
    phones = [phone_of(who, seed) for seed, who in enumerate(("caseworker", "second_caseworker") * 2, start=1)]
    is_up, moved = threading.Event(), threading.Condition()
    is_up.set()
    answered, refused = [], []

    def push(phone: Phone) -> None:
        for _ in range(rounds):
            item, request = phone.fill_in(county), phone.device.request()
            while (answer := phone.post(request)).status_code != 200:
                refused.append((answer.status_code, answer.json["code"]))
                assert is_up.wait(PATIENCE_S)
            phone.device.apply(request, answer.data)
            with moved:
                answered.append((item, phone.result(item)["status"]))
                moved.notify_all()

    with ThreadPoolExecutor(len(phones)) as pool:
        done = [pool.submit(push, phone) for phone in phones]
        for number in range(1, restarts + 1):
            due = number * len(phones) * rounds // (restarts + 1)
            with moved:
                assert moved.wait_for(
                    lambda due=due: len(answered) >= due or any(one.done() for one in done), PATIENCE_S
                )
            is_up.clear()
            own_server.crash_and_start()
            is_up.set()
        for one in done:
            one.result(PATIENCE_S)
    assert set(refused) <= {(503, "server_busy")}
    assert {status for _, status in answered} == {"ok"} and len(answered) == len(phones) * rounds
    with app.app_context(), reading() as session:
        said = sorted(UUID(item.head["revision_id"]) for item, _ in answered)
        assert sorted(session.scalars(select(Revision.revision_id))) == said
        noted = [str(row.about) for row in session.scalars(select(AuditRow))]
        assert all(sum(str(revision_id) in about for about in noted) == 1 for revision_id in said)


def _any_failed(done: list[Future[None]]) -> bool:
    return any(one.done() and one.exception() is not None for one in done)


def test_whoever_meets_a_database_that_is_away_or_busy_is_told_to_come_again(app, county, own_server) -> None:
    """Real refusals of a real server, each as the error page would get it."""
    found = {}
    with app.app_context():
        head = FeedHead(district=county.district, person_id=county.caseworker_id, seq=1)
        other = FeedHead(district=county.district, person_id=county.cadre_id, seq=1)
        with writing() as session:
            session.add_all([head, other])
        found["deadlock"] = _deadlock(county)
        found["lock_timeout"] = _refusal("SET LOCAL lock_timeout = 1", "LOCK feed_head IN EXCLUSIVE MODE", held=True)
        found["ended"] = _refusal("SELECT pg_terminate_backend(pg_backend_pid())")
        wrong = _refusal("SELECT nothing FROM nowhere")
        db.engine.dispose()
        own_server.control("-m", "fast", "stop")
        try:
            found["away"] = _refusal("SELECT 1")
        finally:
            own_server.server.ensure_postgres_running()
        with app.test_request_context(base_url=app.extensions["config"].phone_origin):
            said = {name: app.handle_user_exception(error) for name, error in found.items()}
            codes = {name: (answer.status_code, answer.json["code"]) for name, answer in said.items()}
            assert codes == dict.fromkeys(found, (503, "server_busy"))
            assert all(answer.headers["Retry-After"] for answer in said.values())
            assert isinstance(wrong, ProgrammingError) and app.handle_user_exception(wrong).status_code == 500


def _refusal(*statements: str, held: bool = False) -> DBAPIError:
    with ExitStack() as stack:
        if held:
            stack.enter_context(db.engine.connect()).execute(text("LOCK feed_head IN EXCLUSIVE MODE"))
        with pytest.raises(DBAPIError) as refused, writing() as session:
            for statement in statements:
                session.execute(text(statement))
    return refused.value


def _deadlock(county: factories.County) -> DBAPIError:
    both, refused = threading.Barrier(2, timeout=PATIENCE_S), []
    engine = db.engine

    def lock(*people: UUID) -> None:
        try:
            with engine.begin() as connection:
                for number, person in enumerate(people):
                    connection.execute(select(FeedHead).where(FeedHead.person_id == person).with_for_update())
                    if number == 0:
                        both.wait()
        except DBAPIError as error:
            refused.append(error)

    people = (county.caseworker_id, county.cadre_id)
    threads = [threading.Thread(target=lock, args=order) for order in (people, people[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    [error] = refused
    return error


def test_a_reader_that_stays_holds_nobody_up_and_hides_nothing(app, county, phone_of, clock) -> None:
    """F18: as a copy for statistics that takes the night. Whoever had to wait for it would be refused."""
    phone, other = phone_of("caseworker", 1), phone_of("second_caseworker", 2)
    gone = f"case:{uuid4()}"
    with app.app_context():
        with writing() as session:
            feed.tell(session, county.district, county.caseworker_id, gone, Change.OUT)
        for one in (phone, other):
            one.sync_all()
        with writing() as session:
            long_ago = clock() - feed_upkeep.TOLD_FOR - timedelta(days=1)
            session.execute(update(FeedRow).where(FeedRow.ref == gone).values(gone_at=long_ago))
            session.execute(text("ALTER ROLE CURRENT_USER SET lock_timeout = 5000"))  # ms; the reader stays to the end
        db.engine.dispose()
        told = select(FeedRow.person_id, FeedRow.ref, FeedRow.seq, FeedRow.version)
        told = told.order_by(*FeedRow.__table__.primary_key)
        with db.engine.connect().execution_options(isolation_level="REPEATABLE READ") as reader:
            seen = reader.execute(told).all()
            # When phones push, the feed is swept, families are told of and a phone pulls
            items = [(one, one.fill_in(county)) for one in (phone, other) for _ in range(3)]
            for one in (phone, other):
                one.sync_all()
            with writing() as session:
                assert feed_upkeep.forget(session, county.district, clock()) == 1
            with writing() as session:
                feed.tell(session, county.district, county.caseworker_id, f"case:{county.case_id}")
            phone.sync_all()
            # Then all of it is done, and the reader goes on with what it began with
            assert {one.result(item)["status"] for one, item in items} == {"ok"}
            assert gone in {ref for _, ref, _, _ in seen} and reader.execute(told).all() == seen
        with reading() as session:
            now = {ref: version for person, ref, _, version in session.execute(told) if person == county.caseworker_id}
        assert gone not in now and now.items() <= phone.device.versions.items()
        assert phone.device.versions[gone] and not any(one["kind"] == "resync" for one in phone.device.directives)


def test_phones_that_pull_on_pass_over_nothing_that_sixteen_write(app, county, phone_of) -> None:
    write_and_read(app, county, phone_of, rows=1_000)


@pytest.mark.soak
def test_of_a_hundred_thousand_rows_none_is_passed_over(app, county, phone_of) -> None:
    write_and_read(app, county, phone_of, rows=100_000)


def write_and_read(app: Flask, county: factories.County, phone_of: Callable[[str, int], Phone], *, rows: int) -> None:
    """Each transaction tells three people of one family: the heads of all three are locked and bumped in it. Their
    phones pull meanwhile, as phones do; families they cannot see come as gone, by name and version."""
    people = [county.caseworker_id, county.second_caseworker_id, county.cadre_id]
    phones = [phone_of(who, seed) for seed, who in enumerate(("caseworker", "second_caseworker", "cadre"), start=1)]
    for phone in phones:
        phone.sync_all()
    each = -(-rows // len(people) // WRITERS)  # rounded up
    families = {(writer, number): f"case:{uuid4()}" for writer in range(WRITERS) for number in range(each)}
    over, afresh = threading.Event(), list[str]()

    def write(writer: int) -> None:
        with app.app_context():
            for number in range(each):
                with writing() as session:
                    for person in people[:: 1 if number % 2 else -1]:
                        feed.tell(session, county.district, person, families[writer, number])

    def pull_on() -> None:
        is_last = False
        while not is_last:
            is_last = over.is_set()
            for phone in phones:
                phone.sync_all()
                afresh.extend(one["kind"] for one in phone.device.directives if one["kind"] == "resync")

    with ThreadPoolExecutor(WRITERS + 1) as pool:
        reader = pool.submit(pull_on)
        try:
            for one in [pool.submit(write, number) for number in range(WRITERS)]:
                one.result()
        finally:
            over.set()
        reader.result()
    assert len(families) * len(people) >= rows and not afresh
    for phone in phones:
        assert set(families.values()) <= phone.device.versions.keys()
    with app.app_context(), reading() as session:
        for person in people:
            hers = select(FeedRow.seq).where(FeedRow.person_id == person)
            wrote = list(session.scalars(hers.where(FeedRow.ref.in_(families.values())).order_by(FeedRow.seq)))
            assert wrote == list(range(wrote[0], wrote[0] + len(families)))
