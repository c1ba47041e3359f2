"""Two versions of one report, on the phone of who wrote both: side by side, decided one by one, handed in as one."""

import copy
import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from fieldapp import demo
from fieldapp.actions.findings import body_of
from fieldapp.db import reading
from fieldapp.models.accounts import Account
from fieldapp.models.records import Record, Revision
from tests import phones
from tests.browser.phone_stage import Phone, Server
from tests.server_fixtures import OriginClient

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("two-versions")]
EXCHANGE = "**/sync/v1/exchange"
LINE = '.record .q[data-path="fv.line"] :is(input, textarea)'


def test_what_both_phones_changed_is_chosen_on_the_phone_and_handed_in_as_one(
    stage: Server, phone: Phone, page: Page
) -> None:
    # Given a village cadre who took a look-in back to write on it, and has it on another phone too
    phone.enrol("zhao")
    page.locator("#list-today .entry").first.click()
    page.locator("#conflict [data-value=no]").click()
    page.locator("#screen-case .entries button.entry").first.click()
    seen(page, "差不多")
    take_back(page)
    other = other_phone_of(stage, "zhao")
    # When both write on, this one without a signal
    page.route(EXCHANGE, lambda route: route.abort())
    open_the_record(page)
    page.locator(".record").get_by_text("比上次好", exact=True).click()
    page.locator(LINE).fill("她家门口的灯坏了")
    hand_in(page)
    on_the_other_phone(other)
    page.unroute_all(behavior="wait")
    page.locator("#back").click()
    page.locator("#tab-sync").click()
    page.locator("#send-now").click()
    # Then she is told that there are two, and what does not contradict is one already
    needing = page.locator("#items-attention")
    expect(needing).to_contain_text("这份报告有了两个版本")
    expect(needing.get_by_role("button", name="重新打开")).to_have_count(0)
    needing.get_by_role("button", name="有两个版本，请选定").click()
    questions = page.locator("[data-merge]")
    expect(questions).to_have_count(2)
    change, line = page.locator('[data-merge="fv.change"]'), page.locator('[data-merge="fv.line"]')
    expect(change).to_contain_text("家里日子怎么样")
    expect(change.locator(".version").first).to_contain_text("这部手机上写的")
    expect(change.locator(".version").first).to_contain_text("比上次好")
    expect(change.locator(".version").last).to_contain_text("另一部手机上写的")
    expect(change.locator(".version").last).to_contain_text("不如上次")
    # And what she has chosen is on disk: the app may be closed in the middle
    change.locator("[data-take=mine]").click()
    expect(page.locator("#merge-progress")).to_have_text("已选 1 处，还剩 1 处")
    page.reload()
    phone.unlock()
    page.locator("#tab-drafts").click()
    page.locator("#draft-list button.entry").first.click()
    expect(questions).to_have_count(1)
    # And with the last one the report itself opens, at what she wants to write anew
    line.locator("[data-take=anew]").click()
    expect(page.locator(LINE)).to_have_value("")
    page.locator(LINE).fill("灯和水管都坏了")
    hand_in(page)
    # When it is sent, nothing stands beside it any more
    expect(page.locator("#sync-line.tone-ok")).to_be_visible()
    head, answers, count = as_the_server_has_it(stage)
    assert count == 4 and len(head.parents.split()) == 2
    assert (answers["change"], answers["line"]) == ("better", "灯和水管都坏了")
    assert (answers["needs_help"], answers["help"]) == ("yes", ["doctor"])  # only the other phone said so
    page.locator("#tab-sync").click()
    expect(page.locator("#items-attention .entry")).to_have_count(0)


def seen(page: Page, how: str) -> None:
    """She was met, nothing is needed, no worry."""
    record = page.locator(".record")
    record.get_by_text("是", exact=True).first.click()
    record.get_by_text(how, exact=True).click()
    record.get_by_text("否", exact=True).nth(1).click()
    record.get_by_text("否", exact=True).nth(2).click()
    hand_in(page)


def hand_in(page: Page) -> None:
    page.locator(".rec-foot button").last.click()
    expect(page.locator("#toast")).to_contain_text("已提交")
    expect(page.locator(".record")).to_have_count(0)


def take_back(page: Page) -> None:
    expect(page.locator("#sync-line.tone-ok")).to_be_visible()
    page.get_by_role("button", name="撤回", exact=True).click()
    page.locator("#withdraw [data-value=incomplete]").click()
    page.locator("#withdraw .btn-primary").click()
    expect(page.locator("#toast")).to_contain_text("撤回")
    expect(page.locator("#sync-line.tone-ok")).to_be_visible()


def open_the_record(page: Page) -> None:
    page.locator("#screen-case button.entry", has_text=re.compile("继续填写")).first.click()
    expect(page.locator(".record")).to_be_visible()


def other_phone_of(stage: Server, login: str) -> phones.Phone:
    """Another phone of the same person, which has what the server has."""
    client = OriginClient(stage.app, stage.app.response_class)
    client.origin = stage.phone_address.rstrip("/")
    made = phones.Phone(client, stage.now, 7)
    assert made.enrol(login, stage.device_code(login)[:12], demo.PASSWORD).status_code == 200
    made.sync_all()
    return made


def on_the_other_phone(other: phones.Phone) -> None:
    """The same report, written on: worse than last time, something is needed, and a line."""
    (case, record) = next(
        (case, record)
        for ref, case in other.device.held.items()
        if ref.startswith("case:")
        for record in case["records"]
        if record["answers"]
    )
    answers = copy.deepcopy(record["answers"])
    answers["fv"] |= {"change": "worse", "needs_help": "yes", "help": ["doctor"], "line": "她说水管坏了"}
    named = {name: record[name] for name in ("record_id", "visit_id", "form", "form_version")}
    item = other.device.hand_in(
        "revision",
        phones.revision_body(**answers),
        **named,
        case_id=case["case_id"],
        revision_id=other.new_id(),
        parents=[record["head"]],
        intent="submit",
    )
    other.sync()
    assert other.result(item)["status"] == "ok"


def as_the_server_has_it(stage: Server) -> tuple[Revision, dict[str, Any], int]:
    """The head of her one report, its answers, and how many versions of it are kept."""
    with stage.app.app_context(), reading() as session:
        zhao = session.scalars(select(Account).where(Account.login == "zhao")).one()
        record = session.scalars(select(Record).where(Record.author_id == zhao.person_id)).one()
        rows = list(session.scalars(select(Revision).where(Revision.record_id == record.record_id)))
        head = next(row for row in rows if row.revision_id == record.head_revision_id)
        return head, body_of(session, head)["answers"]["fv"], len(rows)
