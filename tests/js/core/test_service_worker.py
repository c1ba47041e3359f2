"""static/sw.js in the real browser, on a small server whose files a test may change, spoil or take away."""

from __future__ import annotations

import hashlib
import http.server
import json
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("js")]
SOURCE = (Path(__file__).parents[3] / "static" / "sw.js").read_text("utf-8")
MARKER = "const SHELL = /*SHELL*/null;"
SHELL = {
    "/": b"<!doctype html><meta charset=utf-8><title>shell one</title><script src=/static/js/main.js></script>",
    "/static/js/main.js": b"globalThis.main = 1;",
    "/static/css/base.css": b"body { color: black }",
}
PACKS = {
    "/shell.pack": {f"/static/js/{n}.js": f"globalThis.n{n} = {n};".encode() for n in range(3)},
    "/more.pack": {"/static/js/more/seldom.js": b"globalThis.seldom = 1;", "/static/icons/seldom.svg": b"<svg/>"},
}
LISTED = {**SHELL, **PACKS["/shell.pack"], **PACKS["/more.pack"]}
READY = "navigator.serviceWorker.ready.then((r) => r.active.state)"
REGISTER = """() => navigator.serviceWorker.register("/sw.js").then(async (registration) => {
  const worker = registration.installing ?? registration.waiting ?? registration.active;
  const settled = ["installed", "activated", "redundant"];
  while (!settled.includes(worker.state)) await new Promise((done) => { worker.onstatechange = done; });
  return worker.state;
})"""
UPDATE = """() => navigator.serviceWorker.ready.then(async (registration) => {
  await registration.update();
  const worker = registration.installing ?? registration.waiting;
  if (!worker) return "none";
  while (worker.state === "installing") await new Promise((done) => { worker.onstatechange = done; });
  return worker.state;
})"""
TAKE_OVER = """() => navigator.serviceWorker.ready.then(async (registration) => {
  const worker = registration.waiting;
  worker.postMessage({ type: "skipWaiting" });
  while (worker.state !== "activated") await new Promise((done) => { worker.onstatechange = done; });
})"""
VERSION = """() => navigator.serviceWorker.ready.then((registration) => new Promise((done) => {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = ({ data }) => done(data.version);
  registration.active.postMessage({ type: "version" }, [port2]);
}))"""
ANSWERS = """(paths) => Promise.all(paths.map(async (path) => {
  const answer = await fetch(path);
  return [path, answer.headers.get("Content-Type").split(";")[0], await answer.text()];
}))"""
CACHED = """async () => {
  const found = {};
  for (const name of await caches.keys()) {
    found[name] = (await (await caches.open(name)).keys()).map(({ url }) => new URL(url).pathname).sort();
  }
  return found;
}"""


class Site:
    """What the server gives out, and how often it was asked."""

    def __init__(self) -> None:
        self.files = dict(LISTED)
        self.version = "one"
        self.lies: dict[str, bytes] = {}
        self.packs: set[str] = set(PACKS)
        self.asked: Counter[str] = Counter()

    def worker(self) -> bytes:
        digests = {path: hashlib.sha256(body).hexdigest()[:32] for path, body in self.files.items()}
        parts = [[None, len(SHELL)], *([pack, len(inside)] for pack, inside in PACKS.items())]
        shell = json.dumps({"version": self.version, "parts": parts, "files": digests})
        assert SOURCE.count(MARKER) == 1
        return SOURCE.replace(MARKER, f"const SHELL = {shell};").encode()

    def sent(self, path: str) -> bytes:
        return self.lies.get(path, self.files[path])

    def pack(self, name: str) -> bytes:
        bodies = [self.sent(path) for path in PACKS[name]]
        head = json.dumps([len(body) for body in bodies]).encode()
        return b"".join([len(head).to_bytes(4, "big"), head, *bodies])


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
def server(site: Site) -> Iterator[http.server.ThreadingHTTPServer]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/favicon.ico":  # the browser's own wish, whenever it comes to that
                return self.send_error(404)
            site.asked[self.path] += 1
            if self.path == "/sw.js":
                self.give(site.worker(), "text/javascript")
            elif self.path in site.files:
                kind = {"js": "text/javascript", "css": "text/css"}.get(self.path.rpartition(".")[2], "text/html")
                self.give(site.sent(self.path), kind)
            elif self.path in site.packs:
                self.give(site.pack(self.path), "application/octet-stream")
            elif self.path.startswith(("/sync/", "/other")):
                self.give(b"from the net", "text/plain")
            else:
                self.send_error(404)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"] or 0))
            self.give(b"posted", "text/plain")

        def give(self, body: bytes, kind: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-cache")  # as the app's own files are sent
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """A test run prints tests, not requests."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def page(browser: Any, server: http.server.ThreadingHTTPServer) -> Iterator[Any]:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"http://localhost:{server.server_port}/")
    yield page
    context.close()


def test_the_app_opens_with_the_server_gone(page: Any, site: Site, server: http.server.ThreadingHTTPServer) -> None:
    # Given an installed shell
    assert page.evaluate(REGISTER) in ("installed", "activated")
    page.evaluate(READY)
    # When the server is really stopped
    server.shutdown()
    server.server_close()
    # Then any navigation gets the shell, and its files run
    page.goto(f"http://localhost:{server.server_port}/some/deep/path?x=1")
    assert page.title() == "shell one"
    assert page.evaluate("globalThis.main") == 1
    # And what is not of the shell fails like a net that is gone
    assert page.evaluate("fetch('/other').then(() => 'answered', () => 'failed')") == "failed"


def test_a_new_phone_loads_nothing_twice_and_then_needs_nobody(
    page: Any, site: Site, server: http.server.ThreadingHTTPServer
) -> None:
    page.goto(f"http://localhost:{server.server_port}/")
    page.evaluate("fetch('/static/css/base.css').then((answer) => answer.text())")
    site.asked.clear()
    # When the worker is installed, it asks for what the page has not loaded, in one answer for each pack
    assert page.evaluate(REGISTER) in ("installed", "activated")
    assert site.asked == {"/sw.js": 1, "/shell.pack": 1, "/more.pack": 1}
    # Then every listed file answers with the server gone, as what it is
    server.shutdown()
    server.server_close()
    page.evaluate(READY)
    page.reload()
    answers = {path: (kind, text.encode()) for path, kind, text in page.evaluate(ANSWERS, list(LISTED))}
    assert {path: body for path, (_, body) in answers.items()} == LISTED
    kinds = {path: kind for path, (kind, _) in answers.items()}
    assert kinds["/static/js/more/seldom.js"] == kinds["/static/js/0.js"] == "text/javascript"
    assert kinds["/static/icons/seldom.svg"] == "image/svg+xml" and kinds["/"] == "text/html"


def test_what_the_page_loaded_of_another_version_is_asked_for_again(page: Any, site: Site) -> None:
    # Given a page that loaded its script before the server changed it
    assert page.evaluate("globalThis.main") == 1
    site.files["/static/js/main.js"] = b"globalThis.main = 2;"
    assert page.evaluate(REGISTER) in ("installed", "activated")
    page.evaluate(READY)
    page.reload()
    assert page.evaluate("globalThis.main") == 2


@pytest.mark.parametrize("pack", list(PACKS))
def test_one_wrong_byte_in_a_pack_and_nothing_is_installed(page: Any, site: Site, pack: str) -> None:
    path = list(PACKS[pack])[-1]
    site.lies[path] = site.files[path][:-1] + b"!"
    assert page.evaluate(REGISTER) == "redundant"
    assert page.evaluate(CACHED) == {}


@pytest.mark.parametrize("pack", list(PACKS))
def test_one_wrong_byte_in_a_pack_of_an_update_leaves_the_old_version_whole(page: Any, site: Site, pack: str) -> None:
    page.evaluate(REGISTER)
    page.evaluate(READY)
    site.version = "two"
    for path in PACKS[pack]:
        site.files[path] += b" // two"
    path = list(PACKS[pack])[-1]
    site.lies[path] = site.files[path][:-1] + b"!"
    assert page.evaluate(UPDATE) in ("none", "redundant")
    assert page.evaluate(CACHED) == {"fieldapp-shell-one": sorted(LISTED)} and page.evaluate(VERSION) == "one"


def test_a_pack_that_cannot_be_had_is_asked_for_file_by_file(page: Any, site: Site) -> None:
    site.packs.clear()
    assert page.evaluate(REGISTER) in ("installed", "activated")
    assert page.evaluate(CACHED) == {"fieldapp-shell-one": sorted(LISTED)}
    assert all(site.asked[path] == 1 for inside in PACKS.values() for path in inside)


def test_one_file_with_other_bytes_and_nothing_is_installed(page: Any, site: Site) -> None:
    site.lies["/static/css/base.css"] = b"body { color: red }"
    assert page.evaluate(REGISTER) == "redundant"
    assert page.evaluate(CACHED) == {}


def test_a_spoiled_update_leaves_the_old_version_whole(page: Any, site: Site) -> None:
    page.evaluate(REGISTER)
    page.evaluate(READY)
    site.version = "two"
    site.files["/static/js/main.js"] = b"globalThis.main = 2;"
    site.lies["/static/js/main.js"] = b"globalThis.main = 'someone else';"
    assert page.evaluate(UPDATE) in ("none", "redundant")
    assert page.evaluate(CACHED) == {"fieldapp-shell-one": sorted(LISTED)}
    assert page.evaluate(VERSION) == "one"


def test_a_new_version_waits_until_the_page_says_so(page: Any, site: Site) -> None:
    # Given version one, and a cache of somebody else
    page.evaluate(REGISTER)
    page.evaluate(READY)
    page.reload()  # now this page is one of version one's: without such a page a new version need not wait
    page.evaluate("caches.open('not-ours').then((c) => c.put('/kept', new Response('x')))")
    site.asked.clear()
    # When version two comes, with one changed file
    site.version = "two"
    site.files["/static/js/main.js"] = b"globalThis.main = 2;"
    assert page.evaluate(UPDATE) == "installed"
    # Then only the changed file was fetched, and version one still answers
    assert site.asked["/static/js/main.js"] == 1 and site.asked["/static/css/base.css"] == 0 and site.asked["/"] == 0
    assert page.evaluate(VERSION) == "one"
    # And after the page's word the new one answers, the old cache is gone, the other's is not
    page.evaluate(TAKE_OVER)
    assert page.evaluate(VERSION) == "two"
    assert page.evaluate(CACHED) == {"fieldapp-shell-two": sorted(LISTED), "not-ours": ["/kept"]}
    page.reload()
    assert page.evaluate("globalThis.main") == 2


def test_nothing_but_the_shell_is_ever_kept(page: Any, site: Site) -> None:
    page.evaluate(REGISTER)
    page.evaluate(READY)
    page.reload()
    ask = "([path, options]) => fetch(path, options).then((r) => r.text())"
    for path in ("/sync/v1/feed", "/other", "/static/js/main.js?v=2", "/sync/v1/feed"):
        answer = page.evaluate(ask, [path, {}])
        assert "main = 1" not in answer
    assert page.evaluate(ask, ["/", {"method": "POST", "body": "x"}]) == "posted"
    assert site.asked["/sync/v1/feed"] == 2
    assert page.evaluate(CACHED) == {"fieldapp-shell-one": sorted(LISTED)}
    # A listed file comes from the cache: the server is not asked again
    before = site.asked["/static/js/main.js"]
    assert page.evaluate(ask, ["/static/js/main.js", {}]) == "globalThis.main = 1;"
    assert site.asked["/static/js/main.js"] == before


def test_a_worker_without_a_shell_refuses_to_install(page: Any, site: Site) -> None:
    site.worker = lambda: SOURCE.encode()  # type: ignore[method-assign]
    assert page.evaluate(REGISTER) == "redundant"


def test_a_link_that_is_back_wakes_the_pages_and_the_worker_sends_nothing(page: Any, site: Site) -> None:
    assert page.evaluate(REGISTER) in ("installed", "activated")
    page.evaluate(READY)
    page.evaluate(
        "() => { globalThis.woken = []; navigator.serviceWorker.onmessage = (e) => woken.push(e.data.type); }"
    )
    page.evaluate("() => navigator.serviceWorker.startMessages()")
    session = page.context.new_cdp_session(page)
    known: list[str] = []
    session.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: known.extend(one["registrationId"] for one in event["registrations"]),
    )
    session.send("ServiceWorker.enable")
    while not known:  # told beside the answer, perhaps after it: with each word to the page we hear what came meanwhile
        page.evaluate(READY)
    origin = page.evaluate("location.origin")
    asked = site.asked.total()
    event = {"origin": origin, "registrationId": known[0], "tag": "send", "lastChance": False}
    session.send("ServiceWorker.dispatchSyncEvent", event)
    page.wait_for_function("() => woken.length > 0")
    assert page.evaluate("woken") == ["wake"] and site.asked.total() == asked
