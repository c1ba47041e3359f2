"""What people write is text: markup, scripts and htmx attributes in any field of theirs do nothing at the desk.

Every free-text field of a county holds the same hostile words. Each page of the desk is opened in the real browser by
somebody who sees it; the browser says what was asked for, what our policy refused, and where the words stand.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, Route
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from fieldapp.actions import reviews
from fieldapp.config import Config
from fieldapp.db import Base
from fieldapp.forms import library
from fieldapp.models import bodies, health, settings
from fieldapp.models.cases import Case, CasePerson, Fact, Urgent
from fieldapp.models.credentials import DeskSession, Passkey
from fieldapp.models.desk_drafts import DeskDraft
from fieldapp.models.forms import FormCandidate, FormVersion
from fieldapp.models.records import Findings, Kept, Record, Revision, State
from fieldapp.models.reviews import Remark
from fieldapp.web.headers import HTMX_CDN_URL, HTMX_LOCAL_URL
from sync import wire
from tests import factories, reports
from tests.browser import desk_seat
from tests.browser.desk_room import served
from tests.browser_fixtures import PATIENCE_MS
from tests.desk_fixtures import Desk
from tests.house_reading import ROOT, assert_none
from tests.phones import prepare_server
from tests.web.every_route import built, pages_of_the_desk
from tests.web.test_forms_desk import publish, upload, wells
from tests.web.test_rights_matrix import Place

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-desk")]

HTMX = (ROOT / "static" / HTMX_LOCAL_URL.removeprefix("/static/")).read_bytes()
OTHER_FILE = HTMX_CDN_URL.rpartition("/")[0] + "/other.min.js"  # of the very CDN and folder that our policy names
ASKED = '<p hx-post="/injected" hx-get="/injected" hx-trigger="load">x</p>'
MARK = "{{7*7}}"
HOSTILE = (
    f'"\'></title></textarea></script>{MARK}<script src="{OTHER_FILE}"></script>{ASKED}'
    '<meta http-equiv="refresh" content="0;url=/injected"><a href="javascript:injected()">x</a>'
    '<img src="/injected" onerror="injected()"><svg onload="injected()"></svg>'
)
# Columns in clear that hold what people typed, beside all that is sealed.
IN_CLEAR = {
    "case_file": ["programme"], "department": ["name"], "form_candidate": ["name"], "form_candidate_file": ["name"],
    "organisation": ["name"], "person": ["name"], "region": ["name"], "vault": ["model", "app_version"],
}  # fmt: skip
# Pages on which words of people stand: else the test would look at nothing.
SHOWN_AT = {
    "admin.health_page", "admin.people", "admin.people_list", "admin.person", "cases.case_file", "cases.case_list",
    "cases.new_case_form", "dashboard.queue", "deputies.page", "desk_records.page", "forms.candidate", "forms.shelf",
    "forms.try_version", "forms.version", "kept.kept_list", "kept.kept_one", "organisations.page", "policies.policy",
    "regions.page", "resets.page", "review.report", "security.page", "vaults.phone", "vaults.phone_list",
}  # fmt: skip
BUILT_BY_SCRIPT = {"desk_records.page", "forms.try_version"}
WATCH = """
window.refused = [];
window.injected = () => { window.wasInjected = true; };
const note = (said) => window.refused.push(`${said.effectiveDirective} ${said.blockedURI}`);
document.addEventListener("securitypolicyviolation", note);
"""
LOOK = """(mark) => {
  const walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
  const hasHtmx = document.querySelector("script[src*=htmx-loader]") !== null;
  const ignored = "[hx-ignore], option, textarea, title";
  const typed = [...document.querySelectorAll("input, textarea")].filter((node) => node.value.includes(mark));
  const told = { seen: typed.length, loose: [], refused: window.refused, ran: window.wasInjected === true };
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (!node.data.includes(mark) || node.parentElement.closest("script")) continue;
    told.seen += 1;
    if (hasHtmx && !node.parentElement.closest(ignored)) told.loose.push(node.parentElement.outerHTML.slice(0, 160));
  }
  const alive = "[hx-post='/injected'], meta[http-equiv], [href^='javascript:'], [src*='injected'], [src*='other.min'],"
    + "[onload], [onerror]";
  return { ...told, alive: [...document.querySelectorAll(alive)].map((node) => node.outerHTML.slice(0, 160)) };
}"""


@pytest.fixture
def config(tmp_path: Path, ring: Any) -> Config:
    made = desk_seat.config_of(tmp_path, ring)
    object.__setattr__(made, "htmx_local", False)  # as it is in production: the policy names one file of the CDN
    return made


@pytest.fixture
def there(app: Flask, county: factories.County, session: Session, clock: Any, at_desk: Any) -> Iterator[Place]:
    """A county with something for every address, all of it in hostile words."""
    prepare_server(session, clock())
    place = Place(county, clock)
    place.people |= {"c": "caseworker", "s": "supervisor", "m": "administrator"}
    place.ids |= {"form": "K1", "version": 1}
    _own_form(at_desk("administrator"))
    _review(session, place, clock())
    _poison(session, place, clock())
    session.commit()
    yield place


def _own_form(desk: Desk) -> None:
    form = wells().decode().replace("Is there a well?", HOSTILE).replace("水井登记", HOSTILE)
    address = upload(desk, ("水井.md", form.encode()))
    assert publish(desk, address).status_code == 303


def _review(session: Session, place: Place, now: Any) -> None:
    """The report was returned and sent again, is being reviewed, and says something else than the file knows."""
    county, record_id = place.county, place.ids["record_id"]
    here = (session, county.acting(session, "supervisor"), record_id)
    record = session.get_one(Record, (county.district, record_id))
    reviews.open_review(*here, now)
    reviews.add_remark(*here, path="hh.head", kind="explain", text=HOSTILE, ways=[], now=now)
    head = session.get_one(Revision, (county.district, record.head_revision_id))
    exactly = (head.revision_id, head.content_hash)
    reviews.return_record(*here, *exactly, reason="unclear", text=HOSTILE, now=now)
    told = reports.changed(reports.investigation(county.subject_id), _hostile_answers())
    revision_id = factories.revision(session, now, record_id, reports.body(told, now))
    record.state = State.SUBMITTED
    reviews.open_review(*here, now)
    key = (county.district, county.case_id, county.case_id, "hh.head")
    fact = {"sensitivity": "household", "revision_id": factories.new_id(), "decided_at": now}
    at = dict(zip(("district", "case_id", "about_id", "fact"), key, strict=True))
    said = _json({"value": f"{HOSTILE} 2", "on": "2026-01-01"})
    sealed = bodies.seal_for_case(session, *key[:2], "fact", "sealed_value", key, said)
    session.add(Fact(**at, **fact, sealed_value=sealed))
    found = session.scalars(select(Findings).where(Findings.revision_id == revision_id)).one()
    where = (county.district, county.case_id, "findings", "sealed_findings")
    finding = {"path": "hh.head", "code": "constraint", "message_zh": HOSTILE, "message_en": HOSTILE}
    bound = (found.district, found.revision_id, found.rules_version)
    found.sealed_findings = bodies.seal_for_case(session, *where, bound, _json([finding]))


def _hostile_answers() -> dict[str, str]:
    plan = library.plans()["F2"]
    groups = {node["n"]: node["name"] for node in plan.nodes if node["kind"] == "group" and not node.get("parent")}
    asked = [node for node in plan.nodes if node["kind"] == "question" and node["type"] == "text"]
    paths = [f"{groups[node['parent']]}.{node['name']}" for node in asked if node.get("parent") in groups]
    assert len(paths) > 20
    return dict.fromkeys(paths, HOSTILE)


def _poison(session: Session, place: Place, now: Any) -> None:
    county = place.county
    district, case_id = county.district, county.case_id
    for table, columns in IN_CLEAR.items():
        session.execute(update(Base.metadata.tables[table]).values(dict.fromkeys(columns, HOSTILE)))
    session.execute(
        update(FormVersion).where(FormVersion.form == "F10").values(withdrawn_at=now, withdrawn_reason=HOSTILE)
    )
    settings.put(session, health.BACKUP_CONFIGURED, "1")
    settings.put(session, health.BACKUP_ERROR, HOSTILE[: settings.VALUE_CHARS_MAX])
    refusal = dict.fromkeys(("sheet", "column", "code", "zh", "en"), HOSTILE)
    told = {"refusals": [{**refusal, "row": 1}], "warnings": [{**refusal, "row": 1}]}
    session.get_one(FormCandidate, (district, place.ids["candidate_id"])).told = json.dumps(told)
    passkey = {"credential_id": b"1", "public_key": b"1", "sign_count": 0, "name": HOSTILE, "made_at": now}
    session.add(Passkey(district=district, person_id=county.supervisor_id, **passkey))

    def of_family(row: Any, table: str, column: str, key: bodies.RowKey, value: Any) -> None:
        setattr(row, column, bodies.seal_for_case(session, district, case_id, table, column, key, _json(value)))

    case = session.get_one(Case, (district, case_id))
    of_family(case, "case_file", "sealed_contact", (district, case_id), {"safe": "any", "how": HOSTILE})
    person = session.get_one(CasePerson, (district, case_id, county.subject_id))
    details = {"name": HOSTILE, "sex": "female", "birth_ym": "1988-03", "relation": HOSTILE, "household": True}
    of_family(person, "case_person", "sealed_details", (district, case_id, county.subject_id), details)
    for remark in session.scalars(select(Remark)):
        key = (district, remark.remark_id)
        remark.state = "answered"
        of_family(remark, "remark", "sealed_text", key, {"path": "hh.head", "text": HOSTILE, "ways": []})
        of_family(remark, "remark", "sealed_reply", key, {"reply": "explained", "text": HOSTILE})
    draft = session.get_one(DeskDraft, (district, place.ids["draft_id"]))
    letter = {"answers": {"tl": {"from_name": HOSTILE}}, "recorded": {}, "position": None, "window": ""}
    draft.number = 1
    of_family(draft, "desk_draft", "sealed_body", (district, draft.draft_id), letter)
    urgent = session.get_one(Urgent, (district, place.ids["urgent_id"]))
    danger = {
        "dangers": [HOSTILE], "who": HOSTILE, "place": HOSTILE,
        "called": [{"number": HOSTILE, "label": HOSTILE, "at": 1}],
    }  # fmt: skip
    at_urgent = ("urgent", "sealed_body", (district, urgent.urgent_id))
    urgent.sealed_body = bodies.seal_for_district(session, district, *at_urgent, _json(danger))
    kept = session.get_one(Kept, (district, place.ids["kept_id"]))
    plain = _json({"answers": {HOSTILE: HOSTILE}})
    frame = wire.write_frame({"package": 0, "envelope": None, "head": None, "body": len(plain)}, [b"", b"", plain])
    at_kept = ("kept_package", "sealed_package", (district, kept.kept_id))
    kept.sealed_package = bodies.seal_for_district(session, district, *at_kept, frame)


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


class Watched:
    """Pages of one person at the desk, and everything her browser asked for."""

    def __init__(self, browser: Browser, address: str, login: str) -> None:
        self.context = browser.new_context(locale="zh-CN", timezone_id="Asia/Shanghai")
        self.context.set_default_timeout(PATIENCE_MS)
        headers = {"Content-Type": "text/javascript", "Access-Control-Allow-Origin": "*"}
        self.context.route(HTMX_CDN_URL, lambda route: route.fulfill(status=200, body=HTMX, headers=headers))
        # What our policy refuses comes to no route: it never leaves the browser.
        self.context.route(lambda url: not url.startswith((f"{address}/", HTMX_CDN_URL)), self._leaves)
        self.context.route("**/injected", self._leaves)
        self.context.add_init_script(WATCH)
        self.strangers: list[str] = []
        self.page: Page = self.context.new_page()
        self.address = address
        desk_seat.sign_in(self.page, address, login)

    def _leaves(self, route: Route) -> None:
        self.strangers.append(route.request.url)
        route.abort()

    def open(self, endpoint: str, path: str) -> dict[str, Any]:
        """What is there once htmx runs: how often the words stand, where they should not, what lives of them."""
        self.page.goto(self.address + path)
        self.page.wait_for_function("() => window.htmx || !document.querySelector('script[src*=htmx-loader]')")
        if endpoint in BUILT_BY_SCRIPT:
            self.page.locator(".rec-page [data-path]").first.wait_for()
        told: dict[str, Any] = self.page.evaluate(LOOK, MARK)
        return told

    def settle(self) -> None:
        """Wait until what the page may have asked for has been asked for: a request of ours comes behind it."""
        self.page.evaluate("() => fetch('/sign-in').then((answer) => answer.text())")


def _seen_by(app: Flask, there: Place, at_desk: Any) -> dict[str, list[tuple[str, str]]]:
    """{login: (endpoint, address) of the pages that she is the first to see}."""
    found: dict[str, list[tuple[str, str]]] = {}
    known: set[str] = set()
    for letter in "smca":  # the others see no page that none of these sees
        login = there.people[letter]
        desk = at_desk(login)
        for endpoint, rule in pages_of_the_desk(app):
            if endpoint in known:
                continue
            answer = desk.get(built(rule, there.ids))
            if answer.status_code == 200 and answer.mimetype == "text/html" and "<html" in desk.page:
                known.add(endpoint)
                found.setdefault(login, []).append((endpoint, built(rule, there.ids)))
    return found


def test_hostile_words_in_every_field_do_nothing_on_any_page(app, browser, there, at_desk, session):
    seen = _seen_by(app, there, at_desk)
    session.execute(update(DeskSession).values(browser=HOSTILE))
    session.commit()
    wrong: list[str] = []
    shown: set[str] = set()
    with served(app) as address:
        for login, pages in seen.items():
            watched = Watched(browser, address, login)
            for endpoint, path in pages:
                told = watched.open(endpoint, path)
                shown |= {endpoint} if told["seen"] else set()
                for kind in ("loose", "alive", "refused"):
                    wrong += [f"{endpoint}: {kind}: {one}" for one in told[kind]]
                wrong += [f"{endpoint}: the words were executed"] if told["ran"] else []
            watched.settle()
            wrong += [f"{login} asked for {url}" for url in watched.strangers]
            watched.context.close()
    assert_none([*wrong, *(f"{endpoint} shows no words of anybody" for endpoint in sorted(SHOWN_AT - shown))])


def test_even_unescaped_another_file_of_the_cdn_and_an_hx_post_do_nothing(app, browser, there):
    with served(app) as address:
        watched = Watched(browser, address, "supervisor")
        watched.open("review.report", f"/reports/{there.ids['record_id']}")
        page = watched.page
        # Given markup of theirs that came into the page as markup, as if a template had forgotten to escape it
        page.evaluate(
            """(markup) => {
              const place = document.querySelector("main [hx-ignore]");
              place.innerHTML = markup;
              window.htmx.process(document.body);
            }""",
            ASKED,
        )
        page.evaluate(
            """(source) => document.body.append(Object.assign(document.createElement("script"), { src: source }))""",
            OTHER_FILE,
        )
        # Then the script is refused before it is asked for, and htmx leaves alone what stands inside hx-ignore
        page.wait_for_function("(file) => window.refused.includes(`script-src-elem ${file}`)", arg=OTHER_FILE)
        watched.settle()
        assert watched.strangers == []
        # And outside of it htmx would have sent it: the test looks at the right thing
        with page.expect_request("**/injected"):
            page.evaluate(
                """(markup) => {
                  const place = document.body.appendChild(document.createElement("div"));
                  place.innerHTML = markup;
                  window.htmx.process(place);
                }""",
                ASKED,
            )
        watched.context.close()
