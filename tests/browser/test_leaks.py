"""What lies on the flash of a phone gives nobody a family's name: every file of the browser's profile is searched.

Markers are random, because LevelDB and the HTTP cache compress: of a text that repeats only the first is spelled out.
Each is searched as UTF-8, UTF-16 in both orders, hex in both cases, base64 in both alphabets at its three alignments;
ids also as raw bytes, and by their random tail: many ids begin with the same time, which may be compressed away.

A test that finds nothing proves nothing by itself. The control run is the same app whose vault worker seals nothing
(the test changes that one file on its way to the browser): there every kind of marker must be found.
"""

import base64
import binascii
import re
import secrets
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import Playwright, Route, expect
from sqlalchemy import select

from fieldapp import demo
from fieldapp.actions import vaults
from fieldapp.db import writing
from fieldapp.models.accounts import Account, acting_for
from fieldapp.models.vaults import Vault
from tests.browser.answers import CONSENT
from tests.browser.live import Caseworker, Signature, Supervisor
from tests.browser.phone_stage import Server
from tests.browser.profile_search import Search, of_id, of_text, spellings

pytestmark = [pytest.mark.browser, pytest.mark.one_process, pytest.mark.xdist_group("leaks")]
ROOT = Path(__file__).parents[2]
HAN = range(0x4E00, 0x9FA5)
# Words of a form that the shell itself does not hold: a form's name in our own code tells nothing about anybody.
FORM_WORDS = {"form code F2": '"form":"F2"', "plan of F2": "plan:F2@", "plan of F0": "plan:F0@"}
IDS = (
    ("case_file", "case_id"),
    ("case_person", "person_id"),
    ("visit", "visit_id"),
    ("record", "record_id"),
    ("revision", "revision_id"),
    ("draft_copy", "record_id"),
    ("remark", "remark_id"),
)
# A line of the log for support, the newest first: when, what, with which code, how many bytes, how long.
LOG_LINE = re.compile(
    r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d  (?P<what>[^ ]+(?: [^ ]+)?)"
    r"(?:  (?P<code>[a-z0-9_]+))?(?:  up \d+)?(?:  down \d+)?(?:  \d+ ms)?"
)
LOG_HEAD = re.compile(r"app [0-9a-z.-]+(?: · [a-z_]+ \d+)+")
CODES = set(re.findall(r"^  ([a-z_]+): \[", (ROOT / "static/js/errors.js").read_text("utf-8"), re.MULTILINE))
LOG_OF_APP = {"open", "covered", "locked", "none", "online", "offline", "error", "problem"}
LOG_REASONS = {
    "start", "enrolled", "enrolling", "unlocked", "locked", "locking", "covered", "uncovered", "hidden", "idle", "tap",
    "other_tab", "pin_tries", "ways_changed", "suspended", "revoked", "wiped",
}  # fmt: skip
UNSEALED = """
async function sealValue(base, place, bytes, random) { return concat(Uint8Array.of(VALUE_VERSION), bytes); }
async function openValue(base, place, value) { return value.slice(1); }
export { sealValue, openValue };
"""


def test_a_spelling_is_found_at_every_alignment() -> None:
    for before in range(7):
        text = bytes(before) + "河口村的张某".encode() + bytes(before % 3)
        for written in (text, binascii.hexlify(text), base64.b64encode(text), base64.urlsafe_b64encode(text)):
            assert any(one in written for one in spellings("河口村的张某".encode())), (before, written)


def test_each_spelling_is_found_wherever_it_lies(tmp_path: Path) -> None:
    words = {"short": "张某", "name": "河口村的张某", "latin": "bcdfg", "number": "401177"}
    named = UUID("01900000-0000-7000-8000-00000000abcd")
    markers = {name: of_text(text) for name, text in words.items()} | {"id": of_id(named)}
    search = Search(tmp_path, markers)
    for marker, needle in ((name, one) for name, needles in markers.items() for one in needles):
        for before in range(9):
            for behind in range(5):
                assert marker in search.inside(bytes(before) + needle + bytes(behind)), (needle, before, behind)
    assert search.inside("河口村的李某 bcdfh 401178".encode() * 9) == set()


def test_what_is_moved_while_the_profile_is_read_is_read_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(60):
        (tmp_path / f"file {number}").write_bytes(b"")
    read = Path.read_bytes

    def once_moved(path: Path) -> bytes:
        for one in tmp_path.glob("file *"):
            one.rename(tmp_path / f"moved {one.name}").write_text("河口村的张某")
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", once_moved)
    assert len(Search(tmp_path, {"name": of_text("河口村的张某")}).leaks()) == 60


# ---- a phone full of secrets -----------------------------------------------------------------------------------------


def han() -> str:
    return "".join(chr(secrets.choice(HAN)) for _ in range(10))


def latin() -> str:
    return "".join(secrets.choice("bcdfghjkmnpqrstvwxz") for _ in range(20))


@dataclass
class Secrets:
    """Everything about a family or a person that must not be read from the flash."""

    name: str = field(default_factory=han)
    text: str = field(default_factory=latin)
    long_text: str = field(default_factory=lambda: "".join(han() for _ in range(60)))
    note: str = field(default_factory=han)
    remark: str = field(default_factory=han)
    reason: str = field(default_factory=han)
    place: str = field(default_factory=latin)
    signer: str = field(default_factory=han)
    more: dict[str, set[bytes]] = field(default_factory=dict)

    def markers(self) -> dict[str, set[bytes]]:
        typed = {name: value for name, value in vars(self).items() if isinstance(value, str)}
        typed["long_text"] = self.long_text[200:260]
        return {name: of_text(value) for name, value in (typed | FORM_WORDS).items()} | self.more

    def learn(self, server: Server, digits: str) -> None:
        """What the server knows of these families, and what opens the phone."""
        with closing(sqlite3.connect(server.folder / "data" / "fieldapp.sqlite3")) as database:
            for table, column in IDS:
                for number, (raw,) in enumerate(database.execute(f"SELECT DISTINCT {column} FROM {table}")):
                    self.more[f"{table}.{column} {number}"] = of_id(UUID(raw))
            names = [name for (name,) in database.execute("SELECT code_name FROM case_file")]
            villages = [name for (name,) in database.execute("SELECT name FROM region WHERE level = 'village'")]
        assert len(names) == 8 and len(villages) >= 2  # six families on her list, two leads at the desk
        # Six digits and a hyphen stand in ids of the browser's own now and then.
        names = [name for name in names if not name[:2].isdigit()]
        self.more |= {word: of_text(word) for word in (*names, *villages, "李春禾", "王砚秋", demo.PASSWORD, digits)}


def enrolled(server: Server, caseworker: Caseworker) -> None:
    caseworker.enrol(server.device_code("li"), "li")
    caseworker.page.locator("#list-today .entry").first.wait_for()


def open_todays(caseworker: Caseworker, other_than: str = "none") -> str:
    """A visit of today's list, started; its code name."""
    caseworker.home()
    entry = caseworker.page.locator("#list-today .entry").filter(has_not_text=other_than).first
    code_name = entry.locator(".entry-main").inner_text()
    caseworker.open_case(code_name, "today")
    caseworker.no_conflict()
    caseworker.start_visit()
    return code_name


def hand_in_a_visit_that_could_not_be_made(caseworker: Caseworker, hidden: Secrets) -> str:
    """The shortest whole report there is; its code name."""
    code_name = open_todays(caseworker)
    caseworker.open_form("入户调查")
    answers = {
        "visit.outcome": "could_not",
        "visit.could_not_reason": "moved",
        "visit.could_not_note": hidden.note,
        "concl.sign_visitors.first": Signature.VISITOR,
        "concl.sign_visitors.second": Signature.VISITOR,
    }
    caseworker.fill_to_the_contents(answers)
    caseworker.submit()
    caseworker.send()
    return code_name


def return_it(playwright: Playwright, server: Server, code_name: str, hidden: Secrets) -> None:
    supervisor = Supervisor(playwright, server)
    supervisor.sign_in("chen")
    supervisor.queue()
    supervisor.open_report(code_name, "入户调查")
    supervisor.open_review()
    supervisor.remark("visit.could_not_note", "explain", hidden.remark)
    supervisor.return_report(hidden.reason)
    supervisor.close()


def begin_an_investigation(caseworker: Caseworker, hidden: Secrets, other_than: str = "none") -> str:
    """A family's investigation, not handed in: a name and a long text; its code name."""
    code_name = open_todays(caseworker, other_than)
    caseworker.open_form("入户调查")
    caseworker.fill({"visit.alone": "yes", "visit.present": ["nobody"], "visit.in_brief": hidden.long_text})
    caseworker.next_page()
    caseworker.fill({})  # the family as it is known
    new_row = caseworker.add_row("members")
    caseworker.answer(f"{new_row}.name", hidden.name)
    caseworker.home()  # leaving waits for the disk
    return code_name


def continue_the_draft(caseworker: Caseworker) -> None:
    caseworker.tab("drafts")
    caseworker.tap(caseworker.page.locator("#draft-list .entry", has_text="入户调查").first)
    caseworker.page.locator(".record .rec-page").wait_for()
    caseworker.to_the_contents()
    caseworker.tap(caseworker.page.locator(".contents button.cell", has_text="家里人").first)
    caseworker.page.locator('.repeat[data-path="members"]').wait_for()


def hand_over(caseworker: Caseworker, code_name: str, hidden: Secrets) -> None:
    """The phone in the hands of the woman who is to sign, her own words before her; not back yet."""
    caseworker.home()
    caseworker.open_case(code_name, "today")
    caseworker.open_form("告知与同意")
    caseworker.fill({path: value for path, value in CONSENT.items() if path != "cs.sign"} | {"cs.by": hidden.signer})
    question = caseworker.question("cs.sign")
    caseworker.tap(question.locator(".signature button"))
    caseworker.page.locator("canvas.pad-canvas").wait_for()


def change_the_secret(caseworker: Caseworker) -> None:
    """Another number, and the phone open under it."""
    page = caseworker.page
    caseworker.tab("settings")
    caseworker.tap(page.locator("#ways-open"))
    caseworker.tap(page.locator("#secret-change"))
    page.locator("#ask-pin").wait_for()
    caseworker.press(caseworker.digits)
    page.locator("#ask-pin").wait_for(state="detached")
    caseworker.tap(page.locator("#way-digits"))
    caseworker.digits = "".join(page.locator("#new-digits span").all_inner_texts())
    caseworker.tap(page.locator("#practise"))
    for round_name in ("第 1 遍", "第 2 遍"):
        expect(page.get_by_text(round_name)).to_be_visible()
        caseworker.press(caseworker.digits)
    expect(page.locator("#screen-unlock")).to_contain_text("已经改好")
    caseworker.unlock()


def log_for_support(caseworker: Caseworker) -> str:
    """As she reads it out, or copies it to whoever helps."""
    caseworker.tab("sync")
    caseworker.tap(caseworker.page.locator("#support-log summary"))
    text = caseworker.page.locator("#support-log pre").inner_text()
    caseworker.home()
    return text


def is_of_the_lists(line: str) -> bool:
    """Whether a line of the log is made of nothing but the doors of the server, codes, times and counts."""
    found = LOG_LINE.fullmatch(line)
    if found is None:
        return False
    method, _, door = found["what"].partition(" ")
    asks = method in {"GET", "HEAD", "POST", "PATCH"} and door in {
        "exchange",
        "blobs",
        "share",
        "enrol",
        "digest",
        "other",
    }
    code = found["code"] or ""
    is_known = not code or code in LOG_REASONS or bool(re.fullmatch(r"\d{3}", code)) or code in CODES
    return (asks or found["what"] in LOG_OF_APP) and is_known


def test_a_line_of_the_log_that_says_more_is_noticed() -> None:
    at = "2026-11-23 08:00:00  "
    for line in (
        "POST exchange  200  up 30122  down 14  611 ms",
        "locked  idle",
        "online",
        "PATCH blobs  no_network  up 9",
    ):
        assert is_of_the_lists(at + line), line
    for line in (
        "PATCH /sync/v1/blobs/0190  200",
        "problem  河口村",
        "POST exchange  200  up 3  to 5 ms",
        "error  bcdfg",
    ):
        assert not is_of_the_lists(at + line), line


def order_a_wipe(server: Server) -> None:
    """As the administrator does it at the desk."""
    with server.app.app_context(), writing() as session:
        admin = session.scalars(select(Account).where(Account.login == "admin")).one()
        acting = acting_for(session, admin.district, admin.person_id)
        assert acting is not None
        vault_id = session.scalars(select(Vault.vault_id)).one()
        vaults.order_wipe(session, acting, vault_id, server.now())


def test_no_byte_of_a_family_lies_on_the_flash(playwright: Playwright, server: Server, tmp_path: Path) -> None:
    hidden = Secrets()
    profile = tmp_path / "profile"
    caseworker = Caseworker(playwright, profile, server)
    # Given a phone with a report that came back with a remark, and another begun
    caseworker.start()
    enrolled(server, caseworker)
    code_name = hand_in_a_visit_that_could_not_be_made(caseworker, hidden)
    return_it(playwright, server, code_name, hidden)
    caseworker.send()
    caseworker.home()
    caseworker.open_case(code_name, "returned")
    caseworker.open_form("入户调查")
    expect(caseworker.page.locator(".record")).to_contain_text(hidden.remark)
    begun = begin_an_investigation(caseworker, hidden, code_name)
    # When the browser is closed as usual, then none of it is in any file
    caseworker.close()
    hidden.learn(server, caseworker.digits)
    search = Search(profile, hidden.markers())
    assert search.leaks() == []

    # When it is covered over an open form, as when another app comes to the front
    caseworker.start()
    caseworker.unlock()
    continue_the_draft(caseworker)
    new_row = caseworker.add_row("members")
    caseworker.answer(f"{new_row}.name", hidden.text)
    caseworker.page.evaluate("() => document.dispatchEvent(new Event('freeze'))")
    caseworker.page.locator("#screen-covered").wait_for()
    assert search.leaks() == []
    caseworker.uncover()

    # When it is in her hands to sign, and is killed there
    hand_over(caseworker, begun, hidden)
    assert search.leaks() == []
    caseworker.kill()
    assert search.leaks() == []

    # When nobody answers, and the phone lies locked with all its work in the outbox
    server.stop()
    caseworker.start()
    caseworker.unlock()
    continue_the_draft(caseworker)
    caseworker.contents()
    caseworker.hand_in_at_the_door(with_gaps=True)
    caseworker.urgent()
    caseworker.write(caseworker.page.locator("#urgent-place"), hidden.place)
    caseworker.tap(caseworker.page.locator("#urgent-save"))
    expect(caseworker.page.locator("#urgent-state")).to_contain_text("已加密记下")
    assert search.leaks() == []
    caseworker.page.keyboard.press("Escape")
    caseworker.home()
    caseworker.lock()
    expect(caseworker.page.locator("#lock-waiting")).to_contain_text(re.compile("待发 [2-9] 份"))
    assert search.leaks() == []
    caseworker.kill()
    assert search.leaks() == []

    # When she chose another secret, in the settings
    server.start()
    caseworker.start()
    caseworker.unlock()
    change_the_secret(caseworker)
    caseworker.send()
    # Then the log for support, which goes over all of this, names neither a family nor anybody nor anything of theirs
    hidden.learn(server, caseworker.digits)
    head, *lines = log_for_support(caseworker).splitlines()
    assert LOG_HEAD.fullmatch(head) and [line for line in lines if not is_of_the_lists(line)] == []
    assert {"POST exchange", "covered", "open"} <= {line[21:].partition("  ")[0] for line in lines}
    assert Search(profile, hidden.markers()).inside("\n".join((head, *lines)).encode()) == set()
    caseworker.close()
    search = Search(profile, hidden.markers() | {"the new secret": of_text(caseworker.digits)})
    assert search.leaks() == []

    # And when the office had it wiped
    order_a_wipe(server)
    caseworker.start()
    caseworker.page.locator("#enrol-start").wait_for()
    caseworker.close()
    assert search.leaks() == []


def test_the_same_search_finds_all_of_it_where_nothing_is_sealed(
    playwright: Playwright, server: Server, tmp_path: Path
) -> None:
    hidden = Secrets()
    profile = tmp_path / "profile"
    caseworker = Caseworker(playwright, profile, server)
    # Given the same app with a vault worker that seals nothing
    caseworker.start(service_workers="block")
    caseworker.context.route("**/static/js/vault-worker/seals.js", unsealed)
    caseworker.page.reload()
    enrolled(server, caseworker)
    # When the same work is done
    begin_an_investigation(caseworker, hidden)
    caseworker.close()
    hidden.learn(server, caseworker.digits)
    # Then its every kind of trace is found
    found = {one.partition(" in ")[0] for one in Search(profile, hidden.markers()).leaks()}
    assert {"name", "long_text", *FORM_WORDS, "柳树湾村", "李春禾"} <= found
    kinds = {name.partition(" ")[0] for name in found}
    assert {"case_file.case_id", "visit.visit_id", "case_person.person_id"} <= kinds


def unsealed(route: Route) -> None:
    """The seals of the vault worker on their way to the browser, the two functions for values at rest taken out."""
    answer = route.fetch()
    source = answer.text()
    for name in ("sealValue", "openValue"):
        assert source.count(f"export async function {name}(") == 1
        source = source.replace(f"export async function {name}(", f"async function really_{name}(")
    route.fulfill(response=answer, body=source + UNSEALED)
