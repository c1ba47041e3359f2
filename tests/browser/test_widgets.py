"""Every kind of question on the real record screen: by touch, by keyboard alone, for a screen reader, in every look."""

import functools
import json
import os
import re
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fieldapp.forms.plan import Plan
from fieldapp.forms.publish import compile_xlsform
from tests.browser import axe, record_stage
from tests.browser.record_stage import ROOT, SMALL_TARGETS
from tests.browser_fixtures import PATIENCE_MS

TOWNS = "name,label::中文 (zh),label::English (en)\nt1,东镇,East\nt2,西镇,West\n"
PAGES = ("order.wishes", "where.home", "dates.birth", "words.found", "pick.eats", "rows.children")
# The contrast of every text with the ground it stands on (WCAG 2, relative luminance); grounds are opaque here.
FAINT_TEXTS = """(least) => {
  const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const part = (c) => ((c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  const light = ([r, g, b]) => 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  const ground = (one) => {
    for (let at = one; at; at = at.parentElement) {
      const colour = numbers(getComputedStyle(at).backgroundColor);
      if (colour.length < 4 || colour[3] > 0.99) return colour;
    }
    return [255, 255, 255];
  };
  const faint = [];
  for (const one of document.querySelectorAll(".record *")) {
    const words = [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    const isText = words || one.matches("input, textarea, select");
    if (!isText || one.offsetParent === null || one.closest(".visually-hidden")) continue;
    const [a, b] = [light(numbers(getComputedStyle(one).color)), light(ground(one))].sort((x, y) => y - x);
    const contrast = (a + 0.05) / (b + 0.05);
    if (contrast < least) faint.push([one.className || one.tagName, one.textContent.slice(0, 20), contrast.toFixed(2)]);
  }
  return faint;
}"""


def _picture() -> bytes:
    rows = b"".join(b"\0" + bytes([190, 110, 40]) * 60 for _ in range(40))

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", 60, 40, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@functools.cache
def _gallery() -> Plan:
    source = (Path(__file__).parent / "widgets.md").read_text("utf-8")
    return compile_xlsform(source, "md", {"bowl.png": _picture(), "towns.csv": TOWNS.encode()})


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    _gallery()
    with record_stage.served(_file) as served:
        yield served


def _file(path: str) -> bytes | None:
    name = re.fullmatch(r"/gallery/([\w.]+)", path)
    if not name:
        return None
    plan = _gallery()
    return json.dumps(plan.json).encode() if name[1] == "plan.json" else plan.files[name[1]]


class Gallery:
    """One who fills in the gallery: finds questions by their path, and what is in them by its words."""

    def __init__(self, page: Any) -> None:
        self.page = page

    def opens(self, at: str, **options: Any) -> None:
        self.page.evaluate("(options) => harness.open(options)", options)
        self.goes_to(at)

    def goes_to(self, path: str) -> None:
        self.page.evaluate("(path) => harness.screen.goTo(path)", path)
        self.page.wait_for_function("() => !document.querySelector('.q-body > div:empty:not([hidden])')")

    def looks(self, look: str) -> None:
        self.page.evaluate(record_stage.LOOK, look)

    def question(self, path: str) -> Any:
        return self.page.locator(f'.q[data-path="{path}"]')

    def taps(self, path: str, words: str) -> None:
        self.question(path).get_by_role("button", name=words).first.click()

    def answer(self, path: str) -> Any:
        at = self.page.evaluate("() => harness.screen.snapshot().answers")
        for name in path.split("."):
            at = at.get(name) if at else None
        return at

    def focused(self) -> str:
        words = "() => document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent"
        return str(self.page.evaluate(words))

    def presses(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)


@pytest.fixture(scope="module")
def window(browser: Any) -> Iterator[Any]:
    """What the pages of all tests open in: the gallery keeps nothing anywhere, the browser keeps its modules."""
    context = browser.new_context(viewport={"width": 360, "height": 740}, has_touch=True)
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


@pytest.fixture
def gallery(address: str, window: Any) -> Iterator[Gallery]:
    window.grant_permissions(["geolocation"])
    window.set_geolocation({"latitude": 39.9, "longitude": 116.4, "accuracy": 12})
    page = window.new_page()
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error.stack)))
    page.on("console", lambda said: broken.append(said.text) if said.type == "error" else None)
    page.goto(f"{address}/tests/browser/harness/widgets.html")
    page.wait_for_function("() => globalThis.harness")
    yield Gallery(page)
    page.close()
    assert not broken, broken


def test_choices_are_put_in_order_by_keyboard_alone_and_the_finger_stays_on_what_it_moves(gallery: Gallery) -> None:
    gallery.opens("order.wishes")
    # Given nothing is answered by looking at it
    assert gallery.answer("order.wishes") is None
    # When "roof" goes up twice, to the top
    gallery.question("order.wishes").get_by_role("button", name="“修房子”往前移").focus()
    gallery.presses("Enter", "Space")
    # Then the whole order is the answer, and the other button has the focus because there is nothing above
    assert gallery.answer("order.wishes") == ["roof", "school", "medicine", "work"]
    assert gallery.focused() == "“修房子”往后移"
    gallery.taps("order.wishes", "撤回这个回答")
    assert gallery.answer("order.wishes") is None
    # And an order that is right as it stands takes one press
    gallery.taps("order.wishes", "就按这个顺序")
    assert gallery.answer("order.wishes") == ["school", "medicine", "roof", "work"]


def test_a_range_is_typed_stepped_or_slid_and_its_resting_thumb_is_no_answer(gallery: Gallery) -> None:
    gallery.opens("order.pain")
    question = gallery.question("order.pain")
    slide = question.get_by_role("slider")
    assert gallery.answer("order.pain") is None and slide.get_attribute("aria-valuetext") == "还没选"
    gallery.taps("order.pain", "增加")
    gallery.taps("order.pain", "增加")
    assert gallery.answer("order.pain") == 1
    slide.focus()
    gallery.presses("ArrowRight", "End")
    assert gallery.answer("order.pain") == 10 and slide.get_attribute("aria-valuetext") == "10"
    box = question.get_by_role("textbox")
    box.fill("11")
    gallery.question("order.share").get_by_role("textbox").focus()
    question.locator(".q-error", has_text="超出可选范围").wait_for()
    assert box.get_attribute("aria-invalid") == "true"
    gallery.taps("order.pain", "撤回这个回答")
    assert gallery.answer("order.pain") is None
    # Tenths are counted, not added: five steps up are exactly the end
    for _ in range(5):
        gallery.taps("order.share", "增加")
    assert gallery.answer("order.share") == "2.5"


def test_stars_are_buttons_with_numbers_and_can_be_taken_back(gallery: Gallery) -> None:
    gallery.opens("order.stars")
    question = gallery.question("order.stars")
    question.locator(".star").nth(3).click()
    assert gallery.answer("order.stars") == 4
    assert question.get_by_role("radio", name="4").is_checked()
    question.get_by_role("radio", name="4").focus()
    gallery.presses("ArrowLeft")
    assert gallery.answer("order.stars") == 3
    question.locator(".star").nth(2).click()
    assert gallery.answer("order.stars") is None


def test_a_place_is_taken_by_one_tap_and_says_why_and_that_it_need_not_be(gallery: Gallery) -> None:
    gallery.opens("where.home")
    question = gallery.question("where.home")
    assert "找得到门" in question.inner_text() and "不取也可以" in question.inner_text()
    assert gallery.answer("where.home") is None
    gallery.taps("where.home", "取这里的位置")
    question.get_by_text("误差大约 12 米").wait_for()
    assert gallery.answer("where.home") == "39.900000 116.400000 0.0 12.0"
    gallery.taps("where.home", "去掉第 1 个点")
    assert gallery.answer("where.home") is None
    gallery.page.get_by_role("button", name="撤销").click()
    assert gallery.answer("where.home") == "39.900000 116.400000 0.0 12.0"


def test_a_refused_place_says_what_to_do_and_blocks_nothing(gallery: Gallery) -> None:
    gallery.page.context.clear_permissions()
    gallery.opens("where.home")
    gallery.taps("where.home", "取这里的位置")
    gallery.question("where.home").get_by_text("手机没有让应用使用位置").wait_for()
    assert gallery.answer("where.home") is None
    assert gallery.page.evaluate("() => harness.screen.openPoints().all") == 1  # the name of another page


def test_an_area_is_taken_corner_by_corner_and_closes_itself(gallery: Gallery) -> None:
    gallery.opens("where.field")
    for at in range(3):
        gallery.page.context.set_geolocation({"latitude": 39 + at % 2, "longitude": 116 + at, "accuracy": 5})
        gallery.taps("where.field", f"取第 {at + 1} 个点")
        gallery.question("where.field").get_by_text(f"取第 {at + 2} 个点").wait_for()
    corners = gallery.answer("where.field").split("; ")
    assert len(corners) == 4 and corners[0] == corners[3]
    assert gallery.question("where.field").locator("li").count() == 3
    assert gallery.page.evaluate("() => harness.screen.openPoints().all") == 1
    gallery.taps("where.field", "去掉第 2 个点")
    assert len(gallery.answer("where.field").split("; ")) == 2


def test_a_lunar_birthday_is_kept_as_the_solar_date(gallery: Gallery) -> None:
    gallery.opens("dates.birth")
    question = gallery.question("dates.birth")
    gallery.taps("dates.birth", "按农历填")
    question.get_by_label("农历年").fill("1984")
    question.get_by_label("月", exact=True).last.select_option(label="闰十月")
    question.get_by_label("日", exact=True).last.select_option(label="初三")
    assert gallery.answer("dates.birth") == "1984-11-25"
    assert [box.input_value() for box in question.locator(".date input").all()] == ["1984", "11", "25"]
    assert "农历 1984 年闰十月初三" in question.inner_text()


def test_a_lunar_day_that_the_month_did_not_have_is_refused_in_words(gallery: Gallery) -> None:
    gallery.opens("dates.birth")
    question = gallery.question("dates.birth")
    gallery.taps("dates.birth", "按农历填")
    question.get_by_label("农历年").fill("1984")
    question.get_by_label("月", exact=True).last.select_option(label="闰十月")
    question.get_by_label("日", exact=True).last.select_option(label="三十")
    assert gallery.answer("dates.birth") is None and "没有三十" in question.inner_text()
    # Beside a date that was kept before, it is said until the day is put right
    question.get_by_label("日", exact=True).last.select_option(label="初三")
    question.get_by_label("日", exact=True).last.select_option(label="三十")
    question.locator(".date input").first.focus()
    question.locator(".date input").first.blur()
    assert gallery.answer("dates.birth") == "1984-11-25" and "没有三十" in question.inner_text()
    assert question.locator(".lunar select").last.input_value() == "30"


def test_a_lunar_month_stays_the_month_of_its_name_in_another_year(gallery: Gallery) -> None:
    gallery.opens("dates.birth")
    question = gallery.question("dates.birth")
    gallery.taps("dates.birth", "按农历填")
    question.get_by_label("农历年").fill("1984")
    question.get_by_label("月", exact=True).last.select_option(label="冬月")
    question.get_by_label("日", exact=True).last.select_option(label="初三")
    # Given a year without a leap month, in which it is the eleventh and not the twelfth
    for typed in ("198", "1985"):
        question.get_by_label("农历年").fill(typed)
    assert gallery.answer("dates.birth") == "1985-12-14"
    assert "农历 1985 年冬月初三" in question.inner_text()


def test_a_coarse_date_is_typed_by_keyboard_alone(gallery: Gallery) -> None:
    gallery.opens("dates.since")
    gallery.question("dates.since").locator("input").first.focus()
    gallery.page.keyboard.type("2019")
    assert gallery.answer("dates.since") == "2019"
    gallery.page.keyboard.type("7")
    assert gallery.answer("dates.since") == "2019-07"


def test_common_words_are_tapped_into_a_text_and_out_of_it_and_her_own_stay(gallery: Gallery) -> None:
    gallery.opens("words.found")
    box = gallery.question("words.found").get_by_role("textbox")
    box.fill("门口有台阶")
    gallery.taps("words.found", "独居")
    gallery.taps("words.found", "家里干净")
    assert gallery.answer("words.found") == "门口有台阶；独居，没有人常来；家里干净整齐"
    chip = gallery.question("words.found").get_by_role("button", name="独居")
    assert chip.get_attribute("aria-pressed") == "true"
    chip.click()
    assert gallery.answer("words.found") == "门口有台阶；家里干净整齐"
    assert chip.get_attribute("aria-pressed") == "false"


def test_a_bar_code_is_typed_where_the_browser_cannot_read_one(gallery: Gallery) -> None:
    gallery.page.evaluate("() => { delete globalThis.BarcodeDetector; }")
    gallery.opens("words.tag")
    gallery.question("words.tag").get_by_role("textbox", name="药盒上的条码").fill("6901234567892")
    assert gallery.answer("words.tag") == "6901234567892"
    assert gallery.question("words.tag").get_by_role("button", name="扫条码").count() == 0


def test_money_carries_its_sign_and_other_decimals_do_not(gallery: Gallery) -> None:
    gallery.opens("words.paid")
    assert "¥" in gallery.question("words.paid").inner_text()
    assert "¥" not in gallery.question("words.area").inner_text()
    gallery.question("words.area").get_by_role("textbox").fill("62.5")
    assert gallery.answer("words.area") == "62.5"


def test_a_picture_of_the_form_is_shown_where_the_phone_has_it_else_its_name(gallery: Gallery) -> None:
    gallery.opens("pick.eats")
    picture = gallery.question("pick.eats").locator(".choice img")
    picture.wait_for()
    assert picture.get_attribute("alt") == "bowl.png"
    assert picture.evaluate("(img) => img.decode().then(() => img.naturalWidth)") == 60
    gallery.opens("pick.eats", pictures=False)
    assert "bowl.png" in gallery.question("pick.eats").inner_text()
    assert gallery.question("pick.eats").locator("img").count() == 0


def test_a_list_that_is_not_here_says_so_and_refuses_nothing(gallery: Gallery) -> None:
    gallery.opens("pick.town", lists=False, answers={"pick": {"town": "t2"}})
    said = gallery.question("pick.town").inner_text()
    assert "还没有到这部手机上" in said and "t2" in said
    assert gallery.answer("pick.town") == "t2"
    gallery.opens("pick.town")
    gallery.question("pick.town").get_by_label("西镇").click()
    assert gallery.answer("pick.town") == "t2"


def test_what_policy_switches_off_is_not_asked_and_what_was_given_stays(gallery: Gallery) -> None:
    given = {"where": {"home": "39.9 116.4 0 12"}, "pick": {"eats": "yes"}}
    gallery.opens("pick.eats", off=["location", "photo"], answers=given)
    assert gallery.question("pick.paper").count() == 0 and gallery.question("pick.sign").count() == 1
    gallery.page.evaluate("() => harness.screen.goTo('')")
    assert "位置" not in gallery.page.locator(".rec-page").inner_text()
    assert gallery.answer("where.home") == "39.9 116.4 0 12"


def test_counted_rows_come_and_go_with_the_count_and_keep_what_was_written(gallery: Gallery) -> None:
    gallery.opens("rows.children")
    count = gallery.question("rows.children").get_by_role("textbox")
    count.fill("3")
    cards = gallery.page.locator(".cards > .card")
    assert cards.count() == 3
    assert gallery.page.get_by_role("button", name="添加").count() == 0
    cards.nth(2).get_by_role("button").first.click()
    assert gallery.page.get_by_role("button", name="移除").count() == 0
    cards.nth(2).get_by_role("textbox").fill("小三")
    count.fill("2")
    assert cards.count() == 2
    count.fill("3")
    assert "小三" in cards.nth(2).inner_text()


def test_a_rule_without_words_shows_what_it_refuses_and_not_its_code(gallery: Gallery) -> None:
    gallery.opens("rows.children", mode="evening")
    assert gallery.question("rows.rule").count() == 0
    gallery.question("rows.children").get_by_role("textbox").fill("10")
    gallery.page.evaluate("() => harness.screen.goTo('')")
    gallery.page.get_by_role("button", name="提交").click()
    gallery.goes_to("rows.rule")
    said = gallery.question("rows.rule").inner_text()
    assert "孩子不能多于 9 个" in said and "none" not in said


def test_every_widget_tells_offline_how_it_is_filled_in(gallery: Gallery) -> None:
    gallery.opens("order.wishes")
    help_button = gallery.question("order.wishes").get_by_role("button", name="怎么填")
    help_button.click()
    said = gallery.question("order.wishes").locator(".q-helped")
    said.wait_for()
    assert "不要替她排" in said.inner_text() and "↑ ↓" in said.inner_text()
    assert help_button.get_attribute("aria-expanded") == "true"
    help_button.click()
    said.wait_for(state="detached")
    for path in PAGES:
        gallery.goes_to(path)
        gallery.page.get_by_role("button", name="这一页怎么填").click()
        panel = gallery.page.locator(".rec-panel")
        panel.locator("dd").first.wait_for()
        assert "help_" not in panel.inner_text()
        gallery.page.get_by_role("button", name="知道了").click()
        assert gallery.focused() == "这一页怎么填"


def test_every_control_is_reached_by_the_tab_key_alone(gallery: Gallery) -> None:
    # By name and place: a button may be drawn anew while the focus moves. A group of radio buttons is one stop.
    names = """
      const nameOf = (one) => [
        one.closest("[data-path]")?.dataset.path, one.tagName, one.type,
        one.type === "radio" ? one.name : (one.getAttribute("aria-label") ?? one.textContent),
      ].join();
    """
    wanted = f"""() => {{
      {names}
      const all = [...document.querySelectorAll(".rec-page :is(button, input, select, textarea)")];
      globalThis.left = new Set(all.filter((one) => one.offsetParent !== null && !one.disabled).map(nameOf));
    }}"""
    reached = f"""() => {{
      {names}
      left.delete(nameOf(document.activeElement));
      return left.size;
    }}"""
    gallery.opens(PAGES[0], answers={"rows": {"children": 1}})
    for path in PAGES:
        gallery.goes_to(path)
        gallery.page.locator("h1:visible").first.focus()
        gallery.page.evaluate(wanted)
        for _ in range(80):
            gallery.presses("Tab")
            if gallery.page.evaluate(reached) == 0:
                break
        assert gallery.page.evaluate("() => [...left]") == [], path


@pytest.mark.parametrize("looks", [("light", "dark", "sun"), ("elder",)], ids="-".join)
def test_every_widget_passes_axe_is_as_big_as_a_finger_and_can_be_read_in_the_sun(
    gallery: Gallery, looks: tuple[str, ...]
) -> None:
    answered = {
        "order": {"wishes": ["roof", "school", "medicine", "work"], "pain": 4, "stars": 3},
        "where": {"home": "39.9 116.4 0 12", "way": "39.9 116.4 0 12; 39.8 116.5 0 9"},
        "dates": {"birth": "1984-12-25"},
        "words": {"found": "独居，没有人常来", "id": "123"},
        "pick": {"eats": "yes", "several": ["roof"]},
        "rows": {"children": 2},
    }
    for answers in (None, answered):
        gallery.opens(PAGES[0], answers=answers)
        for path in PAGES:
            gallery.goes_to(path)
            for button in gallery.page.get_by_role("button", name="怎么填", exact=True).all():
                button.click()
            if path == "dates.birth":
                gallery.taps(path, "按农历填")
            for look in looks:
                gallery.looks(look)
                assert axe.violations(gallery.page, axe.RULES if look == looks[0] else axe.OF_COLOURS) == []
                assert gallery.page.evaluate(FAINT_TEXTS, 7 if look == "sun" else 4.5) == []
                _picture_of(gallery, f"{look}-{'full' if answers else 'empty'}-{path.split('.')[0]}")
            assert gallery.page.evaluate(SMALL_TARGETS, 60 if look == "elder" else 44) == []
            assert gallery.page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


def test_english_says_everything_in_english(gallery: Gallery) -> None:
    gallery.opens(PAGES[0], language="en")
    for path in PAGES:
        gallery.goes_to(path)
        for button in gallery.page.get_by_role("button", name="How to fill this in", exact=True).all():
            button.click()
        gallery.page.locator(".q").first.wait_for()
        left = re.sub(r"请她自己排。", "", gallery.page.locator(".rec-page").inner_text())
        assert not re.search(r"[\u4e00-\u9fff]", left), left


def test_nothing_on_the_record_screen_needs_a_swipe_a_long_press_or_a_question_back() -> None:
    sources = {path: path.read_text() for path in (ROOT / "static/js/ui").rglob("*.js")}
    hidden_acts = r"\bconfirm\(|\btouch(?:start|move|end)|\bcontextmenu|\bdrag(?:start|over|end)|\bondrop\b|\bgesture"
    found = [(path.name, hit) for path, text in sources.items() for hit in re.findall(hidden_acts, text)]
    assert found == []


def _picture_of(gallery: Gallery, name: str) -> None:
    """For those who look: only where the variable names a folder."""
    folder = os.environ.get("PICTURES")
    if folder:
        gallery.page.screenshot(path=f"{folder}/widget-{name}.png", full_page=True)
