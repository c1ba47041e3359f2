"""Publishing a form in the real browser: upload, read, try it on a phone, publish, withdraw; no script needed."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from fieldapp.config import Config
from fieldapp.db import writing
from fieldapp.models.forms import FormVersion
from tests import factories
from tests.browser import desk_seat
from tests.browser.desk_room import served
from tests.browser.desk_seat import Seat
from tests.browser.phone_stage import Phone, Server
from tests.browser.phone_stage import browser as phone_browser
from tests.house_reading import assert_none
from tests.web.test_forms_desk import CHOICES, FROM_FILE, PLACES, SURVEY, packed, unclassified, wells

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-desk")]

# Three moments, a repeat, a signature, harm behind one tap, two languages.
MOMENTS = (
    SURVEY.replace(
        "| | end_group |",
        """| | image | paper | 拍下凭证 | Take a picture of the paper | | | | |
| | end_group | | | | | | | |
| | begin_repeat | people | 家里人 | People | | | household | later |
| | text | who | 称呼 | What is she called? | | | | |
| | end_repeat | | | | | | | |
| | begin_group | opinion | 意见 | Opinion | | | household | desk |
| | text | view | 您的看法 | What do you think? | | | | |
| | end_group |""",
    ),
    CHOICES,
)


@pytest.fixture
def config(tmp_path: Path, ring: Any) -> Config:
    return desk_seat.config_of(tmp_path, ring)


@pytest.fixture
def address(app: Any, county: factories.County) -> Iterator[str]:
    with served(app) as address:
        yield address


class Administrator(Seat):
    """Somebody at the desk who publishes forms."""

    def __init__(self, opened: Browser, address: str, **more: Any) -> None:
        super().__init__(opened, address, "administrator", **more)

    def upload(self, content: bytes, name: str = "wells.md") -> Page:
        self.open("/forms")
        self.page.locator("#files").set_input_files({"name": name, "mimeType": "text/plain", "buffer": content})
        self.page.get_by_role("button", name="上传并检查").click()
        expect(self.page.locator("#form-upload")).to_be_visible()
        return self.page

    def publish(self, *roles: str) -> Page:
        for role in roles:
            self.page.get_by_label(role).check()
        self.page.get_by_role("button", name=re.compile("发布第")).click()
        expect(self.page.locator("#form-version")).to_be_visible()
        return self.page


def big(version: int) -> bytes:
    return wells(version, *MOMENTS)


@pytest.mark.looks_at("forms.shelf", "forms.candidate", "forms.version", "forms.try_candidate")
def test_every_page_of_forms_is_readable_and_reachable(browser, address):
    with Administrator(browser, address) as she:
        page = she.open("/forms")
        wrong = she.look_in_both("empty-shelf")
        she.upload(unclassified())
        wrong += she.look_in_both("refused")
        she.upload(wells())
        wrong += she.look_in_both("candidate")
        she.publish("走访人员")
        wrong += she.look_in_both("version")
        she.upload(big(2))
        wrong += she.look_in_both("compared")
        page.get_by_role("link", name="在手机画面上试填").click()
        expect(page.locator(".record h1")).to_be_visible()
        wrong += she.look_in_both("tried")
        page.go_back()
        she.publish()
        page.get_by_text("撤回…").click()
        page.get_by_label("原因").fill("题目有误")
        page.get_by_role("button", name="撤回第 2 版").click()
        expect(page.locator(".alert")).to_contain_text("题目有误")
        wrong += she.look_in_both("withdrawn")
        she.open("/forms")
        wrong += she.look_in_both("shelf")
        assert_none([*wrong, *she.refused])


def test_a_form_is_tried_on_the_real_record_screen_and_leaves_nothing_behind(browser, address):
    with Administrator(browser, address) as she:
        page = she.upload(big(1))
        page.get_by_role("link", name="在手机画面上试填").click()
        phone = page.locator("#phone")
        expect(phone).to_have_css("height", "740px")  # its sheet is read
        box = phone.bounding_box()
        assert box is not None and (round(box["width"]), round(box["height"])) == (360, 740)
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))

        # Logic runs as on a phone
        expect(phone.get_by_text("有多深（米）？")).to_have_count(0)
        phone.get_by_label("有", exact=True).check()
        expect(phone.get_by_text("有多深（米）？")).to_be_visible()

        # In every language of the form, the desk around it stays in the reader's
        page.get_by_label("英文").check()
        expect(phone.get_by_text("How deep, in metres?")).to_be_visible()
        expect(phone.get_by_label("yes", exact=True)).to_be_checked()
        expect(page.locator("html")).to_have_attribute("lang", "zh-CN")

        # The evening pages open with the moment
        expect(phone.get_by_text("What do you think?")).to_have_count(0)
        page.get_by_label("晚上").check()
        phone.get_by_role("button", name=re.compile("Contents|Overview|pages", re.I)).first.click()
        phone.get_by_text("Opinion").first.click()
        expect(phone.get_by_text("What do you think?")).to_be_visible()

        # Nothing was sent and nothing is stored
        page.get_by_role("button", name="重新开始").click()
        expect(phone.get_by_label("yes", exact=True)).not_to_be_checked()
        assert [url for url in asked if "/static/" not in url] == []
        stored = "async () => [(await indexedDB.databases()).length, localStorage.length, sessionStorage.length]"
        assert page.evaluate(stored) == [0, 0, 0]
        assert she.refused == []


def test_a_long_list_is_tried_with_its_file(browser, address):
    with Administrator(browser, address) as she:
        source = packed({"wells.md": wells(survey=FROM_FILE), "places.csv": PLACES.encode()})
        page = she.upload(source, "all.zip")
        page.get_by_role("link", name="在手机画面上试填").click()
        question = page.locator('#phone [data-path="well.place"]')
        question.get_by_role("button").first.click()
        page.locator("#phone").get_by_text("村7", exact=True).click()
        expect(question).to_contain_text("村7")
        assert she.refused == []


def test_large_type_and_colours_of_the_phone_can_be_tried(browser, address):
    with Administrator(browser, address) as she:
        page = she.upload(big(1))
        page.get_by_role("link", name="在手机画面上试填").click()
        page.get_by_label("大字").check()
        page.get_by_label("阳光下").check()
        expect(page.locator("html")).to_have_attribute("data-size", "elder")
        expect(page.locator("html")).to_have_attribute("data-theme", "sun")
        expect(page.locator(".record h1")).to_be_visible()
        assert she.look("tried-elder-sun") == []


def test_words_of_a_form_stay_words_in_the_browser(browser, address):
    evil = "<img src=x onerror=alert(1)><b hx-get=/sign-out hx-trigger=load>井</b></script><script>alert(2)</script>"
    with Administrator(browser, address) as she:
        page = she.upload(wells(survey=SURVEY.replace("有水井吗？", evil)), "<b>x</b>.md")
        page.wait_for_function("() => window.htmx !== undefined")
        expect(page.locator("main")).to_contain_text("<img src=x")
        assert page.locator("main img, main b").count() == 0
        page.get_by_role("link", name="在手机画面上试填").click()
        expect(page.locator("#phone")).to_contain_text("<img src=x")
        assert page.locator("#phone img, #phone b").count() == 0
        assert she.refused == []


def test_a_form_is_published_without_any_script(browser, address):
    with Administrator(browser, address, java_script_enabled=False) as she:
        page = she.upload(wells())
        page.get_by_role("link", name="在手机画面上试填").click()
        expect(page.get_by_text("本页需要 JavaScript")).to_be_visible()
        page.go_back()
        she.publish("走访人员")
        expect(page.locator("h1")).to_have_text("水井登记")


def test_too_large_a_file_is_told_before_it_is_sent(browser, address):
    with Administrator(browser, address) as she:
        page = she.open("/forms")
        page.evaluate("() => { document.querySelector('form[data-max-bytes]').dataset.maxBytes = '10'; }")
        page.locator("#files").set_input_files({"name": "a.md", "mimeType": "text/plain", "buffer": b"x" * 11})
        page.get_by_role("button", name="上传并检查").click()
        message = page.locator("#files").evaluate("(input) => input.validationMessage")
        assert message == "文件太大：一次最多 16 MB。" and page.url.endswith("/forms")


def test_the_list_of_refusals_is_downloaded(browser, address):
    with Administrator(browser, address) as she:
        page = she.upload(unclassified())
        with page.expect_download() as download:
            page.get_by_role("link", name="下载清单").click()
        lines = Path(download.value.path()).read_text("utf-8-sig").splitlines()
        assert len(lines) == 4 and "没有敏感级别" in lines[1]


# === on a phone =======================================================================================================


def told_of(server: Server, act: Any) -> None:
    """Do this on the server, and let its clock go on until phones are asked to notice."""
    with server.app.app_context(), writing() as session:
        act(session, server.app.extensions["clock"]())
    later = server.app.extensions["clock"]() + timedelta(minutes=11)
    server.app.extensions["clock"] = lambda: later


def test_a_form_too_new_says_so_and_a_withdrawn_one_gives_way(browser, tmp_path):
    server = Server(tmp_path / "server")
    server.start()
    playwright = SimpleNamespace(chromium=browser.browser_type)  # one runs already, and only one may
    with phone_browser(playwright, tmp_path / "profile") as context:
        phone = Phone(context.pages[0], server)
        page = phone.page
        phone.enrol("li")

        def too_new(session: Any, now: Any) -> None:
            newest = session.scalars(select(FormVersion).where(FormVersion.form == "F0")).one()
            plan = json.dumps({**json.loads(newest.plan), "version": 99, "functions": 99})
            session.add(FormVersion(form="F0", version=99, plan_hash="0" * 64, plan=plan, source="", published_at=now))

        def withdrawn(session: Any, now: Any) -> None:
            session.get_one(FormVersion, ("F0", 99)).withdrawn_at = now

        def take_in() -> None:
            page.reload()
            phone.unlock()
            page.locator("#tab-sync").click()
            page.locator("#send-now").click()
            expect(page.locator("#toast")).to_contain_text("已和服务器联系")  # all that came is on disk
            page.locator("#tab-worklist").click()
            page.locator("#list-today .entry").first.click()

        consent = page.locator("#screen-case button.entry", has_text="告知与同意").first
        told_of(server, too_new)
        take_in()
        page.locator("#conflict [data-value=no]").click()
        page.locator("[data-act=visit-start]").click()
        consent.click()
        expect(page.get_by_text("这个表单需要更新的应用")).to_be_visible()
        told_of(server, withdrawn)
        take_in()
        consent.click()
        expect(page.locator(".record h1")).to_be_visible()
    server.stop()
