"""The door of the phones: POST /sync/v1/exchange (binary frames), /enrol, /share and /digest (JSON), /blobs (files). No
cookies.

docs/protocol.md says what goes through it; the acts are actions/exchange.py, enrol.py, shares.py, digests.py,
uploads.py. Each step has a session of its own: the push is on disk before the pull is rendered, and nothing is opened
while a lock is held.
"""

import zlib
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, current_app, jsonify, request

from fieldapp.actions import contact as contacts
from fieldapp.actions import digests as digest_acts
from fieldapp.actions import enrol as enrolment
from fieldapp.actions import exchange as exchanges
from fieldapp.actions import intake, proxies, replies
from fieldapp.actions import shares as share_acts
from fieldapp.actions import uploads as files
from fieldapp.db import reading, writing
from fieldapp.errors import Problem
from sync import digests, shares, uploads, wire

PACKED_BYTES_MIN = 1_000  # what fits into one packet is not there sooner for being smaller

bp = Blueprint("sync_api", __name__)
bp.origin = "phone"  # type: ignore[attr-defined]  # create_app answers 404 for it on the desk's origin
bp.max_body_bytes = wire.REQUEST_BYTES_MAX  # type: ignore[attr-defined]


@bp.post("/sync/v1/exchange")
def exchange() -> Response:
    """Take what a phone has, and tell it what it has to know."""
    body, now = _read_body(wire.REQUEST_BYTES_MAX), _now()
    vault, signature = request.headers.get("FieldApp-Vault", ""), request.headers.get("FieldApp-Signature", "")
    with reading() as session:
        asked = exchanges.read(session, vault, signature, body, now)
    results: list[dict[str, Any]] = []
    if asked.items:
        asked, results = intake.push(asked, now)
    elif asked.needs_contact:
        with writing() as session:
            contacts.contact(session, asked, now)
    with reading() as session:
        begun = replies.begin(session, asked)
        is_audited = begun is not None and begun.carries_case_data
        reply = None if is_audited else replies.reply(session, asked, results, now, begun)
    if reply is None:
        with writing() as session:
            reply = replies.reply(session, asked, results, now)
    return _packed(reply)


@bp.post("/sync/v1/enrol")
def enrol() -> Response:
    """Register a new vault by credential and one-use code."""
    asked = enrolment.read(_read_body(wire.ENROL_BYTES_MAX))
    address, now = request.remote_addr or "", _now()
    with reading() as session:
        proved = enrolment.check(session, asked, address, now)
    with writing() as session:
        enrolled = enrolment.enrol(session, asked, proved, address, now)
    if enrolled.reply is None:
        raise Problem("enrol_refused")
    return jsonify(enrolled.reply)


@bp.post("/sync/v1/share")
def share() -> Response:
    """Set, hand out or remove the server's share of a PIN way."""
    body, now = _read_body(shares.BYTES_MAX), _now()
    vault, signature = request.headers.get("FieldApp-Vault", ""), request.headers.get("FieldApp-Signature", "")
    with reading() as session:
        asked = share_acts.read(session, vault, signature, body, now)
    if asked.said.act != "get":
        with writing() as session:
            return jsonify(share_acts.change(session, asked, now))
    with writing() as session:
        counted = share_acts.try_it(session, asked, now)
    # The try is on disk, in database and tombstone log, before anybody learns whether it was right.
    with reading() as session:
        found = share_acts.compare(session, asked, counted)
    with writing() as session:
        return jsonify(share_acts.release(session, asked, counted, found, now))


@bp.post("/sync/v1/digest")
def digest() -> Response:
    """Say what of all that a vault handed in is not here any more."""
    body, now = _read_body(digests.BYTES_MAX), _now()
    with reading() as session:
        return jsonify(digest_acts.missing(session, digest_acts.read(session, *_signed(), body, now)))


@bp.post(uploads.PATH)
def announce_file() -> tuple[Response, int]:
    """Say what file will come, and learn how much of it is here."""
    body, now = _read_body(uploads.ANNOUNCE_BYTES_MAX), _now()
    with reading() as session:
        asked = files.read_announcement(session, *_signed(), body)
    files.check_room(current_app.extensions["files"], asked.said.bytes)
    with writing() as session:
        said, is_new = files.announce(session, asked, now)
    return jsonify(said), 201 if is_new else 200


@bp.route(f"{uploads.PATH}/<uuid:file_id>", methods=["HEAD"])
def file_offset(file_id: UUID) -> Response:
    """How much of a file is here."""
    with reading() as session:
        upload = files.read_signed(session, *_signed(), "HEAD", file_id, None, b"")
    return _offsets(Response(status=200), upload.offset, upload.bytes, upload.seq)


@bp.patch(f"{uploads.PATH}/<uuid:file_id>")
def append_to_file(file_id: UUID) -> Response:
    """Take the next piece of a file: it is on the disk before the new offset is told."""
    chunk, now, store = _read_body(uploads.UPLOAD_CHUNK_BYTES_MAX), _now(), current_app.extensions["files"]
    offset = request.headers.get("Upload-Offset", type=int)
    # A piece that was cut on its way cannot be told from a forged one: neither is written.
    if offset is None or len(chunk) != request.content_length:
        raise Problem("request_malformed")
    with reading() as session:
        upload = files.read_signed(session, *_signed(), "PATCH", file_id, offset, chunk)
    upload = intake.append(store, upload, file_id, offset, chunk, now)
    return _offsets(Response(status=204), upload.offset, upload.bytes, upload.seq)


@bp.post(proxies.PATH)
def probe() -> Response:
    """Answer at the first byte: whoever sent half a body learns whether it came through before the other half."""
    response = jsonify(seen=len(request.stream.read(1)))
    response.headers["Connection"] = "close"  # nobody waits for the rest
    return response


def _offsets(response: Response, offset: int, length: int, seq: int | None) -> Response:
    response.headers["Upload-Offset"], response.headers["Upload-Length"] = str(offset), str(length)
    if seq is not None:
        response.headers["FieldApp-Seq"] = str(seq)
    return response


def _signed() -> tuple[str, str]:
    return request.headers.get("FieldApp-Vault", ""), request.headers.get("FieldApp-Signature", "")


def _packed(frame: bytes) -> Response:
    """The reply, its JSON head packed on the way for whoever takes gzip: browsers do, and undo it themselves."""
    response = Response(frame, mimetype="application/octet-stream")
    response.vary.add("Accept-Encoding")
    if len(frame) >= PACKED_BYTES_MIN and request.accept_encodings["gzip"]:
        packer = zlib.compressobj(level=6, wbits=31)
        response.set_data(packer.compress(frame) + packer.flush())
        response.content_encoding = "gzip"
    return response


def _read_body(bytes_max: int) -> bytes:
    """The raw body, read to its bound and no further. Raises `frame_too_large`."""
    if (request.content_length or 0) > bytes_max:
        raise Problem("frame_too_large")
    body = request.stream.read(bytes_max + 1)
    if len(body) > bytes_max:
        raise Problem("frame_too_large")
    return body


def _now() -> datetime:
    moment: datetime = current_app.extensions["clock"]()
    return moment
