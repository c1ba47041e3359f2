"""Signing in at the desk in a real browser: the first day with an app, passkeys of a virtual authenticator, a copied
key, and how the pages look.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, CDPSession, Page, expect
from sqlalchemy import delete, select, update

from fieldapp.config import Config
from fieldapp.crypto import totp
from fieldapp.db import reading, writing
from fieldapp.models.audit import AuditRow
from fieldapp.models.credentials import AuthenticatorApp, Passkey, UsedChallenge
from tests import factories, signing_in
from tests.browser.desk_room import served
from tests.browser.desk_seat import PICTURES, config_of, wrong_in_both
from tests.browser_fixtures import PATIENCE_MS

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-desk")]


@pytest.fixture
def config(tmp_path: Path, ring: Any) -> Config:
    return config_of(tmp_path, ring)


@pytest.fixture
def address(app: Any, county: factories.County) -> Iterator[str]:
    with served(app) as address:
        yield address


class Newcomer:
    """A browser with a security key in it. `refused`: what the browser said of our policy or of a script."""

    def __init__(self, opened: Browser, address: str, width: int = 1280) -> None:
        self.context = opened.new_context(
            viewport={"width": width, "height": 900}, locale="zh-CN", timezone_id="Asia/Shanghai"
        )
        self.context.set_default_timeout(PATIENCE_MS)
        self.address = address
        self.page: Page = self.context.new_page()
        self.refused: list[str] = []
        self.page.on("console", lambda said: self.refused.append(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda error: self.refused.append(str(error)))
        self._cdp: CDPSession = self.context.new_cdp_session(self.page)
        self._cdp.send("WebAuthn.enable")
        self.key = self._cdp.send(
            "WebAuthn.addVirtualAuthenticator",
            {
                "options": {
                    "protocol": "ctap2", "transport": "usb", "hasResidentKey": True, "hasUserVerification": True,
                    "isUserVerified": True, "automaticPresenceSimulation": True,
                }
            },
        )["authenticatorId"]  # fmt: skip

    def __enter__(self) -> "Newcomer":
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()

    def begin(self, login: str = "supervisor") -> None:
        self.page.goto(f"{self.address}/sign-in")
        self.page.get_by_label("账号").fill(login)
        self.page.get_by_label("密码").fill(str(factories.PASSWORD))
        self.page.get_by_role("button", name="登录", exact=True).click()

    def make_passkey(self, name: str = "钥匙串") -> None:
        self.page.get_by_label("给它起个名字").fill(name)
        self.page.get_by_role("button", name="创建通行密钥").click()

    def sign_out(self) -> None:
        self.page.get_by_role("button", name="退出登录").click()
        expect(self.page.locator("#sign-in")).to_be_visible()

    def at_desk(self) -> None:
        expect(self.page.locator("header.desk-head nav")).to_be_visible()

    def credentials(self) -> list[dict[str, Any]]:
        held = self._cdp.send("WebAuthn.getCredentials", {"authenticatorId": self.key})
        return list(held["credentials"])

    def put_back(self, credential: dict[str, Any]) -> None:
        """The key as it was: a copy made earlier."""
        self._cdp.send("WebAuthn.clearCredentials", {"authenticatorId": self.key})
        self._cdp.send("WebAuthn.addCredential", {"authenticatorId": self.key, "credential": credential})

    def without_finger(self) -> None:
        self._cdp.send("WebAuthn.setUserVerified", {"authenticatorId": self.key, "isUserVerified": False})


@pytest.fixture
def first_day(app: Any, county: factories.County) -> None:
    with app.app_context(), writing() as session:
        session.execute(delete(AuthenticatorApp))


@pytest.fixture
def newcomer(browser: Browser, address: str, first_day: None) -> Iterator[Newcomer]:
    with Newcomer(browser, address) as she:
        yield she


@pytest.fixture
def with_passkey(newcomer: Newcomer) -> Newcomer:
    """Signed in, with a passkey and nothing else."""
    newcomer.begin()
    newcomer.make_passkey()
    expect(newcomer.page.locator("#recovery-codes")).to_be_visible()
    newcomer.page.get_by_role("link", name="已收好").click()
    newcomer.at_desk()
    return newcomer


def test_the_first_day_with_an_app(newcomer: Newcomer, clock: Any) -> None:
    newcomer.begin()
    page = newcomer.page
    expect(page.locator("#set-up")).to_be_visible()
    secret = totp.secret_of(re.sub(r"\s", "", page.locator("#app-secret").inner_text()))
    page.locator("#code").fill(totp.code_at(secret, totp.step_of(clock())))
    page.get_by_role("button", name="设置", exact=True).click()
    expect(page.locator("#codes li")).to_have_count(10)
    page.get_by_role("link", name="已收好").click()
    newcomer.at_desk()
    assert newcomer.refused == []


def test_a_passkey_alone_signs_in_and_its_answer_opens_nothing_twice(with_passkey: Newcomer, app: Any) -> None:
    she, sent = with_passkey, []
    she.sign_out()
    she.page.on("request", lambda asked: sent.append(asked) if asked.url.endswith("/sign-in/passkey") else None)
    she.page.get_by_role("button", name="用通行密钥登录").click()
    she.at_desk()
    with app.app_context(), reading() as session:
        assert session.scalars(select(Passkey.used_at)).one() is not None
        assert len(session.scalars(select(UsedChallenge)).all()) == 2
    # The same bytes once more, with the form token of this browser
    she.sign_out()
    token = she.page.locator('input[name="csrf_token"]').first.input_value()
    again = re.sub(r"csrf_token=[^&]*", f"csrf_token={token}", sent[0].post_data or "")
    headers = {"Origin": she.address, "Content-Type": "application/x-www-form-urlencoded"}
    answer = she.context.request.post(f"{she.address}/sign-in/passkey", data=again, headers=headers)
    assert answer.status == 403 and "passkey_refused" in answer.text()
    assert she.refused == []


def test_a_passkey_is_second_factor_and_fresh_proof(with_passkey: Newcomer, clock: Any) -> None:
    she, page = with_passkey, with_passkey.page
    she.sign_out()
    she.begin()
    page.get_by_role("button", name="使用通行密钥").click()
    she.at_desk()
    clock.advance(minutes=6)
    page.goto(f"{she.address}/session/own")
    page.get_by_role("button", name="生成新的恢复码").click()
    expect(page.locator("#proof")).to_be_visible()
    page.get_by_role("button", name="使用通行密钥").click()
    expect(page.locator("#own-sign-in")).to_be_visible()
    page.get_by_role("button", name="生成新的恢复码").click()
    expect(page.locator("#codes li")).to_have_count(10)
    assert she.refused == []


def test_a_key_whose_counter_went_back_is_stopped_for_good(with_passkey: Newcomer, app: Any) -> None:
    she = with_passkey
    (copy,) = she.credentials()
    she.sign_out()
    she.page.get_by_role("button", name="用通行密钥登录").click()
    she.at_desk()
    she.sign_out()
    she.put_back(copy)
    she.page.get_by_role("button", name="用通行密钥登录").click()
    expect(she.page.locator("#problem")).to_contain_text("这个通行密钥不能用")
    with app.app_context(), reading() as session:
        assert session.scalars(select(Passkey.stopped_at)).one() is not None
        assert "stop_passkey" in set(session.scalars(select(AuditRow.act)))
    she.page.get_by_role("button", name="用通行密钥登录").click()
    expect(she.page.locator("#problem")).to_be_visible()


def test_a_key_that_does_not_ask_its_holder_is_refused(with_passkey: Newcomer) -> None:
    she = with_passkey
    she.sign_out()
    she.without_finger()
    she.page.get_by_role("button", name="用通行密钥登录").click()
    expect(she.page.locator("form[data-passkey] [data-told]")).to_be_visible()
    expect(she.page.locator("#sign-in")).to_be_visible()


def test_the_key_of_one_person_opens_nothing_of_another(with_passkey: Newcomer, app: Any, county: Any) -> None:
    she = with_passkey
    with app.app_context(), writing() as session:
        session.execute(update(Passkey).values(person_id=county.administrator_id))
    she.sign_out()
    she.page.get_by_role("button", name="用通行密钥登录").click()
    expect(she.page.locator("#problem")).to_contain_text("这个通行密钥不能用")


def test_the_only_passkey_stays_and_one_of_two_can_be_removed(with_passkey: Newcomer, clock: Any) -> None:
    she, page = with_passkey, with_passkey.page
    page.goto(f"{she.address}/session/own")
    page.get_by_role("button", name="移除 钥匙串").click()
    expect(page.locator("#problem")).to_contain_text("唯一的第二重验证")
    page.get_by_role("link", name="设置验证器应用").click()
    secret = totp.secret_of(re.sub(r"\s", "", page.locator("#app-secret").inner_text()))
    page.locator("#code").fill(totp.code_at(secret, totp.step_of(clock())))
    page.get_by_role("button", name="设置", exact=True).click()
    page.get_by_role("link", name="已收好").click()
    page.get_by_role("button", name="移除 钥匙串").click()
    expect(page.get_by_role("button", name="移除 钥匙串")).to_have_count(0)
    assert [said for said in she.refused if "409" not in said] == []  # of the refusal above


@pytest.mark.looks_at("second_factor.proof_form", "second_factor.set_up_form", "second_factor.ask")
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_pages_of_the_sign_in_look_right_and_can_be_used_by_all(
    browser: Browser, address: str, app: Any, language: str
) -> None:
    with Newcomer(browser, address) as she:
        page, wrong = she.page, []

        def look(name: str) -> list[str]:
            if PICTURES:
                page.screenshot(path=f"{PICTURES}/{name}_{language}.png", full_page=True)
            return wrong_in_both(page, name)

        signing_in.enter(she.context, address, "supervisor")
        page.goto(f"{address}/session/own")
        if language == "en":
            page.get_by_role("button", name="English").click()
        for path in ("/session/own", "/session/proof", "/session/set-up"):
            page.goto(address + path)
            wrong += look(path.rpartition("/")[2])
        page.goto(f"{address}/session/own")
        page.locator('form[action$="/recovery-codes"] button').click()
        expect(page.locator("#codes li")).to_have_count(10)
        wrong += look("recovery_codes")
        page.locator('form[action$="/sign-out"] button').click()
        wrong += look("sign_in")
        she.page.locator("#login").fill("supervisor")
        she.page.locator("#password").fill(str(factories.PASSWORD))
        she.page.locator("main form button.primary").click()
        page.locator("#second-factor").wait_for()
        wrong += look("second_factor")
        assert not wrong, wrong
        assert she.refused == []
