"""One visit through the stack as deployed, with real browsers: a phone that enrols, photographs and hands in, and a
desk that reads it. HTTP/2 up to the documented nginx, and from there on as it says.
"""

import base64
import hashlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.sync_api import Playwright, expect

from tests import factories, signing_in
from tests.browser.live import DESK_SIZE, Screen, Supervisor
from tests.browser.photographer import Photographer
from tests.browser_fixtures import ARGUMENTS, chromium
from tests.stack import deployed as front
from tests.stack.deployed import DESK, PHONE, Deployed
from tests.stack.link import Link, Seen
from tests.stack.rate import Rate

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("deployed-browser")]
HOUSEHOLD_FORM, PRESENT = "入户调查表", "visit.present"
WIDE = 10_000_000  # bytes a second: a link that is not felt
BREAKS_AFTER = 50_000  # bytes up from the hand-in on: behind report and thumbnail, in the first piece of the photo
PROTOCOLS = """(part) => [...new Set(
  [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
    .filter((one) => one.name.includes(part)).map((one) => one.nextHopProtocol),
)]"""


def trusting(deployed: Deployed) -> str:
    """The key of this one certificate is believed as if an authority of the system had signed it. All else of TLS, of
    secure contexts and of service workers stays as it is: with `ignore_https_errors` there is no service worker.
    """
    certificate = x509.load_pem_x509_certificate(deployed.certificate.read_bytes())
    key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return f"--ignore-certificate-errors-spki-list={base64.b64encode(hashlib.sha256(key).digest()).decode()}"


class Visitor(Photographer):
    """Her phone reaches nginx over a link."""

    def __init__(self, playwright: Playwright, profile: Path, deployed: Deployed, link: Link) -> None:
        super().__init__(playwright, profile, SimpleNamespace(phone_address=f"https://{PHONE}:{deployed.port}/"))
        through = f"--host-resolver-rules=MAP {PHONE} 127.0.0.1:{link.port}"
        self.arguments = (*self.arguments, trusting(deployed), through)


class Reader(Supervisor):
    """At the desk, straight to nginx."""

    def __init__(self, playwright: Playwright, profile: Path, deployed: Deployed) -> None:
        Screen.__init__(self)
        self.deployed = deployed
        self.server = SimpleNamespace(desk_address=f"https://{DESK}:{deployed.port}", signed_in={})  # type: ignore[assignment]
        self.context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=chromium(),
            headless=True,
            args=[*ARGUMENTS, trusting(deployed)],
            viewport=DESK_SIZE,  # type: ignore[arg-type]
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
        )
        self._watch(self.context.pages[0])

    def _show_code(self) -> None:
        signing_in.unused(self.deployed.app)
        self.write(
            self.page.locator("#code"), signing_in.code_of("supervisor", self.deployed.app.extensions["clock"]())
        )
        self.tap(self.page.locator("main form button.primary"))


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """A county in which nobody has visited anybody yet: whoever did is not asked again whether she is related."""
    with front.deployed(tmp_path_factory.mktemp("deployed")) as made:
        yield made


@pytest.fixture
def link(deployed: Deployed) -> Iterator[Link]:
    with Link(deployed.port) as link:
        yield link


@pytest.fixture
def li(playwright: Playwright, tmp_path: Path, deployed: Deployed, link: Link) -> Iterator[Visitor]:
    made = Visitor(playwright, tmp_path / "phone", deployed, link)
    made.start()
    yield made
    made.close()
    assert not made.troubles, made.troubles


@pytest.fixture
def chen(playwright: Playwright, tmp_path: Path, deployed: Deployed) -> Iterator[Reader]:
    made = Reader(playwright, tmp_path / "desk", deployed)
    yield made
    made.close()
    assert not made.troubles, made.troubles


def holds_part_of_a_piece(seen: Seen) -> bool:
    """Of a connection between nginx and the app: a browser's piece of a photo, of which the rest did not come yet."""
    pieces = (one for one in seen.asked() if one.method == "PATCH" and "Chrome" in one.headers.get("user-agent", ""))
    return any(0 < len(one.body) < one.length for one in pieces)


def test_a_visit_with_a_photo_goes_over_http_2_from_the_phone_to_the_desk(
    deployed: Deployed, link: Link, li: Visitor, chen: Reader
) -> None:
    # Given a phone that was enrolled through nginx, and has the whole app
    li.enrol(deployed.whole_code("caseworker"), "caseworker", str(factories.PASSWORD))
    line = li.page.locator("#screen-worklist .entry").first
    code_name = line.locator(".entry-main").inner_text()
    li.wait_for_shell()
    li.page.evaluate("() => performance.setResourceTimingBufferSize(10_000)")
    # And a visit with a photo
    li.open_case(code_name)
    li.no_conflict()
    li.start_visit()
    li.open_form(HOUSEHOLD_FORM)
    li.tap(li.page.locator(".files-entry"))
    li.begin(PRESENT, "拍照片")
    li.taps("用这张")
    li.tap(li.page.get_by_role("button", name="看完了", exact=True))
    li.contents()
    # When she hands it in over a link that stands still in the middle of a piece, and breaks
    up = Rate(WIDE, 0.0)
    with link.thin(up, Rate(WIDE, 0.0)):
        # Then the app has already got what nginx got of that piece: it holds nothing back
        up.cut_after(BREAKS_AFTER, before_cut=partial(deployed.tap.wait_for, holds_part_of_a_piece))
        li.hand_in_at_the_door(with_gaps=True)
        li.send()
        expect(li.page.get_by_text("照片 · 已收到")).to_be_visible()
    assert up.cut_at is None and any(map(holds_part_of_a_piece, deployed.tap.seen))
    assert li.page.evaluate(PROTOCOLS, "/sync/v1/exchange") == ["h2"]
    assert li.page.evaluate(PROTOCOLS, "/sync/v1/blobs") == ["h2"]
    # And the supervisor sees the report with the photo
    chen.sign_in("supervisor", str(factories.PASSWORD))
    chen.queue("door")
    assert chen.page.evaluate(PROTOCOLS, DESK) == ["h2"]
    chen.open_report(code_name, "入户调查")
    expect(chen.page.locator("#files-here")).to_contain_text("1 个")
    small = chen.row(PRESENT).locator("ul.files li.here img")
    small.scroll_into_view_if_needed()
    assert small.evaluate("(one) => one.decode().then(() => one.naturalWidth)") == 240
