"""The record screen in the real browser, on the real forms of the library, under the phone's strict policy."""

import functools
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from fieldapp.forms import library
from tests.browser import axe, record_stage
from tests.browser.record_stage import ROOT, SMALL_TARGETS
from tests.browser_fixtures import PATIENCE_MS

UI = ROOT / "static/js/ui"
FACT = {"on": "2026-01-05", "revision_id": "r-1"}


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    library.plans()
    with record_stage.served(_plan) as served:
        yield served


def _plan(path: str) -> bytes | None:
    form = re.fullmatch(r"/plans/(\w+)\.json", path)
    return json.dumps(library.plans()[form[1]].json).encode() if form else None


class Worker:
    """One who fills in a form: finds things by their words, as she would."""

    def __init__(self, page: Any) -> None:
        self.page = page

    def opens(self, form: str, **options: Any) -> None:
        self.page.evaluate("([form, options]) => harness.open(form, options)", [form, options])

    def taps(self, words: str) -> None:
        self.page.get_by_role("button", name=words).first.click()

    def question(self, path: str) -> Any:
        return self.page.locator(f'.q[data-path="{path}"]')

    def chooses(self, path: str, words: str) -> None:
        self.question(path).get_by_label(words, exact=True).click()

    def goes_to(self, path: str) -> None:
        self.page.evaluate("(path) => harness.screen.goTo(path)", path)

    def page_title(self) -> str:
        return str(self.page.locator("h1:visible").first.text_content())

    def answers(self) -> Any:
        return self.page.evaluate("() => harness.screen.snapshot().answers")

    def state(self) -> Any:
        return self.page.evaluate("() => harness.screen.snapshot().state")

    def said(self, name: str) -> Any:
        return self.page.evaluate("(name) => harness[name]", name)

    def signs(self) -> None:
        self.page.wait_for_function("() => document.querySelector('canvas')?.width > 300")
        box = self.page.locator("canvas").bounding_box()
        self.page.mouse.move(box["x"] + 40, box["y"] + 50)
        self.page.mouse.down()
        for step in range(1, 8):
            self.page.mouse.move(box["x"] + 40 + 20 * step, box["y"] + 50 + 30 * (step % 2))
        self.page.mouse.up()


@pytest.fixture(scope="module")
def window(browser: Any) -> Iterator[Any]:
    """What the pages of all tests open in: the record screen keeps nothing anywhere, the browser keeps its modules."""
    context = browser.new_context(viewport={"width": 360, "height": 740}, has_touch=True)
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


@pytest.fixture
def worker(address: str, window: Any) -> Iterator[Worker]:
    page = window.new_page()
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error.stack)))
    page.goto(f"{address}/tests/browser/harness/record.html")
    page.wait_for_function("() => globalThis.harness !== undefined")
    yield Worker(page)
    page.close()
    assert broken == []


def test_a_visit_opens_on_the_door_set_and_judgement_cannot_be_reached(worker: Worker) -> None:
    worker.opens("F2")
    assert worker.page_title() == "这次走访"
    assert worker.page.locator(".page-moment").text_content() == "在现场"
    worker.goes_to("concl.opinion")
    assert worker.page_title() == "目录"
    assert "走访结束以后才能填" in worker.page.locator(".contents").inner_text()
    # The same place opens in the evening.
    worker.page.evaluate("() => harness.screen.setMode('evening')")
    worker.goes_to("concl.opinion")
    assert worker.page.locator(".page-moment").text_content() == "晚上写"


def test_every_letter_of_a_composition_is_announced_and_the_box_is_not_touched(worker: Worker) -> None:
    worker.opens("F2")
    worker.goes_to("concl.read_back")
    box = worker.page.locator("textarea").first
    box.focus()
    worker.page.evaluate("() => { globalThis.before = document.activeElement; }")
    session = worker.page.context.new_cdp_session(worker.page)
    session.send("Input.imeSetComposition", {"text": "zhong'guo", "selectionStart": 9, "selectionEnd": 9})
    # The keyboard has not decided yet, and the draft holds it already.
    assert worker.answers()["concl"]["read_back"] == "zhong'guo"
    assert worker.page.evaluate("() => harness.changes.at(-1).answers.concl.read_back") == "zhong'guo"
    session.send("Input.insertText", {"text": "中国"})
    assert worker.answers()["concl"]["read_back"] == "中国"
    assert worker.page.evaluate("() => document.activeElement === globalThis.before")


def test_a_half_written_amount_is_not_rewritten_under_the_finger(worker: Worker) -> None:
    worker.opens("F2", mode="evening", answers={"visit": {"outcome": "done"}, "home": {"type": "rented"}})
    worker.goes_to("home.rent_monthly")
    if worker.page.locator(".gate button").count():
        worker.taps("打开")
        worker.question("home.rent_monthly").get_by_role("textbox").focus()
    worker.page.keyboard.type("１,2")
    worker.page.keyboard.type("00.")
    worker.page.keyboard.type("5")
    box = worker.question("home.rent_monthly").get_by_role("textbox")
    assert box.input_value() == "１,200.5"
    assert worker.answers()["home"]["rent_monthly"] == "1200.5"
    # Left, it stands as it was understood.
    worker.page.keyboard.press("Tab")
    expect(box).to_have_value("1200.5")  # a task after leaving: see ui/after-tap.js


def test_a_question_that_appears_leaves_the_box_somebody_writes_in_alone(worker: Worker) -> None:
    worker.opens("F2", mode="evening")
    worker.goes_to("hh.members_now")
    worker.page.keyboard.type("3")
    worker.page.evaluate("() => { globalThis.before = document.activeElement; }")
    worker.page.evaluate("() => document.querySelector('[data-path=\"hh.area\"] input[value=rural]').click()")
    assert worker.question("hh.monitor_type").is_visible()
    assert worker.page.evaluate("() => globalThis.before.isConnected && globalThis.before.value") == "3"
    assert worker.answers()["hh"]["members_now"] == 3


def test_a_harm_question_is_hidden_until_they_are_alone_and_its_answer_stays(worker: Worker) -> None:
    worker.opens("F2")
    assert worker.question("visit.in_brief").count() == 0
    worker.taps("以后单独问")
    assert worker.state()["later_alone"] == ["visit.in_brief"]
    # Alone: one tap opens it.
    worker.chooses("visit.alone", "是")
    worker.taps("打开")
    worker.question("visit.in_brief").get_by_role("textbox").fill("和丈夫分开住")
    # Somebody comes in: covered, and hidden again; nothing of it is lost.
    worker.taps("遮住")
    assert worker.said("calls") == ["cover"]
    assert worker.question("visit.in_brief").count() == 0
    worker.chooses("visit.alone", "否")
    assert worker.question("visit.in_brief").count() == 0
    assert worker.page.get_by_text("打开", exact=True).count() == 0
    assert worker.answers()["visit"]["in_brief"] == "和丈夫分开住"
    assert worker.page.evaluate("() => harness.screen.snapshot().answers.visit.alone") == "no"


def test_a_form_says_itself_what_is_asked_alone(worker: Worker) -> None:
    # A follow-up: all of it is known to tell of harm, but only its private page is asked alone.
    worker.opens("F3", answers={"fu": {"met": "yes", "alone": "no"}})
    worker.goes_to("private.new_violence")
    assert worker.question("private.new_violence").count() == 0
    worker.taps("以后单独问")
    worker.goes_to("aid.all_received")
    assert worker.question("aid.all_received").is_visible()
    worker.page.evaluate("() => harness.screen.setMode('evening')")
    worker.goes_to("end.findings")
    assert worker.question("end.findings").is_visible() and worker.page.locator(".gate").count() == 0


def test_a_form_of_the_desk_stands_behind_no_gate(worker: Worker) -> None:
    worker.opens("F9", mode="evening")
    assert worker.page.locator(".q").count() > 0 and worker.page.locator(".gate").count() == 0


def test_a_lead_lies_open_only_where_the_wiring_says_so(worker: Worker) -> None:
    worker.opens("F1", mode="evening", in_private=True)
    assert worker.question("lead.summary").is_visible() and worker.page.locator(".gate").count() == 0
    worker.opens("F1", mode="evening")
    assert worker.question("lead.summary").count() == 0


def test_a_list_of_what_is_missing_does_not_name_a_harm_question_during_a_visit(worker: Worker) -> None:
    worker.opens("F2")
    worker.taps("目录")
    worker.taps("先交门口这一份")
    listed = worker.page.locator(".contents").inner_text()
    assert "需要单独填的问题" in listed
    assert "打" not in listed and "自杀" not in listed


def test_violence_answers_of_an_earlier_day_ask_for_the_secret(worker: Worker) -> None:
    worker.page.evaluate(
        """() => {
          harness.asked = 0;
          const askSecret = async () => { harness.asked += 1; return false; };
          const answers = { visit: { outcome: "done", alone: "yes", in_brief: "旧的" } };
          harness.open("F2", { mode: "evening", answers, askSecret });
        }"""
    )
    worker.page.wait_for_selector(".gate")
    worker.taps("打开")
    worker.page.wait_for_function("() => harness.asked === 1")
    assert worker.question("visit.in_brief").count() == 0


def test_unknown_is_one_small_button_and_one_reason(worker: Worker) -> None:
    worker.opens("F2")
    worker.goes_to("visit.alone")
    row = worker.question("visit.alone")
    row.get_by_role("button", name="不清楚").click()
    row.get_by_role("button", name="不方便问").click()
    assert worker.answers()["visit"]["alone"] == {"unknown": "not_safe"}
    assert worker.page.evaluate("() => document.activeElement.textContent") == "撤回，重新填"
    row.get_by_role("button", name="撤回").click()
    assert "alone" not in worker.answers()["visit"]
    assert row.get_by_label("是", exact=True).is_visible()


def test_a_whole_section_is_unknown_by_two_taps_and_can_be_taken_back(worker: Worker) -> None:
    worker.opens("F2", mode="evening")
    worker.goes_to("hh.head")
    worker.question("hh.head").get_by_role("textbox").fill("周某")
    worker.taps("这一页剩下的问不到")
    worker.page.locator(".section-unknown .reason", has_text="不知道").click()
    household = worker.answers()["hh"]
    assert household["hukou_type"] == {"unknown": "does_not_know"} and household["head"] == "周某"
    worker.taps("撤销")
    assert "hukou_type" not in worker.answers()["hh"]


def test_what_is_answered_while_the_reasons_stand_open_stays_an_answer(worker: Worker) -> None:
    worker.opens("F2", mode="evening")
    worker.goes_to("comp.items")
    worker.page.locator("button.add").first.click()
    worker.taps("这一页剩下的问不到")
    # This answer opens another question with the same reasons: as many are open as before.
    worker.page.locator('.q[data-path$="].kind"]').get_by_text("其他", exact=True).click()
    worker.page.locator(".section-unknown .reason", has_text="不知道").click()
    (row,) = worker.answers()["comp"]["items"]
    assert row["kind"] == "other" and row["kind_other"] == {"unknown": "does_not_know"}


def test_known_facts_are_folded_fixed_ones_taken_over_the_others_confirmed(worker: Worker) -> None:
    facts = {
        "case-1": {
            "hh.area": {"value": "rural", **FACT},
            "hh.members_before": {"value": 4, **FACT},
            "hh.head": {"value": "周某", **FACT},
        }
    }
    worker.opens("F2", mode="evening", facts=facts)
    worker.goes_to("hh.area")
    answers = worker.answers()
    assert answers["hh"]["members_before"] == 4 and answers["_same"]["hh.members_before"] == FACT
    assert "area" not in answers["hh"]
    row = worker.question("hh.area")
    assert "2026-01-05" in row.inner_text()
    row.get_by_role("button", name="没变").click()
    assert worker.answers()["hh"]["area"] == "rural" and worker.answers()["_same"]["hh.area"] == FACT
    head = worker.question("hh.head")
    head.get_by_role("button", name="有变化").click()
    head.get_by_role("textbox").fill("李某")
    assert worker.answers()["hh"]["head"] == "李某" and "hh.head" not in worker.answers()["_same"]


def test_what_is_known_of_a_child_stands_on_her_own_sheet_and_nothing_of_another(worker: Worker) -> None:
    facts = {name: {"m.name": {"value": name, **FACT}} for name in ("p-child", "p-other", "case-1")}
    worker.opens("F0")
    known = worker.page.evaluate(
        """async ([facts, children]) => {
          const { createModel } = await import("/static/js/ui/record-model.js");
          const plan = await (await fetch("/plans/F6.json")).json();
          plan.functions = 1; // the rest of the engine is loaded for a screen; a fact needs none of it
          return children.map((child) => {
            const answers = { child: { person_id: child } };
            const fixed = { now: () => 0, random: () => 0.5, language: "zh", mode: "evening", case_id: "case-1" };
            return createModel({ plan, answers, facts, ...fixed }).known("child.name")?.value ?? null;
          });
        }""",
        [facts, ["p-child", "p-new", None]],
    )
    # Of a new child nothing is known, and what is known of the family or of another child is not this child's.
    assert known == ["p-child", None, None]


def test_known_people_come_by_one_tap_and_a_removed_row_comes_back(worker: Worker) -> None:
    people = [
        {"person_id": "p-self", "name": "周某甲", "sex": "female", "birth_ym": "1984-07", "relation": "self"},
        {"person_id": "p-2", "name": "周小某", "sex": "male", "birth_ym": "2013-02", "relation": "son"},
    ]
    worker.opens("F2", people=people, facts={"p-self": {"m.name": {"value": "周某甲", **FACT}}})
    worker.taps("下一页")
    worker.taps("2 人都没变")
    members = worker.answers()["members"]
    assert [row["person_id"] for row in members] == ["p-self", "p-2"]
    assert worker.answers()["_same"] == {f"members[{members[0]['_id']}].name": FACT}
    worker.page.locator(".card-head").nth(1).click()
    worker.taps("移除这一条")
    assert len(worker.answers()["members"]) == 1
    worker.taps("撤销")
    assert worker.answers()["members"] == members


def test_people_of_the_file_outside_the_household_are_offered_apart_and_keep_their_identity(worker: Worker) -> None:
    people = [
        {"person_id": "p-self", "name": "周某甲", "sex": "female", "birth_ym": "1984-07", "relation": "self"},
        {"person_id": "p-he", "name": "钱某", "sex": "male", "relation": "spouse", "household": False},
        {"person_id": "p-aunt", "name": "周某乙", "sex": "female", "relation": "sister", "household": False},
    ]
    worker.opens("F2", people=people)
    worker.taps("下一页")
    cards = worker.page.locator(".known-people .card.known")
    expect(worker.page.locator(".known-people").first).to_contain_text("不算这家的人")
    # Given what is asked of the family, when one of the others is added and one left out
    cards.filter(has_text="周某甲").get_by_role("button", name="没变").click()
    cards.filter(has_text="钱某").get_by_role("button", name="加入名单").click()
    cards.filter(has_text="周某乙").get_by_role("button", name="不加入").click()
    # Then he has a row with his own identity, and nothing is offered any more
    members = worker.answers()["members"]
    assert [(row["person_id"], row["name"], row.get("birth_ym")) for row in members] == [
        ("p-self", "周某甲", "1984-07"),
        ("p-he", "钱某", None),
    ]
    expect(cards).to_have_count(0)


def test_a_typed_name_that_the_file_knows_is_joined_by_one_tap_and_never_by_itself(worker: Worker) -> None:
    people = [
        {"person_id": "p-1", "name": "阿依·古丽", "sex": "female", "birth_ym": "1984-07", "household": False},
        {"person_id": "p-2", "name": "周某", "sex": "male", "birth_ym": "1950", "household": False},
    ]
    worker.opens("F2", people=people)
    worker.taps("下一页")
    worker.taps("＋ 添加")
    row = f"members[{worker.answers()['members'][0]['_id']}]"
    typed = worker.answers()["members"][0]["person_id"]
    name = worker.question(f"{row}.name").get_by_role("textbox")
    twin = worker.page.locator(".card .twin")
    # Given nothing that speaks against it, when the name is complete, then it is asked
    name.fill("阿依")
    expect(twin).to_be_empty()
    name.fill("阿依 古丽")
    expect(twin).to_contain_text("阿依·古丽 · 女 · 1984-07")
    # And somebody else of that name is not asked about again
    twin.get_by_role("button", name="不是").click()
    expect(twin).to_be_empty()
    assert worker.answers()["members"][0]["person_id"] == typed
    # Given another sex than the file's, then nothing is asked; put right, one tap joins and fills what is blank
    worker.chooses(f"{row}.sex", "女")
    name.fill("周某")
    expect(twin).to_be_empty()
    worker.chooses(f"{row}.sex", "男")
    twin.get_by_role("button", name="是同一个人").click()
    joined = worker.answers()["members"][0]
    assert (joined["person_id"], joined["birth_ym"]) == ("p-2", "1950")
    expect(twin).to_be_empty()
    expect(worker.page.locator(".known-people .card.known")).to_have_count(1)  # she, as before; he is in the list
    worker.taps("撤销")
    assert worker.answers()["members"][0]["person_id"] == typed


def test_a_known_list_is_taken_over_whole_with_its_origin(worker: Worker) -> None:
    row = "01900000-0000-7000-8000-00000000bbbb"
    value = [{"_id": row, "kind": "car", "value": "8000"}]
    worker.opens("F2", mode="evening", facts={"case-1": {"fin.assets": {"value": value, **FACT}}})
    worker.goes_to("fin.assets")
    box = worker.page.locator('.repeat[data-path="fin.assets"]')
    assert "2026-01-05" in box.inner_text()
    box.get_by_role("button", name="没变").click()
    answers = worker.answers()
    assert answers["fin"]["assets"] == value
    assert answers["_same"][f"fin.assets[{row}].value"] == FACT


def test_a_row_inside_a_row_is_added_where_it_belongs(worker: Worker) -> None:
    row = "01900000-0000-7000-8000-00000000aaaa"
    worker.opens(
        "F2", mode="evening", answers={"visit": {"outcome": "done"}, "members": [{"_id": row, "name": "吴某"}]}
    )
    worker.goes_to(f"members[{row}].health")
    worker.question(f"members[{row}].health").get_by_label("重病", exact=True).click()
    inner = worker.page.locator(f'.repeat[data-path="members[{row}].diagnosis"]')
    inner.get_by_role("button", name="添加").click()
    worker.page.keyboard.type("尿毒症")
    (member,) = worker.answers()["members"]
    assert [diagnosis["what"] for diagnosis in member["diagnosis"]] == ["尿毒症"]


def test_a_record_that_is_only_read_takes_no_answer(worker: Worker) -> None:
    worker.opens("F2", mode="read", answers={"visit": {"outcome": "done", "alone": "yes"}})
    assert (
        worker.page.locator(".rec-page input, .rec-page textarea, .rec-page .choice-button:not(.gate *)").count() == 0
    )
    worker.goes_to("")
    assert worker.page.get_by_role("button", name="提交").count() == 0
    visit = worker.answers()["visit"]
    assert (visit["outcome"], visit["alone"]) == ("done", "yes") and "conflict" not in visit


def test_the_door_set_of_a_family_of_eight_stays_within_ninety_taps(worker: Worker) -> None:
    worker.page.evaluate(
        """() => {
          globalThis.taps = 0;
          globalThis.typed = new Set();
          addEventListener("click", (event) => { if (event.detail) globalThis.taps += 1; }, true);
          addEventListener("input", (event) => {
            const path = event.target.closest(".q")?.dataset.path;
            if (path && event.target.matches("input[type=text], textarea")) globalThis.typed.add(path);
          }, true);
        }"""
    )
    worker.opens("F2")
    worker.chooses("visit.conflict", "否")
    worker.chooses("visit.alone", "是")
    worker.taps("打开")
    worker.question("visit.in_brief").get_by_role("textbox").click()
    worker.page.keyboard.type("家里的事")
    worker.taps("下一页")
    for number in range(8):
        worker.taps("添加")
        worker.page.keyboard.type(f"某{number}")
        card = worker.page.locator(".card").nth(number)
        card.get_by_label("女", exact=True).click()
        card.get_by_label("年", exact=True).click()
        worker.page.keyboard.type("19905")
        card.locator(".picker").click()
        worker.page.locator(".picker-row", has_text="本人" if number == 0 else "女儿").first.click()
    assert [row["birth_ym"] for row in worker.answers()["members"]] == ["1990-05"] * 8
    # What is left of the door set, page by page: yes/no questions, one need, her words, three signatures.
    while "目录" not in worker.page_title():
        for _ in range(9):
            gate = worker.page.locator(".gate button")
            if gate.count():
                gate.first.click()
            opened = worker.page.locator(".rec-page .q:not(:has(input:checked)) .choices").filter(visible=True)
            if not opened.count():
                break
            opened.first.locator(".choice", has_text="否").first.click()
        if worker.page_title() == "需要什么":
            worker.taps("添加")
            worker.page.locator(".card .picker").first.click()
            worker.page.locator(".picker-row", has_text="生活费").first.click()
            worker.page.locator(".card .choice", has_text="否").first.click()
        if worker.page_title() == "结尾":
            worker.question("concl.read_back").get_by_role("textbox").click()
            worker.page.keyboard.type("请帮我问低保。")
            for words in ("把手机递给她签", "签名", "签名"):
                worker.page.get_by_role("button", name=words, exact=True).first.click()
                worker.signs()
                worker.taps("签好了")
                if words != "签名":
                    worker.taps("输入 PIN")
                worker.page.wait_for_function("() => document.querySelector('.rec-panel').hidden")
                worker.page.wait_for_function(
                    "(n) => document.querySelectorAll('svg.signed').length === n", arg=_signed(worker)
                )
        worker.page.locator(".rec-foot .primary").click()
    worker.taps("先交门口这一份")
    worker.page.wait_for_function("() => harness.done.length === 1")
    taps, typed = worker.page.evaluate("() => [globalThis.taps, globalThis.typed.size]")
    assert taps <= 90 and typed <= 25, (taps, typed)


def test_a_new_member_is_asked_name_sex_birth_relation_in_one_card(worker: Worker) -> None:
    worker.opens("F2")
    worker.taps("下一页")
    worker.taps("添加")
    # Focus stands on the name at once.
    worker.page.keyboard.type("吴某")
    card = worker.page.locator(".card").first
    card.get_by_label("女", exact=True).click()
    card.get_by_label("年", exact=True).click()
    worker.page.keyboard.type("19")
    worker.page.keyboard.type("90")
    worker.page.keyboard.type("5")  # a full year goes on to the month
    card.locator(".picker").click()
    worker.page.locator(".picker-row", has_text="本人").click()
    (row,) = worker.answers()["members"]
    assert (row["name"], row["sex"], row["birth_ym"], row["relation"]) == ("吴某", "female", "1990-05", "self")
    assert row["person_id"]
    assert "已填好" in card.locator(".card-head").inner_text()


def test_a_date_of_eight_digits_is_typed_in_one_go(worker: Worker) -> None:
    worker.opens("F2")
    worker.taps("下一页")
    worker.taps("添加")
    worker.page.locator(".card").first.get_by_label("年", exact=True).click()
    worker.page.keyboard.type("19900512")
    (row,) = worker.answers()["members"]
    assert row["birth_ym"] == "1990-05-12"


def test_an_id_number_is_checked_and_offers_birth_and_sex(worker: Worker) -> None:
    row = "01900000-0000-7000-8000-00000000aaaa"
    worker.opens(
        "F2",
        mode="evening",
        answers={"visit": {"outcome": "done"}, "members": [{"_id": row, "person_id": "p", "name": "吴某"}]},
    )
    worker.goes_to(f"members[{row}].id_no")
    box = worker.question(f"members[{row}].id_no")
    worker.page.keyboard.type("990101 1990 0501 0025")
    worker.page.keyboard.press("Tab")
    expect(box.locator(".q-error")).to_be_visible()
    box.get_by_role("textbox").fill(_id_number("99010119900501002"))
    offer = box.get_by_role("button", name="按证件号填上")
    assert "1990-05" in offer.inner_text() and "女" in offer.inner_text()
    offer.click()
    (member,) = worker.answers()["members"]
    assert member["sex"] == "female" and member["birth_ym"].startswith("1990-05")


def test_the_subject_signs_her_own_words_and_only_the_pin_leads_back(worker: Worker) -> None:
    worker.opens("F2")
    worker.goes_to("concl.read_back")
    worker.question("concl.read_back").get_by_role("textbox").fill("我想先住娘家。")
    worker.taps("把手机递给她签")
    worker.page.wait_for_selector("canvas")
    seen = worker.page.locator(".record").inner_text()
    assert "我想先住娘家。" in seen and "甲-017" not in seen and "入户调查表" not in seen
    assert "安全" not in seen  # who stands behind her may read along
    assert worker.page.evaluate("() => harness.screen.back()") is True
    worker.goes_to("")
    assert worker.page.evaluate("() => harness.screen.handover") is True
    worker.signs()
    worker.taps("签好了")
    worker.page.get_by_text("请把手机还给工作人员").wait_for()
    assert "我想先住娘家。" not in worker.page.locator(".record").inner_text()
    worker.page.evaluate("() => { harness.pin = false; }")
    worker.taps("输入 PIN")
    assert worker.page.evaluate("() => harness.screen.handover") is True
    worker.page.evaluate("() => { harness.pin = true; }")
    worker.taps("输入 PIN")
    worker.page.wait_for_function("() => harness.screen.handover === false")
    assert worker.said("calls") == ["handover", "pin", "pin", "handed back"]
    signature = worker.answers()["concl"]["sign_subject"]
    assert (
        signature["text_hash"] == "hash of 我想先住娘家。"
        and len(signature["strokes"][0]) > 3
        and signature["by"] == "p-self"
    )
    # The words change afterwards: the signature stays, and the screen says so.
    worker.question("concl.read_back").get_by_role("textbox").fill("我想住娘家。")
    worker.page.get_by_text("签名以后，内容改过。").wait_for()
    assert worker.answers()["concl"]["sign_subject"] == signature


def test_she_may_decline_in_handover_and_the_way_is_recorded(worker: Worker) -> None:
    worker.opens("F2")
    worker.goes_to("concl.read_back")
    worker.question("concl.read_back").get_by_role("textbox").fill("我想先住娘家。")
    worker.taps("把手机递给她签")
    worker.taps("现在不方便")
    worker.taps("输入 PIN")
    worker.page.wait_for_function("() => harness.screen.handover === false")
    assert worker.answers()["concl"]["sign_how"] == "not_safe"


def test_both_visitors_sign_under_their_own_names(worker: Worker) -> None:
    worker.opens("F2")
    for name, who in (("first", "w-1"), ("second", "w-2")):
        worker.goes_to(f"concl.sign_visitors.{name}")
        worker.question(f"concl.sign_visitors.{name}").get_by_role("button").click()
        worker.signs()
        worker.taps("签好了")
        worker.page.wait_for_selector(f'[data-path="concl.sign_visitors.{name}"] svg')
        assert worker.answers()["concl"]["sign_visitors"][name]["by"] == who
    assert worker.said("calls") == []


REMARKS = [
    {
        "remark_id": "k-1",
        "path": "fv.change",
        "kind": "must_fix",
        "text": "上次写的是更好，请核对。",
        "ways": ["safe_call"],
        "state": "open",
    },
    {"remark_id": "k-2", "path": "", "kind": "explain", "text": "为什么这么晚才去？", "ways": [], "state": "open"},
]
VISITED = {
    "fv": {"at": "2026-03-01T09:30:00+08:00", "met": "yes", "change": "same", "needs_help": "no", "worried": "no"}
}


def test_a_returned_record_opens_at_the_remark_and_waits_for_every_reply(worker: Worker) -> None:
    worker.opens(
        "F3V",
        mode="evening",
        answers=VISITED,
        remarks=REMARKS,
        returned={"reason": "unclear", "text": "有两处不清楚。"},
    )
    row = worker.question("fv.change")
    assert "上次写的是更好" in row.inner_text() and "打安全的电话" in row.inner_text()
    assert worker.page.evaluate("() => document.activeElement.closest('.q').dataset.path") == "fv.change"
    # "Put right" without a change is not taken.
    row.get_by_role("button", name="改好了").click()
    assert "还和原来一样" in row.inner_text()
    worker.taps("看目录")
    worker.taps("提交")
    assert "还有 2 条批注没有答复" in worker.page.locator(".handin-said").inner_text()
    assert worker.said("done") == []
    worker.page.locator(".handin-said .jump").first.click()
    worker.chooses("fv.change", "比上次好")
    worker.taps("看目录")
    worker.taps("说明一下")
    worker.page.get_by_label("怎么回事").fill("桥断了，绕路。")
    worker.taps("提交")
    worker.page.wait_for_function("() => harness.done.length === 1")
    assert worker.said("done")[0]["replies"] == [
        {"remark_id": "k-1", "reply": "changed", "text": ""},
        {"remark_id": "k-2", "reply": "explained", "text": "桥断了，绕路。"},
    ]


def test_sparing_her_is_a_full_answer(worker: Worker) -> None:
    worker.opens("F3V", mode="evening", answers=VISITED, remarks=REMARKS[:1])
    worker.question("fv.change").get_by_role("button", name="不再去问").click()
    worker.taps("看目录")
    worker.taps("提交")
    worker.page.wait_for_function("() => harness.done.length === 1")
    assert worker.said("done")[0]["replies"] == [{"remark_id": "k-1", "reply": "spared", "text": ""}]


def test_a_village_note_takes_eight_taps_at_most_and_no_typing(worker: Worker) -> None:
    worker.page.evaluate(
        """() => {
          document.documentElement.dataset.size = "elder";
          globalThis.taps = 0;
          addEventListener("click", (event) => { if (event.detail) globalThis.taps += 1; }, true);
        }"""
    )
    worker.opens("F3V")
    worker.chooses("fv.met", "是")
    worker.chooses("fv.change", "差不多")
    worker.chooses("fv.needs_help", "否")
    worker.chooses("fv.worried", "否")
    worker.taps("提交")
    worker.page.wait_for_function("() => harness.done.length === 1")
    done = worker.said("done")[0]
    assert (
        done["intent"] == "submit" and done["answers"]["fv"]["change"] == "same" and done["visitors"] == ["w-1", "w-2"]
    )
    assert worker.page.evaluate("() => globalThis.taps") <= 8


def test_the_door_part_goes_as_it_is_on_the_second_press(worker: Worker) -> None:
    worker.opens("F2")
    worker.taps("目录")
    worker.taps("先交门口这一份")
    assert worker.said("done") == []
    assert "现场还差" in worker.page.locator(".handin-said").inner_text()
    worker.page.locator(".troubles .jump").first.click()
    assert worker.page.evaluate("() => document.activeElement.closest('.q').dataset.path") == "visit.conflict"
    worker.taps("目录")
    worker.taps("先交门口这一份")
    worker.taps("就这样先交")
    worker.page.wait_for_function("() => harness.done.length === 1")
    assert worker.said("done")[0]["intent"] == "door"
    assert "待发箱" in worker.page.locator(".handin-said").inner_text()


def test_a_visit_that_could_not_be_made_is_handed_in_whole_at_the_door(worker: Worker) -> None:
    worker.opens("F2", prefill={"visit.visitors": [{"user": "访员一", "org": "wf"}, {"user": "访员二", "org": "proc"}]})
    worker.taps("目录")
    assert worker.page.get_by_role("button", name="提交").count() == 0  # judgement is still to come
    worker.goes_to("visit.outcome")
    worker.chooses("visit.outcome", "没能走访")
    worker.question("visit.could_not_reason").locator(".choice, .picker").first.click()
    worker.chooses("visit.conflict", "否")
    for name in ("first", "second"):
        worker.goes_to(f"concl.sign_visitors.{name}")
        worker.question(f"concl.sign_visitors.{name}").get_by_role("button").click()
        worker.signs()
        worker.taps("签好了")
        worker.page.wait_for_selector(f'[data-path="concl.sign_visitors.{name}"] svg')
    worker.goes_to("")
    worker.taps("提交")
    worker.page.wait_for_function("() => harness.done.length === 1")
    done = worker.said("done")[0]
    assert done["intent"] == "submit" and done["answers"]["visit"]["outcome"] == "could_not"
    assert [row["user"] for row in done["answers"]["visit"]["visitors"]] == ["访员一", "访员二"]


def test_a_visit_of_one_visitor_is_not_handed_in_and_the_screen_says_why(worker: Worker) -> None:
    worker.opens("F2", prefill={"visit.visitors": [{"user": "访员一", "org": "wf"}]})
    worker.goes_to("visit.outcome")
    worker.chooses("visit.outcome", "没能走访")
    worker.question("visit.could_not_reason").locator(".choice, .picker").first.click()
    worker.chooses("visit.conflict", "否")
    worker.goes_to("")
    worker.taps("提交")
    assert worker.page.locator(".troubles", has_text="走访至少要两个人").count() == 1
    assert worker.said("done") == []


def test_what_cannot_be_read_stops_a_hand_in_and_a_refusal_loses_nothing(worker: Worker) -> None:
    worker.opens("F2", mode="evening", door_handed_in=False)
    worker.goes_to("hh.members_before")
    worker.page.keyboard.type("四口人")
    worker.page.keyboard.press("Tab")
    row = worker.question("hh.members_before")
    expect(row.locator(".q-error")).to_be_visible()
    assert row.get_by_role("textbox").get_attribute("aria-invalid") == "true"
    worker.goes_to("")
    worker.taps("先交门口这一份")
    assert "写法认不出来" in worker.page.locator(".handin-said").inner_text()
    assert worker.answers()["hh"]["members_before"] == "四口人"
    # Given a phone that is full, when the door part is handed in, then the reason stands there and the answers too.
    worker.goes_to("hh.members_before")
    worker.question("hh.members_before").get_by_role("textbox").fill("4")
    worker.page.evaluate("() => { harness.refuse = 'storage_full'; }")
    worker.goes_to("")
    worker.taps("先交门口这一份")
    worker.taps("就这样先交")
    worker.page.get_by_text("storage_full!").wait_for()
    assert worker.answers()["hh"]["members_before"] == 4


def test_a_place_is_picked_level_by_level(worker: Worker) -> None:
    regions = [
        {"code": "990100000000", "name": "演示县", "parent": None},
        {"code": "990101001000", "name": "东乡", "parent": "990100000000"},
        {"code": "990101001201", "name": "河口村", "parent": "990101001000"},
    ]
    worker.opens("F2", mode="evening", regions=regions)
    worker.goes_to("hh.residence_region")
    worker.question("hh.residence_region").locator(".picker").click()
    for name in ("演示县", "东乡", "河口村"):
        worker.page.locator(".picker-row", has_text=name).last.click()
    worker.page.wait_for_function(
        "() => document.querySelector('[data-path=\"hh.residence_region\"] .picker').textContent.includes('河口村')"
    )
    assert worker.answers()["hh"]["residence_region"] == "990101001201"


def test_the_language_changes_in_place(worker: Worker) -> None:
    worker.opens("F2")
    worker.chooses("visit.alone", "是")
    worker.page.evaluate("() => harness.screen.setLanguage('en')")
    assert worker.page_title() == "This visit"
    assert worker.question("visit.alone").get_by_label("Yes", exact=True).is_checked()
    assert not re.search(r"[\u4e00-\u9fff]", worker.page.locator(".rec-page").inner_text())


def test_what_was_written_is_there_when_the_draft_is_opened_again(worker: Worker) -> None:
    worker.opens("F2")
    worker.taps("下一页")
    worker.taps("添加")
    worker.page.keyboard.type("吴某")
    kept = worker.page.evaluate("() => JSON.parse(JSON.stringify(harness.screen.snapshot()))")
    worker.opens("F2", **kept)
    assert worker.page_title().startswith("家里人")
    assert worker.answers() == kept["answers"]


@pytest.mark.parametrize("looks", [("light", "dark", "sun"), ("elder",)], ids="-".join)
def test_every_page_passes_axe_and_every_target_is_as_big_as_a_finger(worker: Worker, looks: tuple[str, ...]) -> None:
    worker.page.evaluate(record_stage.LOOK, looks[0])
    row = "01900000-0000-7000-8000-00000000aaaa"
    answers = {
        "visit": {"outcome": "done", "alone": "yes", "present": ["nobody"]},
        "members": [{"_id": row, "person_id": "p", "name": "吴某", "health": ["severe"]}],
    }
    remarks = [
        {
            "remark_id": "k",
            "path": "visit.alone",
            "kind": "must_fix",
            "text": "请核对。",
            "ways": ["paper"],
            "state": "open",
        }
    ]
    worker.opens(
        "F2",
        mode="evening",
        answers=answers,
        remarks=remarks,
        facts={"case-1": {"hh.area": {"value": "rural", **FACT}}},
    )
    worker.goes_to("")
    worker.taps("提交")
    stops: list[Callable[[], Any]] = [lambda: None]
    stops += [
        functools.partial(worker.goes_to, path)
        for path in (
            "visit.alone",
            "visit.at",
            f"members[{row}].name",
            f"members[{row}].labour",
            "hh.area",
            "case.type",
            "concl.read_back",
            "concl.opinion",
        )
    ]
    stops.append(lambda: worker.taps("打开"))
    smallest = 60 if looks == ("elder",) else 44
    for stop in stops:
        stop()
        for look in looks:
            worker.page.evaluate(record_stage.LOOK, look)
            assert axe.violations(worker.page, axe.RULES if look == looks[0] else axe.OF_COLOURS) == []
        assert worker.page.evaluate(SMALL_TARGETS, smallest) == []
        assert worker.page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


def test_both_languages_have_the_same_sentences_and_each_is_used() -> None:
    keys = {
        code: [key for name in names for key in re.findall(r"^  (\w+):", (UI / name).read_text(), re.MULTILINE)]
        # English comes over in one file; the Chinese of the seldom widgets comes with them.
        for code, names in {
            "zh": ["texts-record-zh.js", "widgets/more/texts-zh.js"],
            "en": ["texts-record-en.js"],
        }.items()
    }
    assert keys["zh"] == keys["en"] and len(set(keys["zh"])) == len(keys["zh"])
    sources = "\n".join(
        path.read_text()
        for path in [
            *UI.glob("record*.js"),
            *(UI / name for name in ("remarks.js", "contents.js")),
            *UI.glob("widgets/**/*.js"),
        ]
    )
    named = set(re.findall(r'"((?:rec|unknown|help)_\w+|remarks_unanswered|answers_missing)"', sources))
    begun = set(re.findall(r"`((?:rec|unknown)_\w*?)\$\{", sources))
    assert named - {"unknown_not_allowed"} <= set(keys["zh"])  # that one is a code of the engine
    assert [key for key in keys["zh"] if key not in named and not any(key.startswith(start) for start in begun)] == []


def _signed(worker: Worker) -> int:
    """How many signatures the answers hold."""
    conclusion = worker.answers()["concl"]
    return len(conclusion.get("sign_visitors", {})) + ("sign_subject" in conclusion)


def _id_number(seventeen: str) -> str:
    """With its check character (GB 11643); the region 9901 does not exist."""
    total = sum(
        int(digit) * weight
        for digit, weight in zip(seventeen, (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2), strict=True)
    )
    return seventeen + "10X98765432"[total % 11]
