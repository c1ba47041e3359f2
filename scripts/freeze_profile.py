#!/usr/bin/env python3
"""Freezes a phone and its server as an earlier version left them, for tests/browser/test_old_profiles.py.

    .venv/bin/python scripts/freeze_profile.py COMMIT NAME

Checks the commit out beside this one, serves its demo county, and lets its caseworker work with its own journeys
(tests/browser/live.py of that commit): a report received, another that waits, a draft, a choice of type size, an
urgent record made while locked; from the version on that has one, a PIN that opens with the server's share. Then every
store of the phone's browser goes to tests/vectors/profiles/NAME.phone.json.xz; the server's database, root keys and
tombstone log go to NAME.server.json.xz.

One thing cannot be frozen: the transport key, which no browser gives out. The test makes a new one and tells the
server. Run it for each release, before the first change of what lies on the phone. Everybody in it is invented.
"""

import base64
import json
import lzma
import os
import re
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "tests" / "vectors" / "profiles"
PIN_IN = "604193"
NAME, BRIEF, NOTE, PLACE = "演示新成员", "演示：旧版本里写下的经过", "演示：旧版本里写下的原因", "演示：村口老樟树下"
# Bytes and keys are no JSON: {"$bytes": base64}, and {"$key": what for} where nothing can be exported.
DUMP = """async () => {
  const base64 = (bytes) => {
    let text = "";
    for (const byte of bytes) text += String.fromCharCode(byte);
    return btoa(text);
  };
  const plain = (value) => {
    if (value instanceof Uint8Array) return { $bytes: base64(value) };
    if (value instanceof CryptoKey) return { $key: value.usages.join() };
    if (Array.isArray(value)) return value.map(plain);
    if (value && typeof value === "object")
      return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, plain(one)]));
    return value;
  };
  const answered = (request) =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  const databases = [];
  for (const { name, version } of await indexedDB.databases()) {
    const database = await answered(indexedDB.open(name));
    const stores = {};
    for (const store of database.objectStoreNames) {
      const [keys, rows] = await Promise.all(
        ["getAllKeys", "getAll"].map((all) => answered(database.transaction(store).objectStore(store)[all]())),
      );
      stores[store] = keys.map((key, i) => [key, plain(rows[i])]);
    }
    databases.push({ name, version, stores });
    database.close();
  }
  return databases;
}"""


def main() -> int:
    """0 when both files are written."""
    commit, name = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        checkout = Path(folder) / "checkout"
        subprocess.run(["git", "clone", "-q", str(ROOT), str(checkout)], check=True)
        subprocess.run(["git", "-C", str(checkout), "checkout", "-q", commit], check=True)
        where = {**os.environ, "PYTHONPATH": str(checkout)}
        command = [sys.executable, str(Path(__file__).resolve()), "--within", folder, commit, name]
        return subprocess.run(command, cwd=checkout, env=where, check=False).returncode


def within(folder: Path, commit: str, name: str) -> None:
    """In the old checkout: its modules are the ones that are imported."""
    from playwright.sync_api import sync_playwright

    from tests.browser import live

    with live.live_server(folder / "server") as server, sync_playwright() as playwright:
        phone = live.Caseworker(playwright, folder / "phone", server)
        phone.start()
        known = _worked(live, playwright, phone, server)
        databases = phone.page.evaluate(DUMP)
        phone.close()
        server.stop()
        data = folder / "server" / "data"
        [database], [ring] = data.glob("*.sqlite3"), list((folder / "server").rglob("ring*.json"))[:1]
        with closing(sqlite3.connect(database)) as opened:
            opened.execute("VACUUM INTO ?", (str(folder / "small.sqlite3"),))
        _write(f"{name}.phone", {"commit": commit, "known": known, "databases": databases})
        coded = base64.b64encode((folder / "small.sqlite3").read_bytes()).decode()
        log = folder / "server" / "tombstones" / "log"
        gone = base64.b64encode(log.read_bytes()).decode() if log.exists() else None
        _write(f"{name}.server", {"ring": json.loads(ring.read_text("utf-8")), "sqlite3": coded, "tombstones": gone})


def _worked(live: Any, playwright: Any, phone: Any, server: Any) -> dict[str, Any]:
    """A day's work; what a person would miss of it."""
    administrator = live.Administrator(playwright, server)
    administrator.sign_in("admin")
    phone.enrol(administrator.issue_device_code("李春禾"), "li")
    administrator.close()
    page = phone.page
    page.locator("#list-today .entry").first.wait_for()
    phone.wait_for_shell()
    families = page.locator("#screen-worklist .entry .entry-main").all_inner_texts()
    pin = _pin_where_there_is_one(phone)
    received = _could_not(live, phone, [])
    phone.send()
    draft = _begun(phone, [received])
    phone.tab("settings")
    phone.tap(page.locator("#set-size [data-value=elder]"))
    server.stop()
    waiting = _could_not(live, phone, [received, draft])
    phone.home()
    phone.lock()
    phone.urgent()
    phone.write(page.locator("#urgent-place"), PLACE)
    phone.tap(page.locator("#urgent-save"))
    page.locator("#urgent-state", has_text="已加密记下").wait_for()
    said = page.locator("#lock-waiting").inner_text()
    assert re.search("[2-9]", said), said
    texts = {"name": NAME, "brief": BRIEF, "note": NOTE, "place": PLACE}
    cases = {"received": received, "draft": draft, "waiting": waiting, "all": sorted(families)}
    return {"digits": phone.digits, "pin": pin, "texts": texts, "cases": cases, "size": "elder"}


def _todays(phone: Any, others: list[str]) -> str:
    """A visit of the list that is none of the others, started; its code name."""
    phone.home()
    names = phone.page.locator("#screen-worklist .entry .entry-main").all_inner_texts()
    code_name = next(name for name in names if name not in others)
    phone.open_case(code_name)
    phone.no_conflict()
    phone.start_visit()
    phone.open_form("入户调查")
    return str(code_name)


def _could_not(live: Any, phone: Any, others: list[str]) -> str:
    """The shortest whole report there is, handed in."""
    code_name = _todays(phone, others)
    phone.fill_to_the_contents(
        {
            "visit.outcome": "could_not",
            "visit.could_not_reason": "moved",
            "visit.could_not_note": NOTE,
            "concl.sign_visitors.first": live.Signature.VISITOR,
            "concl.sign_visitors.second": live.Signature.VISITOR,
        }
    )
    phone.submit()
    return code_name


def _begun(phone: Any, others: list[str]) -> str:
    """An investigation that is a draft, with a new member of the family."""
    code_name = _todays(phone, others)
    phone.fill({"visit.alone": "yes", "visit.present": ["nobody"], "visit.in_brief": BRIEF})
    phone.next_page()
    phone.fill({})
    phone.answer(f"{phone.add_row('members')}.name", NAME)
    phone.home()  # leaving waits for the disk
    return code_name


def _pin_where_there_is_one(phone: Any) -> str | None:
    phone.tab("settings")
    page = phone.page
    if not page.locator("#ways-open").count():
        return None
    phone.tap(page.locator("#ways-open"))
    phone.tap(page.locator("#pin-add"))
    page.locator("#ask-pin").wait_for()
    phone.press(phone.digits)
    page.locator("#ask-pin").wait_for(state="detached")
    phone.press(PIN_IN)
    page.get_by_text("再输入一次同样的 PIN").wait_for()
    phone.press(PIN_IN)
    page.locator("#pin-remove").wait_for()
    phone.home()
    return PIN_IN


def _write(name: str, content: dict[str, Any]) -> None:
    packed = lzma.compress(json.dumps(content, ensure_ascii=False).encode(), preset=9 | lzma.PRESET_EXTREME)
    (FOLDER / f"{name}.json.xz").write_bytes(packed)
    sys.stdout.write(f"{name}: {len(packed) // 1024} KiB\n")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--within"]:
        within(Path(sys.argv[2]), *sys.argv[3:])
    else:
        sys.exit(main())
