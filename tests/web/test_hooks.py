"""People are told by the organisation's gateway that work waits: how much, nothing else; what fails is tried again."""

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, ClassVar

import pytest
from sqlalchemy import select, update

from fieldapp.actions.hooks import RETRY_FIRST, Teller, message
from fieldapp.config import Hook
from fieldapp.models.accounts import Person
from fieldapp.models.cases import ConflictOfInterest
from fieldapp.models.duty import DutyShift
from fieldapp.models.records import Record
from tests import factories
from tests.browser.live import free_port
from tests.stack.lines import PATIENCE_S
from tests.web.test_queue import urgent

ALLOWED = {"v", "kind", "to", "count", "text"}


class Gateway(HTTPServer):
    """What came, and what is answered: a status, by login where one is given."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.came: list[dict[str, Any]] = []
        self.status = 204
        self.refuses: dict[str, int] = {}
        self.to: str | None = None

    @property
    def url(self) -> str:
        return f"http://localhost:{self.server_port}/send?token=x"

    def told(self) -> list[tuple[str, int]]:
        """(login, count) since the last look, in order of login."""
        came, self.came = self.came, []
        return sorted((said["to"], said["count"]) for said in came)


class _Handler(BaseHTTPRequestHandler):
    server: Gateway
    paths: ClassVar[set[str]] = {"/send?token=x"}

    def do_POST(self) -> None:
        said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        status = self.server.refuses.get(said["to"], self.server.status if self.path in self.paths else 404)
        if status == 204:
            self.server.came.append(said)
        self.send_response(status)
        if self.server.to:
            self.send_header("Location", self.server.to)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """A test run prints tests, not requests."""


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    monkeypatch.setattr("fieldapp.actions.hooks.TIMEOUT_S", PATIENCE_S)  # how busy this machine is decides nothing
    server = Gateway()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def teller(gateway: Gateway) -> Teller:
    return Teller((Hook("sms", gateway.url),))


def submitted(session: Any, clock: Any, county: Any) -> None:
    factories.record(session, clock(), county)
    session.commit()


def test_who_has_work_is_told_how_much_once_and_again_when_there_is_more(teller, gateway, session, county, clock):
    submitted(session, clock, county)
    # The visit of the county is planned for its two caseworkers
    assert teller.tell(clock()) == 3
    assert gateway.told() == [("caseworker", 1), ("second_caseworker", 1), ("supervisor", 1)]
    clock.advance(minutes=16)
    assert teller.tell(clock()) == 0
    submitted(session, clock, county)
    clock.advance(minutes=1)
    assert teller.tell(clock()) == 1
    assert gateway.told() == [("supervisor", 2)]
    # Another worker of tomorrow knows what was told
    assert Teller((Hook("sms", gateway.url),)).tell(clock()) == 0


def test_a_message_says_nothing_but_to_whom_and_how_much(teller, gateway, session, county, clock):
    submitted(session, clock, county)
    teller.tell(clock())
    names = {person.name for person in session.scalars(select(Person))} | {"刘梅", "柳树", county.district}
    for said in gateway.came:
        assert set(said) == ALLOWED and said["kind"] == "work"
        text = json.dumps(said, ensure_ascii=False)
        assert not any(name in text for name in names if name)
        assert said == message(said["to"], said["count"])


def test_fewer_is_no_news_and_what_comes_after_it_is(teller, gateway, session, county, clock):
    submitted(session, clock, county)
    submitted(session, clock, county)
    teller.tell(clock())
    gateway.told()
    one = session.scalars(select(Record.record_id)).first()
    session.execute(update(Record).where(Record.record_id == one).values(state="approved"))
    session.commit()
    clock.advance(minutes=1)
    assert teller.tell(clock()) == 0
    submitted(session, clock, county)
    clock.advance(minutes=1)
    assert teller.tell(clock()) == 1
    assert gateway.told() == [("supervisor", 2)]


@pytest.mark.parametrize("status", [500, 401, 302])
def test_a_gateway_that_takes_nothing_is_left_alone_for_a_while_and_told_all_of_it_later(
    teller, gateway, session, county, clock, status
):
    submitted(session, clock, county)
    gateway.status, gateway.to = status, f"http://localhost:{gateway.server_port}/elsewhere"
    assert teller.tell(clock()) == 0
    gateway.status = 204
    assert teller.tell(clock()) == 0 and gateway.told() == []  # not yet
    clock.advance(seconds=RETRY_FIRST.total_seconds())
    assert teller.tell(clock()) == 3 and len(gateway.told()) == 3


def test_one_whom_the_gateway_does_not_know_keeps_nobody_else_from_being_told(teller, gateway, session, county, clock):
    submitted(session, clock, county)
    gateway.refuses = {"caseworker": 404}
    assert teller.tell(clock()) == 2
    assert gateway.told() == [("second_caseworker", 1), ("supervisor", 1)]
    gateway.refuses = {}
    clock.advance(minutes=15)
    assert teller.tell(clock()) == 1 and gateway.told() == [("caseworker", 1)]


def test_as_many_unknown_to_the_gateway_as_one_round_tells_keep_nobody_else_waiting(
    teller, gateway, session, county, clock, monkeypatch
):
    monkeypatch.setattr("fieldapp.actions.hooks.ROUND_MAX", 1)
    submitted(session, clock, county)
    gateway.refuses = {"caseworker": 404}
    for _ in range(3):  # the rounds of a few seconds
        teller.tell(clock())
        clock.advance(seconds=3)
    assert gateway.told() == [("second_caseworker", 1), ("supervisor", 1)]


def test_nobody_at_the_address_is_no_error_of_the_worker(session, county, clock):
    submitted(session, clock, county)
    teller = Teller((Hook("chat", f"http://localhost:{free_port()}/"),))
    assert teller.tell(clock()) == 0
    assert Teller(()).tell(clock()) == 0


@pytest.mark.parametrize("is_report", [False, True])
def test_who_is_on_duty_is_called_first_and_the_others_step_by_step(
    at_desk, teller, gateway, session, county, clock, second_supervisor, enrolled, is_report
):
    session.add(
        DutyShift(
            district=county.district, shift_id=factories.new_id(), person_id=second_supervisor,
            deputy_id=county.supervisor_id, starts_at=clock(), ends_at=clock() + timedelta(hours=8),
            planned_by=county.supervisor_id, planned_at=clock(),
        )
    )  # fmt: skip
    if is_report:  # red, told of at the door: of the report itself nobody hears before it is whole
        session.commit()
        phone = enrolled()
        phone.fill_in(county, form="F5", body={"answers": {"dv": {"c_weapon": "yes"}}}, intent="door")
        phone.sync_all()
    else:
        urgent(session, county, clock, {"dangers": ["violence_now"]})
    told = []
    for minutes in (0, 9, 1):
        clock.advance(minutes=minutes)
        teller.tell(clock())
        told.append([login for login, _ in gateway.told() if login in ("second", "supervisor")])
    assert told == [["second"], [], ["supervisor"]]
    # Everybody sees it on the first page at once, with who is on duty
    page = at_desk("supervisor").get("/").text
    assert "危险报告" in page and "何静" in page


def test_nobody_waits_for_one_on_duty_to_whom_the_family_is_not_shown(
    teller, gateway, session, county, clock, second_supervisor
):
    # Given that who is on duty is related to the family: the alert is hidden from her
    session.add(
        DutyShift(
            district=county.district, shift_id=factories.new_id(), person_id=second_supervisor, deputy_id=None,
            starts_at=clock(), ends_at=clock() + timedelta(hours=8), planned_by=county.supervisor_id,
            planned_at=clock(),
        )
    )  # fmt: skip
    session.add(
        ConflictOfInterest(
            district=county.district, case_id=county.case_id, person_id=second_supervisor,
            said_by=county.supervisor_id, said_at=clock(),
        )
    )  # fmt: skip
    urgent(session, county, clock, {"dangers": ["violence_now"]}, county.case_id)
    teller.tell(clock())
    assert [one for one in gateway.told() if one[0] in ("second", "supervisor")] == [("supervisor", 1)]
