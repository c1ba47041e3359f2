"""What goes wrong on a phone is named, says what to do, and loses nothing: damage, a full disk, refusals, clocks.

Wrong secrets, five wrong PINs, and the cold start without a server stand in test_phone_shell.py; a spoiled shell in
tests/js/core/test_service_worker.py.
"""

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Playwright, Route, expect
from sqlalchemy import select

from fieldapp.actions import cases
from fieldapp.days import day_of
from fieldapp.db import reading, writing
from fieldapp.models.accounts import Account, acting_for
from fieldapp.models.cases import VisitPurpose
from fieldapp.models.records import Kept
from fieldapp.models.vaults import Vault
from tests.browser.phone_stage import AHEAD_BY, Phone, Server, browser, served

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("phone-bad-input")]
EXCHANGE = "**/sync/v1/exchange"
# One bit of the first row of a store, in the vault's own database.
FLIP = """async (store) => {
  const [{ name }] = (await indexedDB.databases()).filter(({ name }) => name.startsWith("v-"));
  const done = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const database = await done(indexedDB.open(name));
  const rows = database.transaction(store, "readwrite").objectStore(store);
  const [key] = await done(rows.getAllKeys());
  const row = await done(rows.get(key));
  row.sealed[40] ^= 1;
  await done(rows.put(row, key));
  database.close();
}"""
# What a browser throws at a write when the disk or the origin's share of it is used up.
FULL = """() => {
  globalThis.full = true;
  const { put } = IDBObjectStore.prototype;
  IDBObjectStore.prototype.put = function (...given) {
    if (globalThis.full) throw new DOMException("the disk is full", "QuotaExceededError");
    return put.apply(this, given);
  };
}"""
MARKUP = '<img src=x onerror="document.title=1"><b hx-post="/x">吴'


@pytest.fixture
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One for each test: a list that an earlier test has emptied must not decide a later one."""
    with served(tmp_path_factory.mktemp("server")) as own:
        yield own


def begin(page: Page, form: str, *, first: bool = True) -> None:
    """A form of today's first visit, from its case."""
    if first:
        page.locator("#list-today .entry").first.click()
        page.locator("#conflict [data-value=no]").click()
        page.locator("[data-act=visit-start]").click()
    page.locator("#screen-case button.entry", has_text=form).first.click()
    page.locator(".record").wait_for()


def open_note(page: Page) -> None:
    """A village note, answered; each takes one visit of the list away."""
    page.locator("#list-overdue .entry, #list-today .entry").first.click()
    page.locator("#conflict [data-value=no]").click()
    page.locator("#screen-case button.entry").first.click()
    record = page.locator(".record")
    record.get_by_text("是", exact=True).first.click()
    record.get_by_text("差不多", exact=True).click()
    record.get_by_text("否", exact=True).nth(1).click()
    record.get_by_text("否", exact=True).nth(2).click()


def leave(page: Page) -> None:
    """Back to the case; what was written is on disk then."""
    page.locator(".rec-bar button").first.click()
    if page.locator(".rec-page .page-title", has_text="目录").count():
        page.locator(".rec-bar button").first.click()
    page.locator("#screen-case").wait_for()


def send(page: Page) -> None:
    page.locator("#tab-sync").click()
    page.locator("#send-now").click()
    expect(page.locator("#toast")).to_be_visible()


def urgent(page: Page, place: str) -> None:
    """The shortest thing that can be handed in."""
    page.locator("#urgent-open").click()
    page.locator("#urgent-place").fill(place)
    page.locator("#urgent-save").click()
    expect(page.locator("#urgent-state")).to_contain_text("已加密记下")
    page.keyboard.press("Escape")
    page.locator("#urgent").wait_for(state="detached")


def answering(change: Callable[[int, dict[str, Any]], None]) -> Callable[[Route], None]:
    """The real server's reply, with each result changed by its place in the queue."""

    def handle(route: Route) -> None:
        reply = route.fetch()
        frame = reply.body()
        length = int.from_bytes(frame[:4], "big")
        head = json.loads(frame[4 : 4 + length])
        for number, result in enumerate(head["results"]):
            change(number, result)
        said = json.dumps(head, ensure_ascii=False).encode()
        route.fulfill(response=reply, body=len(said).to_bytes(4, "big") + said + frame[4 + length :])

    return handle


def test_one_changed_bit_is_told_of_that_draft_and_the_others_open(phone: Phone, page: Page) -> None:
    # Given two drafts
    phone.enrol("li")
    begin(page, "告知与同意")
    page.locator(".record input[type=checkbox]").first.check()
    leave(page)
    begin(page, "入户调查", first=False)
    page.locator('.q[data-path="visit.outcome"] label', has_text="没能走访").click()
    leave(page)
    # When one bit of one of them changes on the flash
    page.evaluate(FLIP, "drafts")
    page.reload()
    phone.unlock()
    # Then that one is named, with what to do, and the other opens
    page.locator("#tab-drafts").click()
    rows = page.locator("#draft-list > .entries > *")
    expect(rows).to_have_count(2)
    expect(page.locator("#draft-list")).to_contain_text("这一项数据已损坏，打不开")
    expect(page.locator("#draft-list")).to_contain_text("其他内容不受影响")
    page.locator("#draft-list button.entry", has_text=re.compile("告知与同意|入户调查")).click()
    expect(page.locator(".record")).to_be_visible()


def test_a_full_phone_says_so_and_saves_when_there_is_room_again(phone: Phone, page: Page) -> None:
    phone.enrol("li")
    begin(page, "告知与同意")
    # Given a phone without room
    page.evaluate(FULL)
    # When something is ticked
    page.locator(".record input[type=checkbox]").first.check()
    # Then that it is not saved is said, and it stays in front of the person
    expect(page.locator("#trouble")).to_contain_text("手机存储已满，刚才的内容还没有保存")
    expect(page.locator(".record input[type=checkbox]").first).to_be_checked()
    # And with room again one tap saves it
    page.evaluate("() => { globalThis.full = false; }")
    page.locator("#trouble").get_by_role("button").click()
    expect(page.locator("#trouble")).to_be_empty()
    page.reload()
    phone.unlock()
    page.locator("#tab-drafts").click()
    page.locator("#draft-list button.entry").first.click()
    expect(page.locator(".record input[type=checkbox]").first).to_be_checked()


def test_every_refusal_says_what_to_do_and_none_blocks_the_next(phone: Phone, page: Page) -> None:
    # Given six things to send, and a server that answers each in another way
    phone.enrol("li")
    page.route(EXCHANGE, lambda route: route.abort())
    for number in range(6):
        urgent(page, f"第 {number} 件")
    said = [
        ("quarantined", "unknown_form", "服务器没有这个版本的表单"),
        ("locked", "in_review", "主管正在看这份报告"),
        ("conflict", "not_the_head", "这份报告有了两个版本"),
        ("quarantined", "not_yours", "这份记录不在您的工作范围"),
        ("reseal", "no_envelope", ""),
    ]
    answered: set[str] = set()
    taken: set[str] = set()

    def change(number: int, result: dict[str, Any]) -> None:
        if len(answered) < len(said) and result["op"] not in answered:
            result["status"], result["reason"], result["seq"] = *said[len(answered)][:2], None
            answered.add(result["op"])
        elif result["status"] == "ok":
            taken.add(result["op"])

    page.route(EXCHANGE, answering(change))  # this one answers from now on, with no moment between
    # When they are sent
    send(page)
    # Then four stand with their reason and what to do; the one to be sealed anew and the last have arrived
    expect(page.locator("[data-count=waiting] dd")).to_have_text("0")
    needing = page.locator("#items-attention")
    for _, _, title in said[:4]:
        expect(needing).to_contain_text(title)
    assert len(taken) == 2
    expect(page.locator("#sync-line")).to_have_class(re.compile("danger"))
    # And what a person has read leaves the list
    needing.get_by_role("button").first.click()
    expect(needing.get_by_role("button")).to_have_count(3)
    page.unroute_all(behavior="ignoreErrors")


def test_what_was_refused_opens_again_with_its_answers_from_the_visit_and_from_the_list(
    phone: Phone, page: Page
) -> None:
    # Given a follow-up that the server keeps for a person instead of taking it
    def change(_: int, result: dict[str, Any]) -> None:
        result["status"], result["reason"] = "quarantined", "shape"

    phone.enrol("zhao")
    page.route(EXCHANGE, answering(change))
    page.locator("#list-today .entry").first.click()
    page.locator("#conflict [data-value=no]").click()
    page.locator(".entries button.entry").first.click()
    follow_up(page)
    expect(page.locator("#sync-line")).to_contain_text("1 份需要您看一下")
    # When it is opened again from its visit
    answered = page.locator(".record .choice-on, .record [aria-checked=true], .record input:checked").first
    page.locator(".entries button.entry").first.click()
    # Then its answers are there; handed in it is refused once more, and opens from the list of what needs a person too
    expect(answered).to_be_visible()
    page.locator(".rec-foot button").last.click()
    expect(page.locator(".record")).to_have_count(0)
    page.locator("#back").click()
    page.locator("#tab-sync").click()
    needing = page.locator("#items-attention")
    expect(needing).to_contain_text("答案与表单不符")
    needing.get_by_role("button", name="重新打开").click()
    expect(answered).to_be_visible()
    page.unroute_all(behavior="ignoreErrors")


def follow_up(page: Page) -> None:
    """She was seen, all is the same, nothing is needed, no worry."""
    record = page.locator(".record")
    record.get_by_text("是", exact=True).first.click()
    record.get_by_text("差不多", exact=True).click()
    record.get_by_text("否", exact=True).nth(1).click()
    record.get_by_text("否", exact=True).nth(2).click()
    page.locator(".rec-foot button").last.click()
    expect(page.locator("#toast")).to_contain_text("已提交")


def test_a_portal_that_answers_everything_with_a_page_is_no_server(phone: Phone, page: Page) -> None:
    phone.enrol("li")
    page.route(EXCHANGE, lambda route: route.fulfill(status=200, content_type="text/html", body="<h1>Wi-Fi</h1>"))
    urgent(page, "桥头")
    send(page)
    expect(page.locator("#toast")).to_contain_text("网络要求先登录")
    expect(page.locator("[data-count=waiting] dd")).to_have_text("1")
    page.unroute(EXCHANGE)
    send(page)
    expect(page.locator("[data-count=waiting] dd")).to_have_text("0")


@pytest.mark.parametrize("year", [1970, 2090])
def test_a_clock_in_another_century_loses_nothing(
    year: int, playwright: Playwright, stage: Server, tmp_path: Path
) -> None:
    with browser(playwright, tmp_path / "profile") as context:
        wrong_by = datetime(year, 1, 2, tzinfo=UTC) - stage.now()
        context.add_init_script(AHEAD_BY % (wrong_by / timedelta(milliseconds=1)))
        asked: list[str] = []
        page = context.pages[0]
        page.on("request", lambda request: asked.append(request.url) if "exchange" in request.url else None)
        phone = Phone(page, stage)
        # Given a phone whose clock is wrong by decades: it enrols, and the list comes with the second request
        phone.enrol("zhao")
        page.locator("#screen-worklist .entry").first.wait_for()
        assert len(asked) >= 2
        # When a note is written, the page thrown away, and the note handed in
        open_note(page)
        leave(page)
        # When a note is written, the page thrown away, and the note handed in
        page.reload()
        phone.unlock()
        expect(page.locator("#tab-drafts")).to_contain_text("1")
        page.locator("#tab-drafts").click()
        page.locator("#draft-list button.entry").first.click()
        page.locator(".record").wait_for()
        page.locator(".rec-foot button").last.click()
        # Then it arrives
        page.locator("#screen-drafts").wait_for()
        send(page)
        expect(page.locator("[data-count=waiting] dd")).to_have_text("0")
        expect(page.locator("#items-attention")).to_have_count(0)


def test_a_revoked_phone_is_told_so_and_its_work_is_kept_for_a_person(phone: Phone, page: Page) -> None:
    # Given a note, and a phone that was revoked since
    phone.enrol("zhao")
    page.route(EXCHANGE, lambda route: route.abort())
    open_note(page)
    page.locator(".rec-foot button").last.click()
    page.locator("#screen-case").wait_for()
    page.locator("#back").click()
    page.locator("#tab-sync").click()
    expect(page.locator("[data-count=waiting] dd")).to_have_text("1")
    with phone.server.app.app_context(), writing() as session:
        newest = session.scalars(select(Vault).order_by(Vault.enrolled_at.desc())).first()
        assert newest is not None
        newest.state = "revoked"
        vault_id = newest.vault_id
    # When it is sent
    page.unroute(EXCHANGE)
    phone.press_if_there("#send-now")
    # Then the phone locks and says what happened to it, and the note is kept on the server for a person
    gate = page.locator("#gate")
    expect(gate).to_contain_text("这台手机已被停用")
    expect(gate).to_contain_text("未发送的内容仍可交给服务器保管")
    with phone.server.app.app_context(), reading() as session:
        assert session.scalars(select(Kept.reason).where(Kept.vault_id == vault_id)).all() == ["revoked"]


def test_markup_in_a_name_is_shown_as_it_was_typed(phone: Phone, page: Page) -> None:
    # Given a family whose name is markup
    with phone.server.app.app_context(), writing() as session:
        people = {one.login: one for one in session.scalars(select(Account))}
        chen = acting_for(session, people["chen"].district, people["chen"].person_id)
        assert chen is not None
        now = phone.server.now()
        person = cases.NewPerson(name=MARKUP[:50], sex="female", birth_ym="1980-01", relation="self", household=True)
        case = cases.open_case(
            session, chen, village_code="990101100201", people=[person], contact=None, programme=MARKUP, now=now
        )
        cases.plan_visit(
            session,
            chen,
            case.case_id,
            purpose=VisitPurpose.INVESTIGATION,
            visitor_ids=[people["li"].person_id, people["wang"].person_id],
            planned_on=day_of(now),
            due_on=None,
            reason="first_visit",
            now=now,
        )
        code_name = case.code_name
    # When its case and its form are opened
    phone.enrol("li")
    page.locator("#screen-worklist .entry", has_text=code_name).first.click()
    page.locator("#conflict [data-value=no]").click()
    # Then it is text
    expect(page.locator("#people")).to_contain_text(MARKUP[:50])
    page.locator("[data-act=visit-start]").click()
    page.locator("#screen-case button.entry", has_text="入户调查").first.click()
    page.locator(".rec-foot > button.primary").click()
    expect(page.locator(".record")).to_contain_text(MARKUP[:50])
    assert page.locator("img[src=x], [hx-post]").count() == 0 and page.title() == "工作记录"
