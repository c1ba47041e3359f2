"""Long lists and media for phones: which pieces whose phone gets, and what one carries. docs/protocol.md, section 5.

A piece is `file:<hash of the file>/<piece>`: what has the same bytes is never sent again, also under a new version of
the form. The divisions themselves are `regions:<digest>`, cut the same way.

Media are nobody's secret, but they come with the feed, sealed like all else: a picture that lay in the open would tell
who finds the phone which forms are filled in on it.
"""

import json
import zlib
from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from fieldapp.crypto.packages import b64u
from fieldapp.forms import media, slices
from fieldapp.forms.plan import Plan
from fieldapp.models import bundles, feed, projects
from fieldapp.models.accounts import Acting
from fieldapp.models.feed import FeedRow
from fieldapp.models.forms import FormFile, FormPiece, FormVersion
from fieldapp.models.regions import Region

COMPRESSION = 9  # packed once, sent to many
MEDIA = "m"  # and the number of a piece from 0; those of lists are named by digits
_files_of_plan: dict[str, dict[str, int | None]] = {}  # by hash of the plan: lists (None) and media (bytes) by hash
_pieces_of_list: dict[str, tuple[str, ...]] = {}  # by hash of the list


def pieces_of(compiled: Plan) -> dict[str, dict[str, bytes]]:
    """The lists of a plan as phones get them: by hash of the list and name of the piece, packed, initials beside. For a
    list of all villages this takes seconds: it is done before a transaction opens.
    """
    named = [given["hash"] for given in (compiled.json.get("files") or {}).values() if given["kind"] == "list"]
    return {name: _cut(compiled.files[name]) for name in named if name in compiled.files}


def keep(session: Session, pieces: Mapping[str, Mapping[str, bytes]]) -> None:
    """Keep pieces beside their list, each once."""
    for list_hash, cut in pieces.items():
        here = set(session.scalars(select(FormPiece.piece).where(FormPiece.hash == list_hash)))
        for piece, packed in cut.items():
            if piece not in here:
                session.add(FormPiece(hash=list_hash, piece=piece, packed=packed))
    session.flush()


def cut_what_is_whole(session: Session) -> None:
    """Cut the lists that were kept before lists were cut at once: a step of the release."""
    whole = select(FormFile.hash, FormFile.content).where(
        FormFile.kind == "list", FormFile.hash.not_in(select(FormPiece.hash))
    )
    for list_hash, content in session.execute(whole).all():
        keep(session, {list_hash: _cut(content)})


def _cut(content: bytes) -> dict[str, bytes]:
    return {piece: _pack(cut.as_sent()) for piece, cut in slices.cut(json.loads(content)).items()}


def tell(session: Session, acting: Acting, plan_refs: Iterable[str]) -> None:
    """Put on her feed the pieces of the lists and media that her plans name, and take back those that none names any
    more.

    `plan_refs`: the running plans; older ones that her phone keeps for drafts stand on her feed.
    """
    here = (FeedRow.district == acting.district, FeedRow.person_id == acting.person_id)
    known = select(FeedRow.ref, FeedRow.kind).where(*here, or_(FeedRow.ref.like("plan:%"), FeedRow.ref.like("file:%")))
    told = {ref: kind for ref, kind in session.execute(known)}  # noqa: C416
    plans = {ref for ref, kind in told.items() if kind == "put" and ref.startswith("plan:")} | set(plan_refs)
    named = _files_named(session, acting, plans)
    # Media last: of what a form needs they are the largest, and it can be filled in without them.
    refs = [f"file:{name}/{piece}" for name in named for piece in _pieces_for(session, acting, name, named[name])]
    for ref in refs:
        if told.get(ref) != "put":
            feed.tell(session, acting.district, acting.person_id, ref)
    for ref, kind in told.items():
        if ref.startswith("file:") and kind == "put" and ref not in refs:
            feed.tell(session, acting.district, acting.person_id, ref, "out")


def payload(session: Session, acting: Acting, name: str) -> bytes | None:
    """What `file:<name>` carries, packed; None for what no plan of hers names, or lies outside of her regions."""
    file_hash, _, piece = name.partition("/")
    here = (FeedRow.district == acting.district, FeedRow.person_id == acting.person_id)
    plans = set(session.scalars(select(FeedRow.ref).where(*here, FeedRow.ref.like("plan:%"), FeedRow.kind == "put")))
    named = _files_named(session, acting, plans)
    if file_hash not in named or piece not in _pieces_for(session, acting, file_hash, named[file_hash]):
        return None
    if named[file_hash] is not None:
        return _media_piece(session, file_hash, int(piece.removeprefix(MEDIA)))
    return session.scalar(select(FormPiece.packed).where(FormPiece.hash == file_hash, FormPiece.piece == piece))


def _media_piece(session: Session, file_hash: str, number: int) -> bytes | None:
    """`{"at", "of", "bytes"}`: the place of this piece, how many there are, and its bytes (b64u). Packed, so that they
    travel as they are: what base64 adds goes again.
    """
    first = number * media.PIECE_BYTES
    row = session.execute(
        select(FormFile.size, func.substr(FormFile.content, first + 1, media.PIECE_BYTES)).where(
            FormFile.hash == file_hash
        )
    ).one_or_none()
    return None if row is None else _pack({"at": number, "of": media.pieces(row[0]), "bytes": b64u(row[1])})


def tell_regions(session: Session, acting: Acting, today: date) -> None:
    """Put the divisions of her province on her feed where they differ from what her phone holds."""
    rows = _divisions(session, acting, today)
    ref = f"regions:{sha256(json.dumps(rows).encode()).hexdigest()[:16]}"
    here = (FeedRow.district == acting.district, FeedRow.person_id == acting.person_id)
    known = set(session.scalars(select(FeedRow.ref).where(*here, FeedRow.ref.like("regions:%"), FeedRow.kind == "put")))
    if rows and ref not in known:
        feed.tell(session, acting.district, acting.person_id, ref)
    for old in known - {ref} if rows else known:
        feed.tell(session, acting.district, acting.person_id, old, "out")


def regions_payload(session: Session, acting: Acting, today: date) -> bytes:
    """What `regions:<digest>` carries, packed."""
    return _pack(divisions(session, acting, today))


def divisions(session: Session, acting: Acting, today: date) -> dict[str, Any]:
    """`{"columns": ["value", "label:zh", "to"], "rows", "initials"}`: 12-digit codes, `to` the last day of what was
    merged or renamed, else empty.
    """
    rows = _divisions(session, acting, today)
    said = [_initials(name) for _, name, _ in rows]
    return {"columns": ["value", "label:zh", "to"], "rows": rows, "initials": said}


def tell_projects(session: Session, district: str, person_id: UUID, today: date) -> None:
    """Put the catalogue of projects on somebody's feed where it differs from what her phone holds: the same for
    everybody of the county.
    """
    names = projects.offered(session, district, today)
    ref = f"projects:{sha256(json.dumps(names).encode()).hexdigest()[:16]}"
    here = (FeedRow.district == district, FeedRow.person_id == person_id)
    known = set(
        session.scalars(select(FeedRow.ref).where(*here, FeedRow.ref.like("projects:%"), FeedRow.kind == "put"))
    )
    if names and ref not in known:
        feed.tell(session, district, person_id, ref)
    for old in sorted(known - {ref} if names else known):
        feed.tell(session, district, person_id, old, "out")


def projects_payload(session: Session, acting: Acting, today: date) -> bytes:
    """What `projects:<digest>` carries, packed: `{"names": […]}` of those that can be chosen today."""
    return _pack({"names": projects.offered(session, acting.district, today)})


def whole(session: Session, plan: Plan) -> dict[str, Any]:
    """The long lists of a plan for a page of the desk, by hash: whole, with the initials of every row."""
    named = {given["hash"] for given in (plan.json.get("files") or {}).values() if given["kind"] == "list"}
    return {name: _together(session, name) for name in named}


def _together(session: Session, list_hash: str) -> dict[str, Any] | None:
    packed = session.scalars(select(FormPiece.packed).where(FormPiece.hash == list_hash)).all()
    pieces = [json.loads(zlib.decompress(piece)) for piece in packed]
    rows = sorted(
        (place, row, letters)
        for piece in pieces
        for place, row, letters in zip(slices.places(piece["at"]), piece["rows"], piece["initials"], strict=True)
    )
    if not rows:
        return None
    listed = {"rows": [row for _, row, _ in rows], "initials": [letters for *_, letters in rows]}
    return {"columns": pieces[0]["columns"], **listed}


_initials = lru_cache(maxsize=20_000)(slices.initials)


def _divisions(session: Session, acting: Acting, today: date) -> list[tuple[str, str, str]]:
    """Below her counties everything, above them what her provinces hold; of each code its newest name."""
    stems = {slices.stem(region) for region in _regions(acting)}
    wide = or_(Region.code.like("%000000"), Region.code.like("______"))
    in_hers = or_(*(Region.code.startswith(stem[:6], autoescape=True) for stem in stems))
    above = or_(*(Region.code.startswith(stem[:2], autoescape=True) for stem in stems)) & wide
    rows = session.execute(
        select(Region.code, Region.name, Region.valid_to)
        .where(or_(in_hers, above), Region.valid_from <= today)
        .order_by(Region.code, Region.valid_from)
    )
    newest = {row.code.ljust(12, "0"): (row.name, row.valid_to) for row in rows}
    return [
        (code, name, "" if to is None or to >= today else to.isoformat()) for code, (name, to) in sorted(newest.items())
    ]


def _regions(acting: Acting) -> list[str]:
    return sorted({region for _, region in acting.grants})


def _files_named(session: Session, acting: Acting, plan_refs: set[str]) -> dict[str, int | None]:
    """What these plans name, of forms she fills in, by hash: lists (None) before media (bytes)."""
    hers = bundles.forms_of(session, acting)
    rows = session.execute(
        select(FormVersion.form, FormVersion.version, FormVersion.plan_hash).where(FormVersion.form.in_(sorted(hers)))
    )
    found: dict[str, int | None] = {}
    for form, version, plan_hash in rows:
        if f"plan:{form}@{version}" not in plan_refs:
            continue
        if plan_hash not in _files_of_plan:
            plan = json.loads(session.get_one(FormVersion, (form, version)).plan)
            files = plan.get("files") or {}
            lists = {given["hash"]: None for given in files.values() if given["kind"] == "list"}
            _files_of_plan[plan_hash] = lists | media.sent(files)
        found |= _files_of_plan[plan_hash]
    return dict(sorted(found.items(), key=lambda one: one[1] is not None))


def _pieces_for(session: Session, acting: Acting, file_hash: str, size: int | None) -> list[str]:
    """The pieces of a file that she gets: of a list those of her regions, of media all."""
    if size is not None:
        return [f"{MEDIA}{number}" for number in range(media.pieces(size))]
    if file_hash not in _pieces_of_list:
        cut = tuple(session.scalars(select(FormPiece.piece).where(FormPiece.hash == file_hash)))
        if not cut:
            return []
        _pieces_of_list[file_hash] = cut
    return slices.wanted(_pieces_of_list[file_hash], _regions(acting))


def _pack(said: dict[str, Any]) -> bytes:
    return zlib.compress(json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode(), COMPRESSION)
