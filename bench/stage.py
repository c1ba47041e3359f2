"""The stage of the measurements: the real command `serve-demo` in processes of its own, filled through actions, and a
phone that is a browser profile with a slowed processor.

Slowed means Chromium's own throttling (CDP): it slows the page's main thread only. Workers (our vault), WebCrypto and
the disk keep full speed, so what waits for those looks better here than on a cheap phone.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Flask
from playwright.sync_api import Page, Playwright
from sqlalchemy import select
from sqlalchemy.orm import Session

from bench import forms
from fieldapp import create_app, demo
from fieldapp.actions import accounts, cases
from fieldapp.config import Config
from fieldapp.db import writing
from fieldapp.models.accounts import Account, Acting, acting_for
from fieldapp.models.cases import Case, VisitPurpose
from fieldapp.models.forms import FormVersion
from tests.browser import live
from tests.browser_fixtures import ARGUMENTS, chromium

PROBE = Path(__file__).parent / "probe.js"
BUSY = """() => {
  const from = performance.now();
  for (let i = 0, x = 0; i < 1e7; i++) x += i % 7;
  return performance.now() - from;
}"""
CHINA = ZoneInfo("Asia/Shanghai")
RELATIONS = (
    ("本人", "female", "1986-04", "self"),
    ("女儿", "female", "2014-09", "daughter"),
    ("母亲", "female", "1957", "mother"),
)


def app_of(server: live.LiveServer) -> Flask:
    """An app on the database that this server serves, for actions; its own web side answers nobody."""
    data, ring = server.folder / "data", server.folder / "keys" / "ring.json"
    # The first file of the folder: which name the database has is the server's own business.
    [database] = data.glob("*.sqlite3")
    url = f"sqlite:///{database}"
    config = Config(
        data_dir=data, database_url=url, ring_file=ring, demo=True, port=server.port, desk_port=server.desk_port
    )
    return create_app(config)


def acting(session: Session, login: str) -> Acting:
    account = session.scalars(select(Account).where(Account.login == login)).one()
    found = acting_for(session, account.district, account.person_id)
    assert found is not None
    return found


def device_code(server: live.LiveServer, login: str) -> str:
    """A one-use code for this account, 24 characters."""
    with app_of(server).app_context(), writing() as session:
        person = acting(session, login)
        now, admin = datetime.now(UTC), acting(session, "admin")
        return accounts.issue_device_code(session, admin, person.person_id, now, is_confirmed=True).text


def open_families(server: live.LiveServer, login: str, count: int) -> list[tuple[UUID, UUID]]:
    """So many families for this person, each with three people and a visit today; (case id, visit id) of each."""
    now, made = datetime.now(UTC), []
    with app_of(server).app_context():
        for start in range(0, count, 100):
            with writing() as session:
                supervisor, worker = acting(session, "chen"), acting(session, login)
                for number in range(start, min(start + 100, count)):
                    made.append(_family(session, supervisor, worker, number, now))
    return made


def _family(session: Session, supervisor: Acting, worker: Acting, number: int, now: datetime) -> tuple[UUID, UUID]:
    case = cases.open_case(
        session,
        supervisor,
        village_code=demo.VILLAGES[number % 2],
        people=[cases.NewPerson(f"{name}{number}", sex, birth, relation) for name, sex, birth, relation in RELATIONS],
        contact={"safe": "only_times", "how": "上午联系（演示）"},
        programme=None,
        now=now,
    )
    visit = cases.plan_visit(
        session,
        supervisor,
        case.case_id,
        purpose=VisitPurpose.FOLLOW_UP,
        visitor_ids=[worker.person_id],
        planned_on=now.astimezone(CHINA).date() + timedelta(days=number % 3 - 1),
        due_on=None,
        reason="planned_visit",
        now=now,
    )
    return case.case_id, visit.visit_id


def code_name(server: live.LiveServer, case_id: UUID) -> str:
    """What lists call this family."""
    with app_of(server).app_context(), writing() as session:
        return session.scalars(select(Case.code_name).where(Case.case_id == case_id)).one()


def publish_long_form(server: live.LiveServer) -> None:
    """The generated form as the newest version of the form of a follow-up."""
    plan = forms.plan()
    with app_of(server).app_context(), writing() as session:
        session.add(
            FormVersion(
                form=plan.form_id,
                version=plan.version,
                plan_hash=plan.hash,
                plan=plan.text,
                source=forms.source(plan.form_id, plan.version),
                published_at=datetime.now(UTC),
            )
        )


class SlowPhone(live.Phone):
    """A phone whose page is watched (probe.js) and may be slowed."""

    def power_on(self, slower: float = 1, *, through_port: int | None = None) -> Page:
        """An open browser on an empty page, slowed; `through_port` is a relay that all its traffic takes."""
        arguments = list(ARGUMENTS)
        if through_port is not None:
            arguments.append(f"--host-resolver-rules=MAP localhost 127.0.0.1:{through_port}")
        self.context = self.playwright.chromium.launch_persistent_context(
            self.profile,
            executable_path=chromium(),
            headless=True,
            args=arguments,
            viewport=live.PHONE_SIZE,  # type: ignore[arg-type]
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            has_touch=True,
        )
        self.context.add_init_script(path=PROBE)
        self._watch(self.context.pages[0])
        self.slow_down(slower)
        return self.page

    def slow_down(self, slower: float) -> float:
        """So many times slower than this machine, main thread only; how much slower a busy loop then really was."""
        session = self.context.new_cdp_session(self.page)
        session.send("Emulation.setCPUThrottlingRate", {"rate": 1})
        free = min(self.page.evaluate(BUSY) for _ in range(5))
        session.send("Emulation.setCPUThrottlingRate", {"rate": slower})
        return float(min(self.page.evaluate(BUSY) for _ in range(5)) / free)


@contextmanager
def phone(playwright: Playwright, folder: Path, server: Any) -> Iterator[SlowPhone]:
    """A phone with this profile; closed at the end. `server` knows the address its steps go to."""
    made = SlowPhone(playwright, folder, server)
    try:
        yield made
    finally:
        made.close()
