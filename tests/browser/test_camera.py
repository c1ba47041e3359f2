"""Camera, papers, sound and files on the real record screen: a film made here is the camera, a tone the microphone."""

import functools
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fieldapp.forms.plan import Plan
from fieldapp.forms.publish import compile_xlsform
from tests.browser import axe, fake_camera, record_stage
from tests.browser.record_stage import SMALL_TARGETS
from tests.browser_fixtures import PATIENCE_MS, chromium

GATE, CODE, RENT, VOICE, LETTER = "home.gate", "home.code", "home.rent", "home.voice", "home.letter"
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
# Another camera for the same page: none, a refused one, or one of few pixels.
WITHOUT = """(why) => {
  navigator.mediaDevices.getUserMedia = async () => { throw new DOMException("", why); };
}"""
NO_CAMERA, REFUSED = "NotFoundError", "NotAllowedError"
FEW_PIXELS = """() => {
  delete globalThis.ImageCapture;
  const ask = navigator.mediaDevices.getUserMedia;
  navigator.mediaDevices.getUserMedia = () => ask({ video: { width: 1280, height: 960 } });
}"""
# Pictures and files made in the page: what is carried there through the test's own line takes seconds.
SOFT_PRINT = """async () => {
  const [small, large] = [new OffscreenCanvas(230, 170), new OffscreenCanvas(2300, 1700)];
  const context = small.getContext("2d");
  context.fillStyle = "#eee";
  context.fillRect(0, 0, 230, 170);
  context.fillStyle = "#999";
  for (let y = 30; y < 140; y += 4) context.fillRect(30, y, 170, 2);
  large.getContext("2d").drawImage(small, 0, 0, 2300, 1700); // ten times larger: no edge is left
  return new File([await large.convertToBlob({ type: "image/jpeg" })], "IMG_1.jpg", { type: "image/jpeg" });
}"""
LARGE_PDF = """async () => new File(["%PDF-1.4", new Uint8Array(10_000_000)], "film.mp4", { type: "video/mp4" })"""
# White, so that what was made of it is known again.
PAINTED_OVER = """(canvas) => {
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
}"""
SHADES = """async (file) => {
  const { bytes, type } = harness.kept.get(file);
  const bitmap = await createImageBitmap(new Blob([bytes], { type }));
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext("2d");
  context.drawImage(bitmap, 0, 0);
  const at = (x, y) => {
    const [left, top] = [x * (bitmap.width - 1), y * (bitmap.height - 1)].map(Math.round);
    return [...context.getImageData(left, top, 1, 1).data.slice(0, 3)];
  };
  const edges = [at(0.02, 0.02), at(0.98, 0.02), at(0.98, 0.98), at(0.02, 0.98)];
  return { width: bitmap.width, height: bitmap.height, edges };
}"""


@functools.cache
def _shelf() -> Plan:
    return compile_xlsform((Path(__file__).parent / "files.md").read_text("utf-8"), "md", {})


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    plan = json.dumps(_shelf().json).encode()
    with record_stage.served({"/shelf/plan.json": plan}.get) as served:
        yield served


@pytest.fixture(scope="module")
def filming(playwright: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    film = fake_camera.film(tmp_path_factory.mktemp("camera") / "page.y4m")
    started = playwright.chromium.launch(
        executable_path=chromium(), chromium_sandbox=os.geteuid() != 0, headless=True, args=fake_camera.flags(film)
    )
    yield started
    started.close()


class Shelf:
    """One who takes photos and papers: by touch, by keyboard, by what is said."""

    def __init__(self, page: Any) -> None:
        self.page = page

    def opens(self, **options: Any) -> None:
        self.page.evaluate("(options) => harness.open(options)", options)
        self.page.locator(".files-entry").wait_for()
        self.page.locator(".q-file button").first.wait_for()

    def question(self, path: str) -> Any:
        return self.page.locator(f'.q[data-path="{path}"]')

    def taps(self, words: str) -> None:
        self.page.get_by_role("button", name=words, exact=True).click()

    def waits_for(self, words: str) -> None:
        self.page.get_by_text(words).first.wait_for()

    def begins(self, path: str, words: str) -> None:
        self.question(path).get_by_role("button", name=words, exact=True).click()

    def shoots(self) -> None:
        self.page.locator(".camera .primary:enabled", has_text="拍一张").click()

    def takes_paper(self, path: str, *, pages: int = 1) -> None:
        """Photographs a paper beside a question."""
        self.begins(path, "拍材料")
        for page in range(1, pages + 1):
            self.shoots()
            self.taps("下一步")
            self.taps("再拍一页" if page < pages else f"好了，共 {pages} 页")
        self.page.locator(".rec-panel").wait_for(state="hidden")

    def takes_photo(self) -> None:
        self.begins(GATE, "拍照片")
        self.shoots()
        self.taps("用这张")
        self.page.locator(".rec-panel").wait_for(state="hidden")

    def opens_list(self) -> None:
        self.page.locator(".files-entry").click()

    def picks(self, made: str) -> None:
        """As the phone's own list of files hands one over."""
        file = self.page.evaluate_handle(made)
        self.page.locator(".picker-file").evaluate(
            """(input, file) => {
          const given = new DataTransfer();
          given.items.add(file);
          input.files = given.files;
          input.dispatchEvent(new Event("change"));
        }""",
            file,
        )

    def cover(self) -> None:
        self.page.evaluate("() => harness.cover()")

    def answer(self, path: str) -> Any:
        """None where there is none."""
        at = self.page.evaluate("() => harness.screen.snapshot().answers")
        for name in path.split("."):
            at = (at or {}).get(name)
        return at

    @property
    def papers(self) -> Any:
        return self.page.evaluate("() => harness.screen.snapshot().papers ?? {}")

    @property
    def kept(self) -> list[list[Any]]:
        """Kind, type and length of all that was handed out to be sealed."""
        script = "() => [...harness.kept.values()].map(({ kind, type, bytes }) => [kind, type, bytes.length])"
        return list(self.page.evaluate(script))

    @property
    def noted(self) -> list[Any]:
        """Answers and papers, each time they were to be saved at once."""
        return list(self.page.evaluate("() => harness.noted"))

    @property
    def tracks(self) -> set[str]:
        """States of every camera and microphone that was ever on."""
        return set(self.page.evaluate("() => harness.tracks.map((track) => track.readyState)"))

    def picture(self, file: str) -> Any:
        return self.page.evaluate(SHADES, file)

    def presses(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def focused(self) -> str:
        words = "() => document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent"
        return str(self.page.evaluate(words))


@pytest.fixture(scope="module")
def window(filming: Any) -> Iterator[Any]:
    """What the pages of all tests open in: the shelf keeps nothing anywhere, the browser keeps its modules."""
    context = filming.new_context(viewport={"width": 360, "height": 740}, has_touch=True)
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


@pytest.fixture
def shelf(address: str, window: Any) -> Iterator[Shelf]:
    page = window.new_page()
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error.stack)))
    page.on("console", lambda said: broken.append(said.text) if said.type == "error" else None)
    page.goto(f"{address}/tests/browser/harness/files.html")
    page.wait_for_function("() => globalThis.harness")
    yield Shelf(page)
    page.close()
    assert not broken, broken


def test_a_photo_is_taken_in_the_app_small_enough_for_a_thin_line_and_can_be_taken_back(shelf: Shelf) -> None:
    shelf.opens()
    assert "下次找得到门" in shelf.question(GATE).inner_text()
    shelf.takes_photo()
    # Then the answer names the photo and a small picture of it, and nothing else was handed out
    value = shelf.answer(GATE)
    assert (value["kind"], value["type"], value.keys() >= {"taken", "thumb"}) == ("photo", "image/jpeg", True)
    (photo, photo_type, photo_bytes), (thumb, thumb_type, thumb_bytes) = shelf.kept
    assert (photo, photo_type, thumb, thumb_type) == ("photo", "image/jpeg", "thumb", "image/jpeg")
    assert photo_bytes < 400_000 and thumb_bytes <= 12 * 1024
    assert max(shelf.picture(value["file"])["width"], shelf.picture(value["file"])["height"]) == 1600
    assert shelf.tracks == {"ended"}
    # What names it was saved at once: a phone that dies now loses no photo it has shown as kept
    assert shelf.noted[0]["answers"]["home"]["gate"] == value
    # And it is drawn small in its place, numbered, without an address that could be opened elsewhere
    shelf.question(GATE).locator(".file-open canvas").wait_for()
    assert "照片 1" in shelf.question(GATE).inner_text()
    assert "blob:" not in shelf.page.content()
    # And a tap takes it out, another puts it back
    shelf.begins(GATE, "去掉")
    assert shelf.answer(GATE) is None
    shelf.page.wait_for_function("() => harness.dropped.length === 1")
    shelf.taps("撤销")
    assert shelf.answer(GATE) == value
    shelf.page.wait_for_function("() => harness.dropped.length === 0")


def test_a_paper_of_two_pages_is_one_value_in_grey_with_pixels_enough_for_small_print(shelf: Shelf) -> None:
    shelf.opens()
    shelf.takes_paper(CODE, pages=2)
    [value] = shelf.papers[CODE]
    assert shelf.noted[-1]["papers"][CODE] == [value]
    assert (value["kind"], len(value["pages"]), "thumb" in value) == ("paper", 1, True)
    assert [kind for kind, _, _ in shelf.kept] == ["paper", "thumb", "paper"]
    for named in (value, *value["pages"]):
        picture = shelf.picture(named["file"])
        assert max(picture["width"], picture["height"]) >= 2200
        assert all(max(shades) - min(shades) <= 2 for shades in picture["edges"]), "grey has three equal colours"
    # And the question says where to look, and opens it
    shelf.begins(CODE, "见材料 1")
    shelf.page.locator(".file-page").nth(1).wait_for()
    shelf.taps("放大看")
    assert shelf.page.locator(".file-page").first.evaluate("(one) => one.clientWidth > 800")


def test_corners_are_moved_by_keyboard_and_by_finger_and_the_table_is_cut_away(shelf: Shelf) -> None:
    shelf.opens()
    shelf.begins(CODE, "拍材料")
    shelf.shoots()
    # Given the first corner is chosen, when it goes right and down until it lies on the paper
    shelf.page.get_by_role("button", name="左上角").focus()
    shelf.presses(*["ArrowRight"] * 4, *["ArrowDown"] * 4)
    shelf.waits_for("左上角：横 12%，竖 12%")
    shelf.page.get_by_role("button", name="右上角").click()
    for _ in range(4):
        shelf.page.get_by_role("button", name="往左").click()
        shelf.page.get_by_role("button", name="往下").click()
    # And the two below are dragged there
    box = shelf.page.locator(".crop-over").bounding_box()
    for x, to in ((0.96, 0.88), (0.04, 0.12)):
        shelf.page.mouse.move(box["x"] + x * box["width"], box["y"] + 0.96 * box["height"])
        shelf.page.mouse.down()
        shelf.page.mouse.move(box["x"] + to * box["width"], box["y"] + 0.88 * box["height"], steps=4)
        shelf.page.mouse.up()
    shelf.taps("下一步")
    shelf.taps("好了，共 1 页")
    shelf.page.locator(".rec-panel").wait_for(state="hidden")
    # Then nothing of the dark table is left at the edges
    picture = shelf.picture(shelf.papers[CODE][0]["file"])
    assert all(shade > 180 for edge in picture["edges"] for shade in edge), picture
    assert picture["width"] < 2400 and picture["height"] < picture["width"]


def test_a_camera_of_few_pixels_says_so_and_points_to_another_way(shelf: Shelf) -> None:
    shelf.opens()
    shelf.page.evaluate(FEW_PIXELS)
    shelf.begins(CODE, "拍材料")
    shelf.shoots()
    shelf.taps("下一步")
    shelf.waits_for("小字可能看不清")
    shelf.waits_for("相册里可能会留一份")
    assert shelf.focused() == "重拍"
    # And it blocks nothing
    shelf.taps("好了，共 1 页")
    shelf.page.locator(".rec-panel").wait_for(state="hidden")
    assert len(shelf.papers[CODE]) == 1


def test_print_out_of_focus_is_warned_of_before_it_is_kept(shelf: Shelf) -> None:
    shelf.opens()
    shelf.page.evaluate(WITHOUT, NO_CAMERA)
    shelf.begins(CODE, "拍材料")
    shelf.picks(SOFT_PRINT)
    shelf.taps("下一步")
    shelf.waits_for("字有点糊")
    assert shelf.focused() == "重拍"


def test_a_refused_camera_says_how_to_allow_it_and_the_phones_own_serves_with_a_warning(shelf: Shelf) -> None:
    shelf.opens()
    shelf.page.evaluate(WITHOUT, REFUSED)
    shelf.begins(GATE, "拍照片")
    shelf.waits_for("把“相机”改成允许")
    shelf.waits_for("手机相册里可能会留一份")
    own = shelf.page.locator(".picker-file")
    assert (own.get_attribute("capture"), own.get_attribute("accept")) == ("environment", "image/*")
    # Given a picture with a place in it, when it is chosen, then it is drawn anew: no word of it is kept
    own.set_input_files({"name": "IMG_2.jpg", "mimeType": "image/jpeg", "buffer": _jpeg_with_a_place(shelf)})
    shelf.taps("用这张")
    shelf.page.locator(".rec-panel").wait_for(state="hidden")
    file = shelf.answer(GATE)["file"]
    bytes_of = "(file) => [...harness.kept.get(file).bytes]"
    assert b"Exif" not in bytes(shelf.page.evaluate(bytes_of, file))
    # And one that is on the phone already can be chosen without the camera
    shelf.begins(GATE, "去掉")
    shelf.begins(GATE, "选文件")
    shelf.page.locator(".picker-file").set_input_files(
        {"name": "微信图片.jpg", "mimeType": "image/jpeg", "buffer": _jpeg_with_a_place(shelf)}
    )
    shelf.page.locator(".rec-panel").wait_for(state="hidden")
    assert shelf.answer(GATE)["kind"] == "photo" and "微信" not in json.dumps(shelf.answer(GATE))
    # And what is no picture is said to be none
    shelf.begins(GATE, "去掉")
    shelf.begins(GATE, "拍照片")
    shelf.page.locator(".picker-file").set_input_files({"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"MZ\x90"})
    shelf.waits_for("这张图打不开")


def _jpeg_with_a_place(shelf: Shelf) -> bytes:
    drawn = shelf.page.evaluate(
        """async () => {
      const canvas = new OffscreenCanvas(800, 600);
      canvas.getContext("2d").fillRect(100, 100, 300, 200);
      const blob = await canvas.convertToBlob({ type: "image/jpeg" });
      return [...new Uint8Array(await blob.arrayBuffer())];
    }"""
    )
    told = b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0"
    return bytes(drawn[:2]) + b"\xff\xe1" + (len(told) + 2).to_bytes(2, "big") + told + bytes(drawn[2:])


@pytest.mark.parametrize("when", ["looking", "taken"])
def test_a_cover_ends_the_camera_at_once_and_drops_what_was_not_kept(shelf: Shelf, when: str) -> None:
    shelf.opens()
    shelf.begins(GATE, "拍照片")
    shelf.page.locator(".camera .primary:enabled").wait_for()
    if when == "taken":
        shelf.shoots()
        shelf.page.locator(".camera-picture").wait_for()
    shelf.cover()
    shelf.page.locator(".rec-panel").wait_for(state="hidden")
    assert shelf.tracks == {"ended"}
    assert shelf.kept == [] and shelf.answer(GATE) is None
    assert shelf.page.locator(".camera, video, canvas").count() == 0


def test_the_back_key_and_another_page_end_the_camera_too(shelf: Shelf) -> None:
    shelf.opens()
    for leave in ("() => harness.screen.back()", "() => harness.screen.goTo('')", "() => harness.screen.close()"):
        shelf.opens()
        shelf.begins(GATE, "拍照片")
        shelf.page.locator(".camera .primary:enabled").wait_for()
        shelf.page.evaluate(leave)
        shelf.page.wait_for_function("() => harness.tracks.every((track) => track.readyState === 'ended')")
    assert shelf.kept == []


def test_where_there_is_no_room_the_picture_stays_until_there_is(shelf: Shelf) -> None:
    shelf.opens()
    shelf.page.evaluate("() => { harness.full = true; }")
    shelf.begins(GATE, "拍照片")
    shelf.shoots()
    shelf.taps("用这张")
    shelf.waits_for("出错了：storage_full")
    assert shelf.page.locator(".camera-picture").count() == 1 and shelf.answer(GATE) is None
    shelf.page.evaluate("() => { harness.full = false; }")
    shelf.taps("用这张")
    shelf.page.locator(".rec-panel").wait_for(state="hidden")
    assert shelf.answer(GATE)["kind"] == "photo"


def test_of_a_page_that_was_shot_again_nothing_is_kept_not_even_small(shelf: Shelf) -> None:
    shelf.opens()
    shelf.page.evaluate("() => { harness.full = true; }")
    shelf.begins(RENT, "拍材料")
    shelf.shoots()
    shelf.taps("下一步")
    shelf.page.locator(".camera-picture").evaluate(PAINTED_OVER)
    shelf.taps("好了，共 1 页")
    shelf.waits_for("出错了：storage_full")
    shelf.page.evaluate("() => { harness.full = false; }")
    shelf.taps("重拍")
    shelf.shoots()
    shelf.taps("下一步")
    shelf.taps("好了，共 1 页")
    shelf.page.locator(".rec-panel").wait_for(state="hidden")
    (value,) = shelf.papers[RENT]
    edges = shelf.picture(value["thumb"]["file"])["edges"]
    assert min(min(edge) for edge in edges) < 200, "the small picture is of the page that was thrown away"


NO_MEMORY = {
    "下一步": """() => {
      const { prototype } = CanvasRenderingContext2D;
      const whole = prototype.getImageData;
      prototype.getImageData = () => { throw new RangeError("no memory"); };
      harness.mend = () => { prototype.getImageData = whole; };
    }""",
    "好了，共 1 页": """() => {
      const { prototype } = HTMLCanvasElement;
      const whole = prototype.toBlob;
      prototype.toBlob = (done) => done(null); // what a browser without memory for it answers
      harness.mend = () => { prototype.toBlob = whole; };
    }""",
}


@pytest.mark.parametrize("step", NO_MEMORY)
def test_a_phone_without_memory_for_a_picture_says_so_and_goes_on(shelf: Shelf, step: str) -> None:
    shelf.opens()
    shelf.begins(RENT, "拍材料")
    shelf.shoots()
    shelf.page.get_by_role("button", name="下一步", exact=True).wait_for()
    if step != "下一步":
        shelf.taps("下一步")
    shelf.page.evaluate(NO_MEMORY[step])
    shelf.taps(step)
    shelf.waits_for("这张图打不开")
    shelf.page.evaluate("() => harness.mend()")
    shelf.taps("重拍")
    shelf.shoots()
    shelf.taps("下一步")
    shelf.taps("好了，共 1 页")
    shelf.page.locator(".rec-panel").wait_for(state="hidden")
    assert len(shelf.papers[RENT]) == 1


def test_a_call_that_takes_the_microphone_ends_the_sound_and_what_was_said_is_kept(shelf: Shelf) -> None:
    shelf.opens()
    shelf.begins(VOICE, "录音")
    shelf.taps("开始录")
    shelf.page.wait_for_function("() => harness.cut[0]?.bytes > 0")
    shelf.page.evaluate("() => harness.tracks.forEach((track) => track.stop())")
    shelf.question(VOICE).get_by_text("录音 1").wait_for()
    assert [kind for kind, _, _ in shelf.kept] == ["audio"] and shelf.tracks == {"ended"}


def test_a_sound_is_kept_piece_by_piece_and_one_that_was_cut_off_is_offered(shelf: Shelf) -> None:
    shelf.opens()
    shelf.begins(VOICE, "录音")
    shelf.page.locator(".camera", has_text="免得再问她一遍").wait_for()
    shelf.taps("开始录")
    shelf.page.wait_for_function("() => harness.cut[0]?.bytes > 0")
    # When the phone is covered, then the microphone is off, and what was said is not lost
    shelf.cover()
    shelf.page.locator(".rec-panel").wait_for(state="hidden")
    assert shelf.tracks == {"ended"} and shelf.answer(VOICE) is None
    shelf.opens()
    shelf.waits_for("上次的录音没录完就停了")
    shelf.taps("留下")
    shelf.question(VOICE).get_by_text("录音 1").wait_for()
    assert shelf.answer(VOICE)["kind"] == "audio"
    assert [(kind, sound) for kind, sound, _ in shelf.kept] == [("audio", "audio/webm")]
    # And it can be heard from memory
    shelf.question(VOICE).locator(".file-open").click()
    shelf.taps("听一听")
    shelf.page.get_by_role("button", name="停", exact=True).wait_for()


def test_a_sound_ends_by_itself_after_three_minutes_and_can_be_left_out(shelf: Shelf) -> None:
    shelf.opens()
    shelf.begins(VOICE, "录音")
    shelf.taps("开始录")
    shelf.waits_for("/ 3:00")
    shelf.taps("不录了")
    shelf.page.wait_for_function("() => harness.cut.length === 0")
    assert shelf.kept == [] and shelf.tracks == {"ended"}
    shelf.begins(VOICE, "录音")
    shelf.taps("开始录")
    shelf.page.wait_for_function("() => harness.cut[0]?.bytes > 0")
    shelf.page.evaluate("() => { harness.now += 180_000; }")
    shelf.question(VOICE).get_by_text("录音 1").wait_for()
    assert [kind for kind, _, _ in shelf.kept] == ["audio"]


def test_a_file_is_taken_by_what_its_first_bytes_say(shelf: Shelf) -> None:
    shelf.opens()
    shelf.begins(LETTER, "选文件")
    choose = shelf.page.locator(".picker-file")
    shelf.waits_for("其他文件会原样交给单位，里面记着的地点、时间、作者也会一起交上去")  # before it is picked
    choose.set_input_files({"name": "letter.pdf", "mimeType": "application/pdf", "buffer": b"<html>not what it says"})
    shelf.waits_for("这种文件收不了")
    shelf.picks(LARGE_PDF)
    shelf.waits_for("超过 10 MB")
    choose.set_input_files({"name": "刘某某.pdf", "mimeType": "text/plain", "buffer": PDF})
    shelf.page.locator(".rec-panel").wait_for(state="hidden")
    value = shelf.answer(LETTER)
    assert (value["kind"], value["type"], value["bytes"]) == ("file", "application/pdf", len(PDF))
    assert "刘某某" not in json.dumps(value)


def test_what_was_left_while_it_was_being_saved_is_in_no_answer_later(shelf: Shelf) -> None:
    shelf.opens()
    hold = "() => { harness.held = new Promise((done) => { harness.goes = done; }); }"
    # Given a large file that is being sealed, and she goes back
    shelf.page.evaluate(hold)
    shelf.begins(LETTER, "选文件")
    shelf.page.locator(".picker-file").set_input_files(
        {"name": "letter.pdf", "mimeType": "application/pdf", "buffer": PDF}
    )
    shelf.waits_for("正在加密保存")
    shelf.taps("不拍了")
    shelf.page.locator(".rec-panel").wait_for(state="hidden")
    shelf.page.evaluate("() => harness.goes()")
    shelf.page.wait_for_function("() => harness.dropped.length === 1")
    assert shelf.answer(LETTER) is None
    # And a sound that she does not want after all
    shelf.page.evaluate(hold)
    shelf.begins(VOICE, "录音")
    shelf.taps("开始录")
    shelf.page.wait_for_function("() => harness.cut[0]?.bytes > 0")
    shelf.taps("录好了")
    shelf.waits_for("正在加密保存")
    shelf.taps("不录了")
    shelf.page.locator(".rec-panel").wait_for(state="hidden")
    shelf.page.evaluate("() => harness.goes()")
    shelf.page.wait_for_function("() => harness.dropped.length === 2")
    assert shelf.answer(VOICE) is None


def test_papers_of_a_report_are_numbered_through_and_say_how_far_each_has_gone(shelf: Shelf) -> None:
    shelf.opens()
    shelf.takes_photo()
    shelf.takes_paper(CODE)
    shelf.takes_paper(RENT)
    shelf.opens_list()
    items = shelf.page.locator(".files-item")
    items.nth(2).wait_for()
    shelf.page.locator(".files-state", has_text="已存妥").wait_for()
    said = [" ".join(item.inner_text().split()) for item in items.all()]
    assert [words.split(" 打开")[0] for words in said] == [
        "照片 1 院门的照片 已存妥，有备份",
        "材料 2 低保证编号 在手机上，还没上传",
        "材料 3 租房合同上的月租 在手机上，还没上传",
    ]
    # What was photographed and not filled in leads to its question
    shelf.waits_for("拍了还没填的：2 项")
    shelf.page.get_by_role("button", name="租房合同上的月租").click()
    assert shelf.page.evaluate("() => document.activeElement.closest('.q')?.dataset.path") == RENT
    # And what is removed can be put back, under its number
    shelf.opens_list()
    shelf.taps("去掉材料 2")
    assert CODE not in shelf.papers and "见材料 2" in shelf.question(RENT).inner_text()
    shelf.taps("撤销")
    assert len(shelf.papers[CODE]) == 1 and "见材料 3" in shelf.question(RENT).inner_text()


def test_a_photo_whose_draft_was_not_saved_any_more_is_offered_and_put_where_she_says(shelf: Shelf) -> None:
    # Given two that were sealed just before the phone stopped
    shelf.opens()
    shelf.takes_photo()
    photo = shelf.answer(GATE)
    other = {**photo, "file": "01900000-0000-7000-8000-00000000bbb1", "kind": "paper"}
    shelf.page.evaluate("(loose) => { harness.loose = loose; }", [photo, other])
    shelf.opens(mode="evening")
    shelf.page.locator(".files-entry", has_text="2 份还没放进去").click()
    row = shelf.page.locator("[data-loose]")
    # Then a small picture says which is which, and she says for which question it is
    row.first.locator("canvas").wait_for()
    question = shelf.page.locator("#files-question").input_value()
    row.first.get_by_role("button", name="放到这里").click()
    shelf.page.locator(f'.files-item[data-file="{photo["file"]}"]').wait_for()
    assert shelf.papers == {question: [photo]}
    assert shelf.noted[-1]["papers"] == {question: [photo]}
    # And what she does not want goes at the hand-in
    assert row.count() == 1
    row.get_by_role("button", name="不要了").click()
    row.wait_for(state="detached")
    assert shelf.page.evaluate("() => harness.dropped") == [other["file"]]
    # While somebody may look on nothing of it is shown
    shelf.opens()
    shelf.opens_list()
    row.first.wait_for()
    assert row.locator("canvas").count() == 0


def test_any_question_of_the_page_can_have_a_paper_and_the_hand_in_names_it(shelf: Shelf) -> None:
    shelf.opens()
    shelf.opens_list()
    shelf.page.get_by_label("放在哪个问题旁边？").select_option(label="她说的话")
    shelf.taps("拍照片")
    shelf.shoots()
    shelf.taps("用这张")
    shelf.page.locator(".files-item").wait_for()
    shelf.page.locator(".rec-panel").get_by_role("button", name="看完了").click()
    assert "见照片 1" in shelf.question("home.told").inner_text()
    shelf.page.evaluate("() => harness.screen.goTo('')")
    shelf.taps("提交")
    shelf.page.wait_for_function("() => harness.done")
    papers = shelf.page.evaluate("() => harness.done.papers")
    assert [[path, [one["kind"] for one in listed]] for path, listed in papers.items()] == [["home.told", ["photo"]]]


def test_papers_of_a_row_that_was_taken_away_go_with_it(shelf: Shelf) -> None:
    rows = [{"_id": f"01900000-0000-7000-8000-00000000000{n}", "name": name} for n, name in ((1, "刘梅"), (2, "王强"))]
    photo = {"hash": "x", "bytes": 9, "kind": "photo", "type": "image/jpeg", "taken": 1}
    paths = [f"people[{row['_id']}].card" for row in rows]
    papers = {path: [{**photo, "file": f"01900000-0000-7000-8000-00000000aaa{n}"}] for n, path in enumerate(paths)}
    shelf.page.evaluate("(o) => harness.open(o)", {"answers": {"people": rows}, "papers": papers, "focus": paths[0]})
    shelf.question(paths[0]).wait_for()
    # Given the page of papers says whose each is
    shelf.opens_list()
    shelf.page.locator(".files-item").nth(1).wait_for()
    said = [item.inner_text() for item in shelf.page.locator(".files-item").all()]
    assert ["刘梅 · 残疾证编号" in said[0], "王强 · 残疾证编号" in said[1]] == [True, True]
    shelf.page.locator(".rec-panel").get_by_role("button", name="看完了").click()
    # When a row is removed, then its paper is still there to be put back, and not handed in
    shelf.page.get_by_role("button", name="移除这一条").first.click()
    shelf.opens_list()
    shelf.waits_for("已经移除的那一行")
    shelf.page.locator(".rec-panel").get_by_role("button", name="看完了").click()
    shelf.page.evaluate("() => harness.screen.goTo('')")
    shelf.taps("提交")
    shelf.page.wait_for_function("() => harness.done")
    assert list(shelf.page.evaluate("() => harness.done.papers")) == [paths[1]]


def test_while_somebody_looks_on_a_paper_of_harm_is_neither_named_nor_shown(shelf: Shelf) -> None:
    value = {"file": "01900000-0000-7000-8000-00000000aaaa", "hash": "x", "bytes": 9, "kind": "photo", "taken": 1}
    given = {"papers": {"harm.mark": [{**value, "type": "image/jpeg"}]}}
    shelf.opens(**given)
    shelf.opens_list()
    item = shelf.page.locator(".files-item")
    item.wait_for()
    assert "需要单独填的问题" in item.inner_text() and "伤情" not in shelf.page.locator(".rec-panel").inner_text()
    assert item.get_by_role("button", name="打开").count() == 0
    # In the evening nobody stands beside
    shelf.opens(mode="evening", **given)
    shelf.opens_list()
    shelf.page.locator(".files-item", has_text="伤情鉴定书编号").wait_for()
    shelf.taps("打开照片 1")
    shelf.waits_for("这一份不在这部手机上")


def test_what_policy_has_switched_off_says_who_did(shelf: Shelf) -> None:
    shelf.page.evaluate("() => harness.open({ off: ['photo', 'audio'] })")
    shelf.page.locator(".files-entry").click()
    shelf.waits_for("管理员把拍照关掉了")
    shelf.waits_for("管理员把录音关掉了")
    assert shelf.page.locator(".rec-panel").get_by_role("button", name="拍材料").count() == 0
    assert shelf.page.locator(".q-papers").count() == 0 and shelf.question(GATE).count() == 0


def test_what_was_handed_in_is_shown_and_cannot_be_changed(shelf: Shelf) -> None:
    shelf.opens()
    shelf.takes_photo()
    shelf.takes_paper(CODE)
    given = {"answers": {"home": {"gate": shelf.answer(GATE)}}, "papers": shelf.papers}
    shelf.opens(mode="read", **given)
    shelf.question(GATE).locator(".file-open canvas").wait_for()
    assert shelf.page.get_by_role("button", name="去掉").count() == 0
    assert shelf.page.get_by_role("button", name="拍材料").count() == 0
    shelf.begins(CODE, "见材料 2")
    shelf.page.locator(".file-page").wait_for()


def test_a_photo_and_a_paper_are_taken_by_keyboard_alone(shelf: Shelf) -> None:
    shelf.opens()
    shelf.question(GATE).get_by_role("button", name="拍照片").focus()
    shelf.presses("Enter")
    shelf.page.wait_for_function("() => document.activeElement.textContent === '拍一张'")
    shelf.presses("Enter")
    shelf.page.wait_for_function("() => document.activeElement.textContent === '用这张'")
    shelf.presses("Enter")
    shelf.page.wait_for_function("() => document.activeElement.className === 'file-open'")
    shelf.question(CODE).get_by_role("button", name="拍材料").focus()
    shelf.presses("Enter")
    shelf.page.wait_for_function("() => document.activeElement.textContent === '拍一张'")
    shelf.presses("Space")
    shelf.page.wait_for_function("() => document.activeElement.textContent === '下一步'")
    shelf.presses("Enter")
    shelf.page.wait_for_function("() => document.activeElement.textContent.startsWith('好了')")
    shelf.presses("Enter")
    shelf.page.locator(".rec-panel").wait_for(state="hidden")
    assert len(shelf.papers[CODE]) == 1 and shelf.focused() in ("拍材料", "见材料 2")


@pytest.mark.parametrize("looks", [("light", "sun"), ("elder",)], ids="-".join)
def test_camera_crop_and_papers_can_be_read_and_tapped_in_every_look(shelf: Shelf, looks: tuple[str, ...]) -> None:
    shelf.page.evaluate(record_stage.LOOK, looks[0])
    shelf.opens()
    smallest = 60 if looks == ("elder",) else 44

    def looked_at(name: str) -> None:
        folder = os.environ.get("SHOTS")
        for look in looks:
            shelf.page.evaluate(record_stage.LOOK, look)
            if folder:
                shelf.page.screenshot(path=f"{folder}/{look}-{name}.png")
            assert axe.violations(shelf.page, axe.RULES if look == looks[0] else axe.OF_COLOURS) == [], name
        assert shelf.page.evaluate(SMALL_TARGETS, smallest) == [], name
        assert shelf.page.evaluate("() => document.documentElement.scrollWidth") <= 360, name

    looked_at("page")
    shelf.begins(CODE, "拍材料")
    shelf.page.locator(".camera .primary:enabled").wait_for()
    looked_at("camera")
    shelf.shoots()
    shelf.page.locator(".crop-over").wait_for()
    looked_at("crop")
    shelf.taps("下一步")
    looked_at("checked")
    shelf.taps("好了，共 1 页")
    shelf.page.locator(".rec-panel").wait_for(state="hidden")
    shelf.begins(VOICE, "录音")
    shelf.page.locator(".camera .primary", has_text="开始录").wait_for()
    looked_at("sound")
    shelf.taps("不录了")
    shelf.opens_list()
    shelf.page.locator(".files-item canvas").wait_for()
    looked_at("papers")
    shelf.taps("打开材料 1")
    shelf.page.locator(".file-page").wait_for()
    looked_at("open")
