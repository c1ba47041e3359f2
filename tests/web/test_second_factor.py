"""The second factor: what opens without it, codes that work once, recovery codes, the first day, own sessions."""

import re
import threading

import pytest
from sqlalchemy import select, update

from fieldapp.actions import second_factor
from fieldapp.crypto import totp
from fieldapp.db import reading, writing
from fieldapp.models import settings
from fieldapp.models.accounts import Account
from fieldapp.models.audit import AuditRow
from fieldapp.models.credentials import AuthenticatorApp, DeskSession, RecoveryCode, recovery_codes_left
from tests import factories, signing_in
from tests.desk_fixtures import Desk
from tests.server_fixtures import OriginClient

CODE = re.compile(r"<code>([0-9A-Z]{4}) ([0-9A-Z]{4}) ([0-9A-Z]{4})</code>")
SECRET = re.compile(r'id="app-secret">(.*?)</span></p>', re.S)


@pytest.fixture
def begun(desk, county):
    """A browser in which the supervisor's password was right, and nothing else was shown."""
    browser = Desk(desk)
    assert browser.begin("supervisor").status_code == 303
    return browser


@pytest.fixture
def without_factor(session, county):
    session.execute(AuthenticatorApp.__table__.delete())
    session.commit()


def show(desk, code):
    desk.get("/session/second-factor")
    return desk.post("/session/second-factor", code=code)


def is_signed_in(desk):
    return desk.get("/admin/health").status_code == 200


def another(app, config, login, password=str(factories.PASSWORD)):
    client = OriginClient(app, app.response_class, use_cookies=True)
    client.origin = config.desk_origin
    other = Desk(client)
    other.begin(login, password)
    return other


def secret_on(page):
    groups = re.sub(r"<[^>]*>|\s", "", SECRET.search(page)[1])
    return totp.secret_of(groups)


def slip_on(page):
    return re.search(r'name="slip" value="([^"]+)"', page)[1]


@pytest.mark.parametrize("path", ["/", "/cases", "/admin/people", "/session/own", "/session/proof", "/password"])
def test_a_right_password_alone_opens_nothing(begun, path):
    answer = begun.get(path)
    assert answer.status_code == 303 and answer.headers["Location"].startswith("/session/second-factor")


def test_what_is_sent_before_the_second_factor_is_refused_by_a_code(begun):
    answer = begun.post("/cases/new")
    assert (answer.status_code, "second_factor_needed" in answer.text) == (401, True)


def test_the_pages_of_the_password_name_no_places_of_the_desk(begun):
    assert "/admin/people" not in begun.get("/session/second-factor").text


def test_a_code_of_the_app_opens_the_desk_and_gives_the_browser_a_new_token(begun, clock):
    before = begun._client.get_cookie("fieldapp_desk", domain="localhost").value
    assert show(begun, signing_in.code_of("supervisor", clock())).status_code == 303
    assert begun._client.get_cookie("fieldapp_desk", domain="localhost").value != before
    assert is_signed_in(begun)
    begun._client.set_cookie("fieldapp_desk", before, domain="localhost")
    assert not is_signed_in(begun), "the token of the password went with it"


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_a_clock_half_a_minute_wrong_is_forgiven(begun, clock, steps):
    assert show(begun, signing_in.code_of("supervisor", clock(), steps)).status_code == 303


@pytest.mark.parametrize("code", ["", "000000", "12345", "1234567", "１２３４５６", "abcdef", "0000 0000 0000"])
def test_what_is_no_code_is_refused(begun, code):
    assert show(begun, code).status_code == 403 and "second_factor_refused" in begun.page


@pytest.mark.parametrize("steps", [-2, 2])
def test_an_older_or_later_code_is_refused(begun, clock, steps):
    assert show(begun, signing_in.code_of("supervisor", clock(), steps)).status_code == 403


def test_a_code_opens_once_and_no_older_one_after_it(begun, app, config, clock):
    shown = {step: signing_in.code_of("supervisor", clock(), step) for step in (-1, 0, 1)}
    assert show(begun, shown[0]).status_code == 303
    other = another(app, config, "supervisor")
    assert show(other, shown[0]).status_code == 403
    assert show(other, shown[-1]).status_code == 403
    assert show(other, shown[1]).status_code == 303


def test_of_two_requests_with_one_code_at_the_same_moment_one_is_let_in(app, county, clock):
    code, let_in = signing_in.code_of("supervisor", clock()), []
    start = threading.Barrier(4)

    def take():
        with app.app_context():
            start.wait()
            with writing() as session:
                acting = county.acting(session, "supervisor")
                let_in.append(second_factor.take(session, acting, code, "192.0.2.1", clock()))

    threads = [threading.Thread(target=take) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert sorted(let_in) == [False, False, False, True]


def test_wrong_codes_make_the_next_one_wait_though_the_password_was_right_each_time(begun, app, config, clock):
    for _ in range(4):
        assert show(begun, "000000").status_code == 403
    other = another(app, config, "supervisor")
    assert show(other, signing_in.code_of("supervisor", clock())).status_code == 429
    clock.advance(seconds=3)
    assert show(other, signing_in.code_of("supervisor", clock())).status_code == 303


def test_guessing_from_many_addresses_waits_too(app, county, clock):
    with app.app_context(), writing() as session:
        acting = county.acting(session, "supervisor")
        for number in range(21):
            assert not second_factor.take(session, acting, "000000", f"192.0.2.{number}", clock())
        with pytest.raises(second_factor.Problem, match="slow_down"):
            second_factor.take(session, acting, "000000", "198.51.100.7", clock())


def test_a_begun_session_lasts_half_an_hour_at_most(begun, clock):
    for _ in range(3):
        assert begun.get("/session/second-factor").status_code == 200
        clock.advance(minutes=10)
    assert begun.get("/session/second-factor").status_code == 200
    clock.advance(seconds=1)
    assert begun.get("/session/second-factor").headers["Location"].startswith("/sign-in")


def test_on_the_first_day_nothing_opens_before_a_second_factor_is_set_up(begun, without_factor, app, clock):
    assert begun.get("/").headers["Location"] == "/session/second-factor"
    assert begun.get("/session/second-factor").headers["Location"] == "/session/set-up"
    page = begun.get("/session/set-up").text
    secret = secret_on(page)
    assert begun.post("/session/set-up", slip=slip_on(page), code="000000", next="/cases").status_code == 403
    assert secret_on(begun.page) == secret, "it is in her app already"
    code = totp.code_at(secret, totp.step_of(clock()))
    answer = begun.post("/session/set-up", slip=slip_on(begun.page), code=code, next="/cases")
    assert answer.status_code == 200 and len(CODE.findall(answer.text)) == 10 and 'href="/cases"' in answer.text
    assert is_signed_in(begun)
    with app.app_context(), reading() as session:
        assert {"set_up_app", "make_recovery_codes", "sign_in"} <= set(session.scalars(select(AuditRow.act)))
        stored = session.scalars(select(AuthenticatorApp)).one()
        assert secret not in stored.sealed_secret
        assert not any("".join(code).encode() in row.code_hash for row in session.scalars(select(RecoveryCode))
                       for code in CODE.findall(answer.text))  # fmt: skip


def test_the_code_that_set_the_app_up_signs_nobody_in(begun, without_factor, app, config, clock):
    page = begun.get("/session/set-up").text
    code = totp.code_at(secret_on(page), totp.step_of(clock()))
    begun.post("/session/set-up", slip=slip_on(page), code=code)
    assert show(another(app, config, "supervisor"), code).status_code == 403


def test_a_secret_of_somebody_else_or_of_an_hour_ago_is_not_set_up(begun, without_factor, app, config, clock):
    page = begun.get("/session/set-up").text
    code = totp.code_at(secret_on(page), totp.step_of(clock()))
    other = another(app, config, "administrator")
    other.get("/session/set-up")
    assert other.post("/session/set-up", slip=slip_on(page), code=code).status_code == 400
    assert begun.post("/session/set-up", slip=slip_on(page) + "x", code=code).status_code == 400
    clock.advance(minutes=15, seconds=1)
    other = another(app, config, "supervisor")
    code = totp.code_at(secret_on(page), totp.step_of(clock()))
    assert other.post("/session/set-up", slip=slip_on(page), code=code).status_code == 400


def test_who_has_a_second_factor_sets_up_no_other_with_the_password_alone(begun, clock, session):
    assert begun.get("/session/set-up").headers["Location"] == "/session/second-factor"
    begun.get("/session/second-factor")
    answer = begun.post("/session/set-up", slip="", code=signing_in.code_of("supervisor", clock()))
    assert answer.headers["Location"] == "/session/second-factor"
    assert session.scalars(select(AuthenticatorApp.last_step)).all() == [0] * 5


def test_another_app_wants_a_fresh_proof_and_ends_the_old_one(at_desk, app, config, clock):
    desk = at_desk("supervisor")
    clock.advance(minutes=6)
    assert desk.get("/session/set-up").headers["Location"] == "/session/proof?next=/session/set-up"
    desk.prove()
    page = desk.get("/session/set-up").text
    code = totp.code_at(secret_on(page), totp.step_of(clock()))
    assert desk.post("/session/set-up", slip=slip_on(page), code=code).status_code == 200
    clock.advance(minutes=1)
    assert show(another(app, config, "supervisor"), signing_in.code_of("supervisor", clock())).status_code == 403


def test_a_recovery_code_opens_once_and_new_ones_end_the_old(at_desk, app, config, clock, county):
    desk = at_desk("supervisor")
    first = ["".join(code) for code in CODE.findall(desk.post("/session/own/recovery-codes").text)]
    typed = f"{first[0][:4].lower()}-{first[0][4:8]} {first[0][8:]}"
    assert show(another(app, config, "supervisor"), typed).status_code == 303
    assert show(another(app, config, "supervisor"), typed).status_code == 403
    assert show(another(app, config, "administrator"), first[1]).status_code == 403, "hers alone"
    with app.app_context(), reading() as session:
        assert recovery_codes_left(session, county.acting(session, "supervisor")) == 9
        assert "use_recovery_code" in set(session.scalars(select(AuditRow.act)))
    desk.post("/session/own/recovery-codes")
    assert show(another(app, config, "supervisor"), first[2]).status_code == 403


def test_the_only_second_factor_cannot_be_removed(at_desk, session):
    answer = at_desk("supervisor").post("/session/own/app/remove")
    assert answer.status_code == 409 and "last_second_factor" in answer.text
    assert len(session.scalars(select(AuthenticatorApp)).all()) == 5


def test_a_proof_needs_password_and_code(at_desk, clock):
    desk = at_desk("administrator")
    clock.advance(minutes=6)
    desk.get("/session/proof")
    assert desk.post("/session/proof", password=str(factories.PASSWORD), code="000000").status_code == 403
    assert desk.post("/session/proof", password="not the password", code=desk.code()).status_code == 403
    assert "密码或验证码不对" in desk.page
    assert desk.post("/admin/people/new").headers["Location"].startswith("/session/proof")
    assert desk.prove().status_code == 303


def test_one_sees_and_ends_ones_own_sessions_alone(at_desk):
    desk, other, hers = at_desk("supervisor"), at_desk("supervisor"), at_desk("administrator")
    page = desk.get("/session/own").text
    (listed,) = re.findall(r"/session/own/sessions/([0-9a-f]{64})/end", page)
    assert page.count("当前这个") == 1
    assert desk.post(f"/session/own/sessions/{listed}/end").status_code == 303
    assert [is_signed_in(browser) for browser in (desk, other, hers)] == [True, False, True]


def test_ending_a_session_of_somebody_else_changes_nothing(at_desk, app, county):
    desk, hers = at_desk("supervisor"), at_desk("administrator")
    with app.app_context(), reading() as session:
        mine = select(DeskSession.token_hash).where(
            DeskSession.person_id == county.administrator_id, DeskSession.ended_at.is_(None)
        )
        token_hash = session.scalars(mine).one()
    assert desk.post(f"/session/own/sessions/{token_hash.hex()}/end").status_code == 303
    assert is_signed_in(hers)
    assert desk.post("/session/own/sessions/none/end").status_code == 404


def test_all_other_sessions_end_at_once(at_desk):
    desk, second, third = at_desk("supervisor"), at_desk("supervisor"), at_desk("supervisor")
    desk.get("/session/own")
    assert desk.post("/session/own/sessions/end-others").status_code == 303
    assert [is_signed_in(browser) for browser in (desk, second, third)] == [True, False, False]


def test_only_a_demo_account_of_a_demo_database_is_shown_its_code(begun, session, clock):
    assert "demo-code" not in begun.get("/session/second-factor").text
    settings.put(session, settings.DEMO, "1")
    session.commit()
    assert "demo-code" not in begun.get("/session/second-factor").text
    session.execute(update(Account).values(is_demo=True))
    session.commit()
    shown = re.search(r'id="demo-code">(\d{6})<', begun.get("/session/second-factor").text)[1]
    assert show(begun, shown).status_code == 303
    settings.put(session, settings.DEMO, "")
    session.commit()


def test_the_code_that_a_demo_shows_can_be_typed_for_half_a_minute(begun, session, clock):
    session.execute(update(Account).values(is_demo=True))
    settings.put(session, settings.DEMO, "1")
    session.commit()
    # Given the last second of one code of the app
    clock.advance(seconds=29)
    shown = re.search(r'id="demo-code">(\d{6})<', begun.get("/session/second-factor").text)[1]
    # When it is typed in the last second but one of the next
    clock.advance(seconds=29)
    assert show(begun, shown).status_code == 303


def test_a_browser_is_named_by_family_alone(desk, county, session):
    said = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/120.0.1 Safari/537.36 Edg/120.9"
    browser = Desk(desk)
    browser.get("/sign-in")
    browser.post("/sign-in", headers={"User-Agent": said}, login="supervisor", password=str(factories.PASSWORD))
    assert session.scalars(select(DeskSession.browser)).one() == "Edge, Windows"
