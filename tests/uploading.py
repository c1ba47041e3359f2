"""Files of a phone in Python: sealed with the real crypto, sent by the verbs of docs/protocol.md section 9.

sent = Photo(phone)                      a sealed photo of 100,000 bytes of chance, under an envelope of its own
sent.announce(), .head(), .patch(0, n)   one request each
sent.send(), .send_but_the_last()        all of it, from where the server is; all of it but the last piece
sent.value                               what an answer holds of it
"""

import hashlib
import json
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from fieldapp.actions import file_keys, file_names
from fieldapp.blobs import BlobStore
from fieldapp.crypto import files, packages
from fieldapp.crypto.packages import SealingKey, b64u
from fieldapp.models import bodies
from fieldapp.models.files import File
from fieldapp.models.records import Record, Revision
from sync import uploads, wire
from sync.uploads import Announced, Envelope
from tests import factories
from tests.factories import County
from tests.phones import Phone

PIECE = uploads.UPLOAD_CHUNK_BYTES_MIN
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00"


class Photo:
    """One sealed file of a phone. `changed` replaces parts of its announcement."""

    def __init__(
        self, phone: Phone, length: int = 100_000, kind: str = "photo", begins: bytes = JPEG, **changed: Any
    ) -> None:
        self.phone = phone
        self.plain = begins + phone.chance(length - len(begins))
        self.file_id = UUID(phone.new_id())
        self.sealing_key, self.envelope_id = SealingKey(phone.chance(32)), phone.chance(16)
        self.sealed = files.seal_file(
            self.plain,
            file_id=self.file_id,
            sealing_key=self.sealing_key,
            envelope_id=self.envelope_id,
            random=phone.chance,
        )
        self.said = self.announcement(kind=kind, **changed)

    def announcement(self, **changed: Any) -> Announced:
        key_id, point = self.phone.crypto.server_key
        envelope = Envelope(
            self.envelope_id,
            wire.SUITE,
            key_id,
            packages.seal_envelope(
                self.sealing_key, server_point=point, key_id=key_id, vault_id=self.phone.device.vault_id
            ),
        )
        said = {
            "file_id": self.file_id,
            "hash": hashlib.sha256(self.sealed).digest(),
            "bytes": len(self.sealed),
            "kind": "photo",
            "record_id": None,
            "envelope": envelope,
        }
        return Announced(**{**said, **changed})

    @property
    def value(self) -> dict[str, Any]:
        return {
            "file": str(self.said.file_id),
            "hash": b64u(self.said.hash),
            "kind": self.said.kind if self.said.kind != "thumb" else "photo",
            "type": "image/jpeg",
            "bytes": self.said.bytes,
            "taken": 1_795_222_800_000,
        }

    @property
    def page(self) -> dict[str, Any]:
        """As one of several pages, or as a thumbnail."""
        return {name: self.value[name] for name in ("file", "hash", "bytes")}

    def announce(self) -> Any:
        body = json.dumps(uploads.announcement(self.said)).encode()
        headers = self.phone.device.headers(body, uploads.ANNOUNCE, "application/json")
        return self.phone.client.post(uploads.PATH, data=body, headers=headers)

    def head(self) -> Any:
        headers = self.phone.device.headers(b"", uploads.method_path("HEAD", self.file_id))
        return self.phone.client.head(f"{uploads.PATH}/{self.file_id}", headers=headers)

    def patch(self, offset: int, length: int = PIECE, chunk: bytes | None = None) -> Any:
        chunk = self.sealed[offset : offset + length] if chunk is None else chunk
        headers = self.patch_headers(offset, chunk)
        return self.phone.client.patch(f"{uploads.PATH}/{self.file_id}", data=chunk, headers=headers)

    def patch_headers(self, offset: int, chunk: bytes) -> dict[str, str]:
        signed = self.phone.device.headers(
            chunk, uploads.method_path("PATCH", self.file_id, offset), "application/offset+octet-stream"
        )
        return {**signed, "Upload-Offset": str(offset)}

    @property
    def last(self) -> int:
        """Where its last piece begins."""
        return (len(self.sealed) - 1) // PIECE * PIECE

    def send_but_the_last(self) -> int:
        """Every piece but the last; where that begins."""
        self.announce()
        for offset in range(0, self.last, PIECE):
            assert self.patch(offset).status_code == 204
        return self.last

    def send(self) -> Any:
        """Announce it and send what is missing; the last answer."""
        answer = self.announce()
        assert answer.status_code in (200, 201) and answer.json["state"] != "refused", answer.json
        offset = answer.json["offset"]
        while offset < len(self.sealed):
            answer = self.patch(offset)
            assert answer.status_code == 204, answer.get_data(as_text=True)
            offset = int(answer.headers["Upload-Offset"])
        return answer


def named_by_record(session: Session, store: BlobStore, at: datetime, county: County, record_id: UUID) -> UUID:
    """A whole photo beside the first answer of a report that is stored already, as if its author had sent it."""
    record = session.get_one(Record, (county.district, record_id))
    revision = session.get_one(Revision, (county.district, record.head_revision_id))
    file_id, key = factories.new_id(), SealingKey(hashlib.sha256(record_id.bytes).digest())
    sealed = files.seal_file(
        JPEG, file_id=file_id, sealing_key=key, envelope_id=bytes(16), random=lambda count: file_id.bytes[:count]
    )
    digest = hashlib.sha256(sealed).digest()
    with store.part(file_id) as part:
        part.write(0, sealed)
        part.keep(digest)
    place = (county.district, record.case_id, "revision", "sealed_body", (county.district, revision.revision_id))
    body = json.loads(bodies.open_for_case(session, *place, revision.sealed_body))
    body["papers"] = {"hh.head": [{"file": str(file_id), "hash": b64u(digest), "kind": "photo", "bytes": len(sealed)}]}
    revision.sealed_body = bodies.seal_for_case(session, *place, json.dumps(body).encode())
    file = File(
        district=county.district, file_id=file_id, vault_id=factories.new_id(), person_id=record.author_id,
        kind="photo", hash=digest, length=len(sealed), offset=len(sealed), state="complete", case_id=None,
        envelope_id=bytes(16), suite=1, key_id="0" * 16, made_at=at, touched_at=at, complete_at=at,
    )  # fmt: skip
    file.sealed_key = file_keys.seal_key(session, file, files.file_key(key, files.read_head(sealed[:49])))
    session.add(file)
    file_names.note(
        session, district=county.district, revision_id=revision.revision_id, record_id=record_id,
        case_id=record.case_id, author_id=record.author_id, form=record.form, body=body,
    )  # fmt: skip
    return file_id
