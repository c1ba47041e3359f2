"""A phone's photos on their way to the real server: the modules of the app in a browser, real verbs, a real disk."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Response, Route
from sqlalchemy import select

from fieldapp import demo
from fieldapp.crypto.packages import from_b64u
from fieldapp.db import db, reading
from fieldapp.models.files import File
from sync.uploads import UPLOAD_CHUNK_BYTES_MAX
from tests.browser.bare_phone import CONNECT, ENROL, PATH, SECRET
from tests.browser.phone_stage import CLOCK, Phone, Server, served
from tests.browser_fixtures import PATIENCE_MS

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("files")]
LONG = 300_000
SEALED = LONG + 49 + 16 * 5  # head, and a tag for each of five chunks

TAKE = """async (length) => {
  const bytes = crypto.getRandomValues(new Uint8Array(65_536));
  const photo = Uint8Array.from({ length }, (_, i) => bytes[i % 65_536] ^ (i >> 16));
  const { newId } = await import("/static/js/ids.js");
  const about = { kind: "photo", type: "image/jpeg", record_id: newId(Date.now()) };
  return phone.files.take(photo, { ...about, thumb: photo.slice(0, 9_000) });
}"""
SEND = "async () => [await phone.files.sendNow(), (await phone.files.standing()).map(({ state }) => state)]"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with served(tmp_path) as server:
        yield server
        with server.app.app_context():
            db.engine.dispose()


# Another tab of the same vault, in which a photo is taken.
UNLOCK = """async (digits) => {
  const js = (name) => import(`/static/js/${name}.js`);
  const { createVaults } = await js("vault");
  const { openRoot } = await js("store/root");
  const { createFiles } = await js("more/files");
  const policy = trustedTypes.createPolicy("fieldapp", { createScriptURL: (url) => url });
  const startWorker = () => new Worker(policy.createScriptURL("/static/js/vault-worker.js"), { type: "module" });
  const vaults = createVaults({ root: openRoot(), api: null, startWorker });
  await vaults.start();
  await vaults.unlock(vaults.current.ref, digits);
  globalThis.phone = { vaults, files: createFiles({ vaults }) };
}"""


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    with browser.new_context() as context:
        context.set_default_timeout(PATIENCE_MS)
        context.add_init_script(CLOCK)
        page = context.new_page()
        page.goto(server.address + PATH)
        page.evaluate(CONNECT, {"sends_by_itself": True})
        page.evaluate(ENROL, [server.device_code("li"), "li", demo.PASSWORD, SECRET])
        yield page


def files_of(server: Server) -> dict[str, Any]:
    with server.app.app_context(), reading() as session:
        return {str(file.file_id): (file.state, file.offset, file.hash) for file in session.scalars(select(File))}


def test_photos_arrive_whole_though_the_link_is_cut_and_the_phone_locked(server: Server, page: Page) -> None:
    # Given a photo with its thumbnail, and a link that breaks once in the middle of it
    sent: list[int] = []
    cut: list[int] = []

    def pieces(route: Route) -> None:
        if route.request.method == "PATCH":
            length = len(route.request.post_data_buffer or b"")
            sent.append(length)
            if int(route.request.headers["upload-offset"]) > 0 and not cut:
                cut.append(length)
                return route.abort()
        return route.continue_()

    page.route(lambda url: "/sync/v1/blobs/" in url, pieces)
    value = page.evaluate(TAKE, LONG)
    assert page.evaluate(SEND) == ["no_network", ["waiting", "received"]]
    assert page.evaluate(SEND)[0] is None
    # Then all of it is there, and no more than the piece that was cut went twice
    assert value["bytes"] == SEALED
    assert sum(sent) == SEALED + value["thumb"]["bytes"] + sum(cut) and 0 < sum(cut) <= UPLOAD_CHUNK_BYTES_MAX
    found = files_of(server)
    for one in (value, value["thumb"]):
        assert found.pop(one["file"]) == ("complete", one["bytes"], from_b64u(one["hash"]))
    assert found == {}
    # And one that was taken before the phone was locked goes while it is
    other = page.evaluate(TAKE, 40_000)
    page.evaluate("() => { phone.vaults.lock(); return phone.outbox.ready(); }")
    assert page.evaluate(SEND)[0] is None
    assert files_of(server)[other["file"]][:2] == ("complete", other["bytes"])


def test_the_app_sends_by_itself_what_was_taken_in_another_tab(server: Server, browser: Browser) -> None:
    # Without the worker that would give the app for every address
    with browser.new_context(locale="zh-CN", service_workers="block") as context:
        context.set_default_timeout(PATIENCE_MS)
        context.add_init_script(CLOCK)
        phone = Phone(context.new_page(), server)
        phone.enrol("li")
        other = context.new_page()
        other.goto(server.address + PATH)
        other.evaluate(UNLOCK, phone.digits)

        def is_whole(answer: Response) -> bool:
            return answer.headers.get("upload-offset") == str(40_000 + 49 + 16)

        # When there is a link, the app in the first tab follows its reports with the photo
        with phone.page.expect_response(is_whole):
            value = other.evaluate(TAKE, 40_000)
            phone.page.evaluate("() => dispatchEvent(new Event('online'))")
        assert files_of(server)[value["file"]][:2] == ("complete", value["bytes"])
