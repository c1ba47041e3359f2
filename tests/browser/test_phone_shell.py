"""The phone app around the form, on the real server: enrol, lock, cover, list, case, urgent, sending, choices."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright, Request, expect
from sqlalchemy import select

from fieldapp import demo
from fieldapp.db import reading, writing
from fieldapp.models import settings
from fieldapp.models.vaults import Vault
from tests.browser import axe
from tests.browser.phone_stage import PIN, Phone, Server, browser
from tests.browser.record_stage import LOOK
from tests.house_reading import without_comments

REQUESTS_MAX = 25
# What a box would take if it could, against what it has.
SPARE_PX = """(box) => {
  const given = box.offsetWidth;
  box.style.inlineSize = "max-content";
  const wanted = box.offsetWidth;
  box.style.inlineSize = "";
  return given - wanted;
}"""
FIRST_SCREEN = """new MutationObserver((changes, watching) => {
  if (!document.querySelector("#enrol-start")) return;
  globalThis.shownAt = performance.timeOrigin + performance.now();
  watching.disconnect();
}).observe(document, { childList: true, subtree: true });"""
MEASURE = """(smallest) => [...document.querySelectorAll("button, a[href], input, textarea, summary, select")]
  .filter((e) => e.offsetParent !== null && !e.disabled)
  .map((e) => [e, (e.matches("input[type=checkbox]") ? e.closest("label") : e).getBoundingClientRect()])
  .filter(([, box]) => box.width > 0 && (box.height < smallest || box.width < smallest))
  .map(([e, box]) => `${e.tagName} ${e.id} ${e.textContent.slice(0, 20)} ${box.width}x${box.height}`)"""


def first_case(page: Page) -> None:
    page.locator("#screen-worklist .entry").first.click()
    page.locator("#conflict [data-value=no]").click()


def test_a_code_in_the_address_leaves_it_at_once_and_survives_a_wrong_password(phone: Phone, page: Page) -> None:
    # Given a QR link
    code = phone.server.device_code("li")
    page.goto(f"{phone.server.address}#{code}")
    page.locator("#enrol-start").click()
    expect(page).to_have_url(phone.server.address)
    expect(page.locator("#enrol-code")).to_have_value(re.sub("(.{4})(?=.)", r"\1 ", code))
    # When the password is wrong
    page.locator("#enrol-login").fill("li")
    page.locator("#enrol-password").fill("not-the-password")
    page.locator("#enrol-next").click()
    phone.choose_digits()
    phone.choose_pin()
    # Then the page of the account says so, nothing typed right is lost, and the same code still works
    expect(page.get_by_role("alert")).to_contain_text("账号、密码或设备码不对")
    expect(page.locator("#enrol-code")).to_have_value(re.sub("(.{4})(?=.)", r"\1 ", code))
    page.locator("#enrol-password").fill(demo.PASSWORD)
    page.locator("#enrol-next").click()
    page.locator("#enrol-again").click()
    expect(page.locator("#screen-worklist")).to_be_visible()
    assert code not in page.evaluate("() => JSON.stringify([location.href, history.state, document.title])")


def test_wrong_codes_secrets_and_pins_are_named_and_keep_their_place(phone: Phone, page: Page) -> None:
    phone.open()
    phone.begin_enrolment("ABCD", "li")
    expect(page.get_by_role("alert")).to_contain_text("设备码格式不对")
    page.locator("#enrol-code").fill("0" * 24)
    page.locator("#enrol-password").fill("")
    page.locator("#enrol-next").click()
    expect(page.get_by_role("alert")).to_contain_text("账号和密码都要填")
    page.locator("#enrol-password").fill("x")
    page.locator("#enrol-next").click()
    page.locator("#way-passphrase").click()
    page.locator("#new-passphrase").fill("short")
    page.locator("#enrol-next").click()
    expect(page.get_by_role("alert")).to_contain_text("口令太短")
    page.locator("#new-passphrase").fill("床前明月光 疑是地上霜 2024")
    page.locator("#enrol-next").click()
    expect(page.get_by_role("alert")).to_contain_text("这个口令太常见")
    page.locator("#new-passphrase").fill("山 海 米 桥 四个不相关的词")
    page.locator("#enrol-next").click()
    page.locator("#again-passphrase").fill("另一句话另一句话另一句话")
    page.locator("#practise-next").click()
    expect(page.get_by_role("alert")).to_contain_text("两次口令不一样")
    for _ in range(2):
        page.locator("#again-passphrase").fill("山 海 米 桥 四个不相关的词")
        page.locator("#practise-next").click()
    phone.press("123456")
    expect(page.get_by_role("alert")).to_contain_text("PIN 太容易猜")


def test_a_new_phone_shows_its_first_screen_after_few_requests(
    phone: Phone, page: Page, context: BrowserContext
) -> None:
    # Counted by the browser's own clock: where it is busy the rest is on its way before the test hears of it.
    page.add_init_script(FIRST_SCREEN)
    done: list[Request] = []
    page.on("requestfinished", lambda request: done.append(request))
    page.goto(phone.server.address)
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    shown_at = page.evaluate("() => shownAt")
    asked = [request.url for request in done if request.timing["startTime"] <= shown_at]
    assert phone.server.address in asked and len(asked) < len(done)
    assert len(asked) <= REQUESTS_MAX, asked


def test_a_phone_without_a_vault_calls_the_county_too_and_the_country_without_a_server(
    phone: Phone, page: Page, stage: Server
) -> None:
    own = {"number": "199 0000 0110", "label": {"zh": "示范县庇护所", "en": "County shelter"}}
    with stage.app.app_context(), writing() as session:
        settings.put(session, settings.LOCAL_NUMBERS, json.dumps([own]))
    phone.open()
    # Given somebody who has no code yet, when she asks for help, then the county's own number stands there too
    calls = page.locator("#urgent .call")
    page.locator("#gate #urgent-open").click()
    expect(calls.filter(has_text="示范县庇护所")).to_have_attribute("href", "tel:199 0000 0110")
    expect(calls).to_have_count(4)
    page.keyboard.press("Escape")
    # And where no server answers, those of the whole country
    stage.stop()
    page.locator("#gate #urgent-open").click()
    expect(calls).to_have_text(["110报警", "120急救", "12338妇女维权热线"])
    stage.start()


KEPT = """async (urls) => {
  const answers = await Promise.all(urls.map((url) => fetch(url).catch(() => ({ ok: false }))));
  return urls.filter((_, i) => !answers[i].ok);
}"""


def test_a_new_phone_loads_no_file_twice_and_then_has_every_one_without_a_server(
    playwright: Playwright, tmp_path: Path
) -> None:
    stage = Server(tmp_path / "server")
    asked: Counter[str] = Counter()
    answer = stage.app.wsgi_app

    def counted(environ: dict[str, Any], start_response: Any) -> Any:
        asked[environ["PATH_INFO"]] += 1
        return answer(environ, start_response)

    stage.app.wsgi_app = counted
    stage.start()
    with browser(playwright, tmp_path / "profile") as context:
        page = context.pages[0]
        # When a new phone has come as far as waiting for the person
        page.goto(stage.address)
        page.wait_for_function("() => navigator.serviceWorker.controller !== null")
        page.wait_for_load_state("networkidle")
        # Then each file came once, on its own or in a pack
        assert asked.keys() >= {"/", "/sw.js", "/shell.pack", "/more.pack", "/static/js/main.js"}
        assert {path: times for path, times in [*asked.items()] if times > 1} == {}
        assert "/static/js/outbox.js" not in asked and "/static/js/ui/texts-en.js" not in asked
        worker = page.evaluate("() => fetch('/sw.js').then((answer) => answer.text())")
        shell = json.loads(worker.split("const SHELL = ")[1].split(";\n")[0])
        stage.stop()
        assert page.evaluate(KEPT, list(shell["files"])) == []


def test_covering_hides_everything_and_the_pin_brings_it_back(phone: Phone, page: Page) -> None:
    phone.enrol("li")
    first_case(page)
    expect(page.locator("#people")).to_be_visible()
    page.locator("#cover").click()
    expect(page.locator("#screen-covered")).to_be_visible()
    shown = page.locator("body").inner_text()
    assert "女士" not in shown and "村" not in shown and "PIN" not in shown
    phone.uncover("918273")
    expect(page.get_by_role("alert")).to_contain_text("还可以试 4 次")
    phone.press(PIN)
    expect(page.locator("#people")).to_be_visible()


LEAVES_AT_THE_LAST_DIGIT = """(digit) => {
  [...document.querySelectorAll("#gate button")].find((one) => one.textContent.trim() === digit).click();
  dispatchEvent(new Event("pagehide"));
}"""
# Drafts are read only under the keys: then the vault is open, and the list is not there yet.
HIDES_WHILE_OPENING = """() => {
  const begin = IDBDatabase.prototype.transaction;
  IDBDatabase.prototype.transaction = function (stores, ...more) {
    if ([stores].flat().includes("drafts")) {
      IDBDatabase.prototype.transaction = begin;
      Object.defineProperty(document, "hidden", { configurable: true, get: () => true });
      document.dispatchEvent(new Event("visibilitychange"));
      delete document.hidden;
    }
    return begin.call(this, stores, ...more);
  };
}"""

WATCHES_THE_GATE = """() => {
  globalThis.fallen = [];
  const gate = document.getElementById("gate");
  let asked = false;
  document.addEventListener("click", ({ target }) => (asked ||= target.id === "uncover"), true);
  new MutationObserver(() => gate.hidden && fallen.push(asked ? "uncovered" : "by itself"))
    .observe(gate, { attributeFilter: ["hidden"] });
}"""


@pytest.mark.parametrize("when", ["unlocking", "opening"])
def test_who_leaves_while_it_opens_finds_the_cover_and_the_pin_opens_it_whole(
    when: str, phone: Phone, page: Page
) -> None:
    phone.enrol("li")
    page.reload()
    phone.press(phone.digits[:-1])
    page.evaluate(WATCHES_THE_GATE)
    # When the page goes away before the list stands
    if when == "unlocking":
        page.evaluate(LEAVES_AT_THE_LAST_DIGIT, phone.digits[-1])
    else:
        page.evaluate(HIDES_WHILE_OPENING)
        phone.press(phone.digits[-1])
    # Then the harmless page stands, and stays
    expect(page.locator("#screen-covered")).to_be_visible()
    # And her PIN opens all of it; until then the gate never fell
    phone.uncover()
    expect(page.locator("#list-today .entry").first).to_be_visible()
    expect(page.locator("#tab-worklist")).to_be_visible()
    assert page.evaluate("() => fallen") == ["uncovered"]


def test_five_wrong_pins_lock_and_the_number_opens_again(phone: Phone, page: Page) -> None:
    phone.enrol("li")
    page.locator("#cover").click()
    page.locator("#uncover").click()
    for left in (4, 3, 2, 1):
        phone.press("918273")
        expect(page.get_by_role("alert")).to_contain_text(f"还可以试 {left} 次")
    phone.press("918273")
    expect(page.locator("#screen-unlock")).to_be_visible()
    expect(page.get_by_text("PIN 输错五次")).to_be_visible()
    assert page.locator("#main").inner_text() == ""
    phone.press("0" * len(phone.digits))
    expect(page.get_by_role("alert")).to_contain_text("口令不对")
    phone.unlock()


def test_the_app_opens_from_cold_with_the_server_stopped_and_says_what_waits(
    playwright: Playwright, tmp_path: Path
) -> None:
    stage = Server(tmp_path / "server")
    stage.start()
    with browser(playwright, tmp_path / "profile") as context:
        phone = Phone(context.pages[0], stage)
        phone.enrol("li")
        expect(phone.page.locator("#screen-worklist .entry").first).to_be_visible()
        phone.page.wait_for_function("() => navigator.serviceWorker.controller !== null")
        digits = phone.digits
    stage.stop()
    # The browser was closed; nobody answers at the address
    with browser(playwright, tmp_path / "profile") as context:
        phone = Phone(context.pages[0], stage)
        phone.digits = digits
        phone.open()
        phone.unlock()
        expect(phone.page.locator("#screen-worklist .entry").first).to_be_visible()
        phone.page.locator("#urgent-open").click()
        phone.page.locator("#urgent-save").click()
        expect(phone.page.locator("#urgent-state")).to_contain_text("已加密记下")
        phone.page.keyboard.press("Escape")
        expect(phone.page.locator("#sync-line")).to_contain_text("待发 1 份")
        phone.page.locator("#tab-sync").click()
        expect(phone.page.locator("[data-count=waiting] dd")).to_have_text("1")
        phone.page.locator("#send-now").click()
        expect(phone.page.locator("#toast")).to_contain_text("连不上服务器")
        # Then it goes by itself when somebody answers again
        stage.start()
        phone.page.locator("#send-now").click()
        expect(phone.page.locator("[data-count=waiting] dd")).to_have_text("0")
    stage.stop()


def test_urgent_is_two_taps_from_the_lock_screen_and_is_recorded_while_locked(phone: Phone, page: Page) -> None:
    phone.enrol("li")
    page.context.set_offline(True)  # else it may have gone, and be answered, before anybody looks at what waits
    page.locator("#tab-settings").click()
    page.locator("#lock-now").click()
    expect(page.locator("#screen-unlock")).to_be_visible()
    page.locator("#screen-unlock #urgent-open").click()
    call = page.locator(".call").first
    assert call.get_attribute("href") == "tel:110"
    page.evaluate("() => addEventListener('click', (event) => event.preventDefault(), {capture: true, once: true})")
    call.click()
    expect(page.locator("#urgent-state")).to_contain_text("已加密记下")
    page.keyboard.press("Escape")
    phone.unlock()
    page.locator("#tab-sync").click()
    # One sealed while locked, and the same confirmed by its author after the unlock
    expect(page.get_by_text("紧急情况记录").first).to_be_visible()
    page.context.set_offline(False)
    expect(page.locator("[data-count=waiting] dd")).to_have_text("0")


def test_no_name_is_shown_before_the_question_of_conflict_is_answered(phone: Phone, page: Page) -> None:
    phone.enrol("li")
    page.locator("#screen-worklist .entry").first.click()
    expect(page.locator("#conflict")).to_be_visible()
    assert page.locator("#people").count() == 0
    page.locator("#conflict [data-value=yes]").click()
    expect(page.locator("#conflict-stop")).to_be_visible()
    assert page.locator("#people").count() == 0
    page.get_by_role("button", name="刚才点错了").click()
    expect(page.locator("#people")).to_be_visible()


def test_what_was_typed_is_a_draft_after_the_page_is_gone(phone: Phone, page: Page) -> None:
    # Given a running visit with one answer given
    phone.enrol("li")
    page.locator("#list-today .entry").first.click()
    page.locator("#conflict [data-value=no]").click()
    page.locator("[data-act=visit-start]").click()
    page.locator(".entries button.entry", has_text="告知与同意").click()
    page.locator(".record input[type=checkbox]").first.check()
    expect(page.locator("#sync-line")).to_contain_text("已加密保存")
    # When the page is thrown away
    page.reload()
    phone.unlock()
    # Then the draft stands in its place, and opens where it was
    page.locator("#tab-drafts").click()
    page.locator("#draft-list .entry").click()
    expect(page.locator(".record input[type=checkbox]").first).to_be_checked()
    # And giving it up takes a reason
    page.locator(".rec-bar button").first.click()
    expect(page.locator("#draft-list, .record")).to_be_visible()


def test_a_village_cadre_answers_in_few_taps_and_the_visit_leaves_the_list(phone: Phone, page: Page) -> None:
    # Given the cadre, who reads large type and a neutral list
    phone.enrol("zhao")
    expect(page.locator("html")).to_have_attribute("data-size", "elder")
    visits = page.locator("#list-today .entry")
    visits.first.wait_for()
    before = visits.count()
    visits.first.click()
    page.locator("#conflict [data-value=no]").click()
    page.locator(".entries button.entry").first.click()
    # Whose box for day and time is wide enough for the longest clock, also in the large type
    assert page.locator("input[type=datetime-local]").evaluate(SPARE_PX) >= 0
    # When she was seen, all is the same, nothing is needed, no worry
    record = page.locator(".record")
    record.get_by_text("是", exact=True).first.click()
    record.get_by_text("差不多", exact=True).click()
    record.get_by_text("否", exact=True).nth(1).click()
    record.get_by_text("否", exact=True).nth(2).click()
    page.locator(".rec-foot button").last.click()
    # Then it is on its way, stands in one place, and can be taken back while nobody has opened it
    expect(page.locator("#toast")).to_contain_text("已提交")
    expect(page.get_by_role("button", name="撤回")).to_be_visible()
    page.locator("#back").click()
    expect(visits).to_have_count(before - 1)
    page.locator("#tab-drafts").click()
    expect(page.get_by_text("没有草稿")).to_be_visible()


def test_a_draft_is_given_up_only_with_a_reason(phone: Phone, page: Page) -> None:
    phone.enrol("li")
    page.locator("#list-today .entry").first.click()
    page.locator("#conflict [data-value=no]").click()
    page.locator("[data-act=visit-start]").click()
    page.locator(".entries button.entry", has_text="告知与同意").click()
    page.locator(".record input[type=checkbox]").first.check()
    expect(page.locator("#sync-line")).to_contain_text("已加密保存")
    page.reload()
    phone.unlock()
    page.locator("#tab-drafts").click()
    page.get_by_role("button", name=re.compile("^作废")).click()
    page.get_by_role("button", name="作废这份草稿").click()
    expect(page.get_by_role("alert")).to_contain_text("请选一个原因")
    page.locator("#void [data-value=duplicate]").click()
    phone.server.stop()  # what waits stays in sight; what a demo has taken leaves the list at once
    page.get_by_role("button", name="作废这份草稿").click()
    expect(page.get_by_text("没有草稿")).to_be_visible()
    page.locator("#tab-sync").click()
    expect(page.get_by_text("告知与同意（作废）")).to_be_visible()
    phone.server.start()


@pytest.mark.parametrize("theme", ["light", "dark", "sun"])
def test_every_screen_is_free_of_axe_violations_and_small_targets(
    theme: str, phone: Phone, page: Page, pytestconfig: pytest.Config
) -> None:
    def judged(smallest: int = 44) -> None:
        assert axe.violations(page) == []
        assert page.evaluate(MEASURE, smallest) == []

    phone.open()
    page.locator("#enrol-start").wait_for()
    judged()
    phone.enrol("zhao" if theme == "sun" else "li")
    smallest = 60 if theme == "sun" else 44  # the village cadre has the large type
    page.locator("#tab-settings").click()
    page.locator(f"#set-theme [data-value={theme}]").click()
    expect(page.locator("html")).to_have_attribute("data-theme", theme)
    page.evaluate(LOOK, theme)  # until no colour is on its way any more
    for tab in ("worklist", "drafts", "sync", "settings"):
        page.locator(f"#tab-{tab}").click()
        page.locator(f"#screen-{tab}").wait_for()
        judged(smallest)
    page.locator("#tab-worklist").click()
    page.locator("#screen-worklist .entry").first.click()
    page.locator("#conflict").wait_for()
    judged(smallest)
    page.locator("#conflict [data-value=no]").click()
    page.locator("#conflict").wait_for(state="detached")
    judged(smallest)
    page.locator("#urgent-open").click()
    page.locator("#urgent").wait_for()
    judged(smallest)
    page.keyboard.press("Escape")
    page.locator("#cover").click()
    page.locator("#screen-covered").wait_for()
    judged(smallest)


VERSION = """() => new Promise((told) => {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = ({ data }) => told(data.version.slice(0, 12));
  navigator.serviceWorker.controller.postMessage({ type: "version" }, [port2]);
})"""


def test_the_office_sees_which_version_a_phone_runs(phone: Phone, page: Page) -> None:
    phone.enrol("li")
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    version = page.evaluate(VERSION)
    page.locator("#tab-settings").click()
    expect(page.get_by_text(f"版本 {version}")).to_be_visible()
    expect(page.locator("#speak-up")).to_contain_text("12345")  # who has no desk has a way to complain all the same
    page.locator("#tab-sync").click()
    with page.expect_response(lambda response: response.url.endswith("/sync/v1/exchange")):
        page.locator("#send-now").click()
    expect(page.locator("#toast")).to_be_visible()
    with phone.server.app.app_context(), reading() as session:
        assert session.scalars(select(Vault.app_version).order_by(Vault.enrolled_at.desc())).first() == version


def test_the_choices_hold_from_the_lock_screen_on(phone: Phone, page: Page) -> None:
    phone.enrol("li")
    page.locator("#tab-settings").click()
    page.locator("#set-language [data-value=en]").click()
    expect(page.locator("#tab-worklist")).to_have_text("List")
    page.locator("#set-size [data-value=elder]").click()
    expect(page.locator("html")).to_have_attribute("data-size", "elder")
    page.reload()
    expect(page.locator("#screen-unlock h1")).to_have_text("Unlock")
    assert page.evaluate("() => [document.documentElement.lang, document.documentElement.dataset.size]") == [
        "en",
        "elder",
    ]


def test_titles_addresses_and_history_never_change(phone: Phone, page: Page) -> None:
    phone.enrol("li")
    first_case(page)
    page.locator("#people").wait_for()
    said: Any = page.evaluate("() => [document.title, location.href, history.state]")
    assert said == ["工作记录", phone.server.address, {"n": 1}]
    # The back key of the phone goes one screen back, and never out of the app by one press
    page.evaluate("() => history.back()")
    expect(page.locator("#screen-worklist")).to_be_visible()


def used_keys(source: str) -> tuple[set[str], set[str]]:
    """Keys that a script names whole, and the beginnings of those it puts together."""
    whole = set(re.findall(r"""["']([a-z]\w*)["']""", source))
    begun = set(re.findall(r"\bt\(\s*`(\w*)\$\{", source))
    return whole, {start for start in begun if start}


def test_every_sentence_is_there_in_both_languages_and_used() -> None:
    scripts = Path(__file__).parents[2] / "static" / "js"

    def keys_of(file: str) -> set[str]:
        return set(re.findall(r"^\s{2}(\w+):", (scripts / "ui" / file).read_text(), re.MULTILINE))

    keys = {code: keys_of(f"texts-{code}.js") for code in ("zh", "en")}
    seldom = {code: keys_of(f"more/texts-{code}.js") for code in ("zh", "en")}
    # Both languages of the others stand side by side; some of a practice stand in place of others.
    topics = {path.stem for path in (scripts / "ui" / "more").glob("texts-*.js")} - {"texts-zh", "texts-en"}
    paired = {key for topic in topics for key in keys_of(f"more/{topic}.js")}
    assert keys["zh"] == keys["en"] and seldom["zh"] == seldom["en"] and not keys["zh"] & seldom["zh"]
    sources = {
        path.relative_to(scripts).as_posix(): without_comments(path.read_text(), keep_strings=True)
        for folder in (scripts, scripts / "ui", scripts / "more", scripts / "ui" / "more")
        for path in folder.glob("*.js")
        if "texts-" not in path.name
    }
    whole, begun = (set().union(*parts) for parts in zip(*map(used_keys, sources.values()), strict=True))
    known = keys["zh"] | seldom["zh"] | paired
    assert not {key for key in known if key not in whole and not key.startswith(tuple(begun))}
    theirs = set(re.findall(r"^\s{2}(\w+):", (scripts / "ui" / "texts-record-zh.js").read_text(), re.MULTILINE))
    for path, source in sources.items():
        # What every phone says must not wait for the sentences that come with the seldom screens.
        there = keys["zh"] | theirs | (seldom["zh"] | paired if "more/" in path else set())
        assert not set(re.findall(r"""\bt\(\s*"(\w+)\"""", source)) - there, path
