"""Signing in by the organisation's own server: off unless configured, in place of the password, refused for any claim
that does not fit.
"""

from dataclasses import replace
from urllib.parse import urlsplit
from urllib.request import HTTPErrorProcessor, build_opener

import pytest
from joserfc.jwk import RSAKey
from sqlalchemy import select

from fieldapp.actions import oidc, replays, resets
from fieldapp.config import Config, ConfigError, Outside
from fieldapp.db import reading
from fieldapp.errors import Problem
from fieldapp.models.audit import AuditRow
from fieldapp.models.credentials import DeskSession, OutsideIdentity, TwoPersonKind, identity_hash
from fieldapp.models.tombstones import Kind, Line
from tests import factories, signing_in
from tests.desk_fixtures import Desk
from tests.stack.lines import PATIENCE_S
from tests.web.outside_server import Provider, serving


class _Stay(HTTPErrorProcessor):
    """Hands a redirect back, as something to look at."""

    def http_response(self, request, response):
        return response


@pytest.fixture
def provider(clock, monkeypatch):
    monkeypatch.setattr(oidc, "TIMEOUT_S", PATIENCE_S)  # how busy this machine is decides nothing
    with serving(Provider(clock())) as provider:
        yield provider


@pytest.fixture
def config(config, provider):
    return replace(config, outside=Outside(provider.issuer, provider.client_id, provider.secret))


@pytest.fixture
def linked(session, county, clock, provider):
    oidc.link(
        session, issuer=provider.issuer, subject=provider.subject, district=county.district,
        person_id=county.supervisor_id, by=county.administrator_id, now=clock(),
    )  # fmt: skip
    session.commit()


def trust(app):
    """Its word counts as a second factor from here on."""
    config = app.extensions["config"]
    app.extensions["config"] = replace(config, outside=replace(config.outside, is_trusted_for_second_factor=True))


def go(desk, client):
    """There and back, as a browser goes: the answer of our page of arrival."""
    away = desk.get("/session/outside/start?next=/cases")
    assert away.status_code == 303
    back = build_opener(_Stay).open(away.headers["Location"], timeout=PATIENCE_S).headers["Location"]
    parts = urlsplit(back)
    return client.get(f"{parts.path}?{parts.query}")


@pytest.fixture
def browser(desk):
    return Desk(desk)


def test_the_organisations_server_stands_for_the_password_and_not_for_the_second_factor(browser, desk, linked, clock):
    answer = go(browser, desk)
    assert answer.headers["Location"] == "/session/second-factor?next=/cases"
    assert browser.get("/cases").headers["Location"].startswith("/session/second-factor")
    browser.get("/session/second-factor")
    assert browser.post("/session/second-factor", code=signing_in.code_of("supervisor", clock())).status_code == 303
    assert browser.get("/cases").status_code == 200


@pytest.mark.parametrize(("methods", "opens"), [(["pwd", "mfa"], True), (["pwd"], False), ("mfa", False)])
def test_only_where_it_is_trusted_its_word_is_a_second_factor(app, browser, desk, linked, provider, methods, opens):
    provider.claims = {"amr": methods}
    trust(app)
    go(browser, desk)
    assert (browser.get("/cases").status_code == 200) is opens


@pytest.mark.parametrize(
    ("said", "opens"),
    [
        ({}, True),
        ({"proved_s_ago": 119}, True),  # clocks may lie two minutes apart
        ({"proved_s_ago": 121}, False),
        ({"claims": {"amr": ["mfa"], "auth_time": None}}, False),
        ({"claims": {"amr": ["mfa"], "auth_time": True}}, False),
        ({"claims": {"amr": ["mfa"], "auth_time": 1e300}}, False),
    ],
)
def test_a_server_whose_word_counts_has_to_ask_her_anew(app, browser, desk, linked, provider, said, opens):
    provider.claims = {"amr": ["mfa"]}
    for name, value in said.items():
        setattr(provider, name, value)
    trust(app)
    away = browser.get("/session/outside/start").headers["Location"]
    assert "prompt=login" in away and "max_age=0" in away
    assert go(browser, desk).status_code == (303 if opens else 403)
    assert (browser.get("/cases").status_code == 200) is opens


def test_a_desk_left_open_is_not_made_fresh_by_a_sign_in_of_this_morning(app, browser, desk, linked, provider, clock):
    # Given a session whose proof is old, at a browser that is signed in at the organisation's server
    provider.claims = {"amr": ["mfa"]}
    trust(app)
    go(browser, desk)
    clock.advance(minutes=6)
    provider.now, provider.proved_s_ago = clock(), 360
    assert is_stale(browser)
    # When somebody walks the way to it and back, which asks nothing there
    assert go(browser, desk).status_code == 403
    # Then the session is as old as before
    assert is_stale(browser)


def is_stale(browser):
    browser.get("/session/own")
    return "/session/proof" in browser.post("/session/own/recovery-codes").headers.get("Location", "")


def test_she_proves_herself_there_once_more_and_keeps_her_session(app, browser, desk, linked, provider, clock):
    provider.claims = {"amr": ["mfa"]}
    trust(app)
    go(browser, desk)
    clock.advance(minutes=6)
    provider.now = clock()
    assert is_stale(browser)
    assert "/session/outside/start" in browser.get("/session/proof").text
    assert go(browser, desk).status_code == 303
    assert not is_stale(browser)
    with app.app_context(), reading() as session:
        assert len(session.scalars(select(DeskSession)).all()) == 1


def test_where_its_word_does_not_count_nothing_is_asked_of_it(browser, linked):
    assert "prompt" not in browser.get("/session/outside/start").headers["Location"]
    assert browser.get("/sign-in").status_code == 200


def test_an_identity_is_taken_away_by_herself(app, browser, desk, linked, provider):
    browser.sign_in("supervisor")
    page = browser.get("/session/own").text
    assert provider.issuer in page and provider.subject in page
    address = f"/session/own/identities/{identity_hash(provider.issuer, provider.subject)}/remove"
    assert browser.post(address).status_code == 303
    assert browser.post(address).status_code == 404
    assert go(browser, desk).status_code == 403
    with app.app_context(), reading() as session:
        row = session.scalars(select(AuditRow).where(AuditRow.act == "remove_identity")).one()
        assert provider.subject not in row.about
    log = app.extensions["tombstones"].file.read_text()
    assert "identity_ended" in log and provider.subject not in log


def test_an_identity_is_taken_away_by_an_administrator_and_its_sessions_end(
    app, at_desk, browser, desk, linked, provider, county
):
    browser.sign_in("supervisor")
    office = at_desk("administrator")
    person = f"/admin/people/{county.supervisor_id}"
    assert provider.subject in office.get(person).text
    address = f"{person}/identities/{identity_hash(provider.issuer, provider.subject)}/remove"
    assert office.post(address).headers["Location"].endswith(person)
    assert browser.get("/cases").status_code == 303
    assert go(browser, desk).status_code == 403


def test_a_removed_identity_does_not_come_back_with_a_restored_database(app, session, linked, provider, clock):
    named = identity_hash(provider.issuer, provider.subject)
    replays.replay(session, Line(factories.DISTRICT, 1, 0, Kind.IDENTITY_ENDED, {"identity": named}))
    session.flush()
    assert session.scalars(select(OutsideIdentity)).all() == []


def test_its_word_is_no_second_factor_where_nobody_said_so(browser, desk, linked, provider):
    provider.claims = {"amr": ["mfa"]}
    go(browser, desk)
    assert browser.get("/cases").status_code == 303


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://elsewhere.example"},
        {"aud": "another client"},
        {"aud": ["fieldapp", "another client"]},
        {"aud": None},
        {"nonce": "of another journey"},
        {"nonce": None},
        {"exp": 0},
        {"exp": None},
        {"exp": True},
        {"iat": 4_000_000_000},
        {"sub": ""},
        {"sub": 7},
    ],
)
def test_a_token_that_does_not_fit_is_refused(browser, desk, linked, provider, claims, app):
    provider.claims = claims
    answer = go(browser, desk)
    assert answer.status_code == 403 and "outside_refused" in answer.text
    with app.app_context(), reading() as session:
        assert session.scalars(select(DeskSession)).all() == []


def test_a_token_signed_by_another_key_is_refused(browser, desk, linked, provider):
    provider.signs_with = RSAKey.generate_key(2048, {"kid": "k1"})
    assert go(browser, desk).status_code == 403


def test_a_server_that_names_another_issuer_is_refused(browser, linked, provider):
    provider.names_itself = "https://elsewhere.example"
    assert browser.get("/session/outside/start").status_code == 403


def test_somebody_nobody_linked_is_refused(browser, desk, county):
    assert go(browser, desk).status_code == 403


def test_an_answer_of_another_journey_or_browser_is_refused(browser, desk, linked, clock):
    away = browser.get("/session/outside/start").headers["Location"]
    back = build_opener(_Stay).open(away, timeout=PATIENCE_S).headers["Location"]
    parts = urlsplit(back)
    browser.get("/session/outside/start")  # begun anew: another state
    assert desk.get(f"{parts.path}?{parts.query}").status_code == 403
    desk.delete_cookie("fieldapp_outside", domain="localhost", path="/session/outside")
    assert desk.get(f"{parts.path}?{parts.query}").status_code == 403


def test_a_journey_ends_after_ten_minutes(browser, desk, linked, clock, provider):
    away = browser.get("/session/outside/start").headers["Location"]
    parts = urlsplit(build_opener(_Stay).open(away, timeout=PATIENCE_S).headers["Location"])
    clock.advance(minutes=10, seconds=1)
    provider.now = clock()
    assert desk.get(f"{parts.path}?{parts.query}").status_code == 403


def test_a_server_that_is_away_is_said_and_the_password_still_works(app, browser, desk, linked):
    given = app.extensions["config"].outside
    away = replace(given, issuer="http://localhost:9")
    app.extensions["config"] = replace(app.extensions["config"], outside=away)
    answer = browser.get("/session/outside/start")
    assert answer.status_code == 503 and "outside_unreachable" in answer.text
    browser.sign_in("supervisor")


def test_an_identity_is_linked_by_two_and_belongs_to_one_person(session, county, clock, provider, config):
    asker = county.acting(session, "administrator")
    second = factories.person(session, clock(), factories.Role.DATA_PROTECTION, county.district, login="officer")
    about = {"issuer": provider.issuer, "subject": "u-7"}
    row = resets.ask(session, asker, TwoPersonKind.IDENTITY, county.supervisor_id, clock(), about)
    session.flush()
    with pytest.raises(Problem, match="two_people_needed"):
        resets.carry_out(session, asker, row.request_id, clock())
    resets.confirm(session, resets.acting_for(session, county.district, second), row.request_id, clock())
    resets.carry_out(session, asker, row.request_id, clock())
    assert session.scalars(select(OutsideIdentity.person_id)).all() == [county.supervisor_id]
    with pytest.raises(Problem, match="identity_linked"):
        oidc.link(
            session, **about, district=county.district, person_id=county.caseworker_id, by=asker.person_id, now=clock()
        )


def test_the_button_stands_only_where_a_server_is_configured(browser, app):
    assert "单位统一账号" in browser.get("/sign-in").text
    app.extensions["config"] = replace(app.extensions["config"], outside=None)
    assert "单位统一账号" not in browser.get("/sign-in").text
    assert browser.get("/session/outside/start").status_code == 404


@pytest.mark.parametrize(
    "given",
    [
        {"FIELDAPP_OIDC_ISSUER": "https://id.example"},
        {"FIELDAPP_OIDC_SECRET": "x"},
        {"FIELDAPP_OIDC_ISSUER": "http://id.example", "FIELDAPP_OIDC_CLIENT_ID": "c", "FIELDAPP_OIDC_SECRET": "x"},
    ],
)
def test_a_half_set_server_keeps_ours_from_starting(monkeypatch, given):
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError, match="FIELDAPP_OIDC"):
        Config.from_env()


def test_the_secret_stands_in_no_text_of_the_settings(config):
    assert config.outside.secret not in repr(config)
