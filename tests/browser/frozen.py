"""A frozen phone in a browser, at its own server: the old data, the app of now (tests/frozen.py)."""

import base64
from pathlib import Path
from uuid import UUID

from playwright.sync_api import Page
from sqlalchemy import select

from fieldapp.db import db, writing
from fieldapp.models.vaults import Vault
from tests import frozen
from tests.browser import phone_stage
from tests.browser.live import free_port

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


class OldServer(phone_stage.Server):
    """The server of that phone, served by the release of now."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.port = folder, free_port()
        self.app = frozen.old_app(folder, name, self.port)
        self.start()

    @property
    def phone_address(self) -> str:
        return self.address

    def close(self) -> None:
        self.stop()
        with self.app.app_context():
            db.engine.dispose()


def load(phone: frozen.Frozen, page: Page, server: OldServer) -> None:
    """The phone's browser as it was, three weeks later; the server is told of the transport key that stands in for the
    old one.
    """
    page.context.clock.set_system_time(frozen.OPENED_AT)
    page.goto(server.address + PLAIN_PAGE)
    point = base64.b64decode(page.evaluate(LOAD, phone.databases))
    vault_id = UUID(phone.record["vault_id"])
    with server.app.app_context(), writing() as session:
        session.scalars(select(Vault).where(Vault.vault_id == vault_id)).one().transport_key = point
