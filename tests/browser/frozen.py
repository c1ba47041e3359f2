"""Phones and servers of earlier versions (tests/vectors/profiles/), set up again: the old data, the app of now."""

import base64
import json
import lzma
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from flask_migrate import upgrade
from playwright.sync_api import Page
from sqlalchemy import select

from fieldapp import create_app
from fieldapp.config import Config
from fieldapp.db import db, writing
from fieldapp.models.vaults import Vault
from tests.browser import phone_stage
from tests.browser.live import free_port

FOLDER = Path(__file__).parents[1] / "vectors" / "profiles"
NAMES = sorted(path.name.removesuffix(".phone.json.xz") for path in FOLDER.glob("*.phone.json.xz"))
# A page of the phone's origin on which the app itself does not start.
PLAIN_PAGE = "emergency.json"
# The databases as they were. The transport key is made anew, as little extractable; its public half comes back.
LOAD = """async (databases) => {
  const bytesOf = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);
  const real = (value) => {
    if (Array.isArray(value)) return value.map(real);
    if (!value || typeof value !== "object") return value;
    if ("$bytes" in value) return bytesOf(value.$bytes);
    if ("$key" in value) return pair.privateKey;
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, real(one)]));
  };
  for (const { name, version, stores } of databases) {
    const database = await new Promise((resolve, reject) => {
      const request = indexedDB.open(name, version);
      request.onupgradeneeded = () => {
        for (const store of Object.keys(stores)) request.result.createObjectStore(store);
      };
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    const transaction = database.transaction(Object.keys(stores), "readwrite");
    for (const [store, rows] of Object.entries(stores))
      for (const [key, row] of rows) transaction.objectStore(store).put(real(row), key);
    await new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error);
    });
    database.close();
  }
  const point = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  return btoa(String.fromCharCode(...point));
}"""


@dataclass
class Frozen:
    """One pair of files. `known`: what opens the phone, and what a person would miss of it."""

    name: str
    known: dict[str, Any] = field(init=False)
    databases: list[dict[str, Any]] = field(init=False)

    def __post_init__(self) -> None:
        content = _read(f"{self.name}.phone")
        self.known, self.databases = content["known"], content["databases"]

    def load_into(self, page: Page, server: "OldServer") -> None:
        """The phone's browser as it was, opened at this server, which is told of the new transport key."""
        page.goto(server.address + PLAIN_PAGE)
        point = page.evaluate(LOAD, self.databases)
        [record] = [row for one in self.databases for _, row in one["stores"].get("vaults", [])]
        server.tell_transport_key(record["vault_id"], base64.b64decode(point))


class OldServer(phone_stage.Server):
    """The server of that phone, its data migrated by the release of now."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.port = folder, free_port()
        content = _read(f"{name}.server")
        data_dir, ring_file = folder / "data", folder / "keys" / "ring.json"
        database, log = data_dir / "demo.sqlite3", folder / "tombstones" / "log"
        for file, held in ((database, content["sqlite3"]), (log, content.get("tombstones"))):  # older ones kept no log
            file.parent.mkdir(parents=True)
            if held is not None:
                file.write_bytes(base64.b64decode(held))
        ring_file.parent.mkdir(parents=True)
        ring_file.write_text(json.dumps(content["ring"]), "utf-8")
        ring_file.chmod(0o600)
        url = f"sqlite:///{database}"
        self.app = create_app(
            Config(data_dir=data_dir, database_url=url, ring_file=ring_file, demo=True, port=self.port, desk_port=1)
        )
        with self.app.app_context():
            upgrade()
        self.start()

    @property
    def phone_address(self) -> str:
        return self.address

    def tell_transport_key(self, vault_id: str, point: bytes) -> None:
        with self.app.app_context(), writing() as session:
            session.scalars(select(Vault).where(Vault.vault_id == UUID(vault_id))).one().transport_key = point

    def close(self) -> None:
        self.stop()
        with self.app.app_context():
            db.engine.dispose()


def _read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(lzma.decompress((FOLDER / f"{name}.json.xz").read_bytes()))
    return found
