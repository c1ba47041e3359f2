"""What a browser does by itself: it sends a request again, it dies in the middle of a write, its disk is full."""

import random
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Error

from fieldapp.models.records import Revision
from tests.browser.bare_phone import SECRET
from tests.stack.browser_phone import UNLOCK, BarePhone
from tests.stack.killed import Mortal

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("killed")]
SAVES = range(60, 160)  # of which one is the last that is heard of
EARLY = range(5, 60)
ROOM, TRIES_MAX = 1_000_000, 200
# Four kinds of saves beside each other, as fast as they go. `kept` tells each one that was confirmed.
WRITE = """async (county) => {
  const ref = phone.outbox.store.drafts.newRef();
  const record_id = phone.newId();
  const sound = phone.files.recording({ type: "audio/webm", record_id });
  kept(["begun", ref, record_id]);
  for (let n = 1; ; n += 1) {
    phone.outbox.store.drafts.save(ref, { record_id, ...county.of, number: n }).then(() => kept(["draft", ref, n]));
    if (n % 3 === 0) void phone.handIn(county).then(({ revision_id }) => kept(["report", revision_id, n]));
    if (n % 4 === 0) {
      const bytes = new Uint8Array(70_000).fill(n);
      const about = { kind: "photo", type: "image/jpeg", record_id };
      void phone.files.take(bytes, about).then((value) => kept(["file", value, n]));
    }
    await sound.write(new Uint8Array(1_000).fill(n));
    kept(["sound", record_id, n]);
  }
}"""
FOUND = """async ([ref, record_id, files]) => {
  const first = async (value) => {
    const bytes = await phone.files.open(value);
    return bytes && [bytes.byteLength, ...new Set(new Uint8Array(bytes))];
  };
  const [unfinished] = await phone.files.unfinished(record_id);
  const sound = unfinished && (await phone.files.open(await unfinished.end()));
  return {
    draft: (await phone.outbox.store.drafts.list()).find((one) => one.ref === ref)?.draft?.number ?? 0,
    reports: (await phone.outbox.items()).map((item) => item.revision_id),
    files: await Promise.all(files.map(first)),
    sound: sound ? [...new Uint8Array(sound)] : [],
  };
}"""


@pytest.fixture
def phone(browser_phone: BarePhone) -> BarePhone:
    return browser_phone


def test_a_frame_that_the_browser_sends_again_by_itself_is_stored_once(server: Mortal, phone: BarePhone) -> None:
    phone.open_again()
    phone.page.evaluate("() => phone.outbox.sendNow()")  # no exchange is on its way, and a connection is kept
    # Given a connection that ends before the reply of a frame, which the server has taken
    before = _sent_twice(server)
    server.link.swallow("/sync/v1/exchange")
    revision_id = phone.hand_in()
    done = phone.page.evaluate("() => phone.outbox.sendNow()")
    # Then the page has noticed nothing: the browser sent the same bytes a second time
    assert done["contact"] and done["code"] is None
    assert _sent_twice(server) - before == 1
    assert server.count(Revision, Revision.revision_id == revision_id) == 1
    [item] = phone.page.evaluate("() => phone.outbox.items()")
    assert (item["state"], item["status"]) == ("received", "ok")


def _sent_twice(server: Mortal) -> int:
    frames = [bytes(part) for seen in server.link.seen for part in seen.up.split(b"POST /sync/v1/exchange")[1:]]
    return len(frames) - len(set(frames))


@pytest.mark.parametrize("seed", [*range(3), *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(3, 40))])
def test_what_was_confirmed_is_there_after_the_browser_was_killed(server: Mortal, phone: BarePhone, seed) -> None:
    save_until_killed(server, phone, random.Random(seed).choice(SAVES))


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(20))
def test_what_was_confirmed_is_there_after_a_kill_right_after_opening(server: Mortal, phone: BarePhone, seed) -> None:
    save_until_killed(server, phone, random.Random(seed).choice(EARLY))


def save_until_killed(server: Mortal, phone: BarePhone, last: int) -> None:
    # Given a phone that saves as fast as it can, and is killed at some save
    told: list[Any] = []

    def kept(said: Any) -> None:
        told.append(said)
        if len(told) == last:
            phone.die()

    page = phone.open_again()
    page.expose_function("kept", kept)
    with pytest.raises(Error):
        page.evaluate(WRITE, phone.county)
    phone.kill()
    # When it is opened again
    page = phone.open_again()
    # Then all that it was told is kept, is there
    _, ref, record_id = told[0]
    files = [value for kind, value, _ in told if kind == "file"]
    found = page.evaluate(FOUND, [ref, record_id, files])
    assert found["draft"] >= max((n for kind, _, n in told if kind == "draft"), default=0)
    assert {value for kind, value, _ in told if kind == "report"} <= set(found["reports"])
    assert found["files"] == [[70_000, n] for kind, _, n in told if kind == "file"]
    said = max((n for kind, _, n in told if kind == "sound"), default=0)
    assert found["sound"][: 1_000 * said] == [n for n in range(1, said + 1) for _ in range(1_000)]
    # And goes to the office whole
    assert page.evaluate("() => phone.outbox.sendNow()")["contact"]
    handed_in = [UUID(one) for one in found["reports"]]
    assert server.count(Revision, Revision.revision_id.in_(handed_in)) == len(handed_in)


# Nine writes to one store, each begun by the end of the last, and one to another store, asked for in the same moment.
TWO_WRITE = """async () => {
  const { database } = phone.outbox.store;
  const seen = [];
  const write = (name, times) => database.run([name], "readwrite", (stores) => {
    const again = (left) => {
      stores[name].put({}, "x").onsuccess = () => {
        seen.push(name);
        if (left > 1) again(left - 1);
      };
    };
    again(times);
  });
  await Promise.all([write("blobs", 9), write("state", 1)]);
  return seen;
}"""


def test_one_transaction_writes_at_a_time_whatever_its_stores_are(phone: BarePhone) -> None:
    """Killed between two, Chromium deletes the origin. In memory it always queues: this needs a profile on the disk."""
    page = phone.open_again()
    assert page.evaluate(TWO_WRITE) == ["blobs"] * 9 + ["state"]


TAKE = """async (county) => {
  const tried = (act) => act().then((made) => [null, made], (problem) => [problem.code ?? String(problem), null]);
  const photo = new Uint8Array(60_000).fill(7);
  const about = { kind: "photo", type: "image/jpeg", record_id: phone.newId() };
  return { photo: await tried(() => phone.files.take(photo, about)), report: await tried(() => phone.handIn(county)) };
}"""


def test_a_full_disk_is_said_and_takes_nothing_away(phone: BarePhone) -> None:
    # Given a phone that has room for a few photos more
    phone.start()
    origin = {"origin": phone.page.evaluate("() => location.origin")}
    devtools = phone.context.new_cdp_session(phone.page)
    used = devtools.send("Storage.getUsageAndQuota", origin)["usage"]
    devtools.send("Storage.overrideQuotaForOrigin", {**origin, "quotaSize": used + ROOM})
    page = phone.connect()
    page.evaluate(UNLOCK, SECRET)
    # When it saves until nothing more goes in
    kept: dict[str, list[Any]] = {"photo": [], "report": []}
    refused: dict[str, set[str]] = {"photo": set(), "report": set()}
    for _ in range(TRIES_MAX):
        for what, (code, made) in page.evaluate(TAKE, phone.county).items():
            if code is None:
                kept[what].append(made)
            else:
                refused[what].add(code)
        if all(refused.values()):
            break
    # Then it says so, and no more than that
    assert refused == {"photo": {"storage_full"}, "report": {"storage_full"}}
    # And what it had confirmed is there, and goes on when there is room again
    phone.close()
    page = phone.open_again()
    assert {item["op"] for item in page.evaluate("() => phone.outbox.items()")} == {one["op"] for one in kept["report"]}
    photos = page.evaluate(FOUND, ["", "", kept["photo"]])["files"]
    assert photos == [[60_000, 7]] * len(kept["photo"]) and kept["photo"]
    assert {code for code, _ in page.evaluate(TAKE, phone.county).values()} == {None}
