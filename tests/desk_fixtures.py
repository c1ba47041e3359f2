"""The desk in tests: one person as a browser without scripts, and a report that waits.

at_desk             sign somebody in: `at_desk("supervisor")`; with a password, through the pages that ask for it. Each
                    call is a browser of its own
forms               the library, published
report_id           a submitted household investigation in which the form's rules find nothing
second_supervisor   another supervisor of the county, login "second"
"""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from fieldapp.actions import plans
from fieldapp.web import guard
from tests import factories, reports, signing_in
from tests.server_fixtures import AsBefore, Clock, OriginClient

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
HIDDEN = re.compile(r'<input type="hidden" name="(revision_id|content_hash|parts)" value="([^"]*)">')


class Desk:
    """Keeps cookies, sends the token of the page and its own Origin. `page`: the text of the page shown last."""

    def __init__(self, client: OriginClient) -> None:
        self._client = client
        self.page = self.login = ""

    def sign_in(self, login: str, password: str = str(factories.PASSWORD)) -> "Desk":
        assert self.begin(login, password).status_code == 303, self.page
        answer = self.show_code()
        assert answer.status_code == 303, answer.text
        return self

    def sit_down(self, login: str) -> "Desk":
        """As `sign_in` leaves her, without its four pages: the tests of signing in walk through them."""
        self.login = login
        host = urlsplit(self._client.origin).hostname or ""
        self._client.set_cookie(guard.COOKIE, signing_in.token_of(self._client.application, login), domain=host)
        return self

    def begin(self, login: str, password: str = str(factories.PASSWORD), **more: str) -> TestResponse:
        """The first page: account and password."""
        self.login = login
        self.get("/sign-in")
        return self.post("/sign-in", login=login, password=password, **more)

    def show_code(self, **more: str) -> TestResponse:
        """The second page."""
        assert self.get("/session/second-factor").status_code == 200, "she has no second factor, or has shown it"
        return self.post("/session/second-factor", **{"code": self.code(), **more})

    def code(self) -> str:
        """What her authenticator app shows."""
        app = self._client.application
        signing_in.unused(app)
        return signing_in.code_of(self.login, app.extensions["clock"]())

    def prove(self, password: str = str(factories.PASSWORD), next: str = "/") -> TestResponse:
        """Prove once more that it is she, as acts upon others ask for."""
        self.get("/session/proof")
        return self.post("/session/proof", password=password, code=self.code(), next=next)

    def get(self, path: str, **more: Any) -> TestResponse:
        answer = self._client.get(path, **more)
        self.page = answer.data.decode(errors="replace")  # a picture is no text
        return answer

    def post(self, path: str, /, headers: dict[str, str] | None = None, **form: Any) -> TestResponse:
        """Send a form with the token of a page of this session."""
        sent = {"Origin": self._client.origin, **(headers or {})}
        data = {"csrf_token": self.token(), **form}
        answer = self._client.post(path, data=data, headers=sent)
        if answer.status_code != 303:
            self.page = answer.data.decode(errors="replace")  # neither is a workbook
        return answer

    def token(self) -> str:
        found = TOKEN.search(self.page) or TOKEN.search(self._client.get("/password").text)
        return "" if found is None else found[1]

    def read_revision(self) -> dict[str, str]:
        """What the decision forms of the page name: the revision that was read, its hash, and the other parts."""
        return dict(HIDDEN.findall(self.page))


@pytest.fixture
def at_desk(app: Any, config: Any, county: factories.County) -> Callable[..., Desk]:
    def sign_in(login: str, password: str | None = None) -> Desk:
        client = OriginClient(app, app.response_class, use_cookies=True)
        client.origin = config.desk_origin
        desk = Desk(client)
        return desk.sit_down(login) if password is None else desk.sign_in(login, password)

    return sign_in


@pytest.fixture
def forms(session: Session, clock: Clock, as_before: AsBefore) -> None:
    def make() -> None:
        plans.publish_library(session, clock())
        session.commit()

    as_before(make)


@pytest.fixture
def second_supervisor(session: Session, county: factories.County, clock: Clock) -> UUID:
    person_id = factories.person(
        session, clock(), factories.Role.SUPERVISOR, county.district, name="何静", login="second"
    )
    session.commit()
    return person_id


@pytest.fixture
def report_id(session: Session, forms: None, county: factories.County, clock: Clock, as_before: AsBefore) -> UUID:
    def make() -> UUID:
        told = reports.body(reports.investigation(county.subject_id), clock())
        record_id, _ = factories.record(session, clock(), county, answers=told)
        session.commit()
        return record_id

    return as_before(make)
