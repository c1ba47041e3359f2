"""What the office orders about a phone, on the real server: stopped, given back, wiped, told of a new server key."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp.actions import vaults
from fieldapp.db import writing
from fieldapp.models import server_keys
from fieldapp.models.accounts import Account, Acting, acting_for
from fieldapp.models.vaults import Vault
from tests.browser.phone_stage import Phone, Server
from tests.browser.test_accessibility import judge

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("orders")]
Act = Callable[[Session, Acting, Any, datetime], object]


def vault_of(session: Session, login: str) -> Vault:
    """Her newest phone."""
    person_id = session.scalars(select(Account).where(Account.login == login)).one().person_id
    return session.scalars(
        select(Vault).where(Vault.person_id == person_id).order_by(Vault.enrolled_at.desc()).limit(1)
    ).one()


def order(server: Server, act: Act, login: str) -> None:
    """As the administrator does it at the desk."""
    with server.app.app_context(), writing() as session:
        admin = session.scalars(select(Account).where(Account.login == "admin")).one()
        acting = acting_for(session, admin.district, admin.person_id)
        assert acting is not None
        act(session, acting, vault_of(session, login).vault_id, server.now())


def send(page: Page) -> None:
    page.locator("#tab-sync").click()
    page.locator("#send-now").click()


def test_a_suspended_phone_is_locked_also_without_a_link_until_it_is_given_back(phone: Phone, page: Page) -> None:
    phone.enrol("li")
    order(phone.server, vaults.suspend, "li")
    send(page)
    expect(page.locator("#screen-unlock")).to_contain_text("这台手机已被暂停")
    # Given a start without a server
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    phone.server.stop()
    page.reload()
    expect(page.locator("#screen-unlock")).to_contain_text("这台手机已被暂停")
    expect(page.locator(".keypad")).to_have_count(0)
    page.locator("#screen-unlock #urgent-open").click()
    expect(page.locator("#urgent")).to_be_visible()
    page.locator("#urgent .sheet-head button").click()
    # When the office gives it back, one contact is enough
    phone.server.start()
    order(phone.server, vaults.give_back, "li")
    phone.press_if_there("#stopped-send")
    expect(page.locator(".keypad")).to_be_visible()
    phone.unlock()


def test_a_lease_that_is_over_asks_for_one_contact_and_deletes_nothing(phone: Phone, page: Page) -> None:
    phone.enrol("li")
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    page.locator("#screen-worklist .entry").first.click()
    page.locator("#conflict [data-value=no]").click()
    page.locator("[data-act=visit-start]").click()
    page.locator("#screen-case button.entry", has_text="告知与同意").first.click()
    page.locator('input[value="consent"]').check()
    expect(page.locator("#sync-line")).to_contain_text("已加密保存")
    # Given a start in 2090, without a server
    page.clock.set_system_time("2090-01-01T08:00:00")
    phone.server.stop()
    page.reload()
    expect(page.locator("#screen-unlock")).to_be_visible()
    phone.press(phone.digits)
    expect(page.locator("#screen-lease")).to_be_visible()
    page.locator("#lease-connect").click()
    expect(page.locator("#lease-state")).to_contain_text("连不上服务器")
    judge(page)
    # When there is a link again, one contact opens it, with the draft
    phone.server.start()
    phone.press_if_there("#lease-connect")
    expect(page.locator("#screen-worklist")).to_be_visible()
    expect(page.locator("#tab-drafts .badge")).to_have_text("1")


def test_a_new_server_key_reaches_the_phone_with_its_next_contact(phone: Phone, page: Page) -> None:
    phone.enrol("wang")
    with phone.server.app.app_context(), writing() as session:
        key_id = server_keys.rotate(session, phone.server.now())
        version = server_keys.list_version(session)
    send(page)
    expect(page.locator("#toast")).to_contain_text("已和服务器联系")
    held = """async () => {
      const open = indexedDB.open("fieldapp");
      const database = await new Promise((got) => { open.onsuccess = () => got(open.result); });
      const asked = database.transaction("vaults").objectStore("vaults").getAll();
      const [record] = await new Promise((got) => { asked.onsuccess = () => got(asked.result); });
      database.close();
      return [record.keys_version, record.server_keys.map((key) => key.key_id)];
    }"""
    known_version, known = page.evaluate(held)
    assert known_version == version and key_id in known
    # And the office sees how the phone is
    with phone.server.app.app_context(), writing() as session:
        vault = vault_of(session, "wang")
        assert vault.ways == "secret" and vault.is_locked is False and vault.free_bytes


def test_a_wiped_phone_is_empty_and_says_what_it_could_not_send(phone: Phone, page: Page) -> None:
    phone.enrol("zhao")
    order(phone.server, vaults.order_wipe, "zhao")
    send(page)
    expect(page.locator("#screen-enrol")).to_be_visible()
    expect(page.locator("#toast")).to_contain_text("已按要求清除")
    # The phone tells the office, then its data go, then its own line: looked at from frame to frame
    left = """async () => {
      const open = indexedDB.open("fieldapp");
      const database = await new Promise((got) => { open.onsuccess = () => got(open.result); });
      let left = 1;
      for (let frame = 0; left > 0 && frame < 3000; frame += 1) {
        const asked = database.transaction("vaults").objectStore("vaults").count();
        left = await new Promise((got) => { asked.onsuccess = () => got(asked.result); });
        await new Promise(requestAnimationFrame);
      }
      database.close();
      return [left, ...(await indexedDB.databases()).map(({ name }) => name)];
    }"""
    assert page.evaluate(left) == [0, "fieldapp"]
    with phone.server.app.app_context(), writing() as session:
        vault = vault_of(session, "zhao")
        assert vault.wiped_at is not None and vault.wiped_unsent == 0
