"""PouchDB 9 with express-pouchdb, and Kinto, each its own server and a phone of its own; all in memory.

`package-lock.json` and `requirements.txt` name exact versions and no address: npm and pip ask what is configured on
this machine. They are kept in a folder that git does not keep. The phone of PouchDB runs in Node with its store in
memory: what IndexedDB costs in a browser is left out, in its favour. Kinto's is a few lines of Python.
"""

import base64
import http.client
import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from shutil import copy
from typing import Any, Self

from tests.browser.live import free_port

HERE = Path(__file__).parent
FOLDER = HERE.parents[1] / ".cache" / "sync-peers"
VENV = FOLDER / "kinto-venv"
BATCH = 200
START_TRIES_MAX, STEP_S = 300, 0.1
_RECORDS = "/v1/buckets/phones/collections/records"

Docs = list[dict[str, Any]]


def install() -> None:
    """Both, once for each pair of locks. Raises CalledProcessError."""
    locks = [HERE / name for name in ("package.json", "package-lock.json", "requirements.txt")]
    stamp, wanted = FOLDER / "stamp", sha256(b"".join(lock.read_bytes() for lock in locks)).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    for lock in locks:
        copy(lock, FOLDER / lock.name)
    npm = ["npm", "install", "--no-save", "--ignore-scripts", "--silent", "--no-progress", "--no-audit", "--no-fund"]
    subprocess.run(npm, cwd=FOLDER, check=True)
    subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
    subprocess.run([VENV / "bin" / "pip", "install", "-q", "-r", "requirements.txt"], cwd=FOLDER, check=True)
    stamp.write_text(wanted)


@contextmanager
def pouch_server() -> Iterator[int]:
    """The port of an express-pouchdb."""
    node = ["node", str(HERE / "pouch_server.mjs")]
    with subprocess.Popen(node, cwd=FOLDER, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.kill()


class PouchPhone:
    """`put` and `photos` are outside of the clock; the others give {"seconds", "requests", "held"}."""

    def __init__(self, port: int) -> None:
        node = ["node", str(HERE / "pouch_client.mjs"), f"http://127.0.0.1:{port}/records"]
        self._process = subprocess.Popen(node, cwd=FOLDER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()

    def act(self, act: str, docs: Docs | None = None) -> dict[str, Any]:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps({"act": act, "docs": docs}) + "\n")
        self._process.stdin.flush()
        done: dict[str, Any] = json.loads(self._process.stdout.readline())
        return done

    def put_photos(self, chance: random.Random, count: int, size: int) -> None:
        photos = [base64.b64encode(chance.randbytes(size)).decode() for _ in range(count)]
        self.act("photos", [{"_id": f"photo-{chance.randbytes(8).hex()}", "data": photo} for photo in photos])


@contextmanager
def kinto_server() -> Iterator[int]:
    """The port of a Kinto that answers."""
    port = free_port()
    made = FOLDER / "kinto.ini"
    made.write_text((HERE / "kinto.ini").read_text("utf-8").replace("%(http_port)s", str(port)), "utf-8")
    command = [str(VENV / "bin" / "kinto"), "start", "--ini", str(made), "--port", str(port)]
    with subprocess.Popen(command, cwd=FOLDER, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            _wait_for(port)
            yield port
        finally:
            process.kill()


class KintoPhone:
    """Pushes in batches, pulls by pages, asks with the last tag. `requests` counts since it was set to 0."""

    def __init__(self, port: int) -> None:
        self.requests = 0
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
        self._tag = ""
        for path in ("/v1/buckets/phones", _RECORDS):
            self._ask("PUT", path, {"data": {}})

    def push(self, docs: Docs) -> None:
        for at in range(0, len(docs), BATCH):
            puts = [
                {"method": "PUT", "path": f"{_RECORDS}/records/{doc['_id']}", "body": {"data": doc["body"]}}
                for doc in docs[at : at + BATCH]
            ]
            answer = json.loads(self._ask("POST", "/v1/batch", {"requests": puts})[1])
            assert all(one["status"] in (200, 201) for one in answer["responses"])

    def pull(self) -> int:
        """How many records came; 0 when nothing is new."""
        path, count, tag = f"{_RECORDS}/records", 0, ""
        while path:
            headers, body = self._ask("GET", path, headers={"If-None-Match": self._tag} if self._tag else {})
            tag = tag or headers.get("ETag", "")
            count += len(json.loads(body)["data"]) if body else 0
            following = headers.get("Next-Page", "")
            path = "/v1" + following.partition("/v1")[2] if following else ""
        self._tag = tag
        return count

    def _ask(self, method: str, path: str, said: Any = None, headers: dict[str, str] | None = None) -> Any:
        self.requests += 1
        asked = {"Authorization": "Basic cGhvbmU6c2VjcmV0", "Content-Type": "application/json", **(headers or {})}
        body = None if said is None else json.dumps(said, ensure_ascii=False).encode()
        self._connection.request(method, path, body, asked)
        answer = self._connection.getresponse()
        read = answer.read()
        assert answer.status in (200, 201, 304), (answer.status, read[:500])
        return answer.headers, read


def _wait_for(port: int) -> None:
    for _ in range(START_TRIES_MAX):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/v1/")
            connection.getresponse().read()
            return
        except OSError:
            time.sleep(STEP_S)
        finally:
            connection.close()
    raise RuntimeError("Kinto did not come up")
