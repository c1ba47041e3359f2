"""Signing in at the desk: who may, how often one may guess, how long it lasts, and what a foreign page can do."""

import pytest
from sqlalchemy import select

from fieldapp import demo
from fieldapp.actions import accounts, second_factor
from fieldapp.db import reading
from fieldapp.models import server_keys, settings
from fieldapp.models.accounts import Account, Acting
from fieldapp.models.audit import AuditRow
from fieldapp.models.credentials import DeskSession
from fieldapp.models.vaults import DeviceCode
from tests import factories
from tests.desk_fixtures import Desk
from tests.server_fixtures import OriginClient


@pytest.fixture
def stranger(desk, county):
    """A browser nobody has signed in with."""
    return Desk(desk)


def code_of(answer):
    return answer.text.partition('data-code="')[2].partition('"')[0]


def guess(stranger, login="supervisor", password="not the password"):
    return stranger.begin(login, password)


def is_signed_in(desk):
    return desk.get("/admin/health").status_code == 200


@pytest.mark.parametrize("path", ["/", "/cases", "/cases/new", "/admin/people", "/admin/health", "/kept", "/password"])
def test_every_page_is_closed_to_a_stranger_who_is_led_back_afterwards(stranger, path):
    answer = stranger.get(path)
    assert answer.status_code == 303
    assert answer.headers["Location"] == ("/sign-in" if path == "/" else f"/sign-in?next={path}")
    on = stranger.begin("supervisor", next=path).headers["Location"]
    assert on == ("/session/second-factor" if path == "/" else f"/session/second-factor?next={path}")
    assert stranger.get(path).headers["Location"] == on, "the password alone opens nothing"
    assert f'name="next" value="{path}"' in stranger.get(on).text
    assert stranger.show_code(next=path).headers["Location"] == path


@pytest.mark.parametrize(
    "path", ["//elsewhere.example", "https://elsewhere.example/", "/\\elsewhere.example", "x", "/\n"]
)
def test_a_sign_in_leads_to_no_other_site(stranger, path):
    assert stranger.begin("supervisor", next=path).headers["Location"] == "/session/second-factor"
    assert stranger.show_code(next=path).headers["Location"] == "/"


def test_every_failed_sign_in_is_said_alike(stranger):
    said = {guess(stranger, login, password).text.count("账号或密码不对") for login, password in (
        ("supervisor", "not the password"), ("nobody", "not the password"), ("cadre", str(factories.PASSWORD)),
    )}  # fmt: skip
    assert said == {1}


def test_delays_grow_with_each_wrong_guess(stranger, clock):
    for _ in range(3):
        assert guess(stranger).status_code == 403
    assert guess(stranger).status_code == 403  # from here on it waits
    waited = guess(stranger, password=str(factories.PASSWORD))
    assert waited.status_code == 429 and int(waited.headers["Retry-After"]) == 3
    clock.advance(seconds=3)
    assert guess(stranger).status_code == 403
    assert int(guess(stranger).headers["Retry-After"]) == 5
    clock.advance(seconds=5)
    assert guess(stranger, password=str(factories.PASSWORD)).status_code == 303
    assert guess(stranger).status_code == 403, "a success clears the count"


def test_a_session_ends_after_fifteen_idle_minutes(at_desk, clock):
    desk = at_desk("supervisor")
    clock.advance(minutes=15)
    assert is_signed_in(desk)
    clock.advance(minutes=15, seconds=1)
    assert not is_signed_in(desk)


def test_a_session_ends_after_eight_hours_of_work(at_desk, clock):
    desk = at_desk("supervisor")
    for _ in range(48):
        clock.advance(minutes=10)
        assert is_signed_in(desk)
    clock.advance(seconds=1)
    assert not is_signed_in(desk)


def test_signing_out_ends_the_session_on_the_server_and_names_no_cookies(at_desk, app):
    desk = at_desk("supervisor")
    desk.get("/")
    answer = desk.post("/sign-out")
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert not is_signed_in(desk)
    with app.app_context(), reading() as session:
        assert None not in session.scalars(select(DeskSession.ended_at)).all()
        assert set(session.scalars(select(AuditRow.act))) == {"sign_in", "sign_out"}


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(stranger):
    for answer in (stranger.begin("supervisor"), stranger.show_code()):
        cookie = next(value for value in answer.headers.getlist("Set-Cookie") if value.startswith("fieldapp_desk="))
        assert "HttpOnly" in cookie and "SameSite=" in cookie


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://elsewhere.example"},
        {"Origin": "http://localhost:8000"},  # the phone app: another port shares our cookies
        {"Origin": "null", "Sec-Fetch-Site": "same-site"},
        {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "null"},
    ],
)
def test_a_form_of_another_origin_is_refused(at_desk, headers):
    desk = at_desk("supervisor")
    desk.get("/")
    answer = desk.post("/sign-out", headers=headers)
    assert (answer.status_code, code_of(answer)) == (403, "other_origin")
    assert is_signed_in(desk)


def test_a_form_whose_origin_the_browser_hides_is_taken_when_it_says_same_origin(at_desk):
    desk = at_desk("supervisor")
    desk.get("/")
    hidden = {"Origin": "null", "Sec-Fetch-Site": "same-origin"}
    assert desk.post("/sign-out", headers=hidden).status_code == 303


@pytest.mark.parametrize("token", ["", "wrong", None])
def test_a_form_without_the_token_of_its_page_is_refused(at_desk, token):
    desk = at_desk("supervisor")
    answer = desk.post("/sign-out", csrf_token=token) if token is not None else desk.post("/sign-out", csrf_token=[])
    assert (answer.status_code, code_of(answer)) == (400, "form_token")
    assert is_signed_in(desk)


def test_a_given_password_is_changed_before_anything_else(at_desk, session, county):
    session.scalars(select(Account).where(Account.login == "supervisor")).one().must_change = True
    session.commit()
    desk, other = at_desk("supervisor"), at_desk("supervisor")
    assert desk.get("/").headers["Location"] == "/password"
    assert desk.get("/cases").headers["Location"] == "/password"
    desk.get("/password")
    assert desk.post("/password", old="wrong", new="another password").status_code == 403
    assert desk.post("/password", old=str(factories.PASSWORD), new="short").status_code == 422
    assert desk.post("/password", old=str(factories.PASSWORD), new="another password").status_code == 303
    assert is_signed_in(desk)
    assert not is_signed_in(other), "other sessions end with the old password"
    at_desk("supervisor", "another password")


def test_demo_accounts_open_no_real_database(stranger, session, county, clock):
    administrator = county.acting(session, "administrator")
    accounts.create_person(
        session, administrator, login="demo", name="示范", role=factories.Role.SUPERVISOR,
        region_code=county.district, organisation_id=None, password="a published password", is_demo=True, now=clock(),
    )  # fmt: skip
    session.commit()
    assert guess(stranger, "demo", "a published password").status_code == 403
    settings.put(session, settings.DEMO, "1")
    session.commit()
    assert guess(stranger, "demo", "a published password").status_code == 303


def test_an_htmx_request_without_a_session_gets_a_refusal_and_no_page(stranger):
    answer = stranger.get("/", headers={"HX-Request": "true"})
    assert (answer.status_code, code_of(answer)) == (401, "sign_in_needed")


def test_each_person_reads_her_own_language(at_desk):
    desk = at_desk("supervisor")
    desk.get("/")
    assert "待审列表" in desk.page
    assert desk.post("/language", language="en", next="/cases").headers["Location"] == "/cases"
    desk.get("/")
    assert "Queue" in desk.page and "待审列表" not in desk.page
    assert isinstance(desk._client, OriginClient)


def test_who_was_given_a_password_is_told_by_whom_whoever_used_it_first(at_desk, county, session, clock):
    acting = county.acting(session, "administrator")
    person = accounts.create_person(
        session, acting, login="new.one", name="新人", role=factories.Role.SUPERVISOR, region_code=county.district,
        organisation_id=None, password="given away 4242", now=clock(),
    )  # fmt: skip
    hers = Acting(county.district, person.person_id, "新人", ())
    second_factor.keep_app(session, hers, demo.second_factor_secret("new.one"), 0, clock())
    session.commit()
    first = at_desk("new.one", "given away 4242")
    assert "您的密码由周木于" in first.get("/password").text
    assert first.post("/password", old="given away 4242", new="another one 4242").status_code == 303
    assert "您的密码由周木于" in at_desk("new.one", "another one 4242").get("/").text
    clock.advance(days=31)
    assert "您的密码由" not in at_desk("new.one", "another one 4242").get("/").text


def test_who_chose_her_password_herself_is_told_nothing(at_desk):
    assert "您的密码由" not in at_desk("supervisor").get("/").text


def ask_for_a_code(desk, county):
    return desk.post(f"/admin/people/{county.caseworker_id}/device-code")


def test_acts_upon_others_ask_for_a_proof_of_the_last_five_minutes_and_lead_back(at_desk, session, county, clock):
    server_keys.make_server_keys(session, clock())
    session.commit()
    desk = at_desk("administrator")
    page = f"/admin/people/{county.caseworker_id}"
    clock.advance(minutes=5)
    assert ask_for_a_code(desk, county).status_code == 200
    clock.advance(seconds=1)
    answer = ask_for_a_code(desk, county)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/session/proof?next={page}")
    assert desk.prove(next=page).headers["Location"] == page
    assert ask_for_a_code(desk, county).status_code == 200
    assert len(session.scalars(select(DeviceCode)).all()) == 2


@pytest.mark.parametrize(
    "path",
    ["/admin/people/new", "/admin/people/{}/role", "/admin/people/{}/ask", "/admin/people/{}/deactivate"],
)
def test_nothing_is_changed_without_a_fresh_proof(at_desk, app, county, clock, path):
    desk = at_desk("administrator")
    clock.advance(minutes=6)
    answer = desk.post(path.format(county.caseworker_id), role="auditor", region=county.district, password="0123456789")
    assert answer.status_code == 303 and answer.headers["Location"].startswith("/session/proof?next=/admin/people/")
    with app.app_context(), reading() as session:
        assert {*session.scalars(select(AuditRow.act))} == {"sign_in"}


@pytest.mark.parametrize(
    ("login", "path", "back"),
    [
        ("administrator", "/admin/organisations", "/admin/organisations"),
        ("administrator", "/admin/organisations/{organisation}/end", "/admin/organisations"),
        ("administrator", "/admin/organisations/{organisation}/departments", "/admin/organisations"),
        ("administrator", "/admin/organisations/people/{person}", "/admin/people/{person}"),
        ("administrator", "/forms/uploads/{person}/publish", "/forms/uploads/{person}"),
        ("administrator", "/forms/versions/F3V/1/withdraw", "/forms/versions/F3V/1"),
        ("supervisor", "/cases/{case}/team", "/cases/{case}"),
        ("supervisor", "/cases/{case}/related/{person}/lift", "/cases/{case}"),
        ("supervisor", "/cases/{case}/entrust", "/cases/{case}"),
    ],
)
def test_what_others_may_see_and_fill_in_is_changed_after_a_fresh_proof(at_desk, county, clock, login, path, back):
    named = {"organisation": county.organisation_id, "person": county.caseworker_id, "case": county.case_id}
    desk = at_desk(login)
    clock.advance(minutes=6)
    answer = desk.post(path.format(**named))
    assert answer.headers.get("Location") == "/session/proof?next=" + back.format(**named)


def test_a_wrong_old_password_is_counted_like_a_wrong_proof(at_desk, clock):
    desk = at_desk("supervisor")
    for _ in range(4):
        assert desk.post("/password", old="not the password", new="her own password 42").status_code == 403
    old = str(factories.PASSWORD)
    assert desk.post("/password", old=old, new="her own password 42").status_code == 429
    assert desk.prove().status_code == 429
    clock.advance(seconds=3)
    assert desk.post("/password", old=old, new="her own password 42").status_code == 303


def test_a_script_is_told_by_a_code_that_a_fresh_proof_is_needed(at_desk, county, clock):
    desk = at_desk("administrator")
    clock.advance(minutes=6)
    answer = desk.post(f"/admin/people/{county.caseworker_id}/deactivate", headers={"HX-Request": "true"})
    assert (answer.status_code, code_of(answer)) == (401, "fresh_proof_needed")


def test_a_wrong_proof_is_refused_and_makes_the_next_one_wait(at_desk, clock):
    desk = at_desk("administrator")
    for _ in range(4):
        assert desk.prove("not the password").status_code == 403
    assert desk.prove().status_code == 429
    clock.advance(seconds=3)
    assert desk.prove(next="//elsewhere.example").headers["Location"] == "/"
